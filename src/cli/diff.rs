//! `xinhui diff`: what changed between two snapshots, number by number.

use std::path::{Path, PathBuf};

use super::printer::Printer;
use super::said;
use super::wrapping::width_of;
use crate::diag::grouped;
use crate::error::{Error, Result, Words, words};
use crate::pipeline::config::{Config, schema_files};
use crate::pipeline::diff::number::{Change, Filter, JudgedNumber, NumberOf, ScoreChange, StatedNumber};
use crate::pipeline::diff::{AskedSnapshots, SnapshotDifference, Totals, diff};
use crate::pipeline::explain::names::indicator_of;
use crate::schema::Schemas;
use crate::store::Store;

#[derive(Debug, clap::Args)]
pub struct DiffArgs {
    /// The older snapshot: its name, the beginning of it, or its folder; by default the one before
    old: Option<String>,
    /// The newer snapshot; by default the current one
    new: Option<String>,
    /// The config of the store; by default `xinhui.toml` in this folder
    #[arg(long, value_name = "PATH")]
    config: Option<PathBuf>,
    /// Only these indicators, by id or name, with commas between
    #[arg(long, value_delimiter = ',', value_name = "NAMES")]
    indicator: Vec<String>,
    /// Only these divisions and what lies in them, by code or name, with commas between
    #[arg(long, value_delimiter = ',', value_name = "DIVISIONS")]
    division: Vec<String>,
    /// Only these levels: village, town, county, city
    #[arg(long, value_delimiter = ',', value_name = "LEVELS")]
    level: Vec<String>,
    /// Compare the public editions
    #[arg(long)]
    public: bool,
    /// How many changed numbers to print; 0 prints all
    #[arg(long, default_value_t = 20, value_name = "N")]
    most: usize,
    /// Print all as JSON
    #[arg(long, conflicts_with = "csv")]
    json: bool,
    /// Print all as CSV
    #[arg(long)]
    csv: bool,
}

pub fn run(args: &DiffArgs, schemas_dir: Option<&Path>, p: &Printer) -> Result<u8> {
    let schemas = Schemas::from_files(&schema_files(schemas_dir)?)?;
    let are_folders = [&args.old, &args.new].into_iter().all(|s| s.as_ref().is_some_and(|s| Path::new(s).is_dir()));
    let config = match &args.config {
        None if are_folders => None,
        given => Some(Config::read(&super::options::config_path(given.as_ref())?, &schemas)?),
    };
    let store = config.map(|config| Store::at(&config.store));
    let asked = AskedSnapshots {
        store: store.as_ref(),
        old: args.old.as_deref(),
        new: args.new.as_deref(),
        public: args.public,
        divisions: &args.division,
        filter: filter(args, &schemas)?,
    };
    let found = diff(&schemas, &asked)?;
    if args.json {
        p.exact(serde_json::to_string_pretty(&found).map_err(|e| Error::bug("JSON").caused_by(e))?);
    } else if args.csv {
        print_csv(&found, p);
    } else {
        print(&found, &schemas, args.most, p);
    }
    Ok(0)
}

fn filter(args: &DiffArgs, schemas: &Schemas) -> Result<Filter> {
    let mut filter = Filter::default();
    for name in &args.indicator {
        filter.indicators.push(indicator_of(schemas, "--indicator", name)?.id.clone());
    }
    for name in &args.level {
        let level = said::level_named(name).ok_or_else(|| {
            Error::usage(
                "--level",
                words!(
                    "没有层级“{name}”；可写村、乡镇、县、市，或 village、town、county、city",
                    "there is no level `{name}`: it is village, town, county or city"
                ),
            )
        })?;
        filter.levels.push(level);
    }
    Ok(filter)
}

fn print(found: &SnapshotDifference, schemas: &Schemas, most: usize, p: &Printer) {
    let (old, new) = (&found.old, &found.new);
    p.line(p.pick(
        &format!("{}（统计日期 {}）→", old.snapshot, old.as_of),
        &format!("{} (as of {}) →", old.snapshot, old.as_of),
    ));
    p.line(p.pick(
        &format!("{}（统计日期 {}）", new.snapshot, new.as_of),
        &format!("{} (as of {})", new.snapshot, new.as_of),
    ));
    let most = if most == 0 { usize::MAX } else { most };
    if !found.targets.is_empty() {
        p.line("");
        p.line(p.pick("目标：", "targets:"));
        found.targets.iter().take(most).for_each(|target| print_target(target, schemas, p));
        print_rest(found.targets.len().saturating_sub(most), p);
    }
    if !found.numbers.is_empty() {
        p.line("");
        p.line(p.pick("数字（变化大的在前）：", "numbers, the weightiest change first:"));
        found.numbers.iter().take(most).for_each(|change| print_change(change, schemas, p));
        print_rest(found.numbers.len().saturating_sub(most), p);
    }
    p.line("");
    print_totals(&found.totals, p);
}

