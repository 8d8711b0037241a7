//! The numbers of a night: facts of windows, indicators, scorecard and rollups, counted or reused.

pub mod base;
pub mod count;
pub mod fact_tables;
pub mod facts;
pub mod indicators;
pub mod inputs;
pub mod make;
mod query_tables;
pub mod records;
pub mod reuse;
pub mod rollups;
pub mod stations;
