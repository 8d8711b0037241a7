//! The quality tables as rows of text.

use std::collections::BTreeMap;
use std::path::Path;

use arrow::array::{Array, Int64Array, StringArray};

use super::published::table;

/// A row by column name; a null is empty.
pub type Line = BTreeMap<String, String>;

/// All rows of a published table whose columns are texts and whole numbers.
pub fn lines(path: &Path) -> Vec<Line> {
    let mut lines = Vec::new();
    for batch in table(path) {
        for row in 0..batch.num_rows() {
            let mut line = Line::new();
            for (field, column) in batch.schema_ref().fields().iter().zip(batch.columns()) {
                let value = if column.is_null(row) {
                    String::new()
                } else if let Some(text) = column.as_any().downcast_ref::<StringArray>() {
                    text.value(row).to_owned()
                } else if let Some(number) = column.as_any().downcast_ref::<Int64Array>() {
                    number.value(row).to_string()
                } else {
                    panic!("{} is neither text nor number", field.name())
                };
                line.insert(field.name().clone(), value);
            }
            lines.push(line);
        }
    }
    lines
}

/// `quality/rejects` of a snapshot.
pub fn rejects(internal: &Path) -> Vec<Line> {
    lines(&internal.join("quality/rejects.parquet"))
}

/// `quality/reconciliation` of a snapshot.
pub fn reconciliation(internal: &Path) -> Vec<Line> {
    lines(&internal.join("quality/reconciliation.parquet"))
}

/// Rows by fate of one file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Fates {
    pub accepted: i64,
    pub rejected: i64,
    pub duplicate: i64,
    pub superseded: i64,
    pub void: i64,
}

pub const FATES: [&str; 5] = ["accepted", "rejected", "duplicate", "superseded", "void"];

/// The fates of a file without sheets.
#[track_caller]
pub fn fates(internal: &Path, file: &str) -> Fates {
    let lines: Vec<Line> = reconciliation(internal).into_iter().filter(|l| l["file"] == file).collect();
    assert_eq!(lines.len(), 1, "{file} stands once in the reconciliation: {lines:?}");
    let of = |name: &str| lines[0][name].parse::<i64>().expect(name);
    let fates = Fates {
        accepted: of("accepted"),
        rejected: of("rejected"),
        duplicate: of("duplicate"),
        superseded: of("superseded"),
        void: of("void"),
    };
    let sum: i64 = FATES.iter().map(|f| of(f)).sum();
    assert_eq!(of("read"), sum, "{file}: every row has one fate");
    fates
}

/// Findings of a file as `row field code`, sorted.
pub fn findings(internal: &Path, file: &str) -> Vec<String> {
    let mut found: Vec<String> = rejects(internal)
        .into_iter()
        .filter(|l| l["file"] == file)
        .map(|l| format!("{} {} {}", l["row_number"], l["field"], l["code"]).trim().to_owned())
        .collect();
    found.sort();
    found
}
