//! Hidden cells of a column, and how they are filled so that all sums stay.

use super::column::Range;
use super::tree::Tree;

/// Room that is used again from table to table.
pub(super) struct Scratch {
    ranges: Vec<Range>,
    wide: Vec<Range>,
    kids: Vec<usize>,
}

impl Scratch {
    pub fn of(nodes: usize) -> Self {
        Scratch { ranges: vec![Range::default(); nodes], wide: vec![Range::default(); nodes], kids: Vec::new() }
    }
}

/// Hidden cells of a column below each parent.
pub(super) struct Shape {
    /// Where the hidden children of each node begin in the list of all.
    starts: Vec<u32>,
    kids: Vec<u32>,
    /// What the shown children of each have together.
    pub shown: Vec<i64>,
    /// Hidden nodes, and parents of some, that are looked at: breadth first.
    pub hidden: Vec<u32>,
    parents: Vec<u32>,
}

impl Shape {
    pub fn new(tree: &Tree, values: &[i64], hidden: &[bool]) -> Self {
        let (mut starts, mut kids, mut shown) = (vec![0], Vec::new(), vec![0; tree.len()]);
        for (parent, together) in shown.iter_mut().enumerate() {
            for child in tree.children(parent) {
                if hidden[child] {
                    kids.push(child as u32);
                } else {
                    *together += values[child];
                }
            }
            starts.push(kids.len() as u32);
        }
        let mut shape = Shape { starts, kids, shown, hidden: Vec::new(), parents: Vec::new() };
        shape.look_at(tree, hidden, |_| true);
        shape
    }

    pub fn kids(&self, parent: usize) -> &[u32] {
        &self.kids[self.starts[parent] as usize..self.starts[parent + 1] as usize]
    }

    /// What each hidden cell that is looked at can be by itself and what lies below it.
    pub fn ranges(&self, least: &dyn Fn(usize) -> i64, caps: &dyn Fn(usize) -> i64, ranges: &mut [Range]) {
        for node in self.hidden.iter().rev().map(|n| *n as usize) {
            let (kids, shown, cap, least) = (self.kids(node), self.shown[node], caps(node), least(node));
            ranges[node] = if kids.is_empty() && shown == 0 {
                // A lowest one, or one of whose people no child is known: that contradicts the sum.
                Range { low: least.min(cap), high: cap }
            } else {
                let sum = kids.iter().fold(Range::exactly(shown), |sum, c| Range {
                    low: sum.low + ranges[*c as usize].low,
                    high: sum.high + ranges[*c as usize].high,
                });
                let high = sum.high.min(cap);
                Range { low: sum.low.max(least).min(high), high }
            };
        }
    }

    /// Looks at hidden nodes alone that are wanted.
    pub fn look_at(&mut self, tree: &Tree, hidden: &[bool], wanted: impl Fn(usize) -> bool) {
        self.hidden = (0..tree.len()).filter(|n| hidden[*n] && wanted(*n)).map(|n| n as u32).collect();
        let first = |parent: usize| self.kids(parent).first().is_some_and(|kid| wanted(*kid as usize));
        self.parents = (0..tree.len()).filter(|p| first(*p)).map(|p| p as u32).collect();
    }
}

/// How hidden cells are filled.
pub(super) struct Fill<'a> {
    pub values: &'a [i64],
    pub hidden: &'a [bool],
    pub shape: &'a Shape,
    /// The most that each can be in any table, where it is not the same as in this one.
    pub wide: Option<&'a dyn Fn(usize) -> i64>,
    pub caps: &'a dyn Fn(usize) -> i64,
    /// The least that each can be.
    pub least: &'a dyn Fn(usize) -> i64,
    pub width: i64,
    pub round: usize,
    /// Whether a root that nothing bounds has much or little.
    pub full: bool,
    /// Who is served first (-1) and last (1).
    pub turns: &'a dyn Fn(usize) -> i8,
    /// How much those who are served first need.
    pub needs: &'a [i64],
}

impl Fill<'_> {
    /// Fills `out`, in which shown cells stand, from the root down: each parent's rest goes to its hidden children in
    /// turn, first `width` to each, then all that a child can take. Gives parents whose children have no room for the
    /// rest too.
    pub fn table(&self, out: &mut [i64], scratch: &mut Scratch) -> Vec<usize> {
        let Scratch { ranges, wide, kids } = scratch;
        self.shape.ranges(self.least, self.caps, ranges);
        if let Some(caps) = self.wide {
            self.shape.ranges(self.least, caps, wide);
        }
        let mut cramped = Vec::new();
        if self.hidden[0] {
            let r = ranges[0];
            // Nothing above it says how much there is: enough for all who wait below.
            let more = self.needs[0].max(self.width * (1 + self.shape.kids(0).len() as i64));
            let middle = r.low.max(r.high.min(self.values[0]));
            out[0] = if self.full { r.high.min(middle + more) } else { r.low.max(middle - more) };
        }
        for parent in self.shape.parents.iter().map(|p| *p as usize) {
            kids.clear();
            kids.extend(self.shape.kids(parent).iter().map(|kid| *kid as usize));
            let rest = out[parent] - self.shape.shown[parent];
            let (mut lows, mut highs, mut widest) = (0, 0, Range::default());
            for child in kids.iter() {
                lows += ranges[*child].low;
                highs += ranges[*child].high;
                let of_all = if self.wide.is_some() { wide[*child] } else { ranges[*child] };
                widest.low += of_all.low;
                widest.high += of_all.high;
            }
            // Aims come round after four, or after two: each meets every child first.
            let from = (self.round / 4 + self.round % 4) % kids.len();
            kids.rotate_left(from);
            kids.sort_by_key(|child| (self.turns)(*child));
            if rest < lows || rest > highs {
                if self.hidden[parent] || (widest.low <= rest && rest <= widest.high) {
                    cramped.push(parent);
                }
                self.fill_freely(kids, ranges, (rest - lows, out[parent]), out);
                continue;
            }
            let mut left = rest - lows;
            for child in kids.iter() {
                let r = ranges[*child];
                let first = (self.turns)(*child) < 0;
                let take = if first { left.min(self.needs[*child]).min(r.high - r.low) } else { 0 };
                out[*child] = r.low + take;
                left -= take;
            }
            for child in kids.iter() {
                let take = left.min(ranges[*child].high - out[*child]);
                out[*child] += take;
                left -= take;
            }
        }
        cramped
    }

    /// The sum tells nothing; a child is at most its parent, and all together no less than it.
    fn fill_freely(&self, kids: &[usize], ranges: &[Range], (missing, parent): (i64, i64), out: &mut [i64]) {
        let mut missing = missing;
        for child in kids {
            let r = ranges[*child];
            let room = r.high.min(parent).max(r.low) - r.low;
            let take = if (self.turns)(*child) <= 0 && self.full { room } else { missing.clamp(0, room) };
            out[*child] = r.low + take;
            missing -= take;
        }
    }
}
