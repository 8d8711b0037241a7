//! Numbers that stand in two tables: all patients of a county are a row of a rollup, and the denominator of rates;
//! persons of red and of yellow warning are two rows, and together a denominator. What one of the tables hides tells
//! nobody anything only where the other hides it too.

use std::collections::HashMap;

use super::audit_indicators::ToldBefore;
use super::blocks::{Block, BlockHidden, Lookup, nodes_of};
use super::cube::CubeSlot;
use super::linked_parts::ForcedCells;
use super::period_names::{is_year, last_day};
use super::rollups::{RollupRows, StateElsewhere};
use super::rules::{ROWS_OF_ONE_VALUE, TWELVE_MONTHS};
use super::tree::DivisionTree;
use crate::catalogue::rollup_of;
use crate::schema::Schemas;
use crate::schema::same_numbers::{SameNumber, SamePeriods, same_numbers};

/// A block, and whether its numerator (0) or denominator (1) is meant.
pub(super) type BlockSide = (usize, usize);

/// Of a dimension with more values, no others than those declared are looked for.
const MOST_VALUES: u32 = 12;

/// The numbers of indicators that rollups have as well.
pub(super) struct SharedNumbers<'a> {
    pub schemas: &'a Schemas,
    pub divisions: &'a DivisionTree,
    pub blocks: &'a [Block],
    same: Vec<SameNumber>,
    /// Blocks by indicator and day.
    of: HashMap<(usize, i32), Vec<usize>>,
}

/// A number of an indicator, and the rows of a rollup that it is: one, or several together.
pub(super) struct SharedNumber {
    whole: BlockSide,
    node: usize,
    rows: Vec<usize>,
    /// Of several rows, those that tell together what these are: the row over everybody, and those of the other values.
    rest: Vec<usize>,
}

/// A number of an indicator that some values of a dimension may be together: what it is, and where.
struct WantedNumber {
    whole: BlockSide,
    value: i64,
    node: u32,
    time: u32,
}

/// Where the numbers of the rows of a rollup stand as well.
#[derive(Default)]
pub(super) struct SharedRows {
    numbers: Vec<SharedNumber>,
    places: Vec<Vec<BlockSide>>,
    /// Rows that are hidden because others are, and these would tell what is hidden of them.
    beside: Vec<bool>,
}

impl<'a> SharedNumbers<'a> {
    pub fn of(schemas: &'a Schemas, divisions: &'a DivisionTree, blocks: &'a [Block]) -> Self {
        let mut of: HashMap<(usize, i32), Vec<usize>> = HashMap::new();
        for (at, block) in blocks.iter().enumerate() {
            of.entry((block.indicator as usize, block.e_day)).or_default().push(at);
        }
        SharedNumbers { schemas, divisions, blocks, same: same_numbers(schemas), of }
    }

    /// The same as an edition of this epoch of protection holds them together.
    pub fn of_epoch(mut self, protection: u32) -> Self {
        self.same.retain(|same| {
            (same.rows.is_none() || protection >= ROWS_OF_ONE_VALUE)
                && (same.of == SamePeriods::All || protection >= TWELVE_MONTHS)
        });
        self
    }

    /// What a table of a rollup has of the numbers.
    pub fn same_of(&self, name: &str) -> impl Iterator<Item = &SameNumber> {
        let name = rollup_of(name).unwrap_or(name).to_owned();
        self.same.iter().filter(move |same| same.rollup == name)
    }

    /// Of each row of a rollup, the places among the indicators where its numbers stand as well, in an edition that
    /// looks back from `as_of`; nothing where it has none.
    pub fn places(&self, name: &str, rows: &RollupRows, as_of: i32) -> SharedRows {
        let numbers = self.numbers(name, rows, as_of);
        let mut places = vec![Vec::new(); rows.rows.len()];
        for number in &numbers {
            number.rows.iter().for_each(|row| places[*row].push(number.whole));
        }
        let beside = vec![false; places.len()];
        SharedRows { numbers, places, beside }
    }

    fn numbers(&self, name: &str, rows: &RollupRows, as_of: i32) -> Vec<SharedNumber> {
        let mut found = Vec::new();
        let of_key: HashMap<[u32; 3], usize> = rows.rows.iter().enumerate().map(|(row, key)| (*key, row)).collect();
        for same in self.same_of(name) {
            let Some(measure) = rows.measures.iter().position(|(measure, _)| *measure == same.measure) else {
                continue;
            };
            let rows_of = |slots: &[u32], number: &WantedNumber| -> Vec<usize> {
                let row = |slot: &u32| of_key.get(&[number.node, *slot, number.time]).copied();
                slots.iter().filter_map(row).collect()
            };
            let are = |of: &[usize], number: &WantedNumber| {
                of.iter().map(|row| rows.values[measure][*row]).sum::<i64>() == number.value
            };
            let wanted = self.wanted(same, rows, as_of);
            let agree = |slots: &[u32]| wanted.iter().all(|number| are(&rows_of(slots, number), number));
            let slots = slots_of((self.schemas, same), rows, &agree);
            for number in &wanted {
                let of = rows_of(&slots, number);
                if number.value > 0 && are(&of, number) {
                    let rest = if of.len() > 1 { rest_of(rows, measure, &of, &of_key) } else { Vec::new() };
                    found.push(SharedNumber { whole: number.whole, node: number.node as usize, rows: of, rest });
                }
            }
        }
        found
    }

