//! One block of cells as an outsider sees it: whether the tables that were kept of it leave each small cell open.

use super::column::BOUNDLESS;
use super::possible::Possible;
use super::tree::{Tree, groups_of};

/// One block as an outsider sees it, and the tables that he must think possible.
#[derive(Clone, Copy)]
pub(super) struct SeenCells<'a> {
    pub tree: &'a Tree,
    pub n: &'a [i64],
    /// Denominators that the numerators are parts of.
    pub d: Option<&'a [i64]>,
    pub hidden_n: &'a [bool],
    pub hidden_d: &'a [bool],
    /// Numerators and denominators that must be open where they are hidden, small or not; nothing where there are none.
    pub watched: [&'a [bool]; 2],
    pub tables: &'a Possible,
    pub largest_small: i64,
    pub width: i64,
}

/// The sum that a parent is of its children, as far as it is the same in every table.
#[derive(Clone, Copy, Default)]
pub(super) struct OfParent {
    /// What the children have together that are not hidden.
    pub shown: i64,
    /// The least and the greatest that all children can have by themselves and what lies below.
    low: i64,
    high: i64,
}

impl OfParent {
    /// Whether the sum says anything of the children: of a shown parent its number is given.
    pub fn binds(self, whole: i64, is_hidden: bool) -> bool {
        if is_hidden { self.high != 0 } else { (self.low..=self.high).contains(&whole) }
    }

    /// Whether a table of which the hidden children have so much agrees with the parent. A shown parent that its
    /// children contradict tells nothing of them, nor does a hidden one below which nobody stands.
    fn fits(self, of_hidden: i64, whole: i64, is_hidden: bool) -> bool {
        self.shown + of_hidden == whole || !self.binds(whole, is_hidden)
    }
}

/// What one table has of a parent's children; `of_table` says which table it was.
#[derive(Clone, Copy, Default)]
struct InTable {
    of_table: u32,
    present: u32,
    n: i64,
    d: i64,
}

/// Ranges of numerator, complement and denominator that were seen.
pub(super) type Spans = [Option<(i64, i64)>; 3];

