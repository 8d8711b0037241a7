//! A public edition: what of each table is hidden, and the tables without it.

use std::path::Path;

use arrow::array::RecordBatch;
use rayon::prelude::*;

use super::batch::{NULL, days, each, texts, wholes};
use super::blocks::{self, Block, BlockHidden, EarlierEditions, IndicatorFiles, IndicatorRows, Lookup, Proof};
use super::cube::CubeHidden;
use super::earlier::known;
use super::indicators;
use super::inputs::{Inputs, is_public};
use super::linked_parts::ForcedCells;
use super::open_cells::open_cells;
use super::period_names::last_day;
use super::periods::PeriodsHidden;
use super::rollups::{self, EarlierRow, EarlierRows, RollupRows, StateElsewhere};
use super::scorecard::{self, ScoreHidden};
use super::shared_numbers::{SharedNumbers, SharedRows};
use super::shown::ShownParts;
use super::tree::DivisionTree;
use super::twelve_months::MonthWindows;
use super::witness::{CellRows, MoveRows, TableRows, WitnessCell};
use crate::catalogue::{Catalogue, PublishedTable, SCORECARD};
use crate::error::{Error, ErrorKind, Result, Words, words};
use crate::schema::PeriodKind;
use crate::schema::divisions::Level;

/// The rows of a rollup, what is hidden of them, and which were to stay hidden from before.
type RollupHidden = (RollupRows, CubeHidden, Vec<bool>);

/// A rollup, and what is hidden of it; nothing where it counts nobody.
type HiddenRollup = (PublishedTable, Option<RollupHidden>);

/// A rollup, its rows, and what is known of them from the edition before; nothing where it counts nobody.
type KnownRollup = (PublishedTable, Option<(RollupRows, EarlierRows)>);

/// What is hidden.
pub struct Protected {
    pub(super) divisions: DivisionTree,
    pub(super) rows: IndicatorRows,
    blocks: Vec<Block>,
    pub(super) hidden: Vec<BlockHidden>,
    periods: Vec<PeriodsHidden>,
    pub(super) scores: Vec<ScoreHidden>,
    pub(super) rollups: Vec<HiddenRollup>,
    pub(super) kinds: Vec<PeriodKind>,
    /// What of each indicator is rounded.
    pub(super) shown: Vec<ShownParts>,
}

/// Works out what must be hidden.
///
/// # Errors
/// `Unsafe`: of a small cell it cannot be shown that it stays open. `Output`: a table cannot be read.
pub fn protect(inputs: &Inputs<'_>) -> Result<Protected> {
    let policy = &inputs.schemas.disclosure.public;
    let all = &inputs.schemas.indicators;
    let files = files(&inputs.exact, &inputs.kinds, inputs.as_of);
    let (divisions, rows, blocks) = blocks::read(&files, all)?;
    let earlier = match &inputs.before {
        Some((exact, public, as_of)) => known(exact, public, *as_of, inputs, (&divisions, &blocks))?,
        None => EarlierEditions::default(),
    };
    let (hidden, periods, rollups) = hide_alike(inputs, &divisions, (&blocks, &earlier))?;
    drop(earlier);
    let path = inputs.exact.join(SCORECARD);
    let scores = scorecard::hide(&path, all, policy, &divisions, &blocks, &hidden)?;
    let failed: usize = periods.iter().map(|p| p.hidden.failed.len()).sum::<usize>()
        + rollups.iter().filter_map(|(_, r)| r.as_ref()).map(|r| r.1.failed.len()).sum::<usize>();
    let first_row = rollups.iter().find_map(|(table, of)| {
        let (rows, hidden, _) = of.as_ref()?;
        let row = *hidden.failed.first()? as usize;
        Some(format!("{} {}", table.name, rollups::key(rows, &divisions, row).join(" ")))
    });
    let shown = all.iter().map(|i| ShownParts::of(i, policy)).collect();
    let kinds = inputs.kinds.clone();
    let protected = Protected { divisions, rows, blocks, hidden, periods, scores, rollups, kinds, shown };
    let open = open_cells(&protected.blocks, &protected.hidden, &protected.divisions, all, policy);
    if failed + open.len() > 0 {
        let first = open.first().map_or_else(Words::default, |first| words!("（首个：{first}）", " (first {first})"));
        let (first_zh, first_en, cells) = (first.zh, first.en, open.len());
        let row = first_row.map_or_else(Words::default, |row| words!("（首个：{row}）", " (first {row})"));
        let (row_zh, row_en) = (row.zh, row.en);
        return Err(Error::new(
            ErrorKind::Unsafe,
            words!("公开版", "public edition"),
            words!(
                "指标中的 {cells} 个小数值{first_zh}、汇总中的 {failed} 个小数值{row_zh}不能证明无法推出；未发布任何内容",
                "of {cells} small cells of indicators{first_en} and {failed} of rollups{row_en} it cannot be shown that they \
                 stay open; nothing was published",
            ),
        )
        .hint(words!("请在 schemas/disclosure.toml 中用 `lowest_level` 略去一个层级，并将此情况报给维护人员", "leave out a level by `lowest_level` in schemas/disclosure.toml, and report this")));
    }
    Ok(protected)
}

