//! Rollups: rows by division, dimension and period, all linked with each other. A small row is protected by a
//! *move*: so many persons of one kind, at one place and time, changed for others, so that every sum stays. What
//! a move touches is hidden, so an outsider cannot tell the true table from the moved one.

pub use super::cube_shape::{Cube, CubeHidden, CubeMeasure, Move, NONE, Slot};

/// How many moves are weighed for one row before the cheapest is taken.
const MOST_TRIED: usize = 600;

/// Hides what a rollup must hide.
pub fn protect(cube: &Cube<'_>) -> CubeHidden {
    Search::new(cube).run()
}

type Part = Vec<(u32, i8)>;

struct Search<'a> {
    cube: &'a Cube<'a>,
    slots: usize,
    nodes: usize,
    /// Row of each node, slot and time.
    index: Vec<u32>,
    /// Slots of each dimension by value, and of each crossed pair.
    slot_of: std::collections::BTreeMap<Slot, u32>,
    times_below: Vec<Vec<u32>>,
    hidden: Vec<bool>,
    /// How much more than its sum the parts of a row's sums have: an outsider who takes them to add up has so
    /// much less to distribute.
    slack: Vec<i64>,
    moves: Vec<Move>,
    kept_by: [Vec<u32>; 2],
}

struct Best {
    cost: u64,
    cells: Vec<(u32, i8)>,
    /// What must be hidden for it.
    hides: Vec<u32>,
    up: i64,
    down: i64,
    tried: usize,
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
            moves: Vec::new(),
            kept_by: [vec![NONE; rows], vec![NONE; rows]],
        };
        search.slack = search.slacks();
        search
    }

    fn rounds(&self) -> bool {
        self.cube.measures.iter().any(|m| m.rounding.is_some())
    }

    fn row(&self, node: u32, slot: u32, time: u32) -> u32 {
        self.index[(time as usize * self.slots + slot as usize) * self.nodes + node as usize]
    }

    fn slot_parents(&self, slot: u32) -> Vec<u32> {
        match self.cube.slots[slot as usize] {
            Slot::All => Vec::new(),
            Slot::One { .. } => vec![self.slot_of[&Slot::All]],
            Slot::Cross { first, second } => {
                let [a, b] = self.cube.crossed.expect("crossed dimensions");
                [Slot::One { dimension: a, value: first }, Slot::One { dimension: b, value: second }]
                    .iter()
                    .filter_map(|s| self.slot_of.get(s).copied())
                    .collect()
            }
        }
    }

    /// Rows that this one is a part of, in each direction in which there are sums.
    fn parents(&self, row: u32) -> Vec<u32> {
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

    /// By row, how much too much the parts of any sum that it is in have.
    fn slacks(&self) -> Vec<i64> {
        let Some(leading) = self.cube.measures.iter().rposition(|m| m.leading) else { return self.slack.clone() };
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
                Slot::All => {}
                Slot::One { dimension, .. } if !self.cube.single[dimension as usize] => {}
                Slot::One { dimension, .. } => {
                    of.push((self.row(node, self.slot_of[&Slot::All], time), 1 + dimension as usize));
                }
                Slot::Cross { .. } => {
                    for (at, parent) in self.slot_parents(slot).into_iter().enumerate() {
                        of.push((self.row(node, parent, time), 1 + self.cube.dimensions + at));
                    }
                }
            }
            of.retain(|(parent, _)| *parent != NONE);
            of
        };
        for (row, value) in values.iter().enumerate() {
            for (parent, direction) in member(row) {
                sums[parent as usize * directions + direction] += value;
            }
        }
        (0..self.cube.rows.len())
            .map(|row| {
                let over = member(row).into_iter().map(|(parent, direction)| {
                    (sums[parent as usize * directions + direction] - values[parent as usize]).max(0)
                });
                over.max().unwrap_or(0)
            })
            .collect()
    }

    fn is_small(&self, row: usize, leading: bool) -> bool {
        let t = self.cube.width + 2;
        let small = |value: i64| (1..t).contains(&value);
        // What a part leaves of its whole changes when the whole moves alone.
        (leading && self.cube.watched[row])
            || self.cube.measures.iter().zip(&self.cube.values).any(|(measure, values)| {
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
        let small = small.into_iter().map(|s| s != [false; 2]).collect();
        CubeHidden { hidden: self.hidden, small, moves: self.moves, kept_by: self.kept_by, failed }
    }

    /// Finds the cheapest move for a row, and hides what it touches.
    fn keep_open(&mut self, row: u32, leading: bool) -> bool {
        let mut best = Best { cost: u64::MAX, cells: Vec::new(), hides: Vec::new(), up: 0, down: 0, tried: 0 };
        for strict in [true, false] {
            self.weigh(row, leading, strict, &mut best);
            if best.cost != u64::MAX {
                break;
            }
            best.tried = 0;
        }
        if best.cost == u64::MAX {
            self.weigh_all(row, leading, &mut best);
        }
        if best.cost == u64::MAX {
            return false;
        }
        let at = self.moves.len() as u32;
        for cell in &best.hides {
            self.hidden[*cell as usize] = true;
        }
        for (cell, _) in &best.cells {
            self.kept_by[usize::from(!leading)][*cell as usize] = at;
        }
        self.moves.push(Move { cells: best.cells, leading, up: best.up, down: best.down });
        true
    }

    fn weigh(&self, row: u32, leading: bool, strict: bool, best: &mut Best) {
        let [node, slot, time] = self.cube.rows[row as usize];
        for time_part in self.time_parts(node, slot, time) {
            for (mine, other) in self.division_parts(node, time, slot) {
                for slot_part in self.slot_parts(mine.last().expect("a leaf").0, other, slot, time_part[0].0) {
                    if best.cost == 0 || best.tried >= MOST_TRIED {
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
    fn weigh_all(&self, row: u32, leading: bool, best: &mut Best) {
        let [node, slot, time] = self.cube.rows[row as usize];
        for time_part in self.time_parts(node, slot, time).into_iter().filter(|p| p.iter().all(|t| t.1 > 0)) {
            for (mine, other) in self.division_parts(node, time_part[0].0, slot) {
                if other.is_some() {
                    continue;
                }
                for slot_part in self.profiles(slot, time_part[0].0, mine.last().expect("a leaf").0, None) {
                    self.try_move([&mine, &slot_part, &time_part], leading, false, best);
                }
            }
        }
    }

    /// Weighs the product of three parts.
    fn try_move(&self, parts: [&Part; 3], leading: bool, strict: bool, best: &mut Best) {
        if self.rounds() {
            return self.try_rounded(parts, leading, strict, best);
        }
        let mut cells = Vec::with_capacity(parts[0].len() * parts[1].len() * parts[2].len());
        let mut cost = 0;
        for (time, by_time) in parts[2] {
            for (slot, by_slot) in parts[1] {
                for (node, by_node) in parts[0] {
                    let row = self.row(*node, *slot, *time);
                    if row == NONE {
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
    fn try_rounded(&self, parts: [&Part; 3], leading: bool, strict: bool, best: &mut Best) {
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

    /// How often a move can be made forward and backward.
    fn room(&self, cells: &[(u32, i8)], leading: bool, strict: bool) -> (i64, i64) {
        // Enough for any cell, and no more than a number that one can look at.
        let (mut up, mut down) = (self.cube.width, self.cube.width);
        let sign_of = |row: u32| cells.iter().find(|c| c.0 == row).map_or(0, |c| c.1);
        for (row, sign) in cells {
            let r = *row as usize;
            let mut fall = i64::MAX;
            let mut rise = i64::MAX;
            for (measure, values) in self.cube.measures.iter().zip(&self.cube.values) {
                if measure.leading || !leading {
                    fall = fall.min(values[r] - i64::from(measure.leading));
                } else if let Some(most) = measure.at_most {
                    fall = fall.min(self.cube.values[most][r] - values[r]);
                }
            }
            if strict {
                fall = (fall - self.slack[r]).max(0);
            }
            for parent in self.parents(*row) {
                if sign_of(parent) != *sign {
                    for (measure, values) in self.cube.measures.iter().zip(&self.cube.values) {
                        if measure.leading || !leading {
                            rise = rise.min(values[parent as usize] - values[r]);
                        }
                    }
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

    /// Periods that change together, the lowest first: up to the top, or against another period.
    fn time_parts(&self, node: u32, slot: u32, time: u32) -> Vec<Part> {
        let mut lowest = Vec::new();
        let mut open = vec![time];
        while let Some(at) = open.pop() {
            if self.row(node, slot, at) == NONE {
                continue;
            }
            if self.times_below[at as usize].is_empty() {
                lowest.push(at);
            }
            open.extend(&self.times_below[at as usize]);
        }
        lowest.sort_unstable();
        let chain = |from: u32| {
            let mut chain = vec![from];
            let mut at = from;
            while self.cube.time_parent[at as usize] != at {
                at = self.cube.time_parent[at as usize];
                chain.push(at);
            }
            chain
        };
        let mut parts: Vec<Part> = Vec::new();
        for from in lowest.into_iter().take(4) {
            let mine = chain(from);
            let top = *mine.last().expect("a period");
            // Periods that meet it below the top, the nearest first.
            let mut against: Vec<(usize, Part)> = Vec::new();
            let mut open = vec![top];
            while let Some(at) = open.pop() {
                open.extend(&self.times_below[at as usize]);
                if at == from || !self.times_below[at as usize].is_empty() || self.row(node, slot, at) == NONE {
                    continue;
                }
                let theirs = chain(at);
                let mut part: Part = mine.iter().filter(|t| !theirs.contains(t)).map(|t| (*t, 1)).collect();
                if !part.iter().any(|p| p.0 == time) {
                    continue;
                }
                part.extend(theirs.iter().filter(|t| !mine.contains(t)).map(|t| (*t, -1)));
                against.push((part.len(), part));
            }
            against.sort();
            parts.extend(against.into_iter().map(|a| a.1).take(4));
            parts.push(mine.into_iter().map(|t| (t, 1)).collect());
        }
        parts
    }

    /// Divisions that change together (from just below where they meet others, or from the root, down to a
    /// lowest one), and the lowest division that they change against.
    fn division_parts(&self, node: u32, time: u32, slot: u32) -> Vec<(Part, Option<u32>)> {
        let tree = self.cube.tree;
        let leaves = |of: u32| {
            let mut leaves = Vec::new();
            let mut open = vec![of];
            while let Some(at) = open.pop() {
                if self.row(at, slot, time) == NONE {
                    continue;
                }
                let children = tree.children(at as usize);
                if children.is_empty() {
                    leaves.push(at);
                }
                open.extend(children.map(|c| c as u32));
            }
            // Where most is hidden already, then where there is most.
            let value = |leaf: &u32| {
                let row = self.row(*leaf, slot, time) as usize;
                (!self.hidden[row], std::cmp::Reverse(self.cube.values[0][row]), *leaf)
            };
            leaves.sort_by_key(value);
            leaves
        };
        let mut out: Vec<(Part, Option<u32>)> = Vec::new();
        let down_to = |leaf: u32, top: u32| {
            let mut chain = vec![(leaf, 1)];
            let mut at = leaf;
            while at != top {
                at = tree.parent[at as usize];
                chain.push((at, 1));
            }
            chain.reverse();
            chain
        };
        let mut top = node;
        loop {
            for leaf in leaves(node).into_iter().take(3) {
                let mine = down_to(leaf, top);
                if top == 0 {
                    out.push((mine, None));
                    continue;
                }
                let parent = tree.parent(top as usize);
                let mut others: Vec<u32> = Vec::new();
                for sibling in tree.children(parent).map(|c| c as u32).filter(|c| *c != top) {
                    others.extend(leaves(sibling).into_iter().take(2));
                }
                let worth = |leaf: &u32| {
                    let row = self.row(*leaf, slot, time) as usize;
                    (!self.hidden[row], self.cube.costs[row], *leaf)
                };
                others.sort_by_key(worth);
                out.extend(others.into_iter().take(24).map(|other| (mine.clone(), Some(other))));
            }
            if top == 0 {
                return out;
            }
            top = tree.parent[top as usize];
        }
    }

    /// Values of the dimensions that change together: one against another of the same dimension, or a kind of
    /// person as a whole.
    fn slot_parts(&self, leaf: u32, other: Option<u32>, slot: u32, time: u32) -> Vec<Part> {
        let there =
            |s: u32| self.row(leaf, s, time) != NONE && other.is_none_or(|other| self.row(other, s, time) != NONE);
        let mut parts: Vec<Part> = Vec::new();
        let of = |slot: Slot| self.slot_of.get(&slot).copied();
        let all_of = |dimension: u16| {
            self.cube
                .slots
                .iter()
                .enumerate()
                .filter(move |(_, s)| matches!(s, Slot::One { dimension: d, .. } if *d == dimension))
        };
        let values = |dimension: u16| -> Vec<(u16, u32)> {
            all_of(dimension)
                .filter(|(at, _)| there(*at as u32))
                .filter_map(|(at, s)| match s {
                    Slot::One { value, .. } => Some((*value, at as u32)),
                    _ => None,
                })
                .collect()
        };
        let cross = |a: u16, b: u16| of(Slot::Cross { first: a, second: b }).filter(|s| there(*s));
        match (self.cube.slots[slot as usize], self.cube.crossed) {
            (Slot::One { dimension, value }, Some([a, b])) if dimension == a || dimension == b => {
                let third = if dimension == a { b } else { a };
                let pair = |v: u16, w: u16| if dimension == a { cross(v, w) } else { cross(w, v) };
                for (against, slot_against) in values(dimension).into_iter().filter(|v| v.0 != value) {
                    for (with, _) in values(third) {
                        if let (Some(x), Some(y)) = (pair(value, with), pair(against, with)) {
                            parts.push(vec![(slot, 1), (slot_against, -1), (x, 1), (y, -1)]);
                        }
                    }
                }
            }
            (Slot::One { dimension, value }, _) => {
                parts
                    .extend(values(dimension).into_iter().filter(|v| v.0 != value).map(|v| vec![(slot, 1), (v.1, -1)]));
            }
            (Slot::Cross { first, second }, Some([a, b])) => {
                let (slot_a, slot_b) =
                    (of(Slot::One { dimension: a, value: first }), of(Slot::One { dimension: b, value: second }));
                for (x, slot_x) in values(a).into_iter().filter(|v| v.0 != first) {
                    if let (Some(c), Some(slot_a)) = (cross(x, second), slot_a) {
                        parts.push(vec![(slot, 1), (c, -1), (slot_a, 1), (slot_x, -1)]);
                    }
                    for (y, _) in values(b).into_iter().filter(|v| v.0 != second) {
                        if let (Some(c), Some(d), Some(e)) = (cross(x, second), cross(first, y), cross(x, y)) {
                            parts.push(vec![(slot, 1), (c, -1), (d, -1), (e, 1)]);
                        }
                    }
                }
                for (y, slot_y) in values(b).into_iter().filter(|v| v.0 != second) {
                    if let (Some(c), Some(slot_b)) = (cross(first, y), slot_b) {
                        parts.push(vec![(slot, 1), (c, -1), (slot_b, 1), (slot_y, -1)]);
                    }
                }
            }
            _ => {}
        }
        parts.extend(self.profiles(slot, time, leaf, other));
        parts
    }

    /// Whole kinds of persons that a slot is of: one value of each dimension.
    fn profiles(&self, slot: u32, time: u32, leaf: u32, other: Option<u32>) -> Vec<Part> {
        let there =
            |s: u32| self.row(leaf, s, time) != NONE && other.is_none_or(|other| self.row(other, s, time) != NONE);
        // The most that can be taken away from where it is taken.
        let from = other.unwrap_or(leaf);
        let worth = |s: u32| {
            let row = self.row(from, s, time) as usize;
            (self.hidden[row], self.cube.values[0][row])
        };
        let wanted = self.cube.slots[slot as usize];
        let mut base: Part = vec![(self.slot_of[&Slot::All], 1)];
        for dimension in 0..self.cube.dimensions as u16 {
            if self.cube.crossed.is_some_and(|c| c.contains(&dimension)) {
                continue;
            }
            let fits = |s: &&Slot| match (s, wanted) {
                (Slot::One { dimension: d, value }, Slot::One { dimension: w, value: v }) if *d == w => {
                    *d == dimension && *value == v
                }
                (Slot::One { dimension: d, .. }, _) => *d == dimension,
                _ => false,
            };
            let candidates = self.cube.slots.iter().enumerate().filter(|(at, s)| fits(s) && there(*at as u32));
            // What can give most, hidden or not: the cost is weighed with the whole.
            match candidates.map(|(at, _)| at as u32).max_by_key(|s| (worth(*s).1, std::cmp::Reverse(*s))) {
                Some(best) => base.push((best, 1)),
                // A field with several values need not have any.
                None if !self.cube.single[dimension as usize] => {}
                None => return Vec::new(),
            }
        }
        let Some([a, b]) = self.cube.crossed else { return vec![base] };
        let mut pairs: Vec<(i64, u32, Part)> = Vec::new();
        for (at, s) in self.cube.slots.iter().enumerate() {
            let Slot::Cross { first, second } = s else { continue };
            let (one, two) = (Slot::One { dimension: a, value: *first }, Slot::One { dimension: b, value: *second });
            let fits = match wanted {
                Slot::All => true,
                Slot::One { dimension, .. } if dimension != a && dimension != b => true,
                _ => wanted == one || wanted == two || wanted == *s,
            };
            if !fits || !there(at as u32) {
                continue;
            }
            let (Some(one), Some(two)) = (self.slot_of.get(&one), self.slot_of.get(&two)) else { continue };
            if there(*one) && there(*two) {
                let mut part = base.clone();
                part.extend([(*one, 1), (*two, 1), (at as u32, 1)]);
                pairs.push((-worth(at as u32).1, at as u32, part));
            }
        }
        pairs.sort();
        pairs.into_iter().map(|p| p.2).take(6).collect()
    }
}
