//! Rows as they stand in the files that they came in: read again, for those who are to mend them.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::diag::Detail;
use crate::error::Result;
use crate::pipeline::given::{GivenFile, LimitedSink};
use crate::read::{SourceColumn, SourceLine, TableHead, TableSink};
use crate::schema::Schemas;
use crate::schema::layout::RawRows;
use crate::schema::mending::is_ours;
use crate::store::hex;

/// Rows of a sheet that are wanted.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct WantedRows {
    /// SHA-256 of the file, or of the member of an archive.
    pub sha256: String,
    pub sheet_index: u32,
    /// Lines as a spreadsheet shows them.
    pub rows: BTreeSet<u32>,
}

/// Rows of a table as they stand in their file.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct OriginalTable {
    pub sha256: String,
    pub sheet_index: u32,
    pub dataset: String,
    /// Header and index of the field of each column.
    pub columns: Vec<(String, Option<usize>)>,
    /// Line and cells of each row.
    pub rows: Vec<(u32, Vec<String>)>,
}

/// Reads rows of a file again, in this process. Rows that are no longer there are left out.
///
/// # Errors
/// `Input` if the file cannot be read.
pub fn originals_here(given: &GivenFile, wanted: &[WantedRows], schemas: &Schemas) -> Result<Vec<OriginalTable>> {
    let mut sink = Originals { wanted, done: Vec::new(), current: None };
    given.read(schemas, &mut sink)?;
    Ok(sink.done)
}

struct Originals<'a> {
    wanted: &'a [WantedRows],
    done: Vec<OriginalTable>,
    /// The table that is being read, the positions of its columns, and the rows that are wanted of it.
    current: Option<(OriginalTable, Vec<usize>, &'a BTreeSet<u32>)>,
}

impl TableSink for Originals<'_> {
    fn begin(&mut self, head: TableHead<'_>) -> Result<()> {
        let sha256 = hex(&head.sha256);
        let wanted = self.wanted.iter().find(|w| w.sha256 == sha256 && w.sheet_index == head.sheet_index);
        self.current = wanted.map(|wanted| {
            let table = OriginalTable {
                sha256,
                sheet_index: head.sheet_index,
                dataset: head.table.name.clone(),
                columns: Vec::new(),
                rows: Vec::new(),
            };
            (table, Vec::new(), &wanted.rows)
        });
        Ok(())
    }

    fn takes_lines(&self) -> bool {
        true
    }

    fn columns(&mut self, columns: Vec<SourceColumn>) {
        let Some((table, places, _)) = &mut self.current else { return };
        for column in columns.into_iter().filter(|column| !is_ours(&column.label)) {
            places.push(column.at);
            table.columns.push((column.label, column.field));
        }
    }

    fn line(&mut self, line: &dyn SourceLine) {
        let Some((table, places, rows)) = &mut self.current else { return };
        if rows.contains(&line.number()) {
            let cells = places.iter().map(|at| line.cell(*at).unwrap_or_default().trim().to_owned());
            table.rows.push((line.number(), cells.collect()));
        }
    }

    fn rows(&mut self, _: RawRows) -> Result<()> {
        Ok(())
    }

    fn end(&mut self, _: u64) -> Result<()> {
        self.done.extend(self.current.take().map(|(table, ..)| table).filter(|table| !table.rows.is_empty()));
        Ok(())
    }

    fn abandon(&mut self) {
        self.current = None;
    }
}

impl LimitedSink for Originals<'_> {
    fn beyond(&self) -> Option<&Detail> {
        None
    }
}
