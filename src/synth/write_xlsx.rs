//! Writes .xlsx workbooks.

use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, Workbook, XlsxError};

use super::written_sheet::{WrittenCell, WrittenSheet};

/// The bytes of a workbook; the same sheets always give the same bytes.
///
/// # Errors
/// [`XlsxError`] if the format cannot hold a sheet: its name has more than 31 characters, or it has too many rows.
pub fn workbook(sheets: &[WrittenSheet]) -> Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    // The creation time is part of the file and would otherwise differ in every run.
    let created = ExcelDateTime::from_ymd(2024, 1, 2)?;
    book.set_properties(&DocProperties::new().set_creation_datetime(&created));
    let date = Format::new().set_num_format("yyyy-mm-dd");
    for sheet in sheets {
        let page = book.add_worksheet();
        page.set_name(&sheet.name)?;
        for &(r1, c1, r2, c2) in &sheet.merges {
            page.merge_range(r1, c1, r2, c2, "", &Format::new())?;
        }
        for (r, row) in sheet.rows.iter().enumerate() {
            for (c, cell) in row.iter().enumerate() {
                let (r, c) = (r as u32, c as u16);
                match cell {
                    WrittenCell::Empty => {}
                    WrittenCell::Text(text) => {
                        page.write_string(r, c, text)?;
                    }
                    WrittenCell::Number(n) => {
                        page.write_number(r, c, *n)?;
                    }
                    WrittenCell::Day(day) => {
                        // Excel counts days since 1899-12-30.
                        page.write_number_with_format(r, c, f64::from(*day + 25_569), &date)?;
                    }
                }
            }
        }
    }
    book.save_to_buffer()
}
