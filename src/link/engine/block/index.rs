//! Records in blocks, rule by rule.

use std::ops::{Range, RangeBounds};

use hashbrown::HashMap;
use rayon::prelude::*;

use super::bound::{Bound, Features};
use super::feature::MOST_LANES;
use crate::link::engine::mix::combine;
use crate::link::engine::model::{BlockBounds, BlockingKey, Model};
use crate::link::engine::records::Records;
use crate::link::ids::{BlockNumber, RecordNumber};

/// Blocks of all rules.
///
/// The blocks that a record stands in lie beside each other, a few lanes a rule, so that whether an
/// earlier rule yields a pair is seen from two short rows.
pub struct Blocks {
    /// By row and lane: the block, as [`BlockNumber::to_lane`] gives it; 0 for none.
    lanes: Vec<u32>,
    width: usize,
    /// Where only some records stand in blocks: by record its row of lanes; the first one is of all others.
    places: Option<Vec<u32>>,
    pub rules: Vec<RuleBlocks>,
    /// Rules of several lanes, ascending.
    wide: Vec<usize>,
    /// Lane by lane: from which of its rule's blocks on they are windowed.
    windowed_from: Vec<u32>,
}

/// Blocks of one rule.
pub struct RuleBlocks {
    pub first_lane: usize,
    pub lanes: usize,
    /// Members of block `b` are `members[ends[b]..ends[b + 1]]`.
    ends: Vec<u32>,
    members: Vec<RecordNumber>,
    /// Blocks from this number on are parts of blocks that were cut.
    cut_from: BlockNumber,
    /// Blocks from this number on are windowed.
    windowed_from: BlockNumber,
    window: usize,
    /// Places in windowed blocks, by block and record.
    places: HashMap<(BlockNumber, RecordNumber), u32>,
    /// The blocks that were cut.
    cuts: Vec<Cut>,
    /// Part by part, from `cut_from` on: index of the cut.
    cut_of: Vec<u32>,
    pub report: RuleReport,
}

/// A block that was cut.
#[derive(Clone, Debug)]
pub struct Cut {
    /// All its records, ascending.
    pub members: Vec<RecordNumber>,
}

/// What a rule did, for people.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize)]
pub struct RuleReport {
    pub rule: String,
    /// Blocks with more than one record, before any was cut.
    pub blocks: u64,
    /// Records in the largest.
    pub largest: u64,
    /// Pairs that the blocks hold, those of earlier rules among them.
    pub pairs: u64,
    /// Blocks that were cut, and the pairs that this left out.
    pub cut_blocks: u64,
    pub cut_pairs: u64,
    /// Pairs that this rule was the first to yield, and those of them that reached the review threshold.
    pub first_pairs: u64,
    pub kept_pairs: u64,
    /// Matches that the cut may have lost, if they are as frequent there as in what was compared.
    pub lost_matches: f64,
}

/// A record under a key.
#[derive(Clone, Copy)]
pub(super) struct Posting {
    pub key: u64,
    pub record: RecordNumber,
}

impl Blocks {
    /// Puts all records into blocks.
    pub fn new(model: &Model, records: &Records<'_>) -> Self {
        let mut room = Vec::new();
        Self::of_entries(model, records, false, |rule, features| {
            entries(&features.all(&model.rules[rule].keys), records, &mut room)
        })
    }

    /// No blocks.
    pub fn none(model: &Model, records: &Records<'_>) -> Self {
        Self::of_entries(model, records, true, |_, _| Vec::new())
    }

