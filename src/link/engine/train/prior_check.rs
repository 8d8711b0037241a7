//! How many matches there are, counted another way.
//!
//! Two rules that a match rarely breaks by one and the same mistake, such as an equal ID number, and equal name
//! and birth date, find `a` and `b` pairs and `ab` both; then there are about `a * b / ab` matches (capture and
//! recapture: Petersen 1896, Lincoln 1930). Pairs count where both rules have what they look at.

use super::counts::PatternCounts;
use crate::link::engine::compare::level;
use crate::link::engine::model::{Condition, Model, PriorCheck};
use crate::link::engine::score::PatternScorer;

/// Pairs that both rules must find; fewer say too little.
const FEWEST: u64 = 100;

/// Counts the matches that the model's two rules tell of, and those that were learned, among the same pairs.
/// `None` where the model has no rules, or they find too few.
pub fn of(model: &Model, blocked: &PatternCounts, scorer: &PatternScorer<'_>) -> Option<PriorCheck> {
    let [first, second] = model.sure.as_ref()?;
    let is_given = |pattern: u64| first.iter().chain(second).all(|c| level(pattern, c.comparison) != 0);
    let holds = |rule: &[Condition], pattern| rule.iter().all(|c| c.levels >> level(pattern, c.comparison) & 1 == 1);
    let (mut by_first, mut by_second, mut by_both, mut learned) = (0u64, 0u64, 0u64, 0.0);
    for counted in blocked.0.iter().filter(|counted| is_given(counted.pattern)) {
        let (one, other) = (holds(first, counted.pattern), holds(second, counted.pattern));
        by_first += if one { counted.pairs } else { 0 };
        by_second += if other { counted.pairs } else { 0 };
        by_both += if one && other { counted.pairs } else { 0 };
        let bits = f64::from(scorer.bits(counted.pattern, counted.frequency_bits));
        learned += counted.pairs as f64 / (1.0 + (-bits).exp2());
    }
    let by_rules = by_first as f64 * by_second as f64 / by_both.max(1) as f64;
    (by_both >= FEWEST).then_some(PriorCheck { by_rules: by_rules.round(), learned: learned.round() })
}
