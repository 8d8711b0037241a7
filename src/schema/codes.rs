//! Code lists: the code, the Chinese label and every alias are accepted in a cell.

use std::collections::BTreeMap;

use serde::Deserialize;

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CodeValue {
    pub code: String,
    pub zh: String,
    pub en: String,
    #[serde(default)]
    pub aliases: Vec<String>,
    /// ICD-10 prefixes, of the diagnosis groups: `F20`, or a range `F70-F79`.
    pub icd10: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CodeList {
    /// The standard that the codes come from.
    pub standard: Option<String>,
    pub values: Vec<CodeValue>,
}

/// All code lists by name.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(transparent)]
pub struct CodeLists(pub BTreeMap<String, CodeList>);

impl CodeLists {
    pub fn get(&self, name: &str) -> Option<&CodeList> {
        self.0.get(name)
    }
}

/// The possible range of a scale's total score.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScaleRange {
    pub min: f64,
    pub max: f64,
    pub note: Option<String>,
}

/// Score ranges by scale code.
pub type Scales = BTreeMap<String, ScaleRange>;
