//! The audit against earlier editions: what one of them shows and is the same is known, and closed periods stay.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use super::audit_indicators::{Indicators, ToldBefore};
use super::audit_rollup::hidden_rows;
use super::batch::{each, texts};
use super::blocks::{Block, is_small, key_of};
use super::cube::CubeSlot;
use super::faults::Audit;
use super::inputs::{Inputs, is_public};
use super::open_points::OpenPoint;
use super::period_names::last_day;
use super::rollups;
use super::rules::LATE_NUMBERS;
use super::windows::adds_up;
use crate::catalogue::{Catalogue, PublishedTable};
use crate::error::{Result, words};
use crate::schema::Schemas;
use crate::schema::divisions::Level;
use crate::schema::indicator::WindowKind;

/// An edition that was published before.
pub struct EarlierEdition {
    /// The folder with the exact tables that it was made of.
    pub exact: PathBuf,
    pub public: PathBuf,
    pub as_of: i32,
    /// Made by the policy of today.
    pub same_policy: bool,
    /// Its revision was kept back: the next edition brings it, whatever the day.
    pub revision_is_due: bool,
}

impl EarlierEdition {
    /// The declarations, with the floors that the edition was made by: what it leaves out, its own tables say.
    fn schemas(&self, inputs: &Inputs<'_>) -> Result<Schemas> {
        let mut schemas = inputs.schemas.clone();
        let policy = &mut schemas.disclosure.public;
        let indicators: Vec<_> = inputs.kinds.iter().map(|kind| Catalogue::indicators_of(*kind).file).collect();
        if let Some(lowest) = self.lowest_level(&indicators)? {
            policy.lowest_level = lowest;
        }
        let of_rollup = |t: &&PublishedTable| t.rollup().is_some() && !rollups::of_people(t).is_empty();
        let rollups: Vec<_> = inputs.catalogue.tables.iter().filter(of_rollup).map(|t| t.file.clone()).collect();
        if let Some(lowest) = self.lowest_level(&rollups)? {
            policy.rollups_lowest_level = lowest;
        }
        Ok(schemas)
    }

    fn lowest_level(&self, files: &[String]) -> Result<Option<Level>> {
        let mut lowest = None;
        for path in files.iter().map(|file| self.public.join(file)).filter(|path| path.is_file()) {
            each(&path, |_, batch| {
                let level = texts(batch, "level")?;
                let levels = (0..batch.num_rows()).filter_map(|row| Level::parse(level.value(row)));
                lowest = lowest.into_iter().chain(levels).min();
                Ok(())
            })?;
        }
        Ok(lowest)
    }
}

/// Audits the edition in `public`, whose indicators were seen already, against earlier ones.
///
/// # Errors
/// `Output`: a table cannot be read.
pub(super) fn audit_history(
    inputs: &Inputs<'_>,
    public: &Path,
    now: &Indicators,
    earlier: &[EarlierEdition],
    found: &mut Audit,
) -> Result<ToldBefore> {
    let mut told = ToldBefore::default();
    for edition in earlier {
        let schemas = if edition.same_policy { None } else { Some(edition.schemas(inputs)?) };
        let of_then = Inputs {
            catalogue: inputs.catalogue,
            schemas: schemas.as_ref().unwrap_or(inputs.schemas),
            exact: edition.exact.clone(),
            kinds: inputs.kinds.clone(),
            as_of: edition.as_of,
            protection: inputs.protection,
            before: None,
        };
        // Faults of an edition itself are told where it is audited.
        let then = Indicators::see(&of_then, &edition.public, &mut Audit::default())?;
        compare_indicators(inputs, now, &then, (edition, &mut told), found);
        told.rows.extend(compare_rollups(inputs, public, edition, &of_then, now, found)?);
    }
    Ok(told)
}

/// What the earlier edition showed of the numbers of today.
fn compare_indicators(
    inputs: &Inputs<'_>,
    now: &Indicators,
    then: &Indicators,
    (edition, told_before): (&EarlierEdition, &mut ToldBefore),
    found: &mut Audit,
) {
    let (policy, as_of) = (&inputs.schemas.disclosure.public, edition.as_of);
    let revised = edition.revision_is_due || policy.revises(as_of, inputs.as_of);
    let nodes = now.divisions.tree.len();
    told_before.numbers.resize_with(now.blocks.len(), || [vec![false; nodes], vec![false; nodes]]);
    let mut of_key: HashMap<(u16, String), Vec<usize>> = HashMap::new();
    for (at, block) in then.blocks.iter().enumerate() {
        of_key.entry((block.indicator, key_of(block))).or_default().push(at);
    }
    told_before.open.extend(open_points(inputs, now, then, as_of));
    let node_then: Vec<Option<u32>> = now.divisions.codes.iter().map(|code| then.divisions.node(code)).collect();
    for (at, block) in now.blocks.iter().enumerate() {
        let i = &inputs.schemas.indicators[block.indicator as usize];
        let id = &i.id;
        for before in of_key.get(&(block.indicator, key_of(block))).into_iter().flatten() {
            let old = &then.blocks[*before];
            for (node, of_then) in node_then.iter().enumerate() {
                let Some(of_then) = of_then.map(|n| n as usize) else { continue };
                let place = || format!("{id} {} {}", key_of(block), now.divisions.codes[node]);
                let same = [block.n[node] == old.n[of_then], block.d[node] == old.d[of_then]];
                // What a period that goes on had on another day is another number.
                let is_same_day = old.e_day == block.e_day;
                for side in (0..2).filter(|side| is_same_day && same[*side] && !then.hidden[*before][*side][of_then]) {
                    told_before.numbers[at][side][node] = true;
                }
                let told = |side: usize| {
                    is_same_day && same[side] && now.hidden[at][side][node] && !then.hidden[*before][side][of_then]
                };
                // Whether that gives something away, the tables say that were kept; of others nothing does.
                let (tells_n, tells_d) = (told(0), told(1));
                told_before.cells.extend([(tells_n, 0), (tells_d, 1)].iter().filter(|t| t.0).map(|t| (at, t.1, node)));
                let hides_d = now.hidden[at][1][node] && !tells_d;
                // Moves of periods change nothing that was told.
                let has_no_table =
                    i.window == WindowKind::Period && inputs.protection < LATE_NUMBERS || policy.base.is_some();
                let gives_away = !hides_d && is_small(i, policy, block.n[node], block.d[node]);
                if (tells_n && (has_no_table || gives_away)) || (tells_d && has_no_table) {
                    found.fault(|| {
                        words!(
                            "{}：已隐去，却在以往的版本中显示过",
                            "{}: hidden, and shown in the edition of an earlier night",
                            place()
                        )
                    });
                }
                if old.e_day < as_of && !revised && same != [true, true] {
                    found.fault(|| {
                        words!(
                            "{}：已结束的周期未经修订而发生变化",
                            "{}: a closed period changed without a revision",
                            place()
                        )
                    });
                }
            }
        }
    }
}

