//! Base facts county by county, kept from run to run.
//!
//! A fact that is declared `by: county` is made for each county by itself, and its rows lie in a file below
//! `private/facts`; [`super::keys`] keeps a digest of them. Where nothing that a county's rows are made of has
//! changed (its key), they are not made again, and read only when something that is counted tonight looks at them.
//! A file that is damaged or gone is made again.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::hash::BuildHasher;
use std::io::Write;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::engine::{
    Frame, PartitionFile, PersonChanges, PersonIndex, PersonNumbers, QueryEngine, Session, side_by_side,
};
use crate::epoch;
use crate::error::{Error, Result, logged};
use crate::fingerprint::Fingerprint;
use crate::ledger::Partition;
use crate::numbers::fact_tables::{FactTables, PlacesByCounty, dataset_of, places_by_county, words};
use crate::numbers::facts::FactBook;
use crate::reuse::{Layer, Reuse, Reused};
use crate::schema::Fact;
use crate::store::private_file;
use crate::store::{Store, hash_file, hex};

/// Digests of rows by month of their day; see [`Frame::digest`].
pub type MonthDigests = BTreeMap<i32, [u64; 3]>;

/// Persons whose rows may change before counting them alone is no gain: one in this many.
const FEW: usize = 5;

/// A county's rows of a fact, as the next run knows them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FactPart {
    /// What the rows are made of.
    pub key: String,
    /// SHA-256 of the file that holds them.
    pub sha256: String,
    /// Whether each row carries a person.
    pub persons: bool,
    pub months: MonthDigests,
}

/// The parts of all facts, by fact and county.
pub type FactParts = BTreeMap<String, BTreeMap<String, FactPart>>;

/// Rows of the last run and of tonight that name the persons who changed.
pub struct ChangedRows {
    pub last: Session,
    pub tonight: Session,
}

/// A county's rows of a fact tonight.
struct TonightPart {
    part: FactPart,
    /// In memory where they were made tonight.
    rows: Option<Frame>,
}

/// What keys are made of beside the facts' own SQL.
struct KeyContext<'k> {
    /// Digest of all division codes.
    divisions: String,
    /// Digests of rows and persons, by dataset and county.
    partitions: BTreeMap<(&'k str, &'k str), String>,
    /// The places of each table of sites.
    sites: BTreeMap<&'k str, PlacesByCounty<'k>>,
}

/// The base facts of all counties.
pub struct CountyFacts<'n> {
    tables: &'n FactTables<'n>,
    book: &'n FactBook,
    store: &'n Store,
    /// By fact, then county.
    parts: BTreeMap<String, BTreeMap<String, TonightPart>>,
    last: &'n FactParts,
    /// By fact: the columns that anything above it may name, or `None` for all.
    columns: BTreeMap<String, Option<BTreeSet<String>>>,
}

