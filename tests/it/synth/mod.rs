//! The generator of invented exports.

mod clean;
mod dirty;
mod identities;
mod night;
mod nights;
mod numbers;
mod rates;
mod reading;
pub mod tables;
