//! The declared linkage model: fields, blocking rules, comparisons with ordered levels, thresholds.
//!
//! A model is a TOML file that a person writes ([`Model::parse`]); the weights of its levels are
//! learned and stand in a file of their own ([`Weights`]). Bits are base-2 logarithms of odds.

use crate::link::engine::block::Feature;
use crate::link::engine::compare::{ComparisonKind, Relation};
use crate::link::engine::records::{FieldKind, Normaliser};
use crate::link::zh::nobody::Nobody;

/// Levels of a comparison, at most: a level is four bits of a pattern, 0 is "not given".
pub const MOST_LEVELS: usize = 15;
/// Comparisons of a model, at most: a pattern is 56 bits, training keeps 8 for term frequencies.
pub const MOST_COMPARISONS: usize = 14;
/// Groups of a model, at most.
pub const MOST_GROUPS: usize = 4;

/// A checked model.
#[derive(Clone, Debug)]
pub struct Model {
    pub title: String,
    pub version: u32,
    /// SHA-256, hexadecimal, of what weights depend on: fields, comparisons, levels. Thresholds, bounds
    /// and blocking rules can change under the same weights.
    pub digest: String,
    pub thresholds: Thresholds,
    pub fields: Vec<ModelField>,
    pub rules: Vec<BlockingRule>,
    pub bounds: BlockBounds,
    pub comparisons: Vec<Comparison>,
    pub groups: Vec<ComparisonGroup>,
    pub absorptions: Vec<Absorption>,
    pub adjustments: Vec<Adjustment>,
    /// Names that name nobody.
    pub nobody: Nobody,
    /// What a driver of the engine declares for itself, unread.
    pub night: Option<toml::Table>,
    /// Records that the prior reckons with, at least; 0: as many as there are.
    pub least_population: u64,
    pub random_pairs: u64,
    /// Values are counted by people, not by records.
    pub counts_people: bool,
    /// Two rules that check the number of matches that training finds.
    pub sure: Option<[Vec<Condition>; 2]>,
}

/// Bits, prior included.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Thresholds {
    /// From here two records are one person.
    pub join: f32,
    /// From here to `join` a person looks at the pair.
    pub review: f32,
    /// A component that one edge below this holds together is cut there; `f32::NEG_INFINITY`: never.
    pub bridge: f32,
    /// Two clusters are joined only when their pairs have this many bits on average; `None`: whatever
    /// the other pairs say.
    pub mean: Option<f32>,
    /// A pair from here on joins whatever the mean, unless some pair of the two clusters speaks against:
    /// pairs that say little do not outweigh it.
    pub sure: f32,
    /// Join thresholds that tell how sure the number of persons is: with fewer, and with more of them.
    pub looser: f32,
    pub stricter: f32,
}

impl Thresholds {
    /// The least that joins two records, at any of the thresholds.
    pub fn least(self) -> f32 {
        self.join.min(self.looser).min(self.stricter)
    }
}

#[derive(Clone, Debug)]
pub struct ModelField {
    pub name: String,
    pub kind: FieldKind,
    /// Columns that hold it, the first that a table has.
    pub columns: Vec<String>,
    /// Columns of year, month and day that hold it together, where a table has none of `columns`.
    pub parts: Vec<String>,
    pub guardian_columns: Vec<String>,
    pub normalisers: Vec<Normaliser>,
    pub nothing: Vec<String>,
}

/// A blocking rule: records that agree in all keys are compared.
#[derive(Clone, Debug)]
pub struct BlockingRule {
    pub name: String,
    pub keys: Vec<BlockingKey>,
}

/// A feature of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BlockingKey {
    pub field: usize,
    pub feature: Feature,
}

/// What bounds the blocks.
#[derive(Clone, Debug)]
pub struct BlockBounds {
    /// Records that are compared pair by pair; larger blocks are split, then windowed.
    pub cap: usize,
    /// Features that split a larger block, in turn.
    pub split: Vec<BlockingKey>,
    /// Neighbours of a record that are compared in a block that no split makes small.
    pub window: usize,
    /// What such a block is sorted by.
    pub order: Vec<BlockingKey>,
}

#[derive(Clone, Debug)]
pub struct Comparison {
    pub name: String,
    pub kind: ComparisonKind,
    /// Indices of fields.
    pub fields: Vec<usize>,
    pub group: Option<usize>,
    /// From the closest to "else".
    pub levels: Vec<ComparisonLevel>,
    /// Level, from 1, of each relation by its number; 0 for "not given".
    pub level_of: [u8; 16],
    /// Some level takes term frequencies into account.
    pub uses_frequencies: bool,
}

#[derive(Clone, Debug)]
pub struct ComparisonLevel {
    pub relations: Vec<Relation>,
    /// The relations as the file names them.
    pub name: String,
    pub tf: f32,
    pub at_least: Option<f32>,
    pub at_most: Option<f32>,
    /// It has no place in the order of closeness, so that it may weigh more than a closer one.
    pub aside: bool,
}

/// Comparisons that look at one thing, such as a household: what they say together is bounded.
#[derive(Clone, Debug)]
pub struct ComparisonGroup {
    pub name: String,
    pub at_most_with_prior: f32,
}

/// A level that leaves others nothing to add: an equal ID number holds birth date and sex.
#[derive(Clone, Debug)]
pub struct Absorption {
    pub when: Vec<Condition>,
    pub comparisons: Vec<usize>,
}

/// Bits that a combination of levels weighs beside their sum, and what the whole pair then weighs at
/// most: too little evidence is no evidence against, so it is bounded and not taken away.
#[derive(Clone, Debug)]
pub struct Adjustment {
    pub name: String,
    pub when: Vec<Condition>,
    pub bits: f32,
    pub at_most: Option<f32>,
}

/// One of some levels of a comparison.
#[derive(Clone, Copy, Debug)]
pub struct Condition {
    pub comparison: usize,
    /// Bit set of levels, 0 for "not given" among them.
    pub levels: u16,
}

impl ComparisonLevel {
    /// Only equal values have the level.
    pub fn is_equal(&self) -> bool {
        self.name == "equal"
    }
}

impl Model {
    /// The index of a comparison.
    pub fn comparison(&self, name: &str) -> Option<usize> {
        self.comparisons.iter().position(|c| c.name == name)
    }

    /// The index of a field.
    pub fn field(&self, name: &str) -> Option<usize> {
        self.fields.iter().position(|f| f.name == name)
    }
}
