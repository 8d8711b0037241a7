//! How the targets of the plans stand, for the summary: from tonight's scorecard or from the published one.

use arrow::array::{Array, Float64Array, Int64Array, StringArray};

use super::record::{Shortfall, Summary};
use crate::catalogue::{Catalogue, Edition};
use crate::error::Result;
use crate::numbers::indicators::{ScoreRow, gap};
use crate::publish::column;
use crate::schema::Schemas;
use crate::schema::profile::Op;
use crate::store::Store;
use crate::store::table_file::read_table;

/// Counts tonight's verdicts.
pub fn count(summary: &mut Summary, scores: &[ScoreRow]) {
    for score in scores {
        add(summary, score.verdict.as_str(), || Shortfall {
            profile: score.profile.clone(),
            division: score.division_name.clone(),
            indicator: score.indicator.clone(),
            value: value(score.value),
            target: format!("{} {}", score.op, score.target),
            gap: score.gap,
            counted: score.count_of.clone(),
        });
    }
}

/// Counts the verdicts of the current snapshot.
pub fn count_published(summary: &mut Summary, schemas: &Schemas, store: &Store) -> Result<()> {
    for batch in read_table(&store.current().join(Catalogue::scorecard().path(Edition::Internal)), None)? {
        let batch = batch?;
        let text = |name: &str| column::<StringArray>(&batch, name);
        let number = |name: &str| column::<Float64Array>(&batch, name);
        let whole = |name: &str| column::<Int64Array>(&batch, name);
        let (profiles, divisions, indicators) = (text("profile")?, text("division_name")?, text("indicator")?);
        let (verdicts, ops) = (text("verdict")?, text("op")?);
        let (values, targets) = (number("value")?, number("target")?);
        let (numerators, denominators) = (whole("numerator")?, whole("denominator")?);
        for row in 0..batch.num_rows() {
            let indicator = schemas.indicator(indicators.value(row));
            let denominator = denominators.is_valid(row).then(|| denominators.value(row));
            let sides = (numerators.value(row), denominator);
            let known = indicator.zip(Op::parse(ops.value(row)));
            add(summary, verdicts.value(row), || Shortfall {
                profile: profiles.value(row).to_owned(),
                division: divisions.value(row).to_owned(),
                indicator: indicators.value(row).to_owned(),
                value: value(values.is_valid(row).then(|| values.value(row))),
                target: format!("{} {}", ops.value(row), targets.value(row)),
                gap: known.and_then(|(i, op)| gap(i.unit, sides, op, targets.value(row), i.is_of_part())),
                counted: indicator.map(|i| i.count_of.clone()).unwrap_or_default(),
            });
        }
    }
    Ok(())
}

fn value(value: Option<f64>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| format!("{value:.2}"))
}

fn add(summary: &mut Summary, verdict: &str, shortfall: impl FnOnce() -> Shortfall) {
    match verdict {
        "met" => summary.met += 1,
        "not_met" => summary.not_met += 1,
        "on_track" => summary.on_track += 1,
        "behind" => summary.behind += 1,
        "incomplete" => summary.incomplete += 1,
        _ => summary.no_data += 1,
    }
    if matches!(verdict, "not_met" | "behind") {
        summary.shortfalls.push(shortfall());
    }
}
