//! Windows that went on when an earlier edition showed them: no period of today ends on their day.

use super::batch::NULL;

/// What an edition had of an indicator on its own day, by node of today.
pub(super) struct OpenPoint {
    pub indicator: u16,
    pub day: i32,
    pub n: Vec<i64>,
    pub d: Vec<i64>,
    /// What of it was shown: numerators and denominators.
    pub shown: [Vec<bool>; 2],
}

impl OpenPoint {
    /// One of which nothing is known yet.
    pub fn empty(indicator: u16, day: i32, nodes: usize) -> Self {
        let nothing = || vec![false; nodes];
        OpenPoint { indicator, day, n: vec![0; nodes], d: vec![NULL; nodes], shown: [nothing(), nothing()] }
    }
}