fn print_rest(rest: usize, p: &Printer) {
    if rest > 0 {
        let rest = grouped(rest as u64);
        p.line(
            p.pick(&format!("  另有 {rest} 个；--most 0 全部列出"), &format!("  and {rest} more; --most 0 prints all")),
        );
    }
}

/// The columns of a terminal.
const TERMINAL: usize = 80;

/// `    +12  在册患者治疗率`.
fn print_head(change: &Change, schemas: &Schemas, p: &Printer) {
    let id = change.of.indicator.as_str();
    let title = schemas.indicator(id).map_or(id, |i| p.pick(&i.zh, &i.en_alone));
    p.line(format!("{:>7}  {title}", signed(change)));
}

/// Parts on one line where they fit a terminal, else a line each.
fn print_parts(parts: &[String], between: &str, p: &Printer) {
    let line = format!("{:9}{}", "", parts.join(between));
    if width_of(&line) <= TERMINAL {
        return p.line(line);
    }
    parts.iter().for_each(|part| p.line(format!("{:9}{part}", "")));
}

/// `梁山县 2023`.
fn place(of: &NumberOf) -> String {
    format!("{} {}", of.division_name, of.period)
}

fn print_target(target: &ScoreChange, schemas: &Schemas, p: &Printer) {
    let of = &target.change.of;
    let indicator = schemas.indicator(&of.indicator);
    let unit = indicator.map_or("count", |i| i.unit.as_str());
    print_head(&target.change, schemas, p);
    let judged = |judged: &Option<JudgedNumber>| {
        let Some(judged) = judged else { return p.pick("无", "none").to_owned() };
        let verdict = said::state(&judged.verdict, p.lang);
        match (judged.gap.filter(|gap| *gap > 0), indicator) {
            (Some(gap), Some(i)) => {
                let gap = said::gap(gap, &target.op, &i.counted(), p.lang);
                p.pick(&format!("{verdict}，{gap}"), &format!("{verdict}, {gap}")).to_owned()
            }
            _ => verdict.to_owned(),
        }
    };
    let goal = said::target(&target.op, target.target, unit);
    let plan = said::plan(schemas, &target.profile);
    print_parts(&[place(of), format!("{} {goal}", plan.say(p.lang))], "  ", p);
    print_parts(&[judged(&target.old_judged), format!("→ {}", judged(&target.new_judged))], " ", p);
    print_parts(&values(&target.change, unit, p), " ", p);
}

fn print_change(change: &Change, schemas: &Schemas, p: &Printer) {
    let unit = schemas.indicator(&change.of.indicator).map_or("count", |i| i.unit.as_str());
    print_head(change, schemas, p);
    print_parts(&[place(&change.of), values(change, unit, p).join(" ")], "  ", p);
}

/// What a number was, and what it is.
fn values(change: &Change, unit: &str, p: &Printer) -> [String; 2] {
    let stated = |side: &Option<StatedNumber>| {
        side.as_ref().map_or_else(|| p.pick("无", "none").to_owned(), |s| shown(s, unit, p))
    };
    [stated(&change.old), format!("→ {}", stated(&change.new))]
}

/// `31/52 59.62 %`, with the status where it is not ok.
fn shown(stated: &StatedNumber, unit: &str, p: &Printer) -> String {
    let value = stated.value.map_or_else(|| "-".to_owned(), |v| said::rounded(v, unit));
    let mut text = match unit {
        "count" => said::whole(stated.numerator),
        _ => format!("{}/{} = {value}", said::whole(stated.numerator), said::whole(stated.denominator)),
    };
    if stated.status != "ok" {
        let status = said::state(&stated.status, p.lang);
        text += p.pick(&format!("（{status}）"), &format!(" ({status})"));
    }
    text
}

