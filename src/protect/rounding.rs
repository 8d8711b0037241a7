//! Numbers rounded to a base, and what an outsider can tell of a number from what it was rounded to.

use super::column::Range;

/// Rounding to the nearest multiple of a base, halves upward.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rounding {
    pub base: i64,
}

impl Rounding {
    /// What is shown of a number.
    pub fn shown(self, value: i64) -> i64 {
        (2 * value + self.base).div_euclid(2 * self.base) * self.base
    }

    /// The numbers that are shown alike, none of them below `least`.
    pub fn class(self, value: i64, least: i64) -> Range {
        let shown = self.shown(value);
        Range { low: (shown - self.base / 2).max(least.min(value)), high: shown + (self.base - 1) / 2 }
    }
}
