//! The last resort for a small row of a rollup that no product of parts keeps open: a linear program over the rows
//! around it finds the cheapest change of all of them together that keeps every sum.

use std::collections::BTreeMap;

use super::cube::{Best, NONE, Search};
use super::cube_shape::Sum;
use super::program::{Program, ProgramRelation};

/// The most programs that are asked for one table. A night that publishes nothing is worse than one that takes a minute
/// longer.
pub const MOST_PROGRAMS: u32 = 10_000;

/// The most rows that may change together.
const MOST_ROWS: usize = 6_000;

/// So many rows in a program count as a program more.
const ROWS_OF_PROGRAM: usize = 500;

/// How many times as much as the small row another may change.
const MOST_TIMES: i64 = 4;

/// How a row changes in a program: how often up, and how often down.
type UpAndDown = [u32; 2];

/// A change that is looked for: the small row changes by `times`, the whole `up` times up and `down` times down.
#[derive(Clone, Copy)]
struct Wanted {
    times: i64,
    up: i64,
    down: i64,
}

impl Search<'_> {
    /// A change that keeps a small row open, the cheapest of its kind, by linear programs; `None` where there is none
    /// among the rows around it, or none of whole numbers was found.
    pub fn by_program(&mut self, row: u32, leading: bool, strict: bool) -> Option<Best> {
        if self.rounds() {
            return None;
        }
        let width = self.cube.width;
        let mut ways = vec![Wanted { times: width, up: 1, down: 0 }, Wanted { times: width, up: 0, down: 1 }];
        ways.extend((1..width).map(|up| Wanted { times: 1, up, down: width - up }));
        for periods in self.periods_around(row) {
            for hidden_alone in [true, false] {
                let around = self.around(&periods, hidden_alone);
                if around.len() > MOST_ROWS {
                    continue;
                }
                for wanted in &ways {
                    self.programs = self.programs.checked_sub(1 + (around.len() / ROWS_OF_PROGRAM) as u32)?;
                    if let Some(best) = self.change(row, &around, *wanted, (leading, strict)) {
                        return Some(best);
                    }
                }
            }
        }
        None
    }

    /// Periods that may change with a row: those that one of its lowest periods is a part of, those of a second one as
    /// well, and at last all.
    fn periods_around(&self, row: u32) -> Vec<Vec<u32>> {
        let [node, slot, time] = self.cube.rows[row as usize];
        let parent = |time: u32| self.cube.time_parent[time as usize];
        let chain = |from: u32| -> Vec<u32> {
            let mut chain = vec![from];
            while parent(chain[chain.len() - 1]) != chain[chain.len() - 1] {
                chain.push(parent(chain[chain.len() - 1]));
            }
            chain
        };
        let is_lowest = |time: &u32| self.times_below[*time as usize].is_empty() && self.row(node, slot, *time) != NONE;
        let lowest: Vec<Vec<u32>> = (0..self.cube.time_parent.len() as u32).filter(is_lowest).map(chain).collect();
        let Some(mine) = lowest.iter().find(|chain| chain.contains(&time)).cloned() else {
            return vec![chain(time)];
        };
        // The nearest other has most in common with it.
        let common = |other: &&Vec<u32>| other.iter().filter(|time| mine.contains(time)).count();
        let others = lowest.iter().filter(|other| **other != mine && common(other) > 0);
        let second = others.max_by_key(|other| (common(other), std::cmp::Reverse(other[0])));
        let both = second.map(|other| {
            let mut both = mine.clone();
            both.extend(other.iter().filter(|time| !mine.contains(time)));
            both
        });
        let all: Vec<u32> = (0..self.cube.time_parent.len() as u32).collect();
        let further = Some(all).filter(|all| all.len() > mine.len());
        std::iter::once(mine).chain(both).chain(further).collect()
    }

    /// Rows of some periods that may change: that are hidden, or that may be.
    fn around(&self, periods: &[u32], hidden_alone: bool) -> Vec<u32> {
        let may_change = |at: &u32| {
            let at = *at as usize;
            periods.contains(&self.cube.rows[at][2])
                && !self.cube.known[at]
                && (self.hidden[at] || !(hidden_alone || self.cube.fixed[at]))
        };
        (0..self.cube.rows.len() as u32).filter(may_change).collect()
    }

    fn change(&self, row: u32, around: &[u32], wanted: Wanted, (leading, strict): (bool, bool)) -> Option<Best> {
        let mut program = Program::default();
        let mut numbers: BTreeMap<u32, UpAndDown> = BTreeMap::new();
        let mut aim = Vec::new();
        for at in around {
            let fall = self.fall(*at as usize, leading) - if strict { self.slack[*at as usize] } else { 0 };
            // A part may move against the whole as many times as the whole moves: no further, or it would fall below 0.
            let most = |other: i64| {
                let most = MOST_TIMES * wanted.times;
                if other == 0 { most } else { most.min(fall.max(0) / other) }
            };
            let (mut up, mut down) = ([0, most(wanted.down)], [0, most(wanted.up)]);
            if *at == row {
                (up, down) = ([wanted.times; 2], [0; 2]);
                if wanted.down > 0 && wanted.times * wanted.down > fall {
                    return None;
                }
            }
            let both = [program.number(up[0], up[1]), program.number(down[0], down[1])];
            let cost = if self.hidden[*at as usize] { 0 } else { self.cube.costs[*at as usize] };
            // Of two that cost the same, the one that touches less.
            let cost = i32::try_from(cost.saturating_mul(8) + 1).unwrap_or(1 << 24).min(1 << 24);
            aim.extend(both.map(|number| (number, cost)));
            numbers.insert(*at, both);
        }
        self.relate(&mut program, &numbers, wanted, leading);
        let found = program.least(&aim)?;
        let mut best = Best { up: wanted.up, down: wanted.down, ..Best::default() };
        for (at, [up, down]) in &numbers {
            let times = found[*up as usize] - found[*down as usize];
            if times != 0 {
                best.cells.push((*at, i8::try_from(times).ok()?));
                if !self.hidden[*at as usize] {
                    best.hides.push(*at);
                    best.cost += self.cube.costs[*at as usize];
                }
            }
        }
        self.is_right(row, &best, wanted, leading).then_some(best)
    }

    /// Every sum stays, and no part is more than its whole.
    fn relate(&self, program: &mut Program, numbers: &BTreeMap<u32, UpAndDown>, wanted: Wanted, leading: bool) {
        let linked = self.cube.linked();
        let mut sums: BTreeMap<Sum, Vec<(u32, i32)>> = BTreeMap::new();
        for (at, [up, down]) in numbers {
            for (sum, sign) in linked.sums(self.cube.rows[*at as usize]) {
                sums.entry(sum).or_default().extend([(*up, sign as i32), (*down, -sign as i32)]);
            }
        }
        sums.into_values().for_each(|terms| program.relate(terms, ProgramRelation::Equal, 0));
        for (at, [up, down]) in numbers {
            for parent in self.parents(*at) {
                let rise = self.rise(*at as usize, parent as usize, leading).max(0);
                let above = numbers.get(&parent);
                for (sign, often) in [(1, wanted.up), (-1, wanted.down)] {
                    let often = often as i32 * sign;
                    if often != 0 {
                        let mut terms = vec![(*up, often), (*down, -often)];
                        terms.extend(above.into_iter().flat_map(|[up, down]| [(*up, -often), (*down, often)]));
                        program.relate(terms, ProgramRelation::AtMost, rise);
                    }
                }
            }
        }
    }

    /// Whether a change is one, in whole numbers: it keeps every sum, takes no more than there is, and moves the row.
    fn is_right(&self, row: u32, best: &Best, wanted: Wanted, leading: bool) -> bool {
        let linked = self.cube.linked();
        let mut sums: BTreeMap<Sum, i64> = BTreeMap::new();
        for (at, times) in &best.cells {
            let (times, at) = (i64::from(*times), *at as usize);
            let falls = if times > 0 { times * wanted.down } else { -times * wanted.up };
            if falls > self.fall(at, leading).max(0) || self.cube.known[at] || (self.cube.fixed[at] && !self.hidden[at])
            {
                return false;
            }
            for (sum, sign) in linked.sums(self.cube.rows[at]) {
                *sums.entry(sum).or_default() += sign * times;
            }
        }
        sums.values().all(|gain| *gain == 0)
            && best.cells.iter().any(|(at, times)| *at == row && i64::from(*times) == wanted.times)
    }
}
