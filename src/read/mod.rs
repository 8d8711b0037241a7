//! Bytes to tables of strings that keep file, sheet and row number.
//!
//! Whatever an export is called and however it is wrapped, [`read_export`] finds the tables in it,
//! recognises each one's dataset by its headers, and hands over the data rows as columns of text.
//!
//! ```text
//! format ─┬─ archive ──► each member again          header    words of headers
//!         ├─ excel ─────┐                           recognise header and dataset of the first lines
//!         ├─ text ─ csv ┴► lines ► sheet ► batch    noise     totals, footers
//!         │      └─ jsonl ───► records ──► batch    encoding  bytes to text, mixed line by line
//!         └─ parquet ────────► records ──► batch    value     typed cells to text
//! ```
//!
//! Details of findings: `column:TITLE` (missing-column, repeated-column), `column:LABEL`
//! (unknown-column: the header's text, cut and masked), `dataset:NAME` (wrong-source, and no-header
//! where one came near), `line:N` (line-too-long), `records:N,N` (damaged-json), `format:NAME`
//! (unknown-format), `reason:WORD` (unreadable-file), `method:NAME` (damaged-archive, damaged-workbook),
//! `codec:NAME` (damaged-parquet), `column:TITLE` (shifted-dates), and `encrypted`, `too-large` or
//! `repeated-names` (damaged-archive).

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
mod line;
mod method;
mod mixed;
mod noise;
mod package;
mod parquet;
mod recognise;
mod sheet;
mod text;
mod value;

pub use csv::undeclared;

use std::io::Read as _;
use std::path::Path;

use bytes::Bytes;

use self::content::{Content, FileContent, MemoryContent};
use self::format::{Format, MAGIC_BYTES};
use self::header::Vocabulary;
use self::sheet::{Outcome, Place};
use crate::diag::{Code, FileFinding, Severity};
use crate::error::Result;
use crate::schema::layout::RawRows;
use crate::schema::{Schemas, Source, Table};
use crate::store::held_file::HeldFile;

/// A file of the inbox.
#[derive(Clone, Debug)]
pub struct ExportFile<'a> {
    /// Path below the inbox, with `/`.
    pub name: &'a str,
    pub path: &'a Path,
    pub source: Source,
    /// SHA-256 of the file's bytes.
    pub sha256: [u8; 32],
    /// The file's own date, for names without one: days since 1970-01-01.
    pub modified_day: i32,
}

/// A table found in a file, before its rows.
#[derive(Clone, Debug)]
pub struct TableHead<'a> {
    /// Path below the inbox; `a.zip/b.csv` inside an archive.
    pub file: String,
    /// SHA-256 of the file, or of the member inside an archive.
    pub sha256: [u8; 32],
    /// Date of the export: 8 digits of the member's name, else of the archive's name, else the
    /// member's own time.
    pub export_day: i32,
    /// Empty where the format has no sheets.
    pub sheet: String,
    /// Order of the sheet in its file, from 0.
    pub sheet_index: u32,
    pub table: &'a Table,
    /// Index into `table.fields` of each column of the [`RawRows`] to come; none twice.
    pub fields: Vec<usize>,
}

/// Takes the tables of a file as they are read.
pub trait TableSink {
    /// A table begins. Its rows follow, then [`TableSink::end`], before the next table begins.
    fn begin(&mut self, head: TableHead<'_>) -> Result<()>;
    /// Rows of the current table, in order, some tens of thousands at a time.
    fn rows(&mut self, rows: RawRows) -> Result<()>;
    /// The current table is whole; `not_data` counts its non-empty lines that are no data rows
    /// (titles, headers, totals, footers, repeated headers).
    fn end(&mut self, not_data: u64) -> Result<()>;
    /// The current table cannot be read further (a damaged file): what came of it must not be kept.
    fn abandon(&mut self);
}

/// A member (or the whole file) that holds no table, with its content hash, so that it is listed.
#[derive(Clone, Debug, PartialEq)]
pub struct Refused {
    pub file: String,
    pub sheet: String,
    pub sha256: [u8; 32],
}

/// What is to be said of a file beyond its tables.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FileReport {
    pub findings: Vec<FileFinding>,
    pub refused: Vec<Refused>,
}

/// The bytes of an export: those that its hash is of, whatever becomes of the file meanwhile.
#[derive(Clone, Debug)]
pub enum ExportBytes {
    File(HeldFile),
    Memory(Bytes),
}

/// Reads every table of a file, which is opened by its path.
///
/// # Errors
/// Only what the sink returns, and bugs. Whatever is wrong with the file is a finding in the report.
pub fn read_export(file: &ExportFile<'_>, schemas: &Schemas, sink: &mut dyn TableSink) -> Result<FileReport> {
    match HeldFile::open(file.path) {
        Ok(held) => read_bytes(file, ExportBytes::File(held), schemas, sink),
        Err(e) => Ok(unopened(file, &e)),
    }
}

/// The report of a file that the system does not open.
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

