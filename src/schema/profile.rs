//! Profiles: the targets of one plan, each with the sentence it comes from.

use serde::Deserialize;

use super::day;
use super::divisions::Level;
use super::parse_fault;
use crate::error::{Words, words};

/// How a value is held against a target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Op {
    AtLeast,
    AtMost,
    Above,
    Below,
}

impl Op {
    pub fn as_str(self) -> &'static str {
        match self {
            Op::AtLeast => ">=",
            Op::AtMost => "<=",
            Op::Above => ">",
            Op::Below => "<",
        }
    }

    /// The comparison of a text such as `>=`.
    pub fn parse(text: &str) -> Option<Op> {
        [Op::AtLeast, Op::AtMost, Op::Above, Op::Below].into_iter().find(|op| op.as_str() == text)
    }
}

/// One target.
#[derive(Clone, Debug)]
pub struct Target {
    pub indicator: String,
    pub level: Level,
    pub op: Op,
    pub target: f64,
    /// Day since 1970-01-01.
    pub due_day: i32,
    pub quote_zh: String,
    /// The villages that the plan names, for an indicator about named villages.
    pub villages: Vec<String>,
    pub note: Option<String>,
}

/// A plan.
#[derive(Clone, Debug)]
pub struct Profile {
    pub name: String,
    /// What it is called in a line; its name where the file does not say.
    pub words: Words,
    /// The division that the plan is for.
    pub division: String,
    /// The title of the plan document.
    pub document: String,
    pub targets: Vec<Target>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawProfile {
    profile: String,
    zh: Option<String>,
    en: Option<String>,
    division: String,
    document: String,
    target: Vec<RawTarget>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawTarget {
    indicator: String,
    level: String,
    op: String,
    target: f64,
    due: String,
    quote_zh: String,
    #[serde(default)]
    villages: Vec<String>,
    note: Option<String>,
}

/// Reads one profile; problems name the target.
pub(super) fn parse(text: &str) -> Result<Profile, Vec<Words>> {
    let raw: RawProfile = toml::from_str(text).map_err(|e| vec![parse_fault::of_toml(&e)])?;
    let mut problems = Vec::new();
    let mut targets = Vec::new();
    for (index, r) in raw.target.into_iter().enumerate() {
        let place = words!("目标 {}（`{}`）", "target {} (`{}`)", index + 1, r.indicator);
        let level = Level::parse(&r.level);
        let op = Op::parse(&r.op);
        let due_day = day::parse_iso(&r.due);
        if level.is_none() {
            problems.push(words!("没有层级 `{}`", "unknown level `{}`", r.level).at(place.clone()));
        }
        if op.is_none() {
            let said = words!("op `{}` 不在 >= <= > < 之中", "op `{}` is none of >= <= > <", r.op);
            problems.push(said.at(place.clone()));
        }
        if due_day.is_none() {
            let said = words!("due `{}` 不是 YYYY-MM-DD 形式的日期", "due `{}` is not a date YYYY-MM-DD", r.due);
            problems.push(said.at(place));
        }
        if let (Some(level), Some(op), Some(due_day)) = (level, op, due_day) {
            targets.push(Target {
                indicator: r.indicator,
                level,
                op,
                target: r.target,
                due_day,
                quote_zh: r.quote_zh,
                villages: r.villages,
                note: r.note,
            });
        }
    }
    if problems.is_empty() {
        let called = |words: Option<String>| words.unwrap_or_else(|| raw.profile.clone());
        let words = Words::new(called(raw.zh), called(raw.en));
        Ok(Profile { name: raw.profile, words, division: raw.division, document: raw.document, targets })
    } else {
        Err(problems)
    }
}
