//! Published numbers put right by the persons whose rows changed.
//!
//! Where an indicator or a rollup is the sum of what each person gives to it, the persons of whom any row changed
//! are counted twice: by their rows of the last run, and by tonight's. The difference puts the published numbers
//! right. The test `random_nights` compares this with counting afresh.

use std::collections::BTreeSet;

use crate::engine::Session;
use crate::error::Result;
use crate::numbers::base::BaseFacts;
use crate::numbers::count::{CountedNumbers, Counting};
use crate::numbers::facts::Window;
use crate::numbers::indicators::IndicatorCells;
use crate::numbers::rollups::RollupTable;
use crate::reuse::Layer;
use crate::schema::divisions::Level;

/// Base facts over the rows of the persons who changed.
pub struct ChangedFacts {
    last: Session,
    tonight: Session,
}

/// Some sets of numbers, counted over the changed persons alone: as of the last run, and as of tonight.
pub struct NumberPatch<'p> {
    last: CountedNumbers<'p>,
    tonight: CountedNumbers<'p>,
}

impl<'p> NumberPatch<'p> {
    /// The rows that a patch is counted over; `None` when there is nothing to patch, when what changed cannot be
    /// told, or when too many persons changed.
    ///
    /// # Errors
    /// `Schema` when a query does not fit its tables.
    pub fn rows(base: &BaseFacts<'_>, facts: &[&str]) -> Result<Option<ChangedFacts>> {
        if facts.is_empty() || Layer::NumberPatches.is_off() {
            return Ok(None);
        }
        let Some(changed) = base.by_county.changed(&base.book.of_counties(facts))? else { return Ok(None) };
        Ok(Some(ChangedFacts { last: base.over(facts, changed.last)?, tonight: base.over(facts, changed.tonight)? }))
    }

    /// Counts the sets of numbers over the rows of the last run and over those of tonight.
    ///
    /// # Errors
    /// `Schema` when a query does not fit its tables.
    pub fn count(counting: &Counting<'p>, rows: ChangedFacts, sets: &BTreeSet<String>) -> Result<Self> {
        let (last, tonight) = (counting.count(&rows.last, sets)?, counting.count(&rows.tonight, sets)?);
        Ok(NumberPatch { last, tonight })
    }

    /// Adds the difference to published cells.
    pub fn apply(&self, place: &(usize, Window, Level), published: &mut IndicatorCells) {
        if let (Some(last), Some(tonight)) = (self.last.cells.get(place), self.tonight.cells.get(place)) {
            published.patch(last, tonight);
        }
    }

    /// Adds the difference to the tables of rollups, by their index.
    pub fn apply_to_rollups(&self, tables: &mut [RollupTable<'_>]) {
        for (period, index, counted) in &self.tonight.rollups {
            tables[*index].add(counted, period);
        }
        for (period, index, counted) in &self.last.rollups {
            tables[*index].take_away(counted, period);
        }
    }

    /// Rollups, by their index, of which any number differs.
    pub fn rollups_that_differ(&self) -> BTreeSet<usize> {
        let pairs = self.last.rollups.iter().zip(&self.tonight.rollups);
        pairs.filter(|((.., last), (.., tonight))| !last.same_as(tonight)).map(|((_, index, _), _)| *index).collect()
    }
}
