//! `xinhui validate FILE…`: checks files for their sender; nothing is stored.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::given::{Given, LimitedSink};
use super::inbox::modified_day;
use super::reader::{Answer, Job, Start};
use super::reader_process::{Limits, ReaderProcess, is_own_program};
use super::reading::{MOST_ROWS, MOST_TABLES};
use crate::diag::{FileFinding, RowFinding, RowFindings, Severity, listed};
use crate::error::{Error, Result};
use crate::read::{TableHead, TableSink};
use crate::schema::layout::RawRows;
use crate::schema::{Schemas, Source};
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
    let any = || Source::EXPORTS.into_iter().chain([Source::Reference]).collect();
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
    let mut sink = TrySink { schemas, as_of, tried, rows: 0, beyond: None, current: None };
    let report = given.read(schemas, &mut sink)?;
    let mut tried = sink.tried;
    if sink.beyond.is_some() {
        tried.tables.clear();
    }
    tried.findings = listed(report.findings);
    Ok(tried)
}

struct TrySink<'a> {
    schemas: &'a Schemas,
    as_of: i32,
    tried: Tried,
    /// Number of data rows of all tables so far.
    rows: u64,
    beyond: Option<String>,
    current: Option<Trying<'a>>,
}

/// A table that is being checked.
struct Trying<'a> {
    table: TriedTable,
    fields: Vec<usize>,
    validator: Validator<'a>,
    findings: RowFindings,
    /// Row numbers of the rows that have findings, by row index.
    numbers: std::collections::BTreeMap<u32, u32>,
}

impl TrySink<'_> {
    fn stop(&mut self, limit: String) -> Result<()> {
        self.current = None;
        self.beyond = Some(limit);
        Err(Error::bug("a file beyond its limits"))
    }
}

impl LimitedSink for TrySink<'_> {
    fn beyond(&self) -> Option<&str> {
        self.beyond.as_deref()
    }
}

impl TableSink for TrySink<'_> {
    fn begin(&mut self, head: TableHead<'_>) -> Result<()> {
        if self.tried.tables.len() >= MOST_TABLES {
            return self.stop(format!("tables:{MOST_TABLES}"));
        }
        let name = &head.table.name;
        let declared = self.schemas.table(name).ok_or_else(|| Error::bug("a table that is not declared"))?;
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
        let (findings, numbers) = Default::default();
        self.current = Some(Trying { table, fields: head.fields, validator, findings, numbers });
        Ok(())
    }

    fn rows(&mut self, rows: RawRows) -> Result<()> {
        self.rows += rows.row_numbers.len() as u64;
        if self.rows > MOST_ROWS {
            return self.stop(format!("rows:{MOST_ROWS}"));
        }
        let Some(trying) = &mut self.current else { return Ok(()) };
        let done = trying.validator.validate(&trying.fields, &rows)?;
        let start = trying.table.rows as u32;
        trying.table.rows += rows.row_numbers.len() as u64;
        let mut bad = std::collections::BTreeSet::new();
        for mut f in done.findings {
            if f.severity == Severity::Error {
                bad.insert(f.row_index);
            }
            f.row_index += start;
            trying.findings.push(f, false);
        }
        trying.table.rejected += bad.len() as u64;
        trying.note_numbers(start, &rows.row_numbers);
        Ok(())
    }

    fn end(&mut self, not_data: u64) -> Result<()> {
        if let Some(trying) = self.current.take() {
            let mut table = trying.table;
            table.not_data = not_data;
            let number = |row: u32| trying.numbers.get(&row).copied().unwrap_or_default();
            table.findings = trying.findings.finish().into_iter().map(|f| (number(f.row_index), f)).collect();
            self.tried.tables.push(table);
        }
        Ok(())
    }

    fn abandon(&mut self) {
        self.current = None;
    }
}

impl Trying<'_> {
    /// Stores the row numbers for the listed findings of a batch.
    fn note_numbers(&mut self, start: u32, numbers: &[u32]) {
        let rows = self.findings.rows_from(start);
        self.numbers.extend(rows.map(|row| (row, numbers[(row - start) as usize])));
    }
}
