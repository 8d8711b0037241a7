//! Pairs that an earlier linkage compared, so that the next one compares only what is new.
//!
//! The bits of a pair depend on what its two records state, the model, its weights and the prior. Two
//! records that stood in one block before were compared then, unless that block was cut; a block that
//! was cut yields the same pairs as long as it holds the same records. What is remembered is therefore:
//! a digest of each record with the rules under which it stood in a block that was cut, a digest of each
//! such block, and the pairs that reached the review threshold. Everything else follows, so that a
//! linkage with a memory finds exactly the edges of one without.

use std::collections::BTreeSet;
use std::hash::BuildHasher;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, Float32Array, RecordBatch, UInt8Array, UInt64Array};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use foldhash::quality::FixedState;
use rayon::prelude::*;

use super::block::{Blocks, RuleBlocks};
use super::cluster::Edge;
use super::model::Model;
use super::records::Records;
use crate::error::{Error, Result};

/// What an earlier linkage found out.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PairMemory {
    /// What the bits were made with; a memory of another making holds nothing.
    made_with: u64,
    /// Digests of the records that were like no other, ascending.
    records: Vec<u64>,
    /// Record for record: the rules under which it stood in a block that was cut.
    cut_rules: Vec<u64>,
    /// Pairs that reached the review threshold: indices into `records`, bits, pattern.
    edges: Vec<Edge>,
    /// The blocks that were cut: rule and digest.
    cuts: BTreeSet<(u64, u64)>,
}

/// The digest of what bits are made with.
pub fn made_with(model_fingerprint: &str, prior: f32) -> u64 {
    let version = env!("CARGO_PKG_VERSION");
    FixedState::with_seed(1).hash_one((version, model_fingerprint, prior.to_bits()))
}

/// The bit of a rule. A model with more rules than bits has the last ones share a bit, which makes more
/// pairs be compared again and loses none.
fn bit(rule: usize) -> u64 {
    1 << rule.min(63)
}

/// Tonight's records beside those of a memory.
pub struct Recalled<'a> {
    memory: &'a PairMemory,
    /// Record for record: the rules under which it stood in a cut then; `None` for a new record.
    cut_rules: Vec<Option<u64>>,
    /// By rule and cut of tonight: whether there was a cut of the very same records.
    same_cut: Vec<Vec<bool>>,
    /// The remembered pairs whose records are there.
    edges: Vec<Edge>,
    /// Pair by pair of these: whether they share a block that was left out; empty when none was.
    in_others: Vec<bool>,
}

/// Tonight's blocks are built whole when more than one of so many records is new.
const MANY_NEW: usize = 4;

/// Records whose digest no other has, as `(digest, record)`, ascending.
fn unlike_others(digests: &[u64]) -> Vec<(u64, u32)> {
    let mut all: Vec<(u64, u32)> = digests.iter().copied().zip(0..).collect();
    all.par_sort_unstable();
    let alone = |i: usize| (i == 0 || all[i - 1].0 != all[i].0) && all.get(i + 1).is_none_or(|n| n.0 != all[i].0);
    (0..all.len()).filter(|&i| alone(i)).map(|i| all[i]).collect()
}

fn digest_of_cut(members: &[u32], digests: &[u64]) -> u64 {
    let state = FixedState::with_seed(2);
    // In their order: it decides which neighbours a window brings together.
    members.iter().fold(0, |digest, &m| state.hash_one((digest, digests[m as usize])))
}

impl<'a> Recalled<'a> {
    /// Finds tonight's records in a memory that was made with the same.
    pub fn new(memory: &'a PairMemory, made_with: u64, digests: &[u64]) -> Self {
        let mut recalled = Recalled {
            memory,
            cut_rules: vec![None; digests.len()],
            same_cut: Vec::new(),
            edges: Vec::new(),
            in_others: Vec::new(),
        };
        if memory.made_with != made_with {
            return recalled;
        }
        // Record of tonight by record of the memory; the greatest number for none.
        let mut tonight = vec![u32::MAX; memory.records.len()];
        let mut before = 0;
        for (digest, record) in unlike_others(digests) {
            while before < memory.records.len() && memory.records[before] < digest {
                before += 1;
            }
            if memory.records.get(before) == Some(&digest) {
                recalled.cut_rules[record as usize] = Some(memory.cut_rules[before]);
                tonight[before] = record;
            }
        }
        let there = |e: &Edge| {
            let (a, b) = (tonight[e.a as usize], tonight[e.b as usize]);
            (a != u32::MAX && b != u32::MAX).then(|| Edge { a: a.min(b), b: a.max(b), ..*e })
        };
        recalled.edges = memory.edges.par_iter().filter_map(there).collect();
        recalled
    }

