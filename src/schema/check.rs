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
use crate::error::{Words, words};

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
fn unknown<'a>(what: &Words, name: &str, known: impl Iterator<Item = &'a str>) -> Words {
    let said = Words::new(format!("没有{} `{name}`", what.zh), format!("unknown {} `{name}`", what.en));
    match known.map(|k| (distance(name, k), k)).min() {
        Some((d, k)) if d <= name.len() / 2 => said.and(&words!("；是否应为 `{k}`？", "; did you mean `{k}`?")),
        _ => said,
    }
}

/// What is said of a field.
fn of_field(name: &str) -> Words {
    words!("字段 `{name}`", "field `{name}`")
}

pub(super) fn table(t: &Table, tables: &[Table], codes: &CodeLists, scales: &Scales, broken: &Broken) -> Vec<Words> {
    let mut problems = Vec::new();
    let names = || t.fields.iter().map(|f| f.name.as_str());
    let mut wants = |owner: &Words, name: &str| {
        if t.field(name).is_none() {
            problems.push(unknown(&words!("字段", "field"), name, names()).at(owner.clone()));
        }
    };
    for key in &t.primary_key {
        wants(&Words::plain("primaryKey"), key);
    }
    for name in t.event_date.iter().chain(&t.division_field) {
        wants(&Words::plain("xinhui"), name);
    }
    for f in &t.fields {
        let owner = of_field(&f.name);
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
            problems.push(words!("字段 `{}` 定义了两次", "field `{}` is declared twice", f.name));
        }
        match f.codes.as_deref() {
            Some(list) if codes.get(list).is_none() => {
                let known = codes.0.keys().map(String::as_str);
                problems.push(unknown(&words!("代码表", "code list"), list, known).at(of_field(&f.name)));
            }
            _ => {}
        }
        for (words, code) in f.boolean_words.iter().zip(["true", "false"]) {
            let known = codes.get("boolean").and_then(|l| l.values.iter().find(|v| v.code == code));
            let knows = |w: &String| known.is_some_and(|v| v.code == *w || v.zh == *w || v.aliases.contains(w));
            for word in words.iter().filter(|w| !knows(w)) {
                let said = words!(
                    "代码表 `boolean` 中没有表示 {code} 的 `{word}`",
                    "`{word}` is no word for {code} in the code list `boolean`",
                );
                problems.push(said.at(of_field(&f.name)));
            }
        }
        if let Some(by) = f.range_by.as_deref().and_then(|name| t.field(name)).and_then(|g| g.codes.as_deref()) {
            for value in codes.get(by).map(|l| l.values.as_slice()).unwrap_or_default() {
                if !scales.contains_key(&value.code) {
                    let said = words!("scales.toml 中没有 `{}` 的范围", "scales.toml has no range of `{}`", value.code);
                    problems.push(said.at(of_field(&f.name)));
                }
            }
        }
        if matches!(f.role, Role::Void) && f.ty != FieldType::Boolean {
            problems.push(words!("作废标志须为布尔型", "the void mark is a boolean").at(of_field(&f.name)));
        }
    }
    problems.extend(role(t));
    let is_code = |list: &str, code: &str| codes.get(list).is_some_and(|l| l.values.iter().any(|v| v.code == code));
    if !t.counts_as.as_ref().is_some_and(|c| broken.tables.contains(&c.table)) {
        problems.extend(union::problems(t, tables, &is_code));
    }
    for fk in &t.foreign_keys {
        if t.field(&fk.field).is_none() {
            let said = unknown(&words!("字段", "field"), &fk.field, names());
            problems.push(said.at(words!("外键", "foreign key")));
        }
        if !tables.iter().any(|u| u.name == fk.table) && !broken.tables.contains(&fk.table) {
            let known = tables.iter().map(|u| u.name.as_str());
            let said = unknown(&words!("表", "table"), &fk.table, known);
            problems.push(said.at(words!("外键 `{}`", "foreign key `{}`", fk.field)));
        }
    }
    problems
}

/// What the linkage reads of every row about a person, given or not.
const IDENTITY: [&str; 7] = ["name", "id_number", "sex", "birth_date", "phone", "residence_code", "address"];

