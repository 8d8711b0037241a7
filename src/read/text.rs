//! Text files: finds the encoding, then whether the text is JSON or a table.

use super::content::RawContent;
use super::encoding::{self, DecodedText};
use super::session::{FileReading, Item};
use super::{csv, jsonl};
use crate::diag::{Code, Detail, Severity};
use crate::error::Result;

/// Bytes of decoded text that are examined before a reader is chosen.
const SAMPLE: usize = 256 << 10;

/// Reads a text file.
pub(super) fn read(session: &mut FileReading<'_, '_>, item: &Item, content: &mut dyn RawContent) -> Result<()> {
    let encoding = match encoding::detect(content) {
        Ok(Some(encoding)) => encoding,
        Ok(None) => return session.refuse(item, "", Code::UnknownFormat, Severity::Error, Detail::None),
        Err(e) => return session.unreadable(item, "", &e),
    };
    let (sample, whole) = match content.open().and_then(|reader| sample(DecodedText::new(reader, encoding))) {
        Ok(sample) => sample,
        Err(e) => return session.unreadable(item, "", &e),
    };
    let start = sample.trim_start_matches(super::line::is_blank_char);
    if start.is_empty() && whole {
        return session.refuse(item, "", Code::EmptyFile, Severity::Error, Detail::None);
    }
    match TextKind::of(start) {
        TextKind::Html => session.refuse(item, "", Code::HtmlNotExcel, Severity::Error, Detail::None),
        TextKind::Other(what) => {
            session.refuse(item, "", Code::UnknownFormat, Severity::Error, Detail::Format(what.to_owned()))
        }
        TextKind::Json => jsonl::read(session, item, content, encoding, start.starts_with('[')),
        TextKind::Table => csv::read(session, item, content, encoding, &sample, whole),
    }
}

fn sample(mut text: DecodedText<'_>) -> std::io::Result<(String, bool)> {
    while text.rest().len() < SAMPLE && !text.is_whole() {
        text.more()?;
    }
    Ok((text.rest().to_owned(), text.is_whole()))
}

enum TextKind {
    Table,
    Json,
    Html,
    Other(&'static str),
}

impl TextKind {
    fn of(start: &str) -> TextKind {
        let head: String = start.chars().take(4000).flat_map(char::to_lowercase).collect();
        if head.starts_with("mime-version:") && head.contains("text/html") {
            return TextKind::Html;
        }
        if head.starts_with("{\\rtf") {
            return TextKind::Other("rtf");
        }
        if head.starts_with('{') || (head.starts_with('[') && head[1..].trim_start().starts_with('{')) {
            return TextKind::Json;
        }
        if head.starts_with('<') {
            let is_workbook = ["<workbook", "<ss:workbook"].iter().any(|tag| head.contains(tag));
            if is_workbook && head.contains("urn:schemas-microsoft-com:office:spreadsheet") {
                return TextKind::Other("spreadsheetml-2003");
            }
            if ["<html", "<table", "<!doctype html", "<body", "<head", "<meta"].iter().any(|tag| head.contains(tag)) {
                return TextKind::Html;
            }
            if head.starts_with("<?xml") || head.contains("xmlns") {
                return TextKind::Other("xml");
            }
        }
        TextKind::Table
    }
}
