//! Norms: the rules that localities set differently, as values. Which there are `norms.toml` declares.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use toml::{Table, Value};

use super::codes::CodeLists;
use super::fact::{Facts, choices};
use super::nearest::nearest;
use crate::error::{Words, words};

/// The values of `norms.toml`, overridden by a config's `[norms]`.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(try_from = "Table", into = "Table")]
pub struct Norms {
    values: Table,
    about: BTreeMap<String, AboutNorm>,
}

/// The part of `norms.toml` that is about the others.
const ABOUT: &str = "about";

/// What is asked of a norm, and how facts read it.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct AboutNorm {
    /// The code list that the values of a list come from.
    codes: Option<String>,
    least: Option<i64>,
    /// Facts look so many days beyond the end of a period.
    looks_ahead: bool,
    /// The column of several values that must hold all of a list.
    all_in: Option<String>,
    /// The column of ICD-10 codes that must begin with one of a list.
    icd10_in: Option<String>,
    /// The column that a list of last years cuts into groups.
    groups_of: Option<String>,
    /// The name by which facts read it, where it is not that of the norm.
    #[serde(rename = "as")]
    read_as: Option<String>,
}

impl TryFrom<Table> for Norms {
    type Error = String;

    fn try_from(mut values: Table) -> Result<Self, String> {
        let about = match values.remove(ABOUT) {
            Some(about) => about.try_into::<BTreeMap<String, AboutNorm>>().map_err(|e| format!("[about]: {e}"))?,
            None => BTreeMap::new(),
        };
        if let Some((name, _)) = values.iter().find(|(_, value)| NormKind::of(value).is_none()) {
            return Err(format!("`{name}` is no number from 0, no word, and no list of one kind of them"));
        }
        Ok(Norms { values, about })
    }
}

impl From<Norms> for Table {
    fn from(norms: Norms) -> Table {
        norms.values
    }
}

/// What the value of a norm is.
#[derive(Clone, Copy, PartialEq)]
enum NormKind {
    Whole,
    Number,
    Word,
    Wholes,
    Words,
    Nothing,
}

impl NormKind {
    fn of(value: &Value) -> Option<NormKind> {
        let is_whole = |value: &Value| value.as_integer().is_some_and(|n| (0..=i64::from(u32::MAX)).contains(&n));
        match value {
            Value::Array(items) if items.is_empty() => Some(NormKind::Nothing),
            Value::Array(items) if items.iter().all(Value::is_str) => Some(NormKind::Words),
            Value::Array(items) if items.iter().all(is_whole) => Some(NormKind::Wholes),
            Value::Float(number) if number.is_finite() => Some(NormKind::Number),
            Value::String(_) => Some(NormKind::Word),
            value => is_whole(value).then_some(NormKind::Whole),
        }
    }

    fn name(self) -> Words {
        match self {
            NormKind::Whole => words!("非负整数", "a whole number from 0"),
            NormKind::Number => words!("数字", "a number"),
            NormKind::Word => words!("一个词", "a word"),
            NormKind::Wholes => words!("非负整数的列表", "a list of whole numbers from 0"),
            NormKind::Words => words!("词的列表", "a list of words"),
            NormKind::Nothing => words!("列表", "a list"),
        }
    }

    /// A value in the place of one of this kind.
    fn take(self, value: &Value) -> Option<Value> {
        match (self, NormKind::of(value)?) {
            (NormKind::Number, NormKind::Whole) => Some(Value::Float(value.as_integer()? as f64)),
            (NormKind::Words | NormKind::Wholes, NormKind::Nothing)
            | (NormKind::Nothing, NormKind::Words | NormKind::Wholes) => Some(value.clone()),
            (of, given) => (of == given).then(|| value.clone()),
        }
    }
}

impl Norms {
    /// This file's values with those of `overrides` in their place, and what is wrong with the others: a key that is no
    /// norm, or a value of another kind.
    pub fn overridden(&self, overrides: &Table) -> (Norms, Vec<Words>) {
        let mut norms = self.clone();
        let mut wrong = Vec::new();
        for (key, value) in overrides {
            let Some(kind) = self.values.get(key).and_then(NormKind::of) else {
                let known: Vec<&str> = self.values.keys().map(String::as_str).collect();
                let unknown = match nearest(key, known.iter().copied(), 1).first() {
                    Some(meant) => words!(
                        "没有规范 `{key}`；是否应为 `{meant}`？已有 ",
                        "unknown norm `{key}`; did you mean `{meant}`? known are "
                    ),
                    None => words!("没有规范 `{key}`；已有 ", "unknown norm `{key}`; known are "),
                };
                wrong.push(unknown.and(&Words::listed(&known)));
                continue;
            };
            match kind.take(value) {
                Some(value) => drop(norms.values.insert(key.clone(), value)),
                None => wrong.push(
                    words!("`{key}` 写的是 {value}，应为", "`{key}` is {value}, which is not ").and(&kind.name()),
                ),
            }
        }
        (norms, wrong)
    }

