//! What is measured of a linkage, and what it is measured of.

use serde::Serialize;

/// A linkage and the truth about it. Records are indices into `truth`.
pub struct Subject<'a> {
    /// The person of each record; numbers need not be dense.
    pub truth: &'a [u32],
    /// The cluster of each record at `threshold`.
    pub clusters: &'a [u32],
    /// The scored pairs that the engine kept, with their bits; each pair once.
    pub candidates: &'a [(u32, u32, f32)],
    /// Whether blocking yields a pair; asked about true pairs only, the lower record first.
    pub blocked: &'a dyn Fn(u32, u32) -> bool,
    /// The clusters that the engine makes at another threshold.
    pub clusters_at: &'a dyn Fn(f32) -> Vec<u32>,
    pub groups: &'a [RecordGroup],
    /// The threshold in force, in bits.
    pub threshold: f32,
}

/// Records that one may be treated worse than others: `source` = `station`, `name` = `minority`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordGroup {
    pub kind: String,
    pub value: String,
    /// Record for record.
    pub members: Vec<bool>,
}

/// Everything measured; as JSON its keys are the fields' names.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Evaluation {
    pub records: u64,
    /// The threshold in force: all figures but the sweep's are of it.
    pub threshold: f32,
    pub pairwise: Pairwise,
    pub bcubed: BCubed,
    pub whole: Whole,
    pub blocking: Blocking,
    pub candidates: Candidates,
    pub groups: Vec<GroupFigures>,
    pub sweep: Sweep,
    pub histogram: Vec<Bin>,
    pub bands: Vec<Band>,
    pub sizes: Vec<SizeClass>,
}

/// Pairs of records in one cluster against pairs of records of one person.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Pairwise {
    pub true_pairs: u64,
    pub found_pairs: u64,
    /// Found and true.
    pub correct_pairs: u64,
    pub precision: Option<f64>,
    pub recall: Option<f64>,
    pub f1: Option<f64>,
}

/// The mean over records of the share of its cluster that is its person's (precision), and of its
/// person's records that are in its cluster (recall), itself included.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct BCubed {
    pub precision: Option<f64>,
    pub recall: Option<f64>,
    pub f1: Option<f64>,
}

/// Whole persons and whole clusters. A person is exact when their records are one cluster and nobody
/// else's are in it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Whole {
    pub persons: u64,
    pub clusters: u64,
    pub exact_persons: u64,
    pub exact_rate: Option<f64>,
    /// Persons of two records and more. Single records are easily exact and hide the rest.
    pub repeated_persons: u64,
    pub exact_repeated_persons: u64,
    pub exact_repeated_rate: Option<f64>,
    pub records_in_exact: u64,
    pub records_in_exact_rate: Option<f64>,
    /// Clusters that hold records of two persons or more.
    pub over_merged_clusters: u64,
    /// Persons whose records are in two clusters or more.
    pub split_persons: u64,
}

/// Which true pairs blocking yields, and where true pairs are lost. The four shares are of the true
/// pairs and add up to 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Blocking {
    pub true_pairs: u64,
    /// Fewer than `true_pairs` when persons were sampled.
    pub asked_pairs: u64,
    /// Persons of more than `sample_size` records, of whom only the pairs among that many records were
    /// asked about; those pairs weigh as much as all of the person's.
    pub sampled_persons: u64,
    pub sample_size: u32,
    pub recall: Option<f64>,
    pub blocked_and_joined: Option<f64>,
    /// Never met as a pair, yet in one cluster by way of other records.
    pub unblocked_but_joined: Option<f64>,
    pub lost_by_blocking: Option<f64>,
    /// Met, but scored too low or kept apart by a constraint.
    pub lost_after_blocking: Option<f64>,
}

/// The scored pairs that the engine kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Candidates {
    pub pairs: u64,
    pub true_pairs: u64,
    pub false_pairs: u64,
    /// Share of all true pairs that are among them.
    pub recall: Option<f64>,
    /// Below these bits nothing was kept, so the sweep cannot move there.
    pub lowest_bits: Option<f32>,
}

/// A group's figures.
///
/// Its pairs are those with at least one record in the group: a false or missed link with an outsider
/// harms the member all the same, and most of a source's errors are with other sources. Groups thus
/// overlap and their counts do not add up. Its persons are those with at least one record in it; its
/// B-cubed figures are means over its records.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct GroupFigures {
    pub kind: String,
    pub value: String,
    pub records: u64,
    pub persons: u64,
    pub pairwise: Pairwise,
    pub bcubed: BCubed,
    pub exact_persons: u64,
    pub exact_rate: Option<f64>,
    pub blocking_recall: Option<f64>,
}

/// The figures at other thresholds.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Sweep {
    /// By threshold, that in force among them.
    pub points: Vec<SweepPoint>,
    /// The point of the highest F1, ties to the nearest to the threshold in force. It needs the truth to
    /// be found: what could have been had, not what was.
    pub oracle: Option<SweepPoint>,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct SweepPoint {
    pub threshold: f32,
    pub chosen: bool,
    pub clusters: u64,
    pub found_pairs: u64,
    pub correct_pairs: u64,
    pub precision: Option<f64>,
    pub recall: Option<f64>,
    pub f1: Option<f64>,
    pub exact_rate: Option<f64>,
}

/// Candidates with `from <= bits < to`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Bin {
    pub from: f64,
    pub to: f64,
    pub true_pairs: u64,
    pub false_pairs: u64,
}

/// Candidates of a band of bits; open where `None`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Band {
    pub from: Option<f64>,
    pub to: Option<f64>,
    pub true_pairs: u64,
    pub false_pairs: u64,
    pub precision: Option<f64>,
    /// Wilson's 95 % interval: what a band of few pairs can tell.
    pub low: Option<f64>,
    pub high: Option<f64>,
    /// Of this band and all above it: what a threshold at `from` would take as edges.
    pub precision_from_here: Option<f64>,
}

/// Persons and clusters of `from` to `to` records.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct SizeClass {
    pub from: u64,
    pub to: Option<u64>,
    pub persons: u64,
    pub clusters: u64,
}
