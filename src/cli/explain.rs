//! `xinhui explain`: says what an indicator means, what value it has, and which records it lacks.

use std::path::{Path, PathBuf};

use super::printer::Printer;
use super::said;
use crate::diag::{Lang, grouped};
use crate::error::{Error, Result, Words, words};
use crate::pipeline::config::schema_files;
use crate::pipeline::explain::reasons::Reason;
use crate::pipeline::explain::{
    ExplainOf, Explained, ExplainedCell, ExplainedTotals, Question, TargetOf, Uncounted, explain,
};
use crate::schema::disclosing::shown_key;
use crate::schema::{Indicator, Rollup, Schemas};

#[derive(Debug, clap::Args)]
pub struct ExplainArgs {
    /// Id or name of an indicator or rollup; without one, all are listed
    name: Option<String>,
    /// Code or name of a division, to show what the current snapshot publishes of it
    #[arg(long)]
    division: Option<String>,
    /// Period such as 2023-05, 2023-Q2, 2023-H1 or 2023, or in words: last month, May 2023; by default the last year
    #[arg(long)]
    period: Option<String>,
    /// Name the records that are in the denominator and not in the numerator, by county, dataset and key
    #[arg(long)]
    list: bool,
    /// Show the SQL too, step by step; with a period and no division, the queries of all levels
    #[arg(long)]
    sql: bool,
    /// How the SQL makes its steps: for any engine with temporary tables, or for Spark (shows the SQL, as --sql does)
    #[arg(long, value_enum, value_name = "DIALECT")]
    dialect: Option<ShownDialect>,
    /// The config of the store that norms and values are taken from
    #[arg(long, value_name = "PATH")]
    config: Option<PathBuf>,
}

/// Where printed SQL is run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
enum ShownDialect {
    #[default]
    Portable,
    Spark,
}

impl ShownDialect {
    /// The words before a step's query. Spark has no temporary tables; its views are computed whenever they are read.
    fn makes(self, name: &str) -> String {
        match self {
            ShownDialect::Portable => format!("CREATE TEMP TABLE {name} AS"),
            ShownDialect::Spark => format!("CREATE OR REPLACE TEMP VIEW {name} AS"),
        }
    }
}

pub fn run(args: &ExplainArgs, schemas_dir: Option<&Path>, p: &Printer) -> Result<u8> {
    let schemas = Schemas::from_files(&schema_files(schemas_dir)?)?;
    let Some(name) = &args.name else {
        if let Some(option) = option_of_a_name(args) {
            return Err(without_name(option));
        }
        for i in &schemas.indicators {
            p.line(format!("{:<42}{}", i.id, p.pick(&i.zh, &i.en_alone)));
        }
        for r in &schemas.rollups {
            let dimensions: Vec<&str> = r.dimensions.iter().map(|d| p.pick(&d.zh, &d.name)).collect();
            let by = dimensions.join(p.pick("、", ", "));
            let (zh, en) = (format!("{}（汇总表：{by}）", r.zh), format!("{} (rollup: {by})", r.en));
            p.line(format!("{:<42}{}", r.name, p.pick(&zh, &en)));
        }
        return Ok(0);
    };
    let is_of_store = args.period.is_some() || args.division.is_some() || args.list;
    let config = match &args.config {
        None if is_of_store => Some(super::options::config_path(None)?),
        given => given.clone(),
    };
    let (division, period) = (args.division.as_deref(), args.period.as_deref());
    let question = Question { name, config: config.as_deref(), division, period, list: args.list };
    let e = explain(&schemas, &question)?;
    let shows_sql = args.sql || args.dialect.is_some();
    match &e.of {
        ExplainOf::Indicator { indicator, targets, cell, missing } => {
            print_indicator(&schemas, indicator, targets, p);
            if let Some(cell) = cell {
                print_cell(&schemas, indicator, cell, targets, p);
            }
            if let Some(missing) = missing {
                print_missing(&schemas, indicator, missing, p);
            }
        }
        ExplainOf::Rollup { rollup, totals } => print_rollup(rollup, totals.as_ref(), shows_sql, p),
    }
    if args.period.is_some() && args.division.is_none() && !args.list && !shows_sql {
        p.line("");
        p.line(p.pick(
            "只写了期间，没有写区划，因此不给出数值：请加 --division（代码或名称）",
            "a period without a division has no number: add --division (a code or a name)",
        ));
    }
    if shows_sql {
        print_sql(&e, args.dialect.unwrap_or_default(), p);
    } else {
        p.line("");
        p.line(p.pick("所用的 SQL：加 --sql", "its SQL: add --sql"));
    }
    Ok(0)
}

