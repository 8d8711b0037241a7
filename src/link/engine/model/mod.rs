//! The declared linkage model and its weights.

mod check;
mod declared;
mod monotone;
mod raw;
mod weights;

pub use declared::{
    Absorption, Adjustment, Bounds, Comparison, Condition, Field, Group, Key, Level, MOST_COMPARISONS, MOST_GROUPS,
    MOST_LEVELS, Model, Rule, Thresholds,
};
pub use monotone::in_order;
pub use weights::{ComparisonWeights, Frequencies, PriorCheck, Trained, Weights};
