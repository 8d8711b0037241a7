//! The blocks of some keys alone, whole: what a night must look at when most pairs were compared before.

use rayon::prelude::*;

use super::MOST_LANES;
use super::feature::Bound;
use super::index::{Blocks, Entry, each_key};
use crate::link::model::Model;
use crate::link::records::Records;

/// Records that are worked on at a time.
const CHUNK: usize = 1 << 14;

impl Blocks {
    /// The blocks of all keys that chosen records have under a rule, with everybody who has such a key;
    /// other blocks are left out. `chosen` is asked with the index of a rule and a record. The second part
    /// says of each of `pairs` whether the two have a key in common whose block was left out.
    pub fn of_chosen(
        model: &Model,
        records: &Records<'_>,
        chosen: &(dyn Fn(usize, u32) -> bool + Sync),
        pairs: &[(u32, u32)],
    ) -> (Self, Vec<bool>) {
        let mut left_out = vec![false; pairs.len()];
        let blocks = Blocks::of_entries(model, records, |rule, features| {
            let bound = &features.all(&model.rules[rule].keys);
            let keys = KeySet::new(keys_of(bound, records, &|record| chosen(rule, record)));
            left_out.par_iter_mut().zip(pairs).filter(|(known, _)| !**known).for_each(|(known, &(a, b))| {
                *known = share(bound, records, a, b, &keys);
            });
            entries(bound, records, &keys)
        });
        (blocks, left_out)
    }
}

fn chunks(records: &Records<'_>) -> impl IndexedParallelIterator<Item = std::ops::Range<u32>> {
    let n = records.len();
    (0..n.div_ceil(CHUNK)).into_par_iter().map(move |c| (c * CHUNK) as u32..((c + 1) * CHUNK).min(n) as u32)
}

fn keys_of(bound: &[&Bound<'_>], records: &Records<'_>, chosen: &(dyn Fn(u32) -> bool + Sync)) -> Vec<u64> {
    let of = |range: std::ops::Range<u32>| {
        let mut keys = Vec::new();
        range.filter(|&r| chosen(r)).for_each(|r| each_key(bound, records.row(r), |key| keys.push(key)));
        keys
    };
    chunks(records).flat_map_iter(of).collect()
}

/// Everybody who has a key of the set.
fn entries(bound: &[&Bound<'_>], records: &Records<'_>, keys: &KeySet) -> Vec<Entry> {
    if keys.is_empty() {
        return Vec::new();
    }
    let of = |range: std::ops::Range<u32>| {
        let mut entries = Vec::new();
        for record in range {
            each_key(bound, records.row(record), |key| {
                if keys.may_hold(key) {
                    entries.push(Entry { key, record });
                }
            });
        }
        entries
    };
    chunks(records).flat_map_iter(of).collect()
}

/// Whether two records have a key in common that is not of the set.
fn share(bound: &[&Bound<'_>], records: &Records<'_>, a: u32, b: u32, keys: &KeySet) -> bool {
    let (mut of_a, mut n) = ([0u64; MOST_LANES], 0);
    each_key(bound, records.row(a), |key| {
        of_a[n] = key;
        n += 1;
    });
    let mut found = false;
    each_key(bound, records.row(b), |key| found |= of_a[..n].contains(&key) && !keys.may_hold(key));
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
