//! A spreadsheet of all tables, for platforms that only take uploads.

use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format as CellFormat, Workbook, Worksheet, XlsxError};

use super::form::{Format, PackageContext};
use crate::catalogue::ColumnType;
use crate::deliver::census::Census;
use crate::deliver::changes::package_schema;
use crate::deliver::edition::FeedTable;
use crate::deliver::output::Folder;
use crate::deliver::rows::DeliveredRows;
use crate::error::{Error, Result, words};

/// Rows that a workbook may hold in all: it stands in memory until it is written, and nobody uploads more.
const MOST_ROWS: u64 = 1_000_000;

#[derive(Default)]
pub struct Spreadsheet {
    sheets: Vec<Worksheet>,
    /// Row of the sheet that is being written.
    at: u32,
    rows: u64,
    /// Table, column and what it holds, for the sheet of notes.
    words: Vec<[String; 4]>,
}

fn wrong(e: XlsxError) -> Error {
    Error::bug("a spreadsheet").caused_by(e)
}

impl Format for Spreadsheet {
    fn takes(&self, _: &FeedTable) -> bool {
        true
    }

    fn begin(&mut self, _: &PackageContext<'_>, table: &FeedTable, of_changes: bool, _: &mut Folder) -> Result<()> {
        let mut sheet = Worksheet::new();
        let name: String = table.file_stem().chars().take(31).collect();
        sheet.set_name(&name).map_err(wrong)?;
        let bold = CellFormat::new().set_bold();
        for (column, field) in package_schema(table, of_changes).fields().iter().enumerate() {
            sheet.write_string_with_format(0, column as u16, field.name(), &bold).map_err(wrong)?;
            let words = table.columns.iter().find(|c| c.name == *field.name());
            let (zh, en) = words.map_or(("变化", "What became of the row"), |c| (&c.words.zh, &c.words.en));
            self.words.push([name.clone(), field.name().clone(), zh.to_owned(), en.to_owned()]);
        }
        sheet.set_freeze_panes(1, 0).map_err(wrong)?;
        self.sheets.push(sheet);
        self.at = 1;
        Ok(())
    }

    fn rows(
        &mut self,
        context: &PackageContext<'_>,
        table: &FeedTable,
        rows: &DeliveredRows,
        _: &mut Folder,
    ) -> Result<()> {
        self.rows += rows.len() as u64;
        if self.rows > MOST_ROWS {
            return Err(Error::usage(
                format!("feeds.{}.formats", context.feed.name),
                words!("此处一张电子表格最多 {MOST_ROWS} 行", "a spreadsheet holds at most {MOST_ROWS} rows here"),
            )
            .hint(words!(
                "请在 `tables` 中少列几张表，或改用 \"csv\"",
                "name fewer tables in `tables`, or take \"csv\""
            )));
        }
        let Some(sheet) = self.sheets.last_mut() else { return Ok(()) };
        let mut text = String::new();
        for row in 0..rows.len() {
            for (column, name) in rows.names().iter().enumerate() {
                let (at, to) = (self.at, column as u16);
                let ty = table.columns.iter().find(|c| c.name == *name).map(|c| c.ty);
                let written = match ty {
                    Some(ColumnType::Whole) => rows.whole(name, row).map(|v| sheet.write_number(at, to, v as f64)),
                    Some(ColumnType::Number) => rows.number(name, row).map(|v| sheet.write_number(at, to, v)),
                    Some(ColumnType::Flag) => rows.flag(name, row).map(|v| sheet.write_boolean(at, to, v)),
                    // Codes stay texts: a spreadsheet would take a division for a number.
                    _ => {
                        text.clear();
                        rows.write_cell(column, row, &mut text);
                        (!text.is_empty()).then(|| sheet.write_string(at, to, &text))
                    }
                };
                if let Some(written) = written {
                    written.map_err(wrong)?;
                }
            }
            self.at += 1;
        }
        Ok(())
    }

    fn end(&mut self, _: &PackageContext<'_>, _: &FeedTable, _: u64, _: &mut Folder) -> Result<()> {
        Ok(())
    }

    fn finish(&mut self, context: &PackageContext<'_>, _: &Census, folder: &mut Folder) -> Result<()> {
        let mut workbook = Workbook::new();
        // The same numbers give the same bytes: no clock.
        let created = ExcelDateTime::from_ymd(2000, 1, 1).map_err(wrong)?;
        workbook.set_properties(&DocProperties::new().set_creation_datetime(&created));
        for sheet in std::mem::take(&mut self.sheets) {
            workbook.push_worksheet(sheet);
        }
        let notes = workbook.add_worksheet();
        notes.set_name("说明 notes").map_err(wrong)?;
        let bold = CellFormat::new().set_bold();
        for (column, text) in ["table", "column", "说明", "description"].iter().enumerate() {
            notes.write_string_with_format(0, column as u16, *text, &bold).map_err(wrong)?;
        }
        for (row, words) in self.words.iter().enumerate() {
            for (column, text) in words.iter().enumerate() {
                notes.write_string(row as u32 + 1, column as u16, text).map_err(wrong)?;
            }
        }
        let bytes = workbook.save_to_buffer().map_err(wrong)?;
        folder.put(&format!("{}.xlsx", context.feed.name), "xlsx", self.rows, &bytes)
    }
}
