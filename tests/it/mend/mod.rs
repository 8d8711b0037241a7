//! Rows that must be mended go round: out in a workbook, mended, back into the inbox.

mod again;
mod encrypted;
mod first_page;
mod places;
mod right;
mod round;
mod shared_key;
mod template;
mod trial;

use std::fs;
use std::path::{Path, PathBuf};

use calamine::{Data, Reader, Xlsx, open_workbook};
use rust_xlsxwriter::Workbook;

use crate::contract::inbox::Inbox;
use crate::night::published;

/// The label of the hidden column that says which row a row mends.
const MARK: &str = "心汇：行标识";

/// Sheets of a workbook: name and cells.
struct Book(Vec<(String, Vec<Vec<String>>)>);

impl Book {
    fn read(path: &Path) -> Self {
        let mut book: Xlsx<_> = open_workbook(path).expect("a workbook");
        let cell = |c: &Data| if matches!(c, Data::Empty) { String::new() } else { c.to_string() };
        let names = book.sheet_names();
        Book(
            names
                .into_iter()
                .map(|name| {
                    let range = book.worksheet_range(&name).expect("a sheet");
                    let rows = range.rows().map(|row| row.iter().map(cell).collect()).collect();
                    (name, rows)
                })
                .collect(),
        )
    }

    /// Writes all cells as text, as a person who saves the workbook would leave them.
    fn bytes(&self) -> Vec<u8> {
        let mut book = Workbook::new();
        for (name, rows) in &self.0 {
            let sheet = book.add_worksheet();
            sheet.set_name(name).expect("a name");
            for (r, row) in (0..).zip(rows) {
                for (c, cell) in (0..).zip(row).filter(|(_, cell)| !cell.is_empty()) {
                    sheet.write_string(r, c, cell).expect("written");
                }
            }
        }
        book.save_to_buffer().expect("a workbook")
    }

    /// The sheet of rows to mend of a dataset, by its title.
    fn sheet(&mut self, title: &str) -> &mut Vec<Vec<String>> {
        &mut self.0.iter_mut().find(|(name, _)| name == title).expect("the dataset's sheet").1
    }

    /// Sets a cell of the row that holds a key.
    fn set(&mut self, title: &str, key: &str, label: &str, value: &str) {
        let sheet = self.sheet(title);
        let column = sheet[1].iter().position(|cell| cell == label).expect("the column");
        let row = sheet.iter_mut().skip(2).find(|row| row.iter().any(|cell| cell == key)).expect("the row");
        value.clone_into(&mut row[column]);
    }

    /// The values of a column of a sheet of rows to mend.
    fn column(&mut self, title: &str, label: &str) -> Vec<String> {
        let Some((_, sheet)) = self.0.iter().find(|(name, _)| name == title) else { return Vec::new() };
        let column = sheet[1].iter().position(|cell| cell == label).expect("the column");
        let mut values: Vec<String> = sheet.iter().skip(2).map(|row| row[column].clone()).collect();
        values.sort();
        values
    }
}

/// The workbook for a source of Liangshan, where there is one.
fn outbox(inbox: &Inbox, source: &str) -> Option<PathBuf> {
    let name = match source {
        "station" => "服务站点",
        "hospital" => "医疗机构",
        other => panic!("no name for {other}"),
    };
    let path = inbox.path(&format!("store/private/outbox/370832梁山县_{name}_待改正.xlsx"));
    path.is_file().then_some(path)
}

/// Keys of the accepted rows of Liangshan, sorted, each with the value of another field.
fn accepted(inbox: &Inbox, dataset: &str, key: &str, field: &str) -> Vec<(String, String)> {
    let path = inbox.path(&format!("store/private/accepted/{dataset}/370832.parquet"));
    let mut rows = Vec::new();
    for b in published::table(&path) {
        rows.extend((0..b.num_rows()).map(|row| (published::text(&b, key, row), published::text(&b, field, row))));
    }
    rows.sort();
    rows
}

/// Only the keys.
fn keys(inbox: &Inbox, dataset: &str, key: &str) -> Vec<String> {
    accepted(inbox, dataset, key, key).into_iter().map(|(key, _)| key).collect()
}

/// Record keys and codes of all open findings of rows.
fn open(inbox: &Inbox) -> Vec<(String, String)> {
    let mut open = Vec::new();
    for b in published::table(&inbox.path("store/current/internal/quality/rejects.parquet")) {
        for row in 0..b.num_rows() {
            if published::text(&b, "state", row) == "open" {
                open.push((published::text(&b, "record_key", row), published::text(&b, "code", row)));
            }
        }
    }
    open.sort();
    open
}

fn put_back(inbox: &Inbox, source: &str, name: &str, book: &Book) {
    inbox.write(&format!("inbox/370832/{source}/{name}"), book.bytes());
}

fn modified(path: &Path) -> std::time::SystemTime {
    fs::metadata(path).and_then(|m| m.modified()).expect("a time")
}
