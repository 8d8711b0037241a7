//! An outsider who takes distinct persons to add up over divisions and values, though somebody may be in two of them.
//! Where what he sees does not contradict him, the tables that he thinks possible are not those near the true one: of
//! a small row he may be left with fewer values than the moves from there show. Linear programs look at tables that add up.

use std::collections::{BTreeMap, BTreeSet};

use super::cube_shape::{Cube, CubeHidden, CubeSlot, NONE, Sum};
use super::program::{Program, ProgramRelation};

/// More than any number that a reader would take for possible.
const ROOMY: i64 = 100_000;

/// The direction in which the periods of a sum lie.
const OVER_PERIODS: u16 = 1;

/// The most numbers that are looked at together.
const MOST_NUMBERS: usize = 300;

/// The most programs of one search; so many numbers in one count as one more. What is not looked at then is taken for open.
const MOST_ASKED: usize = 600;
const NUMBERS_OF_PROGRAM: usize = 100;

/// A leading measure and a row.
type HiddenNumber = (usize, u32);

/// Hidden parts (1) and a hidden whole (-1), and what they come to where it is taken for a sum.
#[derive(Default)]
struct TakenSum {
    terms: Vec<(HiddenNumber, i64)>,
    total: i64,
    /// Whether the whole has a row, hidden or not.
    has_whole: bool,
}

/// Hidden numbers that hang together by what they are taken to add up to.
#[derive(Default)]
struct Hanging {
    numbers: Vec<HiddenNumber>,
    sums: Vec<TakenSum>,
}

/// Where each number stands in a program: by how much it is above the true one, and by how much below.
type ProgramPlaces = BTreeMap<HiddenNumber, [u32; 2]>;

struct Outsider<'a> {
    cube: &'a Cube<'a>,
    found: &'a CubeHidden,
    /// The measure that adds up over periods.
    summed: Option<usize>,
    /// Numbers near the true ones that add up.
    taken: Vec<Vec<i64>>,
}

/// Small rows of which such an outsider is left with too few values; `summed` is the measure that adds up over periods.
pub fn narrow(cube: &Cube<'_>, found: &CubeHidden, summed: Option<usize>) -> Vec<u32> {
    let counts_persons = |at: usize| cube.measures[at].leading && Some(at) != summed;
    let rounds = cube.measures.iter().any(|measure| measure.rounding.is_some());
    if rounds || !(0..cube.measures.len()).any(counts_persons) {
        return Vec::new();
    }
    Outsider { cube, found, summed, taken: cube.values.clone() }.narrow().into_iter().collect()
}

