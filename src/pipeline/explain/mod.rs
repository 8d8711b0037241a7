//! What an indicator or a rollup is made of, and what is published of it in a division and period.

mod asked;
pub mod names;
mod period_words;
pub mod places;
pub mod reasons;

use std::path::Path;

use arrow::array::{Array, Float64Array, Int64Array};

use super::config::Config;
use crate::catalogue::{indicators_path, rollup_path};
use crate::error::{Error, Result, Words, words};
use crate::numbers::facts::{FactBook, Period, Window};
use crate::numbers::indicators::{IndicatorCells, gap};
use crate::numbers::records::{MissingRecord, NumberPlace as RecordPlace, RecordInputs};
use crate::numbers::rollups;
use crate::publish::column;
use crate::schema::divisions::{Divisions, Level};
use crate::schema::fact::substitute;
use crate::schema::{FactKind, Indicator, Rollup, Schemas, day};
use crate::store::Store;
use asked::{AskedNumber, asked, current, no_level, text};
use names::{Named, named};
use places::NamedPlace;
use reasons::{Reason, reasons};

/// What is asked.
#[derive(Clone, Copy)]
pub struct Question<'q> {
    /// Id or name of an indicator or rollup.
    pub name: &'q str,
    pub config: Option<&'q Path>,
    /// Code or name.
    pub division: Option<&'q str>,
    /// Id or words of a period.
    pub period: Option<&'q str>,
    /// The records in the denominator and not in the numerator are asked for too.
    pub list: bool,
}

/// An indicator or a rollup laid open.
pub struct Explained {
    pub of: ExplainOf,
    /// Name, title and SQL of each table, in order.
    pub steps: Vec<Step>,
    /// The queries over those tables.
    pub queries: Vec<LevelQuery>,
}

/// What a denominator counts beyond the numerator.
pub struct Uncounted {
    /// Denominator less numerator.
    pub rest: i64,
    pub records: Vec<UncountedRecord>,
}

/// A record that is in the denominator and not, or not wholly, in the numerator.
pub struct UncountedRecord {
    /// The county that sent it; empty for a division of the tree.
    pub county: String,
    pub dataset: String,
    pub key: String,
    /// The name of a division of the tree; `None` of what a county sent.
    pub division_name: Option<String>,
    /// What it lacks: 1, or of what is summed the difference.
    pub missing: i64,
}

/// A table on the way to a number: its name, its title, its SQL.
pub type Step = (String, Words, String);

/// What is laid open.
pub enum ExplainOf {
    Indicator {
        indicator: Box<Indicator>,
        targets: Vec<TargetOf>,
        cell: Option<ExplainedCell>,
        missing: Option<Uncounted>,
    },
    Rollup {
        rollup: Rollup,
        totals: Option<ExplainedTotals>,
    },
}

/// A target of an indicator.
pub struct TargetOf {
    pub profile: String,
    pub op: &'static str,
    pub target: f64,
    pub level: Level,
    pub due: String,
    /// The sentence that it comes from.
    pub quote: String,
    /// Where a division is asked for that the target is for: how many more, or fewer, meet it; `None` inside where that
    /// cannot be told.
    pub gap: Option<Option<i64>>,
}

/// The query of one level; of a rollup, of one group of dimensions too.
pub struct LevelQuery {
    pub level: Level,
    /// The dimensions that the rows are broken down by; all others say `_all`.
    pub dimensions: Vec<String>,
    pub sql: String,
}

/// A published value.
pub struct ExplainedCell {
    pub division_code: String,
    pub division_name: String,
    pub period: String,
    pub numerator: i64,
    pub denominator: Option<i64>,
    pub value: Option<f64>,
    pub status: String,
    /// Of a partial number, or one without data: what makes it so.
    pub because: Vec<Reason>,
    pub snapshot: String,
}

