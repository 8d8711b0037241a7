//! Keys of sets of numbers, and what is kept of them from run to run.
//!
//! Each set of numbers (an indicator or a rollup in a period) has a key: a digest of the SQL with the window's days
//! in it, of the divisions, and of the rows that the SQL can see. Where tonight's key is that of the current
//! snapshot, its published rows are read again instead of counted again.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::county_facts::{CountyFacts, FactParts, MonthDigests};
use crate::epoch;
use crate::error::{Error, Result};
use crate::fingerprint::Fingerprint;
use crate::numbers::facts::{FactBook, Period, Window};
use crate::reuse::{Layer, Reuse};
use crate::schema::divisions::Divisions;
use crate::schema::{FactKind, day};
use crate::store::Store;
use crate::store::private_state::{NUMBERS, PrivateState};
use crate::store::table_file::write_atomic;

/// The key of a set of numbers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NumberKey {
    /// Of the queries, and of the divisions.
    pub queries: String,
    /// Of the rows that they can see.
    pub rows: String,
    /// Of the queries that make those rows.
    pub base: String,
}

impl NumberKey {
    /// Whether the two keys have the same queries and differ only in the rows.
    fn differs_in_rows(&self, other: &NumberKey) -> bool {
        (&self.queries, &self.base) == (&other.queries, &other.base) && self.rows != other.rows
    }
}

/// Digests of base facts, by fact: by month where its rows have a day.
pub struct RowDigests {
    by_fact: BTreeMap<String, MonthDigests>,
    /// Days after E that facts may look at: a referral of the period may be closed after its end.
    days_after: i32,
    divisions: String,
}

impl RowDigests {
    /// Digests of the facts by county that `facts_counted` need.
    pub fn of(
        facts: &CountyFacts<'_>,
        book: &FactBook,
        facts_counted: &[&str],
        divisions: &Divisions,
        days_after: u32,
    ) -> Self {
        let names = book.of_counties(facts_counted);
        let digests = names.into_iter().filter_map(|name| Some((name.to_owned(), facts.months(name)?)));
        let mut named = Fingerprint::new("divisions");
        divisions.iter().for_each(|(code, name)| {
            named.text(code).text(name);
        });
        RowDigests { by_fact: digests.collect(), days_after: days_after as i32, divisions: named.hex() }
    }

    /// The key of what is counted over some facts in a window; `None` where a fact reads rows that have
    /// no digest, because it does not stand on facts by county.
    ///
    /// # Errors
    /// `Schema`: a parameter without a value.
    pub fn key(
        &self,
        book: &FactBook,
        facts_counted: &[&str],
        window: Window,
        villages: &[String],
        what: &str,
    ) -> Result<Option<NumberKey>> {
        let mut queries = Fingerprint::new("queries of numbers");
        queries.number(epoch::NUMBERS).text(what).text(&self.divisions);
        queries.list(window.months(), |f, (month, last_day)| {
            f.number(month).number(last_day);
        });
        // What is counted over a base fact itself is cut off nowhere.
        let mut last_of: BTreeMap<&str, i32> = facts_counted.iter().map(|root| (*root, i32::MAX)).collect();
        // Readers come before what they read, so that how far each fact is looked at is known at its turn.
        for fact in book.above_counties(facts_counted).into_iter().rev() {
            queries.text(&book.sql(fact, Some((window, villages)))?);
            let own = last_of.get(fact.name.as_str()).copied();
            for name in &fact.reads {
                let known = book.fact(name).is_some() || ["place", "calendar", "months"].contains(&name.as_str());
                if !known {
                    return Ok(None);
                }
                let month = match fact.kind {
                    FactKind::Base if fact.day_column.is_none() => i32::MAX,
                    FactKind::Base => own.unwrap_or(i32::MAX),
                    _ => {
                        let days = if fact.ahead.contains(name) { self.days_after } else { 0 };
                        day::month_index(window.e_day + days)
                    }
                };
                last_of.entry(name).and_modify(|last| *last = month.max(*last)).or_insert(month);
            }
        }
        let (mut rows, mut base) = (Fingerprint::new("rows of facts"), Fingerprint::new("queries of facts"));
        let mut needed = BTreeSet::new();
        for (name, last) in last_of {
            let Some(months) = self.by_fact.get(name) else { continue };
            rows.text(name);
            for (month, digest) in months.range(..=last) {
                rows.number(*month).list(digest, |f, part| {
                    f.number(*part);
                });
            }
            needed.insert(name);
        }
        for fact in book.closure(&needed.into_iter().collect::<Vec<_>>()) {
            base.text(&fact.name).optional_text(fact.day_column.as_deref()).text(&book.sql(fact, None)?);
        }
        Ok(Some(NumberKey { queries: queries.hex(), rows: rows.hex(), base: base.hex() }))
    }
}

