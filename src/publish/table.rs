//! Writes a published table: sorted, described, the same bytes for the same rows.

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::{DataType, Field, Schema};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions};
use parquet::basic::{Compression, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::metadata::{KeyValue, SortingColumn};
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use sha2::{Digest, Sha256};

use crate::catalogue::{Edition, PublishedTable};
use crate::error::{Error, Result};
use crate::store::hex;
use crate::store::table_file::{map_groups, write_group};

/// Writes the batches of a table below a snapshot's folder; gives the number of rows and the SHA-256 of the
/// file. Texts may stand as dictionaries: the bytes are those of the texts.
pub fn write(
    dir: &Path,
    table: &PublishedTable,
    edition: Edition,
    batches: impl IntoIterator<Item = Result<RecordBatch>>,
) -> Result<(u64, String)> {
    let path = dir.join(table.path(edition));
    let schema = table.schema(edition);
    let wrong = |e: ParquetError| Error::output(&path, e);
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent).map_err(|e| Error::output(parent, e))?;
    }
    let mut pairs = vec![KeyValue::new("title".to_owned(), table.title.in_files.clone())];
    for column in table.columns_in(edition) {
        pairs.push(KeyValue::new(format!("column:{}", column.name), column.words.in_files));
    }
    let sorting = (0..table.sorted_by as i32)
        .map(|column_idx| SortingColumn { column_idx, descending: false, nulls_first: true })
        .collect();
    let properties = WriterProperties::builder()
        // Without the version, which the manifest states: files are reused by programs of other versions.
        .set_created_by("xinhui".to_owned())
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(3).expect("a zstd level")))
        .set_statistics_enabled(EnabledStatistics::Page)
        .set_sorting_columns(Some(sorting))
        .set_max_row_group_row_count(Some(ROWS_OF_GROUP))
        .set_key_value_metadata(Some(pairs))
        .build();
    let file = HashedTable { file: File::create(&path).map_err(|e| Error::output(&path, e))?, hasher: Sha256::new() };
    let writer = ArrowWriter::try_new(file, schema.clone(), Some(properties)).map_err(wrong)?;
    let (mut writer, groups) = writer.into_serialized_writer().map_err(wrong)?;
    let mut rows = 0;
    let mut group: Vec<RecordBatch> = Vec::new();
    let mut in_group = 0;
    for batch in batches {
        let mut batch = batch?;
        rows += batch.num_rows() as u64;
        while in_group + batch.num_rows() >= ROWS_OF_GROUP {
            let fits = ROWS_OF_GROUP - in_group;
            group.push(batch.slice(0, fits));
            batch = batch.slice(fits, batch.num_rows() - fits);
            write_group(&mut writer, &groups, &schema, &std::mem::take(&mut group)).map_err(wrong)?;
            in_group = 0;
        }
        if batch.num_rows() > 0 {
            in_group += batch.num_rows();
            group.push(batch);
        }
    }
    if !group.is_empty() {
        write_group(&mut writer, &groups, &schema, &group).map_err(wrong)?;
    }
    let mut file = writer.into_inner().map_err(wrong)?;
    file.flush().map_err(|e| Error::output(&path, e))?;
    Ok((rows, hex(&file.hasher.finalize())))
}

/// Rows of a row group.
const ROWS_OF_GROUP: usize = 1 << 20;

/// A file, and the hash of what was written to it.
struct HashedTable {
    file: File,
    hasher: Sha256,
}

impl Write for HashedTable {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.hasher.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.file.flush()
    }
}

/// Columns of a published table by name (all of them with `None`), row groups side by side and in order;
/// texts stand as dictionaries with keys of 32 bits.
///
/// # Errors
/// `Input`: the file is missing or damaged.
pub fn read(path: &Path, columns: Option<&[&str]>) -> Result<Vec<RecordBatch>> {
    let wrong = |e| Error::unreadable_store(path, e);
    let file = File::open(path).map_err(|e| Error::unreadable_store(path, e))?;
    let plain = ArrowReaderMetadata::load(&file, ArrowReaderOptions::new()).map_err(wrong)?;
    let fields: Vec<Field> = plain
        .schema()
        .fields()
        .iter()
        .map(|field| match field.data_type() {
            DataType::Utf8 => field
                .as_ref()
                .clone()
                .with_data_type(DataType::Dictionary(Box::new(DataType::UInt32), Box::new(DataType::Utf8))),
            _ => field.as_ref().clone(),
        })
        .collect();
    let options = ArrowReaderOptions::new().with_schema(Arc::new(Schema::new(fields)));
    let metadata = ArrowReaderMetadata::try_new(plain.metadata().clone(), options).map_err(wrong)?;
    map_groups(path, &metadata, columns, Ok)
}
