//! Expectation maximisation over counted patterns.

use super::counts::{Drawn, PatternCount, PatternCounts};
use super::{doubt, prior_check};
use crate::error::{Words, words};
use crate::link::engine::compare::level;
use crate::link::engine::model::{Model, PriorCheck, Trained, in_order};
use crate::link::engine::score::{PatternScorer, prior_bits_of};
use crate::link::zh::labels::{comparison_zh, relations_zh};

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

/// The comparison patterns that weights are learned from.
pub struct Evidence<'a> {
    pub model: &'a Model,
    pub drawn: &'a Drawn,
    pub blocked: &'a PatternCounts,
    pub records: usize,
    pub all_pairs: f64,
}

impl Evidence<'_> {
    /// Learns `m`, corrects `u` for the matches among random pairs, and counts the matches, which are counted
    /// another way, too.
    pub fn learn(&self, trained: &mut Trained, warnings: &mut Vec<Words>) -> Option<PriorCheck> {
        let model = self.model;
        let (mut matches, mut settled) = self.rounds(trained, self.records as f64 / 2.0);
        if let Some(doubt) = doubt::of(model, self.drawn, trained, self.matches_per_record(matches)) {
            warnings.push(doubt.and(&words!(
                "；已改由多数字段一致的记录对重新学习：请查看权重",
                "; learning began anew with pairs that agree in most fields: look at the weights",
            )));
            let start = self.begin_with_sure_pairs(trained);
            (matches, settled) = self.rounds(trained, start);
            if let Some(doubt) = doubt::of(model, self.drawn, trained, self.matches_per_record(matches)) {
                warnings.push(doubt.and(&words!(
                    "，重新学习后仍然如此；权重取自多数字段一致的记录对",
                    " again; the weights are those of the pairs that agree in most fields",
                )));
                matches = self.begin_with_sure_pairs(trained);
                self.correct_u(trained, matches);
            }
        }
        if !settled {
            warnings.push(words!("学习在 {ROUNDS} 轮内没有收敛", "learning did not settle within {ROUNDS} rounds"));
        }
        trained.matches_per_record = self.matches_per_record(matches);
        for (c, comparison) in model.comparisons.iter().enumerate() {
            for pooled in in_order(comparison, &mut trained.m[c], &trained.u[c]) {
                let levels: Vec<&str> = pooled.iter().map(|l| comparison.levels[*l].name.as_str()).collect();
                warnings.push(in_wrong_order(&comparison.name, &levels));
            }
        }
        let scorer = PatternScorer::new(model, trained, prior_bits_of(self.share(matches)));
        let check = prior_check::of(model, self.blocked, &scorer);
        if let Some(check) = check.filter(|check| !check.is_near()) {
            warnings.push(words!(
                "先验：按规则有 {} 个匹配，学得的却是 {} 个；由此得出的概率均不可信",
                "prior: rules tell of {} matches where {} were learned; no chance that comes from it can be trusted",
                check.by_rules,
                check.learned
            ));
        }
        check
    }

    /// Of a table of a few records all pairs may be matches; half of them is as far as bits go.
    fn share(&self, matches: f64) -> f64 {
        (matches / self.all_pairs.max(1.0)).min(0.5)
    }

    fn matches_per_record(&self, matches: f64) -> f64 {
        2.0 * matches / self.records.max(1) as f64
    }

    fn correct_u(&self, trained: &mut Trained, matches: f64) {
        correct_u(trained, &self.drawn.rates(self.model), self.share(matches), self.drawn.pairs);
    }

    /// Rounds from a number of matches on, until it changes no more: the number, and whether that was reached.
    fn rounds(&self, trained: &mut Trained, mut matches: f64) -> (f64, bool) {
        let model = self.model;
        let rates = self.drawn.rates(model);
        let mut settled = false;
        for _ in 0..ROUNDS {
            correct_u(trained, &rates, self.share(matches), self.drawn.pairs);
            let scorer = PatternScorer::new(model, trained, prior_bits_of(self.share(matches)));
            let matches_of = |counted: &PatternCount| {
                let bits = f64::from(scorer.bits(counted.pattern, counted.frequency_bits));
                counted.pairs as f64 / (1.0 + (-bits).exp2())
            };
            let found = self.count_matches(trained, matches_of);
            settled = (found - matches).abs() <= SETTLED * matches.max(1.0);
            matches = found.max(1.0);
            if settled {
                break;
            }
        }
        correct_u(trained, &rates, self.share(matches), self.drawn.pairs);
        (matches, settled)
    }

    /// Where learning begins when it was led astray: with the pairs that agree in three of four of the fields that
    /// tell people apart and that both records have, in two at least.
    fn begin_with_sure_pairs(&self, trained: &mut Trained) -> f64 {
        let identifying = doubt::identifying(self.model, self.drawn);
        let is_sure = |counted: &PatternCount| {
            let levels = || identifying.iter().map(|c| level(counted.pattern, *c));
            let (given, closest) = (levels().filter(|l| *l > 0).count(), levels().filter(|l| *l == 1).count());
            if closest >= 2 && closest * 4 >= given * 3 { counted.pairs as f64 } else { 0.0 }
        };
        trained.m = self.model.comparisons.iter().map(|c| first_guess(c.levels.len())).collect();
        self.count_matches(trained, is_sure).max(1.0)
    }

    /// Takes `m` from how many of the pairs of a pattern are matches, and gives the number of all.
    fn count_matches(&self, trained: &mut Trained, matches_of: impl Fn(&PatternCount) -> f64) -> f64 {
        let mut found = 0.0;
        let mut levels: Vec<Vec<f64>> = self.model.comparisons.iter().map(|c| vec![0.0; c.levels.len()]).collect();
        for counted in &self.blocked.0 {
            let expected = matches_of(counted);
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
        found
    }
}

/// That levels of a comparison were learned in an order that cannot be.
fn in_wrong_order(comparison: &str, levels: &[&str]) -> Words {
    let zh: Vec<String> = levels.iter().map(|level| format!("“{}”", relations_zh(comparison, level))).collect();
    let en: Vec<String> = levels.iter().map(|level| format!("`{level}`")).collect();
    Words::new(
        format!("{}：{}学得的次序颠倒，现按同一权重计", comparison_zh(comparison), zh.join("、")),
        format!("{comparison}: {} were learned in the wrong order and weigh the same now", en.join(", ")),
    )
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
