//! Small cells of indicators that the tables which were kept of them do not keep open.

use rayon::prelude::*;

use super::blocks::{self, Block, BlockHidden, Proof};
use super::seen::SeenCells;
use super::tree::{DivisionTree, Tree};
use crate::schema::disclosure::PublicPolicy;
use crate::schema::indicator::{Denominator, Unit};
use crate::schema::{Counts, Indicator};

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
    divisions: &DivisionTree,
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
        let seen = SeenCells {
            tree: &tree,
            n: &block.n[..nodes],
            d: parts_of(i, block, nodes),
            hidden_n: &hidden.n[..nodes],
            hidden_d: &hidden.d[..nodes],
            watched: hidden.watched.as_ref().map_or([&[]; 2], |[n, d]| [&n[..nodes], &d[..nodes]]),
            tables: &witness.kept,
            largest_small: policy.largest_small(&i.id),
            width: policy.width(),
        };
        seen.open().into_iter().map(named).collect::<Vec<String>>()
    };
    blocks.par_iter().zip(hidden).flat_map_iter(of).collect()
}
