//! Records as columns: what a linkage looks at, as numbers.

mod by_number;
mod facets;
mod normaliser;
mod rows;
mod table;

pub use by_number::ByNumber;
pub use facets::{IdFacet, NameFacet, PlaceFacet, ValueTable};
pub use normaliser::Normaliser;
pub use rows::{Column, FieldKind, IdUse, Records};
pub use table::{Cells, TableRecords, date};
