//! Indicators: numerator and denominator as predicates over a fact.

use serde::Deserialize;

use super::counted::{CountedThing, CountedThings};
use super::counts::{AddsUp, Counts};
use super::divisions::Level;
use super::fact::{self, Facts};
use super::parse_fault;
use crate::error::{Words, words};

/// What the value of an indicator is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// n / d * 100
    Percent,
    /// n / d * 1000
    Permille,
    /// n
    Count,
    /// (n - d) / d * 100
    PercentChange,
}

impl Unit {
    pub fn as_str(self) -> &'static str {
        match self {
            Unit::Percent => "percent",
            Unit::Permille => "permille",
            Unit::Count => "count",
            Unit::PercentChange => "percent_change",
        }
    }
}

/// The days that an indicator looks at; all end at E.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WindowKind {
    At,
    T12m,
    Ytd,
    Period,
}

impl WindowKind {
    pub fn as_str(self) -> &'static str {
        match self {
            WindowKind::At => "at",
            WindowKind::T12m => "t12m",
            WindowKind::Ytd => "ytd",
            WindowKind::Period => "period",
        }
    }
}

/// Which values of an indicator are better.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    #[default]
    Higher,
    Lower,
}

impl Direction {
    pub fn as_str(self) -> &'static str {
        match self {
            Direction::Higher => "higher",
            Direction::Lower => "lower",
        }
    }
}

/// What is counted or summed over the rows of a fact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Measure {
    /// Distinct values of a column.
    Distinct(String),
    /// Rows.
    Rows,
    /// The sum of a column, nulls as 0.
    Sum(String),
}

/// A measure over the rows that meet a condition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IndicatorPart {
    pub measure: Measure,
    pub condition: Option<String>,
    pub counts: Counts,
}

impl IndicatorPart {
    /// The SQL aggregate.
    pub fn sql(&self) -> String {
        match (&self.measure, self.condition.as_deref()) {
            (Measure::Distinct(column), None) => format!("COUNT(DISTINCT {column})"),
            (Measure::Distinct(column), Some(c)) => format!("COUNT(DISTINCT CASE WHEN {c} THEN {column} END)"),
            (Measure::Rows, None) => "COUNT(*)".to_owned(),
            (Measure::Rows, Some(c)) => format!("SUM(CASE WHEN {c} THEN 1 ELSE 0 END)"),
            (Measure::Sum(column), None) => format!("SUM(COALESCE({column}, 0))"),
            (Measure::Sum(column), Some(c)) => format!("SUM(CASE WHEN {c} THEN COALESCE({column}, 0) ELSE 0 END)"),
        }
    }
}

/// The denominator of an indicator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Denominator {
    /// A count has none.
    None,
    /// The division's resident population in the year of E. It counts nobody whom this program knows: it is
    /// read from a public census table.
    Population,
    Part(IndicatorPart),
}

/// One indicator.
#[derive(Clone, Debug)]
pub struct Indicator {
    pub id: String,
    pub zh: String,
    /// As the list of indicators has it, where it may go on from the line before.
    pub en: String,
    /// The English name where it stands alone.
    pub en_alone: String,
    pub unit: Unit,
    pub window: WindowKind,
    /// `direction = "lower"` where low values are better; without it, high ones are.
    pub direction: Direction,
    /// The word for what it counts; `counted.toml` says it in both languages.
    pub count_of: String,
    thing: CountedThing,
    pub levels: Vec<Level>,
    /// Datasets without which a county's number is only partial.
    pub datasets: Vec<String>,
    pub definition: String,
    /// The same in Chinese; the English one where a declaration has none.
    pub definition_zh: String,
    pub source: String,
    pub fact: String,
    pub numerator: IndicatorPart,
    pub denominator: Denominator,
}

impl Indicator {
    /// What it counts, as it stands behind a number: `所学校`, `schools`.
    pub fn counted(&self) -> Words {
        self.thing.counted()
    }

    /// What it counts, by itself: `学校`, `schools`.
    pub fn thing(&self) -> Words {
        self.thing.by_itself()
    }

    /// The numerator is a part of the denominator, so that it can never be larger.
    pub fn is_of_part(&self) -> bool {
        self.unit == Unit::Percent && matches!(self.denominator, Denominator::Part(_))
    }

