//! `xinhui validate FILE…`: checks files for their sender; nothing is stored.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use arrow::array::{BooleanArray, RecordBatch, UInt32Array};
use arrow::compute::concat_batches;
use serde::{Deserialize, Serialize};

use super::given::{Given, LimitedSink};
use super::inbox::modified_day;
use super::key_people::{TriedPeople, told_apart_by};
use super::reader::{Answer, Job, Start};
use super::reader_process::{Limits, ReaderProcess, is_own_program};
use super::reading::{MOST_ROWS, MOST_TABLES};
use crate::diag::{Detail, FileFinding, RowFinding, RowFindings, Severity, listed};
use crate::error::{Error, Result};
use crate::ledger::{TableEntry, try_keys};
use crate::read::{TableHead, TableSink};
use crate::schema::layout::{CONTENT, KEY, REJECTED, ROW_NUMBER, RawRows, VOID, column_name};
use crate::schema::{Schemas, Source, Table};
use crate::store::hex;
use crate::validate::Validator;

/// A table of the file, with the findings that its rows have on their own.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct TriedTable {
    pub sheet: String,
    pub file: String,
    pub dataset: String,
    pub rows: u64,
    pub not_data: u64,
    pub rejected: u64,
    /// Row number as a spreadsheet shows it, and the finding. Findings beyond the limit for one kind are only counted.
    pub findings: Vec<(u32, RowFinding)>,
}

/// The result of checking a file.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Tried {
    pub source: Option<Source>,
    pub tables: Vec<TriedTable>,
    pub findings: Vec<FileFinding>,
}

impl Tried {
    /// Whether any finding would keep rows from being accepted.
    pub fn has_errors(&self) -> bool {
        self.tables.iter().any(|t| t.rejected > 0) || self.findings.iter().any(|f| f.severity == Severity::Error)
    }
}

/// Reads and validates a file in a reader process, as a night does. Rules that need other files (divisions, foreign
/// keys) are not checked.
///
/// # Errors
/// `Input` if the file cannot be read at all.
pub fn try_file(
    path: &Path,
    source: Option<Source>,
    schemas: &Schemas,
    schemas_dir: Option<&Path>,
    as_of: i32,
) -> Result<Tried> {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let size = std::fs::metadata(path).map_err(|e| Error::input(path, e))?.len();
    let modified_day = modified_day(path)?;
    let any = || schemas.sources().into_iter().chain([Source::REFERENCE]).collect();
    let sources: Vec<Source> = source.map_or_else(any, |s| vec![s]);
    let limits = Limits::usual(schemas_dir);
    let start = Start::new(schemas, as_of, &limits, None);
    let mut reader = ReaderProcess::new(&start, &limits);
    let mut best = Tried::default();
    for source in sources {
        let given = Given::new(&name, path, source, modified_day);
        let tried = if is_own_program() {
            match reader.ask(&Job::Try(given.clone()), size)? {
                Ok(Answer::Tried(tried)) => tried,
                Ok(_) => return Err(Error::bug("a reader answered what was not asked")),
                // The same limit would be exceeded for any other source.
                Err(limit) => {
                    let findings = vec![given.stopped(&limit)];
                    return Ok(Tried { source: Some(source), tables: Vec::new(), findings });
                }
            }
        } else {
            try_here(&given, schemas, as_of)?
        };
        if tried.tables.len() > best.tables.len() || best.source.is_none() {
            best = tried;
        }
    }
    Ok(best)
}

/// Reads and validates a file in this process, as an export of its source.
pub fn try_here(given: &Given, schemas: &Schemas, as_of: i32) -> Result<Tried> {
    let tried = Tried { source: Some(given.source), ..Tried::default() };
    let mut sink = TrySink { schemas, as_of, done: Vec::new(), rows: 0, beyond: None, current: None };
    let report = given.read(schemas, &mut sink)?;
    let mut tried = tried;
    if sink.beyond.is_none() {
        tried.tables = finished(schemas, sink.done)?;
    }
    tried.findings = listed(report.findings);
    Ok(tried)
}

