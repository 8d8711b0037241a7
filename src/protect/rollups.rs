//! A rollup: its rows as a cube.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;

use arrow::array::StringArray;

use super::batch::{each, texts, wholes};
use super::blocks::shorter;
use super::cube::{self, Cube, CubeHidden, CubeMeasure, CubeSlot, NONE};
use super::cube_program::MOST_PROGRAMS;
use super::cube_shape::LinkedSlots;
use super::growing_rows::GrowingRows;
use super::late_rows::{self, LateRows};
use super::period_names::{last_day, longer};
use super::rounding::Rounding;
use super::taken_for_sums;
use super::tree::{DivisionTree, Tree};
use crate::catalogue::{ColumnRole, Key, PublishedTable};
use crate::error::Result;
use crate::schema::Counts;
use crate::schema::disclosure::PublicPolicy;
use crate::schema::divisions::Level;

/// How many times as dear a row is whose number must then be hidden elsewhere too.
const COST_OF_BOUND: u64 = 16;

/// How often more is hidden for rows that one who takes persons to add up would find too narrow.
const MOST_WIDENED: usize = 4;

/// Rows of a rollup, as the cube has them.
pub(super) struct RollupRows {
    pub rows: Vec<[u32; 3]>,
    /// Row of the file of each.
    pub of_file: Vec<u32>,
    pub file_rows: usize,
    /// Of each row, the one that stands for it: itself, or that of a period which ends on the same day. What is counted
    /// on the last day is one number however many periods end on it.
    pub same_as: Vec<u32>,
    pub slots: Vec<CubeSlot>,
    pub slot_names: Vec<Vec<String>>,
    pub times: Vec<String>,
    pub time_parent: Vec<u32>,
    /// Periods that end after the day of the edition.
    pub goes_on: Vec<bool>,
    pub crossed: Option<[u16; 2]>,
    pub dimensions: usize,
    pub single: Vec<bool>,
    pub measures: Vec<(String, CubeMeasure)>,
    pub values: Vec<Vec<i64>>,
    /// The measure whose numbers add up over periods.
    pub summed: Option<usize>,
    pub tree: Tree,
}

/// What the tables of indicators do with the numbers of a row.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum StateElsewhere {
    /// They do not have them.
    Absent,
    Shown,
    Hidden,
}

/// What is known of a row from the edition before.
#[derive(Default)]
pub(super) struct EarlierRow {
    pub hidden: bool,
    /// Shown as it was, and not rounded.
    pub exact: bool,
    /// Of the same days as now: what an open period had on another day is another number.
    pub same_days: bool,
    /// Its numbers then.
    pub values: Vec<i64>,
}

pub(super) type EarlierRows = HashMap<Vec<String>, EarlierRow>;

/// Names of the dimensions of a table.
pub(super) fn dimensions(table: &PublishedTable) -> Vec<&str> {
    let is_dimension = |c: &&crate::catalogue::Column| matches!(c.as_key(), Some(Key::Dimension { .. }));
    table.columns.iter().filter(is_dimension).map(|c| c.name.as_str()).collect()
}

/// Measures that count persons or things of persons, in published order.
pub(super) fn of_people(table: &PublishedTable) -> Vec<&str> {
    table
        .measures()
        .filter(|(_, s)| s.is_some_and(|s| s.counts != Counts::Nobody))
        .map(|(c, _)| c.name.as_str())
        .collect()
}

fn adds_up_over_periods(table: &PublishedTable, name: &str) -> bool {
    table.measures().any(|(c, s)| c.name == name && s.is_some_and(|s| s.adds_up.over_periods))
}

