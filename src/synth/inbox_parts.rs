//! The folders and files that the jobs of the counties fill, and which night a row arrives on.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

use crate::schema::Load;

use super::SynthOptions;
use super::record::{Dataset, Record};

/// The inbox folder, or the folder with its increment for a night (counted from 0).
pub fn inbox(options: &SynthOptions, night: u32) -> PathBuf {
    if options.nights > 1 {
        options.out.join("nights").join((night + 1).to_string())
    } else {
        options.out.join("inbox")
    }
}

/// The result of the job of one county.
#[derive(Default)]
pub struct InboxPart {
    pub rows: BTreeMap<Dataset, u64>,
    pub files: u64,
    pub findings: u64,
    /// People in the county's own households.
    pub persons: u64,
}

/// The file to which one county's job writes its part of `truth.csv` or `expected.csv`.
pub fn part_path(out: &Path, name: &str, county: &str) -> PathBuf {
    out.join(format!(".{name}-{county}.tmp"))
}

/// The night, from 0, on which a row arrives.
pub fn night_of(options: &SynthOptions, record: &Record<'_>) -> u32 {
    if record.table.load == Load::Snapshot || options.nights == 1 {
        return 0;
    }
    let span = i64::from(options.as_of - options.from + 1);
    let at = i64::from((record.day - options.from).max(0));
    (at * i64::from(options.nights) / span).min(i64::from(options.nights) - 1) as u32
}

/// The last day covered by the exports of a night.
pub fn export_day(options: &SynthOptions, night: u32) -> i32 {
    let span = i64::from(options.as_of - options.from + 1);
    let end = span * i64::from(night + 1) / i64::from(options.nights) - 1;
    options.from + end as i32
}

/// Appends a row about a person to `truth.csv`.
pub fn write_truth(out: &mut impl Write, county: &str, record: &Record<'_>) -> std::io::Result<()> {
    match record.person {
        Some(person) => writeln!(out, "{county},{},{},{person}", record.dataset.as_str(), record.key()),
        None => Ok(()),
    }
}
