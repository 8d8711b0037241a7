//! Rules between declarations. Each function returns every problem of one declaration.

use std::collections::BTreeMap;

use super::codes::{CodeLists, Scales};
use super::fact::{Fact, FactKind, Facts, Grain, PROVIDED, choices, closure};
use super::indicator::Indicator;
use super::nearest::distance;
use super::profile::Profile;
use super::rollup::Rollup;
use super::source::Source;
use super::table::{FieldType, Load, Role, Table, TableRole};
use super::union;

/// Parameters that a window gives, by the kind of fact that may name them.
pub(super) const WINDOW_PARAMETERS: [&str; 7] =
    ["e_day", "e_month", "e_year", "e_mmdd", "t12m_day", "ytd_day", "named_villages"];
pub(super) const PERIOD_PARAMETERS: [&str; 3] = ["s_day", "s_before_day", "e_before_day"];

/// Declarations that could not be read: each is one problem, and naming it elsewhere is none.
#[derive(Default)]
pub(super) struct Broken {
    pub tables: Vec<String>,
    pub facts: Vec<String>,
}

/// A name and the known one nearest to it.
fn unknown<'a>(what: &str, name: &str, known: impl Iterator<Item = &'a str>) -> String {
    let nearest = known.map(|k| (distance(name, k), k)).min();
    match nearest {
        Some((d, k)) if d <= name.len() / 2 => format!("unknown {what} `{name}`; did you mean `{k}`?"),
        _ => format!("unknown {what} `{name}`"),
    }
}

pub(super) fn table(t: &Table, tables: &[Table], codes: &CodeLists, scales: &Scales, broken: &Broken) -> Vec<String> {
    let mut problems = Vec::new();
    let names = || t.fields.iter().map(|f| f.name.as_str());
    let mut wants = |owner: &str, name: &str| {
        if t.field(name).is_none() {
            problems.push(format!("{owner}: {}", unknown("field", name, names())));
        }
    };
    for key in &t.primary_key {
        wants("primaryKey", key);
    }
    for name in t.event_date.iter().chain(&t.division_field) {
        wants("xinhui", name);
    }
    for f in &t.fields {
        let owner = format!("field `{}`", f.name);
        for name in f.not_before.iter().chain(&f.maximum_field).chain(&f.range_by) {
            wants(&owner, name);
        }
        if let Some(rule) = &f.required_when {
            wants(&owner, &rule.field);
        }
        if let Some(rule) = &f.not_before_parent {
            wants(&owner, &rule.foreign_key);
        }
    }
    for (index, f) in t.fields.iter().enumerate() {
        if t.fields[..index].iter().any(|g| g.name == f.name) {
            problems.push(format!("field `{}` is declared twice", f.name));
        }
        match f.codes.as_deref() {
            Some(list) if codes.get(list).is_none() => {
                let known = codes.0.keys().map(String::as_str);
                problems.push(format!("field `{}`: {}", f.name, unknown("code list", list, known)));
            }
            _ => {}
        }
        for (words, code) in f.boolean_words.iter().zip(["true", "false"]) {
            let known = codes.get("boolean").and_then(|l| l.values.iter().find(|v| v.code == code));
            let knows = |w: &String| known.is_some_and(|v| v.code == *w || v.zh == *w || v.aliases.contains(w));
            for word in words.iter().filter(|w| !knows(w)) {
                problems.push(format!("field `{}`: `{word}` is no word for {code} in the code list `boolean`", f.name));
            }
        }
        if let Some(by) = f.range_by.as_deref().and_then(|name| t.field(name)).and_then(|g| g.codes.as_deref()) {
            for value in codes.get(by).map(|l| l.values.as_slice()).unwrap_or_default() {
                if !scales.contains_key(&value.code) {
                    problems.push(format!("field `{}`: scales.toml has no range of `{}`", f.name, value.code));
                }
            }
        }
        if matches!(f.role, Role::Void) && f.ty != FieldType::Boolean {
            problems.push(format!("field `{}`: the void mark is a boolean", f.name));
        }
    }
    problems.extend(role(t));
    let is_code = |list: &str, code: &str| codes.get(list).is_some_and(|l| l.values.iter().any(|v| v.code == code));
    if !t.counts_as.as_ref().is_some_and(|c| broken.tables.contains(&c.table)) {
        problems.extend(union::problems(t, tables, &is_code));
    }
    for fk in &t.foreign_keys {
        if t.field(&fk.field).is_none() {
            problems.push(format!("foreign key: {}", unknown("field", &fk.field, names())));
        }
        if !tables.iter().any(|u| u.name == fk.table) && !broken.tables.contains(&fk.table) {
            let known = tables.iter().map(|u| u.name.as_str());
            problems.push(format!("foreign key `{}`: {}", fk.field, unknown("table", &fk.table, known)));
        }
    }
    problems
}

