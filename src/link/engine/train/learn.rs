//! Learning weights from the records alone, without labels.
//!
//! `u` comes from random pairs; `m` and the number of matches from expectation maximisation over all
//! blocked pairs, in which pairs outside of the blocks count as no matches. Pairs are counted by
//! pattern (and the bits that term frequencies add), so a round costs a few thousand patterns, however
//! many pairs there are (as fastLink does: Enamorado, Fifield, Imai, APSR 113, 2019).
//!
//! Everything is a function of the records: no clock, no threads, a fixed draw.

use std::collections::BTreeMap;

use super::{counts, em, frequencies};
use crate::error::Words;
use crate::link::engine::block::Blocks;
use crate::link::engine::compare::Comparator;
use crate::link::engine::model::{ComparisonWeights, Model, Trained, Weights};
use crate::link::engine::records::Records;
use crate::link::engine::scope::{Scope, all_pairs};
use crate::link::engine::score::{PatternScorer, Scorer, prior_bits};
use crate::link::zh::labels::{comparison_zh, relations_zh};

/// Random pairs at a level that its chance share is taken from, at least.
const CHANCE_AGREEMENTS: u64 = 5;

/// Times that people are told apart before the last round.
const ROUNDS: usize = 2;

/// Learns weights.
pub fn train(model: &Model, records: &Records<'_>, blocks: &Blocks, trained_on: String, scope: Scope) -> Weights {
    let mut warnings = Vec::new();
    let mut frequencies = frequencies::count(model, records, None);
    let comparator = Comparator::new(model, records);
    let pair_count = all_pairs(records.len(), scope);
    let drawn = counts::random_pairs(model, records, &comparator, &frequencies, scope, &|_| 1.0);
    let mut trained = Trained {
        m: model.comparisons.iter().map(|c| em::first_guess(c.levels.len())).collect(),
        u: drawn.rates(model),
        chance_shares: model.comparisons.iter().map(|c| vec![None; c.levels.len()]).collect(),
        matches_per_record: 1.0,
        frequencies: frequencies.clone(),
    };
    for (c, comparison) in model.comparisons.iter().enumerate() {
        for (l, level) in comparison.levels.iter().enumerate() {
            if drawn.seen(c, l) == 0 {
                let (name, is) = (&comparison.name, &level.name);
                let (name_zh, is_zh) = (comparison_zh(name), relations_zh(name, is));
                warnings.push(Words::new(
                    format!("{name_zh}：随机抽取的记录对中没有“{is_zh}”的"),
                    format!("{name}: no random pair has the level `{is}`"),
                ));
            }
        }
    }
    let learn = |trained: &mut Trained, warnings: &mut Vec<Words>| {
        let scorer = Scorer::new(model, trained, records, 0.0);
        let blocked = counts::blocked_pairs(records, &comparator, &scorer, blocks, scope);
        em::Evidence { model, drawn: &drawn, blocked: &blocked, records: records.len(), all_pairs: pair_count }
            .learn(trained, warnings)
    };
    let uses_frequencies = model.comparisons.iter().any(|c| c.uses_frequencies);
    if uses_frequencies && !model.counts_people {
        // What values have by chance can be told only when the matches among the random pairs are known.
        learn(&mut trained, &mut Vec::new());
        trained.chance_shares = drawn.chance_shares(model, &trained.u, CHANCE_AGREEMENTS);
    }
    if uses_frequencies && model.counts_people {
        // A table may hold ten records of a person. What is one person's own is then no common value, so that
        // people are counted, as far as what was learned tells which records are one's.
        for _ in 0..ROUNDS {
            learn(&mut trained, &mut Vec::new());
            let prior = prior_bits(trained.matches_per_record, records.len(), pair_count);
            let parts = {
                let scorer = Scorer::new(model, &trained, records, prior);
                counts::parts_of_people(records, &comparator, &scorer, blocks, scope)
            };
            frequencies = frequencies::count(model, records, Some(&parts));
            let patterns = PatternScorer::new(model, &trained, prior);
            let other = |pattern: u64| 1.0 / (1.0 + f64::from(patterns.bits(pattern, 0.0)).exp2());
            let drawn = counts::random_pairs(model, records, &comparator, &frequencies, scope, &other);
            trained.chance_shares = drawn.chance_shares(model, &trained.u, CHANCE_AGREEMENTS);
            trained.frequencies = frequencies.clone();
        }
    }
    let prior_check = learn(&mut trained, &mut warnings);
    Weights {
        model: model.digest.clone(),
        version: model.version,
        trained_on,
        matches_per_record: frequencies::rounded(trained.matches_per_record),
        prior_check,
        comparisons: rounded_chances(model, &trained),
        frequencies: frequencies.iter().map(|(field, f)| (model.fields[*field].name.clone(), (**f).clone())).collect(),
        warnings,
    }
}

/// Chances of the levels, rounded.
fn rounded_chances(model: &Model, trained: &Trained) -> BTreeMap<String, ComparisonWeights> {
    let rounded = frequencies::rounded;
    model
        .comparisons
        .iter()
        .enumerate()
        .map(|(c, comparison)| {
            let weights = ComparisonWeights {
                levels: comparison.levels.iter().map(|l| l.name.clone()).collect(),
                m: trained.m[c].iter().map(|p| rounded(*p)).collect(),
                u: trained.u[c].iter().map(|p| rounded(*p)).collect(),
                chance_shares: if comparison.uses_frequencies {
                    trained.chance_shares[c].iter().map(|g| g.map(rounded)).collect()
                } else {
                    Vec::new()
                },
            };
            (comparison.name.clone(), weights)
        })
        .collect()
}
