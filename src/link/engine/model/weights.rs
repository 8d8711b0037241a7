//! What was learned for a model: chances of each level among matches and others, and how common
//! values are.

use hashbrown::HashMap;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Model, in_order};
use crate::error::{Words, words};
use crate::schema::parse_fault::of_json;

/// Weights of one model, versioned, with where they came from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Weights {
    /// [`Model::digest`] of the model they were learned for.
    pub model: String,
    pub version: u32,
    /// What they were learned on, in words and counts; never a value of a person.
    pub trained_on: String,
    /// Matches that a record has on average: the prior of a pair among `n` records is this over `n - 1`.
    pub matches_per_record: f64,
    /// The matches counted another way, of a model that says how.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prior_check: Option<PriorCheck>,
    pub comparisons: BTreeMap<String, ComparisonWeights>,
    /// By field: how common values are.
    pub frequencies: BTreeMap<String, Frequencies>,
    /// What did not go as it should, in words.
    pub warnings: Vec<Words>,
}

/// How many matches two rules tell of, and how many were learned, among pairs that have what the rules look at.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PriorCheck {
    pub by_rules: f64,
    pub learned: f64,
}

impl PriorCheck {
    /// From here on the two differ too much for the prior to be right.
    pub const FAR: f64 = 4.0;

    /// Whether the two agree well enough.
    pub fn is_near(self) -> bool {
        let ratio = self.by_rules.max(1.0) / self.learned.max(1.0);
        (1.0 / Self::FAR..=Self::FAR).contains(&ratio)
    }
}

/// Chances of a comparison's levels, from the closest to "else"; each list sums to 1.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ComparisonWeights {
    pub levels: Vec<String>,
    /// Among pairs of one person.
    pub m: Vec<f64>,
    /// Among other pairs.
    pub u: Vec<f64>,
    /// Of levels with term frequencies: the share that values of pairs have which agree by chance; null where
    /// too few did.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub chance_shares: Vec<Option<f64>>,
}

/// Shares of the parts of values. Of a Chinese name with a surname: its surname, and each character of the given
/// name; of other names and other fields the whole value.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Frequencies {
    pub whole: BTreeMap<String, f64>,
    pub surname: BTreeMap<String, f64>,
    pub given: BTreeMap<String, f64>,
    /// Given names of two characters and more that are at least twice as common as their characters make
    /// them.
    pub given_names: BTreeMap<String, f64>,
    /// Share of a part that stands in no list, and of a whole value.
    pub floor: f64,
    pub whole_floor: f64,
}

/// Weights in the order of their model.
#[derive(Clone, Debug)]
pub struct Trained {
    /// By comparison: `m` and `u` by level, from level 1.
    pub m: Vec<Vec<f64>>,
    pub u: Vec<Vec<f64>>,
    /// By comparison and level; see [`ComparisonWeights::chance_shares`].
    pub chance_shares: Vec<Vec<Option<f64>>>,
    pub matches_per_record: f64,
    /// By field index.
    pub frequencies: HashMap<usize, Arc<Frequencies>>,
}

impl Weights {
    /// Reads a file of weights.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Weights, Words> {
        serde_json::from_str(text).map_err(|e| of_json(&e))
    }

    /// The file's text; the same weights give the same bytes.
    pub fn to_text(&self) -> String {
        let mut text = serde_json::to_string_pretty(self).unwrap_or_default();
        text.push('\n');
        text
    }

    /// Brings the weights into the order of a model, and those of levels into the order that it declares.
    ///
    /// # Errors
    /// They are of another model.
    pub fn of(&self, model: &Model) -> Result<Trained, Words> {
        if self.model != model.digest {
            return Err(words!(
                "权重是按模型的另一版本学得的：请重新学习",
                "the weights were learned for another version of the model: train anew"
            ));
        }
        let mut m = Vec::new();
        let mut u = Vec::new();
        let mut chance_shares = Vec::new();
        for comparison in &model.comparisons {
            let Some(w) = self.comparisons.get(&comparison.name) else {
                return Err(words!("没有比较 `{}` 的权重", "no weights for the comparison `{}`", comparison.name));
            };
            let sound = |list: &[f64]| {
                list.len() == comparison.levels.len() && list.iter().all(|p| p.is_finite() && *p > 0.0 && *p <= 1.0)
            };
            if !sound(&w.m) || !sound(&w.u) {
                return Err(words!(
                    "`{}` 的权重不是其各等级的概率",
                    "the weights of `{}` are no chances of its levels",
                    comparison.name
                ));
            }
            let mut ordered = w.m.clone();
            in_order(comparison, &mut ordered, &w.u);
            m.push(ordered);
            u.push(w.u.clone());
            let mut shares = w.chance_shares.clone();
            shares.resize(comparison.levels.len(), None);
            chance_shares.push(shares);
        }
        let frequencies = self
            .frequencies
            .iter()
            .filter_map(|(name, f)| model.field(name).map(|index| (index, Arc::new(f.clone()))))
            .collect();
        Ok(Trained { m, u, chance_shares, matches_per_record: self.matches_per_record, frequencies })
    }
}
