//! Clusters of an earlier linkage: those that nothing touches are as they were.
//!
//! What becomes of a component of pairs depends on its pairs, its records and the decisions about them alone
//! (see [`super::cluster`]). A component none of whose pairs came or went, whose records are what they were, and that
//! no decision names or named, has therefore the clusters that it had.

use super::bridges::Bridge;
use super::clusters::Clustering;
use super::edge::Edge;

/// Clusters at a threshold, as far as they are not records alone.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Joined {
    /// Records that are not the least of their cluster, with the least, ascending.
    pub roots: Vec<(u32, u32)>,
    /// Pairs that a constraint forbade, ascending.
    pub refused: Vec<(u32, u32)>,
    /// By the pair, ascending.
    pub cut: Vec<Bridge>,
}

impl Joined {
    pub fn of(clustering: &Clustering, edges: &[Edge]) -> Self {
        let refused = clustering.refused.iter().map(|i| &edges[*i as usize]).map(|e| (e.a, e.b));
        let mut joined =
            Joined { refused: refused.collect(), cut: clustering.cut.clone(), ..Joined::of_roots(&clustering.roots) };
        joined.refused.sort_unstable();
        joined.cut.sort_unstable_by_key(|bridge| (bridge.a, bridge.b));
        joined
    }

    pub fn of_roots(roots: &[u32]) -> Self {
        let roots = (0..).zip(roots).filter(|(record, root)| record != *root).map(|(record, root)| (record, *root));
        Joined { roots: roots.collect(), ..Joined::default() }
    }

    /// The same with other numbers of records; what has a record without one is left out. Numbers ascend as
    /// before.
    pub fn renumbered(&self, number: impl Fn(u32) -> Option<u32>) -> Self {
        let pair = |(a, b): (u32, u32)| Some((number(a)?, number(b)?));
        Joined {
            roots: self.roots.iter().filter_map(|p| pair(*p)).collect(),
            refused: self.refused.iter().filter_map(|p| pair(*p)).collect(),
            cut: self.cut.iter().filter_map(|c| pair((c.a, c.b)).map(|(a, b)| Bridge { a, b, ..*c })).collect(),
        }
    }

    /// Adds the earlier clusters of the components that were not looked at.
    pub fn complete(&self, clustering: &mut Clustering, edges: &[Edge], looked_at: &[bool]) {
        let is_as_it_was = |record: u32| !looked_at[record as usize];
        for (record, root) in self.roots.iter().filter(|r| is_as_it_was(r.0)) {
            clustering.roots[*record as usize] = *root;
        }
        let edge = |pair: &(u32, u32)| edges.binary_search_by_key(pair, |e| (e.a, e.b)).ok().map(|i| i as u32);
        clustering.refused.extend(self.refused.iter().filter(|p| is_as_it_was(p.0)).filter_map(edge));
        clustering.cut.extend(self.cut.iter().filter(|c| is_as_it_was(c.a)));
    }

    /// Every record is below `records`.
    pub fn is_below(&self, records: usize) -> bool {
        let pairs = self.roots.iter().chain(&self.refused).copied().chain(self.cut.iter().map(|c| (c.a, c.b)));
        pairs.into_iter().all(|(a, b)| (a.max(b) as usize) < records)
    }
}

/// Record for record the least record of its component, by pairs from `least` bits up.
pub fn components(edges: &[Edge], least: f32, records: usize) -> Vec<u32> {
    let mut above: Vec<u32> = (0..records as u32).collect();
    fn top(above: &mut [u32], record: u32) -> u32 {
        let mut i = record;
        while above[i as usize] != i {
            above[i as usize] = above[above[i as usize] as usize];
            i = above[i as usize];
        }
        i
    }
    for e in edges.iter().filter(|e| e.bits >= least) {
        let (a, b) = (top(&mut above, e.a), top(&mut above, e.b));
        above[a.max(b) as usize] = a.min(b);
    }
    for record in 0..records as u32 {
        above[record as usize] = top(&mut above, record);
    }
    above
}

/// Record for record: whether it is in a component that one of `seeds` is in, by pairs from `least` bits up.
pub fn components_of(seeds: impl Iterator<Item = u32>, edges: &[Edge], least: f32, records: usize) -> Vec<bool> {
    let first = components(edges, least, records);
    let mut is_of = vec![false; records];
    seeds.for_each(|seed| is_of[first[seed as usize] as usize] = true);
    first.iter().map(|first| is_of[*first as usize]).collect()
}