    /// The blocks that can hold a pair that was not compared, or that were cut or may be; and which of the
    /// remembered pairs share one of the others. Of a night of many new records, all blocks.
    pub fn blocks(&mut self, model: &Model, records: &Records<'_>, digests: &[u64]) -> Blocks {
        let blocks = if self.new_records() * MANY_NEW > records.len() {
            Blocks::new(model, records)
        } else {
            // A block is another one only where a record came or went. Who is new is known; where somebody went,
            // it matters if the block was cut, and then whoever is left was in a cut.
            let cut_rules = &self.cut_rules;
            let chosen =
                |rule: usize, record: u32| cut_rules[record as usize].is_none_or(|rules| rules & bit(rule) != 0);
            let pairs: Vec<(u32, u32)> = self.edges.iter().map(|e| (e.a, e.b)).collect();
            let (blocks, left_out) = Blocks::of_chosen(model, records, &chosen, &pairs);
            self.in_others = left_out;
            blocks
        };
        let same = |(rule, of): (u64, &RuleBlocks)| {
            of.cuts().iter().map(|c| self.memory.cuts.contains(&(rule, digest_of_cut(&c.members, digests)))).collect()
        };
        self.same_cut = (0..).zip(&blocks.rules).map(same).collect();
        blocks
    }

    /// Records that the memory does not know.
    pub fn new_records(&self) -> usize {
        self.cut_rules.iter().filter(|r| r.is_none()).count()
    }

    /// What the memory says of a block.
    pub fn of_block(&self, rule: usize, blocks: &RuleBlocks, block: u32) -> BlockRecall {
        match blocks.cut_of(block) {
            None => BlockRecall::Whole(bit(rule)),
            Some(cut) if self.same_cut[rule][cut] => BlockRecall::SameCut,
            Some(_) => BlockRecall::OtherCut,
        }
    }

    /// Whether a pair of a block was compared before.
    #[inline]
    pub fn knows(&self, block: BlockRecall, a: u32, b: u32) -> bool {
        let (Some(x), Some(y)) = (self.cut_rules[a as usize], self.cut_rules[b as usize]) else { return false };
        match block {
            BlockRecall::Whole(rule) => x & y & rule == 0,
            BlockRecall::SameCut => true,
            BlockRecall::OtherCut => false,
        }
    }

    /// Whether every pair of a block was compared before.
    pub fn knows_all(&self, block: BlockRecall, members: &[u32]) -> bool {
        let known = |m: &u32| match (self.cut_rules[*m as usize], block) {
            (None, _) | (_, BlockRecall::OtherCut) => false,
            (Some(_), BlockRecall::SameCut) => true,
            (Some(rules), BlockRecall::Whole(rule)) => rules & rule == 0,
        };
        members.iter().all(known)
    }

    /// The remembered pairs that still share a block.
    pub fn edges(&self, blocks: &Blocks) -> Vec<Edge> {
        let left_out = |index: usize| self.in_others.get(index) == Some(&true);
        let still = |(index, e): (usize, &Edge)| left_out(index) || blocks.first_rule(e.a, e.b).is_some();
        self.edges.par_iter().enumerate().filter(|e| still(*e)).map(|(_, e)| *e).collect()
    }
}

/// What a memory says of a block.
#[derive(Clone, Copy, Debug)]
pub enum BlockRecall {
    /// Not cut: pairs of records that stood in no cut of the rule were compared.
    Whole(u64),
    /// Part of a cut of the very same records.
    SameCut,
    OtherCut,
}

