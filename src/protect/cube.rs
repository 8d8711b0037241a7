//! Rollups: rows by division, dimension and period, all linked with each other. A small row is protected by a
//! *move*: so many persons of one kind, at one place and time, changed for others, so that every sum stays. What
//! a move touches is hidden, so an outsider cannot tell the true table from the moved one.

use super::column::BOUNDLESS;
pub use super::cube_shape::{Cube, CubeHidden, CubeMeasure, CubeSlot, Move, NONE};
use super::late_rows::LateRows;

/// How many moves are weighed for one row before the cheapest is taken.
const MOST_TRIED: usize = 600;

/// The same where none was found among these.
const MOST_TRIED_WIDELY: usize = 20_000;

/// Hides what a rollup must hide.
pub fn protect(cube: &Cube<'_>) -> CubeHidden {
    Search::new(cube).run()
}

/// The same of rows of which those numbers add up over periods. Where a row stays that no change of the rows keeps
/// open, what came late to a longer period, and not to its closed parts, may change too.
pub fn protect_periods(cube: Cube<'_>, summed: &[i64]) -> CubeHidden {
    let found = protect(&cube);
    let late = LateRows::of(&cube.rows, summed, &cube.time_parent);
    if found.failed.is_empty() || late.rows.is_empty() {
        return found;
    }
    let in_table = cube.rows.len();
    let mut found = protect(&cube.with_late(late));
    for of in [&mut found.hidden, &mut found.small] {
        of.truncate(in_table);
    }
    found.kept_by.iter_mut().for_each(|kept| kept.truncate(in_table));
    found
}

/// Nodes, slots or times that change together, up or down.
pub(super) type CubePart = Vec<(u32, i8)>;

pub(super) struct Search<'a> {
    pub cube: &'a Cube<'a>,
    slots: usize,
    nodes: usize,
    /// Row of each node, slot and time.
    index: Vec<u32>,
    /// Slots of each dimension by value, and of each crossed pair.
    pub slot_of: std::collections::BTreeMap<CubeSlot, u32>,
    pub times_below: Vec<Vec<u32>>,
    pub hidden: Vec<bool>,
    /// How much more than its sum the parts of a row's sums have: an outsider who takes them to add up has so
    /// much less to distribute.
    pub slack: Vec<i64>,
    /// Whether a sum that a row is in has parts that are more than their whole together.
    pub loose: Vec<bool>,
    pub moves: Vec<Move>,
    pub kept_by: [Vec<u32>; 2],
    /// Whether all moves are looked at, and not only those that are likely to be cheap.
    pub wide: bool,
    /// How many linear programs may still be asked.
    pub programs: u32,
}

#[derive(Default)]
pub(super) struct Best {
    pub cost: u64,
    pub cells: Vec<(u32, i8)>,
    /// What must be hidden for it.
    pub hides: Vec<u32>,
    pub up: i64,
    pub down: i64,
    pub tried: usize,
}

impl Best {
    fn is_found(&self) -> bool {
        !self.cells.is_empty()
    }
}

impl<'a> Search<'a> {
    fn new(cube: &'a Cube<'a>) -> Self {
        let (slots, nodes, times) = (cube.slots.len(), cube.tree.len(), cube.time_parent.len());
        let mut index = vec![NONE; slots * nodes * times];
        for (row, [node, slot, time]) in cube.rows.iter().enumerate() {
            index[(*time as usize * slots + *slot as usize) * nodes + *node as usize] = row as u32;
        }
        let slot_of = cube.slots.iter().enumerate().map(|(at, slot)| (*slot, at as u32)).collect();
        let mut times_below = vec![Vec::new(); times];
        for (time, parent) in cube.time_parent.iter().enumerate() {
            if *parent as usize != time {
                times_below[*parent as usize].push(time as u32);
            }
        }
        let rows = cube.rows.len();
        let mut search = Search {
            cube,
            slots,
            nodes,
            index,
            slot_of,
            times_below,
            hidden: cube.forced.clone(),
            slack: vec![0; rows],
            loose: vec![false; rows],
            moves: Vec::new(),
            kept_by: [vec![NONE; rows], vec![NONE; rows]],
            wide: false,
            programs: cube.programs,
        };
        search.slack_sums();
        search
    }

    pub fn rounds(&self) -> bool {
        self.cube.measures.iter().any(|m| m.rounding.is_some())
    }

    pub fn row(&self, node: u32, slot: u32, time: u32) -> u32 {
        self.index[(time as usize * self.slots + slot as usize) * self.nodes + node as usize]
    }