/// Windows that went on when the earlier edition, of a day, showed them.
fn open_points(inputs: &Inputs<'_>, now: &Indicators, then: &Indicators, as_of: i32) -> Vec<OpenPoint> {
    let days: HashSet<(u16, i32)> = now.blocks.iter().map(|block| (block.indicator, block.e_day)).collect();
    let is_open = |(_, block): &(usize, &Block)| {
        let adds = adds_up(&inputs.schemas.indicators[block.indicator as usize]);
        adds && block.e_day == as_of && !days.contains(&(block.indicator, block.e_day))
    };
    let of_block = |(at, block): (usize, &Block)| {
        let mut point = OpenPoint::empty(block.indicator, as_of, now.divisions.codes.len());
        for (node, code) in now.divisions.codes.iter().enumerate() {
            let Some(old) = then.divisions.node(code).map(|n| n as usize) else { continue };
            (point.n[node], point.d[node]) = (block.n[old], block.d[old]);
            for side in 0..2 {
                point.shown[side][node] = !then.hidden[at][side][old];
            }
        }
        point
    };
    then.blocks.iter().enumerate().filter(is_open).map(of_block).collect()
}

/// Rows that may stand among indicators as well, of periods that go on, or to which few came late, that the earlier
/// edition showed, by table.
fn compare_rollups(
    inputs: &Inputs<'_>,
    public: &Path,
    edition: &EarlierEdition,
    of_then: &Inputs<'_>,
    now: &Indicators,
    found: &mut Audit,
) -> Result<Vec<(String, usize)>> {
    let policy = &inputs.schemas.disclosure.public;
    let mut told = Vec::new();
    for table in inputs.catalogue.tables.iter().filter(|t| t.rollup().is_some() && is_public(t, policy)) {
        if !edition.public.join(&table.file).is_file() {
            continue;
        }
        let divisions = &now.divisions;
        let rows = rollups::read(table, (&inputs.exact.join(&table.file), inputs.as_of), divisions, policy)?;
        let policy_then = &of_then.schemas.disclosure.public;
        let old = rollups::read(table, (&of_then.exact.join(&table.file), of_then.as_of), divisions, policy_then)?;
        let (Some(rows), Some(old)) = (rows, old) else { continue };
        let ignored = &mut Audit::default();
        let hidden = hidden_rows(table, &rows, public, ignored)?;
        let hidden_then = hidden_rows(table, &old, &edition.public, ignored)?;
        let (Some(hidden), Some(hidden_then)) = (hidden, hidden_then) else { continue };
        let of_key: HashMap<Vec<String>, usize> =
            (0..old.rows.len()).map(|row| (rollups::key(&old, divisions, row), row)).collect();
        // What an open period had on another day is another number.
        let is_same_period: Vec<bool> = rows
            .times
            .iter()
            .map(|period| edition.as_of == inputs.as_of || last_day(period).is_some_and(|day| day <= edition.as_of))
            .collect();
        let few_late: HashSet<usize> = rows.with_few_late(policy).into_iter().collect();
        let stands_beside = |row: usize| {
            let [_, slot, time] = rows.rows[row].map(|at| at as usize);
            !matches!(rows.slots[slot], CubeSlot::Cross { .. }) || rows.goes_on[time] || few_late.contains(&row)
        };
        let is_looked_at = |row: &usize| hidden[*row] || stands_beside(*row);
        for row in (0..rows.rows.len()).filter(|row| is_same_period[rows.rows[*row][2] as usize] && is_looked_at(row)) {
            let key = rollups::key(&rows, divisions, row);
            let Some(before) = of_key.get(&key).copied() else { continue };
            let same = rows.values.iter().zip(&old.values).all(|(a, b)| a[row] == b[before]);
            if !same || hidden_then[before] {
                continue;
            }
            told.extend(stands_beside(row).then(|| (table.name.clone(), row)));
            if hidden[row] {
                found.fault(|| {
                    words!(
                        "{} {key:?}：已隐去，却在以往的版本中显示过",
                        "{} {key:?}: hidden, and shown in the edition of an earlier night",
                        table.name
                    )
                });
            }
        }
    }
    Ok(told)
}
