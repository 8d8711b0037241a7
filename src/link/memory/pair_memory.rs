//! Pairs that an earlier linkage compared, so that the next one compares only what is new.
//!
//! The bits of a pair depend on what its two records state, the model, its weights and the prior. A record
//! states the same as before when it comes from the same identity and the same of its values say nothing.
//! Two records that stood in one block before were compared then, unless that block was cut; a block that
//! was cut yields the same pairs as long as it holds the same records. What is kept is therefore:
//! what each record was made of, with the rules under which it stood in a block that was cut, a digest of
//! each such block, and the pairs that reached the review threshold. Everything else follows, so that a
//! linkage with a memory finds exactly the edges of one without. The clusters are kept, too: those of
//! components that nothing touches stay ([`crate::link::engine::cluster::Joined`]).

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};
use std::hash::{BuildHasher, Hash};

use foldhash::quality::FixedState;
use rayon::prelude::*;

use super::identity_marks::IdentityMarks;
use crate::epoch;
use crate::error::Result;
use crate::fingerprint::Fingerprint;
use crate::link::engine::block::{Blocks, PairTask, RuleBlocks};
use crate::link::engine::cluster::{Bridge, Clustering, Edge, Joined, components_of};
use crate::link::engine::decided::Decided;
use crate::link::engine::linker::Linker;
use crate::link::engine::model::Model;
use crate::link::engine::records::Records;
use crate::link::ids::{BlockNumber, MemoryNumber, RecordNumber, RecordPair};
use crate::store::memory_file::{MemoryWriter, numbers};

/// What an earlier linkage found out; records are numbered as the identities of its night.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PairMemory {
    /// What the bits were made with; a memory of another making holds nothing.
    made_with: u64,
    records: Vec<IdentityMarks>,
    /// Records that stood in a block that was cut, ascending, with the rules of such blocks.
    cut_rules: Vec<(MemoryNumber, u64)>,
    /// Pairs that reached the review threshold, ascending.
    edges: Vec<Edge<MemoryNumber>>,
    clusters: ClusterMemory<MemoryNumber>,
    /// The blocks that were cut: rule and digest.
    cuts: BTreeSet<(u64, u64)>,
}

/// What became of an earlier linkage's pairs; records are numbered as tonight's or as a memory's.
#[derive(Clone, Debug, PartialEq)]
pub struct ClusterMemory<N> {
    /// At the join threshold, and at those that tell how sure it is.
    pub chosen: Joined<N>,
    pub looser: Joined<N>,
    pub stricter: Joined<N>,
    /// Records that decisions named, ascending.
    decided: Vec<N>,
}

impl<N> Default for ClusterMemory<N> {
    fn default() -> Self {
        let (chosen, looser, stricter) = Default::default();
        ClusterMemory { chosen, looser, stricter, decided: Vec::new() }
    }
}

impl ClusterMemory<MemoryNumber> {
    /// What a memory holds of clusters, and of the decisions about them.
    pub fn of(
        clustering: &Clustering,
        looser: &[RecordNumber],
        stricter: &[RecordNumber],
        edges: &[Edge],
        decided: &Decided<'_>,
    ) -> Self {
        let mut named: Vec<MemoryNumber> = decided.records().map(RecordNumber::for_memory).collect();
        named.sort_unstable();
        named.dedup();
        ClusterMemory {
            chosen: Joined::of(clustering, edges),
            looser: Joined::of_roots(looser),
            stricter: Joined::of_roots(stricter),
            decided: named,
        }
    }
}

/// The digest of what bits are made with.
pub fn made_with(model_fingerprint: &str, prior: f32) -> u64 {
    let mut fingerprint = Fingerprint::new("pairs of a model");
    fingerprint.number(epoch::LINKAGE).text(model_fingerprint).number(prior.to_bits());
    let [a, b, c, d, e, f, g, h, ..] = fingerprint.digest();
    u64::from_le_bytes([a, b, c, d, e, f, g, h])
}

/// The bit of a rule. A model with more rules than bits has the last ones share a bit, which makes more
/// pairs be compared again and loses none.
fn bit(rule: usize) -> u64 {
    1 << rule.min(63)
}

