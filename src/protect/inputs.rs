//! What an edition is made of.

use std::path::PathBuf;

use crate::catalogue::{Catalogue, Edition, PublishedTable};
use crate::schema::{PeriodKind, Schemas};

/// Where the tables of an edition lie.
pub struct Inputs<'a> {
    pub catalogue: &'a Catalogue,
    pub schemas: &'a Schemas,
    /// The folder with the exact tables that the edition is made of, as `internal/` has them.
    pub exact: PathBuf,
    pub kinds: Vec<PeriodKind>,
    pub as_of: i32,
    /// The edition before: its exact tables, its public tables and its day.
    pub before: Option<(PathBuf, PathBuf, i32)>,
}

/// Whether a table of numbers goes to the public. Labels go there too, as they are.
pub fn is_public(table: &PublishedTable) -> bool {
    table.editions.contains(&Edition::Public) && table.holds_numbers()
}
