//! Numbers that stand in two tables: all patients of a county are a row of a rollup, and the denominator of rates. What
//! one of the tables hides tells nobody anything only where the other hides it too.

use std::collections::HashMap;

use super::audit_indicators::ToldBefore;
use super::blocks::{Block, BlockHidden, Lookup, nodes_of};
use super::cube::CubeSlot;
use super::linked_parts::ForcedCells;
use super::period_names::last_day;
use super::rollups::{RollupRows, StateElsewhere};
use super::tree::DivisionTree;
use crate::catalogue::rollup_of;
use crate::schema::indicator::{Denominator, WindowKind};
use crate::schema::{Counts, Schemas, fact};

/// A block, and whether its numerator (0) or denominator (1) is meant.
type BlockSide = (usize, usize);

/// The numbers of indicators of a day, by what they count and the day.
pub(super) struct SharedNumbers<'a> {
    schemas: &'a Schemas,
    divisions: &'a DivisionTree,
    blocks: &'a [Block],
    of: HashMap<(String, i32), Vec<BlockSide>>,
}

impl<'a> SharedNumbers<'a> {
    pub fn of(schemas: &'a Schemas, divisions: &'a DivisionTree, blocks: &'a [Block]) -> Self {
        let mut of: HashMap<(String, i32), Vec<BlockSide>> = HashMap::new();
        for (at, block) in blocks.iter().enumerate() {
            let i = &schemas.indicators[block.indicator as usize];
            if i.window == WindowKind::Period {
                continue;
            }
            let denominator = match &i.denominator {
                Denominator::Part(part) => Some(part),
                _ => None,
            };
            for (side, part) in [Some(&i.numerator), denominator].into_iter().enumerate() {
                if let Some(part) = part.filter(|part| part.counts != Counts::Nobody) {
                    of.entry((fact::quantity(&i.fact, &part.sql()), block.e_day)).or_default().push((at, side));
                }
            }
        }
        SharedNumbers { schemas, divisions, blocks, of }
    }

    /// Of each row of a rollup, the places among the indicators where its numbers stand as well, in an edition that
    /// looks back from `as_of`; nothing where it has none.
    pub fn places(&self, name: &str, rows: &RollupRows, as_of: i32) -> Vec<Vec<BlockSide>> {
        let name = rollup_of(name).unwrap_or(name);
        let rollup = self.schemas.rollups.iter().find(|r| r.name == name);
        let Some(rollup) = rollup.filter(|r| !fact::looks_at_period(&self.schemas.facts, &r.fact)) else {
            return Vec::new();
        };
        let policy = &self.schemas.disclosure.public;
        let of_row = |(row, [node, slot, time]): (usize, &[u32; 3])| {
            let mut found = Vec::new();
            let last = last_day(&rows.times[*time as usize]).map(|day| day.min(as_of));
            if rows.slots[*slot as usize] != CubeSlot::All {
                return found;
            }
            for ((measure, _), values) in rows.measures.iter().zip(&rows.values) {
                let sql = rollup.measures.iter().find(|m| m.name == *measure).map(|m| &m.sql);
                let Some((sql, last)) = sql.zip(last) else { continue };
                let same = self.of.get(&(fact::quantity(&rollup.fact, sql), last));
                found.extend(same.into_iter().flatten().copied().filter(|(at, side)| {
                    let i = &self.schemas.indicators[self.blocks[*at].indicator as usize];
                    let is_there = (*node as usize) < nodes_of(i, policy, &self.divisions.tree);
                    is_there && self.number((*at, *side), *node) == values[row]
                }));
            }
            found
        };
        rows.rows.iter().enumerate().map(of_row).collect()
    }

    /// Rows of a rollup that hide a number which an indicator shows, or show one which it hides: the row, and the
    /// indicator. `hidden` says which numerators and denominators are hidden, by block. What an earlier edition showed,
    /// as a row or as a part of an indicator, may be hidden in one place: it is known.
    pub fn apart(
        &self,
        name: &str,
        (rows, hides): (&RollupRows, &[bool]),
        as_of: i32,
        (hidden, told): (&[[Vec<bool>; 2]], &ToldBefore),
    ) -> Vec<(usize, &'a str)> {
        let places = self.places(name, rows, as_of);
        let of_row = |(row, places): (usize, &Vec<BlockSide>)| {
            let node = rows.rows[row][0] as usize;
            let was_told = |(at, side): &BlockSide| match hides[row] {
                true => told.numbers.get(*at).is_some_and(|of| of[*side][node]),
                false => told.rows.contains(&(name.to_owned(), row)),
            };
            let is_apart = |place: &&BlockSide| hidden[place.0][place.1][node] != hides[row] && !was_told(place);
            let other = places.iter().find(is_apart);
            other.map(|(at, _)| (row, self.schemas.indicators[self.blocks[*at].indicator as usize].id.as_str()))
        };
        places.iter().enumerate().filter_map(of_row).collect()
    }

    fn number(&self, (at, side): BlockSide, node: u32) -> i64 {
        let block = &self.blocks[at];
        if side == 0 { block.n[node as usize] } else { block.d[node as usize] }
    }

    /// What has to be hidden of indicators besides, because a row hides it: whether that is more than before. What an
    /// earlier edition showed and is the same is known, whoever hides it now.
    pub fn force(
        &self,
        (rows, places): (&RollupRows, &[Vec<BlockSide>]),
        (hides, hidden): (&[bool], &[BlockHidden]),
        known: Lookup<'_>,
        forced: &mut ForcedCells,
    ) -> bool {
        let mut more = false;
        for (row, places) in places.iter().enumerate().filter(|(row, _)| hides[*row]) {
            let node = rows.rows[row][0] as usize;
            for (at, side) in places {
                let was_shown = known.of(*at, node).is_some_and(|k| if *side == 0 { k.shown_n } else { k.shown_d });
                if !was_shown && !is_hidden(&hidden[*at], *side, node) {
                    let nodes = self.divisions.tree.len();
                    let cells = forced[*at].get_or_insert_with(|| [vec![false; nodes], vec![false; nodes]]);
                    more |= !cells[*side][node];
                    cells[*side][node] = true;
                }
            }
        }
        more
    }
}

/// What the indicators do with the numbers of each row.
pub(super) fn states(rows: &RollupRows, places: &[Vec<BlockSide>], hidden: &[BlockHidden]) -> Vec<StateElsewhere> {
    let of_row = |(row, places): (&[u32; 3], &Vec<BlockSide>)| {
        let hides = |(at, side): &BlockSide| is_hidden(&hidden[*at], *side, row[0] as usize);
        match places.is_empty() {
            true => StateElsewhere::Absent,
            false if places.iter().any(hides) => StateElsewhere::Hidden,
            false => StateElsewhere::Shown,
        }
    };
    rows.rows.iter().zip(places).map(of_row).collect()
}

fn is_hidden(of: &BlockHidden, side: usize, node: usize) -> bool {
    if side == 0 { of.n[node] } else { of.d[node] }
}
