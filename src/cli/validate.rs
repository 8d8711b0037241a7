//! `xinhui validate`: checks files without storing anything.

use std::path::{Path, PathBuf};

use super::options::day_of;
use super::printer::{Printer, one_line};
use crate::diag::{Lang, Severity, render};
use crate::error::{Error, Result, words};
use crate::pipeline::config::{schema_files, today};
use crate::pipeline::single::try_file;
use crate::schema::{Schemas, Source};

#[derive(Debug, clap::Args)]
pub struct ValidateArgs {
    /// Files to check
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Source folder that the file is meant for, as the datasets are declared, or `reference`; if left out, told by the headers
    #[arg(long, value_name = "SOURCE")]
    source: Option<String>,
    /// Dates after this day are errors; today by default
    #[arg(long, value_name = "YYYY-MM-DD")]
    as_of: Option<String>,
    /// Print at most this many findings for each file and table
    #[arg(long, default_value_t = 50)]
    most: usize,
}

pub fn run(args: &ValidateArgs, schemas_dir: Option<&Path>, p: &Printer) -> Result<u8> {
    let schemas = Schemas::from_files(&schema_files(schemas_dir)?)?;
    let source = match &args.source {
        None => None,
        Some(name) => {
            let all: Vec<Source> = Source::as_told(&schemas.sources()).into_iter().chain([Source::REFERENCE]).collect();
            let known = all.iter().copied().find(|source| source.as_str() == name);
            Some(known.ok_or_else(|| {
                let names: Vec<&str> = all.iter().map(|source| source.as_str()).collect();
                Error::usage(
                    "--source",
                    words!("`{name}` 不在可选值中：{}", "`{name}` is not one of {}", names.join(", ")),
                )
            })?)
        }
    };
    let as_of = args.as_of.as_deref().map_or_else(|| Ok(today()), |text| day_of("--as-of", text))?;
    let mut bad = false;
    for file in &args.files {
        let tried = try_file(file, source, &schemas, schemas_dir, as_of)?;
        bad |= tried.has_errors();
        p.line(one_line(&file.display().to_string()));
        for f in tried.findings.iter().take(args.most) {
            let sheet = if f.sheet.is_empty() { String::new() } else { format!(" [{}]", one_line(&f.sheet)) };
            p.line(format!(
                "  {}{sheet} {}: {}",
                word(p, f.severity),
                f.code,
                render(f.code, "", "", &f.detail, p.lang)
            ));
        }
        let more: u64 = tried.findings.iter().skip(args.most).map(|f| f.detail.stands_for()).sum();
        if more > 0 {
            p.line(format!("  … {more} {}", p.pick("条未列出（用 --most 调整）", "more (see --most)")));
        }
        for t in &tried.tables {
            let Some(table) = schemas.table(&t.dataset) else { continue };
            let sheet = if t.sheet.is_empty() { String::new() } else { format!(" [{}]", one_line(&t.sheet)) };
            p.line(format!(
                "  {}{sheet}: {} {}, {} {}, {} {}",
                p.pick(&table.title, &table.title_en),
                t.rows,
                p.pick("行数据", "rows"),
                t.rejected,
                p.pick("行有错误", "with errors"),
                t.not_data,
                p.pick("行非数据", "no data"),
            ));
            for (row, f) in t.findings.iter().take(args.most) {
                let name = f.field.as_deref().unwrap_or_default();
                let title = table.field(name).map_or("", |f| f.title.as_str());
                p.line(format!(
                    "    {} {} {}: {}",
                    match p.lang {
                        Lang::Zh => format!("第 {row} 行"),
                        Lang::En => format!("row {row}"),
                    },
                    word(p, f.severity),
                    f.code,
                    render(f.code, title, name, &f.detail, p.lang)
                ));
            }
            let more: u64 = t.findings.iter().skip(args.most).map(|(_, f)| f.detail.stands_for()).sum();
            if more > 0 {
                p.line(format!("    … {more} {}", p.pick("条未列出（用 --most 调整）", "more (see --most)")));
            }
        }
    }
    p.line(p.pick(
        "以上未检查需要其他文件才能判断的规则（区划、关联记录）。",
        "Rules that need other files (divisions, related records) were not tried.",
    ));
    Ok(u8::from(bad))
}

fn word(p: &Printer, severity: Severity) -> &'static str {
    match (severity, p.pick("z", "e")) {
        (Severity::Error, "z") => "错误",
        (Severity::Warning, "z") => "警告",
        (Severity::Error, _) => "error",
        (Severity::Warning, _) => "warning",
    }
}
