//! A naive reference of the contract: what `docs/definitions.md` and `docs/outputs.md` say in words, and the tables in
//! `contract/`.
//!
//! It shares no code and no declaration with the program: it reads its own copies of the contract's
//! tables (`contract/`) and goes through the rows one by one. It is slow on purpose; what counts is that
//! each function can be held against the sentence of the contract that stands above it.
//!
//! Fates of versions are judged in [`fates`]. The numbers start from rows that are all accepted and
//! from persons that are known (`truth.csv` of the generator).

pub mod compare;
pub mod contract;
pub mod coverage;
pub mod fates;
pub mod golden;
pub mod indicators;
mod indicators_patients;
mod indicators_people;
mod indicators_sites;
pub mod load;
pub mod persons;
pub mod random;
pub mod rollups;
pub mod scorecard;
pub mod tiny;
pub mod windows;
pub mod world;

pub use indicators::{IndicatorRow, indicators};
pub use rollups::{RollupRow, rollups};
pub use scorecard::{ScoreRow, scorecard};
pub use world::World;