    fn slot_parents(&self, slot: u32) -> Vec<u32> {
        match self.cube.slots[slot as usize] {
            CubeSlot::All => Vec::new(),
            CubeSlot::One { .. } => vec![self.slot_of[&CubeSlot::All]],
            CubeSlot::Cross { first, second } => {
                let [a, b] = self.cube.crossed.expect("crossed dimensions");
                [CubeSlot::One { dimension: a, value: first }, CubeSlot::One { dimension: b, value: second }]
                    .iter()
                    .filter_map(|s| self.slot_of.get(s).copied())
                    .collect()
            }
        }
    }

    /// Rows that this one is a part of, in each direction in which there are sums.
    pub fn parents(&self, row: u32) -> Vec<u32> {
        let [node, slot, time] = self.cube.rows[row as usize];
        let mut parents = Vec::with_capacity(4);
        if node != 0 {
            parents.push(self.row(self.cube.tree.parent[node as usize], slot, time));
        }
        parents.extend(self.slot_parents(slot).into_iter().map(|s| self.row(node, s, time)));
        let above = self.cube.time_parent[time as usize];
        if above != time {
            parents.push(self.row(node, slot, above));
        }
        parents.retain(|p| *p != NONE);
        parents
    }

    /// Finds, by row, how much too much the parts of any sum that it is in have.
    fn slack_sums(&mut self) {
        let Some(leading) = self.cube.measures.iter().rposition(|m| m.leading) else { return };
        let values = &self.cube.values[leading];
        // A sum is a row and the direction in which its parts lie: 0 the tree, 1.. a dimension, and the crossings.
        let directions = 1 + self.cube.dimensions + 2;
        let mut sums = vec![0_i64; self.cube.rows.len() * directions];
        let member = |row: usize| {
            let [node, slot, time] = self.cube.rows[row];
            let mut of: Vec<(u32, usize)> = Vec::new();
            if node != 0 {
                of.push((self.row(self.cube.tree.parent[node as usize], slot, time), 0));
            }
            match self.cube.slots[slot as usize] {
                CubeSlot::All => {}
                CubeSlot::One { dimension, .. } if !self.cube.single[dimension as usize] => {}
                CubeSlot::One { dimension, .. } => {
                    of.push((self.row(node, self.slot_of[&CubeSlot::All], time), 1 + dimension as usize));
                }
                CubeSlot::Cross { .. } => {
                    for (at, parent) in self.slot_parents(slot).into_iter().enumerate() {
                        of.push((self.row(node, parent, time), 1 + self.cube.dimensions + at));
                    }
                }
            }
            of.retain(|(parent, _)| *parent != NONE);
            of
        };
        for (row, value) in values.iter().enumerate().take(self.cube.in_table) {
            for (parent, direction) in member(row) {
                sums[parent as usize * directions + direction] += value;
            }
        }
        let (mut slack, mut loose) = (vec![0; values.len()], vec![false; values.len()]);
        for (row, slack) in slack.iter_mut().enumerate().take(self.cube.in_table) {
            for (parent, direction) in member(row) {
                let over = sums[parent as usize * directions + direction] - values[parent as usize];
                *slack = over.max(*slack);
                loose[row] |= over > 0;
                loose[parent as usize] |= over > 0;
            }
        }
        (self.slack, self.loose) = (slack, loose);
    }

    fn is_small(&self, row: usize, leading: bool) -> bool {
        (leading && self.cube.watched[row]) || self.is_small_itself(row, leading)
    }

    fn is_small_itself(&self, row: usize, leading: bool) -> bool {
        let t = self.cube.width + 2;
        let small = |value: i64| (1..t).contains(&value);
        // What a part leaves of its whole changes when the whole moves alone.
        self.cube.measures.iter().zip(&self.cube.values).any(|(measure, values)| {
            let rest = measure.at_most.map_or(0, |most| self.cube.values[most][row] - values[row]);
            (measure.leading == leading && small(values[row])) || (leading && small(rest))
        })
    }

    fn run(mut self) -> CubeHidden {
        let rows = self.cube.rows.len();
        let small: Vec<[bool; 2]> = (0..rows).map(|r| [self.is_small(r, true), self.is_small(r, false)]).collect();
        if !self.rounds() {
            for (hidden, small) in self.hidden.iter_mut().zip(&small) {
                *hidden |= small[0] || small[1];
            }
        }
        // The highest first: what is hidden for them below is there for the others.
        let mut order: Vec<u32> = (0..rows as u32).filter(|r| small[*r as usize] != [false; 2]).collect();
        let level = |row: &u32| self.cube.tree.level[self.cube.rows[*row as usize][0] as usize];
        order.sort_by_key(|row| (std::cmp::Reverse(level(row)), self.cube.rows[*row as usize]));
        let mut failed = Vec::new();
        for row in order {
            for (which, leading) in [(0, true), (1, false)] {
                if small[row as usize][which]
                    && self.kept_by[which][row as usize] == NONE
                    && !self.keep_open(row, leading)
                {
                    failed.push(row);
                }
            }
        }
        self.economize(&small);
        let small = small.into_iter().map(|s| s != [false; 2]).collect();
        CubeHidden { hidden: self.hidden, small, moves: self.moves, kept_by: self.kept_by, failed }
    }

