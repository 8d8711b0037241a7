//! Numbers taken over from the night before, where nothing that they are made of has changed.
//!
//! Each set of numbers (an indicator or a rollup in a period) has a key: a digest of the SQL with the
//! window's days in it, of the divisions, and of the rows that the SQL can see. Where tonight's key is
//! that of the current snapshot, its published rows are read again instead of counted again.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs;
use std::path::PathBuf;

use arrow::array::{Array, Int64Array, RecordBatch, StringArray};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::engine::Session;
use crate::error::{Error, Result};
use crate::facts::{FactBook, Period, Window};
use crate::indicators::{CellGrid, Cells};
use crate::rollup::RollupTable;
use crate::schema::divisions::{Divisions, Level};
use crate::schema::indicator::Denominator;
use crate::schema::{FactKind, Indicator, Rollup, day};
use crate::store::table_file::{read_table, write_atomic};
use crate::store::{Store, hex};

/// Digests of base facts, by fact: by month where its rows have a day.
pub struct BaseDigests {
    by_fact: BTreeMap<String, BTreeMap<i32, [u64; 3]>>,
    /// Months after E's that a window may look at: referrals are closed after E.
    months_after: i32,
    divisions: String,
}

impl BaseDigests {
    /// Digests of the base facts in a session.
    ///
    /// # Errors
    /// Bugs.
    pub fn of(
        session: &Session,
        book: &FactBook,
        roots: &[&str],
        divisions: &Divisions,
        days_after: u32,
    ) -> Result<Self> {
        let names: BTreeSet<String> = book
            .closure(roots)
            .into_iter()
            .flat_map(|f| f.reads.iter().cloned())
            .filter(|name| session.contains(name) && !matches!(name.as_str(), "place" | "calendar"))
            .collect();
        let digests = crate::engine::side_by_side(names.into_iter().collect(), |name| {
            let day_column = book.fact(&name).and_then(|f| f.day_column.clone());
            let frame = session.table(&name).ok_or_else(|| Error::bug("a table that is gone"))?;
            Ok((name, frame.digest(day_column.as_deref())?))
        })?;
        let mut hasher = Sha256::new();
        for (code, name) in divisions.iter() {
            hasher.update(format!("{code}\0{name}\0"));
        }
        Ok(BaseDigests {
            by_fact: digests.into_iter().collect(),
            months_after: 1 + days_after.div_ceil(28) as i32,
            divisions: hex(&hasher.finalize()),
        })
    }

    /// The key of what is counted over some facts in a window.
    ///
    /// # Errors
    /// `Schema`: a parameter without a value.
    pub fn key(
        &self,
        book: &FactBook,
        roots: &[&str],
        window: Window,
        villages: &[String],
        what: &str,
    ) -> Result<String> {
        let mut hasher = Sha256::new();
        let mut add = |text: &str| {
            hasher.update((text.len() as u64).to_le_bytes());
            hasher.update(text.as_bytes());
        };
        add(env!("CARGO_PKG_VERSION"));
        add(what);
        add(&self.divisions);
        add(&format!("{:?}", window.months()));
        let last = day::month_index(window.e_day) + self.months_after;
        let mut read: BTreeSet<&str> = roots.iter().copied().collect();
        for fact in book.closure(roots) {
            if fact.kind != FactKind::Base {
                add(&book.sql(fact, Some((window, villages)))?);
                read.extend(fact.reads.iter().map(String::as_str));
            }
        }
        for name in read {
            let Some(months) = self.by_fact.get(name) else { continue };
            add(name);
            for (month, digest) in months.range(..=last) {
                add(&format!("{month} {digest:?}"));
            }
        }
        Ok(hex(&hasher.finalize()))
    }
}

/// Keys of a snapshot's numbers, as they are kept.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeptKeys {
    pub snapshot: String,
    /// By `indicator id/period` and `rollup name/period`.
    pub keys: BTreeMap<String, String>,
}

fn kept_path(store: &Store) -> PathBuf {
    store.private().join("numbers.json")
}

impl KeptKeys {
    /// The keys of the current snapshot; none when they are of another one.
    pub fn load(store: &Store) -> Self {
        let current =
            fs::read_link(store.current()).ok().and_then(|l| l.file_name().map(|n| n.to_string_lossy().into_owned()));
        fs::read(kept_path(store))
            .ok()
            .and_then(|bytes| serde_json::from_slice::<KeptKeys>(&bytes).ok())
            .filter(|kept| Some(&kept.snapshot) == current.as_ref())
            .unwrap_or_default()
    }

    /// Keeps the keys of a snapshot.
    ///
    /// # Errors
    /// `Output`.
    pub fn save(&self, store: &Store) -> Result<()> {
        let path = kept_path(store);
        let bytes = serde_json::to_vec(self).map_err(|e| Error::output(&path, e))?;
        write_atomic(&path, &bytes)
    }

