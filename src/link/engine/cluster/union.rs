//! A union-find that keeps what one person cannot have twice.

use hashbrown::HashMap;

use crate::link::engine::intern::TextNumber;
use crate::link::ids::PairedNumber;

/// Members of a cluster that stand for it in a mean.
const MOST_MEMBERS: usize = 24;

/// Records in clusters that grow, by their places among those that stand in pairs.
pub struct Union {
    parent: Vec<PairedNumber>,
    size: Vec<u32>,
    /// Of roots: the ID number that the cluster owns.
    own_id: Vec<TextNumber>,
    /// The members of a cluster in a ring.
    next: Vec<PairedNumber>,
    /// Of roots: decided differences that members have, as (member, other record).
    apart: HashMap<PairedNumber, Vec<(PairedNumber, PairedNumber)>>,
}

impl Union {
    /// Each record alone.
    pub fn new(own_ids: &[TextNumber], cannot: &[(PairedNumber, PairedNumber)]) -> Self {
        let mut apart: HashMap<PairedNumber, Vec<(PairedNumber, PairedNumber)>> = HashMap::new();
        for &(a, b) in cannot {
            apart.entry(a).or_default().push((a, b));
            apart.entry(b).or_default().push((b, a));
        }
        Union {
            parent: (0..own_ids.len()).map(PairedNumber::new).collect(),
            size: vec![1; own_ids.len()],
            own_id: own_ids.to_vec(),
            next: (0..own_ids.len()).map(PairedNumber::new).collect(),
            apart,
        }
    }

    /// The root of a record's cluster.
    pub fn find(&mut self, record: PairedNumber) -> PairedNumber {
        let mut i = record;
        while self.parent[i.index()] != i {
            let above = self.parent[self.parent[i.index()].index()];
            self.parent[i.index()] = above;
            i = above;
        }
        i
    }

    /// Joins two clusters unless a constraint stands against it; `true` when they are one afterwards.
    pub fn join(&mut self, a: PairedNumber, b: PairedNumber) -> bool {
        let (a, b) = (self.find(a), self.find(b));
        if a == b {
            return true;
        }
        let (x, y) = (self.own_id[a.index()], self.own_id[b.index()]);
        if (x.is_given() && y.is_given() && x != y) || self.are_apart(a, b) {
            return false;
        }
        let (low, high) = if self.size[a.index()] < self.size[b.index()] { (a, b) } else { (b, a) };
        self.parent[low.index()] = high;
        self.size[high.index()] += self.size[low.index()];
        self.own_id[high.index()] = x.max(y);
        self.next.swap(low.index(), high.index());
        if let Some(mut moved) = self.apart.remove(&low) {
            self.apart.entry(high).or_default().append(&mut moved);
        }
        true
    }

    /// Whether the pairs between the clusters of two records have so many bits on average. Of large
    /// clusters the first members count.
    pub fn mean_at_least(
        &mut self,
        a: PairedNumber,
        b: PairedNumber,
        mean: f32,
        bits: &dyn Fn(PairedNumber, PairedNumber) -> f32,
    ) -> bool {
        let pairs = self.pairs_between(a, b);
        let sum: f64 = pairs.iter().map(|&(i, j)| f64::from(bits(i, j))).sum();
        sum >= f64::from(mean) * pairs.len() as f64
    }

    /// Whether none of the pairs between the clusters of two records has fewer bits than this.
    pub fn least_at_least(
        &mut self,
        a: PairedNumber,
        b: PairedNumber,
        least: f32,
        bits: &dyn Fn(PairedNumber, PairedNumber) -> f32,
    ) -> bool {
        self.pairs_between(a, b).iter().all(|&(i, j)| bits(i, j) >= least)
    }

    /// Pairs between the first members of two clusters; none within one cluster, or between two records.
    fn pairs_between(&mut self, a: PairedNumber, b: PairedNumber) -> Vec<(PairedNumber, PairedNumber)> {
        let (a, b) = (self.find(a), self.find(b));
        if a == b || (self.size[a.index()] == 1 && self.size[b.index()] == 1) {
            return Vec::new();
        }
        let (x, y) = (self.first_members(a), self.first_members(b));
        x.iter().flat_map(|&i| y.iter().map(move |&j| (i.min(j), i.max(j)))).collect()
    }

    fn first_members(&self, root: PairedNumber) -> Vec<PairedNumber> {
        let ring = std::iter::successors(Some(root), |&i| {
            let next = self.next[i.index()];
            (next != root).then_some(next)
        });
        let mut members: Vec<PairedNumber> = ring.collect();
        members.sort_unstable();
        members.truncate(MOST_MEMBERS);
        members
    }

    fn are_apart(&mut self, a: PairedNumber, b: PairedNumber) -> bool {
        let of = |root: PairedNumber| self.apart.get(&root).map_or(0, Vec::len);
        let (few, other) = if of(a) <= of(b) { (a, b) } else { (b, a) };
        let others: Vec<PairedNumber> = self.apart.get(&few).into_iter().flatten().map(|p| p.1).collect();
        others.into_iter().any(|o| self.find(o) == other)
    }

    /// The least record of each record's cluster.
    pub fn roots(&mut self) -> Vec<PairedNumber> {
        let n = self.parent.len();
        let mut least: Vec<Option<PairedNumber>> = vec![None; n];
        let roots: Vec<PairedNumber> = (0..n).map(|i| self.find(PairedNumber::new(i))).collect();
        for (i, root) in (0..).map(PairedNumber::new).zip(&roots) {
            least[root.index()].get_or_insert(i);
        }
        roots.into_iter().map(|root| least[root.index()].unwrap_or(root)).collect()
    }
}
