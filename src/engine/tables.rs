//! Accepted rows and reference values as tables.

use std::collections::BTreeMap;
use std::fs::File;
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, Int32Array, Int64Array, RecordBatch, StringViewArray, StringViewBuilder, new_empty_array,
};
use arrow::compute::take;
use arrow::datatypes::{DataType, Field, Schema};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder};

use super::Frame;
use crate::error::{Error, Result};
use crate::schema::layout::{column_name, column_type, is_plain};
use crate::schema::{FieldType, Table, day};

/// A person by its index in the night's link. It takes four bytes, and so does an `Option` of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(transparent)]
pub struct PersonIndex(NonZeroU32);

impl PersonIndex {
    /// # Panics
    /// When the index is 2^32 - 1 or more.
    pub fn new(index: usize) -> Self {
        let next = u32::try_from(index).ok().and_then(|index| NonZeroU32::MIN.checked_add(index));
        PersonIndex(next.expect("fewer than 2^32 - 1 persons"))
    }

    pub fn index(self) -> usize {
        self.0.get() as usize - 1
    }
}

/// Accepted rows of one county, with the person of each row.
#[derive(Clone, Debug)]
pub struct PartitionFile {
    pub county: String,
    pub path: PathBuf,
    /// Person of each row in the file's order; empty for tables without persons.
    pub persons: Vec<Option<PersonIndex>>,
    /// Person that each row names as related.
    pub related: Vec<Option<PersonIndex>>,
    pub renamed: Renamed,
}

/// Values of a text column that are to be others in memory than in the file.
#[derive(Clone, Debug, Default)]
pub struct Renamed {
    pub column: String,
    /// By row, in the file's order.
    pub values: BTreeMap<usize, String>,
}

/// All accepted rows of a dataset.
#[derive(Clone, Debug, Default)]
pub struct DatasetFiles {
    pub partitions: Vec<PartitionFile>,
}

/// A multi-valued field as a table of its own.
pub struct ChildTable {
    pub name: String,
    pub frame: Frame,
}

/// The type of a column of accepted rows in memory.
fn memory_type(field: &crate::schema::Field) -> DataType {
    match column_type(field) {
        DataType::Utf8 => DataType::Utf8View,
        other => other,
    }
}

/// Whether rows of a table name another person than their own.
fn relates(table: &Table) -> bool {
    table.fields.iter().any(|f| f.identity() == Some("related_id_number"))
}

/// The columns of [`dataset`]: those of the file, then those that are added.
fn columns_of(table: &Table, wanted: &dyn Fn(&str) -> bool) -> (Vec<Field>, Vec<Field>) {
    let fields = table.fields.iter().filter(|f| is_plain(f) && wanted(&column_name(f)));
    let of_file = fields.map(|f| Field::new(column_name(f), memory_type(f), true)).collect();
    let mut added = vec![Field::new("_county", DataType::Utf8View, true)];
    if table.person_bearing {
        added.push(Field::new("person_key", DataType::Int64, true));
        if relates(table) {
            added.push(Field::new("related_key", DataType::Int64, true));
        }
    }
    (of_file, added)
}

/// The wanted columns of a dataset's accepted rows, with `_county`, and `person_key` and
/// `related_key` where the dataset bears persons; and its multi-valued fields as child tables.
///
/// Persons are numbers here: `ids` by the person's index in the night's link, the same from night to
/// night.
///
/// # Errors
/// `Bug` when a file of ours cannot be read.
pub fn dataset(
    table: &Table,
    wanted: &dyn Fn(&str) -> bool,
    files: &[&PartitionFile],
    ids: &[i64],
) -> Result<(Frame, Vec<ChildTable>)> {
    let (of_file, added) = columns_of(table, wanted);
    let schema = Arc::new(Schema::new(of_file.iter().chain(&added).cloned().collect::<Vec<_>>()));
    let mut batches = Vec::with_capacity(files.len());
    for p in files {
        let wrong = |e| Error::bug(format!("accepted rows of `{}` cannot be loaded: {e}", table.name));
        let (rows, mut columns) = read(p, &of_file).map_err(wrong)?;
        columns.push(repeated(&p.county, rows));
        for field in &added[1..] {
            let of_rows = if field.name() == "related_key" { &p.related } else { &p.persons };
            let number = |person: &Option<PersonIndex>| ids.get((*person)?.index()).copied();
            columns.push(Arc::new(of_rows.iter().map(number).collect::<Int64Array>()));
        }
        let batch = RecordBatch::try_new(schema.clone(), columns);
        batches.push(batch.map_err(|e| Error::bug(format!("accepted rows of `{}`: {e}", table.name)))?);
    }
    let all = Frame::new(schema, batches);
    let children = table.fields.iter().filter(|f| f.ty == FieldType::Codes && wanted(&f.name));
    let children = children.map(|f| child(table, &f.name, &all)).collect::<Result<_>>()?;
    Ok((all, children))
}

