//! What share of an edition is hidden and why, and what the other method would hide.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use arrow::array::StringArray;

use super::public_edition::{DISCLOSURE, EditionNote, inputs_of, no_edition};
use crate::catalogue::{Catalogue, Edition, HIDDEN_CELLS, rollup_of};
use crate::error::Result;
pub use crate::protect::compare::MethodShare;
use crate::protect::compare::with_method;
use crate::protect::inputs::is_public;
use crate::publish::column;
use crate::schema::{Rollup, Schemas};
use crate::store::table_file::read_table;

/// Shares of hidden numbers of one level and indicator or rollup.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Share {
    pub name: String,
    pub level: String,
    /// Rows that count persons or things of persons.
    pub rows: usize,
    pub hidden: usize,
    pub small: usize,
    pub complementary: usize,
    pub earlier: usize,
    /// What the other method would do; `None` where it is not safe.
    pub other: Option<MethodShare>,
}

/// The base of the method that the policy does not name: for one that hides, the least round number that can be safe;
/// `None` for one that rounds.
pub fn other_base(schemas: &Schemas) -> Option<i64> {
    let policy = &schemas.disclosure.public;
    policy.base.is_none().then(|| 2 * policy.smallest)
}

/// What share is hidden, by level and indicator or rollup, and why.
///
/// # Errors
/// `Usage`: there is no edition. `Output`: it cannot be read.
pub fn report(snapshot: &Path, schemas: &Schemas) -> Result<(EditionNote, Vec<Share>)> {
    let note = EditionNote::of(snapshot).ok_or_else(|| no_edition(snapshot))?;
    let mut shares: BTreeMap<(String, String), Share> = BTreeMap::new();
    let catalogue = Catalogue::of(schemas);
    for table in catalogue.tables.iter().filter(|t| is_public(t, &schemas.disclosure.public) && t.name != "scorecard") {
        let path: PathBuf = snapshot.join(table.path(Edition::Public));
        if !path.is_file() {
            continue;
        }
        for batch in read_table(&path, Some(&["indicator", "level"]))? {
            let batch = batch?;
            let level: &StringArray = column(&batch, "level")?;
            let name: Option<&StringArray> = column(&batch, "indicator").ok();
            for row in 0..batch.num_rows() {
                let name = name.map_or(table.name.as_str(), |n| n.value(row));
                count(&mut shares, name, level.value(row)).rows += 1;
            }
        }
    }
    let mut last: [String; 5] = Default::default();
    for batch in read_table(&snapshot.join(DISCLOSURE).join(HIDDEN_CELLS), None)? {
        let batch = batch?;
        let columns = ["table", "indicator", "level", "division_code", "period", "dimensions", "reason"]
            .map(|name| column::<StringArray>(&batch, name));
        let [table, name, level, code, period, dimensions, reason] = columns;
        let (table, name, level, code) = (table?, name?, level?, code?);
        let (period, dimensions, reason) = (period?, dimensions?, reason?);
        for row in 0..batch.num_rows() {
            if table.value(row) == "scorecard" {
                continue;
            }
            // Measures of one row follow each other.
            let of_row = [table, name, code, period, dimensions].map(|column| column.value(row));
            if last.each_ref().map(String::as_str) == of_row {
                continue;
            }
            last = of_row.map(str::to_owned);
            let name = rollup_of(table.value(row)).map_or_else(|| name.value(row), |_| table.value(row));
            let share = count(&mut shares, name, level.value(row));
            share.hidden += 1;
            match reason.value(row) {
                "small" => share.small += 1,
                "earlier" => share.earlier += 1,
                _ => share.complementary += 1,
            }
        }
    }
    let inputs = inputs_of(snapshot, schemas, &catalogue, &note);
    if let Some(others) = with_method(&inputs, other_base(schemas))? {
        for (key, other) in others {
            if other.hidden > 0 || shares.contains_key(&key) {
                count(&mut shares, &key.0, &key.1).other = Some(other);
            }
        }
    }
    let tells = |s: &Share| s.hidden > 0 || s.other.as_ref().is_some_and(|o| o.hidden > 0);
    Ok((note, shares.into_values().filter(tells).collect()))
}

fn count<'s>(shares: &'s mut BTreeMap<(String, String), Share>, name: &str, level: &str) -> &'s mut Share {
    shares.entry((name.to_owned(), level.to_owned())).or_insert_with(|| Share {
        name: name.to_owned(),
        level: level.to_owned(),
        ..Share::default()
    })
}

/// The rollup that a share of this name is of.
pub fn rollup_named<'s>(name: &str, schemas: &'s Schemas) -> Option<&'s Rollup> {
    rollup_of(name).and_then(|name| schemas.rollups.iter().find(|r| r.name == name))
}
