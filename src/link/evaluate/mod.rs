//! How good a linkage is, against the truth.

mod charts;
mod escape;
mod figures;
mod html;
mod measure;
mod metrics;
mod sweep;
mod text;

pub use figures::{
    BCubed, Band, Bin, Blocking, Candidates, Evaluation, GroupFigures, Pairwise, RecordGroup, SizeClass, Subject,
    Sweep, SweepPoint, Whole,
};
pub use html::as_html;
pub use measure::evaluate;
pub use text::as_text;
