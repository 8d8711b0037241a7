//! The generator of invented exports.

mod clean;
mod dirty;
pub mod tables;
