//! Reads one file of the inbox, validates its rows and stores them, and makes sure that the bytes read are those that
//! were hashed.

use std::collections::{BTreeMap, HashMap};
use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

use arrow::array::{Array, BooleanArray};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::inbox::InboxFile;
use crate::diag::{Code, Detail, FileFinding, RowFindings, Severity, listed};
use crate::epoch;
use crate::error::{Error, Result};
use crate::fingerprint::Fingerprint;
use crate::ledger::{FileEntry, FindingEntry, Mends, RefusedEntry, TableEntry, findings};
use crate::read::{
    ExportBytes, ExportFile, SourceColumn, TableHead, TableSink, alias_of, read_bytes, unreadable_detail,
};
use crate::schema::layout::{REJECTED, RawRows, identity_schema, plain_schema};
use crate::schema::mending::RowMark;
use crate::schema::{Schemas, Source, Table};
use crate::store::held_file::{HeldFile, Stamp};
use crate::store::table_file::{TableWriter, write_table};
use crate::store::vault::{Vault, VaultWriter};
use crate::store::{Store, hash_file, hex};
use crate::validate::{MisplacedTitles, SheetTitles, ValidatedRows, Validator};

/// Files up to this many bytes are read into memory and hashed there; larger ones are hashed before and after reading.
const SMALL: u64 = 32 << 20;
/// Most data rows that one file may have.
pub const MOST_ROWS: u64 = 5_000_000;
/// Most tables that one file may have, counting members and sheets without a table.
pub const MOST_TABLES: usize = 10_000;
/// A file to read, with the state in which it was hashed.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct WantedTables {
    pub name: String,
    /// The path as bytes, because a file name need not be valid text.
    path: Vec<u8>,
    pub county: String,
    pub source: Source,
    pub modified_day: i32,
    pub stamp: Stamp,
    pub sha256: [u8; 32],
}

impl WantedTables {
    pub fn new(file: &InboxFile, stamp: Stamp, sha256: [u8; 32]) -> Self {
        WantedTables {
            name: file.name.clone(),
            path: file.path.as_os_str().as_bytes().to_vec(),
            county: file.county.clone(),
            source: file.source,
            modified_day: file.modified_day,
            stamp,
            sha256,
        }
    }

    fn path(&self) -> PathBuf {
        PathBuf::from(OsString::from_vec(self.path.clone()))
    }
}

/// The result of reading a file.
#[derive(Debug, Serialize, Deserialize)]
pub enum Outcome {
    /// It was read to the end or to a limit; problems are among its findings.
    Read(Box<FileEntry>),
    /// Its content is no longer what was hashed.
    Changing,
    /// Its bytes cannot be read from the disk; the value is the detail of the finding.
    Unreadable(Detail),
}

/// What is needed to read files, in whichever process.
pub struct ReadingContext<'a> {
    pub schemas: &'a Schemas,
    pub store: &'a Store,
    pub vault: &'a Vault,
    pub as_of: i32,
    pub content_key: [u8; 32],
}

impl<'a> ReadingContext<'a> {
    /// A validator for each dataset, prepared once for many files.
    pub fn validators(&self) -> Result<HashMap<&'a str, Validator<'a>>> {
        self.schemas
            .tables
            .iter()
            .map(|t| Ok((t.name.as_str(), Validator::new(t, self.schemas, self.as_of, &self.content_key)?)))
            .collect()
    }

    /// Reads a file.
    ///
    /// # Errors
    /// `Output` if the store cannot be written.
    pub fn file(&self, wanted: &WantedTables, validators: &HashMap<&str, Validator<'_>>) -> Result<Outcome> {
        let unreadable = |e: &std::io::Error| Outcome::Unreadable(unreadable_detail(e));
        let path = wanted.path();
        let held = match HeldFile::open_itself(&path) {
            Ok(held) => held,
            Err(e) => return Ok(unreadable(&e)),
        };
        if held.stamp() != wanted.stamp {
            return Ok(Outcome::Changing);
        }
        if wanted.stamp.size > SMALL {
            let entry = self.bytes(wanted, &path, ExportBytes::File(held.clone()), validators)?;
            return Ok(match held.sha256() {
                Ok(sha256) if sha256 == wanted.sha256 && held.is_unchanged() => entry,
                Ok(_) => Outcome::Changing,
                Err(e) => unreadable(&e),
            });
        }
        let bytes = match held.bytes() {
            Ok(bytes) => bytes,
            Err(e) => return Ok(unreadable(&e)),
        };
        let sha256: [u8; 32] = <sha2::Sha256 as sha2::Digest>::digest(&bytes).into();
        if sha256 != wanted.sha256 || !held.is_unchanged() {
            return Ok(Outcome::Changing);
        }
        drop(held);
        self.bytes(wanted, &path, ExportBytes::Memory(bytes), validators)
    }

