//! A text column of few distinct values, kept as numbers until it is written.

use std::sync::Arc;

use arrow::array::{DictionaryArray, StringArray, UInt32Array};
use arrow::datatypes::UInt32Type;
use hashbrown::HashMap;

use crate::tally::{Coded, NO_TEXT};

/// Values of a column, each distinct text once.
#[derive(Default)]
pub(super) struct CodedText {
    texts: Vec<String>,
    numbers: HashMap<String, u32>,
    rows: Vec<u32>,
}

impl CodedText {
    /// Adds coded rows, with another text for null.
    pub fn push_coded(&mut self, coded: &Coded, null: &str) {
        let mut numbers = vec![None; coded.texts.len()];
        for code in &coded.codes {
            let number = match numbers.get_mut(*code as usize) {
                Some(Some(number)) => *number,
                Some(unseen) => *unseen.insert(self.number(&coded.texts[*code as usize])),
                None => {
                    debug_assert_eq!(*code, NO_TEXT);
                    self.number(null)
                }
            };
            self.rows.push(number);
        }
    }

    pub fn push_many(&mut self, text: &str, times: usize) {
        if times > 0 {
            let number = self.number(text);
            self.rows.extend(std::iter::repeat_n(number, times));
        }
    }

    fn number(&mut self, text: &str) -> u32 {
        if let Some(number) = self.numbers.get(text) {
            return *number;
        }
        let number = self.texts.len() as u32;
        self.texts.push(text.to_owned());
        self.numbers.insert(text.to_owned(), number);
        number
    }

    /// The column with its texts sorted.
    pub fn ranked(&self) -> RankedCodes {
        let mut texts: Vec<(&String, usize)> = self.texts.iter().zip(0..).collect();
        texts.sort_unstable();
        let mut rank_of = vec![0; texts.len()];
        for (rank, (_, number)) in texts.iter().enumerate() {
            rank_of[*number] = rank as u32;
        }
        RankedCodes {
            texts: texts.into_iter().map(|(text, _)| text.clone()).collect(),
            ranks: self.rows.iter().map(|n| rank_of[*n as usize]).collect(),
        }
    }
}

/// A column whose texts are sorted: a row's number is the place of its text among them.
pub(super) struct RankedCodes {
    texts: Vec<String>,
    ranks: Vec<u32>,
}

impl RankedCodes {
    /// The texts of rows in an order.
    pub fn taken(&self, order: &[u32]) -> DictionaryArray<UInt32Type> {
        let keys = UInt32Array::from_iter_values(order.iter().map(|row| self.ranks[*row as usize]));
        DictionaryArray::new(keys, Arc::new(StringArray::from_iter_values(&self.texts)))
    }

    /// Whether two rows hold the same text.
    pub fn same(&self, a: u32, b: u32) -> bool {
        self.ranks[a as usize] == self.ranks[b as usize]
    }

    /// What each text of a column already taken stands for.
    pub fn taken_as<'t>(
        &'t self,
        taken: &DictionaryArray<UInt32Type>,
        of: impl Fn(&'t str) -> &'t str,
    ) -> DictionaryArray<UInt32Type> {
        let values = StringArray::from_iter_values(self.texts.iter().map(|text| of(text)));
        DictionaryArray::new(taken.keys().clone(), Arc::new(values))
    }
}

/// The order of rows that is sorted by columns, the first one first.
pub(super) fn order(columns: &[RankedCodes], rows: usize) -> Vec<u32> {
    let bits: Vec<u32> = columns.iter().map(|c| (c.texts.len() as u64).max(1).next_power_of_two().ilog2()).collect();
    if bits.iter().sum::<u32>() <= 64 {
        let packed =
            |row: usize| columns.iter().zip(&bits).fold(0_u64, |key, (c, b)| key << b | u64::from(c.ranks[row]));
        let mut keys: Vec<(u64, u32)> = (0..rows).map(|row| (packed(row), row as u32)).collect();
        // Published rows come in order: a stable sort finds such runs.
        keys.sort();
        return keys.into_iter().map(|(_, row)| row).collect();
    }
    let mut order: Vec<u32> = (0..rows as u32).collect();
    order.sort_by(|a, b| {
        let (a, b) = (*a as usize, *b as usize);
        columns.iter().map(|c| c.ranks[a].cmp(&c.ranks[b])).find(|o| o.is_ne()).unwrap_or(std::cmp::Ordering::Equal)
    });
    order
}
