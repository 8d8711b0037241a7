//! Learning weights from the records alone, without labels.

mod counts;
mod doubt;
mod em;
mod frequencies;
mod learn;
mod prior_check;

pub use learn::train;