/// The change of the numerator, or of the denominator where that changed more.
fn signed(change: &Change) -> String {
    let side = |of: fn(&StatedNumber) -> Option<i64>| {
        let of = |s: &Option<StatedNumber>| s.as_ref().and_then(of).unwrap_or(0);
        of(&change.new) - of(&change.old)
    };
    let (n, d) = (side(|s| s.numerator), side(|s| s.denominator));
    let larger = if d.abs() > n.abs() { d } else { n };
    let sign = if larger > 0 { "+" } else { "" };
    format!("{sign}{}", said::whole(Some(larger)))
}

fn print_totals(t: &Totals, p: &Printer) {
    let levels: Vec<String> =
        t.changed_by_level.iter().map(|(level, n)| format!("{} {}", said::level(level, p.lang), grouped(*n))).collect();
    let (compared, changed) = (grouped(t.compared), grouped(t.changed));
    p.line(p.pick(
        &format!("合计：比对 {compared} 个数字，{changed} 个有变化"),
        &format!("in all: {changed} of {compared} numbers changed"),
    ));
    if !levels.is_empty() {
        p.line(format!("        {}", Words::listed(&levels).say(p.lang)));
    }
    let (added, removed) = (grouped(t.added), grouped(t.removed));
    p.line(p.pick(
        &format!("      新增 {added} 个，不再有 {removed} 个"),
        &format!("        {added} are new, {removed} are gone"),
    ));
    let (targets, changed, verdicts) =
        (grouped(t.targets_compared), grouped(t.targets_changed), grouped(t.verdicts_changed));
    p.line(p.pick(
        &format!("      目标 {targets} 个，{changed} 个有变化，其中结论改变 {verdicts} 个"),
        &format!("        {changed} of {targets} targets changed, {verdicts} of them in their verdict"),
    ));
    if !t.other_tables.is_empty() {
        p.line(p.pick("      其他内容有变化的表：", "        other tables that differ:"));
        for table in &t.other_tables {
            p.line(format!("        {table}"));
        }
    }
}

/// One line a change: of targets first, then of numbers.
fn print_csv(found: &SnapshotDifference, p: &Printer) {
    const HEAD: &str = "table,indicator,level,division_code,division_name,period,profile,op,target,due,weight,\
                        old_numerator,old_denominator,old_value,old_status,old_verdict,old_gap,\
                        new_numerator,new_denominator,new_value,new_status,new_verdict,new_gap";
    let mut out = format!("{HEAD}\n");
    for t in &found.targets {
        let target = [t.profile.clone(), t.op.clone(), t.target.to_string(), t.due.clone()];
        let judged = [t.old_judged.as_ref(), t.new_judged.as_ref()];
        add_line(&mut out, &cells("scorecard", &t.change, target, judged));
    }
    for change in &found.numbers {
        add_line(&mut out, &cells("indicators", change, Default::default(), [None, None]));
    }
    p.raw(out.as_bytes());
}

fn add_line(out: &mut String, cells: &[String]) {
    let quoted = |cell: &String| {
        let plain = !cell.contains([',', '"', '\n', '\r']);
        if plain { cell.clone() } else { format!("\"{}\"", cell.replace('"', "\"\"")) }
    };
    out.push_str(&cells.iter().map(quoted).collect::<Vec<_>>().join(","));
    out.push('\n');
}

fn cells(table: &str, change: &Change, target: [String; 4], judged: [Option<&JudgedNumber>; 2]) -> Vec<String> {
    let of = &change.of;
    let named = [table, &of.indicator, &of.level, &of.division_code, &of.division_name, &of.period];
    let mut cells: Vec<String> = named.into_iter().map(ToOwned::to_owned).collect();
    cells.extend(target);
    cells.push(change.weight.to_string());
    for (stated, judged) in [&change.old, &change.new].into_iter().zip(judged) {
        let number = |n: Option<i64>| n.map_or_else(String::new, |n| n.to_string());
        cells.push(number(stated.as_ref().and_then(|s| s.numerator)));
        cells.push(number(stated.as_ref().and_then(|s| s.denominator)));
        cells.push(stated.as_ref().and_then(|s| s.value).map_or_else(String::new, |v| v.to_string()));
        cells.push(stated.as_ref().map_or_else(String::new, |s| s.status.clone()));
        cells.push(judged.map_or_else(String::new, |j| j.verdict.clone()));
        cells.push(number(judged.and_then(|j| j.gap)));
    }
    cells
}
