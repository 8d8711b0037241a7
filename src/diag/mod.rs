//! Findings: what is wrong with data, as values with a stable code, a place and a message in two languages. This module
//! does not depend on the engine.

mod code;
mod explain;
mod formats;
mod grouped;
mod listed;
pub mod mask;
mod message;

use serde::{Deserialize, Serialize};

pub use code::{Code, Severity};
pub use explain::{Explanation, explain};
pub use formats::{ENCODINGS, FORMATS};
pub use grouped::grouped;
pub use listed::{MOST_LISTED, RowFindings, listed};
pub use message::{Lang, render};

/// A finding about one row of a table, made by the validation of a file.
///
/// It never contains a clear value: `value_masked` has been through [`mask`] already.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RowFinding {
    /// 0-based index of the row among the data rows of its file and sheet.
    pub row_index: u32,
    /// The name of the field; `None` if the finding is about the whole row.
    pub field: Option<String>,
    pub code: Code,
    pub severity: Severity,
    /// The finding applies only while `as_of` is before this day (days since 1970-01-01): a date in the future ceases
    /// to be an error once its day has come.
    pub until_day: Option<i32>,
    pub value_masked: String,
    /// Further facts for the message, as `topic:argument`; see [`render`].
    pub detail: String,
}

/// How many findings one line stands for: 1, or the number in the detail `more:N` of a line that represents findings
/// beyond the listed ones.
pub fn stands_for(detail: &str) -> u64 {
    detail.strip_prefix("more:").and_then(|n| n.parse().ok()).unwrap_or(1)
}

/// A finding about a whole file, sheet or folder.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FileFinding {
    /// Path relative to the inbox; `a.zip/b.csv` inside an archive.
    pub file: String,
    /// Name of the sheet; empty if there is none.
    pub sheet: String,
    pub code: Code,
    pub severity: Severity,
    /// Further facts for the message; never the value of a data cell.
    pub detail: String,
}
