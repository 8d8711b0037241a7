//! The audit of a rollup: its small rows are hidden, and moves keep them open.

use std::collections::HashMap;
use std::path::Path;

use super::audit_indicators::{Indicators, ToldBefore};
use super::batch::{NULL, each, texts, wholes};
use super::blocks::key_of;
use super::faults::Audit;
use super::inputs::Inputs;
use super::moves::{kept_moves, move_is_wrong};
use super::rollups::{self, RollupRows};
use super::rules::{ACROSS_TABLES, LATE_NUMBERS};
use super::shared_numbers::SharedNumbers;
use super::tree::DivisionTree;
use super::twelve_months::{MonthFaults, MonthWindows};
use crate::catalogue::PublishedTable;
use crate::error::{Result, words};
use crate::schema::disclosure::PublicPolicy;

/// Where an edition lies.
#[derive(Clone, Copy)]
pub(super) struct RollupPlace<'a> {
    pub public: &'a Path,
    pub disclosure: &'a Path,
}

/// Audits a rollup: each move keeps every sum, touches only what is hidden, and changes its cells by enough.
pub(super) fn audit_rollup(
    table: &PublishedTable,
    inputs: &Inputs<'_>,
    place: RollupPlace<'_>,
    (of_indicators, shared, told): (&Indicators, &SharedNumbers<'_>, &ToldBefore),
    found: &mut Audit,
) -> Result<()> {
    let divisions = &of_indicators.divisions;
    let policy = &inputs.schemas.disclosure.public;
    let Some(rows) = rollups::read(table, (&inputs.exact.join(&table.file), inputs.as_of), divisions, policy)? else {
        return Ok(());
    };
    let Some(hidden) = hidden_rows(table, &rows, place.public, found)? else { return Ok(()) };
    if inputs.protection >= ACROSS_TABLES {
        audit_beside(table, inputs, (&rows, &hidden), (of_indicators, shared, told), found);
    }
    let of_file: HashMap<u32, usize> = rows.of_file.iter().enumerate().map(|(at, file)| (*file, at)).collect();
    let late = rows.late();
    let of_late = |row: u32| {
        let at = (row as usize).checked_sub(rows.file_rows).filter(|at| *at < late.rows.len());
        at.map(|at| rows.rows.len() + at)
    };
    let of_row = |row: u32| of_file.get(&row).copied().or_else(|| of_late(row));
    let moves = kept_moves(&table.name, place.disclosure, of_row)?;
    let mut open = vec![[true; 2]; rows.rows.len()];
    for (number, kept) in &moves {
        if let Some(wrong) = move_is_wrong((&rows, &late), &hidden, kept, policy.width()) {
            found.fault(|| wrong.at(words!("{} 变动 {number}", "{} move {number}", table.name)));
            continue;
        }
        for cell in kept.opens(policy.width()).filter(|cell| *cell < rows.rows.len()) {
            open[rows.same_as[cell] as usize][usize::from(!kept.leading)] = false;
        }
    }
    let t = policy.smallest;
    for row in 0..rows.rows.len() {
        let stands = rows.same_as[row] as usize;
        if hidden[row] != hidden[stands] {
            found.fault(|| {
                words!(
                    "{} {:?}：同一天的数字在另一周期中显示了出来",
                    "{} {:?}: the number of one day is shown in one period and hidden in another",
                    table.name,
                    rollups::key(&rows, divisions, row)
                )
            });
        }
        for (which, leading) in [(0, true), (1, false)] {
            let small = rows.measures.iter().zip(&rows.values).any(|((_, m), v)| {
                let rest = m.at_most.map_or(0, |most| rows.values[most][row] - v[row]);
                (m.leading == leading && (1..t).contains(&v[row])) || (leading && (1..t).contains(&rest))
            });
            if !small {
                continue;
            }
            found.small += 1;
            if !hidden[row] && policy.base.is_none() {
                found.fault(|| {
                    words!(
                        "{} {:?}：数值小，却显示了出来",
                        "{} {:?}: small and shown",
                        table.name,
                        rollups::key(&rows, divisions, row)
                    )
                });
            } else if open[stands][which] {
                found.fault(|| {
                    words!(
                        "{} {:?}：不能证明无法推出",
                        "{} {:?}: not shown to be open",
                        table.name,
                        rollups::key(&rows, divisions, row)
                    )
                });
            }
        }
    }
    Ok(())
}

/// No row of a longer period tells, beside its parts, the few that came late.
fn audit_few_late(
    table: &PublishedTable,
    (divisions, policy): (&DivisionTree, &PublicPolicy),
    (rows, hidden): (&RollupRows, &[bool]),
    told: &ToldBefore,
    found: &mut Audit,
) {
    let was_told = |row: &usize| told.rows.contains(&(table.name.clone(), *row));
    for row in rows.with_few_late(policy).into_iter().filter(|row| !hidden[*row] && !was_told(row)) {
        found.fault(|| {
            let key = rollups::key(rows, divisions, row);
            words!(
                "{} {key:?}：与其各部分相比可以推出迟报的少数",
                "{} {key:?}: beside its parts it tells the few that came late",
                table.name
            )
        });
    }
}

/// No row tells, beside what other tables or the next edition show, what is hidden.
fn audit_beside(
    table: &PublishedTable,
    inputs: &Inputs<'_>,
    (rows, hidden): (&RollupRows, &[bool]),
    (of_indicators, shared, told): (&Indicators, &SharedNumbers<'_>, &ToldBefore),
    found: &mut Audit,
) {
    let (name, divisions) = (&table.name, &of_indicators.divisions);
    if inputs.protection >= LATE_NUMBERS {
        audit_few_late(table, (divisions, &inputs.schemas.disclosure.public), (rows, hidden), told, found);
    }
    let growing = rows.growing().without(|row| told.rows.contains(&(name.clone(), row)));
    for row in growing.telling(hidden) {
        found.fault(|| {
            let key = rollups::key(rows, divisions, row);
            words!(
                "{name} {key:?}：周期尚未结束，显示后可由前后两版之差推出其中隐去的月份",
                "{name} {key:?}: its period has not ended: if shown, the next edition minus this one gives the number of a hidden month"
            )
        });
    }
    audit_months((name, shared), (rows, hidden), inputs.as_of, (of_indicators, told), found);
    for (row, id) in shared.apart(name, (rows, hidden), inputs.as_of, (&of_indicators.hidden, told)) {
        found.fault(|| {
            let key = rollups::key(rows, divisions, row);
            words!(
                "{name} {key:?}：与指标 {id} 是同一个数，一处隐去，另一处却显示了出来",
                "{name} {key:?}: one number with the indicator {id}, hidden in one place and shown in the other"
            )
        });
    }
}

/// No number of twelve months tells months that are hidden, nor is hidden where months tell it.
fn audit_months(
    (name, shared): (&str, &SharedNumbers<'_>),
    (rows, hidden): (&RollupRows, &[bool]),
    as_of: i32,
    (of_indicators, told): (&Indicators, &ToldBefore),
    found: &mut Audit,
) {
    let windows = MonthWindows::of(shared, name, rows, as_of);
    let MonthFaults { telling, told } = windows.faults(name, (hidden, &of_indicators.hidden), told);
    let place = |at: usize, node: usize| {
        let block = &shared.blocks[at];
        let id = &shared.schemas.indicators[block.indicator as usize].id;
        format!("{id} {} {}", key_of(block), shared.divisions.codes[node])
    };
    for ((at, _), node) in telling {
        found.fault(|| {
            words!(
                "{}：与 {name} 各月的数相减，可推出其中隐去的月份",
                "{}: less the months that {name} shows, it tells months that are hidden",
                place(at, node)
            )
        });
    }
    for ((at, _), node) in told {
        found.fault(|| {
            words!(
                "{}：已隐去，却是 {name} 中所示各行之和",
                "{}: hidden, and what rows that {name} shows are together",
                place(at, node)
            )
        });
    }
}

/// Which rows are hidden; `None` where the table has not the rows of the exact one.
pub(super) fn hidden_rows(
    table: &PublishedTable,
    rows: &RollupRows,
    public: &Path,
    found: &mut Audit,
) -> Result<Option<Vec<bool>>> {
    let mut hidden = vec![false; rows.rows.len()];
    let mut at = 0;
    each(&public.join(&table.file), |_, batch| {
        let shown: Vec<Vec<i64>> = rows.measures.iter().map(|(m, _)| wholes(batch, m)).collect::<Result<_>>()?;
        let status = texts(batch, "status")?;
        for row in 0..batch.num_rows() {
            if at >= rows.rows.len() {
                found.fault(|| words!("{}：行数多于精确表", "{}: more rows than the exact table", table.name));
                return Ok(());
            }
            hidden[at] = status.value(row) == "suppressed";
            let rounds = rows.measures.iter().any(|m| m.1.rounding.is_some());
            let right = shown.iter().zip(&rows.values).zip(&rows.measures).all(|((s, v), (_, measure))| {
                let is = measure.rounding.map_or(v[at], |r| r.shown(v[at]));
                s[row] == if hidden[at] { NULL } else { is }
            });
            let state = if rounds { "rounded" } else { "ok" };
            if !right || (!hidden[at] && status.value(row) != state) {
                found.fault(|| {
                    words!("{} 第 {at} 行：显示的值与实际不符", "{} row {at}: shown otherwise than it is", table.name)
                });
            }
            found.hidden += usize::from(hidden[at]) * shown.len();
            at += 1;
        }
        Ok(())
    })?;
    if at != rows.rows.len() {
        found.fault(|| words!("{}：行数少于精确表", "{}: fewer rows than the exact table", table.name));
        return Ok(None);
    }
    Ok(Some(hidden))
}
