//! What is asked of senders: the rows that they must mend, as they were sent, with what is wrong with each.
//!
//! The store keeps no text of cells: what a row looked like when it was sent is read from its file again, which must
//! therefore still lie in the inbox.

mod context;
pub mod found;
mod lacking;
pub mod originals;
mod parents;
pub mod reach;
mod troubles;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::given::GivenFile;
use super::reader_jobs::{Answer, Job};
use super::reader_process::{ReaderProcess, is_own_program};
use crate::diag::{Code, Detail, Lang, RowFinding, Severity, render};
use crate::error::{Error, Result};
use crate::ledger::{FileEntry, Partition};
use crate::mend::{MarkedColumn, MarkedFault, MarkedRow, MarkedSheet, Overview, Reach};
use crate::schema::mending::{RowMark, cell_digits, check, field_digits};
use crate::schema::{Load, Source, Table};
pub use context::{AskContext, Present};
use context::{AskedRow, MOST_ROWS};
use found::{AskedFinding, AskedRowPlace, found};
use lacking::without_column;
use originals::{OriginalTable, WantedRows, originals_here};
use parents::Waiting;
use troubles::{LackingColumns, Troubles, base_name, lacking_columns};

/// What is asked of a sender.
pub struct AskedRows<'a> {
    pub overview: Overview,
    pub sheets: Vec<MarkedSheet<'a>>,
    /// Troubles that only say that a column is not needed: for these alone nobody is asked anything.
    remarks: usize,
}

impl AskedRows<'_> {
    /// Whether there is nothing to mend.
    pub fn is_empty(&self) -> bool {
        self.overview.troubles.len() == self.remarks && self.sheets.is_empty()
    }
}

/// Gathers what is asked of those senders whose county and source `takes` names.
///
/// # Errors
/// `Input` and `Output` of the store.
pub fn gather<'a>(
    context: &AskContext<'a>,
    title: String,
    takes: &dyn Fn(&str, Source) -> bool,
    reach: &dyn Fn(&str) -> Option<Reach>,
) -> Result<AskedRows<'a>> {
    let mut troubles = Troubles::default();
    let mut notes = Vec::new();
    let files = || context.register.files.iter().filter(|f| takes(&f.county, f.source));
    let lacking: LackingColumns = files().flat_map(lacking_columns).collect();
    for file in files().filter(|f| context.is_present(f) && !context.register.is_replaced(f)) {
        file.findings.iter().for_each(|f| troubles.add_file(file, f));
    }
    let present: HashSet<&str> =
        files().filter(|f| context.is_present(f)).flat_map(|f| &f.tables).map(|t| t.id.as_str()).collect();
    let mut rows = Vec::new();
    for partition in context.partitions {
        let Some(table) = context.schemas.table(&partition.dataset) else { continue };
        if !takes(&partition.county, table.source) {
            continue;
        }
        for (t, entry) in partition.tables.iter().enumerate().filter(|(t, _)| !partition.replaced[*t]) {
            if let Some(shrunk) = &partition.held_back[t] {
                troubles.add_held_back(table, &entry.file, (shrunk.has, shrunk.stood), reach(&table.name));
            }
            if let Some(detail) = partition.unplaced(t).filter(|_| present.contains(entry.id.as_str())) {
                troubles.add_unplaced(table, &entry.file, &detail);
            }
        }
        let mut open = found(partition)?;
        open.extend(without_column(context.store, table, partition, &lacking)?);
        open.retain(|of| is_asked(table, partition, of));
        open.iter().for_each(|of| troubles.add_more(table, of));
        rows.extend(asked_rows(table, partition, open, &present));
    }
    let waiting = Waiting::of(context, &rows)?;
    let all = rows.len();
    rows.retain(|row| !waiting.is_waiting(row.partition, row.of, row.row_index));
    if rows.len() < all {
        notes.push(format!(
            "另有 {} 行只因所指的记录被退回而退回：改好那些记录后自动采用，不再逐行列出。",
            all - rows.len()
        ));
    }
    rows.iter_mut().for_each(|row| row.waiting = waiting.behind(row.partition, row.of, row.row_index));
    rows.iter().for_each(|row| troubles.add(row, &lacking));
    let reaches: HashMap<&str, Reach> =
        rows.iter().map(|row| (row.table.name.as_str(), reach(&row.table.name).unwrap_or_default())).collect();
    rows.sort_by_key(|row| {
        let reach = reaches[row.table.name.as_str()];
        (!row.is_error, Reverse((reach.targets, reach.indicators, row.waiting)), row.of, row.row_index)
    });
    if rows.len() > MOST_ROWS {
        notes.push(format!(
            "本工作簿只列出影响最大的 {MOST_ROWS} 行，另有 {} 行待这些改好后列出。",
            rows.len() - MOST_ROWS
        ));
        rows.truncate(MOST_ROWS);
    }
    let sheets = context.sheets(rows, &mut notes)?;
    let of_sheets = || sheets.iter().flat_map(|s| &s.rows);
    let rejected = of_sheets().filter(|row| row.faults.iter().any(|f| f.is_error)).count() as u64;
    let warned = of_sheets().count() as u64 - rejected;
    let remarks = troubles.remarks;
    let troubles = troubles.finish(reach);
    Ok(AskedRows { overview: Overview { title, rejected, warned, troubles, notes }, sheets, remarks })
}

