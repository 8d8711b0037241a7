//! Workbooks (.xlsx and .xls): every sheet is read, hidden sheets and filtered rows included.

use std::fmt::Write as _;

use calamine::{
    CellErrorType, Data, DataRef, Dimensions, ExcelDateTime, Reader, SheetType, Style, Xls, XlsError, Xlsx,
    XlsxCellReader, XlsxError,
};

use super::biff::{Compound, survey_compound};
use super::content::{RawContent, ReadSeek, SeekableBytes};
use super::guard::guarded;
use super::line::TextLine;
use super::open_table::MergedCells;
use super::package::{ErrorCell, PackageSurvey};
use super::session::{FileReading, Item};
use super::sheet::{SheetOutcome, SheetPlace, SheetReader, SheetsBefore};
use super::value::{NumberShape, number_as_date, number_text, serial_text, time_text};
use crate::diag::{Code, Detail, Severity};
use crate::error::Result;

/// Columns of a worksheet in the .xlsx format.
const COLUMNS: u32 = 16_384;

/// Why a workbook cannot be read further.
enum Damage {
    Encrypted,
    Damaged,
}

/// The name of each sheet that was read, and what became of it.
type Outcomes = Vec<(String, SheetOutcome)>;

/// Reads an .xlsx workbook.
pub(super) fn read_xlsx(
    session: &mut FileReading<'_, '_>,
    item: &Item,
    whole: SeekableBytes,
    mut survey: PackageSurvey,
) -> Result<()> {
    let mut workbook = match guarded(|| Xlsx::new(whole.reader())) {
        Ok(Ok(workbook)) => workbook,
        Ok(Err(XlsxError::Password)) => return refuse(session, item, "", Damage::Encrypted),
        Ok(Err(_)) | Err(_) => return refuse(session, item, "", Damage::Damaged),
    };
    let mut outcomes = Outcomes::new();
    let mut before = SheetsBefore::default();
    let sheets = workbook.sheets_metadata().to_vec();
    for (index, sheet) in sheets.iter().enumerate().filter(|(_, sheet)| sheet.typ == SheetType::WorkSheet) {
        let read = if survey.is_sound(&sheet.name) {
            let errors = survey.errors_of(&sheet.name);
            read_xlsx_sheet(session, item.place(&sheet.name, index as u32), &mut workbook, errors, &mut before)?
        } else {
            Err(Damage::Damaged)
        };
        match read {
            Ok(outcome) => outcomes.push((sheet.name.clone(), outcome)),
            Err(damage) => {
                refuse(session, item, &sheet.name, damage)?;
                outcomes.push((sheet.name.clone(), SheetOutcome::Empty));
            }
        }
    }
    judge(session, item, outcomes)
}

/// The cells of a sheet as they come.
struct SheetCells<'a> {
    reader: XlsxCellReader<'a, Box<dyn ReadSeek>>,
    /// Error values of the sheet that the decoder does not know yet, such as `#SPILL!`.
    errors: std::vec::IntoIter<ErrorCell>,
    /// By the number of a style.
    shapes: Vec<NumberShape>,
    from_1904: bool,
    scratch: String,
}

/// Row and column from 0, value, and the number of its style.
type SheetCell<'a> = (u32, u32, DataRef<'a>, usize);

impl<'a> SheetCells<'a> {
    fn next(&mut self) -> Result<Option<SheetCell<'a>>, Damage> {
        loop {
            match guarded(|| self.reader.next_cell_with_style_id()) {
                Ok(Ok(Some((cell, style)))) => {
                    let (row, column) = cell.get_position();
                    return Ok(Some((row, column, cell.get_value().clone(), style)));
                }
                Ok(Ok(None)) => return Ok(None),
                Ok(Err(XlsxError::CellError(_))) => {
                    if let Some(error) = self.errors.next() {
                        return Ok(Some((error.row, error.column, DataRef::String(error.text), 0)));
                    }
                }
                Ok(Err(_)) | Err(_) => return Err(Damage::Damaged),
            }
        }
    }

    fn place(
        &mut self,
        (_, column, value, style): SheetCell<'_>,
        line: &mut TextLine,
        sheet: &mut SheetReader<'_, '_>,
    ) {
        let column = column as usize;
        match value {
            DataRef::Empty => {}
            DataRef::SharedString(text) => line.place(column, text),
            DataRef::String(text) => line.place(column, &text),
            DataRef::Float(value) => {
                let shape = self.shapes.get(style).copied().unwrap_or_default();
                line.place(column, &shape.text(value));
                if let Some(date) = number_as_date(value, shape.decimals, self.from_1904) {
                    sheet.note_date(line.number, column, date);
                }
            }
            other => {
                self.scratch.clear();
                write_cell(&Data::from(other), self.from_1904, &mut self.scratch);
                line.place(column, &self.scratch);
            }
        }
    }
}

