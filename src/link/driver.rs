//! The one way from records to clusters: blocks, pairs, clusters, with a memory of an earlier night or without.
//!
//! A night, `link table` and the commands that look at a linkage are callers of [`run`]; each brings its records, and
//! what it knows of them beside the model.

use std::time::Instant;

use rayon::prelude::*;

use super::engine::block::Blocks;
use super::engine::cluster::{Clustering, Edge, Joined};
use super::engine::decided::Decided;
use super::engine::linker::{self, Linker};
use super::engine::model::{Model, Trained};
use super::engine::records::Records;
use super::engine::scope::Scope;
use super::memory::identity_marks::IdentityMarks;
use super::memory::pair_memory::{ClusterMemory, PairMemory, PairReuse, made_with};
use crate::error::logged;
use crate::link::MemoryNumber;
use crate::link::engine::intern::TextNumber;
use crate::link::ids::{RecordNumber, RecordPair};

/// Pairs of records that are two people, decisions among them, as far as other things than the model show it.
pub type Apart<'a> = &'a (dyn Fn(&[Edge]) -> Vec<RecordPair> + 'a);

/// Everything that a linkage needs: records, model, decisions, and what an earlier night found.
pub struct LinkageJob<'a> {
    pub model: &'a Model,
    pub trained: &'a Trained,
    pub records: &'a Records<'a>,
    /// The blocks of the records, where they were made already to learn from; not looked at where there is a memory.
    pub blocks: Option<Blocks>,
    pub scope: Scope,
    /// Record for record: the ID number that is its own.
    pub own_ids: &'a [TextNumber],
    pub decided: &'a Decided<'a>,
    /// Given the pairs that may be one person: those that are not, with the decided ones.
    pub apart: Apart<'a>,
    /// Whether clusters at the looser and the stricter threshold are asked for, too.
    pub with_ranges: bool,
    pub before: Option<PairsBefore<'a>>,
}

/// What is known of pairs from the night before.
#[derive(Clone, Copy)]
pub struct PairsBefore<'a> {
    pub pairs: &'a PairMemory,
    /// Record for record: the number of its identity in the memory, if it has one; empty where none has.
    pub known: &'a [Option<MemoryNumber>],
    /// What each record is made of.
    pub marks: &'a [IdentityMarks],
    /// The fingerprint of model and weights.
    pub fingerprint: &'a str,
}

/// The clusters, with the pairs and blocks that they were formed from.
pub struct Linkage<'a> {
    pub linker: Linker<'a, 'a>,
    pub edges: Vec<Edge>,
    /// At the join threshold.
    pub clustering: Clustering,
    /// Roots at the looser and at the stricter threshold, where they were asked for.
    pub ranges: Option<[Vec<RecordNumber>; 2]>,
    /// Seconds of blocking, scoring and clustering.
    pub seconds: [(&'static str, f64); 3],
    own_ids: &'a [TextNumber],
    must: &'a [RecordPair],
    /// What was decided, and what else shows two people.
    cannot: Vec<RecordPair>,
    reuse: Option<ReusedPairs<'a>>,
}

/// What a memory says of tonight's records.
struct ReusedPairs<'a> {
    reuse: PairReuse<'a>,
    made_with: u64,
    marks: &'a [IdentityMarks],
    /// Record for record: whether its component may have other clusters than it had.
    touched: Vec<bool>,
}

impl<'a> ReusedPairs<'a> {
    fn of(before: &PairsBefore<'a>, prior: f32) -> Self {
        let made_with = made_with(before.fingerprint, prior);
        let reuse = PairReuse::new(before.pairs, made_with, before.known, before.marks);
        ReusedPairs { reuse, made_with, marks: before.marks, touched: Vec::new() }
    }
}

/// One of the clusterings of an earlier night, with tonight's records.
type ClustersAt = fn(&ClusterMemory<RecordNumber>) -> &Joined<RecordNumber>;

