//! Looks through the raw records of an .xls workbook before the decoder opens it: for encryption, for sizes that no
//! workbook has, and for the number formats of cells, which the decoder does not give.

use std::collections::HashMap;
use std::io::Read as _;

use super::content::SeekableBytes;
use super::value::NumberShape;

/// What a compound file (OLE) turned out to hold.
pub(super) enum Compound {
    Workbook(Shapes),
    Encrypted,
    Damaged,
    Other,
}

/// Checks a compound file before the decoder opens it: for both kinds of encryption, and for sizes in its records that
/// no workbook can have, for which the decoder would allocate memory.
pub(super) fn survey_compound(whole: SeekableBytes) -> Compound {
    let Ok(mut file) = cfb::CompoundFile::open(whole.reader()) else {
        return Compound::Damaged;
    };
    if file.exists("/EncryptedPackage") || file.exists("/EncryptionInfo") {
        return Compound::Encrypted;
    }
    let Some(path) = ["/Workbook", "/Book", "/WORKBOOK", "/BOOK"].into_iter().find(|path| file.is_stream(path)) else {
        return Compound::Other;
    };
    let mut stream = Vec::new();
    match file.open_stream(path).and_then(|mut s| s.read_to_end(&mut stream)) {
        Ok(_) => survey_records(&stream),
        Err(_) => Compound::Damaged,
    }
}

/// Walks the records of a BIFF stream (MS-XLS 2.1.4); each is a type, a length and data.
fn survey_records(stream: &[u8]) -> Compound {
    const FILE_PASS: u16 = 0x002F;
    const DIMENSIONS: u16 = 0x0200;
    const CELLS: [u16; 8] = [0x0006, 0x00BD, 0x00D6, 0x00FD, 0x0203, 0x0204, 0x0205, 0x027E];
    let word = |at: usize| word(stream, at);
    let long = |at: usize| u32::from(word(at)) | u32::from(word(at + 2)) << 16;
    let mut at = 0;
    while at + 4 <= stream.len() {
        let (kind, length) = (word(at), usize::from(word(at + 2)));
        let data = at + 4;
        if data + length > stream.len() {
            return Compound::Damaged;
        }
        let sane = match kind {
            FILE_PASS => return Compound::Encrypted,
            DIMENSIONS if length >= 14 => {
                long(data) <= long(data + 4)
                    && long(data + 4) <= 65_536
                    && word(data + 8) <= word(data + 10)
                    && word(data + 10) <= 256
            }
            DIMENSIONS if length >= 10 => {
                word(data) <= word(data + 2) && word(data + 4) <= word(data + 6) && word(data + 6) <= 256
            }
            kind if CELLS.contains(&kind) && length >= 4 => word(data + 2) <= 255,
            _ => true,
        };
        if !sane {
            return Compound::Damaged;
        }
        at = data + length;
    }
    Compound::Workbook(Shapes::of(stream))
}

/// The number formats of a workbook's cells, where they change how a number reads.
#[derive(Default)]
pub(super) struct Shapes {
    /// What each cell format of the workbook says; cells refer to a format by its index here.
    formats: Vec<NumberShape>,
    /// For each sheet in order, its cells whose format changes how the number reads: row and column packed in one
    /// number, and the index of the format.
    sheets: Vec<Vec<(u32, u16)>>,
}

const BOF: u16 = 0x0809;
const EOF: u16 = 0x000A;

impl Shapes {
    fn of(stream: &[u8]) -> Self {
        const FORMAT: u16 = 0x041E;
        const CELL_FORMAT: u16 = 0x00E0;
        const SHEET: u16 = 0x0085;
        let mut codes: HashMap<u16, String> = HashMap::new();
        let (mut of_cells, mut places) = (Vec::new(), Vec::new());
        let mut wide = true;
        for (kind, data) in records(stream, 0) {
            match kind {
                BOF => wide = word(data, 0) == 0x0600,
                FORMAT => drop(codes.insert(word(data, 0), format_code(data, wide))),
                CELL_FORMAT => of_cells.push(word(data, 2)),
                SHEET => places.push(usize::from(word(data, 0)) | usize::from(word(data, 2)) << 16),
                EOF => break,
                _ => {}
            }
        }
        let shape = |format: &u16| NumberShape::of(codes.get(format).map_or_else(|| built_in(*format), String::as_str));
        let mut shapes = Shapes { formats: of_cells.iter().map(shape).collect(), sheets: Vec::new() };
        shapes.sheets = places.into_iter().map(|place| shapes.cells(stream, place)).collect();
        shapes
    }

