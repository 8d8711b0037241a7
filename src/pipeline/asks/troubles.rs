//! Kinds of trouble of a sender, with the rows that each costs.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::context::AskedRow;
use super::found::AskedFinding;
use crate::diag::{Code, Detail, Lang, Severity, render};
use crate::ledger::{FileEntry, FindingEntry};
use crate::mend::{ListedTrouble, Reach};
use crate::schema::Table;

/// Troubles as they are collected.
#[derive(Default)]
pub struct Troubles {
    kinds: BTreeMap<TroubleKind, CountedTroubles>,
    /// Rows of a kind that are only counted: by dataset, field and code.
    more: HashMap<(String, String, Code), u64>,
    /// Whole files and sheets.
    whole: Vec<ListedTrouble>,
    /// How many of these only say that a column is not needed.
    pub remarks: usize,
}

/// A kind of trouble: the dataset, the field, the code and what is said of it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct TroubleKind {
    dataset: String,
    field: String,
    code: Code,
    remedy: String,
    is_error: bool,
}

#[derive(Default)]
struct CountedTroubles {
    title: String,
    rows: u64,
    /// Rows that are accepted with them.
    waiting: u64,
    files: BTreeSet<String>,
}

/// Columns that headers lack: by file, sheet and title what is said of it.
pub type LackingColumns = BTreeMap<(String, String, String), Detail>;

/// The columns that headers of a file lack.
pub fn lacking_columns(file: &FileEntry) -> impl Iterator<Item = ((String, String, String), Detail)> + '_ {
    let missing = file.findings.iter().filter(|f| f.code() == Some(Code::MissingColumn));
    missing.filter_map(|f| {
        let column = match &f.detail {
            Detail::Column(column) => column,
            Detail::Meant(pair) => &pair.1,
            Detail::Untitled(of) => &of.0,
            _ => return None,
        };
        let (_, title) = Detail::called(column);
        Some(((f.file.clone(), f.sheet.clone(), title.to_owned()), f.detail.clone()))
    })
}

impl Troubles {
    /// Adds findings of rows that are not listed one by one.
    pub fn add_more(&mut self, table: &Table, of: &AskedFinding) {
        if let Detail::More(count) = of.finding.detail {
            let field = of.finding.field.clone().unwrap_or_default();
            // Only of a column that is missing are errors counted and not listed.
            let code = of.finding.code;
            let code = if code == Code::MissingValue { Code::MissingColumn } else { code };
            *self.more.entry((table.name.clone(), field, code)).or_default() += count;
        }
    }

    /// Adds what is found in a row that is asked for.
    pub fn add(&mut self, row: &AskedRow<'_>, lacking: &LackingColumns) {
        let (table, entry) = (row.table, &row.partition.tables[row.of]);
        for f in &row.findings {
            let name = f.field.clone().unwrap_or_default();
            let title = table.field(&name).map_or("", |field| field.title.as_str());
            let column = (entry.file.clone(), entry.sheet.clone(), title.to_owned());
            let of_header = lacking.get(&column).filter(|_| f.code == Code::MissingValue);
            let (code, remedy) = match of_header {
                Some(detail) => {
                    let remedy = render(Code::MissingColumn, "", "", detail, Lang::Zh);
                    (Code::MissingColumn, format!("改好表头：{remedy}。无法重新导出的，可在后面的工作表中逐行补填"))
                }
                None => {
                    let title = table.field(&name).map_or_else(String::new, |field| entry.title_of(field));
                    (f.code, render(f.code, &title, &name, &f.detail, Lang::Zh))
                }
            };
            let is_error = f.severity == Severity::Error;
            let kind = TroubleKind { dataset: table.name.clone(), field: name, code, remedy, is_error };
            let counted = self.kinds.entry(kind).or_default();
            counted.title.clone_from(&table.title);
            counted.rows += 1;
            counted.waiting += if is_error { row.waiting } else { 0 };
            counted.files.insert(base_name(&entry.file).to_owned());
        }
    }

