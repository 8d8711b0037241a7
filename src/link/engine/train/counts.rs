//! Pairs counted by pattern.

use std::sync::Arc;

use hashbrown::HashMap;
use rayon::prelude::*;

use crate::link::engine::block::Blocks;
use crate::link::engine::compare::{Comparator, level};
use crate::link::engine::intern::TextNumber;
use crate::link::engine::mix::{self, mixed};
use crate::link::engine::model::{Comparison, ComparisonLevel, Frequencies, Model};
use crate::link::engine::records::{ByNumber, Records};
use crate::link::engine::scope::{Scope, all_pairs};
use crate::link::engine::score::Scorer;
use crate::link::engine::shares::log_shares;
use crate::link::ids::RecordNumber;

/// Bits of term frequencies are counted in steps of this.
const STEP: f32 = 0.5;
/// Bits of a pair that counts as a match in part, more than these.
const FAINT: f32 = -6.0;
/// Low bits of a key that hold the pattern.
const PATTERN_BITS: u32 = 56;

/// How often pairs of a pattern, with about these bits of term frequencies, occur; ascending.
#[derive(Clone, Debug, Default)]
pub struct PatternCounts(pub Vec<PatternCount>);

#[derive(Clone, Copy, Debug)]
pub struct PatternCount {
    pub pattern: u64,
    pub frequency_bits: f32,
    pub pairs: u64,
}

/// Levels of random pairs.
pub struct Drawn {
    pub pairs: u64,
    patterns: HashMap<u64, u64>,
    /// By comparison and level: pairs that are no matches, and the sum of `log2(f)` over them.
    log_shares: Vec<Vec<(f64, f64)>>,
}

/// A fixed draw.
fn draw(n: u64) -> u64 {
    mixed(n.wrapping_add(1).wrapping_mul(mix::STEP))
}

/// Draws pairs at random.
struct Draw<'a> {
    model: &'a Model,
    records: &'a Records<'a>,
    comparator: &'a Comparator<'a>,
    scope: Scope,
    /// Comparisons with term frequencies: index, slot of the value, shares by value.
    adjusted: Vec<(usize, usize, ByNumber<f32>)>,
    /// The chance that a pair of a pattern is no match.
    other: &'a (dyn Fn(u64) -> f64 + Sync),
}

/// Draws pairs at random, the same ones every time. `other` is the chance that a pair of a pattern is no match.
pub fn random_pairs<'a>(
    model: &'a Model,
    records: &'a Records<'a>,
    comparator: &'a Comparator<'a>,
    frequencies: &HashMap<usize, Arc<Frequencies>>,
    scope: Scope,
    other: &'a (dyn Fn(u64) -> f64 + Sync),
) -> Drawn {
    let adjusted = model
        .comparisons
        .iter()
        .enumerate()
        .filter(|(_, c)| c.uses_frequencies)
        .filter_map(|(index, c)| {
            let column = records.column(c.fields[0]);
            let of = frequencies.get(&c.fields[0])?;
            Some((index, column.at, log_shares(column.values?, column.kind, of)))
        })
        .collect();
    let draw = Draw { model, records, comparator, scope, adjusted, other };
    let all_pairs = all_pairs(records.len(), scope);
    if all_pairs < 1.0 {
        return draw.none();
    }
    // Of a small table every pair is looked at.
    let exhaustive = all_pairs <= model.random_pairs as f64 && scope.first_table.is_none();
    let parts = if exhaustive { draw.every_pair() } else { draw.some_pairs() };
    // Sums of fractions are taken part by part, in order: their last digits must not depend on threads.
    let mut all = draw.none();
    parts.into_iter().for_each(|part| all.add(part));
    all
}

impl Draw<'_> {
    fn none(&self) -> Drawn {
        Drawn {
            pairs: 0,
            patterns: HashMap::new(),
            log_shares: self.model.comparisons.iter().map(|c| vec![(0.0, 0.0); c.levels.len()]).collect(),
        }
    }

    fn every_pair(&self) -> Vec<Drawn> {
        let rows: Vec<RecordNumber> = (0..self.records.len()).map(RecordNumber::new).collect();
        let of_rows = |some: &[RecordNumber]| {
            let mut drawn = self.none();
            for &a in some {
                for &b in &rows[a.index() + 1..] {
                    self.visit(&mut drawn, a, b);
                }
            }
            drawn
        };
        rows.par_chunks(64).map(of_rows).collect()
    }

    fn some_pairs(&self) -> Vec<Drawn> {
        let n = self.records.len() as u64;
        let chunk = 1u64 << 16;
        let of_chunk = |part: u64| {
            let mut drawn = self.none();
            for i in part * chunk..(part + 1) * chunk {
                let (x, y) = (draw(2 * i), draw(2 * i + 1));
                let (a, b) = match self.scope.first_table {
                    Some(first) => (x % u64::from(first), u64::from(first) + y % (n - u64::from(first))),
                    None => (x % n, y % n),
                };
                if a != b {
                    let record = |number: u64| RecordNumber::new(number as usize);
                    self.visit(&mut drawn, record(a.min(b)), record(a.max(b)));
                }
            }
            drawn
        };
        (0..self.model.random_pairs.div_ceil(chunk)).into_par_iter().map(of_chunk).collect()
    }

    fn visit(&self, drawn: &mut Drawn, a: RecordNumber, b: RecordNumber) {
        let pattern = self.comparator.pattern(a, b);
        drawn.pairs += 1;
        *drawn.patterns.entry(pattern).or_default() += 1;
        if self.adjusted.is_empty() {
            return;
        }
        let weight = (self.other)(pattern);
        let (a, b) = (self.records.row(a), self.records.row(b));
        for (index, at, log_share) in &self.adjusted {
            let l = level(pattern, *index);
            if l > 0 {
                let log_share = |record: &[u32]| *log_share.get(TextNumber::of_slot(record[*at]));
                let f = log_share(a).min(log_share(b));
                let sum = &mut drawn.log_shares[*index][l - 1];
                sum.0 += weight;
                sum.1 += weight * f64::from(f);
            }
        }
    }
}

