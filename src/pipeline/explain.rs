//! What an indicator or a rollup is made of, and what is published of it in a division and period.

use std::path::Path;

use arrow::array::{Array, Float64Array, Int64Array, RecordBatch, StringArray};

use super::config::Config;
use crate::catalogue::{indicators_path, rollup_path};
use crate::error::{Error, Result, words};
use crate::numbers::facts::{FactBook, Period, PeriodKind, Window};
use crate::numbers::indicators::Cells;
use crate::numbers::rollups;
use crate::publish::column;
use crate::schema::divisions::Level;
use crate::schema::fact::substitute;
use crate::schema::{FactKind, Indicator, Rollup, Schemas, day};
use crate::store::Store;
use crate::store::table_file::read_table;

/// An indicator or a rollup laid open.
pub struct Explained {
    pub of: Of,
    /// Name, title and SQL of each table, in order.
    pub steps: Vec<(String, String, String)>,
    /// The queries over those tables.
    pub queries: Vec<LevelQuery>,
}

/// What is laid open.
pub enum Of {
    Indicator {
        indicator: Box<Indicator>,
        /// Profile, and the target in words.
        targets: Vec<(String, String)>,
        cell: Option<ExplainedCell>,
    },
    Rollup {
        rollup: Rollup,
        totals: Option<ExplainedTotals>,
    },
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
    pub snapshot: String,
}

/// The published totals of a rollup in a division and period.
pub struct ExplainedTotals {
    pub division_code: String,
    pub period: String,
    /// Rows of the division and period, broken down or not.
    pub rows: usize,
    /// Name and value of each measure in the row that is not broken down; 0 where there is no such row.
    pub measures: Vec<(String, i64)>,
    pub snapshot: String,
}

/// A published place that is asked for.
struct Asked<'c> {
    config: &'c Config,
    period: Period,
    division: Option<(&'c str, Level)>,
}

/// Lays an indicator or a rollup open, for a period and division where they are given.
///
/// # Errors
/// `Usage`: no such name, or no such division or period in the current snapshot.
pub fn explain(
    schemas: &Schemas,
    name: &str,
    config: Option<&Path>,
    division: Option<&str>,
    period: Option<&str>,
) -> Result<Explained> {
    let config = config.map(|path| Config::read(path, schemas)).transpose()?;
    let norms = config.as_ref().map_or(&schemas.norms, |c| &c.norms);
    let book = FactBook::new(&schemas.facts, norms, &schemas.codes);
    let asked = config.as_ref().zip(period).map(|(config, period)| asked(config, division, period)).transpose()?;
    let window = asked.as_ref().map(|a| Window { e_day: a.period.e_day, s_day: a.period.start_day });
    // Of one division its level; of a period all levels; of the declarations alone one, to see the shape.
    let levels = |all: &[Level]| match &asked {
        Some(Asked { division: Some((_, level)), .. }) => vec![*level],
        Some(_) => all.to_vec(),
        None => all[..1].to_vec(),
    };
    if let Some(indicator) = schemas.indicator(name) {
        if let Some((division, level)) = asked.as_ref().and_then(|a| a.division)
            && !indicator.levels.contains(&level)
        {
            return Err(no_level(division));
        }
        let cell = asked.as_ref().and_then(|a| Some((a, a.division?.0)));
        let cell = cell.map(|(a, division)| published(a.config, indicator, division, &a.period)).transpose()?;
        let query =
            |level| LevelQuery { level, dimensions: Vec::new(), sql: Cells::sql(&indicator.fact, level, &[indicator]) };
        return Ok(Explained {
            steps: steps(schemas, &book, &[&indicator.fact], window)?,
            queries: levels(&indicator.levels).into_iter().map(query).collect(),
            of: Of::Indicator { indicator: Box::new(indicator.clone()), targets: targets(schemas, indicator), cell },
        });
    }
    let rollup = schemas.rollups.iter().find(|r| r.name == name).ok_or_else(|| {
        Error::usage("", words!("没有指标或汇总表 `{name}`", "unknown indicator or rollup `{name}`"))
            .hint(words!("运行 `xinhui explain` 可列出全部", "`xinhui explain` lists all of them"))
    })?;
    let totals = asked.as_ref().and_then(|a| Some((a, a.division?.0)));
    let totals = totals.map(|(a, division)| published_totals(a.config, rollup, division, &a.period)).transpose()?;
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
        steps: steps(schemas, &book, &facts, window)?,
        queries: levels(&Level::ALL).into_iter().flat_map(query).collect(),
        of: Of::Rollup { rollup: rollup.clone(), totals },
    })
}

fn asked<'c>(config: &'c Config, division: Option<&'c str>, period: &str) -> Result<Asked<'c>> {
    let level = |code| Level::of(code).map(|level| (code, level)).ok_or_else(|| no_level(code));
    let division = division.map(level).transpose()?;
    let known = Period::all(&PeriodKind::ALL, config.periods_from, config.as_of).into_iter().find(|p| p.id == period);
    let period = known.ok_or_else(|| {
        let (from, to) = (day::to_iso(config.periods_from), day::to_iso(config.as_of));
        Error::usage(
            "--period",
            words!("`{period}` 不是 {from} 至 {to} 之间的周期", "`{period}` is no period from {from} to {to}"),
        )
        .hint(words!("写作 2023-05、2023-Q2、2023-H1 或 2023", "write 2023-05, 2023-Q2, 2023-H1 or 2023"))
    })?;
    Ok(Asked { config, period, division })
}

