//! What a rollup looks like to the protection, and what this says of it.

use super::late_rows::LateRows;
use super::rounding::Rounding;
use super::tree::Tree;

/// What a row of a rollup is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum CubeSlot {
    All,
    /// A value of one dimension.
    One {
        dimension: u16,
        value: u16,
    },
    /// A value of each of the two dimensions that are crossed.
    Cross {
        first: u16,
        second: u16,
    },
}

/// A measure that counts persons or things of persons.
#[derive(Clone, Copy, Debug)]
pub struct CubeMeasure {
    /// The row stands because of it: it is at least 1, and moves with the other leading ones.
    pub leading: bool,
    /// The leading measure that it cannot exceed.
    pub at_most: Option<usize>,
    /// How it is rounded where it is not hidden; `None` where it is shown as it is.
    pub rounding: Option<Rounding>,
}

impl CubeMeasure {
    /// Whether a number that is not hidden is shown alike when it goes up and down by so much.
    pub fn shows_alike(&self, value: i64, up: i64, down: i64) -> bool {
        self.rounding.is_some_and(|r| r.shown(value + up) == r.shown(value) && r.shown(value - down) == r.shown(value))
    }
}

/// One rollup over all its periods.
pub struct Cube<'a> {
    pub tree: &'a Tree,
    /// The period that each adds up to; itself where it adds up to none.
    pub time_parent: Vec<u32>,
    pub slots: Vec<CubeSlot>,
    /// Dimensions that are crossed.
    pub crossed: Option<[u16; 2]>,
    pub dimensions: usize,
    /// Dimensions whose values make up the whole; a field with several values is none.
    pub single: Vec<bool>,
    pub measures: Vec<CubeMeasure>,
    /// Rows in any order: node, slot and time.
    pub rows: Vec<[u32; 3]>,
    /// Values by measure, then row.
    pub values: Vec<Vec<i64>>,
    /// How many rows the table has; those after them came late, and may be any number.
    pub in_table: usize,
    /// Rows that cannot be hidden any more, and rows that must be.
    pub fixed: Vec<bool>,
    pub forced: Vec<bool>,
    /// Rows that are known as they are from before: they cannot move.
    pub known: Vec<bool>,
    /// Rows that must be hidden and kept open, small or not.
    pub watched: Vec<bool>,
    /// Whether no programs are asked for rows that are watched and not small.
    pub watched_lightly: bool,
    /// Whether no programs are asked at all, nor moves that are not likely to be cheap.
    pub hasty: bool,
    pub costs: Vec<u64>,
    /// t - 2.
    pub width: i64,
    /// How many linear programs may be asked before a row is given up.
    pub programs: u32,
}

/// A sum: the place, slot and time of the whole, and the direction in which its parts lie (0 divisions, 1 periods,
/// 2.. the values of a dimension, and after these the crossings).
pub type Sum = (u32, CubeSlot, u32, u16);

/// What rows add up to.
#[derive(Clone, Copy)]
pub struct LinkedSlots<'a> {
    pub tree: &'a Tree,
    pub time_parent: &'a [u32],
    pub slots: &'a [CubeSlot],
    pub crossed: Option<[u16; 2]>,
    /// Of each dimension, whether its values make up the whole.
    pub single: &'a [bool],
}

impl LinkedSlots<'_> {
    /// The sums that a row (node, slot and time) is in: as a part (1), or as the whole (-1).
    pub fn sums(self, [node, slot, time]: [u32; 3]) -> Vec<(Sum, i64)> {
        let dimensions = self.single.len() as u16;
        let slot = self.slots[slot as usize];
        let mut sums = Vec::with_capacity(8);
        if node != 0 {
            sums.push(((self.tree.parent[node as usize], slot, time, 0), 1));
        }
        let above = self.time_parent[time as usize];
        if above != time {
            sums.push(((node, slot, above, 1), 1));
        }
        if !self.tree.children(node as usize).is_empty() {
            sums.push(((node, slot, time, 0), -1));
        }
        if self.time_parent.iter().enumerate().any(|(t, p)| *p == time && t as u32 != time) {
            sums.push(((node, slot, time, 1), -1));
        }
        match slot {
            CubeSlot::All => {
                let single = (0..dimensions).filter(|d| self.single[*d as usize]);
                sums.extend(single.map(|d| ((node, CubeSlot::All, time, 2 + d), -1)));
            }
            CubeSlot::One { dimension, .. } => {
                if self.single[dimension as usize] {
                    sums.push(((node, CubeSlot::All, time, 2 + dimension), 1));
                }
                if self.crossed.is_some_and(|c| c.contains(&dimension)) {
                    sums.push(((node, slot, time, 2 + dimensions), -1));
                }
            }
            CubeSlot::Cross { first, second } => {
                let [a, b] = self.crossed.unwrap_or_default();
                for own in [CubeSlot::One { dimension: a, value: first }, CubeSlot::One { dimension: b, value: second }]
                {
                    sums.push(((node, own, time, 2 + dimensions), 1));
                }
            }
        }
        sums
    }
}

impl Cube<'_> {
    /// What its rows add up to.
    pub fn linked(&self) -> LinkedSlots<'_> {
        let Self { tree, time_parent, slots, crossed, single, .. } = self;
        LinkedSlots { tree, time_parent, slots, crossed: *crossed, single }
    }

    /// The same with what came late, which nothing shows: it changes where nothing else can.
    pub(super) fn with_late(self, late: LateRows) -> Self {
        let with = |mut of: Vec<bool>| {
            of.resize(self.rows.len() + late.rows.len(), false);
            of
        };
        let [fixed, known, forced, watched] = [self.fixed, self.known, self.forced, self.watched].map(with);
        let (mut rows, mut values, mut costs) = (self.rows, self.values, self.costs);
        rows.extend(late.rows);
        values.iter_mut().for_each(|of| of.resize(rows.len(), 0));
        costs.resize(rows.len(), DEAREST);
        Cube { time_parent: late.time_parent, rows, values, fixed, known, forced, watched, costs, ..self }
    }
}

/// More than all rows of a table cost.
const DEAREST: u64 = 1 << 40;

/// Rows up and down by as many times the same number, at most `up` and `down` of it.
#[derive(Clone, Debug)]
pub struct Move {
    /// Rows, with how many times the number each changes.
    pub cells: Vec<(u32, i8)>,
    /// Whether the leading measures move alone, or all of them.
    pub leading: bool,
    pub up: i64,
    pub down: i64,
}

impl Move {
    /// Rows that it changes enough to keep them open.
    pub fn opens(&self, width: i64) -> impl Iterator<Item = u32> {
        let enough = move |times: &i8| i64::from(*times).abs() * (self.up + self.down) >= width;
        self.cells.iter().filter(move |(_, times)| enough(times)).map(|(row, _)| *row)
    }
}

/// What a rollup hides.
pub struct CubeHidden {
    pub hidden: Vec<bool>,
    pub small: Vec<bool>,
    pub moves: Vec<Move>,
    /// Of each row, the moves that keep its leading and its other measures open.
    pub kept_by: [Vec<u32>; 2],
    /// Small rows for which no move was found: nothing may be released.
    pub failed: Vec<u32>,
}

/// No row, no move.
pub const NONE: u32 = u32::MAX;
