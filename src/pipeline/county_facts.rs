//! Base facts county by county, kept from night to night.
//!
//! A fact that is declared `by: county` is worked out for each county by itself, and its rows lie in a
//! file below `private/facts` beside the digest of them that [`super::carry`] keeps. Where nothing that
//! a county's rows are made of has changed (its key), they are not worked out again, and read only when
//! something that is counted tonight looks at them. A file that is damaged or gone is worked out again.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::hash::BuildHasher;
use std::io::Write;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::fact_tables::{FactTables, Place, dataset_of, places_of, words};
use crate::engine::{Frame, PartitionFile, PersonChanges, PersonNumbers, Session, side_by_side};
use crate::epoch;
use crate::error::{Error, Result};
use crate::facts::FactBook;
use crate::fingerprint::Fingerprint;
use crate::ledger::Partition;
use crate::schema::Fact;
use crate::store::private_file;
use crate::store::{Store, hash_file, hex};

/// Digests of rows by month of their day; see [`Frame::digest`].
pub type MonthDigests = BTreeMap<i32, [u64; 3]>;

/// Persons whose rows may change before counting them alone is no gain: one in this many.
const FEW: usize = 5;

/// A county's rows of a fact, as they are kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeptPart {
    /// What the rows are made of.
    pub key: String,
    /// SHA-256 of the file that holds them.
    pub sha256: String,
    /// Whether each row carries a person.
    pub persons: bool,
    pub months: MonthDigests,
}

/// Rows of before and of tonight that name the persons who changed.
pub struct Changed {
    pub before: Session,
    pub tonight: Session,
}

/// A county's rows of a fact tonight.
struct Part {
    kept: KeptPart,
    /// In memory where they were worked out tonight.
    rows: Option<Frame>,
}

/// The base facts of all counties.
pub struct CountyFacts<'n> {
    tables: &'n FactTables<'n>,
    book: &'n FactBook,
    store: &'n Store,
    /// By fact, then county.
    parts: BTreeMap<String, BTreeMap<String, Part>>,
    before: &'n BTreeMap<String, BTreeMap<String, KeptPart>>,
    columns: BTreeMap<String, Option<BTreeSet<String>>>,
}

impl<'n> CountyFacts<'n> {
    /// The facts by county that `roots` need. What `before` holds with the same key stands; the rest is
    /// worked out and written.
    ///
    /// # Errors
    /// `Schema` when a query does not fit its tables.
    pub fn of(
        tables: &'n FactTables<'n>,
        book: &'n FactBook,
        store: &'n Store,
        partitions: &[Partition],
        roots: &[&str],
        before: &'n BTreeMap<String, BTreeMap<String, KeptPart>>,
    ) -> Result<Self> {
        let names = book.of_counties(roots);
        let columns = names.iter().map(|name| ((*name).to_owned(), looked_at(book, roots, name))).collect();
        let mut all = CountyFacts { tables, book, store, parts: BTreeMap::new(), before, columns };
        let keys = all.keys(&names, partitions)?;
        let mut stale: BTreeMap<&str, Vec<(&str, &str)>> = BTreeMap::new();
        for ((name, county), key) in &keys {
            match before.get(*name).and_then(|parts| parts.get(*county)).filter(|part| part.key == *key) {
                Some(part) => {
                    let of = all.parts.entry((*name).to_owned()).or_default();
                    of.insert((*county).to_owned(), Part { kept: part.clone(), rows: None });
                }
                None => stale.entry(county).or_default().push((name, key)),
            }
        }
        tracing::info!(parts = keys.len(), stale = stale.values().map(Vec::len).sum::<usize>(), "facts by county");
        let worked_out =
            side_by_side(stale.into_iter().collect(), |(county, facts)| Ok((county, all.work_out(county, &facts)?)))?;
        for (county, parts) in worked_out {
            for (name, part) in parts {
                all.parts.entry(name).or_default().insert(county.to_owned(), part);
            }
        }
        Ok(all)
    }

