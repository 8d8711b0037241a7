//! New files: found by their hashes, read, and noted in the register.

use std::collections::BTreeSet;

use rayon::prelude::*;

use super::inbox::InboxFile;
use super::progress::Progress;
use super::reader_process::Limits;
use super::readers::Readers;
use super::reading::{Outcome, Reading, Wanted};
use crate::diag::{Code, FileFinding, Severity};
use crate::error::{Error, ErrorKind, Result};
use crate::ledger::{FileEntry, Register};
use crate::read::unreadable_detail;
use crate::store::held_file::{HeldFile, Stamp};
use crate::store::hex;

/// What reading needs.
pub struct Ingest<'a> {
    pub reading: Reading<'a>,
    pub limits: Limits,
    /// A file that changed within so many seconds may still be on its way.
    pub quiet_seconds: u64,
    pub progress: &'a Progress,
}

/// What reading came to.
#[derive(Debug, Default)]
pub struct Ingested {
    /// `(file, sha256)` of what lies in the inbox.
    pub present: BTreeSet<(String, String)>,
    /// Files read tonight.
    pub new_files: usize,
    pub new_rows: u64,
    /// Files of which nothing was taken tonight.
    pub left: Vec<FileFinding>,
}

/// A file before it is read.
enum Looked {
    Hashed(Stamp, [u8; 32]),
    Left(FileFinding),
}

impl Ingest<'_> {
    /// Reads the files whose content the register does not know, and notes them in it. A file that cannot
    /// be read, or changes meanwhile, is left for another night.
    ///
    /// # Errors
    /// `Output`: the store cannot be written.
    pub fn run(&self, files: &[InboxFile], register: &mut Register) -> Result<Ingested> {
        let looked: Vec<Looked> = files.par_iter().map(|f| self.look(f)).collect();
        let mut ingested = Ingested::default();
        let mut new = Vec::new();
        for (file, looked) in files.iter().zip(looked) {
            match looked {
                Looked::Left(finding) => ingested.left.push(finding),
                Looked::Hashed(stamp, sha256) => {
                    let digest = hex(&sha256);
                    if !register.find(&file.name, &digest).is_some_and(|entry| self.holds(entry)) {
                        new.push(Wanted::new(file, stamp, sha256));
                    }
                    ingested.present.insert((file.name.clone(), digest));
                }
            }
        }
        self.all_declared(register, &ingested.present)?;
        self.progress.begin("read", new.len() as u64);
        let readers = Readers { reading: &self.reading, limits: &self.limits, progress: self.progress };
        let outcomes = readers.read(&new)?;
        self.progress.end();
        for (wanted, outcome) in new.iter().zip(outcomes) {
            let left = match outcome {
                Outcome::Read(entry) => {
                    ingested.new_files += 1;
                    ingested.new_rows += entry.tables.iter().map(|t| t.rows).sum::<u64>();
                    register.put(*entry);
                    continue;
                }
                Outcome::Changing => changing(&wanted.name, String::new()),
                Outcome::Unreadable(why) => unreadable(&wanted.name, why),
            };
            ingested.present.remove(&(wanted.name.clone(), hex(&wanted.sha256)));
            ingested.left.push(left);
        }
        for (file, sha256) in &ingested.present {
            register.note_present(file, sha256);
        }
        Ok(ingested)
    }

    fn look(&self, file: &InboxFile) -> Looked {
        let gone = |e: std::io::Error| Looked::Left(unreadable(&file.name, unreadable_detail(&e)));
        let held = match HeldFile::open_itself(&file.path) {
            Ok(held) => held,
            Err(e) => return gone(e),
        };
        if held.stamp().is_younger_than(self.quiet_seconds) {
            return Looked::Left(changing(&file.name, format!("quiet:{}", self.quiet_seconds)));
        }
        match held.sha256() {
            Ok(sha256) if held.is_unchanged() => Looked::Hashed(held.stamp(), sha256),
            Ok(_) => Looked::Left(changing(&file.name, String::new())),
            Err(e) => gone(e),
        }
    }

    /// Whether a reading still says what a reading tonight would: the same declarations, no date judged
    /// against a later `as_of`, and none that a limit ended, which may be another one tonight.
    fn holds(&self, entry: &FileEntry) -> bool {
        entry.schemas == self.reading.schemas.hashes.schemas
            && entry.as_of <= self.reading.as_of
            && !entry.findings.iter().any(|f| f.code() == Some(Code::ReaderStopped))
    }

    /// Files that are gone from the inbox cannot be read again by other declarations.
    fn all_declared(&self, register: &Register, present: &BTreeSet<(String, String)>) -> Result<()> {
        let lost = register.files.iter().find(|f| {
            f.schemas != self.reading.schemas.hashes.schemas && !present.contains(&(f.file.clone(), f.sha256.clone()))
        });
        match lost {
            None => Ok(()),
            Some(file) => Err(Error::new(
                ErrorKind::Schema,
                &file.file,
                "was read by other table declarations and is no longer in the inbox",
            )
            .hint("put the file back, or run with the declarations of before")),
        }
    }
}

fn unreadable(file: &str, detail: String) -> FileFinding {
    let (file, sheet) = (file.to_owned(), String::new());
    FileFinding { file, sheet, code: Code::UnreadableFile, severity: Severity::Error, detail }
}

fn changing(file: &str, detail: String) -> FileFinding {
    let (file, sheet) = (file.to_owned(), String::new());
    FileFinding { file, sheet, code: Code::FileChanging, severity: Severity::Warning, detail }
}
