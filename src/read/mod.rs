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
//! Details of findings: `column:TITLE` (missing-column, repeated-column), `column:LABEL` (unknown-column: the header's
//! text, cut and masked), `dataset:NAME` (wrong-source, and no-header where one came near), `line:N` (line-too-long),
//! `records:N,N` (damaged-json), `format:NAME` (unknown-format), `reason:WORD` (unreadable-file), `method:NAME`
//! (damaged-archive, damaged-workbook), `codec:NAME` (damaged-parquet), `column:TITLE` (shifted-dates), and
//! `encrypted`, `too-large` or `repeated-names` (damaged-archive).

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
use self::format::{FileFormat, MAGIC_BYTES};
use self::header::Vocabulary;
use self::sheet::{SheetOutcome, SheetPlace};
use crate::diag::{Code, FileFinding, Severity};
use crate::error::Result;
use crate::schema::layout::RawRows;
use crate::schema::{Schemas, Source, Table};
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

/// Describes a table found in a file; it is handed over before the rows.
#[derive(Clone, Debug)]
pub struct TableHead<'a> {
    /// Path relative to the inbox; `a.zip/b.csv` for a member of an archive.
    pub file: String,
    /// SHA-256 of the file, or of the member inside an archive.
    pub sha256: [u8; 32],
    /// Date of the export, in days since 1970-01-01: from the member's name, else from the archive's name, else the
    /// modification time.
    pub export_day: i32,
    /// Name of the sheet; empty for formats without sheets.
    pub sheet: String,
    /// Position of the sheet in its file, from 0.
    pub sheet_index: u32,
    pub table: &'a Table,
    /// For each column of the [`RawRows`] that follow, the index of its field in `table.fields`; no field occurs twice.
    pub fields: Vec<usize>,
}

/// Receives the tables of a file while it is read.
pub trait TableSink {
    /// A table begins. Its rows follow, then [`TableSink::end`] or [`TableSink::abandon`], before the next one begins.
    fn begin(&mut self, head: TableHead<'_>) -> Result<()>;
    /// Rows of the current table, in order, some tens of thousands at a time.
    fn rows(&mut self, rows: RawRows) -> Result<()>;
    /// The current table is complete. `not_data` is the number of its non-empty lines that are not data rows (titles,
    /// headers, totals, footers, repeated headers).
    fn end(&mut self, not_data: u64) -> Result<()>;
    /// The rest of the current table cannot be read because the file is damaged; the rows handed over so far must be
    /// discarded.
    fn abandon(&mut self);
}

/// A file, or a member of an archive, that holds no table; kept with its content hash so that it is listed.
#[derive(Clone, Debug, PartialEq)]
pub struct Refused {
    pub file: String,
    pub sheet: String,
    pub sha256: [u8; 32],
}

/// What was found in a file besides its tables.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FileReport {
    pub findings: Vec<FileFinding>,
    pub refused: Vec<Refused>,
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

/// The finding detail for an I/O error: `reason:` followed by a fixed word, or by the kind of the error.
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
fn read_item(session: &mut FileReading<'_, '_>, item: &Item, content: &mut dyn Content, depth: usize) -> Result<()> {
    let mut head = Vec::new();
    let read = content.open().and_then(|reader| reader.take(MAGIC_BYTES as u64).read_to_end(&mut head));
    if let Err(e) = read {
        return session.unreadable(item, "", &e);
    }
    match FileFormat::of(&head) {
        FileFormat::Empty => session.refuse(item, "", Code::EmptyFile, Severity::Error, String::new()),
        FileFormat::Zip => archive::read(session, item, content, depth),
        FileFormat::Compound => excel::read_compound(session, item, content),
        FileFormat::Parquet => match content.whole() {
            Ok(whole) => parquet::read(session, item, whole),
            Err(e) => session.unreadable(item, "", &e),
        },
        FileFormat::Foreign(what) => {
            session.refuse(item, "", Code::UnknownFormat, Severity::Error, format!("format:{what}"))
        }
        FileFormat::Text => text::read(session, item, content),
    }
}

/// The file, or the member of an archive, that is being read.
struct Item {
    /// Path relative to the inbox.
    file: String,
    sha256: [u8; 32],
    export_day: i32,
    is_member: bool,
}

impl Item {
    fn place(&self, sheet: &str, sheet_index: u32) -> SheetPlace {
        SheetPlace {
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

/// What every reader needs: the words that headers are recognised by, where rows go, and the report.
struct FileReading<'a, 's> {
    vocabulary: &'a Vocabulary<'s>,
    source: Source,
    sink: &'a mut dyn TableSink,
    report: FileReport,
}

impl FileReading<'_, '_> {
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

    /// Records a file or sheet as holding no table, with a finding.
    fn refuse(&mut self, item: &Item, sheet: &str, code: Code, severity: Severity, detail: String) -> Result<()> {
        self.say(item, sheet, code, severity, detail);
        let refused = Refused { file: item.file.clone(), sheet: sheet.to_owned(), sha256: item.sha256 };
        if !self.report.refused.contains(&refused) {
            self.report.refused.push(refused);
        }
        Ok(())
    }

    /// Records that the bytes cannot be read from the disk or from the surrounding archive.
    fn unreadable(&mut self, item: &Item, sheet: &str, error: &std::io::Error) -> Result<()> {
        let (code, detail) = match item.is_member {
            true => (Code::DamagedArchive, error.kind().to_string()),
            false => (Code::UnreadableFile, unreadable_detail(error)),
        };
        self.refuse(item, sheet, code, Severity::Error, detail)
    }

    /// Adds the finding that follows from what a sheet turned out to be.
    fn judge(&mut self, item: &Item, sheet: &str, outcome: SheetOutcome, severity: Severity) -> Result<()> {
        let dataset = |index: usize| format!("dataset:{}", self.vocabulary.tables[index].table.name);
        let (code, severity, detail) = match outcome {
            SheetOutcome::Table | SheetOutcome::Empty => return Ok(()),
            SheetOutcome::NoHeader(near) => (Code::NoHeader, severity, near.map(dataset).unwrap_or_default()),
            SheetOutcome::TooLong(number) => (Code::LineTooLong, Severity::Error, format!("line:{number}")),
            SheetOutcome::WrongSource(index) => {
                // Templates often include the list of divisions on a sheet of its own; that is no error.
                let reference = !self.vocabulary.tables[index].table.is_exported();
                (Code::WrongSource, if reference { severity } else { Severity::Error }, dataset(index))
            }
        };
        self.refuse(item, sheet, code, severity, detail)
    }
}
