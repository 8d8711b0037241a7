//! The order of stages: what must run, the closing sums, the summary.

mod carry;
pub mod check;
pub mod config;
mod county_facts;
pub mod explain;
mod fact_tables;
mod inbox;
mod ingest;
pub mod link_table;
pub mod linkage;
pub mod night;
mod numbers;
mod people_table;
mod persons;
pub mod progress;
mod queries;
pub mod single;
mod standing;
