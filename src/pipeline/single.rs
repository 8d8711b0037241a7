//! `xinhui validate FILE…`: a sender tries one file; nothing is stored.

use std::path::Path;

use super::inbox::modified_day;
use crate::diag::{FileFinding, RowFinding, Severity};
use crate::error::{Error, Result};
use crate::read::{ExportBytes, ExportFile, TableHead, TableSink, read_bytes};
use crate::schema::layout::RawRows;
use crate::schema::{Schemas, Source};
use crate::store::held_file::HeldFile;
use crate::validate::Validator;

/// A table of the file, as its rows stand by themselves.
#[derive(Clone, Debug)]
pub struct TriedTable {
    pub sheet: String,
    pub file: String,
    pub dataset: String,
    pub rows: u64,
    pub not_data: u64,
    pub rejected: u64,
    /// Row number as a person sees it, and the finding.
    pub findings: Vec<(u32, RowFinding)>,
}

/// What trying a file came to.
#[derive(Clone, Debug, Default)]
pub struct Tried {
    pub source: Option<Source>,
    pub tables: Vec<TriedTable>,
    pub findings: Vec<FileFinding>,
}

impl Tried {
    /// Whether anything would keep rows out.
    pub fn has_errors(&self) -> bool {
        self.tables.iter().any(|t| t.rejected > 0) || self.findings.iter().any(|f| f.severity == Severity::Error)
    }
}

/// Reads and validates a file. Rules that need other files (divisions, foreign keys) are not tried.
///
/// # Errors
/// `Input`: the file cannot be read at all.
pub fn try_file(path: &Path, source: Option<Source>, schemas: &Schemas, as_of: i32) -> Result<Tried> {
    let held = HeldFile::open(path).map_err(|e| Error::input(path, e))?;
    let sha256 = held.sha256().map_err(|e| Error::input(path, e))?;
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let modified_day = modified_day(path)?;
    let mut best = Tried::default();
    let any = || Source::EXPORTS.into_iter().chain([Source::Reference]).collect();
    let sources: Vec<Source> = source.map_or_else(any, |s| vec![s]);
    for source in sources {
        let export = ExportFile { name: &name, path, source, sha256, modified_day };
        let mut sink =
            TrySink { schemas, as_of, tried: Tried { source: Some(source), ..Tried::default() }, current: None };
        let report = read_bytes(&export, ExportBytes::File(held.clone()), schemas, &mut sink)?;
        let mut tried = sink.tried;
        tried.findings = report.findings;
        if tried.tables.len() > best.tables.len() || best.source.is_none() {
            best = tried;
        }
    }
    Ok(best)
}

struct TrySink<'a> {
    schemas: &'a Schemas,
    as_of: i32,
    tried: Tried,
    current: Option<(TriedTable, Vec<usize>)>,
}

impl TableSink for TrySink<'_> {
    fn begin(&mut self, head: TableHead<'_>) -> Result<()> {
        let table = TriedTable {
            sheet: head.sheet,
            file: head.file,
            dataset: head.table.name.clone(),
            rows: 0,
            not_data: 0,
            rejected: 0,
            findings: Vec::new(),
        };
        self.current = Some((table, head.fields));
        Ok(())
    }

    fn rows(&mut self, rows: RawRows) -> Result<()> {
        let Some((tried, fields)) = &mut self.current else { return Ok(()) };
        let table = self.schemas.table(&tried.dataset).ok_or_else(|| Error::bug("a table that is not declared"))?;
        let done = Validator::new(table, self.schemas, self.as_of, &[0; 32])?.validate(fields, &rows)?;
        tried.rows += rows.row_numbers.len() as u64;
        let mut bad = std::collections::BTreeSet::new();
        for f in done.findings {
            if f.severity == Severity::Error {
                bad.insert(f.row_index);
            }
            tried.findings.push((rows.row_numbers[f.row_index as usize], f));
        }
        tried.rejected += bad.len() as u64;
        Ok(())
    }

    fn end(&mut self, not_data: u64) -> Result<()> {
        if let Some((mut table, _)) = self.current.take() {
            table.not_data = not_data;
            self.tried.tables.push(table);
        }
        Ok(())
    }

    fn abandon(&mut self) {
        self.current = None;
    }
}
