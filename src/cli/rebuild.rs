//! `xinhui rebuild`: makes the private state again from the inbox.

use std::path::{Path, PathBuf};

use super::options::LogArg;
use super::printer::Printer;
use super::run::print;
use crate::error::Result;
use crate::pipeline::rebuild::rebuild;
use crate::progress::Progress;

#[derive(Debug, clap::Args)]
pub struct RebuildArgs {
    /// The config of the store
    #[arg(long, value_name = "PATH", default_value = "xinhui.toml")]
    config: PathBuf,
    /// Continue although files that were read before are no longer in the inbox: their rows are lost
    #[arg(long)]
    accept_loss: bool,
}

pub fn run(args: &RebuildArgs, schemas: Option<&Path>, p: &Printer, log: Option<LogArg>) -> Result<u8> {
    let progress = Progress::new((log.is_none() && p.bars()).then_some(p.lang));
    let done = rebuild(&args.config, schemas, args.accept_loss, &progress)?;
    p.line(match p.pick("z", "e") {
        "z" => format!("原 private/ 已移至 {}；确认无误后再删除", done.aside.display()),
        _ => format!("the old private state was moved to {}; delete it when all is well", done.aside.display()),
    });
    if !done.taken_along.is_empty() {
        p.line(p.pick("已沿用：", "copied from it: ").to_owned() + &done.taken_along.join(p.pick("、", ", ")));
    }
    if !done.lost.is_empty() {
        p.line(p.pick(
            "收件箱中已没有、数据行随之丢失的文件：",
            "files that are no longer in the inbox, so that their rows are lost:",
        ));
        done.lost.iter().for_each(|f| p.line(format!("  {f}")));
    }
    print(&done.summary, schemas, p, false);
    Ok(done.summary.exit_code)
}
