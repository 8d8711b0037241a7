//! Small populations, written row by row.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use arrow::array::{ArrayRef, Int32Array, RecordBatch, StringArray, UInt8Array, UInt32Array};
use xinhui::link::engine::score::Ladder;
use xinhui::link::identities::{IdentityRows, RowName};
use xinhui::link::inspect::Inspector;
use xinhui::link::persons::{LinkModel, LinkSettings, Persons, PreviousPersons, link_with};
use xinhui::link::{KeyNumber, PersonKey};
use xinhui::schema::layout::{BIRTH_PRECISION, ID_STATE, IdState, ROW_NUMBER};
use xinhui::schema::{day, resident_id};
use xinhui::store::key::{HashName, SecretKey};

#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    pub dataset: &'static str,
    pub county: &'static str,
    pub key: String,
    pub day: Option<i32>,
    pub name: String,
    pub id: Option<String>,
    pub id_state: IdState,
    pub sex: String,
    pub birth: Option<i32>,
    pub precision: u8,
    pub phone: Option<String>,
    pub residence: Option<String>,
    pub address: Option<String>,
    pub guardian_name: Option<String>,
    pub guardian_phone: Option<String>,
    pub student: Option<String>,
    pub related: Option<String>,
}

/// A row of hospital visits in county 370402, born in full, with nothing else.
pub fn row(key: &str, name: &str, sex: &str, born: &str) -> Row {
    Row {
        dataset: "hospital_visit",
        county: "370402",
        key: key.to_owned(),
        day: Some(19_000),
        name: name.to_owned(),
        id: None,
        id_state: IdState::Absent,
        sex: sex.to_owned(),
        birth: day::parse_iso(born),
        precision: if born.is_empty() { 0 } else { 3 },
        phone: None,
        residence: None,
        address: None,
        guardian_name: None,
        guardian_phone: None,
        student: None,
        related: None,
    }
}

impl Row {
    pub fn born(mut self, born: &str) -> Row {
        self.birth = day::parse_iso(born);
        self.precision = 3;
        self
    }

    pub fn at(mut self, dataset: &'static str, county: &'static str) -> Row {
        self.dataset = dataset;
        self.county = county;
        self
    }

    pub fn on(mut self, day: i32) -> Row {
        self.day = Some(day);
        self
    }

    /// A valid number: the check character is added to 17 digits.
    pub fn id(mut self, first_17: &str) -> Row {
        self.id = Some(number(first_17));
        self.id_state = IdState::Valid;
        self
    }

    pub fn number_in_state(mut self, text: &str, state: IdState) -> Row {
        self.id = Some(text.to_owned());
        self.id_state = state;
        self
    }

    pub fn phone(mut self, text: &str) -> Row {
        self.phone = Some(text.to_owned());
        self
    }

    pub fn residence(mut self, code: &str) -> Row {
        self.residence = Some(code.to_owned());
        self
    }

    pub fn address(mut self, text: &str) -> Row {
        self.address = Some(text.to_owned());
        self
    }

    pub fn guardian(mut self, name: Option<&str>, phone: Option<&str>) -> Row {
        self.guardian_name = name.map(str::to_owned);
        self.guardian_phone = phone.map(str::to_owned);
        self
    }

    pub fn student(mut self, number: &str) -> Row {
        self.student = Some(number.to_owned());
        self
    }

    pub fn related(mut self, number: &str) -> Row {
        self.related = Some(number.to_owned());
        self
    }

    pub fn year_only(mut self) -> Row {
        self.precision = 1;
        self
    }
}

/// The 18 characters of a valid number.
pub fn number(first_17: &str) -> String {
    format!("{first_17}{}", resident_id::check_digit(first_17).unwrap())
}

