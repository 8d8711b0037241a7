//! Reads all parts of an .xlsx package to the end before any of its rows is used: checks checksums and XML syntax, and
//! collects the error values that the cell decoder does not know.

use std::collections::HashMap;
use std::io::{BufReader, Read, Seek, SeekFrom};

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::content::ReadSeek;
use super::guard::guarded;
use super::method;
use crate::diag::Detail;

/// A cell with an error value that the decoder does not know: row and column from 0, and the text.
#[derive(Clone, Debug)]
pub(super) struct ErrorCell {
    pub row: u32,
    pub column: u32,
    pub text: String,
}

/// What was found in the package.
#[derive(Debug, Default)]
pub(super) struct PackageSurvey {
    /// The name of each sheet, and the id of the relationship that leads to its part.
    sheets: Vec<(String, String)>,
    /// Relationship ids, mapped to the paths of parts.
    targets: HashMap<String, String>,
    /// Paths of the parts of sheets that are damaged.
    unsound: Vec<String>,
    /// Error cells, by the path of their part.
    errors: HashMap<String, Vec<ErrorCell>>,
}

impl PackageSurvey {
    /// The error cells of a sheet that the decoder does not know, in the order of the file.
    pub fn errors_of(&mut self, sheet: &str) -> Vec<ErrorCell> {
        let part = self.part_of(sheet).map(str::to_owned);
        part.and_then(|part| self.errors.remove(&part)).unwrap_or_default()
    }

    /// Whether the part of a sheet is undamaged.
    pub fn is_sound(&self, sheet: &str) -> bool {
        self.unsound.is_empty() || self.part_of(sheet).is_some_and(|part| !self.unsound.iter().any(|u| u == part))
    }

    fn part_of(&self, sheet: &str) -> Option<&str> {
        let (_, id) = self.sheets.iter().find(|(name, _)| name == sheet)?;
        self.targets.get(id).map(String::as_str)
    }
}

/// Reads every part to its end; returns the detail of the finding if the package as a whole is damaged.
pub(super) fn survey(
    archive: &mut zip::ZipArchive<Box<dyn ReadSeek>>,
    mut bytes: Box<dyn ReadSeek>,
) -> Result<PackageSurvey, Detail> {
    let mut survey = PackageSurvey::default();
    for index in 0..archive.len() {
        let read = guarded(|| {
            let (name, start) = {
                let entry = archive.by_index_raw(index).map_err(|_| Detail::None)?;
                if let Some(method) = method::unread(entry.compression()) {
                    return Err(Detail::Method(method));
                }
                (entry.name_raw().to_vec(), entry.header_start())
            };
            // The name in the table of contents and the one at the part itself must be the same.
            if !is_named(&mut bytes, start, &name) {
                return Err(Detail::None);
            }
            let entry = archive.by_index(index).map_err(|_| Detail::None)?;
            let name = String::from_utf8_lossy(&name).trim_start_matches('/').to_owned();
            match survey.part(&name, entry) {
                Err(Unsound) if is_sheet(&name) => {
                    survey.unsound.push(name);
                    Ok(())
                }
                read => read.map_err(|_| Detail::None),
            }
        });
        read.unwrap_or(Err(Detail::None))?;
    }
    // Damage outside the sheets' parts makes the whole workbook damaged.
    let parts: Vec<&str> = survey.sheets.iter().filter_map(|(name, _)| survey.part_of(name)).collect();
    if survey.unsound.iter().all(|part| parts.contains(&part.as_str())) { Ok(survey) } else { Err(Detail::None) }
}

fn is_sheet(part: &str) -> bool {
    part.to_ascii_lowercase().starts_with("xl/worksheets/") && part.to_ascii_lowercase().ends_with(".xml")
}

/// Whether the local header at `start` (APPNOTE 4.3.7) states this name.
fn is_named(bytes: &mut Box<dyn ReadSeek>, start: u64, name: &[u8]) -> bool {
    let mut head = vec![0; 30 + name.len()];
    bytes.seek(SeekFrom::Start(start)).and_then(|_| bytes.read_exact(&mut head)).is_ok()
        && head.starts_with(b"PK\x03\x04")
        && usize::from(u16::from_le_bytes([head[26], head[27]])) == name.len()
        && &head[30..] == name
}

/// The part is not well-formed XML, or its bytes cannot be read.
struct Unsound;

impl<E: std::error::Error> From<E> for Unsound {
    fn from(_: E) -> Self {
        Unsound
    }
}

impl PackageSurvey {
    fn part(&mut self, name: &str, mut entry: impl Read) -> Result<(), Unsound> {
        let lower = name.to_ascii_lowercase();
        if !lower.ends_with(".xml") && !lower.ends_with(".rels") {
            std::io::copy(&mut entry, &mut std::io::sink())?;
            return Ok(());
        }
        let mut reader = Reader::from_reader(BufReader::new(entry));
        let mut sheet = is_sheet(name).then(StreamedSheet::default);
        let is_workbook = lower == "xl/workbook.xml";
        let is_relations = lower == "xl/_rels/workbook.xml.rels";
        let mut buffer = Vec::new();
        let (mut depth, mut roots) = (0usize, 0usize);
        loop {
            buffer.clear();
            match reader.read_event_into(&mut buffer)? {
                Event::Start(element) => {
                    roots += usize::from(depth == 0);
                    depth += 1;
                    match &mut sheet {
                        Some(sheet) => sheet.start(&element)?,
                        None if is_workbook => self.sheet(&element)?,
                        None if is_relations => self.relation(&element)?,
                        None => {}
                    }
                }
                Event::Empty(element) => {
                    roots += usize::from(depth == 0);
                    match &mut sheet {
                        Some(sheet) => {
                            sheet.start(&element)?;
                            sheet.end();
                        }
                        None if is_workbook => self.sheet(&element)?,
                        None if is_relations => self.relation(&element)?,
                        None => {}
                    }
                }
                Event::End(_) => {
                    depth = depth.checked_sub(1).ok_or(Unsound)?;
                    if let Some(sheet) = &mut sheet {
                        sheet.end();
                    }
                }
                Event::Text(text) => match &mut sheet {
                    Some(sheet) => sheet.text(text.as_ref())?,
                    None if depth == 0
                        && !text.as_ref().trim_matches(['\u{feff}', ' ', '\n', '\r', '\t']).is_empty() =>
                    {
                        return Err(Unsound);
                    }
                    None => {}
                },
                Event::Eof => break,
                _ => {}
            }
        }
        if depth != 0 || roots != 1 {
            return Err(Unsound);
        }
        if let Some(sheet) = sheet.filter(|sheet| !sheet.errors.is_empty()) {
            self.errors.insert(name.to_owned(), sheet.errors);
        }
        Ok(())
    }