impl Drawn {
    fn add(&mut self, part: Drawn) {
        self.pairs += part.pairs;
        for (pattern, n) in part.patterns {
            *self.patterns.entry(pattern).or_default() += n;
        }
        for (sums, parts) in self.log_shares.iter_mut().zip(part.log_shares) {
            for (sum, part) in sums.iter_mut().zip(parts) {
                sum.0 += part.0;
                sum.1 += part.1;
            }
        }
    }

    /// Pairs at a level of a comparison, from level 0 = the closest.
    pub fn seen(&self, comparison: usize, at: usize) -> u64 {
        self.patterns.iter().filter(|(p, _)| level(**p, comparison) == at + 1).map(|p| p.1).sum()
    }

    /// Shares of the levels, by comparison, of pairs where both values are given.
    pub fn rates(&self, model: &Model) -> Vec<Vec<f64>> {
        model
            .comparisons
            .iter()
            .enumerate()
            .map(|(c, comparison)| {
                let seen: Vec<f64> = (0..comparison.levels.len()).map(|l| self.seen(c, l) as f64).collect();
                let given: f64 = seen.iter().sum();
                seen.iter().map(|n| n / given.max(1.0)).collect()
            })
            .collect()
    }

    /// Shares that the values of pairs at a level have by chance; none of fewer than `least` pairs.
    ///
    /// Equal values that weigh by their share alone agree by chance as often as the level does, so that
    /// such a pair weighs `log2(m / f)`; `u` has no matches in it. At other levels it is the geometric mean,
    /// so that over chance agreements no bits are added: any mean of odds hangs on the few pairs with the
    /// rarest values, many of them misspelt and some of them matches.
    pub fn chance_shares(&self, model: &Model, u: &[Vec<f64>], least: u64) -> Vec<Vec<Option<f64>>> {
        let of = |c: usize, l: usize, declared: &ComparisonLevel| {
            let (n, sum) = self.log_shares[c][l];
            let share = || if declared.is_equal() && declared.tf == 1.0 { u[c][l] } else { (sum / n).exp2() };
            (declared.tf > 0.0 && n >= least as f64).then(share)
        };
        let of_levels = |(c, comparison): (usize, &Comparison)| {
            comparison.levels.iter().enumerate().map(|(l, declared)| of(c, l, declared)).collect()
        };
        model.comparisons.iter().enumerate().map(of_levels).collect()
    }
}

/// What part of a person each record is, by the matches that the blocks yield for it: a record that two others match
/// is a third of one.
pub fn parts_of_people(
    records: &Records<'_>,
    comparator: &Comparator<'_>,
    scorer: &Scorer<'_>,
    blocks: &Blocks,
    scope: Scope,
) -> Vec<f64> {
    let found = blocks.map_tasks(|task| {
        let mut found: Vec<(RecordNumber, RecordNumber, f64)> = Vec::new();
        blocks.first_pairs(task, |a, b| {
            if scope.holds(a, b) {
                let bits = scorer.bits(comparator.pattern(a, b), records.row(a), records.row(b));
                if bits > FAINT {
                    found.push((a, b, 1.0 / (1.0 + f64::from(-bits).exp2())));
                }
            }
        });
        found
    });
    let mut matches = vec![0.0; records.len()];
    for (a, b, chance) in found.into_iter().flatten() {
        matches[a.index()] += chance;
        matches[b.index()] += chance;
    }
    matches.into_iter().map(|n| 1.0 / (1.0 + n)).collect()
}

/// Counts the pairs that the blocks yield, each once. `scorer` gives the bits of term frequencies.
pub fn blocked_pairs(
    records: &Records<'_>,
    comparator: &Comparator<'_>,
    scorer: &Scorer<'_>,
    blocks: &Blocks,
    scope: Scope,
) -> PatternCounts {
    let parts = blocks.map_tasks(|task| {
        let mut counts: HashMap<u64, u64> = HashMap::new();
        blocks.first_pairs(task, |a, b| {
            if !scope.holds(a, b) {
                return;
            }
            let pattern = comparator.pattern(a, b);
            let bits = scorer.frequency_bits(pattern, records.row(a), records.row(b));
            let step = (bits / STEP).round().clamp(-127.0, 127.0) as i8;
            *counts.entry(pattern | u64::from(step as u8) << PATTERN_BITS).or_default() += 1;
        });
        counts
    });
    let mut all: HashMap<u64, u64> = HashMap::new();
    for part in parts {
        for (key, n) in part {
            *all.entry(key).or_default() += n;
        }
    }
    let mut counted: Vec<(u64, u64)> = all.into_iter().collect();
    counted.sort_unstable();
    PatternCounts(
        counted
            .into_iter()
            .map(|(key, pairs)| PatternCount {
                pattern: key & ((1 << PATTERN_BITS) - 1),
                frequency_bits: f32::from((key >> PATTERN_BITS) as u8 as i8) * STEP,
                pairs,
            })
            .collect(),
    )
}