/// What was found of a rollup beside what the indicators do with its numbers.
struct FoundRows {
    states: Vec<StateElsewhere>,
    hidden: CubeHidden,
    earlier: Vec<bool>,
}

impl FoundRows {
    /// Whether what was found stands where the indicators do this: it hides already what they hide now. Each row that it
    /// hides is in a move, or had to be hidden anyway.
    fn holds_for(&self, states: &[StateElsewhere]) -> bool {
        let hides_too = |row: usize| states[row] == StateElsewhere::Hidden && self.hidden.hidden[row];
        let as_many = self.states.len() == states.len();
        as_many && (0..states.len()).all(|row| self.states[row] == states[row] || hides_too(row))
    }
}

/// Hides what must be hidden of indicators and rollups, until what stands in both is hidden in both or in none.
fn hide_alike(
    inputs: &Inputs<'_>,
    divisions: &DivisionTree,
    (blocks, earlier): (&[Block], &EarlierEditions),
) -> Result<(Vec<BlockHidden>, Vec<PeriodsHidden>, Vec<HiddenRollup>)> {
    let policy = &inputs.schemas.disclosure.public;
    let shared = SharedNumbers::of(inputs.schemas, divisions, blocks);
    let rollups = read_rollups(inputs, divisions)?;
    let places = |(table, of): &KnownRollup| {
        of.as_ref().map_or_else(SharedRows::default, |(rows, _)| shared.places(&table.name, rows, inputs.as_of))
    };
    let mut places: Vec<SharedRows> = rollups.iter().map(places).collect();
    let windows = |(table, of): &KnownRollup| {
        of.as_ref()
            .map_or_else(MonthWindows::default, |(rows, _)| MonthWindows::of(&shared, &table.name, rows, inputs.as_of))
    };
    let windows: Vec<MonthWindows> = rollups.iter().map(windows).collect();
    let mut forced: ForcedCells = blocks.iter().map(|_| None).collect();
    let mut found: Vec<Option<FoundRows>> = rollups.iter().map(|_| None).collect();
    let mut is_first = true;
    loop {
        let (hidden, periods) =
            indicators::hide(&inputs.schemas.indicators, policy, divisions, blocks, (earlier, &forced));
        rollups.par_iter().zip(&places).zip(&mut found).for_each(|(((_, of), places), found)| {
            let Some((rows, earlier)) = of else { return };
            let states = places.states(rows, &hidden);
            if found.as_ref().is_none_or(|found| !found.holds_for(&states)) {
                let (hidden, earlier) = rollups::hide(rows, divisions, policy, (earlier, &states));
                *found = Some(FoundRows { states, hidden, earlier });
            }
        });
        if is_first {
            // What each table hides for its own small numbers stays hidden, whatever is hidden besides for others: they
            // are open then to one who works those out.
            forced = hidden.iter().map(|of| Some([of.n.clone(), of.d.clone()])).collect();
            is_first = false;
        }
        let mut more = false;
        for ((places, windows), found) in places.iter_mut().zip(&windows).zip(&found) {
            if let Some(found) = found {
                let seen = (&found.hidden.hidden[..], &hidden[..]);
                more |= shared.force(places, seen, Lookup(earlier), &mut forced);
                more |= windows.force(places, seen, Lookup(earlier), &mut forced);
            }
        }
        if !more {
            let all = rollups.into_iter().zip(found);
            let all = all.map(|((table, of), found)| {
                (table, of.zip(found).map(|((rows, _), found)| (rows, found.hidden, found.earlier)))
            });
            return Ok((hidden, periods, all.collect()));
        }
    }
}