    fn bytes(
        &self,
        wanted: &WantedTables,
        path: &Path,
        bytes: ExportBytes,
        validators: &HashMap<&str, Validator<'_>>,
    ) -> Result<Outcome> {
        let export = ExportFile {
            name: &wanted.name,
            path,
            source: wanted.source,
            sha256: wanted.sha256,
            modified_day: wanted.modified_day,
        };
        let saved = wanted.stamp.modified();
        let mut sink = KeepSink {
            reading: self,
            validators,
            saved,
            current: None,
            tables: Vec::new(),
            findings: Vec::new(),
            rows: 0,
            beyond: None,
        };
        let report = match read_bytes(&export, bytes, self.schemas, &mut sink) {
            Ok(report) => report,
            Err(e) => {
                return match sink.beyond {
                    Some(what) => Ok(Outcome::Read(Box::new(self.stopped(wanted, what)))),
                    None => Err(e),
                };
            }
        };
        // The disk failed while the file was read: leave it for another night.
        let failed = report.findings.iter().find(|f| f.code == Code::UnreadableFile && f.file == wanted.name);
        if let Some(failed) = failed {
            return Ok(Outcome::Unreadable(failed.detail.clone()));
        }
        if sink.tables.len() + report.refused.len() > MOST_TABLES {
            return Ok(Outcome::Read(Box::new(self.stopped(wanted, Detail::Tables(MOST_TABLES as u64)))));
        }
        let refused = report.refused.into_iter();
        let mut found = without_guesses(report.findings, &sink.findings);
        found.append(&mut sink.findings);
        Ok(Outcome::Read(Box::new(FileEntry {
            tables: sink.tables,
            refused: refused.map(|r| RefusedEntry { file: r.file, sheet: r.sheet, sha256: hex(&r.sha256) }).collect(),
            findings: listed(found).into_iter().map(FindingEntry::from).collect(),
            ..self.empty(wanted)
        })))
    }

    fn empty(&self, wanted: &WantedTables) -> FileEntry {
        FileEntry {
            file: wanted.name.clone(),
            county: wanted.county.clone(),
            source: wanted.source,
            sha256: hex(&wanted.sha256),
            as_of: self.as_of,
            schemas: self.schemas.hashes.schemas.clone(),
            epoch: epoch::READING,
            modified_day: wanted.modified_day,
            revision: 0,
            tables: Vec::new(),
            refused: Vec::new(),
            findings: Vec::new(),
        }
    }

    /// The register entry of a file that was not read to its end because it exceeded a limit.
    pub fn stopped(&self, wanted: &WantedTables, limit: Detail) -> FileEntry {
        let file = wanted.name.clone();
        let finding = FileFinding {
            file: file.clone(),
            sheet: String::new(),
            code: Code::ReaderStopped,
            severity: Severity::Error,
            detail: limit,
        };
        FileEntry {
            refused: vec![RefusedEntry { file, sheet: String::new(), sha256: hex(&wanted.sha256) }],
            findings: vec![finding.into()],
            ..self.empty(wanted)
        }
    }
}

/// Batches that are collected before they are validated in parallel.
const BATCHES: usize = 4;

/// Stores the tables of one file.
struct KeepSink<'a> {
    reading: &'a ReadingContext<'a>,
    validators: &'a HashMap<&'a str, Validator<'a>>,
    /// When the file was last changed.
    saved: (i64, i64),
    current: Option<StoredTable>,
    tables: Vec<TableEntry>,
    /// What is said of whole tables.
    findings: Vec<FileFinding>,
    /// Number of data rows of all tables so far.
    rows: u64,
    /// The limit that the file exceeded, if any.
    beyond: Option<Detail>,
}

/// A table whose rows are being stored.
struct StoredTable {
    entry: TableEntry,
    fields: Vec<usize>,
    plain: TableWriter,
    identities: Option<VaultWriter>,
    findings: RowFindings,
    waiting: Vec<RawRows>,
    /// The columns that have a title, each with its field.
    titled: Vec<(usize, Option<usize>)>,
    /// The columns that have values and no title.
    untitled: Vec<usize>,
    /// What the first rows say of the titles.
    misplaced: Option<MisplacedTitles>,
    /// Findings of rows that are not rejected for what stands in them: those that are kept where titles are shifted.
    of_good_rows: RowFindings,
    /// Rows that are rejected for what stands in them.
    rejected: u64,
}

