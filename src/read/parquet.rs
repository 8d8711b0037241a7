//! Parquet files: values of any supported type are turned into text.

use std::fmt::Write as _;

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::compute::cast;
use arrow::datatypes::{
    DataType, Date32Type, Date64Type, Decimal128Type, Decimal256Type, Float16Type, Float32Type, Float64Type, Int8Type,
    Int16Type, Int32Type, Int64Type, TimeUnit, TimestampMicrosecondType, TimestampMillisecondType,
    TimestampNanosecondType, TimestampSecondType, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};
use parquet::basic::Compression;
use parquet::file::reader::ChunkReader;

use super::batch::TextBatch;
use super::content::SeekableBytes;
use super::guard::guarded;
use super::line::LONGEST_RECORD;
use super::line::TextLine;
use super::nearest::closest;
use super::recognise::{self, Recognised};
use super::session::{FileReading, Item};
use super::sheet::{SheetOutcome, column_findings};
use super::sink::SourceColumn;
use super::titles::called;
use super::value::{date_text, date_time_text, number_text};
use crate::diag::{Code, Detail, Severity};
use crate::error::Result;
use crate::schema::{FieldType, zone};

/// Reads a Parquet file.
pub(super) fn read(session: &mut FileReading<'_, '_>, item: &Item, whole: SeekableBytes) -> Result<()> {
    match whole {
        SeekableBytes::File(file) => read_chunks(session, item, file.clone(), file),
        SeekableBytes::Memory(bytes) => read_chunks(session, item, bytes.clone(), bytes),
    }
}

/// Reads the rows. `again` opens the same file a second time, because dates are examined before rows are read.
fn read_chunks<R: ChunkReader + 'static>(
    session: &mut FileReading<'_, '_>,
    item: &Item,
    chunks: R,
    again: R,
) -> Result<()> {
    let Ok(Ok(builder)) = guarded(|| ParquetRecordBatchReaderBuilder::try_new(chunks)) else {
        return damaged(session, item);
    };
    if let Some(codec) = unread_codec(&builder) {
        return session.refuse(item, "", Code::DamagedParquet, Severity::Error, Detail::Codec(codec.to_owned()));
    }
    let schema = builder.schema().clone();
    let mut names = TextLine::default();
    names.start(1);
    schema.fields().iter().for_each(|field| names.push(field.name()));
    let header = match recognise::of_names(session.vocabulary, session.source, &names) {
        Recognised::Header(header) => header,
        Recognised::WrongSource(index) => {
            return session.judge(item, "", SheetOutcome::WrongSource(index), Severity::Error);
        }
        Recognised::Nothing(near) => {
            let near = closest(near, session.vocabulary, session.source, std::slice::from_ref(&names));
            return session.judge(item, "", SheetOutcome::NoHeader(near), Severity::Error);
        }
    };
    let table = session.vocabulary.tables[header.table].table;
    let roots: Vec<usize> = header.columns.iter().map(|(column, _)| *column).collect();
    let zoneless: Vec<usize> = (0..roots.len())
        .filter(|index| {
            let (column, field) = header.columns[*index];
            table.fields[field].ty == FieldType::Date
                && matches!(schema.field(column).data_type(), DataType::Timestamp(_, None))
        })
        .collect();
    let Some(shifted) = shifted(again, &zoneless, &roots) else {
        return damaged(session, item);
    };
    let mask = ProjectionMask::roots(builder.parquet_schema(), roots.iter().copied());
    let Ok(Ok(mut reader)) = guarded(|| builder.with_projection(mask).with_batch_size(16_384).build()) else {
        return damaged(session, item);
    };
    let place = item.place("", 0);
    session.report.findings.extend(column_findings(&place, table, &header));
    for index in &shifted {
        let column = called(&table.fields[header.columns[*index].1], header.by_name);
        session.warn(item, "", Code::ShiftedDates, Detail::Column(column));
    }
    session.sink.begin(place.head(table, header.columns.iter().map(|(_, field)| *field).collect()))?;
    let shown = header.columns.iter().enumerate().map(|(at, (column, field))| SourceColumn {
        at,
        label: schema.field(*column).name().clone(),
        field: Some(*field),
    });
    session.sink.columns(shown.collect());
    hand_on(session, item, header.columns.len(), || next_columns(&mut reader, &shifted))
}

/// Hands all rows on to the sink.
fn hand_on(
    session: &mut FileReading<'_, '_>,
    item: &Item,
    columns: usize,
    mut next: impl FnMut() -> Next,
) -> Result<()> {
    let sources: Vec<Option<usize>> = (0..columns).map(Some).collect();
    let mut batch = TextBatch::new(sources.len());
    let mut line = TextLine::default();
    let mut number = 0u32;
    loop {
        let columns = match next() {
            Next::Columns(columns) => columns,
            Next::End => break,
            Next::Damaged => {
                session.sink.abandon();
                return damaged(session, item);
            }
        };
        for row in 0..columns.first().map_or(0, |c| c.len()) {
            number = number.saturating_add(1);
            line.start(number);
            for (index, column) in columns.iter().enumerate() {
                if column.is_valid(row) {
                    line.place(index, column.as_string::<i32>().value(row));
                }
            }
            if line.bytes() > LONGEST_RECORD {
                session.sink.abandon();
                let detail = Detail::Records { numbers: vec![number], more: 0 };
                return session.refuse(item, "", Code::LineTooLong, Severity::Error, detail);
            }
            session.sink.line(&line);
            batch.push(&line, &sources);
            if batch.is_full() {
                session.sink.rows(batch.take())?;
            }
        }
    }
    if !batch.is_empty() {
        session.sink.rows(batch.take())?;
    }
    session.sink.end(0)
}

