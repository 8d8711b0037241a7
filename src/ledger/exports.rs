//! Which files are one export.

use std::collections::{BTreeMap, HashMap};

use super::inputs::{LedgerContext, TableOfFile};
use super::shrink::{Exported, SnapshotScope};
use crate::schema::{Load, Table};

/// Which tables are one export, and what each is compared with.
pub(super) struct Exports {
    pub of_table: Vec<Exported>,
    /// The number of each table's export.
    pub number: Vec<u32>,
    /// Whether a table's rows mend those of another county.
    pub elsewhere: Vec<bool>,
    /// Whether a table is of a marked workbook of which other content came since under its name.
    pub gone: Vec<bool>,
}

impl Exports {
    /// A file is an export; of a snapshot dataset files of one date and scope are, but for content that was
    /// replaced under its path since: that is an export of its own.
    pub fn of(context: &LedgerContext<'_>, table: &Table, tables: &[TableOfFile<'_>]) -> Self {
        let by_folder = table.load == Load::Snapshot && context.snapshots.scope == SnapshotScope::Folder;
        let mut scopes: BTreeMap<&str, u32> = BTreeMap::new();
        for t in tables {
            scopes.entry(if by_folder { folder(&t.file.file) } else { "" }).or_default();
        }
        scopes.values_mut().zip(0..).for_each(|(scope, n)| *scope = n);
        let mut numbers: HashMap<(u32, i32, &str, &str), u32> = HashMap::new();
        let elsewhere = tables.iter().map(|t| t.elsewhere.is_some()).collect();
        let gone = tables.iter().map(|t| t.replaced && t.table.mends.is_some()).collect();
        let mut exports = Exports { of_table: Vec::new(), number: Vec::new(), elsewhere, gone };
        for t in tables {
            let scope = scopes[if by_folder { folder(&t.file.file) } else { "" }];
            let accepted = &context.snapshots.accepted;
            exports.of_table.push(Exported {
                scope,
                export_day: t.table.export_day,
                accepted: accepted.contains(&t.table.sha256) || accepted.contains(&t.file.sha256),
                mends: t.table.mends.is_some(),
            });
            let export = match table.load {
                Load::Snapshot if !t.replaced && t.table.mends.is_none() => (scope, t.table.export_day, "", ""),
                _ => (scope, t.table.export_day, t.table.file.as_str(), t.file.sha256.as_str()),
            };
            let next = numbers.len() as u32;
            exports.number.push(*numbers.entry(export).or_insert(next));
        }
        exports
    }
}

/// The folder below county and source in which a file lies.
pub(super) fn folder(path: &str) -> &str {
    let below = path.splitn(3, '/').nth(2).unwrap_or_default();
    below.rsplit_once('/').map_or("", |(folder, _)| folder)
}
