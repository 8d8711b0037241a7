//! Converts columns of text to typed columns, collects findings, and separates identifying fields from the others.
//!
//! Only what a row shows by itself is checked here. Checks that need other rows, the divisions or a later `as_of`
//! belong to the ledger.
//!
//! Each field is converted in one pass over its column ([`column`]); then the rules between the fields of a row are
//! checked ([`rules`]). Phone numbers come out as digits, joined by `|` if a cell has several, or unchanged if their
//! form is unknown.

mod choice;
mod column;
mod content;
mod date;
mod faults;
mod identity;
mod lost;
mod misplaced;
mod number;
mod plan;
mod rules;
mod text;

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, BooleanArray, Int32Array, RecordBatch, StringArray, StringBuilder, UInt8Array, UInt32Array,
};

use crate::diag::{Code, Detail, RowFinding, Severity};
use crate::error::{Error, Result, words};
use crate::schema::layout::{self, RawRows};
use crate::schema::null_words::NullWords;
use crate::schema::{Role, Schemas, Table};

use column::{ColumnValues, TypedColumn};
use faults::{Faults, RowSet};
pub use misplaced::{MisplacedTitles, SheetTitles};
use plan::FieldPlan;
use rules::{ReadColumns, Rules};

/// The normal form of an ID number, and whether it is valid. If the type is empty, the number itself tells whether it
/// is that of a resident card: numbers of other documents begin with a letter.
pub fn resident_number_state(number: &str, id_type: &str) -> (String, layout::IdState) {
    let number = number.trim();
    if number.is_empty() {
        return (String::new(), layout::IdState::Absent);
    }
    let other = match id_type {
        "" => number.starts_with(|c: char| c.is_ascii_alphabetic()),
        id_type => id_type != identity::RESIDENT_CARD,
    };
    let number = if other { identity::other_document(number) } else { identity::resident_number(number) };
    (number.text.into_owned(), number.state)
}

/// The rows of a batch after validation; all parts have one entry per row in the same order.
#[derive(Clone, Debug)]
pub struct ValidatedRows {
    /// Fields that do not identify people, with the columns of [`crate::schema::layout::plain_schema`].
    pub plain: RecordBatch,
    /// Identifying fields, with the columns of [`crate::schema::layout::identity_schema`]; `None` for tables without
    /// them.
    pub identity: Option<RecordBatch>,
    /// All findings, ordered by row, then by field as declared. `row_index` counts within this batch.
    pub findings: Vec<RowFinding>,
}

/// Validates rows of one dataset; everything that depends only on the dataset is prepared once.
///
/// Batches may be validated in parallel and in any order: the result for a row does not depend on its batch.
#[derive(Debug)]
pub struct Validator<'a> {
    table: &'a Table,
    plans: Vec<FieldPlan<'a>>,
    rules: Rules,
    nulls: NullWords,
    void: Option<usize>,
    /// Indexes of the fields of the primary key, in its order.
    key: Vec<usize>,
    as_of: i32,
    content_key: [u8; 32],
}

impl<'a> Validator<'a> {
    /// Prepares a dataset. `as_of` is in days since 1970-01-01; `content_key` is the key for the hashes of row
    /// contents.
    ///
    /// # Errors
    /// `Schema` if a declaration cannot be used: a pattern is not a regular expression, a rule names no field, or a
    /// code list is missing or too long.
    pub fn new(table: &'a Table, schemas: &'a Schemas, as_of: i32, content_key: &[u8; 32]) -> Result<Self> {
        let plans = (0..table.fields.len()).map(|i| FieldPlan::new(table, i, schemas)).collect::<Result<_>>()?;
        let key = table
            .primary_key
            .iter()
            .map(|name| {
                table.field_index(name).ok_or_else(|| {
                    let place = format!("tables/{}.json", table.name);
                    Error::schema(place, words!("主键：没有字段 `{name}`", "primary key: there is no field `{name}`"))
                })
            })
            .collect::<Result<_>>()?;
        Ok(Validator {
            table,
            plans,
            rules: Rules::new(table, schemas)?,
            nulls: NullWords::new(&table.missing_values),
            void: table.fields.iter().position(|f| f.role == Role::Void),
            key,
            as_of,
            content_key: *content_key,
        })
    }