    /// Finds the cheapest move for a row, and hides what it touches. Where the parts of some sum are more than their
    /// whole, an outsider who takes them to add up has less to distribute than there is: moves that leave him room all
    /// the same come first, however dear they are.
    fn keep_open(&mut self, row: u32, leading: bool) -> bool {
        let mut found = None;
        let any_loose = self.loose.contains(&true);
        // What is watched for the sake of others alone is not worth the dearest search.
        let lightly = self.cube.watched_lightly && !self.is_small_itself(row as usize, leading);
        let thorough = !lightly && !self.cube.hasty;
        for strict in [true, false].into_iter().take(1 + usize::from(any_loose)) {
            for wide in [false, true].into_iter().take(1 + usize::from(thorough)) {
                self.wide = wide;
                found = found.or_else(|| self.cheapest(row, leading, strict, u64::MAX));
                found = found.or_else(|| self.dearest(row, leading, strict));
            }
            self.wide = false;
            if thorough {
                found = found.or_else(|| self.by_program(row, leading, strict));
            }
        }
        let Some(best) = found else { return false };
        let at = self.moves.len() as u32;
        for cell in &best.hides {
            self.hidden[*cell as usize] = true;
        }
        let moved = Move { cells: best.cells, leading, up: best.up, down: best.down };
        for cell in moved.opens(self.cube.width) {
            self.kept_by[usize::from(!leading)][cell as usize] = at;
        }
        self.moves.push(moved);
        true
    }

    /// The cheapest move for a row that costs less than `below`.
    pub fn cheapest(&self, row: u32, leading: bool, strict: bool, below: u64) -> Option<Best> {
        let mut best = Best { cost: below, ..Best::default() };
        self.weigh(row, leading, strict, &mut best);
        Some(best).filter(Best::is_found)
    }

    fn weigh(&self, row: u32, leading: bool, strict: bool, best: &mut Best) {
        let most_tried = if self.wide { MOST_TRIED_WIDELY } else { MOST_TRIED };
        let [node, slot, time] = self.cube.rows[row as usize];
        for time_part in self.time_parts(node, slot, time) {
            for (mine, other) in self.division_parts(node, time, slot) {
                for slot_part in self.slot_parts(mine.last().expect("a leaf").0, other, slot, time_part[0].0) {
                    if best.cost == 0 || best.tried >= most_tried {
                        return;
                    }
                    best.tried += 1;
                    let mut divisions = mine.clone();
                    if let Some(other) = other {
                        divisions.push((other, -1));
                        let mut at = other;
                        while self.cube.tree.parent[at as usize] != self.cube.tree.parent[mine[0].0 as usize] {
                            at = self.cube.tree.parent[at as usize];
                            divisions.push((at, -1));
                        }
                    }
                    self.try_move([&divisions, &slot_part, &time_part], leading, strict, best);
                }
            }
        }
    }

    /// The dearest move, which always has room: one kind of person more, everywhere from the lowest division and
    /// period up to the whole.
    fn dearest(&self, row: u32, leading: bool, strict: bool) -> Option<Best> {
        let mut best = Best { cost: u64::MAX, ..Best::default() };
        let [node, slot, time] = self.cube.rows[row as usize];
        for time_part in self.time_parts(node, slot, time).into_iter().filter(|p| p.iter().all(|t| t.1 > 0)) {
            for (mine, other) in self.division_parts(node, time_part[0].0, slot) {
                if other.is_some() {
                    continue;
                }
                for slot_part in self.profiles(slot, time_part[0].0, mine.last().expect("a leaf").0, None) {
                    self.try_move([&mine, &slot_part, &time_part], leading, strict, &mut best);
                }
            }
        }
        Some(best).filter(Best::is_found)
    }

