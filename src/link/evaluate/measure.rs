//! How good a linkage is, against the truth.
//!
//! Four questions, kept apart because their remedies differ:
//!
//! - *End to end*: are the records of a person in one cluster, and nobody else's? Pairwise, B-cubed and
//!   by whole persons. Pairwise figures follow the large persons, B-cubed the records, and whole persons
//!   the people who will be counted.
//! - *Blocking*: which true pairs never met? No threshold brings those back.
//! - *Score*: do bits tell true pairs from false ones? Histogram and bands of the candidates.
//! - *Threshold*: would another one have done better? The best of the sweep was chosen by the truth, so
//!   it is named oracle and never stands for the chosen threshold's figures.
//!
//! What cannot be told (the precision of no pairs) is `None`, not 0 and not NaN.

use super::figures::{Evaluation, Subject};
use super::metrics::{self, Contingency};
use super::sweep;

/// Measures a linkage.
///
/// Works on counts of records per person and cluster; only true pairs are ever enumerated, of persons
/// with many records a sample that depends on the record numbers alone.
///
/// # Panics
/// When `clusters`, a result of `clusters_at` or a group's `members` is not as long as `truth`, or a
/// candidate is no record.
pub fn evaluate(subject: &Subject) -> Evaluation {
    for group in subject.groups {
        assert_eq!(group.members.len(), subject.truth.len(), "{}={}: a mark per record", group.kind, group.value);
    }
    let table = Contingency::new(subject.truth, subject.clusters);
    let pairwise = table.pairwise();
    let whole = table.whole();
    let (blocking, blocking_recalls) = metrics::blocking(&table, subject.blocked, subject.groups);
    let groups = subject
        .groups
        .iter()
        .zip(blocking_recalls)
        .map(|(group, blocking_recall)| table.group(group, &pairwise, blocking_recall))
        .collect();
    Evaluation {
        records: subject.truth.len() as u64,
        threshold: subject.threshold,
        pairwise,
        bcubed: table.bcubed(|_| true),
        whole,
        blocking,
        candidates: sweep::candidates(subject, pairwise.true_pairs),
        groups,
        sweep: sweep::sweep(subject, sweep::point(subject.threshold, true, &pairwise, &whole)),
        histogram: sweep::histogram(subject),
        bands: sweep::bands(subject),
        sizes: table.sizes(),
    }
}