/// Reads a rollup of an edition that looks back from `as_of`; `None` when nothing in it counts persons.
pub(super) fn read(
    table: &PublishedTable,
    (path, as_of): (&Path, i32),
    divisions: &DivisionTree,
    policy: &PublicPolicy,
) -> Result<Option<RollupRows>> {
    if of_people(table).is_empty() {
        return Ok(None);
    }
    let mut out = RollupRows::without_rows(table, divisions, policy);
    let dimension_names = dimensions(table);
    let mut numbers_of = Numbering { values: vec![BTreeMap::new(); dimension_names.len()], ..Numbering::default() };
    numbers_of.slot(&mut out, CubeSlot::All, &vec!["_all".to_owned(); dimension_names.len()]);
    each(path, |_, batch| {
        let (level, code) = (texts(batch, "level")?, texts(batch, "division_code")?);
        let period = texts(batch, "period")?;
        let columns: Vec<&StringArray> = dimension_names.iter().map(|d| texts(batch, d)).collect::<Result<_>>()?;
        let numbers: Vec<Vec<i64>> = out.measures.iter().map(|(name, _)| wholes(batch, name)).collect::<Result<_>>()?;
        for row in 0..batch.num_rows() {
            let at = out.file_rows;
            out.file_rows += 1;
            let node = match (Level::parse(level.value(row)), divisions.node(code.value(row))) {
                (Some(l), Some(node)) if l >= policy.rollups_lowest_level => node,
                _ => continue,
            };
            let names: Vec<&str> = columns.iter().map(|column| column.value(row)).collect();
            let slot = numbers_of.slot_of_row(&mut out, &names);
            let time = numbers_of.time(&mut out, period.value(row));
            out.rows.push([node, slot, time]);
            out.of_file.push(at as u32);
            for (values, column) in out.values.iter_mut().zip(&numbers) {
                values.push(column[row]);
            }
        }
        Ok(())
    })?;
    out.goes_on = out.times.iter().map(|period| last_day(period).is_some_and(|day| day > as_of)).collect();
    let over_periods = table.measures().any(|(_, s)| s.is_some_and(|s| s.adds_up.over_periods));
    out.time_parent = (0..out.times.len() as u32).collect();
    if over_periods {
        for (at, name) in out.times.iter().enumerate() {
            if let Some(parent) = longer(name).iter().find_map(|p| numbers_of.times.get(p)) {
                out.time_parent[at] = *parent;
            }
        }
    }
    // Where months add up, a quarter of one month is its sum.
    out.same_as = if over_periods { (0..out.rows.len() as u32).collect() } else { out.equal_rows(as_of) };
    Ok(Some(out))
}

/// Numbers of the values, slots and times that were met.
#[derive(Default)]
struct Numbering {
    values: Vec<BTreeMap<String, u16>>,
    slots: HashMap<CubeSlot, u32>,
    times: HashMap<String, u32>,
}

impl Numbering {
    fn slot(&mut self, out: &mut RollupRows, slot: CubeSlot, names: &[String]) -> u32 {
        *self.slots.entry(slot).or_insert_with(|| {
            out.slots.push(slot);
            out.slot_names.push(names.to_vec());
            out.slots.len() as u32 - 1
        })
    }

    /// The slot of a row with these values of its dimensions.
    fn slot_of_row(&mut self, out: &mut RollupRows, names: &[&str]) -> u32 {
        let mut given: Vec<(u16, u16)> = Vec::new();
        for (dimension, (values, name)) in self.values.iter_mut().zip(names).enumerate() {
            if *name != "_all" {
                let next = values.len() as u16;
                given.push((dimension as u16, *values.entry((*name).to_owned()).or_insert(next)));
            }
        }
        let slot = match given.as_slice() {
            [] => CubeSlot::All,
            [(dimension, value)] => CubeSlot::One { dimension: *dimension, value: *value },
            [(_, first), (_, second), ..] => CubeSlot::Cross { first: *first, second: *second },
        };
        match self.slots.get(&slot) {
            Some(number) => *number,
            None => self.slot(out, slot, &names.iter().map(|n| (*n).to_owned()).collect::<Vec<_>>()),
        }
    }

    fn time(&mut self, out: &mut RollupRows, period: &str) -> u32 {
        if let Some(time) = self.times.get(period) {
            return *time;
        }
        let time = self.times.len() as u32;
        self.times.insert(period.to_owned(), time);
        out.times.push(period.to_owned());
        time
    }
}