    /// Blocks of the entries that `entries_of` gives for a rule, by its index; `few`: most records have none.
    pub(super) fn of_entries<'v>(
        model: &Model,
        records: &Records<'v>,
        few: bool,
        mut entries_of: impl FnMut(usize, &Features<'_, 'v>) -> Vec<Posting> + Send,
    ) -> Self {
        let lanes_of = |keys: &[BlockingKey]| keys.iter().map(|k| k.feature.lanes()).product::<usize>().min(MOST_LANES);
        let width: usize = model.rules.iter().map(|r| lanes_of(&r.keys)).sum();
        // Rows of whole cache lines: most looks need the first one only.
        let width = width.next_multiple_of(16);
        let mut blocks = Blocks {
            lanes: Vec::new(),
            width,
            places: None,
            rules: Vec::new(),
            wide: Vec::new(),
            windowed_from: Vec::new(),
        };
        let keys = model.rules.iter().flat_map(|rule| &rule.keys).chain(&model.bounds.order).chain(&model.bounds.split);
        let features = Features::new(keys.copied(), records);
        let mut first_lane = 0;
        if !few {
            // What is worked out side by side must not wait for itself within work that goes on side by side.
            features.bind_all();
        }
        let mut next = None;
        for (index, rule) in model.rules.iter().enumerate() {
            let lanes = lanes_of(&rule.keys);
            let entries = next.take().unwrap_or_else(|| entries_of(index, &features));
            let build = || RuleBlocks::build(entries, records, &features, &model.bounds);
            let mut built = if few || index + 1 == model.rules.len() {
                build()
            } else {
                // Neither keeps all cores busy all the time.
                let (built, after) = rayon::join(build, || entries_of(index + 1, &features));
                next = Some(after);
                built
            };
            (built.first_lane, built.lanes, built.report.rule) = (first_lane, lanes, rule.name.clone());
            if lanes > 1 {
                blocks.wide.push(index);
            }
            blocks.windowed_from.extend(std::iter::repeat_n(built.windowed_from.to_lane(), lanes));
            blocks.rules.push(built);
            first_lane += lanes;
        }
        blocks.write_lanes(records.len(), few);
        blocks
    }

    fn write_lanes(&mut self, records: usize, few: bool) {
        let mut rows = records;
        if few {
            let mut places = vec![0; records];
            rows = 1;
            for member in self.rules.iter().flat_map(|rule| &rule.members) {
                let place = &mut places[member.index()];
                if *place == 0 {
                    *place = rows as u32;
                    rows += 1;
                }
            }
            self.places = Some(places);
        }
        self.lanes = vec![0; rows * self.width];
        let (rules, places, width) = (&self.rules, self.places.as_deref(), self.width);
        // Each part goes by all blocks and takes what is of its records.
        let part = rows.div_ceil(rayon::current_num_threads()).max(1);
        self.lanes.par_chunks_mut((part * width).max(1)).enumerate().for_each(|(index, lanes)| {
            let row_of = |record: RecordNumber| {
                let row = places.map_or(record.index(), |places| places[record.index()] as usize);
                row.checked_sub(index * part).filter(|row| *row < part)
            };
            rules.iter().for_each(|rule| rule.write_lanes(lanes, width, &row_of));
        });
    }

    /// The lanes of a record.
    #[inline]
    pub(super) fn row(&self, record: RecordNumber) -> &[u32] {
        let row = self.places.as_ref().map_or(record.index(), |places| places[record.index()] as usize);
        let from = row * self.width;
        &self.lanes[from..from + self.width]
    }

    /// The first rule that yields a pair.
    pub fn first_rule(&self, a: RecordNumber, b: RecordNumber) -> Option<usize> {
        let (x, y) = (self.row(a), self.row(b));
        (0..self.rules.len()).find(|&r| self.rules[r].yields((x, y), a, b, ..))
    }

    /// Whether an earlier rule, or an earlier block of this rule, yields the pair.
    #[inline]
    pub fn is_earlier(&self, rule: usize, block: BlockNumber, a: RecordNumber, b: RecordNumber) -> bool {
        let (x, y) = (self.row(a), self.row(b));
        let lanes = self.rules[rule].first_lane;
        // Most pairs share no lane or one that settles it, which a look at all of them side by side tells at
        // once; a rule of several lanes has to be looked at crosswise, too, and a window place by place.
        let (mut settled, mut share) = (false, false);
        for ((p, q), windowed_from) in x[..lanes].iter().zip(&y[..lanes]).zip(&self.windowed_from) {
            let same = (p == q) & (*p != 0);
            share |= same;
            settled |= same & (p < windowed_from);
        }
        if settled {
            return true;
        }
        let yields = |r: usize| self.rules[r].yields((x, y), a, b, ..);
        let earlier =
            if share { (0..rule).any(yields) } else { self.wide.iter().take_while(|r| **r < rule).any(|&r| yields(r)) };
        earlier || (self.rules[rule].lanes > 1 && self.rules[rule].yields((x, y), a, b, ..block))
    }
}