    /// The dataset.
    pub fn table(&self) -> &'a Table {
        self.table
    }

    /// Validates a batch. `fields` gives, for each column of `rows`, the index of its field; fields without a column
    /// count as not given.
    ///
    /// # Errors
    /// Only on a bug: whatever is wrong with the rows is a finding.
    pub fn validate(&self, fields: &[usize], rows: &RawRows) -> Result<ValidatedRows> {
        let mut faults = Faults::default();
        let mut batch = self.read_columns(fields, rows, &mut faults)?;
        let id_states = self.rules.judge(&self.plans, &mut batch, &mut faults);
        faults.damaged(&rows.damaged);

        let void: BooleanArray = match self.void.map(|i| &batch.columns[i].values) {
            Some(ColumnValues::Boolean(marks)) => {
                (0..batch.rows).map(|r| Some(marks.is_valid(r) && marks.value(r))).collect()
            }
            _ => std::iter::repeat_n(Some(false), batch.rows).collect(),
        };
        faults.0.retain(|f| !void.value(f.row as usize) || self.judges_void_rows(f.code, f.field));
        let mut rejected = RowSet::default();
        for fault in faults.0.iter().filter(|f| f.severity == Severity::Error && f.until_day.is_none()) {
            rejected.insert(fault.row as usize);
        }

        let hashed: Vec<&TypedColumn> =
            batch.columns.iter().enumerate().filter(|(i, _)| Some(*i) != self.void).map(|(_, c)| c).collect();
        // A column that is missing is told once, for the file.
        faults.0.retain(|f| !(f.code == Code::MissingValue && f.detail == Detail::None && batch.lacks(f.field)));
        let content = content::hashes(&hashed, batch.rows, &self.content_key);
        let row_numbers: ArrayRef = Arc::new(UInt32Array::from(rows.row_numbers.clone()));
        let mut plain: Vec<ArrayRef> = vec![
            Arc::clone(&row_numbers),
            Arc::new(self.record_keys(&batch)),
            Arc::new(content),
            Arc::new(BooleanArray::from_iter((0..batch.rows).map(|r| Some(rejected.contains(r))))),
            Arc::new(void),
        ];
        let of_fields = |wanted: fn(&crate::schema::Field) -> bool| {
            self.table.fields.iter().zip(&batch.columns).filter(move |(f, _)| wanted(f)).map(|(_, c)| into_array(c))
        };
        plain.extend(of_fields(layout::is_plain));
        let identity = match layout::identity_schema(self.table) {
            None => None,
            Some(schema) => {
                let mut columns = vec![row_numbers];
                columns.extend(of_fields(|f| f.identity().is_some()));
                columns.push(Arc::new(UInt8Array::from(or_zeros(id_states, batch.rows))));
                columns.push(Arc::new(UInt8Array::from(or_zeros(self.birth_precision(&batch), batch.rows))));
                Some(assemble(schema, columns)?)
            }
        };
        Ok(ValidatedRows {
            plain: assemble(layout::plain_schema(self.table), plain)?,
            identity,
            findings: faults.into_findings(self.table),
        })
    }

    fn read_columns<'r>(&self, fields: &[usize], rows: &'r RawRows, faults: &mut Faults) -> Result<ReadColumns<'r>> {
        let count = rows.row_numbers.len();
        if fields.len() != rows.columns.len() || rows.columns.iter().any(|c| c.len() != count) {
            return Err(Error::bug("a batch whose columns do not fit its fields or rows"));
        }
        let mut cells: Vec<Option<&StringArray>> = vec![None; self.plans.len()];
        for (field, column) in fields.iter().zip(&rows.columns) {
            match cells.get_mut(*field) {
                Some(slot @ None) => *slot = Some(column),
                _ => return Err(Error::bug("a batch with a field that does not exist or stands twice")),
            }
        }
        let columns = self
            .plans
            .iter()
            .zip(&cells)
            .map(|(plan, cells)| match cells {
                Some(cells) => column::read(plan, cells, &self.nulls, self.as_of, faults),
                None if plan.field.identity() == Some("id_type") => column::resident_cards(count),
                None => TypedColumn::absent(plan.field.ty, count),
            })
            .collect();
        Ok(ReadColumns { rows: count, columns, cells })
    }

    /// Whether a finding applies to a withdrawn row: the row only names the key that it withdraws, so nothing else can
    /// be wrong with it.
    fn judges_void_rows(&self, code: Code, field: u16) -> bool {
        matches!(code, Code::MissingValue | Code::TypeError) && self.key.contains(&usize::from(field))
    }

    fn record_keys(&self, batch: &ReadColumns<'_>) -> StringArray {
        let mut out = StringBuilder::with_capacity(batch.rows, batch.rows * 16);
        let mut key = String::new();
        for row in 0..batch.rows {
            key.clear();
            if self.key.iter().any(|f| batch.columns[*f].values.is_null(row)) {
                out.append_null();
                continue;
            }
            for (part, field) in self.key.iter().enumerate() {
                if part > 0 {
                    key.push(',');
                }
                batch.columns[*field].values.write_text(row, &mut key);
            }
            out.append_value(&key);
        }
        out.finish()
    }

    fn birth_precision(&self, batch: &ReadColumns<'_>) -> Vec<u8> {
        let birth = self.table.fields.iter().position(|f| f.identity() == Some("birth_date"));
        birth.map(|f| batch.columns[f].precision.clone()).unwrap_or_default()
    }
}

fn or_zeros(values: Vec<u8>, rows: usize) -> Vec<u8> {
    if values.is_empty() { vec![0; rows] } else { values }
}

fn into_array(column: &TypedColumn) -> ArrayRef {
    match &column.values {
        ColumnValues::Text(a) => Arc::new(a.clone()),
        ColumnValues::Integer(a) => Arc::new(a.clone()),
        ColumnValues::Number(a) => Arc::new(a.clone()),
        ColumnValues::Boolean(a) => Arc::new(a.clone()),
        ColumnValues::Day(a) => Arc::<Int32Array>::new(a.clone()),
    }
}

fn assemble(schema: arrow::datatypes::SchemaRef, columns: Vec<ArrayRef>) -> Result<RecordBatch> {
    RecordBatch::try_new(schema, columns)
        .map_err(|e| Error::bug("validated columns do not fit the layout").caused_by(e))
}
