//! Rollups: dimensions and measures over a fact.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use sqlparser::ast::{
    DuplicateTreatment, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments, SelectItem, SetExpr, Statement,
};
use sqlparser::dialect::GenericDialect;
use sqlparser::parser::Parser;

use super::counts::{AddsUp, Counts};
use super::fact::{self, Facts};
use super::parse_fault;
use crate::error::{Words, words};

/// Columns that every rollup has: before its dimensions, and the last one, where numbers may be hidden, after its
/// measures.
const OF_EVERY_ROLLUP: [&str; 7] =
    ["level", "division_code", "division_name", "period_kind", "period", "complete", "status"];

/// A dimension, and the fact that it is counted over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dimension {
    pub name: String,
    /// Differs from the rollup's own for a field with several values.
    pub fact: String,
    pub zh: String,
    pub en: String,
    /// What published files say of it, where that was fixed before it had words of its own.
    pub in_files: Option<String>,
    /// Conditions of the rollup's fact that are values of it.
    pub conditions: Vec<DimensionCondition>,
}

/// A condition that indicators name, and the values of a dimension that say the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DimensionCondition {
    pub condition: String,
    pub values: Vec<String>,
}

/// One number of each row of a rollup.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RollupMeasure {
    pub name: String,
    /// The SQL aggregate.
    pub sql: String,
    pub zh: String,
    pub en: String,
    pub counts: Counts,
    /// The measure of the same row that these things come from: few persons make few things.
    pub of: Option<String>,
    /// The measure of the same row that this is a part of: the rest of it is a number too.
    pub part_of: Option<String>,
}

/// One rollup table.
#[derive(Clone, Debug)]
pub struct Rollup {
    pub name: String,
    pub zh: String,
    pub en: String,
    pub fact: String,
    pub dimensions: Vec<Dimension>,
    /// Pairs of dimensions that are crossed.
    pub cross: Vec<[String; 2]>,
    /// In published order.
    pub measures: Vec<RollupMeasure>,
    /// The fact of a last day that holds what this one's holds of a period, of the twelve months that end then.
    pub twelve_months: Option<String>,
}

impl Rollup {
    /// The facts that it is counted over.
    fn facts(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.fact.as_str()).chain(self.dimensions.iter().map(|d| d.fact.as_str()))
    }

    /// Of which parts a measure is the sum; see [`AddsUp`].
    pub fn adds_up(&self, measure: &RollupMeasure, facts: &Facts) -> AddsUp {
        let is_sum = matches!(Aggregate::of(&measure.sql), Some(Aggregate::Rows | Aggregate::Sum(_)));
        let of_period = self.facts().all(|f| fact::looks_at_period(facts, f));
        AddsUp { over_divisions: is_sum, over_periods: is_sum && of_period }
    }
}

/// A measure of the few kinds that need nothing but a count; the text is the SQL of what is counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Aggregate {
    Rows,
    Distinct(String),
    Sum(String),
}

