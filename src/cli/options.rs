//! Options that several commands have.

use std::path::PathBuf;

use clap::ValueEnum;

use crate::error::{Error, Result};

/// The form of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogArg {
    Text,
    Json,
}

/// The config for a command whose `--config` is optional.
pub fn config_path(given: Option<&PathBuf>) -> Result<PathBuf> {
    match given {
        Some(path) => Ok(path.clone()),
        None if PathBuf::from("xinhui.toml").is_file() => Ok(PathBuf::from("xinhui.toml")),
        None => Err(Error::usage("", "there is no `xinhui.toml` here").hint("name the config: --config PATH")),
    }
}
