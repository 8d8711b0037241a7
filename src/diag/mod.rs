//! Findings: what is wrong with data, as values with a stable code, a place and a message in two languages. This module
//! does not depend on the engine.

mod code;
mod detail;
mod detail_text;
mod explain;
mod formats;
mod grouped;
mod letters;
mod listed;
pub mod mask;
mod message;

use serde::{Deserialize, Serialize};

pub use code::{Code, Severity};
pub use detail::{Detail, InBoth, Nearest, ParentKey, Requirement, Unreadable, ValueBounds, ValueType, is_county_code};
pub use explain::{Explanation, explain};
pub use formats::{ENCODINGS, FORMATS};
pub use grouped::grouped;
pub use listed::{MOST_LISTED, RowFindings, listed};
pub use message::{Lang, in_words, render};

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
    pub detail: Detail,
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
    pub detail: Detail,
}
