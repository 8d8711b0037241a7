//! Whether a number stands on all that it needs.

use std::collections::BTreeMap;

use super::contract::{self, Dataset, Indicator};
use super::indicators::Asked;
use super::windows::{Day, first_of_t12m, first_of_year, one_year_before};
use super::world::World;

/// docs/definitions.md, Coverage: newest knowledge = the latest of the export dates of the county's files of a dataset and
/// the dates of its accepted events.
pub struct Knowledge<'w> {
    world: &'w World,
    datasets: BTreeMap<String, Dataset>,
    newest: BTreeMap<(String, String), Day>,
}

impl<'w> Knowledge<'w> {
    pub fn new(world: &'w World) -> Self {
        let datasets = contract::datasets();
        let mut newest = world.exports.clone();
        for (dataset, rows) in &world.rows {
            let Some(field) = &datasets[dataset].event_date else { continue };
            for row in rows {
                let Some(event) = row.day(field) else { continue };
                let known = newest.get_mut(&(row.county.clone(), dataset.clone())).expect("a row came in a file");
                *known = event.max(*known);
            }
        }
        Knowledge { world, datasets, newest }
    }

    /// docs/definitions.md, Coverage, and docs/outputs.md, `status`: `partial` when the window (`t12m`, `ytd`,
    /// `period`; not `at`) begins before `[data] from`, or a county under the division, or above it, has never sent one of the
    /// datasets that the indicator names, or knows nothing of it that is new enough at E.
    pub fn is_partial(&self, indicator: &Indicator, division: &str, asked: Asked) -> bool {
        let settings = &self.world.settings;
        let first = match indicator.window.as_str() {
            "at" => None,
            "t12m" => Some(first_of_t12m(asked.e)),
            "ytd" => Some(first_of_year(asked.e)),
            "period" => Some(asked.period_start),
            other => panic!("unknown window {other}"),
        };
        // docs/definitions.md: of `extreme_incident_change` from one year before its first day.
        let first = first.map(|d| if indicator.id == "extreme_incident_change" { one_year_before(d) } else { d });
        if first.is_some_and(|d| d < settings.data_from) {
            return true;
        }
        self.world.counties_around(division).into_iter().any(|county| {
            indicator.datasets.iter().any(|name| {
                let dataset = &self.datasets[name];
                // docs/definitions.md: registers without persons, which are sent once a year.
                let is_site_register = dataset.load == "snapshot" && !dataset.person_bearing;
                let stale = if is_site_register { settings.stale_site_days } else { settings.stale_days };
                match self.newest.get(&(county.to_owned(), name.clone())) {
                    None => true,
                    Some(newest) => asked.e - newest > stale,
                }
            })
        })
    }

    /// docs/definitions.md: `no_data` still comes first.
    pub fn status(&self, indicator: &Indicator, division: &str, asked: Asked, has_data: bool) -> &'static str {
        match (has_data, self.is_partial(indicator, division, asked)) {
            (false, _) => "no_data",
            (true, true) => "partial",
            (true, false) => "ok",
        }
    }
}
