//! Tables as they are published: Parquet, and CSV in UTF-8 or GB18030.

use std::fs::File;

use encoding_rs::GB18030;
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;

use super::{Context, Format};
use crate::deliver::census::Census;
use crate::deliver::changes::package_schema;
use crate::deliver::edition::FeedTable;
use crate::deliver::output::{Folder, OutFile};
use crate::deliver::rows::{Rows, csv_cell};
use crate::deliver::settings::Encoding;
use crate::error::{Error, Result, words};

/// Parquet files; a whole table is the published file, byte for byte.
#[derive(Default)]
pub struct ParquetFiles {
    writer: Option<ArrowWriter<OutFile>>,
}

pub fn parquet_path(table: &FeedTable) -> String {
    format!("tables/{}.parquet", table.file_stem())
}

impl Format for ParquetFiles {
    fn takes(&self, _: &FeedTable) -> bool {
        true
    }

    fn begin(&mut self, _: &Context<'_>, table: &FeedTable, of_changes: bool, folder: &mut Folder) -> Result<()> {
        if of_changes {
            let properties = WriterProperties::builder()
                .set_created_by(concat!("xinhui ", env!("CARGO_PKG_VERSION")).to_owned())
                .set_compression(Compression::ZSTD(ZstdLevel::try_new(3).expect("a zstd level")))
                .build();
            let file = folder.create(&parquet_path(table), "parquet")?;
            let writer = ArrowWriter::try_new(file, package_schema(table, true), Some(properties));
            self.writer = Some(writer.map_err(|e| Error::output(&table.path, e))?);
        }
        Ok(())
    }

    fn rows(&mut self, _: &Context<'_>, table: &FeedTable, rows: &Rows, _: &mut Folder) -> Result<()> {
        match &mut self.writer {
            Some(writer) => writer.write(&rows.batch).map_err(|e| Error::output(&table.path, e)),
            None => Ok(()),
        }
    }

    fn end(&mut self, _: &Context<'_>, table: &FeedTable, rows: u64, folder: &mut Folder) -> Result<()> {
        let file = match self.writer.take() {
            Some(writer) => writer.into_inner().map_err(|e| Error::output(&table.path, e))?,
            None => {
                let mut file = folder.create(&parquet_path(table), "parquet")?;
                let mut from = File::open(&table.path).map_err(|e| Error::unreadable_store(&table.path, e))?;
                std::io::copy(&mut from, &mut file).map_err(|e| Error::output(file.full_path(), e))?;
                file
            }
        };
        folder.close(file, Some(&table.table.name), rows)
    }

    fn finish(&mut self, _: &Context<'_>, _: &Census, _: &mut Folder) -> Result<()> {
        Ok(())
    }
}

/// What a manifest calls CSV files, by how their characters are spelled.
pub const CSV: &str = "csv";
pub const CSV_GB18030: &str = "csv-gb18030";

/// CSV files with a header, lines that end with a line feed, empty cells for null.
#[derive(Default)]
pub struct CsvFiles {
    file: Option<OutFile>,
    text: String,
}

pub fn csv_path(table: &FeedTable) -> String {
    format!("tables/{}.csv", table.file_stem())
}

impl CsvFiles {
    fn put(&mut self, encoding: Encoding) -> Result<()> {
        let Some(file) = &mut self.file else { return Ok(()) };
        match encoding {
            Encoding::Utf8 => file.text(&self.text)?,
            Encoding::Gb18030 => {
                let (bytes, _, lost) = GB18030.encode(&self.text);
                if lost {
                    return Err(Error::output(
                        file.full_path(),
                        words!("有 GB18030 无法表示的字符", "a character that GB18030 does not have"),
                    ));
                }
                file.bytes(&bytes)?;
            }
        }
        self.text.clear();
        Ok(())
    }
}

impl Format for CsvFiles {
    fn takes(&self, _: &FeedTable) -> bool {
        true
    }

    fn begin(&mut self, context: &Context<'_>, table: &FeedTable, of_changes: bool, folder: &mut Folder) -> Result<()> {
        let format = match context.feed.encoding {
            Encoding::Utf8 => CSV,
            Encoding::Gb18030 => CSV_GB18030,
        };
        self.file = Some(folder.create(&csv_path(table), format)?);
        let schema = package_schema(table, of_changes);
        let names: Vec<_> = schema.fields().iter().map(|f| csv_cell(f.name()).into_owned()).collect();
        self.text = names.join(",") + "\n";
        self.put(context.feed.encoding)
    }

    fn rows(&mut self, context: &Context<'_>, _: &FeedTable, rows: &Rows, _: &mut Folder) -> Result<()> {
        for row in 0..rows.len() {
            rows.write_line(row, &mut self.text);
            self.text.push('\n');
            if self.text.len() > 1 << 16 {
                self.put(context.feed.encoding)?;
            }
        }
        self.put(context.feed.encoding)
    }

    fn end(&mut self, _: &Context<'_>, table: &FeedTable, rows: u64, folder: &mut Folder) -> Result<()> {
        match self.file.take() {
            Some(file) => folder.close(file, Some(&table.table.name), rows),
            None => Ok(()),
        }
    }

    fn finish(&mut self, _: &Context<'_>, _: &Census, _: &mut Folder) -> Result<()> {
        Ok(())
    }
}
