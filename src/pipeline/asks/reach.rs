//! What hangs on the rows of a dataset: indicators, and targets of the county that are not met.

use std::collections::HashMap;

use arrow::array::StringArray;

use crate::catalogue::{Catalogue, Edition};
use crate::error::Result;
use crate::mend::Reach;
use crate::publish::column;
use crate::schema::Schemas;
use crate::store::Store;
use crate::store::table_file::read_table;

/// Indicators of the current snapshot whose targets are missed or behind, or cannot be judged because data are missing, by
/// county, once for each target.
#[derive(Default)]
pub struct MissedTargets(HashMap<String, Vec<String>>);

impl MissedTargets {
    /// Reads the scorecard of the current snapshot.
    ///
    /// # Errors
    /// `Input` of the store.
    pub fn read(store: &Store) -> Result<Self> {
        let mut missed: HashMap<String, Vec<String>> = HashMap::new();
        for batch in read_table(&store.current().join(Catalogue::scorecard().path(Edition::Internal)), None)? {
            let batch = batch?;
            let text = |name: &str| column::<StringArray>(&batch, name);
            let (divisions, indicators, verdicts) = (text("division_code")?, text("indicator")?, text("verdict")?);
            for row in (0..batch.num_rows())
                .filter(|row| matches!(verdicts.value(*row), "not_met" | "behind" | "incomplete" | "no_data"))
            {
                if let Some(county) = divisions.value(row).get(..6) {
                    missed.entry(county.to_owned()).or_default().push(indicators.value(row).to_owned());
                }
            }
        }
        Ok(MissedTargets(missed))
    }

    /// What hangs on a dataset of a county.
    pub fn reach(&self, schemas: &Schemas, county: &str, dataset: &str) -> Reach {
        let of_dataset = |id: &str| schemas.indicator(id).is_some_and(|i| i.datasets.iter().any(|d| d == dataset));
        let targets = self.0.get(county).into_iter().flatten().filter(|id| of_dataset(id)).count() as u64;
        let indicators = schemas.indicators.iter().filter(|i| of_dataset(&i.id)).count() as u64;
        Reach { indicators, targets }
    }

    /// A text that changes when what hangs on a county's datasets does.
    pub fn of_county(&self, county: &str) -> String {
        self.0.get(county).map(|all| all.join(",")).unwrap_or_default()
    }
}
