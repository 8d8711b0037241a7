//! Where the tables of numbers lie below a snapshot.

use crate::numbers::facts::PeriodKind;
use crate::schema::Rollup;

/// The published file of a rollup, below its snapshot.
pub fn rollup_path(rollup: &Rollup) -> String {
    format!("internal/rollups/{0}/{0}.parquet", rollup.name)
}

/// The published file of the indicators of a kind of period, below its snapshot.
pub fn indicators_path(kind: PeriodKind) -> String {
    format!("internal/indicators/{}.parquet", kind.as_str())
}