impl<'n> CountyFacts<'n> {
    /// The facts by county that some facts are built on. What the last run made with the same key is used again;
    /// the rest is made and written.
    ///
    /// # Errors
    /// `Schema` when a query does not fit its tables.
    pub fn of(
        tables: &'n FactTables<'n>,
        book: &'n FactBook,
        store: &'n Store,
        partitions: &[Partition],
        above: &[&str],
        last: &'n FactParts,
    ) -> Result<Self> {
        let names = book.of_counties(above);
        let columns = names.iter().map(|name| ((*name).to_owned(), looked_at(book, above, name))).collect();
        let mut all = CountyFacts { tables, book, store, parts: BTreeMap::new(), last, columns };
        let keys = all.keys(&names, partitions)?;
        let mut reused = Reused::default();
        let mut fresh: BTreeMap<&str, Vec<(&str, &str)>> = BTreeMap::new();
        for ((name, county), key) in &keys {
            let part = last.get(*name).and_then(|parts| parts.get(*county));
            let reuse = Layer::CountyFacts.compare(part.map(|part| &part.key), key);
            reused.note(reuse);
            match part.filter(|_| reuse == Reuse::Same) {
                Some(part) => {
                    let of = all.parts.entry((*name).to_owned()).or_default();
                    of.insert((*county).to_owned(), TonightPart { part: part.clone(), rows: None });
                }
                None => fresh.entry(county).or_default().push((name, key)),
            }
        }
        reused.log(Layer::CountyFacts);
        let made =
            side_by_side(fresh.into_iter().collect(), |(county, facts)| Ok((county, all.make(county, &facts)?)))?;
        for (county, parts) in made {
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
        let mut place = Fingerprint::new("division codes");
        self.tables.divisions.iter().for_each(|(code, _)| {
            place.text(code);
        });
        let mut counties: BTreeSet<&str> = partitions.iter().map(|p| p.county.as_str()).collect();
        if counties.is_empty() {
            // A fact without rows has its columns all the same.
            counties.insert("");
        }
        let context = KeyContext {
            divisions: place.hex(),
            partitions: self.keys_of_partitions(partitions)?,
            sites: places_by_county(self.tables.schemas, self.tables.parents),
        };
        let mut keys = BTreeMap::new();
        for name in names {
            for county in &counties {
                keys.insert((*name, *county), self.key(name, county, &context)?);
            }
        }
        Ok(keys)
    }

    /// By dataset and county: a digest of the accepted rows, and of all that facts know of their persons.
    fn keys_of_partitions<'k>(&self, partitions: &'k [Partition]) -> Result<BTreeMap<(&'k str, &'k str), String>> {
        let persons = self.tables.persons;
        let state = foldhash::quality::FixedState::default();
        let of_person: Vec<u64> = (0..persons.ids.len())
            .map(|p| state.hash_one((persons.ids[p], &persons.sex_codes[persons.sex[p] as usize], persons.birth[p])))
            .collect();
        let digest = |persons: &[Option<PersonIndex>]| {
            persons.iter().fold(persons.len() as u64, |sum, person| {
                let person = person.and_then(|person| of_person.get(person.index())).copied().unwrap_or(u64::MAX);
                (sum.rotate_left(5) ^ person).wrapping_mul(0x9e37_79b9_7f4a_7c15)
            })
        };
        let files: BTreeMap<(&str, &str), &PartitionFile> = persons
            .datasets
            .iter()
            .flat_map(|(dataset, files)| files.partitions.iter().map(|p| ((dataset.as_str(), p.county.as_str()), p)))
            .collect();
        let keys = side_by_side(partitions.iter().collect(), |p| {
            let place = (p.dataset.as_str(), p.county.as_str());
            let persons = files.get(&place).map(|file| [digest(&file.persons), digest(&file.related)]);
            let mut fingerprint = Fingerprint::new("rows and persons of a partition");
            fingerprint.text(&p.fingerprint);
            persons.into_iter().flatten().for_each(|digest| {
                fingerprint.number(digest);
            });
            Ok((place, fingerprint.hex()))
        })?;
        Ok(keys.into_iter().collect())
    }

    /// The key of a fact of a county.
    fn key(&self, name: &str, county: &str, context: &KeyContext<'_>) -> Result<String> {
        let facts = self.book.closure(&[name]);
        let reads: BTreeSet<&str> = facts.iter().flat_map(|f| f.reads.iter().map(String::as_str)).collect();
        let datasets: BTreeSet<&str> = reads.iter().filter_map(|read| dataset_of(self.tables.schemas, read)).collect();
        let mut key = Fingerprint::new("facts of a county");
        key.number(epoch::NUMBERS).text(&self.tables.schemas.hashes.schemas).text(&context.divisions);
        match &self.columns[name] {
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
            key.optional_text(context.partitions.get(&(*dataset, county)).map(String::as_str));
        }
        for (table, places) in &context.sites {
            if reads.contains(format!("{table}_place").as_str()) {
                key.text(table);
                key.list(places.get(county).map_or(&[][..], Vec::as_slice), |f, place| {
                    f.text(place.key).optional_text(place.row.division_code.as_deref());
                    f.list(&place.fields, |f, value| {
                        f.optional_text(*value);
                    });
                });
            }
        }
        Ok(key.hex())
    }

    /// Makes facts of a county, with the keys given, and writes their rows.
    fn make(&self, county: &str, facts: &[(&str, &str)]) -> Result<Vec<(String, TonightPart)>> {
        let names: Vec<&str> = facts.iter().map(|(name, _)| *name).collect();
        let needed: Vec<&Fact> = self.book.closure(&names);
        let mut session = self.tables.session(self.book, &needed, Some(county))?;
        self.book.run_base(&mut session, &names)?;
        let parts = facts.iter().map(|(name, key)| {
            let columns = &self.columns[*name];
            let is_looked_at = |column: &str| columns.as_ref().is_none_or(|c| c.contains(column));
            let rows = session.table(name)?.selected(is_looked_at)?;
            let day_column = self.book.fact(name).and_then(|f| f.day_column.as_deref());
            let months = rows.digest(day_column)?;
            let bytes = rows.to_file()?;
            let sha256 = hex(&Sha256::digest(&bytes));
            let path = self.path(name, county, key);
            // It only saves time: a file that is not whole has another hash.
            let folder = path.parent().unwrap_or(&path);
            let written = private_file::make_dirs(folder).and_then(|()| private_file::create(&path)?.write_all(&bytes));
            if let Err(e) = written {
                let said = logged("无法写入；下次运行时重新生成", "cannot be written; the next run makes it again");
                tracing::warn!(file = %path.display(), error = %e, "{said}");
                let _ = std::fs::remove_file(&path);
            }
            let part = FactPart { key: (*key).to_owned(), sha256, persons: rows.carries_persons(), months };
            Ok(((*name).to_owned(), TonightPart { part, rows: Some(rows) }))
        });
        parts.collect()
    }

