//! `xinhui accept`: uses an export that was held back because it has far fewer rows than the one before.

use std::path::{Path, PathBuf};

use super::printer::Printer;
use crate::error::Result;
use crate::pipeline::accept::accept;

#[derive(Debug, clap::Args)]
pub struct AcceptArgs {
    /// The file: a path, or the path relative to the inbox as the findings show it
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The config of the store
    #[arg(long, value_name = "PATH", default_value = "xinhui.toml")]
    config: PathBuf,
}

pub fn run(args: &AcceptArgs, schemas: Option<&Path>, p: &Printer) -> Result<u8> {
    let done = accept(&args.config, schemas, &args.file)?;
    let file = args.file.display();
    p.line(match (done.already, p.pick("z", "e")) {
        (true, "z") => format!("{file} 的内容此前已经认可（SHA-256 {}）", done.sha256),
        (true, _) => format!("the content of {file} was accepted before (SHA-256 {})", done.sha256),
        (false, "z") => {
            format!("已认可 {file} 的内容（SHA-256 {}）：下次运行起，不再因行数减少而暂缓采用", done.sha256)
        }
        (false, _) => format!(
            "accepted the content of {file} (SHA-256 {}): from the next run on it is used, although it has fewer rows",
            done.sha256
        ),
    });
    match done.read_as[..] {
        [] => p.line(p.pick(
            "尚未有任何一次运行读取过此内容；读取后即生效",
            "no run has read this content yet; it is accepted as soon as one does",
        )),
        _ => done.read_as.iter().for_each(|f| p.line(format!("  {f}"))),
    }
    if !done.read_as.is_empty() && !done.held_back {
        p.line(p.pick(
            "上次运行并未暂缓采用此内容：认可只为今后留着，数字不会因此改变",
            "the last run did not hold this content back: no number changes by accepting it",
        ));
    }
    Ok(0)
}
