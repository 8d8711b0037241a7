//! The scorecard: copies of indicator cells, hidden where these are.

use std::collections::BTreeMap;
use std::path::Path;

use super::batch::{days, each, texts, wholes};
use super::blocks::{Block, BlockHidden, begins_year, is_of_period};
use super::tree::DivisionTree;
use crate::error::Result;
use crate::schema::disclosure::PublicPolicy;
use crate::schema::divisions::Level;
use crate::schema::indicator::{Denominator, Unit};
use crate::schema::{Counts, Indicator};

/// What a row of the scorecard shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct ScoreHidden {
    pub numerator: bool,
    pub denominator: bool,
    /// The row itself is small; else it follows the cell that it copies, or another row.
    pub small: bool,
    pub left_out: bool,
}

/// What is hidden of each row.
pub(super) fn hide(
    path: &Path,
    indicators: &[Indicator],
    policy: &PublicPolicy,
    divisions: &DivisionTree,
    blocks: &[Block],
    hidden: &[BlockHidden],
) -> Result<Vec<ScoreHidden>> {
    let mut of: BTreeMap<(u16, i32), Vec<usize>> = BTreeMap::new();
    for (at, block) in blocks.iter().enumerate() {
        of.entry((block.indicator, block.e_day)).or_default().push(at);
    }
    let mut out = Vec::new();
    // Rows that stand in no published table of indicators: all of a day are hidden when one is small.
    let mut alone: BTreeMap<(u16, i32), Vec<usize>> = BTreeMap::new();
    each(path, |_, batch| {
        let (id, level) = (texts(batch, "indicator")?, texts(batch, "level")?);
        let (code, on) = (texts(batch, "division_code")?, days(batch, "evaluated_on")?);
        let (n, d) = (wholes(batch, "numerator")?, wholes(batch, "denominator")?);
        for row in 0..batch.num_rows() {
            let mut score = ScoreHidden {
                left_out: Level::parse(level.value(row)).is_some_and(|l| l < policy.lowest_level),
                ..ScoreHidden::default()
            };
            let indicator = indicators.iter().position(|i| i.id == id.value(row));
            if let (Some(indicator), false) = (indicator, score.left_out) {
                let i = &indicators[indicator];
                let limit = policy.largest_small(&i.id);
                let small = |value: i64| (1..=limit).contains(&value);
                let of_people = |counts| counts != Counts::Nobody;
                let (has_d, d_counts) = match &i.denominator {
                    Denominator::Part(part) => (true, of_people(part.counts)),
                    _ => (false, false),
                };
                let n_counts = of_people(i.numerator.counts);
                score.small = (n_counts && small(n[row]))
                    || (d_counts && small(d[row]))
                    || (has_d && n_counts && d_counts && small(d[row] - n[row]));
                let key = (indicator as u16, on.value(row));
                let node = divisions.node(code.value(row)).map(|n| n as usize);
                let copied = of.get(&key).into_iter().flatten().copied().find(|at| {
                    let b = &blocks[*at];
                    (!is_of_period(i) || b.period.as_deref().is_some_and(begins_year))
                        && node.is_some_and(|node| b.n[node] == n[row] && b.d[node] == d[row])
                });
                match (copied, node) {
                    (Some(at), Some(node)) => {
                        // A small number that is rounded is shown alike in both places.
                        score.numerator = hidden[at].n[node] || (score.small && policy.base.is_none());
                        score.denominator = hidden[at].d[node];
                    }
                    _ if n_counts || d_counts => alone.entry(key).or_default().push(out.len()),
                    _ => {}
                }
            }
            out.push(score);
        }
        Ok(())
    })?;
    for ((indicator, _), rows) in alone {
        let i = &indicators[indicator as usize];
        // The months that it is the sum of may be hidden.
        let of_hidden =
            is_of_period(i) && blocks.iter().zip(hidden).any(|(b, h)| b.indicator == indicator && h.n.contains(&true));
        if of_hidden || rows.iter().any(|row| out[*row].small) {
            let d_too = i.unit != Unit::Count;
            for row in rows {
                out[row].numerator = true;
                out[row].denominator = d_too;
            }
        }
    }
    Ok(out)
}
