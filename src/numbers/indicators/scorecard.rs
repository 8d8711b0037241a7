//! The scorecard: each plan's targets against the values at their due date.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, Date32Array, Float64Array, Int64Array, RecordBatch, StringArray};

use super::arithmetic::{Status, gap, meets, status, value};
use super::cells::{CellGrid, IndicatorCells};
use super::coverage::{Coverage, Gaps};
use super::population::Residents;
use crate::catalogue::{Catalogue, Edition};
use crate::engine::Session;
use crate::error::{Error, Result, Words};
use crate::numbers::facts::{FactBook, Window, first_of_year};
use crate::schema::divisions::{Divisions, Level};
use crate::schema::indicator::Denominator;
use crate::schema::profile::Target;
use crate::schema::{Indicator, Profile, Schemas, day};

/// Divisions that a profile is laid over beside its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Overlay {
    pub profile: String,
    pub divisions: Vec<String>,
}

/// How a target stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Met,
    NotMet,
    OnTrack,
    Behind,
    NoData,
    /// The numbers stand, but they are partial: they judge nobody.
    Incomplete,
}

impl Verdict {
    pub fn as_str(self) -> &'static str {
        match self {
            Verdict::Met => "met",
            Verdict::NotMet => "not_met",
            Verdict::OnTrack => "on_track",
            Verdict::Behind => "behind",
            Verdict::NoData => "no_data",
            Verdict::Incomplete => "incomplete",
        }
    }
}

/// One row of the scorecard.
#[derive(Clone, Debug)]
pub struct ScoreRow {
    pub profile: String,
    pub indicator: String,
    pub level: Level,
    pub division_code: String,
    pub division_name: String,
    pub op: &'static str,
    pub target: f64,
    pub due_day: i32,
    pub evaluated_day: i32,
    pub numerator: i64,
    pub denominator: Option<i64>,
    pub value: Option<f64>,
    pub unit: &'static str,
    pub status: Status,
    pub verdict: Verdict,
    /// How many more, or fewer, the numerator must count; see [`gap`].
    pub gap: Option<i64>,
    /// What it counts: `count_of` of the indicator.
    pub count_of: String,
    /// The same in words, as it stands behind a number.
    pub counted: Words,
}

/// What the numbers of the scorecard are made of.
pub struct ScoreInputs<'a> {
    pub schemas: &'a Schemas,
    pub book: &'a FactBook,
    /// Cells of an indicator (by index in the schemas) that were counted for the published tables.
    pub counted: &'a dyn Fn(usize, Window, Level) -> Option<&'a IndicatorCells>,
    /// The base facts that a fact needs.
    pub base: &'a dyn Fn(&str) -> Result<Session>,
    pub divisions: &'a Divisions,
    pub grid: &'a CellGrid,
    pub population: &'a Residents,
    pub coverage: &'a Coverage,
    pub as_of: i32,
}

/// Every target of the profiles in every division of the tree that it is for.
///
/// # Errors
/// `Schema`: an indicator's SQL does not fit its fact.
pub fn scorecard(inputs: &ScoreInputs<'_>, profiles: &[&Profile], overlays: &[Overlay]) -> Result<Vec<ScoreRow>> {
    let mut rows = Vec::new();
    // Targets that share a window share its facts; named villages make facts of their own.
    let mut sessions: BTreeMap<(i32, Vec<String>), Session> = BTreeMap::new();
    for profile in profiles {
        let laid_over = overlays.iter().filter(|o| o.profile == profile.name).flat_map(|o| &o.divisions);
        let mut divisions: Vec<&String> = Vec::new();
        for division in std::iter::once(&profile.division).chain(laid_over) {
            if inputs.divisions.name(division).is_some() && !divisions.contains(&division) {
                divisions.push(division);
            }
        }
        for target in &profile.targets {
            let Some(index) = inputs.schemas.indicators.iter().position(|i| i.id == target.indicator) else { continue };
            let indicator = &inputs.schemas.indicators[index];
            let at: Vec<&&String> = divisions.iter().filter(|d| Level::of(d) == Some(target.level)).collect();
            if at.is_empty() {
                continue;
            }
            let e_day = target.due_day.min(inputs.as_of);
            let window = Window { e_day, s_day: first_of_year(e_day) };
            let counted = (inputs.counted)(index, window, target.level).filter(|_| target.villages.is_empty());
            let cells = match counted {
                Some(cells) => Cow::Borrowed(cells),
                None => {
                    let key = (e_day, target.villages.clone());
                    let session = sessions.entry(key).or_default();
                    session.add(&(inputs.base)(&indicator.fact)?);
                    let named = || inputs.schemas.named_villages();
                    let villages = if target.villages.is_empty() { named() } else { target.villages.clone() };
                    inputs.book.run_window(session, &[&indicator.fact], window, &villages)?;
                    let fact = &indicator.fact;
                    Cow::Owned(
                        IndicatorCells::compute(session, inputs.grid, fact, target.level, &[indicator])?.remove(0),
                    )
                }
            };
            let gaps = inputs.coverage.gaps(inputs.grid, indicator, window);
            for division in at {
                rows.push(judge(inputs, profile, target, indicator, division, (&cells, &gaps)));
            }
        }
    }
    Ok(rows)
}

