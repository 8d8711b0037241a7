//! `xinhui explain`: says what an indicator means and what value it has.

use std::path::{Path, PathBuf};

use super::printer::Printer;
use crate::diag::Lang;
use crate::error::Result;
use crate::pipeline::config::schema_files;
use crate::pipeline::explain::{Explained, ExplainedCell, ExplainedTotals, Of, explain};
use crate::schema::{Indicator, Rollup, Schemas};

#[derive(Debug, clap::Args)]
pub struct ExplainArgs {
    /// The indicator's id or the rollup's name; without one, all are listed
    name: Option<String>,
    /// Division code, to show what the current snapshot publishes of it
    #[arg(long, requires = "period")]
    division: Option<String>,
    /// Period such as 2023-05, 2023-Q2, 2023-H1 or 2023; without a division, the queries of all levels
    #[arg(long)]
    period: Option<String>,
    /// The config of the store that norms and values are taken from
    #[arg(long, value_name = "PATH")]
    config: Option<PathBuf>,
}

pub fn run(args: &ExplainArgs, schemas_dir: Option<&Path>, p: &Printer) -> Result<u8> {
    let schemas = Schemas::from_files(&schema_files(schemas_dir)?)?;
    let Some(name) = &args.name else {
        for i in &schemas.indicators {
            p.line(format!("{:<42}{}", i.id, p.pick(&i.zh, &i.en)));
        }
        for r in &schemas.rollups {
            let dimensions: Vec<&str> = r.dimensions.iter().map(|d| d.name.as_str()).collect();
            p.line(format!("{:<42}{}: {}", r.name, p.pick("汇总表", "rollup"), dimensions.join(p.pick("、", " "))));
        }
        return Ok(0);
    };
    let config = match (&args.config, &args.period) {
        (None, Some(_)) => Some(super::options::config_path(None)?),
        (given, _) => given.clone(),
    };
    let e = explain(&schemas, name, config.as_deref(), args.division.as_deref(), args.period.as_deref())?;
    match &e.of {
        Of::Indicator { indicator, targets, cell } => print_indicator(indicator, targets, cell.as_ref(), p),
        Of::Rollup { rollup, totals } => print_rollup(rollup, totals.as_ref(), p),
    }
    print_sql(&e, p);
    Ok(0)
}

fn print_indicator(i: &Indicator, targets: &[(String, String)], cell: Option<&ExplainedCell>, p: &Printer) {
    p.line(format!("{}  {}", i.id, p.pick(&i.zh, &i.en)));
    p.line(p.pick(&format!("定义：{}", i.definition_zh), &format!("definition: {}", i.definition)));
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
    for (profile, target) in targets {
        p.line(format!("{}: {profile} {target}", p.pick("目标", "target")));
    }
    if let Some(cell) = cell {
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
}

fn print_rollup(r: &Rollup, totals: Option<&ExplainedTotals>, p: &Printer) {
    let dimensions = r.dimensions.iter().map(|d| d.name.clone());
    let crossed = r.cross.iter().map(|pair| pair.join(" × "));
    p.line(format!("{}  {}", r.name, p.pick("汇总表", "rollup")));
    let all: Vec<String> = dimensions.chain(crossed).collect();
    p.line(format!("{}: {}", p.pick("维度", "dimensions"), all.join("; ")));
    let measures: Vec<String> = r.measures.iter().map(|m| format!("{} = {}", m.name, m.sql)).collect();
    p.line(format!("{}: {}", p.pick("度量", "measures"), measures.join("; ")));
    if let Some(totals) = totals {
        p.line("");
        p.line(format!("{} {}", totals.division_code, totals.period));
        totals.measures.iter().for_each(|(name, value)| p.line(format!("  {name}: {value}")));
        p.line(format!("  {}: {}", p.pick("行数", "rows"), totals.rows));
        p.line(format!("  {}: {}", p.pick("快照", "snapshot"), totals.snapshot));
    }
}

fn print_sql(e: &Explained, p: &Printer) {
    p.line("");
    p.line(match p.lang {
        Lang::Zh => "-- SQL：由基础表逐步得出",
        Lang::En => "-- SQL; each step makes a table that later steps read",
    });
    for (name, title, sql) in &e.steps {
        p.line(format!("\n-- {title}\nCREATE TEMP TABLE {name} AS\n{sql};"));
    }
    for query in &e.queries {
        let by = if query.dimensions.is_empty() { String::new() } else { format!(": {}", query.dimensions.join(", ")) };
        p.line(format!("\n-- {}{by}\n{};", query.level.as_str(), query.sql));
    }
}