fn no_level(division: &str) -> Error {
    Error::usage(
        "--division",
        words!("`{division}` 不属于该数字的任何层级", "`{division}` is of no level of this number"),
    )
}

/// The tables that facts are made of, each after those it reads.
fn steps(
    schemas: &Schemas,
    book: &FactBook,
    roots: &[&str],
    window: Option<Window>,
) -> Result<Vec<(String, String, String)>> {
    let villages = schemas.named_villages();
    let facts = book.closure(roots);
    let mut steps = Vec::new();
    if facts.iter().any(|f| f.reads.iter().any(|read| read == "months")) {
        let sql = "SELECT month, MAX(day) AS last_day\nFROM calendar\nWHERE day >= $ytd_day AND day <= $e_day\n\
                   GROUP BY month";
        let sql = window.map_or(Ok(sql.to_owned()), |w| substitute(sql, &w.parameters()));
        let title = "Months of the year so far, each with its last day within the window.";
        steps.push(("months".to_owned(), title.to_owned(), sql.map_err(|name| Error::bug(format!("no ${name}")))?));
    }
    for fact in facts {
        let sql = match (window, fact.kind) {
            (Some(window), _) => book.sql(fact, Some((window, &villages)))?,
            (None, FactKind::Base) => book.sql(fact, None)?,
            (None, _) => fact.sql.clone(),
        };
        steps.push((fact.name.clone(), fact.title.clone(), sql));
    }
    Ok(steps)
}

/// The targets of an indicator: the profile, and the target in words.
fn targets(schemas: &Schemas, indicator: &Indicator) -> Vec<(String, String)> {
    let all = schemas.profiles.iter().flat_map(|p| p.targets.iter().map(move |t| (p, t)));
    let of_indicator = all.filter(|(_, t)| t.indicator == indicator.id);
    let words = of_indicator.map(|(p, t)| {
        let (op, level, due) = (t.op.as_str(), t.level.as_str(), day::to_iso(t.due_day));
        (p.name.clone(), format!("{op} {} ({level}, {due})  「{}」", t.target, t.quote_zh))
    });
    words.collect()
}

fn text<'b>(batch: &'b RecordBatch, name: &str) -> Result<&'b StringArray> {
    column(batch, name)
}

/// A table of the current snapshot, and the snapshot's name.
fn current(config: &Config, path: &str) -> Result<(Vec<RecordBatch>, String)> {
    let store = Store::at(&config.store);
    let path = store.current().join(path);
    if !path.is_file() {
        return Err(Error::usage(
            config.store.display(),
            words!("尚无包含此类周期的已发布快照", "holds no published snapshot with such periods"),
        )
        .hint(words!("请先运行 `xinhui run`", "run `xinhui run` first")));
    }
    let snapshot = std::fs::read_link(store.current()).ok();
    let snapshot = snapshot.and_then(|l| l.file_name().map(|n| n.to_string_lossy().into_owned()));
    Ok((read_table(&path, None)?.collect::<Result<_>>()?, snapshot.unwrap_or_default()))
}

fn published(config: &Config, indicator: &Indicator, division: &str, period: &Period) -> Result<ExplainedCell> {
    let (batches, snapshot) = current(config, &indicators_path(period.kind))?;
    for batch in &batches {
        let values: &Float64Array = column(batch, "value")?;
        let (numerators, denominators): (&Int64Array, &Int64Array) =
            (column(batch, "numerator")?, column(batch, "denominator")?);
        let (ids, codes, periods) = (text(batch, "indicator")?, text(batch, "division_code")?, text(batch, "period")?);
        for row in 0..batch.num_rows() {
            if ids.value(row) == indicator.id && codes.value(row) == division && periods.value(row) == period.id {
                return Ok(ExplainedCell {
                    division_code: division.to_owned(),
                    division_name: text(batch, "division_name")?.value(row).to_owned(),
                    period: period.id.clone(),
                    numerator: numerators.value(row),
                    denominator: denominators.is_valid(row).then(|| denominators.value(row)),
                    value: values.is_valid(row).then(|| values.value(row)),
                    status: text(batch, "status")?.value(row).to_owned(),
                    snapshot,
                });
            }
        }
    }
    Err(Error::usage(
        "--division",
        words!("当前快照中没有 `{division}`", "`{division}` is not in the current snapshot"),
    ))
}

fn published_totals(config: &Config, rollup: &Rollup, division: &str, period: &Period) -> Result<ExplainedTotals> {
    let (batches, snapshot) = current(config, &rollup_path(rollup))?;
    let mut measures: Vec<(String, i64)> = rollup.measures.iter().map(|m| (m.name.clone(), 0)).collect();
    let mut rows = 0;
    for batch in &batches {
        let (codes, periods) = (text(batch, "division_code")?, text(batch, "period")?);
        let dimensions = rollup.dimensions.iter().map(|d| text(batch, &d.name)).collect::<Result<Vec<_>>>()?;
        for row in 0..batch.num_rows() {
            if codes.value(row) != division || periods.value(row) != period.id {
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
    Ok(ExplainedTotals { division_code: division.to_owned(), period: period.id.clone(), rows, measures, snapshot })
}
