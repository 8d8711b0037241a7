//! Fifth step: the numbers, counted or reused.

use super::context::Night;
use super::judge::JudgedNight;
use super::link::LinkedNight;
use crate::engine::QueryEngine;
use crate::error::Result;
use crate::link::persons::{LinkSummary, PersonRange};
use crate::numbers::inputs::{NumberInputs, NumberSettings};
use crate::numbers::make::Numbers;

/// All numbers of the night are known.
pub struct CountedNight<'j> {
    pub judged: &'j JudgedNight,
    pub numbers: Numbers<'j>,
    pub linkage: LinkSummary,
    pub ranges: Vec<PersonRange>,
}

impl<'j> LinkedNight<'j> {
    /// The numbers of the night, by the engine given.
    pub fn count(self, night: &'j Night<'_>, engine: QueryEngine) -> Result<CountedNight<'j>> {
        let LinkedNight { judged, persons } = self;
        let inputs = NumberInputs {
            engine,
            settings: NumberSettings {
                norms: &night.config.norms,
                period_kinds: &night.config.period_kinds,
                periods_from: night.config.periods_from,
                as_of: night.config.as_of,
                profiles: night.config.profiles(&night.schemas),
                overlays: &night.config.overlays,
                query_tables: night.config.query_tables.as_deref(),
            },
            schemas: &night.schemas,
            divisions: &judged.read.prepared.divisions,
            grid: &judged.grid,
            population: &judged.read.prepared.population,
            coverage: &judged.coverage,
            parents: &judged.ledger.parents,
            partitions: &judged.ledger.partitions,
            store: &night.store,
            progress: night.progress,
        };
        let numbers = inputs.make(&persons.facts)?;
        Ok(CountedNight { judged, numbers, linkage: persons.summary, ranges: persons.ranges })
    }
}
