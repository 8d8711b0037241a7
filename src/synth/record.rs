//! A generated row before it is laid out in a file.

use crate::error::{Error, Result, words};
use crate::schema::{Schemas, Table};

/// The datasets that counties export, in the order in which they are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum Dataset {
    StationUnit,
    StationSite,
    StationService,
    StationActivity,
    StationSurvey,
    SchoolSite,
    SchoolScreening,
    SchoolCounselling,
    HospitalSite,
    HospitalPatient,
    HospitalFollowup,
    HospitalVisit,
    PolicePerson,
    PoliceIncident,
}

impl Dataset {
    pub const ALL: [Dataset; 14] = [
        Dataset::StationUnit,
        Dataset::StationSite,
        Dataset::StationService,
        Dataset::StationActivity,
        Dataset::StationSurvey,
        Dataset::SchoolSite,
        Dataset::SchoolScreening,
        Dataset::SchoolCounselling,
        Dataset::HospitalSite,
        Dataset::HospitalPatient,
        Dataset::HospitalFollowup,
        Dataset::HospitalVisit,
        Dataset::PolicePerson,
        Dataset::PoliceIncident,
    ];

    /// The dataset's name in `schemas/tables/`.
    pub fn as_str(self) -> &'static str {
        match self {
            Dataset::StationUnit => "station_unit",
            Dataset::StationSite => "station_site",
            Dataset::StationService => "station_service",
            Dataset::StationActivity => "station_activity",
            Dataset::StationSurvey => "station_survey",
            Dataset::SchoolSite => "school_site",
            Dataset::SchoolScreening => "school_screening",
            Dataset::SchoolCounselling => "school_counselling",
            Dataset::HospitalSite => "hospital_site",
            Dataset::HospitalPatient => "hospital_patient",
            Dataset::HospitalFollowup => "hospital_followup",
            Dataset::HospitalVisit => "hospital_visit",
            Dataset::PolicePerson => "police_person",
            Dataset::PoliceIncident => "police_incident",
        }
    }
}

/// The declared tables of [`Dataset::ALL`], in the same order.
pub struct Catalog<'a> {
    pub schemas: &'a Schemas,
    tables: Vec<&'a Table>,
}

impl<'a> Catalog<'a> {
    /// Looks up the table of each dataset.
    ///
    /// # Errors
    /// `Schema` if a dataset is not declared.
    pub fn new(schemas: &'a Schemas) -> Result<Self> {
        let tables = Dataset::ALL
            .into_iter()
            .map(|d| {
                schemas.table(d.as_str()).ok_or_else(|| {
                    Error::schema(
                        words!("数据集", "tables"),
                        words!("没有定义 `{}`", "`{}` is not declared", d.as_str()),
                    )
                })
            })
            .collect::<Result<Vec<_>>>()?;
        Ok(Catalog { schemas, tables })
    }

    pub fn table(&self, dataset: Dataset) -> &'a Table {
        self.tables[dataset as usize]
    }

    /// An empty row.
    pub fn record(&self, dataset: Dataset) -> Record<'a> {
        let table = self.table(dataset);
        Record {
            table,
            dataset,
            values: vec![String::new(); table.fields.len()],
            person: None,
            findings: Vec::new(),
            day: 0,
            cursor: 0,
        }
    }
}

/// A row with values in canonical form: codes, ISO dates, `true` and `false`, lists joined by `|`.
#[derive(Clone, Debug)]
pub struct Record<'a> {
    pub table: &'a Table,
    pub dataset: Dataset,
    /// One value for each declared field; empty if not given.
    pub values: Vec<String>,
    /// The true person, for rows about persons.
    pub person: Option<PersonNumber>,
    /// Findings that the row causes on purpose, as (field, code); at most one of a kind.
    pub findings: Vec<(&'static str, &'static str)>,
    /// Day of the event; without meaning for rows of registers.
    pub day: i32,
    cursor: usize,
}

/// A true person: the county of the household, its number, and the slot in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PersonNumber {
    pub county: u32,
    pub household: u32,
    pub slot: u8,
}

impl std::fmt::Display for PersonNumber {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "P{:06}{:06}{}", self.county, self.household, self.slot)
    }
}

impl Record<'_> {
    /// Sets a value.
    ///
    /// # Panics
    /// If the dataset does not declare the field. A test generates every dataset.
    pub fn set(&mut self, field: &str, value: impl Into<String>) {
        let at = self.index(field);
        self.values[at] = value.into();
        self.cursor = at + 1;
    }

    /// Sets a date.
    pub fn set_day(&mut self, field: &str, day: i32) {
        self.set(field, crate::schema::day::to_iso(day));
    }

    /// Sets a date that may be missing.
    pub fn set_some_day(&mut self, field: &str, day: Option<i32>) {
        if let Some(day) = day {
            self.set_day(field, day);
        }
    }

    pub fn set_bool(&mut self, field: &str, value: bool) {
        self.set(field, if value { "true" } else { "false" });
    }

    /// The value of a field.
    pub fn get(&self, field: &str) -> &str {
        &self.values[self.index(field)]
    }

    /// The value of the primary key.
    pub fn key(&self) -> &str {
        self.get(&self.table.primary_key[0])
    }

    fn index(&self, field: &str) -> usize {
        // Values are usually set in declared order, so the next field is tried first.
        let fields = &self.table.fields;
        if fields.get(self.cursor).is_some_and(|f| f.name == field) {
            return self.cursor;
        }
        self.table.field_index(field).unwrap_or_else(|| panic!("`{}` declares no field `{field}`", self.table.name))
    }
}
