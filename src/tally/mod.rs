//! Rows, sums and distinct numbers of many groupings of one table, each in a single pass.
//!
//! What `SELECT …, COUNT(*), COUNT(DISTINCT x), SUM(y) … GROUP BY …` gives, for all groupings of a rollup
//! over columns that are coded once: the engine would hash every text and person anew for each of them.

mod coded;

pub use coded::{Coded, NO_TEXT};

use std::collections::BTreeMap;

use hashbrown::HashMap;

use rayon::prelude::*;

use crate::engine::Frame;
use crate::error::Result;

/// What is counted in each group; the text names a column of numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TallyMeasure {
    Rows,
    Distinct(String),
    Sum(String),
}

/// The groups of one grouping that have rows: a code a group in each key column, and its measures.
#[derive(Clone, Debug)]
pub struct Groups {
    pub keys: Vec<Coded>,
    pub measures: Vec<Vec<i64>>,
}

impl Groups {
    /// The rows of a query that groups: key columns of text, measures of numbers (null is 0).
    ///
    /// # Errors
    /// `Bug` when a column is missing or of another type.
    pub fn of_frame(frame: &Frame, keys: &[&str], measures: &[&str]) -> Result<Groups> {
        Ok(Groups {
            keys: keys.iter().map(|key| Coded::of(frame, key)).collect::<Result<_>>()?,
            measures: measures
                .iter()
                .map(|name| Ok(frame.ints(name)?.into_iter().map(|v| v.unwrap_or(0)).collect()))
                .collect::<Result<_>>()?,
        })
    }
}

/// A column that is counted.
enum CountedColumn {
    Rows,
    Sum(Vec<i64>),
    Distinct {
        /// Equal values have equal numbers; [`NO_TEXT`] for null.
        ordinals: Vec<u32>,
        /// An order of the rows in which equal values stand together; none where they do so as they are.
        order: Option<Vec<u32>>,
    },
}

/// A table whose groupings are counted.
pub struct Tally {
    keys: BTreeMap<String, Coded>,
    counted: Vec<CountedColumn>,
    rows: usize,
}

impl Tally {
    /// `None` when a column that is counted holds no whole numbers: only the engine knows its rules.
    ///
    /// # Errors
    /// `Bug` when a column is missing.
    pub fn new(frame: &Frame, keys: &[&str], measures: &[TallyMeasure]) -> Result<Option<Tally>> {
        let whole = measures.iter().all(|m| match m {
            TallyMeasure::Rows => true,
            TallyMeasure::Distinct(column) | TallyMeasure::Sum(column) => frame.holds_integers(column),
        });
        if !whole {
            return Ok(None);
        }
        let distinct = measures.iter().find_map(|m| if let TallyMeasure::Distinct(c) = m { Some(c) } else { None });
        let order = match distinct {
            Some(column) => contiguous(&spread(frame, column)?),
            None => None,
        };
        let arranged = |values: Vec<Option<u64>>| match &order {
            Some(order) => order.iter().map(|row| values[*row as usize]).collect(),
            None => values,
        };
        let coded = keys.par_iter().map(|key| {
            let coded = Coded::of(frame, key)?;
            Ok(((*key).to_owned(), order.as_ref().map_or_else(|| coded.clone(), |order| coded.taken(order))))
        });
        let coded: Vec<(String, Coded)> = coded.collect::<Result<_>>()?;
        let mut counted = Vec::with_capacity(measures.len());
        for measure in measures {
            counted.push(match measure {
                TallyMeasure::Rows => CountedColumn::Rows,
                TallyMeasure::Sum(column) => {
                    let values: Vec<i64> = frame.ints(column)?.into_iter().map(|v| v.unwrap_or(0)).collect();
                    CountedColumn::Sum(match &order {
                        Some(order) => order.iter().map(|row| values[*row as usize]).collect(),
                        None => values,
                    })
                }
                TallyMeasure::Distinct(column) => {
                    let values = arranged(spread(frame, column)?);
                    let order = contiguous(&values);
                    CountedColumn::Distinct { ordinals: ordinals(&values, order.as_deref()), order }
                }
            });
        }
        Ok(Some(Tally { keys: coded.into_iter().collect(), counted, rows: frame.rows() }))
    }

    /// Counts each group of some key columns; rows without the first key are in none.
    ///
    /// # Panics
    /// When a column is not among the tally's keys.
    pub fn groups(&self, keys: &[&str]) -> Groups {
        let columns: Vec<&Coded> = keys.iter().map(|key| &self.keys[*key]).collect();
        let (slots, found) = self.slots(&columns);
        let measures = self.counted.iter().map(|counted| self.measure(counted, &slots, found.len())).collect();
        // A slot without rows is no group.
        let mut used = vec![false; found.len()];
        slots.iter().filter(|s| **s != NO_TEXT).for_each(|s| used[*s as usize] = true);
        let kept: Vec<usize> = (0..found.len()).filter(|slot| used[*slot]).collect();
        let mut codes: Vec<Vec<u32>> = vec![Vec::with_capacity(kept.len()); columns.len()];
        for slot in &kept {
            let mut rest = found.combined(*slot);
            for (column, codes) in columns.iter().zip(&mut codes).rev() {
                let size = column.texts.len() as u64 + 1;
                let code = (rest % size) as u32;
                codes.push(if code == 0 { NO_TEXT } else { code - 1 });
                rest /= size;
            }
        }
        Groups {
            keys: columns
                .iter()
                .zip(codes)
                .map(|(column, codes)| Coded { codes, texts: column.texts.clone() })
                .collect(),
            measures: measures_of(measures, &kept),
        }
    }