    /// Collects these cells for the sheet whose records begin at `place`. Embedded objects, such as charts, are
    /// skipped.
    fn cells(&self, stream: &[u8], place: usize) -> Vec<(u32, u16)> {
        const FORMULA: u16 = 0x0006;
        const NUMBER: u16 = 0x0203;
        const RK: u16 = 0x027E;
        const RKS: u16 = 0x00BD;
        let mut cells = Vec::new();
        let mut depth = 0;
        let mut note = |row: u16, column: u16, format: u16| {
            if self.formats.get(usize::from(format)).is_some_and(|shape| *shape != NumberShape::default()) {
                cells.push((u32::from(row) << 16 | u32::from(column), format));
            }
        };
        for (kind, data) in records(stream, place) {
            match kind {
                BOF => depth += 1,
                EOF if depth <= 1 => break,
                EOF => depth -= 1,
                FORMULA | NUMBER | RK if depth == 1 => note(word(data, 0), word(data, 2), word(data, 4)),
                // Record: row, first column, then a format and a number for each cell, then the last column.
                RKS if depth == 1 => {
                    let formats = data.get(4..data.len().saturating_sub(2)).unwrap_or_default().chunks_exact(6);
                    for (nth, of_cell) in (0..).zip(formats) {
                        note(word(data, 0), word(data, 2).saturating_add(nth), word(of_cell, 0));
                    }
                }
                _ => {}
            }
        }
        // The sort is stable: where a cell is written twice, the last record counts, as it does for the decoder.
        cells.sort_by_key(|(place, _)| *place);
        cells
    }

    /// The format of one cell; sheet, row and column count from 0.
    pub fn of_cell(&self, sheet: usize, row: u32, column: u32) -> NumberShape {
        let Some(cells) = self.sheets.get(sheet) else { return NumberShape::default() };
        let place = row << 16 | column;
        let end = cells.partition_point(|(p, _)| *p <= place);
        let format = end.checked_sub(1).map(|last| cells[last]).filter(|(p, _)| *p == place);
        format.and_then(|(_, format)| self.formats.get(usize::from(format)).copied()).unwrap_or_default()
    }
}

/// The records of the stream from an offset on, as type and data.
fn records(stream: &[u8], from: usize) -> impl Iterator<Item = (u16, &[u8])> {
    let mut rest = stream.get(from..).unwrap_or_default();
    std::iter::from_fn(move || {
        let length = usize::from(word(rest.get(..4)?, 2));
        let record = (word(rest, 0), rest.get(4..4 + length)?);
        rest = &rest[4 + length..];
        Some(record)
    })
}

/// Reads a little-endian 16-bit number; 0 beyond the end of the data.
fn word(data: &[u8], at: usize) -> u16 {
    data.get(at..at + 2).map_or(0, |b| u16::from_le_bytes([b[0], b[1]]))
}

/// The text of a number format. Characters that are not ASCII are left out: they are only displayed and say nothing
/// about the number. `wide` is true for Excel 97 and later, where a flag says whether a character takes one or two
/// bytes.
fn format_code(data: &[u8], wide: bool) -> String {
    let ascii = |unit: u16| u8::try_from(unit).ok().filter(u8::is_ascii).map_or('x', char::from);
    if !wide {
        return data.get(3..).unwrap_or_default().iter().map(|b| ascii(u16::from(*b))).collect();
    }
    let text = data.get(5..).unwrap_or_default();
    if data.get(4).is_some_and(|flags| flags & 1 == 1) {
        return text.chunks_exact(2).map(|unit| ascii(word(unit, 0))).collect();
    }
    text.iter().map(|b| ascii(u16::from(*b))).collect()
}

/// The built-in number formats, whose text is not written in the workbook (ECMA-376 18.8.30).
fn built_in(format: u16) -> &'static str {
    match format {
        1 | 3 | 37 | 38 | 41 | 42 => "0",
        2 | 4 | 39 | 40 | 43 | 44 => "0.00",
        9 => "0%",
        10 => "0.00%",
        _ => "",
    }
}
