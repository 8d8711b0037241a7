//! Options that several commands have.

use std::path::PathBuf;

use clap::ValueEnum;

use crate::error::{Error, Result, words};
use crate::schema::day;

/// The form of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogArg {
    Text,
    Json,
}

/// The day that an option names, in days since 1970-01-01.
pub fn day_of(option: &str, text: &str) -> Result<i32> {
    let wrong = || words!("`{text}` 不是日期，应写作 2023-12-31", "`{text}` is not a date such as 2023-12-31");
    day::parse_iso(text).ok_or_else(|| Error::usage(option, wrong()))
}

/// The config for a command whose `--config` is optional.
pub fn config_path(given: Option<&PathBuf>) -> Result<PathBuf> {
    match given {
        Some(path) => Ok(path.clone()),
        None if PathBuf::from("xinhui.toml").is_file() => Ok(PathBuf::from("xinhui.toml")),
        None => Err(Error::usage("", words!("当前文件夹中没有 `xinhui.toml`", "there is no `xinhui.toml` here"))
            .hint(words!("请指定配置文件：--config 路径", "name the config: --config PATH"))),
    }
}
