//! A pair that reached the review threshold.

/// A scored pair, `a < b`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Edge {
    pub a: u32,
    pub b: u32,
    pub bits: f32,
    pub pattern: u64,
}
