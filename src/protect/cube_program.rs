//! The last resort for a small row of a rollup that no product of parts keeps open: a linear program over the rows
//! around it finds the cheapest change of all of them together that keeps every sum.

use std::collections::{BTreeMap, BTreeSet};

use super::cube::{Best, Search};
use super::cube_shape::Sum;
use super::program::{Compared, Program};

/// The most rows that may change together: those that are hidden already, and then others.
const MOST_ROWS: usize = 400;

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
    /// The cheapest change that keeps a small row open, by linear programs; `None` where there is none among the rows
    /// around it, or none of whole numbers was found.
    pub fn by_program(&mut self, row: u32, leading: bool) -> Option<Best> {
        if self.rounds() {
            return None;
        }
        let around = self.around(row);
        let width = self.cube.width;
        let mut ways = vec![Wanted { times: width, up: 1, down: 0 }, Wanted { times: width, up: 0, down: 1 }];
        ways.extend((1..width).map(|up| Wanted { times: 1, up, down: width - up }));
        for strict in [true, false] {
            let mut best: Option<Best> = None;
            for wanted in &ways {
                if self.programs == 0 {
                    return best;
                }
                self.programs -= 1;
                let found = self.change(row, &around, *wanted, (leading, strict));
                best = match (best, found) {
                    (Some(best), Some(found)) if best.cost <= found.cost => Some(best),
                    (best, found) => found.or(best),
                };
            }
            if best.is_some() {
                return best;
            }
        }
        None
    }

    /// Rows that are linked with one by sums, the nearest first: those that are hidden, then others that may be.
    fn around(&self, row: u32) -> Vec<u32> {
        let linked = self.cube.linked();
        let mut members: BTreeMap<Sum, Vec<u32>> = BTreeMap::new();
        for (at, place) in self.cube.rows.iter().enumerate() {
            for (sum, _) in linked.sums(*place) {
                members.entry(sum).or_default().push(at as u32);
            }
        }
        let mut found = vec![row];
        let mut known: BTreeSet<u32> = BTreeSet::from([row]);
        for hidden_alone in [true, false] {
            let mut at = 0;
            while at < found.len() && found.len() < MOST_ROWS {
                for (sum, _) in linked.sums(self.cube.rows[found[at] as usize]) {
                    for next in &members[&sum] {
                        let is_hidden = self.hidden[*next as usize];
                        let may_change = is_hidden || (!hidden_alone && !self.cube.fixed[*next as usize]);
                        if may_change && found.len() < MOST_ROWS && known.insert(*next) {
                            found.push(*next);
                        }
                    }
                }
                at += 1;
            }
        }
        found
    }

    fn change(&self, row: u32, around: &[u32], wanted: Wanted, (leading, strict): (bool, bool)) -> Option<Best> {
        let mut program = Program::default();
        let mut numbers: BTreeMap<u32, UpAndDown> = BTreeMap::new();
        let mut aim = Vec::new();
        for at in around {
            let fall = self.fall(*at as usize, leading) - if strict { self.slack[*at as usize] } else { 0 };
            // As often as the whole goes one way, a part may go the other.
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
        sums.into_values().for_each(|terms| program.relate(terms, Compared::Equal, 0));
        for (at, [up, down]) in numbers {
            for parent in self.parents(*at) {
                let rise = self.rise(*at as usize, parent as usize, leading).max(0);
                let above = numbers.get(&parent);
                for (sign, often) in [(1, wanted.up), (-1, wanted.down)] {
                    let often = often as i32 * sign;
                    if often != 0 {
                        let mut terms = vec![(*up, often), (*down, -often)];
                        terms.extend(above.into_iter().flat_map(|[up, down]| [(*up, -often), (*down, often)]));
                        program.relate(terms, Compared::AtMost, rise);
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
            if falls > self.fall(at, leading).max(0) || (self.cube.fixed[at] && !self.hidden[at]) {
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
