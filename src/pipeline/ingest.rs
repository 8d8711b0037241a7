//! Reads new files: finds by their hashes which are new, reads them, and records them in the register.

use std::collections::BTreeSet;

use rayon::prelude::*;

use super::inbox::InboxFile;
use super::reader_limits::ReaderLimits;
use super::readers::Readers;
use super::reading::{Outcome, ReadingContext, WantedTables, vault_name};
use crate::diag::{Code, Detail, FileFinding, Severity, grouped};
use crate::epoch;
use crate::error::{Error, ErrorKind, Result, Words, words};
use crate::ledger::{FileEntry, Register};
use crate::progress::Progress;
use crate::publish::ReadEarlier;
use crate::read::unreadable_detail;
use crate::reuse::{Layer, Reuse, Reused};
use crate::schema::layout::{identity_schema, plain_schema};
use crate::store::held_file::{HeldFile, Stamp};
use crate::store::hex;
use crate::store::table_file::columns_of;

/// Most files that an error lists after the first.
const MOST_NAMED: usize = 10;

/// What is needed to read new files.
pub struct Ingest<'a> {
    pub reading: ReadingContext<'a>,
    pub limits: ReaderLimits,
    /// A file that changed within this many seconds may still be being written, and is left for the next night.
    pub quiet_seconds: u64,
    pub progress: &'a Progress,
}

/// The result of reading the inbox.
#[derive(Debug, Default)]
pub struct Ingested {
    /// `(file, sha256)` of each file that is in the inbox now.
    pub present: BTreeSet<(String, String)>,
    /// Number of files read in this run.
    pub new_files: usize,
    pub new_rows: u64,
    /// Files read again because an earlier version of the reading code had read them.
    pub read_again: usize,
    /// Files that would have to be read again for that reason but are no longer in the inbox.
    pub read_earlier: Vec<ReadEarlier>,
    /// Files that were left unread in this run, with the reason.
    pub left: Vec<FileFinding>,
}

/// What is known of a file before it is read.
enum HashedFile {
    Hashed(Stamp, [u8; 32]),
    Left(FileFinding),
}

