//! New files: found by their hashes, read, and noted in the register.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use rayon::prelude::*;

use super::inbox::InboxFile;
use super::progress::Progress;
use super::readers::{Limits, Readers};
use super::reading::{Outcome, Reading, Wanted};
use crate::diag::{Code, FileFinding, Severity};
use crate::error::{Error, ErrorKind, Result};
use crate::ledger::{FileEntry, Register};
use crate::read::{ExportBytes, ExportFile, TableHead, TableSink, read_bytes, unreadable_detail};
use crate::schema::Schemas;
use crate::schema::layout::RawRows;
use crate::store::held_file::{HeldFile, Stamp};
use crate::store::hex;
use crate::validate::Validator;

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

/// Rows of the reference data: each table's values as text, by field name.
///
/// # Errors
/// `Schema`: the reference data have faults, all of them in the message.
pub fn read_reference(files: &[InboxFile], schemas: &Schemas, as_of: i32) -> Result<ReferenceRows> {
    let sink = ReferenceSink {
        schemas,
        as_of,
        current: None,
        rows: Arc::new(Mutex::new(ReferenceRows::default())),
        faults: Vec::new(),
    };
    let mut sink = sink;
    let mut faults: Vec<String> = Vec::new();
    for file in files {
        let held = HeldFile::open_itself(&file.path).map_err(|e| Error::input(&file.path, e))?;
        let sha256 = held.sha256().map_err(|e| Error::input(&file.path, e))?;
        let export = ExportFile {
            name: &file.name,
            path: &file.path,
            source: file.source,
            sha256,
            modified_day: file.modified_day,
        };
        let report = read_bytes(&export, ExportBytes::File(held.clone()), schemas, &mut sink)?;
        if !held.is_unchanged() {
            return Err(Error::input(&file.path, "it changed while it was read").hint("run again when it is whole"));
        }
        faults.extend(report.findings.iter().filter(|f| f.severity == Severity::Error).map(describe));
    }
    faults.append(&mut sink.faults);
    if !faults.is_empty() {
        return Err(Error::schema("", faults.join("\n")).hint("mend the reference data: divisions decide every number"));
    }
    let rows = std::mem::take(&mut *sink.rows.lock().expect("no thread died"));
    Ok(rows)
}

fn describe(f: &FileFinding) -> String {
    format!("{}: {}", f.file, crate::diag::render(f.code, "", "", &f.detail, crate::diag::Lang::En))
}

/// Validated reference rows.
#[derive(Debug, Default)]
pub struct ReferenceRows {
    /// `(code, name)`
    pub divisions: Vec<(String, String)>,
    /// `(division code, year, residents)`
    pub population: Vec<(String, i32, i64)>,
}

struct ReferenceSink<'a> {
    schemas: &'a Schemas,
    as_of: i32,
    current: Option<(String, String, Vec<usize>)>,
    rows: Arc<Mutex<ReferenceRows>>,
    faults: Vec<String>,
}

impl TableSink for ReferenceSink<'_> {
    fn begin(&mut self, head: TableHead<'_>) -> Result<()> {
        self.current = Some((head.table.name.clone(), head.file, head.fields));
        Ok(())
    }

    fn rows(&mut self, rows: RawRows) -> Result<()> {
        use arrow::array::{Array, Int64Array, StringArray};
        let Some((dataset, file, fields)) = &self.current else { return Ok(()) };
        let table = self.schemas.table(dataset).ok_or_else(|| Error::bug("a table that is not declared"))?;
        let done = Validator::new(table, self.schemas, self.as_of, &[0; 32])?.validate(fields, &rows)?;
        for f in done.findings.iter().filter(|f| f.severity == Severity::Error && f.code != Code::UnknownDivision) {
            let name = f.field.as_deref().unwrap_or_default();
            let title = table.field(name).map_or("", |f| f.title.as_str());
            let message = crate::diag::render(f.code, title, name, &f.detail, crate::diag::Lang::En);
            self.faults.push(format!("{file}: row {}: {message}", rows.row_numbers[f.row_index as usize]));
        }
        let text = |name: &str| done.plain.column_by_name(name).and_then(|c| c.as_any().downcast_ref::<StringArray>());
        let ints = |name: &str| done.plain.column_by_name(name).and_then(|c| c.as_any().downcast_ref::<Int64Array>());
        let mut out = self.rows.lock().expect("no thread died");
        if let (Some(codes), Some(names)) = (text("code"), text("name")) {
            for i in (0..codes.len()).filter(|i| codes.is_valid(*i) && names.is_valid(*i)) {
                out.divisions.push((codes.value(i).to_owned(), names.value(i).to_owned()));
            }
        }
        if let (Some(codes), Some(years), Some(residents)) = (text("division_code"), ints("year"), ints("residents")) {
            for i in (0..codes.len()).filter(|i| codes.is_valid(*i) && years.is_valid(*i) && residents.is_valid(*i)) {
                out.population.push((codes.value(i).to_owned(), years.value(i) as i32, residents.value(i)));
            }
        }
        Ok(())
    }

    fn end(&mut self, _not_data: u64) -> Result<()> {
        self.current = None;
        Ok(())
    }

    fn abandon(&mut self) {
        self.current = None;
    }
}