/// What the linkage reads of every row about a person, given or not.
const IDENTITY: [&str; 7] = ["name", "id_number", "sex", "birth_date", "phone", "residence_code", "address"];

/// What a table of a role must have.
fn role(t: &Table) -> Vec<String> {
    let role = t.role.as_str();
    let mut problems = Vec::new();
    let mut must = |holds: bool, what: &str| {
        if !holds {
            problems.push(format!("a table of the role `{role}` {what}"));
        }
    };
    must(
        (t.source == Source::REFERENCE) != t.is_exported(),
        "comes from `reference` if and only if it is reference data",
    );
    must(t.role == TableRole::Site || t.place_fields.is_empty(), "has no `placeFields`: only places have them");
    let has = |part: &&str| t.fields.iter().any(|f| f.identity() == Some(*part));
    for part in IDENTITY.iter().filter(|part| t.person_bearing && !has(part)) {
        must(false, &format!("that bears persons has a field `identity.{part}`"));
    }
    match t.role {
        TableRole::Divisions | TableRole::Population => {}
        TableRole::Site => {
            must(t.load == Load::Snapshot, "is sent whole: `load` is `snapshot`");
            must(!t.person_bearing, "bears no persons");
            must(t.division_field.is_some(), "has a `divisionField`");
            must(t.primary_key.len() == 1, "has a key of one field");
            let is_text = |name: &String| {
                t.field(name)
                    .is_some_and(|f| matches!(f.ty, FieldType::String | FieldType::Code) && f.identity().is_none())
            };
            for name in t.primary_key.iter().chain(&t.division_field).chain(&t.place_fields) {
                must(is_text(name), &format!("has `{name}` as a text that identifies nobody"));
            }
        }
        TableRole::Register => {
            must(t.load == Load::Snapshot, "is sent whole: `load` is `snapshot`");
            must(t.person_bearing, "bears persons");
        }
        TableRole::Contact => {
            must(t.person_bearing, "bears persons");
            must(t.event_date.is_some(), "has an `eventDate`");
        }
        TableRole::Event => {
            must(!t.person_bearing, "bears no persons of its own");
            must(t.event_date.is_some(), "has an `eventDate`");
        }
    }
    problems
}

/// Tables that hold the values of multi-valued fields, such as `police_person_category`.
fn child_tables(tables: &[Table]) -> Vec<String> {
    tables
        .iter()
        .flat_map(|t| {
            t.fields.iter().filter(|f| f.ty == FieldType::Codes).map(move |f| format!("{}_{}", t.name, f.name))
        })
        .collect()
}

pub(super) fn fact(
    fact: &Fact,
    facts: &Facts,
    tables: &[Table],
    parameters: &BTreeMap<String, String>,
    broken: &Broken,
) -> Vec<String> {
    let mut problems = Vec::new();
    let mut others = child_tables(tables);
    others.extend(tables.iter().filter_map(Table::place_table));
    let choices = choices(facts);
    others.extend(choices.keys().map(|name| (*name).to_owned()));
    let of_broken_table = |read: &str| broken.tables.iter().any(|t| read.starts_with(t.as_str()));
    for read in fact.reads.iter().filter(|r| !of_broken_table(r) && !broken.facts.contains(r)) {
        match facts.get(read) {
            Some(other) if other.kind > fact.kind => problems.push(format!(
                "reads `{read}`, which depends on {} while this fact does not",
                if other.kind == FactKind::Period { "a period" } else { "a window" }
            )),
            Some(_) => {}
            None => {
                let known = || {
                    facts
                        .keys()
                        .map(String::as_str)
                        .chain(tables.iter().filter(|t| t.is_exported()).map(|t| t.name.as_str()))
                        .chain(PROVIDED)
                        .chain(others.iter().map(String::as_str))
                };
                if !known().any(|k| k == read) {
                    problems.push(unknown("table", read, known()));
                }
            }
        }
    }
    if closure(facts, &[&fact.name]).last() != Some(&fact.name)
        || fact.reads.iter().any(|r| closure(facts, &[r]).contains(&fact.name))
    {
        problems.push("reads itself, directly or through other facts".to_owned());
    }
    problems.extend(fact.unportable.iter().cloned());
    if let Some(grain) = fact.by {
        problems.extend(falls_apart(fact, grain, facts));
    }
    for dataset in fact.rows.iter().filter(|d| !broken.tables.contains(d)) {
        if !tables.iter().any(|t| t.name == *dataset) {
            problems.push(unknown("dataset", dataset, tables.iter().map(|t| t.name.as_str())));
        }
    }
    if let Some(choice) = &fact.choice {
        if facts.contains_key(&choice.name) {
            problems.push(format!("is a choice for `{}`, which is a fact of its own", choice.name));
        }
        let same = |(other, _): &&(&super::fact::Choice, &Fact)| other.value == choice.value;
        if choices[choice.name.as_str()].iter().filter(same).count() > 1 {
            problems
                .push(format!("is not the only choice for `{}` where {} = {}", choice.name, choice.norm, choice.value));
        }
    }
    let mut rest = fact.sql.as_str();
    while let Some(at) = rest.find('$') {
        let tail = &rest[at + 1..];
        let end = tail.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(tail.len());
        let name = &tail[..end];
        let window = WINDOW_PARAMETERS.iter().filter(|_| fact.kind >= FactKind::Window);
        let period = PERIOD_PARAMETERS.iter().filter(|_| fact.kind >= FactKind::Period);
        let known =
            || parameters.keys().map(String::as_str).chain(window.clone().copied()).chain(period.clone().copied());
        if !known().any(|k| k == name) {
            problems.push(unknown("parameter", name, known()));
        }
        rest = &tail[end..];
    }
    problems
}