impl KeepSink<'_> {
    fn flush(&mut self) -> Result<()> {
        let Some(keeping) = &mut self.current else { return Ok(()) };
        let waiting = std::mem::take(&mut keeping.waiting);
        let validator = &self.validators[keeping.entry.dataset.as_str()];
        let done: Vec<ValidatedRows> =
            waiting.par_iter().map(|rows| validator.validate(&keeping.fields, rows)).collect::<Result<_>>()?;
        if keeping.entry.rows == 0 && keeping.entry.mends.is_none() {
            let looked_at =
                done.first().filter(|rows| nearly_all(rejected(rows).true_count() as u64, rows.plain.num_rows()));
            keeping.misplaced = looked_at.and_then(|_| {
                let titles = SheetTitles { titled: &keeping.titled, untitled: &keeping.untitled };
                validator.misplaced_titles(&keeping.fields, titles, &waiting[0])
            });
        }
        for rows in done {
            let start = keeping.entry.rows as u32;
            let is_rejected = rejected(&rows).clone();
            keeping.rejected += is_rejected.true_count() as u64;
            keeping.plain.write(&rows.plain)?;
            if let (Some(writer), Some(batch)) = (&mut keeping.identities, &rows.identity) {
                writer.write(batch)?;
            }
            keeping.entry.rows += rows.plain.num_rows() as u64;
            for mut finding in rows.findings {
                let in_good_row = keeping.misplaced.is_some() && !is_rejected.value(finding.row_index as usize);
                finding.row_index += start;
                if in_good_row {
                    keeping.of_good_rows.push(finding.clone(), true);
                }
                // A finding about a date in the future is kept even beyond the limit, since later nights judge the row
                // by it.
                keeping.findings.push(finding, true);
            }
        }
        Ok(())
    }

    /// Stops reading because the file exceeded a limit.
    fn stop(&mut self, limit: Detail) -> Result<()> {
        self.current = None;
        self.beyond = Some(limit);
        Err(Error::bug("a file beyond its limits"))
    }
}

impl TableSink for KeepSink<'_> {
    fn begin(&mut self, head: TableHead<'_>) -> Result<()> {
        if self.tables.len() >= MOST_TABLES {
            return self.stop(Detail::Tables(MOST_TABLES as u64));
        }
        let table: &Table = head.table;
        let id = table_id(&head, self.tables.len(), self.reading);
        let entry = TableEntry {
            file: head.file,
            sha256: hex(&head.sha256),
            sheet: head.sheet,
            sheet_index: head.sheet_index,
            dataset: table.name.clone(),
            export_day: head.export_day,
            revision: 0,
            id: id.clone(),
            rows: 0,
            not_data: 0,
            parsed_sha256: String::new(),
            findings_sha256: String::new(),
            mends: head.mends.then(|| Mends::new(self.saved)),
            shifted: false,
            called: BTreeMap::new(),
        };
        let none = BTreeMap::new();
        let plain = TableWriter::create(&self.reading.store.parsed(&table.name, &id), plain_schema(table), &none)?;
        let identities = match identity_schema(table) {
            Some(schema) => Some(self.reading.vault.create(&vault_name(&table.name, &id), schema)?),
            None => None,
        };
        let findings = RowFindings::default();
        self.current = Some(StoredTable {
            entry,
            fields: head.fields,
            plain,
            identities,
            findings,
            waiting: Vec::new(),
            titled: Vec::new(),
            untitled: head.untitled,
            misplaced: None,
            of_good_rows: RowFindings::default(),
            rejected: 0,
        });
        Ok(())
    }

    fn columns(&mut self, columns: Vec<SourceColumn>) {
        if let Some(keeping) = &mut self.current {
            keeping.titled = columns.iter().map(|column| (column.at, column.field)).collect();
            let fields = &self.validators[keeping.entry.dataset.as_str()].table().fields;
            let called = columns.iter().filter_map(|column| {
                let field = &fields[column.field?];
                Some((field.name.clone(), alias_of(field, &column.label)?.to_owned()))
            });
            keeping.entry.called = called.collect();
        }
    }

    fn rows(&mut self, rows: RawRows) -> Result<()> {
        self.rows += rows.row_numbers.len() as u64;
        if self.rows > MOST_ROWS {
            return self.stop(Detail::Rows(MOST_ROWS));
        }
        let keeping = self.current.as_mut().ok_or_else(|| Error::bug("rows without a table"))?;
        if let Some(mends) = &mut keeping.entry.mends {
            rows.marks.iter().for_each(|mark| mends.push(mark.as_ref()));
        }
        keeping.waiting.push(rows);
        if keeping.waiting.len() >= BATCHES {
            self.flush()?;
        }
        Ok(())
    }

    fn right(&mut self, mark: &RowMark) {
        if let Some(mends) = self.current.as_mut().and_then(|keeping| keeping.entry.mends.as_mut()) {
            mends.push_right(mark);
        }
    }

    fn end(&mut self, not_data: u64) -> Result<()> {
        self.flush()?;
        let Some(keeping) = self.current.take() else { return Ok(()) };
        let mut entry = keeping.entry;
        entry.not_data = not_data;
        let mut findings = keeping.findings;
        if let Some(misplaced) = keeping.misplaced.filter(|_| nearly_all(keeping.rejected, entry.rows as usize)) {
            // All rows are rejected for it, and this stands for what would be said of each.
            entry.shifted = true;
            findings = keeping.of_good_rows;
            self.findings.push(FileFinding {
                file: entry.file.clone(),
                sheet: entry.sheet.clone(),
                code: Code::MissingColumn,
                severity: Severity::Error,
                detail: detail_of(misplaced, self.validators[entry.dataset.as_str()].table()),
            });
        }
        let path = self.reading.store.parsed_findings(&entry.dataset, &entry.id);
        write_table(&path, &findings::to_batch(&findings.finish())?, &BTreeMap::new())?;
        if let Some(writer) = keeping.identities {
            writer.finish()?;
        }
        keeping.plain.finish()?;
        entry.findings_sha256 = hex(&hash_file(&path)?);
        entry.parsed_sha256 = hex(&hash_file(&self.reading.store.parsed(&entry.dataset, &entry.id))?);
        self.tables.push(entry);
        Ok(())
    }

    fn abandon(&mut self) {
        self.current = None;
    }
}

