//! One column of numbers over the tree: which cells are hidden beside the small ones, at the least cost.

use super::tree::Tree;

/// Larger than any number of persons.
pub const BOUNDLESS: i64 = 1 << 40;

/// What an outsider knows of a cell that he does not see: it lies between these two.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Range {
    pub low: i64,
    pub high: i64,
}

impl Range {
    pub fn exactly(value: i64) -> Self {
        Range { low: value, high: value }
    }

    pub fn width(self) -> i64 {
        self.high - self.low
    }
}

/// The cells of a column.
#[derive(Clone, Copy)]
pub struct ProtectedCells<'a> {
    pub values: &'a [i64],
    /// The most that a hidden cell can be, by what else is shown of it.
    pub caps: &'a [i64],
    /// The least that a hidden cell can be.
    pub least: i64,
    /// Cells that must keep a range of [`ProtectedCells::width`].
    pub small: &'a [bool],
    /// Cells that cannot be hidden, because they were published before, or show nothing.
    pub fixed: &'a [bool],
    /// What hiding a cell costs.
    pub costs: &'a [u64],
    /// How wide the range of a small cell must stay: t - 2.
    pub width: i64,
}

/// A column whose cells add up along the tree.
pub struct ProtectedColumn<'a> {
    pub tree: &'a Tree,
    pub cells: ProtectedCells<'a>,
    /// Cells that are hidden; only ever more.
    pub hidden: Vec<bool>,
    ranges: Vec<Range>,
}

/// What is known of a hidden child: with what lies below it, and by itself.
#[derive(Clone, Copy)]
struct ChildRange {
    below: Range,
    own: Range,
}

/// The hidden children of one shown parent.
#[derive(Clone, Copy)]
struct Siblings {
    /// What is left of the parent for them.
    rest: i64,
    parent: i64,
    /// The sums of their ranges.
    below: Range,
    own: Range,
    hidden: usize,
}

impl Siblings {
    fn of(parent: i64) -> Self {
        Siblings { rest: parent, parent, below: Range::exactly(0), own: Range::exactly(0), hidden: 0 }
    }

    fn with(mut self, value: i64, range: ChildRange) -> Self {
        self.rest += value;
        for (all, of) in [(&mut self.below, range.below), (&mut self.own, range.own)] {
            all.low += of.low;
            all.high += of.high;
        }
        self.hidden += 1;
        self
    }

    /// What an outsider can tell of one of them. Where the sums contradict each other, only that no child
    /// has more than its parent, and that the children together have no less; or, if he takes this sum alone for
    /// true, what that leaves.
    fn range(&self, of: ChildRange) -> Range {
        let contradicts = |all: Range| self.rest < all.low || self.rest > all.high;
        let (all, of, is_contradicted) = match contradicts(self.below) {
            true => (self.own, of.own, contradicts(self.own)),
            false => (self.below, of.below, false),
        };
        let low = of.low.max(self.rest - (all.high - of.high));
        let high = of.high.min(if is_contradicted { self.parent } else { self.rest - (all.low - of.low) });
        Range { low: low.min(high), high }
    }
}

impl<'a> ProtectedColumn<'a> {
    pub fn new(tree: &'a Tree, cells: ProtectedCells<'a>, hidden: Vec<bool>) -> Self {
        let ranges = cells.values.iter().map(|v| Range::exactly(*v)).collect();
        ProtectedColumn { tree, cells, hidden, ranges }
    }

    /// Hides what must be hidden beside the cells that are, from the lowest level upward.
    pub fn settle(&mut self) {
        for node in (0..self.tree.len()).rev() {
            if self.tree.children(node).is_empty() {
                self.ranges[node] = self.own_range(node);
                continue;
            }
            if !self.hidden[node] && !self.settle_children(node) && !self.cells.fixed[node] {
                self.hidden[node] = true;
            }
            if self.hidden[node] {
                self.open_below(node);
            }
            self.ranges[node] = self.own_range(node);
        }
    }

    /// Hides a cell, and what a hidden cell needs below it.
    pub fn hide(&mut self, node: usize) {
        self.hidden[node] = true;
        self.open_below(node);
        self.ranges[node] = self.own_range(node);
    }

    /// Hides the cheapest cell beside a hidden one that is not safe: a sibling, or where all are hidden the
    /// parent. `false` when there is none up to the root.
    pub fn hide_more(&mut self, node: usize) -> bool {
        self.hide_more_where(node, &|_| false)
    }

    /// The same where hidden cells may be known, which protect what lies below them no more than shown ones do.
    pub fn hide_more_where(&mut self, node: usize, known: &dyn Fn(usize) -> bool) -> bool {
        let mut at = node;
        loop {
            let parent = self.tree.parent(at);
            if at == 0 {
                return false;
            }
            if self.hidden[parent] && !known(parent) {
                at = parent;
                continue;
            }
            let siblings = self.tree.children(parent);
            let next = siblings.filter(|s| self.may_hide(*s)).min_by_key(|s| (self.cells.costs[*s], *s));
            match next {
                Some(sibling) => self.hide(sibling),
                None if !self.cells.fixed[parent] && !self.hidden[parent] => self.hide(parent),
                None => {
                    at = parent;
                    continue;
                }
            }
            return true;
        }
    }

    fn may_hide(&self, node: usize) -> bool {
        !self.hidden[node]
            && !self.cells.fixed[node]
            && (self.cells.values[node] > 0 || self.cells.caps[node] >= self.cells.width)
    }

