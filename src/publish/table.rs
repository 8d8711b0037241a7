//! Writes a published table: sorted, described, the same bytes for the same rows.

use std::fs::{self, File};
use std::path::Path;

use arrow::array::RecordBatch;
use parquet::arrow::ArrowWriter;
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

/// Writes the batches of a table below a snapshot's folder; gives the number of rows.
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
