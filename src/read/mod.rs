//! From bytes to tables of text that know their file, sheet and row numbers.
//!
//! Whatever an export is called and however it is packed, [`read_export`] finds the tables in it, recognises the
//! dataset of each by its header, and hands over the data rows as columns of text.
//!
//! ```text
//! format ─┬─ archive ──► each member again          header    words of headers
//!         ├─ excel ─────┐                           recognise header and dataset of the first lines
//!         ├─ text ─ csv ┴► lines ► sheet ► batch    noise     totals, footers
//!         │      └─ jsonl ───► records ──► batch    encoding  bytes to text, mixed line by line
//!         └─ parquet ────────► records ──► batch    value     typed cells to text
//! ```
//!
//! What a finding says beyond its code stands in its [`Detail`]: the title of a column (the text of an unknown one cut
//! and masked), a dataset, a line, records, a format, a reason.

mod archive;
mod batch;
mod biff;
mod content;
mod csv;
mod encoding;
mod excel;
mod export_day;
mod format;
mod guard;
mod header;
mod jsonl;
mod left_alone;
mod line;
mod method;
mod mixed;
mod nearest;
mod noise;
mod open_table;
mod our_columns;
mod package;
mod parquet;
mod recognise;
mod rows_above;
mod session;
mod sheet;
mod sink;
mod text;
mod titles;
mod traditional;
mod value;

pub use csv::undeclared;
pub use header::alias_of;
pub use left_alone::is_of_the_system;
pub use session::{FileReport, Refused, unreadable_detail};
pub use sink::{SourceColumn, SourceLine, TableHead, TableSink};

use std::io::Read as _;
use std::path::Path;

use bytes::Bytes;

use self::content::{FileContent, MemoryContent, RawContent};
use self::format::{FileFormat, MAGIC_BYTES};
use self::header::Vocabulary;
use self::session::{FileReading, Item};
use crate::diag::{Code, Detail, FileFinding, Severity};
use crate::error::Result;
use crate::schema::{Schemas, Source};
use crate::store::held_file::HeldFile;

/// A file of the inbox.
#[derive(Clone, Debug)]
pub struct ExportFile<'a> {
    /// Path relative to the inbox, with `/` as separator.
    pub name: &'a str,
    pub path: &'a Path,
    pub source: Source,
    /// SHA-256 of the file's bytes.
    pub sha256: [u8; 32],
    /// The file's modification day, used when its name has no date: days since 1970-01-01.
    pub modified_day: i32,
}

/// The content of an export. It is what the hash was computed from, even if the file is changed meanwhile.
#[derive(Clone, Debug)]
pub enum ExportBytes {
    File(HeldFile),
    Memory(Bytes),
}

/// Opens a file by its path and reads every table in it.
///
/// # Errors
/// Only when the sink returns an error, or on a bug: whatever is wrong with the file is a finding in the report.
pub fn read_export(file: &ExportFile<'_>, schemas: &Schemas, sink: &mut dyn TableSink) -> Result<FileReport> {
    match HeldFile::open(file.path) {
        Ok(held) => read_bytes(file, ExportBytes::File(held), schemas, sink),
        Err(e) => Ok(unopened(file, &e)),
    }
}

/// The report for a file that cannot be opened.
fn unopened(file: &ExportFile<'_>, error: &std::io::Error) -> FileReport {
    let name = file.name.to_owned();
    let finding = FileFinding {
        file: name.clone(),
        sheet: String::new(),
        code: Code::UnreadableFile,
        severity: Severity::Error,
        detail: unreadable_detail(error),
    };
    let refused = Refused { file: name, sheet: String::new(), sha256: file.sha256 };
    FileReport { findings: vec![finding], refused: vec![refused] }
}

/// Like [`read_export`], from content that has been opened already.
pub fn read_bytes(
    file: &ExportFile<'_>,
    bytes: ExportBytes,
    schemas: &Schemas,
    sink: &mut dyn TableSink,
) -> Result<FileReport> {
    let vocabulary = Vocabulary::new(schemas);
    let mut session = FileReading { vocabulary: &vocabulary, source: file.source, sink, report: FileReport::default() };
    let item = Item {
        file: file.name.to_owned(),
        sha256: file.sha256,
        export_day: export_day::in_name(export_day::base_name(file.name)).unwrap_or(file.modified_day),
        is_member: false,
    };
    match bytes {
        ExportBytes::File(held) => read_item(&mut session, &item, &mut FileContent(held), 0)?,
        ExportBytes::Memory(bytes) => read_item(&mut session, &item, &mut MemoryContent(bytes), 0)?,
    }
    Ok(session.report)
}

/// Reads a file or a member of an archive; `depth` is the number of archives around it.
fn read_item(session: &mut FileReading<'_, '_>, item: &Item, content: &mut dyn RawContent, depth: usize) -> Result<()> {
    let mut head = Vec::new();
    let read = content.open().and_then(|reader| reader.take(MAGIC_BYTES as u64).read_to_end(&mut head));
    if let Err(e) = read {
        return session.unreadable(item, "", &e);
    }
    match FileFormat::of(&head) {
        FileFormat::Empty => session.refuse(item, "", Code::EmptyFile, Severity::Error, Detail::None),
        FileFormat::Zip => archive::read(session, item, content, depth, read_item),
        FileFormat::Compound => excel::read_compound(session, item, content),
        FileFormat::Parquet => match content.whole() {
            Ok(whole) => parquet::read(session, item, whole),
            Err(e) => session.unreadable(item, "", &e),
        },
        FileFormat::Foreign(what) => {
            session.refuse(item, "", Code::UnknownFormat, Severity::Error, Detail::Format(what.to_owned()))
        }
        FileFormat::Text => text::read(session, item, content),
    }
}
