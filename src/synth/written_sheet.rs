//! A sheet before it is written to a file: cells, line by line.

use crate::schema::{FieldType, Table, day};

/// One cell.
#[derive(Clone, Debug, PartialEq)]
pub enum WrittenCell {
    Empty,
    Text(String),
    Number(f64),
    /// A date, in days since 1970-01-01; workbooks hold it as a serial number.
    Day(i32),
}

impl WrittenCell {
    pub fn text(value: impl Into<String>) -> WrittenCell {
        let value = value.into();
        if value.is_empty() { WrittenCell::Empty } else { WrittenCell::Text(value) }
    }

    /// The cell as text in a text file.
    pub fn to_text(&self) -> String {
        match self {
            WrittenCell::Empty => String::new(),
            WrittenCell::Text(text) => text.clone(),
            WrittenCell::Number(n) => n.to_string(),
            WrittenCell::Day(d) => day::to_iso(*d),
        }
    }
}

/// A range of merged cells: first row, first column, last row, last column, from 0.
pub type MergedRange = (u32, u16, u32, u16);

/// A sheet with its name.
#[derive(Clone, Debug, Default)]
pub struct WrittenSheet {
    pub name: String,
    pub rows: Vec<Vec<WrittenCell>>,
    pub merges: Vec<MergedRange>,
}

/// A canonical value as a tidy workbook holds it: dates and numbers are typed, the rest is text.
pub fn typed_cell(table: &Table, field: usize, value: &str) -> WrittenCell {
    if value.is_empty() {
        return WrittenCell::Empty;
    }
    match table.fields[field].ty {
        FieldType::Date => day::parse_iso(value).map_or_else(|| WrittenCell::text(value), WrittenCell::Day),
        FieldType::Integer | FieldType::Number => {
            value.parse().map_or_else(|_| WrittenCell::text(value), WrittenCell::Number)
        }
        FieldType::Boolean => WrittenCell::text(yes_or_no(value)),
        _ => WrittenCell::text(value),
    }
}

/// The Chinese word for a canonical boolean value.
pub fn yes_or_no(value: &str) -> &str {
    match value {
        "true" => "是",
        "false" => "否",
        other => other,
    }
}
