//! Parquet files that are written completely or not at all.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder};
use parquet::arrow::arrow_writer::{ArrowColumnChunk, ArrowColumnWriter, ArrowRowGroupWriterFactory, compute_leaves};
use parquet::arrow::{ArrowWriter, ProjectionMask};
use parquet::basic::{Compression, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::{DEFAULT_MAX_ROW_GROUP_ROW_COUNT, WriterProperties};
use parquet::file::writer::SerializedFileWriter;
use rayon::prelude::*;

use super::private_file;
use crate::error::{Error, Result};

/// Appends lines to a file and waits until they are on the disk; creates the file and its folder if necessary.
pub fn append(path: &Path, lines: &str) -> Result<()> {
    let wrong = |e: std::io::Error| Error::output(path, e);
    if let Some(folder) = path.parent() {
        private_file::make_dirs(folder).map_err(wrong)?;
    }
    let mut file = private_file::append_to(path).map_err(wrong)?;
    file.write_all(lines.as_bytes()).and_then(|()| file.sync_data()).map_err(wrong)
}

/// Replaces the content of a file atomically: readers see either the old content or the new one.
pub fn write_atomic(path: &Path, bytes: &[u8]) -> Result<()> {
    let beside = Beside::of(path)?;
    let mut file = beside.create()?;
    file.write_all(bytes).map_err(|e| Error::output(path, e))?;
    beside.put(&file)
}

/// Writes a file under a temporary name in the same folder, so that it appears completely or not at all. If dropped
/// before [`Beside::put`], it leaves nothing.
pub(super) struct Beside {
    path: PathBuf,
    temporary: PathBuf,
}

impl Beside {
    /// Also creates the folder.
    pub fn of(path: &Path) -> Result<Self> {
        if let Some(dir) = path.parent() {
            private_file::make_dirs(dir).map_err(|e| Error::output(dir, e))?;
        }
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        Ok(Beside { path: path.to_owned(), temporary: path.with_file_name(format!(".{name}.tmp")) })
    }

    pub fn create(&self) -> Result<File> {
        private_file::create(&self.temporary).map_err(|e| Error::output(&self.path, e))
    }

    /// Flushes the file to disk and renames it to its final name.
    pub fn put(self, file: &File) -> Result<()> {
        file.sync_all().and_then(|()| fs::rename(&self.temporary, &self.path)).map_err(|e| Error::output(&self.path, e))
    }
}

impl Drop for Beside {
    fn drop(&mut self) {
        // After `put` there is no temporary file any more, and this fails harmlessly.
        let _ = fs::remove_file(&self.temporary);
    }
}

/// Writes a Parquet file, which appears under its name with [`TableWriter::finish`].
pub struct TableWriter {
    beside: Beside,
    writer: Option<ArrowWriter<File>>,
    rows: u64,
}

impl TableWriter {
    /// Starts a file with key-value metadata.
    pub fn create(path: &Path, schema: SchemaRef, metadata: &BTreeMap<String, String>) -> Result<Self> {
        let beside = Beside::of(path)?;
        let file = beside.create()?;
        let pairs = metadata.iter().map(|(k, v)| KeyValue::new(k.clone(), v.clone())).collect();
        let properties = WriterProperties::builder()
            .set_created_by(concat!("xinhui ", env!("CARGO_PKG_VERSION")).to_owned())
            .set_compression(Compression::ZSTD(ZstdLevel::try_new(1).expect("a zstd level")))
            .set_key_value_metadata(Some(pairs))
            .build();
        let writer = ArrowWriter::try_new(file, schema, Some(properties)).map_err(|e| Error::output(path, e))?;
        Ok(TableWriter { beside, writer: Some(writer), rows: 0 })
    }

    pub fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        self.rows += batch.num_rows() as u64;
        self.writer.as_mut().expect("not finished").write(batch).map_err(|e| Error::output(&self.beside.path, e))
    }

    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// Makes the file appear under its name.
    pub fn finish(mut self) -> Result<()> {
        let writer = self.writer.take().expect("not finished");
        let file = writer.into_inner().map_err(|e| Error::output(&self.beside.path, e))?;
        self.beside.put(&file)
    }
}

/// Writes a file that holds one batch.
pub fn write_table(path: &Path, batch: &RecordBatch, metadata: &BTreeMap<String, String>) -> Result<()> {
    let mut table = TableWriter::create(path, batch.schema(), metadata)?;
    let wrong = |e: ParquetError| Error::output(path, e);
    let writer = table.writer.take().expect("not finished");
    let (mut writer, groups) = writer.into_serialized_writer().map_err(wrong)?;
    for from in (0..batch.num_rows()).step_by(DEFAULT_MAX_ROW_GROUP_ROW_COUNT) {
        let rows = batch.slice(from, DEFAULT_MAX_ROW_GROUP_ROW_COUNT.min(batch.num_rows() - from));
        write_group(&mut writer, &groups, batch.schema_ref(), &[rows]).map_err(wrong)?;
    }
    let file = writer.into_inner().map_err(wrong)?;
    table.beside.put(&file)
}