    /// Whether there is a norm of this name.
    pub fn knows(&self, name: &str) -> bool {
        self.values.contains_key(name)
    }

    /// What a norm says, where it is a word.
    pub fn word(&self, norm: &str) -> Option<&str> {
        self.values.get(norm)?.as_str()
    }

    /// How many days beyond the end of a period facts look.
    pub fn days_ahead(&self) -> u32 {
        let ahead = self.about.iter().filter(|(_, about)| about.looks_ahead);
        let days = ahead.filter_map(|(name, _)| u32::try_from(self.values.get(name)?.as_integer()?).ok());
        days.max().unwrap_or(0)
    }

    /// The last years of the groups that facts know by this name, such as `age_group`, from the youngest on.
    pub fn last_years(&self, group: &str) -> Vec<u32> {
        let of_group = |(norm, about): (&String, &AboutNorm)| {
            let is_it = about.groups_of.is_some() && about.read_as.as_deref().unwrap_or(norm) == group;
            is_it.then(|| self.wholes(norm))
        };
        let years = self.about.iter().find_map(of_group).unwrap_or_default();
        years.into_iter().filter_map(|year| u32::try_from(year).ok()).collect()
    }

    fn list(&self, norm: &str) -> Vec<&str> {
        self.values.get(norm).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect()
    }

    fn wholes(&self, norm: &str) -> Vec<i64> {
        let items = self.values.get(norm).and_then(Value::as_array).into_iter().flatten();
        items.filter_map(Value::as_integer).collect()
    }

    /// Problems of the values against the code lists, and against the facts that they choose among.
    pub fn problems(&self, codes: &CodeLists, facts: &Facts) -> Vec<Words> {
        let mut problems = Vec::new();
        for (name, among) in choices(facts) {
            for norm in among.iter().map(|(choice, _)| choice.norm.as_str()).collect::<BTreeSet<_>>() {
                let values: Vec<&str> = among.iter().map(|(choice, _)| choice.value.as_str()).collect();
                match self.word(norm) {
                    None => problems.push(words!(
                        "事实 `{name}` 由 `{norm}` 选择，但它不是取一个词的规范",
                        "facts choose `{name}` by `{norm}`, which is no norm of one word"
                    )),
                    Some(value) if !values.contains(&value) => {
                        let wrong = words!(
                            "`{norm}` 没有 `{value}` 这个值；可用的值：",
                            "`{norm}` is `{value}`, which no fact is for: "
                        );
                        problems.push(wrong.and(&Words::listed(&values)));
                    }
                    Some(_) => {}
                }
            }
        }
        for (norm, about) in &self.about {
            self.see(norm, about, codes, &mut problems);
        }
        problems
    }

    fn see(&self, norm: &str, about: &AboutNorm, codes: &CodeLists, problems: &mut Vec<Words>) {
        let Some(value) = self.values.get(norm) else {
            problems.push(words!("[about] 中的 `{norm}` 不是规范", "[about] names `{norm}`, which is no norm"));
            return;
        };
        if let Some(list) = &about.codes {
            let known = |code: &str| codes.get(list).is_some_and(|l| l.values.iter().any(|v| v.code == code));
            for value in self.list(norm).into_iter().filter(|code| !known(code)) {
                problems.push(words!(
                    "`{norm}` 中的 `{value}` 不在代码表 `{list}` 中",
                    "`{norm}` names `{value}`, which is not in the code list `{list}`"
                ));
            }
        }
        if let Some(least) = about.least.filter(|least| value.as_integer().is_none_or(|n| n < *least)) {
            problems.push(words!("`{norm}` 至少为 {least}", "`{norm}` must be at least {least}"));
        }
        if about.icd10_in.is_some() {
            for prefix in self.list(norm).into_iter().filter(|prefix| icd10_prefixes(prefix).is_none()) {
                problems.push(words!(
                    "`{norm}` 中的 `{prefix}` 不是 ICD-10 的前缀或范围",
                    "`{norm}` names `{prefix}`, which is no ICD-10 prefix or range"
                ));
            }
        }
        let last_years = self.wholes(norm);
        if about.groups_of.is_some() && (last_years.is_empty() || last_years.windows(2).any(|w| w[0] >= w[1])) {
            problems.push(words!("`{norm}` 须由小到大", "`{norm}` must rise"));
        }
    }