impl Ingest<'_> {
    /// Reads the files whose content the register does not know, and records them in it. A file that cannot be read, or
    /// changes meanwhile, is left for the next night.
    ///
    /// # Errors
    /// `Output` if the store cannot be written.
    pub fn run(&self, files: &[InboxFile], register: &mut Register) -> Result<Ingested> {
        let looked: Vec<HashedFile> = files.par_iter().map(|f| self.look(f)).collect();
        let mut ingested = Ingested::default();
        let mut new = Vec::new();
        let mut reused = Reused::default();
        for (file, looked) in files.iter().zip(looked) {
            match looked {
                HashedFile::Left(finding) => ingested.left.push(finding),
                HashedFile::Hashed(stamp, sha256) => {
                    let digest = hex(&sha256);
                    let before = register.find(&file.name, &digest);
                    let reuse = before.map_or(Reuse::Fresh, |entry| self.compare(entry));
                    reused.note(reuse);
                    if reuse == Reuse::Fresh {
                        ingested.read_again += usize::from(before.is_some_and(|f| f.epoch != epoch::READING));
                        new.push(WantedTables::new(file, stamp, sha256));
                    }
                    ingested.present.insert((file.name.clone(), digest));
                }
            }
        }
        reused.log(Layer::Files);
        ingested.read_earlier = self.gone(register, &ingested.present)?;
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
                Outcome::Changing => changing(&wanted.name, Detail::None),
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

    fn look(&self, file: &InboxFile) -> HashedFile {
        let gone = |e: std::io::Error| HashedFile::Left(unreadable(&file.name, unreadable_detail(&e)));
        let held = match HeldFile::open_itself(&file.path) {
            Ok(held) => held,
            Err(e) => return gone(e),
        };
        if held.stamp().is_younger_than(self.quiet_seconds) {
            return HashedFile::Left(changing(&file.name, Detail::Quiet(self.quiet_seconds)));
        }
        match held.sha256() {
            Ok(sha256) if held.is_unchanged() => HashedFile::Hashed(held.stamp(), sha256),
            Ok(_) => HashedFile::Left(changing(&file.name, Detail::None)),
            Err(e) => gone(e),
        }
    }

    /// Whether what was read of a file is what reading it tonight would give: by code of the same epoch and the
    /// same declarations, no date judged against a later `as_of`, and not ended by a limit, which may be another
    /// one tonight.
    fn compare(&self, entry: &FileEntry) -> Reuse {
        if entry.as_of > self.reading.as_of || entry.findings.iter().any(|f| f.code() == Some(Code::ReaderStopped)) {
            return Reuse::Fresh;
        }
        let tonight = (epoch::READING, &self.reading.schemas.hashes.schemas);
        Layer::Files.compare(Some(&(entry.epoch, &entry.schemas)), &tonight)
    }

    /// Handles files that were read before and are no longer in the inbox, so they cannot be read again. Rows read by
    /// an earlier epoch or by other declarations are used as they are, as long as they have today's columns.
    ///
    /// # Errors
    /// `Schema` if such files were read with other declarations.
    fn gone(&self, register: &Register, present: &BTreeSet<(String, String)>) -> Result<Vec<ReadEarlier>> {
        let (mut earlier, mut lost) = (Vec::new(), Vec::new());
        for entry in register.files.iter().filter(|f| !present.contains(&(f.file.clone(), f.sha256.clone()))) {
            let is_declared = entry.schemas == self.reading.schemas.hashes.schemas;
            match entry.epoch == epoch::READING {
                true if is_declared => {}
                _ if is_declared || self.has_todays_columns(entry) => earlier.push(ReadEarlier {
                    path: entry.file.clone(),
                    sha256: entry.sha256.clone(),
                    epoch: entry.epoch,
                }),
                _ => lost.push(entry.file.as_str()),
            }
        }
        let Some(first) = lost.first() else { return Ok(earlier) };
        let mut message = words!(
            "是按另一套数据集定义读取的，现已不在收件箱中",
            "was read by other table declarations and is no longer in the inbox",
        );
        if lost.len() > 1 {
            let rest = grouped((lost.len() - 1) as u64);
            message = message.and(&words!("；另有 {rest} 个文件也是如此：", "; so were {rest} more files:"));
            let named: String = lost[1..].iter().take(MOST_NAMED).map(|file| format!("\n  {file}")).collect();
            message = message.and(&Words::plain(named));
        }
        Err(Error::new(ErrorKind::Schema, *first, message).hint(words!(
            "请把文件放回，或改用原来的定义运行",
            "put the files back, or run with the declarations of before",
        )))
    }

    /// Whether all validated rows of a file have the columns that today's code writes.
    fn has_todays_columns(&self, entry: &FileEntry) -> bool {
        entry.tables.iter().all(|read| {
            let Some(table) = self.reading.schemas.table(&read.dataset) else { return false };
            let plain = columns_of(&self.reading.store.parsed(&read.dataset, &read.id));
            let has_plain = plain.is_ok_and(|columns| columns.fields() == plain_schema(table).fields());
            has_plain
                && identity_schema(table).is_none_or(|wanted| {
                    let names: Vec<&str> = wanted.fields().iter().map(|f| f.name().as_str()).collect();
                    self.reading.vault.read(&vault_name(&read.dataset, &read.id), &names).is_ok()
                })
        })
    }
}

fn unreadable(file: &str, detail: Detail) -> FileFinding {
    let (file, sheet) = (file.to_owned(), String::new());
    FileFinding { file, sheet, code: Code::UnreadableFile, severity: Severity::Error, detail }
}

fn changing(file: &str, detail: Detail) -> FileFinding {
    let (file, sheet) = (file.to_owned(), String::new());
    FileFinding { file, sheet, code: Code::FileChanging, severity: Severity::Warning, detail }
}