/// The rollups of an edition, with what is known of their rows from the one before.
fn read_rollups(inputs: &Inputs<'_>, divisions: &DivisionTree) -> Result<Vec<KnownRollup>> {
    let policy = &inputs.schemas.disclosure.public;
    // Where another method is only compared with, rollups that an edition leaves out are not there.
    let is_there =
        |t: &&PublishedTable| t.rollup().is_some() && is_public(t, policy) && inputs.exact.join(&t.file).is_file();
    let tables: Vec<&PublishedTable> = inputs.catalogue.tables.iter().filter(is_there).collect();
    let of_rollup = |table: &&PublishedTable| -> Result<_> {
        let path = inputs.exact.join(&table.file);
        let Some(rows) = rollups::read(table, (&path, inputs.as_of), divisions, policy)? else {
            return Ok(((*table).clone(), None));
        };
        let earlier = match &inputs.before {
            Some((exact, public, as_of)) => known_rows(table, (exact, public), [*as_of, inputs.as_of])?,
            None => EarlierRows::new(),
        };
        Ok(((*table).clone(), Some((rows, earlier))))
    };
    tables.par_iter().map(of_rollup).collect()
}

fn files(exact: &Path, kinds: &[PeriodKind], as_of: i32) -> IndicatorFiles {
    let kinds = kinds.iter().map(|k| (*k, exact.join(Catalogue::indicators_of(*k).file))).collect();
    IndicatorFiles { kinds, as_of }
}

/// Rows of a rollup in the edition before, which looks back from the first day; today's does from the second.
fn known_rows(table: &PublishedTable, (exact, public): (&Path, &Path), [then, now]: [i32; 2]) -> Result<EarlierRows> {
    let (a, b) = (exact.join(&table.file), public.join(&table.file));
    let mut rows = EarlierRows::new();
    if !a.is_file() || !b.is_file() {
        return Ok(rows);
    }
    let names = rollups::of_people(table);
    let dimensions = rollups::dimensions(table);
    let keys = |batch: &RecordBatch| -> Result<Vec<Vec<String>>> {
        let mut columns = vec![texts(batch, "division_code")?, texts(batch, "period")?];
        for d in &dimensions {
            columns.push(texts(batch, d)?);
        }
        Ok((0..batch.num_rows()).map(|row| columns.iter().map(|c| c.value(row).to_owned()).collect()).collect())
    };
    each(&a, |_, batch| {
        let numbers: Vec<Vec<i64>> = names.iter().map(|n| wholes(batch, n)).collect::<Result<_>>()?;
        for (row, key) in keys(batch)?.into_iter().enumerate() {
            let values = numbers.iter().map(|n| n[row]).collect();
            let same_days = then == now || last_day(&key[1]).is_some_and(|day| day <= then);
            rows.insert(key, EarlierRow { hidden: false, exact: true, same_days, values });
        }
        Ok(())
    })?;
    each(&b, |_, batch| {
        let status = texts(batch, "status")?;
        for (row, key) in keys(batch)?.into_iter().enumerate() {
            if let Some(entry) = rows.get_mut(&key) {
                entry.hidden = status.value(row) == "suppressed";
                entry.exact = status.value(row) == "ok";
            }
        }
        Ok(())
    })?;
    Ok(rows)
}