/// Tonight's records beside those of a memory.
pub struct PairReuse<'a> {
    memory: &'a PairMemory,
    /// Record for record: its number in the memory, of those that it knows.
    known: &'a [Option<MemoryNumber>],
    /// Record for record: the rules under which it stood in a cut then; [`NEW`] for a new record.
    cut_rules: Vec<u64>,
    /// By rule and cut of tonight: whether there was a cut of the very same records.
    same_cut: Vec<Vec<bool>>,
    /// The pairs of the memory whose records are there, ascending.
    edges: Vec<Edge>,
    /// Records that had a pair with one that is no more, or that decisions named.
    left: Vec<RecordNumber>,
    clusters: ClusterMemory<RecordNumber>,
    /// Pair by pair of these: whether they share a block that was left out; empty when none was.
    in_others: Vec<bool>,
}

/// The rules of a new record: all.
const NEW: u64 = u64::MAX;

/// More than one of so many records that are new are many.
pub const MANY_NEW: usize = 4;

/// The digest of a block, of its records in their order, which decides whom a window brings together.
fn digest_of_cut(members: impl Iterator<Item = impl Hash>) -> u64 {
    let state = FixedState::with_seed(2);
    members.fold(0, |digest, m| state.hash_one((digest, m)))
}

impl<'a> PairReuse<'a> {
    /// Finds tonight's records in a memory that was made with the same. `known` are the numbers that their
    /// identities have in it, if any has one, and `records` what they are made of.
    pub fn new(
        memory: &'a PairMemory,
        made_with: u64,
        known: &'a [Option<MemoryNumber>],
        records: &[IdentityMarks],
    ) -> Self {
        let mut reuse = PairReuse {
            memory,
            known,
            cut_rules: vec![NEW; records.len()],
            same_cut: Vec::new(),
            edges: Vec::new(),
            left: Vec::new(),
            clusters: ClusterMemory::default(),
            in_others: Vec::new(),
        };
        if memory.made_with != made_with || known.len() != records.len() {
            return reuse;
        }
        // Record of tonight by record of the memory.
        let mut tonight: Vec<Option<RecordNumber>> = vec![None; memory.records.len()];
        for (((record, number), made), rules) in
            (0..).map(RecordNumber::new).zip(known).zip(records).zip(&mut reuse.cut_rules)
        {
            let Some(number) = number.map(MemoryNumber::index) else { continue };
            if memory.records.get(number).is_some_and(|before| before.is_same_record(*made)) {
                tonight[number] = Some(record);
                *rules = 0;
            }
        }
        let there = |number: MemoryNumber| tonight[number.index()];
        for (number, rules) in &memory.cut_rules {
            there(*number).into_iter().for_each(|record| reuse.cut_rules[record.index()] = *rules);
        }
        // Both number identities in their order, so that what ascends stays so.
        for e in &memory.edges {
            match (there(e.a), there(e.b)) {
                (Some(a), Some(b)) => reuse.edges.push(Edge { a, b, bits: e.bits, pattern: e.pattern }),
                (a, b) => reuse.left.extend(a.or(b)),
            }
        }
        let ClusterMemory { chosen, looser, stricter, decided } = &memory.clusters;
        reuse.left.extend(decided.iter().filter_map(|number| there(*number)));
        reuse.clusters = ClusterMemory {
            chosen: chosen.renumbered(there),
            looser: looser.renumbered(there),
            stricter: stricter.renumbered(there),
            decided: Vec::new(),
        };
        reuse
    }

    /// Whether a block that was cut then held the very same records.
    fn was_cut(&self, rule: usize, members: &[RecordNumber]) -> bool {
        // Numbers in a memory ascend as tonight's do: both are in the order of identities.
        let before = members.iter().filter_map(|m| self.known[m.index()]);
        members.iter().all(|m| self.cut_rules[m.index()] != NEW)
            && self.memory.cuts.contains(&(rule as u64, digest_of_cut(before)))
    }

