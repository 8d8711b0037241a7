//! The audit of numbers of periods: each small one, each year before and each difference is kept open by a move.

use std::collections::BTreeMap;
use std::path::Path;

use super::audit_indicators::{Indicators, ToldBefore};
use super::batch::NULL;
use super::blocks::{self, Block, counts_people, is_of_period};
use super::faults::Audit;
use super::inputs::Inputs;
use super::moves::{KeptMove, kept_moves, move_is_wrong};
use super::periods::{PeriodPlace, Periods, has_small};
use super::round_indicators::rounding_of;
use super::rules::{BETWEEN_EDITIONS, LATE_NUMBERS};
use super::tree::DivisionTree;
use crate::error::{Result, words};
use crate::schema::Indicator;
use crate::schema::indicator::Unit;

/// Audits all indicators of periods; `told` is what earlier editions showed.
pub(super) fn audit_periods(
    inputs: &Inputs<'_>,
    disclosure: &Path,
    Indicators { divisions, blocks, hidden, .. }: &Indicators,
    told: &ToldBefore,
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
        let mut periods = Periods::of(blocks, &divisions.tree, &of, nodes);
        let of_another = periods.has_parts_of_years() && inputs.protection < BETWEEN_EDITIONS
            || !periods.counted_again.0.is_empty() && inputs.protection < LATE_NUMBERS;
        if of_another {
            // It was made and proved with other rows.
            continue;
        }
        let audited = AuditedPeriods { i, of: &of, blocks, divisions, limit };
        let is_hidden = hidden_rows(&periods, |place| {
            let [n, d] = &hidden[of[place.block]];
            [n[place.node], d[place.node]]
        });
        if inputs.protection >= BETWEEN_EDITIONS {
            audited.growth((&periods, &is_hidden), told, found);
        }
        let mut is_open = is_hidden;
        let was_told = audited.told_rows(&periods, told);
        if inputs.protection >= LATE_NUMBERS {
            is_open.iter_mut().zip(&was_told).for_each(|(open, told)| *open &= !told);
            periods.counted_again.0.retain(|row| !was_told[row.again]);
            audited.late_numbers(&periods, &is_open, found);
        }
        audited.moves(periods, (&is_open, &was_told), (inputs, disclosure), found)?;
    }
    Ok(())
}

/// The periods of an indicator that are looked at.
struct AuditedPeriods<'a> {
    i: &'a Indicator,
    /// Its blocks.
    of: &'a [usize],
    blocks: &'a [Block],
    divisions: &'a DivisionTree,
    /// The largest number that is small.
    limit: i64,
}

