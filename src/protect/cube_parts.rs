//! What can change together in a rollup: periods, divisions and values of dimensions, of which a move is the product.

use super::cube::{CubePart, CubeSlot, NONE, Search};

/// Two values of crossed dimensions, and both together.
type KindOfPair = [(u32, i8); 3];

impl Search<'_> {
    /// As many of what there is as are looked at, unless nothing was found among them.
    fn most(&self, usual: usize) -> usize {
        if self.wide { usize::MAX } else { usual }
    }

    /// Periods that change together, the lowest first: up to the top, or against another period.
    pub fn time_parts(&self, node: u32, slot: u32, time: u32) -> Vec<CubePart> {
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
        let mut parts: Vec<CubePart> = Vec::new();
        for from in lowest.into_iter().take(self.most(4)) {
            let mine = chain(from);
            let top = *mine.last().expect("a period");
            // Periods that meet it below the top, the nearest first.
            let mut against: Vec<(usize, CubePart)> = Vec::new();
            let mut open = vec![top];
            while let Some(at) = open.pop() {
                open.extend(&self.times_below[at as usize]);
                if at == from || !self.times_below[at as usize].is_empty() || self.row(node, slot, at) == NONE {
                    continue;
                }
                let theirs = chain(at);
                let mut part: CubePart = mine.iter().filter(|t| !theirs.contains(t)).map(|t| (*t, 1)).collect();
                if !part.iter().any(|p| p.0 == time) {
                    continue;
                }
                part.extend(theirs.iter().filter(|t| !mine.contains(t)).map(|t| (*t, -1)));
                against.push((part.len(), part));
            }
            against.sort();
            parts.extend(against.into_iter().map(|a| a.1).take(self.most(4)));
            parts.push(mine.into_iter().map(|t| (t, 1)).collect());
        }
        parts
    }

    /// Divisions that change together (from just below where they meet others, or from the root, down to a
    /// lowest one), and the lowest division that they change against.
    pub fn division_parts(&self, node: u32, time: u32, slot: u32) -> Vec<(CubePart, Option<u32>)> {
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
        let mut out: Vec<(CubePart, Option<u32>)> = Vec::new();
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
            for leaf in leaves(node).into_iter().take(self.most(3)) {
                let mine = down_to(leaf, top);
                if top == 0 {
                    out.push((mine, None));
                    continue;
                }
                let parent = tree.parent(top as usize);
                let mut others: Vec<u32> = Vec::new();
                for sibling in tree.children(parent).map(|c| c as u32).filter(|c| *c != top) {
                    others.extend(leaves(sibling).into_iter().take(self.most(2)));
                }
                let worth = |leaf: &u32| {
                    let row = self.row(*leaf, slot, time) as usize;
                    (!self.hidden[row], self.cube.costs[row], *leaf)
                };
                others.sort_by_key(worth);
                out.extend(others.into_iter().take(self.most(24)).map(|other| (mine.clone(), Some(other))));
            }
            if top == 0 {
                return out;
            }
            top = tree.parent[top as usize];
        }
    }

    /// Values of the dimensions that change together: one against another of the same dimension, or a kind of
    /// person as a whole.
    pub fn slot_parts(&self, leaf: u32, other: Option<u32>, slot: u32, time: u32) -> Vec<CubePart> {
        let there =
            |s: u32| self.row(leaf, s, time) != NONE && other.is_none_or(|other| self.row(other, s, time) != NONE);
        let mut parts: Vec<CubePart> = Vec::new();
        let of = |slot: CubeSlot| self.slot_of.get(&slot).copied();
        let all_of = |dimension: u16| {
            self.cube
                .slots
                .iter()
                .enumerate()
                .filter(move |(_, s)| matches!(s, CubeSlot::One { dimension: d, .. } if *d == dimension))
        };
        let values = |dimension: u16| -> Vec<(u16, u32)> {
            all_of(dimension)
                .filter(|(at, _)| there(*at as u32))
                .filter_map(|(at, s)| match s {
                    CubeSlot::One { value, .. } => Some((*value, at as u32)),
                    _ => None,
                })
                .collect()
        };
        let cross = |a: u16, b: u16| of(CubeSlot::Cross { first: a, second: b }).filter(|s| there(*s));
        match (self.cube.slots[slot as usize], self.cube.crossed) {
            (CubeSlot::One { dimension, value }, Some([a, b])) if dimension == a || dimension == b => {
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
            (CubeSlot::One { dimension, value }, _) => {
                parts
                    .extend(values(dimension).into_iter().filter(|v| v.0 != value).map(|v| vec![(slot, 1), (v.1, -1)]));
            }
            (CubeSlot::Cross { first, second }, Some([a, b])) => {
                let (slot_a, slot_b) = (
                    of(CubeSlot::One { dimension: a, value: first }),
                    of(CubeSlot::One { dimension: b, value: second }),
                );
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
    pub fn profiles(&self, slot: u32, time: u32, leaf: u32, other: Option<u32>) -> Vec<CubePart> {
        let there =
            |s: u32| self.row(leaf, s, time) != NONE && other.is_none_or(|other| self.row(other, s, time) != NONE);
        // The most that can be taken away from where it is taken.
        let from = other.unwrap_or(leaf);
        let worth = |s: u32| {
            let row = self.row(from, s, time) as usize;
            (self.hidden[row], self.cube.values[0][row])
        };
        let wanted = self.cube.slots[slot as usize];
        let mut bases: Vec<CubePart> = vec![vec![(self.slot_of[&CubeSlot::All], 1)]];
        for dimension in 0..self.cube.dimensions as u16 {
            if self.cube.crossed.is_some_and(|c| c.contains(&dimension)) {
                continue;
            }
            let fits = |s: &&CubeSlot| match (s, wanted) {
                (CubeSlot::One { dimension: d, value }, CubeSlot::One { dimension: w, value: v }) if *d == w => {
                    *d == dimension && *value == v
                }
                (CubeSlot::One { dimension: d, .. }, _) => *d == dimension,
                _ => false,
            };
            let all = self.cube.slots.iter().enumerate().filter(|(at, s)| fits(s) && there(*at as u32));
            let mut candidates: Vec<u32> = all.map(|(at, _)| at as u32).collect();
            // What can give most, hidden or not: the cost is weighed with the whole.
            candidates.sort_by_key(|s| (std::cmp::Reverse(worth(*s).1), *s));
            candidates.truncate(self.most(1));
            // A field with several values need not have any, but for the one that is to change.
            let is_wanted = matches!(wanted, CubeSlot::One { dimension: d, .. } if d == dimension);
            if candidates.is_empty() && !is_wanted && !self.cube.single[dimension as usize] {
                continue;
            }
            let with = |base: &CubePart, s: u32| base.iter().copied().chain([(s, 1)]).collect();
            bases = bases.iter().flat_map(|base| candidates.iter().map(|s| with(base, *s))).collect();
        }
        if bases.is_empty() {
            return bases;
        }
        let Some([a, b]) = self.cube.crossed else { return bases };
        let mut pairs: Vec<(i64, u32, KindOfPair)> = Vec::new();
        for (at, s) in self.cube.slots.iter().enumerate() {
            let CubeSlot::Cross { first, second } = s else { continue };
            let (one, two) =
                (CubeSlot::One { dimension: a, value: *first }, CubeSlot::One { dimension: b, value: *second });
            let fits = match wanted {
                CubeSlot::All => true,
                CubeSlot::One { dimension, .. } if dimension != a && dimension != b => true,
                _ => wanted == one || wanted == two || wanted == *s,
            };
            if !fits || !there(at as u32) {
                continue;
            }
            let (Some(one), Some(two)) = (self.slot_of.get(&one), self.slot_of.get(&two)) else { continue };
            if there(*one) && there(*two) {
                pairs.push((-worth(at as u32).1, at as u32, [(*one, 1), (*two, 1), (at as u32, 1)]));
            }
        }
        pairs.sort();
        pairs.truncate(self.most(6));
        let with = |pair: &KindOfPair, base: &CubePart| base.iter().chain(pair).copied().collect();
        pairs.iter().flat_map(|(_, _, pair)| bases.iter().map(|base| with(pair, base))).collect()
    }
}
