//! A sheet before it is written to a file: cells, line by line.

use crate::schema::{FieldType, Table, day};

/// One cell.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    Empty,
    Text(String),
    Number(f64),
    /// A date, in days since 1970-01-01; workbooks hold it as a serial number.
    Day(i32),
}

impl Cell {
    pub fn text(value: impl Into<String>) -> Cell {
        let value = value.into();
        if value.is_empty() { Cell::Empty } else { Cell::Text(value) }
    }

    /// The cell as text in a text file.
    pub fn to_text(&self) -> String {
        match self {
            Cell::Empty => String::new(),
            Cell::Text(text) => text.clone(),
            Cell::Number(n) => n.to_string(),
            Cell::Day(d) => day::to_iso(*d),
        }
    }
}

/// A range of merged cells: first row, first column, last row, last column, from 0.
pub type Merge = (u32, u16, u32, u16);

/// A sheet with its name.
#[derive(Clone, Debug, Default)]
pub struct WrittenSheet {
    pub name: String,
    pub rows: Vec<Vec<Cell>>,
    pub merges: Vec<Merge>,
}

/// A canonical value as a tidy workbook holds it: dates and numbers are typed, the rest is text.
pub fn typed_cell(table: &Table, field: usize, value: &str) -> Cell {
    if value.is_empty() {
        return Cell::Empty;
    }
    match table.fields[field].ty {
        FieldType::Date => day::parse_iso(value).map_or_else(|| Cell::text(value), Cell::Day),
        FieldType::Integer | FieldType::Number => value.parse().map_or_else(|_| Cell::text(value), Cell::Number),
        FieldType::Boolean => Cell::text(yes_or_no(value)),
        _ => Cell::text(value),
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
