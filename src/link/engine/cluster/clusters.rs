//! Pairs to clusters: the strongest first, under what one person cannot have twice.
//!
//! 1. Decided matches are joined, then pairs from the join threshold up, by bits and then by record.
//! 2. No union joins two different ID numbers of their own, or two records decided to be different.
//! 3. Where a model asks for it, two clusters are joined only when the mean of all their pairs is high
//!    enough: one strong pair does not outweigh many against it (average linkage, Sokal and Michener 1958).
//!    A pair that is sure is outweighed only by one that speaks against, not by many that say little.
//! 4. A component that one weak bridge holds together is cut there.
//!
//! The result depends on the set of pairs alone.

use super::bridges::{self, Bridge};
use super::edge::Edge;
use super::union::Union;
use crate::link::engine::intern::TextNumber;
use rayon::slice::ParallelSliceMut;

/// What clusters are made of.
#[derive(Clone, Copy)]
pub struct Material<'a> {
    /// Record for record: the ID number that is its own; 0 for none.
    pub own_ids: &'a [TextNumber],
    pub edges: &'a [Edge],
    /// Decided: the same person.
    pub must: &'a [(u32, u32)],
    /// Decided: different people.
    pub cannot: &'a [(u32, u32)],
    /// Bits of any pair, where the mean of two clusters' pairs decides too.
    pub bits: Option<&'a dyn Fn(u32, u32) -> f32>,
    /// Record for record: whether its component is looked at, as those of all decisions must be; a record of
    /// another stays alone. `None`: all are.
    pub looked_at: Option<&'a [bool]>,
}

/// The clusters.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Clustering {
    /// Record for record: the least record of its cluster.
    pub roots: Vec<u32>,
    /// Indices of edges that a constraint forbade.
    pub refused: Vec<u32>,
    /// Decided matches that a constraint forbade, as indices into `must`.
    pub refused_decisions: Vec<u32>,
    pub cut: Vec<Bridge>,
}

/// What decides over pairs, in bits.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limits {
    pub join: f32,
    /// Least mean of two clusters' pairs, asked where [`Material::bits`] is there…
    pub mean: f32,
    /// …unless a pair has this many, and no pair of the two clusters fewer than `against`.
    pub sure: f32,
    pub against: f32,
    /// Bridges below this are cut.
    pub bridge: f32,
}

/// Clusters of pairs.
pub fn cluster(material: &Material<'_>, limits: Limits) -> Clustering {
    let Limits { join, mean, sure, against, bridge } = limits;
    let Material { own_ids, edges, must, cannot, bits, looked_at } = *material;
    let is_looked_at = |record: u32| looked_at.is_none_or(|looked_at| looked_at[record as usize]);
    // What is compared lies side by side: an index alone would be looked up at every step.
    let mut by_bits: Vec<(u32, u32, u32, u32)> = (0..)
        .zip(edges)
        .filter(|(_, e)| e.bits >= join && is_looked_at(e.a))
        .map(|(i, e)| (u32::MAX - ascending(e.bits), e.a, e.b, i))
        .collect();
    by_bits.par_sort_unstable();
    // Most records have no pair that could join them to another.
    let paired = Paired::of(by_bits.iter().map(|e| (e.1, e.2)).chain(must.iter().copied()), own_ids.len());
    let strong: Vec<u32> = by_bits.into_iter().map(|e| e.3).collect();
    let mut union = Union::new(&paired.of_each(own_ids), &paired.pairs(cannot));
    let bits = bits.map(|bits| |a: u32, b: u32| bits(paired.records[a as usize], paired.records[b as usize]));
    let mut decided: Vec<u32> = (0..must.len() as u32).collect();
    decided.sort_unstable_by_key(|&i| {
        let (a, b) = must[i as usize];
        (a.min(b), a.max(b), i)
    });
    let refused_decisions: Vec<u32> = decided
        .into_iter()
        .filter(|&i| !union.join(paired.place(must[i as usize].0), paired.place(must[i as usize].1)))
        .collect();
    let refused: Vec<u32> = strong
        .iter()
        .copied()
        .filter(|&i| {
            let e = &edges[i as usize];
            let (a, b) = (paired.place(e.a), paired.place(e.b));
            let alike = bits.as_ref().is_none_or(|bits| {
                (e.bits >= sure && union.least_at_least(a, b, against, bits)) || union.mean_at_least(a, b, mean, bits)
            });
            !alike || !union.join(a, b)
        })
        .collect();
    let mut roots: Vec<u32> = (0..own_ids.len() as u32).collect();
    for (record, root) in paired.records.iter().zip(union.roots()) {
        roots[*record as usize] = paired.records[root as usize];
    }
    let cut = if bridge > join { bridges::cut(&mut roots, edges, &strong, must, bridge) } else { Vec::new() };
    Clustering { roots, refused, refused_decisions, cut }
}

/// Records that stand in a pair.
struct Paired {
    /// Ascending.
    records: Vec<u32>,
    /// By record: its place among them, from 1.
    places: Vec<u32>,
}

impl Paired {
    fn of(pairs: impl Iterator<Item = (u32, u32)>, records: usize) -> Self {
        let mut places = vec![0; records];
        for (a, b) in pairs {
            (places[a as usize], places[b as usize]) = (1, 1);
        }
        let mut of = Paired { records: Vec::new(), places: Vec::new() };
        for (record, place) in (0..).zip(&mut places).filter(|(_, place)| **place != 0) {
            of.records.push(record);
            *place = of.records.len() as u32;
        }
        of.places = places;
        of
    }

    fn place(&self, record: u32) -> u32 {
        self.places[record as usize] - 1
    }

    fn of_each<T: Copy>(&self, values: &[T]) -> Vec<T> {
        self.records.iter().map(|record| values[*record as usize]).collect()
    }

    /// Those of the pairs of which both stand in a pair, by their places.
    fn pairs(&self, pairs: &[(u32, u32)]) -> Vec<(u32, u32)> {
        let place = |record: u32| self.places[record as usize].checked_sub(1);
        pairs.iter().filter_map(|&(a, b)| Some((place(a)?, place(b)?))).collect()
    }
}

/// A number that ascends as bits do in their total order.
fn ascending(bits: f32) -> u32 {
    let raw = bits.to_bits();
    if raw >> 31 == 0 { raw | 1 << 31 } else { !raw }
}
