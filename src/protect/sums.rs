//! A column of cells of which an outsider knows that each lies between two numbers, and that they add up along the
//! tree: a table that he must think possible, and how far each cell of it can go up and down.

use super::column::{BOUNDLESS, Range};
use super::tree::Tree;

/// What an outsider knows of each cell by itself.
pub(super) struct Sums<'a> {
    tree: &'a Tree,
    own: Vec<Range>,
    /// By itself and what lies below.
    below: Vec<Range>,
    /// Parents that their children contradict: there he learns nothing from the sum.
    pub cut: Vec<bool>,
}

/// How far a cell can go from where it stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Room {
    pub up: i64,
    pub down: i64,
}

impl Room {
    /// What is left of the one by the other, in each direction.
    pub fn and(self, other: Room) -> Room {
        Room { up: self.up.min(other.up), down: self.down.min(other.down) }
    }

    /// The same seen from what gets less when this gets more.
    pub fn turned(self) -> Room {
        Room { up: self.down, down: self.up }
    }

    pub fn width(self) -> i64 {
        self.up + self.down
    }

    const NONE: Room = Room { up: 0, down: 0 };
    const BOUNDLESS: Room = Room { up: BOUNDLESS, down: BOUNDLESS };

    fn plus(self, other: Room) -> Room {
        Room { up: self.up + other.up, down: self.down + other.down }
    }
}

impl<'a> Sums<'a> {
    pub fn new(tree: &'a Tree, own: Vec<Range>) -> Self {
        let mut below = own.clone();
        let mut cut = vec![false; tree.len()];
        for node in (0..tree.len()).rev() {
            let children = tree.children(node);
            if children.is_empty() {
                continue;
            }
            let sum = children
                .fold(Range::default(), |sum, c| Range { low: sum.low + below[c].low, high: sum.high + below[c].high });
            let both = Range { low: own[node].low.max(sum.low), high: own[node].high.min(sum.high) };
            if both.low > both.high {
                cut[node] = true;
            } else {
                below[node] = both;
            }
        }
        Sums { tree, own, below, cut }
    }

    /// A table that adds up wherever he takes it to, as near to `wanted` as may be.
    pub fn table(&self, wanted: &[i64]) -> Vec<i64> {
        let near = |node: usize| wanted[node].clamp(self.below[node].low, self.below[node].high);
        let mut out: Vec<i64> = (0..self.tree.len()).map(near).collect();
        for parent in 0..self.tree.len() {
            if self.tree.children(parent).is_empty() || self.cut[parent] {
                continue;
            }
            let sum: i64 = self.tree.children(parent).map(|c| out[c]).sum();
            let mut left = out[parent] - sum;
            // A little of each first, so that no cell is pushed to its edge for the others.
            for most in [1, 2, 4, BOUNDLESS] {
                for child in self.tree.children(parent) {
                    let Range { low, high } = self.below[child];
                    let take = left.clamp((low - out[child]).max(-most), (high - out[child]).min(most));
                    out[child] += take;
                    left -= take;
                }
                if left == 0 {
                    break;
                }
            }
        }
        out
    }

    /// What each cell of a table has by itself.
    pub fn own_rooms(&self, table: &[i64]) -> Vec<Room> {
        self.own.iter().zip(table).map(|(r, v)| Room { up: r.high - v, down: v - r.low }).collect()
    }

    /// How far each cell can go while the others make up for it, where each has the room of `own` by itself.
    /// Parents of `cut` are free of their children.
    pub fn rooms(&self, own: &[Room], cut: &[bool]) -> Vec<Room> {
        let tree = self.tree;
        let mut below = own.to_vec();
        for node in (0..tree.len()).rev() {
            let children = tree.children(node);
            if !children.is_empty() && !cut[node] {
                below[node] = own[node].and(children.fold(Room::NONE, |sum, c| sum.plus(below[c])));
            }
        }
        // What the rest of the table lets a cell do.
        let mut above = vec![Room::BOUNDLESS; tree.len()];
        for parent in 0..tree.len() {
            if cut[parent] {
                continue;
            }
            let all = tree.children(parent).fold(Room::NONE, |sum, c| sum.plus(below[c]));
            let of_parent = own[parent].and(above[parent]);
            for child in tree.children(parent) {
                let others = Room { up: all.down - below[child].down, down: all.up - below[child].up };
                above[child] = others.plus(of_parent);
            }
        }
        below.iter().zip(above).map(|(below, above)| below.and(above)).collect()
    }

    /// Where a sum contradicts what lies below its parts, an outsider may still take it by itself: how wide each
    /// cell is left by its own sum alone.
    pub fn alone(&self, node: usize) -> i64 {
        let parent = self.tree.parent(node);
        if node == 0 || !self.cut[parent] {
            return BOUNDLESS;
        }
        let sum = self.tree.children(parent).fold(Range::default(), |sum, c| Range {
            low: sum.low + self.own[c].low,
            high: sum.high + self.own[c].high,
        });
        let (whole, of) = (self.own[parent], self.own[node]);
        if whole.low > sum.high || whole.high < sum.low {
            return BOUNDLESS;
        }
        let low = of.low.max(whole.low - (sum.high - of.high));
        let high = of.high.min(whole.high - (sum.low - of.low));
        high - low
    }
}