    /// Weighs the product of three parts.
    fn try_move(&self, parts: [&CubePart; 3], leading: bool, strict: bool, best: &mut Best) {
        if self.rounds() {
            return self.try_rounded(parts, leading, strict, best);
        }
        let mut cells = Vec::with_capacity(parts[0].len() * parts[1].len() * parts[2].len());
        let mut cost = 0;
        for (time, by_time) in parts[2] {
            for (slot, by_slot) in parts[1] {
                for (node, by_node) in parts[0] {
                    let row = self.row(*node, *slot, *time);
                    if row == NONE || self.cube.known[row as usize] {
                        return;
                    }
                    if !self.hidden[row as usize] {
                        if self.cube.fixed[row as usize] {
                            return;
                        }
                        cost += self.cube.costs[row as usize];
                        if cost >= best.cost {
                            return;
                        }
                    }
                    cells.push((row, by_time * by_slot * by_node));
                }
            }
        }
        if cost >= best.cost {
            return;
        }
        let (up, down) = self.room(&cells, leading, strict);
        if up + down >= self.cube.width {
            let hides = cells.iter().map(|c| c.0).filter(|row| !self.hidden[*row as usize]).collect();
            *best = Best { cost, cells, hides, up, down, tried: best.tried };
        }
    }

    /// The same where numbers are rounded: what is shown alike before and after need not be hidden.
    fn try_rounded(&self, parts: [&CubePart; 3], leading: bool, strict: bool, best: &mut Best) {
        let mut cells = Vec::with_capacity(parts[0].len() * parts[1].len() * parts[2].len());
        for (time, by_time) in parts[2] {
            for (slot, by_slot) in parts[1] {
                for (node, by_node) in parts[0] {
                    let row = self.row(*node, *slot, *time);
                    if row == NONE || self.cube.known[row as usize] {
                        return;
                    }
                    cells.push((row, by_time * by_slot * by_node));
                }
            }
        }
        let (most_up, most_down) = self.room(&cells, leading, strict);
        for up in 0..=self.cube.width.min(most_up) {
            let down = self.cube.width - up;
            if down > most_down {
                continue;
            }
            let mut hides = Vec::new();
            let mut cost = 0;
            for (row, sign) in &cells {
                let at = *row as usize;
                let (rise, fall) = if *sign > 0 { (up, down) } else { (down, up) };
                let alike = |(measure, values): (&CubeMeasure, &Vec<i64>)| {
                    (leading && !measure.leading) || measure.shows_alike(values[at], rise, fall)
                };
                if self.hidden[at] || self.cube.measures.iter().zip(&self.cube.values).all(alike) {
                    continue;
                }
                if self.cube.fixed[at] {
                    cost = u64::MAX;
                    break;
                }
                cost += self.cube.costs[at];
                hides.push(*row);
            }
            if cost < best.cost {
                *best = Best { cost, cells: cells.clone(), hides, up, down, tried: best.tried };
            }
        }
    }

    /// By how much a row can go down.
    pub fn fall(&self, row: usize, leading: bool) -> i64 {
        if row >= self.cube.in_table {
            return BOUNDLESS;
        }
        let mut fall = i64::MAX;
        for (measure, values) in self.cube.measures.iter().zip(&self.cube.values) {
            if measure.leading || !leading {
                fall = fall.min(values[row] - i64::from(measure.leading));
            } else if let Some(most) = measure.at_most {
                fall = fall.min(self.cube.values[most][row] - values[row]);
            }
        }
        fall
    }

    /// By how much a row can go up under one that it is a part of.
    pub fn rise(&self, row: usize, parent: usize, leading: bool) -> i64 {
        if row >= self.cube.in_table {
            return BOUNDLESS;
        }
        let moving = self.cube.measures.iter().zip(&self.cube.values).filter(|(m, _)| m.leading || !leading);
        moving.map(|(_, values)| values[parent] - values[row]).min().unwrap_or(i64::MAX)
    }

    /// How often a move can be made forward and backward.
    fn room(&self, cells: &[(u32, i8)], leading: bool, strict: bool) -> (i64, i64) {
        // Enough for any cell, and no more than a number that one can look at.
        let (mut up, mut down) = (self.cube.width, self.cube.width);
        let sign_of = |row: u32| cells.iter().find(|c| c.0 == row).map_or(0, |c| c.1);
        for (row, sign) in cells {
            let r = *row as usize;
            let mut fall = self.fall(r, leading);
            let mut rise = i64::MAX;
            if strict {
                fall = (fall - self.slack[r]).max(0);
            }
            for parent in self.parents(*row) {
                if sign_of(parent) != *sign {
                    rise = rise.min(self.rise(r, parent as usize, leading));
                }
            }
            let rise = rise.max(0);
            if *sign > 0 {
                (up, down) = (up.min(rise), down.min(fall));
            } else {
                (up, down) = (up.min(fall), down.min(rise));
            }
        }
        (up, down)
    }
}
