//! Text tables with comma, tab, semicolon or bar as separator; quoted cells may contain line breaks.
//!
//! A quote opens a cell only as its first character, and closes it only right before a separator or a line break. Any
//! other quote is an ordinary character, so that a stray one does not swallow the rows after it. Blanks and zero-width
//! marks may stand around the quotes (joined files have byte order marks in the middle), and an `=` before them, as in
//! `="00123"`, by which exports keep spreadsheets from reading a text as a number.

use std::io;

use arrow::array::{Array, AsArray, StringArray, StringBuilder};
use arrow::compute::concat;
use rayon::prelude::*;

use super::content::RawContent;
use super::encoding::{Coding, DecodedText};
use super::line::{LONGEST_RECORD, TextLine, is_blank_char};
use super::recognise::{self, HEADER_WITHIN, Recognised};
use super::session::{FileReading, Item};
use super::sheet::{SheetEnd, SheetOutcome, SheetReader};
use crate::diag::{Code, Detail, Severity};
use crate::error::Result;

/// Separators that are considered.
const SEPARATORS: [u8; 4] = [b',', b'\t', b';', b'|'];
/// Reads a text table. `sample` is the beginning of the text; `whole` is true if it is all of it.
pub(super) fn read(
    session: &mut FileReading<'_, '_>,
    item: &Item,
    content: &mut dyn RawContent,
    encoding: Coding,
    sample: &str,
    whole: bool,
) -> Result<()> {
    let separator = separator(session, sample, whole);
    let text = match content.open() {
        Ok(reader) => DecodedText::new(reader, encoding),
        Err(e) => return session.unreadable(item, "", &e),
    };
    let mut records = CsvRecords { text, separator, number: 0 };
    let mut sheet = SheetReader::new(session.vocabulary, session.source, item.place("", 0), Vec::new());
    let mut line = TextLine::default();
    loop {
        match records.next(&mut line) {
            Ok(true) => sheet.line(&mut line, session.sink)?,
            Ok(false) => break,
            Err(fault) => {
                session.report.findings.extend(sheet.abandon(session.sink));
                return match fault {
                    CsvError::TooLong(number) => {
                        session.refuse(item, "", Code::LineTooLong, Severity::Error, Detail::Line(number))
                    }
                    CsvError::Io(e) => session.unreadable(item, "", &e),
                };
            }
        }
        if sheet.is_hopeless() {
            break;
        }
    }
    let SheetEnd { outcome, findings, .. } = sheet.finish(session.sink)?;
    session.report.findings.extend(findings);
    match outcome {
        SheetOutcome::Empty => session.refuse(item, "", Code::EmptyFile, Severity::Error, Detail::None),
        other => session.judge(item, "", other, Severity::Error),
    }
}

/// Chooses the separator: the one that makes the first lines the best header of a dataset or, if none does, the one
/// that occurs most often in them.
fn separator(session: &FileReading<'_, '_>, sample: &str, whole: bool) -> u8 {
    let mut best: Option<(recognise::Header, u8)> = None;
    let mut foreign = None;
    for separator in SEPARATORS {
        match recognise::find(session.vocabulary, session.source, &first_lines(sample, whole, separator)) {
            Recognised::Header(header) => {
                if best.as_ref().is_none_or(|(b, _)| header.compare(b).is_gt()) {
                    best = Some((header, separator));
                }
            }
            Recognised::WrongSource(_) => foreign = foreign.or(Some(separator)),
            Recognised::Nothing(_) => {}
        }
    }
    best.map(|(_, separator)| separator).or(foreign).unwrap_or_else(|| {
        let count = |separator: &u8| memchr::memchr_iter(*separator, sample.as_bytes()).count();
        SEPARATORS.into_iter().rev().max_by_key(count).unwrap_or(b',')
    })
}

fn first_lines(sample: &str, whole: bool, separator: u8) -> Vec<TextLine> {
    let mut lines = Vec::new();
    let mut rest = sample;
    let mut number = 0;
    while lines.len() < HEADER_WITHIN && !rest.is_empty() {
        number += 1;
        let mut line = TextLine::default();
        line.start(number);
        match parse(rest, whole, separator, &mut line) {
            Parsed::Record(taken) => rest = &rest[taken..],
            Parsed::Incomplete => break,
        }
        if !line.is_blank() {
            lines.push(line);
        }
    }
    lines
}