impl RollupRows {
    /// Rows of periods that go on, with those of the months in them.
    pub fn growing(&self) -> GrowingRows {
        GrowingRows::of(&self.rows, &self.time_parent, &self.goes_on)
    }

    /// What its rows, and those that came late, add up to.
    pub fn linked<'a>(&'a self, late: &'a LateRows) -> LinkedSlots<'a> {
        let Self { tree, slots, crossed, single, .. } = self;
        LinkedSlots { tree, time_parent: &late.time_parent, slots, crossed: *crossed, single }
    }

    /// What came late to its longer periods.
    pub fn late(&self) -> LateRows {
        match self.summed {
            Some(summed) => LateRows::of(&self.rows, &self.values[summed], &self.time_parent),
            None => LateRows { rows: Vec::new(), time_parent: self.time_parent.clone() },
        }
    }

    /// Rows of longer periods to which few came late that are in none of its closed parts.
    pub fn with_few_late(&self, policy: &PublicPolicy) -> Vec<usize> {
        let Some(summed) = self.summed else { return Vec::new() };
        let small = |value: i64| (1..policy.smallest).contains(&value);
        late_rows::with_few_late(&self.rows, &self.values[summed], &self.time_parent, small)
    }

    /// The row of the file of a row; what came late is numbered after all of them.
    pub fn file_row(&self, row: u32) -> u32 {
        match self.of_file.get(row as usize) {
            Some(at) => *at,
            None => row - self.rows.len() as u32 + self.file_rows as u32,
        }
    }

    /// Of each row, the one that stands for it: that of the first period which ends on the same day, in an edition that
    /// looks back from `as_of`, and has the very same rows.
    fn equal_rows(&self, as_of: i32) -> Vec<u32> {
        let mut of_time: Vec<BTreeMap<[u32; 2], u32>> = vec![BTreeMap::new(); self.times.len()];
        for (row, [node, slot, time]) in (0..).zip(&self.rows) {
            of_time[*time as usize].insert([*node, *slot], row);
        }
        let end = |time: usize| last_day(&self.times[time]).map(|day| day.min(as_of));
        let is_same = |a: usize, b: usize| {
            let same_values = |a: u32, b: u32| self.values.iter().all(|v| v[a as usize] == v[b as usize]);
            let mut rows = of_time[a].iter().zip(&of_time[b]);
            let as_many = of_time[a].len() == of_time[b].len();
            end(a) == end(b) && as_many && rows.all(|((at, a), (other, b))| at == other && same_values(*a, *b))
        };
        let stands: Vec<usize> =
            (0..self.times.len()).map(|time| (0..time).find(|first| is_same(*first, time)).unwrap_or(time)).collect();
        self.rows.iter().map(|[node, slot, time]| of_time[stands[*time as usize]][&[*node, *slot]]).collect()
    }

    fn without_rows(table: &PublishedTable, divisions: &DivisionTree, policy: &PublicPolicy) -> Self {
        let names = of_people(table);
        let dimension_names = dimensions(table);
        let full = &divisions.tree;
        let nodes = full.level.iter().take_while(|l| **l >= policy.rollups_lowest_level as u8).count();
        let position = |name: &str| dimension_names.iter().position(|d| *d == name).map(|d| d as u16);
        let crossed = table.crossed.first().and_then(|[a, b]| {
            let (a, b) = (position(a)?, position(b)?);
            Some([a.min(b), a.max(b)])
        });
        let measure = |name: &&str| {
            let part_of = match table.column(name).map(|c| &c.role) {
                Some(ColumnRole::Measure(s)) => s.part_of.clone(),
                _ => None,
            };
            // The row stands because of its rows or persons; sums of a column may be nothing.
            let is_sum = name.starts_with("items");
            let at_most = part_of.as_ref().and_then(|of| names.iter().position(|n| n == of));
            // Of sums, one person gives many.
            let of_one = if is_sum { policy.most_per_person() } else { 1 };
            let rounding = policy.base.map(|base| Rounding { base: base * of_one });
            ((*name).to_owned(), CubeMeasure { leading: part_of.is_none() && !is_sum, at_most, rounding })
        };
        let single = |c: &crate::catalogue::Column| match c.as_key() {
            Some(Key::Dimension { single_valued }) => Some(single_valued),
            _ => None,
        };
        RollupRows {
            rows: Vec::new(),
            of_file: Vec::new(),
            file_rows: 0,
            same_as: Vec::new(),
            slots: Vec::new(),
            slot_names: Vec::new(),
            times: Vec::new(),
            time_parent: Vec::new(),
            goes_on: Vec::new(),
            crossed,
            dimensions: dimension_names.len(),
            single: table.columns.iter().filter_map(single).collect(),
            values: vec![Vec::new(); names.len()],
            summed: names.iter().position(|name| adds_up_over_periods(table, name)),
            measures: names.iter().map(measure).collect(),
            tree: shorter(full, nodes),
        }
    }
}