/// A fact falls apart only where what it reads does.
fn falls_apart(fact: &Fact, grain: Grain, facts: &Facts) -> Vec<String> {
    let mut problems = Vec::new();
    if grain == Grain::County && fact.kind != FactKind::Base {
        problems.push("is `by: county`, which only a base fact can be".to_owned());
    }
    let choices = choices(facts);
    for read in &fact.reads {
        let falls = |other: &Fact| other.by.is_some() && (grain == Grain::Person || other.by == Some(Grain::County));
        let of_all = match (facts.get(read), choices.get(read.as_str())) {
            (Some(other), _) => !falls(other),
            (None, Some(among)) => !among.iter().all(|(_, other)| falls(other)),
            (None, None) => grain == Grain::Person && !["place", "calendar", "months"].contains(&read.as_str()),
        };
        if of_all {
            problems.push(format!("falls apart, but reads `{read}`, which does not"));
        }
    }
    problems
}

pub(super) fn indicator(i: &Indicator, facts: &Facts, tables: &[Table], broken: &Broken) -> Vec<String> {
    let mut problems = Vec::new();
    if !facts.contains_key(&i.fact) && !broken.facts.contains(&i.fact) {
        let known = facts.keys().map(String::as_str);
        problems.push(format!("indicator `{}`: {}", i.id, unknown("fact", &i.fact, known)));
    }
    for dataset in i.datasets.iter().filter(|d| !broken.tables.contains(d)) {
        if !tables.iter().any(|t| &t.name == dataset) {
            let known = tables.iter().map(|t| t.name.as_str());
            problems.push(format!("indicator `{}`: {}", i.id, unknown("dataset", dataset, known)));
        }
    }
    problems
}

pub(super) fn rollup(r: &Rollup, facts: &Facts, broken: &Broken) -> Vec<String> {
    let mut problems = Vec::new();
    for name in std::iter::once(&r.fact).chain(r.dimensions.iter().map(|d| &d.fact)) {
        if !facts.contains_key(name) && !broken.facts.contains(name) {
            let known = facts.keys().map(String::as_str);
            problems.push(format!("rollup `{}`: {}", r.name, unknown("fact", name, known)));
        }
    }
    problems.dedup();
    problems
}

pub(super) fn profile(p: &Profile, indicators: &[Indicator]) -> Vec<String> {
    let mut problems = Vec::new();
    for (index, target) in p.targets.iter().enumerate() {
        let place = format!("target {}", index + 1);
        match indicators.iter().find(|i| i.id == target.indicator) {
            None => {
                let known = indicators.iter().map(|i| i.id.as_str());
                problems.push(format!("{place}: {}", unknown("indicator", &target.indicator, known)));
            }
            Some(i) if !i.levels.contains(&target.level) => problems.push(format!(
                "{place}: the indicator `{}` has no level `{}`",
                target.indicator,
                target.level.as_str()
            )),
            Some(_) => {}
        }
    }
    problems
}
