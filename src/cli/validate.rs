//! `xinhui validate`: checks files without storing anything.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use super::options::day_of;
use super::printer::{Printer, one_line};
use super::template::{may_write, write_new};
use crate::diag::{Lang, Severity, grouped, render};
use crate::error::{Error, ErrorKind, Result, Words, words};
use crate::pipeline::config::schema_files;
use crate::pipeline::folder_names;
use crate::pipeline::trial::{TriedFile, TriedTable, Trying, try_all};
use crate::schema::nearest::nearest;
use crate::schema::{Schemas, Source, Table};

#[derive(Debug, clap::Args)]
pub struct ValidateArgs {
    /// Files and folders to check
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Source folder that the file is meant for, as the datasets are declared, or `reference`; if left out, told by the headers
    #[arg(long, value_name = "SOURCE")]
    source: Option<String>,
    /// Dates after this day are errors; today by default
    #[arg(long, value_name = "YYYY-MM-DD")]
    as_of: Option<String>,
    /// The config of a store: divisions are judged by its tree, and everything by its settings
    #[arg(long, value_name = "PATH")]
    config: Option<PathBuf>,
    /// Write the rows that must be mended as a marked workbook, which must not exist; it holds personal data
    #[arg(long, value_name = "FILE.xlsx")]
    workbook: Option<PathBuf>,
    /// Print at most this many kinds of findings for each file and table
    #[arg(long, default_value_t = 50)]
    most: usize,
}

pub fn run(args: &ValidateArgs, schemas_dir: Option<&Path>, p: &Printer) -> Result<u8> {
    let schemas = Schemas::from_files(&schema_files(schemas_dir)?)?;
    let source = args.source.as_deref().map(|name| source_named(name, &schemas)).transpose()?;
    let as_of = args.as_of.as_deref().map(|text| day_of("--as-of", text)).transpose()?;
    args.workbook.as_deref().map(may_write).transpose()?;
    let trying =
        Trying { paths: &args.files, source, as_of, config: args.config.as_deref(), workbook: args.workbook.is_some() };
    let trial = try_all(&trying, &schemas, schemas_dir)?;
    for file in &trial.files {
        print_file(file, args.most, &schemas, p);
    }
    trial.unjudged.iter().for_each(|words| p.line(words.say(p.lang)));
    trial.unread.iter().for_each(|e| p.error(e));
    match (&args.workbook, &trial.workbook) {
        (Some(path), Some(bytes)) => {
            write_new(path, bytes)?;
            let path = path.display();
            p.line(
                words!("待改正的行已写入 {path}（含个人信息）", "rows to mend: {path} (it holds personal data)")
                    .say(p.lang),
            );
        }
        (Some(_), None) => p.line(p.pick("没有要改正的行，未写工作簿", "nothing to mend: no workbook was written")),
        (None, _) => {}
    }
    if !trial.unread.is_empty() {
        return Ok(ErrorKind::Input.exit_code());
    }
    Ok(u8::from(trial.has_errors()))
}

fn source_named(name: &str, schemas: &Schemas) -> Result<Source> {
    let all: Vec<Source> = Source::as_told(&schemas.sources()).into_iter().chain([Source::REFERENCE]).collect();
    let known = all.iter().copied().find(|source| source.as_str() == name);
    known.or_else(|| source_meant(name, schemas)).ok_or_else(|| {
        let names: Vec<&str> = all.iter().map(|source| source.as_str()).collect();
        let wrong = Words::new(
            format!("`{name}` 不在可选值中：{}", names.join("、")),
            format!("`{name}` is not one of {}", names.join(", ")),
        );
        let error = Error::usage("--source", wrong);
        match nearest(name, names.into_iter(), 1).first() {
            Some(near) => error.hint(words!("是否应为 `{near}`？", "did you mean `{near}`?")),
            None => error,
        }
    })
}

/// The source of what people call its senders.
fn source_meant(name: &str, schemas: &Schemas) -> Option<Source> {
    let sources = schemas.sources();
    let meant = folder_names::source(name, &sources)?;
    sources.into_iter().find(|source| source.as_str() == meant)
}

fn print_file(file: &TriedFile, most: usize, schemas: &Schemas, p: &Printer) {
    p.line(one_line(&file.name));
    for f in file.findings.iter().take(most) {
        let sheet = if f.sheet.is_empty() { String::new() } else { format!(" [{}]", one_line(&f.sheet)) };
        let severity = word(p, f.severity);
        let colon = p.pick("：", ": ");
        p.line(format!("  {severity}{sheet} {}{colon}{}", f.code, render(f.code, "", "", &f.detail, p.lang)));
    }
    print_more(p, "  ", file.findings.iter().skip(most).map(|f| f.detail.stands_for()).sum());
    for table in &file.tables {
        print_table(table, most, schemas, p);
    }
}