/// The key of a row of the cube, as words.
pub(super) fn key(rows: &RollupRows, divisions: &DivisionTree, row: usize) -> Vec<String> {
    let [node, slot, time] = rows.rows[row];
    let mut key = vec![divisions.codes[node as usize].clone(), rows.times[time as usize].clone()];
    key.extend(rows.slot_names[slot as usize].iter().cloned());
    key
}

/// What is settled of rows before anything is hidden.
#[derive(Clone)]
struct SettledRows {
    /// To be hidden: as before, and besides because their numbers are hidden elsewhere.
    must_stay: Vec<bool>,
    forced: Vec<bool>,
    /// Shown before, so that hiding them is in vain; and known to be exactly what they are.
    fixed: Vec<bool>,
    known: Vec<bool>,
    /// Their numbers are shown elsewhere.
    bound: Vec<bool>,
    /// Their numbers are hidden elsewhere: were they told here, what hides there behind them would be too.
    watched: Vec<bool>,
}

impl SettledRows {
    fn of(
        rows: &RollupRows,
        divisions: &DivisionTree,
        policy: &PublicPolicy,
        (earlier, elsewhere): (&EarlierRows, &[StateElsewhere]),
    ) -> Self {
        let count = rows.rows.len();
        let [mut forced, mut fixed, mut known] = [(); 3].map(|()| vec![false; count]);
        let t = policy.smallest;
        for row in 0..if earlier.is_empty() { 0 } else { count } {
            let Some(before) = earlier.get(&key(rows, divisions, row)) else { continue };
            let now = rows.values.iter().map(|v| v[row]);
            let near = before.values.iter().zip(now.clone()).all(|(a, b)| (a - b).abs() < t);
            let same = before.values.iter().zip(now.clone()).all(|(a, b)| *a == b);
            forced[row] = before.hidden && near;
            fixed[row] = before.same_days && !before.hidden && same;
            let any_small = now.into_iter().any(|v| (1..t).contains(&v));
            known[row] = policy.base.is_some() && before.same_days && before.exact && same && !any_small;
        }
        let is = |state| move |there: &StateElsewhere| *there == state;
        let mut hidden_too: Vec<bool> = elsewhere.iter().map(is(StateElsewhere::Hidden)).collect();
        let mut bound: Vec<bool> = elsewhere.iter().map(is(StateElsewhere::Shown)).collect();
        hidden_too.resize(count, false);
        bound.resize(count, false);
        // What is known of a number under one name is known of it under all.
        for row in 0..count {
            let stands = rows.same_as[row] as usize;
            for of in [&mut forced, &mut fixed, &mut known, &mut hidden_too, &mut bound] {
                of[stands] |= of[row];
            }
        }
        let must_stay = forced.clone();
        let mut watched = hidden_too;
        for row in 0..count {
            // What an earlier edition showed here is known here.
            watched[row] &= !fixed[row];
            forced[row] |= watched[row];
            bound[row] &= !forced[row];
        }
        SettledRows { must_stay, forced, fixed, known, bound, watched }
    }
}

