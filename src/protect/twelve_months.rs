//! Numbers of the last twelve months, and the months of a rollup that they add up from. Such a number is shown only where
//! the rollup shows as much of its months: else it would tell those that are hidden. One that is hidden for others is
//! hidden in vain where the rollup's rows add up to it.

use std::collections::HashMap;

use super::audit_indicators::ToldBefore;
use super::blocks::{BlockHidden, Lookup, nodes_of};
use super::cube::CubeSlot;
use super::linked_parts::ForcedCells;
use super::period_names::{first_day, last_day};
use super::rollups::RollupRows;
use super::shared_numbers::{BlockSide, SharedNumbers, SharedRows};
use super::windows::adds_up;
use crate::schema::day;
use crate::schema::same_numbers::{SameNumber, SamePeriods};

/// The numbers of twelve months that rows of a rollup are together.
#[derive(Default)]
pub(super) struct MonthWindows {
    windows: Vec<MonthWindow>,
    series: Vec<MonthSeries>,
}

/// A number of an indicator that counts what some months have.
struct MonthWindow {
    whole: BlockSide,
    node: usize,
    series: usize,
    /// Places in the series.
    months: Vec<usize>,
    /// Whether it is the months alone, and not a part of another besides.
    is_whole: bool,
}

/// The shortest periods of a rollup over everybody at one place, oldest first; those in which there was nothing have none.
struct MonthSeries {
    /// The first day of the rollup.
    since: i32,
    months: Vec<Month>,
}

struct Month {
    row: usize,
    first: i32,
    last: i32,
    /// Rows of the longer periods that it is in, the shortest first.
    above: Vec<usize>,
    /// Those of them that are what their months are together.
    sums: Vec<usize>,
}

/// A number of twelve months that tells, or is told by, the months of a rollup: its block and side, and its node.
#[derive(Default)]
pub(super) struct MonthFaults {
    /// Shown, and telling of months that are hidden.
    pub telling: Vec<(BlockSide, usize)>,
    /// Hidden, and what rows that are shown are together.
    pub told: Vec<(BlockSide, usize)>,
}

impl MonthWindows {
    /// The numbers that a rollup of an edition has by months, which looks back from `as_of`.
    pub fn of(shared: &SharedNumbers<'_>, name: &str, rows: &RollupRows, as_of: i32) -> Self {
        let mut out = MonthWindows::default();
        for same in shared.same_of(name).filter(|same| same.of == SamePeriods::Years && same.rows.is_none()) {
            let measure = rows.measures.iter().position(|(measure, _)| *measure == same.measure);
            if let Some(measure) = measure.filter(|_| rows.summed.is_some()) {
                out.add(shared, same, (rows, measure), as_of);
            }
        }
        out
    }

    fn add(
        &mut self,
        shared: &SharedNumbers<'_>,
        same: &SameNumber,
        (rows, measure): (&RollupRows, usize),
        as_of: i32,
    ) {
        let i = &shared.schemas.indicators[same.indicator];
        if !adds_up(i) {
            return;
        }
        let nodes = nodes_of(i, &shared.schemas.disclosure.public, &shared.divisions.tree).min(rows.tree.len());
        for (node, series) in series_of(rows, measure, as_of).into_iter().filter(|(node, _)| *node < nodes) {
            for (at, block) in shared.blocks.iter().enumerate().filter(|(_, b)| b.indicator as usize == same.indicator)
            {
                let begins_after = day::one_year_before(block.e_day);
                if begins_after + 1 < series.since {
                    // Nobody sees what it has of the days before.
                    continue;
                }
                let is_in = |month: &Month| month.first > begins_after && month.last <= block.e_day;
                let is_cut = |month: &Month| month.first <= begins_after && month.last > begins_after;
                let months: Vec<usize> =
                    (0..series.months.len()).filter(|month| is_in(&series.months[*month])).collect();
                if block.d[node] > 0 && !months.is_empty() {
                    let is_whole = !series.months.iter().any(is_cut);
                    let (whole, of_series) = ((at, same.side), self.series.len());
                    self.windows.push(MonthWindow { whole, node, series: of_series, months, is_whole });
                }
            }
            self.series.push(series);
        }
    }

    /// What has to be hidden besides: numbers of twelve months, and rows: whether it is more than before. What an earlier
    /// edition showed is known, whoever hides it now.
    pub fn force(
        &self,
        shared: &mut SharedRows,
        (hides, hidden): (&[bool], &[BlockHidden]),
        known: Lookup<'_>,
        forced: &mut ForcedCells,
    ) -> bool {
        let mut more = false;
        let is_hidden = |(at, side): BlockSide, node: usize| {
            if side == 0 { hidden[at].n[node] } else { hidden[at].d[node] }
        };
        for window in &self.windows {
            let ((at, side), node) = (window.whole, window.node);
            let follows = self.follows(window, hides);
            if is_hidden(window.whole, node) {
                if window.is_whole && follows {
                    self.between(window).into_iter().for_each(|row| more |= shared.hide_beside(row));
                }
            } else if !follows && !known.of(at, node).is_some_and(|k| if side == 0 { k.shown_n } else { k.shown_d }) {
                let nodes = hidden[at].n.len();
                let cells = forced[at].get_or_insert_with(|| [vec![false; nodes], vec![false; nodes]]);
                more |= !cells[side][node];
                cells[side][node] = true;
            }
        }
        more
    }

