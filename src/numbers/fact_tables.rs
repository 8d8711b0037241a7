//! Accepted rows, places and persons as the tables that base facts read.

use std::collections::{BTreeMap, BTreeSet};

use crate::engine::{DatasetFiles, PartitionFile, QueryEngine, Session, calendar, dataset, strings_and_ints};
use crate::error::Result;
use crate::ledger::{KnownRow, Parents};
use crate::numbers::facts::{FactBook, Window};
use crate::schema::divisions::{Divisions, Level};
use crate::schema::{Fact, FieldType, Schemas, Table, day};

/// The years that the calendar covers, whatever day the night looks back from: no accepted row is dated
/// after that day.
const CALENDAR: [i16; 2] = [1900, 2100];

/// The accepted rows that facts are made of, and who they are about.
#[derive(Default)]
pub struct FactPersons {
    /// Accepted rows of each dataset, with their persons.
    pub datasets: BTreeMap<String, DatasetFiles>,
    /// The number that facts know a person by, by person index: it stays with the person's key.
    pub ids: Vec<i64>,
    /// Sex by person index, as an index into the codes, of which the first is empty: none.
    pub sex: Vec<u32>,
    pub sex_codes: Vec<String>,
    /// Birth day and precision by person index.
    pub birth: Vec<Option<(i32, u8)>>,
}

/// What base facts are made of.
pub struct FactTables<'n> {
    /// What holds them.
    pub engine: QueryEngine,
    pub schemas: &'n Schemas,
    pub divisions: &'n Divisions,
    pub parents: &'n Parents,
    pub persons: &'n FactPersons,
}

impl FactTables<'_> {
    /// The tables that some facts read, of one county or of all.
    pub fn session(&self, book: &FactBook, facts: &[&Fact], county: Option<&str>) -> Result<Session> {
        let mut session = Session::of(&self.engine);
        let reads: BTreeSet<&str> = facts.iter().flat_map(|f| f.reads.iter().map(String::as_str)).collect();
        let words = words(book, facts);
        let of_county = |c: &str| county.is_none_or(|county| county == c);
        let mut persons: Vec<bool> = vec![false; self.persons.ids.len()];
        for table in self.schemas.exported() {
            let children: Vec<(String, &str)> = children(table).collect();
            if !reads.contains(table.name.as_str()) && !children.iter().any(|(name, _)| reads.contains(name.as_str())) {
                continue;
            }
            let keep = |column: &str| words.contains(column) || table.primary_key.iter().any(|k| k == column);
            let files = self.persons.datasets.get(&table.name).into_iter().flat_map(|files| &files.partitions);
            let files: Vec<&PartitionFile> = files.filter(|p| of_county(&p.county)).collect();
            for person in files.iter().flat_map(|p| p.persons.iter().chain(&p.related)).flatten() {
                if let Some(here) = persons.get_mut(person.index()) {
                    *here = true;
                }
            }
            let (frame, of_fields) = dataset(table, &keep, &files, &self.persons.ids)?;
            session.register(&table.name, &frame)?;
            for child in of_fields {
                session.register(&child.name, &child.frame)?;
            }
            for (name, field) in children {
                if !session.contains(&name) {
                    let mut columns = vec![("_county", vec![])];
                    columns.extend(table.primary_key.iter().map(|k| (k.as_str(), vec![])));
                    columns.push((field, vec![]));
                    session.register(&name, &strings_and_ints(columns, vec![])?)?;
                }
            }
        }
        if reads.contains("person") {
            self.register_persons(&mut session, &persons)?;
        }
        if reads.contains("place") {
            self.register_places(&mut session)?;
        }
        for table in &self.schemas.tables {
            if let Some(name) = table.place_table().filter(|name| reads.contains(name.as_str())) {
                self.register_places_of(&mut session, &name, table, &of_county)?;
            }
        }
        if reads.contains("calendar") {
            let first = |year| day::from_ymd(i32::from(year), 1, 1).unwrap_or_default();
            session.register("calendar", &calendar(first(CALENDAR[0]), first(CALENDAR[1]))?)?;
        }
        Ok(session)
    }

    fn register_places(&self, session: &mut Session) -> Result<()> {
        let codes: Vec<&str> = self.divisions.iter().map(|(code, _)| code).collect();
        let at = |level: Level| -> Vec<Option<String>> {
            codes.iter().map(|c| c.get(..level.digits()).map(ToOwned::to_owned)).collect()
        };
        let place = strings_and_ints(
            vec![
                ("code", codes.iter().map(|c| Some((*c).to_owned())).collect()),
                ("village", at(Level::Village)),
                ("town", at(Level::Town)),
                ("county", at(Level::County)),
                ("city", at(Level::City)),
            ],
            vec![],
        )?;
        session.register("place", &place)?;
        Ok(())
    }

    /// The places that keys of a site name.
    fn register_places_of(
        &self,
        session: &mut Session,
        name: &str,
        table: &Table,
        of_county: &dyn Fn(&str) -> bool,
    ) -> Result<()> {
        let mut columns: Vec<Vec<Option<String>>> = vec![vec![]; place_columns(table).len()];
        for place in places_of(self.schemas, self.parents, &table.name).filter(|place| of_county(place.county)) {
            let values = [Some(place.county), Some(place.key), place.row.division_code.as_deref()];
            let values = values.into_iter().chain(place.fields.iter().copied());
            columns.iter_mut().zip(values).for_each(|(column, value)| column.push(value.map(ToOwned::to_owned)));
        }
        let columns = place_columns(table).into_iter().zip(columns).collect();
        session.register(name, &strings_and_ints(columns, vec![])?)?;
        Ok(())
    }

    /// The persons that rows are about.
    fn register_persons(&self, session: &mut Session, about: &[bool]) -> Result<()> {
        let persons = self.persons;
        let here: Vec<usize> = (0..about.len()).filter(|p| about[*p]).collect();
        let sex = |p: &usize| Some(persons.sex_codes[persons.sex[*p] as usize].clone()).filter(|s| !s.is_empty());
        let births: Vec<_> = here.iter().map(|p| persons.birth[*p].map(|(d, _)| day::to_date(d))).collect();
        let births = births.iter();
        let person = strings_and_ints(
            vec![("sex", here.iter().map(sex).collect())],
            vec![
                ("birth_year", births.clone().map(|d| d.map(|d| i64::from(d.year()))).collect()),
                ("birth_mmdd", births.map(|d| d.map(|d| i64::from(d.month()) * 100 + i64::from(d.day()))).collect()),
            ],
        )?;
        let ids: Vec<i64> = here.iter().map(|p| persons.ids[*p]).collect();
        session.register("person", &person.with_ids("person_key", &ids)?)?;
        Ok(())
    }
}