    fn path(&self, name: &str, county: &str, key: &str) -> PathBuf {
        part_path(self.store, name, county, key)
    }

    /// Rows of a part from its file, those that name persons where some are given; `None` where the file is not
    /// what was written.
    fn read(&self, name: &str, county: &str, part: &FactPart, persons: Option<&PersonNumbers>) -> Option<Frame> {
        let path = self.path(name, county, &part.key);
        let whole = hash_file(&path).is_ok_and(|hash| hex(&hash) == part.sha256);
        let rows = whole.then(|| Frame::of_file(&path, persons).ok()).flatten();
        if rows.is_none() {
            let said = logged("无法读取；将重新计算", "cannot be read; the fact is made again");
            tracing::warn!(file = %path.display(), "{said}");
        }
        rows
    }

    /// A county's rows of a fact tonight, those that name persons where some are given.
    fn rows_of(&self, name: &str, county: &str, part: &TonightPart, persons: Option<&PersonNumbers>) -> Result<Frame> {
        let narrowed = |rows: Frame| persons.map_or_else(|| Ok(rows.clone()), |persons| rows.naming(persons));
        if let Some(rows) = &part.rows {
            return narrowed(rows.clone());
        }
        if let Some(rows) = self.read(name, county, &part.part, persons) {
            return Ok(rows);
        }
        let mut again = self.make(county, &[(name, &part.part.key)])?;
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
        stacked(&self.tables.engine, rows)
    }

    /// The digests of a fact's rows; `None` for what is no fact by county.
    pub fn months(&self, name: &str) -> Option<MonthDigests> {
        let mut all = MonthDigests::new();
        for (month, digest) in self.parts.get(name)?.values().flat_map(|part| &part.part.months) {
            let sums = all.entry(*month).or_default();
            sums.iter_mut().zip(digest).for_each(|(sum, of)| *sum = sum.wrapping_add(*of));
        }
        Some(all)
    }

    /// Whether every row of a fact carries a person.
    pub fn carries_persons(&self, name: &str) -> bool {
        self.parts.get(name).is_some_and(|parts| parts.values().all(|part| part.part.persons))
    }

    /// The rows of facts, of the last run and of tonight, that name the persons of whom any row changed. `None`
    /// when that cannot be told, or they are not few.
    ///
    /// # Errors
    /// `Schema` when a query does not fit its tables.
    pub fn changed(&self, names: &BTreeSet<&str>) -> Result<Option<ChangedRows>> {
        let Some((persons, last_rows)) = self.persons_changed(names)? else { return Ok(None) };
        tracing::info!(persons = persons.len(), "{}", logged("数据行有变化的人员", "persons whose rows changed"));
        if persons.len() * FEW > self.tables.persons.ids.len() {
            return Ok(None);
        }
        let parts = names.iter().filter_map(|name| self.parts.get_key_value(*name));
        let parts: Vec<_> = parts.flat_map(|(name, of)| of.iter().map(move |(c, part)| (name, c, part))).collect();
        let rows = side_by_side(parts, |(name, county, part)| {
            let tonight = self.rows_of(name, county, part, Some(&persons))?;
            let last = match last_rows.get(&(name.as_str(), county.as_str())) {
                Some(rows) => rows.naming(&persons)?,
                None => tonight.clone(),
            };
            Ok(((name, last), (name, tonight)))
        })?;
        let (last, tonight): (Vec<_>, Vec<_>) = rows.into_iter().unzip();
        Ok(Some(ChangedRows {
            last: stacked(&self.tables.engine, last)?,
            tonight: stacked(&self.tables.engine, tonight)?,
        }))
    }