/// Reads a text table that no dataset declares: the header, and the cells column by column. The separator is the one
/// that occurs most often in the first line. Blank lines are skipped, and missing cells are empty.
pub fn undeclared(text: &str) -> (Vec<String>, Vec<StringArray>) {
    let first = &text[..memchr::memchr2(b'\n', b'\r', text.as_bytes()).unwrap_or(text.len())];
    let count = |separator: &u8| memchr::memchr_iter(*separator, first.as_bytes()).count();
    let separator = SEPARATORS.into_iter().rev().max_by_key(count).unwrap_or(b',');
    let mut header = Vec::new();
    let mut rest = text;
    let mut line = TextLine::default();
    while header.is_empty() && !rest.is_empty() {
        line.start(1);
        let Parsed::Record(taken) = parse(rest, true, separator, &mut line) else { break };
        rest = &rest[taken..];
        if !line.is_blank() {
            header = (0..).map_while(|i| line.get(i)).map(|cell| cell.trim().to_owned()).collect();
        }
    }
    let parts: Vec<Vec<StringArray>> =
        parts_of(rest).into_par_iter().map(|part| columns_of(part, header.len(), separator)).collect();
    let column = |index: usize| {
        let cells: Vec<&dyn Array> = parts.iter().map(|columns| &columns[index] as &dyn Array).collect();
        concat(&cells).expect("texts after texts").as_string().clone()
    };
    (header.clone(), (0..header.len()).into_par_iter().map(column).collect())
}

/// Bytes of one part when a large text is parsed in parallel.
const PART: usize = 1 << 22;

/// Cuts a text at line ends into parts. A text with quotes stays in one part, because a quoted cell may contain line
/// ends.
fn parts_of(text: &str) -> Vec<&str> {
    if memchr::memchr(b'"', text.as_bytes()).is_some() {
        return vec![text];
    }
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some(end) = rest.as_bytes().get(PART..).and_then(|after| memchr::memchr(b'\n', after)) {
        let (part, after) = rest.split_at(PART + end + 1);
        parts.push(part);
        rest = after;
    }
    parts.push(rest);
    parts
}

fn columns_of(text: &str, count: usize, separator: u8) -> Vec<StringArray> {
    let mut columns: Vec<StringBuilder> = (0..count).map(|_| StringBuilder::new()).collect();
    let mut rest = text;
    let mut line = TextLine::default();
    while !rest.is_empty() {
        line.start(1);
        let Parsed::Record(taken) = parse(rest, true, separator, &mut line) else { break };
        rest = &rest[taken..];
        if !line.is_blank() {
            for (i, column) in columns.iter_mut().enumerate() {
                column.append_value(line.get(i).unwrap_or_default());
            }
        }
    }
    columns.iter_mut().map(StringBuilder::finish).collect()
}

enum CsvError {
    TooLong(u32),
    Io(io::Error),
}

/// Iterates over the records of a text. They are numbered as a spreadsheet numbers its lines: a quoted cell with line
/// breaks is one line, and a blank line counts.
struct CsvRecords<'c> {
    text: DecodedText<'c>,
    separator: u8,
    number: u32,
}

impl CsvRecords<'_> {
    fn next(&mut self, line: &mut TextLine) -> Result<bool, CsvError> {
        loop {
            let rest = self.text.rest();
            let whole = self.text.is_whole();
            if rest.is_empty() && whole {
                return Ok(false);
            }
            // At the longest length the text so far is parsed as if it were all, so that a quote that is never closed
            // becomes an ordinary character; a line without an end stays incomplete.
            let cap = rest.len() >= LONGEST_RECORD;
            line.start(self.number.saturating_add(1));
            if !rest.is_empty() {
                match parse(rest, whole || cap, self.separator, line) {
                    Parsed::Record(taken) if cap && !whole && taken == rest.len() => {
                        return Err(CsvError::TooLong(line.number));
                    }
                    Parsed::Record(taken) => {
                        if taken > LONGEST_RECORD {
                            return Err(CsvError::TooLong(line.number));
                        }
                        self.number = line.number;
                        self.text.take(taken);
                        return Ok(true);
                    }
                    Parsed::Incomplete => {}
                }
            }
            self.text.more().map_err(CsvError::Io)?;
        }
    }
}

