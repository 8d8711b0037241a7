//! The declared linkage model and its weights.

mod check;
mod declared;
mod monotone;
mod raw;
mod weights;

pub use declared::{
    Absorption, Adjustment, BlockBounds, BlockingKey, BlockingRule, Comparison, ComparisonGroup, ComparisonLevel,
    Condition, MOST_COMPARISONS, MOST_GROUPS, MOST_LEVELS, Model, ModelField, Thresholds,
};
pub use monotone::in_order;
pub use weights::{ComparisonWeights, Frequencies, PriorCheck, Trained, Weights};
