//! Rows that are kept from night to night as files, and those of them that name certain persons.

use std::fs::File;
use std::path::Path;

use arrow::array::AsArray;
use arrow::datatypes::{DataType, Int64Type};
use hashbrown::{HashMap, HashSet};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::file::properties::{EnabledStatistics, WriterProperties};

use super::Frame;
use super::frame::wrong;
use crate::error::{Error, Result};

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
    pub fn add(&mut self, rows: &Frame) -> Result<()> {
        self.count(rows, u64::wrapping_add)
    }

    /// Takes away the rows of before.
    pub fn take_away(&mut self, rows: &Frame) -> Result<()> {
        self.count(rows, u64::wrapping_sub)
    }

    fn count(&mut self, rows: &Frame, put: fn(u64, u64) -> u64) -> Result<()> {
        let hashes = rows.row_hashes()?;
        for name in PERSONS {
            let Some(persons) = rows.persons(name) else { continue };
            for (person, hash) in persons.zip(&hashes) {
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
    /// The persons of a column, row by row; `None` when there is no such column of persons.
    fn persons(&self, column: &str) -> Option<impl Iterator<Item = Option<i64>>> {
        let of_persons = self.schema().field_with_name(column).is_ok_and(|f| *f.data_type() == DataType::Int64);
        let chunks = self.column(column).ok().filter(|_| of_persons)?;
        Some(chunks.flat_map(|chunk| chunk.as_primitive::<Int64Type>().iter()))
    }

    /// Whether the rows carry a person.
    pub fn carries_persons(&self) -> bool {
        self.persons(PERSONS[0]).is_some()
    }

    /// The rows that name one of the persons.
    pub fn naming(&self, persons: &PersonNumbers) -> Result<Frame> {
        let mut named = vec![false; self.rows()];
        for name in PERSONS {
            let Some(of_rows) = self.persons(name) else { continue };
            for (named, person) in named.iter_mut().zip(of_rows) {
                *named |= person.is_some_and(|p| persons.contains(&p));
            }
        }
        self.filtered(&named)
    }

    /// The rows as the bytes of a Parquet file, quick to write and to read.
    pub fn to_file(&self) -> Result<Vec<u8>> {
        let properties = WriterProperties::builder().set_statistics_enabled(EnabledStatistics::None).build();
        let mut bytes = Vec::new();
        let mut writer =
            ArrowWriter::try_new(&mut bytes, self.schema().clone(), Some(properties)).map_err(unwritten)?;
        for batch in self.batches() {
            writer.write(batch).map_err(unwritten)?;
        }
        writer.close().map_err(unwritten)?;
        Ok(bytes)
    }

    /// The rows of a file of [`Frame::to_file`]; those that name one of the persons, where some are given.
    ///
    /// # Errors
    /// `Bug` when the file is missing or damaged.
    pub fn of_file(path: &Path, persons: Option<&PersonNumbers>) -> Result<Frame> {
        let file = File::open(path).map_err(|e| Error::bug(format!("a kept file cannot be opened: {e}")))?;
        let builder = ParquetRecordBatchReaderBuilder::try_new(file).map_err(unread)?;
        let rows = usize::try_from(builder.metadata().file_metadata().num_rows()).unwrap_or(0);
        let schema = builder.schema().clone();
        // One batch: what is many batches is many small tables to the engine.
        let reader = builder.with_batch_size(rows.max(1)).build().map_err(unread)?;
        let batches = reader.collect::<std::result::Result<Vec<_>, _>>().map_err(wrong)?;
        let all = Frame::new(schema, batches);
        match persons {
            None => Ok(all),
            Some(persons) => all.naming(persons),
        }
    }
}

fn unwritten(e: parquet::errors::ParquetError) -> Error {
    Error::bug(format!("rows cannot be written: {e}"))
}

fn unread(e: parquet::errors::ParquetError) -> Error {
    Error::bug(format!("kept rows cannot be read: {e}"))
}