    /// A key for each fact and county.
    fn keys<'k>(
        &self,
        names: &BTreeSet<&'k str>,
        partitions: &'k [Partition],
    ) -> Result<BTreeMap<(&'k str, &'k str), String>> {
        let persons = self.tables.persons;
        let state = foldhash::quality::FixedState::default();
        let of_person: Vec<u64> = (0..persons.ids.len())
            .map(|p| state.hash_one((persons.ids[p], &persons.sex_codes[persons.sex[p] as usize], persons.birth[p])))
            .collect();
        let digest = |persons: &[u32]| {
            persons.iter().fold(persons.len() as u64, |sum, person| {
                let person = of_person.get(*person as usize).copied().unwrap_or(u64::MAX);
                (sum.rotate_left(5) ^ person).wrapping_mul(0x9e37_79b9_7f4a_7c15)
            })
        };
        let files: BTreeMap<(&str, &str), &PartitionFile> = persons
            .datasets
            .iter()
            .flat_map(|(dataset, files)| files.partitions.iter().map(|p| ((dataset.as_str(), p.county.as_str()), p)))
            .collect();
        let of_partitions: BTreeMap<(&str, &str), String> = side_by_side(partitions.iter().collect(), |p| {
            let place = (p.dataset.as_str(), p.county.as_str());
            let persons = files.get(&place).map(|file| [digest(&file.persons), digest(&file.related)]);
            let mut fingerprint = Fingerprint::new("rows and persons of a partition");
            fingerprint.text(&p.fingerprint);
            persons.into_iter().flatten().for_each(|digest| {
                fingerprint.number(digest);
            });
            Ok((place, fingerprint.hex()))
        })?
        .into_iter()
        .collect();
        let mut place = Fingerprint::new("division codes");
        self.tables.divisions.iter().for_each(|(code, _)| {
            place.text(code);
        });
        let place = place.hex();
        let mut counties: BTreeSet<&str> = partitions.iter().map(|p| p.county.as_str()).collect();
        if counties.is_empty() {
            // A fact without rows has its columns all the same.
            counties.insert("");
        }
        let schemas = self.tables.schemas;
        let places: Vec<(&str, String)> =
            schemas.tables.iter().filter_map(|t| Some((t.name.as_str(), t.place_table()?))).collect();
        let by_county = |table: &str| {
            let mut by_county: BTreeMap<&str, Vec<Place<'_>>> = BTreeMap::new();
            for place in places_of(schemas, self.tables.parents, table) {
                by_county.entry(place.county).or_default().push(place);
            }
            by_county
        };
        let places_by_table: BTreeMap<&str, BTreeMap<&str, Vec<Place<'_>>>> =
            places.iter().map(|(table, _)| (*table, by_county(table))).collect();
        let mut keys = BTreeMap::new();
        for name in names {
            let facts = self.book.closure(&[name]);
            let reads: BTreeSet<&str> = facts.iter().flat_map(|f| f.reads.iter().map(String::as_str)).collect();
            let datasets: BTreeSet<&str> =
                reads.iter().filter_map(|read| dataset_of(self.tables.schemas, read)).collect();
            for county in &counties {
                let mut key = Fingerprint::new("facts of a county");
                key.number(epoch::NUMBERS).text(&self.tables.schemas.hashes.schemas).text(&place);
                match &self.columns[*name] {
                    Some(columns) => key.list(columns, |f, column| {
                        f.text(column);
                    }),
                    None => key.nothing(),
                };
                for fact in &facts {
                    key.text(&fact.name).optional_text(fact.day_column.as_deref()).text(&self.book.sql(fact, None)?);
                }
                for dataset in &datasets {
                    key.text(dataset);
                    key.optional_text(of_partitions.get(&(*dataset, *county)).map(String::as_str));
                }
                for (table, place) in &places {
                    if reads.contains(place.as_str()) {
                        key.text(table);
                        let of_county = places_by_table[table].get(*county);
                        key.list(of_county.map_or(&[][..], Vec::as_slice), |f, place| {
                            f.text(place.key).optional_text(place.row.division_code.as_deref());
                            f.list(&place.fields, |f, value| {
                                f.optional_text(*value);
                            });
                        });
                    }
                }
                keys.insert((*name, *county), key.hex());
            }
        }
        Ok(keys)
    }

    /// Works facts of a county out, with the keys given, and writes their rows.
    fn work_out(&self, county: &str, facts: &[(&str, &str)]) -> Result<Vec<(String, Part)>> {
        let names: Vec<&str> = facts.iter().map(|(name, _)| *name).collect();
        let needed: Vec<&Fact> = self.book.closure(&names);
        let mut session = self.tables.session(self.book, &needed, Some(county))?;
        self.book.run_base(&mut session, &names)?;
        let parts = facts.iter().map(|(name, key)| {
            let gone = || Error::bug(format!("the fact `{name}` is gone"));
            let columns = &self.columns[*name];
            let kept = |column: &str| columns.as_ref().is_none_or(|c| c.contains(column));
            let rows = session.table(name).ok_or_else(gone)?.selected(kept)?;
            let day_column = self.book.fact(name).and_then(|f| f.day_column.as_deref());
            let months = rows.digest(day_column)?;
            let bytes = rows.to_file()?;
            let sha256 = hex(&Sha256::digest(&bytes));
            let path = self.path(name, county, key);
            // It only saves time: a file that is not whole has another hash.
            let folder = path.parent().unwrap_or(&path);
            let written = private_file::make_dirs(folder).and_then(|()| private_file::create(&path)?.write_all(&bytes));
            if let Err(e) = written {
                tracing::warn!(file = %path.display(), "cannot be written ({e}); the next night counts it anew");
                let _ = std::fs::remove_file(&path);
            }
            let kept = KeptPart { key: (*key).to_owned(), sha256, persons: rows.carries_persons(), months };
            Ok(((*name).to_owned(), Part { kept, rows: Some(rows) }))
        });
        parts.collect()
    }

    fn path(&self, name: &str, county: &str, key: &str) -> PathBuf {
        self.store.facts().join(name).join(format!("{county}-{}.parquet", &key[..16.min(key.len())]))
    }

    /// Rows of a kept part, those that name persons where some are given; `None` where the file is not
    /// what was written.
    fn read(&self, name: &str, county: &str, part: &KeptPart, persons: Option<&PersonNumbers>) -> Option<Frame> {
        let path = self.path(name, county, &part.key);
        let whole = hash_file(&path).is_ok_and(|hash| hex(&hash) == part.sha256);
        let rows = whole.then(|| Frame::of_file(&path, persons).ok()).flatten();
        if rows.is_none() {
            tracing::warn!(file = %path.display(), "cannot be read; the fact is worked out again");
        }
        rows
    }

    /// A county's rows of a fact tonight, those that name persons where some are given.
    fn rows_of(&self, name: &str, county: &str, part: &Part, persons: Option<&PersonNumbers>) -> Result<Frame> {
        let narrowed = |rows: Frame| persons.map_or_else(|| Ok(rows.clone()), |persons| rows.naming(persons));
        if let Some(rows) = &part.rows {
            return narrowed(rows.clone());
        }
        if let Some(rows) = self.read(name, county, &part.kept, persons) {
            return Ok(rows);
        }
        let mut again = self.work_out(county, &[(name, &part.kept.key)])?;
        again.pop().and_then(|(_, part)| part.rows).ok_or_else(|| Error::bug("no rows")).and_then(narrowed)
    }

    /// All rows of facts, by the fact's name.
    ///
    /// # Errors
    /// `Schema` when a query does not fit its tables.
    pub fn session(&self, names: &BTreeSet<&str>) -> Result<Session> {
        let parts = names.iter().filter_map(|name| self.parts.get_key_value(*name));
        let parts: Vec<_> = parts.flat_map(|(name, of)| of.iter().map(move |(c, part)| (name, c, part))).collect();
        let rows = side_by_side(parts, |(name, county, part)| Ok((name, self.rows_of(name, county, part, None)?)))?;
        stacked(rows)
    }

    /// The digests of a fact's rows; `None` for what is no fact by county.
    pub fn months(&self, name: &str) -> Option<MonthDigests> {
        let mut all = MonthDigests::new();
        for (month, digest) in self.parts.get(name)?.values().flat_map(|part| &part.kept.months) {
            let sums = all.entry(*month).or_default();
            sums.iter_mut().zip(digest).for_each(|(sum, of)| *sum = sum.wrapping_add(*of));
        }
        Some(all)
    }

    /// Whether every row of a fact carries a person.
    pub fn carries_persons(&self, name: &str) -> bool {
        self.parts.get(name).is_some_and(|parts| parts.values().all(|part| part.kept.persons))
    }

    /// The rows of facts, before and tonight, that name the persons of whom any row changed. `None` when
    /// that cannot be told, or they are not few.
    ///
    /// # Errors
    /// `Schema` when a query does not fit its tables.
    pub fn changed(&self, names: &BTreeSet<&str>) -> Result<Option<Changed>> {
        let mut stale = Vec::new();
        for name in names {
            let (Some(parts), Some(before)) = (self.parts.get(*name), self.before.get(*name)) else { return Ok(None) };
            if !parts.keys().eq(before.keys()) {
                return Ok(None);
            }
            let pairs = parts.iter().zip(before.values());
            stale.extend(
                pairs
                    .filter(|((_, part), before)| part.kept.key != before.key)
                    .map(|((county, part), b)| (*name, county.as_str(), part, b)),
            );
        }
        let differ = side_by_side(stale, |(name, county, part, before)| {
            let Some(rows) = self.read(name, county, before, None) else { return Ok(None) };
            let mut changes = PersonChanges::default();
            changes.take_away(&rows)?;
            changes.add(&self.rows_of(name, county, part, None)?)?;
            Ok(changes.persons().map(|persons| ((name, county), rows, persons)))
        })?;
        let mut persons = PersonNumbers::default();
        let mut old_rows: BTreeMap<(&str, &str), Frame> = BTreeMap::new();
        for of_part in differ {
            let Some((place, rows, changed)) = of_part else { return Ok(None) };
            persons.extend(changed);
            old_rows.insert(place, rows);
        }
        tracing::info!(persons = persons.len(), "persons with other rows than before");
        if persons.len() * FEW > self.tables.persons.ids.len() {
            return Ok(None);
        }
        let parts = names.iter().filter_map(|name| self.parts.get_key_value(*name));
        let parts: Vec<_> = parts.flat_map(|(name, of)| of.iter().map(move |(c, part)| (name, c, part))).collect();
        let rows = side_by_side(parts, |(name, county, part)| {
            let tonight = self.rows_of(name, county, part, Some(&persons))?;
            let before = match old_rows.get(&(name.as_str(), county.as_str())) {
                Some(rows) => rows.naming(&persons)?,
                None => tonight.clone(),
            };
            Ok(((name, before), (name, tonight)))
        })?;
        let (before, tonight): (Vec<_>, Vec<_>) = rows.into_iter().unzip();
        Ok(Some(Changed { before: stacked(before)?, tonight: stacked(tonight)? }))
    }

    /// What is to be kept of tonight.
    pub fn kept(&self) -> BTreeMap<String, BTreeMap<String, KeptPart>> {
        let of_fact = |parts: &BTreeMap<String, Part>| {
            parts.iter().map(|(county, part)| (county.clone(), part.kept.clone())).collect()
        };
        self.parts.iter().map(|(name, parts)| (name.clone(), of_fact(parts))).collect()
    }
}