fn detail_of(misplaced: MisplacedTitles, table: &Table) -> Detail {
    let title = |field: usize| table.fields[field].title.clone();
    match misplaced {
        MisplacedTitles::Shifted { from, left } => Detail::Shifted { from: from as u32 + 1, left },
        MisplacedTitles::Exchanged(pairs) => {
            Detail::Exchanged(pairs.into_iter().map(|[a, b]| (title(a), title(b))).collect())
        }
    }
}

/// What was found of headers. Where titles do not stand above their values, a column without a title says nothing of a
/// title that is missing.
fn without_guesses(found: Vec<FileFinding>, of_rows: &[FileFinding]) -> Vec<FileFinding> {
    let is_shifted = |f: &FileFinding| matches!(f.detail, Detail::Shifted { .. });
    let shifted: Vec<(String, String)> =
        of_rows.iter().filter(|f| is_shifted(f)).map(|f| (f.file.clone(), f.sheet.clone())).collect();
    let plain = |mut finding: FileFinding| {
        let is_of_shifted = shifted.iter().any(|(file, sheet)| *file == finding.file && *sheet == finding.sheet);
        if let Detail::Untitled(of) = &finding.detail
            && is_of_shifted
        {
            finding.detail = Detail::Column(of.0.clone());
        }
        (!(is_of_shifted && matches!(finding.detail, Detail::NoTitle(_)))).then_some(finding)
    };
    found.into_iter().filter_map(plain).collect()
}

/// Which rows are rejected for what stands in them.
fn rejected(rows: &ValidatedRows) -> &BooleanArray {
    let column = rows.plain.column_by_name(REJECTED).and_then(|column| column.as_any().downcast_ref());
    column.expect("validated rows say whether they are rejected")
}

/// Whether so many are nearly all of these rows.
fn nearly_all(count: u64, of: usize) -> bool {
    of > 0 && count * 10 >= of as u64 * 9
}

/// The name in the vault of a table's identifying fields.
pub fn vault_name(dataset: &str, id: &str) -> String {
    format!("{dataset}/{id}.parquet")
}

/// The name of a table in the store: a fingerprint of everything that its validated rows depend on.
fn table_id(head: &TableHead<'_>, nth: usize, reading: &ReadingContext<'_>) -> String {
    let mut fingerprint = Fingerprint::new("validated table");
    fingerprint.number(epoch::READING).bytes(&head.sha256).number(head.sheet_index);
    // A sheet may hold several tables, one below the other.
    fingerprint.number(nth as u64).number(reading.as_of);
    fingerprint.text(&head.table.name).text(&reading.schemas.hashes.schemas).text(&head.file);
    hex(&fingerprint.digest()[..12])
}
