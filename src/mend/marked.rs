//! The workbook of rows that a sender must mend: a sheet for each dataset and header, each row as it was sent, its
//! faulty cells marked, with what to do about them.

use std::collections::HashMap;

use rust_xlsxwriter::{DataValidation, Format, IgnoreError, Workbook, Worksheet};

use super::field_guide::FieldGuide;
use super::lists::DropDowns;
use super::overview::{self, Overview};
use super::sheet_name::sheet_name;
use super::style::{self, CellMark, MendStyles, broad, height};
use super::template::note;
use super::{Laid, bytes_of, workbook};
use crate::error::Result;
use crate::schema::mending::{IS_RIGHT, MARK, ORIGIN, REMEDY, RIGHT, RowMark, TO_MEND};
use crate::schema::{Schemas, Table};

/// Rows of one dataset under one header.
pub struct MarkedSheet<'a> {
    pub table: &'a Table,
    pub columns: Vec<MarkedColumn>,
    /// In the order in which they are to be mended.
    pub rows: Vec<MarkedRow>,
}

/// A column of the file that the rows come from.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct MarkedColumn {
    /// Its header, as it was sent.
    pub label: String,
    /// Index of its field in the table's fields; `None` for a column that is not read.
    pub field: Option<usize>,
}

/// A row as it was sent.
pub struct MarkedRow {
    pub mark: RowMark,
    /// The file and line that it comes from, for people.
    pub origin: String,
    /// The text of each column.
    pub cells: Vec<String>,
    pub faults: Vec<MarkedFault>,
}

/// What is wrong with a row.
pub struct MarkedFault {
    /// Index of the field in the table's fields; `None` where it is about the whole row.
    pub field: Option<usize>,
    pub is_error: bool,
    /// What is wrong and how to mend it.
    pub remedy: String,
}

/// Lines above the data.
const HEADER: u32 = 1;
/// Characters of a cell, at most; the format holds 32,767.
const LONGEST: usize = 32_000;
/// The column of remedies, that in which a row is found right, that of origins, and the first that was sent.
const REMEDIES: (u16, f64) = (0, 42.0);
const RIGHTS: (u16, f64) = (1, 14.0);
const ORIGINS: (u16, f64) = (2, 26.0);
const SENT: u16 = 3;

