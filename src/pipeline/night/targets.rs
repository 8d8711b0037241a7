//! How the targets of the plans stand, for the summary: from tonight's scorecard or from the published one.

use arrow::array::{Array, Float64Array, StringArray};

use super::record::Summary;
use crate::catalogue::{Catalogue, Edition};
use crate::error::Result;
use crate::numbers::indicators::ScoreRow;
use crate::publish::column;
use crate::store::Store;
use crate::store::table_file::read_table;

/// What the summary tells of a row of the scorecard.
struct Target<'t> {
    profile: &'t str,
    division_name: &'t str,
    indicator: &'t str,
    verdict: &'t str,
    value: Option<f64>,
    op: &'t str,
    target: f64,
}

/// Counts tonight's verdicts.
pub fn count(summary: &mut Summary, scores: &[ScoreRow]) {
    for score in scores {
        add(
            summary,
            &Target {
                profile: &score.profile,
                division_name: &score.division_name,
                indicator: &score.indicator,
                verdict: score.verdict.as_str(),
                value: score.value,
                op: score.op,
                target: score.target,
            },
        );
    }
}

/// Counts the verdicts of the current snapshot.
pub fn count_published(summary: &mut Summary, store: &Store) -> Result<()> {
    for batch in read_table(&store.current().join(Catalogue::scorecard().path(Edition::Internal)), None)? {
        let batch = batch?;
        let text = |name: &str| column::<StringArray>(&batch, name);
        let number = |name: &str| column::<Float64Array>(&batch, name);
        let (profiles, divisions, indicators) = (text("profile")?, text("division_name")?, text("indicator")?);
        let (verdicts, ops) = (text("verdict")?, text("op")?);
        let (values, targets) = (number("value")?, number("target")?);
        for row in 0..batch.num_rows() {
            add(
                summary,
                &Target {
                    profile: profiles.value(row),
                    division_name: divisions.value(row),
                    indicator: indicators.value(row),
                    verdict: verdicts.value(row),
                    value: values.is_valid(row).then(|| values.value(row)),
                    op: ops.value(row),
                    target: targets.value(row),
                },
            );
        }
    }
    Ok(())
}

fn add(summary: &mut Summary, of: &Target<'_>) {
    match of.verdict {
        "met" => summary.met += 1,
        "not_met" => summary.not_met += 1,
        "on_track" => summary.on_track += 1,
        "behind" => summary.behind += 1,
        "incomplete" => summary.incomplete += 1,
        _ => summary.no_data += 1,
    }
    if matches!(of.verdict, "not_met" | "behind") {
        let value = of.value.map_or_else(|| "-".to_owned(), |value| format!("{value:.2}"));
        summary.shortfalls.push([
            of.profile.to_owned(),
            of.division_name.to_owned(),
            of.indicator.to_owned(),
            value,
            format!("{} {}", of.op, of.target),
        ]);
    }
}
