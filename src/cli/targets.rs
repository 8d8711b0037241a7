//! The targets that a night found not met, as they are printed: a line for each target, and below it its divisions.

use std::path::Path;

use super::printer::{Printer, padded};
use crate::pipeline::config::schema_files;
use crate::pipeline::night::record::Summary;
use crate::schema::Schemas;
use crate::schema::indicator::Unit;

/// Columns of the names of divisions; longer ones push the number to the right.
const NAMES: usize = 26;

/// Prints what is not met or behind; nothing if all is well.
pub fn print_shortfalls(s: &Summary, schemas: Option<&Path>, p: &Printer) {
    if s.shortfalls.is_empty() {
        return;
    }
    let declared = schema_files(schemas).ok().and_then(|f| Schemas::from_files(&f).ok());
    p.line(p.pick("未达标或滞后的目标：", "targets not met or behind:"));
    let mut of = ("", "");
    for [profile, division, id, value, target] in &s.shortfalls {
        let indicator = declared.as_ref().and_then(|d| d.indicator(id));
        if of != (profile.as_str(), id.as_str()) {
            of = (profile, id);
            let title = indicator.map_or(id.as_str(), |i| p.pick(&i.zh, &i.en));
            p.line(p.pick(&format!("  {title}（{profile}）"), &format!("  {title} ({profile})")));
        }
        let unit = indicator.map_or("", |i| sign(i.unit));
        let target = target.replace(">=", "≥").replace("<=", "≤");
        let division = padded(division, NAMES);
        p.line(p.pick(
            &format!("    {division} 指标值：{value}{unit}，目标 {target}{unit}"),
            &format!("    {division} {value}{unit} (target {target}{unit})"),
        ));
    }
}

/// What stands behind a number of this unit.
fn sign(unit: Unit) -> &'static str {
    match unit {
        Unit::Percent | Unit::PercentChange => " %",
        Unit::Permille => " ‰",
        Unit::Count => "",
    }
}