/// Bytes of the workbook; the same rows always give the same bytes. It is full of personal data.
pub fn marked_workbook(overview: &Overview, sheets: &[MarkedSheet<'_>], schemas: &Schemas) -> Result<Vec<u8>> {
    bytes_of(laid_out(overview, sheets, schemas))
}

fn laid_out(overview: &Overview, sheets: &[MarkedSheet<'_>], schemas: &Schemas) -> Laid<Vec<u8>> {
    let mut book = workbook("待改正的行")?;
    let mut tables: Vec<&Table> = Vec::new();
    for sheet in sheets.iter().filter(|s| !s.rows.is_empty()) {
        if !tables.iter().any(|t| t.name == sheet.table.name) {
            tables.push(sheet.table);
        }
    }
    let lists = DropDowns::of(tables.iter().copied(), schemas);
    overview::write(&mut book, overview)?;
    let mut names = vec![overview::PAGE.to_owned()];
    for sheet in sheets.iter().filter(|s| !s.rows.is_empty()) {
        write_sheet(&mut book, sheet, schemas, &lists, &mut names)?;
    }
    if !tables.is_empty() {
        lists.write(&mut book, &tables, schemas)?;
    }
    book.save_to_buffer()
}

/// The columns of a sheet: those that were sent, and those that are asked for and were not.
fn with_missing(sheet: &MarkedSheet<'_>) -> Vec<MarkedColumn> {
    let mut columns = sheet.columns.clone();
    for field in sheet.rows.iter().flat_map(|row| &row.faults).filter_map(|fault| fault.field) {
        if !columns.iter().any(|c| c.field == Some(field)) {
            columns.push(MarkedColumn { label: sheet.table.fields[field].title.clone(), field: Some(field) });
        }
    }
    columns
}

fn write_sheet(
    book: &mut Workbook,
    sheet: &MarkedSheet<'_>,
    schemas: &Schemas,
    lists: &DropDowns,
    names: &mut Vec<String>,
) -> Laid {
    let styles = MendStyles::new();
    let table = sheet.table;
    let columns = with_missing(sheet);
    let last_row = HEADER + sheet.rows.len() as u32;
    let mark_column = SENT + columns.len() as u16;
    let page = book.add_worksheet();
    page.set_name(sheet_name(&table.title, names))?;
    let title = format!(
        "{TO_MEND} · {}：{} 行。橙色的格必须改，黄色的格请核对，无误的选“{IS_RIGHT}”；直接在格中改，改好后把整个文件放回收件箱",
        table.title,
        sheet.rows.len()
    );
    page.write_with_format(0, 0, &title, &styles.title)?;
    page.set_row_height(0, 24.0)?;
    for ((column, width), label) in [(REMEDIES, REMEDY), (RIGHTS, RIGHT), (ORIGINS, ORIGIN)] {
        page.write_with_format(HEADER, column, label, &styles.our_head)?;
        page.set_column_width(column, width)?;
    }
    page.insert_note(
        HEADER,
        RIGHTS.0,
        &note("黄色的格核对后确实无误的，选“核对无误”：以后不再询问，直到该行内容有变。"),
    )?;
    page.add_data_validation(HEADER + 1, RIGHTS.0, last_row, RIGHTS.0, &found_right()?)?;
    for (at, column) in (SENT..).zip(&columns) {
        let guide = column.field.map(|field| FieldGuide::new(table, &table.fields[field], schemas));
        let required = guide.as_ref().is_some_and(FieldGuide::is_required);
        page.write_with_format(HEADER, at, &column.label, if required { &styles.required_head } else { &styles.head })?;
        let widest = sheet.rows.iter().map(|r| cell_of(r, at - SENT)).map(broad).fold(0.0, f64::max);
        let least = guide.as_ref().map_or(10.0, |guide| guide.width().min(14.0));
        page.set_column_width(at, (widest + 3.0).max(broad(&column.label) + 3.0).clamp(least, 32.0))?;
        if let Some(guide) = guide {
            lists.drop_down(page, &guide, at, (HEADER + 1, last_row))?;
        }
    }
    page.write_with_format(HEADER, mark_column, MARK, &styles.our_head)?;
    page.set_column_hidden(mark_column)?;
    page.set_row_height(HEADER, 32.0)?;
    let mut formats = Formats { table, schemas, known: HashMap::new() };
    for (at, row) in (HEADER + 1..).zip(&sheet.rows) {
        write_row(page, at, row, &columns, &mut formats, &styles)?;
    }
    page.ignore_error_range(HEADER + 1, SENT, last_row, mark_column, IgnoreError::NumberStoredAsText)?;
    page.autofilter(HEADER, 0, last_row, mark_column)?;
    page.set_freeze_panes(HEADER + 1, 1)?;
    page.set_landscape().set_paper_size(8).set_print_fit_to_pages(1, 0).set_repeat_rows(HEADER, HEADER)?;
    page.set_footer("&C&P / &N");
    Ok(())
}

/// The drop-down of a row that is only warned.
fn found_right() -> Laid<DataValidation> {
    DataValidation::new()
        .allow_list_strings(&[IS_RIGHT])?
        .set_error_title("只能选“核对无误”")?
        .set_error_message("核对后确实无误的，选“核对无误”；否则留空，直接在黄色的格中改。")
}

/// The text of a column of a row; empty for a column that was not sent.
fn cell_of(row: &MarkedRow, at: u16) -> &str {
    row.cells.get(usize::from(at)).map_or("", String::as_str)
}

/// Formats of cells, each made once.
struct Formats<'a> {
    table: &'a Table,
    schemas: &'a Schemas,
    known: HashMap<(&'static str, u8), Format>,
}

impl Formats<'_> {
    fn of(&mut self, field: Option<usize>, mark: CellMark) -> &Format {
        let num_format = field
            .map_or("@", |field| FieldGuide::new(self.table, &self.table.fields[field], self.schemas).num_format());
        self.known.entry((num_format, mark as u8)).or_insert_with(|| style::cell(num_format, mark))
    }
}

fn write_row(
    page: &mut Worksheet,
    at: u32,
    row: &MarkedRow,
    columns: &[MarkedColumn],
    formats: &mut Formats<'_>,
    styles: &MendStyles,
) -> Laid {
    let told: Vec<String> = row
        .faults
        .iter()
        .map(|fault| format!("{}{}", if fault.is_error { "【必须改】" } else { "【请核对】" }, fault.remedy))
        .collect();
    let told: String = told.join("\n").chars().take(LONGEST).collect();
    page.write_string_with_format(at, REMEDIES.0, &told, &styles.ours)?;
    page.write_blank(at, RIGHTS.0, &styles.ours)?;
    page.write_string_with_format(at, ORIGINS.0, &row.origin, &styles.ours)?;
    for (column, of) in (SENT..).zip(columns) {
        let faults: Vec<&MarkedFault> =
            row.faults.iter().filter(|fault| fault.field.is_some() && fault.field == of.field).collect();
        let mark = match faults.iter().map(|fault| fault.is_error).max() {
            None => CellMark::None,
            Some(false) => CellMark::Warning,
            Some(true) => CellMark::Error,
        };
        let text: String = cell_of(row, column - SENT).chars().take(LONGEST).collect();
        let style = formats.of(of.field, mark);
        if text.is_empty() {
            page.write_blank(at, column, style)?;
        } else {
            page.write_string_with_format(at, column, &text, style)?;
        }
        if mark != CellMark::None {
            let remedies: Vec<&str> = faults.iter().map(|fault| fault.remedy.as_str()).collect();
            page.insert_note(at, column, &note(&remedies.join("\n")))?;
        }
    }
    page.write_string(at, SENT + columns.len() as u16, row.mark.to_string())?;
    page.set_row_height(at, height([(told.as_str(), REMEDIES.1), (row.origin.as_str(), ORIGINS.1)]))?;
    Ok(())
}