/// The published totals of a rollup in a division and period.
pub struct ExplainedTotals {
    pub division_code: String,
    pub division_name: String,
    pub period: String,
    /// Rows of the division and period, broken down or not.
    pub rows: usize,
    /// Name and value of each measure in the row that is not broken down; 0 where there is no such row.
    pub measures: Vec<(String, i64)>,
    pub snapshot: String,
}

/// Lays an indicator or a rollup open, for a period and division where they are given.
///
/// # Errors
/// `Usage`: no such name, or no such division or period in the current snapshot.
pub fn explain(schemas: &Schemas, question: &Question<'_>) -> Result<Explained> {
    let meant = named(schemas, question.name)?;
    let config = question.config.map(|path| Config::read(path, schemas)).transpose()?;
    let norms = config.as_ref().map_or(&schemas.norms, |c| &c.norms);
    let book = FactBook::new(&schemas.facts, norms, &schemas.codes);
    let city = config.as_ref().map(|c| c.city.clone());
    let division = question.division.or_else(|| city.as_deref().filter(|_| question.list));
    let is_asked = division.is_some() || question.period.is_some();
    let of_store = config.as_ref().filter(|_| is_asked);
    let asked = of_store.map(|config| asked(config, division, question.period)).transpose()?;
    match meant {
        Named::Indicator(indicator) => of_indicator(schemas, &book, indicator, asked.as_ref(), question.list),
        Named::Rollup(rollup) if question.list => Err(Error::usage(
            "--list",
            words!(
                "汇总表 {} 没有分子和分母；只有指标能列出记录",
                "the rollup `{}` has no numerator and denominator: only an indicator names its records",
                rollup.name
            ),
        )),
        Named::Rollup(rollup) => of_rollup(schemas, &book, rollup, asked.as_ref()),
    }
}

fn window_of(asked: Option<&AskedNumber<'_>>) -> Option<Window> {
    asked.map(|a| Window { e_day: a.period.e_day, s_day: a.period.start_day })
}

/// Of one division its level; of a period all levels; of the declarations alone one, to see the shape.
fn levels_of(asked: Option<&AskedNumber<'_>>, all: &[Level]) -> Vec<Level> {
    match asked {
        Some(AskedNumber { place: Some((place, _)), .. }) => vec![place.level],
        Some(_) => all.to_vec(),
        None => all[..1].to_vec(),
    }
}

fn of_indicator(
    schemas: &Schemas,
    book: &FactBook,
    indicator: &Indicator,
    asked: Option<&AskedNumber<'_>>,
    list: bool,
) -> Result<Explained> {
    let at = asked.and_then(|a| Some((a, a.place.as_ref()?)));
    if let Some((_, (place, tree))) = at.filter(|(_, (place, _))| !indicator.levels.contains(&place.level)) {
        return Err(no_level(place, &indicator.levels, tree));
    }
    let cell = at.map(|(a, (place, _))| published(a.config, indicator, place, &a.period)).transpose()?;
    let missing = match (at, &cell) {
        (Some((a, (place, tree))), Some(cell)) if list => {
            Some(missing_records(schemas, book, indicator, (a, place, tree), cell)?)
        }
        _ => None,
    };
    let query = |level| LevelQuery {
        level,
        dimensions: Vec::new(),
        sql: IndicatorCells::sql(&indicator.fact, level, &[indicator]),
    };
    let targets = targets(schemas, indicator, asked.map(|a| a.config).zip(cell.as_ref()));
    Ok(Explained {
        steps: steps(schemas, book, &[&indicator.fact], window_of(asked))?,
        queries: levels_of(asked, &indicator.levels).into_iter().map(query).collect(),
        of: ExplainOf::Indicator { indicator: Box::new(indicator.clone()), targets, cell, missing },
    })
}

