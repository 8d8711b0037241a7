//! The generator of invented exports.

mod clean;
mod tables;