impl Outsider<'_> {
    fn narrow(mut self) -> BTreeSet<u32> {
        let mut narrow = BTreeSet::new();
        let mut asked = 0;
        let mut may_ask = |numbers: usize, programs: usize| {
            asked += programs * (1 + numbers / NUMBERS_OF_PROGRAM);
            asked <= MOST_ASKED
        };
        let mut left: Vec<(Hanging, Vec<HiddenNumber>)> = Vec::new();
        for hanging in self.hanging() {
            let small: Vec<HiddenNumber> = hanging.numbers.iter().filter(|of| self.is_small(**of)).copied().collect();
            if small.is_empty()
                || hanging.numbers.len() > MOST_NUMBERS
                || hanging.sums.iter().all(|sum| self.holds(sum))
                || !may_ask(hanging.numbers.len(), 1)
            {
                continue;
            }
            match self.nearest(&hanging) {
                Some(nearest) => {
                    let taken = &mut self.taken;
                    hanging.numbers.iter().zip(nearest).for_each(|(of, value)| taken[of.0][of.1 as usize] = value);
                    left.push((hanging, small));
                }
                // He has nothing but each sum by itself.
                None => narrow.extend(hanging.sums.iter().flat_map(|sum| self.left_by(sum))),
            }
        }
        for (hanging, small) in &left {
            let shut = small.iter().filter(|of| !self.moves(of.1) && may_ask(hanging.numbers.len(), 2));
            narrow.extend(shut.filter(|of| self.is_narrow(hanging, **of)).map(|of| of.1));
        }
        narrow
    }

    fn value(&self, (measure, row): HiddenNumber) -> i64 {
        self.cube.values[measure][row as usize]
    }

    fn is_small(&self, of: HiddenNumber) -> bool {
        (1..=self.cube.width + 1).contains(&self.value(of))
    }

    /// Hidden numbers as they hang together; a sum that what is shown contradicts tells nothing.
    fn hanging(&self) -> Vec<Hanging> {
        let linked = self.cube.linked();
        let leading = (0..self.cube.measures.len()).filter(|at| self.cube.measures[*at].leading);
        let mut sums: BTreeMap<(usize, Sum), TakenSum> = BTreeMap::new();
        for measure in leading {
            for row in 0..self.cube.in_table as u32 {
                let adds_up = |(sum, _): &(Sum, i64)| sum.3 != OVER_PERIODS || self.summed == Some(measure);
                for (sum, sign) in linked.sums(self.cube.rows[row as usize]).into_iter().filter(adds_up) {
                    let of = sums.entry((measure, sum)).or_default();
                    of.has_whole |= sign < 0;
                    match self.found.hidden[row as usize] {
                        true => of.terms.push(((measure, row), sign)),
                        false => of.total -= sign * self.value((measure, row)),
                    }
                }
            }
        }
        let mut groups = HangingGroups::default();
        let mut kept: Vec<TakenSum> = Vec::new();
        for sum in sums.into_values().filter(|sum| sum.has_whole && !sum.terms.is_empty() && sum.may_hold()) {
            sum.terms.iter().for_each(|term| groups.join(sum.terms[0].0, term.0));
            kept.push(sum);
        }
        let met: Vec<HiddenNumber> = groups.0.keys().copied().collect();
        for (measure, row) in &met {
            // No more persons than things.
            let things = self.summed.filter(|things| things != measure && groups.0.contains_key(&(*things, *row)));
            things.into_iter().for_each(|things| groups.join((*measure, *row), (things, *row)));
        }
        let mut found: BTreeMap<HiddenNumber, Hanging> = BTreeMap::new();
        met.into_iter().for_each(|of| found.entry(groups.top(of)).or_default().numbers.push(of));
        for sum in kept {
            found.entry(groups.top(sum.terms[0].0)).or_default().sums.push(sum);
        }
        found.into_values().collect()
    }

    fn holds(&self, sum: &TakenSum) -> bool {
        sum.terms.iter().map(|(of, sign)| sign * self.value(*of)).sum::<i64>() == sum.total
    }

    fn program(&self, hanging: &Hanging) -> (Program, ProgramPlaces) {
        let mut program = Program::default();
        let mut places = ProgramPlaces::new();
        for of in &hanging.numbers {
            let value = self.value(*of);
            places.insert(*of, [program.number(0, ROOMY - value), program.number(0, value - 1)]);
        }
        let signed = |of: &HiddenNumber, sign: i64| {
            let [up, down] = places[of];
            [(up, sign as i32), (down, -sign as i32)]
        };
        for sum in &hanging.sums {
            let is: i64 = sum.terms.iter().map(|(of, sign)| sign * self.value(*of)).sum();
            let terms = sum.terms.iter().flat_map(|(of, sign)| signed(of, *sign));
            program.relate(terms.collect(), ProgramRelation::Equal, sum.total - is);
        }
        for of in hanging.numbers.iter().filter(|of| self.summed.is_some_and(|things| things != of.0)) {
            let things = self.summed.map(|things| (things, of.1)).filter(|things| places.contains_key(things));
            if let Some(things) = things {
                let terms = signed(of, 1).into_iter().chain(signed(&things, -1)).collect();
                program.relate(terms, ProgramRelation::AtMost, self.value(things) - self.value(*of));
            }
        }
        (program, places)
    }

    /// The table nearest to the true one that adds up; `None` where there is none.
    fn nearest(&self, hanging: &Hanging) -> Option<Vec<i64>> {
        let (program, places) = self.program(hanging);
        let aim: Vec<(u32, i32)> = places.values().flatten().map(|place| (*place, 1)).collect();
        let found = program.least_of_fractions(&aim)?;
        let value = |of: &HiddenNumber| {
            let [up, down] = places[of];
            self.value(*of) as f64 + found[up as usize] - found[down as usize]
        };
        // What lies between two whole numbers has the room of the lower one.
        Some(hanging.numbers.iter().map(|of| (value(of) + 1e-6).floor() as i64).collect())
    }

    /// Whether the move that keeps a row open has as much room from what he takes to be there.
    fn moves(&self, row: u32) -> bool {
        let kept = self.found.kept_by[0][row as usize];
        let Some(moved) = self.found.moves.get(kept as usize).filter(|_| kept != NONE) else { return false };
        let least = |at: usize| {
            let leading = self.cube.measures.iter().zip(&self.taken).filter(|(measure, _)| measure.leading);
            leading.map(|(_, taken)| taken[at] - 1).min().unwrap_or(0).max(0)
        };
        let room = |falling: i64| -> i64 {
            let of = |(at, times): &(u32, i8)| {
                let (at, falls) = (*at as usize, falling * i64::from(*times));
                if falls < 0 && at < self.cube.in_table { least(at) / falls.abs() } else { i64::MAX }
            };
            moved.cells.iter().map(of).min().unwrap_or(0)
        };
        let times = moved.cells.iter().find(|cell| cell.0 == row).map_or(0, |cell| i64::from(cell.1).abs());
        times * (room(1).min(moved.up) + room(-1).min(moved.down)) >= self.cube.width
    }

    /// Whether a number has too few values, the true one among them.
    fn is_narrow(&self, hanging: &Hanging, of: HiddenNumber) -> bool {
        let (program, places) = self.program(hanging);
        let [up, down] = places[&of];
        let value = |found: Vec<f64>| self.value(of) as f64 + found[up as usize] - found[down as usize];
        let least = program.least_of_fractions(&[(up, 1), (down, -1)]).map(value);
        let most = program.least_of_fractions(&[(up, -1), (down, 1)]).map(value);
        let (Some(least), Some(most)) = (least, most) else { return true };
        self.is_few((least - 1e-6).ceil() as i64, (most + 1e-6).floor() as i64, of)
    }

    fn is_few(&self, least: i64, most: i64, of: HiddenNumber) -> bool {
        most - least < self.cube.width && (least..=most).contains(&self.value(of))
    }

    /// Rows of small numbers of one sum that it leaves too few values, the true one among them.
    fn left_by(&self, sum: &TakenSum) -> Vec<u32> {
        let has_few = |(of, sign): &&(HiddenNumber, i64)| {
            let [mut low, mut high] = [0; 2];
            for (_, other) in sum.terms.iter().filter(|(at, _)| at != of) {
                let range = if *other > 0 { [1, ROOMY] } else { [-ROOMY, -1] };
                (low, high) = (low + range[0], high + range[1]);
            }
            let (a, b) = (sign * (sum.total - high), sign * (sum.total - low));
            self.is_small(*of) && self.is_few(a.min(b).max(1), a.max(b).min(ROOMY), *of)
        };
        sum.terms.iter().filter(has_few).map(|(of, _)| of.1).collect()
    }
}

