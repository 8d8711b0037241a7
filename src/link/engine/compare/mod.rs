//! Two records, field by field: which relation their values stand in.

mod comparator;
mod date;
mod id_number;
mod name_zh;
mod phones;
mod place;
mod text;
pub mod two_names;

pub use comparator::{Comparator, Kind, NOT_GIVEN, OTHER, Relation, level};
pub use text::{damerau, jaro_winkler};
