//! Numbers taken over from the night before, where nothing that they are made of has changed.
//!
//! Each set of numbers (an indicator or a rollup in a period) has a key: a digest of the SQL with the
//! window's days in it, of the divisions, and of the rows that the SQL can see. Where tonight's key is
//! that of the current snapshot, its published rows are read again instead of counted again.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::engine::Session;
use crate::error::{Error, Result};
use crate::facts::{FactBook, Period, Window};
use crate::schema::divisions::Divisions;
use crate::schema::{FactKind, day};
use crate::store::table_file::write_atomic;
use crate::store::{Store, hex};

/// Digests of base facts, by fact: by month where its rows have a day.
pub struct BaseDigests {
    by_fact: BTreeMap<String, BTreeMap<i32, [u64; 3]>>,
    /// Days after E that facts may look at which say so: referrals are closed after E.
    days_after: i32,
    divisions: String,
}

impl BaseDigests {
    /// Digests of the base facts in a session.
    ///
    /// # Errors
    /// Bugs.
    pub fn of(
        session: &Session,
        book: &FactBook,
        roots: &[&str],
        divisions: &Divisions,
        days_after: u32,
    ) -> Result<Self> {
        let names: BTreeSet<String> = book
            .closure(roots)
            .into_iter()
            .flat_map(|f| f.reads.iter().cloned())
            .filter(|name| session.contains(name) && !matches!(name.as_str(), "place" | "calendar"))
            .collect();
        let digests = crate::engine::side_by_side(names.into_iter().collect(), |name| {
            let day_column = book.fact(&name).and_then(|f| f.day_column.clone());
            let frame = session.table(&name).ok_or_else(|| Error::bug("a table that is gone"))?;
            Ok((name, frame.digest(day_column.as_deref())?))
        })?;
        let mut hasher = Sha256::new();
        for (code, name) in divisions.iter() {
            hasher.update(format!("{code}\0{name}\0"));
        }
        Ok(BaseDigests {
            by_fact: digests.into_iter().collect(),
            days_after: days_after as i32,
            divisions: hex(&hasher.finalize()),
        })
    }

    /// The key of what is counted over some facts in a window.
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
    ) -> Result<String> {
        let mut hasher = Sha256::new();
        let mut add = |text: &str| {
            hasher.update((text.len() as u64).to_le_bytes());
            hasher.update(text.as_bytes());
        };
        add(env!("CARGO_PKG_VERSION"));
        add(what);
        add(&self.divisions);
        add(&format!("{:?}", window.months()));
        // What is counted over a base fact itself is cut off nowhere.
        let mut last_of: BTreeMap<&str, i32> = roots.iter().map(|root| (*root, i32::MAX)).collect();
        for fact in book.closure(roots) {
            if fact.kind != FactKind::Base {
                add(&book.sql(fact, Some((window, villages)))?);
                for name in &fact.reads {
                    let days = if fact.ahead.contains(name) { self.days_after } else { 0 };
                    let month = day::month_index(window.e_day + days);
                    last_of.entry(name).and_modify(|last| *last = month.max(*last)).or_insert(month);
                }
            }
        }
        for (name, last) in last_of {
            let Some(months) = self.by_fact.get(name) else { continue };
            add(name);
            for (month, digest) in months.range(..=last) {
                add(&format!("{month} {digest:?}"));
            }
        }
        Ok(hex(&hasher.finalize()))
    }
}

/// Keys of a snapshot's numbers, as they are kept.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeptKeys {
    pub snapshot: String,
    /// By `indicator id/period` and `rollup name/period`.
    pub keys: BTreeMap<String, String>,
}

fn kept_path(store: &Store) -> PathBuf {
    store.private().join("numbers.json")
}

impl KeptKeys {
    /// The keys of the current snapshot; none when they are of another one.
    pub fn load(store: &Store) -> Self {
        let current =
            fs::read_link(store.current()).ok().and_then(|l| l.file_name().map(|n| n.to_string_lossy().into_owned()));
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
    pub fn holds_all(&self, of: &str, tonight: &BTreeMap<String, String>) -> bool {
        let all = |keys: &BTreeMap<String, String>| -> BTreeMap<String, String> {
            let first = format!("{of}/");
            let sets = keys.range(first.clone()..).take_while(|(name, _)| name.starts_with(&first));
            sets.map(|(name, key)| (name.clone(), key.clone())).collect()
        };
        let sets = all(tonight);
        !sets.is_empty() && sets == all(&self.keys)
    }

    /// Whether a set of numbers is what it was.
    pub fn holds(&self, name: &str, key: &str) -> bool {
        self.keys.get(name).is_some_and(|k| k == key)
    }
}

/// The name of a set of numbers among the keys.
pub fn unit(of: &str, period: &Period) -> String {
    format!("{of}/{}", period.id)
}