impl PairMemory {
    /// Remembers a linkage.
    pub fn of(made_with: u64, digests: &[u64], blocks: &Blocks, edges: &[Edge]) -> Self {
        let mut rules = vec![0u64; digests.len()];
        let mut cuts = BTreeSet::new();
        for (rule, of) in blocks.rules.iter().enumerate() {
            for cut in of.cuts() {
                cut.members.iter().for_each(|&m| rules[m as usize] |= bit(rule));
                cuts.insert((rule as u64, digest_of_cut(&cut.members, digests)));
            }
        }
        let alone = unlike_others(digests);
        let mut index_of = vec![u32::MAX; digests.len()];
        for (index, (_, record)) in (0..).zip(&alone) {
            index_of[*record as usize] = index;
        }
        let remembered = |e: &Edge| {
            let (a, b) = (index_of[e.a as usize], index_of[e.b as usize]);
            (a != u32::MAX && b != u32::MAX).then_some(Edge { a, b, ..*e })
        };
        PairMemory {
            made_with,
            records: alone.iter().map(|r| r.0).collect(),
            cut_rules: alone.iter().map(|r| rules[r.1 as usize]).collect(),
            edges: edges.iter().filter_map(remembered).collect(),
            cuts,
        }
    }

    /// How a memory is kept: rows of a kind each.
    pub fn schema() -> SchemaRef {
        let number = |name: &str| Field::new(name, DataType::UInt64, false);
        Arc::new(Schema::new(vec![
            Field::new("kind", DataType::UInt8, false),
            number("a"),
            number("b"),
            number("pattern"),
            Field::new("bits", DataType::Float32, false),
        ]))
    }

    /// The memory as rows of [`PairMemory::schema`].
    ///
    /// # Errors
    /// Bugs.
    pub fn to_batch(&self) -> Result<RecordBatch> {
        let rows = 1 + self.records.len() + self.edges.len() + self.cuts.len();
        let mut kinds = Vec::with_capacity(rows);
        let numbers = || Vec::<u64>::with_capacity(rows);
        let (mut a, mut b, mut patterns) = (numbers(), numbers(), numbers());
        let mut bits: Vec<f32> = Vec::with_capacity(rows);
        let mut push = |kind: u8, row: (u64, u64, u64, f32)| {
            kinds.push(kind);
            a.push(row.0);
            b.push(row.1);
            patterns.push(row.2);
            bits.push(row.3);
        };
        push(MADE_WITH, (self.made_with, 0, 0, 0.0));
        self.records.iter().zip(&self.cut_rules).for_each(|(r, rules)| push(RECORD, (*r, *rules, 0, 0.0)));
        self.edges.iter().for_each(|e| push(EDGE, (e.a.into(), e.b.into(), e.pattern, e.bits)));
        self.cuts.iter().for_each(|(rule, digest)| push(CUT, (*rule, *digest, 0, 0.0)));
        let columns: Vec<ArrayRef> = vec![
            Arc::new(UInt8Array::from(kinds)),
            Arc::new(UInt64Array::from(a)),
            Arc::new(UInt64Array::from(b)),
            Arc::new(UInt64Array::from(patterns)),
            Arc::new(Float32Array::from(bits)),
        ];
        RecordBatch::try_new(Self::schema(), columns).map_err(|e| Error::bug("remembered pairs").caused_by(e))
    }

    /// Reads rows of [`PairMemory::schema`], batch after batch. `None` when they are not whole.
    pub fn from_batches(batches: &[RecordBatch]) -> Option<Self> {
        let mut memory = PairMemory::default();
        let mut whole = false;
        for batch in batches {
            let numbers = |name: &str| batch.column_by_name(name)?.as_any().downcast_ref::<UInt64Array>();
            let kinds: &UInt8Array = batch.column_by_name("kind")?.as_any().downcast_ref()?;
            let bits: &Float32Array = batch.column_by_name("bits")?.as_any().downcast_ref()?;
            let (a, b, patterns) = (numbers("a")?, numbers("b")?, numbers("pattern")?);
            for row in 0..batch.num_rows() {
                let (x, y) = (a.value(row), b.value(row));
                match kinds.value(row) {
                    MADE_WITH => (memory.made_with, whole) = (x, true),
                    RECORD => {
                        memory.records.push(x);
                        memory.cut_rules.push(y);
                    }
                    EDGE => memory.edges.push(Edge {
                        a: u32::try_from(x).ok()?,
                        b: u32::try_from(y).ok()?,
                        bits: bits.value(row),
                        pattern: patterns.value(row),
                    }),
                    CUT => {
                        memory.cuts.insert((x, y));
                    }
                    _ => return None,
                }
            }
        }
        let inside = |e: &Edge| (e.a.max(e.b) as usize) < memory.records.len();
        (whole && memory.records.is_sorted() && memory.edges.iter().all(inside)).then_some(memory)
    }
}

const MADE_WITH: u8 = 0;
const RECORD: u8 = 1;
const EDGE: u8 = 2;
const CUT: u8 = 3;
