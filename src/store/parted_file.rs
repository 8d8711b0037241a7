//! A Parquet file made of named parts. Each part has its own row groups, so that it can be read without the others, and
//! copied into the next file without being decoded.
//!
//! The list of parts is in the key-value metadata; other Parquet readers see one ordinary table.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::{DataType, SchemaRef};
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder};
use parquet::arrow::arrow_writer::{ArrowColumnChunk, ArrowRowGroupWriterFactory};
use parquet::arrow::{ArrowWriter, ProjectionMask};
use parquet::basic::{Compression, ZstdLevel};
use parquet::column::writer::ColumnCloseResult;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::file::writer::SerializedFileWriter;
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
    /// What its rows are made of, as whoever wrote it says.
    #[serde(default)]
    pub digest: String,
    /// The part's row groups in the file.
    groups: Range<usize>,
    /// CRC-32 of the bytes of the row groups.
    #[serde(default)]
    crc: u32,
}

/// An opened file of parts.
pub struct PartedFile {
    path: PathBuf,
    file: File,
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
        // Statistics of pages as they are in the file, so that a copied chunk is described as it was.
        let options = ArrowReaderOptions::new().with_encoding_stats_as_mask(false);
        let metadata = ArrowReaderMetadata::load(&file, options).map_err(|e| Error::unreadable_store(path, e))?;
        let mut opened = PartedFile { path: path.to_owned(), file, metadata, parts: Vec::new() };
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

    /// The part of this name, if its rows are made of the same and its bytes are what was written.
    pub fn same(&self, name: &str, digest: &str) -> Option<&FilePart> {
        let part = self.part(name).filter(|part| part.digest == digest)?;
        (self.crc_of(part).ok()? == part.crc).then_some(part)
    }