/// Frames that come in order of their name, as tables.
fn stacked(rows: Vec<(&String, Frame)>) -> Result<Session> {
    let mut by_name: BTreeMap<&String, Vec<Frame>> = BTreeMap::new();
    for (name, frame) in rows {
        by_name.entry(name).or_default().push(frame);
    }
    let mut session = Session::default();
    for (name, frames) in by_name {
        session.register(name, Frame::stacked(frames)?);
    }
    Ok(session)
}

/// The columns of a fact that the facts above the counties may name; `None` for all of them, where
/// numbers are counted over the fact itself.
fn looked_at(book: &FactBook, roots: &[&str], name: &str) -> Option<BTreeSet<String>> {
    if roots.contains(&name) {
        return None;
    }
    let above = book.above_counties(roots);
    let readers: Vec<&Fact> = above.into_iter().filter(|f| f.reads.iter().any(|read| read == name)).collect();
    let mut columns = words(book, &readers);
    columns.insert("person_key".to_owned());
    Some(columns)
}

/// Removes the files of rows that are not kept.
pub fn sweep(store: &Store, kept: &BTreeMap<String, BTreeMap<String, KeptPart>>) {
    let files = |folder: PathBuf| fs::read_dir(folder).into_iter().flatten().flatten().map(|e| e.path());
    for path in files(store.facts()).flat_map(files) {
        let name = path.parent().and_then(|p| p.file_name()).unwrap_or_default().to_string_lossy().into_owned();
        let file = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let stands = file.split_once('-').is_some_and(|(county, key)| {
            kept.get(&name).and_then(|parts| parts.get(county)).is_some_and(|part| part.key.starts_with(key))
        });
        if !stands {
            // One that cannot be removed tonight is in nobody's way.
            let _ = fs::remove_file(path);
        }
    }
}
