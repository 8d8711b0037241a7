//! Tables as they are published: Parquet, and CSV in UTF-8 or GB18030.

use std::fs::File;

use encoding_rs::GB18030;
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;

use super::form::{Format, PackageContext};
use crate::deliver::census::Census;
use crate::deliver::changes::package_schema;
use crate::deliver::edition::FeedTable;
use crate::deliver::output::{Folder, OutFile};
use crate::deliver::rows::{DeliveredRows, csv_cell};
use crate::deliver::settings::CsvEncoding;
use crate::error::{Error, Result, words};

/// Parquet files; a whole table is the published file, byte for byte.
#[derive(Default)]
pub struct ParquetFiles {
    writer: Option<ArrowWriter<OutFile>>,
}

impl Format for ParquetFiles {
    fn takes(&self, _: &FeedTable) -> bool {
        true
    }

    fn begin(
        &mut self,
        _: &PackageContext<'_>,
        table: &FeedTable,
        of_changes: bool,
        folder: &mut Folder,
    ) -> Result<()> {
        if of_changes {
            let properties = WriterProperties::builder()
                .set_created_by(concat!("xinhui ", env!("CARGO_PKG_VERSION")).to_owned())
                .set_compression(Compression::ZSTD(ZstdLevel::try_new(3).expect("a zstd level")))
                .build();
            let file = folder.create(&table.parquet_path(), "parquet")?;
            let writer = ArrowWriter::try_new(file, package_schema(table, true), Some(properties));
            self.writer = Some(writer.map_err(|e| Error::output(&table.path, e))?);
        }
        Ok(())
    }

    fn rows(&mut self, _: &PackageContext<'_>, table: &FeedTable, rows: &DeliveredRows, _: &mut Folder) -> Result<()> {
        match &mut self.writer {
            Some(writer) => writer.write(&rows.batch).map_err(|e| Error::output(&table.path, e)),
            None => Ok(()),
        }
    }

    fn end(&mut self, _: &PackageContext<'_>, table: &FeedTable, rows: u64, folder: &mut Folder) -> Result<()> {
        let file = match self.writer.take() {
            Some(writer) => writer.into_inner().map_err(|e| Error::output(&table.path, e))?,
            None => {
                let mut file = folder.create(&table.parquet_path(), "parquet")?;
                let mut from = File::open(&table.path).map_err(|e| Error::unreadable_store(&table.path, e))?;
                std::io::copy(&mut from, &mut file).map_err(|e| Error::output(file.full_path(), e))?;
                file
            }
        };
        folder.close(file, Some(&table.table.name), rows)
    }

    fn finish(&mut self, _: &PackageContext<'_>, _: &Census, _: &mut Folder) -> Result<()> {
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

impl CsvFiles {
    fn put(&mut self, encoding: CsvEncoding) -> Result<()> {
        let Some(file) = &mut self.file else { return Ok(()) };
        match encoding {
            CsvEncoding::Utf8 => file.text(&self.text)?,
            CsvEncoding::Gb18030 => {
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

    fn begin(
        &mut self,
        context: &PackageContext<'_>,
        table: &FeedTable,
        of_changes: bool,
        folder: &mut Folder,
    ) -> Result<()> {
        let format = match context.feed.encoding {
            CsvEncoding::Utf8 => CSV,
            CsvEncoding::Gb18030 => CSV_GB18030,
        };
        self.file = Some(folder.create(&table.csv_path(), format)?);
        let schema = package_schema(table, of_changes);
        let names: Vec<_> = schema.fields().iter().map(|f| csv_cell(f.name()).into_owned()).collect();
        self.text = names.join(",") + "\n";
        self.put(context.feed.encoding)
    }

    fn rows(
        &mut self,
        context: &PackageContext<'_>,
        _: &FeedTable,
        rows: &DeliveredRows,
        _: &mut Folder,
    ) -> Result<()> {
        for row in 0..rows.len() {
            rows.write_line(row, &mut self.text);
            self.text.push('\n');
            if self.text.len() > 1 << 16 {
                self.put(context.feed.encoding)?;
            }
        }
        self.put(context.feed.encoding)
    }

    fn end(&mut self, _: &PackageContext<'_>, table: &FeedTable, rows: u64, folder: &mut Folder) -> Result<()> {
        match self.file.take() {
            Some(file) => folder.close(file, Some(&table.table.name), rows),
            None => Ok(()),
        }
    }

    fn finish(&mut self, _: &PackageContext<'_>, _: &Census, _: &mut Folder) -> Result<()> {
        Ok(())
    }
}
