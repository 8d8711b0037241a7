//! The 70 targets, judged with exact whole numbers.

use super::contract::{self, Indicator, Target};
use super::coverage::Knowledge;
use super::indicators::{Asked, Night, denominator, published};
use super::windows::{Day, first_of_year, iso, parse_day};
use super::world::{World, level_of};

/// A row of `scorecard`, with the columns of docs/outputs.md.
#[derive(Clone, Debug, PartialEq)]
pub struct ScoreRow {
    pub profile: String,
    pub indicator: String,
    pub level: String,
    pub division_code: String,
    pub division_name: String,
    pub op: String,
    pub target: i64,
    pub due: String,
    pub evaluated_on: String,
    pub numerator: i64,
    pub denominator: Option<i64>,
    pub value: Option<f64>,
    pub unit: String,
    pub status: String,
    pub verdict: String,
}

/// Whether `n` of `d` meets the target, without rounding: 19/20 is >= 95 %.
pub fn is_met(unit: &str, n: i64, d: i64, op: &str, target: i64) -> bool {
    let (n, d, target) = (i128::from(n), i128::from(d), i128::from(target));
    let (left, right) = match unit {
        "count" => (n, target),
        "percent" => (n * 100, target * d),
        "permille" => (n * 1000, target * d),
        "percent_change" => ((n - d) * 100, target * d),
        _ => panic!("unknown unit {unit}"),
    };
    match op {
        ">=" => left >= right,
        ">" => left > right,
        "<" => left < right,
        "<=" => left <= right,
        _ => panic!("unknown operator {op}"),
    }
}

/// docs/outputs.md: `met` or `not_met` when as_of has reached the due date, `on_track` or `behind` before it;
/// `no_data`; `incomplete` where the status is `partial`.
fn verdict(status: &str, met: bool, is_due: bool) -> &'static str {
    match (status, met, is_due) {
        ("no_data", _, _) => "no_data",
        ("partial", _, _) => "incomplete",
        (_, true, true) => "met",
        (_, false, true) => "not_met",
        (_, true, false) => "on_track",
        (_, false, false) => "behind",
    }
}

/// Every target for its profile's division and for those that the settings lay the profile over: targets
/// whose level is the division's, divisions that stand in the tree, each division once.
pub fn scorecard(world: &World) -> Vec<ScoreRow> {
    let night = Night::new(world);
    let knowledge = Knowledge::new(world);
    let indicators = contract::indicators();
    let mut rows = Vec::new();
    for target in contract::targets() {
        let indicator = indicators.iter().find(|i| i.id == target.indicator).expect("a target names an indicator");
        let mut divisions = vec![target.division.clone()];
        for code in world.settings.profile_scope.get(&target.profile).into_iter().flatten() {
            if !divisions.contains(code) {
                divisions.push(code.clone());
            }
        }
        for code in divisions {
            if world.divisions.contains_key(&code) && level_of(&code) == Some(target.level.as_str()) {
                rows.push(judge(&knowledge, &night, indicator, &target, &code));
            }
        }
    }
    rows
}

fn judge(knowledge: &Knowledge, night: &Night, indicator: &Indicator, target: &Target, code: &str) -> ScoreRow {
    let world = night.world;
    let due = parse_day(&target.due).expect("a due date");
    let e: Day = due.min(world.settings.as_of);
    // docs/definitions.md: a target is judged with the `period` window being `ytd`.
    let asked = Asked { period_start: first_of_year(e), e };
    let counts = night.counts(&indicator.id, &night.at(e), asked, &target.villages);
    let (n, counted) = counts.get(code).copied().unwrap_or((0, 0));
    let d = denominator(world, &indicator.id, code, e, counted);
    let (denominator, value, has_data) = published(&indicator.unit, n, d);
    let met = has_data && is_met(&indicator.unit, n, d.unwrap_or(0), &target.op, target.value);
    let status = knowledge.status(indicator, code, asked, has_data);
    ScoreRow {
        profile: target.profile.clone(),
        indicator: target.indicator.clone(),
        level: target.level.clone(),
        division_code: code.to_owned(),
        division_name: world.divisions[code].clone(),
        op: target.op.clone(),
        target: target.value,
        due: target.due.clone(),
        evaluated_on: iso(e),
        numerator: n,
        denominator,
        value,
        unit: indicator.unit.clone(),
        status: status.to_owned(),
        verdict: verdict(status, met, world.settings.as_of >= due).to_owned(),
    }
}
