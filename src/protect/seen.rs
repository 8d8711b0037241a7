//! One block of cells as an outsider sees it: whether the tables that were kept of it leave each small cell open.

use std::collections::HashMap;

use rayon::prelude::*;

use super::blocks::{self, Block, BlockHidden, Proof};
use super::tree::{Divisions, Tree};
use crate::schema::disclosure::PublicPolicy;
use crate::schema::indicator::{Denominator, Unit};
use crate::schema::{Counts, Indicator};

const BOUNDLESS: i64 = 1 << 40;

/// Numerators and denominators of hidden nodes that an outsider must think possible.
pub(super) type Possible = HashMap<u32, (i64, i64)>;

/// One block as an outsider sees it, and the tables that he must think possible.
pub(super) struct Seen<'a> {
    pub tree: &'a Tree,
    pub n: &'a [i64],
    /// Denominators that the numerators are parts of.
    pub d: Option<&'a [i64]>,
    pub hidden_n: &'a [bool],
    pub hidden_d: &'a [bool],
    /// Numerator and denominator of hidden nodes, by table.
    pub tables: Vec<Possible>,
    pub largest_small: i64,
    pub width: i64,
}

impl Seen<'_> {
    /// Nodes whose small numbers are not shown to be open.
    pub fn open(&self) -> Vec<usize> {
        let nodes = self.tree.len();
        // A count of nothing is never hidden.
        let least = i64::from(self.d.is_none());
        let ranges: Vec<(i64, i64)> = self.ranges(|node| {
            if self.hidden_n[node] {
                (least, self.d.filter(|_| !self.hidden_d[node]).map_or(BOUNDLESS, |d| d[node]))
            } else {
                (self.n[node], self.n[node])
            }
        });
        let ranges_d: Vec<(i64, i64)> = self.d.map_or_else(Vec::new, |d| {
            self.ranges(|node| if self.hidden_d[node] { (1, BOUNDLESS) } else { (d[node], d[node]) })
        });
        let mut seen: Vec<[Option<(i64, i64)>; 3]> = vec![[None; 3]; nodes];
        for table in &self.tables {
            let holds = self.holding(table, &ranges, &ranges_d);
            for node in 0..nodes {
                if !self.hidden_n[node] || !holds[node] {
                    continue;
                }
                let (Some(n), Some(d)) = (self.numerator(table, node), self.denominator(table, node)) else { continue };
                if n < least || (self.d.is_some() && (n > d || d < 0)) {
                    continue;
                }
                for (seen, value) in seen[node].iter_mut().zip([n, d - n, d]) {
                    let range = seen.get_or_insert((value, value));
                    *range = (range.0.min(value), range.1.max(value));
                }
            }
        }
        let small = |value: i64| (1..=self.largest_small).contains(&value);
        let wide = |seen: Option<(i64, i64)>| seen.is_some_and(|(low, high)| high - low >= self.width);
        (0..nodes)
            .filter(|node| {
                let [n, c, d] = seen[*node];
                let i = *node;
                let of_d = self.d.is_some_and(|values| {
                    (small(values[i] - self.n[i]) && !wide(c)) || (small(values[i]) && self.hidden_d[i] && !wide(d))
                });
                self.hidden_n[i] && ((small(self.n[i]) && !wide(n)) || of_d)
            })
            .collect()
    }

    fn numerator(&self, table: &Possible, node: usize) -> Option<i64> {
        if self.hidden_n[node] { table.get(&(node as u32)).map(|v| v.0) } else { Some(self.n[node]) }
    }

    fn denominator(&self, table: &Possible, node: usize) -> Option<i64> {
        match self.d {
            Some(_) if self.hidden_d[node] => table.get(&(node as u32)).map(|v| v.1),
            Some(d) => Some(d[node]),
            None => Some(BOUNDLESS),
        }
    }

    /// Hidden nodes whose group agrees in this table with all that is shown.
    fn holding(&self, table: &Possible, ranges: &[(i64, i64)], ranges_d: &[(i64, i64)]) -> Vec<bool> {
        let nodes = self.tree.len();
        let n_of = |node: usize| self.numerator(table, node);
        let d_of = |node: usize| self.denominator(table, node);
        // A group holds where each of its sums does, from the shown parent down.
        let mut holds = vec![true; nodes];
        for parent in 0..nodes {
            let children = self.tree.children(parent);
            if children.is_empty() {
                continue;
            }
            let hidden = self.hidden_n[parent];
            if hidden && !table.contains_key(&(parent as u32)) {
                holds[parent] = false;
            }
            let sum = |of: &dyn Fn(usize) -> Option<i64>| children.clone().map(of).sum::<Option<i64>>();
            let fits = |sum: Option<i64>, whole: Option<i64>, ranges: &[(i64, i64)], open: bool| {
                let (Some(sum), Some(whole)) = (sum, whole) else { return false };
                let (low, high) = children.clone().fold((0, 0), |r, c| (r.0 + ranges[c].0, r.1 + ranges[c].1));
                // A shown parent that its children contradict tells nothing of them.
                sum == whole || (open && high == 0) || (!open && (whole < low || whole > high))
            };
            let mut right = fits(sum(&n_of), n_of(parent), ranges, hidden);
            if self.d.is_some() {
                right &= fits(sum(&d_of), d_of(parent), ranges_d, self.hidden_d[parent]);
            }
            let above = !hidden || holds[parent];
            for child in children.filter(|c| self.hidden_n[*c]) {
                holds[child] = right && above && table.contains_key(&(child as u32));
            }
            if hidden && !right {
                holds[parent] = false;
            }
        }
        // What does not hold below does not hold above it, up to the shown parent.
        for node in (1..nodes).rev() {
            let parent = self.tree.parent(node);
            if self.hidden_n[node] && self.hidden_n[parent] && !holds[node] {
                holds[parent] = false;
            }
        }
        holds
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

/// Denominators that bound the numerators of a block.
pub(super) fn parts_of<'b>(i: &Indicator, block: &'b Block, nodes: usize) -> Option<&'b [i64]> {
    let bounded =
        matches!(&i.denominator, Denominator::Part(p) if p.counts != Counts::Nobody) && i.unit == Unit::Percent;
    bounded.then(|| &block.d[..nodes])
}

