//! Expectation maximisation over counted patterns.

use super::counts::{Drawn, PatternCounts};
use super::prior_check;
use crate::link::engine::compare::level;
use crate::link::engine::model::{Model, PriorCheck, Trained, in_order};
use crate::link::engine::score::{PatternScorer, prior_bits_of};

/// Rounds, at most.
const ROUNDS: usize = 200;
/// Relative change of the number of matches at which the rounds end.
const SETTLED: f64 = 1e-6;
/// Least chance of a level.
const FLOOR_M: f64 = 1e-4;
const FLOOR_U: f64 = 1e-8;

/// Where the rounds start: matches agree mostly.
pub fn first_guess(levels: usize) -> Vec<f64> {
    let rest = 0.1 / (levels - 1) as f64;
    (0..levels).map(|l| if l == 0 { 0.9 } else { rest }).collect()
}

/// Learns `m`, corrects `u` for the matches among random pairs, and counts the matches, which are counted
/// another way, too.
pub fn run(
    model: &Model,
    trained: &mut Trained,
    drawn: &Drawn,
    blocked: &PatternCounts,
    records: usize,
    all_pairs: f64,
    warnings: &mut Vec<String>,
) -> Option<PriorCheck> {
    let rates = drawn.rates(model);
    let mut matches = records as f64 / 2.0;
    // Of a table of a few records all pairs may be matches; half of them is as far as bits go.
    let share = |matches: f64| (matches / all_pairs.max(1.0)).min(0.5);
    let mut settled = false;
    for _ in 0..ROUNDS {
        correct_u(trained, &rates, share(matches), drawn.pairs);
        let scorer = PatternScorer::new(model, trained, prior_bits_of(share(matches)));
        let mut found = 0.0;
        let mut levels: Vec<Vec<f64>> = model.comparisons.iter().map(|c| vec![0.0; c.levels.len()]).collect();
        for counted in &blocked.0 {
            let bits = f64::from(scorer.bits(counted.pattern, counted.frequency_bits));
            let expected = counted.pairs as f64 / (1.0 + (-bits).exp2());
            found += expected;
            for (c, sums) in levels.iter_mut().enumerate() {
                if let Some(l) = level(counted.pattern, c).checked_sub(1) {
                    sums[l] += expected;
                }
            }
        }
        for (m, sums) in trained.m.iter_mut().zip(&levels) {
            let given: f64 = sums.iter().sum();
            if given > 0.0 {
                // Half a pair at each level, so that none is impossible.
                let all = given + 0.5 * sums.len() as f64;
                *m = sums.iter().map(|n| ((n + 0.5) / all).max(FLOOR_M)).collect();
                normalise(m);
            }
        }
        settled = (found - matches).abs() <= SETTLED * matches.max(1.0);
        matches = found.max(1.0);
        if settled {
            break;
        }
    }
    correct_u(trained, &rates, share(matches), drawn.pairs);
    if !settled {
        warnings.push(format!("learning did not settle within {ROUNDS} rounds"));
    }
    trained.matches_per_record = 2.0 * matches / records.max(1) as f64;
    for (c, comparison) in model.comparisons.iter().enumerate() {
        for pooled in in_order(comparison, &mut trained.m[c], &trained.u[c]) {
            let names: Vec<String> = pooled.iter().map(|l| format!("`{}`", comparison.levels[*l].name)).collect();
            warnings.push(format!(
                "{}: {} were learned in the wrong order and weigh the same now",
                comparison.name,
                names.join(", ")
            ));
        }
    }
    let check = prior_check::of(model, blocked, &PatternScorer::new(model, trained, prior_bits_of(share(matches))));
    if let Some(check) = check.filter(|check| !check.is_near()) {
        warnings.push(format!(
            "prior: rules tell of {} matches where {} were learned; no chance that comes from it can be trusted",
            check.by_rules, check.learned
        ));
    }
    check
}

/// Takes the matches out of the random pairs.
fn correct_u(trained: &mut Trained, rates: &[Vec<f64>], share: f64, drawn: u64) {
    let least = (0.5 / drawn.max(1) as f64).max(FLOOR_U);
    for ((u, m), rate) in trained.u.iter_mut().zip(&trained.m).zip(rates) {
        for ((u, m), rate) in u.iter_mut().zip(m).zip(rate) {
            *u = ((rate - share * m) / (1.0 - share)).max(least);
        }
        normalise(u);
    }
}

fn normalise(chances: &mut [f64]) {
    let sum: f64 = chances.iter().sum();
    chances.iter_mut().for_each(|p| *p /= sum);
}
