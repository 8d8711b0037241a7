//! Rows that are kept from night to night as files, and those of them that name certain persons.

use std::path::Path;

use hashbrown::{HashMap, HashSet};
use polars::prelude::*;

use super::Frame;
use super::frame::{mix, wrong};
use crate::error::Result;

/// The columns that name a person.
const PERSONS: [&str; 2] = ["person_key", "related_key"];

/// Numbers of persons.
pub type PersonNumbers = HashSet<i64, foldhash::fast::FixedState>;

/// How the rows that name each person differ between two nights.
#[derive(Default)]
pub struct PersonChanges {
    /// By person, `None` for rows that name nobody: hashes of the rows of tonight less those of before.
    by_person: HashMap<Option<i64>, u64, foldhash::fast::FixedState>,
}

impl PersonChanges {
    /// Adds tonight's rows.
    ///
    /// # Errors
    /// Bugs.
    pub fn add(&mut self, rows: &Frame) -> Result<()> {
        self.count(rows, u64::wrapping_add)
    }

    /// Takes away the rows of before.
    ///
    /// # Errors
    /// Bugs.
    pub fn take_away(&mut self, rows: &Frame) -> Result<()> {
        self.count(rows, u64::wrapping_sub)
    }

    fn count(&mut self, rows: &Frame, put: fn(u64, u64) -> u64) -> Result<()> {
        let mut hashes = vec![0_u64; rows.0.height()];
        for column in rows.0.columns() {
            mix(column, &mut hashes)?;
        }
        for name in PERSONS {
            let Ok(column) = rows.0.column(name) else { continue };
            for (person, hash) in column.i64().map_err(wrong)?.iter().zip(&hashes) {
                // Most rows name no other person, which says nothing.
                if person.is_some() || name == PERSONS[0] {
                    let of = self.by_person.entry(person).or_default();
                    *of = put(*of, *hash);
                }
            }
        }
        Ok(())
    }

    /// The persons that rows name which were not there before, or are no more; `None` when a row that
    /// names nobody is among them.
    pub fn persons(&self) -> Option<PersonNumbers> {
        self.by_person.iter().filter(|(_, hash)| **hash != 0).map(|(person, _)| *person).collect()
    }
}

impl Frame {
    /// The columns that `keep` names, in their order.
    ///
    /// # Errors
    /// Bugs.
    pub fn selected(&self, keep: impl Fn(&str) -> bool) -> Result<Frame> {
        let names: Vec<PlSmallStr> = self.0.get_column_names().into_iter().filter(|n| keep(n)).cloned().collect();
        self.0.select(names).map(Frame).map_err(wrong)
    }

    /// The rows of all, one after the other.
    ///
    /// # Errors
    /// `Bug` when their columns differ, or there is none.
    pub fn stacked(frames: impl IntoIterator<Item = Frame>) -> Result<Frame> {
        let mut frames = frames.into_iter();
        let mut all = frames.next().map(|f| f.0).unwrap_or_default();
        for frame in frames {
            all.vstack_mut_owned(frame.0).map_err(wrong)?;
        }
        Ok(Frame(all))
    }

    /// Whether the rows carry a person.
    pub fn carries_persons(&self) -> bool {
        self.0.column(PERSONS[0]).is_ok_and(|c| *c.dtype() == DataType::Int64)
    }

    /// The rows that name one of the persons.
    ///
    /// # Errors
    /// Bugs.
    pub fn naming(&self, persons: &PersonNumbers) -> Result<Frame> {
        let mut named = vec![false; self.0.height()];
        for name in PERSONS {
            let Ok(column) = self.0.column(name) else { continue };
            for (named, person) in named.iter_mut().zip(column.i64().map_err(wrong)?.iter()) {
                *named |= person.is_some_and(|p| persons.contains(&p));
            }
        }
        self.filtered(&named)
    }

    /// The rows that are marked.
    ///
    /// # Errors
    /// Bugs.
    pub fn filtered(&self, marked: &[bool]) -> Result<Frame> {
        let mask: BooleanChunked = marked.iter().map(|m| Some(*m)).collect();
        self.0.filter(&mask).map(Frame).map_err(wrong)
    }

    /// The rows as the bytes of a Parquet file, quick to write and to read.
    ///
    /// # Errors
    /// Bugs.
    pub fn to_file(&self) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        let mut rows = self.0.clone();
        ParquetWriter::new(&mut bytes)
            .with_compression(ParquetCompression::Uncompressed)
            .with_statistics(StatisticsOptions::empty())
            .finish(&mut rows)
            .map_err(wrong)?;
        Ok(bytes)
    }

    /// The rows of a file of [`Frame::to_file`]; those that name one of the persons, where some are given.
    ///
    /// # Errors
    /// `Bug` when the file is missing or damaged.
    pub fn of_file(path: &Path, persons: Option<&PersonNumbers>) -> Result<Frame> {
        let path = PlRefPath::try_from_path(path).map_err(wrong)?;
        let scan = LazyFrame::scan_parquet(path, ScanArgsParquet::default()).map_err(wrong)?;
        let all = |lazy: LazyFrame| lazy.collect().map(Frame).map_err(wrong);
        match persons {
            None => all(scan),
            Some(persons) => all(scan)?.naming(persons),
        }
    }
}