fn damaged(session: &mut FileReading<'_, '_>, item: &Item) -> Result<()> {
    session.refuse(item, "", Code::DamagedParquet, Severity::Error, Detail::None)
}

enum Next {
    Columns(Vec<ArrayRef>),
    End,
    Damaged,
}

/// The name of an unsupported compression that a column uses; `None` if all are supported.
fn unread_codec<R: ChunkReader + 'static>(builder: &ParquetRecordBatchReaderBuilder<R>) -> Option<&'static str> {
    let groups = builder.metadata().row_groups().iter();
    let mut codecs = groups.flat_map(|group| group.columns()).map(|column| column.compression());
    codecs.any(|codec| codec == Compression::LZO).then_some("lzo")
}

/// Finds the date columns without a time zone that hold only midnights of China converted to UTC. `zoneless` are the
/// candidates, as positions in `roots`. `None` if the columns cannot be read.
fn shifted<R: ChunkReader + 'static>(chunks: R, zoneless: &[usize], roots: &[usize]) -> Option<Vec<usize>> {
    if zoneless.is_empty() {
        return Some(Vec::new());
    }
    let read = guarded(|| {
        let builder = ParquetRecordBatchReaderBuilder::try_new(chunks).ok()?;
        let mask = ProjectionMask::roots(builder.parquet_schema(), zoneless.iter().map(|index| roots[*index]));
        let mut seen = vec![(false, true); zoneless.len()];
        for batch in builder.with_projection(mask).with_batch_size(16_384).build().ok()? {
            for (column, (any, all)) in batch.ok()?.columns().iter().zip(&mut seen) {
                let DataType::Timestamp(unit, _) = column.data_type() else { return None };
                for row in (0..column.len()).filter(|row| column.is_valid(*row)) {
                    *any = true;
                    *all &= is_moved_midnight(stamp_seconds(column, *unit, row));
                }
            }
        }
        let of = |((any, all), index): ((bool, bool), &usize)| (any && all).then_some(*index);
        Some(seen.into_iter().zip(zoneless).filter_map(of).collect())
    });
    read.ok().flatten()
}

/// Midnight in China is 16:00 UTC of the day before; it was 15:00 during summer time, and 15:54:17 before 1901.
fn is_moved_midnight(seconds: i64) -> bool {
    /// 1901-01-01, when China Standard Time began, in seconds since 1970.
    const STANDARD: i64 = -2_177_452_800;
    match seconds.rem_euclid(86_400) {
        54_000 | 57_600 => true,
        57_257 => seconds < STANDARD,
        _ => false,
    }
}

/// The next batch of columns as text. The dates of columns in `shifted` are moved to the next day.
fn next_columns(reader: &mut ParquetRecordBatchReader, shifted: &[usize]) -> Next {
    let next = guarded(|| match reader.next() {
        None => Next::End,
        Some(Ok(batch)) => {
            let text = |(index, column)| match shifted.contains(&index) {
                true => next_day_column(column),
                false => text_column(column),
            };
            let columns = batch.columns().iter().enumerate().map(text).collect::<Option<Vec<_>>>();
            columns.map_or(Next::Damaged, Next::Columns)
        }
        Some(Err(_)) => Next::Damaged,
    });
    next.unwrap_or(Next::Damaged)
}

/// A column of time stamps with each moved to the following day.
fn next_day_column(column: &ArrayRef) -> Option<ArrayRef> {
    let DataType::Timestamp(unit, _) = column.data_type() else { return None };
    let day = |row| stamp_seconds(column, *unit, row).div_euclid(86_400) + 1;
    let text = |row| date_time_text(day(row).saturating_mul(86_400)).unwrap_or_else(|| day(row).to_string());
    let texts = (0..column.len()).map(|row| column.is_valid(row).then(|| text(row)));
    Some(std::sync::Arc::new(texts.collect::<arrow::array::StringArray>()))
}

/// The value of a time stamp in seconds since 1970-01-01.
fn stamp_seconds(column: &ArrayRef, unit: TimeUnit, row: usize) -> i64 {
    match unit {
        TimeUnit::Second => column.as_primitive::<TimestampSecondType>().value(row),
        TimeUnit::Millisecond => column.as_primitive::<TimestampMillisecondType>().value(row).div_euclid(1_000),
        TimeUnit::Microsecond => column.as_primitive::<TimestampMicrosecondType>().value(row).div_euclid(1_000_000),
        TimeUnit::Nanosecond => column.as_primitive::<TimestampNanosecondType>().value(row).div_euclid(1_000_000_000),
    }
}

