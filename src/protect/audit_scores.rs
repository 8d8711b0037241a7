//! The audit of the scorecard: a row that copies a hidden cell, or is small itself, shows no number and no verdict.

use std::collections::BTreeMap;
use std::path::Path;

use arrow::array::{Array, Float64Array};

use super::batch::{NULL, days, each, texts, wholes};
use super::blocks::{self, Block};
use super::faults::Audit;
use super::inputs::Inputs;
use super::shown::ShownParts;
use super::tree::DivisionTree;
use crate::catalogue::SCORECARD;
use crate::error::{Result, words};
use crate::publish::column;
use crate::schema::divisions::Level;
use crate::schema::profile::Op;

/// One row of the exact scorecard.
struct AuditedScore {
    indicator: String,
    division: String,
    day: i32,
    n: i64,
    d: i64,
    op: Option<Op>,
    target: f64,
}

impl AuditedScore {
    /// Whether it is rounded, and the numbers that it shows then where they are not hidden.
    fn as_shown(&self, parts: Option<&ShownParts>, status: &str, hides: [bool; 2]) -> (bool, [i64; 2]) {
        match parts.and_then(|p| p.row(status, [self.n, self.d], hides)) {
            Some(row) => (true, [row.numerator.unwrap_or(NULL), row.denominator.unwrap_or(NULL)]),
            None => (false, [self.n, self.d]),
        }
    }

    /// Whether its verdict is the same for all that its rounded numbers can be.
    fn verdict_follows(&self, parts: &ShownParts) -> bool {
        self.op.is_some_and(|op| parts.meets([self.n, self.d], op, self.target).is_some())
    }
}

/// Audits the scorecard; `hidden` says which numerators and denominators each block hides.
pub(super) fn audit_scores(
    inputs: &Inputs<'_>,
    public: &Path,
    divisions: &DivisionTree,
    blocks: &[Block],
    hidden: &[[Vec<bool>; 2]],
    found: &mut Audit,
) -> Result<()> {
    let table = SCORECARD;
    let exact = exact_rows(inputs, &inputs.exact.join(table))?;
    let mut of_day: BTreeMap<(u16, i32), Vec<usize>> = BTreeMap::new();
    for (at, block) in blocks.iter().enumerate() {
        of_day.entry((block.indicator, block.e_day)).or_default().push(at);
    }
    let all = &inputs.schemas.indicators;
    let shown: Vec<ShownParts> = all.iter().map(|i| ShownParts::of(i, &inputs.schemas.disclosure.public)).collect();
    let mut at = 0;
    each(&public.join(table), |_, batch| {
        let (n, d) = (wholes(batch, "numerator")?, wholes(batch, "denominator")?);
        let (status, verdict) = (texts(batch, "status")?, texts(batch, "verdict")?);
        let value: &Float64Array = column(batch, "value")?;
        for row in 0..batch.num_rows() {
            let Some(score) = exact.get(at) else {
                found.fault(|| words!("目标记分卡：行数多于精确表", "scorecard: more rows than the exact table"));
                return Ok(());
            };
            at += 1;
            let place = || format!("scorecard {} {}", score.indicator, score.division);
            let suppressed = status.value(row) == "suppressed";
            let shows = n[row] != NULL || value.is_valid(row) || verdict.is_valid(row);
            if suppressed && shows {
                found.fault(|| words!("{}：已隐去，却又显示了出来", "{}: hidden, and yet shown", place()));
            }
            let hides = [suppressed, suppressed && d[row] == NULL];
            let parts = shown.iter().find(|p| p.id == score.indicator);
            let (rounded, is) = score.as_shown(parts, status.value(row), hides);
            let other = |shown: i64, is: i64| shown != NULL && shown != is;
            if other(n[row], is[0]) || other(d[row], is[1]) || (!suppressed && n[row] == NULL) {
                found.fault(|| words!("{}：显示的值与实际不符", "{}: shown otherwise than it is", place()));
            }
            // A verdict says no more than the numbers beside it.
            let tells = |p: &ShownParts| verdict.is_valid(row) && !score.verdict_follows(p);
            if rounded && verdict.value(row) != "incomplete" && parts.is_some_and(tells) {
                found.fault(|| {
                    words!(
                        "{}：判定透露了取整后看不到的内容",
                        "{}: a verdict that hangs on what rounding hides",
                        place()
                    )
                });
            }
            let Some(indicator) = all.iter().position(|i| i.id == score.indicator) else { continue };
            let i = &all[indicator];
            let is_small = blocks::is_small(i, &inputs.schemas.disclosure.public, score.n, score.d);
            found.small += usize::from(is_small);
            if is_small && !suppressed && !rounded {
                found.fault(|| words!("{}：数值小，却显示了出来", "{}: small and shown", place()));
            }
            let Some(node) = divisions.node(&score.division).map(|n| n as usize) else { continue };
            for at in of_day.get(&(indicator as u16, score.day)).into_iter().flatten() {
                let block = &blocks[*at];
                let of_year = block.period.as_deref().is_some_and(blocks::begins_year);
                let same = block.n[node] == score.n && block.d[node] == score.d;
                if !same || (blocks::is_of_period(i) && !of_year) {
                    continue;
                }
                if (hidden[*at][0][node] && !suppressed) || (hidden[*at][1][node] && d[row] != NULL) {
                    found.fault(|| {
                        words!("{}：显示了其指标所隐去的数字", "{}: shows what its indicator hides", place())
                    });
                }
            }
        }
        Ok(())
    })?;
    if at < exact.len() {
        found.fault(|| words!("目标记分卡：行数少于精确表", "scorecard: fewer rows than the exact table"));
    }
    Ok(())
}

/// The rows of levels that the public sees.
fn exact_rows(inputs: &Inputs<'_>, path: &Path) -> Result<Vec<AuditedScore>> {
    let lowest = inputs.schemas.disclosure.public.lowest_level;
    let mut rows = Vec::new();
    each(path, |_, batch| {
        let (op, target) = (texts(batch, "op")?, column::<Float64Array>(batch, "target")?);
        let (id, level) = (texts(batch, "indicator")?, texts(batch, "level")?);
        let (code, on) = (texts(batch, "division_code")?, days(batch, "evaluated_on")?);
        let (n, d) = (wholes(batch, "numerator")?, wholes(batch, "denominator")?);
        for row in 0..batch.num_rows() {
            if Level::parse(level.value(row)).is_none_or(|l| l >= lowest) {
                rows.push(AuditedScore {
                    indicator: id.value(row).to_owned(),
                    division: code.value(row).to_owned(),
                    day: on.value(row),
                    n: n[row],
                    d: d[row],
                    op: Op::parse(op.value(row)),
                    target: target.value(row),
                });
            }
        }
        Ok(())
    })?;
    Ok(rows)
}
