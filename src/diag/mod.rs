//! Findings: what is wrong with data, as values with a stable code, a place and a message in two
//! languages. Knows no engine.

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

/// A finding about one row of a table, as the validation of a file produces it.
///
/// It carries no clear value: `value_masked` went through [`mask`] already.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RowFinding {
    /// 0-based index of the row among the data rows of its file and sheet.
    pub row_index: u32,
    /// The field's name; `None` when the whole row is meant.
    pub field: Option<String>,
    pub code: Code,
    pub severity: Severity,
    /// The finding holds only while `as_of` is before this day (days since 1970-01-01): a date that
    /// lies in the future tonight does not for ever.
    pub until_day: Option<i32>,
    pub value_masked: String,
    /// What the message needs beyond the code, as `topic:argument`; see [`render`].
    pub detail: String,
}

/// How many findings a line of findings stands for: those of one kind beyond the most that are listed
/// are one line, with the detail `more:` and their number.
pub fn stands_for(detail: &str) -> u64 {
    detail.strip_prefix("more:").and_then(|n| n.parse().ok()).unwrap_or(1)
}

/// A finding about a whole file, sheet or folder.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FileFinding {
    /// Path below the inbox, `a.zip/b.csv` inside an archive.
    pub file: String,
    /// Empty where there is none.
    pub sheet: String,
    pub code: Code,
    pub severity: Severity,
    /// What the message needs beyond the code; never a cell's value of a data row.
    pub detail: String,
}
