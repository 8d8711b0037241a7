//! Accepted rows and reference values as tables of the engine.

use std::collections::BTreeMap;
use std::path::PathBuf;

use polars::prelude::*;

use super::Frame;
use crate::error::{Error, Result};
use crate::schema::layout::{column_name, is_plain};
use crate::schema::{FieldType, Table, day};

/// Accepted rows of one county, with the person of each row.
#[derive(Clone, Debug)]
pub struct PartitionFile {
    pub county: String,
    pub path: PathBuf,
    /// Person of each row in the file's order; empty for tables without persons.
    pub persons: Vec<u32>,
    /// Person that the row names as related; `u32::MAX` for none.
    pub related: Vec<u32>,
    pub renamed: Renamed,
}

/// Values of a text column that stand otherwise in the engine than in the file.
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

fn wrong(table: &str) -> impl Fn(PolarsError) -> Error {
    let table = table.to_owned();
    move |e| Error::bug(format!("accepted rows of `{table}` cannot be loaded: {e}"))
}

fn engine_type(ty: FieldType) -> DataType {
    match ty {
        FieldType::String | FieldType::Code | FieldType::Codes => DataType::String,
        FieldType::Integer | FieldType::Datetime => DataType::Int64,
        FieldType::Number => DataType::Float64,
        FieldType::Boolean => DataType::Boolean,
        FieldType::Date => DataType::Int32,
    }
}

/// Whether rows of a table name another person than their own.
fn relates(table: &Table) -> bool {
    table.fields.iter().any(|f| f.identity() == Some("related_id_number"))
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
    let mut parts = vec![empty_dataset(table, wanted).0];
    for p in files {
        let columns: Vec<Expr> = table
            .fields
            .iter()
            .filter(|f| is_plain(f) && wanted(&column_name(f)))
            .map(|f| col(column_name(f)).cast(engine_type(f.ty)))
            .collect();
        let path = PlRefPath::try_from_path(&p.path).map_err(wrong(&table.name))?;
        let mut frame = LazyFrame::scan_parquet(path, ScanArgsParquet::default())
            .and_then(|lazy| lazy.select(columns).collect())
            .map_err(wrong(&table.name))?;
        rename(&mut frame, &p.renamed).map_err(wrong(&table.name))?;
        let rows = frame.height();
        frame
            .with_column(Column::new_scalar("_county".into(), Scalar::from(PlSmallStr::from_str(&p.county)), rows))
            .map_err(wrong(&table.name))?;
        if table.person_bearing {
            for (name, values) in [("person_key", &p.persons), ("related_key", &p.related)] {
                if name == "related_key" && !relates(table) {
                    continue;
                }
                let values: Int64Chunked = values.iter().map(|v| ids.get(*v as usize).copied()).collect();
                frame.with_column(values.with_name(name.into()).into_column()).map_err(wrong(&table.name))?;
            }
        }
        parts.push(frame);
    }
    let mut all = parts.remove(0);
    for part in parts {
        all.vstack_mut(&part).map_err(wrong(&table.name))?;
    }
    let mut children = Vec::new();
    for f in table.fields.iter().filter(|f| f.ty == FieldType::Codes && wanted(&f.name)) {
        let mut columns = vec![col("_county")];
        columns.extend(table.primary_key.iter().map(|k| col(k.as_str())));
        columns.push(col(f.name.as_str()).str().split(lit("|")));
        let frame = all
            .clone()
            .lazy()
            .filter(col(f.name.as_str()).is_not_null())
            .select(columns)
            .explode(cols([f.name.as_str()]), ExplodeOptions { empty_as_null: false, keep_nulls: false })
            .collect()
            .map_err(wrong(&table.name))?;
        children.push(ChildTable { name: format!("{}_{}", table.name, f.name), frame: Frame(frame) });
    }
    Ok((Frame(all), children))
}

fn rename(frame: &mut DataFrame, renamed: &Renamed) -> PolarsResult<()> {
    if renamed.values.is_empty() || frame.column(&renamed.column).is_err() {
        return Ok(());
    }
    let texts = frame.column(&renamed.column)?.str()?;
    let new: StringChunked =
        texts.iter().enumerate().map(|(row, text)| renamed.values.get(&row).map(String::as_str).or(text)).collect();
    frame.with_column(new.with_name(renamed.column.as_str().into()).into_column())?;
    Ok(())
}

/// A dataset without rows, in the shape of [`dataset`].
pub fn empty_dataset(table: &Table, wanted: &dyn Fn(&str) -> bool) -> Frame {
    let mut columns: Vec<Column> = table
        .fields
        .iter()
        .filter(|f| is_plain(f) && wanted(&column_name(f)))
        .map(|f| Column::new_empty(column_name(f).into(), &engine_type(f.ty)))
        .collect();
    columns.push(Column::new_empty("_county".into(), &DataType::String));
    if table.person_bearing {
        columns.push(Column::new_empty("person_key".into(), &DataType::Int64));
        if relates(table) {
            columns.push(Column::new_empty("related_key".into(), &DataType::Int64));
        }
    }
    Frame(DataFrame::new(0, columns).expect("columns of equal length"))
}

/// A small table of text and integer columns, all of one length.
///
/// # Errors
/// `Bug` when the lengths differ.
pub fn strings_and_ints(
    strings: Vec<(&str, Vec<Option<String>>)>,
    ints: Vec<(&str, Vec<Option<i64>>)>,
) -> Result<Frame> {
    let height = strings.first().map(|c| c.1.len()).or(ints.first().map(|c| c.1.len())).unwrap_or(0);
    let mut columns = Vec::new();
    for (name, values) in strings {
        let values: StringChunked = values.iter().map(|v| v.as_deref()).collect();
        columns.push(values.with_name(name.into()).into_column());
    }
    for (name, values) in ints {
        let values: Int32Chunked = values.into_iter().map(|v| v.map(|v| v as i32)).collect();
        columns.push(values.with_name(name.into()).into_column());
    }
    Ok(Frame(DataFrame::new(height, columns).map_err(wrong("a small table"))?))
}

/// The days from `first` to `last`: `day, year, month, mmdd`; months count from year 0.
///
/// # Errors
/// Bugs.
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
