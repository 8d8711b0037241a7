//! xinhui (心汇): county exports about mental-health work in, exact numbers per division out.

pub mod cli;
pub mod diag;
pub mod engine;
pub mod error;
pub mod facts;
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