impl Aggregate {
    /// What `COUNT(*)`, `COUNT(DISTINCT x)` or `SUM(x)` counts; `None` for any other expression.
    pub fn of(sql: &str) -> Option<Aggregate> {
        let statement = Parser::parse_sql(&GenericDialect {}, &format!("SELECT {sql}")).ok()?.pop()?;
        let Statement::Query(query) = statement else { return None };
        let SetExpr::Select(select) = *query.body else { return None };
        let [SelectItem::UnnamedExpr(Expr::Function(function))] = select.projection.as_slice() else { return None };
        let Function { name, parameters: FunctionArguments::None, filter: None, over: None, .. } = function else {
            return None;
        };
        let FunctionArguments::List(list) = &function.args else { return None };
        let [FunctionArg::Unnamed(argument)] = list.args.as_slice() else { return None };
        if !list.clauses.is_empty() || !function.within_group.is_empty() || function.null_treatment.is_some() {
            return None;
        }
        match (name.to_string().to_ascii_uppercase().as_str(), list.duplicate_treatment, argument) {
            ("COUNT", None, FunctionArgExpr::Wildcard) => Some(Aggregate::Rows),
            ("COUNT", Some(DuplicateTreatment::Distinct), FunctionArgExpr::Expr(e)) => {
                Some(Aggregate::Distinct(e.to_string()))
            }
            ("SUM", None, FunctionArgExpr::Expr(e)) => Some(Aggregate::Sum(e.to_string())),
            _ => None,
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRollups {
    /// Words of the dimensions that the file's rollups name.
    #[serde(default)]
    dimensions: BTreeMap<String, RawWords>,
    #[serde(default)]
    described_as_before: Vec<RawDescribed>,
    #[serde(default)]
    condition: Vec<RawCondition>,
    #[serde(default)]
    twelve_months: Vec<RawTwelveMonths>,
    rollup: Vec<RawRollup>,
}

/// See [`Rollup::twelve_months`].
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawTwelveMonths {
    rollup: String,
    fact: String,
}

/// See [`DimensionCondition`].
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawCondition {
    rollup: String,
    dimension: String,
    values: Vec<String>,
    r#where: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawWords {
    #[serde(default)]
    zh: String,
    #[serde(default)]
    en: String,
}

/// What files say of some dimensions; see [`Dimension::in_files`].
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawDescribed {
    text: String,
    dimensions: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRollup {
    name: String,
    #[serde(default)]
    zh: String,
    #[serde(default)]
    en: String,
    fact: String,
    dimensions: Vec<RawDimension>,
    #[serde(default)]
    cross: Vec<[String; 2]>,
    measures: toml::Table,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum RawDimension {
    Own(String),
    Elsewhere { name: String, fact: String },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawMeasure {
    sql: String,
    #[serde(default)]
    zh: String,
    #[serde(default)]
    en: String,
    counts: Option<Counts>,
    of: Option<String>,
    part_of: Option<String>,
}

/// Reads one file of rollups; problems name the rollup.
pub(super) fn parse(text: &str) -> (Vec<Rollup>, Vec<Words>) {
    let raw: RawRollups = match toml::from_str(text) {
        Ok(raw) => raw,
        Err(e) => return (Vec::new(), vec![parse_fault::of_toml(&e)]),
    };
    let mut problems = Vec::new();
    let mut rollups = Vec::new();
    for r in raw.rollup {
        let mut found = Vec::new();
        rollups.push(checked(r, &raw.dimensions, &raw.described_as_before, &mut found));
        let name = &rollups[rollups.len() - 1].name;
        let place = words!("汇总表 `{name}`", "rollup `{name}`");
        problems.extend(found.iter().map(|problem| problem.at(place.clone())));
    }
    for c in raw.condition {
        let rollup = rollups.iter_mut().find(|r| r.name == c.rollup);
        match rollup.and_then(|r| r.dimensions.iter_mut().find(|d| d.name == c.dimension)) {
            Some(d) if !c.values.is_empty() => {
                d.conditions.push(DimensionCondition { condition: c.r#where, values: c.values });
            }
            _ => problems.push(words!(
                "condition `{}`：汇总表 `{}` 没有维度 `{}`，或没有写明取值",
                "condition `{}`: the rollup `{}` has no dimension `{}`, or no value is named",
                c.r#where,
                c.rollup,
                c.dimension
            )),
        }
    }
    for t in raw.twelve_months {
        match rollups.iter_mut().find(|r| r.name == t.rollup) {
            Some(rollup) => rollup.twelve_months = Some(t.fact),
            None => problems.push(words!(
                "twelve_months `{}`：没有汇总表 `{}`",
                "twelve_months `{}`: there is no rollup `{}`",
                t.fact,
                t.rollup
            )),
        }
    }
    (rollups, problems)
}

/// Tells of words that are missing.
fn want_words(what: &Words, zh: &str, en: &str, problems: &mut Vec<Words>) {
    for (language, words) in [("zh", zh), ("en", en)] {
        if words.trim().is_empty() {
            let (zh, en) = (&what.zh, &what.en);
            problems.push(words!(
                "{zh}没有文字说明：请写 `{language} = \"…\"`",
                "{en} has no words: write `{language} = \"…\"`",
            ));
        }
    }
}

/// A rollup with all its problems; what is wrong is left out of it, so that the rest is checked too.
fn checked(
    r: RawRollup,
    words: &BTreeMap<String, RawWords>,
    described: &[RawDescribed],
    problems: &mut Vec<Words>,
) -> Rollup {
    want_words(&words!("它", "it"), &r.zh, &r.en, problems);
    let mut dimensions = Vec::new();
    for d in r.dimensions {
        let (name, fact) = match d {
            RawDimension::Own(name) => (name, r.fact.clone()),
            RawDimension::Elsewhere { name, fact } => (name, fact),
        };
        let (zh, en) = words.get(&name).map_or_else(Default::default, |w| (w.zh.clone(), w.en.clone()));
        want_words(&words!("维度 `{name}` ", "the dimension `{name}`"), &zh, &en, problems);
        let in_files = described.iter().find(|d| d.dimensions.contains(&name)).map(|d| d.text.clone());
        dimensions.push(Dimension { name, fact, zh, en, in_files, conditions: Vec::new() });
    }
    for name in r.cross.iter().flatten() {
        if !dimensions.iter().any(|d| &d.name == name && d.fact == r.fact) {
            problems.push(words!(
                "`{name}` 用于交叉，却不是其事实表的维度",
                "`{name}` is crossed but is no dimension of its fact"
            ));
        }
    }
    let measures: Vec<RollupMeasure> =
        r.measures.into_iter().filter_map(|(name, value)| measure(name, value, problems)).collect();
    let names = dimensions.iter().map(|d| &d.name).chain(measures.iter().map(|m| &m.name));
    let mut taken = BTreeSet::from(OF_EVERY_ROLLUP.map(str::to_owned));
    for name in names {
        if !taken.insert(name.clone()) {
            problems.push(words!("`{name}` 与它的另一列同名", "`{name}` is the name of another of its columns"));
        }
    }
    for m in &measures {
        let named = [("of", &m.of), ("part_of", &m.part_of)];
        for (key, other) in named.into_iter().filter_map(|(key, name)| Some((key, name.as_ref()?))) {
            match measures.iter().find(|n| &n.name == other && n.name != m.name) {
                None => problems.push(words!(
                    "`{}`：`{key}` 所指的 `{other}` 不是另一个度量",
                    "`{}`: `{key}` names no other measure: `{other}`",
                    m.name
                )),
                Some(n) if key == "of" && (m.counts != Counts::OfPersons || n.counts == Counts::Nobody) => {
                    problems.push(words!(
                        "`{}`：`of` 只能由与人有关的事项指向人",
                        "`{}`: `of` leads from things of persons to persons",
                        m.name
                    ));
                }
                // What comes from things that come from persons would lead in a circle, or past a smaller number.
                Some(n) if key == "of" && n.of.is_some() => {
                    problems.push(words!(
                        "`{}`：`of` 所指的 `{other}` 本身又来自另一个度量",
                        "`{}`: `of` names `{other}`, which comes from another itself",
                        m.name
                    ));
                }
                Some(n) if key == "part_of" && (n.counts != m.counts || n.part_of.is_some()) => {
                    problems.push(words!(
                        "`{}`：`part_of` 所指的整体须计同一类对象",
                        "`{}`: `part_of` names a whole that counts the same",
                        m.name
                    ));
                }
                Some(_) => {}
            }
        }
    }
    let (name, twelve_months) = (r.name, None);
    Rollup { name, zh: r.zh, en: r.en, fact: r.fact, dimensions, cross: r.cross, measures, twelve_months }
}

fn measure(name: String, value: toml::Value, problems: &mut Vec<Words>) -> Option<RollupMeasure> {
    let m: RawMeasure = match value.try_into() {
        Ok(m) => m,
        Err(e) => {
            let form = "{ sql = \"…\", zh = \"…\", en = \"…\", counts = \"persons\" }";
            let said = parse_fault::of_toml(&e);
            let said = said.and(&words!("；应写作 `{form}`", "; write it as `{form}`"));
            problems.push(said.at(words!("度量 `{name}`", "measure `{name}`")));
            return None;
        }
    };
    if let Err(e) = fact::check_expression(&m.sql) {
        problems.push(Words::plain(format!("`{name}` ")).and(&e));
        return None;
    }
    want_words(&words!("度量 `{name}` ", "measure `{name}`"), &m.zh, &m.en, problems);
    let counts = m.counts.unwrap_or_else(|| {
        problems.push(words!("度量 `{name}` 没有写明计的是谁：请写 `counts = \"persons\"`（人）、`\"of-persons\"`（随访、测评、就诊、处置、事件）或 `\"nobody\"`（机构、人员配备、学校、活动、用人单位）", "measure `{name}` does not say whom it counts: write `counts = \"persons\"`, `\"of-persons\"` (contacts, \
             tests, visits, responses, incidents) or `\"nobody\"` (sites, staff, schools, activities, employers)"
        ));
        Counts::Persons
    });
    if Aggregate::of(&m.sql) == Some(Aggregate::Distinct("person_key".to_owned())) && counts != Counts::Persons {
        problems.push(words!(
            "度量 `{name}` 按人去重计数：请写 `counts = \"persons\"`",
            "measure `{name}` counts distinct persons: write `counts = \"persons\"`"
        ));
    }
    Some(RollupMeasure { name, sql: m.sql, zh: m.zh, en: m.en, counts, of: m.of, part_of: m.part_of })
}
