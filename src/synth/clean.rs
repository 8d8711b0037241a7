//! Tidy files: one dataset each, written row by row.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::schema::{FieldType, Load, Role, Table};

use super::record::Record;
use super::sheet::{Sheet, typed_cell, yes_or_no};
use super::write_csv::{CsvStream, Encoding, encode};
use super::write_parquet::{ParquetStream, json_line};
use super::{write_xls, write_xlsx};

/// A file format of an export.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    Csv,
    Xlsx,
    Xls,
    Jsonl,
    Parquet,
    /// An archive with a csv file.
    Zip,
}

impl Format {
    pub const ALL: [Format; 6] = [Format::Csv, Format::Xlsx, Format::Xls, Format::Jsonl, Format::Parquet, Format::Zip];

    /// The format of a name as the command line writes it, which is also the file extension.
    pub fn parse(name: &str) -> Option<Format> {
        Self::ALL.into_iter().find(|f| f.extension() == name)
    }

    pub fn extension(self) -> &'static str {
        match self {
            Format::Csv => "csv",
            Format::Xlsx => "xlsx",
            Format::Xls => "xls",
            Format::Jsonl => "jsonl",
            Format::Parquet => "parquet",
            Format::Zip => "zip",
        }
    }
}

/// The columns that an export of a dataset has: all but the void mark, and `entered_at` only where
/// rows have versions.
pub fn columns(table: &Table) -> Vec<usize> {
    (0..table.fields.len())
        .filter(|f| match table.fields[*f].role {
            Role::Void => false,
            Role::Version => table.load == Load::Upsert,
            _ => true,
        })
        .collect()
}

enum Body {
    Csv(CsvStream<BufWriter<File>>),
    Json(BufWriter<File>),
    Parquet(Box<ParquetStream>),
    /// Formats that are written in one go.
    Rows(Vec<Vec<String>>),
}

/// A file in the making.
pub struct TidyFile<'a> {
    table: &'a Table,
    format: Format,
    folder: PathBuf,
    stem: String,
    columns: Vec<usize>,
    body: Body,
    /// The file that is being written, for messages.
    path: PathBuf,
    rows: u64,
}

impl<'a> TidyFile<'a> {
    /// Begins a file `folder/stem.ext`.
    ///
    /// # Errors
    /// [`crate::error::ErrorKind::Output`].
    pub fn create(folder: &Path, stem: &str, format: Format, table: &'a Table) -> Result<Self> {
        let columns = columns(table);
        let path = folder.join(format!("{stem}.{}", format.extension()));
        let wrong = |e: std::io::Error| Error::output(&path, e);
        std::fs::create_dir_all(folder).map_err(wrong)?;
        let create = || File::create(&path).map_err(wrong);
        let body = match format {
            Format::Csv => {
                let mut stream = CsvStream::new(BufWriter::new(create()?));
                stream.line(columns.iter().map(|c| table.fields[*c].title.as_str())).map_err(wrong)?;
                Body::Csv(stream)
            }
            Format::Jsonl => Body::Json(BufWriter::new(create()?)),
            Format::Parquet => {
                let stream =
                    ParquetStream::new(create()?, table, &columns, false).map_err(|e| Error::output(&path, e))?;
                Body::Parquet(Box::new(stream))
            }
            Format::Xlsx | Format::Xls | Format::Zip => Body::Rows(Vec::new()),
        };
        Ok(TidyFile { table, format, folder: folder.to_owned(), stem: stem.to_owned(), columns, body, path, rows: 0 })
    }

