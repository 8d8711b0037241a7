//! A file given to a reader by its path, to be checked without storing anything.

use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::diag::{Code, Detail, FileFinding, Severity};
use crate::error::{Error, Result, words};
use crate::read::{ExportBytes, ExportFile, FileReport, TableSink, read_bytes};
use crate::schema::{Schemas, Source};
use crate::store::held_file::HeldFile;

/// The file to read.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct GivenFile {
    pub name: String,
    /// The path as bytes, because a file name need not be valid text.
    path: Vec<u8>,
    pub source: Source,
    modified_day: i32,
}

/// A sink that can end the reading of a file at a limit.
pub trait LimitedSink: TableSink {
    /// The limit that the file exceeded, as the detail of a finding; `None` if it exceeded none.
    fn beyond(&self) -> Option<&Detail>;
}

impl GivenFile {
    pub fn new(name: &str, path: &Path, source: Source, modified_day: i32) -> Self {
        GivenFile { name: name.to_owned(), path: path.as_os_str().as_bytes().to_vec(), source, modified_day }
    }

    pub fn path(&self) -> PathBuf {
        PathBuf::from(OsString::from_vec(self.path.clone()))
    }

    /// Reads the file, whose content must not change meanwhile. If it exceeds a limit, that is a finding.
    ///
    /// # Errors
    /// `Input` if the file cannot be read or changes meanwhile, and whatever error the sink returns.
    pub fn read<S: LimitedSink>(&self, schemas: &Schemas, sink: &mut S) -> Result<FileReport> {
        let path = self.path();
        let held = HeldFile::open(&path).map_err(|e| Error::input(&path, e))?;
        let sha256 = held.sha256().map_err(|e| Error::input(&path, e))?;
        let export =
            ExportFile { name: &self.name, path: &path, source: self.source, sha256, modified_day: self.modified_day };
        let report = match read_bytes(&export, ExportBytes::File(held.clone()), schemas, sink) {
            Ok(report) => report,
            Err(e) => match sink.beyond() {
                Some(limit) => FileReport { findings: vec![self.stopped(limit)], ..FileReport::default() },
                None => return Err(e),
            },
        };
        if !held.is_unchanged() {
            return Err(Error::input(&path, words!("读取过程中文件发生了变化", "it changed while it was read"))
                .hint(words!("请待文件传输完整后再运行", "run again when it is whole")));
        }
        Ok(report)
    }

    /// The finding about a file that was not read to its end because it exceeded a limit.
    pub fn stopped(&self, limit: &Detail) -> FileFinding {
        FileFinding {
            file: self.name.clone(),
            sheet: String::new(),
            code: Code::ReaderStopped,
            severity: Severity::Error,
            detail: limit.clone(),
        }
    }
}