struct TrySink<'a> {
    schemas: &'a Schemas,
    as_of: i32,
    /// Tables that were read to their end.
    done: Vec<TriedRows>,
    /// Number of data rows of all tables so far.
    rows: u64,
    beyond: Option<Detail>,
    current: Option<Trying<'a>>,
}

/// A table that is being checked.
struct Trying<'a> {
    of: TriedRows,
    fields: Vec<usize>,
    validator: Validator<'a>,
}

/// What is known of a table that is tried.
struct TriedRows {
    table: TriedTable,
    entry: TableEntry,
    findings: RowFindings,
    /// Row numbers of the rows that have findings, by row index.
    numbers: BTreeMap<u32, u32>,
    /// What decides what becomes of rows of one key, batch by batch.
    keys: Vec<RecordBatch>,
    /// What tells people apart, batch by batch; none of tables without persons.
    people: Vec<RecordBatch>,
}

impl TrySink<'_> {
    fn stop(&mut self, limit: Detail) -> Result<()> {
        self.current = None;
        self.beyond = Some(limit);
        Err(Error::bug("a file beyond its limits"))
    }
}

impl LimitedSink for TrySink<'_> {
    fn beyond(&self) -> Option<&Detail> {
        self.beyond.as_ref()
    }
}

impl TableSink for TrySink<'_> {
    fn begin(&mut self, head: TableHead<'_>) -> Result<()> {
        if self.done.len() >= MOST_TABLES {
            return self.stop(Detail::Tables(MOST_TABLES as u64));
        }
        let name = &head.table.name;
        let declared = self.schemas.table(name).ok_or_else(|| Error::bug("a table that is not declared"))?;
        let entry = TableEntry {
            file: head.file.clone(),
            sha256: hex(&head.sha256),
            sheet: head.sheet.clone(),
            sheet_index: head.sheet_index,
            dataset: name.clone(),
            export_day: head.export_day,
            revision: 0,
            id: self.done.len().to_string(),
            rows: 0,
            not_data: 0,
            parsed_sha256: String::new(),
            findings_sha256: String::new(),
            mends: None,
        };
        let table = TriedTable {
            sheet: head.sheet,
            file: head.file,
            dataset: name.clone(),
            rows: 0,
            not_data: 0,
            rejected: 0,
            findings: Vec::new(),
        };
        let validator = Validator::new(declared, self.schemas, self.as_of, &[0; 32])?;
        let of = TriedRows {
            table,
            entry,
            findings: RowFindings::default(),
            numbers: BTreeMap::new(),
            keys: Vec::new(),
            people: Vec::new(),
        };
        self.current = Some(Trying { of, fields: head.fields, validator });
        Ok(())
    }

    fn rows(&mut self, rows: RawRows) -> Result<()> {
        self.rows += rows.row_numbers.len() as u64;
        if self.rows > MOST_ROWS {
            return self.stop(Detail::Rows(MOST_ROWS));
        }
        let Some(trying) = &mut self.current else { return Ok(()) };
        let done = trying.validator.validate(&trying.fields, &rows)?;
        let of = &mut trying.of;
        let start = of.table.rows as u32;
        of.table.rows += rows.row_numbers.len() as u64;
        let mut bad = BTreeSet::new();
        for mut f in done.findings {
            if f.severity == Severity::Error {
                bad.insert(f.row_index);
            }
            f.row_index += start;
            of.findings.push(f, false);
        }
        of.table.rejected += bad.len() as u64;
        of.keys.push(keys_of(trying.validator.table(), &done.plain, &bad)?);
        if let Some(identity) = done.identity {
            of.people.push(some_columns(&identity, &told_apart_by(trying.validator.table()))?);
        }
        of.note_numbers(start, &rows.row_numbers);
        Ok(())
    }

    fn end(&mut self, not_data: u64) -> Result<()> {
        if let Some(trying) = self.current.take() {
            let mut of = trying.of;
            of.table.not_data = not_data;
            self.done.push(of);
        }
        Ok(())
    }

    fn abandon(&mut self) {
        self.current = None;
    }
}