/// Small cells of indicators that their witnesses do not keep open.
pub(super) fn open_cells(
    blocks: &[Block],
    hidden: &[BlockHidden],
    divisions: &Divisions,
    all: &[Indicator],
    policy: &PublicPolicy,
) -> Vec<String> {
    let of = |(block, hidden): (&Block, &BlockHidden)| {
        let i = &all[block.indicator as usize];
        let named = |node: usize| format!("{} {} {}", i.id, blocks::key_of(block), divisions.codes[node]);
        let witness = match &hidden.witness {
            Proof::Tables(witness) => witness,
            Proof::Rounded { narrow } => return narrow.iter().copied().map(named).collect(),
            _ => return Vec::new(),
        };
        let nodes = witness.group.len();
        if nodes == 0 {
            return (0..hidden.small.len()).filter(|n| hidden.small[*n]).map(named).collect();
        }
        let tree = Tree::new(divisions.tree.parent[..nodes].to_vec(), divisions.tree.level[..nodes].to_vec());
        let tables = (0..witness.tables.len())
            .map(|at| {
                let used = |node: &usize| {
                    let group = witness.group[*node];
                    group != u32::MAX && witness.uses(group, at)
                };
                let table = &witness.tables[at];
                let value = |node: usize| {
                    (node as u32, (table.numerators[node], table.denominators.get(node).copied().unwrap_or(0)))
                };
                (0..nodes).filter(used).map(value).collect()
            })
            .collect();
        let seen = Seen {
            tree: &tree,
            n: &block.n[..nodes],
            d: parts_of(i, block, nodes),
            hidden_n: &hidden.n[..nodes],
            hidden_d: &hidden.d[..nodes],
            tables,
            largest_small: policy.largest_small(&i.id),
            width: policy.width(),
        };
        seen.open().into_iter().map(named).collect::<Vec<String>>()
    };
    blocks.par_iter().zip(hidden).flat_map_iter(of).collect()
}
