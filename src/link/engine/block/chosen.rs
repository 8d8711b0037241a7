//! The blocks of some keys alone, whole: what a night must look at when most pairs were compared before.

use std::ops::Range;

use rayon::prelude::*;

use super::bound::{Bound, Features, Marks};
use super::index::{Blocks, Posting, each_key};
use crate::link::engine::block::MOST_LANES;
use crate::link::engine::model::{BlockingKey, Model};
use crate::link::engine::records::Records;
use crate::link::ids::{RecordNumber, RecordPair};

/// Records that are worked on at a time.
const CHUNK: usize = 1 << 14;

/// Features that are looked at before keys are made: a bit each.
const MOST_MARKED: usize = 32;

impl Blocks {
    /// The blocks of all keys that chosen records have under a rule, with everybody who has such a key;
    /// other blocks are left out. `chosen` is asked with the index of a rule and a record. The second part
    /// says of each of `pairs` whether the two have a key in common whose block was left out.
    pub fn of_chosen(
        model: &Model,
        records: &Records<'_>,
        chosen: &(dyn Fn(usize, RecordNumber) -> bool + Sync),
        pairs: &[RecordPair],
    ) -> (Self, Vec<bool>) {
        let is_chosen = |record: RecordNumber| (0..model.rules.len()).any(|rule| chosen(rule, record));
        let by_any: Vec<RecordNumber> = chunks(records)
            .flat_map_iter(|range| range.map(RecordNumber::new).filter(|&record| is_chosen(record)))
            .collect();
        let mut left_out = vec![false; pairs.len()];
        let mut marked = None;
        let blocks = Blocks::of_entries(model, records, true, |rule, features| {
            let marked = marked.get_or_insert_with(|| Marked::of(model, records, features, &by_any));
            let bound = &features.all(&model.rules[rule].keys);
            let of_rule: Vec<RecordNumber> = by_any.iter().copied().filter(|&record| chosen(rule, record)).collect();
            let keys = KeySet::new(keys_of(bound, records, &of_rule));
            // What is held by chance is in a block for both of two records, or for none.
            let mask = marked.mask(&model.rules[rule].keys);
            let may_share = |record: RecordNumber| marked.bits[record.index()] & mask == mask;
            left_out.par_iter_mut().zip(pairs).filter(|(known, _)| !**known).for_each(|(known, &(a, b))| {
                *known = share(bound, records, (a, b), &|key| keys.may_hold(key) && may_share(a) && may_share(b));
            });
            entries(bound, records, &keys, &may_share)
        });
        (blocks, left_out)
    }
}

fn chunks(records: &Records<'_>) -> impl IndexedParallelIterator<Item = Range<usize>> {
    let n = records.len();
    (0..n.div_ceil(CHUNK)).into_par_iter().map(move |c| c * CHUNK..((c + 1) * CHUNK).min(n))
}

/// Which features of records may have a value that chosen records have. A record shares a key with one of
/// them only if it shares every part of the key with some.
struct Marked {
    keys: Vec<BlockingKey>,
    /// Record for record, bit by bit the keys.
    bits: Vec<u32>,
}

impl Marked {
    fn of(model: &Model, records: &Records<'_>, features: &Features<'_, '_>, chosen: &[RecordNumber]) -> Self {
        let mut keys: Vec<BlockingKey> = Vec::new();
        for key in model.rules.iter().flat_map(|rule| &rule.keys) {
            if !keys.contains(key) && keys.len() < MOST_MARKED {
                keys.push(*key);
            }
        }
        let marks: Vec<(&Bound<'_>, Marks)> =
            features.all(&keys).into_par_iter().map(|bound| (bound, bound.marks(records, chosen))).collect();
        let mut bits = vec![0; records.len()];
        bits.par_iter_mut().enumerate().for_each(|(record, bits)| {
            let row = records.row(RecordNumber::new(record));
            for (bit, (bound, marks)) in marks.iter().enumerate() {
                *bits |= u32::from(bound.may_be_marked(marks, row)) << bit;
            }
        });
        Marked { keys, bits }
    }

    /// The bits that a record has which may have a key of a rule that a chosen one has.
    fn mask(&self, of_rule: &[BlockingKey]) -> u32 {
        let bits = of_rule.iter().filter_map(|key| self.keys.iter().position(|k| k == key));
        bits.fold(0, |mask, bit| mask | 1 << bit)
    }
}

fn keys_of(bound: &[&Bound<'_>], records: &Records<'_>, chosen: &[RecordNumber]) -> Vec<u64> {
    let mut keys = Vec::new();
    chosen.iter().for_each(|&record| each_key(bound, records.row(record), |key| keys.push(key)));
    keys
}

/// Everybody who has a key of the set.
fn entries(
    bound: &[&Bound<'_>],
    records: &Records<'_>,
    keys: &KeySet,
    may_share: &(dyn Fn(RecordNumber) -> bool + Sync),
) -> Vec<Posting> {
    if keys.is_empty() {
        return Vec::new();
    }
    let of = |range: Range<usize>| {
        let mut entries = Vec::new();
        for record in range.map(RecordNumber::new).filter(|&record| may_share(record)) {
            each_key(bound, records.row(record), |key| {
                if keys.may_hold(key) {
                    entries.push(Posting { key, record });
                }
            });
        }
        entries
    };
    chunks(records).flat_map_iter(of).collect()
}

/// Whether two records have a key in common whose block is left out.
fn share(bound: &[&Bound<'_>], records: &Records<'_>, (a, b): RecordPair, is_built: &dyn Fn(u64) -> bool) -> bool {
    let (mut of_a, mut n) = ([0u64; MOST_LANES], 0);
    each_key(bound, records.row(a), |key| {
        of_a[n] = key;
        n += 1;
    });
    let mut found = false;
    each_key(bound, records.row(b), |key| found |= of_a[..n].contains(&key) && !is_built(key));
    found
}

/// A set of keys that may hold a few more than were put in (a Bloom filter of one hash): of a key that it
/// holds by chance the whole block is built, which costs time and changes nothing.
struct KeySet {
    bits: Vec<u64>,
    shift: u32,
}

impl KeySet {
    fn new(keys: Vec<u64>) -> Self {
        let bits = (keys.len() * 8).max(64).next_power_of_two();
        let mut set = KeySet { bits: vec![0; bits / 64], shift: 64 - bits.ilog2() };
        for key in keys {
            let (word, bit) = set.place(key);
            set.bits[word] |= bit;
        }
        set
    }

    fn is_empty(&self) -> bool {
        self.bits.iter().all(|bits| *bits == 0)
    }

    fn place(&self, key: u64) -> (usize, u64) {
        let slot = key >> self.shift;
        ((slot >> 6) as usize, 1 << (slot & 63))
    }

    fn may_hold(&self, key: u64) -> bool {
        let (word, bit) = self.place(key);
        self.bits[word] & bit != 0
    }
}
