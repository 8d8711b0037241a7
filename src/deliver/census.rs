//! What occurs in an edition: the lists that formats must declare before their data.

use std::collections::{BTreeMap, BTreeSet};

use super::edition::FeedTable;
use super::rows::DeliveredRows;

/// Divisions, periods, indicators and values of dimensions that occur in the tables of an edition.
#[derive(Clone, Debug, Default)]
pub struct Census {
    /// Names by code.
    pub divisions: BTreeMap<String, String>,
    /// Kind and name, `month` and `2023-05`.
    pub periods: BTreeSet<(String, String)>,
    pub indicators: BTreeSet<String>,
    /// Values by dimension.
    pub values: BTreeMap<String, BTreeSet<String>>,
}

impl Census {
    /// Notes what occurs in rows.
    pub fn see(&mut self, table: &FeedTable, dimensions: &[String], rows: &DeliveredRows) {
        if table.keys().is_empty() {
            return;
        }
        let mut last = (None, None, None);
        for row in 0..rows.len() {
            // Neighbours mostly agree: only what differs from the row before is looked up.
            let division = rows.text("division_code", row);
            if division != last.0 {
                if let Some(code) = division.filter(|c| !self.divisions.contains_key(*c)) {
                    let name = rows.text("division_name", row).unwrap_or_default();
                    self.divisions.insert(code.to_owned(), name.to_owned());
                }
                last.0 = division;
            }
            let period = rows.text("period_kind", row).zip(rows.text("period", row));
            if period != last.1 {
                if let Some((kind, name)) = period {
                    self.periods.insert((kind.to_owned(), name.to_owned()));
                }
                last.1 = period;
            }
            let indicator = rows.text("indicator", row);
            if indicator != last.2 {
                self.indicators.extend(indicator.map(ToOwned::to_owned));
                last.2 = indicator;
            }
            for dimension in dimensions {
                let Some(value) = rows.text(dimension, row) else { continue };
                match self.values.get_mut(dimension) {
                    Some(values) if values.contains(value) => {}
                    Some(values) => drop(values.insert(value.to_owned())),
                    None => drop(self.values.insert(dimension.clone(), BTreeSet::from([value.to_owned()]))),
                }
            }
        }
    }
}
