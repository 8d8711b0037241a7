//! Clusters of an earlier linkage: those that nothing touches are as they were.
//!
//! What becomes of a component of pairs depends on its pairs, its records and the decisions about them alone
//! (see [`super::cluster`]). A component none of whose pairs came or went, whose records are what they were, and that
//! no decision names or named, has therefore the clusters that it had.

use super::bridges::Bridge;
use super::clusters::Clustering;
use super::edge::Edge;
use crate::link::ids::{MemoryNumber, RecordNumber, RecordPair};

/// Clusters at a threshold, as far as they are not records alone; records are numbered as tonight's or as a memory's.
#[derive(Clone, Debug, PartialEq)]
pub struct Joined<N> {
    /// Records that are not the least of their cluster, with the least, ascending.
    pub roots: Vec<(N, N)>,
    /// Pairs that a constraint forbade, ascending.
    pub refused: Vec<(N, N)>,
    /// By the pair, ascending.
    pub cut: Vec<Bridge<N>>,
}

impl<N> Default for Joined<N> {
    fn default() -> Self {
        Joined { roots: Vec::new(), refused: Vec::new(), cut: Vec::new() }
    }
}

impl Joined<MemoryNumber> {
    /// What a memory holds of clusters.
    pub fn of(clustering: &Clustering, edges: &[Edge]) -> Self {
        let refused = clustering.refused.iter().map(|i| &edges[*i as usize]);
        let cut = clustering.cut.iter();
        let mut joined = Joined {
            refused: refused.map(|e| (e.a.for_memory(), e.b.for_memory())).collect(),
            cut: cut.map(|c| Bridge { a: c.a.for_memory(), b: c.b.for_memory(), bits: c.bits }).collect(),
            ..Joined::of_roots(&clustering.roots)
        };
        joined.refused.sort_unstable();
        joined.cut.sort_unstable_by_key(|bridge| (bridge.a, bridge.b));
        joined
    }

    /// What a memory holds of clusters that nothing is asked of but who is in them.
    pub fn of_roots(roots: &[RecordNumber]) -> Self {
        let of = (0..).map(RecordNumber::new).zip(roots).filter(|(record, root)| record != *root);
        let roots = of.map(|(record, root)| (record.for_memory(), root.for_memory()));
        Joined { roots: roots.collect(), ..Joined::default() }
    }

    /// The same with tonight's numbers of records; what has a record without one is left out. Numbers ascend as
    /// before.
    pub fn renumbered(&self, number: impl Fn(MemoryNumber) -> Option<RecordNumber>) -> Joined<RecordNumber> {
        let pair = |(a, b): (MemoryNumber, MemoryNumber)| Some((number(a)?, number(b)?));
        let bridge = |c: &Bridge<MemoryNumber>| pair((c.a, c.b)).map(|(a, b)| Bridge { a, b, bits: c.bits });
        Joined {
            roots: self.roots.iter().filter_map(|p| pair(*p)).collect(),
            refused: self.refused.iter().filter_map(|p| pair(*p)).collect(),
            cut: self.cut.iter().filter_map(bridge).collect(),
        }
    }

    /// Every record is below `records`.
    pub fn is_below(&self, records: usize) -> bool {
        let pairs = self.roots.iter().chain(&self.refused).copied().chain(self.cut.iter().map(|c| (c.a, c.b)));
        pairs.into_iter().all(|(a, b)| a.max(b).index() < records)
    }
}

impl Joined<RecordNumber> {
    /// Adds the earlier clusters of the components that were not looked at.
    pub fn complete(&self, clustering: &mut Clustering, edges: &[Edge], looked_at: &[bool]) {
        let is_as_it_was = |record: RecordNumber| !looked_at[record.index()];
        for (record, root) in self.roots.iter().filter(|r| is_as_it_was(r.0)) {
            clustering.roots[record.index()] = *root;
        }
        let edge = |pair: &RecordPair| edges.binary_search_by_key(pair, |e| (e.a, e.b)).ok().map(|i| i as u32);
        clustering.refused.extend(self.refused.iter().filter(|p| is_as_it_was(p.0)).filter_map(edge));
        clustering.cut.extend(self.cut.iter().filter(|c| is_as_it_was(c.a)));
    }
}

/// Record for record the least record of its component, by pairs from `least` bits up.
pub fn components(edges: &[Edge], least: f32, records: usize) -> Vec<RecordNumber> {
    let mut above: Vec<RecordNumber> = (0..records).map(RecordNumber::new).collect();
    fn top(above: &mut [RecordNumber], record: RecordNumber) -> RecordNumber {
        let mut i = record;
        while above[i.index()] != i {
            above[i.index()] = above[above[i.index()].index()];
            i = above[i.index()];
        }
        i
    }
    for e in edges.iter().filter(|e| e.bits >= least) {
        let (a, b) = (top(&mut above, e.a), top(&mut above, e.b));
        above[a.max(b).index()] = a.min(b);
    }
    for record in (0..records).map(RecordNumber::new) {
        above[record.index()] = top(&mut above, record);
    }
    above
}

/// Record for record: whether it is in a component that one of `seeds` is in, by pairs from `least` bits up.
pub fn components_of(
    seeds: impl Iterator<Item = RecordNumber>,
    edges: &[Edge],
    least: f32,
    records: usize,
) -> Vec<bool> {
    let first = components(edges, least, records);
    let mut is_of = vec![false; records];
    seeds.for_each(|seed| is_of[first[seed.index()].index()] = true);
    first.iter().map(|first| is_of[first.index()]).collect()
}
