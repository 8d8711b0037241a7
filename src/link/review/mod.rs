//! What a person should look at, and what people decided.
//!
//! ```text
//! Inspection -> cases -> workbook (待核) -> a person -> answers -> decisions
//! ```
//!
//! Decisions are about source records, so they outlive every rerun, model and identity.

mod answers;
mod cases;
mod explain;
mod sheet;
mod words;
mod workbook;

pub use answers::{AnswerProblem, Answers, read_workbook};
pub use cases::{Ask, Case, CaseKind, CaseSide, Obstacle, cases};
pub use words::{adjustment_zh, case_zh, ladder_zh};
pub use workbook::{Labels, write_workbook};