/// Rows of one dataset and county as a batch.
pub fn batch(rows: &[Row]) -> IdentityRows {
    let texts =
        |of: &dyn Fn(&Row) -> Option<&str>| -> ArrayRef { Arc::new(rows.iter().map(of).collect::<StringArray>()) };
    let numbers = UInt32Array::from_iter_values(1..=rows.len() as u32);
    let columns: Vec<(&str, ArrayRef)> = vec![
        (ROW_NUMBER, Arc::new(numbers)),
        ("name", texts(&|r| Some(&r.name))),
        ("id_number", texts(&|r| r.id.as_deref())),
        ("sex", texts(&|r| Some(&r.sex))),
        ("birth_day", Arc::new(rows.iter().map(|r| r.birth).collect::<Int32Array>())),
        ("phone", texts(&|r| r.phone.as_deref())),
        ("residence_code", texts(&|r| r.residence.as_deref())),
        ("address", texts(&|r| r.address.as_deref())),
        ("guardian_name", texts(&|r| r.guardian_name.as_deref())),
        ("guardian_phone", texts(&|r| r.guardian_phone.as_deref())),
        ("student_no", texts(&|r| r.student.as_deref())),
        ("related_id_number", texts(&|r| r.related.as_deref())),
        (ID_STATE, Arc::new(UInt8Array::from_iter_values(rows.iter().map(|r| r.id_state as u8)))),
        (BIRTH_PRECISION, Arc::new(UInt8Array::from_iter_values(rows.iter().map(|r| r.precision)))),
    ];
    IdentityRows {
        dataset: rows[0].dataset.to_owned(),
        county: rows[0].county.to_owned(),
        record_keys: rows.iter().map(|r| Some(&r.key)).collect(),
        event_days: rows.iter().map(|r| r.day).collect(),
        identities: RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(n, c)| (n, c, true))).unwrap(),
    }
}

/// The shipped model and weights, read once.
pub fn shipped() -> &'static LinkModel {
    static SHIPPED: LazyLock<LinkModel> = LazyLock::new(|| LinkModel::embedded().unwrap());
    &SHIPPED
}

/// How the bits of two rows come about, by their record keys.
pub fn ladder(rows: &[Row], a: &str, b: &str) -> Ladder {
    let batches: Vec<&[Row]> = rows.chunk_by(|a, b| (a.dataset, a.county) == (b.dataset, b.county)).collect();
    let opened = Inspector::of(shipped(), &mut batches.iter().map(|b| Ok(batch(b)))).unwrap();
    let named = |key: &str| {
        let r = rows.iter().find(|r| r.key == key).unwrap_or_else(|| panic!("no row {key}"));
        RowName { dataset: r.dataset.into(), county: r.county.into(), record_key: r.key.clone() }
    };
    let of = |key: &str, view: &xinhui::link::inspect::Inspection<'_>| view.identity(&named(key)).unwrap();
    opened.with(&Default::default(), |view| view.ladder(of(a, view), of(b, view))).unwrap()
}

/// A key of 32 equal bytes.
pub fn secret(byte: u8, hash: HashName) -> SecretKey {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("key");
    std::fs::write(&path, [byte; 32]).unwrap();
    crate::night::hand::set_mode(&path, 0o600);
    SecretKey::read(&path, hash).unwrap()
}

/// What came of a night, by row.
pub struct Night {
    pub persons: Persons,
    /// Person index by (dataset, county, record key).
    person_of: BTreeMap<(String, String, String), KeyNumber>,
    related_of: BTreeMap<(String, String, String), Option<KeyNumber>>,
    confidence_of: BTreeMap<(String, String, String), f32>,
}

fn name_of(r: &Row) -> (String, String, String) {
    (r.dataset.to_owned(), r.county.to_owned(), r.key.clone())
}

/// Person key by (dataset, county, record key) of a night before.
#[derive(Clone, Debug, Default)]
pub struct Yesterday(BTreeMap<(String, String, String), PersonKey>);

