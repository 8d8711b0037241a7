//! The findings of rows as the ledger keeps them, each with its place.

use arrow::array::{Array, BooleanArray, Int32Array, RecordBatch, StringArray, UInt32Array};

use crate::diag::{Code, Detail, RowFinding, Severity};
use crate::error::{Error, Result};
use crate::ledger::Partition;
use crate::store::table_file::read_table;

/// A finding about a row.
#[derive(Clone, Debug)]
pub struct AskedFinding {
    /// Index into the partition's tables.
    pub table: usize,
    /// The table in whose export the row stands.
    pub place: usize,
    /// The line that a spreadsheet shows.
    pub row_number: u32,
    /// The last row that says the very same of the same key, if not the row itself.
    pub again: AskedRowPlace,
    pub key: Option<String>,
    /// Its `row_index` counts within the table.
    pub finding: RowFinding,
    /// Its sender need not be asked any more.
    pub settled: bool,
    /// The line of the row that bears its row's key for somebody or something else.
    pub shared: Option<u32>,
}

/// A row of a partition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AskedRowPlace {
    /// Index into the partition's tables.
    pub table: usize,
    /// 0-based among its data rows.
    pub row_index: u32,
    /// The line that a spreadsheet shows.
    pub row_number: u32,
}

impl AskedFinding {
    /// The row that it is about.
    pub fn row(&self) -> AskedRowPlace {
        AskedRowPlace { table: self.table, row_index: self.finding.row_index, row_number: self.row_number }
    }
}

/// The findings of a partition, those of a content that was replaced since as done with.
///
/// # Errors
/// `Input` of the store.
pub fn found(partition: &Partition) -> Result<Vec<AskedFinding>> {
    let mut all = Vec::new();
    for batch in read_table(&partition.findings_path, None)? {
        add(&mut all, partition, &batch?)?;
    }
    Ok(all)
}

fn add(all: &mut Vec<AskedFinding>, partition: &Partition, batch: &RecordBatch) -> Result<()> {
    let missing = || Error::bug("findings without a column");
    let of = |name: &str| batch.column_by_name(name).ok_or_else(missing);
    let text = |name: &str| of(name)?.as_any().downcast_ref::<StringArray>().ok_or_else(missing);
    let numbers = |name: &str| of(name)?.as_any().downcast_ref::<UInt32Array>().ok_or_else(missing);
    let (fields, codes, severities) = (text("field")?, text("code")?, text("severity")?);
    let (values, details, keys) = (text("value")?, text("detail")?, text("record_key")?);
    let (tables, rows, row_numbers) = (numbers("table")?, numbers("row_index")?, numbers("row_number")?);
    let (places, again, again_rows, again_numbers) =
        (numbers("place")?, numbers("again_table")?, numbers("again_row")?, numbers("again_number")?);
    let shared = numbers("shared_number")?;
    let settled: &BooleanArray = of("settled")?.as_any().downcast_ref().ok_or_else(missing)?;
    let until: &Int32Array = of("until_day")?.as_any().downcast_ref().ok_or_else(missing)?;
    for i in 0..batch.num_rows() {
        let Some(code) = Code::parse(codes.value(i)) else { continue };
        let table = tables.value(i) as usize;
        let again = AskedRowPlace {
            table: again.value(i) as usize,
            row_index: again_rows.value(i),
            row_number: again_numbers.value(i),
        };
        let is_error = severities.value(i) == Severity::Error.as_str();
        all.push(AskedFinding {
            table,
            place: places.value(i) as usize,
            row_number: row_numbers.value(i),
            again,
            key: keys.is_valid(i).then(|| keys.value(i).to_owned()),
            finding: RowFinding {
                row_index: rows.value(i),
                field: fields.is_valid(i).then(|| fields.value(i).to_owned()),
                code,
                severity: if is_error { Severity::Error } else { Severity::Warning },
                until_day: until.is_valid(i).then(|| until.value(i)),
                value_masked: values.value(i).to_owned(),
                detail: Detail::parse(details.value(i)),
            },
            shared: shared.is_valid(i).then(|| shared.value(i)),
            settled: settled.value(i) || partition.replaced[again.table],
        });
    }
    Ok(())
}
