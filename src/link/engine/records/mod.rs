//! Records as columns: what a linkage looks at, as numbers.

mod by_number;
mod facets;
mod field_kind;
mod normaliser;
mod rows;
mod table;

pub use by_number::ByNumber;
pub use facets::{IdFacet, NameFacet, PlaceFacet, ValueTable};
pub use field_kind::{FieldKind, IdUse};
pub use normaliser::Normaliser;
pub use rows::{RecordColumn, Records};
pub use table::{FieldCells, TableRecords, date};