/// Blocks, scores and clusters records.
pub fn run(job: LinkageJob<'_>) -> Linkage<'_> {
    let LinkageJob { model, trained, records, scope, own_ids, decided, .. } = job;
    let since = Instant::now();
    let mut reuse =
        job.before.as_ref().map(|before| ReusedPairs::of(before, linker::prior(model, trained, records.len(), scope)));
    let blocks = match &mut reuse {
        Some(earlier) => earlier.reuse.blocks(model, records),
        None => job.blocks.unwrap_or_else(|| Blocks::new(model, records)),
    };
    let blocked = since.elapsed().as_secs_f64();
    let mut linker = Linker::new(model, trained, records, blocks, scope);
    let edges = match &reuse {
        Some(earlier) => {
            let edges = earlier.reuse.edges_after(&linker);
            let new = earlier.reuse.new_records();
            let said = logged("比对完成", "pairs compared");
            tracing::info!(records = records.len(), new, edges = edges.len(), "{said}");
            edges
        }
        None => linker.edges(),
    };
    let scored = since.elapsed().as_secs_f64();
    // Pairs that the rows show to be two people are treated as decided ones, also in the memory.
    let cannot = (job.apart)(&edges);
    if let Some(earlier) = &mut reuse {
        let all = Decided { must: decided.must, cannot: &cannot };
        earlier.touched = earlier.reuse.touched(&edges, &all, model.thresholds.least());
    }
    let mut linkage = Linkage {
        linker,
        edges,
        clustering: Clustering::default(),
        ranges: None,
        seconds: [("block", blocked), ("score", scored - blocked), ("cluster", 0.0)],
        own_ids,
        must: decided.must,
        cannot,
        reuse,
    };
    (linkage.clustering, linkage.ranges) = linkage.clusterings(job.with_ranges);
    linkage.seconds[2].1 = since.elapsed().as_secs_f64() - scored;
    linkage
}

impl Linkage<'_> {
    fn clusterings(&self, with_ranges: bool) -> (Clustering, Option<[Vec<RecordNumber>; 2]>) {
        let thresholds = self.linker.model.thresholds;
        let chosen = || self.clusters(thresholds.join, |before| &before.chosen);
        if !with_ranges {
            return (chosen(), None);
        }
        let (chosen, (looser, stricter)) = rayon::join(chosen, || {
            rayon::join(
                || self.clusters(thresholds.looser, |before| &before.looser).roots,
                || self.clusters(thresholds.stricter, |before| &before.stricter).roots,
            )
        });
        (chosen, Some([looser, stricter]))
    }

    /// Clusters at a threshold; those of components that nothing touches are as the memory has them.
    fn clusters(&self, threshold: f32, at: ClustersAt) -> Clustering {
        let decided = Decided { must: self.must, cannot: &self.cannot };
        let touched = self.reuse.as_ref().map(|earlier| &earlier.touched[..]);
        let mut clustering = self.linker.cluster_of(&self.edges, self.own_ids, &decided, threshold, touched);
        if let Some(earlier) = &self.reuse {
            at(earlier.reuse.clusters()).complete(&mut clustering, &self.edges, &earlier.touched);
        }
        clustering
    }

    /// Roots of the clusters at any threshold.
    pub fn roots_at(&self, threshold: f32) -> Vec<RecordNumber> {
        let decided = Decided { must: self.must, cannot: &self.cannot };
        self.linker.cluster(&self.edges, self.own_ids, &decided, threshold).roots
    }

    /// Record for record: whether the rows that it stands for are one person by what they state.
    pub fn holds_together(&self) -> Vec<bool> {
        let of = |record: RecordNumber| {
            let known = self.reuse.as_ref().and_then(|earlier| earlier.reuse.is_one_person(record));
            known.unwrap_or_else(|| self.holds(record))
        };
        (0..self.linker.records.len()).into_par_iter().map(|record| of(RecordNumber::new(record))).collect()
    }

    /// Whether a record says enough for two rows that state it to be one person.
    pub fn holds(&self, record: RecordNumber) -> bool {
        self.linker.bits(record, record) >= self.linker.model.thresholds.join
    }

    /// What the next night need not compare again; of a linkage that was given a memory.
    /// The pairs go with it.
    pub fn take_memory(&mut self, holds_together: &[bool]) -> Option<PairMemory> {
        let earlier = self.reuse.as_ref()?;
        let [looser, stricter] = self.ranges.as_ref()?;
        let decided = Decided { must: self.must, cannot: &self.cannot };
        let clusters = ClusterMemory::of(&self.clustering, looser, stricter, &self.edges, &decided);
        let marks = earlier.marks.iter().zip(holds_together).map(|(marks, one)| marks.with_one_person(*one)).collect();
        Some(PairMemory::of(earlier.made_with, marks, &self.linker.blocks, std::mem::take(&mut self.edges), clusters))
    }
}
