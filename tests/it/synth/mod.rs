//! The generator of invented exports.

mod clean;
mod dirty;
mod night;
mod numbers;
pub mod tables;
