//! `xinhui validate`: checks files without storing anything.

use std::path::{Path, PathBuf};

use super::options::day_of;
use super::printer::{Printer, one_line};
use super::template::write_new;
use crate::diag::{Lang, Severity, render};
use crate::error::{Error, ErrorKind, Result, words};
use crate::pipeline::config::schema_files;
use crate::pipeline::trial::{TriedFile, TriedTable, Trying, try_all};
use crate::schema::{Schemas, Source};

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
    /// Print at most this many findings for each file and table
    #[arg(long, default_value_t = 50)]
    most: usize,
}

pub fn run(args: &ValidateArgs, schemas_dir: Option<&Path>, p: &Printer) -> Result<u8> {
    let schemas = Schemas::from_files(&schema_files(schemas_dir)?)?;
    let source = args.source.as_deref().map(|name| source_named(name, &schemas)).transpose()?;
    let as_of = args.as_of.as_deref().map(|text| day_of("--as-of", text)).transpose()?;
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
    known.ok_or_else(|| {
        let names: Vec<&str> = all.iter().map(|source| source.as_str()).collect();
        let names = names.join(", ");
        Error::usage("--source", words!("`{name}` 不在可选值中：{names}", "`{name}` is not one of {names}"))
    })
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
    p.line(format!(
        "  {}{sheet}{}{}",
        p.pick(&table.title, &table.title_en),
        p.pick("：", ": "),
        p.pick(
            &format!("{} 行数据，{} 行有错误，另有 {} 行不是数据", t.rows, t.rejected, t.not_data),
            &format!("{} rows, {} with errors, {} no data", t.rows, t.rejected, t.not_data),
        ),
    ));
    for (row, f) in t.findings.iter().take(most) {
        let name = f.field.as_deref().unwrap_or_default();
        let title = table.field(name).map_or("", |f| f.title.as_str());
        let place = words!("第 {row} 行", "row {row}");
        p.line(format!(
            "    {} {} {}{}{}",
            place.say(p.lang),
            word(p, f.severity),
            f.code,
            p.pick("：", ": "),
            render(f.code, title, name, &f.detail, p.lang)
        ));
    }
    print_more(p, "    ", t.findings.iter().skip(most).map(|(_, f)| f.detail.stands_for()).sum());
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
