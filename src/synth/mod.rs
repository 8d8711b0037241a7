//! Generates invented exports of a city with realistic faults, for tests, demonstrations and benchmarks.
//!
//! Divisions are real; people, places, numbers and events are invented. The output is a pure function of the options
//! and does not depend on the clock or the number of threads.

mod chance;
mod clean;
mod county_files;
mod emit;
mod expected;
mod generate;
mod hospital;
mod identities;
pub mod identity;
mod identity_faults;
mod inbox_parts;
mod life;
mod live;
mod lunar;
mod misnames;
mod name_tables;
mod names;
mod odd_files;
mod place_rows;
mod places;
mod police;
mod population;
mod purpose;
mod rates;
mod record;
mod reference;
mod resends;
mod row_faults;
mod school;
mod sheet_layout;
mod size;
mod station;
mod whereabouts;
mod world;
mod write_csv;
mod write_parquet;
mod write_xls;
mod write_xlsx;
mod written_sheet;

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::schema::Source;

pub use clean::ExportFormat;
pub use generate::generate;
pub use identities::generate_identities;
pub use rates::{Dirt, Rates};

/// The sources of the shipped datasets, in the order in which their files are made.
const SOURCES: [Source; 4] = [Source::STATION, Source::SCHOOL, Source::HOSPITAL, Source::POLICE];

/// Options: what to generate.
#[derive(Clone, Debug)]
pub struct SynthOptions {
    /// Folder to create, with config, key, reference data and inbox.
    pub out: PathBuf,
    /// City code; must be one of the embedded cities.
    pub city: String,
    /// County codes; if empty, all counties of the city.
    pub counties: Vec<String>,
    /// At most this many towns in each county, with their villages.
    pub towns: Option<usize>,
    /// Number of people who live in the counties; only some of them leave rows.
    pub persons: u64,
    /// Total number of rows, met within 5 percent; if given it determines `persons`.
    pub rows: Option<u64>,
    pub seed: u64,
    /// First day of the period of events, in days since 1970-01-01.
    pub from: i32,
    /// Last day of the period, also the `as_of` of the config.
    pub as_of: i32,
    /// How often each fault occurs; see [`Rates::preset`].
    pub rates: Rates,
    /// Formats of the files, used in turn; must not be empty.
    pub formats: Vec<ExportFormat>,
    /// If more than 1, the inbox is split into this many increments `nights/1`, `nights/2`, ….
    pub nights: u32,
}

impl Default for SynthOptions {
    fn default() -> Self {
        SynthOptions {
            out: PathBuf::from("synth"),
            city: "3708".to_owned(),
            counties: vec!["370832".to_owned(), "370811".to_owned()],
            towns: None,
            persons: 2000,
            rows: None,
            seed: 1,
            from: 18_993,
            as_of: 19_722,
            rates: Rates::NONE,
            formats: vec![ExportFormat::Csv],
            nights: 1,
        }
    }
}

/// What was generated.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SynthReport {
    /// Number of data rows in all exports.
    pub rows: u64,
    /// Number of people generated, with or without rows.
    pub persons: u64,
    /// Number of files in the inbox.
    pub files: u64,
    /// Number of findings that were caused on purpose.
    pub findings: u64,
    /// Number of data rows by county and dataset.
    pub rows_by_dataset: BTreeMap<(String, String), u64>,
}

/// What [`generate_identities`] wrote.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct IdentityReport {
    /// Number of rows of `people.csv`.
    pub identities: u64,
    /// Number of true persons among them.
    pub persons: u64,
    /// Number of people generated, with or without rows.
    pub people: u64,
}