/// What a table of a role must have.
fn role(t: &Table) -> Vec<Words> {
    let role = t.role.as_str();
    let mut problems = Vec::new();
    let mut must = |holds: bool, what: Words| {
        if !holds {
            let (zh, en) = (what.zh, what.en);
            problems.push(words!("角色为 `{role}` 的表{zh}", "a table of the role `{role}` {en}"));
        }
    };
    must(
        (t.source == Source::REFERENCE) != t.is_exported(),
        words!(
            "当且仅当是基础数据时，才来自 `reference`",
            "comes from `reference` if and only if it is reference data",
        ),
    );
    must(
        t.role == TableRole::Site || t.place_fields.is_empty(),
        words!("不得有 `placeFields`：只有场所才有", "has no `placeFields`: only places have them"),
    );
    let has = |part: &&str| t.fields.iter().any(|f| f.identity() == Some(*part));
    for part in IDENTITY.iter().filter(|part| t.person_bearing && !has(part)) {
        must(false, words!("如含人员，须有字段 `identity.{part}`", "that bears persons has a field `identity.{part}`"));
    }
    let whole = || words!("须整表报送：`load` 为 `snapshot`", "is sent whole: `load` is `snapshot`");
    let bears = || words!("须含人员", "bears persons");
    let dated = || words!("须有 `eventDate`", "has an `eventDate`");
    match t.role {
        TableRole::Divisions | TableRole::Population => {}
        TableRole::Site => {
            must(t.load == Load::Snapshot, whole());
            must(!t.person_bearing, words!("不得含人员", "bears no persons"));
            must(t.division_field.is_some(), words!("须有 `divisionField`", "has a `divisionField`"));
            must(t.primary_key.len() == 1, words!("主键须为一个字段", "has a key of one field"));
            let is_text = |name: &String| {
                t.field(name)
                    .is_some_and(|f| matches!(f.ty, FieldType::String | FieldType::Code) && f.identity().is_none())
            };
            for name in t.primary_key.iter().chain(&t.division_field).chain(&t.place_fields) {
                let said = words!("的 `{name}` 须为不指向个人的文本", "has `{name}` as a text that identifies nobody",);
                must(is_text(name), said);
            }
        }
        TableRole::Register => {
            must(t.load == Load::Snapshot, whole());
            must(t.person_bearing, bears());
        }
        TableRole::Contact => {
            must(t.person_bearing, bears());
            must(t.event_date.is_some(), dated());
        }
        TableRole::Event => {
            must(!t.person_bearing, words!("不得自带人员", "bears no persons of its own"));
            must(t.event_date.is_some(), dated());
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
) -> Vec<Words> {
    let mut problems = Vec::new();
    let mut others = child_tables(tables);
    others.extend(tables.iter().filter_map(Table::place_table));
    let choices = choices(facts);
    others.extend(choices.keys().map(|name| (*name).to_owned()));
    let of_broken_table = |read: &str| broken.tables.iter().any(|t| read.starts_with(t.as_str()));
    for read in fact.reads.iter().filter(|r| !of_broken_table(r) && !broken.facts.contains(r)) {
        match facts.get(read) {
            Some(other) if other.kind > fact.kind => {
                let (zh, en) = match other.kind {
                    FactKind::Period => ("周期", "a period"),
                    _ => ("窗口", "a window"),
                };
                problems.push(words!(
                    "读取 `{read}`，后者取决于{zh}，而本事实表不取决于{zh}",
                    "reads `{read}`, which depends on {en} while this fact does not",
                ));
            }
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
                    problems.push(unknown(&words!("表", "table"), read, known()));
                }
            }
        }
    }
    if closure(facts, &[&fact.name]).last() != Some(&fact.name)
        || fact.reads.iter().any(|r| closure(facts, &[r]).contains(&fact.name))
    {
        problems.push(words!("直接或经由其他事实表读取了自身", "reads itself, directly or through other facts",));
    }
    problems.extend(fact.unportable.iter().cloned());
    if let Some(grain) = fact.by {
        problems.extend(falls_apart(fact, grain, facts));
    }
    for dataset in fact.rows.iter().filter(|d| !broken.tables.contains(d)) {
        if !tables.iter().any(|t| t.name == *dataset) {
            problems.push(unknown(&words!("数据集", "dataset"), dataset, tables.iter().map(|t| t.name.as_str())));
        }
    }
    problems.extend(chosen(fact, facts, &choices));
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
            problems.push(unknown(&words!("参数", "parameter"), name, known()));
        }
        rest = &tail[end..];
    }
    problems
}