fn print_table(t: &TriedTable, most: usize, schemas: &Schemas, p: &Printer) {
    let Some(table) = schemas.table(&t.dataset) else { return };
    let sheet = if t.sheet.is_empty() { String::new() } else { format!(" [{}]", one_line(&t.sheet)) };
    let (rows, rejected, not_data) = (grouped(t.rows), grouped(t.rejected), grouped(t.not_data));
    let unit = if t.rows == 1 { "row" } else { "rows" };
    let mut counts = words!("{rows} 行数据，{rejected} 行有错误", "{rows} {unit}, {rejected} with errors");
    if t.mended > 0 {
        let mended = grouped(t.mended);
        counts = counts.and(&words!(
            "（其中 {mended} 行另有正确的版本，不必再改）",
            " ({mended} of them stand right in another file and need no mending)"
        ));
    }
    if t.not_data > 0 && !t.mends {
        counts = counts.and(&words!(
            "，另有 {not_data} 行不是数据（标题、表头、合计等）",
            ", {not_data} no data (titles, headers, totals)"
        ));
    }
    if t.rows == 0 && t.mends {
        counts = counts.and(&words!(
            "（工作簿中没有改过的行，按原样不再判断）",
            " (no row of the workbook was changed, and none is judged again)"
        ));
    } else if t.rows == 0 {
        counts = counts.and(&words!(
            "（只有表头：请确认导出时选中了数据）",
            " (a header alone: see that there was something to export)"
        ));
    }
    let title = Words::new(table.title.clone(), table.title_en.clone());
    p.line(format!("  {}{sheet}{}{}", title.say(p.lang), p.pick("：", ": "), counts.say(p.lang)));
    let kinds = kinds(table, t, p);
    for kind in kinds.iter().take(most) {
        p.line(format!("    {} {}", places(&kind.rows, most).say(p.lang), kind.said));
    }
    print_more(p, "    ", kinds.iter().skip(most).map(|kind| kind.stands_for).sum());
}

/// Findings that say the very same of several rows.
struct FindingKind {
    said: String,
    /// Ascending.
    rows: Vec<u32>,
    stands_for: u64,
}

/// The findings of a table, those that say the same as one, in the order of their first rows.
fn kinds(table: &Table, of: &TriedTable, p: &Printer) -> Vec<FindingKind> {
    let (findings, called) = (&of.findings, &of.called);
    let mut kinds: Vec<FindingKind> = Vec::new();
    let mut known: HashMap<String, usize> = HashMap::new();
    for (row, f) in findings {
        let name = f.field.as_deref().unwrap_or_default();
        let title = table.field(name).map_or_else(String::new, |f| f.title_beside(called));
        let message = render(f.code, &title, name, &f.detail, p.lang);
        let said = format!("{} {}{}{message}", word(p, f.severity), f.code, p.pick("：", ": "));
        let at = *known.entry(said).or_insert_with_key(|said| {
            kinds.push(FindingKind { said: said.clone(), rows: Vec::new(), stands_for: 0 });
            kinds.len() - 1
        });
        kinds[at].rows.push(*row);
        kinds[at].stands_for += f.detail.stands_for();
    }
    kinds
}

/// `第 2–6、9 行（共 6 行）`; of more than `most` runs of rows the first ones.
fn places(rows: &[u32], most: usize) -> Words {
    if let [row] = rows {
        return words!("第 {row} 行", "row {row}");
    }
    let mut runs: Vec<(u32, u32)> = Vec::new();
    for row in rows {
        match runs.last_mut() {
            Some((_, to)) if *to + 1 == *row => *to = *row,
            _ => runs.push((*row, *row)),
        }
    }
    let run = |(from, to): &(u32, u32)| if from == to { from.to_string() } else { format!("{from}-{to}") };
    let shown: Vec<String> = runs.iter().take(most).map(run).collect();
    let count = grouped(rows.len() as u64);
    let more = if runs.len() > most { "…" } else { "" };
    let (zh, en) = (shown.join("、"), shown.join(", "));
    Words::new(format!("第 {zh}{more} 行（共 {count} 行）"), format!("rows {en}{more} ({count} rows)"))
}

fn print_more(p: &Printer, indent: &str, more: u64) {
    if more > 0 {
        p.line(format!("{indent}… {more} {}", p.pick("条未列出（用 --most 调整）", "more (see --most)")));
    }
}

fn word(p: &Printer, severity: Severity) -> &'static str {
    match (severity, p.lang) {
        (Severity::Error, Lang::Zh) => "错误",
        (Severity::Warning, Lang::Zh) => "警告",
        (Severity::Error, Lang::En) => "error",
        (Severity::Warning, Lang::En) => "warning",
    }
}
