//! Numbers taken over from the night before, where nothing that they are made of has changed.
//!
//! Each set of numbers (an indicator or a rollup in a period) has a key: a digest of the SQL with the
//! window's days in it, of the divisions, and of the rows that the SQL can see. Where tonight's key is
//! that of the current snapshot, its published rows are read again instead of counted again. Where only
//! rows differ, and the set falls apart by person, the persons whose rows changed are counted as they
//! were and as they are, and the published numbers are put right by the difference.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::county_facts::{CountyFacts, KeptPart, MonthDigests};
use crate::epoch;
use crate::error::{Error, Result};
use crate::fingerprint::Fingerprint;
use crate::numbers::facts::{FactBook, Period, Window};
use crate::schema::divisions::Divisions;
use crate::schema::{FactKind, day};
use crate::store::Store;
use crate::store::private_state::{NUMBERS, PrivateState};
use crate::store::table_file::write_atomic;

/// The key of a set of numbers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SetKey {
    /// Of the queries, and of the divisions.
    pub queries: String,
    /// Of the rows that they can see.
    pub rows: String,
    /// Of the queries that make those rows.
    pub base: String,
}

/// Digests of base facts, by fact: by month where its rows have a day.
pub struct BaseDigests {
    by_fact: BTreeMap<String, MonthDigests>,
    /// Days after E that facts may look at which say so: referrals are closed after E.
    days_after: i32,
    divisions: String,
}

impl BaseDigests {
    /// Digests of the facts by county that `roots` need.
    pub fn of(
        facts: &CountyFacts<'_>,
        book: &FactBook,
        roots: &[&str],
        divisions: &Divisions,
        days_after: u32,
    ) -> Self {
        let names = book.of_counties(roots);
        let digests = names.into_iter().filter_map(|name| Some((name.to_owned(), facts.months(name)?)));
        let mut named = Fingerprint::new("divisions");
        divisions.iter().for_each(|(code, name)| {
            named.text(code).text(name);
        });
        BaseDigests { by_fact: digests.collect(), days_after: days_after as i32, divisions: named.hex() }
    }

    /// The key of what is counted over some facts in a window; `None` where a fact reads rows that have
    /// no digest, because it does not stand on facts by county.
    ///
    /// # Errors
    /// `Schema`: a parameter without a value.
    pub fn key(
        &self,
        book: &FactBook,
        roots: &[&str],
        window: Window,
        villages: &[String],
        what: &str,
    ) -> Result<Option<SetKey>> {
        let mut queries = Fingerprint::new("queries of numbers");
        queries.number(epoch::NUMBERS).text(what).text(&self.divisions);
        queries.list(window.months(), |f, (month, last_day)| {
            f.number(month).number(last_day);
        });
        // What is counted over a base fact itself is cut off nowhere.
        let mut last_of: BTreeMap<&str, i32> = roots.iter().map(|root| (*root, i32::MAX)).collect();
        // Readers come before what they read, so that how far each fact is looked at is known at its turn.
        for fact in book.above_counties(roots).into_iter().rev() {
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
        Ok(Some(SetKey { queries: queries.hex(), rows: rows.hex(), base: base.hex() }))
    }
}

/// What is kept of the numbers of a snapshot.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeptKeys {
    pub snapshot: String,
    /// By `indicator id/period` and `rollup name/period`.
    pub keys: BTreeMap<String, SetKey>,
    /// The facts that they are counted over, by fact and county.
    pub facts: BTreeMap<String, BTreeMap<String, KeptPart>>,
}

fn kept_path(store: &Store) -> PathBuf {
    store.private().join("numbers.json")
}

impl KeptKeys {
    /// The keys of the current snapshot; none when they are of another one.
    pub fn load(store: &Store) -> Self {
        let current = store.current_id();
        // They only save time: damaged ones are none.
        let whole = PrivateState::open(store).is_ok_and(|state| state.verify(NUMBERS).is_ok());
        if !whole {
            return KeptKeys::default();
        }
        fs::read(kept_path(store))
            .ok()
            .and_then(|bytes| serde_json::from_slice::<KeptKeys>(&bytes).ok())
            .filter(|kept| Some(&kept.snapshot) == current.as_ref())
            .unwrap_or_default()
    }

    /// Keeps the keys of a snapshot.
    ///
    /// # Errors
    /// `Output`.
    pub fn save(&self, store: &Store) -> Result<()> {
        let path = kept_path(store);
        let bytes = serde_json::to_vec(self).map_err(|e| Error::output(&path, e))?;
        write_atomic(&path, &bytes)
    }

    /// Whether every set of numbers of an indicator or a rollup is what it was, and there are no others.
    pub fn holds_all(&self, of: &str, tonight: &BTreeMap<String, SetKey>) -> bool {
        self.holds_sets(of, tonight) && sets(of, tonight).all(|(name, key)| self.holds(name, key))
    }

    /// Whether an indicator or a rollup had the same sets of numbers, whatever they were.
    pub fn holds_sets(&self, of: &str, tonight: &BTreeMap<String, SetKey>) -> bool {
        sets(of, tonight).next().is_some() && sets(of, tonight).map(|s| s.0).eq(sets(of, &self.keys).map(|s| s.0))
    }

    /// Whether a set of numbers is what it was.
    pub fn holds(&self, name: &str, key: &SetKey) -> bool {
        self.keys.get(name).is_some_and(|k| (&k.queries, &k.rows) == (&key.queries, &key.rows))
    }

    /// Whether a set of numbers was counted before by the same queries over other rows.
    pub fn holds_over_other_rows(&self, name: &str, key: &SetKey) -> bool {
        self.keys.get(name).is_some_and(|k| (&k.queries, &k.base) == (&key.queries, &key.base))
    }
}

/// The sets of numbers of an indicator or a rollup.
fn sets<'k>(of: &str, keys: &'k BTreeMap<String, SetKey>) -> impl Iterator<Item = (&'k String, &'k SetKey)> {
    let first = format!("{of}/");
    keys.range(first.clone()..).take_while(move |(name, _)| name.starts_with(&first))
}

/// The name of a set of numbers among the keys.
pub fn unit(of: &str, period: &Period) -> String {
    format!("{of}/{}", period.id)
}