fn judge(
    inputs: &ScoreInputs<'_>,
    profile: &Profile,
    target: &Target,
    indicator: &Indicator,
    division: &str,
    (cells, gaps): (&IndicatorCells, &Gaps),
) -> ScoreRow {
    let place = inputs.grid.index(division).expect("a division of the tree");
    let e_day = target.due_day.min(inputs.as_of);
    let numerator = cells.numerators[place];
    let denominator = match indicator.denominator {
        Denominator::None => None,
        Denominator::Part(_) => Some(cells.denominators[place]),
        Denominator::Population => {
            inputs.population.of(inputs.divisions, division, i32::from(day::to_date(e_day).year()))
        }
    };
    let due = inputs.as_of >= target.due_day;
    let status = status(indicator.unit, denominator, gaps.touch(inputs.grid, division));
    let verdict = match meets(indicator.unit, numerator, denominator, target.op, target.target) {
        None => Verdict::NoData,
        Some(_) if status == Status::Partial => Verdict::Incomplete,
        Some(true) if due => Verdict::Met,
        Some(false) if due => Verdict::NotMet,
        Some(true) => Verdict::OnTrack,
        Some(false) => Verdict::Behind,
    };
    ScoreRow {
        profile: profile.name.clone(),
        indicator: indicator.id.clone(),
        level: target.level,
        division_code: division.to_owned(),
        division_name: inputs.divisions.name(division).unwrap_or_default().to_owned(),
        op: target.op.as_str(),
        target: target.target,
        due_day: target.due_day,
        evaluated_day: e_day,
        numerator,
        denominator,
        value: value(indicator.unit, numerator, denominator),
        unit: indicator.unit.as_str(),
        status,
        verdict,
        gap: gap(indicator.unit, (numerator, denominator), target.op, target.target, indicator.is_of_part()),
        count_of: indicator.count_of.clone(),
        counted: indicator.counted(),
    }
}

fn column<'a, T, A: FromIterator<T> + Array + 'static>(
    rows: &'a [ScoreRow],
    value: impl Fn(&'a ScoreRow) -> T,
) -> ArrayRef {
    Arc::new(rows.iter().map(value).collect::<A>())
}

/// The columns of a target that its row is known by, with the name of the division.
fn of_target(rows: &[ScoreRow]) -> Vec<ArrayRef> {
    vec![
        column::<_, StringArray>(rows, |r| Some(r.profile.as_str())),
        column::<_, StringArray>(rows, |r| Some(r.indicator.as_str())),
        column::<_, StringArray>(rows, |r| Some(r.level.as_str())),
        column::<_, StringArray>(rows, |r| Some(r.division_code.as_str())),
        column::<_, StringArray>(rows, |r| Some(r.division_name.as_str())),
        column::<_, StringArray>(rows, |r| Some(r.op)),
        column::<_, Float64Array>(rows, |r| Some(r.target)),
        column::<_, Date32Array>(rows, |r| Some(r.due_day)),
    ]
}

/// The scorecard as a table, in the order of the rows.
pub fn scorecard_batch(rows: &[ScoreRow]) -> Result<RecordBatch> {
    let mut columns = of_target(rows);
    columns.extend([
        column::<_, Date32Array>(rows, |r| Some(r.evaluated_day)),
        column::<_, Int64Array>(rows, |r| Some(r.numerator)),
        column::<_, Int64Array>(rows, |r| r.denominator),
        column::<_, Float64Array>(rows, |r| r.value),
        column::<_, StringArray>(rows, |r| Some(r.unit)),
        column::<_, StringArray>(rows, |r| Some(r.status.as_str())),
        column::<_, StringArray>(rows, |r| Some(r.verdict.as_str())),
    ]);
    RecordBatch::try_new(Catalogue::scorecard().schema(Edition::Internal), columns)
        .map_err(|e| Error::bug("scorecard rows").caused_by(e))
}

/// How far each target is, as a table in the order of the rows.
pub fn gaps_batch(rows: &[ScoreRow]) -> Result<RecordBatch> {
    let mut columns = of_target(rows);
    columns.extend([
        column::<_, StringArray>(rows, |r| Some(r.verdict.as_str())),
        column::<_, Int64Array>(rows, |r| r.gap),
        column::<_, StringArray>(rows, |r| Some(r.count_of.as_str())),
        column::<_, StringArray>(rows, |r| Some(r.counted.zh.as_ref())),
        column::<_, StringArray>(rows, |r| Some(r.counted.en.as_ref())),
    ]);
    RecordBatch::try_new(Catalogue::gaps().schema(Edition::Internal), columns)
        .map_err(|e| Error::bug("rows of gaps").caused_by(e))
}
