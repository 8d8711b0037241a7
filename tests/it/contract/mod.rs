//! The contract's sentences on dirty input, each on a hand-made inbox through the binary.

mod fates;
mod formats;
mod headers;
pub mod inbox;
mod lines;
mod texts;
mod values;