/// An option that says nothing without a name, if one is given.
fn option_of_a_name(args: &ExplainArgs) -> Option<&'static str> {
    let given = [
        ("--list", args.list),
        ("--division", args.division.is_some()),
        ("--period", args.period.is_some()),
        ("--sql", args.sql),
        ("--dialect", args.dialect.is_some()),
    ];
    given.into_iter().find(|(_, is_given)| *is_given).map(|(option, _)| option)
}

fn without_name(option: &str) -> Error {
    Error::usage(
        option,
        words!("须同时写明指标或汇总表的编号或名称", "it needs the id or name of an indicator or a rollup"),
    )
    .hint(words!("`xinhui explain` 列出全部指标和汇总表", "`xinhui explain` lists all of them"))
}

/// A label, with the mark that stands behind one in the language.
fn label(p: &Printer, zh: &str, en: &str) -> String {
    p.pick(&format!("{zh}："), &format!("{en}: ")).to_owned()
}

fn print_indicator(schemas: &Schemas, i: &Indicator, targets: &[TargetOf], p: &Printer) {
    p.line(format!("{}  {}", i.id, p.pick(&i.zh, &i.en_alone)));
    let levels: Vec<&str> = i.levels.iter().map(|l| said::level(l.as_str(), p.lang)).collect();
    let and = p.pick("、", ", ");
    p.line(label(p, "定义", "definition") + p.pick(&i.definition_zh, &i.definition));
    p.line(label(p, "所计", "counts") + i.thing().say(p.lang));
    p.line(label(p, "单位", "unit") + said::unit(i.unit.as_str(), p.lang));
    p.line(label(p, "窗口", "window") + said::window(i.window.as_str(), p.lang));
    p.line(label(p, "层级", "levels") + &levels.join(and));
    let titled = |id: &String| {
        let title = schemas.table(id).map(|t| p.pick(&t.title, &t.title_en));
        title.map_or_else(
            || id.clone(),
            |title| p.pick(&format!("{title}（{id}）"), &format!("{title} ({id})")).to_owned(),
        )
    };
    p.line(label(p, "数据来源", "datasets") + &i.datasets.iter().map(titled).collect::<Vec<_>>().join(and));
    p.line(label(p, "出处", "source") + &origin(schemas, &i.source, p));
    for t in targets {
        let target = said::target(t.op, t.target, i.unit.as_str());
        let (level, plan) = (said::level(t.level.as_str(), p.lang), said::plan_with_id(schemas, &t.profile));
        p.line(match p.lang {
            Lang::Zh => format!("目标：{} {target}（{level}，{} 前）", plan.zh, t.due),
            Lang::En => format!("target: {} {target} ({level}, {})", plan.en, t.due),
        });
        // Within quotes those of the other kind stand.
        let quote = t.quote.replace('“', "‘").replace('”', "’");
        p.line(format!("  “{quote}”"));
    }
}

/// The plans that an indicator comes from, by the names that the declarations give them.
fn origin(schemas: &Schemas, source: &str, p: &Printer) -> String {
    let (mut plans, mut annex) = (Vec::<String>::new(), false);
    for word in source.split([' ', ';', ',']).filter(|word| !word.is_empty()) {
        let plan = schemas.profiles.iter().find(|plan| plan.name.split('-').next() == Some(word));
        match (word, plan, plans.last_mut()) {
            ("annex", ..) => annex = true,
            (number, None, Some(last)) if std::mem::take(&mut annex) => {
                *last += p.pick(&format!("附件 {number}"), &format!(", annex {number}"));
            }
            ("national", ..) => plans.push(p.pick("国家规范", "national standard").to_owned()),
            (_, Some(plan), _) => plans.push(plan.words.say(p.lang).to_owned()),
            _ => plans.push(word.to_owned()),
        }
    }
    plans.join(p.pick("、", "; "))
}

