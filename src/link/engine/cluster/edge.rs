//! A pair that reached the review threshold.

use crate::link::ids::RecordNumber;

/// A scored pair, `a < b`, of records of tonight or of a memory.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Edge<N = RecordNumber> {
    pub a: N,
    pub b: N,
    pub bits: f32,
    pub pattern: u64,
}
