//! Labels: what indicators, codes and divisions are called, and what each county sent.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, Date32Array, Int64Array, RecordBatch, StringArray};

use crate::catalogue::{Edition, PublishedTable};
use crate::diag::{Code, Lang, explain};
use crate::error::{Error, Result};
use crate::schema::divisions::{Divisions, Level};
use crate::schema::indicator::Unit;
use crate::schema::{FieldType, Indicator, Norms, Profile, Schemas, Source, TableRole};

/// Values of a table of labels, column by column.
pub enum LabelValues {
    Texts(Vec<Option<String>>),
    Wholes(Vec<Option<i64>>),
    /// Days since 1970-01-01.
    Days(Vec<Option<i32>>),
    Flags(Vec<bool>),
}

impl LabelValues {
    /// Texts that are all there.
    pub fn texts<T: Into<String>>(all: impl IntoIterator<Item = T>) -> LabelValues {
        LabelValues::Texts(all.into_iter().map(|text| Some(text.into())).collect())
    }

    fn array(self) -> ArrayRef {
        match self {
            LabelValues::Texts(all) => Arc::new(StringArray::from(all)),
            LabelValues::Wholes(all) => Arc::new(Int64Array::from(all)),
            LabelValues::Days(all) => Arc::new(Date32Array::from(all)),
            LabelValues::Flags(all) => Arc::new(BooleanArray::from(all)),
        }
    }
}

/// A table of its columns, in the order of the catalogue.
///
/// # Errors
/// A bug: they are not those of the table.
pub fn batch(table: &PublishedTable, columns: Vec<LabelValues>) -> Result<RecordBatch> {
    let columns = columns.into_iter().map(LabelValues::array).collect();
    let made = RecordBatch::try_new(table.schema(Edition::Internal), columns);
    made.map_err(|e| Error::bug(format!("rows of {}", table.name)).caused_by(e))
}

/// Indicators by name, with definition, unit and direction.
pub fn indicators(schemas: &Schemas) -> Vec<LabelValues> {
    let all = || schemas.indicators.iter();
    let texts = |of: &dyn Fn(&Indicator) -> String| LabelValues::texts(all().map(of));
    vec![
        texts(&|i| i.id.clone()),
        texts(&|i| i.zh.clone()),
        texts(&|i| i.en.clone()),
        texts(&|i| i.definition_zh.clone()),
        texts(&|i| i.definition.clone()),
        texts(&|i| i.unit.as_str().to_owned()),
        texts(&|i| unit_words(i.unit)[0].to_owned()),
        texts(&|i| unit_words(i.unit)[1].to_owned()),
        texts(&|i| i.direction.as_str().to_owned()),
        texts(&|i| i.count_of.clone()),
        texts(&|i| i.counted().zh.into_owned()),
        texts(&|i| i.counted().en.into_owned()),
        texts(&|i| i.window.as_str().to_owned()),
        texts(&|i| i.levels.iter().map(|l| l.as_str()).collect::<Vec<_>>().join(" ")),
        texts(&|i| i.source.clone()),
    ]
}

fn unit_words(unit: Unit) -> [&'static str; 2] {
    match unit {
        Unit::Percent => ["%", "%"],
        Unit::Permille => ["‰", "per mille"],
        Unit::Count => ["个", "count"],
        Unit::PercentChange => ["%（与上年同期相比）", "% against the year before"],
    }
}

/// The datasets that each indicator needs, sorted.
pub fn indicator_datasets(schemas: &Schemas) -> Vec<LabelValues> {
    let mut pairs: Vec<(&str, &str)> =
        schemas.indicators.iter().flat_map(|i| i.datasets.iter().map(|d| (i.id.as_str(), d.as_str()))).collect();
    pairs.sort_unstable();
    vec![
        LabelValues::texts(pairs.iter().map(|(id, _)| *id)),
        LabelValues::texts(pairs.iter().map(|(_, dataset)| *dataset)),
    ]
}

/// A code with its labels, and the standard that it comes from.
struct Label {
    zh: String,
    en: String,
    standard: Option<String>,
    position: i64,
}