/// Columns of the places of a site.
pub fn place_columns(table: &Table) -> Vec<&str> {
    let key = table.primary_key.first().map(String::as_str);
    ["_county"]
        .into_iter()
        .chain(key)
        .chain(["division_code"])
        .chain(table.place_fields.iter().map(String::as_str))
        .collect()
}

/// A place that a key of a county's rows names.
pub struct KeyedPlace<'p> {
    pub county: &'p str,
    pub key: &'p str,
    pub row: &'p KnownRow,
    /// Values of the table's place fields.
    pub fields: Vec<Option<&'p str>>,
}

/// The places that keys of a table name, by county and key. Of a key that several tables know, the place of the
/// first of them.
pub fn places_of<'p>(schemas: &'p Schemas, parents: &'p Parents, name: &str) -> impl Iterator<Item = KeyedPlace<'p>> {
    let all = schemas.counting_as(name);
    let fields: Vec<&str> = all.first().into_iter().flat_map(|t| &t.place_fields).map(String::as_str).collect();
    let mut places = BTreeMap::new();
    for table in all {
        for (county, known) in parents.of(&table.name).into_iter().flatten() {
            for (key, row) in &known.rows {
                let place = || {
                    let fields = fields.iter().map(|field| known.field(row, field)).collect();
                    KeyedPlace { county, key, row, fields }
                };
                places.entry((county.as_str(), key.as_str())).or_insert_with(place);
            }
        }
    }
    places.into_values()
}

/// Places of a table of sites, by county.
pub type PlacesByCounty<'p> = BTreeMap<&'p str, Vec<KeyedPlace<'p>>>;

/// The places of each table of sites.
pub fn places_by_county<'p>(schemas: &'p Schemas, parents: &'p Parents) -> BTreeMap<&'p str, PlacesByCounty<'p>> {
    let mut all: BTreeMap<&str, PlacesByCounty<'p>> = BTreeMap::new();
    for table in schemas.tables.iter().filter(|table| table.place_table().is_some()) {
        let by_county = all.entry(&table.name).or_default();
        for place in places_of(schemas, parents, &table.name) {
            by_county.entry(place.county).or_default().push(place);
        }
    }
    all
}

/// Tables that hold the values of a table's multi-valued fields, with the field.
fn children(table: &Table) -> impl Iterator<Item = (String, &str)> {
    let of = table.fields.iter().filter(|f| f.ty == FieldType::Codes);
    of.map(|f| (format!("{}_{}", table.name, f.name), f.name.as_str()))
}

/// The datasets that a table of the engine is made of: itself, or the one whose field it holds.
pub fn dataset_of<'s>(schemas: &'s Schemas, read: &str) -> Option<&'s str> {
    let of = |t: &&Table| t.name == read || children(t).any(|(name, _)| name == read);
    schemas.tables.iter().find(of).map(|t| t.name.as_str())
}

/// Every word of the facts' SQL: the columns that they may name.
pub fn words(book: &FactBook, facts: &[&Fact]) -> BTreeSet<String> {
    let mut words = BTreeSet::new();
    for fact in facts {
        let sql = book.sql(fact, Some((Window { e_day: 0, s_day: 0 }, &[]))).unwrap_or_default();
        let split = |c: char| !(c.is_ascii_alphanumeric() || c == '_');
        words.extend(sql.split(split).filter(|w| !w.is_empty()).map(ToOwned::to_owned));
    }
    words
}
