//! Which numbers stand on all that they need: the status `partial`.

use std::collections::HashMap;

use super::cells::CellGrid;
use crate::numbers::facts::Window;
use crate::schema::divisions::Level;
use crate::schema::indicator::{Unit, WindowKind};
use crate::schema::{Indicator, Table, TableRole, day};

/// The settings of `[data]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CoverageRules {
    /// The day from which the counties have sent events.
    pub from_day: i32,
    /// How long before E a county's newest knowledge of a dataset may lie.
    pub stale_days: u32,
    /// The same for sites, which are sent once a year.
    pub stale_site_days: u32,
}

impl CoverageRules {
    /// How long before E the newest knowledge of a dataset may lie.
    pub fn stale_days_of(&self, table: &Table) -> u32 {
        if table.role == TableRole::Site { self.stale_site_days } else { self.stale_days }
    }
}

/// From when, and until when, the counties have told what they know.
#[derive(Clone, Debug)]
pub struct Coverage {
    from_day: i32,
    /// By dataset and county: the last E for which the county's newest knowledge is not stale.
    fresh_until: HashMap<String, HashMap<String, i64>>,
}

impl Coverage {
    /// `newest` gives, for each county and dataset of which a file was ever read, the day of the county's newest
    /// knowledge: the latest of its export dates and the dates of its accepted events.
    pub fn new<'t>(rules: CoverageRules, newest: impl IntoIterator<Item = (&'t Table, &'t str, i32)>) -> Self {
        let mut fresh_until: HashMap<String, HashMap<String, i64>> = HashMap::new();
        for (table, county, newest_day) in newest {
            let until = i64::from(newest_day) + i64::from(rules.stale_days_of(table));
            fresh_until.entry(table.name.clone()).or_default().insert(county.to_owned(), until);
        }
        Coverage { from_day: rules.from_day, fresh_until }
    }

    /// Where an indicator's numbers of a window are partial.
    pub fn gaps(&self, grid: &CellGrid, indicator: &Indicator, window: Window) -> Gaps {
        if first_day(indicator, window).is_some_and(|first| first < self.from_day) {
            return Gaps::Everywhere;
        }
        let knows = |county: &str, dataset: &String| {
            let until = self.fresh_until.get(dataset).and_then(|counties| counties.get(county));
            until.is_some_and(|until| i64::from(window.e_day) <= *until)
        };
        let counties = grid.codes(Level::County).iter();
        Gaps::Counties(
            counties.map(|county| !indicator.datasets.iter().all(|dataset| knows(county, dataset))).collect(),
        )
    }
}

/// The first day that an indicator looks at; `None` for a state at E.
pub fn first_day(indicator: &Indicator, window: Window) -> Option<i32> {
    match indicator.window {
        WindowKind::At => None,
        WindowKind::T12m => Some(window.t12m_day()),
        WindowKind::Ytd => Some(window.ytd_day()),
        // A change compares with the year before.
        WindowKind::Period if indicator.unit == Unit::PercentChange => Some(day::one_year_before(window.s_day)),
        WindowKind::Period => Some(window.s_day),
    }
}

/// Where numbers of one indicator and window are partial.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Gaps {
    /// The window begins before the counties sent events.
    Everywhere,
    /// Whether a county never sent, or no longer sends, what is needed: in the order of the grid's counties.
    Counties(Vec<bool>),
}

impl Gaps {
    /// Whether a number of a division is partial: a county under it, or above it, has a gap.
    pub fn touch(&self, grid: &CellGrid, division: &str) -> bool {
        match (self, division.get(..Level::County.digits())) {
            (Gaps::Everywhere, _) => true,
            (Gaps::Counties(gaps), Some(county)) => grid.index(county).is_some_and(|at| gaps[at]),
            (Gaps::Counties(gaps), None) => {
                grid.codes(Level::County).iter().zip(gaps).any(|(county, gap)| *gap && county.starts_with(division))
            }
        }
    }
}