impl<S: AsRef<str>> FromIterator<(S, S, S, S)> for Yesterday {
    /// From `(dataset, county, record_key, person_key)`.
    fn from_iter<I: IntoIterator<Item = (S, S, S, S)>>(rows: I) -> Self {
        let text = |s: &S| s.as_ref().to_owned();
        Yesterday(
            rows.into_iter().map(|(d, c, r, k)| ((text(&d), text(&c), text(&r)), text(&k).parse().unwrap())).collect(),
        )
    }
}

impl Yesterday {
    pub fn beside(&self, batches: &[&[Row]]) -> PreviousPersons {
        let of_row: Vec<Vec<Option<PersonKey>>> =
            batches.iter().map(|rows| rows.iter().map(|r| self.0.get(&name_of(r)).copied()).collect()).collect();
        PreviousPersons::new(&of_row, self.0.values().copied())
    }
}

/// Links rows as they stand, each run of one dataset and county a batch of its own.
pub fn night_after(rows: &[Row], previous: &Yesterday) -> Night {
    let batches: Vec<&[Row]> = rows.chunk_by(|a, b| (a.dataset, a.county) == (b.dataset, b.county)).collect();
    let previous = &previous.beside(&batches);
    let key = secret(7, HashName::Sm3);
    let persons =
        link_with(&LinkSettings::undecided(shipped()), &mut batches.iter().map(|b| Ok(batch(b))), &key, previous)
            .unwrap();
    assert_eq!(persons.person_of_row.len(), batches.len());
    let mut night =
        Night { persons, person_of: BTreeMap::new(), related_of: BTreeMap::new(), confidence_of: BTreeMap::new() };
    for (b, rows) in batches.iter().enumerate() {
        for (n, r) in rows.iter().enumerate() {
            night.person_of.insert(name_of(r), night.persons.person_of_row[b][n]);
            night.related_of.insert(name_of(r), night.persons.related_of_row[b][n]);
            night.confidence_of.insert(name_of(r), night.persons.confidence_of_row[b][n]);
        }
    }
    night
}

pub fn night(rows: &[Row]) -> Night {
    night_after(rows, &Yesterday::default())
}

impl Night {
    fn only<T: Copy>(map: &BTreeMap<(String, String, String), T>, key: &str) -> T {
        let mut found = map.iter().filter(|(name, _)| name.2 == key).map(|(_, value)| *value);
        let value = found.next().unwrap_or_else(|| panic!("no row {key}"));
        assert!(found.next().is_none(), "two rows {key}");
        value
    }

    pub fn person(&self, key: &str) -> KeyNumber {
        Self::only(&self.person_of, key)
    }

    pub fn related(&self, key: &str) -> Option<KeyNumber> {
        Self::only(&self.related_of, key)
    }

    pub fn confidence(&self, key: &str) -> f32 {
        Self::only(&self.confidence_of, key)
    }

    pub fn key(&self, key: &str) -> PersonKey {
        self.persons.keys[self.person(key).index()]
    }

    /// Sex code by person index.
    pub fn sexes(&self) -> Vec<&str> {
        (0..self.count()).map(|p| self.persons.sex_of(p)).collect()
    }

    pub fn count(&self) -> usize {
        self.persons.keys.len()
    }

    pub fn one(&self, a: &str, b: &str) -> bool {
        self.person(a) == self.person(b)
    }

    /// Keys of rows by person, in an order of their own.
    pub fn partition(&self) -> Vec<Vec<String>> {
        let mut by_person: BTreeMap<KeyNumber, Vec<String>> = BTreeMap::new();
        for ((dataset, county, key), person) in &self.person_of {
            by_person.entry(*person).or_default().push(format!("{dataset}/{county}/{key}"));
        }
        let mut parts: Vec<Vec<String>> = by_person.into_values().collect();
        parts.sort();
        parts
    }

    /// Person key by row.
    pub fn keys(&self) -> BTreeMap<(String, String, String), PersonKey> {
        self.person_of.iter().map(|(row, p)| (row.clone(), self.persons.keys[p.index()])).collect()
    }

    /// This night as the next one's yesterday.
    pub fn as_previous(&self) -> Yesterday {
        Yesterday(self.keys())
    }
}
