//! The targets that a night found not met, as they are printed: a line for each target, and below it its divisions, each
//! with what it takes to meet the target.

use std::path::Path;

use super::printer::{Printer, padded};
use super::said;
use crate::error::Words;
use crate::pipeline::config::schema_files;
use crate::pipeline::night::record::{Shortfall, Summary};
use crate::schema::{Indicator, Schemas};

/// Columns of the names of divisions; longer ones push the number to the right.
const NAMES: usize = 12;

/// Prints what is not met or behind; nothing if all is well.
pub fn print_shortfalls(s: &Summary, schemas: Option<&Path>, p: &Printer) {
    if s.shortfalls.is_empty() {
        return;
    }
    let declared = schema_files(schemas).ok().and_then(|f| Schemas::from_files(&f).ok());
    p.line(p.pick("未达标或滞后的目标：", "targets not met or behind:"));
    let mut of = ("", "");
    for missed in &s.shortfalls {
        let indicator = declared.as_ref().and_then(|d| d.indicator(&missed.indicator));
        let profile = missed.profile.as_str();
        if of != (profile, missed.indicator.as_str()) {
            of = (profile, &missed.indicator);
            let title = indicator.map_or(missed.indicator.as_str(), |i| p.pick(&i.zh, &i.en_alone));
            let plan = declared.as_ref().map_or_else(|| Words::plain(profile), |d| said::plan(d, profile));
            p.line(p.pick(&format!("  {title}（{}）", plan.zh), &format!("  {title} ({})", plan.en)));
        }
        p.line(of_division(missed, indicator, p));
    }
}

fn of_division(missed: &Shortfall, indicator: Option<&Indicator>, p: &Printer) -> String {
    let unit = indicator.map_or("count", |i| i.unit.as_str());
    let (op, goal) = missed.target.split_once(' ').unwrap_or(("", &missed.target));
    let target = goal.parse().map_or_else(|_| missed.target.clone(), |goal| said::target(op, goal, unit));
    let gap = missed.gap.zip(indicator);
    let gap = gap.map_or_else(String::new, |(gap, i)| {
        let gap = said::gap(gap, op, &i.counted(), p.lang);
        p.pick(&format!("，{gap}"), &format!(", {gap}")).to_owned()
    });
    // Numbers of things are whole.
    let value = match missed.value.parse() {
        Ok(value) if unit == "count" => said::rounded(value, unit),
        _ => missed.value.clone(),
    };
    let (division, sign) = (padded(&missed.division, NAMES), said::sign(unit));
    p.pick(
        &format!("    {division} 指标值：{value}{sign}，目标 {target}{gap}"),
        &format!("    {division} {value}{sign}, target {target}{gap}"),
    )
    .to_owned()
}
