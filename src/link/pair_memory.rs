//! Pairs that an earlier linkage compared, so that the next one compares only what is new.
//!
//! The bits of a pair depend on what its two records state, the model, its weights and the prior. A record
//! states the same as before when it comes from the same identity and the same of its values say nothing.
//! Two records that stood in one block before were compared then, unless that block was cut; a block that
//! was cut yields the same pairs as long as it holds the same records. What is remembered is therefore:
//! what each record was made of, with the rules under which it stood in a block that was cut, a digest of
//! each such block, and the pairs that reached the review threshold. Everything else follows, so that a
//! linkage with a memory finds exactly the edges of one without.

use std::collections::BTreeSet;
use std::hash::BuildHasher;

use foldhash::quality::FixedState;
use rayon::prelude::*;

use super::block::{Blocks, RuleBlocks};
use super::cluster::Edge;
use super::model::Model;
use super::population::UNKNOWN;
use super::records::Records;
use crate::error::Result;
use crate::store::memory_file::{MemoryWriter, numbers};

/// What a record is made of, beside its identity: which of its values say nothing, and what its ID number
/// may be used for.
pub type Made = u16;

/// What an earlier linkage found out; records are numbered as the identities of its night.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PairMemory {
    /// What the bits were made with; a memory of another making holds nothing.
    made_with: u64,
    records: Vec<Made>,
    /// Record for record: the rules under which it stood in a block that was cut.
    cut_rules: Vec<u64>,
    /// Pairs that reached the review threshold.
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
    /// Record for record: its number in the memory, of those that it knows.
    known: &'a [u32],
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

/// The digest of a block, of its records in their order, which decides whom a window brings together.
fn digest_of_cut(members: impl Iterator<Item = u32>) -> u64 {
    let state = FixedState::with_seed(2);
    members.fold(0, |digest, m| state.hash_one((digest, m)))
}

impl<'a> Recalled<'a> {
    /// Finds tonight's records in a memory that was made with the same. `known` are the numbers that their
    /// identities have in it, if any has one, and `records` what they are made of.
    pub fn new(memory: &'a PairMemory, made_with: u64, known: &'a [u32], records: &[Made]) -> Self {
        let mut recalled = Recalled {
            memory,
            known,
            cut_rules: vec![None; records.len()],
            same_cut: Vec::new(),
            edges: Vec::new(),
            in_others: Vec::new(),
        };
        if memory.made_with != made_with || known.len() != records.len() {
            return recalled;
        }
        recalled.cut_rules.par_iter_mut().zip(known).zip(records).for_each(|((rules, &number), made)| {
            if memory.records.get(number as usize) == Some(made) {
                *rules = Some(memory.cut_rules[number as usize]);
            }
        });
        // Record of tonight by record of the memory.
        let mut tonight = vec![UNKNOWN; memory.records.len()];
        for ((record, &number), rules) in (0u32..).zip(known).zip(&recalled.cut_rules) {
            if rules.is_some() {
                tonight[number as usize] = record;
            }
        }
        let there = |e: &Edge| {
            let (a, b) = (tonight[e.a as usize], tonight[e.b as usize]);
            (a != UNKNOWN && b != UNKNOWN).then(|| Edge { a: a.min(b), b: a.max(b), ..*e })
        };
        recalled.edges = memory.edges.par_iter().filter_map(there).collect();
        recalled
    }

    /// Whether a block that was cut then held the very same records.
    fn was_cut(&self, rule: usize, members: &[u32]) -> bool {
        // Numbers in a memory ascend as tonight's do: both are in the order of identities.
        members.iter().all(|m| self.cut_rules[*m as usize].is_some())
            && self.memory.cuts.contains(&(rule as u64, digest_of_cut(members.iter().map(|m| self.known[*m as usize]))))
    }

    /// The blocks that can hold a pair that was not compared, or that were cut or may be; and which of the
    /// remembered pairs share one of the others. Of a night of many new records, all blocks.
    pub fn blocks(&mut self, model: &Model, records: &Records<'_>) -> Blocks {
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
        let same =
            |(rule, of): (usize, &RuleBlocks)| of.cuts().iter().map(|c| self.was_cut(rule, &c.members)).collect();
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
    pub fn of(made_with: u64, records: Vec<Made>, blocks: &Blocks, edges: &[Edge]) -> Self {
        let mut cut_rules = vec![0u64; records.len()];
        let mut cuts = BTreeSet::new();
        for (rule, of) in blocks.rules.iter().enumerate() {
            for cut in of.cuts() {
                cut.members.iter().for_each(|&m| cut_rules[m as usize] |= bit(rule));
                cuts.insert((rule as u64, digest_of_cut(cut.members.iter().copied())));
            }
        }
        PairMemory { made_with, records, cut_rules, edges: edges.to_vec(), cuts }
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
            RECORDS => memory.records.extend(numbers::<u16>(row)),
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
        (edges.len() == 3 * patterns.len() && memory.edges.iter().all(inside)).then_some(memory)
    }
}

/// Sections of what is kept.
const MADE_WITH: u8 = 0;
const RECORDS: u8 = 1;
const CUT_RULES: u8 = 2;
const EDGES: u8 = 3;
const PATTERNS: u8 = 4;
const CUTS: u8 = 5;