    /// The parameters that facts may name, as SQL text.
    pub fn parameters(&self, codes: &CodeLists) -> BTreeMap<String, String> {
        let mut out = BTreeMap::new();
        for (key, value) in &self.values {
            let text = match value {
                Value::Array(items) if items.iter().all(Value::is_str) => {
                    let quoted: Vec<String> = self.list(key).iter().map(|s| format!("'{s}'")).collect();
                    if quoted.is_empty() { "''".to_owned() } else { quoted.join(", ") }
                }
                Value::String(s) => format!("'{s}'"),
                other => other.to_string(),
            };
            out.insert(key.clone(), text);
        }
        out.insert("diagnosis_group".to_owned(), diagnosis_group(codes));
        for (norm, about) in &self.about {
            let condition = |column: &String| icd10_condition(column, &self.list(norm));
            let all_in = |column: &String| has_all(column, &self.list(norm));
            let groups = |column: &String| groups_of(column, &self.wholes(norm));
            let sql = about.icd10_in.as_ref().map(condition).or_else(|| about.all_in.as_ref().map(all_in));
            if let Some(sql) = sql.or_else(|| about.groups_of.as_ref().map(groups)) {
                out.insert(about.read_as.clone().unwrap_or_else(|| norm.clone()), sql);
            }
        }
        out
    }
}

/// All prefixes that a prefix or a range such as `F70-F79` stands for, dots and case aside.
fn icd10_prefixes(text: &str) -> Option<Vec<String>> {
    let clean = |s: &str| s.replace('.', "").to_ascii_uppercase();
    let is_prefix = |s: &str| {
        let b = s.as_bytes();
        b.len() >= 3 && b[0].is_ascii_uppercase() && b[1..3].iter().all(u8::is_ascii_digit)
    };
    match text.split_once('-') {
        None => Some(vec![clean(text)]).filter(|v| is_prefix(&v[0])),
        Some((from, to)) => {
            let (from, to) = (clean(from), clean(to));
            if !is_prefix(&from) || !is_prefix(&to) || from[..1] != to[..1] || from.len() != 3 || to.len() != 3 {
                return None;
            }
            let (a, b): (u32, u32) = (from[1..].parse().ok()?, to[1..].parse().ok()?);
            Some((a..=b).map(|n| format!("{}{n:02}", &from[..1])).collect())
        }
    }
}

/// A condition on a column of ICD-10 codes (upper case, without dots).
fn icd10_condition(column: &str, prefixes: &[&str]) -> String {
    let mut by_length: BTreeMap<usize, Vec<String>> = BTreeMap::new();
    for prefix in prefixes.iter().flat_map(|p| icd10_prefixes(p).unwrap_or_default()) {
        by_length.entry(prefix.len()).or_default().push(format!("'{prefix}'"));
    }
    let parts: Vec<String> = by_length
        .into_iter()
        .map(|(length, list)| format!("SUBSTR({column}, 1, {length}) IN ({})", list.join(", ")))
        .collect();
    if parts.is_empty() { "FALSE".to_owned() } else { format!("({})", parts.join(" OR ")) }
}

/// The diagnosis group of the column `icd10`.
fn diagnosis_group(codes: &CodeLists) -> String {
    let mut sql = "CASE".to_owned();
    for value in codes.get("diagnosis_group").map(|l| l.values.as_slice()).unwrap_or_default() {
        if let Some(icd10) = &value.icd10 {
            let prefixes: Vec<&str> = icd10.split_whitespace().collect();
            sql.push_str(&format!(" WHEN {} THEN '{}'", icd10_condition("icd10", &prefixes), value.code));
        }
    }
    sql + " ELSE 'other' END"
}

/// The group of a column of whole years.
fn groups_of(column: &str, last_years: &[i64]) -> String {
    let mut sql = format!("CASE WHEN {column} IS NULL OR {column} < 0 THEN 'unknown'");
    let mut from = 0;
    for last in last_years {
        sql.push_str(&format!(" WHEN {column} <= {last} THEN '{from}-{last}'"));
        from = last + 1;
    }
    sql + &format!(" ELSE '{from}+' END")
}

/// A condition that a multi-valued column holds all codes.
fn has_all(column: &str, codes: &[&str]) -> String {
    if codes.is_empty() {
        return "TRUE".to_owned();
    }
    let parts: Vec<String> = codes.iter().map(|c| format!("('|' || {column} || '|') LIKE '%|{c}|%'")).collect();
    format!("({})", parts.join(" AND "))
}
