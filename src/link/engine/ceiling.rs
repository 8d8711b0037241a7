//! The most that a pair can weigh: most pairs are decided before everything about them is compared.
//!
//! What the records' numbers tell at once, equal or not given or two valid ID numbers, is looked at
//! first; of what is still open the best level is assumed. A pair that does not reach the threshold so
//! never reaches it, and its dear comparisons, character by character, are not made. What reaches it
//! is compared to the end, so that no result depends on this.

use super::compare::Comparator;
use super::model::{Comparison, MOST_GROUPS, Model};
use super::score::Scorer;

/// Bits that rounding may take away from a sum.
const SLACK: f32 = 0.01;

/// See the module.
pub struct Ceiling {
    threshold: f32,
    comparisons: Vec<Most>,
    /// For each group of comparisons, and last for those in none: the bits before any comparison, and the most bits.
    start: [f32; MOST_GROUPS + 1],
    bounds: [f32; MOST_GROUPS + 1],
}

/// The most that a comparison weighs, in bits.
struct Most {
    /// The group, or [`MOST_GROUPS`].
    sum: usize,
    /// By level.
    of: [f32; 16],
    /// Of the levels that may hold where the numbers alone do not tell.
    open: f32,
}

impl Ceiling {
    /// The ceiling of pairs that a scorer weighs; pairs below the threshold are of no interest.
    pub fn new(model: &Model, comparator: &Comparator<'_>, scorer: &Scorer<'_>, threshold: f32) -> Self {
        let most = |(c, comparison): (usize, &Comparison)| {
            let of: [f32; 16] = std::array::from_fn(|level| scorer.most_bits(c, level));
            let may = comparator.open_levels(c);
            let open = (0..16).filter(|level| may >> level & 1 == 1).map(|level| of[level]).fold(0.0, f32::max);
            Most { sum: comparison.group.unwrap_or(MOST_GROUPS), of, open }
        };
        let mut bounds = [f32::INFINITY; MOST_GROUPS + 1];
        for (g, bound) in scorer.group_bounds().iter().enumerate() {
            bounds[g] = *bound;
        }
        let mut start = [0.0; MOST_GROUPS + 1];
        let added: f32 = model.adjustments.iter().map(|a| a.bits.max(0.0)).sum();
        start[MOST_GROUPS] = scorer.prior() + added + SLACK;
        Ceiling { threshold, comparisons: model.comparisons.iter().enumerate().map(most).collect(), start, bounds }
    }

    /// The pattern of a pair that may reach the threshold; `a` and `b` are the records' slots.
    #[inline]
    pub fn pattern(&self, comparator: &Comparator<'_>, a: &[u32], b: &[u32]) -> Option<u64> {
        let mut sums = self.start;
        let (mut pattern, mut open) = (0, 0u32);
        for (c, most) in self.comparisons.iter().enumerate() {
            sums[most.sum] += match comparator.told(c, a, b) {
                Some(level) => {
                    pattern |= u64::from(level) << (4 * c);
                    most.of[usize::from(level & 15)]
                }
                None => {
                    open |= 1 << c;
                    most.open
                }
            };
        }
        while !self.is_below(&sums) {
            if open == 0 {
                return Some(pattern);
            }
            let c = open.trailing_zeros() as usize;
            open &= open - 1;
            let level = comparator.level(c, a, b);
            pattern |= u64::from(level) << (4 * c);
            let most = &self.comparisons[c];
            sums[most.sum] += most.of[usize::from(level & 15)] - most.open;
        }
        None
    }

    #[inline]
    fn is_below(&self, sums: &[f32; MOST_GROUPS + 1]) -> bool {
        sums.iter().zip(&self.bounds).map(|(sum, bound)| sum.min(*bound)).sum::<f32>() < self.threshold
    }
}
