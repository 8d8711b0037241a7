//! Writes Parquet and JSON lines: records with typed values under the names of the fields.

use std::fs::File;
use std::io::Write;
use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, Date32Array, Float64Array, Int64Array, StringArray};
use arrow::datatypes::{DataType, Field as ArrowField, Schema};
use arrow::record_batch::RecordBatch;
use parquet::arrow::ArrowWriter;
use parquet::basic::Compression;
use parquet::errors::{ParquetError, Result};
use parquet::file::properties::WriterProperties;

use crate::schema::{FieldType, Table, day};

const BATCH: usize = 16_384;

fn arrow_type(ty: FieldType) -> DataType {
    match ty {
        FieldType::Date => DataType::Date32,
        FieldType::Integer => DataType::Int64,
        FieldType::Number => DataType::Float64,
        FieldType::Boolean => DataType::Boolean,
        FieldType::String | FieldType::Code | FieldType::Codes | FieldType::Datetime => DataType::Utf8,
    }
}

fn column(ty: FieldType, values: &[String]) -> ArrayRef {
    let given = values.iter().map(|v| (!v.is_empty()).then_some(v.as_str()));
    match ty {
        FieldType::Date => Arc::new(given.map(|v| v.and_then(day::parse_iso)).collect::<Date32Array>()),
        FieldType::Integer => Arc::new(given.map(|v| v.and_then(|v| v.parse().ok())).collect::<Int64Array>()),
        FieldType::Number => Arc::new(given.map(|v| v.and_then(|v| v.parse().ok())).collect::<Float64Array>()),
        FieldType::Boolean => Arc::new(given.map(|v| v.map(|v| v == "true")).collect::<BooleanArray>()),
        _ => Arc::new(given.collect::<StringArray>()),
    }
}

/// Writes records of a dataset one by one, without holding the file in memory.
pub struct ParquetStream {
    fields: Vec<FieldType>,
    schema: Arc<Schema>,
    columns: Vec<Vec<String>>,
    writer: ArrowWriter<File>,
}

impl ParquetStream {
    /// `columns` are indexes of the table's fields. With `text` every column is a string; tables with partial dates
    /// need that, because a partial date becomes null in a date column.
    pub fn new(file: File, table: &Table, columns: &[usize], text: bool) -> Result<Self> {
        let fields: Vec<FieldType> =
            columns.iter().map(|c| if text { FieldType::String } else { table.fields[*c].ty }).collect();
        let schema = Arc::new(Schema::new(
            columns
                .iter()
                .zip(&fields)
                .map(|(c, ty)| ArrowField::new(table.fields[*c].name.clone(), arrow_type(*ty), true))
                .collect::<Vec<_>>(),
        ));
        let properties = WriterProperties::builder()
            .set_compression(Compression::SNAPPY)
            .set_created_by("xinhui synth".to_owned())
            .set_max_row_group_row_count(Some(BATCH * 8))
            .build();
        let writer = ArrowWriter::try_new(file, Arc::clone(&schema), Some(properties))?;
        Ok(ParquetStream { columns: vec![Vec::new(); fields.len()], fields, schema, writer })
    }

    pub fn row(&mut self, values: impl Iterator<Item = String>) -> Result<()> {
        for (column, value) in self.columns.iter_mut().zip(values) {
            column.push(value);
        }
        if self.columns.first().is_some_and(|c| c.len() >= BATCH) { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> Result<()> {
        let arrays: Vec<ArrayRef> = self.fields.iter().zip(&self.columns).map(|(ty, c)| column(*ty, c)).collect();
        let batch = RecordBatch::try_new(Arc::clone(&self.schema), arrays)
            .map_err(|e| ParquetError::ArrowError(e.to_string()))?;
        self.columns.iter_mut().for_each(Vec::clear);
        self.writer.write(&batch)
    }

    pub fn finish(mut self) -> Result<()> {
        self.flush()?;
        self.writer.close().map(|_| ())
    }
}

/// Writes a record as a line of JSON; values that are not given are left out.
pub fn json_line<'v>(
    out: &mut impl Write,
    table: &Table,
    values: impl Iterator<Item = (usize, &'v str)>,
) -> std::io::Result<()> {
    let mut object = serde_json::Map::new();
    for (field, value) in values.filter(|(_, v)| !v.is_empty()) {
        let field = &table.fields[field];
        let typed = match field.ty {
            FieldType::Boolean if matches!(value, "true" | "false") => serde_json::Value::Bool(value == "true"),
            FieldType::Integer | FieldType::Number => {
                serde_json::from_str(value).unwrap_or_else(|_| serde_json::Value::String(value.to_owned()))
            }
            _ => serde_json::Value::String(value.to_owned()),
        };
        object.insert(field.name.clone(), typed);
    }
    serde_json::to_writer(&mut *out, &object)?;
    out.write_all(b"\n")
}
