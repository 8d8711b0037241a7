//! The audit of numbers of periods: each small one, each year before and each difference is kept open by a move.

use std::collections::BTreeMap;
use std::path::Path;

use super::batch::NULL;
use super::blocks::{self, Block, counts_people, is_of_period};
use super::faults::Audit;
use super::inputs::Inputs;
use super::moves::{kept_moves, move_is_wrong};
use super::periods::{Periods, has_small};
use super::round_indicators::rounding_of;
use super::tree::DivisionTree;
use crate::error::{Result, words};
use crate::schema::indicator::Unit;

/// Audits all indicators of periods; `hidden` says which numerators and denominators each block hides.
pub(super) fn audit_periods(
    inputs: &Inputs<'_>,
    disclosure: &Path,
    divisions: &DivisionTree,
    blocks: &[Block],
    hidden: &[[Vec<bool>; 2]],
    found: &mut Audit,
) -> Result<()> {
    let (all, policy) = (&inputs.schemas.indicators, &inputs.schemas.disclosure.public);
    let mut of_indicator: BTreeMap<u16, Vec<usize>> = BTreeMap::new();
    for (at, block) in blocks.iter().enumerate() {
        let i = &all[block.indicator as usize];
        if counts_people(i) && is_of_period(i) {
            of_indicator.entry(block.indicator).or_default().push(at);
        }
    }
    for (indicator, of) in of_indicator {
        let i = &all[indicator as usize];
        let nodes = blocks::nodes_of(i, policy, &divisions.tree);
        let limit = policy.largest_small(&i.id);
        if !of.iter().any(|at| has_small(&blocks[*at], nodes, limit)) {
            continue;
        }
        if i.unit != Unit::PercentChange {
            if of.iter().any(|at| hidden[*at][0][..nodes].contains(&false)) {
                found.fault(|| {
                    words!("{}：显示了没有证明的周期数字", "{}: numbers of periods without a proof are shown", i.id)
                });
            }
            continue;
        }
        let periods = Periods::of(blocks, &divisions.tree, &of, nodes);
        let mut shown = vec![false; periods.rows.len()];
        for place in &periods.places {
            let [n, d] = &hidden[of[place.block]];
            for (row, hides) in [(place.now, n[place.node]), (place.before, d[place.node])] {
                if let Some(row) = row {
                    shown[row] |= !hides;
                }
            }
        }
        let is_hidden: Vec<bool> = shown.iter().map(|s| !s).collect();
        let (places, rows) = periods.into_rollup(rounding_of(policy, i));
        let late = rows.late();
        let cells = is_hidden.len() + late.rows.len();
        let kept = kept_moves(&format!("indicators/{}", i.id), disclosure, |row| {
            ((row as usize) < cells).then_some(row as usize)
        })?;
        let mut open = vec![false; is_hidden.len()];
        for (number, kept) in &kept {
            match move_is_wrong((&rows, &late), &is_hidden, kept, policy.width()) {
                Some(wrong) => found.fault(|| wrong.at(words!("{} 变动 {number}", "{} move {number}", i.id))),
                None => {
                    for row in kept.opens(policy.width()).filter(|row| *row < is_hidden.len()) {
                        open[row] = true;
                    }
                }
            }
        }
        let small = |value: i64| (1..=limit).contains(&value);
        for place in &places {
            let b = &blocks[of[place.block]];
            let (n, d) = (b.n[place.node], b.d[place.node]);
            let is_open = |row: Option<usize>| row.is_some_and(|row| open[row]);
            let wrong = (small(n) && !is_open(place.now))
                || (small(d) && !is_open(place.before))
                || (d != NULL && small(d - n) && !is_open(place.now) && !is_open(place.before));
            if wrong {
                found.fault(|| {
                    let (period, code) = (blocks::key_of(b), &divisions.codes[place.node]);
                    words!("{} {period} {code}：不能证明无法推出", "{} {period} {code}: not shown to be open", i.id)
                });
            }
        }
    }
    Ok(())
}
