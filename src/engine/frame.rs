//! Rows in memory as Arrow record batches, and their columns as plain values.

use std::collections::BTreeMap;
use std::hash::{BuildHasher, Hash};
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, Int64Array, RecordBatch};
use arrow::compute::{cast, filter_record_batch};
use arrow::datatypes::{DataType, Field, Float64Type, Int64Type, Schema, SchemaRef};
use arrow::error::ArrowError;

use crate::error::{Error, Result};
use crate::schema::day;

/// A table in memory: record batches that share a schema. Text is in views, and every column may hold nulls.
#[derive(Clone, Debug)]
pub struct Frame {
    schema: SchemaRef,
    batches: Vec<RecordBatch>,
}

impl Frame {
    /// Batches of this schema, one after the other.
    pub fn new(schema: SchemaRef, batches: Vec<RecordBatch>) -> Frame {
        Frame { schema, batches }
    }

    /// Columns of one length, by name.
    ///
    /// # Errors
    /// `Bug` when the lengths differ.
    pub fn of_columns(columns: Vec<(String, ArrayRef)>) -> Result<Frame> {
        let field = |(name, column): &(String, ArrayRef)| Field::new(name, column.data_type().clone(), true);
        let schema = Arc::new(Schema::new(columns.iter().map(field).collect::<Vec<_>>()));
        let arrays = columns.into_iter().map(|(_, column)| column).collect();
        let batch = RecordBatch::try_new(schema.clone(), arrays).map_err(wrong)?;
        Ok(Frame { schema, batches: vec![batch] })
    }

    pub fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    pub fn batches(&self) -> &[RecordBatch] {
        &self.batches
    }

    pub fn rows(&self) -> usize {
        self.batches.iter().map(RecordBatch::num_rows).sum()
    }

    pub fn column_names(&self) -> Vec<String> {
        self.schema.fields().iter().map(|f| f.name().clone()).collect()
    }

    /// A column, batch by batch.
    ///
    /// # Errors
    /// `Bug` when there is no such column.
    pub fn column(&self, name: &str) -> Result<impl Iterator<Item = &ArrayRef>> {
        let index = self.schema.index_of(name).map_err(wrong)?;
        Ok(self.batches.iter().map(move |batch| batch.column(index)))
    }

    /// Values of an integer (or boolean) column.
    ///
    /// # Errors
    /// `Bug` when there is no such column or it holds no numbers.
    pub fn ints(&self, column: &str) -> Result<Vec<Option<i64>>> {
        let mut values = Vec::with_capacity(self.rows());
        for chunk in self.column(column)? {
            values.extend(&whole_numbers(chunk)?);
        }
        Ok(values)
    }

    /// Values of a text column.
    ///
    /// # Errors
    /// `Bug` when there is no such column or it holds no text.
    pub fn strings(&self, column: &str) -> Result<Vec<Option<String>>> {
        let mut values = Vec::with_capacity(self.rows());
        for chunk in self.column(column)? {
            let texts = cast(chunk, &DataType::Utf8View).map_err(wrong)?;
            values.extend(texts.as_string_view().iter().map(|v| v.map(str::to_owned)));
        }
        Ok(values)
    }

    /// Whether a column is there and holds whole numbers.
    pub fn holds_integers(&self, column: &str) -> bool {
        self.schema.field_with_name(column).is_ok_and(|f| f.data_type().is_integer())
    }

    /// The same table with a column of 64-bit numbers, one a row.
    ///
    /// # Errors
    /// `Bug` when the lengths differ.
    pub fn with_ids(self, name: &str, ids: &[i64]) -> Result<Frame> {
        let fields = self.schema.fields().iter().cloned();
        let fields = fields.chain([Arc::new(Field::new(name, DataType::Int64, true))]);
        let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
        let mut rest = ids;
        let mut batches = Vec::with_capacity(self.batches.len());
        for batch in &self.batches {
            let Some((here, after)) = rest.split_at_checked(batch.num_rows()) else {
                return Err(Error::bug(format!("{} numbers for {} rows", ids.len(), self.rows())));
            };
            let mut columns = batch.columns().to_vec();
            columns.push(Arc::new(Int64Array::from(here.to_vec())));
            batches.push(RecordBatch::try_new(schema.clone(), columns).map_err(wrong)?);
            rest = after;
        }
        if !rest.is_empty() {
            return Err(Error::bug(format!("{} numbers for {} rows", ids.len(), self.rows())));
        }
        Ok(Frame { schema, batches })
    }