/// Hides what must be hidden; also which rows were to stay hidden from before. A row whose numbers are shown elsewhere
/// is shown, unless nothing else keeps the others open; one whose numbers are hidden elsewhere is hidden.
pub(super) fn hide(
    rows: &RollupRows,
    divisions: &DivisionTree,
    policy: &PublicPolicy,
    beside: (&EarlierRows, &[StateElsewhere]),
) -> (CubeHidden, Vec<bool>) {
    let count = rows.rows.len();
    let mut settled = SettledRows::of(rows, divisions, policy, beside);
    let stands: Vec<usize> = (0..count).filter(|row| rows.same_as[*row] as usize == *row).collect();
    let mut with_few_late = vec![false; count];
    rows.with_few_late(policy).into_iter().filter(|row| !settled.fixed[*row]).for_each(|row| with_few_late[row] = true);
    if settled.watched.contains(&true) {
        // Small rows are open first without what is hidden elsewhere, so that they are to one who works that out there.
        let mut alone = SettledRows { forced: settled.must_stay.clone(), ..settled.clone() };
        alone.bound.iter_mut().zip(&settled.watched).for_each(|(bound, watched)| *bound |= watched);
        alone.watched.clone_from(&with_few_late);
        let hidden = search(rows, policy, &stands, alone).hidden;
        stands.iter().zip(hidden).for_each(|(row, hidden)| settled.forced[*row] |= hidden);
    }
    settled.watched.iter_mut().zip(with_few_late).for_each(|(watched, few)| *watched |= few);
    let must_stay = (0..count).map(|row| settled.must_stay[rows.same_as[row] as usize]).collect();
    let found = search(rows, policy, &stands, settled);
    (for_all_rows(rows, &stands, found), must_stay)
}

/// Hides what must be hidden of the rows that stand for themselves.
fn search(rows: &RollupRows, policy: &PublicPolicy, stands: &[usize], settled: SettledRows) -> CubeHidden {
    let SettledRows { mut forced, fixed, known, bound, watched, .. } = settled;
    let cost = |row: &usize| {
        let level = rows.tree.level[rows.rows[*row][0] as usize] as usize;
        let bound = if bound[*row] { COST_OF_BOUND } else { 1 };
        bound * policy.weights[level] * (rows.values.iter().map(|v| v[*row]).max().unwrap_or(0).max(0) as u64 + 1)
    };
    let of_standing = |of: &[bool]| stands.iter().map(|row| of[*row]).collect::<Vec<bool>>();
    let cube = |fixed: &[bool], forced: &[bool], hasty: bool| Cube {
        tree: &rows.tree,
        time_parent: rows.time_parent.clone(),
        slots: rows.slots.clone(),
        crossed: rows.crossed,
        dimensions: rows.dimensions,
        single: rows.single.clone(),
        measures: rows.measures.iter().map(|m| m.1).collect(),
        rows: stands.iter().map(|row| rows.rows[*row]).collect(),
        values: rows.values.iter().map(|v| stands.iter().map(|row| v[*row]).collect()).collect(),
        in_table: stands.len(),
        fixed: of_standing(fixed),
        known: of_standing(&known),
        forced: of_standing(forced),
        watched: of_standing(&watched),
        watched_lightly: true,
        hasty,
        costs: stands.iter().map(cost).collect(),
        width: policy.width(),
        programs: MOST_PROGRAMS,
    };
    let protect = |fixed: &[bool], forced: &[bool], hasty: bool| match rows.summed {
        // Then each row stands for itself alone.
        Some(summed) => cube::protect_periods(cube(fixed, forced, hasty), &rows.values[summed]),
        None => cube::protect(&cube(fixed, forced, hasty)),
    };
    // What an edition of the same day showed is known, and hiding it is in vain.
    let growing = rows.growing().without(|row| fixed[row]);
    // Of the periods in which some row stays open to guesses, the numbers that are shown elsewhere are hidden as well.
    // First those of one value, and where that is not enough those over everybody, which many indicators have.
    let mut given_up: BTreeMap<u32, u8> = BTreeMap::new();
    let mut widened = 0;
    loop {
        let holds = |row: usize| if rows.slots[rows.rows[row][1] as usize] == CubeSlot::All { 2 } else { 1 };
        let is_bound = |row: usize| bound[row] && given_up.get(&rows.rows[row][2]).is_none_or(|n| *n < holds(row));
        let fixed: Vec<bool> = fixed.iter().enumerate().map(|(row, fixed)| *fixed || is_bound(row)).collect();
        // Rows of one value are many, and given up where they are in the way: what to show of them is not searched for long.
        let hasty = stands.iter().any(|row| is_bound(*row) && holds(*row) == 1);
        let found = of_small_rows(rows, policy.smallest, stands, protect(&fixed, &forced, hasty));
        // Rows stand for themselves where periods add up.
        let telling = growing.telling(&found.hidden);
        if !telling.is_empty() {
            telling.into_iter().for_each(|row| forced[row] = true);
            continue;
        }
        if widened < MOST_WIDENED {
            widened += 1;
            let of = cube(&fixed, &forced, hasty);
            let narrow = taken_for_sums::narrow(&of, &found, rows.summed);
            let wider: Vec<u32> =
                narrow.iter().flat_map(|row| taken_for_sums::wider(&of, &found.hidden, *row)).collect();
            if !wider.is_empty() {
                wider.into_iter().for_each(|row| forced[stands[row as usize]] = true);
                continue;
            }
        }
        let failed: BTreeSet<u32> =
            found.failed.iter().filter_map(|row| stands.get(*row as usize)).map(|row| rows.rows[*row][2]).collect();
        let still: BTreeSet<u32> = stands.iter().filter(|row| is_bound(**row)).map(|row| rows.rows[*row][2]).collect();
        if failed.is_disjoint(&still) {
            return found;
        }
        for time in failed.intersection(&still) {
            *given_up.entry(*time).or_default() += 1;
        }
    }
}