/// Why a number is partial or has no data.
fn because(schemas: &Schemas, reason: &Reason) -> Words {
    let title = |id: &str| {
        let table = schemas.table(id);
        (
            table.map_or_else(|| id.to_owned(), |t| t.title.clone()),
            table.map_or_else(|| id.to_owned(), |t| t.title_en.clone()),
        )
    };
    match reason {
        Reason::BeforeData(from) => {
            words!(
                "回看区间早于各县开始报送之日 {from}",
                "its days begin before {from}, from which the counties send events"
            )
        }
        Reason::NeverSent { county, dataset } => {
            let (zh, en) = title(dataset);
            words!("{county} 从未报送：{zh}", "{county} never sent: {en}")
        }
        Reason::Unusable { county, dataset } => {
            let (zh, en) = title(dataset);
            words!("{county} 报送的各行全部退回，无一可用：{zh}", "{county} sent nothing that could be used: {en}")
        }
        Reason::Old { county, dataset, newest } => {
            let (zh, en) = title(dataset);
            words!(
                "{county} 可用的数据最近只到 {newest}：{zh}",
                "{county} sent nothing usable newer than {newest}: {en}"
            )
        }
    }
}

/// What a number without data has nothing of.
fn no_data(cell: &ExplainedCell) -> (&'static str, &'static str) {
    match (cell.denominator, cell.because.is_empty()) {
        (None, _) => ("没有该区划、该年的常住人口", "the population of the division and year is not known"),
        (Some(_), true) => (
            "所需数据集均已报送，其中没有应计入分母的记录",
            "all datasets were sent, and nothing in them is to be counted",
        ),
        (Some(_), false) => ("因此没有可计入分母的记录", "so there is nothing to count in the denominator"),
    }
}

fn print_cell(schemas: &Schemas, i: &Indicator, cell: &ExplainedCell, targets: &[TargetOf], p: &Printer) {
    let unit = i.unit.as_str();
    p.line("");
    p.line(place_and_period((&cell.division_name, &cell.division_code), &cell.period, p));
    p.line(format!("  {}{}", label(p, "分子", "numerator"), said::whole(Some(cell.numerator))));
    let denominator = said::whole(cell.denominator);
    p.line(format!("  {}{denominator}", label(p, "分母", "denominator")));
    let value = match cell.value {
        None => "-".to_owned(),
        Some(v) if unit == "count" || v.fract() == 0.0 => said::rounded(v, unit),
        Some(v) => {
            let rounded = said::rounded(v, unit);
            p.pick(&format!("{rounded}（精确值 {v}）"), &format!("{rounded} (exactly {v})")).to_owned()
        }
    };
    p.line(format!("  {}{value}", label(p, "指标值", "value")));
    p.line(format!("  {}{}", label(p, "状态", "status"), said::state(&cell.status, p.lang)));
    for reason in &cell.because {
        p.line(format!("    {}", because(schemas, reason).say(p.lang)));
    }
    if cell.status == "no_data" {
        p.line(format!("    {}", p.pick(no_data(cell).0, no_data(cell).1)));
    }
    for t in targets {
        let Some(gap) = t.gap else { continue };
        let gap = match gap {
            Some(0) => p.pick("已达到", "reached").to_owned(),
            Some(gap) => said::gap(gap, t.op, &i.counted(), p.lang),
            None => p.pick("无法计算差额", "no gap can be told").to_owned(),
        };
        let target = said::target(t.op, t.target, unit);
        let plan = said::plan(schemas, &t.profile);
        p.line(match p.lang {
            Lang::Zh => format!("  目标：{target}（{}）：{gap}", plan.zh),
            Lang::En => format!("  target: {target} ({}): {gap}", plan.en),
        });
    }
    p.line(format!("  {}{}", label(p, "快照", "snapshot"), cell.snapshot));
}

/// Which number is meant: `梁山县（370832）2023`.
fn place_and_period((name, code): (&str, &str), period: &str, p: &Printer) -> String {
    p.pick(&format!("{name}（{code}）{period}"), &format!("{name} ({code}) {period}")).to_owned()
}