impl RuleBlocks {
    /// Whether one of some blocks yields the pair; `x` and `y` are the records' lanes.
    #[inline]
    fn yields(
        &self,
        (x, y): (&[u32], &[u32]),
        a: RecordNumber,
        b: RecordNumber,
        blocks: impl RangeBounds<BlockNumber>,
    ) -> bool {
        let range = self.first_lane..self.first_lane + self.lanes;
        let (x, y) = (&x[range.clone()], &y[range]);
        // Lanes are filled one after the other.
        let mut of_x = x.iter().map_while(|lane| BlockNumber::of_lane(*lane));
        of_x.any(|block| blocks.contains(&block) && y.contains(&block.to_lane()) && self.holds(block, a, b))
    }

    /// Whether a block that two records stand in yields the pair.
    #[inline]
    pub(super) fn holds(&self, block: BlockNumber, a: RecordNumber, b: RecordNumber) -> bool {
        block < self.windowed_from || {
            let place = |record| self.places.get(&(block, record)).copied();
            match (place(a), place(b)) {
                (Some(x), Some(y)) => x.abs_diff(y) as usize <= self.window,
                (x, y) => x == y,
            }
        }
    }

    /// How many blocks there are.
    pub fn count(&self) -> usize {
        self.ends.len() - 1
    }

    /// The blocks.
    pub fn numbers(&self) -> impl Iterator<Item = BlockNumber> {
        (0..self.count()).map(BlockNumber::new)
    }

    /// Members of a block.
    pub fn members(&self, block: BlockNumber) -> &[RecordNumber] {
        let b = block.index();
        &self.members[self.ends[b] as usize..self.ends[b + 1] as usize]
    }

    pub fn is_windowed(&self, block: BlockNumber) -> bool {
        block >= self.windowed_from
    }

    /// The blocks that were cut.
    pub fn cuts(&self) -> &[Cut] {
        &self.cuts
    }

    /// Of a part of a block that was cut: the index of the cut.
    pub fn cut_of(&self, block: BlockNumber) -> Option<usize> {
        block.index().checked_sub(self.cut_from.index()).map(|part| self.cut_of[part] as usize)
    }

    /// Neighbours after a member that are compared with it.
    pub fn reach(&self, block: BlockNumber) -> usize {
        if self.is_windowed(block) { self.window } else { usize::MAX }
    }

    /// Pairs that a block yields.
    pub fn pairs(&self, block: BlockNumber) -> u64 {
        let n = self.members(block).len() as u64;
        if self.is_windowed(block) {
            let w = (self.window as u64).min(n - 1);
            w * n - w * (w + 1) / 2
        } else {
            n * (n - 1) / 2
        }
    }

    /// No blocks yet.
    fn none(window: usize) -> Self {
        RuleBlocks {
            first_lane: 0,
            lanes: 0,
            ends: vec![0],
            members: Vec::new(),
            cut_from: BlockNumber::new(0),
            windowed_from: BlockNumber::new(0),
            window,
            places: HashMap::new(),
            cuts: Vec::new(),
            cut_of: Vec::new(),
            report: RuleReport::default(),
        }
    }