impl Protected {
    /// Which cells are hidden and why, the tables and the moves that show that it is enough, each a published table.
    ///
    /// # Errors
    /// `Output`: an exact table cannot be read.
    pub fn disclosure(&self, inputs: &Inputs<'_>) -> Result<Vec<(PublishedTable, RecordBatch)>> {
        let mut cells = CellRows::default();
        let mut tables = TableRows::default();
        let mut moves = MoveRows::default();
        for (kind, at) in self.kinds.iter().zip(0..) {
            self.cells_of_indicators(*kind, at, inputs, &mut cells)?;
        }
        self.cells_of_scorecard(inputs, &mut cells)?;
        for (table, of) in &self.rollups {
            if let Some((rows, hidden, earlier)) = of {
                self.cells_of_rollup(table, rows, hidden, earlier, &mut cells);
                moves.push(&table.name, hidden, |row| rows.file_row(row));
            }
        }
        for of in &self.periods {
            let id = &inputs.schemas.indicators[of.indicator as usize].id;
            moves.push(&format!("indicators/{id}"), &of.hidden, |row| row);
        }
        for (number, (hidden, block)) in self.hidden.iter().zip(&self.blocks).enumerate() {
            let Proof::Tables(witness) = &hidden.witness else { continue };
            let kept = &witness.kept;
            for (at, node) in kept.node.iter().enumerate() {
                tables.block.push(number as i64);
                tables.table.push(i64::from(kept.table[at]));
                tables.division.append_value(&self.divisions.codes[*node as usize]);
                tables.numerator.push(kept.n[at]);
                let has_d = block.d[*node as usize] != NULL;
                tables.denominator.push(has_d.then_some(if hidden.d[*node as usize] {
                    kept.d[at]
                } else {
                    block.d[*node as usize]
                }));
            }
        }
        let [of_cells, of_tables, of_moves] =
            ["disclosure/cells", "disclosure/tables", "disclosure/moves"].map(Catalogue::disclosure);
        let made = [cells.batch(&of_cells)?, tables.batch(&of_tables)?, moves.batch(&of_moves)?];
        Ok([of_cells, of_tables, of_moves].into_iter().zip(made).collect())
    }

    fn cells_of_indicators(
        &self,
        kind: PeriodKind,
        at: usize,
        inputs: &Inputs<'_>,
        cells: &mut CellRows,
    ) -> Result<()> {
        let table = Catalogue::indicators_of(kind);
        let lowest = inputs.schemas.disclosure.public.lowest_level as u8;
        each(&inputs.exact.join(&table.file), |before, batch| {
            let (id, level, code) =
                (texts(batch, "indicator")?, texts(batch, "level")?, texts(batch, "division_code")?);
            let period = texts(batch, "period")?;
            for row in 0..batch.num_rows() {
                let global = self.rows.starts[at] + before + row;
                let (block, node) = (self.rows.block[global], self.rows.node[global] as usize);
                let Some(hidden) = self.hidden.get(block as usize) else { continue };
                if !hidden.n[node] || self.divisions.tree.level[node] < lowest {
                    continue;
                }
                let reason = match (hidden.small[node], hidden.earlier[node]) {
                    (true, _) => "small",
                    (false, true) => "earlier",
                    _ => "complementary",
                };
                let group = match &hidden.witness {
                    Proof::Tables(w) => match w.group.get(node).copied() {
                        Some(g) if (g as usize) < w.group.len() => {
                            Some(format!("{block}/{}", self.divisions.codes[g as usize]))
                        }
                        _ => Some(format!("{block}/")),
                    },
                    Proof::Moves => Some(format!("{block}/moves")),
                    _ => None,
                };
                let mut cell = WitnessCell {
                    table: &table.name,
                    name: id.value(row),
                    level: level.value(row),
                    division: code.value(row),
                    period_kind: kind.as_str(),
                    period: period.value(row),
                    dimensions: "",
                    measure: "numerator",
                    value: self.rows.n[global],
                    reason,
                    group: group.as_deref(),
                };
                cells.push(&cell);
                if hidden.d[node] {
                    cell.measure = "denominator";
                    cell.value = self.rows.d[global];
                    cells.push(&cell);
                }
            }
            Ok(())
        })?;
        Ok(())
    }

