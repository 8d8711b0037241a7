//! What an indicator is made of, and one of its published values.

use std::path::Path;

use arrow::array::{Array, Float64Array, Int64Array, StringArray};

use super::config::Config;
use crate::catalogue::indicators_path;
use crate::error::{Error, Result};
use crate::facts::{FactBook, Period, PeriodKind, Window};
use crate::indicators::Cells;
use crate::schema::divisions::Level;
use crate::schema::{FactKind, Indicator, Schemas, day};
use crate::store::Store;
use crate::store::table_file::read_table;

/// An indicator laid open.
pub struct Explained {
    pub indicator: Indicator,
    /// Profile, and the target in words.
    pub targets: Vec<(String, String)>,
    /// Name, title and SQL of each fact, in order.
    pub steps: Vec<(String, String, String)>,
    /// The last query: numerator (and denominator) by division.
    pub query: String,
    pub cell: Option<ExplainedCell>,
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

/// Lays an indicator open; `cell` is a division code and a period.
///
/// # Errors
/// `Usage`: no such division or period in the current snapshot.
pub fn explain(
    schemas: &Schemas,
    indicator: &Indicator,
    config: Option<&Path>,
    cell: Option<(&str, &str)>,
) -> Result<Explained> {
    let config = config.map(|path| Config::read(path, schemas)).transpose()?;
    let norms = config.as_ref().map_or(&schemas.norms, |c| &c.norms);
    let book = FactBook::new(&schemas.facts, norms, &schemas.codes);
    let mut window = None;
    let mut level = indicator.levels[0];
    let mut found = None;
    if let (Some(config), Some((division, period))) = (&config, cell) {
        level = Level::of(division)
            .filter(|l| indicator.levels.contains(l))
            .ok_or_else(|| Error::usage("--division", format!("`{division}` is of no level of this indicator")))?;
        let of = Period::all(&PeriodKind::ALL, config.periods_from, config.as_of)
            .into_iter()
            .find(|p| p.id == period)
            .ok_or_else(|| {
                Error::usage(
                    "--period",
                    format!(
                        "`{period}` is no period from {} to {}",
                        day::to_iso(config.periods_from),
                        day::to_iso(config.as_of)
                    ),
                )
                .hint("write 2023-05, 2023-Q2, 2023-H1 or 2023")
            })?;
        window = Some(Window { e_day: of.e_day, s_day: of.start_day });
        found = Some(published(config, indicator, division, &of)?);
    }
    let villages = schemas.named_villages();
    let mut steps = Vec::new();
    for fact in book.closure(&[&indicator.fact]) {
        let sql = match (window, fact.kind) {
            (Some(window), _) => book.sql(fact, Some((window, &villages)))?,
            (None, FactKind::Base) => book.sql(fact, None)?,
            (None, _) => fact.sql.clone(),
        };
        steps.push((fact.name.clone(), fact.title.clone(), sql));
    }
    let targets = schemas
        .profiles
        .iter()
        .flat_map(|p| p.targets.iter().map(move |t| (p, t)))
        .filter(|(_, t)| t.indicator == indicator.id)
        .map(|(p, t)| {
            let words = format!(
                "{} {} ({}, {})  「{}」",
                t.op.as_str(),
                t.target,
                t.level.as_str(),
                day::to_iso(t.due_day),
                t.quote_zh
            );
            (p.name.clone(), words)
        })
        .collect();
    Ok(Explained {
        indicator: indicator.clone(),
        targets,
        steps,
        query: Cells::sql(&indicator.fact, level, &[indicator]),
        cell: found,
    })
}

fn published(config: &Config, indicator: &Indicator, division: &str, period: &Period) -> Result<ExplainedCell> {
    let store = Store::at(&config.store);
    let path = store.current().join(indicators_path(period.kind));
    if !path.is_file() {
        return Err(Error::usage(config.store.display(), "holds no published snapshot with such periods")
            .hint("run `xinhui run` first"));
    }
    let snapshot =
        std::fs::read_link(store.current()).ok().and_then(|l| l.file_name().map(|n| n.to_string_lossy().into_owned()));
    for batch in read_table(&path, None)? {
        let batch = batch?;
        let text = |name: &str| -> &StringArray {
            batch.column_by_name(name).and_then(|c| c.as_any().downcast_ref()).expect("a text column")
        };
        let ints = |name: &str| -> &Int64Array {
            batch.column_by_name(name).and_then(|c| c.as_any().downcast_ref()).expect("an integer column")
        };
        let values: &Float64Array =
            batch.column_by_name("value").and_then(|c| c.as_any().downcast_ref()).expect("the value column");
        let (ids, codes, periods) = (text("indicator"), text("division_code"), text("period"));
        for row in 0..batch.num_rows() {
            if ids.value(row) == indicator.id && codes.value(row) == division && periods.value(row) == period.id {
                let denominators = ints("denominator");
                return Ok(ExplainedCell {
                    division_code: division.to_owned(),
                    division_name: text("division_name").value(row).to_owned(),
                    period: period.id.clone(),
                    numerator: ints("numerator").value(row),
                    denominator: denominators.is_valid(row).then(|| denominators.value(row)),
                    value: values.is_valid(row).then(|| values.value(row)),
                    status: text("status").value(row).to_owned(),
                    snapshot: snapshot.unwrap_or_default(),
                });
            }
        }
    }
    Err(Error::usage("--division", format!("`{division}` is not in the current snapshot")))
}