    fn sheet(&mut self, element: &BytesStart<'_>) -> Result<(), Unsound> {
        if element.local_name().as_ref() == "sheet" {
            let (name, id) = (attribute(element, "name")?, attribute(element, "id")?);
            if let (Some(name), Some(id)) = (name, id) {
                self.sheets.push((name, id));
            }
        }
        Ok(())
    }

    fn relation(&mut self, element: &BytesStart<'_>) -> Result<(), Unsound> {
        if element.local_name().as_ref() == "Relationship" {
            let (id, target) = (attribute(element, "Id")?, attribute(element, "Target")?);
            if let (Some(id), Some(target)) = (id, target) {
                let part = match target.strip_prefix('/') {
                    Some(whole) => whole.to_owned(),
                    None => format!("xl/{target}"),
                };
                self.targets.insert(id, part);
            }
        }
        Ok(())
    }
}

/// The value of an attribute; its namespace prefix is ignored.
fn attribute(element: &BytesStart<'_>, name: &str) -> Result<Option<String>, Unsound> {
    let mut found = None;
    for attribute in element.attributes() {
        let attribute = attribute?;
        if attribute.key.local_name().as_ref() == name {
            found = Some(quick_xml::escape::unescape(attribute.value.as_ref())?.into_owned());
        }
    }
    Ok(found)
}

/// State while the XML of a sheet is streamed.
#[derive(Debug, Default)]
struct StreamedSheet {
    /// Number of open elements below `sheetData`; 0 outside it.
    depth: usize,
    row: u32,
    column: u32,
    /// Inside the value of a cell whose type is "error".
    is_error: bool,
    is_value: bool,
    text: String,
    errors: Vec<ErrorCell>,
}

impl StreamedSheet {
    fn start(&mut self, element: &BytesStart<'_>) -> Result<(), Unsound> {
        let name = element.local_name();
        match (self.depth, name.as_ref()) {
            (0, "sheetData") => self.depth = 1,
            (0, _) => {}
            (1, "row") => {
                for attribute in element.attributes() {
                    let attribute = attribute?;
                    if attribute.key.as_ref() == "r" {
                        self.row = attribute.value.trim().parse::<u32>()?.checked_sub(1).ok_or(Unsound)?;
                    }
                }
                self.column = 0;
                self.depth = 2;
            }
            (2, "c") => {
                self.is_error = false;
                for attribute in element.attributes() {
                    let attribute = attribute?;
                    match attribute.key.as_ref() {
                        "r" => (self.row, self.column) = position(&attribute.value).ok_or(Unsound)?,
                        "t" => self.is_error = attribute.value == "e",
                        _ => {}
                    }
                }
                self.depth = 3;
            }
            (3, "v") => {
                self.is_value = self.is_error;
                self.text.clear();
                self.depth = 4;
            }
            (3, "f" | "is" | "extLst") | (2, "extLst") => self.depth += 1,
            // An element that does not belong here: damage turned another tag into it.
            (1..=3, _) => return Err(Unsound),
            _ => self.depth += 1,
        }
        Ok(())
    }

    fn end(&mut self) {
        match self.depth {
            0 => return,
            2 => self.row = self.row.saturating_add(1),
            3 => self.column = self.column.saturating_add(1),
            4 if self.is_value => {
                self.is_value = false;
                if !self.text.is_empty() && !KNOWN.contains(&self.text.as_str()) {
                    let text = std::mem::take(&mut self.text);
                    self.errors.push(ErrorCell { row: self.row, column: self.column, text });
                }
            }
            _ => {}
        }
        self.depth -= 1;
    }

    fn text(&mut self, text: &str) -> Result<(), Unsound> {
        match self.depth {
            // Between rows and cells there must be no text.
            1..=3 if !text.trim_ascii().is_empty() => return Err(Unsound),
            _ if self.is_value => self.text.push_str(text),
            _ => {}
        }
        Ok(())
    }
}

/// Error values that the cell decoder knows.
const KNOWN: [&str; 7] = ["#DIV/0!", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!"];

/// Row and column, from 0, of a reference such as `B7`.
fn position(place: &str) -> Option<(u32, u32)> {
    let letters = place.bytes().take_while(u8::is_ascii_alphabetic).count();
    let column = place[..letters]
        .bytes()
        .try_fold(0u32, |n, b| n.checked_mul(26)?.checked_add(u32::from(b.to_ascii_uppercase() - b'A') + 1))?;
    let row: u32 = place[letters..].parse().ok()?;
    Some((row.checked_sub(1)?, column.checked_sub(1)?))
}
