//! Numbers of the current snapshot that stand, read again; and files that stand whole.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;
use std::sync::Arc;

use arrow::array::{Array, DictionaryArray, Int64Array, RecordBatch, StringArray};
use arrow::datatypes::UInt32Type;
use rayon::prelude::*;

use super::carry::unit;
use crate::catalogue::{indicators_path, rollup_path};
use crate::engine::Coded;
use crate::error::{Error, Result};
use crate::facts::{Period, PeriodKind};
use crate::indicators::{CellGrid, Cells};
use crate::publish::{self, Manifest, ManifestOutput};
use crate::rollup::{PublishedRows, RollupTable};
use crate::schema::divisions::Level;
use crate::schema::indicator::Denominator;
use crate::schema::{Indicator, Rollup};
use crate::store::{Store, hash_file, hex};

/// A text column of a batch.
struct Texts<'b> {
    keys: &'b [u32],
    texts: &'b StringArray,
}

impl<'b> Texts<'b> {
    fn of(batch: &'b RecordBatch, name: &str) -> Result<Self> {
        let missing = || Error::bug(format!("the published column `{name}` is missing"));
        let column: &DictionaryArray<UInt32Type> =
            batch.column_by_name(name).and_then(|c| c.as_any().downcast_ref()).ok_or_else(missing)?;
        let texts = column.values().as_any().downcast_ref().ok_or_else(missing)?;
        Ok(Texts { keys: column.keys().values(), texts })
    }

    /// What each distinct text stands for.
    fn each<T>(&self, of: impl Fn(&str) -> T) -> Vec<T> {
        (0..self.texts.len()).map(|i| of(self.texts.value(i))).collect()
    }

    fn taken(&self, rows: &[usize]) -> Coded {
        Coded { codes: rows.iter().map(|row| self.keys[*row]).collect(), texts: Arc::new(self.each(ToOwned::to_owned)) }
    }
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
    // A kind that the config names only since tonight has no file to take anything from.
    let stands = |p: &Period| indicators.iter().any(|i| wanted.contains(&unit(&i.id, p)));
    let kinds: BTreeSet<PeriodKind> = periods.iter().filter(|p| stands(p)).map(|p| p.kind).collect();
    let of_kinds = crate::engine::side_by_side(kinds.into_iter().collect(), |kind| {
        let path = store.current().join(indicators_path(kind));
        cells_of_kind(&path, indicators, grid, wanted)
    })?;
    Ok(of_kinds.into_iter().flatten().collect())
}

fn cells_of_kind(
    path: &Path,
    indicators: &[Indicator],
    grid: &CellGrid,
    wanted: &BTreeSet<String>,
) -> Result<HashMap<(String, Level), Cells>> {
    let mut all: Vec<((String, Level), Cells)> = Vec::new();
    let mut place_of: HashMap<(String, Level), usize> = HashMap::new();
    let names = ["indicator", "level", "division_code", "period", "numerator", "denominator"];
    for batch in publish::read(path, Some(&names))? {
        let (ids, levels) = (Texts::of(&batch, "indicator")?, Texts::of(&batch, "level")?);
        let (codes, periods) = (Texts::of(&batch, "division_code")?, Texts::of(&batch, "period")?);
        let (numerators, denominators) = (ints(&batch, "numerator")?, ints(&batch, "denominator")?);
        let place = codes.each(|code| grid.index(code));
        let level = levels.each(Level::parse);
        // Where the cells of an indicator, period and level stand; found once for each of them.
        let mut at: Vec<Option<Option<usize>>> = vec![None; ids.texts.len() * periods.texts.len() * level.len()];
        for row in 0..batch.num_rows() {
            let (id, period) = (ids.keys[row] as usize, periods.keys[row] as usize);
            let (Some(place), Some(level_of_row)) = (place[codes.keys[row] as usize], level[levels.keys[row] as usize])
            else {
                continue;
            };
            let slot = (id * periods.texts.len() + period) * level.len() + levels.keys[row] as usize;
            let found = *at[slot].get_or_insert_with(|| {
                let id = ids.texts.value(id);
                let name = format!("{id}/{}", periods.texts.value(period));
                wanted.contains(&name).then(|| {
                    let has_part =
                        indicators.iter().any(|i| i.id == id && matches!(i.denominator, Denominator::Part(_)));
                    let key = (name, level_of_row);
                    *place_of.entry(key.clone()).or_insert_with(|| {
                        let size = grid.codes(level_of_row).len();
                        let denominators = if has_part { vec![0; size] } else { Vec::new() };
                        all.push((key, Cells { numerators: vec![0; size], denominators }));
                        all.len() - 1
                    })
                })
            });
            if let Some(found) = found {
                let of = &mut all[found].1;
                of.numerators[place] = numerators.value(row);
                if !of.denominators.is_empty() && denominators.is_valid(row) {
                    of.denominators[place] = denominators.value(row);
                }
            }
        }
    }
    Ok(all.into_iter().collect())
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
    for batch in publish::read(&store.current().join(rollup_path(rollup)), None)? {
        let of_periods = Texts::of(&batch, "period")?;
        let period = of_periods.each(|id| periods.iter().position(|p| p.id == id));
        let wanted = |row: &usize| period[of_periods.keys[*row] as usize].is_some();
        let rows: Vec<usize> = (0..batch.num_rows()).filter(wanted).collect();
        let period_of = |row: &usize| period[of_periods.keys[*row] as usize].map(|p| p as u32);
        table.add_published(PublishedRows {
            levels: Texts::of(&batch, "level")?.taken(&rows),
            codes: Texts::of(&batch, "division_code")?.taken(&rows),
            period_of_row: rows.iter().filter_map(period_of).collect(),
            periods,
            dimensions: rollup
                .dimensions
                .iter()
                .map(|d| Ok(Texts::of(&batch, &d.name)?.taken(&rows)))
                .collect::<Result<_>>()?,
            measures: rollup
                .measures
                .iter()
                .map(|m| {
                    let of = ints(&batch, &m.name)?;
                    Ok(rows.iter().map(|row| of.value(*row)).collect())
                })
                .collect::<Result<_>>()?,
        });
    }
    Ok(())
}

/// The files of the current snapshot that still are what its manifest says, by path.
pub fn published_files(store: &Store) -> BTreeMap<String, ManifestOutput> {
    let manifest = std::fs::read(store.current().join("manifest.json")).ok();
    let manifest = manifest.and_then(|bytes| serde_json::from_slice::<Manifest>(&bytes).ok());
    let outputs = manifest.map(|m| m.outputs).unwrap_or_default().into_par_iter();
    outputs.filter(|file| is_whole(&store.current(), file)).map(|file| (file.path.clone(), file)).collect()
}

/// Paths of the outputs below a snapshot that are not what its manifest says.
pub fn damaged_outputs(snapshot: &Path, manifest: &Manifest) -> Vec<String> {
    let outputs = manifest.outputs.par_iter();
    outputs.filter(|file| !is_whole(snapshot, file)).map(|file| file.path.clone()).collect()
}

fn is_whole(snapshot: &Path, file: &ManifestOutput) -> bool {
    hash_file(&snapshot.join(&file.path)).is_ok_and(|hash| hex(&hash) == file.sha256)
}