/// The keys of the numbers of a snapshot, with which the next run compares its own.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NumberRecord {
    pub snapshot: String,
    /// By `indicator id/period` and `rollup name/period`.
    pub keys: BTreeMap<String, NumberKey>,
    /// The facts that they are counted over, by fact and county.
    pub facts: FactParts,
}

fn record_path(store: &Store) -> PathBuf {
    store.private().join("numbers.json")
}

/// Whether any run has left a record.
pub fn is_recorded(store: &Store) -> bool {
    record_path(store).is_file()
}

impl NumberRecord {
    /// The record of the current snapshot; an empty one if the stored record belongs to another snapshot.
    pub fn load(store: &Store) -> Self {
        let current = store.current_id();
        // It only saves time: a damaged one is none.
        let is_whole = PrivateState::open(store).is_ok_and(|state| state.verify(NUMBERS).is_ok());
        if !is_whole {
            return NumberRecord::default();
        }
        fs::read(record_path(store))
            .ok()
            .and_then(|bytes| serde_json::from_slice::<NumberRecord>(&bytes).ok())
            .filter(|record| Some(&record.snapshot) == current.as_ref())
            .unwrap_or_default()
    }

    /// Stores it for the next run.
    pub fn save(&self, store: &Store) -> Result<()> {
        let path = record_path(store);
        let bytes = serde_json::to_vec(self).map_err(|e| Error::output(&path, e))?;
        write_atomic(&path, &bytes)
    }

    /// Compares tonight's key of a set of numbers. Where only the rows differ, the set is patched if it can be.
    pub fn compare(&self, name: &str, tonight: &NumberKey, can_be_patched: bool) -> Reuse {
        let last = self.keys.get(name);
        let made_of = |key: &NumberKey| (key.queries.clone(), key.rows.clone());
        match Layer::Numbers.compare(last.map(made_of).as_ref(), &made_of(tonight)) {
            Reuse::Fresh if can_be_patched && last.is_some_and(|last| last.differs_in_rows(tonight)) => Reuse::Patch,
            reuse => reuse,
        }
    }

    /// Whether every set of numbers of an indicator or a rollup is unchanged, and there are no others.
    pub fn all_same(&self, owner: &str, tonight: &BTreeMap<String, NumberKey>) -> bool {
        let is_same = |(name, key): (&String, &NumberKey)| self.compare(name, key, false) == Reuse::Same;
        self.same_sets(owner, tonight) && sets(owner, tonight).all(is_same)
    }

    /// Whether an indicator or a rollup had the same sets of numbers, whatever they were.
    pub fn same_sets(&self, owner: &str, tonight: &BTreeMap<String, NumberKey>) -> bool {
        let names = |keys| sets(owner, keys).map(|(name, _)| name);
        names(tonight).next().is_some() && names(tonight).eq(names(&self.keys))
    }
}

/// The sets of numbers of an indicator or a rollup.
fn sets<'k>(owner: &str, keys: &'k BTreeMap<String, NumberKey>) -> impl Iterator<Item = (&'k String, &'k NumberKey)> {
    let first = format!("{owner}/");
    keys.range(first.clone()..).take_while(move |(name, _)| name.starts_with(&first))
}

/// The name of a set of numbers, of an indicator or a rollup in a period.
pub fn set_name(owner: &str, period: &Period) -> String {
    format!("{owner}/{}", period.id)
}
