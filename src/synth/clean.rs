//! Writes tidy files: one dataset per file, row by row.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::schema::{FieldType, Load, Role, Table};

use super::record::Record;
use super::write_csv::{CsvStream, TextEncoding, encode};
use super::write_parquet::{ParquetStream, json_line};
use super::written_sheet::{WrittenSheet, typed_cell, yes_or_no};
use super::{write_xls, write_xlsx};

/// A file format of an export.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExportFormat {
    Csv,
    Xlsx,
    Xls,
    Jsonl,
    Parquet,
    /// An archive that contains a CSV file.
    Zip,
}

impl ExportFormat {
    pub const ALL: [ExportFormat; 6] = [
        ExportFormat::Csv,
        ExportFormat::Xlsx,
        ExportFormat::Xls,
        ExportFormat::Jsonl,
        ExportFormat::Parquet,
        ExportFormat::Zip,
    ];

    /// The format with this name, which is also the file extension.
    pub fn parse(name: &str) -> Option<ExportFormat> {
        Self::ALL.into_iter().find(|f| f.extension() == name)
    }

    pub fn extension(self) -> &'static str {
        match self {
            ExportFormat::Csv => "csv",
            ExportFormat::Xlsx => "xlsx",
            ExportFormat::Xls => "xls",
            ExportFormat::Jsonl => "jsonl",
            ExportFormat::Parquet => "parquet",
            ExportFormat::Zip => "zip",
        }
    }
}

/// The columns of an export: all but the mark for withdrawn rows, and `entered_at` only for datasets whose rows have
/// versions.
pub fn columns(table: &Table) -> Vec<usize> {
    (0..table.fields.len())
        .filter(|f| match table.fields[*f].role {
            Role::Void => false,
            Role::Version => table.load == Load::Upsert,
            _ => true,
        })
        .collect()
}

enum FileBody {
    Csv(CsvStream<BufWriter<File>>),
    Json(BufWriter<File>),
    Parquet(Box<ParquetStream>),
    /// Rows that are collected, for formats that can only be written at once.
    Rows(Vec<Vec<String>>),
}

/// A file that is being written.
pub struct TidyFile<'a> {
    table: &'a Table,
    format: ExportFormat,
    folder: PathBuf,
    stem: String,
    columns: Vec<usize>,
    body: FileBody,
    /// The path of the file, for error messages.
    path: PathBuf,
    rows: u64,
}

impl<'a> TidyFile<'a> {
    /// Creates the file `folder/stem.ext`.
    pub fn create(folder: &Path, stem: &str, format: ExportFormat, table: &'a Table) -> Result<Self> {
        let columns = columns(table);
        let path = folder.join(format!("{stem}.{}", format.extension()));
        let wrong = |e: std::io::Error| Error::output(&path, e);
        std::fs::create_dir_all(folder).map_err(wrong)?;
        let create = || File::create(&path).map_err(wrong);
        let body = match format {
            ExportFormat::Csv => {
                let mut stream = CsvStream::new(BufWriter::new(create()?));
                stream.line(columns.iter().map(|c| table.fields[*c].title.as_str())).map_err(wrong)?;
                FileBody::Csv(stream)
            }
            ExportFormat::Jsonl => FileBody::Json(BufWriter::new(create()?)),
            ExportFormat::Parquet => {
                let stream =
                    ParquetStream::new(create()?, table, &columns, false).map_err(|e| Error::output(&path, e))?;
                FileBody::Parquet(Box::new(stream))
            }
            ExportFormat::Xlsx | ExportFormat::Xls | ExportFormat::Zip => FileBody::Rows(Vec::new()),
        };
        Ok(TidyFile { table, format, folder: folder.to_owned(), stem: stem.to_owned(), columns, body, path, rows: 0 })
    }

    /// Adds a row.
    pub fn push(&mut self, record: &Record<'_>) -> Result<()> {
        self.rows += 1;
        let table = self.table;
        let text = |c: &usize| -> &str {
            let value = record.values[*c].as_str();
            if table.fields[*c].ty == FieldType::Boolean { yes_or_no(value) } else { value }
        };
        let done = match &mut self.body {
            FileBody::Csv(stream) => stream.line(self.columns.iter().map(text)),
            FileBody::Json(out) => json_line(out, table, self.columns.iter().map(|c| (*c, record.values[*c].as_str()))),
            FileBody::Parquet(stream) => {
                return stream
                    .row(self.columns.iter().map(|c| record.values[*c].clone()))
                    .map_err(|e| Error::output(&self.path, e));
            }
            FileBody::Rows(rows) => {
                rows.push(self.columns.iter().map(|c| record.values[*c].clone()).collect());
                Ok(())
            }
        };
        done.map_err(|e| Error::output(&self.path, e))
    }

    /// Completes the file.
    pub fn finish(self) -> Result<()> {
        let path = self.path;
        let wrong = |e: std::io::Error| Error::output(&path, e);
        match self.body {
            FileBody::Csv(stream) => stream.finish().map(drop).map_err(wrong),
            FileBody::Json(mut out) => out.flush().map_err(wrong),
            FileBody::Parquet(stream) => stream.finish().map_err(|e| Error::output(&path, e)),
            FileBody::Rows(rows) => {
                // A sheet of an .xls workbook holds at most 65,536 lines; further rows go into another file with the
                // same date.
                let limit = if self.format == ExportFormat::Xls { write_xls::MAX_ROWS - 1 } else { 1_000_000 };
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

fn tidy_sheet(table: &Table, columns: &[usize], rows: &[Vec<String>]) -> WrittenSheet {
    let head =
        columns.iter().map(|c| super::written_sheet::WrittenCell::text(table.fields[*c].title.clone())).collect();
    let body = rows.iter().map(|row| columns.iter().zip(row).map(|(c, value)| typed_cell(table, *c, value)).collect());
    WrittenSheet { name: table.title.clone(), rows: std::iter::once(head).chain(body).collect(), merges: Vec::new() }
}

/// A sheet as the bytes of a workbook or an archive.
pub fn bytes_of(
    format: ExportFormat,
    stem: &str,
    sheet: WrittenSheet,
) -> std::result::Result<Vec<u8>, Box<dyn std::error::Error + Send + Sync>> {
    Ok(match format {
        ExportFormat::Xlsx => write_xlsx::workbook(&[sheet])?,
        ExportFormat::Xls => write_xls::workbook(&[sheet])?,
        _ => {
            let text = super::write_csv::sheet_text(&sheet, ',');
            archive(&[(format!("{stem}.csv"), encode(&text, TextEncoding::Utf8))])?
        }
    })
}

/// An archive with these members, all with the same date.
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