    /// The blocks that can hold a pair that was not compared, or that were cut or may be; and which of the
    /// pairs of the memory share one of the others. Of a night of many new records, all blocks.
    pub fn blocks(&mut self, model: &Model, records: &Records<'_>) -> Blocks {
        let blocks = if self.new_records() * MANY_NEW > records.len() {
            Blocks::new(model, records)
        } else if self.cut_rules.iter().all(|rules| *rules == 0) {
            self.in_others = vec![true; self.edges.len()];
            Blocks::none(model, records)
        } else {
            // A block is another one only where a record came or went. Who is new is known; where somebody went,
            // it matters if the block was cut, and then whoever is left was in a cut.
            let cut_rules = &self.cut_rules;
            let chosen = |rule: usize, record: RecordNumber| cut_rules[record.index()] & bit(rule) != 0;
            let pairs: Vec<RecordPair> = self.edges.iter().map(|e| (e.a, e.b)).collect();
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
        self.cut_rules.iter().filter(|rules| **rules == NEW).count()
    }

    /// What the memory says of a block.
    pub fn of_block(&self, rule: usize, blocks: &RuleBlocks, block: BlockNumber) -> BlockReuse {
        match blocks.cut_of(block) {
            None => BlockReuse::Whole(bit(rule)),
            Some(cut) if self.same_cut[rule][cut] => BlockReuse::SameCut,
            Some(_) => BlockReuse::OtherCut,
        }
    }

    /// Whether a pair of a block was compared before.
    #[inline]
    pub fn knows(&self, block: BlockReuse, a: RecordNumber, b: RecordNumber) -> bool {
        let (x, y) = (self.cut_rules[a.index()], self.cut_rules[b.index()]);
        x != NEW
            && y != NEW
            && match block {
                BlockReuse::Whole(rule) => x & y & rule == 0,
                BlockReuse::SameCut => true,
                BlockReuse::OtherCut => false,
            }
    }

    /// Whether every pair of a block was compared before.
    pub fn knows_all(&self, block: BlockReuse, members: &[RecordNumber]) -> bool {
        let known = |m: &RecordNumber| match (self.cut_rules[m.index()], block) {
            (NEW, _) | (_, BlockReuse::OtherCut) => false,
            (_, BlockReuse::SameCut) => true,
            (rules, BlockReuse::Whole(rule)) => rules & rule == 0,
        };
        members.iter().all(known)
    }

    /// The pairs of the memory that still share a block.
    pub fn edges(&self, blocks: &Blocks) -> Vec<Edge> {
        let left_out = |index: usize| self.in_others.get(index) == Some(&true);
        let still = |(index, e): (usize, &Edge)| left_out(index) || blocks.first_rule(e.a, e.b).is_some();
        self.edges.par_iter().enumerate().filter(|e| still(*e)).map(|(_, e)| *e).collect()
    }
}

impl PairReuse<'_> {
    /// The edges that a linker finds, with only those pairs compared that an earlier linkage did not compare. The rules'
    /// reports stay without what was found.
    pub fn edges_after(&self, linker: &Linker<'_, '_>) -> Vec<Edge> {
        let parts = linker.blocks.map_tasks(|task| {
            let mut edges = Vec::new();
            let rule = &linker.blocks.rules[task.rule];
            for block in task.blocks() {
                let of_block = self.of_block(task.rule, rule, block);
                if self.knows_all(of_block, rule.members(block)) {
                    continue;
                }
                let one = PairTask::of_block(task.rule, block);
                linker.blocks.pairs_of(&one, |block, a, b| {
                    if self.knows(of_block, a, b)
                        || !linker.scope.holds(a, b)
                        || linker.blocks.is_earlier(task.rule, block, a, b)
                    {
                        return;
                    }
                    edges.extend(linker.edge(a, b));
                });
            }
            edges
        });
        let mut edges = self.edges(&linker.blocks);
        parts.into_iter().for_each(|mut found| edges.append(&mut found));
        edges.par_sort_unstable_by_key(|e| (e.a, e.b));
        edges.dedup_by_key(|e| (e.a, e.b));
        edges
    }

    /// Record for record: whether its component, of pairs from `least` bits up, may have other clusters than
    /// it had. `edges` are tonight's.
    pub fn touched(&self, edges: &[Edge], decided: &Decided<'_>, least: f32) -> Vec<bool> {
        let new = (0..)
            .map(RecordNumber::new)
            .zip(&self.cut_rules)
            .filter(|(_, rules)| **rules == NEW)
            .map(|(record, _)| record);
        let other = pairs_of_one(&self.edges, edges);
        let seeds = new.chain(self.left.iter().copied()).chain(other).chain(decided.records());
        components_of(seeds, edges, least, self.cut_rules.len())
    }

    /// The clusters as they were, of records that are there.
    pub fn clusters(&self) -> &ClusterMemory<RecordNumber> {
        &self.clusters
    }