    fn crc_of(&self, part: &FilePart) -> std::io::Result<u32> {
        let mut crc = crc32fast::Hasher::new();
        // A handle of its own: others move the position of this one.
        let mut file = File::open(&self.path)?;
        let mut bytes = Vec::new();
        for group in part.groups.clone() {
            let columns = self.metadata.metadata().row_group(group).columns();
            let (from, to) = columns.iter().fold((u64::MAX, 0), |(from, to), column| {
                let (start, length) = column.byte_range();
                (from.min(start), to.max(start + length))
            });
            file.seek(SeekFrom::Start(from.min(to)))?;
            bytes.clear();
            (&mut file).take(to.saturating_sub(from)).read_to_end(&mut bytes)?;
            crc.update(&bytes);
        }
        Ok(crc.finalize())
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
    /// What its rows are made of: where another night's is the same, so are the rows.
    pub digest: String,
    pub rows: PartSource<'a>,
}

/// Where the rows of a part come from.
pub enum PartSource<'a> {
    /// Unchanged: copied from this part of the file that is replaced.
    Same(&'a FilePart),
    /// Computed when the part is written.
    Fresh(Box<dyn Fn() -> Result<RecordBatch> + Send + Sync + 'a>),
}

/// Writes a file of parts in one atomic step. `notes` are added to the metadata; `distinct` names columns whose values
/// hardly repeat, which are stored without a dictionary; `before` is the file that unchanged parts are copied from. The
/// bytes depend on the rows, the parts and the notes alone, not on which parts were copied.
///
/// # Errors
/// `Output` if the file cannot be written, or the error of a part whose rows cannot be computed.
pub fn write_parts(
    path: &Path,
    schema: &SchemaRef,
    notes: &[(&str, String)],
    distinct: &[&str],
    before: Option<&PartedFile>,
    parts: &[NewPart<'_>],
) -> Result<()> {
    let wrong = |e: parquet::errors::ParquetError| Error::output(path, e);
    let beside = Beside::of(path)?;
    let file = Checked { file: beside.create()?, crc: crc32fast::Hasher::new() };
    let writer = ArrowWriter::try_new(file, Arc::clone(schema), Some(properties(schema, distinct))).map_err(wrong)?;
    let (mut writer, encoders) = writer.into_serialized_writer().map_err(wrong)?;
    // What stands before the first part is in none.
    crc_so_far(&mut writer).map_err(|e| Error::output(path, e))?;
    let mut written: Vec<FilePart> = Vec::new();
    let mut groups = 0;
    for some in parts.chunks(GROUPS_AT_ONCE) {
        let encoded = |part: &NewPart<'_>| match &part.rows {
            PartSource::Same(_) => Ok(None),
            PartSource::Fresh(make) => encode(&encoders, schema, &make()?).map(Some),
        };
        let encoded: Vec<Option<Encoded>> = some.par_iter().map(encoded).collect::<Result<_>>()?;
        for (part, encoded) in some.iter().zip(encoded) {
            let from = groups;
            let rows = match (&part.rows, encoded) {
                (PartSource::Same(same), _) => {
                    let before = before.ok_or_else(|| Error::bug("a part is copied from no file"))?;
                    groups += same.groups.len();
                    copy(&mut writer, before, same).map_err(wrong)?;
                    same.rows
                }
                (PartSource::Fresh(_), Some(encoded)) => {
                    groups += encoded.groups.len();
                    for chunks in encoded.groups {
                        append_group(&mut writer, chunks).map_err(wrong)?;
                    }
                    encoded.rows
                }
                (PartSource::Fresh(_), None) => return Err(Error::bug("a part was not encoded")),
            };
            let crc = crc_so_far(&mut writer).map_err(|e| Error::output(path, e))?;
            let (name, digest) = (part.name.clone(), part.digest.clone());
            written.push(FilePart { name, rows, digest, groups: from..groups, crc });
        }
    }
    let parts = serde_json::to_string(&written).map_err(|e| Error::output(path, e))?;
    writer.append_key_value_metadata(KeyValue::new(PARTS.to_owned(), parts));
    for (key, value) in notes {
        writer.append_key_value_metadata(KeyValue::new((*key).to_owned(), value.clone()));
    }
    let file = writer.into_inner().map_err(wrong)?;
    beside.put(&file.file)
}

fn properties(schema: &SchemaRef, distinct: &[&str]) -> WriterProperties {
    let mut properties = WriterProperties::builder()
        .set_created_by(concat!("xinhui ", env!("CARGO_PKG_VERSION")).to_owned())
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(1).expect("a zstd level")))
        // Parts are read whole or not at all: nothing looks at single pages, whose indexes would not be copied either.
        .set_statistics_enabled(EnabledStatistics::Chunk)
        .set_offset_index_disabled(true);
    // Nothing looks at the bounds of numbers, which are written in two forms of which one is read back: a copied chunk
    // would be described otherwise.
    for field in schema.fields().iter().filter(|f| *f.data_type() != DataType::Utf8) {
        let column = ColumnPath::from(field.name().as_str());
        properties = properties.set_column_statistics_enabled(column, EnabledStatistics::None);
    }
    for name in distinct {
        properties = properties.set_column_dictionary_enabled(ColumnPath::from(*name), false);
    }
    properties.build()
}

/// A file that knows the checksum of what was written to it.
struct Checked {
    file: File,
    crc: crc32fast::Hasher,
}

impl Write for Checked {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.crc.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.file.flush()
    }
}

/// The checksum of what was written since this was last asked for.
fn crc_so_far(writer: &mut SerializedFileWriter<Checked>) -> std::io::Result<u32> {
    writer.flush()?;
    let crc = writer.inner().crc.clone().finalize();
    writer.inner_mut().crc.reset();
    Ok(crc)
}

/// Copies the row groups of a part as they are.
fn copy(writer: &mut SerializedFileWriter<Checked>, from: &PartedFile, part: &FilePart) -> parquet::errors::Result<()> {
    for index in part.groups.clone() {
        let same = from.metadata.metadata().row_group(index);
        let mut group = writer.next_row_group()?;
        for chunk in same.columns() {
            let close = ColumnCloseResult {
                bytes_written: chunk.compressed_size() as u64,
                rows_written: same.num_rows() as u64,
                metadata: chunk.clone(),
                bloom_filter: None,
                column_index: None,
                offset_index: None,
            };
            group.append_column(&from.file, close)?;
        }
        group.close()?;
    }
    Ok(())
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
