//! Indicators and rollups by id or by name, as people ask for them.

use crate::error::{Error, Result, Words, words};
use crate::schema::nearest::nearest;
use crate::schema::{Indicator, Profile, Rollup, Schemas};

/// How many names a message lists at most.
const MOST_NAMED: usize = 20;

/// What a name means.
pub enum Named<'s> {
    Indicator(&'s Indicator),
    Rollup(&'s Rollup),
}

/// The indicator or rollup of an id or a name in either language; a part of a name is enough where no other has it.
///
/// # Errors
/// `Usage`: there is none, or several have it.
pub fn named<'s>(schemas: &'s Schemas, asked: &str) -> Result<Named<'s>> {
    if let Some(rollup) = schemas.rollups.iter().find(|r| r.name == asked) {
        return Ok(Named::Rollup(rollup));
    }
    // A whole name comes before a part of another.
    if let Some(indicator) = called(schemas, asked) {
        return Ok(Named::Indicator(indicator));
    }
    let titled = |r: &&Rollup| r.zh == asked.trim() || r.en.eq_ignore_ascii_case(asked.trim());
    if let Some(rollup) = schemas.rollups.iter().find(titled) {
        return Ok(Named::Rollup(rollup));
    }
    if let Some(indicator) = indicator_named(schemas, asked)? {
        return Ok(Named::Indicator(indicator));
    }
    let list = words!("`xinhui explain` 列出全部指标和汇总表", "`xinhui explain` lists all of them");
    let words = words!("没有指标或汇总表“{asked}”", "unknown indicator or rollup `{asked}`");
    if let Some(plan) = plan_named(schemas, asked.trim()) {
        return Err(Error::usage("", words).hint(of_plan(schemas, plan)));
    }
    let mut known = indicator_names(schemas);
    known.extend(schemas.rollups.iter().map(|r| KnownName { id: &r.name, zh: &r.zh, en: &r.en }));
    known.extend(schemas.profiles.iter().map(|p| KnownName { id: &p.name, zh: &p.words.zh, en: &p.words.en }));
    Err(Error::usage("", words).hint(nearest_of(asked, &known, list)))
}

/// A name of both languages, with its id.
struct KnownName<'s> {
    id: &'s str,
    zh: &'s str,
    en: &'s str,
}

fn indicator_names(schemas: &Schemas) -> Vec<KnownName<'_>> {
    schemas.indicators.iter().map(|i| KnownName { id: &i.id, zh: &i.zh, en: &i.en_alone }).collect()
}

/// The nearest names, and how to see all of them.
fn nearest_of(asked: &str, known: &[KnownName<'_>], list: Words) -> Words {
    let (asked, lower) = (asked.trim(), asked.trim().to_lowercase());
    let names = || known.iter().flat_map(|k| [k.id, k.zh, k.en]);
    let mut near = nearest(asked, names(), 3);
    if near.is_empty() {
        near = nearest(&lower, names(), 3);
    }
    let mut found: Vec<&KnownName<'_>> = Vec::new();
    for name in near {
        let of_name = known.iter().find(|k| [k.id, k.zh, k.en].contains(&name));
        found.extend(of_name.filter(|k| found.iter().all(|other| other.id != k.id)));
    }
    if found.is_empty() {
        return list;
    }
    let zh: Vec<String> = found.iter().map(|k| format!("{}（{}）", k.zh, k.id)).collect();
    // Whoever asks in Chinese finds the name that was meant.
    let called = |k: &&KnownName<'_>| format!("{} ({})", k.id, if asked.is_ascii() { k.en } else { k.zh });
    let en: Vec<String> = found.iter().map(called).collect();
    Words::new(format!("最接近的有：{}；", zh.join("、")), format!("the nearest are: {}; ", en.join(", "))).and(&list)
}

/// The plan of an id or a name.
fn plan_named<'s>(schemas: &'s Schemas, asked: &str) -> Option<&'s Profile> {
    let is_it = |p: &&Profile| p.name == asked || p.words.zh == asked || p.words.en.eq_ignore_ascii_case(asked);
    schemas.profiles.iter().find(is_it)
}

/// That a plan is asked for, and which indicators have its targets.
fn of_plan(schemas: &Schemas, plan: &Profile) -> Words {
    let has = |i: &&Indicator| plan.targets.iter().any(|t| t.indicator == i.id);
    let of_plan: Vec<&Indicator> = schemas.indicators.iter().filter(has).collect();
    let zh: Vec<&str> = of_plan.iter().map(|i| i.zh.as_str()).collect();
    let en: Vec<&str> = of_plan.iter().map(|i| i.id.as_str()).collect();
    Words::new(
        format!("这是方案的名称；为这些指标定有目标：{}", zh.join("、")),
        format!("that is a plan; it has targets for {}", en.join(", ")),
    )
}

/// The indicator of an id or name that an option names.
///
/// # Errors
/// `Usage`: there is none, with the nearest; or several have it.
pub fn indicator_of<'s>(schemas: &'s Schemas, option: &str, asked: &str) -> Result<&'s Indicator> {
    indicator_named(schemas, asked)?.ok_or_else(|| {
        let known = indicator_names(schemas);
        let list = words!("`xinhui explain` 列出全部指标", "`xinhui explain` lists all of them");
        Error::usage(option, words!("没有指标“{asked}”", "unknown indicator `{asked}`"))
            .hint(nearest_of(asked, &known, list))
    })
}

/// The indicator that is called so, in full.
fn called<'s>(schemas: &'s Schemas, asked: &str) -> Option<&'s Indicator> {
    let text = asked.trim();
    let is_en = |i: &Indicator| [&i.en, &i.en_alone].iter().any(|en| en.eq_ignore_ascii_case(text));
    schemas.indicators.iter().find(|i| i.id == text || i.zh == text || is_en(i))
}

/// The indicator of an id or name, as [`named`]; `None` where there is none.
///
/// # Errors
/// `Usage`: several have it.
fn indicator_named<'s>(schemas: &'s Schemas, asked: &str) -> Result<Option<&'s Indicator>> {
    let text = asked.trim();
    let lower = text.to_lowercase();
    if let Some(found) = called(schemas, asked) {
        return Ok(Some(found));
    }
    let has = |i: &&Indicator| {
        !text.is_empty() && (i.zh.contains(text) || i.en_alone.to_lowercase().contains(&lower) || i.id.contains(text))
    };
    let found: Vec<&Indicator> = schemas.indicators.iter().filter(has).collect();
    match found.as_slice() {
        [] => Ok(None),
        [one] => Ok(Some(one)),
        several => {
            let more = if several.len() > MOST_NAMED { ["、…", ", …"] } else { [""; 2] };
            let first = || several.iter().take(MOST_NAMED);
            let zh: Vec<String> = first().map(|i| format!("{}（{}）", i.zh, i.id)).collect();
            let en: Vec<&str> = first().map(|i| i.id.as_str()).collect();
            let (zh, en) = (zh.join("、") + more[0], en.join(", ") + more[1]);
            let count = several.len();
            Err(Error::usage(
                "",
                words!("“{asked}”可以指 {count} 项指标：{zh}", "`{asked}` may be any of {count} indicators: {en}"),
            )
            .hint(words!("写出编号或完整名称", "give the id or the whole name")))
        }
    }
}
