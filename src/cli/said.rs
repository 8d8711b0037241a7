//! Values of published tables as people read them: levels, states, verdicts, units, rounded numbers.

use crate::diag::{Lang, grouped};
use crate::error::Words;
use crate::schema::Schemas;
use crate::schema::divisions::Level;

/// A word of a published table, with what it says in both languages.
type Meant = (&'static str, &'static str, &'static str);

const STATES: [Meant; 11] = [
    ("ok", "正常", "ok"),
    ("no_data", "无数据", "no data"),
    ("partial", "数据不全", "partial"),
    ("suppressed", "已隐去", "suppressed"),
    ("rounded", "已取整", "rounded"),
    ("met", "达标", "met"),
    ("not_met", "未达标", "not met"),
    ("on_track", "进度正常", "on track"),
    ("behind", "进度滞后", "behind"),
    ("incomplete", "数据不全", "incomplete"),
    ("", "无", "none"),
];

const UNITS: [Meant; 4] =
    [("percent", " %", " %"), ("permille", " ‰", " ‰"), ("count", "", ""), ("percent_change", " %", " %")];

const WINDOWS: [Meant; 4] = [
    ("at", "期末时点", "at the last day, E"),
    ("t12m", "截至期末的 12 个月", "the twelve months up to the last day, E"),
    ("ytd", "当年 1 月 1 日至期末", "the year up to the last day, E"),
    ("period", "本期", "the period, from S to E"),
];

fn of<'w>(all: &'w [Meant], word: &'w str, lang: Lang) -> &'w str {
    match all.iter().find(|(known, ..)| *known == word) {
        Some((_, zh, _)) if lang == Lang::Zh => zh,
        Some((.., en)) => en,
        None => word,
    }
}

/// A number of things in English: `1 row`, `2,000 rows`.
pub fn several(n: u64, one: &str, more: &str) -> String {
    format!("{} {}", grouped(n), if n == 1 { one } else { more })
}

/// A status or a verdict.
pub fn state(word: &str, lang: Lang) -> &str {
    of(&STATES, word, lang)
}

pub fn level(word: &str, lang: Lang) -> &str {
    Level::parse(word).map_or(word, |level| level.called(lang))
}

/// The level that a word names, as the tables have it or as people say it.
pub fn level_named(word: &str) -> Option<Level> {
    const SAID: [(Level, &[&str]); 4] = [
        (Level::Village, &["村", "社区", "村居", "村社区", "村（居）", "村（社区）"]),
        (Level::Town, &["乡", "镇", "乡镇", "街道", "镇街", "乡镇街道", "乡镇（街道）", "镇（街）"]),
        (Level::County, &["县", "区", "区县", "县区", "县市区", "县（区）", "县（市、区）"]),
        (Level::City, &["市", "地市", "全市", "地级市"]),
    ];
    let word = word.trim();
    let plain = word.strip_suffix('级').unwrap_or(word);
    let said = SAID.iter().find(|(_, all)| all.contains(&plain)).map(|(level, _)| *level);
    said.or_else(|| Level::parse(&word.to_lowercase()))
}

/// The short name of a plan; its id where the declarations give none.
pub fn plan(schemas: &Schemas, id: &str) -> Words {
    schemas.profiles.iter().find(|p| p.name == id).map_or_else(|| Words::plain(id), |p| p.words.clone())
}

/// The same with its id, as the config names it: `梁山县2023年方案（liangshan-2023）`.
pub fn plan_with_id(schemas: &Schemas, id: &str) -> Words {
    let plan = plan(schemas, id);
    if plan.zh == id { plan } else { Words::new(format!("{}（{id}）", plan.zh), format!("{} ({id})", plan.en)) }
}

/// What stands behind a number of the unit: ` %`, ` ‰` or nothing.
pub fn sign(unit: &str) -> &str {
    of(&UNITS, unit, Lang::En)
}

/// What a number of the unit is.
pub fn unit(word: &str, lang: Lang) -> &str {
    const NAMES: [Meant; 4] = [
        ("percent", "百分比（%）", "percent"),
        ("permille", "千分比（‰）", "permille"),
        ("count", "计数", "count"),
        ("percent_change", "变化幅度（%）", "percent change"),
    ];
    of(&NAMES, word, lang)
}

/// The days that an indicator looks at.
pub fn window(word: &str, lang: Lang) -> &str {
    of(&WINDOWS, word, lang)
}

/// A value with two places, or none where it is whole; a change with its sign.
pub fn rounded(value: f64, unit: &str) -> String {
    let number = match unit {
        "count" => format!("{value:.0}"),
        "percent_change" => format!("{value:+.2}"),
        _ => format!("{value:.2}"),
    };
    format!("{number}{}", sign(unit))
}

/// A whole number with its thousands parted, or `-`.
pub fn whole(number: Option<i64>) -> String {
    number.map_or_else(|| "-".to_owned(), |n| format!("{}{}", if n < 0 { "-" } else { "" }, grouped(n.unsigned_abs())))
}

/// A comparison as it is read: `≥ 95 %`.
pub fn target(op: &str, target: f64, unit: &str) -> String {
    let op = match op {
        ">=" => "≥",
        "<=" => "≤",
        op => op,
    };
    format!("{op} {target}{}", sign(unit))
}

/// What it takes to meet a target: `19 more needed (persons)`; of one that is not to be exceeded, `3 too many (persons)`.
pub fn gap(gap: i64, op: &str, counted: &Words, lang: Lang) -> String {
    let (number, what) = (whole(Some(gap)), counted.say(lang));
    let more = op.starts_with('>');
    match (lang, more) {
        (Lang::Zh, true) => format!("还差 {number} {what}"),
        (Lang::Zh, false) => format!("超出 {number} {what}"),
        (Lang::En, true) => format!("{number} more needed ({what})"),
        (Lang::En, false) => format!("{number} too many ({what})"),
    }
}
