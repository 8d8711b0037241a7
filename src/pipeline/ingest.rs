//! New files: read, validated, kept.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex};

use rayon::prelude::*;

use super::inbox::InboxFile;
use super::progress::Progress;
use crate::diag::{Code, FileFinding, RowFinding, Severity};
use crate::error::{Error, ErrorKind, Result};
use crate::ledger::{FileEntry, FindingEntry, RefusedEntry, Register, TableEntry, findings};
use crate::read::{ExportFile, TableHead, TableSink, read_export};
use crate::schema::layout::{RawRows, identity_schema, plain_schema};
use crate::schema::{Schemas, Table};
use crate::store::table_file::{TableWriter, write_table};
use crate::store::vault::{Vault, VaultWriter};
use crate::store::{Store, hash_file, hex};
use crate::validate::{ValidatedRows, Validator};

/// What reading needs.
pub struct Ingest<'a> {
    pub schemas: &'a Schemas,
    pub store: &'a Store,
    pub vault: &'a Vault,
    pub as_of: i32,
    pub content_key: [u8; 32],
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
}

impl Ingest<'_> {
    /// Reads the files whose content the register does not know, and notes them in it.
    ///
    /// # Errors
    /// `Input`: a file of the inbox cannot be read at all; `Output`: the store cannot be written.
    pub fn run(&self, files: &[InboxFile], register: &mut Register) -> Result<Ingested> {
        let hashes: Vec<[u8; 32]> = files.par_iter().map(|f| hash_file(&f.path)).collect::<Result<_>>()?;
        let mut ingested = Ingested::default();
        let mut new = Vec::new();
        for (file, sha256) in files.iter().zip(hashes) {
            let digest = hex(&sha256);
            if !register.find(&file.name, &digest).is_some_and(|entry| self.holds(entry)) {
                new.push((file, sha256));
            }
            ingested.present.insert((file.name.clone(), digest));
        }
        self.all_declared(register, &ingested.present)?;
        let validators = self.validators()?;
        self.progress.begin("read", new.len() as u64);
        let entries: Vec<FileEntry> = new
            .par_iter()
            .map(|(file, sha256)| {
                let entry = self.file(file, *sha256, &validators);
                self.progress.step();
                entry
            })
            .collect::<Result<_>>()?;
        self.progress.end();
        for entry in entries {
            ingested.new_files += 1;
            ingested.new_rows += entry.tables.iter().map(|t| t.rows).sum::<u64>();
            register.put(entry);
        }
        for (file, sha256) in &ingested.present {
            register.note_present(file, sha256);
        }
        Ok(ingested)
    }

    /// Whether a reading still says what a reading tonight would: the same declarations, and no date
    /// judged against a later `as_of`.
    fn holds(&self, entry: &FileEntry) -> bool {
        entry.schemas == self.schemas.hashes.schemas && entry.as_of <= self.as_of
    }

    /// Files that are gone from the inbox cannot be read again by other declarations.
    fn all_declared(&self, register: &Register, present: &BTreeSet<(String, String)>) -> Result<()> {
        let lost = register.files.iter().find(|f| {
            f.schemas != self.schemas.hashes.schemas && !present.contains(&(f.file.clone(), f.sha256.clone()))
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

    fn validators(&self) -> Result<HashMap<&str, Validator<'_>>> {
        self.schemas
            .tables
            .iter()
            .map(|t| Ok((t.name.as_str(), Validator::new(t, self.schemas, self.as_of, &self.content_key)?)))
            .collect()
    }

    fn file(&self, file: &InboxFile, sha256: [u8; 32], validators: &HashMap<&str, Validator<'_>>) -> Result<FileEntry> {
        let export = ExportFile {
            name: &file.name,
            path: &file.path,
            source: file.source,
            sha256,
            modified_day: file.modified_day,
        };
        let mut sink = KeepSink { ingest: self, validators, current: None, tables: Vec::new() };
        let report = read_export(&export, self.schemas, &mut sink)?;
        Ok(FileEntry {
            file: file.name.clone(),
            county: file.county.clone(),
            source: file.source,
            sha256: hex(&sha256),
            as_of: self.as_of,
            schemas: self.schemas.hashes.schemas.clone(),
            modified_day: file.modified_day,
            revision: 0,
            tables: sink.tables,
            refused: report
                .refused
                .into_iter()
                .map(|r| RefusedEntry { file: r.file, sheet: r.sheet, sha256: hex(&r.sha256) })
                .collect(),
            findings: report.findings.into_iter().map(FindingEntry::from).collect(),
        })
    }
}

/// Batches that wait to be validated together, on all cores.
const BATCHES: usize = 4;

/// Keeps the tables of one file.
struct KeepSink<'a> {
    ingest: &'a Ingest<'a>,
    validators: &'a HashMap<&'a str, Validator<'a>>,
    current: Option<Keeping>,
    tables: Vec<TableEntry>,
}