    /// Adds a finding of a whole file or sheet; of a column that is missing only where it says nothing of rows.
    pub fn add_file(&mut self, file: &FileEntry, f: &FindingEntry) {
        let Some(code) = f.code() else { return };
        let has_rows = file.tables.iter().any(|t| t.file == f.file && t.sheet == f.sheet && t.rows > 0);
        let is_of_table = matches!(
            f.detail,
            Detail::Shifted { .. } | Detail::Exchanged(_) | Detail::TakenOut(_) | Detail::MovedTitles(_)
        );
        if code == Code::MissingColumn && has_rows && !is_of_table {
            return;
        }
        // What is said of the column that is missing says this too, and is done with when its rows are mended.
        let is_told = |other: &FindingEntry| {
            other.code() == Some(Code::MissingColumn)
                && other.detail == f.detail
                && other.file == f.file
                && other.sheet == f.sheet
        };
        if code == Code::UnknownColumn && matches!(f.detail, Detail::Meant(_)) && file.findings.iter().any(is_told) {
            return;
        }
        self.remarks += usize::from(code == Code::UnknownColumn && matches!(f.detail, Detail::Column(_)));
        let sheet = if f.sheet.is_empty() { String::new() } else { format!(" [{}]", f.sheet) };
        self.whole.push(ListedTrouble {
            place: format!("{}{sheet}", base_name(&f.file)),
            remedy: render(code, "", "", &f.detail, Lang::Zh),
            is_error: f.severity() == Severity::Error,
            rows: None,
            waiting: 0,
            reach: None,
        });
    }

    /// Adds a marked workbook of which rows take no part.
    pub fn add_unplaced(&mut self, table: &Table, file: &str, detail: &Detail) {
        self.whole.push(ListedTrouble {
            place: format!("{}（{}）", table.title, base_name(file)),
            remedy: render(Code::MendsUnknownFile, "", "", detail, Lang::Zh),
            is_error: true,
            rows: None,
            waiting: 0,
            reach: None,
        });
    }

    /// Adds a register that is held back.
    pub fn add_held_back(&mut self, table: &Table, file: &str, (has, stood): (u64, u64), reach: Option<Reach>) {
        self.whole.push(ListedTrouble {
            place: format!("{}（{}）", table.title, base_name(file)),
            remedy: render(Code::RegisterShrunk, "", "", &Detail::Keys { has, stood }, Lang::Zh),
            is_error: true,
            rows: Some(stood.saturating_sub(has)),
            waiting: 0,
            reach,
        });
    }

    /// All of them. Whole files come first, because nobody knows what is in them; then what most targets, most indicators
    /// and most rows hang on; what is only warned costs nothing and comes last. `reach` says what hangs on the rows of a dataset.
    pub fn finish(mut self, reach: &dyn Fn(&str) -> Option<Reach>) -> Vec<ListedTrouble> {
        for ((dataset, field, code), count) in self.more {
            let same = |(kind, _): &(&TroubleKind, &mut CountedTroubles)| {
                kind.dataset == dataset && kind.field == field && kind.code == code
            };
            if let Some((_, counted)) = self.kinds.iter_mut().find(same) {
                counted.rows += count;
            }
        }
        let mut all = self.whole;
        for (kind, counted) in self.kinds {
            let first = counted.files.first().cloned().unwrap_or_default();
            let files = match counted.files.len() {
                0 | 1 => first,
                n => format!("{first} 等 {n} 个文件"),
            };
            all.push(ListedTrouble {
                place: format!("{}（{files}）", counted.title),
                remedy: kind.remedy,
                is_error: kind.is_error,
                rows: Some(counted.rows),
                waiting: counted.waiting,
                reach: reach(&kind.dataset).filter(|_| kind.is_error),
            });
        }
        let cost = |t: &ListedTrouble| {
            let reach = t.reach.unwrap_or_default();
            let rows = t.rows.map(|rows| rows + t.waiting);
            (!t.is_error, rows.is_some(), Reverse((reach.targets, reach.indicators, rows)))
        };
        all.sort_by(|a, b| (cost(a), &a.place, &a.remedy).cmp(&(cost(b), &b.place, &b.remedy)));
        all
    }
}

/// The name of a file without its folders.
pub fn base_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}