    /// The numbers of an indicator at the places and days that a rollup has.
    fn wanted(&self, same: &SameNumber, rows: &RollupRows, as_of: i32) -> Vec<WantedNumber> {
        let i = &self.schemas.indicators[same.indicator];
        let nodes = nodes_of(i, &self.schemas.disclosure.public, &self.divisions.tree).min(rows.tree.len());
        let mut wanted = Vec::new();
        let is_of = |period: &str| match same.of {
            SamePeriods::All => true,
            SamePeriods::Years => is_year(period) && last_day(period).is_some_and(|day| day <= as_of),
        };
        for (time, period) in (0..).zip(&rows.times).filter(|(_, period)| is_of(period)) {
            let Some(day) = last_day(period).map(|day| day.min(as_of)) else { continue };
            for at in self.of.get(&(same.indicator, day)).into_iter().flatten() {
                let block = &self.blocks[*at];
                let values = if same.side == 0 { &block.n } else { &block.d };
                let of = (0..nodes as u32).map(|node| {
                    let value = values[node as usize].max(0);
                    WantedNumber { whole: (*at, same.side), value, node, time }
                });
                wanted.extend(of);
            }
        }
        wanted
    }

    /// Numbers that a rollup and an indicator do not hide alike: a row, and the indicator. One row is hidden in both or
    /// in none; of several that are a number together, and it, not one alone is hidden. `hidden` says which numerators
    /// and denominators are hidden, by block. What an earlier edition showed, as a row or as a part of an indicator, may
    /// be hidden in one place: it is known.
    pub fn apart(
        &self,
        name: &str,
        (rows, hides): (&RollupRows, &[bool]),
        as_of: i32,
        (hidden, told): (&[[Vec<bool>; 2]], &ToldBefore),
    ) -> Vec<(usize, &'a str)> {
        let mut found: Vec<(usize, &'a str)> = Vec::new();
        let was_row = |row: &usize| told.rows.contains(&(name.to_owned(), *row));
        for SharedNumber { whole: (at, side), node, rows, rest } in self.numbers(name, rows, as_of) {
            let hides_whole = hidden[at][side][node];
            let was_whole = || told.numbers.get(at).is_some_and(|of| of[side][node]);
            let hidden_of_all = usize::from(hides_whole) + rows.iter().filter(|row| hides[**row]).count();
            let was_shown = (hides_whole || was_whole()) && rows.iter().filter(|row| !hides[**row]).all(was_row);
            let rest_tells = hides_whole && !rest.is_empty() && !rest.iter().any(|row| hides[*row]);
            if (hidden_of_all == 1 && !was_shown) || (rest_tells && !rest.iter().all(was_row)) {
                found.push((rows[0], self.schemas.indicators[self.blocks[at].indicator as usize].id.as_str()));
            }
        }
        found.sort_unstable();
        found.dedup_by_key(|(row, _)| *row);
        found
    }

    /// What has to be hidden of indicators besides, because a row hides it: whether that is more than before. What an
    /// earlier edition showed and is the same is known, whoever hides it now.
    pub fn force(
        &self,
        shared: &mut SharedRows,
        (hides, hidden): (&[bool], &[BlockHidden]),
        known: Lookup<'_>,
        forced: &mut ForcedCells,
    ) -> bool {
        let mut more = false;
        for SharedNumber { whole: (at, side), node, rows, rest } in &shared.numbers {
            let (at, side, node) = (*at, *side, *node);
            let hides_whole = is_hidden(&hidden[at], side, node);
            if hides_whole && !rest.iter().any(|row| hides[*row] || shared.beside[*row]) {
                // The last is the least of those that are no number of everybody.
                if let Some(row) = rest.last() {
                    more = true;
                    shared.beside[*row] = true;
                }
            }
            if !rows.iter().any(|row| hides[*row]) || hides_whole {
                continue;
            }
            let was_shown = known.of(at, node).is_some_and(|k| if side == 0 { k.shown_n } else { k.shown_d });
            if was_shown {
                // One row that is hidden would be what the others leave of the number.
                for row in rows.iter().filter(|_| rows.len() > 1) {
                    more |= !hides[*row] && !shared.beside[*row];
                    shared.beside[*row] = true;
                }
                continue;
            }
            let nodes = self.divisions.tree.len();
            let cells = forced[at].get_or_insert_with(|| [vec![false; nodes], vec![false; nodes]]);
            more |= !cells[side][node];
            cells[side][node] = true;
        }
        more
    }
}

impl SharedRows {
    /// Hides a row because others that are hidden would follow from it: whether it was not hidden so before.
    pub fn hide_beside(&mut self, row: usize) -> bool {
        !std::mem::replace(&mut self.beside[row], true)
    }

