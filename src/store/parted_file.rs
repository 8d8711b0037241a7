//! A Parquet file made of named parts. Each part has its own row groups, so that it can be read without the others.
//!
//! The list of parts is in the key-value metadata; other Parquet readers see one ordinary table.

use std::fs::File;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::{DataType, SchemaRef};
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder};
use parquet::arrow::arrow_writer::{ArrowColumnChunk, ArrowRowGroupWriterFactory};
use parquet::arrow::{ArrowWriter, ProjectionMask};
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::metadata::KeyValue;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::schema::types::ColumnPath;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::table_file::{Beside, append_group, write_columns};
use crate::error::{Error, Result};

/// Metadata key of the list of parts.
const PARTS: &str = "xinhui.parts";

/// Most rows of a row group.
const GROUP_ROWS: usize = 1 << 18;

/// Parts that are encoded at a time, which bounds the memory of a writer.
const GROUPS_AT_ONCE: usize = 8;

/// One part of a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FilePart {
    pub name: String,
    pub rows: u64,
    /// The part's row groups in the file.
    groups: Range<usize>,
}

/// An opened file of parts.
pub struct PartedFile {
    path: PathBuf,
    metadata: ArrowReaderMetadata,
    parts: Vec<FilePart>,
}

impl PartedFile {
    /// Opens a file; `None` if its metadata do not list parts.
    ///
    /// # Errors
    /// `Input` if it is missing or damaged.
    pub fn open(path: &Path) -> Result<Option<Self>> {
        let file = File::open(path).map_err(|e| Error::unreadable_store(path, e))?;
        let metadata = ArrowReaderMetadata::load(&file, ArrowReaderOptions::new())
            .map_err(|e| Error::unreadable_store(path, e))?;
        let mut opened = PartedFile { path: path.to_owned(), metadata, parts: Vec::new() };
        let Some(parts) = opened.note(PARTS) else { return Ok(None) };
        let Ok(parts) = serde_json::from_str::<Vec<FilePart>>(parts) else { return Ok(None) };
        let groups = opened.metadata.metadata().num_row_groups();
        if parts.iter().any(|p| p.groups.start > p.groups.end || p.groups.end > groups) {
            return Ok(None);
        }
        opened.parts = parts;
        Ok(Some(opened))
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The value of a metadata key.
    pub fn note(&self, key: &str) -> Option<&str> {
        let notes = self.metadata.metadata().file_metadata().key_value_metadata()?;
        notes.iter().find(|n| n.key == key)?.value.as_deref()
    }

    pub fn part(&self, name: &str) -> Option<&FilePart> {
        self.parts.iter().find(|p| p.name == name)
    }

    /// Reads some columns of a part.
    pub fn read(&self, part: &FilePart, columns: &[&str]) -> Result<Vec<RecordBatch>> {
        let wrong = |e: parquet::errors::ParquetError| Error::unreadable_store(&self.path, e);
        // Parts are read in parallel, and cloned handles would share one file position; so open the file again.
        let file = File::open(&self.path).map_err(|e| Error::unreadable_store(&self.path, e))?;
        let builder = ParquetRecordBatchReaderBuilder::new_with_metadata(file, self.metadata.clone());
        let mask = ProjectionMask::columns(builder.parquet_schema(), columns.iter().copied());
        let reader =
            builder.with_projection(mask).with_row_groups(part.groups.clone().collect()).build().map_err(wrong)?;
        reader.map(|batch| batch.map_err(|e| Error::unreadable_store(&self.path, e))).collect()
    }
}

/// A part of a new file.
pub struct NewPart<'a> {
    pub name: String,
    /// Its rows, computed when the part is written.
    pub rows: Box<dyn Fn() -> Result<RecordBatch> + Send + Sync + 'a>,
}

/// Writes a file of parts in one atomic step. `notes` are added to the metadata; `distinct` names columns whose values
/// hardly repeat, which are stored without a dictionary.
///
/// # Errors
/// `Output` if the file cannot be written, or the error of a part whose rows cannot be computed.
pub fn write_parts(
    path: &Path,
    schema: &SchemaRef,
    notes: &[(&str, String)],
    distinct: &[&str],
    parts: &[NewPart<'_>],
) -> Result<()> {
    let wrong = |e: parquet::errors::ParquetError| Error::output(path, e);
    let beside = Beside::of(path)?;
    let file = beside.create()?;
    let mut properties = WriterProperties::builder()
        .set_created_by(concat!("xinhui ", env!("CARGO_PKG_VERSION")).to_owned())
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(1).expect("a zstd level")))
        // Parts are read whole or not at all: nothing looks at single pages, nor at the bounds of numbers.
        .set_statistics_enabled(EnabledStatistics::Chunk)
        .set_offset_index_disabled(true);
    for field in schema.fields().iter().filter(|f| *f.data_type() != DataType::Utf8) {
        let column = ColumnPath::from(field.name().as_str());
        properties = properties.set_column_statistics_enabled(column, EnabledStatistics::None);
    }
    for name in distinct {
        properties = properties.set_column_dictionary_enabled(ColumnPath::from(*name), false);
    }
    let writer = ArrowWriter::try_new(file, Arc::clone(schema), Some(properties.build())).map_err(wrong)?;
    let (mut writer, encoders) = writer.into_serialized_writer().map_err(wrong)?;
    let mut written: Vec<FilePart> = Vec::new();
    let mut groups = 0;
    for some in parts.chunks(GROUPS_AT_ONCE) {
        let encoded: Vec<Encoded> =
            some.par_iter().map(|part| encode(&encoders, schema, &(part.rows)()?)).collect::<Result<_>>()?;
        for (part, encoded) in some.iter().zip(encoded) {
            let from = groups;
            for chunks in encoded.groups {
                append_group(&mut writer, chunks).map_err(wrong)?;
                groups += 1;
            }
            written.push(FilePart { name: part.name.clone(), rows: encoded.rows, groups: from..groups });
        }
    }
    let parts = serde_json::to_string(&written).map_err(|e| Error::output(path, e))?;
    writer.append_key_value_metadata(KeyValue::new(PARTS.to_owned(), parts));
    for (key, value) in notes {
        writer.append_key_value_metadata(KeyValue::new((*key).to_owned(), value.clone()));
    }
    let file = writer.into_inner().map_err(wrong)?;
    beside.put(&file)
}

/// The encoded rows of a part.
struct Encoded {
    rows: u64,
    groups: Vec<Vec<ArrowColumnChunk>>,
}

fn encode(encoders: &ArrowRowGroupWriterFactory, schema: &SchemaRef, rows: &RecordBatch) -> Result<Encoded> {
    let wrong = |e: parquet::errors::ParquetError| Error::bug("rows of a part").caused_by(e);
    let mut groups = Vec::new();
    for from in (0..rows.num_rows()).step_by(GROUP_ROWS) {
        let some = rows.slice(from, GROUP_ROWS.min(rows.num_rows() - from));
        // The row group number matters only for encryption, which is not used here.
        let writers = encoders.create_column_writers(groups.len()).map_err(wrong)?;
        groups.push(write_columns(writers, schema, &[some]).map_err(wrong)?);
    }
    Ok(Encoded { rows: rows.num_rows() as u64, groups })
}
