//! Pairs to clusters: the strongest first, under what one person cannot have twice.
//!
//! 1. Decided matches are joined, then pairs from the join threshold up: first those of one ID number that is the own
//!    of both, which nothing outweighs, then by bits and by record.
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
use crate::link::ids::{PairedNumber, RecordNumber, RecordPair};
use rayon::slice::ParallelSliceMut;

/// What clusters are made of.
#[derive(Clone, Copy)]
pub struct Material<'a> {
    /// Record for record: the ID number that is its own; 0 for none.
    pub own_ids: &'a [TextNumber],
    pub edges: &'a [Edge],
    /// Decided: the same person.
    pub must: &'a [RecordPair],
    /// Decided: different people.
    pub cannot: &'a [RecordPair],
    /// Bits of any pair, where the mean of two clusters' pairs decides too.
    pub bits: Option<&'a dyn Fn(RecordNumber, RecordNumber) -> f32>,
    /// Record for record: whether its component is looked at, as those of all decisions must be; a record of
    /// another stays alone. `None`: all are.
    pub looked_at: Option<&'a [bool]>,
}

/// The clusters.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Clustering {
    /// Record for record: the least record of its cluster.
    pub roots: Vec<RecordNumber>,
    /// Indices of edges that a constraint forbade.
    pub refused: Vec<u32>,
    /// Decided matches that a constraint forbade, as indices into `must`.
    pub refused_decisions: Vec<u32>,
    pub cut: Vec<Bridge>,
}

/// What decides over pairs, in bits.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ClusterLimits {
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
pub fn cluster(material: &Material<'_>, limits: ClusterLimits) -> Clustering {
    let ClusterLimits { join, mean, sure, against, bridge } = limits;
    let Material { own_ids, edges, must, cannot, bits, looked_at } = *material;
    let is_looked_at = |record: RecordNumber| looked_at.is_none_or(|looked_at| looked_at[record.index()]);
    let is_of_one_number = |e: &Edge| own_ids[e.a.index()].is_given() && own_ids[e.a.index()] == own_ids[e.b.index()];
    let weakness = |e: &Edge| if is_of_one_number(e) { 0 } else { u32::MAX - ascending(e.bits) };
    // What is compared lies side by side: an index alone would be looked up at every step.
    let mut by_bits: Vec<(u32, RecordNumber, RecordNumber, u32)> = (0..)
        .zip(edges)
        .filter(|(_, e)| e.bits >= join && is_looked_at(e.a))
        .map(|(i, e)| (weakness(e), e.a, e.b, i))
        .collect();
    by_bits.par_sort_unstable();
    // Most records have no pair that could join them to another.
    let paired = Paired::of(by_bits.iter().map(|e| (e.1, e.2)).chain(must.iter().copied()), own_ids.len());
    let strong: Vec<u32> = by_bits.into_iter().map(|e| e.3).collect();
    let mut union = Union::new(&paired.of_each(own_ids), &paired.pairs(cannot));
    let bits = bits.map(|bits| |a: PairedNumber, b: PairedNumber| bits(paired.record(a), paired.record(b)));
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
            let alike = is_of_one_number(e)
                || bits.as_ref().is_none_or(|bits| {
                    (e.bits >= sure && union.least_at_least(a, b, against, bits))
                        || union.mean_at_least(a, b, mean, bits)
                });
            !alike || !union.join(a, b)
        })
        .collect();
    let mut roots: Vec<RecordNumber> = (0..own_ids.len()).map(RecordNumber::new).collect();
    for (record, root) in paired.records.iter().zip(union.roots()) {
        roots[record.index()] = paired.record(root);
    }
    let mut cut = Vec::new();
    if bridge > join {
        let mut firm = must.to_vec();
        let weak = strong.iter().map(|&i| &edges[i as usize]).filter(|e| e.bits < bridge);
        firm.extend(weak.filter(|e| is_of_one_number(e)).map(|e| (e.a, e.b)));
        cut = bridges::cut(&mut roots, edges, &strong, &firm, bridge);
    }
    Clustering { roots, refused, refused_decisions, cut }
}

/// Records that stand in a pair.
struct Paired {
    /// Ascending.
    records: Vec<RecordNumber>,
    /// By record: its place among them, if it is one.
    places: Vec<Option<PairedNumber>>,
}

impl Paired {
    fn of(pairs: impl Iterator<Item = RecordPair>, records: usize) -> Self {
        let mut places = vec![None; records];
        // Its place is told when all are known.
        let some = Some(PairedNumber::new(0));
        for (a, b) in pairs {
            (places[a.index()], places[b.index()]) = (some, some);
        }
        let mut of = Paired { records: Vec::new(), places: Vec::new() };
        for (record, place) in (0..).map(RecordNumber::new).zip(&mut places).filter(|(_, place)| place.is_some()) {
            *place = Some(PairedNumber::new(of.records.len()));
            of.records.push(record);
        }
        of.places = places;
        of
    }

    fn place(&self, record: RecordNumber) -> PairedNumber {
        self.places[record.index()].expect("a record of a pair")
    }

    fn record(&self, place: PairedNumber) -> RecordNumber {
        self.records[place.index()]
    }

    fn of_each<T: Copy>(&self, values: &[T]) -> Vec<T> {
        self.records.iter().map(|record| values[record.index()]).collect()
    }

    /// Those of the pairs of which both stand in a pair, by their places.
    fn pairs(&self, pairs: &[RecordPair]) -> Vec<(PairedNumber, PairedNumber)> {
        let place = |record: RecordNumber| self.places[record.index()];
        pairs.iter().filter_map(|&(a, b)| Some((place(a)?, place(b)?))).collect()
    }
}

/// A number that ascends as bits do in their total order.
fn ascending(bits: f32) -> u32 {
    let raw = bits.to_bits();
    if raw >> 31 == 0 { raw | 1 << 31 } else { !raw }
}
