//! What the judgement of a partition starts from.

use std::collections::{BTreeMap, HashMap};

use super::conflict::StatedPeople;
use super::known::{KnownKeys, KnownRow};
use super::register::{FileEntry, TableEntry};
use super::shrink::SnapshotRules;
use crate::schema::divisions::Divisions;
use crate::schema::{Schemas, Table};
use crate::store::Store;

/// What all partitions are judged against.
pub struct LedgerContext<'a> {
    pub store: &'a Store,
    pub schemas: &'a Schemas,
    pub divisions: &'a Divisions,
    pub as_of: i32,
    pub snapshots: SnapshotRules,
    pub people: &'a dyn StatedPeople,
    pub unjudged: Unjudged,
}

/// What cannot be judged of rows that are tried by themselves.
#[derive(Clone, Copy, Debug, Default)]
pub struct Unjudged {
    /// The tree of divisions is not known.
    pub divisions: bool,
    /// Rows of a dataset of which a county has sent nothing may be there all the same.
    pub absent_parents: bool,
}

/// Known keys of every county's [`named_datasets`](super::named_datasets).
#[derive(Default)]
pub struct Parents {
    pub(super) by_table: HashMap<String, BTreeMap<String, KnownKeys>>,
}

impl Parents {
    /// Known keys of a dataset by county.
    pub fn of(&self, table: &str) -> Option<&BTreeMap<String, KnownKeys>> {
        self.by_table.get(table)
    }

    /// Whether anything is known of one of some tables, of a county or of all.
    pub fn knows_any(&self, tables: &[&Table], county: &str, city_wide: bool) -> bool {
        let of_tables = tables.iter().filter_map(|table| self.by_table.get(&table.name));
        of_tables.into_iter().any(|counties| counties.contains_key(county) || city_wide && !counties.is_empty())
    }

    /// The parent row that a value of a county's row names, in the first of some tables that knows it.
    pub fn find(&self, tables: &[&Table], county: &str, city_wide: bool, value: &str) -> Option<&KnownRow> {
        let of_tables = || tables.iter().filter_map(|table| self.by_table.get(&table.name));
        match of_tables().find_map(|counties| counties.get(county)?.rows.get(value)) {
            None if city_wide => of_tables().flat_map(BTreeMap::values).find_map(|k| k.rows.get(value)),
            found => found,
        }
    }
}

/// A table with the file of the inbox in which it came.
#[derive(Clone)]
pub(super) struct TableOfFile<'a> {
    pub table: &'a TableEntry,
    pub file: &'a FileEntry,
    /// Other content has since been read under the file's path.
    pub replaced: bool,
    /// Its rows mend those of another county, which sends them in this folder below the inbox.
    pub elsewhere: Option<String>,
}
