//! A union-find that keeps what one person cannot have twice.

use hashbrown::HashMap;

use crate::link::engine::intern::TextNumber;

/// Members of a cluster that stand for it in a mean.
const MOST_MEMBERS: usize = 24;

/// Records in clusters that grow.
pub struct Union {
    parent: Vec<u32>,
    size: Vec<u32>,
    /// Of roots: the ID number that the cluster owns.
    own_id: Vec<TextNumber>,
    /// The members of a cluster in a ring.
    next: Vec<u32>,
    /// Of roots: decided differences that members have, as (member, other record).
    apart: HashMap<u32, Vec<(u32, u32)>>,
}

impl Union {
    /// Each record alone.
    pub fn new(own_ids: &[TextNumber], cannot: &[(u32, u32)]) -> Self {
        let mut apart: HashMap<u32, Vec<(u32, u32)>> = HashMap::new();
        for &(a, b) in cannot {
            apart.entry(a).or_default().push((a, b));
            apart.entry(b).or_default().push((b, a));
        }
        Union {
            parent: (0..own_ids.len() as u32).collect(),
            size: vec![1; own_ids.len()],
            own_id: own_ids.to_vec(),
            next: (0..own_ids.len() as u32).collect(),
            apart,
        }
    }

    /// The root of a record's cluster.
    pub fn find(&mut self, record: u32) -> u32 {
        let mut i = record;
        while self.parent[i as usize] != i {
            let above = self.parent[self.parent[i as usize] as usize];
            self.parent[i as usize] = above;
            i = above;
        }
        i
    }

    /// Joins two clusters unless a constraint stands against it; `true` when they are one afterwards.
    pub fn join(&mut self, a: u32, b: u32) -> bool {
        let (a, b) = (self.find(a), self.find(b));
        if a == b {
            return true;
        }
        let (x, y) = (self.own_id[a as usize], self.own_id[b as usize]);
        if (x.is_given() && y.is_given() && x != y) || self.are_apart(a, b) {
            return false;
        }
        let (low, high) = if self.size[a as usize] < self.size[b as usize] { (a, b) } else { (b, a) };
        self.parent[low as usize] = high;
        self.size[high as usize] += self.size[low as usize];
        self.own_id[high as usize] = x.max(y);
        self.next.swap(low as usize, high as usize);
        if let Some(mut moved) = self.apart.remove(&low) {
            self.apart.entry(high).or_default().append(&mut moved);
        }
        true
    }

    /// Whether the pairs between the clusters of two records have so many bits on average. Of large
    /// clusters the first members count.
    pub fn mean_at_least(&mut self, a: u32, b: u32, mean: f32, bits: &dyn Fn(u32, u32) -> f32) -> bool {
        let pairs = self.pairs_between(a, b);
        let sum: f64 = pairs.iter().map(|&(i, j)| f64::from(bits(i, j))).sum();
        sum >= f64::from(mean) * pairs.len() as f64
    }

    /// Whether none of the pairs between the clusters of two records has fewer bits than this.
    pub fn least_at_least(&mut self, a: u32, b: u32, least: f32, bits: &dyn Fn(u32, u32) -> f32) -> bool {
        self.pairs_between(a, b).iter().all(|&(i, j)| bits(i, j) >= least)
    }

    /// Pairs between the first members of two clusters; none within one cluster, or between two records.
    fn pairs_between(&mut self, a: u32, b: u32) -> Vec<(u32, u32)> {
        let (a, b) = (self.find(a), self.find(b));
        if a == b || (self.size[a as usize] == 1 && self.size[b as usize] == 1) {
            return Vec::new();
        }
        let (x, y) = (self.first_members(a), self.first_members(b));
        x.iter().flat_map(|&i| y.iter().map(move |&j| (i.min(j), i.max(j)))).collect()
    }

    fn first_members(&self, root: u32) -> Vec<u32> {
        let ring = std::iter::successors(Some(root), |&i| {
            let next = self.next[i as usize];
            (next != root).then_some(next)
        });
        let mut members: Vec<u32> = ring.collect();
        members.sort_unstable();
        members.truncate(MOST_MEMBERS);
        members
    }

    fn are_apart(&mut self, a: u32, b: u32) -> bool {
        let of = |root: u32| self.apart.get(&root).map_or(0, Vec::len);
        let (few, other) = if of(a) <= of(b) { (a, b) } else { (b, a) };
        let others: Vec<u32> = self.apart.get(&few).into_iter().flatten().map(|p| p.1).collect();
        others.into_iter().any(|o| self.find(o) == other)
    }

    /// The least record of each record's cluster.
    pub fn roots(&mut self) -> Vec<u32> {
        let n = self.parent.len() as u32;
        let mut least = vec![u32::MAX; n as usize];
        let roots: Vec<u32> = (0..n).map(|i| self.find(i)).collect();
        for (i, &root) in (0..).zip(&roots) {
            let first = &mut least[root as usize];
            *first = (*first).min(i);
        }
        roots.into_iter().map(|root| least[root as usize]).collect()
    }
}