    /// What is wrong of an edition; `hidden` says which numerators and denominators are hidden, by block. What an earlier
    /// edition showed, as a row or as a part of an indicator, is not to be mended.
    pub fn faults(&self, name: &str, (hides, hidden): (&[bool], &[[Vec<bool>; 2]]), told: &ToldBefore) -> MonthFaults {
        let mut faults = MonthFaults::default();
        let was_row = |row: &usize| told.rows.contains(&(name.to_owned(), *row));
        for window in &self.windows {
            let ((at, side), node) = (window.whole, window.node);
            let follows = self.follows(window, hides);
            if hidden[at][side][node] {
                if window.is_whole && follows && !self.between(window).iter().any(was_row) {
                    faults.told.push((window.whole, node));
                }
            } else if !follows && !told.numbers.get(at).is_some_and(|told| told[side][node]) {
                faults.telling.push((window.whole, node));
            }
        }
        faults
    }

    /// Whether the rows that are shown tell a number: of the months that are hidden, those that a longer period has beside
    /// the shown ones are known together, and are all in it or all outside.
    fn follows(&self, window: &MonthWindow, hides: &[bool]) -> bool {
        let months = &self.series[window.series].months;
        let known_with = |month: &Month| month.sums.iter().copied().find(|row| !hides[*row]);
        let is_hidden = |at: &usize| hides[months[*at].row];
        let outside: Vec<usize> = (0..months.len())
            .filter(|at| !window.months.contains(at) && is_hidden(at))
            .filter_map(|at| known_with(&months[at]))
            .collect();
        let is_told = |at: &usize| known_with(&months[*at]).is_some_and(|row| !outside.contains(&row));
        window.months.iter().filter(|at| is_hidden(at)).all(is_told)
    }

    /// Rows without which no others tell a number: the first month in it and the one before, which are then known together
    /// at most, with the longer periods that one of them is in.
    fn between(&self, window: &MonthWindow) -> Vec<usize> {
        let months = &self.series[window.series].months;
        let (first, last) = (window.months[0], window.months[window.months.len() - 1]);
        let pair = match (first.checked_sub(1), months.get(last + 1)) {
            (Some(before), _) => [&months[before], &months[first]],
            (None, Some(after)) => [after, &months[last]],
            (None, None) => [&months[first]; 2],
        };
        let [a, b] = pair;
        let of_one = |one: &Month, other: &Month| -> Vec<usize> {
            let alone = one.above.iter().filter(|row| one.row == other.row || !other.above.contains(row));
            std::iter::once(one.row).chain(alone.copied()).collect()
        };
        let mut rows = of_one(a, b);
        rows.extend(of_one(b, a));
        rows
    }
}

/// The series of each place that has one.
fn series_of(rows: &RollupRows, measure: usize, as_of: i32) -> Vec<(usize, MonthSeries)> {
    let of_key: HashMap<[u32; 3], usize> = rows.rows.iter().enumerate().map(|(row, key)| (*key, row)).collect();
    let parent = |time: u32| Some(rows.time_parent[time as usize]).filter(|above| *above != time);
    let is_longer = |time: u32| (0..rows.times.len() as u32).any(|part| parent(part) == Some(time));
    let mut times: Vec<(i32, i32, u32)> = (0..rows.times.len() as u32)
        .filter(|time| !is_longer(*time))
        .filter_map(|time| {
            let period = &rows.times[time as usize];
            Some((first_day(period)?, last_day(period)?.min(as_of), time))
        })
        .collect();
    times.sort_unstable();
    let since = times.first().map_or(i32::MAX, |time| time.0);
    let value = |row: &usize| rows.values[measure][*row];
    let mut found = Vec::new();
    for (slot, _) in (0..).zip(&rows.slots).filter(|(_, slot)| **slot == CubeSlot::All) {
        for node in 0..rows.tree.len() as u32 {
            let row_of = |time: u32| of_key.get(&[node, slot, time]).copied();
            let above = |time: u32| -> Vec<usize> {
                std::iter::successors(parent(time), |time| parent(*time)).filter_map(row_of).collect()
            };
            let mut months: Vec<Month> = times
                .iter()
                .filter_map(|(first, last, time)| {
                    let above = above(*time);
                    Some(Month { row: row_of(*time)?, first: *first, last: *last, above, sums: Vec::new() })
                })
                .collect();
            let mut together: HashMap<usize, i64> = HashMap::new();
            for month in &months {
                month.above.iter().for_each(|row| *together.entry(*row).or_default() += value(&month.row));
            }
            for month in &mut months {
                month.sums = month.above.iter().copied().filter(|row| together[row] == value(row)).collect();
            }
            if !months.is_empty() {
                found.push((node as usize, MonthSeries { since, months }));
            }
        }
    }
    found
}