    /// A hidden cell whose children were all shown would be their sum.
    fn open_below(&mut self, node: usize) {
        let children = self.tree.children(node);
        if children.is_empty() || children.clone().any(|c| self.hidden[c]) {
            return;
        }
        let gives = |c: usize| {
            self.cells.caps[c] - self.cells.values[c] >= self.cells.width
                || self.cells.values[c] - self.cells.least >= self.cells.width
        };
        let open = children.filter(|c| self.may_hide(*c));
        if let Some(child) = open.min_by_key(|c| (!gives(*c), self.cells.costs[*c], *c)) {
            self.hide(child);
        }
    }

    /// What the cell itself and the cells below it allow.
    fn own_range(&self, node: usize) -> Range {
        if !self.hidden[node] {
            return Range::exactly(self.cells.values[node]);
        }
        self.range_if_hidden(node)
    }

    fn range_if_hidden(&self, node: usize) -> Range {
        let children = self.tree.children(node);
        let (value, own) = (self.cells.values[node], self.range_by_itself(node));
        // Where nobody stands below, somebody of whom no child is known does: that contradicts the sum.
        if children.is_empty() || children.clone().all(|c| !self.hidden[c] && self.cells.values[c] == 0) {
            return own;
        }
        if !children.clone().any(|c| self.hidden[c]) {
            // One of them will be hidden with it.
            return Range { low: own.low.max(value - self.cells.width), high: own.high.min(value + self.cells.width) };
        }
        let (low, high) =
            children.fold((0, 0), |(low, high), c| (low + self.ranges[c].low, high + self.ranges[c].high));
        let high = own.high.min(high);
        Range { low: own.low.max(low).min(high), high }
    }

    /// What a hidden cell can be, whatever lies below it.
    fn range_by_itself(&self, node: usize) -> Range {
        let value = self.cells.values[node];
        Range { low: self.cells.least.min(value), high: self.cells.caps[node].max(value) }
    }

    /// Whether the small ones among the hidden children of a shown parent are safe, after hiding as few
    /// more as may be.
    fn settle_children(&mut self, parent: usize) -> bool {
        let children = self.tree.children(parent);
        let mut siblings = self.siblings_of(parent);
        let hidden = |child: &usize| self.hidden[*child] && self.cells.small[*child];
        let small: Vec<ChildRange> = children.clone().filter(hidden).map(|child| self.range_of_child(child)).collect();
        let width = self.cells.width;
        let safe = |s: &Siblings, small: &[ChildRange]| small.iter().all(|r| s.range(*r).width() >= width);
        // A hidden child that is not small must not be told exactly either: what lies below it leans on it.
        if siblings.hidden == 0 || (siblings.hidden > 1 && safe(&siblings, &small)) {
            return true;
        }
        if siblings.hidden == 1 && safe(&siblings, &small) && !small.is_empty() {
            return true;
        }
        let if_hidden = |c: usize| ChildRange { below: self.range_if_hidden(c), own: self.range_by_itself(c) };
        let mut open: Vec<(u64, usize, ChildRange)> =
            children.filter(|c| self.may_hide(*c)).map(|c| (self.cells.costs[c], c, if_hidden(c))).collect();
        open.sort_unstable_by_key(|o| (o.0, o.1));
        let mut chosen: Vec<usize> = Vec::new();
        loop {
            if let Some(one) = open.iter().find(|o| safe(&siblings.with(self.cells.values[o.1], o.2), &small)) {
                chosen.push(one.1);
                break;
            }
            if let Some(pair) = self.cheapest_pair(&open, &siblings, &|s| safe(s, &small)) {
                chosen.extend(pair);
                break;
            }
            // Neither one nor two will do: the cheapest is hidden at any rate.
            if open.is_empty() {
                break;
            }
            let next = open.remove(0);
            siblings = siblings.with(self.cells.values[next.1], next.2);
            chosen.push(next.1);
        }
        for child in chosen {
            self.hide(child);
        }
        let siblings = self.siblings_of(parent);
        (siblings.hidden > 1 || !small.is_empty()) && safe(&siblings, &small)
    }

    fn range_of_child(&self, child: usize) -> ChildRange {
        ChildRange { below: self.ranges[child], own: self.range_by_itself(child) }
    }

    fn siblings_of(&self, parent: usize) -> Siblings {
        let mut siblings = Siblings::of(self.cells.values[parent]);
        for child in self.tree.children(parent) {
            if self.hidden[child] {
                siblings = siblings.with(0, self.range_of_child(child));
            } else {
                siblings.rest -= self.cells.values[child];
            }
        }
        siblings
    }

    fn cheapest_pair(
        &self,
        open: &[(u64, usize, ChildRange)],
        siblings: &Siblings,
        safe: &dyn Fn(&Siblings) -> bool,
    ) -> Option<[usize; 2]> {
        let mut best: Option<(u64, [usize; 2])> = None;
        for (at, a) in open.iter().enumerate() {
            let with = siblings.with(self.cells.values[a.1], a.2);
            for b in &open[at + 1..] {
                let cost = a.0 + b.0;
                if best.is_some_and(|(least, _)| cost >= least) {
                    break;
                }
                if safe(&with.with(self.cells.values[b.1], b.2)) {
                    best = Some((cost, [a.1, b.1]));
                }
            }
        }
        best.map(|(_, pair)| pair)
    }
}
