//! `xinhui check`: finds faults in declarations and a config without reading data.

use std::path::{Path, PathBuf};

use super::printer::Printer;
use crate::error::Result;
use crate::pipeline::check::{Found, check};

#[derive(Debug, clap::Args)]
pub struct CheckArgs {
    /// The config to check as well; by default xinhui.toml in this folder, if there is one
    #[arg(long, value_name = "PATH")]
    config: Option<PathBuf>,
}

pub fn run(args: &CheckArgs, schemas: Option<&Path>, printer: &Printer) -> Result<u8> {
    let here = PathBuf::from("xinhui.toml");
    let config = args.config.clone().or_else(|| here.exists().then_some(here));
    let Found { problems, notices } = check(schemas, config.as_deref())?;
    for p in &problems {
        printer.line(p.line().say(printer.lang));
    }
    for n in &notices {
        printer.line(format!("{}{}", printer.pick("注意：", "note: "), n.line().say(printer.lang)));
    }
    if problems.is_empty() {
        match config {
            Some(_) => printer.line(printer.pick("声明与配置没有问题", "declarations and config are in order")),
            None => printer.line(printer.pick(
                "声明没有问题；此文件夹中没有 xinhui.toml，未检查配置（用 --config 指定）",
                "declarations are in order; there is no xinhui.toml in this folder, so no config was checked (name one with --config)",
            )),
        }
        return Ok(0);
    }
    printer.line(match printer.pick("z", "e") {
        "z" => format!("共 {} 个问题", problems.len()),
        _ => format!("{} problem{} found", problems.len(), if problems.len() == 1 { "" } else { "s" }),
    });
    Ok(2)
}
