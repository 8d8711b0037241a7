//! From a pattern of levels to bits: prior, the levels' weights, term frequencies, bounds.
//!
//! Fellegi and Sunter (JASA 64, 1969): a level weighs `log2(m / u)`. A value that is rarer than those
//! that agree by chance weighs more: `log2(g / f)` beside it, `f` the share of the rarer of the two
//! values and `g` the share of values that agree by chance (see `train`). Of equal values `g` is `u`, and
//! the pair weighs `log2(m / f)`, as Winkler has it (ASA Survey Research Methods, 1989).

use std::sync::Arc;

use hashbrown::HashMap;

use super::compare::level;
use super::intern::TextNumber;
use super::model::{Adjustment, Condition, MOST_COMPARISONS, MOST_GROUPS, Model, Trained};
use super::records::{ByNumber, Records};
use super::shares::{LEAST_SHARE, log_shares};

/// Bits of patterns, term frequencies aside.
pub struct PatternScorer<'m> {
    model: &'m Model,
    prior: f32,
    /// By comparison and level; level 0, "not given", weighs nothing.
    bits: Vec<[f32; 16]>,
    /// By group: the most that it weighs.
    groups: Vec<f32>,
}

/// Bits of pairs over one set of records.
pub struct Scorer<'m> {
    patterns: PatternScorer<'m>,
    /// By comparison.
    frequencies: Vec<Option<Adjuster>>,
}

/// Term frequencies of a comparison's first field.
struct Adjuster {
    /// Slot of the value.
    at: usize,
    /// By level: share of the adjustment; 0 where nothing is known of chance agreements.
    share: [f32; 16],
    /// By level: `log2(g)`.
    base: [f32; 16],
    /// `log2(f)` by value.
    log_share: Arc<ByNumber<f32>>,
}

/// One rung of a pair's ladder.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Rung {
    pub comparison: String,
    /// The level's relations; empty for "not given".
    pub level: String,
    pub bits: f32,
    /// Of these bits: the term-frequency adjustment.
    pub frequency_bits: f32,
    /// Bits that a bound or an absorption took away or gave.
    pub bounded_bits: f32,
}

/// How the bits of a pair come about.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Ladder {
    pub prior: f32,
    pub rungs: Vec<Rung>,
    /// Adjustments that apply, with their bits.
    pub adjustments: Vec<(String, f32)>,
    pub total: f32,
}

impl<'m> PatternScorer<'m> {
    /// `prior` as [`prior_bits`] gives it.
    pub fn new(model: &'m Model, trained: &Trained, prior: f32) -> Self {
        let of = |c: usize| {
            let mut bits = [0.0; 16];
            for (l, declared) in model.comparisons[c].levels.iter().enumerate() {
                let weight = (trained.m[c][l] / trained.u[c][l]).log2() as f32;
                bits[l + 1] = weight
                    .max(declared.at_least.unwrap_or(f32::NEG_INFINITY))
                    .min(declared.at_most.unwrap_or(f32::INFINITY));
            }
            bits
        };
        PatternScorer {
            model,
            prior,
            bits: (0..model.comparisons.len()).map(of).collect(),
            groups: model.groups.iter().map(|g| g.at_most_with_prior - prior).collect(),
        }
    }

    /// Bits of a pattern, prior included, with those that term frequencies add.
    #[inline]
    pub fn bits(&self, pattern: u64, frequency_bits: f32) -> f32 {
        let mut of = [0f32; MOST_COMPARISONS];
        for (c, bits) in self.bits.iter().enumerate() {
            of[c] = bits[level(pattern, c)];
        }
        for absorption in &self.model.absorptions {
            if holds(&absorption.when, pattern) {
                for &c in &absorption.comparisons {
                    of[c] = of[c].min(0.0);
                }
            }
        }
        let mut total = self.prior;
        let mut grouped = [0f32; MOST_GROUPS];
        for (c, comparison) in self.model.comparisons.iter().enumerate() {
            match comparison.group {
                Some(g) => grouped[g] += of[c],
                None => total += of[c],
            }
        }
        for (of, most) in grouped.iter().zip(&self.groups) {
            total += of.min(*most);
        }
        self.adjust(pattern, total + frequency_bits, |_, _| ())
    }

    /// Bits after the adjustments that hold of a pattern, each with the bits that it gave or took.
    #[inline]
    fn adjust(&self, pattern: u64, mut total: f32, mut each: impl FnMut(&Adjustment, f32)) -> f32 {
        for adjustment in &self.model.adjustments {
            if holds(&adjustment.when, pattern) {
                let after = (total + adjustment.bits).min(adjustment.at_most.unwrap_or(f32::INFINITY));
                each(adjustment, after - total);
                total = after;
            }
        }
        total
    }
}

