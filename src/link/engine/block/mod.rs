//! Blocking: which records are compared at all, each pair once, and never too many.
//!
//! A rule puts records that agree in its keys into a block. A block of more than `cap` is split by the
//! bounds' features, and what is still too large is sorted and only neighbours are compared: no block
//! costs the square of its size. A pair is compared under the first rule that yields it; a rule whose
//! block was cut yields only what the cut left.

mod bound;
mod chosen;
mod earlier;
mod feature;
mod index;
mod pairs;

pub use feature::{Feature, MOST_LANES};
pub use index::{Blocks, Cut, RuleBlocks, RuleReport};
pub use pairs::PairTask;