/// Codes by list and code.
pub fn codes(schemas: &Schemas, norms: &Norms) -> Vec<LabelValues> {
    let mut labels: BTreeMap<(String, String), Label> = BTreeMap::new();
    let mut add = |list: &str, code: &str, [zh, en]: [&str; 2], standard: Option<&String>, position: usize| {
        let label =
            Label { zh: zh.to_owned(), en: en.to_owned(), standard: standard.cloned(), position: position as i64 + 1 };
        labels.entry((list.to_owned(), code.to_owned())).or_insert(label);
    };
    let mut of_list = |name: &str, list: &str| {
        let Some(list) = schemas.codes.get(list) else { return 0 };
        for (at, value) in list.values.iter().enumerate() {
            add(name, &value.code, [&value.zh, &value.en], list.standard.as_ref(), at);
        }
        list.values.len()
    };
    let dimensions: BTreeMap<&str, usize> = schemas
        .rollups
        .iter()
        .flat_map(|r| &r.dimensions)
        .map(|d| (d.name.as_str(), of_list(&d.name, list_of(schemas, &d.name))))
        .collect();
    schemas.codes.0.keys().for_each(|list| {
        of_list(list, list);
    });
    let ages = age_groups(&norms.last_years("age_group"));
    for (name, values) in dimensions {
        let mut behind = values;
        if name == "age_group" {
            for (at, (code, zh, en)) in ages.iter().enumerate() {
                add(name, code, [zh, en], None, at);
            }
            behind = ages.len();
        }
        if let Some((least, most)) = grades_of(schemas, name).filter(|_| values == 0) {
            for (at, grade) in (least..=most).enumerate() {
                let (zh, en) = (format!("{grade} 级"), format!("grade {grade}"));
                add(name, &grade.to_string(), [&zh, &en], None, at);
                behind = at + 1;
            }
        }
        add(name, "unknown", ["未填", "not given"], None, behind);
        add(name, "_all", ["合计", "all"], None, behind + 1);
    }
    // Sites of every dataset stand in one column.
    let kinds_of_sites = schemas.tables.iter().filter(|t| t.role == TableRole::Site);
    let kinds_of_sites = kinds_of_sites.filter_map(|t| t.fields.iter().find_map(|f| f.codes.as_deref()));
    for (list, at) in kinds_of_sites.zip(1..) {
        for value in schemas.codes.get(list).iter().flat_map(|list| &list.values) {
            add(SITE_KIND, &value.code, [&value.zh, &value.en], None, FIRST_OF_OTHERS * at);
        }
    }
    of_declarations(schemas, &mut add);
    for (list, values) in OWN {
        for (at, (code, zh, en)) in values.iter().enumerate() {
            add(list, code, [zh, en], None, at);
        }
    }
    let (keys, labels): (Vec<(String, String)>, Vec<Label>) = labels.into_iter().unzip();
    let (lists, codes): (Vec<String>, Vec<String>) = keys.into_iter().unzip();
    vec![
        LabelValues::texts(lists),
        LabelValues::texts(codes),
        LabelValues::Wholes(labels.iter().map(|l| Some(l.position)).collect()),
        LabelValues::texts(labels.iter().map(|l| l.zh.as_str())),
        LabelValues::texts(labels.iter().map(|l| l.en.as_str())),
        LabelValues::Texts(labels.into_iter().map(|l| l.standard).collect()),
    ]
}

/// Where an indicator comes from, in words: `shancheng changning; national` names plans by the beginning of their names.
fn origin(plans: &[Profile], source: &str, lang: Lang) -> String {
    let mut parts: Vec<String> = Vec::new();
    let mut words = source.split([';', ' ']).filter(|word| !word.is_empty());
    while let Some(word) = words.next() {
        let is_named = |plan: &&Profile| plan.name.split('-').next() == Some(word);
        let plan = plans.iter().find(is_named).map(|plan| plan.words.say(lang).to_owned());
        match (word, lang) {
            ("annex", _) => {
                let number = words.next().unwrap_or_default();
                let of_plan = parts.pop().unwrap_or_default();
                parts.push(match lang {
                    Lang::Zh => format!("{of_plan}附件 {number}"),
                    Lang::En => format!("{of_plan}, annex {number}"),
                });
            }
            ("national", Lang::Zh) => parts.push("国家规范".to_owned()),
            ("national", Lang::En) => parts.push("national norms".to_owned()),
            _ => parts.push(plan.unwrap_or_else(|| word.to_owned())),
        }
    }
    parts.join(match lang {
        Lang::Zh => "、",
        Lang::En => "; ",
    })
}

/// The words of what is declared beside code lists: plans, sources, findings, columns of datasets, origins of indicators.
fn of_declarations(schemas: &Schemas, add: &mut impl FnMut(&str, &str, [&str; 2], Option<&String>, usize)) {
    for (at, plan) in schemas.profiles.iter().enumerate() {
        add("profile", &plan.name, [&plan.words.zh, &plan.words.en], None, at);
    }
    for (at, source) in Source::as_told(&schemas.sources()).into_iter().enumerate() {
        add("source", source.as_str(), [source.zh(), source.as_str()], None, at);
    }
    for (at, code) in Code::ALL.iter().enumerate() {
        add("code", code.as_str(), [Lang::Zh, Lang::En].map(|lang| explain(*code, lang).title), None, at);
    }
    for table in &schemas.tables {
        for (at, field) in table.fields.iter().enumerate() {
            let name = format!("{}.{}", table.name, field.name);
            add("field", &name, [&field.title, &field.name.replace('_', " ")], None, at);
        }
    }
    for (at, indicator) in schemas.indicators.iter().enumerate() {
        let words = [Lang::Zh, Lang::En].map(|lang| origin(&schemas.profiles, &indicator.source, lang));
        add("indicator_source", &indicator.source, [&words[0], &words[1]], None, at);
    }
}

/// The column in which sites of all datasets say what they are, each by the code list of its dataset.
const SITE_KIND: &str = "site_kind";
/// The codes of each further dataset stand behind those of the one before.
const FIRST_OF_OTHERS: usize = 100;

