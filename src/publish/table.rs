//! Writes a published table: sorted, described, the same bytes for the same rows.

use std::fs::{self, File};
use std::path::Path;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::{DataType, Field, Schema};
use parquet::arrow::arrow_reader::{ArrowReaderOptions, ParquetRecordBatchReaderBuilder};
use parquet::arrow::{ArrowWriter, ProjectionMask};
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::metadata::{KeyValue, SortingColumn};
use parquet::file::properties::{EnabledStatistics, WriterProperties};

use super::columns;
use crate::error::{Error, Result};

/// A table of a snapshot.
pub struct PublishedTable<'a> {
    /// Path below the snapshot, `internal/indicators/month.parquet`.
    pub path: String,
    /// Name of the kind of table, for its description: `indicators`, `scorecard`, `rollups/services`…
    pub kind: &'a str,
    /// Number of leading columns that the rows are sorted by.
    pub sorted_by: usize,
}

/// Writes the batches of a table below a snapshot's folder; gives the number of rows. Texts may stand as
/// dictionaries: the bytes are those of the texts.
///
/// # Errors
/// `Output`.
pub fn write(
    dir: &Path,
    table: &PublishedTable<'_>,
    schema: arrow::datatypes::SchemaRef,
    batches: impl IntoIterator<Item = Result<RecordBatch>>,
) -> Result<u64> {
    let path = dir.join(&table.path);
    let wrong = |e: parquet::errors::ParquetError| Error::output(&path, e);
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent).map_err(|e| Error::output(parent, e))?;
    }
    let mut pairs = vec![KeyValue::new("title".to_owned(), columns::title(table.kind).to_owned())];
    for field in schema.fields() {
        pairs.push(KeyValue::new(format!("column:{}", field.name()), columns::describe(table.kind, field.name())));
    }
    let sorting = (0..table.sorted_by as i32)
        .map(|column_idx| SortingColumn { column_idx, descending: false, nulls_first: true })
        .collect();
    let properties = WriterProperties::builder()
        .set_created_by(concat!("xinhui ", env!("CARGO_PKG_VERSION")).to_owned())
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(3).expect("a zstd level")))
        .set_statistics_enabled(EnabledStatistics::Page)
        .set_sorting_columns(Some(sorting))
        .set_key_value_metadata(Some(pairs))
        .build();
    let file = File::create(&path).map_err(|e| Error::output(&path, e))?;
    let mut writer = ArrowWriter::try_new(file, schema, Some(properties)).map_err(wrong)?;
    let mut rows = 0;
    for batch in batches {
        let batch = batch?;
        rows += batch.num_rows() as u64;
        writer.write(&batch).map_err(wrong)?;
    }
    writer.close().map_err(wrong)?;
    Ok(rows)
}

/// Reads columns of a published table by name (all of them with `None`), batch by batch; texts stand as
/// dictionaries with keys of 32 bits.
///
/// # Errors
/// `Input`: the file is missing or damaged.
pub fn read(path: &Path, columns: Option<&[&str]>) -> Result<impl Iterator<Item = Result<RecordBatch>> + use<>> {
    let wrong = |e| Error::input(path, e);
    let open = || File::open(path).map_err(|e| Error::input(path, e));
    let plain = ParquetRecordBatchReaderBuilder::try_new(open()?).map_err(wrong)?;
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
    let builder = ParquetRecordBatchReaderBuilder::try_new_with_options(open()?, options).map_err(wrong)?;
    let mask = match columns {
        None => ProjectionMask::all(),
        Some(names) => ProjectionMask::columns(builder.parquet_schema(), names.iter().copied()),
    };
    let reader = builder.with_projection(mask).with_batch_size(65_536).build().map_err(wrong)?;
    let path = path.to_owned();
    Ok(reader.map(move |batch| batch.map_err(|e| Error::input(&path, e))))
}