/// Of rows that are watched and not small it is not said that they are; that one of them stays told is no reason to
/// publish nothing.
fn of_small_rows(rows: &RollupRows, smallest: i64, stands: &[usize], mut found: CubeHidden) -> CubeHidden {
    let small = |value: i64| (1..smallest).contains(&value);
    let is_small = |row: usize| {
        rows.measures.iter().zip(&rows.values).any(|((_, measure), values)| {
            small(values[row]) || measure.at_most.is_some_and(|most| small(rows.values[most][row] - values[row]))
        })
    };
    for (small, row) in found.small.iter_mut().zip(stands) {
        *small &= is_small(*row);
    }
    found.failed.retain(|number| stands.get(*number as usize).is_none_or(|row| is_small(*row)));
    found
}

/// What was found of the rows that stand for others, of all.
fn for_all_rows(rows: &RollupRows, stands: &[usize], found: CubeHidden) -> CubeHidden {
    let mut at = vec![0; rows.rows.len()];
    for (number, row) in stands.iter().enumerate() {
        at[*row] = number;
    }
    let of = |row: usize| at[rows.same_as[row] as usize];
    let all = || 0..rows.rows.len();
    let full = |number: u32| match stands.get(number as usize) {
        Some(row) => *row as u32,
        None => number - stands.len() as u32 + rows.rows.len() as u32,
    };
    let mut moves = found.moves;
    for cell in moves.iter_mut().flat_map(|m| &mut m.cells) {
        cell.0 = full(cell.0);
    }
    CubeHidden {
        hidden: all().map(|row| found.hidden[of(row)]).collect(),
        small: all().map(|row| found.small[of(row)]).collect(),
        moves,
        kept_by: found.kept_by.map(|kept| all().map(|row| kept[of(row)]).collect()),
        failed: found.failed.into_iter().map(full).collect(),
    }
}

/// The group of a hidden row: the first move that keeps it, or none of its own.
pub(super) fn group(hidden: &CubeHidden, row: usize) -> Option<u32> {
    hidden.kept_by.iter().map(|k| k[row]).find(|g| *g != NONE)
}