/// Whether a row's sender can do something about a finding.
fn is_asked(table: &Table, partition: &Partition, of: &AskedFinding) -> bool {
    let stands = table.load != Load::Snapshot || !partition.earlier.get(of.place).copied().unwrap_or(false);
    !of.settled && stands
}

/// The rows that findings are about. Of several rejected versions of a key only the last is asked for, unless they are
/// of different people; of a row that came several times the one in a file that is still there.
fn asked_rows<'a>(
    table: &'a Table,
    partition: &'a Partition,
    open: Vec<AskedFinding>,
    present: &HashSet<&str>,
) -> Vec<AskedRow<'a>> {
    let mut by_row: BTreeMap<AskedRowPlace, Vec<AskedFinding>> = BTreeMap::new();
    for of in open.into_iter().filter(|of| !matches!(of.finding.detail, Detail::More(_))) {
        let is_here = present.contains(partition.tables[of.again.table].id.as_str());
        by_row.entry(if is_here { of.again } else { of.row() }).or_default().push(of);
    }
    let is_error = |of: &[AskedFinding]| of.iter().any(|f| f.finding.severity == Severity::Error);
    let mut last: HashMap<String, AskedRowPlace> = HashMap::new();
    for (place, of) in by_row.iter().filter(|(_, of)| is_error(of)) {
        if let Some(key) = &of[0].key {
            last.insert(key.clone(), *place);
        }
    }
    let is_last = |place: &AskedRowPlace, of: &[AskedFinding]| {
        let contested = of.iter().any(|f| f.finding.code == Code::KeyConflict || f.shared.is_some());
        let newest = of[0].key.as_ref().and_then(|key| last.get(key)).is_none_or(|last| last == place);
        contested || newest || !is_error(of)
    };
    let asked = by_row.into_iter().filter(|(place, of)| is_last(place, of));
    asked
        .map(|(place, all)| AskedRow {
            table,
            partition,
            of: place.table,
            row_index: place.row_index,
            row_number: place.row_number,
            is_error: is_error(&all),
            shared: all.iter().find_map(|f| f.shared),
            findings: all.into_iter().map(|f| f.finding).collect(),
            waiting: 0,
        })
        .collect()
}