    /// Adds a row.
    ///
    /// # Errors
    /// [`crate::error::ErrorKind::Output`].
    pub fn push(&mut self, record: &Record<'_>) -> Result<()> {
        self.rows += 1;
        let table = self.table;
        let text = |c: &usize| -> &str {
            let value = record.values[*c].as_str();
            if table.fields[*c].ty == FieldType::Boolean { yes_or_no(value) } else { value }
        };
        let done = match &mut self.body {
            Body::Csv(stream) => stream.line(self.columns.iter().map(text)),
            Body::Json(out) => json_line(out, table, self.columns.iter().map(|c| (*c, record.values[*c].as_str()))),
            Body::Parquet(stream) => {
                return stream
                    .row(self.columns.iter().map(|c| record.values[*c].clone()))
                    .map_err(|e| Error::output(&self.path, e));
            }
            Body::Rows(rows) => {
                rows.push(self.columns.iter().map(|c| record.values[*c].clone()).collect());
                Ok(())
            }
        };
        done.map_err(|e| Error::output(&self.path, e))
    }

    /// Completes the file.
    ///
    /// # Errors
    /// [`crate::error::ErrorKind::Output`].
    pub fn finish(self) -> Result<()> {
        let path = self.path;
        let wrong = |e: std::io::Error| Error::output(&path, e);
        match self.body {
            Body::Csv(stream) => stream.finish().map(drop).map_err(wrong),
            Body::Json(mut out) => out.flush().map_err(wrong),
            Body::Parquet(stream) => stream.finish().map_err(|e| Error::output(&path, e)),
            Body::Rows(rows) => {
                // An old workbook ends at line 65,536: more rows go on in a further file of the same date.
                let limit = if self.format == Format::Xls { write_xls::MAX_ROWS - 1 } else { 1_000_000 };
                let parts: Vec<&[Vec<String>]> =
                    if rows.is_empty() { vec![&rows[..]] } else { rows.chunks(limit).collect() };
                for (index, part) in parts.iter().enumerate() {
                    let stem = if index == 0 { self.stem.clone() } else { format!("{}_{}", self.stem, index + 1) };
                    let path = self.folder.join(format!("{stem}.{}", self.format.extension()));
                    let sheet = tidy_sheet(self.table, &self.columns, part);
                    let bytes = bytes_of(self.format, &stem, sheet).map_err(|e| Error::output(&path, e))?;
                    std::fs::write(&path, bytes).map_err(|e| Error::output(&path, e))?;
                }
                Ok(())
            }
        }
    }
}

fn tidy_sheet(table: &Table, columns: &[usize], rows: &[Vec<String>]) -> Sheet {
    let head = columns.iter().map(|c| super::sheet::Cell::text(table.fields[*c].title.clone())).collect();
    let body = rows.iter().map(|row| columns.iter().zip(row).map(|(c, value)| typed_cell(table, *c, value)).collect());
    Sheet { name: table.title.clone(), rows: std::iter::once(head).chain(body).collect(), merges: Vec::new() }
}

/// A sheet as the bytes of a workbook or an archive.
///
/// # Errors
/// Those of the format's writer.
pub fn bytes_of(
    format: Format,
    stem: &str,
    sheet: Sheet,
) -> std::result::Result<Vec<u8>, Box<dyn std::error::Error + Send + Sync>> {
    Ok(match format {
        Format::Xlsx => write_xlsx::workbook(&[sheet])?,
        Format::Xls => write_xls::workbook(&[sheet])?,
        _ => {
            let text = super::write_csv::sheet_text(&sheet, ',');
            archive(&[(format!("{stem}.csv"), encode(&text, Encoding::Utf8))])?
        }
    })
}

/// An archive of some files, all of one date.
///
/// # Errors
/// Those of the zip writer.
pub fn archive(members: &[(String, Vec<u8>)]) -> zip::result::ZipResult<Vec<u8>> {
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let date = zip::DateTime::from_date_and_time(2024, 1, 2, 8, 0, 0).unwrap_or_default();
    let options = zip::write::SimpleFileOptions::default().last_modified_time(date);
    for (name, bytes) in members {
        archive.start_file(name.as_str(), options)?;
        archive.write_all(bytes)?;
    }
    Ok(archive.finish()?.into_inner())
}
