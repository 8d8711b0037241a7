//! `xinhui verify`: checks that a store or a snapshot is unchanged.

use std::path::{Path, PathBuf};

use super::printer::Printer;
use super::said;
use crate::diag::grouped;
use crate::error::{ErrorKind, Result, words};
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
        let remedy = said_of(&file.remedy, p);
        let path = file.path.display();
        let (zh, en) = match file.remedy {
            Remedy::Foreign => ("多余", "foreign"),
            _ => ("已损坏", "damaged"),
        };
        p.line(p.pick(&format!("{zh}：{path}（{remedy}）"), &format!("{en}: {path} ({remedy})")));
    }
    let of_files = said::several(verified.files as u64, "file", "files");
    let all = if verified.files == 1 { "it is" } else { "all of them" };
    let files = grouped(verified.files as u64);
    if verified.damaged.is_empty() {
        p.line(match p.pick("z", "e") {
            "z" => format!("共核对 {files} 个文件，全部完好"),
            _ => format!("{of_files} checked, {all} intact"),
        });
        return Ok(0);
    }
    let foreign = verified.damaged.iter().filter(|file| file.remedy == Remedy::Foreign).count();
    let damaged = grouped((verified.damaged.len() - foreign) as u64);
    let foreign = grouped(foreign as u64);
    let said =
        words!("共核对 {files} 个文件，其中 {damaged} 个已损坏", "{of_files} checked, {damaged} of them damaged");
    p.line(p.pick(&said.zh, &said.en));
    if foreign != "0" {
        let said = words!("另有 {foreign} 个多余的文件", "and {foreign} foreign ones");
        p.line(p.pick(&said.zh, &said.en));
    }
    if let Some(e) = &verified.not_noted {
        let why = e.in_words();
        p.line(p.pick(
            &format!("未能记下，因此下次运行不会重新读取：{}", why.zh),
            &format!("this could not be noted, so the next run reads none of it again: {}", why.en),
        ));
    }
    Ok(ErrorKind::Damaged.exit_code())
}

/// What is to be done about a damaged file.
fn said_of(remedy: &Remedy, p: &Printer) -> String {
    let (zh, en) = match remedy {
        Remedy::CurrentSnapshot => (
            "属于当前快照：下次运行会发布新的快照，此后可以删除这个快照",
            "of the current snapshot: the next run publishes another one, and this one may be removed then",
        ),
        Remedy::NextNight => ("下次运行时自动重新生成", "the next run computes it again"),
        Remedy::WhenNeeded => (
            "只用于节省时间：用到时自动重新计算，不影响任何数字",
            "it only saves time: whatever needs it computes it again, and no number depends on it",
        ),
        Remedy::ReadAgain => ("下次运行自动重新读取其原文件", "the next run reads its export again"),
        Remedy::ExportGone => (
            "其原文件已不在收件箱中：请放回后再次核对，或从备份恢复 private/",
            "its export is no longer in the inbox: put that back and verify again, or restore private/ from a backup",
        ),
        Remedy::Backup => {
            ("请从备份恢复 private/，或运行 xinhui rebuild", "restore private/ from a backup, or run `xinhui rebuild`")
        }
        Remedy::Foreign => {
            ("不是任何一次运行所写：请查明来源后移走", "no run wrote it: find out who laid it there, and take it away")
        }
        Remedy::NamedSnapshot => ("请从备份恢复此快照", "restore this snapshot from a backup"),
        Remedy::OldSnapshot { needed: true, .. } => (
            "不属于当前快照，但最近一版公开版在其中：请从备份恢复此快照",
            "not of the current snapshot, but the newest public edition is there: restore this snapshot from a backup",
        ),
        Remedy::OldSnapshot { folder, .. } => {
            let folder = folder.display();
            let zh = format!("不属于当前快照：可从备份恢复，也可删除这个旧快照的文件夹 {folder}");
            let en = format!(
                "not of the current snapshot: restore it from a backup, or remove the folder of that old snapshot, {folder}"
            );
            return p.pick(&zh, &en).to_owned();
        }
    };
    p.pick(zh, en).to_owned()
}
