//! Indicators and rollups by id or by name, as people ask for them.

use crate::error::{Error, Result, Words, words};
use crate::schema::nearest::nearest;
use crate::schema::{Indicator, Rollup, Schemas};

/// How many names a message lists at most.
const MOST_NAMED: usize = 8;

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
    if let Some(indicator) = indicator_named(schemas, asked)? {
        return Ok(Named::Indicator(indicator));
    }
    let titled = |r: &&Rollup| r.zh == asked.trim() || r.en.eq_ignore_ascii_case(asked.trim());
    if let Some(rollup) = schemas.rollups.iter().find(titled) {
        return Ok(Named::Rollup(rollup));
    }
    let known = schemas.indicators.iter().flat_map(|i| [i.id.as_str(), i.zh.as_str()]);
    let known = known.chain(schemas.rollups.iter().flat_map(|r| [r.name.as_str(), r.zh.as_str()]));
    let list = words!("`xinhui explain` 列出全部指标和汇总表", "`xinhui explain` lists all of them");
    let words = words!("没有指标或汇总表“{asked}”", "unknown indicator or rollup `{asked}`");
    Err(Error::usage("", words).hint(nearest_of(asked, known, list)))
}

/// The nearest names, and how to see all of them.
fn nearest_of<'n>(asked: &str, known: impl Iterator<Item = &'n str>, list: Words) -> Words {
    match nearest(asked.trim(), known, 3).as_slice() {
        [] => list,
        near => {
            let (zh, en) = (near.join("、"), near.join(", "));
            words!("最接近的有：{zh}；", "the nearest are: {en}; ").and(&list)
        }
    }
}

/// The indicator of an id or name that an option names.
///
/// # Errors
/// `Usage`: there is none, with the nearest; or several have it.
pub fn indicator_of<'s>(schemas: &'s Schemas, option: &str, asked: &str) -> Result<&'s Indicator> {
    indicator_named(schemas, asked)?.ok_or_else(|| {
        let known = schemas.indicators.iter().flat_map(|i| [i.id.as_str(), i.zh.as_str()]);
        let list = words!("`xinhui explain` 列出全部指标", "`xinhui explain` lists all of them");
        Error::usage(option, words!("没有指标“{asked}”", "unknown indicator `{asked}`"))
            .hint(nearest_of(asked, known, list))
    })
}

/// The indicator of an id or name, as [`named`]; `None` where there is none.
///
/// # Errors
/// `Usage`: several have it.
fn indicator_named<'s>(schemas: &'s Schemas, asked: &str) -> Result<Option<&'s Indicator>> {
    let text = asked.trim();
    let lower = text.to_lowercase();
    let all = || schemas.indicators.iter();
    if let Some(found) = all().find(|i| i.id == text || i.zh == text || i.en.to_lowercase() == lower) {
        return Ok(Some(found));
    }
    let has = |i: &&Indicator| {
        !text.is_empty() && (i.zh.contains(text) || i.en.to_lowercase().contains(&lower) || i.id.contains(text))
    };
    let found: Vec<&Indicator> = all().filter(has).collect();
    match found.as_slice() {
        [] => Ok(None),
        [one] => Ok(Some(one)),
        several => {
            let more = if several.len() > MOST_NAMED { ", …" } else { "" };
            let first = || several.iter().take(MOST_NAMED);
            let zh: Vec<String> = first().map(|i| format!("{}（{}）", i.zh, i.id)).collect();
            let en: Vec<&str> = first().map(|i| i.id.as_str()).collect();
            let (zh, en, count) = (zh.join("、"), en.join(", "), several.len());
            Err(Error::usage(
                "",
                words!(
                    "“{asked}”可以指 {count} 项指标：{zh}{more}",
                    "`{asked}` may be any of {count} indicators: {en}{more}"
                ),
            )
            .hint(words!("写出编号或完整名称", "give the id or the whole name")))
        }
    }
}