    /// The slot of each row, and which slots there are.
    fn slots(&self, columns: &[&Coded]) -> (Vec<u32>, Slots) {
        let sizes: Vec<u64> = columns.iter().map(|c| c.texts.len() as u64 + 1).collect();
        let all = sizes.iter().try_fold(1_u64, |all, size| all.checked_mul(*size));
        let combined = |row: usize| {
            // Null is 0, so that it is a group of its own in all keys but the first.
            let code = |c: &Coded| u64::from(c.codes[row].wrapping_add(1));
            columns.iter().zip(&sizes).fold(0, |sum, (c, size)| sum * size + code(c))
        };
        let placed = |row: usize| columns.first().is_none_or(|c| c.codes[row] != NO_TEXT);
        match all {
            Some(all) if all <= (4 * self.rows as u64).max(1 << 16) => {
                let slot = |row| if placed(row) { combined(row) as u32 } else { NO_TEXT };
                ((0..self.rows).map(slot).collect(), Slots::All(all as usize))
            }
            _ => {
                let mut numbers: HashMap<u64, u32, foldhash::fast::FixedState> = HashMap::default();
                let mut found = Vec::new();
                let slots = (0..self.rows)
                    .map(|row| {
                        if !placed(row) {
                            return NO_TEXT;
                        }
                        let combined = combined(row);
                        *numbers.entry(combined).or_insert_with(|| {
                            found.push(combined);
                            found.len() as u32 - 1
                        })
                    })
                    .collect();
                (slots, Slots::Found(found))
            }
        }
    }

    fn measure(&self, counted: &CountedColumn, slots: &[u32], size: usize) -> Vec<i64> {
        let mut out = vec![0_i64; size];
        match counted {
            CountedColumn::Rows => {
                for slot in slots.iter().filter(|s| **s != NO_TEXT) {
                    out[*slot as usize] += 1;
                }
            }
            CountedColumn::Sum(values) => {
                for (slot, value) in slots.iter().zip(values).filter(|(s, _)| **s != NO_TEXT) {
                    out[*slot as usize] = out[*slot as usize].wrapping_add(*value);
                }
            }
            CountedColumn::Distinct { ordinals, order } => {
                let mut last = vec![NO_TEXT; size];
                let mut see = |slot: u32, ordinal: u32| {
                    if slot != NO_TEXT && ordinal != NO_TEXT && last[slot as usize] != ordinal {
                        last[slot as usize] = ordinal;
                        out[slot as usize] += 1;
                    }
                };
                match order {
                    None => slots.iter().zip(ordinals).for_each(|(slot, ordinal)| see(*slot, *ordinal)),
                    Some(order) => order.iter().for_each(|row| see(slots[*row as usize], ordinals[*row as usize])),
                }
            }
        }
        out
    }
}

fn measures_of(measures: Vec<Vec<i64>>, kept: &[usize]) -> Vec<Vec<i64>> {
    measures.into_iter().map(|m| kept.iter().map(|slot| m[*slot]).collect()).collect()
}

/// The slots that groups are counted in, each a combination of codes.
enum Slots {
    /// All combinations, each in the slot of its number.
    All(usize),
    /// Only those that occur: there are far more than rows.
    Found(Vec<u64>),
}

impl Slots {
    fn len(&self) -> usize {
        match self {
            Slots::All(size) => *size,
            Slots::Found(found) => found.len(),
        }
    }

    fn combined(&self, slot: usize) -> u64 {
        match self {
            Slots::All(_) => slot as u64,
            Slots::Found(found) => found[slot],
        }
    }
}

/// Values of a column, spread over all 64-bit numbers: equal for equal values alone.
fn spread(frame: &Frame, column: &str) -> Result<Vec<Option<u64>>> {
    /// Odd, so that no two values meet.
    const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;
    Ok(frame.ints(column)?.into_iter().map(|v| v.map(|v| (v as u64).wrapping_mul(FACTOR))).collect())
}

/// An order in which values rise, null last; none where they do so as they are, wherever nulls stand.
fn contiguous(values: &[Option<u64>]) -> Option<Vec<u32>> {
    const BITS: u32 = 12;
    let mut before = 0;
    if values.iter().flatten().all(|v| std::mem::replace(&mut before, *v) <= *v) {
        return None;
    }
    let bucket = |value: &Option<u64>| value.map_or(1 << BITS, |v| (v >> (64 - BITS)) as usize);
    let mut starts = vec![0_usize; (1 << BITS) + 2];
    values.iter().for_each(|v| starts[bucket(v) + 1] += 1);
    for at in 1..starts.len() {
        starts[at] += starts[at - 1];
    }
    let mut next = starts.clone();
    let mut pairs = vec![(0_u64, 0_u32); values.len()];
    for (row, value) in values.iter().enumerate() {
        let at = &mut next[bucket(value)];
        pairs[*at] = (value.unwrap_or(0), row as u32);
        *at += 1;
    }
    // Buckets of a few hundred values sort in the cache.
    for bucket in starts.windows(2).take(1 << BITS) {
        pairs[bucket[0]..bucket[1]].sort_unstable();
    }
    Some(pairs.into_iter().map(|(_, row)| row).collect())
}

/// A number for each distinct value, in an order in which equal values stand together.
fn ordinals(values: &[Option<u64>], order: Option<&[u32]>) -> Vec<u32> {
    let mut ordinals = vec![NO_TEXT; values.len()];
    let mut last: Option<(u64, u32)> = None;
    for at in 0..values.len() {
        let row = order.map_or(at, |order| order[at] as usize);
        let Some(value) = values[row] else { continue };
        let ordinal = match last {
            Some((same, ordinal)) if same == value => ordinal,
            Some((_, ordinal)) => ordinal + 1,
            None => 0,
        };
        last = Some((value, ordinal));
        ordinals[row] = ordinal;
    }
    ordinals
}
