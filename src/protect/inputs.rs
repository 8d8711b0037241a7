//! What an edition is made of.

use std::path::PathBuf;

use crate::catalogue::{Catalogue, Edition, PublishedTable};
use crate::schema::disclosure::PublicPolicy;
use crate::schema::{Counts, PeriodKind, Schemas};

/// Where the tables of an edition lie.
pub struct Inputs<'a> {
    pub catalogue: &'a Catalogue,
    pub schemas: &'a Schemas,
    /// The folder with the exact tables that the edition is made of, as `internal/` has them.
    pub exact: PathBuf,
    pub kinds: Vec<PeriodKind>,
    pub as_of: i32,
    /// The epoch of the protection that made, or is to make, the edition.
    pub protection: u32,
    /// The edition before: its exact tables, its public tables and its day.
    pub before: Option<(PathBuf, PathBuf, i32)>,
}

/// Whether the public edition holds a table of numbers. Labels go there too, as they are.
///
/// Rounded rollups are left out: one who takes persons that are counted once for persons that add up works out more from
/// rounded rows than their bases leave open.
pub fn is_public(table: &PublishedTable, policy: &PublicPolicy) -> bool {
    let counts_people = || table.measures().any(|(_, s)| s.is_some_and(|s| s.counts != Counts::Nobody));
    let is_left_out = policy.base.is_some() && table.rollup().is_some() && counts_people();
    table.editions.contains(&Edition::Public) && table.holds_numbers() && !is_left_out
}