    /// The persons of whom any row of some facts changed, and the last run's rows of the parts that changed.
    fn persons_changed<'s>(&'s self, names: &BTreeSet<&'s str>) -> Result<Option<(PersonNumbers, PartRows<'s>)>> {
        let mut changed = Vec::new();
        for name in names {
            let (Some(parts), Some(last)) = (self.parts.get(*name), self.last.get(*name)) else { return Ok(None) };
            if !parts.keys().eq(last.keys()) {
                return Ok(None);
            }
            let pairs = parts.iter().zip(last.values()).filter(|((_, tonight), last)| tonight.part.key != last.key);
            changed.extend(pairs.map(|((county, tonight), last)| (*name, county.as_str(), tonight, last)));
        }
        let differ = side_by_side(changed, |(name, county, tonight, last)| {
            let Some(rows) = self.read(name, county, last, None) else { return Ok(None) };
            let mut changes = PersonChanges::default();
            changes.take_away(&rows)?;
            changes.add(&self.rows_of(name, county, tonight, None)?)?;
            Ok(changes.persons().map(|persons| ((name, county), rows, persons)))
        })?;
        let mut persons = PersonNumbers::default();
        let mut last_rows = PartRows::new();
        for part in differ {
            let Some((place, rows, changed)) = part else { return Ok(None) };
            persons.extend(changed);
            last_rows.insert(place, rows);
        }
        Ok(Some((persons, last_rows)))
    }

    /// The parts of tonight, for the next run.
    pub fn parts(&self) -> FactParts {
        let of_fact = |parts: &BTreeMap<String, TonightPart>| {
            parts.iter().map(|(county, tonight)| (county.clone(), tonight.part.clone())).collect()
        };
        self.parts.iter().map(|(name, parts)| (name.clone(), of_fact(parts))).collect()
    }
}

fn part_path(store: &Store, name: &str, county: &str, key: &str) -> PathBuf {
    store.facts().join(name).join(format!("{county}-{}.parquet", &key[..16.min(key.len())]))
}

/// The files of facts, each with whether it is what was written.
pub fn compared(store: &Store, parts: &FactParts) -> Vec<(PathBuf, bool)> {
    let of_fact = |(name, of): (&String, &BTreeMap<String, FactPart>)| -> Vec<(PathBuf, bool)> {
        let one = |(county, part): (&String, &FactPart)| {
            let path = part_path(store, name, county, &part.key);
            let whole = hash_file(&path).is_ok_and(|hash| hex(&hash) == part.sha256);
            (path, whole)
        };
        of.iter().map(one).collect()
    };
    parts.iter().flat_map(of_fact).collect()
}

/// Facts as the last run kept them; `None` where a file is gone or not what was written.
pub fn kept(store: &Store, engine: &QueryEngine, parts: &FactParts, names: &BTreeSet<&str>) -> Result<Option<Session>> {
    let mut rows = Vec::new();
    for (name, of) in parts.iter().filter(|(name, _)| names.contains(name.as_str())) {
        for (county, part) in of {
            let path = part_path(store, name, county, &part.key);
            if !hash_file(&path).is_ok_and(|hash| hex(&hash) == part.sha256) {
                return Ok(None);
            }
            rows.push((name, Frame::of_file(&path, None)?));
        }
    }
    let session = stacked(engine, rows)?;
    Ok(names.iter().all(|name| session.contains(name)).then_some(session))
}

/// Rows by fact and county.
type PartRows<'s> = BTreeMap<(&'s str, &'s str), Frame>;

/// Frames that come in order of their name, as tables.
fn stacked(engine: &QueryEngine, rows: Vec<(&String, Frame)>) -> Result<Session> {
    let mut by_name: BTreeMap<&String, Vec<Frame>> = BTreeMap::new();
    for (name, frame) in rows {
        by_name.entry(name).or_default().push(frame);
    }
    let mut session = Session::of(engine);
    for (name, frames) in by_name {
        session.register(name, &Frame::stacked(frames)?)?;
    }
    Ok(session)
}

/// The columns of a fact that the facts above the counties may name; `None` for all of them, where
/// numbers are counted over the fact itself.
fn looked_at(book: &FactBook, above: &[&str], name: &str) -> Option<BTreeSet<String>> {
    if above.contains(&name) {
        return None;
    }
    let readers = book.above_counties(above).into_iter();
    let readers: Vec<&Fact> = readers.filter(|f| f.reads.iter().any(|read| read == name)).collect();
    let mut columns = words(book, &readers);
    columns.insert("person_key".to_owned());
    Some(columns)
}

/// Removes files of rows that no part names.
pub fn remove_unused(store: &Store, parts: &FactParts) {
    let files = |folder: PathBuf| fs::read_dir(folder).into_iter().flatten().flatten().map(|e| e.path());
    for path in files(store.facts()).flat_map(files) {
        let name = path.parent().and_then(|p| p.file_name()).unwrap_or_default().to_string_lossy().into_owned();
        let file = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let is_used = file.split_once('-').is_some_and(|(county, key)| {
            parts.get(&name).and_then(|of| of.get(county)).is_some_and(|part| part.key.starts_with(key))
        });
        if !is_used {
            // One that cannot be removed tonight is in nobody's way.
            let _ = fs::remove_file(path);
        }
    }
}