    /// Whether a set of numbers is what it was.
    pub fn holds(&self, name: &str, key: &str) -> bool {
        self.keys.get(name).is_some_and(|k| k == key)
    }
}

/// The name of a set of numbers among the keys.
pub fn unit(of: &str, period: &Period) -> String {
    format!("{of}/{}", period.id)
}

fn text<'b>(batch: &'b RecordBatch, name: &str) -> Result<&'b StringArray> {
    batch
        .column_by_name(name)
        .and_then(|c| c.as_any().downcast_ref())
        .ok_or_else(|| Error::bug(format!("the published column `{name}` is missing")))
}

fn ints<'b>(batch: &'b RecordBatch, name: &str) -> Result<&'b Int64Array> {
    batch
        .column_by_name(name)
        .and_then(|c| c.as_any().downcast_ref())
        .ok_or_else(|| Error::bug(format!("the published column `{name}` is missing")))
}

/// Cells of indicators in periods, from the current snapshot. `wanted` holds `indicator id/period`.
///
/// # Errors
/// `Input`: the current snapshot is damaged.
pub fn published_cells(
    store: &Store,
    indicators: &[Indicator],
    periods: &[Period],
    grid: &CellGrid,
    wanted: &BTreeSet<String>,
) -> Result<HashMap<(String, Level), Cells>> {
    let mut cells: HashMap<(String, Level), Cells> = HashMap::new();
    // A kind that the config names only since tonight has no file to take anything from.
    let stands = |p: &Period| indicators.iter().any(|i| wanted.contains(&unit(&i.id, p)));
    let kinds: BTreeSet<&str> = periods.iter().filter(|p| stands(p)).map(|p| p.kind.as_str()).collect();
    for kind in kinds {
        let path = store.current().join(format!("internal/indicators/{kind}.parquet"));
        let names = ["indicator", "level", "division_code", "period", "numerator", "denominator"];
        for batch in read_table(&path, Some(&names))? {
            let batch = batch?;
            let (ids, levels, codes, of_periods) = (
                text(&batch, "indicator")?,
                text(&batch, "level")?,
                text(&batch, "division_code")?,
                text(&batch, "period")?,
            );
            let (numerators, denominators) = (ints(&batch, "numerator")?, ints(&batch, "denominator")?);
            let mut last: Option<(&str, bool)> = None;
            for row in 0..batch.num_rows() {
                // Rows come indicator by indicator; most of a batch is of one.
                let id = ids.value(row);
                let has_part = match last {
                    Some((before, has_part)) if before == id => has_part,
                    _ => indicators.iter().any(|i| i.id == id && matches!(i.denominator, Denominator::Part(_))),
                };
                last = Some((id, has_part));
                let name = format!("{id}/{}", of_periods.value(row));
                let (Some(level), Some(place)) = (Level::parse(levels.value(row)), grid.index(codes.value(row))) else {
                    continue;
                };
                if !wanted.contains(&name) {
                    continue;
                }
                let size = grid.codes(level).len();
                let of = cells.entry((name, level)).or_insert_with(|| Cells {
                    numerators: vec![0; size],
                    denominators: if has_part { vec![0; size] } else { Vec::new() },
                });
                of.numerators[place] = numerators.value(row);
                if has_part && denominators.is_valid(row) {
                    of.denominators[place] = denominators.value(row);
                }
            }
        }
    }
    Ok(cells)
}

/// Adds the current snapshot's rows of a rollup for the periods given.
///
/// # Errors
/// `Input`: the current snapshot is damaged.
pub fn published_rollup(
    store: &Store,
    rollup: &Rollup,
    periods: &[&Period],
    table: &mut RollupTable<'_>,
) -> Result<()> {
    if periods.is_empty() {
        return Ok(());
    }
    let by_id: HashMap<&str, &Period> = periods.iter().map(|p| (p.id.as_str(), *p)).collect();
    let path = store.current().join(format!("internal/rollups/{0}/{0}.parquet", rollup.name));
    for batch in read_table(&path, None)? {
        let batch = batch?;
        let (levels, codes, of_periods) =
            (text(&batch, "level")?, text(&batch, "division_code")?, text(&batch, "period")?);
        let dimensions: Vec<&StringArray> =
            rollup.dimensions.iter().map(|d| text(&batch, &d.name)).collect::<Result<_>>()?;
        let measures: Vec<&Int64Array> =
            rollup.measures.iter().map(|(name, _)| ints(&batch, name)).collect::<Result<_>>()?;
        for row in 0..batch.num_rows() {
            let (Some(period), Some(level)) = (by_id.get(of_periods.value(row)), Level::parse(levels.value(row)))
            else {
                continue;
            };
            table.add_row(
                level,
                codes.value(row),
                period,
                dimensions.iter().map(|d| d.value(row)),
                measures.iter().map(|m| m.value(row)),
            );
        }
    }
    Ok(())
}