    /// Of which parts the numerator, or the denominator, is the sum.
    pub fn adds_up(&self, measure: &Measure, facts: &Facts) -> AddsUp {
        let is_sum = !matches!(measure, Measure::Distinct(_));
        let of_period = self.window == WindowKind::Period && fact::looks_at_period(facts, &self.fact);
        AddsUp { over_divisions: is_sum, over_periods: is_sum && of_period }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawIndicators {
    indicator: Vec<RawIndicator>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawIndicator {
    id: String,
    zh: String,
    en: String,
    en_alone: Option<String>,
    unit: Unit,
    window: WindowKind,
    #[serde(default)]
    direction: Direction,
    count_of: String,
    levels: Vec<String>,
    datasets: Vec<String>,
    #[serde(default)]
    definition_zh: Option<String>,
    definition: String,
    #[serde(default)]
    source: String,
    fact: String,
    numerator: RawPart,
    denominator: Option<RawPart>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawPart {
    distinct: Option<String>,
    #[serde(default)]
    rows: bool,
    sum: Option<String>,
    #[serde(default)]
    population: bool,
    #[serde(rename = "where")]
    condition: Option<String>,
    counts: Option<Counts>,
}

/// Reads one file of indicators; problems name the indicator.
pub(super) fn parse(text: &str, things: &CountedThings) -> (Vec<Indicator>, Vec<Words>) {
    let raw: RawIndicators = match toml::from_str(text) {
        Ok(raw) => raw,
        Err(e) => return (Vec::new(), vec![parse_fault::of_toml(&e)]),
    };
    let mut problems = Vec::new();
    let mut indicators = Vec::new();
    for r in raw.indicator {
        let (indicator, found) = checked(r, things);
        let place = words!("指标 `{}`", "indicator `{}`", indicator.id);
        problems.extend(found.iter().map(|problem| problem.at(place.clone())));
        indicators.push(indicator);
    }
    (indicators, problems)
}

/// An indicator with all its problems; what is wrong is left out of it, so that the rest is checked too.
fn checked(r: RawIndicator, things: &CountedThings) -> (Indicator, Vec<Words>) {
    let mut problems = Vec::new();
    let mut levels = Vec::new();
    for name in &r.levels {
        match Level::parse(name) {
            Some(level) => levels.push(level),
            None => problems.push(words!("没有层级 `{name}`", "unknown level `{name}`")),
        }
    }
    let numerator = part(r.numerator, "numerator", &mut problems);
    let denominator = match r.denominator {
        None => Denominator::None,
        Some(RawPart { population: true, distinct: None, rows: false, sum: None, condition: None, counts }) => {
            if counts != Some(Counts::Nobody) {
                problems.push(words!(
                    "分母取自公开的人口统计表：请写 `counts = \"nobody\"`",
                    "the denominator is the population of a public census table: write `counts = \"nobody\"`"
                ));
            }
            Denominator::Population
        }
        Some(p) => Denominator::Part(part(p, "denominator", &mut problems)),
    };
    match (r.unit, &denominator) {
        (Unit::Count, Denominator::None) => {}
        (Unit::Count, _) => problems.push(words!("计数类指标没有分母", "a count has no denominator")),
        (_, Denominator::None) => {
            problems.push(words!("单位为 {} 的指标须有分母", "a {} needs a denominator", r.unit.as_str()))
        }
        _ => {}
    }
    let indicator = Indicator {
        id: r.id,
        zh: r.zh,
        en_alone: r.en_alone.unwrap_or_else(|| r.en.clone()),
        en: r.en,
        unit: r.unit,
        window: r.window,
        direction: r.direction,
        thing: things.of(&r.count_of),
        count_of: r.count_of,
        levels,
        datasets: r.datasets,
        definition_zh: r.definition_zh.unwrap_or_else(|| r.definition.clone()),
        definition: r.definition,
        source: r.source,
        fact: r.fact,
        numerator,
        denominator,
    };
    (indicator, problems)
}

fn part(r: RawPart, which: &str, problems: &mut Vec<Words>) -> IndicatorPart {
    let which_zh = if which == "numerator" { "分子" } else { "分母" };
    let measure = match (r.distinct, r.rows, r.sum) {
        (Some(column), false, None) => Measure::Distinct(column),
        (None, true, None) => Measure::Rows,
        (None, false, Some(column)) => Measure::Sum(column),
        _ => {
            problems.push(words!(
                "{which_zh}须写且只写 `distinct`、`rows`、`sum` 之一",
                "the {which} names exactly one of `distinct`, `rows`, `sum`"
            ));
            Measure::Rows
        }
    };
    let condition = r.condition.filter(|condition| match fact::check_expression(condition) {
        Ok(()) => true,
        Err(e) => {
            problems.push(Words::new(format!("{which_zh}{}", e.zh), format!("the {which} {}", e.en)));
            false
        }
    });
    let counts = r.counts.unwrap_or_else(|| {
        problems.push(words!("{which_zh}没有写明计的是谁：请写 `counts = \"persons\"`（人）、`\"of-persons\"`（随访、测评、就诊、处置、事件）或 `\"nobody\"`（机构、人员配备、学校、活动、用人单位）", "the {which} does not say whom it counts: write `counts = \"persons\"`, `\"of-persons\"` (contacts, tests, \
             visits, responses, incidents) or `\"nobody\"` (sites, staff, schools, activities, employers)"
        ));
        Counts::Persons
    });
    if measure == Measure::Distinct("person_key".to_owned()) && counts != Counts::Persons {
        problems.push(words!(
            "{which_zh}按人去重计数：请写 `counts = \"persons\"`",
            "the {which} counts distinct persons: write `counts = \"persons\"`"
        ));
    }
    IndicatorPart { measure, condition, counts }
}