/// A choice has a name and a value of its own.
fn chosen(fact: &Fact, facts: &Facts, choices: &BTreeMap<&str, Vec<(&super::fact::FactChoice, &Fact)>>) -> Vec<Words> {
    let mut problems = Vec::new();
    if let Some(choice) = &fact.choice {
        if facts.contains_key(&choice.name) {
            problems.push(words!(
                "是 `{}` 的一种选择，而后者另有事实表",
                "is a choice for `{}`, which is a fact of its own",
                choice.name
            ));
        }
        let same = |(other, _): &&(&super::fact::FactChoice, &Fact)| other.value == choice.value;
        if choices[choice.name.as_str()].iter().filter(same).count() > 1 {
            problems.push(words!(
                "`{}` 在 {} = {} 时不止一种选择",
                "is not the only choice for `{}` where {} = {}",
                choice.name,
                choice.norm,
                choice.value
            ));
        }
    }
    problems
}

/// A fact falls apart only where what it reads does.
fn falls_apart(fact: &Fact, grain: Grain, facts: &Facts) -> Vec<Words> {
    let mut problems = Vec::new();
    if grain == Grain::County && fact.kind != FactKind::Base {
        problems.push(words!(
            "标有 `by: county`，而只有基础事实表才可以",
            "is `by: county`, which only a base fact can be"
        ));
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
            problems.push(words!(
                "可以拆分，但所读取的 `{read}` 不可拆分",
                "falls apart, but reads `{read}`, which does not",
            ));
        }
    }
    problems
}

pub(super) fn indicator(i: &Indicator, facts: &Facts, tables: &[Table], broken: &Broken) -> Vec<Words> {
    let mut problems = Vec::new();
    if !facts.contains_key(&i.fact) && !broken.facts.contains(&i.fact) {
        let known = facts.keys().map(String::as_str);
        problems.push(unknown(&words!("事实表", "fact"), &i.fact, known).at(words!(
            "指标 `{}`",
            "indicator `{}`",
            i.id
        )));
    }
    for dataset in i.datasets.iter().filter(|d| !broken.tables.contains(d)) {
        if !tables.iter().any(|t| &t.name == dataset) {
            let known = tables.iter().map(|t| t.name.as_str());
            let said = unknown(&words!("数据集", "dataset"), dataset, known);
            problems.push(said.at(words!("指标 `{}`", "indicator `{}`", i.id)));
        }
    }
    problems
}

pub(super) fn rollup(r: &Rollup, facts: &Facts, broken: &Broken) -> Vec<Words> {
    let mut problems = Vec::new();
    for name in std::iter::once(&r.fact).chain(r.dimensions.iter().map(|d| &d.fact)).chain(&r.twelve_months) {
        if !facts.contains_key(name) && !broken.facts.contains(name) {
            let known = facts.keys().map(String::as_str);
            let said = unknown(&words!("事实表", "fact"), name, known);
            problems.push(said.at(words!("汇总表 `{}`", "rollup `{}`", r.name)));
        }
    }
    problems.dedup();
    problems
}

pub(super) fn profile(p: &Profile, indicators: &[Indicator]) -> Vec<Words> {
    let mut problems = Vec::new();
    for (index, target) in p.targets.iter().enumerate() {
        let place = words!("目标 {}", "target {}", index + 1);
        match indicators.iter().find(|i| i.id == target.indicator) {
            None => {
                let known = indicators.iter().map(|i| i.id.as_str());
                problems.push(unknown(&words!("指标", "indicator"), &target.indicator, known).at(place));
            }
            Some(i) if !i.levels.contains(&target.level) => {
                let said = words!(
                    "指标 `{}` 没有层级 `{}`",
                    "the indicator `{}` has no level `{}`",
                    target.indicator,
                    target.level.as_str()
                );
                problems.push(said.at(place));
            }
            Some(_) => {}
        }
    }
    problems
}
