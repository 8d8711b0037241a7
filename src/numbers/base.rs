//! Base facts as the tables that windows are worked out over.

use std::collections::BTreeSet;

use super::fact_tables::FactTables;
use super::facts::FactBook;
use super::reuse::county_facts::CountyFacts;
use crate::engine::Session;
use crate::error::Result;
use crate::schema::{Fact, FactKind};

/// Makes the base facts that some facts are built on.
pub struct BaseFacts<'n> {
    pub tables: &'n FactTables<'n>,
    pub book: &'n FactBook,
    pub by_county: &'n CountyFacts<'n>,
}

impl BaseFacts<'_> {
    /// Everything that the facts named read below their windows, over all rows.
    ///
    /// # Errors
    /// `Schema` when a query does not fit its tables.
    pub fn of(&self, facts: &[&str]) -> Result<Session> {
        self.over(facts, self.by_county.session(&self.book.of_counties(facts))?)
    }

    /// The same over given rows of the facts by county.
    ///
    /// # Errors
    /// `Schema` when a query does not fit its tables.
    pub fn over(&self, facts: &[&str], mut by_county: Session) -> Result<Session> {
        let above: Vec<&Fact> = self.book.above_counties(facts);
        by_county.add(&self.tables.session(self.book, &above, None)?);
        self.book.run_base(&mut by_county, facts)?;
        // What no window looks at again would only take memory.
        let later: BTreeSet<&str> = above
            .into_iter()
            .filter(|f| f.kind != FactKind::Base)
            .flat_map(|f| f.reads.iter().map(String::as_str))
            .chain(facts.iter().copied())
            .collect();
        by_county.retain(|name| later.contains(name));
        Ok(by_county)
    }
}
