//! `xinhui check`: finds faults in declarations and a config without reading data.

use std::path::{Path, PathBuf};

use super::printer::Printer;
use crate::error::Result;
use crate::pipeline::check::check;

#[derive(Debug, clap::Args)]
pub struct CheckArgs {
    /// A config to check as well
    #[arg(long, value_name = "PATH")]
    config: Option<PathBuf>,
}

pub fn run(args: &CheckArgs, schemas: Option<&Path>, printer: &Printer) -> Result<u8> {
    let problems = check(schemas, args.config.as_deref())?;
    for p in &problems {
        printer.line(p.line().say(printer.lang));
    }
    if problems.is_empty() {
        printer.line(printer.pick("声明与配置没有问题", "declarations and config are in order"));
        return Ok(0);
    }
    printer.line(match printer.pick("z", "e") {
        "z" => format!("共 {} 个问题", problems.len()),
        _ => format!("{} problem{} found", problems.len(), if problems.len() == 1 { "" } else { "s" }),
    });
    Ok(2)
}
