//! Figures from the counts of records per person and cluster.

use super::{BCubed, Blocking, GroupFigures, Pairwise, RecordGroup, SizeClass, Whole};
use crate::link::engine::mix::{STEP, mixed};

/// Persons of more records than this are sampled: of 10,000 records they would be 50 million pairs.
const SAMPLE_SIZE: u32 = 200;

/// Bounds of size classes; the last is open.
const SIZES: [(u64, Option<u64>); 10] = [
    (1, Some(1)),
    (2, Some(2)),
    (3, Some(3)),
    (4, Some(4)),
    (5, Some(5)),
    (6, Some(10)),
    (11, Some(20)),
    (21, Some(50)),
    (51, Some(200)),
    (201, None),
];

/// Pairs among `n`.
fn pairs_of(n: u64) -> u64 {
    n * n.saturating_sub(1) / 2
}

/// `None` of nothing.
pub fn share(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

impl Pairwise {
    pub(super) fn new(true_pairs: u64, found_pairs: u64, correct_pairs: u64) -> Self {
        Pairwise {
            true_pairs,
            found_pairs,
            correct_pairs,
            precision: share(correct_pairs, found_pairs),
            recall: share(correct_pairs, true_pairs),
            // The harmonic mean without its division by zero: 0 when nothing right was found, and
            // undefined only when there was nothing to find and nothing found.
            f1: share(2 * correct_pairs, true_pairs + found_pairs),
        }
    }
}

/// Records by person and, within a person, by cluster.
pub struct Contingency {
    person_of: Vec<u32>,
    cluster_of: Vec<u32>,
    person_sizes: Vec<u64>,
    cluster_sizes: Vec<u64>,
    /// Records in the order of person, cluster and their own number.
    order: Vec<u32>,
}

impl Contingency {
    pub fn new(truth: &[u32], clusters: &[u32]) -> Self {
        assert_eq!(truth.len(), clusters.len(), "a cluster for each record");
        let (person_of, person_sizes) = dense(truth);
        let (cluster_of, cluster_sizes) = dense(clusters);
        let order: Vec<u32> = (0..truth.len() as u32).collect();
        let order = counting_sort(&order, &cluster_of, &cluster_sizes);
        let order = counting_sort(&order, &person_of, &person_sizes);
        Contingency { person_of, cluster_of, person_sizes, cluster_sizes, order }
    }

    fn person(&self, record: u32) -> usize {
        self.person_of[record as usize] as usize
    }

    fn cluster(&self, record: u32) -> usize {
        self.cluster_of[record as usize] as usize
    }

    /// The records of each person.
    fn persons(&self) -> impl Iterator<Item = &[u32]> {
        self.order.chunk_by(|a, b| self.person(*a) == self.person(*b))
    }

    /// A person's records of each cluster.
    fn cells<'a>(&'a self, person: &'a [u32]) -> impl Iterator<Item = &'a [u32]> {
        person.chunk_by(|a, b| self.cluster(*a) == self.cluster(*b))
    }

    pub fn pairwise(&self) -> Pairwise {
        let (truth, found, correct) = self.count_pairs(|_| true);
        Pairwise::new(truth, found, correct)
    }

    /// True, found and correct pairs with both records kept.
    fn count_pairs(&self, keep: impl Fn(u32) -> bool) -> (u64, u64, u64) {
        let mut kept_of_cluster = vec![0; self.cluster_sizes.len()];
        let (mut truth, mut correct) = (0, 0);
        for person in self.persons() {
            let mut kept_of_person = 0;
            for cell in self.cells(person) {
                let kept = cell.iter().filter(|r| keep(**r)).count() as u64;
                kept_of_person += kept;
                kept_of_cluster[self.cluster(cell[0])] += kept;
                correct += pairs_of(kept);
            }
            truth += pairs_of(kept_of_person);
        }
        (truth, kept_of_cluster.into_iter().map(pairs_of).sum(), correct)
    }

    /// The mean over the records kept.
    pub fn bcubed(&self, keep: impl Fn(u32) -> bool) -> BCubed {
        let (mut records, mut precision, mut recall) = (0, 0.0, 0.0);
        for person in self.persons() {
            for cell in self.cells(person) {
                let kept = cell.iter().filter(|r| keep(**r)).count() as u64;
                records += kept;
                let together = (kept * cell.len() as u64) as f64;
                precision += together / self.cluster_sizes[self.cluster(cell[0])] as f64;
                recall += together / person.len() as f64;
            }
        }
        if records == 0 {
            return BCubed::default();
        }
        let (precision, recall) = (precision / records as f64, recall / records as f64);
        BCubed {
            precision: Some(precision),
            recall: Some(recall),
            f1: Some(2.0 * precision * recall / (precision + recall)),
        }
    }

    /// Whether a person's records are one cluster and the whole of it.
    fn is_exact(&self, person: &[u32]) -> bool {
        // Sorted by cluster, so the ends tell whether there is but one.
        let cluster = self.cluster(person[0]);
        cluster == self.cluster(person[person.len() - 1]) && self.cluster_sizes[cluster] == person.len() as u64
    }

    pub fn whole(&self) -> Whole {
        let mut whole = Whole { clusters: self.cluster_sizes.len() as u64, ..Whole::default() };
        let mut persons_of_cluster = vec![0u32; self.cluster_sizes.len()];
        for person in self.persons() {
            let mut clusters = 0;
            for cell in self.cells(person) {
                persons_of_cluster[self.cluster(cell[0])] += 1;
                clusters += 1;
            }
            let (exact, repeated) = (u64::from(self.is_exact(person)), u64::from(person.len() > 1));
            whole.persons += 1;
            whole.exact_persons += exact;
            whole.repeated_persons += repeated;
            whole.exact_repeated_persons += exact * repeated;
            whole.records_in_exact += exact * person.len() as u64;
            whole.split_persons += u64::from(clusters > 1);
        }
        whole.over_merged_clusters = persons_of_cluster.iter().filter(|p| **p > 1).count() as u64;
        whole.exact_rate = share(whole.exact_persons, whole.persons);
        whole.exact_repeated_rate = share(whole.exact_repeated_persons, whole.repeated_persons);
        whole.records_in_exact_rate = share(whole.records_in_exact, self.order.len() as u64);
        whole
    }

    /// `all` are the figures of all records.
    pub fn group(&self, group: &RecordGroup, all: &Pairwise, blocking_recall: Option<f64>) -> GroupFigures {
        let member = |r: u32| group.members[r as usize];
        // Pairs with a member are all pairs but those among outsiders.
        let (truth, found, correct) = self.count_pairs(|r| !member(r));
        let (mut persons, mut exact) = (0, 0);
        for person in self.persons().filter(|p| p.iter().any(|r| member(*r))) {
            persons += 1;
            exact += u64::from(self.is_exact(person));
        }
        GroupFigures {
            kind: group.kind.clone(),
            value: group.value.clone(),
            records: group.members.iter().filter(|m| **m).count() as u64,
            persons,
            pairwise: Pairwise::new(all.true_pairs - truth, all.found_pairs - found, all.correct_pairs - correct),
            bcubed: self.bcubed(member),
            exact_persons: exact,
            exact_rate: share(exact, persons),
            blocking_recall,
        }
    }

    /// Size classes that a person or a cluster is in, and those between.
    pub fn sizes(&self) -> Vec<SizeClass> {
        let within = |sizes: &[u64], from: u64, to: Option<u64>| {
            sizes.iter().filter(|s| **s >= from && to.is_none_or(|to| **s <= to)).count() as u64
        };
        let mut classes: Vec<SizeClass> = SIZES
            .iter()
            .map(|&(from, to)| SizeClass {
                from,
                to,
                persons: within(&self.person_sizes, from, to),
                clusters: within(&self.cluster_sizes, from, to),
            })
            .collect();
        while classes.last().is_some_and(|c| c.persons == 0 && c.clusters == 0) {
            classes.pop();
        }
        classes
    }
}

/// Labels as numbers from 0 in the order of appearance, and how often each stands.
fn dense(labels: &[u32]) -> (Vec<u32>, Vec<u64>) {
    let max = labels.iter().copied().max().unwrap_or(0) as usize;
    // Labels are nearly always record numbers; a table is then no larger than what is measured.
    let distinct = if max < labels.len().saturating_mul(4) {
        None
    } else {
        let mut distinct = labels.to_vec();
        distinct.sort_unstable();
        distinct.dedup();
        Some(distinct)
    };
    let mut number_of: Vec<Option<u32>> = vec![None; distinct.as_ref().map_or(max + 1, Vec::len)];
    let mut sizes = Vec::new();
    let numbers = labels
        .iter()
        .map(|label| {
            let at = match &distinct {
                Some(distinct) => distinct.binary_search(label).expect("a label among the labels"),
                None => *label as usize,
            };
            let number = *number_of[at].get_or_insert_with(|| {
                sizes.push(0);
                sizes.len() as u32 - 1
            });
            sizes[number as usize] += 1;
            number
        })
        .collect();
    (numbers, sizes)
}

/// Records by label, else as they stood.
fn counting_sort(records: &[u32], labels: &[u32], sizes: &[u64]) -> Vec<u32> {
    let mut next: Vec<usize> = sizes
        .iter()
        .scan(0, |end, size| {
            let start = *end;
            *end += *size as usize;
            Some(start)
        })
        .collect();
    let mut sorted = vec![0; records.len()];
    for &record in records {
        let at = &mut next[labels[record as usize] as usize];
        sorted[*at] = record;
        *at += 1;
    }
    sorted
}

/// True pairs by whether they are blocked and joined, weighted.
#[derive(Clone, Copy, Default)]
struct PairTally {
    /// `[blocked][joined]`.
    pairs: [[f64; 2]; 2],
}

impl PairTally {
    fn add(&mut self, blocked: bool, joined: bool, weight: f64) {
        self.pairs[usize::from(blocked)][usize::from(joined)] += weight;
    }

    /// `None` of nothing.
    fn share(&self, pairs: f64) -> Option<f64> {
        let all: f64 = self.pairs.iter().flatten().sum();
        (all > 0.0).then(|| pairs / all)
    }

    fn recall(&self) -> Option<f64> {
        self.share(self.pairs[1][0] + self.pairs[1][1])
    }
}

/// What blocking yields of the true pairs; and its recall for each group, of the pairs with a member.
pub fn blocking(
    table: &Contingency,
    blocked: &dyn Fn(u32, u32) -> bool,
    groups: &[RecordGroup],
) -> (Blocking, Vec<Option<f64>>) {
    let mut result = Blocking { sample_size: SAMPLE_SIZE, ..Blocking::default() };
    let mut all = PairTally::default();
    let mut by_group = vec![PairTally::default(); groups.len()];
    for person in table.persons() {
        let pairs = pairs_of(person.len() as u64);
        let records = sample(person);
        let asked = pairs_of(records.len() as u64);
        result.true_pairs += pairs;
        result.asked_pairs += asked;
        result.sampled_persons += u64::from(asked < pairs);
        let weight = if asked < pairs { pairs as f64 / asked as f64 } else { 1.0 };
        for (i, &a) in records.iter().enumerate() {
            for &b in &records[i + 1..] {
                let (yielded, joined) = (blocked(a, b), table.cluster(a) == table.cluster(b));
                all.add(yielded, joined, weight);
                for (tally, group) in by_group.iter_mut().zip(groups) {
                    if group.members[a as usize] || group.members[b as usize] {
                        tally.add(yielded, joined, weight);
                    }
                }
            }
        }
    }
    let [[lost_by_blocking, unblocked_but_joined], [lost_after_blocking, blocked_and_joined]] = all.pairs;
    result.recall = all.recall();
    result.lost_by_blocking = all.share(lost_by_blocking);
    result.unblocked_but_joined = all.share(unblocked_but_joined);
    result.lost_after_blocking = all.share(lost_after_blocking);
    result.blocked_and_joined = all.share(blocked_and_joined);
    (result, by_group.iter().map(PairTally::recall).collect())
}

/// A person's records in order, of many the sample: those of the least hashes, as every n-th one could
/// follow the order of the files.
fn sample(person: &[u32]) -> Vec<u32> {
    let mut records = person.to_vec();
    if records.len() > SAMPLE_SIZE as usize {
        records.select_nth_unstable_by_key(SAMPLE_SIZE as usize, |r| mixed(u64::from(*r).wrapping_add(STEP)));
        records.truncate(SAMPLE_SIZE as usize);
    }
    records.sort_unstable();
    records
}
