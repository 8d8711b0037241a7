//! `xinhui status`: shows the last nights of a store.

use std::path::{Path, PathBuf};

use super::printer::{Printer, one_line};
use crate::deliver::send::state::FeedState;
use crate::diag::grouped;
use crate::error::Result;
use crate::pipeline::config::{Config, schema_files};
use crate::pipeline::feeds::states;
use crate::pipeline::night::record::nights;
use crate::pipeline::public_edition::EditionNote;
use crate::schema::Schemas;
use crate::store::Store;

#[derive(Debug, clap::Args)]
pub struct StatusArgs {
    /// The config of the store
    #[arg(long, value_name = "PATH", default_value = "xinhui.toml")]
    config: PathBuf,
    /// How many nights to show
    #[arg(long, default_value_t = 10)]
    nights: usize,
}

pub fn run(args: &StatusArgs, schemas_dir: Option<&Path>, p: &Printer) -> Result<u8> {
    let schemas = Schemas::from_files(&schema_files(schemas_dir)?)?;
    let config = Config::read(&args.config, &schemas)?;
    let store = Store::at(&config.store);
    let nights = nights(&store)?;
    let current =
        std::fs::read_link(store.current()).ok().and_then(|l| l.file_name().map(|n| n.to_string_lossy().into_owned()));
    p.line(match current {
        Some(id) => format!("{}: {id}", p.pick("当前快照", "current snapshot")),
        None => p.pick("尚未发布快照", "no snapshot published yet").to_owned(),
    });
    if let Some(edition) = EditionNote::of(&store.current()) {
        p.line(format!("{}: {}", p.pick("公开版", "public edition"), edition.as_of));
    }
    for (name, state) in states(&config)? {
        p.line(feed_line(&name, &state, p));
    }
    for night in nights.iter().rev().take(args.nights) {
        let s = &night.summary;
        let end = if night.ended.is_empty() {
            p.pick("未结束（仍在运行或中途终止）", "not ended (still running, or died)").to_owned()
        } else if night.error.is_empty() {
            format!(
                "{} {} · {} {} · {} / {} {} · {} {}",
                p.pick("退出码", "exit"),
                s.exit_code,
                grouped(s.new_files as u64),
                p.pick("个新文件", "new files"),
                grouped(s.rows.accepted),
                grouped(s.rows.read),
                p.pick("行接收", "rows accepted"),
                grouped(s.persons),
                p.pick("人", "persons"),
            )
        } else {
            format!("{} {} · {}", p.pick("退出码", "exit"), s.exit_code, night.error.say(p.lang))
        };
        p.line(format!("  {}  {end}", night.started));
        if let Some(file) = s.made_anew.first() {
            let more = s.made_anew.len() - 1;
            let more = if more == 0 { String::new() } else { format!(" (+{more})") };
            p.line(format!(
                "    {} {file}{more}",
                p.pick("损坏或缺失，已从原文件重新读取：", "damaged or missing, read again:")
            ));
        }
    }
    Ok(0)
}

/// How far a feed is.
fn feed_line(name: &str, state: &FeedState, p: &Printer) -> String {
    let accepted = match &state.accepted {
        Some(a) if p.pick("z", "e") == "z" => {
            format!("第 {} 包已于 {} 送达（统计日期 {}）", a.sequence, a.at, a.as_of)
        }
        Some(a) => format!("package {} delivered at {} (as of {})", a.sequence, a.at, a.as_of),
        None => p.pick("尚无已送达的包", "no package delivered yet").to_owned(),
    };
    let waiting = match &state.pending {
        Some(w) if p.pick("z", "e") == "z" => {
            format!("；第 {} 包未送达（已试 {} 次）：{}", w.sequence, w.attempts, one_line(&w.last_error.zh))
        }
        Some(w) => {
            let why = one_line(&w.last_error.en);
            format!("; package {} waits after {} attempts: {why}", w.sequence, w.attempts)
        }
        None => String::new(),
    };
    format!("{} {name}{}{accepted}{waiting}", p.pick("推送", "feed"), p.pick("：", ": "))
}
