//! Disclosure control: from exact tables to tables that tell nothing of few people, with proof.
//!
//! It sees the tables of a snapshot through the catalogue, and nothing of how they were counted. [`rate`] protects
//! numerators and denominators over the tree, [`cube`] the rollups; [`edition`] puts a public edition together and
//! [`audit`] checks a published one, in linear time, by the witnesses that were kept with it.

pub mod audit;
mod audit_indicators;
mod audit_periods;
mod audit_rollup;
mod audit_rounded;
mod audit_scores;
mod batch;
mod blocks;
pub mod column;
pub mod compare;
mod counted_again;
pub mod cube;
mod cube_economy;
mod cube_parts;
mod cube_program;
pub mod cube_shape;
mod earlier;
pub mod edition;
pub mod faults;
mod fill;
mod filling;
mod growing_rows;
pub mod history;
mod indicators;
pub mod inputs;
mod kind_rows;
pub mod last_resort;
mod late_rows;
mod linked_parts;
mod moves;
mod open_cells;
mod open_periods;
mod open_points;
pub mod period_names;
mod periods;
pub mod possible;
mod program;
pub mod rate;
mod rollups;
mod round_indicators;
pub mod round_rates;
pub mod rounding;
mod rules;
mod scorecard;
mod seen;
mod shared_numbers;
mod show;
mod shown;
mod sums;
pub mod taken_for_sums;
pub mod tree;
mod twelve_months;
mod windows;
mod witness;
