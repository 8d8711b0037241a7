//! The declared model as it stands in its file.

use serde::Deserialize;

use crate::link::zh::nobody::Nobody;

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawModel {
    pub title: String,
    pub version: u32,
    pub thresholds: RawThresholds,
    #[serde(default)]
    pub blocks: RawBlocks,
    #[serde(default)]
    pub population: RawPopulation,
    #[serde(default)]
    pub training: RawTraining,
    pub field: Vec<RawModelField>,
    pub block: Vec<RawRule>,
    pub comparison: Vec<RawComparison>,
    #[serde(default)]
    pub group: Vec<RawGroup>,
    #[serde(default)]
    pub absorb: Vec<RawAbsorb>,
    #[serde(default)]
    pub adjust: Vec<RawAdjust>,
    #[serde(default)]
    pub nobody: Nobody,
    /// What a driver of the engine reads for itself.
    pub night: Option<toml::Table>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawThresholds {
    pub join: f32,
    pub review: f32,
    /// Left out: no bridge is cut.
    pub bridge: Option<f32>,
    /// Left out: the mean of two clusters' pairs does not matter.
    pub mean: Option<f32>,
    /// Left out: the mean is always asked.
    pub sure: Option<f32>,
    /// Left out: as `join`.
    pub looser: Option<f32>,
    pub stricter: Option<f32>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RawBlocks {
    pub cap: usize,
    pub split: Vec<String>,
    pub window: usize,
    pub order: Vec<String>,
}

impl Default for RawBlocks {
    fn default() -> Self {
        RawBlocks { cap: 256, split: Vec::new(), window: 20, order: Vec::new() }
    }
}

/// Of how many people the records are, whatever few there are of them.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RawPopulation {
    pub least: u64,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RawTraining {
    pub random_pairs: u64,
    /// Values are counted by people, not by records: for tables of many records a person.
    pub people: bool,
    /// Two rules that a match rarely breaks by one mistake, to check the number of matches by: each of the form
    /// of an adjustment's `when`.
    pub sure: Vec<Vec<String>>,
}

impl Default for RawTraining {
    fn default() -> Self {
        RawTraining { random_pairs: 4_000_000, people: false, sure: Vec::new() }
    }
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawModelField {
    pub name: String,
    #[serde(rename = "type")]
    pub kind: String,
    /// Columns that hold it, the first that a table has; left out: one of the field's name.
    #[serde(default)]
    pub columns: Vec<String>,
    /// Year, month and day, where a date stands in three columns.
    #[serde(default)]
    pub parts: Vec<String>,
    /// For contacts: columns of the guardian's numbers.
    #[serde(default)]
    pub guardian_columns: Vec<String>,
    #[serde(default)]
    pub normalise: Vec<String>,
    /// Values that state nothing.
    #[serde(default)]
    pub nothing: Vec<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawRule {
    pub name: String,
    pub keys: Vec<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawComparison {
    pub name: String,
    pub kind: String,
    pub fields: Vec<String>,
    #[serde(default)]
    pub group: Option<String>,
    pub levels: Vec<RawLevel>,
    /// A value that is not given on one side counts as the last level, not as no evidence.
    #[serde(default)]
    pub missing_differs: bool,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawLevel {
    /// Relations of the comparison's kind; the last level may leave it out and takes all that is left.
    #[serde(default)]
    pub is: Vec<String>,
    /// Share of the term-frequency adjustment, 0 to 1.
    #[serde(default)]
    pub tf: f32,
    /// Least and greatest bits that the level may weigh, whatever was learned.
    #[serde(default)]
    pub at_least: Option<f32>,
    #[serde(default)]
    pub at_most: Option<f32>,
    /// The level has no place in the order of closeness.
    #[serde(default)]
    pub aside: bool,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawGroup {
    pub name: String,
    /// What the group's comparisons together leave of doubt: prior and group weigh at most this.
    pub at_most_with_prior: f32,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawAbsorb {
    /// `comparison: relation`
    pub when: Vec<String>,
    /// Comparisons whose positive bits then say nothing more.
    pub comparisons: Vec<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawAdjust {
    pub name: String,
    /// All of these must hold: `comparison: relation | relation`; a relation may be `not given`.
    pub when: Vec<String>,
    #[serde(default)]
    pub bits: f32,
    /// What the whole pair then weighs at most; left out: whatever it weighs.
    #[serde(default)]
    pub at_most: Option<f32>,
}
