//! What people decided about pairs of rows, and what of it holds tonight.

mod decision;
mod resolve;

pub use decision::{Decision, Decisions};
pub use resolve::{Components, Conflict, Contradiction, Resolved};
