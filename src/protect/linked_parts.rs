//! Indicators whose people are together those of another (patients with and without risk are all patients): one that is
//! hidden beside two that are shown would be their difference.

use super::blocks::{Block, BlockHidden, Lookup};
use crate::schema::Indicator;
use crate::schema::disclosure::PublicPolicy;

/// Blocks of one last day: a whole and its two parts.
pub(super) struct PartLinks(Vec<[usize; 3]>);

/// What blocks must hide besides, numerators and denominators by node; nothing where nothing is forced.
pub(super) type ForcedCells = Vec<Option<[Vec<bool>; 2]>>;

impl PartLinks {
    /// The links that the policy declares between blocks.
    pub fn of(policy: &PublicPolicy, indicators: &[Indicator], blocks: &[Block]) -> Self {
        let of = |id: &str| -> Vec<usize> {
            let is_one = |block: &Block| indicators[block.indicator as usize].id == id;
            (0..blocks.len()).filter(|at| is_one(&blocks[*at])).collect()
        };
        let mut links = Vec::new();
        for (whole, parts) in &policy.parts {
            let [wholes, first, second] = [whole, &parts[0], &parts[1]].map(|id| of(id));
            for whole in wholes {
                let same_day = |at: &&usize| blocks[**at].e_day == blocks[whole].e_day;
                for a in first.iter().filter(same_day) {
                    links.extend(second.iter().filter(same_day).map(|b| [whole, *a, *b]));
                }
            }
        }
        PartLinks(links)
    }

    /// Forces more where exactly one of three is hidden, or a part is shown that could tell the other; gives the
    /// blocks that must hide more than they do.
    pub fn close(
        &self,
        (blocks, known): (&[Block], Lookup<'_>),
        hidden: &[Option<BlockHidden>],
        forced: &mut ForcedCells,
    ) -> Vec<usize> {
        let mut more = Vec::new();
        for link in &self.0 {
            let Some(of) = all_of(link, hidden) else { continue };
            for node in 0..of[0].n.len() {
                // Where nobody stands there is no number to hide.
                let may = link.map(|at| blocks[at].d[node] > 0);
                for side in 0..2 {
                    let hides = of.map(|h| if side == 0 { h.n[node] } else { h.d[node] });
                    if hides == [false; 3] {
                        continue;
                    }
                    let was_shown = |at: usize| {
                        known.of(link[at], node).is_some_and(|k| if side == 0 { k.shown_n } else { k.shown_d })
                    };
                    let part_is_shown = (1..3).any(|at| !may[at] || was_shown(at));
                    let wanted = [hides[0] || part_is_shown, true, true];
                    for at in 0..3 {
                        if wanted[at] && may[at] && !hides[at] {
                            let nodes = of[0].n.len();
                            let cells =
                                forced[link[at]].get_or_insert_with(|| [vec![false; nodes], vec![false; nodes]]);
                            cells[side][node] = true;
                            more.push(link[at]);
                        }
                    }
                }
            }
        }
        more.sort_unstable();
        more.dedup();
        more
    }

    /// Cells that two others which are shown give away: block and node.
    pub fn given_away(&self, hidden: &[[Vec<bool>; 2]]) -> Vec<(usize, usize)> {
        let mut found = Vec::new();
        for link in &self.0 {
            let cells = (0..hidden[link[0]][0].len()).flat_map(|node| [(node, 0), (node, 1)]);
            for (node, side) in cells {
                let mut hides = link.iter().filter(|at| hidden[**at][side][node]);
                if let (Some(at), None) = (hides.next(), hides.next()) {
                    found.push((*at, node));
                }
            }
        }
        found
    }
}

fn all_of<'h>(link: &[usize; 3], hidden: &'h [Option<BlockHidden>]) -> Option<[&'h BlockHidden; 3]> {
    let [a, b, c] = link.map(|at| hidden[at].as_ref());
    Some([a?, b?, c?])
}