/// Reads a sheet cell by cell, so that only one line is in memory and a stray cell in the last column costs nothing.
fn read_xlsx_sheet(
    session: &mut FileReading<'_, '_>,
    place: SheetPlace,
    workbook: &mut Xlsx<Box<dyn ReadSeek>>,
    errors: Vec<ErrorCell>,
    before: &mut SheetsBefore,
) -> Result<Result<SheetOutcome, Damage>> {
    let from_1904 = workbook.has_1904_epoch();
    let name = place.sheet.clone();
    let name = name.as_str();
    let merged = match guarded(|| workbook.merge_cells_by_sheet_name(name)) {
        Ok(Ok(merged)) => merged_cells(&merged),
        Ok(Err(_)) => Vec::new(),
        Err(_) => return Ok(Err(Damage::Damaged)),
    };
    let reader = match guarded(|| workbook.worksheet_cells_reader(name)) {
        Ok(Ok(cells)) => cells,
        Ok(Err(XlsxError::NotAWorksheet(_))) => return Ok(Ok(SheetOutcome::Empty)),
        Ok(Err(_)) | Err(_) => return Ok(Err(Damage::Damaged)),
    };
    let mut sheet = SheetReader::new(session.vocabulary, session.source, place, merged).behind(before);
    let code = |style: &Style| style.number_format.as_ref().map(|format| NumberShape::of(&format.format_code));
    let shapes = reader.styles().iter().map(|style| code(style).unwrap_or_default()).collect();
    let mut cells = SheetCells { reader, errors: errors.into_iter(), shapes, from_1904, scratch: String::new() };
    if let Err(damage) = read_lines(session, &mut sheet, &mut cells)? {
        session.report.findings.extend(sheet.abandon(session.sink));
        return Ok(Err(damage));
    }
    let end = sheet.finish(session.sink)?;
    before.add(&end);
    session.report.findings.extend(end.findings);
    Ok(Ok(end.outcome))
}

fn read_lines(
    session: &mut FileReading<'_, '_>,
    sheet: &mut SheetReader<'_, '_>,
    cells: &mut SheetCells<'_>,
) -> Result<Result<(), Damage>> {
    let mut line = TextLine::default();
    line.start(0);
    loop {
        let cell = match cells.next() {
            Ok(Some(cell)) => cell,
            Ok(None) => break,
            Err(damage) => return Ok(Err(damage)),
        };
        let number = cell.0.saturating_add(1);
        if number != line.number {
            if line.number > 0 {
                sheet.line(&mut line, session.sink)?;
            }
            if number < line.number {
                return Ok(Err(Damage::Damaged));
            }
            if sheet.is_hopeless() {
                return Ok(Ok(()));
            }
            line.start(number);
        }
        if cell.1 >= COLUMNS {
            return Ok(Err(Damage::Damaged));
        }
        cells.place(cell, &mut line, sheet);
    }
    if line.number > 0 {
        sheet.line(&mut line, session.sink)?;
    }
    Ok(Ok(()))
}

/// Reads a compound file (OLE): an .xls workbook, or whatever else it turns out to be.
pub(super) fn read_compound(
    session: &mut FileReading<'_, '_>,
    item: &Item,
    content: &mut dyn RawContent,
) -> Result<()> {
    let survey = match content.whole() {
        Ok(whole) => guarded(|| survey_compound(whole)).unwrap_or(Compound::Damaged),
        Err(e) => return session.unreadable(item, "", &e),
    };
    let shapes = match survey {
        Compound::Workbook(shapes) => shapes,
        Compound::Encrypted => return refuse(session, item, "", Damage::Encrypted),
        Compound::Damaged => return refuse(session, item, "", Damage::Damaged),
        Compound::Other => {
            return session.refuse(item, "", Code::UnknownFormat, Severity::Error, Detail::Format("ole".to_owned()));
        }
    };
    let whole = match content.whole() {
        Ok(whole) => whole,
        Err(e) => return session.unreadable(item, "", &e),
    };
    let mut workbook = match guarded(|| Xls::new(whole.reader())) {
        Ok(Ok(workbook)) => workbook,
        Ok(Err(XlsError::Password)) => return refuse(session, item, "", Damage::Encrypted),
        Ok(Err(_)) | Err(_) => return refuse(session, item, "", Damage::Damaged),
    };
    let from_1904 = workbook.has_1904_epoch();
    let mut outcomes = Outcomes::new();
    let mut before = SheetsBefore::default();
    let sheets = workbook.sheets_metadata().to_vec();
    for (index, sheet) in sheets.iter().enumerate().filter(|(_, sheet)| sheet.typ == SheetType::WorkSheet) {
        let name = &sheet.name;
        let read = guarded(|| (workbook.worksheet_range(name), workbook.merge_cells_by_sheet_name(name)));
        let Ok((Ok(range), merged)) = read else {
            refuse(session, item, name, Damage::Damaged)?;
            continue;
        };
        let place = item.place(name, index as u32);
        let merged = merged_cells(&merged.unwrap_or_default());
        let mut reader = SheetReader::new(session.vocabulary, session.source, place, merged).behind(&before);
        let (first_row, first_column) = range.start().unwrap_or_default();
        let mut line = TextLine::default();
        let mut scratch = String::new();
        for (row, cells) in range.rows().enumerate() {
            line.start(first_row + row as u32 + 1);
            for (column, cell) in cells.iter().enumerate().filter(|(_, cell)| !matches!(cell, Data::Empty)) {
                let at = first_column as usize + column;
                let number = match cell {
                    Data::Int(number) => *number as f64,
                    Data::Float(number) => *number,
                    other => {
                        scratch.clear();
                        write_cell(other, from_1904, &mut scratch);
                        line.place(at, &scratch);
                        continue;
                    }
                };
                let shape = shapes.of_cell(index, first_row + row as u32, at as u32);
                line.place(at, &shape.text(number));
                if let Some(date) = number_as_date(number, shape.decimals, from_1904) {
                    reader.note_date(line.number, at, date);
                }
            }
            reader.line(&mut line, session.sink)?;
        }
        let end = reader.finish(session.sink)?;
        before.add(&end);
        session.report.findings.extend(end.findings);
        outcomes.push((name.clone(), end.outcome));
    }
    judge(session, item, outcomes)
}

