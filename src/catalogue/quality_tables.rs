//! The tables about what was sent: for the office itself alone.

use super::table::{Column, ColumnRole, ColumnType, Edition, Key, PublishedTable, Sensitivity};
use super::words::CatalogueWords;
use crate::schema::{AddsUp, Counts};

/// Columns that say where something was sent.
fn place(names: &[&str]) -> Vec<Column> {
    names.iter().map(|name| Column::key(name, Key::Place)).collect()
}

/// Each file and sheet, with its rows by fate.
pub(super) fn reconciliation() -> PublishedTable {
    let mut columns = place(&["county", "source", "dataset", "file", "sheet", "sha256"]);
    let sorted_by = columns.len();
    let counts = [
        ("read", "读取行数", "Data rows = accepted + rejected + duplicate + superseded + void"),
        ("accepted", "接收", "Rows that count"),
        ("rejected", "退回", "Rows with an error"),
        ("duplicate", "重复", "Same key and content as an accepted row"),
        ("superseded", "被替代", "Older versions of a key"),
        ("void", "作废", "Rows marked void"),
        ("not_data", "非数据行", "Titles, headers, totals and footers"),
        ("warnings", "警告数", "Findings of severity warning"),
    ];
    for (name, zh, en) in counts {
        // Rows of a file may each be about a person; each file is of one county, and of no period.
        let adds_up = AddsUp { over_divisions: true, over_periods: false };
        let role = ColumnRole::Measure(Sensitivity { adds_up, ..Sensitivity::of(Counts::OfPersons) });
        columns.push(Column::described(name, ColumnType::Whole, role, CatalogueWords::new(zh, en)));
    }
    PublishedTable {
        name: "quality/reconciliation".to_owned(),
        file: "quality/reconciliation.parquet".to_owned(),
        editions: vec![Edition::Internal],
        title: CatalogueWords::named(
            "对账表",
            "Reconciliation: one row a file and sheet, with its rows by fate",
            "每个文件和工作表一行，按去向列出行数",
        ),
        columns,
        crossed: Vec::new(),
        sorted_by,
    }
}

/// Each error or warning.
pub(super) fn rejects() -> PublishedTable {
    let note = |name| Column::new(name, ColumnType::Text, ColumnRole::Note);
    let mut columns = place(&["county", "source", "dataset", "file", "sheet"]);
    columns.push(Column::new("row_number", ColumnType::Whole, ColumnRole::Key(Key::Place)).or_null());
    columns.push(note("record_key").or_null());
    columns.push(Column::key("field", Key::Place));
    columns.push(Column::key("code", Key::Place));
    columns.extend(["severity", "message_zh", "message_en", "value_masked"].map(note));
    columns.push(Column::key("sha256", Key::Place));
    columns.push(note("state"));
    PublishedTable {
        name: "quality/rejects".to_owned(),
        file: "quality/rejects.parquet".to_owned(),
        editions: vec![Edition::Internal],
        title: CatalogueWords::named(
            "问题清单",
            "Findings: one row an error or warning; values masked",
            "每个错误或警告一行，值已脱敏",
        ),
        crossed: Vec::new(),
        sorted_by: columns.len(),
        columns,
    }
}
