//! Accepted rows to persons: one key for each human being.
//!
//! ```text
//! ids         numbers of records, blocks, identities, persons and keys, a type for each
//! engine      any people tables under a declared model: records, blocks, comparisons, scores, training, clusters
//! zh          what names, dates and addresses of China need: characters, the lunar calendar, one form for each value
//! identities  distinct identities of the rows of a night
//! memory      what a night leaves for the next, so that it compares only what is new
//! decisions   what people decided about pairs of rows
//! persons     trust in numbers, records of the night's model, keys, attributes
//! inspect     one linkage laid open: to evaluate it, to explain a pair, to find doubtful cases
//! evaluate    figures against the truth; review: doubtful cases as a workbook; propose: a model for a new table
//! ```
//!
//! `tests/it/tidy.rs` holds which of them may use which.

pub mod decisions;
pub mod driver;
pub mod engine;
pub mod evaluate;
pub mod identities;
mod ids;
pub mod inspect;
pub mod memory;
mod person_key;
pub mod persons;
pub mod propose;
pub mod review;
pub mod zh;

pub use ids::{BlockNumber, IdentityNumber, KeyNumber, MemoryNumber, RecordNumber, RecordPair};
pub use person_key::{PersonKey, SortedKeys};