    /// Whether the rows of a record were found to be one person, of a record that is not new.
    pub fn is_one_person(&self, record: RecordNumber) -> Option<bool> {
        let number = self.known.get(record.index()).filter(|_| self.cut_rules[record.index()] != NEW)?;
        number.map(|number| self.memory.records[number.index()].is_one_person())
    }
}

/// The records of pairs that stand in one of the two lists alone; both ascend.
fn pairs_of_one(x: &[Edge], y: &[Edge]) -> Vec<RecordNumber> {
    let mut records = Vec::new();
    let (mut x, mut y) = (x.iter().peekable(), y.iter().peekable());
    loop {
        let order = match (x.peek(), y.peek()) {
            (Some(x), Some(y)) => (x.a, x.b).cmp(&(y.a, y.b)),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => return records,
        };
        let of_x = if order.is_le() { x.next() } else { None };
        let of_y = if order.is_ge() { y.next() } else { None };
        if order.is_ne() {
            of_x.or(of_y).into_iter().for_each(|e| records.extend([e.a, e.b]));
        }
    }
}

/// What a memory says of a block.
#[derive(Clone, Copy, Debug)]
pub enum BlockReuse {
    /// Not cut: pairs of records that stood in no cut of the rule were compared.
    Whole(u64),
    /// Part of a cut of the very same records.
    SameCut,
    OtherCut,
}

impl PairMemory {
    /// The memory of a linkage.
    pub fn of(
        made_with: u64,
        records: Vec<IdentityMarks>,
        blocks: &Blocks,
        edges: Vec<Edge>,
        clusters: ClusterMemory<MemoryNumber>,
    ) -> Self {
        let mut cut_rules: BTreeMap<MemoryNumber, u64> = BTreeMap::new();
        let mut cuts = BTreeSet::new();
        for (rule, of) in blocks.rules.iter().enumerate() {
            for cut in of.cuts() {
                cut.members.iter().for_each(|m| *cut_rules.entry(m.for_memory()).or_default() |= bit(rule));
                cuts.insert((rule as u64, digest_of_cut(cut.members.iter().copied())));
            }
        }
        // They take the room that they have.
        let edge = |e: Edge| Edge { a: e.a.for_memory(), b: e.b.for_memory(), bits: e.bits, pattern: e.pattern };
        let edges = edges.into_iter().map(edge).collect();
        PairMemory { made_with, records, cut_rules: cut_rules.into_iter().collect(), edges, clusters, cuts }
    }

    /// What each record was made of.
    pub fn made(&self) -> &[IdentityMarks] {
        &self.records
    }

    /// Hands the memory over to be kept.
    pub fn write(&self, to: &mut MemoryWriter) -> Result<()> {
        let file = |record: MemoryNumber| MemoryNumber::to_file(Some(record));
        to.numbers(MADE_WITH, std::iter::once(self.made_with))?;
        to.numbers(RECORDS, self.records.iter().map(|made| made.bits()))?;
        to.numbers(CUT_RULES, self.cut_rules.iter().flat_map(|(record, rules)| [record.index() as u64, *rules]))?;
        to.numbers(EDGES, self.edges.iter().flat_map(|e| [file(e.a), file(e.b), e.bits.to_bits()]))?;
        to.numbers(PATTERNS, self.edges.iter().map(|e| e.pattern))?;
        to.numbers(CUTS, self.cuts.iter().flat_map(|(rule, digest)| [*rule, *digest]))?;
        let ClusterMemory { chosen, looser, stricter, decided } = &self.clusters;
        for (section, joined) in [(CHOSEN, chosen), (LOOSER, looser), (STRICTER, stricter)] {
            to.numbers(section, joined.roots.iter().flat_map(|(record, root)| [file(*record), file(*root)]))?;
        }
        to.numbers(REFUSED, chosen.refused.iter().flat_map(|(a, b)| [file(*a), file(*b)]))?;
        to.numbers(CUT_BRIDGES, chosen.cut.iter().flat_map(|c| [file(c.a), file(c.b), c.bits.to_bits()]))?;
        to.numbers(DECIDED, decided.iter().map(|record| file(*record)))
    }