/// A column as Utf8; `None` for a type that no cell can have.
fn text_column(column: &ArrayRef) -> Option<ArrayRef> {
    if column.data_type() == &DataType::Utf8 {
        return Some(column.clone());
    }
    if let DataType::Dictionary(_, values) = column.data_type() {
        return text_column(&cast(column, values).ok()?);
    }
    let mut builder = arrow::array::StringBuilder::new();
    let mut cell = String::new();
    for row in 0..column.len() {
        cell.clear();
        if write_value(column, row, &mut cell) {
            builder.append_value(&cell);
        } else {
            builder.append_null();
        }
    }
    Some(std::sync::Arc::new(builder.finish()))
}

/// Writes one value; returns false for null.
fn write_value(column: &ArrayRef, row: usize, out: &mut String) -> bool {
    if !column.is_valid(row) {
        return false;
    }
    macro_rules! whole {
        ($type:ty) => {{
            let _ = write!(out, "{}", column.as_primitive::<$type>().value(row));
        }};
    }
    let mut push = |text: String| out.push_str(&text);
    match column.data_type() {
        DataType::Null => return false,
        DataType::Utf8 => out.push_str(column.as_string::<i32>().value(row)),
        DataType::LargeUtf8 => out.push_str(column.as_string::<i64>().value(row)),
        DataType::Utf8View => out.push_str(column.as_string_view().value(row)),
        // Text that the writer did not mark as text.
        DataType::Binary => out.push_str(&String::from_utf8_lossy(column.as_binary::<i32>().value(row))),
        DataType::LargeBinary => out.push_str(&String::from_utf8_lossy(column.as_binary::<i64>().value(row))),
        DataType::BinaryView => out.push_str(&String::from_utf8_lossy(column.as_binary_view().value(row))),
        DataType::FixedSizeBinary(_) => {
            out.push_str(&String::from_utf8_lossy(column.as_fixed_size_binary().value(row)));
        }
        DataType::Boolean => out.push_str(if column.as_boolean().value(row) { "true" } else { "false" }),
        DataType::Int8 => whole!(Int8Type),
        DataType::Int16 => whole!(Int16Type),
        DataType::Int32 => whole!(Int32Type),
        DataType::Int64 => whole!(Int64Type),
        DataType::UInt8 => whole!(UInt8Type),
        DataType::UInt16 => whole!(UInt16Type),
        DataType::UInt32 => whole!(UInt32Type),
        DataType::UInt64 => whole!(UInt64Type),
        DataType::Float16 => push(number_text(column.as_primitive::<Float16Type>().value(row).to_f64())),
        // Written as a 32-bit float: converted to 64 bits first, `0.1` would become `0.10000000149`.
        DataType::Float32 => {
            let number = column.as_primitive::<Float32Type>().value(row);
            match number.to_string().parse() {
                Ok(number) => push(number_text(number)),
                Err(_) => push(number.to_string()),
            }
        }
        DataType::Float64 => {
            let number = column.as_primitive::<Float64Type>().value(row);
            if number.is_nan() {
                return false;
            }
            push(number_text(number));
        }
        DataType::Decimal128(_, _) => {
            push(plain_decimal(&column.as_primitive::<Decimal128Type>().value_as_string(row)));
        }
        DataType::Decimal256(_, _) => {
            push(plain_decimal(&column.as_primitive::<Decimal256Type>().value_as_string(row)));
        }
        DataType::Date32 => {
            let day = column.as_primitive::<Date32Type>().value(row);
            push(date_text(day).unwrap_or_else(|| day.to_string()));
        }
        DataType::Date64 => {
            push(stamp(column.as_primitive::<Date64Type>().value(row).div_euclid(1000), false));
        }
        DataType::Timestamp(unit, zone) => {
            push(stamp(stamp_seconds(column, *unit, row), zone.is_some()));
        }
        DataType::List(_) => return write_list(&column.as_list::<i32>().value(row), out),
        DataType::LargeList(_) => return write_list(&column.as_list::<i64>().value(row), out),
        DataType::FixedSizeList(_, _) => return write_list(&column.as_fixed_size_list().value(row), out),
        DataType::Dictionary(_, values) => match cast(&column.slice(row, 1), values) {
            Ok(value) => return write_value(&value, 0, out),
            Err(_) => return false,
        },
        _ => match cast(&column.slice(row, 1), &DataType::Utf8) {
            Ok(value) => return write_value(&value, 0, out),
            Err(_) => return false,
        },
    }
    true
}

fn write_list(items: &ArrayRef, out: &mut String) -> bool {
    let mut first = true;
    for row in 0..items.len() {
        let before = out.len();
        if !first {
            out.push('|');
        }
        if write_value(items, row, out) {
            first = false;
        } else {
            out.truncate(before);
        }
    }
    true
}

fn stamp(seconds: i64, is_instant: bool) -> String {
    let local = if is_instant { zone::civil_seconds(seconds) } else { seconds };
    date_time_text(local).unwrap_or_else(|| seconds.to_string())
}

/// A decimal without trailing zeros after the point.
fn plain_decimal(text: &str) -> String {
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text.to_owned() }
}
