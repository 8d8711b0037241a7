//! Tonight's records to clusters, and how sure they are.

use super::apart;
use super::prepare::Tonight;
use super::shipped::LinkModel;
use crate::link::driver::{LinkageJob, PairsBefore, run};
use crate::link::engine::cluster::{Clustering, Edge};
use crate::link::engine::decided::Decided;
use crate::link::engine::records::Records;
use crate::link::engine::scope::Scope;
use crate::link::ids::RecordNumber;
use crate::link::memory::pair_memory::PairMemory;

/// Which identities are one person.
pub struct Linked {
    pub clustering: Clustering,
    /// Roots at the looser and at the stricter threshold.
    pub looser: Vec<RecordNumber>,
    pub stricter: Vec<RecordNumber>,
    /// Identity for identity: whether its rows are one person by what they state.
    pub holds_together: Vec<bool>,
    /// Identity for identity: the chance that it belongs to its cluster.
    pub confidence: Vec<f32>,
    /// What the next night need not compare again; of a night with a memory.
    pub memory: Option<PairMemory>,
}

/// Links the records of a night, beside what a memory knows of them.
pub fn link_records(
    link: &LinkModel,
    tonight: &Tonight,
    records: &Records<'_>,
    decided: &Decided<'_>,
    memory: Option<&PairMemory>,
) -> Linked {
    let marks = memory.map(|_| tonight.marks()).unwrap_or_default();
    let before = memory.map(|pairs| PairsBefore {
        pairs,
        known: &tonight.people.known,
        marks: &marks,
        fingerprint: &link.fingerprint,
    });
    let thresholds = link.model.thresholds;
    let apart = |edges: &[Edge]| apart::pairs(tonight, edges, thresholds, decided);
    let mut linkage = run(LinkageJob {
        model: &link.model,
        trained: &link.trained,
        records,
        blocks: None,
        scope: Scope::default(),
        own_ids: &tonight.trust.own_id,
        decided,
        apart: &apart,
        with_ranges: true,
        before,
    });
    let holds_together = linkage.holds_together();
    let confidence = confidence(&linkage.clustering.roots, &linkage.edges);
    let memory = linkage.take_memory(&holds_together);
    let [looser, stricter] = linkage.ranges.unwrap_or_default();
    Linked { clustering: linkage.clustering, looser, stricter, holds_together, confidence, memory }
}

/// The chance that the strongest pair of each record with its cluster is one person; 1 for a record
/// alone.
fn confidence(roots: &[RecordNumber], edges: &[Edge]) -> Vec<f32> {
    let mut best = vec![f32::NEG_INFINITY; roots.len()];
    for e in edges.iter().filter(|e| roots[e.a.index()] == roots[e.b.index()]) {
        for i in [e.a, e.b] {
            best[i.index()] = best[i.index()].max(e.bits);
        }
    }
    best.into_iter().map(|bits| if bits == f32::NEG_INFINITY { 1.0 } else { 1.0 / (1.0 + (-bits).exp2()) }).collect()
}
