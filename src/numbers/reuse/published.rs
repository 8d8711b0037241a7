//! Numbers of the current snapshot, read again to be reused.

use std::collections::{BTreeSet, HashMap};
use std::path::Path;
use std::sync::Arc;

use arrow::array::{Array, Int64Array};

use super::keys::set_name;
use super::patch::NumberPatch;
use super::plan::ReusePlan;
use crate::catalogue::{indicators_path, rollup_path};
use crate::engine::side_by_side;
use crate::error::Result;
use crate::numbers::count::{AllCells, Counting};
use crate::numbers::facts::{Period, PeriodKind};
use crate::numbers::indicators::{CellGrid, IndicatorCells};
use crate::numbers::rollups::{PublishedRows, RollupTable};
use crate::publish::{self, TextColumn, column};
use crate::schema::divisions::Level;
use crate::schema::indicator::Denominator;
use crate::schema::{Indicator, Rollup};
use crate::store::Store;
use crate::tally::Coded;

/// All numbers, as far as they are put together.
pub struct Together<'a> {
    pub cells: AllCells,
    /// In the order of the declarations.
    pub rollups: Vec<RollupTable<'a>>,
}

/// Adds the published numbers that are the same tonight, and those that a patch puts right.
///
/// # Errors
/// `Input`: the current snapshot is damaged.
pub fn add_published(
    counting: &Counting<'_>,
    plan: &ReusePlan,
    patch: Option<&NumberPatch<'_>>,
    together: &mut Together<'_>,
) -> Result<()> {
    let wanted: BTreeSet<String> = plan.same.union(&plan.patch).cloned().collect();
    if wanted.is_empty() {
        return Ok(());
    }
    let (store, schemas) = (counting.inputs.store, counting.inputs.schemas);
    let mut published = published_cells(store, &schemas.indicators, counting.periods, counting.inputs.grid, &wanted)?;
    for period in counting.periods {
        for (index, i) in schemas.indicators.iter().enumerate() {
            let name = set_name(&i.id, period);
            for level in &i.levels {
                let place = (index, counting.window_of(i, period), *level);
                let Some(mut cells) = published.remove(&(name.clone(), *level)) else { continue };
                if let Some(patch) = patch.filter(|_| plan.patch.contains(&name)) {
                    patch.apply(&place, &mut cells);
                }
                together.cells.entry(place).or_insert(cells);
            }
        }
    }
    let tables = schemas.rollups.iter().zip(&mut together.rollups);
    let tables: Vec<_> = tables.filter(|(r, _)| !plan.files.contains_key(&r.name)).collect();
    side_by_side(tables, |(rollup, table)| {
        let is_wanted = |p: &&Period| wanted.contains(&set_name(&rollup.name, p));
        let of: Vec<&Period> = counting.periods.iter().filter(is_wanted).collect();
        published_rollup(store, rollup, &of, table)
    })?;
    Ok(())
}

/// Cells of indicators in periods, from the current snapshot. `wanted` holds `indicator id/period`.
fn published_cells(
    store: &Store,
    indicators: &[Indicator],
    periods: &[Period],
    grid: &CellGrid,
    wanted: &BTreeSet<String>,
) -> Result<HashMap<(String, Level), IndicatorCells>> {
    // A kind that the config names only since tonight has no file to take anything from.
    let has_cells = |p: &Period| indicators.iter().any(|i| wanted.contains(&set_name(&i.id, p)));
    let kinds: BTreeSet<PeriodKind> = periods.iter().filter(|p| has_cells(p)).map(|p| p.kind).collect();
    let of_kinds = side_by_side(kinds.into_iter().collect(), |kind| {
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
) -> Result<HashMap<(String, Level), IndicatorCells>> {
    let mut all: Vec<((String, Level), IndicatorCells)> = Vec::new();
    let mut place_of: HashMap<(String, Level), usize> = HashMap::new();
    let names = ["indicator", "level", "division_code", "period", "numerator", "denominator"];
    for batch in publish::read(path, Some(&names))? {
        let (ids, levels) = (TextColumn::of(&batch, "indicator")?, TextColumn::of(&batch, "level")?);
        let (codes, periods) = (TextColumn::of(&batch, "division_code")?, TextColumn::of(&batch, "period")?);
        let (numerators, denominators): (&Int64Array, &Int64Array) =
            (column(&batch, "numerator")?, column(&batch, "denominator")?);
        let place = codes.each(|code| grid.index(code));
        let level = levels.each(Level::parse);
        // Where the cells of an indicator, period and level stand; found once for each of them.
        let mut at: Vec<Option<Option<usize>>> = vec![None; ids.texts.len() * periods.texts.len() * level.len()];
        for row in 0..batch.num_rows() {
            let (id, period) = (ids.text_of_row[row] as usize, periods.text_of_row[row] as usize);
            let (Some(place), Some(level_of_row)) =
                (place[codes.text_of_row[row] as usize], level[levels.text_of_row[row] as usize])
            else {
                continue;
            };
            let slot = (id * periods.texts.len() + period) * level.len() + levels.text_of_row[row] as usize;
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
                        all.push((key, IndicatorCells { numerators: vec![0; size], denominators }));
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
fn published_rollup(store: &Store, rollup: &Rollup, periods: &[&Period], table: &mut RollupTable<'_>) -> Result<()> {
    if periods.is_empty() {
        return Ok(());
    }
    for batch in publish::read(&store.current().join(rollup_path(rollup)), None)? {
        let of_periods = TextColumn::of(&batch, "period")?;
        let period = of_periods.each(|id| periods.iter().position(|p| p.id == id));
        let wanted = |row: &usize| period[of_periods.text_of_row[*row] as usize].is_some();
        let rows: Vec<usize> = (0..batch.num_rows()).filter(wanted).collect();
        let period_of = |row: &usize| period[of_periods.text_of_row[*row] as usize].map(|p| p as u32);
        table.add_published(PublishedRows {
            levels: coded(&TextColumn::of(&batch, "level")?, &rows),
            codes: coded(&TextColumn::of(&batch, "division_code")?, &rows),
            period_of_row: rows.iter().filter_map(period_of).collect(),
            periods,
            dimensions: rollup
                .dimensions
                .iter()
                .map(|d| Ok(coded(&TextColumn::of(&batch, &d.name)?, &rows)))
                .collect::<Result<_>>()?,
            measures: rollup
                .measures
                .iter()
                .map(|measure| {
                    let of: &Int64Array = column(&batch, &measure.name)?;
                    Ok(rows.iter().map(|row| of.value(*row)).collect())
                })
                .collect::<Result<_>>()?,
        });
    }
    Ok(())
}

/// Some rows of a text column.
fn coded(column: &TextColumn<'_>, rows: &[usize]) -> Coded {
    let codes = rows.iter().map(|row| column.text_of_row[*row]).collect();
    Coded { codes, texts: Arc::new(column.each(ToOwned::to_owned)) }
}
