//! Kinds of trouble of a sender, with the rows that each costs.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::found::Found;
use crate::diag::{Code, Detail, Lang, Severity, render};
use crate::ledger::{FileEntry, FindingEntry, Partition};
use crate::mend::{Reach, Trouble};
use crate::schema::Table;

/// Troubles as they are collected.
#[derive(Default)]
pub struct Troubles {
    kinds: BTreeMap<Kind, Counted>,
    /// Rows of a kind that are only counted: by dataset, field and code.
    more: HashMap<(String, String, Code), u64>,
    /// Whole files and sheets.
    whole: Vec<Trouble>,
}

/// A kind of trouble: the dataset, the field, the code and what is said of it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Kind {
    dataset: String,
    field: String,
    code: Code,
    remedy: String,
    is_error: bool,
}

#[derive(Default)]
struct Counted {
    title: String,
    rows: u64,
    files: BTreeSet<String>,
}

/// Columns that a file's header lacks: file, sheet and title.
pub type LackingColumns = BTreeSet<(String, String, String)>;

/// The columns that headers of a file lack.
pub fn lacking_columns(file: &FileEntry) -> impl Iterator<Item = (String, String, String)> + '_ {
    file.findings.iter().filter(|f| f.code() == Some(Code::MissingColumn)).filter_map(|f| match &f.detail {
        Detail::Column(title) => Some((f.file.clone(), f.sheet.clone(), title.clone())),
        _ => None,
    })
}

impl Troubles {
    /// Adds an open finding of a row.
    pub fn add(&mut self, table: &Table, partition: &Partition, of: &Found, lacking: &LackingColumns) {
        let f = &of.finding;
        let name = f.field.clone().unwrap_or_default();
        let title = table.field(&name).map_or("", |field| field.title.as_str());
        if let Detail::More(count) = f.detail {
            *self.more.entry((table.name.clone(), name, f.code)).or_default() += count;
            return;
        }
        let entry = &partition.tables[of.table];
        let column = (entry.file.clone(), entry.sheet.clone(), title.to_owned());
        let of_header = f.code == Code::MissingValue && lacking.contains(&column);
        let remedy = if of_header {
            format!("改好表头：{}", render(Code::MissingColumn, "", "", &Detail::Column(column.2), Lang::Zh))
        } else {
            render(f.code, title, &name, &f.detail, Lang::Zh)
        };
        let is_error = f.severity == Severity::Error;
        let kind = Kind { dataset: table.name.clone(), field: name, code: f.code, remedy, is_error };
        let counted = self.kinds.entry(kind).or_default();
        counted.title.clone_from(&table.title);
        counted.rows += 1;
        counted.files.insert(base_name(&entry.file).to_owned());
    }

    /// Adds a finding of a whole file or sheet.
    pub fn add_file(&mut self, f: &FindingEntry) {
        let Some(code) = f.code() else { return };
        // What a column costs stands with its rows.
        if code == Code::MissingColumn {
            return;
        }
        let sheet = if f.sheet.is_empty() { String::new() } else { format!(" [{}]", f.sheet) };
        self.whole.push(Trouble {
            place: format!("{}{sheet}", base_name(&f.file)),
            remedy: render(code, "", "", &f.detail, Lang::Zh),
            is_error: f.severity() == Severity::Error,
            rows: None,
            reach: None,
        });
    }

    /// Adds a register that is held back.
    pub fn add_held_back(&mut self, table: &Table, file: &str, (has, stood): (u64, u64)) {
        self.whole.push(Trouble {
            place: format!("{}（{}）", table.title, base_name(file)),
            remedy: render(Code::RegisterShrunk, "", "", &Detail::Keys { has, stood }, Lang::Zh),
            is_error: true,
            rows: Some(stood.saturating_sub(has)),
            reach: None,
        });
    }

    /// All of them, what costs most first; `reach` says what hangs on the rows of a dataset.
    pub fn finish(mut self, reach: &dyn Fn(&str) -> Option<Reach>) -> Vec<Trouble> {
        for ((dataset, field, code), count) in self.more {
            let same =
                |(kind, _): &(&Kind, &mut Counted)| kind.dataset == dataset && kind.field == field && kind.code == code;
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
            all.push(Trouble {
                place: format!("{}（{files}）", counted.title),
                remedy: kind.remedy,
                is_error: kind.is_error,
                rows: Some(counted.rows),
                reach: reach(&kind.dataset).filter(|_| kind.is_error),
            });
        }
        let cost = |t: &Trouble| {
            let targets = t.reach.map_or(0, |r| r.targets);
            (!t.is_error, t.rows.is_some(), std::cmp::Reverse(t.rows), std::cmp::Reverse(targets))
        };
        all.sort_by(|a, b| (cost(a), &a.place, &a.remedy).cmp(&(cost(b), &b.place, &b.remedy)));
        all
    }
}

/// The name of a file without its folders.
pub fn base_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}