    fn cells_of_scorecard(&self, inputs: &Inputs<'_>, cells: &mut CellRows) -> Result<()> {
        each(&inputs.exact.join(SCORECARD), |before, batch| {
            let (id, level, code) =
                (texts(batch, "indicator")?, texts(batch, "level")?, texts(batch, "division_code")?);
            let (profile, on) = (texts(batch, "profile")?, days(batch, "evaluated_on")?);
            let (n, d) = (wholes(batch, "numerator")?, wholes(batch, "denominator")?);
            for row in 0..batch.num_rows() {
                let score = self.scores[before + row];
                let day = crate::schema::day::to_iso(on.value(row));
                for (hidden, measure, value) in
                    [(score.numerator, "numerator", n[row]), (score.denominator, "denominator", d[row])]
                {
                    if hidden && !score.left_out {
                        cells.push(&WitnessCell {
                            table: "scorecard",
                            name: id.value(row),
                            level: level.value(row),
                            division: code.value(row),
                            period_kind: "day",
                            period: &day,
                            dimensions: profile.value(row),
                            measure,
                            value,
                            reason: if score.small { "small" } else { "complementary" },
                            group: None,
                        });
                    }
                }
            }
            Ok(())
        })?;
        Ok(())
    }

    fn cells_of_rollup(
        &self,
        table: &PublishedTable,
        rows: &RollupRows,
        hidden: &CubeHidden,
        earlier: &[bool],
        cells: &mut CellRows,
    ) {
        let names = rollups::dimensions(table);
        let level = |node: u32| Level::ALL[self.divisions.tree.level[node as usize] as usize].as_str();
        for row in (0..rows.rows.len()).filter(|row| hidden.hidden[*row]) {
            let [node, slot, time] = rows.rows[row];
            let given = names.iter().zip(&rows.slot_names[slot as usize]).filter(|(_, v)| *v != "_all");
            let dimensions: Vec<String> = given.map(|(d, v)| format!("{d}={v}")).collect();
            let period = &rows.times[time as usize];
            let kind = match period.len() {
                4 => PeriodKind::Year,
                _ if period.contains('Q') => PeriodKind::Quarter,
                _ if period.contains('H') => PeriodKind::Half,
                _ => PeriodKind::Month,
            };
            let dimensions = dimensions.join(";");
            let group = rollups::group(hidden, row).map(|g| format!("{}/{g}", table.name));
            for (at, (measure, _)) in rows.measures.iter().enumerate() {
                cells.push(&WitnessCell {
                    table: &table.name,
                    name: table.rollup().unwrap_or(&table.name),
                    level: level(node),
                    division: &self.divisions.codes[node as usize],
                    period_kind: kind.as_str(),
                    period,
                    dimensions: &dimensions,
                    measure,
                    value: rows.values[at][row],
                    reason: match (hidden.small[row], earlier[row]) {
                        (true, _) => "small",
                        (false, true) => "earlier",
                        _ => "complementary",
                    },
                    group: group.as_deref(),
                });
            }
        }
    }
}
