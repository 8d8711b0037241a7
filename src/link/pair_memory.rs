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

use foldhash::quality::FixedState;
use rayon::prelude::*;

use super::block::{Blocks, RuleBlocks};
use super::cluster::Edge;
use super::model::Model;
use super::records::Records;
use crate::error::Result;
use crate::store::memory_file::{MemoryWriter, numbers};

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
pub fn unlike_others(digests: &[u64]) -> Vec<(u64, u32)> {
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
    /// Finds tonight's records in a memory that was made with the same; `alone` are those that
    /// [`unlike_others`] gives, of so many.
    pub fn new(memory: &'a PairMemory, made_with: u64, alone: &[(u64, u32)], records: usize) -> Self {
        let mut recalled = Recalled {
            memory,
            cut_rules: vec![None; records],
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
        for &(digest, record) in alone {
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
    pub fn of(made_with: u64, digests: &[u64], alone: &[(u64, u32)], blocks: &Blocks, edges: &[Edge]) -> Self {
        let mut rules = vec![0u64; digests.len()];
        let mut cuts = BTreeSet::new();
        for (rule, of) in blocks.rules.iter().enumerate() {
            for cut in of.cuts() {
                cut.members.iter().for_each(|&m| rules[m as usize] |= bit(rule));
                cuts.insert((rule as u64, digest_of_cut(&cut.members, digests)));
            }
        }
        let mut index_of = vec![u32::MAX; digests.len()];
        for (index, (_, record)) in (0..).zip(alone) {
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

    /// Hands the memory over to be kept.
    ///
    /// # Errors
    /// `Output`.
    pub fn write(&self, to: &mut MemoryWriter) -> Result<()> {
        to.numbers(MADE_WITH, std::iter::once(self.made_with))?;
        to.numbers(RECORDS, self.records.iter().copied())?;
        let cut = (0u64..).zip(&self.cut_rules).filter(|(_, rules)| **rules != 0);
        to.numbers(CUT_RULES, cut.flat_map(|(record, rules)| [record, *rules]))?;
        to.numbers(EDGES, self.edges.iter().flat_map(|e| [e.a, e.b, e.bits.to_bits()]))?;
        to.numbers(PATTERNS, self.edges.iter().map(|e| e.pattern))?;
        to.numbers(CUTS, self.cuts.iter().flat_map(|(rule, digest)| [*rule, *digest]))
    }

    /// Takes a memory from what `rows_of` hands over, row by row with its section. `None` when it is not whole.
    pub fn read(rows_of: impl FnOnce(&mut dyn FnMut(u8, &[u8])) -> Result<u64>) -> Option<Self> {
        let mut memory = PairMemory::default();
        let (mut made_with, mut cut, mut edges, mut patterns) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let mut cuts: Vec<u64> = Vec::new();
        rows_of(&mut |section, row| match section {
            MADE_WITH => made_with.extend(numbers::<u64>(row)),
            RECORDS => memory.records.extend(numbers::<u64>(row)),
            CUT_RULES => cut.extend(numbers::<u64>(row)),
            EDGES => edges.extend(numbers::<u32>(row)),
            PATTERNS => patterns.extend(numbers::<u64>(row)),
            CUTS => cuts.extend(numbers::<u64>(row)),
            _ => {}
        })
        .ok()?;
        memory.made_with = *made_with.first()?;
        memory.cut_rules = vec![0; memory.records.len()];
        for pair in cut.chunks_exact(2) {
            *memory.cut_rules.get_mut(usize::try_from(pair[0]).ok()?)? = pair[1];
        }
        let of = edges.chunks_exact(3).zip(&patterns);
        memory.edges = of.map(|(e, p)| Edge { a: e[0], b: e[1], bits: f32::from_bits(e[2]), pattern: *p }).collect();
        memory.cuts = cuts.chunks_exact(2).map(|pair| (pair[0], pair[1])).collect();
        let inside = |e: &Edge| (e.a.max(e.b) as usize) < memory.records.len();
        let whole = edges.len() == 3 * patterns.len() && memory.records.is_sorted();
        (whole && memory.edges.iter().all(inside)).then_some(memory)
    }
}

/// Sections of what is kept.
const MADE_WITH: u8 = 0;
const RECORDS: u8 = 1;
const CUT_RULES: u8 = 2;
const EDGES: u8 = 3;
const PATTERNS: u8 = 4;
const CUTS: u8 = 5;