impl AskedRow<'_> {
    /// The mark that the row bears in a workbook; it names the row that was sent first, however often it came back.
    fn mark(&self, columns: &[MarkedColumn], cells: &[String]) -> RowMark {
        let entry = &self.partition.tables[self.of];
        let check = check(columns.iter().zip(cells).map(|(column, cell)| (column.label.as_str(), cell.as_str())));
        let digits = |(column, cell): (&MarkedColumn, &String)| {
            Some((field_digits(&self.table.fields[column.field?].name), cell_digits(cell)))
        };
        let (fields, shown): (Vec<u16>, Vec<u16>) = columns.iter().zip(cells).filter_map(digits).unzip();
        match entry.mends.as_ref().and_then(|mends| mends.mark(self.row_index as usize)) {
            Some(first) => RowMark { check, fields, cells: shown, of_workbook: true, ..first },
            None => {
                let first = RowMark::new(&entry.sha256, entry.sheet_index, self.row_number);
                RowMark { check, fields, cells: shown, ..first }
            }
        }
    }

    fn faults(&self) -> Vec<MarkedFault> {
        let mut faults: Vec<MarkedFault> = self.findings.iter().map(|f| self.fault(f)).collect();
        if self.waiting > 0
            && let Some(first) = faults.iter_mut().find(|f| f.is_error)
        {
            first.remedy.push_str(&format!("（改好后另有 {} 行随之采用）", self.waiting));
        }
        if let Some(other) = self.shared
            && let Some(first) = faults.iter_mut().find(|f| f.is_error)
        {
            first
                .remedy
                .push_str(&format!("（本编号与第 {other} 行重复而内容不同，请核对：不同的人或事请各用各的编号）"));
        }
        faults.sort_by_key(|f| !f.is_error);
        faults
    }

    fn fault(&self, f: &RowFinding) -> MarkedFault {
        let name = f.field.as_deref().unwrap_or_default();
        let entry = &self.partition.tables[self.of];
        let title = self.table.field(name).map_or_else(String::new, |field| entry.title_of(field));
        MarkedFault {
            field: self.table.field_index(name),
            is_error: f.severity == Severity::Error,
            remedy: render(f.code, &title, name, &f.detail, Lang::Zh),
        }
    }

    /// The file and line that it comes from, for people.
    fn origin(&self) -> String {
        let entry = &self.partition.tables[self.of];
        let sheet = if entry.sheet.is_empty() { String::new() } else { format!(" [{}]", entry.sheet) };
        format!("{}{sheet} 第 {} 行", base_name(&entry.file), self.row_number)
    }
}

/// Columns as a clerk is shown them: with the title of a field that a program sent by its name.
fn shown_columns(table: &Table, columns: &[(String, Option<usize>)]) -> Vec<MarkedColumn> {
    let shown = |(label, field): &(String, Option<usize>)| {
        let named = field.map(|at| &table.fields[at]).filter(|f| label.trim().eq_ignore_ascii_case(&f.name));
        let label = named.map_or(label, |f| &f.title).clone();
        MarkedColumn { label, field: *field }
    };
    columns.iter().map(shown).collect()
}

/// Lines that cannot be read are told one by one up to so many.
const MOST_LINES_TOLD: usize = 20;

/// Sheets by dataset and header, in the order of their first rows.
type Layout = (String, Vec<MarkedColumn>);

impl<'a> AskContext<'a> {
    fn is_present(&self, file: &FileEntry) -> bool {
        self.present.get(&file.file).is_some_and(|p| p.sha256 == file.sha256)
    }