    fn build(
        mut entries: Vec<Posting>,
        records: &Records<'_>,
        features: &Features<'_, '_>,
        bounds: &BlockBounds,
    ) -> Self {
        let (cap, window) = (bounds.cap, bounds.window);
        entries.par_sort_unstable_by_key(|e| (e.key, e.record));
        entries.dedup_by_key(|e| (e.key, e.record));
        let mut built = Self::none(window);
        let mut at = 0;
        let mut whole = Vec::new();
        for run in entries.chunk_by(|a, b| a.key == b.key) {
            let (from, n) = (at, run.len() as u64);
            at += run.len();
            if n < 2 {
                continue;
            }
            built.report.blocks += 1;
            built.report.largest = built.report.largest.max(n);
            built.report.pairs += n * (n - 1) / 2;
            if run.len() <= cap {
                whole.push((run[0].record.index() as u64) << 32 | from as u64);
            } else {
                built.cuts.push(Cut { members: run.iter().map(|e| e.record).collect() });
            }
        }
        // Records that are alike are near each other, so that blocks in the order of their first ones are
        // walked through with few leaps in memory.
        whole.par_sort_unstable();
        for from in whole.into_iter().map(|block| block as u32 as usize) {
            let run = entries[from..].iter().take_while(|e| e.key == entries[from].key);
            built.members.extend(run.map(|e| e.record));
            built.ends.push(built.members.len() as u32);
        }
        built.cut_from = BlockNumber::new(built.count());
        let mut windowed: Vec<(u32, Vec<RecordNumber>)> = Vec::new();
        for (index, cut) in (0..).zip(&built.cuts) {
            let n = cut.members.len() as u64;
            let mut kept = 0;
            for part in split(cut.members.clone(), records, features, &bounds.split, cap) {
                let m = part.len() as u64;
                if part.len() <= cap {
                    kept += m * (m - 1) / 2;
                    built.members.extend(&part);
                    built.ends.push(built.members.len() as u32);
                    built.cut_of.push(index);
                } else {
                    let w = (window as u64).min(m - 1);
                    kept += w * m - w * (w + 1) / 2;
                    windowed.push((index, part));
                }
            }
            built.report.cut_blocks += 1;
            built.report.cut_pairs += n * (n - 1) / 2 - kept;
        }
        built.windowed_from = BlockNumber::new(built.count());
        for (index, mut part) in windowed {
            sort(&mut part, records, &features.all(&bounds.order));
            let block = BlockNumber::new(built.count());
            for (place, &record) in (0..).zip(&part) {
                built.places.insert((block, record), place);
            }
            built.members.extend(&part);
            built.ends.push(built.members.len() as u32);
            built.cut_of.push(index);
        }
        built
    }

    fn write_lanes(&self, lanes: &mut [u32], width: usize, row_of: &impl Fn(RecordNumber) -> Option<usize>) {
        for block in self.numbers() {
            for row in self.members(block).iter().filter_map(|record| row_of(*record)) {
                let from = row * width + self.first_lane;
                if let Some(free) = lanes[from..from + self.lanes].iter_mut().find(|l| **l == 0) {
                    *free = block.to_lane();
                }
            }
        }
    }
}

/// Parts of a block that agree in more and more features, until each is small or no feature is left.
/// Records without the feature are a part of their own.
fn split(
    members: Vec<RecordNumber>,
    records: &Records<'_>,
    features: &Features<'_, '_>,
    splits: &[BlockingKey],
    cap: usize,
) -> Vec<Vec<RecordNumber>> {
    let Some((first, others)) = splits.split_first().filter(|_| members.len() > cap) else { return vec![members] };
    let first = features.of(*first);
    let mut keyed: Vec<(u64, RecordNumber)> = members
        .into_iter()
        .map(|m| {
            let mut key = 0;
            first.of(records.row(m), |h| key = if key == 0 { h } else { key });
            (key, m)
        })
        .collect();
    keyed.sort_unstable();
    keyed
        .chunk_by(|a, b| a.0 == b.0)
        .filter(|part| part.len() > 1)
        .flat_map(|part| split(part.iter().map(|p| p.1).collect(), records, features, others, cap))
        .collect()
}

/// Sorts a windowed block by its records' features.
fn sort(members: &mut [RecordNumber], records: &Records<'_>, by: &[&Bound<'_>]) {
    members.sort_by_cached_key(|&m| {
        let of = |key: &&Bound| {
            let mut first = 0;
            key.of(records.row(m), |h| first = if first == 0 { h } else { first });
            first
        };
        (by.iter().map(of).collect::<Vec<u64>>(), m)
    });
}

/// Keys of a part of the records, record after record.
#[derive(Default)]
struct RecordKeys {
    keys: Vec<u64>,
    /// Record for record: how many of the keys are its.
    counts: Vec<u8>,
}

