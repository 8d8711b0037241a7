//! `xinhui status`: shows the last nights of a store.

use std::path::{Path, PathBuf};

use jiff::tz::TimeZone;

use super::local_time::{local, zone, zone_name};
use super::printer::{Printer, one_line};
use super::said;
use crate::deliver::send::state::FeedState;
use crate::diag::grouped;
use crate::error::{Error, Lang, Result};
use crate::pipeline::config::{Config, schema_files};
use crate::pipeline::feeds::states;
use crate::pipeline::night::record::{NightRecord, nights};
use crate::pipeline::public_edition::{EditionNote, last_edition};
use crate::schema::Schemas;
use crate::store::lock::is_run_by;
use crate::store::{NothingCurrent, Store};

#[derive(Debug, clap::Args)]
pub struct StatusArgs {
    /// The config of the store
    #[arg(long, value_name = "PATH", default_value = "xinhui.toml")]
    config: PathBuf,
    /// How many nights to show
    #[arg(long, default_value_t = 10, allow_negative_numbers = true)]
    nights: usize,
    /// Print all that is known as JSON, with times in UTC
    #[arg(long)]
    json: bool,
}

pub fn run(args: &StatusArgs, schemas_dir: Option<&Path>, p: &Printer) -> Result<u8> {
    let schemas = Schemas::from_files(&schema_files(schemas_dir)?)?;
    let config = Config::read(&args.config, &schemas)?;
    let store = Store::at(&config.store);
    let nights = nights(&store)?;
    let last = &nights.all[nights.all.len().saturating_sub(args.nights)..];
    let feeds = states(&config)?;
    let edition = last_edition(&store);
    if args.json {
        let text = serde_json::to_string_pretty(&in_json(&store, (last, nights.unreadable), &feeds, edition.as_ref()));
        p.exact(text.map_err(|e| Error::bug(e.to_string()))?);
        return Ok(0);
    }
    match store.nothing_current() {
        None => {
            p.line(format!("{}{}", p.pick("当前快照：", "current snapshot: "), store.current_id().unwrap_or_default()))
        }
        Some(nothing) => {
            p.line(nothing.said().say(p.lang));
            if nothing != NothingCurrent::NotPublished {
                p.line(format!("{}{}", p.pick("提示：", "hint: "), nothing.hint().say(p.lang)));
            }
        }
    }
    if let Some((id, edition)) = edition {
        let earlier = store.current_id().is_none_or(|current| current != id);
        let kept = match p.lang {
            _ if !earlier => String::new(),
            Lang::Zh => format!("（现存最新，在 {id} 中）"),
            Lang::En => format!(" (the newest that is kept, in {id})"),
        };
        p.line(format!("{}{}{kept}", p.pick("公开版统计日期：", "public edition as of: "), edition.as_of));
    }
    let zone = zone();
    for (name, state) in feeds {
        p.line(feed_line(&name, &state, &zone, p));
    }
    if nights.unreadable > 0 {
        let (lines, path) = (grouped(nights.unreadable as u64), store.nights());
        let path = path.display();
        let is_one = nights.unreadable == 1;
        let (of, are) = if is_one { ("line", "is") } else { ("lines", "are") };
        p.line(p.pick(
            &format!("注意：运行记录有 {lines} 行已损坏，无法读取，其余照常列出（不影响已发布的数据）：{path}"),
            &format!("note: {lines} {of} of the record of nights {are} damaged and left out (what is published is not touched): {path}"),
        ));
    }
    if last.is_empty() {
        return Ok(0);
    }
    p.line(match p.lang {
        Lang::Zh => format!("最近各晚（时间为 {}）：", zone_name(&zone).replace(", ", "，")),
        Lang::En => format!("last nights (times in {}):", zone_name(&zone)),
    });
    for night in last.iter().rev() {
        p.line(format!("  {}  {}", local(&night.started, &zone), ending(&store, night, p)));
        if let Some(file) = night.summary.made_anew.first() {
            let more = night.summary.made_anew.len() - 1;
            let more = if more == 0 { String::new() } else { format!(" (+{more})") };
            let made_anew = p.pick("损坏或缺失，已重新生成：", "damaged or missing, made anew: ");
            p.line(format!("    {made_anew}{file}{more}"));
        }
    }
    Ok(0)
}