impl TakenSum {
    fn may_hold(&self) -> bool {
        let least: i64 = self.terms.iter().map(|(_, sign)| if *sign > 0 { 1 } else { -ROOMY }).sum();
        let most: i64 = self.terms.iter().map(|(_, sign)| if *sign > 0 { ROOMY } else { -1 }).sum();
        (least..=most).contains(&self.total)
    }
}

/// Numbers in groups: of each, another of its group, or itself.
#[derive(Default)]
struct HangingGroups(BTreeMap<HiddenNumber, HiddenNumber>);

impl HangingGroups {
    fn top(&self, mut of: HiddenNumber) -> HiddenNumber {
        while let Some(other) = self.0.get(&of).filter(|other| **other != of) {
            of = *other;
        }
        of
    }

    fn join(&mut self, a: HiddenNumber, b: HiddenNumber) {
        let (a, b) = (self.top(a), self.top(b));
        self.0.insert(b, a);
        self.0.insert(a, a);
    }
}

/// Rows that give a row more values when they are hidden as well, everywhere in its period: the largest other value of its
/// dimension, of a crossing the values that it crosses, and at last the row over everybody.
pub fn wider(cube: &Cube<'_>, hidden: &[bool], row: u32) -> Vec<u32> {
    let [node, slot, time] = cube.rows[row as usize];
    let is_free = |at: &u32| !hidden[*at as usize] && !cube.fixed[*at as usize];
    let slot_of = |at: &u32| cube.slots[cube.rows[*at as usize][1] as usize];
    let beside = |at: &u32| match (cube.slots[slot as usize], slot_of(at)) {
        (CubeSlot::One { dimension, .. }, CubeSlot::One { dimension: other, .. }) => dimension == other,
        (CubeSlot::Cross { .. }, CubeSlot::One { dimension, .. }) => {
            cube.crossed.is_some_and(|crossed| crossed.contains(&dimension))
        }
        _ => false,
    };
    let in_period = || (0..cube.in_table as u32).filter(|at| cube.rows[*at as usize][2] == time).filter(is_free);
    let here = || in_period().filter(|at| cube.rows[*at as usize][0] == node);
    let value = |at: &u32| cube.values.iter().map(|of| of[*at as usize]).max();
    let largest = here().filter(beside).max_by_key(|at| (value(at), std::cmp::Reverse(*at)));
    let chosen = largest.or_else(|| in_period().find(|at| slot_of(at) == CubeSlot::All)).map(|at| slot_of(&at));
    in_period().filter(|at| Some(slot_of(at)) == chosen).collect()
}