/// Keys of all records under a rule, the product of the alternatives of its parts, without most of those
/// that one record has alone. `room` is kept from rule to rule: fresh memory would cost more than the keys.
fn entries(bound: &[&Bound<'_>], records: &Records<'_>, room: &mut Vec<RecordKeys>) -> Vec<Posting> {
    let n = records.len();
    let part = n.div_ceil(rayon::current_num_threads().min(MOST_SIEVES)).max(1);
    let parts: Vec<Range<usize>> = (0..n).step_by(part).map(|from| from..(from + part).min(n)).collect();
    room.resize_with(parts.len(), RecordKeys::default);
    let see = |(range, of): (&Range<usize>, &mut RecordKeys)| {
        let mut sieve = Sieve::new(n);
        of.keys.clear();
        of.counts.clear();
        for record in range.clone().map(RecordNumber::new) {
            let before = of.keys.len();
            each_key(bound, records.row(record), |key| {
                sieve.see(key);
                of.keys.push(key);
            });
            of.counts.push((of.keys.len() - before) as u8);
        }
        sieve
    };
    let Some(sieve) = parts.par_iter().zip(&mut *room).map(see).reduce_with(Sieve::and) else { return Vec::new() };
    let keep = |(range, of): (Range<usize>, &RecordKeys)| {
        let mut entries = Vec::new();
        let mut keys = of.keys.iter();
        for (record, &count) in range.map(RecordNumber::new).zip(&of.counts) {
            let seen = keys.by_ref().take(count.into()).filter(|key| sieve.seen_twice(**key));
            entries.extend(seen.map(|&key| Posting { key, record }));
        }
        entries
    };
    let kept: Vec<Vec<Posting>> = parts.into_par_iter().zip(&*room).map(keep).collect();
    kept.concat()
}

/// Runs over a record's keys under a rule, at most [`MOST_LANES`].
pub(super) fn each_key(bound: &[&Bound<'_>], row: &[u32], each: impl FnMut(u64)) {
    let mut keys = [1u64; MOST_LANES];
    let mut count = 1;
    for part in bound {
        let mut alternatives = [0u64; 4];
        let mut n = 0;
        part.of(row, |h| {
            if n < 4 {
                alternatives[n] = h;
                n += 1;
            }
        });
        match n {
            0 => return,
            1 => keys[..count].iter_mut().for_each(|k| *k = combine(*k, alternatives[0])),
            _ => {
                let before = keys;
                let all = before[..count].iter().flat_map(|&k| alternatives[..n].iter().map(move |&h| combine(k, h)));
                count = keys.iter_mut().zip(all).map(|(slot, key)| *slot = key).count();
            }
        }
    }
    keys[..count].iter().copied().for_each(each);
}

/// Sieves that are filled side by side, at most: each takes memory.
const MOST_SIEVES: usize = 8;

/// Tells keys that came once from those that may have come twice: two bits a slot, as in a Bloom filter
/// of one hash (Bloom, CACM 13, 1970). Most keys of most rules are of one record, and sorting them would
/// be most of the work.
struct Sieve {
    /// The lower bit of a slot: a key came; the upper one: another did.
    slots: Vec<u64>,
    shift: u32,
}

impl Sieve {
    const CAME: u64 = 0x5555_5555_5555_5555;

    /// For about as many keys.
    fn new(keys: usize) -> Self {
        let slots = (keys * 4).max(64).next_power_of_two();
        Sieve { slots: vec![0; slots / 32], shift: 64 - slots.ilog2() }
    }

    /// Word and lower bit of a key's slot.
    fn place(&self, key: u64) -> (usize, u32) {
        let slot = key >> self.shift;
        ((slot >> 5) as usize, ((slot & 31) * 2) as u32)
    }

    fn see(&mut self, key: u64) {
        let (word, at) = self.place(key);
        let slots = &mut self.slots[word];
        let came = *slots >> at & 1;
        *slots |= (1 | came << 1) << at;
    }

    fn and(mut self, other: Sieve) -> Self {
        for (a, b) in self.slots.iter_mut().zip(other.slots) {
            *a |= b | (*a & b & Self::CAME) << 1;
        }
        self
    }

    fn seen_twice(&self, key: u64) -> bool {
        let (word, at) = self.place(key);
        self.slots[word] >> at & 2 != 0
    }
}
