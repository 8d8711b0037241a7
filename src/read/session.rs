//! A file while it is read: its place, its findings and what it is known by.

use std::sync::Arc;

use super::header::Vocabulary;
use super::sheet::{SheetOutcome, SheetPlace};
use super::sink::TableSink;
use super::titles::{header_below, nearest, title_of};
use crate::diag::{Code, Detail, FileFinding, Severity, Unreadable};
use crate::error::Result;
use crate::schema::Source;

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

/// The finding detail for an I/O error: one of the known reasons, or the kind of the error in words.
pub fn unreadable_detail(error: &std::io::Error) -> Detail {
    use std::io::ErrorKind;
    Detail::Unreadable(match error.kind() {
        ErrorKind::PermissionDenied => Unreadable::Permission,
        ErrorKind::NotFound => Unreadable::Gone,
        ErrorKind::InvalidInput => Unreadable::NoFile,
        _ if error.raw_os_error() == Some(libc::ELOOP) => Unreadable::Loop,
        kind => return Detail::Words(kind.to_string()),
    })
}

/// The file, or the member of an archive, that is being read.
pub(super) struct Item {
    /// Path relative to the inbox.
    pub file: String,
    pub sha256: [u8; 32],
    pub export_day: i32,
    pub is_member: bool,
}

impl Item {
    pub fn place(&self, sheet: &str, sheet_index: u32) -> SheetPlace {
        SheetPlace {
            file: self.file.clone(),
            sha256: self.sha256,
            export_day: self.export_day,
            sheet: sheet.to_owned(),
            sheet_index,
        }
    }

    pub fn member(&self, name: &str, sha256: [u8; 32], export_day: i32) -> Item {
        Item { file: format!("{}/{name}", self.file), sha256, export_day, is_member: true }
    }
}

/// What every reader needs: the words that headers are recognised by, where rows go, and the report.
pub(super) struct FileReading<'a, 's> {
    pub vocabulary: &'a Vocabulary<'s>,
    pub source: Source,
    pub sink: &'a mut dyn TableSink,
    pub report: FileReport,
}

impl FileReading<'_, '_> {
    pub fn say(&mut self, item: &Item, sheet: &str, code: Code, severity: Severity, detail: Detail) {
        self.report.findings.push(FileFinding {
            file: item.file.clone(),
            sheet: sheet.to_owned(),
            code,
            severity,
            detail,
        });
    }

    pub fn warn(&mut self, item: &Item, sheet: &str, code: Code, detail: Detail) {
        self.say(item, sheet, code, Severity::Warning, detail);
    }

    /// Records a file or sheet as holding no table, with a finding.
    pub fn refuse(&mut self, item: &Item, sheet: &str, code: Code, severity: Severity, detail: Detail) -> Result<()> {
        self.say(item, sheet, code, severity, detail);
        let refused = Refused { file: item.file.clone(), sheet: sheet.to_owned(), sha256: item.sha256 };
        if !self.report.refused.contains(&refused) {
            self.report.refused.push(refused);
        }
        Ok(())
    }

    /// Records that the bytes cannot be read from the disk or from the surrounding archive.
    pub fn unreadable(&mut self, item: &Item, sheet: &str, error: &std::io::Error) -> Result<()> {
        let (code, detail) = match item.is_member {
            true => (Code::DamagedArchive, Detail::Words(error.kind().to_string())),
            false => (Code::UnreadableFile, unreadable_detail(error)),
        };
        self.refuse(item, sheet, code, Severity::Error, detail)
    }

    /// Adds the finding that follows from what a sheet turned out to be.
    pub fn judge(&mut self, item: &Item, sheet: &str, outcome: SheetOutcome, severity: Severity) -> Result<()> {
        let table = |index: usize| self.vocabulary.tables[index].table;
        let (code, severity, detail) = match outcome {
            SheetOutcome::Table | SheetOutcome::Empty | SheetOutcome::OurPage | SheetOutcome::OurOverview => {
                return Ok(());
            }
            SheetOutcome::NoHeader(near) => {
                (Code::NoHeader, severity, near.map_or(Detail::None, |n| nearest(table(n.table), &n, self.source)))
            }
            SheetOutcome::HeaderBelow { table: index, line } => {
                (Code::NoHeader, Severity::Error, header_below(table(index), line))
            }
            SheetOutcome::Continued(index) => {
                (Code::NoHeader, Severity::Error, Detail::Continued(Arc::new(title_of(table(index)))))
            }
            SheetOutcome::OurHeaderGone => (Code::NoHeader, Severity::Error, Detail::OurHeader),
            SheetOutcome::TooLong(number) => (Code::LineTooLong, Severity::Error, Detail::Line(number)),
            SheetOutcome::WrongSource(index) => {
                // Templates often include the list of divisions on a sheet of its own; that is no error.
                let table = table(index);
                let detail = Detail::Belongs(Arc::new((title_of(table), table.source.as_str().to_owned())));
                (Code::WrongSource, if table.is_exported() { Severity::Error } else { severity }, detail)
            }
        };
        self.refuse(item, sheet, code, severity, detail)
    }
}