/// Adds findings for sheets without a table: warnings if another sheet of the workbook has one, errors otherwise.
fn judge(session: &mut FileReading<'_, '_>, item: &Item, outcomes: Outcomes) -> Result<()> {
    if outcomes
        .iter()
        .all(|(_, outcome)| matches!(outcome, SheetOutcome::Empty | SheetOutcome::OurPage | SheetOutcome::OurOverview))
    {
        // If a sheet is damaged the file has a finding already.
        if session.report.refused.iter().any(|r| r.file == item.file) {
            return Ok(());
        }
        return session.refuse(item, "", Code::EmptyFile, Severity::Error, Detail::None);
    }
    let some_table = outcomes.iter().any(|(_, outcome)| *outcome == SheetOutcome::Table);
    let severity = if some_table { Severity::Warning } else { Severity::Error };
    for (name, outcome) in outcomes {
        session.judge(item, &name, outcome, severity)?;
    }
    Ok(())
}

fn refuse(session: &mut FileReading<'_, '_>, item: &Item, sheet: &str, damage: Damage) -> Result<()> {
    let code = match damage {
        Damage::Encrypted => Code::EncryptedWorkbook,
        Damage::Damaged => Code::DamagedWorkbook,
    };
    session.refuse(item, sheet, code, Severity::Error, Detail::None)
}

/// Cuts merged blocks that span several lines into columns, sorted by first line.
fn merged_cells(blocks: &[Dimensions]) -> Vec<MergedCells> {
    let mut merged: Vec<MergedCells> = blocks
        .iter()
        .filter(|b| b.start.0 < b.end.0)
        .map(|b| MergedCells { first: b.start.0 + 1, last: b.end.0.saturating_add(1), column: b.start.1 as usize })
        .collect();
    merged.sort_by_key(|m| (m.first, m.column));
    merged
}

fn write_cell(cell: &Data, from_1904: bool, out: &mut String) {
    match cell {
        Data::Empty => {}
        Data::String(text) => out.push_str(text),
        Data::Int(number) => {
            let _ = write!(out, "{number}");
        }
        Data::Float(number) => out.push_str(&number_text(*number)),
        Data::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
        Data::DateTime(value) => out.push_str(&date_cell(value, from_1904)),
        Data::DateTimeIso(text) => out.push_str(&iso_cell(text)),
        Data::DurationIso(text) => out.push_str(text),
        Data::Error(CellErrorType::GettingData) => out.push_str("#GETTING_DATA"),
        Data::Error(error) => {
            let _ = write!(out, "{error}");
        }
    }
}

fn date_cell(value: &ExcelDateTime, from_1904: bool) -> String {
    let serial = value.as_f64();
    if value.is_duration() && (0.0..1e9).contains(&serial) {
        return time_text((serial * 86_400.0).round() as i64);
    }
    serial_text(serial, from_1904)
}

/// Turns `2023-05-01T00:00:00` into `2023-05-01`, and writes other times after a space. A text that states a time zone
/// is an instant and is left as it is.
fn iso_cell(text: &str) -> String {
    let (date, time) = text.split_once('T').unwrap_or((text, ""));
    if time.contains(['Z', 'z', '+', '-']) {
        return text.to_owned();
    }
    let time = time.split('.').next().unwrap_or("");
    if time.is_empty() || time == "00:00:00" || time == "00:00" { date.to_owned() } else { format!("{date} {time}") }
}
