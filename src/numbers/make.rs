//! The numbers of a night: what is unchanged is reused, what differs in few rows is patched, the rest counted.

use std::collections::BTreeMap;

use super::base::BaseFacts;
use super::count::{AllCells, CountedNumbers, Counting};
use super::fact_tables::{FactPersons, FactTables};
use super::facts::{Period, Window};
use super::indicators::{IndicatorCells, ScoreInputs, ScoreRow, scorecard};
use super::inputs::NumberInputs;
use super::query_tables;
use super::reuse::county_facts::CountyFacts;
use super::reuse::keys::NumberRecord;
use super::reuse::patch::NumberPatch;
use super::reuse::plan::ReusePlan;
use super::reuse::published::{Together, add_published};
use super::rollups::RollupTable;
use super::stations::{FACT, Station, stations};
use crate::error::Result;
use crate::publish::{ManifestOutput, published_files};
use crate::schema::divisions::Level;

/// A rollup of the night.
pub enum NightRollup<'a> {
    Counted(Box<RollupTable<'a>>),
    /// Unchanged since the last run: its file in the current snapshot is what would be written again.
    SameFile(ManifestOutput),
}

/// The numbers of a night.
pub struct Numbers<'a> {
    pub periods: Vec<Period>,
    cells: AllCells,
    pub scores: Vec<ScoreRow>,
    pub rollups: Vec<NightRollup<'a>>,
    pub stations: Vec<Station>,
    /// What the next run compares with; it does not yet name the snapshot.
    pub record: NumberRecord,
}

impl<'a> NumberInputs<'a> {
    /// All numbers of the night.
    ///
    /// # Errors
    /// `Schema` when a query does not fit its tables.
    pub fn make(&self, persons: &FactPersons) -> Result<Numbers<'a>> {
        let (book, facts) = (self.book(), self.counted_facts());
        self.progress.begin("facts", 1);
        let last = NumberRecord::load(self.store);
        let tables = FactTables {
            engine: self.engine.clone(),
            schemas: self.schemas,
            divisions: self.divisions,
            parents: self.parents,
            persons,
        };
        if let Some(folder) = self.settings.query_tables {
            query_tables::write(&tables, &book, &facts, folder)?;
        }
        let kept: Vec<&str> = facts.iter().copied().chain(book.fact(FACT).map(|_| FACT)).collect();
        let by_county = CountyFacts::of(&tables, &book, self.store, self.partitions, &kept, &last.facts)?;
        let base = BaseFacts { tables: &tables, book: &book, by_county: &by_county };
        let periods = Period::all(self.settings.period_kinds, self.settings.periods_from, self.settings.as_of);
        let villages = self.schemas.named_villages();
        let counting = Counting::new(self, &book, &villages, &periods, &facts);
        let published = published_files(self.store);
        let mut plan = ReusePlan::of(&counting, &by_county, &facts, &last, &published)?;
        let changed = NumberPatch::rows(&base, &self.facts_of_sets(&plan.patch))?;
        if changed.is_none() {
            plan.count_what_was_to_be_patched();
        }
        plan.log();
        let rows = base.of(&self.facts_of_sets(&plan.fresh))?;
        self.progress.begin("numbers", periods.len() as u64);
        let fresh = counting.count(&rows, &plan.fresh)?;
        drop(rows);
        let patch = changed.map(|rows| NumberPatch::count(&counting, rows, &plan.patch)).transpose()?;
        if let Some(patch) = &patch {
            plan.reuse_files_of_equal_numbers(&counting, &last, &published, patch);
        }
        let together = self.put_together(&counting, &plan, fresh, patch.as_ref())?;
        self.progress.begin("scorecard", 1);
        let mut numbers = Numbers {
            periods: periods.clone(),
            cells: together.cells,
            scores: Vec::new(),
            rollups: Vec::new(),
            stations: stations(&base, self.schemas, self.settings.as_of)?,
            record: NumberRecord { snapshot: String::new(), keys: plan.keys, facts: by_county.parts() },
        };
        let inputs = ScoreInputs {
            schemas: self.schemas,
            book: &book,
            counted: &|indicator, window, level| numbers.at(indicator, window, level),
            base: &|fact| base.of(&[fact]),
            divisions: self.divisions,
            grid: self.grid,
            population: self.population,
            coverage: self.coverage,
            as_of: self.settings.as_of,
        };
        numbers.scores = scorecard(&inputs, &self.settings.profiles, self.settings.overlays)?;
        self.progress.end();
        let mut files: BTreeMap<String, ManifestOutput> = plan.files;
        let rollups = together.rollups.into_iter().zip(&self.schemas.rollups).map(|(table, rollup)| {
            files.remove(&rollup.name).map_or_else(|| NightRollup::Counted(Box::new(table)), NightRollup::SameFile)
        });
        numbers.rollups = rollups.collect();
        Ok(numbers)
    }

    /// What was counted, what is patched and what is the same, in one.
    fn put_together(
        &self,
        counting: &Counting<'_>,
        plan: &ReusePlan,
        fresh: CountedNumbers<'_>,
        patch: Option<&NumberPatch<'_>>,
    ) -> Result<Together<'a>> {
        let tables = self.schemas.rollups.iter().map(|r| RollupTable::new(r, self.divisions));
        let mut together = Together { cells: fresh.cells, rollups: tables.collect() };
        for (period, index, counted) in fresh.rollups {
            together.rollups[index].add(&counted, period);
        }
        if let Some(patch) = patch {
            patch.apply_to_rollups(&mut together.rollups);
        }
        add_published(counting, plan, patch, &mut together)?;
        Ok(together)
    }
}

impl Numbers<'_> {
    /// The cells of an indicator in a period.
    ///
    /// # Panics
    /// When the indicator was not computed for the period.
    pub fn of(&self, indicator: usize, period: &Period, level: Level) -> &IndicatorCells {
        let window = Window { e_day: period.e_day, s_day: period.start_day };
        self.at(indicator, window, level).expect("every indicator is computed for every period")
    }

    /// The cells of an indicator in a window, where there is a period of this window, or its first day does
    /// not matter.
    fn at(&self, indicator: usize, window: Window, level: Level) -> Option<&IndicatorCells> {
        let at_end = Window { s_day: window.e_day, ..window };
        self.cells.get(&(indicator, window, level)).or_else(|| self.cells.get(&(indicator, at_end, level)))
    }
}
