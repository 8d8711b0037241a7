//! Why a number is partial or has no data: which county never sent, or no longer sends, what it needs, or nothing that can
//! be used.

use arrow::array::{Array, Date32Array, Int64Array};

use super::asked::{current, text};
use super::places::NamedPlace;
use crate::catalogue::{Catalogue, Edition};
use crate::error::Result;
use crate::numbers::facts::{Period, Window};
use crate::numbers::indicators::first_day;
use crate::pipeline::config::Config;
use crate::publish::column;
use crate::schema::divisions::Level;
use crate::schema::{Indicator, day};

/// A reason why a number is partial or has no data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// Its window begins before this day, from which the counties have sent events.
    BeforeData(String),
    /// The county never sent the dataset.
    NeverSent { county: String, dataset: String },
    /// Of what the county sent of the dataset nothing could be used.
    Unusable { county: String, dataset: String },
    /// The county's newest knowledge of the dataset is of this day, which is too old.
    Old { county: String, dataset: String, newest: String },
}

/// The reasons why an indicator's number of a division and period is partial or has no data, by what the snapshot says of
/// deliveries; of one that does not lack anything (`lacks`) only what it was counted without: files that came in time,
/// and of which nothing could be used.
///
/// # Errors
/// `Usage`: the snapshot says nothing of them. `Output`: it cannot be read.
pub fn reasons(
    config: &Config,
    indicator: &Indicator,
    place: &NamedPlace,
    period: &Period,
    lacks: bool,
) -> Result<Vec<Reason>> {
    let (batches, _) = current(config, &Catalogue::labels("labels/datasets").path(Edition::Internal))?;
    let window = Window { e_day: period.e_day, s_day: period.start_day };
    let mut reasons = Vec::new();
    for batch in &batches {
        let (counties, names, datasets) =
            (text(batch, "county")?, text(batch, "county_name")?, text(batch, "dataset")?);
        let day_of = |name: &str| column::<Date32Array>(batch, name);
        let (newest, data_from) = (day_of("newest")?, day_of("data_from")?);
        let expected: &Int64Array = column(batch, "expected_days")?;
        let states = text(batch, "state")?;
        for row in 0..batch.num_rows() {
            let (county, dataset) = (counties.value(row), datasets.value(row));
            let above = place.code.get(..Level::County.digits()).unwrap_or(&place.code);
            if !county.starts_with(above) || !indicator.datasets.iter().any(|needed| needed == dataset) {
                continue;
            }
            let from = data_from.value(row);
            if lacks && first_day(indicator, window).is_some_and(|first| first < from) {
                let before = Reason::BeforeData(day::to_iso(from));
                if !reasons.contains(&before) {
                    reasons.insert(0, before);
                }
            }
            let (county, dataset) = (format!("{county} {}", names.value(row)), dataset.to_owned());
            if newest.is_null(row) && states.value(row) == "unusable" {
                reasons.push(Reason::Unusable { county, dataset });
            } else if newest.is_null(row) {
                reasons.push(Reason::NeverSent { county, dataset });
            } else if i64::from(newest.value(row)) + expected.value(row) < i64::from(window.e_day) {
                reasons.push(Reason::Old { county, dataset, newest: day::to_iso(newest.value(row)) });
            }
        }
    }
    Ok(reasons)
}