impl TriedRows {
    /// Stores the row numbers for the listed findings of a batch.
    fn note_numbers(&mut self, start: u32, numbers: &[u32]) {
        let rows = self.findings.rows_from(start);
        self.numbers.extend(rows.map(|row| (row, numbers[(row - start) as usize])));
    }

    /// Adds what is found about keys; `rows` are the table's.
    fn add(&mut self, found: Vec<RowFinding>, rows: &RecordBatch) {
        let numbers: Option<&UInt32Array> = rows.column_by_name(ROW_NUMBER).and_then(|c| c.as_any().downcast_ref());
        for f in found {
            if let Some(numbers) = numbers {
                self.numbers.insert(f.row_index, numbers.value(f.row_index as usize));
            }
            self.table.rejected += u64::from(f.severity == Severity::Error);
            self.findings.push(f, false);
        }
    }

    fn finish(self) -> TriedTable {
        let number = |row: u32| self.numbers.get(&row).copied().unwrap_or_default();
        let findings = self.findings.finish().into_iter().map(|f| (number(f.row_index), f)).collect();
        TriedTable { findings, ..self.table }
    }
}

/// The tables with what is found about their keys, which may stand in several sheets or members.
fn finished(schemas: &Schemas, mut done: Vec<TriedRows>) -> Result<Vec<TriedTable>> {
    let datasets: BTreeSet<String> = done.iter().map(|of| of.table.dataset.clone()).collect();
    for dataset in datasets {
        let table = schemas.table(&dataset).ok_or_else(|| Error::bug("a table that is not declared"))?;
        let mut people = TriedPeople::default();
        let (mut places, mut entries, mut rows) = (Vec::new(), Vec::new(), Vec::new());
        for (at, of) in done.iter_mut().enumerate().filter(|(_, of)| of.table.dataset == dataset && !of.keys.is_empty())
        {
            places.push(at);
            entries.push(of.entry.clone());
            rows.push(joined(&std::mem::take(&mut of.keys))?);
            if !of.people.is_empty() {
                people.by_table.insert(of.entry.id.clone(), joined(&std::mem::take(&mut of.people))?);
            }
        }
        let found = try_keys(table, &people, &entries, &rows)?;
        for ((at, found), rows) in places.into_iter().zip(found).zip(&rows) {
            done[at].add(found, rows);
        }
    }
    Ok(done.into_iter().map(TriedRows::finish).collect())
}

fn wrong(e: arrow::error::ArrowError) -> Error {
    Error::bug("rows of a file that is tried").caused_by(e)
}

fn joined(parts: &[RecordBatch]) -> Result<RecordBatch> {
    let first = parts.first().ok_or_else(|| Error::bug("a table without rows"))?;
    concat_batches(first.schema_ref(), parts).map_err(wrong)
}

fn some_columns(batch: &RecordBatch, names: &[String]) -> Result<RecordBatch> {
    let at: Vec<usize> = names.iter().filter_map(|name| batch.schema().index_of(name).ok()).collect();
    batch.project(&at).map_err(wrong)
}

/// What decides what becomes of rows of one key; `bad` are those with an error.
fn keys_of(table: &Table, plain: &RecordBatch, bad: &BTreeSet<u32>) -> Result<RecordBatch> {
    let mut names = [ROW_NUMBER, KEY, CONTENT, REJECTED, VOID].map(ToOwned::to_owned).to_vec();
    names.extend(table.version_field().map(column_name));
    let rows = some_columns(plain, &names)?;
    let rejected = (0..rows.num_rows() as u32).map(|row| Some(bad.contains(&row))).collect::<BooleanArray>();
    let mut columns = rows.columns().to_vec();
    columns[3] = Arc::new(rejected);
    RecordBatch::try_new(rows.schema(), columns).map_err(wrong)
}
