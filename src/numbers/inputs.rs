//! What the numbers of a night are made of.

use std::collections::BTreeSet;
use std::path::Path;

use super::facts::{FactBook, PeriodKind};
use super::indicators::{CellGrid, Coverage, Overlay, Residents};
use super::rollups::facts_of;
use crate::engine::QueryEngine;
use crate::ledger::{Parents, Partition};
use crate::progress::Progress;
use crate::schema::divisions::Divisions;
use crate::schema::{Norms, Profile, Schemas};
use crate::store::Store;

/// The settings of a store that numbers depend on.
pub struct NumberSettings<'a> {
    pub norms: &'a Norms,
    pub period_kinds: &'a [PeriodKind],
    pub periods_from: i32,
    pub as_of: i32,
    pub profiles: Vec<&'a Profile>,
    pub overlays: &'a [Overlay],
    /// Folder for the tables that the declared SQL begins with.
    pub query_tables: Option<&'a Path>,
}

/// All that numbers are made of, persons aside.
pub struct NumberInputs<'a> {
    /// What runs the SQL.
    pub engine: QueryEngine,
    pub settings: NumberSettings<'a>,
    pub schemas: &'a Schemas,
    pub divisions: &'a Divisions,
    pub grid: &'a CellGrid,
    pub population: &'a Residents,
    pub coverage: &'a Coverage,
    pub parents: &'a Parents,
    pub partitions: &'a [Partition],
    pub store: &'a Store,
    pub progress: &'a Progress,
}

impl<'a> NumberInputs<'a> {
    /// The facts with the norms of the config.
    pub fn book(&self) -> FactBook {
        FactBook::new(&self.schemas.facts, self.settings.norms, &self.schemas.codes)
    }

    /// The facts that any number is counted over.
    pub fn counted_facts(&self) -> Vec<&'a str> {
        let indicators = self.schemas.indicators.iter().map(|i| i.fact.as_str());
        let rollups = self.schemas.rollups.iter().flat_map(facts_of);
        indicators.chain(rollups).collect::<BTreeSet<&str>>().into_iter().collect()
    }

    /// The facts that some sets of numbers, by their names, are counted over.
    pub fn facts_of_sets(&self, sets: &BTreeSet<String>) -> Vec<&'a str> {
        let is_among = |owner: &str| {
            let first = format!("{owner}/");
            sets.range(first.clone()..).next().is_some_and(|set| set.starts_with(&first))
        };
        let indicators = self.schemas.indicators.iter().filter(|i| is_among(&i.id)).map(|i| i.fact.as_str());
        let rollups = self.schemas.rollups.iter().filter(|r| is_among(&r.name)).flat_map(facts_of);
        indicators.chain(rollups).collect::<BTreeSet<&str>>().into_iter().collect()
    }
}
