//! The engine's seam: tables go in and come out as Arrow record batches, and what happens between is SQL.
//!
//! [`Session`] is all that the rest of the program sees of a query engine. Which engine runs the SQL is one line,
//! `Chosen` in `session.rs`; each engine is a folder beside this file that implements `Engine`, and no file outside of it names
//! the engine. The declared SQL keeps to what Polars, DuckDB and DataFusion read alike, so that another engine gives
//! the same numbers.

mod frame;
mod persons;
mod polars;
mod seam;
mod session;
mod tables;

pub use frame::Frame;
pub use persons::{PersonChanges, PersonNumbers};
pub use session::{Session, limit_threads, side_by_side};
pub use tables::{
    ChildTable, DatasetFiles, PartitionFile, PersonIndex, Renamed, calendar, dataset, empty_dataset, strings_and_ints,
};
