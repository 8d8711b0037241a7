//! `xinhui verify`: checks that a store or a snapshot is unchanged.

use std::path::{Path, PathBuf};

use super::printer::Printer;
use crate::diag::grouped;
use crate::error::{ErrorKind, Result};
use crate::pipeline::verify::{Remedy, verify_snapshot, verify_store};

#[derive(Debug, clap::Args)]
pub struct VerifyArgs {
    /// The config of the store
    #[arg(long, value_name = "PATH", default_value = "xinhui.toml")]
    config: PathBuf,
    /// Check only this snapshot, which may be a copy; needs no config and no key
    #[arg(long, value_name = "DIR", conflicts_with = "config")]
    snapshot: Option<PathBuf>,
}

pub fn run(args: &VerifyArgs, schemas: Option<&Path>, p: &Printer) -> Result<u8> {
    let verified = match &args.snapshot {
        Some(dir) => verify_snapshot(dir)?,
        None => verify_store(&args.config, schemas)?,
    };
    for file in &verified.damaged {
        let remedy = match file.remedy {
            Remedy::NextNight => p.pick("下次运行时自动重新生成", "the next run computes it again"),
            Remedy::ReadAgain => p.pick(
                "原文件仍在收件箱中时，下次运行自动重新读取；否则请从备份恢复",
                "the next run reads its export again if that is still in the inbox; otherwise restore it from a backup",
            ),
            Remedy::Backup => p.pick(
                "请从备份恢复 private/，或运行 xinhui rebuild",
                "restore private/ from a backup, or run `xinhui rebuild`",
            ),
            Remedy::OldSnapshot => p.pick("请从备份恢复此快照", "restore this snapshot from a backup"),
        };
        p.line(format!("{}: {} ({remedy})", p.pick("已损坏", "damaged"), file.path.display()));
    }
    let files = grouped(verified.files as u64);
    if verified.damaged.is_empty() {
        p.line(match p.pick("z", "e") {
            "z" => format!("共核对 {files} 个文件，全部完好"),
            _ => format!("{files} files checked, all of them intact"),
        });
        return Ok(0);
    }
    let damaged = grouped(verified.damaged.len() as u64);
    p.line(match p.pick("z", "e") {
        "z" => format!("共核对 {files} 个文件，其中 {damaged} 个已损坏"),
        _ => format!("{files} files checked, {damaged} of them damaged"),
    });
    Ok(ErrorKind::Damaged.exit_code())
}
