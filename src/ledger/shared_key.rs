//! Rejected rows whose key another row of their export bears for somebody or something else: a right version of the
//! other one mends none of them.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::conflict::{StatedPeople, clearly_different, stated};
use super::fates::RowState;
use super::register::TableEntry;
use crate::error::Result;
use crate::schema::Table;

/// Rows of one key that are compared with each, at most.
const MOST_COMPARED: usize = 100;

/// Rejected rows under a key that another row of their export bears for somebody else, each with that row. In datasets
/// without persons: under a key of which no row could be used, with one that says something else.
/// `exports` names the export of each table.
pub(super) fn shared_keys(
    people: &dyn StatedPeople,
    table: &Table,
    (tables, starts): (&[&TableEntry], &[u32]),
    exports: &[u32],
    rows: &[RowState<'_>],
) -> Result<HashMap<u32, u32>> {
    let row = |i: u32| &rows[i as usize];
    let keys: HashSet<&str> = rows.iter().filter(|r| r.rejected).filter_map(|r| r.key).collect();
    if keys.is_empty() {
        return Ok(HashMap::new());
    }
    let mut by_export: BTreeMap<(&str, u32, u32), Vec<u32>> = BTreeMap::new();
    for (i, r) in (0..).zip(rows).filter(|(_, r)| !r.void && !r.aside) {
        if let Some(key) = r.key.filter(|key| keys.contains(key)) {
            by_export.entry((key, r.scope, exports[r.place as usize])).or_default().push(i);
        }
    }
    let is_wanted = |group: &Vec<u32>| {
        group.iter().any(|i| row(*i).rejected) && group.iter().any(|i| row(*i).content != row(group[0]).content)
    };
    let groups: Vec<Vec<u32>> = by_export.into_values().filter(is_wanted).collect();
    let stated = stated(people, table, (tables, starts), rows, &groups)?;
    let is_another = |a: u32, b: u32| match (stated.get(&a), stated.get(&b)) {
        (Some(a), Some(b)) => clearly_different(people, a, b),
        _ => false,
    };
    let mut shared = HashMap::new();
    for group in &groups {
        let by_content = stated.is_empty() && group.iter().all(|i| row(*i).rejected);
        // Rows that were accepted tell more surely whose key it is.
        let mut others = group.clone();
        others.sort_by_key(|i| row(*i).rejected);
        others.truncate(MOST_COMPARED);
        for &i in group.iter().filter(|i| row(**i).rejected) {
            let differs = |other: &&u32| match by_content {
                true => row(**other).content != row(i).content && row(**other).entered_at == row(i).entered_at,
                false => is_another(i, **other),
            };
            shared.extend(others.iter().find(differs).map(|other| (i, *other)));
        }
    }
    Ok(shared)
}
