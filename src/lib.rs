//! xinhui (心汇): county exports about mental-health work in, exact numbers per division out.
//!
//! ```text
//! exports ─► read ─► validate ─► ledger ─► link ─► facts ─► rollup + indicators ─► publish
//!  bytes     text     typed      fates    person   SQL      numbers per level      one atomic
//!            + row    + findings          keys     per                             snapshot
//!            numbers  + vault                      window
//! ```
//!
//! [`pipeline`] sets the order; [`cli`] is above it; [`engine`], [`store`], [`schema`], [`diag`],
//! [`fingerprint`], [`epoch`] and [`error`] are below. Stages do not call each other; a test reads the `use` lines.
//!
//! What always holds:
//!
//! 1. Each data row has exactly one fate, and the sums close, or nothing is published.
//! 2. Same inputs, declarations, key and `as_of`: the same published bytes, whatever the order of
//!    files, the number of nights and of threads.
//! 3. A reader of `current` never sees half a night.
//! 4. No identifying value outside `private/`, in a log or in a finding.
//! 5. A person counts once in each division, at every level.
//! 6. Every finding has a code with an explanation, a remedy and a test that triggers it.
//! 7. Every accepted row can be named by file, sheet and row number.

pub mod catalogue;
pub mod cli;
pub mod deliver;
pub mod diag;
pub mod engine;
pub mod epoch;
pub mod error;
pub mod facts;
pub mod fingerprint;
pub mod indicators;
pub mod ledger;
pub mod link;
pub mod pipeline;
pub mod publish;
pub mod read;
pub mod rollup;
pub mod schema;
pub mod store;
pub mod synth;
pub mod validate;