fn of_rollup(
    schemas: &Schemas,
    book: &FactBook,
    rollup: &Rollup,
    asked: Option<&AskedNumber<'_>>,
) -> Result<Explained> {
    let totals = asked.and_then(|a| Some((a, a.place.as_ref()?)));
    let totals = totals.map(|(a, (place, _))| published_totals(a.config, rollup, place, &a.period)).transpose()?;
    let groups = rollups::groups(rollup);
    let query = |level| {
        groups.iter().map(move |group| LevelQuery {
            level,
            dimensions: group.iter().map(|d| d.name.clone()).collect(),
            sql: rollups::sql(rollup, rollups::fact_of(rollup, group), level, group),
        })
    };
    let facts: Vec<&str> = rollups::facts_of(rollup).collect();
    Ok(Explained {
        steps: steps(schemas, book, &facts, window_of(asked))?,
        queries: levels_of(asked, &Level::ALL).into_iter().flat_map(query).collect(),
        of: ExplainOf::Rollup { rollup: rollup.clone(), totals },
    })
}

/// The records that the numerator lacks, if they make up the published number.
fn missing_records(
    schemas: &Schemas,
    book: &FactBook,
    indicator: &Indicator,
    (asked, place, tree): (&AskedNumber<'_>, &NamedPlace, &Divisions),
    cell: &ExplainedCell,
) -> Result<Uncounted> {
    let store = Store::at(&asked.config.store);
    let inputs = RecordInputs { schemas, book, divisions: tree, store: &store };
    let window = Window { e_day: asked.period.e_day, s_day: asked.period.start_day };
    let missing = inputs.missing(indicator, &RecordPlace { window, level: place.level, division: &place.code })?;
    if (missing.numerator, Some(missing.denominator)) == (cell.numerator, cell.denominator) {
        let rest = missing.denominator - missing.numerator;
        let record = |r: MissingRecord| UncountedRecord {
            division_name: tree.name(&r.key).filter(|_| r.dataset == "division").map(str::to_owned),
            county: r.county,
            dataset: r.dataset,
            key: r.key,
            missing: r.missing,
        };
        return Ok(Uncounted { rest, records: missing.records.into_iter().map(record).collect() });
    }
    let (n, d) = (missing.numerator, missing.denominator);
    Err(Error::usage(
        "--list",
        words!(
            "按现在的声明得 {n}/{d}，与当前快照不同，因此不列出记录",
            "the declarations as they are now give {n}/{d}, which is not what the current snapshot says: no records are named"
        ),
    )
    .hint(words!("先运行 `xinhui run`", "run `xinhui run` first")))
}

/// The tables that facts are made of, each after those it reads.
fn steps(schemas: &Schemas, book: &FactBook, roots: &[&str], window: Option<Window>) -> Result<Vec<Step>> {
    let villages = schemas.named_villages();
    let facts = book.closure(roots);
    let mut steps = Vec::new();
    if facts.iter().any(|f| f.reads.iter().any(|read| read == "months")) {
        let sql = "SELECT month, MAX(day) AS last_day\nFROM calendar\nWHERE day >= $ytd_day AND day <= $e_day\n\
                   GROUP BY month";
        let sql = window.map_or(Ok(sql.to_owned()), |w| substitute(sql, &w.parameters()));
        let title = words!(
            "当年以来的各月，带该月在窗口内的最后一天。",
            "Months of the year so far, each with its last day within the window."
        );
        steps.push(("months".to_owned(), title, sql.map_err(|name| Error::bug(format!("no ${name}")))?));
    }
    for fact in facts {
        let sql = match (window, fact.kind) {
            (Some(window), _) => book.sql(fact, Some((window, &villages)))?,
            (None, FactKind::Base) => book.sql(fact, None)?,
            (None, _) => fact.sql.clone(),
        };
        steps.push((fact.name.clone(), book.title(fact), sql));
    }
    Ok(steps)
}

/// The targets of an indicator; of a division that one is for, what it takes to meet it.
fn targets(schemas: &Schemas, indicator: &Indicator, cell: Option<(&Config, &ExplainedCell)>) -> Vec<TargetOf> {
    let all = schemas.profiles.iter().flat_map(|p| p.targets.iter().map(move |t| (p, t)));
    let of_indicator = all.filter(|(_, t)| t.indicator == indicator.id);
    let words = of_indicator.map(|(p, t)| {
        let is_for = |(config, cell): &(&Config, &ExplainedCell)| {
            let laid_over = config.overlays.iter().filter(|o| o.profile == p.name).flat_map(|o| &o.divisions);
            let mut divisions = laid_over.chain([&p.division]);
            Level::of(&cell.division_code) == Some(t.level) && divisions.any(|d| *d == cell.division_code)
        };
        let sides = |cell: &ExplainedCell| (cell.numerator, cell.denominator);
        let cell = cell.filter(is_for).filter(|_| t.villages.is_empty());
        TargetOf {
            profile: p.name.clone(),
            op: t.op.as_str(),
            target: t.target,
            level: t.level,
            due: day::to_iso(t.due_day),
            quote: t.quote_zh.clone(),
            gap: cell.map(|(_, cell)| gap(indicator.unit, sides(cell), t.op, t.target, indicator.is_of_part())),
        }
    });
    words.collect()
}

fn published(config: &Config, indicator: &Indicator, place: &NamedPlace, period: &Period) -> Result<ExplainedCell> {
    let (batches, snapshot) = current(config, &indicators_path(period.kind))?;
    for batch in &batches {
        let values: &Float64Array = column(batch, "value")?;
        let (numerators, denominators): (&Int64Array, &Int64Array) =
            (column(batch, "numerator")?, column(batch, "denominator")?);
        let (ids, codes, periods) = (text(batch, "indicator")?, text(batch, "division_code")?, text(batch, "period")?);
        for row in 0..batch.num_rows() {
            if ids.value(row) == indicator.id && codes.value(row) == place.code && periods.value(row) == period.id {
                let status = text(batch, "status")?.value(row).to_owned();
                let lacks = matches!(status.as_str(), "partial" | "no_data");
                return Ok(ExplainedCell {
                    division_code: place.code.clone(),
                    division_name: text(batch, "division_name")?.value(row).to_owned(),
                    period: period.id.clone(),
                    numerator: numerators.value(row),
                    denominator: denominators.is_valid(row).then(|| denominators.value(row)),
                    value: values.is_valid(row).then(|| values.value(row)),
                    because: reasons(config, indicator, place, period, lacks)?,
                    status,
                    snapshot,
                });
            }
        }
    }
    let (id, code, period) = (&indicator.id, &place.code, &period.id);
    Err(Error::usage(
        "",
        words!(
            "当前快照中没有 {id} 在区划 {code}、期间 {period} 的值",
            "the current snapshot has no `{id}` of division {code} in {period}"
        ),
    ))
}

fn published_totals(config: &Config, rollup: &Rollup, place: &NamedPlace, period: &Period) -> Result<ExplainedTotals> {
    let (batches, snapshot) = current(config, &rollup_path(rollup))?;
    let mut measures: Vec<(String, i64)> = rollup.measures.iter().map(|m| (m.name.clone(), 0)).collect();
    let mut rows = 0;
    for batch in &batches {
        let (codes, periods) = (text(batch, "division_code")?, text(batch, "period")?);
        let dimensions = rollup.dimensions.iter().map(|d| text(batch, &d.name)).collect::<Result<Vec<_>>>()?;
        for row in 0..batch.num_rows() {
            if codes.value(row) != place.code || periods.value(row) != period.id {
                continue;
            }
            rows += 1;
            if dimensions.iter().all(|d| d.value(row) == rollups::ALL) {
                for (name, value) in &mut measures {
                    *value = column::<Int64Array>(batch, name)?.value(row);
                }
            }
        }
    }
    let (division_code, division_name) = (place.code.clone(), place.name.clone());
    Ok(ExplainedTotals { division_code, division_name, period: period.id.clone(), rows, measures, snapshot })
}
