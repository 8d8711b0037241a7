//! Writes separated text files in the encodings that counties use.

use std::borrow::Cow;
use std::io::Write;

use super::written_sheet::WrittenSheet;

/// Encoding of a text file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextEncoding {
    Utf8,
    Utf8Bom,
    Gb18030,
    /// Little endian with a byte order mark, as spreadsheets save "Unicode text".
    Utf16,
}

/// Encodes a text.
pub fn encode(text: &str, encoding: TextEncoding) -> Vec<u8> {
    match encoding {
        TextEncoding::Utf8 => text.as_bytes().to_vec(),
        TextEncoding::Utf8Bom => [b"\xef\xbb\xbf", text.as_bytes()].concat(),
        TextEncoding::Gb18030 => encoding_rs::GB18030.encode(text).0.into_owned(),
        TextEncoding::Utf16 => [0xfeff].into_iter().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect(),
    }
}

fn quoted(value: &str, separator: char) -> Cow<'_, str> {
    if value.contains([separator, '"', '\n', '\r']) {
        Cow::Owned(format!("\"{}\"", value.replace('"', "\"\"")))
    } else {
        Cow::Borrowed(value)
    }
}

/// Appends a value, quoted if necessary.
pub fn push_value(text: &mut String, value: &str, separator: char) {
    text.push_str(&quoted(value, separator));
}

/// Appends a line of values.
pub fn push_line<'v>(text: &mut String, values: impl Iterator<Item = &'v str>, separator: char) {
    for (i, value) in values.enumerate() {
        if i > 0 {
            text.push(separator);
        }
        push_value(text, value, separator);
    }
    text.push_str("\r\n");
}

/// A whole sheet as separated text.
pub fn sheet_text(sheet: &WrittenSheet, separator: char) -> String {
    let mut text = String::new();
    for row in &sheet.rows {
        let values: Vec<String> = row.iter().map(super::written_sheet::WrittenCell::to_text).collect();
        push_line(&mut text, values.iter().map(String::as_str), separator);
    }
    text
}

/// Writes lines of text one by one, without holding the file in memory.
pub struct CsvStream<W: Write> {
    out: W,
    buffer: String,
}

impl<W: Write> CsvStream<W> {
    pub fn new(out: W) -> Self {
        CsvStream { out, buffer: String::new() }
    }

    pub fn line<'v>(&mut self, values: impl Iterator<Item = &'v str>) -> std::io::Result<()> {
        push_line(&mut self.buffer, values, ',');
        if self.buffer.len() > 1 << 16 {
            self.out.write_all(self.buffer.as_bytes())?;
            self.buffer.clear();
        }
        Ok(())
    }

    pub fn finish(mut self) -> std::io::Result<W> {
        self.out.write_all(self.buffer.as_bytes())?;
        self.out.flush()?;
        Ok(self.out)
    }
}