/// The code list of a dimension: that of the first field of its name, or the list of its name.
fn list_of<'s>(schemas: &'s Schemas, dimension: &'s str) -> &'s str {
    let mut fields = schemas.tables.iter().flat_map(|t| &t.fields).filter(|f| f.name == dimension);
    fields.find_map(|f| f.codes.as_deref()).unwrap_or(dimension)
}

/// The least and the greatest value of a dimension that is a field of few whole numbers.
fn grades_of(schemas: &Schemas, dimension: &str) -> Option<(i64, i64)> {
    const MOST: i64 = 20;
    let mut fields = schemas.tables.iter().flat_map(|t| &t.fields);
    let field = fields.find(|f| f.name == dimension && f.ty == FieldType::Integer)?;
    let (least, most) = (field.minimum? as i64, field.maximum? as i64);
    (most - least <= MOST).then_some((least, most))
}

/// Age groups by their last years, as the rollups write them.
fn age_groups(lasts: &[u32]) -> Vec<(String, String, String)> {
    let mut first = 0;
    let mut groups = Vec::with_capacity(lasts.len() + 1);
    for last in lasts {
        groups.push((format!("{first}-{last}"), format!("{first}—{last} 岁"), format!("{first} to {last} years")));
        first = last + 1;
    }
    groups.push((format!("{first}+"), format!("{first} 岁及以上"), format!("{first} years and older")));
    groups
}

/// A list of words of published columns: the word, Chinese, English.
type Own = (&'static str, &'static [(&'static str, &'static str, &'static str)]);

/// Words of columns that no code list declares.
const OWN: [Own; 9] = [
    ("severity", &[("error", "错误", "error"), ("warning", "警告", "warning")]),
    ("direction", &[("higher", "越高越好", "higher is better"), ("lower", "越低越好", "lower is better")]),
    (
        "level",
        &[
            ("city", "地市", "city"),
            ("county", "县（市、区）", "county"),
            ("town", "乡镇（街道）", "town"),
            ("village", "村（居）", "village"),
        ],
    ),
    (
        "period_kind",
        &[
            ("month", "月", "month"),
            ("quarter", "季", "quarter"),
            ("half", "半年", "half-year"),
            ("year", "年", "year"),
        ],
    ),
    (
        "state",
        &[
            ("current", "正常", "current"),
            ("late", "逾期", "late"),
            ("never", "从未报送", "never sent"),
            ("unusable", "报送未被采用", "sent, but nothing of it could be used"),
            ("open", "待办", "open"),
            ("mended", "已办", "mended"),
        ],
    ),
    (
        "status",
        &[
            ("ok", "正常", "ok"),
            ("no_data", "无数据", "no data"),
            ("partial", "数据不全", "partial"),
            ("suppressed", "已隐去", "suppressed"),
            ("rounded", "已取整", "rounded"),
        ],
    ),
    (
        "unit",
        &[
            ("percent", "百分比", "percent"),
            ("permille", "千分比", "per mille"),
            ("count", "计数", "count"),
            ("percent_change", "变化百分比", "percent change"),
        ],
    ),
    (
        "verdict",
        &[
            ("met", "达标", "met"),
            ("not_met", "未达标", "not met"),
            ("on_track", "进度正常", "on track"),
            ("behind", "进度滞后", "behind"),
            ("no_data", "无数据", "no data"),
            ("incomplete", "数据不全", "incomplete"),
        ],
    ),
    (
        "window",
        &[
            ("at", "期末时点", "at the last day"),
            ("t12m", "截至期末 12 个月", "twelve months up to the last day"),
            ("ytd", "当年至期末", "year up to the last day"),
            ("period", "本期", "the period"),
        ],
    ),
];

/// Divisions with their parents and levels, by code.
pub fn divisions(divisions: &Divisions) -> Vec<LabelValues> {
    let all: Vec<(&str, &str, Level)> =
        divisions.iter().filter_map(|(code, name)| Some((code, name, Level::of(code)?))).collect();
    let at = |code: &str, level: Level| code.get(..level.digits()).map(ToOwned::to_owned);
    let of_level = |level: Level| LabelValues::Texts(all.iter().map(|(code, ..)| at(code, level)).collect());
    let parent = |code: &str, level: Level| match level {
        Level::City => None,
        Level::County => at(code, Level::City),
        Level::Town => at(code, Level::County),
        Level::Village => at(code, Level::Town),
    };
    let full_name = |code: &str, name: &str| {
        let above = [4, 6, 9].into_iter().filter(|digits| *digits < code.len());
        above.filter_map(|digits| divisions.name(&code[..digits])).collect::<String>() + name
    };
    vec![
        LabelValues::texts(all.iter().map(|(code, ..)| *code)),
        LabelValues::texts(all.iter().map(|(.., level)| level.as_str())),
        LabelValues::texts(all.iter().map(|(_, name, _)| *name)),
        LabelValues::texts(all.iter().map(|(code, name, _)| full_name(code, name))),
        LabelValues::Texts(all.iter().map(|(code, _, level)| parent(code, *level)).collect()),
        of_level(Level::Town),
        of_level(Level::County),
        of_level(Level::City),
    ]
}
