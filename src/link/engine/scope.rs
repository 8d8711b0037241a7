//! Which pairs of records can be one person at all, and how many they are.

use crate::link::ids::RecordNumber;

/// Which pairs can be one person at all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Scope {
    /// Of two tables without duplicates: records in the first. Only pairs across them are compared.
    pub first_table: Option<u32>,
}

impl Scope {
    #[inline]
    pub fn holds(self, a: RecordNumber, b: RecordNumber) -> bool {
        self.first_table.is_none_or(|first| {
            let is_of_first = |record: RecordNumber| record.index() < first as usize;
            is_of_first(a) != is_of_first(b)
        })
    }
}

/// Pairs among records that are in scope.
pub fn all_pairs(records: usize, scope: Scope) -> f64 {
    let n = records as f64;
    match scope.first_table {
        Some(first) => f64::from(first) * (n - f64::from(first)),
        None => n * (n - 1.0) / 2.0,
    }
}
