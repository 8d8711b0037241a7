//! xinhui (心汇): reads county exports about mental-health work and publishes exact numbers per division.
//!
//! ```text
//! exports ─► read ─► validate ─► ledger ─► link ─► facts ─► rollup + indicators ─► publish
//!  bytes     text     typed      fates    person   SQL      numbers per level      one atomic
//!            + row    + findings          keys     per                             snapshot
//!            numbers  + vault                      window
//! ```
//!
//! [`pipeline`] sets the order; [`cli`] and [`setup`], which makes new stores, are above it; facts, rollups and indicators are [`numbers`]; [`tally`],
//! [`engine`], [`catalogue`], [`store`], [`schema`], [`diag`], [`reuse`], [`fingerprint`], [`epoch`] and [`error`] are
//! below. Stages do not call each other; a test reads the `use` lines.
//!
//! What always holds:
//!
//! 1. Each data row has exactly one fate, and the numbers of rows add up, or nothing is published.
//! 2. The same inputs, declarations, key and `as_of` give the same published bytes, whatever the order of files, the
//!    number of nights and the number of threads.
//! 3. A reader of `current` never sees a half-finished night.
//! 4. No identifying value is stored outside `private/` or appears in a log or a finding.
//! 5. A person counts once in each division, at every level.
//! 6. Every finding has a code with an explanation, a remedy and a test that triggers it.
//! 7. Every accepted row can be traced to its file, sheet and row number.

pub mod catalogue;
pub mod cli;
pub mod deliver;
pub mod diag;
pub mod engine;
pub mod epoch;
pub mod error;
pub mod fingerprint;
pub mod ledger;
pub mod link;
pub mod numbers;
pub mod pipeline;
pub mod progress;
pub mod protect;
pub mod publish;
pub mod read;
pub mod reuse;
pub mod schema;
pub mod setup;
pub mod store;
pub mod synth;
pub mod tally;
pub mod validate;
pub mod words;