    /// Takes a memory from what `rows_of` hands over, row by row with its section, and gives the token of its
    /// file, too. `None` when it is not whole.
    pub fn read(rows_of: impl FnOnce(&mut dyn FnMut(u8, &[u8])) -> Result<u64>) -> Option<(Self, u64)> {
        let mut memory = PairMemory::default();
        let (mut made_with, mut cut, mut edges, mut patterns) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let mut cuts: Vec<u64> = Vec::new();
        let (mut bridges, mut decided) = (Vec::<u32>::new(), Vec::<u32>::new());
        let mut pairs: [Vec<u32>; 4] = Default::default();
        let token = rows_of(&mut |section, row| match section {
            MADE_WITH => made_with.extend(numbers::<u64>(row)),
            RECORDS => memory.records.extend(numbers::<u16>(row).map(IdentityMarks::from_bits)),
            CUT_RULES => cut.extend(numbers::<u64>(row)),
            EDGES => edges.extend(numbers::<u32>(row)),
            PATTERNS => patterns.extend(numbers::<u64>(row)),
            CUTS => cuts.extend(numbers::<u64>(row)),
            CHOSEN | LOOSER | STRICTER | REFUSED => pairs[usize::from(section - CHOSEN)].extend(numbers::<u32>(row)),
            CUT_BRIDGES => bridges.extend(numbers::<u32>(row)),
            DECIDED => decided.extend(numbers::<u32>(row)),
            _ => {}
        })
        .ok()?;
        memory.made_with = *made_with.first()?;
        let record = MemoryNumber::of_file;
        for pair in cut.chunks_exact(2) {
            memory.cut_rules.push((record(u32::try_from(pair[0]).ok()?)?, pair[1]));
        }
        memory.edges.reserve_exact(patterns.len());
        for (e, pattern) in edges.chunks_exact(3).zip(&patterns) {
            let (a, b, bits) = (record(e[0])?, record(e[1])?, f32::from_bits(e[2]));
            memory.edges.push(Edge { a, b, bits, pattern: *pattern });
        }
        memory.cuts = cuts.chunks_exact(2).map(|pair| (pair[0], pair[1])).collect();
        let [Some(roots), Some(looser), Some(stricter), Some(refused)] = pairs.map(pairs_of_file) else { return None };
        let bridge = |c: &[u32]| Some(Bridge { a: record(c[0])?, b: record(c[1])?, bits: f32::from_bits(c[2]) });
        let of_roots = |roots| Joined { roots, ..Joined::default() };
        memory.clusters = ClusterMemory {
            chosen: Joined { roots, refused, cut: bridges.chunks_exact(3).map(bridge).collect::<Option<_>>()? },
            looser: of_roots(looser),
            stricter: of_roots(stricter),
            decided: decided.into_iter().map(record).collect::<Option<_>>()?,
        };
        (edges.len() == 3 * patterns.len() && memory.is_whole()).then_some((memory, token))
    }

    /// Every number names a record.
    fn is_whole(&self) -> bool {
        let records = self.records.len();
        let is_record = |record: MemoryNumber| record.index() < records;
        let ClusterMemory { chosen, looser, stricter, decided } = &self.clusters;
        self.edges.iter().all(|e| is_record(e.a) && is_record(e.b))
            && self.cut_rules.iter().all(|(record, _)| is_record(*record))
            && [chosen, looser, stricter].into_iter().all(|joined| joined.is_below(records))
            && decided.iter().all(|record| is_record(*record))
    }
}

/// Pairs as a file holds them, one number after the other.
fn pairs_of_file(numbers: Vec<u32>) -> Option<Vec<(MemoryNumber, MemoryNumber)>> {
    let mut pairs = Vec::with_capacity(numbers.len() / 2);
    for pair in numbers.chunks_exact(2) {
        pairs.push((MemoryNumber::of_file(pair[0])?, MemoryNumber::of_file(pair[1])?));
    }
    Some(pairs)
}

/// Sections of what is kept.
const MADE_WITH: u8 = 0;
const RECORDS: u8 = 1;
const CUT_RULES: u8 = 2;
const EDGES: u8 = 3;
const PATTERNS: u8 = 4;
const CUTS: u8 = 5;
const CHOSEN: u8 = 6;
const LOOSER: u8 = 7;
const STRICTER: u8 = 8;
const REFUSED: u8 = 9;
const CUT_BRIDGES: u8 = 10;
const DECIDED: u8 = 11;
