//! The engine's seam: tables go in and come out as Arrow record batches, and what happens between is SQL.
//!
//! [`Session`] is all that the rest of the program sees of a query engine, and [`QueryEngine`] which one a session asks:
//! the one that is compiled in, or a Spark Connect server. Each engine is a folder beside this file that implements
//! `Engine`, and no file outside of it names the library. The declared SQL keeps to what all of them
//! read alike, so that each engine gives the same numbers.

mod choice;
mod embedded;
mod frame;
mod persons;
mod polars;
mod seam;
mod session;
mod spark;
mod tables;

pub use choice::{EngineSettings, QueryEngine};
pub use frame::Frame;
pub use persons::{PersonChanges, PersonNumbers};
pub use session::{FactQuery, Session, limit_threads, side_by_side};
pub use spark::{SparkAddress, SparkSettings};
pub use tables::{
    ChildTable, DatasetFiles, PartitionFile, PersonIndex, Renamed, calendar, dataset, empty_dataset, strings_and_ints,
};
