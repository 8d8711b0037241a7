//! The physical shape of rows: as text when just read, and typed when validated, with the identities
//! split off.
//!
//! | field type | column | Arrow type |
//! |---|---|---|
//! | string, code | the field's name | Utf8 |
//! | codes | the field's name | Utf8, codes in list order joined by <code>&#124;</code>, none repeated |
//! | integer | the field's name | Int64 |
//! | number | the field's name | Float64 |
//! | boolean | the field's name | Boolean |
//! | date | `x_date` becomes `x_day`, other names get `_day` | Int32, days since 1970-01-01 |
//! | datetime | the field's name | Int64, seconds since 1970-01-01 00:00, local |
//!
//! The void mark is no column of its own: it is [`VOID`]. `residence_code` stands on both sides: it
//! belongs to the identity block and is checked against the divisions every night.

use std::sync::Arc;

use arrow::array::StringArray;
use arrow::datatypes::{DataType, Field as ArrowField, Schema};

use super::mending::RowMark;
use super::table::{Field, FieldType, Role, Table};

/// Data rows of a table, column by column, as the cells' text.
///
/// Text is untouched but for decoding: no trimming, no null words. Null is a cell that is not there.
/// Typed cells are written out: dates `YYYY-MM-DD` (with ` HH:MM:SS` where there is a time), whole
/// numbers without a point, other numbers in their shortest form, booleans `true` and `false`, lists
/// joined by `|`.
#[derive(Clone, Debug, Default)]
pub struct RawRows {
    /// The line a spreadsheet shows, headers included, from 1; records from 1 in parquet and jsonl.
    pub row_numbers: Vec<u32>,
    pub columns: Vec<StringArray>,
    /// Indexes of rows of which nothing can be read, such as a line that is no JSON object.
    pub damaged: Vec<u32>,
    /// Of a table of rows that mend others, the row that each mends, where it says so; else empty.
    pub marks: Vec<Option<RowMark>>,
}

/// Row number as a person sees it in the file, UInt32.
pub const ROW_NUMBER: &str = "_row_number";
/// The record key: primary key values joined by `,`; null when a part is missing. Utf8.
pub const KEY: &str = "_key";
/// Keyed 128-bit hash of all normalised values, identities and `entered_at` included. FixedSizeBinary(16).
pub const CONTENT: &str = "_content";
/// The row has an error that no later night can lift. Boolean.
pub const REJECTED: &str = "_rejected";
/// The row is marked void. Boolean.
pub const VOID: &str = "_void";

/// State of an identity's ID number, UInt8; column of the identity side.
pub const ID_STATE: &str = "_id_state";
/// Precision of `birth_day`: 0 not given, 1 year, 2 year and month, 3 full date. UInt8.
pub const BIRTH_PRECISION: &str = "_birth_precision";

/// Whether an ID number may be used for matching.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum IdState {
    /// No number given.
    Absent = 0,
    /// A resident ID number (id_type 01) with a right check digit, in its 18-digit form.
    Valid = 1,
    /// id_type 01 and the check digit, shape or birth date inside is wrong.
    Invalid = 2,
    /// Lost digits in a spreadsheet.
    Damaged = 3,
    /// Another kind of document; the number is kept as it is.
    OtherDocument = 4,
}

/// The column name of a field.
pub fn column_name(field: &Field) -> String {
    match field.ty {
        FieldType::Date => match field.name.strip_suffix("_date") {
            Some(stem) => format!("{stem}_day"),
            None => format!("{}_day", field.name),
        },
        _ => field.name.clone(),
    }
}

/// The Arrow type of a field's column.
pub fn column_type(field: &Field) -> DataType {
    match field.ty {
        FieldType::String | FieldType::Code | FieldType::Codes => DataType::Utf8,
        FieldType::Integer | FieldType::Datetime => DataType::Int64,
        FieldType::Number => DataType::Float64,
        FieldType::Boolean => DataType::Boolean,
        FieldType::Date => DataType::Int32,
    }
}

/// Whether a field has a column among the plain (identity-free) ones.
pub fn is_plain(field: &Field) -> bool {
    match &field.role {
        Role::Void => false,
        Role::Identity(part) => part == "residence_code",
        _ => true,
    }
}

/// Columns of a validated table without its identities: [`ROW_NUMBER`], [`KEY`], [`CONTENT`],
/// [`REJECTED`], [`VOID`], then each plain field in declared order.
pub fn plain_schema(table: &Table) -> Arc<Schema> {
    let mut columns = vec![
        ArrowField::new(ROW_NUMBER, DataType::UInt32, false),
        ArrowField::new(KEY, DataType::Utf8, true),
        ArrowField::new(CONTENT, DataType::FixedSizeBinary(16), false),
        ArrowField::new(REJECTED, DataType::Boolean, false),
        ArrowField::new(VOID, DataType::Boolean, false),
    ];
    columns.extend(
        table.fields.iter().filter(|f| is_plain(f)).map(|f| ArrowField::new(column_name(f), column_type(f), true)),
    );
    Arc::new(Schema::new(columns))
}

/// Columns of the identity side, row for row with the plain side: [`ROW_NUMBER`], then each identity
/// field in declared order, then [`ID_STATE`] and [`BIRTH_PRECISION`].
/// `None` when the table bears no identities.
pub fn identity_schema(table: &Table) -> Option<Arc<Schema>> {
    if !table.fields.iter().any(|f| f.identity().is_some()) {
        return None;
    }
    let mut columns = vec![ArrowField::new(ROW_NUMBER, DataType::UInt32, false)];
    columns.extend(
        table
            .fields
            .iter()
            .filter(|f| f.identity().is_some())
            .map(|f| ArrowField::new(column_name(f), column_type(f), true)),
    );
    columns.push(ArrowField::new(ID_STATE, DataType::UInt8, false));
    columns.push(ArrowField::new(BIRTH_PRECISION, DataType::UInt8, false));
    Some(Arc::new(Schema::new(columns)))
}