impl AuditedPeriods<'_> {
    /// No row of a period that goes on tells, by what it grows until the next edition, a month that is hidden.
    fn growth(&self, (periods, is_hidden): (&Periods, &[bool]), told: &ToldBefore, found: &mut Audit) {
        let was_told = self.told_rows(periods, told);
        for row in periods.growing.clone().without(|row| was_told[row]).telling(is_hidden) {
            let [node, _, time] = periods.rows[row];
            let (period, code) = (&periods.times[time as usize], &self.divisions.codes[node as usize]);
            found.fault(|| {
                words!(
                    "{} {period} {code}：周期尚未结束，显示后可由前后两版之差推出其中隐去的月份",
                    "{} {period} {code}: its period goes on, and the next edition less this one tells a month that is hidden",
                    self.i.id
                )
            });
        }
    }

    /// Rows that an earlier edition showed as they are.
    fn told_rows(&self, periods: &Periods, told: &ToldBefore) -> Vec<bool> {
        let was_not_told = hidden_rows(periods, |place| match told.numbers.get(self.of[place.block]) {
            Some([n, d]) => [!n[place.node], !d[place.node]],
            None => [true; 2],
        });
        was_not_told.into_iter().map(|not_told| !not_told).collect()
    }

    /// No row of the year before tells, beside what was published of the same period, the few that came late, nor what is
    /// hidden there.
    fn late_numbers(&self, periods: &Periods, is_hidden: &[bool], found: &mut Audit) {
        let small = |value: i64| (1..=self.limit).contains(&value);
        let few = periods.counted_again.of_few(&small).filter(|row| !is_hidden[*row]);
        for row in few.chain(periods.counted_again.telling(is_hidden)) {
            let [node, _, time] = periods.rows[row];
            let (period, code) = (&periods.times[time as usize], &self.divisions.codes[node as usize]);
            found.fault(|| {
                words!(
                    "{} {period} {code}：与该周期已公布的数相比可以推出隐去的数",
                    "{} {period} {code}: beside what was published of this period it tells what is hidden",
                    self.i.id
                )
            });
        }
    }

    /// The moves that were kept are right, and leave each small number open.
    fn moves(
        &self,
        periods: Periods,
        (is_hidden, was_told): (&[bool], &[bool]),
        (inputs, disclosure): (&Inputs<'_>, &Path),
        found: &mut Audit,
    ) -> Result<()> {
        let policy = &inputs.schemas.disclosure.public;
        let (id, width) = (&self.i.id, policy.width());
        let small = |value: i64| (1..=self.limit).contains(&value);
        let few: Vec<usize> = match inputs.protection < LATE_NUMBERS {
            true => Vec::new(),
            false => periods.counted_again.of_few(&small).chain(periods.with_few_late(&small)).collect(),
        };
        let (places, rows) = periods.into_rollup(rounding_of(policy, self.i));
        let late = rows.late();
        let cells = is_hidden.len() + late.rows.len();
        let kept = kept_moves(&format!("indicators/{id}"), disclosure, |row| {
            ((row as usize) < cells).then_some(row as usize)
        })?;
        let mut open = vec![false; is_hidden.len()];
        let mut right: Vec<&KeptMove> = Vec::new();
        for (number, kept) in &kept {
            match move_is_wrong((&rows, &late), is_hidden, kept, width) {
                Some(wrong) => found.fault(|| wrong.at(words!("{id} 变动 {number}", "{id} move {number}"))),
                None => {
                    for row in kept.opens(width).filter(|row| *row < is_hidden.len()) {
                        open[row] = true;
                    }
                    right.push(kept);
                }
            }
        }
        for row in few.into_iter().filter(|row| !open[*row] && !was_told[*row]) {
            let code = &self.divisions.codes[rows.rows[row][0] as usize];
            found.fault(|| {
                words!(
                    "{id} {code}：迟报的少数不能证明无法推出",
                    "{id} {code}: the few that came late are not shown to be open"
                )
            });
        }
        for place in &places {
            let b = &self.blocks[self.of[place.block]];
            let (n, d) = (b.n[place.node], b.d[place.node]);
            let is_open = |row: Option<usize>| row.is_some_and(|row| open[row]);
            let parts_change = |kept: &&KeptMove| place.parts_change(kept.cells.iter().copied(), kept.change(), width);
            let before_is_open =
                || is_open(place.before) || (!place.before_parts.is_empty() && right.iter().any(parts_change));
            let wrong = (small(n) && !is_open(place.now))
                || (small(d) && !before_is_open())
                || (d != NULL && small(d - n) && !is_open(place.now) && !before_is_open());
            if wrong {
                found.fault(|| {
                    let (period, code) = (blocks::key_of(b), &self.divisions.codes[place.node]);
                    words!("{id} {period} {code}：不能证明无法推出", "{id} {period} {code}: not shown to be open")
                });
            }
        }
        Ok(())
    }
}

/// Rows that no place shows; `hides` tells of a place whether it hides its number and that of the year before.
fn hidden_rows(periods: &Periods, hides: impl Fn(&PeriodPlace) -> [bool; 2]) -> Vec<bool> {
    let mut hidden = vec![true; periods.rows.len()];
    for place in &periods.places {
        for (row, hides) in [place.now, place.before].into_iter().zip(hides(place)) {
            if let Some(row) = row {
                hidden[row] &= hides;
            }
        }
    }
    hidden
}
