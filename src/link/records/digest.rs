//! Digests of records: what they state, apart from the numbers that texts have tonight.

use std::hash::BuildHasher;

use foldhash::quality::FixedState;
use rayon::prelude::*;

use super::{FieldKind, Records, ValueTable};
use crate::link::mix::{STEP, combine};

/// A seed of its own, so that a digest is no other hash of the same text.
const SEED: u64 = 0x0d19_e575;

impl Records<'_> {
    /// A digest of each record. Records that state the same have the same digest, on any night; others
    /// differ but for chance (two among ten million: once in 400,000 nights).
    pub fn digests(&self) -> Vec<u64> {
        let state = FixedState::with_seed(SEED);
        let mut tables: Vec<(*const ValueTable, Vec<u64>)> = Vec::new();
        for column in &self.columns {
            let Some(values) = column.values.filter(|v| tables.iter().all(|(of, _)| !std::ptr::eq(*of, *v))) else {
                continue;
            };
            tables.push((values, values.texts.map(|t| state.hash_one(t))));
        }
        let by_value = |values: Option<&ValueTable>| -> Option<&[u64]> {
            values.and_then(|v| tables.iter().find(|(of, _)| std::ptr::eq(*of, v))).map(|(_, hashes)| &hashes[..])
        };
        let columns: Vec<(usize, FieldKind, Option<&[u64]>)> =
            self.columns.iter().map(|c| (c.at, c.kind, by_value(c.values))).collect();
        let digest = |record: u32| {
            let row = self.row(record);
            let mut digest = SEED;
            let mut add = |part: u64| digest = combine(digest, part.wrapping_add(STEP));
            for (at, kind, texts) in &columns {
                let text = |slot: usize| texts.map_or(u64::from(row[slot]), |t| t[row[slot] as usize]);
                match kind {
                    FieldKind::Date => (0..2).for_each(|i| add(u64::from(row[at + i]))),
                    FieldKind::ResidentId => [text(*at), u64::from(row[at + 1])].into_iter().for_each(&mut add),
                    FieldKind::Phones => (0..4).for_each(|i| add(text(at + i))),
                    _ => add(text(*at)),
                }
            }
            digest
        };
        (0..self.len() as u32).into_par_iter().map(digest).collect()
    }
}
