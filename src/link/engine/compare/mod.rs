//! Two records, field by field: which relation their values stand in.

mod comparator;
mod date;
mod id_number;
mod kind;
mod name_zh;
mod phones;
mod place;
mod relation;
mod text;
pub mod two_names;

pub use comparator::{Comparator, level};
pub use kind::{ComparisonKind, Relation};
pub use text::{damerau, jaro_winkler};