/// How a night ended.
fn ending(store: &Store, night: &NightRecord, p: &Printer) -> String {
    let s = &night.summary;
    if night.ended.is_empty() {
        return match is_run_by(store, night.process) {
            true => p.pick("正在运行", "still running").to_owned(),
            false => p.pick("未结束（中途终止）", "not ended: it died").to_owned(),
        };
    }
    if !night.error.is_empty() {
        return format!("{} {} · {}", p.pick("退出码", "exit"), s.exit_code, night.error.say(p.lang));
    }
    let (files, accepted, read, persons) =
        (grouped(s.new_files as u64), grouped(s.rows.accepted), grouped(s.rows.read), grouped(s.persons));
    match p.lang {
        Lang::Zh => format!("退出码 {} · 新文件 {files} · 接收 {accepted} / {read} 行 · {persons} 人", s.exit_code),
        Lang::En => {
            let files = said::several(s.new_files as u64, "new file", "new files");
            let persons = said::several(s.persons, "person", "persons");
            format!("exit {} · {files} · {accepted} / {read} rows · {persons}", s.exit_code)
        }
    }
}

/// The same for programs. Stamps are in UTC, as they are stored.
fn in_json(
    store: &Store,
    (nights, unreadable): (&[NightRecord], usize),
    feeds: &[(String, FeedState)],
    edition: Option<&(String, EditionNote)>,
) -> serde_json::Value {
    let feeds: serde_json::Map<String, serde_json::Value> =
        feeds.iter().map(|(name, state)| (name.clone(), serde_json::to_value(state).unwrap_or_default())).collect();
    serde_json::json!({
        "snapshot": store.current_id(),
        "public_edition_as_of": edition.map(|(_, e)| e.as_of.as_str()),
        "public_edition_snapshot": edition.map(|(id, _)| id.as_str()),
        "feeds": feeds,
        "nights": nights.iter().rev().collect::<Vec<_>>(),
        "unreadable_lines": unreadable,
    })
}

/// How far a feed is, and what came of it last where that was nothing.
fn feed_line(name: &str, state: &FeedState, zone: &TimeZone, p: &Printer) -> String {
    let zh = p.lang == Lang::Zh;
    let accepted = match &state.accepted {
        Some(a) if zh => {
            format!("第 {} 包已于 {} 送达（统计日期 {}）", a.sequence, local(&a.at, zone), a.as_of)
        }
        Some(a) => format!("package {} delivered at {} (as of {})", a.sequence, local(&a.at, zone), a.as_of),
        None if state.is_of_new_receiver() => {
            p.pick("接收方已更换，尚无已送达的包", "another receiver than before, no package delivered yet").to_owned()
        }
        None => p.pick("尚无已送达的包", "no package delivered yet").to_owned(),
    };
    let at = |stamp: &str| if stamp.is_empty() { String::new() } else { local(stamp, zone) };
    let waiting = match &state.pending {
        Some(w) if zh => {
            let (at, why) = (at(&w.failed_at), one_line(&w.last_error.zh));
            format!("；第 {} 包未送达（已试 {} 次）：{why}{}", w.sequence, w.attempts, in_brackets("（", &at, "）"))
        }
        Some(w) => {
            let (at, why) = (at(&w.failed_at), one_line(&w.last_error.en));
            let at = in_brackets(" (", &at, ")");
            let attempts = said::several(w.attempts, "attempt", "attempts");
            format!("; package {} waits after {attempts}: {why}{at}", w.sequence)
        }
        None => String::new(),
    };
    let refused = match &state.refused {
        Some(r) if zh => {
            let why = one_line(&r.why.zh);
            format!("；接收方于 {} 退回第 {} 包，不再原样发送：{why}", local(&r.at, zone), r.sequence)
        }
        Some(r) => {
            let (at, why) = (local(&r.at, zone), one_line(&r.why.en));
            format!("; package {} was refused at {at} and is not sent again as it is: {why}", r.sequence)
        }
        None => String::new(),
    };
    format!("{} {name}{}{accepted}{waiting}{refused}", p.pick("推送", "feed"), p.pick("：", ": "))
}

/// A text in brackets; nothing where it is empty.
fn in_brackets(open: &str, text: &str, close: &str) -> String {
    if text.is_empty() { String::new() } else { format!("{open}{text}{close}") }
}