    /// Rows as they were sent, sheet by sheet. What is no longer in the inbox is told.
    fn sheets(&self, rows: Vec<AskedRow<'a>>, notes: &mut Vec<String>) -> Result<Vec<MarkedSheet<'a>>> {
        let file_of = self.files_of_tables();
        let originals = self.originals(&rows, &file_of)?;
        let mut known: HashMap<(&str, u32, &str, u32), (usize, usize)> = HashMap::new();
        for (t, table) in originals.iter().enumerate() {
            for (r, (line, _)) in table.rows.iter().enumerate() {
                known.insert((&table.sha256, table.sheet_index, &table.dataset, *line), (t, r));
            }
        }
        let mut layouts: Vec<Layout> = Vec::new();
        let mut sheets: Vec<MarkedSheet<'a>> = Vec::new();
        let mut gone: BTreeMap<&str, u64> = BTreeMap::new();
        let mut unread: BTreeMap<&str, BTreeSet<u32>> = BTreeMap::new();
        for row in &rows {
            let entry = &row.partition.tables[row.of];
            let place = (entry.sha256.as_str(), entry.sheet_index, row.table.name.as_str(), row.row_number);
            let Some((t, r)) = known.get(&place).copied() else {
                let name = base_name(&entry.file);
                match file_of.get(entry.id.as_str()).is_some_and(|f| self.is_present(f)) {
                    true => _ = unread.entry(name).or_default().insert(row.row_number),
                    false => *gone.entry(name).or_default() += 1,
                }
                continue;
            };
            let (columns, cells) = (shown_columns(row.table, &originals[t].columns), &originals[t].rows[r].1);
            let layout = (row.table.name.clone(), columns.clone());
            let at = layouts.iter().position(|l| *l == layout).unwrap_or_else(|| {
                sheets.push(MarkedSheet { table: row.table, columns: layout.1.clone(), rows: Vec::new() });
                layouts.push(layout);
                layouts.len() - 1
            });
            sheets[at].rows.push(MarkedRow {
                mark: row.mark(&columns, cells),
                origin: row.origin(),
                cells: cells.clone(),
                faults: row.faults(),
            });
        }
        notes.extend(gone.into_iter().map(|(file, rows)| {
            format!(
                "“{file}”中有 {rows} 行待改，但该文件已不在收件箱中，无法列出原行：请把文件放回，或改正后重新报送。"
            )
        }));
        notes.extend(unread.into_iter().map(|(file, lines)| {
            let told: Vec<String> = lines.iter().take(MOST_LINES_TOLD).map(u32::to_string).collect();
            let more = if lines.len() > MOST_LINES_TOLD { format!("等共 {} 行", lines.len()) } else { String::new() };
            format!(
                "“{file}”第 {} 行{more}不能读取（如不是完整的 JSON 对象），无法列出原行：请从源系统重新导出该文件，以原文件名放回。",
                told.join("、")
            )
        }));
        Ok(sheets)
    }

    /// The file of each table, by what names the table in the store.
    fn files_of_tables(&self) -> HashMap<&str, &FileEntry> {
        self.register.files.iter().flat_map(|f| f.tables.iter().map(move |t| (t.id.as_str(), f))).collect()
    }

    /// Reads the rows again from those files that still lie in the inbox.
    fn originals(&self, rows: &[AskedRow<'_>], file_of: &HashMap<&str, &FileEntry>) -> Result<Vec<OriginalTable>> {
        let mut wanted: BTreeMap<&str, BTreeMap<(&str, u32), BTreeSet<u32>>> = BTreeMap::new();
        for row in rows {
            let entry = &row.partition.tables[row.of];
            let Some(file) = file_of.get(entry.id.as_str()).filter(|f| self.is_present(f)) else { continue };
            let of_file = wanted.entry(file.file.as_str()).or_default();
            of_file.entry((entry.sha256.as_str(), entry.sheet_index)).or_default().insert(row.row_number);
        }
        let mut all: Vec<OriginalTable> = Vec::new();
        let mut reader = ReaderProcess::new(self.start, self.limits);
        let sources: HashMap<&str, Source> = self.register.files.iter().map(|f| (f.file.as_str(), f.source)).collect();
        for (name, of_file) in wanted {
            let present = &self.present[name];
            let given = GivenFile::new(name, &present.path, sources[name], present.modified_day);
            let of_file: Vec<WantedRows> = of_file
                .into_iter()
                .map(|((sha256, sheet_index), rows)| WantedRows { sha256: sha256.to_owned(), sheet_index, rows })
                .collect();
            all.extend(self.read_again(&mut reader, given, of_file)?);
        }
        Ok(all)
    }

    /// Reads the rows again; a file that cannot be read any more is treated as one that is gone.
    fn read_again(
        &self,
        reader: &mut ReaderProcess<'_>,
        given: GivenFile,
        wanted: Vec<WantedRows>,
    ) -> Result<Vec<OriginalTable>> {
        let Ok(about) = std::fs::metadata(given.path()) else { return Ok(Vec::new()) };
        if !is_own_program() {
            return Ok(originals_here(&given, &wanted, self.schemas).unwrap_or_default());
        }
        match reader.ask(&Job::Originals(given, wanted), about.len()) {
            Ok(Ok(Answer::Originals(tables))) => Ok(tables),
            Ok(Ok(_)) => Err(Error::bug("a reader answered what was not asked")),
            Ok(Err(_)) | Err(_) => Ok(Vec::new()),
        }
    }
}