enum Parsed {
    /// A record of this many bytes, its line break included.
    Record(usize),
    /// The text so far ends before the record does.
    Incomplete,
}

/// Parses the record at the beginning of the text.
fn parse(text: &str, whole: bool, separator: u8, line: &mut TextLine) -> Parsed {
    let bytes = text.as_bytes();
    let end = match memchr::memchr2(b'\n', b'\r', bytes) {
        Some(end) => end,
        None if whole => bytes.len(),
        None => return Parsed::Incomplete,
    };
    if memchr::memchr(b'"', &bytes[..end]).is_some() {
        return parse_quoted(text, whole, separator, line);
    }
    match line_break(bytes, end, whole) {
        Some(taken) => {
            line.split(&text[..end], separator);
            Parsed::Record(taken)
        }
        None => Parsed::Incomplete,
    }
}

/// The offset after the line break at `at`. `None` when a CR is the last byte so far, because an LF may follow.
fn line_break(bytes: &[u8], at: usize, whole: bool) -> Option<usize> {
    match (bytes.get(at), bytes.get(at + 1)) {
        (None, _) => Some(at),
        (Some(b'\r'), Some(b'\n')) => Some(at + 2),
        (Some(b'\r'), None) if !whole => None,
        _ => Some(at + 1),
    }
}

fn parse_quoted(text: &str, whole: bool, separator: u8, line: &mut TextLine) -> Parsed {
    let bytes = text.as_bytes();
    let mut at = 0;
    loop {
        let end = match opening_quote(&text[at..], separator) {
            Some(before) => match closing_quote(text, at + before, separator, whole) {
                Quote::Closes(close, end) => {
                    line.push_quoted(&text[at + before + 1..close]);
                    Some(end)
                }
                Quote::Open if !whole => return Parsed::Incomplete,
                Quote::Open | Quote::Character => None,
            },
            None => None,
        };
        let end = match end {
            Some(end) => end,
            None => {
                let end = match memchr::memchr3(separator, b'\n', b'\r', &bytes[at..]) {
                    Some(length) => at + length,
                    None if whole => bytes.len(),
                    None => return Parsed::Incomplete,
                };
                line.push(&text[at..end]);
                end
            }
        };
        if bytes.get(end) == Some(&separator) {
            at = end + 1;
            continue;
        }
        return line_break(bytes, end, whole).map_or(Parsed::Incomplete, Parsed::Record);
    }
}

/// Bytes before the opening quote of a cell; `None` if the cell is not quoted.
fn opening_quote(cell: &str, separator: u8) -> Option<usize> {
    let before = blanks(cell, separator);
    match cell.as_bytes()[before..] {
        [b'"', ..] => Some(before),
        [b'=', b'"', ..] => Some(before + 1),
        _ => None,
    }
}

/// Bytes of blanks and zero-width marks at the beginning of a text; line breaks and the separator do not count.
fn blanks(text: &str, separator: u8) -> usize {
    let is_mark = |c: char| is_blank_char(c) && !matches!(c, '\n' | '\r') && c != char::from(separator);
    text.find(|c| !is_mark(c)).unwrap_or(text.len())
}

enum Quote {
    /// The quote at the first offset closes the cell, and the cell ends at the second.
    Closes(usize, usize),
    /// The text so far ends inside the cell, or with a quote that may be the closing one.
    Open,
    /// The quote is followed by something other than the end of the cell, so the opening quote was an ordinary
    /// character.
    Character,
}

fn closing_quote(text: &str, open: usize, separator: u8, whole: bool) -> Quote {
    let bytes = text.as_bytes();
    let mut from = open + 1;
    loop {
        let Some(length) = memchr::memchr(b'"', &bytes[from..]) else {
            return Quote::Open;
        };
        let at = from + length;
        if bytes.get(at + 1) == Some(&b'"') {
            from = at + 2;
            continue;
        }
        let end = at + 1 + blanks(&text[at + 1..], separator);
        return match bytes.get(end) {
            Some(b'\n' | b'\r') => Quote::Closes(at, end),
            Some(next) if *next == separator => Quote::Closes(at, end),
            Some(_) => Quote::Character,
            None if whole => Quote::Closes(at, end),
            None => Quote::Open,
        };
    }
}
