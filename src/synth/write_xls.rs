//! Writes .xls workbooks (Excel 97 to 2003): the smallest BIFF8 stream that spreadsheets open, in an OLE file.

use std::io::{Cursor, Result, Write};
use std::time::SystemTime;

use super::written_sheet::{WrittenCell, WrittenSheet};

/// Most rows of a sheet in this format.
pub const MAX_ROWS: usize = 65_536;

fn record(out: &mut Vec<u8>, kind: u16, data: &[u8]) {
    out.extend(kind.to_le_bytes());
    out.extend((data.len() as u16).to_le_bytes());
    out.extend(data);
}

fn begin(out: &mut Vec<u8>, substream: u16) {
    let mut data = Vec::new();
    for part in [0x0600, substream, 0x0dbb, 0x07cc] {
        data.extend(u16::to_le_bytes(part));
    }
    data.extend([0xc1, 0, 0, 0, 6, 3, 0, 0]);
    record(out, 0x0809, &data);
}

fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

fn font(out: &mut Vec<u8>) {
    // 10 points, regular, automatic colour.
    let mut data = vec![200, 0, 0, 0, 0xff, 0x7f, 0x90, 1, 0, 0, 0, 0, 0, 0];
    data.extend([5, 1]);
    data.extend(utf16("Arial"));
    record(out, 0x0031, &data);
}

fn cell_format(out: &mut Vec<u8>, number_format: u16, style: bool) {
    let mut data = vec![0, 0];
    data.extend(number_format.to_le_bytes());
    data.extend(if style { [0xf5, 0xff] } else { [0x01, 0x00] });
    data.extend([0x20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xc0, 0x20]);
    record(out, 0x00e0, &data);
}

/// Indexes of the cell formats written below: 15 styles come first, then the general format, then that for dates.
const GENERAL: u16 = 15;
const DATE: u16 = 16;

fn sheet_stream(sheet: &WrittenSheet) -> Vec<u8> {
    let mut out = Vec::new();
    begin(&mut out, 0x0010);
    let columns = sheet.rows.iter().map(Vec::len).max().unwrap_or(0) as u16;
    let mut size = Vec::new();
    size.extend(0u32.to_le_bytes());
    size.extend((sheet.rows.len() as u32).to_le_bytes());
    size.extend(0u16.to_le_bytes());
    size.extend(columns.to_le_bytes());
    size.extend(0u16.to_le_bytes());
    record(&mut out, 0x0200, &size);
    for (r, row) in sheet.rows.iter().enumerate() {
        for (c, cell) in row.iter().enumerate() {
            let mut data = Vec::new();
            data.extend((r as u16).to_le_bytes());
            data.extend((c as u16).to_le_bytes());
            match cell {
                WrittenCell::Empty => {}
                WrittenCell::Text(text) => {
                    let wide = utf16(text);
                    data.extend(GENERAL.to_le_bytes());
                    data.extend(((wide.len() / 2) as u16).to_le_bytes());
                    data.push(1);
                    data.extend(wide);
                    record(&mut out, 0x0204, &data);
                }
                WrittenCell::Number(n) => {
                    data.extend(GENERAL.to_le_bytes());
                    data.extend(n.to_le_bytes());
                    record(&mut out, 0x0203, &data);
                }
                WrittenCell::Day(day) => {
                    data.extend(DATE.to_le_bytes());
                    data.extend(f64::from(*day + 25_569).to_le_bytes());
                    record(&mut out, 0x0203, &data);
                }
            }
        }
    }
    // The first sheet is the one shown when the file is opened.
    record(&mut out, 0x023e, &[0xb6, 6, 0, 0, 0, 0, 0x40, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    if !sheet.merges.is_empty() {
        let mut data = (sheet.merges.len() as u16).to_le_bytes().to_vec();
        for &(r1, c1, r2, c2) in &sheet.merges {
            for part in [r1 as u16, r2 as u16, c1, c2] {
                data.extend(part.to_le_bytes());
            }
        }
        record(&mut out, 0x00e5, &data);
    }
    record(&mut out, 0x000a, &[]);
    out
}

/// The bytes of a workbook; the same sheets always give the same bytes.
pub fn workbook(sheets: &[WrittenSheet]) -> Result<Vec<u8>> {
    let mut head = Vec::new();
    begin(&mut head, 0x0005);
    record(&mut head, 0x0042, &1200u16.to_le_bytes());
    record(&mut head, 0x003d, &[0, 0, 0, 0, 0xe0, 0x2e, 0xe0, 0x1e, 0x38, 0, 0, 0, 0, 0, 1, 0, 0x58, 2]);
    record(&mut head, 0x0022, &[0, 0]);
    // Spreadsheets expect four fonts and fifteen styles before the first cell format.
    (0..4).for_each(|_| font(&mut head));
    (0..15).for_each(|_| cell_format(&mut head, 0, true));
    cell_format(&mut head, 0, false);
    cell_format(&mut head, 14, false);
    record(&mut head, 0x0293, &[0, 0x80, 0, 0xff]);

    let names: Vec<Vec<u8>> = sheets.iter().map(|s| utf16(&s.name)).collect();
    let bound: usize = names.iter().map(|n| 4 + 8 + n.len()).sum();
    let mut at = head.len() + bound + 4;
    let bodies: Vec<Vec<u8>> = sheets.iter().map(sheet_stream).collect();
    for (name, body) in names.iter().zip(&bodies) {
        let mut data = (at as u32).to_le_bytes().to_vec();
        data.extend([0, 0, (name.len() / 2) as u8, 1]);
        data.extend(name);
        record(&mut head, 0x0085, &data);
        at += body.len();
    }
    record(&mut head, 0x000a, &[]);
    for body in bodies {
        head.extend(body);
    }
    // A stream of less than 4096 bytes would be put into the mini stream, where old readers do not look for it.
    if head.len() < 4096 {
        head.resize(4096, 0);
    }
    ole(&[("Workbook", &head)])
}

/// An OLE file with these streams; without creation time, so that its bytes depend on the streams only.
pub fn ole(streams: &[(&str, &[u8])]) -> Result<Vec<u8>> {
    let mut file = cfb::CompoundFile::create_with_version(cfb::Version::V3, Cursor::new(Vec::new()))?;
    for (name, bytes) in streams {
        file.create_stream(name)?.write_all(bytes)?;
    }
    file.set_created_time("/", SystemTime::UNIX_EPOCH)?;
    file.set_modified_time("/", SystemTime::UNIX_EPOCH)?;
    file.flush()?;
    Ok(file.into_inner().into_inner())
}
