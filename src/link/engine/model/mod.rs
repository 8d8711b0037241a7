//! The declared linkage model and its weights.

mod declared;
mod monotone;
mod raw;
mod weights;

pub use declared::*;
pub use monotone::in_order;
pub use weights::{ComparisonWeights, Frequencies, PriorCheck, Trained, Weights};
