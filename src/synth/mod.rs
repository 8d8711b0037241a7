//! Invented exports of a city, true to life in their faults: for tests, demonstrations and benchmarks.
//!
//! Divisions are real; people, places, numbers and events are invented. What is generated is a pure
//! function of the options: neither the clock nor the number of threads has a part in it.

mod chance;
mod clean;
mod dirt;
mod dirty;
mod emit;
mod faults;
mod generate;
mod hospital;
mod identities;
pub mod identity;
mod layout;
mod life;
mod lunar;
mod misnames;
mod name_tables;
mod names;
mod odd_files;
mod place_rows;
mod places;
mod police;
mod population;
mod rates;
mod record;
mod reference;
mod school;
mod sheet;
mod size;
mod spoil;
mod station;
mod whereabouts;
mod write_csv;
mod write_parquet;
mod write_xls;
mod write_xlsx;

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::schema::Source;

pub use clean::Format;
pub use generate::generate;
pub use identities::generate_identities;
pub use rates::{Dirt, Rates};

/// The sources of the shipped datasets, in the order in which their files are made.
const SOURCES: [Source; 4] = [Source::STATION, Source::SCHOOL, Source::HOSPITAL, Source::POLICE];

/// What to generate.
#[derive(Clone, Debug)]
pub struct SynthOptions {
    /// Folder that is made, with config, key, reference and inbox.
    pub out: PathBuf,
    /// City code, one of those with embedded divisions.
    pub city: String,
    /// County codes; all counties of the city when empty.
    pub counties: Vec<String>,
    /// At most so many towns of each county, with their villages.
    pub towns: Option<usize>,
    /// People who live in the counties, of whom only some leave rows.
    pub persons: u64,
    /// Rows in total, within 5 percent; sets `persons`.
    pub rows: Option<u64>,
    pub seed: u64,
    /// First day of the window of events, since 1970-01-01.
    pub from: i32,
    /// Last day of the window and `as_of` of the config.
    pub as_of: i32,
    /// The faults; see [`Rates::preset`].
    pub rates: Rates,
    /// Formats of the files, taken in turn; not empty.
    pub formats: Vec<Format>,
    /// More than 1: the inbox is cut into so many increments `nights/1`, `nights/2`, ….
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
            formats: vec![Format::Csv],
            nights: 1,
        }
    }
}

/// What was generated.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SynthReport {
    /// Data rows of all exports.
    pub rows: u64,
    /// People modelled, with and without rows.
    pub persons: u64,
    /// Files of the inbox.
    pub files: u64,
    /// Findings that were put in on purpose.
    pub findings: u64,
    /// Data rows by county and dataset.
    pub rows_by_dataset: BTreeMap<(String, String), u64>,
}

/// What [`generate_identities`] wrote.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct IdentityReport {
    /// Rows of `people.csv`.
    pub identities: u64,
    /// People in truth who have rows.
    pub persons: u64,
    /// People modelled, with and without rows.
    pub people: u64,
}
