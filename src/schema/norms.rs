//! Norms: the rules that localities set differently, as values.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::codes::CodeLists;
use super::fact::{Facts, choices};
use super::parse_fault::of_toml;
use crate::error::{Words, words};

/// The values of `norms.toml`, overridden by a config's `[norms]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Norms {
    /// Which fact says who is managed to the standard.
    pub managed_rule: String,
    pub six_diagnoses: Vec<String>,
    pub leaving_reasons: Vec<String>,
    pub treated_medication: Vec<String>,
    pub regular_medication: Vec<String>,
    pub stable_classes: Vec<String>,
    pub face_to_face_modes: Vec<String>,
    pub month_gap: u32,
    pub prorata_days: u32,
    pub interval_days: u32,
    pub interval_first: u32,
    pub interval_stable: u32,
    pub interval_basic: u32,
    pub interval_unstable: u32,
    pub visits_min: u32,
    pub referral_days: u32,
    pub counselling_kinds: Vec<String>,
    pub family_counselling_kinds: Vec<String>,
    pub rehab_kinds: Vec<String>,
    pub warning_levels: Vec<String>,
    pub detox_categories: Vec<String>,
    pub school_stages: Vec<String>,
    pub large_employer: u32,
    pub village_lectures: u32,
    pub employer_lectures: u32,
    pub hospital_grades: Vec<String>,
    pub post_area_m2: f64,
    pub post_functions: Vec<String>,
    pub centre_area_m2: f64,
    pub centre_rooms: Vec<String>,
    pub centre_individual_room_min_m2: f64,
    pub centre_individual_room_max_m2: f64,
    pub centre_vent_device_kinds: u32,
    pub centre_full_time_staff: u32,
    pub centre_full_time_counsellors: u32,
    pub centre_part_time_counsellors: u32,
    pub centre_functions: Vec<String>,
    pub literacy_age: u32,
    pub literacy_judgement: f64,
    pub literacy_self: f64,
    pub literacy_case: f64,
    pub age_groups: Vec<u32>,
}

/// Lists of the norms and the code list that each one's values come from.
const CODED: [(&str, &str); 14] = [
    ("leaving_reasons", "exit_reason"),
    ("treated_medication", "medication"),
    ("regular_medication", "medication"),
    ("stable_classes", "stability"),
    ("face_to_face_modes", "followup_mode"),
    ("counselling_kinds", "service_kind"),
    ("family_counselling_kinds", "service_kind"),
    ("rehab_kinds", "service_kind"),
    ("warning_levels", "warning"),
    ("detox_categories", "special"),
    ("school_stages", "school_stage"),
    ("hospital_grades", "org_grade"),
    ("centre_rooms", "room"),
    ("centre_functions", "site_function"),
];

impl Norms {
    /// This file's values with those of `overrides` in their place.
    ///
    /// # Errors
    /// An unknown key or a value of the wrong type.
    pub fn overridden(&self, overrides: &toml::Table) -> Result<Norms, Words> {
        let mut table = toml::Table::try_from(self).map_err(Words::plain)?;
        for (key, value) in overrides {
            if !table.contains_key(key) {
                let known: Vec<&str> = table.keys().map(String::as_str).collect();
                return Err(words!(
                    "没有规范 `{key}`；已有 {0}",
                    "unknown norm `{key}`; known are {0}",
                    known.join(", ")
                ));
            }
            table.insert(key.clone(), value.clone());
        }
        Norms::deserialize(table).map_err(|e| of_toml(&e))
    }

    /// What a norm says, where it is a word.
    pub fn word(&self, norm: &str) -> Option<String> {
        toml::Table::try_from(self).ok()?.get(norm)?.as_str().map(ToOwned::to_owned)
    }

