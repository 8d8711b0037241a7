//! The linkage of one set of records, from blocks to clusters.

use rayon::slice::ParallelSliceMut;

use super::block::Blocks;
use super::ceiling::Ceiling;
use super::cluster::{ClusterLimits, Clustering, Edge, Material, cluster};
use super::compare::Comparator;
use super::decided::Decided;
use super::model::{Model, Trained};
use super::records::Records;
use super::scope::{Scope, all_pairs};
use super::score::{Ladder, Scorer, prior_bits};
use crate::link::engine::intern::TextNumber;
use crate::link::ids::{RecordNumber, RecordPair};

/// Records, blocks and weights, ready to score.
pub struct Linker<'m, 'r> {
    pub model: &'m Model,
    pub records: &'r Records<'r>,
    pub blocks: Blocks,
    comparator: Comparator<'r>,
    scorer: Scorer<'m>,
    ceiling: Ceiling,
    pub scope: Scope,
}

/// Pairs that are compared one after the other, so that their records are in the cache.
const TOGETHER: usize = 128;

impl<'m, 'r> Linker<'m, 'r> {
    /// Puts records into blocks and binds weights to them.
    pub fn new(model: &'m Model, trained: &Trained, records: &'r Records<'r>, blocks: Blocks, scope: Scope) -> Self {
        let prior = prior(model, trained, records.len(), scope);
        let comparator = Comparator::new(model, records);
        let scorer = Scorer::new(model, trained, records, prior);
        let ceiling = Ceiling::new(model, &comparator, &scorer, model.thresholds.review);
        Linker { model, records, blocks, comparator, scorer, ceiling, scope }
    }

    /// Bits of any pair.
    pub fn bits(&self, a: RecordNumber, b: RecordNumber) -> f32 {
        let pattern = self.comparator.pattern(a, b);
        self.scorer.bits(pattern, self.records.row(a), self.records.row(b))
    }

    /// How the bits of any pair come about.
    pub fn ladder(&self, a: RecordNumber, b: RecordNumber) -> Ladder {
        let pattern = self.comparator.pattern(a, b);
        self.scorer.ladder(pattern, self.records.row(a), self.records.row(b))
    }

    /// A pair, if it reaches the review threshold.
    #[inline]
    pub fn edge(&self, a: RecordNumber, b: RecordNumber) -> Option<Edge> {
        let (x, y) = (self.records.row(a), self.records.row(b));
        let pattern = self.ceiling.pattern(&self.comparator, x, y)?;
        let bits = self.scorer.bits(pattern, x, y);
        (bits >= self.model.thresholds.review).then_some(Edge { a, b, bits, pattern })
    }

    /// All blocked pairs that reach the review threshold, by record; fills the rules' reports.
    pub fn edges(&mut self) -> Vec<Edge> {
        let parts = self.blocks.map_tasks(|task| {
            let mut edges = Vec::new();
            let mut compared = 0u64;
            let mut pairs = Vec::with_capacity(TOGETHER);
            let mut compare = |pairs: &mut Vec<RecordPair>| {
                self.records.fetch(pairs.iter().flat_map(|(a, b)| [*a, *b]));
                compared += pairs.len() as u64;
                edges.extend(pairs.drain(..).filter_map(|(a, b)| self.edge(a, b)));
            };
            self.blocks.first_pairs(task, |a, b| {
                if self.scope.holds(a, b) {
                    pairs.push((a, b));
                    if pairs.len() == TOGETHER {
                        compare(&mut pairs);
                    }
                }
            });
            compare(&mut pairs);
            (task.rule, compared, edges)
        });
        let mut edges = Vec::with_capacity(parts.iter().map(|p| p.2.len()).sum());
        for (rule, compared, mut found) in parts {
            let report = &mut self.blocks.rules[rule].report;
            report.first_pairs += compared;
            report.kept_pairs += found.len() as u64;
            edges.append(&mut found);
        }
        for rule in &mut self.blocks.rules {
            let report = &mut rule.report;
            report.lost_matches = report.kept_pairs as f64 / report.first_pairs.max(1) as f64 * report.cut_pairs as f64;
        }
        edges.par_sort_unstable_by_key(|e| (e.a, e.b));
        edges
    }

    /// Clusters of edges at a join threshold.
    pub fn cluster(&self, edges: &[Edge], own_ids: &[TextNumber], decided: &Decided<'_>, join: f32) -> Clustering {
        self.cluster_of(edges, own_ids, decided, join, None)
    }

    /// Clusters of the components that are looked at; records of others stay alone.
    pub fn cluster_of(
        &self,
        edges: &[Edge],
        own_ids: &[TextNumber],
        decided: &Decided<'_>,
        join: f32,
        looked_at: Option<&[bool]>,
    ) -> Clustering {
        let bits = |a: RecordNumber, b: RecordNumber| self.bits(a, b);
        let material = Material {
            own_ids,
            edges,
            must: decided.must,
            cannot: decided.cannot,
            bits: self.model.thresholds.mean.is_some().then_some(&bits),
            looked_at,
        };
        let of = self.model.thresholds;
        let limits = ClusterLimits {
            join,
            mean: of.mean.unwrap_or_default(),
            sure: of.sure,
            against: self.scorer.prior(),
            bridge: of.bridge,
        };
        cluster(&material, limits)
    }
}

/// Bits of a pair before anything is compared. With a least population the number of records is taken
/// to the next power of two, so that a few new records do not move every pair.
pub fn prior(model: &Model, trained: &Trained, records: usize, scope: Scope) -> f32 {
    if model.least_population == 0 {
        return prior_bits(trained.matches_per_record, records, all_pairs(records, scope));
    }
    let n = records.max(model.least_population as usize).next_power_of_two();
    prior_bits(trained.matches_per_record, n, all_pairs(n, Scope::default()))
}