    /// What the indicators do with the numbers of each row.
    pub fn states(&self, rows: &RollupRows, hidden: &[BlockHidden]) -> Vec<StateElsewhere> {
        let of_row = |((row, places), beside): ((&[u32; 3], &Vec<BlockSide>), &bool)| {
            let hides = |(at, side): &BlockSide| is_hidden(&hidden[*at], *side, row[0] as usize);
            match places.is_empty() {
                _ if *beside || places.iter().any(hides) => StateElsewhere::Hidden,
                true => StateElsewhere::Absent,
                false => StateElsewhere::Shown,
            }
        };
        rows.rows.iter().zip(&self.places).zip(&self.beside).map(of_row).collect()
    }
}

/// The slots whose rows are a number of an indicator together: those that are declared, or where they are not and others
/// are everywhere, those.
fn slots_of((schemas, same): (&Schemas, &SameNumber), rows: &RollupRows, agree: &dyn Fn(&[u32]) -> bool) -> Vec<u32> {
    let Some((dimension, values)) = &same.rows else {
        return (0..).zip(&rows.slots).filter(|(_, slot)| **slot == CubeSlot::All).map(|(at, _)| at).collect();
    };
    let rollup = schemas.rollups.iter().find(|rollup| rollup.name == same.rollup);
    let dimension = rollup.and_then(|r| r.dimensions.iter().position(|d| d.name == *dimension));
    let is_of =
        |slot: &CubeSlot| matches!(slot, CubeSlot::One { dimension: of, .. } if Some(*of as usize) == dimension);
    let all: Vec<u32> = (0..).zip(&rows.slots).filter(|(_, slot)| is_of(slot)).map(|(at, _)| at).collect();
    let name = |slot: &u32| dimension.map(|d| &rows.slot_names[*slot as usize][d]);
    let declared: Vec<u32> =
        all.iter().copied().filter(|slot| name(slot).is_some_and(|n| values.contains(n))).collect();
    let most = all.len() as u32;
    if agree(&declared) || most > MOST_VALUES {
        return declared;
    }
    let chosen =
        |set: u32| -> Vec<u32> { (0..most).filter(|at| set >> at & 1 == 1).map(|at| all[at as usize]).collect() };
    let mut sets: Vec<u32> = (1..1 << most).collect();
    sets.sort_by_key(|set| set.count_ones());
    sets.into_iter().map(chosen).find(|slots| agree(slots)).unwrap_or(declared)
}

/// The row over everybody at the place of some rows of a dimension, and after it those of its other values, the least
/// last: nothing where they do not tell what the rows are together.
fn rest_of(rows: &RollupRows, measure: usize, of: &[usize], of_key: &HashMap<[u32; 3], usize>) -> Vec<usize> {
    let [node, slot, time] = rows.rows[of[0]];
    let CubeSlot::One { dimension, .. } = rows.slots[slot as usize] else { return Vec::new() };
    let row_of = |wanted: &dyn Fn(&CubeSlot) -> bool| -> Vec<usize> {
        let slots = (0..).zip(&rows.slots).filter(|(_, slot)| wanted(slot));
        slots.filter_map(|(slot, _)| of_key.get(&[node, slot, time]).copied()).collect()
    };
    let all = row_of(&|slot| *slot == CubeSlot::All);
    let mut others = row_of(&|slot| matches!(slot, CubeSlot::One { dimension: d, .. } if *d == dimension));
    others.retain(|row| !of.contains(row));
    let value = |row: &usize| rows.values[measure][*row];
    let sum = |of: &[usize]| of.iter().map(value).sum::<i64>();
    if !rows.single[dimension as usize] || sum(&all) != sum(&others) + sum(of) {
        return Vec::new();
    }
    others.sort_by_key(|row| (std::cmp::Reverse(value(row)), *row));
    all.into_iter().chain(others).collect()
}

fn is_hidden(of: &BlockHidden, side: usize, node: usize) -> bool {
    if side == 0 { of.n[node] } else { of.d[node] }
}
