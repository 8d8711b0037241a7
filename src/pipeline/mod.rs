//! The order of stages: what must run, the closing sums, the summary.

mod carry;
pub mod check;
pub mod config;
pub mod explain;
mod inbox;
mod ingest;
pub mod night;
mod numbers;
mod persons;
pub mod progress;
pub mod single;