/// What a finding says of an error of the system: `reason:` and a word, or the error's own kind.
pub fn unreadable_detail(error: &std::io::Error) -> String {
    use std::io::ErrorKind;
    match error.kind() {
        ErrorKind::PermissionDenied => "reason:permission".to_owned(),
        ErrorKind::NotFound => "reason:gone".to_owned(),
        ErrorKind::InvalidInput => "reason:no-file".to_owned(),
        _ if error.raw_os_error() == Some(libc::ELOOP) => "reason:loop".to_owned(),
        kind => kind.to_string(),
    }
}

/// As [`read_export`], from bytes that are held already.
///
/// # Errors
/// As [`read_export`].
pub fn read_bytes(
    file: &ExportFile<'_>,
    bytes: ExportBytes,
    schemas: &Schemas,
    sink: &mut dyn TableSink,
) -> Result<FileReport> {
    let vocabulary = Vocabulary::new(schemas);
    let mut session = Session { vocabulary: &vocabulary, source: file.source, sink, report: FileReport::default() };
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

/// Reads a file or a member of an archive, `depth` archives deep.
fn read_item(session: &mut Session<'_, '_>, item: &Item, content: &mut dyn Content, depth: usize) -> Result<()> {
    let mut head = Vec::new();
    let read = content.open().and_then(|reader| reader.take(MAGIC_BYTES as u64).read_to_end(&mut head));
    if let Err(e) = read {
        return session.unreadable(item, "", &e);
    }
    match Format::of(&head) {
        Format::Empty => session.refuse(item, "", Code::EmptyFile, Severity::Error, String::new()),
        Format::Zip => archive::read(session, item, content, depth),
        Format::Compound => excel::read_compound(session, item, content),
        Format::Parquet => match content.whole() {
            Ok(whole) => parquet::read(session, item, whole),
            Err(e) => session.unreadable(item, "", &e),
        },
        Format::Foreign(what) => {
            session.refuse(item, "", Code::UnknownFormat, Severity::Error, format!("format:{what}"))
        }
        Format::Text => text::read(session, item, content),
    }
}

/// A file, or a member of an archive, that is being read.
struct Item {
    /// Path below the inbox.
    file: String,
    sha256: [u8; 32],
    export_day: i32,
    is_member: bool,
}

impl Item {
    fn place(&self, sheet: &str, sheet_index: u32) -> Place {
        Place {
            file: self.file.clone(),
            sha256: self.sha256,
            export_day: self.export_day,
            sheet: sheet.to_owned(),
            sheet_index,
        }
    }

    fn member(&self, name: &str, sha256: [u8; 32], export_day: i32) -> Item {
        Item { file: format!("{}/{name}", self.file), sha256, export_day, is_member: true }
    }
}

/// What every reader needs: the words to recognise, where rows go, and what is to be said.
struct Session<'a, 's> {
    vocabulary: &'a Vocabulary<'s>,
    source: Source,
    sink: &'a mut dyn TableSink,
    report: FileReport,
}

impl Session<'_, '_> {
    fn say(&mut self, item: &Item, sheet: &str, code: Code, severity: Severity, detail: String) {
        self.report.findings.push(FileFinding {
            file: item.file.clone(),
            sheet: sheet.to_owned(),
            code,
            severity,
            detail,
        });
    }

    fn warn(&mut self, item: &Item, sheet: &str, code: Code, detail: String) {
        self.say(item, sheet, code, Severity::Warning, detail);
    }

    /// Lists a file or sheet as one that holds no table.
    fn refuse(&mut self, item: &Item, sheet: &str, code: Code, severity: Severity, detail: String) -> Result<()> {
        self.say(item, sheet, code, severity, detail);
        let refused = Refused { file: item.file.clone(), sheet: sheet.to_owned(), sha256: item.sha256 };
        if !self.report.refused.contains(&refused) {
            self.report.refused.push(refused);
        }
        Ok(())
    }

    /// The system, or the archive around it, does not give the bytes.
    fn unreadable(&mut self, item: &Item, sheet: &str, error: &std::io::Error) -> Result<()> {
        let (code, detail) = match item.is_member {
            true => (Code::DamagedArchive, error.kind().to_string()),
            false => (Code::UnreadableFile, unreadable_detail(error)),
        };
        self.refuse(item, sheet, code, Severity::Error, detail)
    }

    /// Says what is to be said of a sheet that was looked through.
    fn judge(&mut self, item: &Item, sheet: &str, outcome: Outcome, severity: Severity) -> Result<()> {
        let dataset = |index: usize| format!("dataset:{}", self.vocabulary.tables[index].table.name);
        let (code, severity, detail) = match outcome {
            Outcome::Table | Outcome::Empty => return Ok(()),
            Outcome::NoHeader(near) => (Code::NoHeader, severity, near.map(dataset).unwrap_or_default()),
            Outcome::TooLong(number) => (Code::LineTooLong, Severity::Error, format!("line:{number}")),
            Outcome::WrongSource(index) => {
                // Templates bring the list of divisions along on a sheet of its own.
                let reference = !self.vocabulary.tables[index].table.is_exported();
                (Code::WrongSource, if reference { severity } else { Severity::Error }, dataset(index))
            }
        };
        self.refuse(item, sheet, code, severity, detail)
    }
}
