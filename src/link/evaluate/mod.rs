//! How good a linkage is, against the truth.

mod charts;
mod html;
mod measure;
mod metrics;
mod sweep;
mod text;

pub use html::as_html;
pub use measure::*;
pub use text::{as_text, count};