impl SeenCells<'_> {
    /// Nodes whose small numbers are not shown to be open.
    pub fn open(&self) -> Vec<usize> {
        let nodes = self.tree.len();
        let small = |value: i64| (1..=self.largest_small).contains(&value);
        let [of_n, of_d] = self.watched.map(|flags| move |i: usize| flags.get(i) == Some(&true));
        let is_small_n = |i: usize| small(self.n[i]) || (self.hidden_n[i] && of_n(i));
        let is_small_d = |i: usize, d: i64| small(d) || (self.hidden_d[i] && of_d(i));
        let is_watched = |i: usize| {
            let of_rate = |d: &[i64]| is_small_d(i, d[i]) || small(d[i] - self.n[i]);
            self.is_hidden(i) && (is_small_n(i) || self.d.is_some_and(of_rate))
        };
        let watched: Vec<usize> = (0..nodes).filter(|i| is_watched(*i)).collect();
        if watched.is_empty() {
            return watched;
        }
        let seen = self.spans();
        let wide = |seen: Option<(i64, i64)>| seen.is_some_and(|(low, high)| high - low >= self.width);
        let is_open = |i: &usize| {
            let [n, c, d] = seen[*i];
            let of_d = self.d.is_none_or(|values| {
                (!small(values[*i] - self.n[*i]) || wide(c))
                    && (!is_small_d(*i, values[*i]) || !self.hidden_d[*i] || wide(d))
            });
            (!is_small_n(*i) || wide(n)) && of_d
        };
        watched.into_iter().filter(|i| !is_open(i)).collect()
    }

    /// Whether the numerator or the denominator is hidden: a numerator may be known from an earlier edition.
    pub fn is_hidden(&self, node: usize) -> bool {
        self.hidden_n[node] || self.hidden_d[node]
    }

    /// How far apart the tables that agree with what is shown see each hidden node. Of a group, a table says all or
    /// nothing.
    pub fn spans(&self) -> Vec<Spans> {
        let nodes = self.tree.len();
        // A count of nothing is never hidden.
        let least = i64::from(self.d.is_none());
        let hidden: Vec<bool> = (0..nodes).map(|node| self.is_hidden(node)).collect();
        let group = groups_of(self.tree, &hidden);
        let (of_n, of_d) = self.parents(least);
        let kids: Vec<u32> = (0..nodes).map(|p| self.tree.children(p).filter(|c| hidden[*c]).count() as u32).collect();
        let mut seen: Vec<Spans> = vec![[None; 3]; nodes];
        let mut in_table = vec![InTable::default(); nodes];
        let mut value = vec![(0, 0); nodes];
        let mut given = vec![0; nodes];
        let mut wrong = vec![0; nodes + 1];
        let mut parents: Vec<usize> = Vec::new();
        let all = self.tables;
        let mut from = 0;
        let mut stamp = 0;
        while from < all.table.len() {
            let to = from + all.table[from..].iter().take_while(|t| **t == all.table[from]).count();
            stamp += 1;
            parents.clear();
            let mut meet = |p: usize, in_table: &mut [InTable]| {
                if in_table[p].of_table != stamp {
                    in_table[p] = InTable { of_table: stamp, ..InTable::default() };
                    parents.push(p);
                }
            };
            for at in from..to {
                let node = all.node[at] as usize;
                if node >= nodes || !hidden[node] {
                    continue;
                }
                let n = if self.hidden_n[node] { all.n[at] } else { self.n[node] };
                let (n, d) = (n, self.d.map_or(BOUNDLESS, |d| if self.hidden_d[node] { all.d[at] } else { d[node] }));
                if given[node] == stamp || n < least || (self.d.is_some() && (n > d || d < 0)) {
                    wrong[group[node] as usize] = stamp;
                }
                (given[node], value[node]) = (stamp, (n, d));
                if node != 0 {
                    let parent = self.tree.parent(node);
                    meet(parent, &mut in_table);
                    let of = &mut in_table[parent];
                    (of.present, of.n, of.d) = (of.present + 1, of.n + n, of.d + if self.d.is_some() { d } else { 0 });
                }
                if !self.tree.children(node).is_empty() {
                    meet(node, &mut in_table);
                }
            }
            for p in &parents {
                let (p, of, is_hidden) = (*p, in_table[*p], hidden[*p]);
                let whole = if is_hidden { (value[p].0, value[p].1) } else { (self.n[p], self.d.map_or(0, |d| d[p])) };
                let right = of.present == kids[p]
                    && (!is_hidden || given[p] == stamp)
                    && of_n[p].fits(of.n, whole.0, self.hidden_n[p])
                    && (self.d.is_none() || of_d[p].fits(of.d, whole.1, self.hidden_d[p]));
                if !right {
                    wrong[if is_hidden { group[p] as usize } else { p }] = stamp;
                }
            }
            for node in all.node[from..to].iter().map(|n| *n as usize).filter(|n| *n < nodes) {
                if given[node] != stamp || wrong[group[node] as usize] == stamp {
                    continue;
                }
                let (n, d) = value[node];
                for (seen, value) in seen[node].iter_mut().zip([n, d - n, d]) {
                    let range = seen.get_or_insert((value, value));
                    *range = (range.0.min(value), range.1.max(value));
                }
            }
            from = to;
        }
        seen
    }

    /// Of each parent, what is the same in every table: of the numerators and of the denominators. Denominators that
    /// are shown of a hidden numerator are given with it.
    pub fn parents(&self, least: i64) -> (Vec<OfParent>, Vec<OfParent>) {
        let of = |values: &[i64], ranges: &[(i64, i64)]| -> Vec<OfParent> {
            (0..self.tree.len())
                .map(|parent| {
                    self.tree.children(parent).fold(OfParent::default(), |sum, c| OfParent {
                        shown: sum.shown + if self.is_hidden(c) { 0 } else { values[c] },
                        low: sum.low + ranges[c].0,
                        high: sum.high + ranges[c].1,
                    })
                })
                .collect()
        };
        let ranges = self.ranges(|node| {
            if self.hidden_n[node] {
                (least, self.d.filter(|_| !self.hidden_d[node]).map_or(BOUNDLESS, |d| d[node]))
            } else {
                (self.n[node], self.n[node])
            }
        });
        let of_d = self.d.map_or_else(Vec::new, |d| {
            of(d, &self.ranges(|node| if self.hidden_d[node] { (1, BOUNDLESS) } else { (d[node], d[node]) }))
        });
        (of(self.n, &ranges), of_d)
    }

    fn ranges(&self, own: impl Fn(usize) -> (i64, i64)) -> Vec<(i64, i64)> {
        let mut ranges = vec![(0, 0); self.tree.len()];
        for node in (0..self.tree.len()).rev() {
            let (low, high) = own(node);
            let children = self.tree.children(node);
            // Nobody below a hidden cell contradicts its sum: somebody of whom no child is known stands there.
            let nobody = children.clone().all(|c| ranges[c] == (0, 0));
            ranges[node] = if low == high || nobody {
                (low, high)
            } else {
                let sum = children.fold((0, 0), |r: (i64, i64), c| (r.0 + ranges[c].0, r.1 + ranges[c].1));
                (low.max(sum.0).min(high), high.min(sum.1))
            };
        }
        ranges
    }
}