/// Writes a row group; its columns are encoded in parallel.
pub fn write_group<W: Write + Send>(
    writer: &mut SerializedFileWriter<W>,
    groups: &ArrowRowGroupWriterFactory,
    schema: &SchemaRef,
    batches: &[RecordBatch],
) -> std::result::Result<(), ParquetError> {
    let columns = groups.create_column_writers(writer.flushed_row_groups().len())?;
    append_group(writer, write_columns(columns, schema, batches)?)
}

/// Appends the columns of a row group.
pub fn append_group<W: Write + Send>(
    writer: &mut SerializedFileWriter<W>,
    columns: Vec<ArrowColumnChunk>,
) -> std::result::Result<(), ParquetError> {
    let mut group = writer.next_row_group()?;
    columns.into_iter().try_for_each(|column| column.append_to_row_group(&mut group))?;
    group.close().map(|_| ())
}

/// Encodes the columns of a row group in parallel.
pub fn write_columns(
    writers: Vec<ArrowColumnWriter>,
    schema: &SchemaRef,
    batches: &[RecordBatch],
) -> std::result::Result<Vec<ArrowColumnChunk>, ParquetError> {
    let encode = |(index, mut column): (usize, ArrowColumnWriter)| {
        for batch in batches {
            for leaf in compute_leaves(schema.field(index), batch.column(index))? {
                column.write(&leaf)?;
            }
        }
        column.close()
    };
    writers.into_par_iter().enumerate().map(encode).collect()
}

/// The columns of a file.
///
/// # Errors
/// `Input` if the file is missing or damaged.
pub fn columns_of(path: &Path) -> Result<SchemaRef> {
    let file = File::open(path).map_err(|e| Error::input(path, e))?;
    let metadata = ArrowReaderMetadata::load(&file, ArrowReaderOptions::new()).map_err(|e| Error::input(path, e))?;
    Ok(Arc::clone(metadata.schema()))
}

/// Reads some columns of a file by name (all with `None`), batch by batch.
///
/// # Errors
/// `Input` if the file is missing or damaged.
pub fn read_table(path: &Path, columns: Option<&[&str]>) -> Result<impl Iterator<Item = Result<RecordBatch>> + use<>> {
    let file = File::open(path).map_err(|e| Error::unreadable_store(path, e))?;
    let builder = ParquetRecordBatchReaderBuilder::try_new(file).map_err(|e| Error::unreadable_store(path, e))?;
    let mask = match columns {
        None => ProjectionMask::all(),
        Some(names) => ProjectionMask::columns(builder.parquet_schema(), names.iter().copied()),
    };
    let reader =
        builder.with_projection(mask).with_batch_size(65_536).build().map_err(|e| Error::unreadable_store(path, e))?;
    let path = path.to_owned();
    Ok(reader.map(move |batch| batch.map_err(|e| Error::unreadable_store(&path, e))))
}

/// Applies `each` to all batches of a file, in parallel by row group; returns the results in row order.
pub fn map_table<T: Send>(
    path: &Path,
    columns: &[&str],
    each: impl Fn(RecordBatch) -> Result<T> + Send + Sync,
) -> Result<Vec<T>> {
    let file = File::open(path).map_err(|e| Error::unreadable_store(path, e))?;
    let metadata =
        ArrowReaderMetadata::load(&file, ArrowReaderOptions::new()).map_err(|e| Error::unreadable_store(path, e))?;
    map_groups(path, &metadata, Some(columns), each)
}

/// Like [`map_table`] (all columns with `None`), for a file whose metadata have been read already. The caller may have
/// changed the column types in them.
pub fn map_groups<T: Send>(
    path: &Path,
    metadata: &ArrowReaderMetadata,
    columns: Option<&[&str]>,
    each: impl Fn(RecordBatch) -> Result<T> + Send + Sync,
) -> Result<Vec<T>> {
    let wrong = |e: parquet::errors::ParquetError| Error::unreadable_store(path, e);
    let parts: Vec<Vec<T>> = (0..metadata.metadata().num_row_groups())
        .into_par_iter()
        .map(|group| {
            let file = File::open(path).map_err(|e| Error::unreadable_store(path, e))?;
            let builder = ParquetRecordBatchReaderBuilder::new_with_metadata(file, metadata.clone());
            let mask = match columns {
                None => ProjectionMask::all(),
                Some(names) => ProjectionMask::columns(builder.parquet_schema(), names.iter().copied()),
            };
            let reader = builder
                .with_projection(mask)
                .with_row_groups(vec![group])
                .with_batch_size(65_536)
                .build()
                .map_err(wrong)?;
            reader.map(|batch| batch.map_err(|e| Error::unreadable_store(path, e)).and_then(&each)).collect()
        })
        .collect::<Result<_>>()?;
    Ok(parts.into_iter().flatten().collect())
}
