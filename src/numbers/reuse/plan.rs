//! Which sets of numbers are the same as published, which are patched, and which are counted.

use std::collections::{BTreeMap, BTreeSet};

use super::county_facts::CountyFacts;
use super::keys::{NumberKey, NumberRecord, RowDigests, set_name};
use super::patch::NumberPatch;
use crate::catalogue::{indicators_path, rollup_path};
use crate::engine::side_by_side;
use crate::error::Result;
use crate::numbers::count::Counting;
use crate::numbers::facts::Window;
use crate::numbers::indicators::{self, IndicatorCells};
use crate::numbers::rollups;
use crate::numbers::rollups::facts_of;
use crate::publish::ManifestOutput;
use crate::reuse::{Layer, Reuse, Reused};

/// What becomes of each set of numbers, by its name, and of each file of a rollup.
#[derive(Default)]
pub struct ReusePlan {
    /// Tonight's keys; a set without one is counted every night.
    pub keys: BTreeMap<String, NumberKey>,
    /// Unchanged since the last run.
    pub same: BTreeSet<String>,
    /// The same queries over few other rows.
    pub patch: BTreeSet<String>,
    /// Counted over all rows.
    pub fresh: BTreeSet<String>,
    /// Files of rollups that are used again whole, by the rollup's name.
    pub files: BTreeMap<String, ManifestOutput>,
}

/// A set of numbers before its key is known.
struct NumberSet<'n> {
    name: String,
    facts: Vec<&'n str>,
    /// All that tells how it is counted over its facts.
    query: String,
    window: Window,
    /// The published file that held it is whole.
    is_published: bool,
    /// It is the sum of what each person gives to it.
    adds_up: bool,
}

impl ReusePlan {
    /// Compares tonight's key of every set of numbers with that of the last run.
    ///
    /// # Errors
    /// `Schema`: a parameter without a value.
    pub fn of(
        counting: &Counting<'_>,
        county_facts: &CountyFacts<'_>,
        facts: &[&str],
        last: &NumberRecord,
        published: &BTreeMap<String, ManifestOutput>,
    ) -> Result<ReusePlan> {
        let (book, inputs) = (counting.book, counting.inputs);
        let days_after = inputs.settings.norms.days_ahead();
        let digests = RowDigests::of(county_facts, book, facts, inputs.divisions, days_after);
        let by_person = |facts: &[&str]| {
            book.is_by_person(facts) && book.of_counties(facts).iter().all(|f| county_facts.carries_persons(f))
        };
        let sets = side_by_side(sets(counting, published), |set| {
            let key = digests.key(book, &set.facts, set.window, counting.villages, &set.query)?;
            let can_be_patched = set.adds_up && by_person(&set.facts);
            let reuse = match &key {
                Some(key) if set.is_published => last.compare(&set.name, key, can_be_patched),
                _ => Reuse::Fresh,
            };
            Ok((set.name, key, reuse))
        })?;
        let mut plan = ReusePlan::default();
        for (name, key, reuse) in sets {
            if let Some(key) = key {
                plan.keys.insert(name.clone(), key);
            }
            let of = match reuse {
                Reuse::Same => &mut plan.same,
                Reuse::Patch => &mut plan.patch,
                Reuse::Fresh => &mut plan.fresh,
            };
            of.insert(name);
        }
        for rollup in &inputs.schemas.rollups {
            if last.all_same(&rollup.name, &plan.keys) {
                plan.reuse_file(&rollup.name, published.get(&rollup_path(rollup)));
            }
        }
        Ok(plan)
    }

    fn reuse_file(&mut self, rollup: &str, file: Option<&ManifestOutput>) {
        if let Some(file) = file.filter(|_| !Layer::RollupFiles.is_off()) {
            self.files.insert(rollup.to_owned(), file.clone());
        }
    }

    pub fn count_what_was_to_be_patched(&mut self) {
        self.fresh.append(&mut self.patch);
    }

    /// Writes to the log what was decided.
    pub fn log(&self) {
        let sets = Reused { same: self.same.len(), patch: self.patch.len(), fresh: self.fresh.len() };
        sets.log(Layer::Numbers);
    }

    /// Rollups of which other rows gave the same numbers: their files are used again like those of which no row
    /// changed.
    pub fn reuse_files_of_equal_numbers(
        &mut self,
        counting: &Counting<'_>,
        last: &NumberRecord,
        published: &BTreeMap<String, ManifestOutput>,
        patch: &NumberPatch<'_>,
    ) {
        let differ = patch.rollups_that_differ();
        for (index, rollup) in counting.inputs.schemas.rollups.iter().enumerate() {
            let first = format!("{}/", rollup.name);
            let any_fresh = self.fresh.range(first.clone()..).next().is_some_and(|set| set.starts_with(&first));
            if !differ.contains(&index) && !any_fresh && last.same_sets(&rollup.name, &self.keys) {
                self.reuse_file(&rollup.name, published.get(&rollup_path(rollup)));
            }
        }
    }
}

/// Every indicator and every rollup in every period.
fn sets<'n>(counting: &Counting<'n>, published: &BTreeMap<String, ManifestOutput>) -> Vec<NumberSet<'n>> {
    let schemas = counting.inputs.schemas;
    let mut sets = Vec::new();
    for period in counting.periods {
        let window = Window { e_day: period.e_day, s_day: period.start_day };
        for i in &schemas.indicators {
            let queries: Vec<String> = i.levels.iter().map(|l| IndicatorCells::sql(&i.fact, *l, &[i])).collect();
            sets.push(NumberSet {
                name: set_name(&i.id, period),
                facts: vec![i.fact.as_str()],
                query: queries.join(";"),
                window,
                is_published: published.contains_key(&indicators_path(period.kind)),
                adds_up: indicators::adds_up(i),
            });
        }
        for r in &schemas.rollups {
            sets.push(NumberSet {
                name: set_name(&r.name, period),
                facts: facts_of(r).collect(),
                query: rollups::declared(r),
                window,
                is_published: published.contains_key(&rollup_path(r)),
                adds_up: rollups::adds_up(r).is_some(),
            });
        }
    }
    sets
}
