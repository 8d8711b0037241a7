//! What a rollup and an indicator count alike: a row over everybody, or the rows with some values of one dimension, and
//! a numerator or a denominator.

use super::counts::Counts;
use super::fact;
use super::indicator::{Denominator, Indicator, IndicatorPart, WindowKind};
use super::rollup::Rollup;
use super::{Facts, Schemas};

/// A measure of rows of a rollup, and the part of an indicator that counts the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SameNumber {
    pub rollup: String,
    pub measure: String,
    /// The dimension and its values, which together are the number; nothing of the row over everybody.
    pub rows: Option<(String, Vec<String>)>,
    /// The place of the indicator among all.
    pub indicator: usize,
    /// 0 the numerator, 1 the denominator.
    pub side: usize,
    pub of: SamePeriods,
}

/// Of which periods a rollup has the number of an indicator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SamePeriods {
    /// Of every one: both are of its last day.
    All,
    /// Of whole years, which are the twelve months that end with them.
    Years,
}

/// All that rollups and indicators of a last day count alike.
pub fn same_numbers(schemas: &Schemas) -> Vec<SameNumber> {
    let of = |rollup: &Rollup| {
        let (fact, of) = match &rollup.twelve_months {
            Some(fact) => (fact.as_str(), SamePeriods::Years),
            None => (rollup.fact.as_str(), SamePeriods::All),
        };
        if fact::looks_at_period(&schemas.facts, fact) {
            return Vec::new();
        }
        of_rollup(rollup, (fact, of), &schemas.indicators, &schemas.facts)
    };
    schemas.rollups.iter().flat_map(of).collect()
}

fn of_rollup(
    rollup: &Rollup,
    (fact, of): (&str, SamePeriods),
    indicators: &[Indicator],
    facts: &Facts,
) -> Vec<SameNumber> {
    let mut found = Vec::new();
    let windows = |i: &Indicator| of == SamePeriods::All || i.window == WindowKind::T12m;
    let of_a_day = |i: &Indicator| i.window != WindowKind::Period && !fact::looks_at_period(facts, &i.fact);
    let counts = |i: &Indicator| i.fact == fact && of_a_day(i) && windows(i);
    for (indicator, i) in indicators.iter().enumerate().filter(|(_, i)| counts(i)) {
        let sides = parts(i).into_iter().enumerate();
        for (side, part) in sides.filter_map(|(side, part)| Some((side, part?))) {
            let mut counts_as = |part: &IndicatorPart, rows: Option<(String, Vec<String>)>| {
                let sql = without_nulls(&part.sql());
                found.extend(rollup.measures.iter().filter(|m| without_nulls(&m.sql) == sql).map(|m| SameNumber {
                    rollup: rollup.name.clone(),
                    measure: m.name.clone(),
                    rows: rows.clone(),
                    indicator,
                    side,
                    of,
                }));
            };
            counts_as(part, None);
            for dimension in &rollup.dimensions {
                for of in &dimension.conditions {
                    if let Some(rest) = without(part, &of.condition) {
                        counts_as(&rest, Some((dimension.name.clone(), of.values.clone())));
                    }
                }
            }
        }
    }
    found
}

/// The aggregate as it is written where no value is missing: a sum is the same.
fn without_nulls(sql: &str) -> String {
    sql.replace("COALESCE(", "").replace(", 0)", "")
}

/// What of an indicator counts people.
fn parts(i: &Indicator) -> [Option<&IndicatorPart>; 2] {
    let denominator = match &i.denominator {
        Denominator::Part(part) => Some(part),
        _ => None,
    };
    [Some(&i.numerator), denominator].map(|part| part.filter(|part| part.counts != Counts::Nobody))
}

/// The part without one of the conditions that must all hold; `None` where it is none of them.
fn without(part: &IndicatorPart, condition: &str) -> Option<IndicatorPart> {
    let all = part.condition.as_deref()?;
    if all == condition {
        return Some(IndicatorPart { condition: None, ..part.clone() });
    }
    // Of what stands in brackets, or beside an OR, no piece holds by itself.
    let plain = !all.contains('(') && !all.to_ascii_uppercase().contains(" OR ");
    let pieces: Vec<&str> = all.split(" AND ").map(str::trim).collect();
    let rest: Vec<&str> = pieces.iter().copied().filter(|piece| *piece != condition).collect();
    (plain && rest.len() + 1 == pieces.len())
        .then(|| IndicatorPart { condition: Some(rest.join(" AND ")), ..part.clone() })
}