/// A table being kept.
struct Keeping {
    entry: TableEntry,
    fields: Vec<usize>,
    plain: TableWriter,
    identities: Option<VaultWriter>,
    findings: Vec<RowFinding>,
    waiting: Vec<RawRows>,
}

impl KeepSink<'_> {
    fn flush(&mut self) -> Result<()> {
        let Some(keeping) = &mut self.current else { return Ok(()) };
        let waiting = std::mem::take(&mut keeping.waiting);
        let validator = &self.validators[keeping.entry.dataset.as_str()];
        let done: Vec<ValidatedRows> =
            waiting.par_iter().map(|rows| validator.validate(&keeping.fields, rows)).collect::<Result<_>>()?;
        for rows in done {
            let start = keeping.entry.rows as u32;
            keeping.plain.write(&rows.plain)?;
            if let (Some(writer), Some(batch)) = (&mut keeping.identities, &rows.identity) {
                writer.write(batch)?;
            }
            keeping.entry.rows += rows.plain.num_rows() as u64;
            keeping.findings.extend(rows.findings.into_iter().map(|mut f| {
                f.row_index += start;
                f
            }));
        }
        Ok(())
    }
}

impl TableSink for KeepSink<'_> {
    fn begin(&mut self, head: TableHead<'_>) -> Result<()> {
        let table: &Table = head.table;
        let id = table_id(&head, self.tables.len(), self.ingest);
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
        };
        let none = BTreeMap::new();
        let plain = TableWriter::create(&self.ingest.store.parsed(&table.name, &id), plain_schema(table), &none)?;
        let identities = match identity_schema(table) {
            Some(schema) => Some(self.ingest.vault.create(&vault_name(&table.name, &id), schema)?),
            None => None,
        };
        self.current =
            Some(Keeping { entry, fields: head.fields, plain, identities, findings: Vec::new(), waiting: Vec::new() });
        Ok(())
    }

    fn rows(&mut self, rows: RawRows) -> Result<()> {
        let keeping = self.current.as_mut().ok_or_else(|| Error::bug("rows without a table"))?;
        keeping.waiting.push(rows);
        if keeping.waiting.len() >= BATCHES {
            self.flush()?;
        }
        Ok(())
    }

    fn end(&mut self, not_data: u64) -> Result<()> {
        self.flush()?;
        let Some(keeping) = self.current.take() else { return Ok(()) };
        let mut entry = keeping.entry;
        entry.not_data = not_data;
        let path = self.ingest.store.parsed_findings(&entry.dataset, &entry.id);
        write_table(&path, &findings::to_batch(&keeping.findings)?, &BTreeMap::new())?;
        if let Some(writer) = keeping.identities {
            writer.finish()?;
        }
        keeping.plain.finish()?;
        entry.findings_sha256 = hex(&hash_file(&path)?);
        entry.parsed_sha256 = hex(&hash_file(&self.ingest.store.parsed(&entry.dataset, &entry.id))?);
        self.tables.push(entry);
        Ok(())
    }

    fn abandon(&mut self) {
        self.current = None;
    }
}

/// The name of a table's identities in the vault.
pub fn vault_name(dataset: &str, id: &str) -> String {
    format!("{dataset}/{id}.parquet")
}

/// A table's name in the store: what its validated rows depend on.
fn table_id(head: &TableHead<'_>, nth: usize, ingest: &Ingest<'_>) -> String {
    use sha2::{Digest, Sha256};
    let mut hasher = Sha256::new();
    hasher.update(head.sha256);
    hasher.update(head.sheet_index.to_le_bytes());
    // A sheet may hold one table below the other.
    hasher.update((nth as u64).to_le_bytes());
    hasher.update(ingest.as_of.to_le_bytes());
    for part in [head.table.name.as_str(), &ingest.schemas.hashes.schemas, &head.file, env!("CARGO_PKG_VERSION")] {
        hasher.update((part.len() as u64).to_le_bytes());
        hasher.update(part.as_bytes());
    }
    hex(&hasher.finalize()[..12])
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
        let sha256 = hash_file(&file.path)?;
        let export = ExportFile {
            name: &file.name,
            path: &file.path,
            source: file.source,
            sha256,
            modified_day: file.modified_day,
        };
        let report = read_export(&export, schemas, &mut sink)?;
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
