//! The order of stages: what must run, the closing sums, the summary.

mod accepted;
mod carry;
pub mod check;
pub mod config;
mod county_facts;
pub mod explain;
mod fact_tables;
mod inbox;
mod ingest;
mod link_memory;
pub mod link_table;
pub mod linkage;
pub mod night;
pub mod night_record;
mod numbers;
mod people_table;
mod person_rows;
mod persons;
mod previous;
pub mod progress;
mod queries;
pub mod rebuild;
pub mod single;
mod standing;
pub mod verify;
