//! Which export of a snapshot dataset stands, and which are held back because they lost too much.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::fates::{Force, RowState, Versions, by_scope};
use crate::schema::Load;

/// What one export of a snapshot dataset replaces.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SnapshotScope {
    /// The county's earlier exports.
    #[default]
    County,
    /// Earlier exports from the same folder below the source.
    Folder,
}

impl SnapshotScope {
    pub fn as_str(self) -> &'static str {
        match self {
            SnapshotScope::County => "county",
            SnapshotScope::Folder => "folder",
        }
    }

    pub fn parse(name: &str) -> Option<Self> {
        [SnapshotScope::County, SnapshotScope::Folder].into_iter().find(|s| s.as_str() == name)
    }
}

/// The rules of snapshot datasets that the config sets.
#[derive(Clone, Debug)]
pub struct SnapshotRules {
    /// The least share of the keys that stood which a newer export must have to stand at once.
    pub min_share: f64,
    /// Fewer keys that stood than these say nothing of what is missing.
    pub least_keys: u64,
    pub scope: SnapshotScope,
    /// SHA-256 of files that a person let stand, whatever they lost.
    pub accepted: BTreeSet<String>,
}

/// Why an export is held back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shrunk {
    /// Distinct keys of its valid rows.
    pub has: u64,
    /// Those of the export that stands.
    pub stood: u64,
}

/// A table as the order of exports sees it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Exported {
    pub scope: u32,
    pub export_day: i32,
    /// A person let its file stand.
    pub accepted: bool,
    /// Its rows mend those of other exports, in which they stand: it is no export itself.
    pub mends: bool,
}

/// What is in force of each table, and why a held-back one is.
///
/// Exports are taken in the order of their dates, whenever they arrived. Each is compared with the one that
/// stood before it; one that is held back is compared with nothing later.
pub(super) fn in_force(
    load: Load,
    tables: &[Exported],
    rows: &[RowState<'_>],
    versions: &Versions,
    min_share: f64,
    least_keys: u64,
) -> (Vec<Force>, Vec<Option<Shrunk>>) {
    if load == Load::Upsert {
        return (vec![Force::Full; tables.len()], vec![None; tables.len()]);
    }
    let mut exports: BTreeMap<u32, BTreeMap<i32, (u64, bool)>> = BTreeMap::new();
    for table in tables.iter().filter(|t| !t.mends) {
        exports.entry(table.scope).or_default().entry(table.export_day).or_default().1 |= table.accepted;
    }
    let mut days: Vec<i32> = Vec::new();
    for of_scope in versions.by_key(rows).flat_map(|of_key| by_scope(of_key, rows)) {
        let of = |i: &u32| &rows[*i as usize];
        days.clear();
        days.extend(of_scope.iter().map(of).filter(|r| r.is_valid()).map(|r| r.export_day));
        days.sort_unstable();
        days.dedup();
        let of_scope = exports.get_mut(&of(&of_scope[0]).scope).expect("a row stands in a table");
        for day in &days {
            of_scope.get_mut(day).expect("a row stands in a table").0 += 1;
        }
    }
    let mut standing: BTreeMap<u32, i32> = BTreeMap::new();
    let mut held: BTreeMap<(u32, i32), Shrunk> = BTreeMap::new();
    for (scope, of_scope) in &exports {
        let mut stood = 0;
        for (day, &(has, accepted)) in of_scope {
            // A share that comes out a hair above a whole number asks for no more than that number.
            let too_few = stood >= least_keys && (has as f64) + 1e-9 < min_share * stood as f64;
            if too_few && !accepted {
                held.insert((*scope, *day), Shrunk { has, stood });
            } else {
                standing.insert(*scope, *day);
                stood = has;
            }
        }
    }
    let force = |t: &Exported| match t.export_day.cmp(standing.get(&t.scope).unwrap_or(&t.export_day)) {
        _ if t.mends => Force::Earlier,
        std::cmp::Ordering::Equal => Force::Full,
        // What a newer export of enough rows came after is an earlier export like any other.
        std::cmp::Ordering::Less => Force::Earlier,
        std::cmp::Ordering::Greater => Force::HeldBack,
    };
    let why = |t: &Exported| held.get(&(t.scope, t.export_day)).copied().filter(|_| force(t) == Force::HeldBack);
    (tables.iter().map(force).collect(), tables.iter().map(why).collect())
}