fn print_missing(schemas: &Schemas, i: &Indicator, missing: &Uncounted, p: &Printer) {
    let (counted, records) = (i.counted(), grouped(missing.records.len() as u64));
    let records_en = said::several(missing.records.len() as u64, "record", "records");
    let rest = said::whole(Some(missing.rest));
    p.line("");
    p.line(p.pick(
        &format!("在分母中而不在分子中：{rest} {}，{records} 条记录", counted.zh),
        &format!("in the denominator and not in the numerator: {rest} {}, {records_en}", counted.en),
    ));
    for record in &missing.records {
        let title = schemas.table(&record.dataset).map_or("", |t| p.pick(&t.title, &t.title_en));
        let title = record.division_name.as_deref().unwrap_or(title);
        let county = if record.county.is_empty() { String::new() } else { format!("{}/", record.county) };
        let more =
            if record.missing > 1 { format!("  × {}", said::whole(Some(record.missing))) } else { String::new() };
        let key = if record.dataset == "division" { record.key.clone() } else { shown_key(&record.key) };
        p.line(format!("  {county}{}/{key}  {title}{more}", record.dataset));
    }
}

fn print_rollup(r: &Rollup, totals: Option<&ExplainedTotals>, shows_sql: bool, p: &Printer) {
    let called = |name: &String| match r.dimensions.iter().find(|d| d.name == *name) {
        Some(d) => p.pick(&format!("{}（{name}）", d.zh), name).to_owned(),
        None => name.clone(),
    };
    let dimensions = r.dimensions.iter().map(|d| called(&d.name));
    let crossed = r.cross.iter().map(|pair| pair.each_ref().map(called).join(" × "));
    p.line(format!("{}  {}  {}", r.name, p.pick(&r.zh, &r.en), p.pick("汇总表", "rollup")));
    let all: Vec<String> = dimensions.chain(crossed).collect();
    p.line(label(p, "维度", "dimensions") + &all.join(p.pick("；", "; ")));
    let measures: Vec<String> = r
        .measures
        .iter()
        .map(|m| {
            let (zh, en) = (format!("{}（{}）", m.zh, m.name), format!("{} ({})", m.name, m.en));
            match shows_sql {
                true => format!("{} = {}", p.pick(&zh, &m.name), m.sql),
                false => p.pick(&zh, &en).to_owned(),
            }
        })
        .collect();
    p.line(label(p, "度量", "measures") + &measures.join(p.pick("；", "; ")));
    if let Some(totals) = totals {
        p.line("");
        p.line(place_and_period((&totals.division_name, &totals.division_code), &totals.period, p));
        for (name, value) in &totals.measures {
            let words = r.measures.iter().find(|m| m.name == *name).map_or(name.as_str(), |m| p.pick(&m.zh, name));
            p.line(format!("  {}{value}", label(p, words, name)));
        }
        p.line(format!("  {}{}", label(p, "行数", "rows"), totals.rows));
        p.line(format!("  {}{}", label(p, "快照", "snapshot"), totals.snapshot));
    }
}

fn print_sql(e: &Explained, dialect: ShownDialect, p: &Printer) {
    p.line("");
    p.line(match p.lang {
        Lang::Zh => "-- SQL：由基础表逐步得出",
        Lang::En => "-- SQL; each step makes a table that later steps read",
    });
    for (name, title, sql) in &e.steps {
        p.exact(format!("\n-- {}\n{}\n{sql};", title.say(p.lang), dialect.makes(name)));
    }
    for query in &e.queries {
        let names: Vec<&str> = query.dimensions.iter().map(|name| dimension(&e.of, name, p)).collect();
        let by = if names.is_empty() { String::new() } else { label(p, "", "") + &names.join(p.pick("、", ", ")) };
        p.exact(format!("\n-- {}{by}\n{};", said::level(query.level.as_str(), p.lang), query.sql));
    }
}

/// What a dimension of a rollup is called.
fn dimension<'e>(of: &'e ExplainOf, name: &'e str, p: &Printer) -> &'e str {
    let ExplainOf::Rollup { rollup, .. } = of else { return name };
    let found = rollup.dimensions.iter().find(|d| d.name == name);
    found.filter(|_| p.lang == Lang::Zh).map_or(name, |d| d.zh.as_str())
}