impl<'m> Scorer<'m> {
    /// Binds weights to records; `prior` as [`prior_bits`] gives it.
    pub fn new(model: &'m Model, trained: &Trained, records: &Records<'_>, prior: f32) -> Self {
        let mut shares: HashMap<usize, Arc<ByNumber<f32>>> = HashMap::new();
        let frequencies = model
            .comparisons
            .iter()
            .enumerate()
            .map(|(c, comparison)| {
                let field = comparison.fields[0];
                let f = trained.frequencies.get(&field).filter(|_| comparison.uses_frequencies)?;
                let column = records.column(field);
                let values = column.values?;
                let (mut share, mut base) = ([0.0; 16], [0.0; 16]);
                for (l, declared) in comparison.levels.iter().enumerate() {
                    if let Some(g) = trained.chance_shares[c][l] {
                        (share[l + 1], base[l + 1]) = (declared.tf, g.log2() as f32);
                    }
                }
                let log_share =
                    Arc::clone(shares.entry(field).or_insert_with(|| Arc::new(log_shares(values, column.kind, f))));
                Some(Adjuster { at: column.at, share, base, log_share })
            })
            .collect();
        Scorer { patterns: PatternScorer::new(model, trained, prior), frequencies }
    }

    /// Bits before anything is compared.
    pub fn prior(&self) -> f32 {
        self.patterns.prior
    }

    /// The most that a level of a comparison weighs, whatever the values.
    pub fn most_bits(&self, comparison: usize, level: usize) -> f32 {
        let rarest = |f: &Adjuster| f.share[level].max(0.0) * (f.base[level] - LEAST_SHARE.log2() as f32);
        self.patterns.bits[comparison][level] + self.frequencies[comparison].as_ref().map_or(0.0, rarest).max(0.0)
    }

    /// The most that each group weighs.
    pub fn group_bounds(&self) -> &[f32] {
        &self.patterns.groups
    }

    /// Bits of a pair, prior included; `a` and `b` are the records' slots.
    #[inline]
    pub fn bits(&self, pattern: u64, a: &[u32], b: &[u32]) -> f32 {
        self.patterns.bits(pattern, self.frequency_bits(pattern, a, b))
    }

    /// Bits that term frequencies add to a pair.
    #[inline]
    pub fn frequency_bits(&self, pattern: u64, a: &[u32], b: &[u32]) -> f32 {
        let of = |(c, f): (usize, &Option<Adjuster>)| f.as_ref().map_or(0.0, |f| f.bits(level(pattern, c), a, b));
        self.frequencies.iter().enumerate().map(of).sum()
    }

    /// How [`Scorer::bits`] comes about.
    pub fn ladder(&self, pattern: u64, a: &[u32], b: &[u32]) -> Ladder {
        let model = self.patterns.model;
        let mut rungs: Vec<Rung> = model
            .comparisons
            .iter()
            .enumerate()
            .map(|(c, declared)| {
                let l = level(pattern, c);
                let frequency_bits = self.frequencies[c].as_ref().map_or(0.0, |f| f.bits(l, a, b));
                Rung {
                    comparison: declared.name.clone(),
                    level: if l == 0 { String::new() } else { declared.levels[l - 1].name.clone() },
                    bits: self.patterns.bits[c][l] + frequency_bits,
                    frequency_bits,
                    bounded_bits: 0.0,
                }
            })
            .collect();
        let bound = |rung: &mut Rung, by: f32| {
            rung.bounded_bits += by;
            rung.bits += by;
        };
        for absorption in model.absorptions.iter().filter(|a| holds(&a.when, pattern)) {
            for &c in &absorption.comparisons {
                let by = -(rungs[c].bits - rungs[c].frequency_bits).max(0.0);
                bound(&mut rungs[c], by);
            }
        }
        for (g, most) in self.patterns.groups.iter().enumerate() {
            let members: Vec<usize> = (0..rungs.len()).filter(|&c| model.comparisons[c].group == Some(g)).collect();
            let sum: f32 = members.iter().map(|&c| rungs[c].bits - rungs[c].frequency_bits).sum();
            // What is over the bound is taken from the strongest.
            let strongest = members.iter().copied().max_by(|&c, &d| rungs[c].bits.total_cmp(&rungs[d].bits));
            if let Some(c) = strongest.filter(|_| sum > *most) {
                bound(&mut rungs[c], most - sum);
            }
        }
        let before = self.patterns.prior + rungs.iter().map(|r| r.bits).sum::<f32>();
        let mut adjustments = Vec::new();
        self.patterns.adjust(pattern, before, |a, bits| adjustments.push((a.name.clone(), bits)));
        Ladder { prior: self.patterns.prior, rungs, adjustments, total: self.bits(pattern, a, b) }
    }
}

impl Adjuster {
    #[inline]
    fn bits(&self, level: usize, a: &[u32], b: &[u32]) -> f32 {
        if self.share[level] == 0.0 {
            return 0.0;
        }
        let log_share = |record: &[u32]| *self.log_share.get(TextNumber::of_slot(record[self.at]));
        let rarer = log_share(a).min(log_share(b));
        self.share[level] * (self.base[level] - rarer)
    }
}

#[inline]
fn holds(when: &[Condition], pattern: u64) -> bool {
    when.iter().all(|c| c.levels >> level(pattern, c.comparison) & 1 == 1)
}

/// Bits of a pair before anything is compared: records have so many matches each on average, among so
/// many pairs.
pub fn prior_bits(matches_per_record: f64, records: usize, pairs: f64) -> f32 {
    prior_bits_of(matches_per_record * records as f64 / 2.0 / pairs.max(1.0))
}

/// Bits of a chance.
pub fn prior_bits_of(chance: f64) -> f32 {
    let chance = chance.clamp(1e-12, 0.5);
    (chance / (1.0 - chance)).log2() as f32
}