/// The number of rows of a file of accepted rows, and its columns.
fn read(
    of: &PartitionFile,
    fields: &[Field],
) -> std::result::Result<(usize, Vec<ArrayRef>), Box<dyn std::error::Error>> {
    let file = File::open(&of.path)?;
    let written = ArrowReaderMetadata::load(&file, ArrowReaderOptions::new())?;
    // Text is read into views: the reader then shares the pages of the file instead of copying each value.
    let views = |f: &Arc<Field>| match f.data_type() {
        DataType::Utf8 => f.as_ref().clone().with_data_type(DataType::Utf8View),
        _ => f.as_ref().clone(),
    };
    let schema = Arc::new(Schema::new(written.schema().fields().iter().map(views).collect::<Vec<_>>()));
    let metadata = ArrowReaderMetadata::load(&file, ArrowReaderOptions::new().with_schema(schema))?;
    let builder = ParquetRecordBatchReaderBuilder::new_with_metadata(file, metadata);
    let rows = usize::try_from(builder.metadata().file_metadata().num_rows())?;
    let mask = ProjectionMask::columns(builder.parquet_schema(), fields.iter().map(|f| f.name().as_str()));
    let mut reader = builder.with_projection(mask).with_batch_size(rows.max(1)).build()?;
    let Some(batch) = reader.next().transpose()? else {
        return Ok((0, fields.iter().map(|f| new_empty_array(f.data_type())).collect()));
    };
    let column = |f: &Field| {
        let column = batch.column_by_name(f.name()).ok_or_else(|| format!("there is no column `{}`", f.name()))?;
        let renamed = f.name() == &of.renamed.column && !of.renamed.values.is_empty();
        Ok(if renamed { rename(column, &of.renamed.values) } else { column.clone() })
    };
    Ok((rows, fields.iter().map(column).collect::<std::result::Result<_, Box<dyn std::error::Error>>>()?))
}

/// Puts other texts in the place of some rows' texts.
fn rename(column: &ArrayRef, values: &BTreeMap<usize, String>) -> ArrayRef {
    let texts = column.as_string_view().iter().enumerate();
    Arc::new(texts.map(|(row, text)| values.get(&row).map(String::as_str).or(text)).collect::<StringViewArray>())
}

/// The same text in each row.
fn repeated(text: &str, rows: usize) -> ArrayRef {
    let mut builder = StringViewBuilder::with_capacity(rows).with_deduplicate_strings();
    (0..rows).for_each(|_| builder.append_value(text));
    Arc::new(builder.finish())
}

/// The values of a multi-valued field, one a row, with the keys of the row they are of.
fn child(table: &Table, field: &str, all: &Frame) -> Result<ChildTable> {
    let names: Vec<&str> = std::iter::once("_county").chain(table.primary_key.iter().map(String::as_str)).collect();
    let mut batches = Vec::with_capacity(all.batches().len());
    let of = |name: &str| all.schema().field_with_name(name).cloned();
    let fields = names.iter().copied().chain([field]).map(of).collect::<std::result::Result<Vec<_>, _>>();
    let wrong = |e| Error::bug(format!("values of `{}_{field}`: {e}", table.name));
    let schema = Arc::new(Schema::new(fields.map_err(wrong)?));
    for batch in all.batches() {
        let lists = batch.column_by_name(field).expect("a column of the schema").as_string_view();
        let mut rows: Vec<u32> = Vec::with_capacity(lists.len());
        let mut values = StringViewBuilder::with_capacity(lists.len());
        for (row, list) in lists.iter().enumerate() {
            for value in list.into_iter().flat_map(|list| list.split('|')) {
                rows.push(row as u32);
                values.append_value(value);
            }
        }
        let rows = arrow::array::UInt32Array::from(rows);
        let keys = names
            .iter()
            .map(|name| take(batch.column_by_name(name).expect("a column of the schema"), &rows, None).map_err(wrong));
        let mut columns = keys.collect::<Result<Vec<_>>>()?;
        columns.push(Arc::new(values.finish()));
        batches.push(RecordBatch::try_new(schema.clone(), columns).map_err(wrong)?);
    }
    Ok(ChildTable { name: format!("{}_{field}", table.name), frame: Frame::new(schema, batches) })
}

/// A dataset without rows, in the shape of [`dataset`].
pub fn empty_dataset(table: &Table, wanted: &dyn Fn(&str) -> bool) -> Frame {
    let (of_file, added) = columns_of(table, wanted);
    Frame::new(Arc::new(Schema::new(of_file.into_iter().chain(added).collect::<Vec<_>>())), Vec::new())
}

/// A small table of text and integer columns, all of one length.
///
/// # Errors
/// `Bug` when the lengths differ.
pub fn strings_and_ints(
    strings: Vec<(&str, Vec<Option<String>>)>,
    ints: Vec<(&str, Vec<Option<i64>>)>,
) -> Result<Frame> {
    let mut columns: Vec<(String, ArrayRef)> = Vec::new();
    for (name, values) in strings {
        columns.push((name.to_owned(), Arc::new(values.into_iter().collect::<StringViewArray>())));
    }
    for (name, values) in ints {
        columns
            .push((name.to_owned(), Arc::new(values.into_iter().map(|v| v.map(|v| v as i32)).collect::<Int32Array>())));
    }
    Frame::of_columns(columns)
}

/// The days from `first` to `last`: `day, year, month, mmdd`; months count from year 0.
pub fn calendar(first: i32, last: i32) -> Result<Frame> {
    let (mut days, mut years, mut months, mut mmdds) = (vec![], vec![], vec![], vec![]);
    for d in first..=last {
        let date = day::to_date(d);
        days.push(Some(i64::from(d)));
        years.push(Some(i64::from(date.year())));
        months.push(Some(i64::from(day::month_index(d))));
        mmdds.push(Some(i64::from(date.month()) * 100 + i64::from(date.day())));
    }
    strings_and_ints(vec![], vec![("day", days), ("year", years), ("month", months), ("mmdd", mmdds)])
}
