//! Tables as Arrow IPC streams that Spark reads, and its answers as tables of the types that were asked for.

use std::io::Cursor;
use std::sync::Arc;

use arrow::array::{AsArray, BooleanArray, RecordBatch};
use arrow::compute::{CastOptions, cast, cast_with_options, filter_record_batch};
use arrow::datatypes::{DataType, Field, Int32Type, Schema, SchemaRef};
use arrow::error::ArrowError;
use arrow_ipc::reader::StreamReader;
use arrow_ipc::writer::StreamWriter;
use bytes::Bytes;

use crate::engine::frame::Frame;

/// The most bytes of rows in one message. Servers take 128 MiB, unless they are told otherwise.
const MESSAGE: usize = 16 << 20;

/// A table in the types that Spark has: no unsigned numbers, and text that is not in views.
pub(super) fn for_spark(frame: &Frame) -> Result<Frame, ArrowError> {
    let fields = frame.schema().fields().iter();
    let fields = fields.map(|f| f.as_ref().clone().with_data_type(type_for_spark(f.data_type())).with_nullable(true));
    let schema = Arc::new(Schema::new(fields.collect::<Vec<Field>>()));
    let batches = frame.batches().iter().map(|batch| in_types(batch, &schema)).collect::<Result<_, _>>()?;
    Ok(Frame::new(schema, batches))
}

fn type_for_spark(kind: &DataType) -> DataType {
    match kind {
        DataType::UInt32 | DataType::UInt64 => DataType::Int64,
        DataType::Utf8View => DataType::Utf8,
        same => same.clone(),
    }
}

/// A table as streams, each small enough for a message; one at least.
pub(super) fn streams(frame: &Frame) -> Result<Vec<Vec<u8>>, ArrowError> {
    let mut streams = Vec::new();
    for batch in frame.batches().iter().filter(|batch| batch.num_rows() > 0) {
        let whole = stream(frame.schema(), batch)?;
        if whole.len() <= MESSAGE {
            streams.push(whole);
            continue;
        }
        let parts = whole.len().div_ceil(MESSAGE);
        drop(whole);
        let rows = batch.num_rows().div_ceil(parts);
        for first in (0..batch.num_rows()).step_by(rows) {
            let part = batch.slice(first, rows.min(batch.num_rows() - first));
            streams.push(stream(frame.schema(), &part)?);
        }
    }
    if streams.is_empty() {
        // Sail takes the columns from the first batch, so that there must be one.
        streams.push(stream(frame.schema(), &RecordBatch::new_empty(frame.schema().clone()))?);
    }
    Ok(streams)
}

fn stream(schema: &SchemaRef, batch: &RecordBatch) -> Result<Vec<u8>, ArrowError> {
    let mut bytes = Vec::new();
    let mut writer = StreamWriter::try_new(&mut bytes, schema)?;
    writer.write(batch)?;
    writer.finish()?;
    drop(writer);
    Ok(bytes)
}

/// The rows of an answer, in the columns and types given.
///
/// # Errors
/// The answer has other columns, or a value that is none of its type.
pub(super) fn answer(streams: &[Bytes], wanted: &SchemaRef) -> Result<Frame, ArrowError> {
    let mut batches = Vec::new();
    for stream in streams {
        for batch in StreamReader::try_new(Cursor::new(stream), None)? {
            let batch = batch?;
            if batch.num_rows() > 0 {
                batches.push(in_types(&batch, wanted)?);
            }
        }
    }
    Ok(Frame::new(wanted.clone(), batches))
}

/// The rows of an answer to many queries, of which a column says which each row is of: each in the columns and types given.
///
/// # Errors
/// As of [`answer`], in any of them.
pub(super) fn answers(streams: &[Bytes], wanted: &[&SchemaRef], of_query: &str) -> Result<Vec<Frame>, ArrowError> {
    let mut batches: Vec<Vec<RecordBatch>> = vec![Vec::new(); wanted.len()];
    for stream in streams {
        for batch in StreamReader::try_new(Cursor::new(stream), None)? {
            let batch = batch?;
            let missing = || ArrowError::SchemaError(format!("no column {of_query}"));
            let numbers = cast(batch.column_by_name(of_query).ok_or_else(missing)?, &DataType::Int32)?;
            let numbers = numbers.as_primitive::<Int32Type>();
            for ((number, schema), batches) in (0..).zip(wanted).zip(&mut batches) {
                let own: BooleanArray = numbers.iter().map(|n| Some(n == Some(number))).collect();
                if own.true_count() == 0 {
                    continue;
                }
                let columns = schema.fields().iter().map(|f| batch.schema().index_of(f.name()));
                let rows = batch.project(&columns.collect::<Result<Vec<_>, _>>()?)?;
                batches.push(in_types(&filter_record_batch(&rows, &own)?, schema)?);
            }
        }
    }
    Ok(batches.into_iter().zip(wanted).map(|(batches, schema)| Frame::new((*schema).clone(), batches)).collect())
}

/// A batch in the types of a schema that names the same columns.
fn in_types(batch: &RecordBatch, wanted: &SchemaRef) -> Result<RecordBatch, ArrowError> {
    let has = batch.schema();
    let same = |(a, b): (&Arc<Field>, &Arc<Field>)| a.name() == b.name();
    if has.fields().len() != wanted.fields().len() || !has.fields().iter().zip(wanted.fields()).all(same) {
        return Err(ArrowError::SchemaError(format!("the columns {has} came instead of {wanted}")));
    }
    // A number that does not fit must not become an empty one.
    let strict = CastOptions { safe: false, ..CastOptions::default() };
    let columns = batch.columns().iter().zip(wanted.fields());
    let columns = columns.map(|(column, field)| cast_with_options(column, field.data_type(), &strict));
    RecordBatch::try_new(wanted.clone(), columns.collect::<Result<_, _>>()?)
}