    /// Problems of the values against the code lists, and against the facts that they choose among.
    pub fn problems(&self, codes: &CodeLists, facts: &Facts) -> Vec<Words> {
        let mut problems = Vec::new();
        let Ok(table) = toml::Table::try_from(self) else {
            return vec![words!("无法写出", "cannot be written out")];
        };
        for (name, among) in choices(facts) {
            for norm in among.iter().map(|(choice, _)| choice.norm.as_str()).collect::<BTreeSet<_>>() {
                let values: Vec<&str> = among.iter().map(|(choice, _)| choice.value.as_str()).collect();
                match table.get(norm).and_then(toml::Value::as_str) {
                    None => problems.push(words!(
                        "事实 `{name}` 由 `{norm}` 选择，但它不是取一个词的规范",
                        "facts choose `{name}` by `{norm}`, which is no norm of one word"
                    )),
                    Some(value) if !values.contains(&value) => {
                        problems.push(words!(
                            "`{norm}` 写的是 `{value}`，没有与之对应的事实；可用的值：{0}",
                            "`{norm}` is `{value}`, which no fact is for: {0}",
                            values.join(", ")
                        ));
                    }
                    Some(_) => {}
                }
            }
        }
        for (norm, list) in CODED {
            let values = table[norm].as_array().into_iter().flatten().filter_map(toml::Value::as_str);
            for value in values {
                if !codes.get(list).is_some_and(|l| l.values.iter().any(|v| v.code == value)) {
                    problems.push(words!(
                        "`{norm}` 中的 `{value}` 不在代码表 `{list}` 中",
                        "`{norm}` names `{value}`, which is not in the code list `{list}`"
                    ));
                }
            }
        }
        for (norm, days) in
            [("month_gap", self.month_gap), ("prorata_days", self.prorata_days), ("interval_days", self.interval_days)]
        {
            if days == 0 {
                problems.push(words!("`{norm}` 至少为 1", "`{norm}` must be at least 1"));
            }
        }
        for prefix in &self.six_diagnoses {
            if icd10_prefixes(prefix).is_none() {
                problems.push(words!(
                    "`six_diagnoses` 中的 `{prefix}` 不是 ICD-10 的前缀或范围",
                    "`six_diagnoses` names `{prefix}`, which is no ICD-10 prefix or range"
                ));
            }
        }
        if self.age_groups.is_empty() || self.age_groups.windows(2).any(|w| w[0] >= w[1]) {
            problems.push(words!("`age_groups` 须由小到大", "`age_groups` must rise"));
        }
        problems
    }

    /// The parameters that facts may name, as SQL text.
    pub fn parameters(&self, codes: &CodeLists) -> BTreeMap<String, String> {
        let mut out = BTreeMap::new();
        let table = toml::Table::try_from(self).expect("norms are a table");
        for (key, value) in &table {
            let text = match value {
                toml::Value::Array(items) if items.iter().all(toml::Value::is_str) => {
                    let quoted: Vec<String> =
                        items.iter().filter_map(toml::Value::as_str).map(|s| format!("'{s}'")).collect();
                    if quoted.is_empty() { "''".to_owned() } else { quoted.join(", ") }
                }
                toml::Value::String(s) => format!("'{s}'"),
                other => other.to_string(),
            };
            out.insert(key.clone(), text);
        }
        let six: Vec<&str> = self.six_diagnoses.iter().map(String::as_str).collect();
        out.insert("six_diagnoses".to_owned(), icd10_condition(&six));
        out.insert("diagnosis_group".to_owned(), diagnosis_group(codes));
        out.insert("age_group".to_owned(), age_group(&self.age_groups));
        out.insert("centre_rooms".to_owned(), has_all("rooms", &self.centre_rooms));
        out.insert("centre_functions".to_owned(), has_all("functions", &self.centre_functions));
        out.insert("post_functions".to_owned(), has_all("functions", &self.post_functions));
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

/// A condition on the column `icd10` (upper case, without dots).
fn icd10_condition(prefixes: &[&str]) -> String {
    let mut by_length: BTreeMap<usize, Vec<String>> = BTreeMap::new();
    for prefix in prefixes.iter().flat_map(|p| icd10_prefixes(p).unwrap_or_default()) {
        by_length.entry(prefix.len()).or_default().push(format!("'{prefix}'"));
    }
    let parts: Vec<String> = by_length
        .into_iter()
        .map(|(length, list)| format!("SUBSTR(icd10, 1, {length}) IN ({})", list.join(", ")))
        .collect();
    if parts.is_empty() { "FALSE".to_owned() } else { format!("({})", parts.join(" OR ")) }
}

/// The diagnosis group of the column `icd10`.
fn diagnosis_group(codes: &CodeLists) -> String {
    let mut sql = "CASE".to_owned();
    for value in codes.get("diagnosis_group").map(|l| l.values.as_slice()).unwrap_or_default() {
        if let Some(icd10) = &value.icd10 {
            let prefixes: Vec<&str> = icd10.split_whitespace().collect();
            sql.push_str(&format!(" WHEN {} THEN '{}'", icd10_condition(&prefixes), value.code));
        }
    }
    sql + " ELSE 'other' END"
}

/// The age group of the column `age`, in whole years.
fn age_group(last_years: &[u32]) -> String {
    let mut sql = "CASE WHEN age IS NULL OR age < 0 THEN 'unknown'".to_owned();
    let mut from = 0;
    for last in last_years {
        sql.push_str(&format!(" WHEN age <= {last} THEN '{from}-{last}'"));
        from = last + 1;
    }
    sql + &format!(" ELSE '{from}+' END")
}

/// A condition that a multi-valued column holds all codes.
fn has_all(column: &str, codes: &[String]) -> String {
    if codes.is_empty() {
        return "TRUE".to_owned();
    }
    let parts: Vec<String> = codes.iter().map(|c| format!("('|' || {column} || '|') LIKE '%|{c}|%'")).collect();
    format!("({})", parts.join(" AND "))
}
