//! The epochs of the protection in which rules began: an edition is audited by the rules that it was made by.

/// What other tables and the next edition show beside a row of a rollup is looked at.
pub(super) const ACROSS_TABLES: u32 = 7;

/// What the next edition tells of an indicator of periods is looked at.
pub(super) const BETWEEN_EDITIONS: u32 = 8;

/// What came late to a year before is a number of its own, nothing changes that was told before, and windows are
/// subtracted.
pub(super) const LATE_NUMBERS: u32 = 10;

/// Rows of one value are held together with indicators that count the same.
pub(super) const ROWS_OF_ONE_VALUE: u32 = 10;

/// Numbers of twelve months are held together with the months and the years of rollups.
pub(super) const TWELVE_MONTHS: u32 = 11;
