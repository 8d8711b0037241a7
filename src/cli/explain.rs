//! `xinhui explain`: says what an indicator means and what value it has.

use std::path::{Path, PathBuf};

use super::printer::Printer;
use crate::diag::Lang;
use crate::error::{Error, Result};
use crate::pipeline::config::schema_files;
use crate::pipeline::explain::{Explained, explain};
use crate::schema::Schemas;

#[derive(Debug, clap::Args)]
pub struct ExplainArgs {
    /// The indicator's id; without one, all indicators are listed
    indicator: Option<String>,
    /// Division code, to show the value in the current snapshot
    #[arg(long, requires = "period")]
    division: Option<String>,
    /// Period such as 2023-05, 2023-Q2, 2023-H1 or 2023
    #[arg(long, requires = "division")]
    period: Option<String>,
    /// The config of the store that norms and values are taken from
    #[arg(long, value_name = "PATH")]
    config: Option<PathBuf>,
}

pub fn run(args: &ExplainArgs, schemas_dir: Option<&Path>, p: &Printer) -> Result<u8> {
    let schemas = Schemas::from_files(&schema_files(schemas_dir)?)?;
    let Some(id) = &args.indicator else {
        for i in &schemas.indicators {
            p.line(format!("{:<42}{}", i.id, p.pick(&i.zh, &i.en)));
        }
        return Ok(0);
    };
    let indicator = schemas.indicator(id).ok_or_else(|| {
        Error::usage("", format!("unknown indicator `{id}`")).hint("`xinhui explain` lists all of them")
    })?;
    let config = match (&args.config, &args.division) {
        (None, Some(_)) => Some(super::config_path(None)?),
        (given, _) => given.clone(),
    };
    let cell = args.division.as_deref().zip(args.period.as_deref());
    let e = explain(&schemas, indicator, config.as_deref(), cell)?;
    print(&e, p);
    Ok(0)
}

fn print(e: &Explained, p: &Printer) {
    let i = &e.indicator;
    p.line(format!("{}  {} / {}", i.id, i.zh, i.en));
    p.line(format!("{}: {}", p.pick("定义", "definition"), i.definition));
    p.line(format!(
        "{}: {}; {}: {}; {}: {}",
        p.pick("单位", "unit"),
        i.unit.as_str(),
        p.pick("窗口", "window"),
        i.window.as_str(),
        p.pick("层级", "levels"),
        i.levels.iter().map(|l| l.as_str()).collect::<Vec<_>>().join(" ")
    ));
    p.line(format!("{}: {}", p.pick("数据来源", "datasets"), i.datasets.join(" ")));
    p.line(format!("{}: {}", p.pick("出处", "source"), i.source));
    for (profile, target) in &e.targets {
        p.line(format!("{}: {profile} {target}", p.pick("目标", "target")));
    }
    if let Some(cell) = &e.cell {
        p.line("");
        p.line(format!("{} ({}) {}", cell.division_name, cell.division_code, cell.period));
        let number = |n: Option<i64>| n.map_or_else(|| "-".to_owned(), |n| n.to_string());
        p.line(format!("  {}: {}", p.pick("分子", "numerator"), cell.numerator));
        p.line(format!("  {}: {}", p.pick("分母", "denominator"), number(cell.denominator)));
        let value = cell.value.map_or_else(|| "-".to_owned(), |v| v.to_string());
        p.line(format!("  {}: {value} {}", p.pick("指标值", "value"), i.unit.as_str()));
        p.line(format!("  {}: {}", p.pick("状态", "status"), cell.status));
        p.line(format!("  {}: {}", p.pick("快照", "snapshot"), cell.snapshot));
    }
    p.line("");
    p.line(match p.lang {
        Lang::Zh => "-- SQL：由基础表逐步得出",
        Lang::En => "-- SQL; each step makes a table that later steps read",
    });
    for (name, title, sql) in &e.steps {
        p.line(format!("\n-- {title}\nCREATE TEMP TABLE {name} AS\n{sql};"));
    }
    p.line(format!("\n{};", e.query));
}