    /// The columns that `keep` names, in their order.
    pub fn selected(&self, keep: impl Fn(&str) -> bool) -> Result<Frame> {
        let kept: Vec<usize> = (0..self.schema.fields().len()).filter(|i| keep(self.schema.field(*i).name())).collect();
        let batches = self.batches.iter().map(|batch| batch.project(&kept)).collect::<std::result::Result<_, _>>();
        Ok(Frame { schema: Arc::new(self.schema.project(&kept).map_err(wrong)?), batches: batches.map_err(wrong)? })
    }

    /// The rows of all, one after the other.
    ///
    /// # Errors
    /// `Bug` when their columns differ, or there is none.
    pub fn stacked(frames: impl IntoIterator<Item = Frame>) -> Result<Frame> {
        let mut frames = frames.into_iter();
        let mut all = frames.next().ok_or_else(|| Error::bug("no tables to stack"))?;
        for frame in frames {
            if frame.schema.fields() != all.schema.fields() {
                let (one, other) = (&all.schema, &frame.schema);
                return Err(Error::bug(format!("tables with other columns are stacked: {one}, {other}")));
            }
            all.batches.extend(frame.batches);
        }
        Ok(all)
    }

    /// The rows that are marked.
    pub fn filtered(&self, marked: &[bool]) -> Result<Frame> {
        let mut rest = marked;
        let mut batches = Vec::with_capacity(self.batches.len());
        for batch in &self.batches {
            let Some((here, after)) = rest.split_at_checked(batch.num_rows()) else {
                return Err(Error::bug(format!("{} marks for {} rows", marked.len(), self.rows())));
            };
            batches.push(filter_record_batch(batch, &BooleanArray::from(here.to_vec())).map_err(wrong)?);
            rest = after;
        }
        Ok(Frame { schema: self.schema.clone(), batches })
    }

    /// A digest of the rows, whatever their order: by month of a day column (months from year 0), or
    /// under month 0 where there is none. Equal rows on two nights give equal digests.
    ///
    /// # Errors
    /// `Bug` when a column is of a type that tables here do not have.
    pub fn digest(&self, day_column: Option<&str>) -> Result<BTreeMap<i32, [u64; 3]>> {
        let rows = self.row_hashes()?;
        let months = match day_column {
            None => vec![Some(0); rows.len()],
            Some(name) => self.ints(name)?.into_iter().map(|d| d.map(|d| day::month_index(d as i32))).collect(),
        };
        let mut digest: BTreeMap<i32, [u64; 3]> = BTreeMap::new();
        for (row, month) in rows.into_iter().zip(months) {
            let sums = digest.entry(month.unwrap_or(0)).or_default();
            sums[0] = sums[0].wrapping_add(row);
            sums[1] = sums[1].wrapping_add(row.wrapping_mul(row));
            sums[2] += 1;
        }
        Ok(digest)
    }

    /// A hash of each row over all its columns.
    pub(super) fn row_hashes(&self) -> Result<Vec<u64>> {
        let mut hashes = Vec::with_capacity(self.rows());
        for batch in &self.batches {
            let mut rows = vec![0_u64; batch.num_rows()];
            for column in batch.columns() {
                mix(column, &mut rows)?;
            }
            hashes.extend(rows);
        }
        Ok(hashes)
    }
}

/// Adds a column's values to the hash of each row.
fn mix(column: &ArrayRef, rows: &mut [u64]) -> Result<()> {
    const SEED: u64 = 0x005e_ed0f_0ca5;
    let state = foldhash::quality::FixedState::with_seed(SEED);
    fn each<T: Hash>(state: &foldhash::quality::FixedState, rows: &mut [u64], values: impl Iterator<Item = Option<T>>) {
        for (row, value) in rows.iter_mut().zip(values) {
            *row = row.rotate_left(23) ^ state.hash_one((*row, value));
        }
    }
    match column.data_type() {
        DataType::Utf8View => each(&state, rows, column.as_string_view().iter()),
        DataType::Boolean => each(&state, rows, column.as_boolean().iter()),
        DataType::Float64 => {
            each(&state, rows, column.as_primitive::<Float64Type>().iter().map(|v| v.map(f64::to_bits)))
        }
        _ => each(&state, rows, whole_numbers(column)?.iter()),
    }
    Ok(())
}

/// A column of numbers of any width, or of truth values; fractions are cut off.
fn whole_numbers(column: &ArrayRef) -> Result<Int64Array> {
    if let Some(numbers) = column.as_primitive_opt::<Int64Type>() {
        return Ok(numbers.clone());
    }
    let kind = column.data_type();
    if !kind.is_numeric() && !matches!(kind, DataType::Boolean | DataType::Null) {
        return Err(Error::bug(format!("a column of type {kind} holds no numbers")));
    }
    Ok(cast(column, &DataType::Int64).map_err(wrong)?.as_primitive::<Int64Type>().clone())
}

pub(super) fn wrong(e: ArrowError) -> Error {
    Error::bug(format!("a result cannot be read: {e}"))
}
