//! What changed between two snapshots, number by number.

mod divisions;
mod indicators;
pub mod number;
mod scores;
mod snapshots;

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Serialize;

use super::public_edition::no_edition;
use crate::catalogue::{Catalogue, Edition};
use crate::error::Result;
use crate::schema::divisions::Level;
use crate::schema::{PeriodKind, Schemas};
use crate::store::Store;
use number::{Change, Filter, ScoreChange};
use snapshots::{Snapshot, both};

/// What is compared.
pub struct AskedSnapshots<'a> {
    pub store: Option<&'a Store>,
    pub old: Option<&'a str>,
    pub new: Option<&'a str>,
    /// The public editions are compared, not the exact numbers.
    pub public: bool,
    /// Codes or names of divisions, each with all that lies in it.
    pub divisions: &'a [String],
    pub filter: Filter,
}

/// A snapshot, as it is told of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DiffSide {
    pub snapshot: String,
    pub as_of: String,
}

/// How much changed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Totals {
    /// Numbers that both snapshots have.
    pub compared: u64,
    pub changed: u64,
    /// Numbers that only the newer, or only the older snapshot has.
    pub added: u64,
    pub removed: u64,
    pub changed_by_level: BTreeMap<String, u64>,
    pub targets_compared: u64,
    pub targets_changed: u64,
    pub verdicts_changed: u64,
    /// Other tables whose content is not what it was.
    pub other_tables: Vec<String>,
}

/// What changed, the weightiest first; what only one snapshot has comes last.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SnapshotDifference {
    pub old: DiffSide,
    pub new: DiffSide,
    pub targets: Vec<ScoreChange>,
    pub numbers: Vec<Change>,
    pub totals: Totals,
}

/// Compares an edition of two snapshots.
///
/// # Errors
/// `Usage`: no two such snapshots, one has no such edition, or none has such a division. `Output`: a table cannot be read.
pub fn diff(schemas: &Schemas, asked: &AskedSnapshots<'_>) -> Result<SnapshotDifference> {
    let (old, new) = both(asked.store, asked.old, asked.new)?;
    let edition = if asked.public { Edition::Public } else { Edition::Internal };
    for snapshot in [&old, &new] {
        if !snapshot.has(edition) {
            return Err(no_edition(&snapshot.dir));
        }
    }
    let mut filter = asked.filter.clone();
    filter.divisions.extend(divisions::codes(&old, &new, edition, asked.divisions)?);
    let mut totals = Totals::default();
    let mut numbers = Vec::new();
    for kind in PeriodKind::ALL.into_iter().rev() {
        let file = Catalogue::indicators_of(kind).file;
        let (before, now) = (old.table(edition, &file), new.table(edition, &file));
        match differing(&old, &new, edition, &file) {
            Some((old, new)) => {
                let found = indicators::compare(old.as_deref(), new.as_deref(), &filter)?;
                totals.compared += found.compared;
                numbers.extend(found.changes);
            }
            None => {
                if let Some((path, _)) = before.and(now) {
                    totals.compared += indicators::count(&path, &filter)?;
                }
            }
        }
    }
    for change in &numbers {
        match (&change.old, &change.new) {
            (None, _) => totals.added += 1,
            (_, None) => totals.removed += 1,
            _ => {
                totals.changed += 1;
                *totals.changed_by_level.entry(change.of.level.clone()).or_default() += 1;
            }
        }
    }
    let place = |id: &str| schemas.indicators.iter().position(|i| i.id == id).unwrap_or(usize::MAX);
    numbers.sort_by_cached_key(|c| {
        let one_sided = c.old.is_none() || c.new.is_none();
        (one_sided, std::cmp::Reverse(c.weight), order(&c.of, place(&c.of.indicator)))
    });
    let file = Catalogue::scorecard().file;
    let path = |snapshot: &Snapshot| snapshot.table(edition, &file).map(|(path, _)| path);
    let (before, now) = (path(&old), path(&new));
    let (mut targets, compared) = scores::compare(schemas, before.as_deref(), now.as_deref(), &filter)?;
    totals.targets_compared = compared;
    totals.targets_changed = targets.len() as u64;
    totals.verdicts_changed = targets.iter().filter(|t| t.is_of_verdict()).count() as u64;
    targets.sort_by_cached_key(|t| {
        let of = &t.change.of;
        (!t.is_of_verdict(), std::cmp::Reverse(t.change.weight), order(of, place(&of.indicator)), t.profile.clone())
    });
    totals.other_tables = others(schemas, &old, &new, edition);
    let side = |s: &Snapshot| DiffSide { snapshot: s.id.clone(), as_of: s.as_of.clone() };
    Ok(SnapshotDifference { old: side(&old), new: side(&new), targets, numbers, totals })
}

/// Among changes of one weight: the larger division first, then as the tables stand.
fn order(of: &number::NumberOf, place: usize) -> (usize, usize, String, String) {
    let digits = Level::parse(&of.level).map_or(usize::MAX, Level::digits);
    (digits, place, of.division_code.clone(), of.period.clone())
}

/// A file of the older and of the newer snapshot.
type Files = (Option<PathBuf>, Option<PathBuf>);

/// The files of a table in both snapshots; `None` where they are the same.
fn differing(old: &Snapshot, new: &Snapshot, edition: Edition, file: &str) -> Option<Files> {
    let (old, new) = (old.table(edition, file), new.table(edition, file));
    let hash = |of: &Option<(PathBuf, &str)>| of.as_ref().map(|(_, sha256)| (*sha256).to_owned());
    (hash(&old) != hash(&new)).then(|| (old.map(|(path, _)| path), new.map(|(path, _)| path)))
}

/// Names of the other tables that differ.
fn others(schemas: &Schemas, old: &Snapshot, new: &Snapshot, edition: Edition) -> Vec<String> {
    // Why an edition is safe is no number that anybody waits for.
    let is_told =
        |name: &str| ["indicators", "scorecard", "disclosure"].contains(&name.split('/').next().unwrap_or(name));
    let is_other = |name: &str| !is_told(name);
    let catalogue = Catalogue::of(schemas);
    let tables = catalogue.tables.iter().filter(|t| is_other(&t.name) && t.editions.contains(&edition));
    tables.filter(|t| differing(old, new, edition, &t.file).is_some()).map(|t| t.name.clone()).collect()
}
