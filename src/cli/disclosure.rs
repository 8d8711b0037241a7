//! `xinhui disclosure`

use std::path::{Path, PathBuf};

use super::printer::Printer;
use crate::diag::grouped;
use crate::error::{ErrorKind, Result};
use crate::pipeline::config::{Config, schema_files};
use crate::pipeline::edition_report::{Share, other_base, report};
use crate::pipeline::public_edition::verify_edition;
use crate::schema::Schemas;
use crate::store::Store;

/// The public edition: what it hides, and whether it is safe.
#[derive(Debug, clap::Args)]
pub struct DisclosureArgs {
    #[command(subcommand)]
    command: DisclosureCommand,
}

#[derive(Debug, clap::Subcommand)]
enum DisclosureCommand {
    /// What share of the numbers the public edition hides, by indicator and level, and why
    Report(PlaceArgs),
    /// Check the public edition by the witnesses that were kept with it; exit code 6 when something is wrong
    Verify(PlaceArgs),
}

#[derive(Debug, clap::Args)]
struct PlaceArgs {
    /// The config of the store
    #[arg(long, value_name = "PATH", default_value = "xinhui.toml")]
    config: PathBuf,
    /// This snapshot instead of the current one of the store; no config is needed
    #[arg(long, value_name = "DIR", conflicts_with = "config")]
    snapshot: Option<PathBuf>,
}

/// What the other method would hide, and how exact it would be.
fn other_method(share: &Share) -> String {
    let Some(other) = &share.other else { return "-".to_owned() };
    let hidden = 100.0 * other.hidden as f64 / other.rows.max(1) as f64;
    match other.median_half_width() {
        Some(half) => format!("{hidden:.1}, ±{half:.1}"),
        None => format!("{hidden:.1}"),
    }
}

pub fn run(args: &DisclosureArgs, schemas_dir: Option<&Path>, p: &Printer) -> Result<u8> {
    let schemas = Schemas::from_files(&schema_files(schemas_dir)?)?;
    let snapshot = |args: &PlaceArgs| -> Result<PathBuf> {
        match &args.snapshot {
            Some(dir) => Ok(dir.clone()),
            None => Ok(Store::at(&Config::read(&args.config, &schemas)?.store).current()),
        }
    };
    match &args.command {
        DisclosureCommand::Report(args) => {
            let (note, shares) = report(&snapshot(args)?, &schemas)?;
            let (zh, en) = match other_base(&schemas) {
                Some(base) => (
                    format!("若取整（round，到 {base} 的倍数）：隐去 %，比率的误差"),
                    format!("rounding to {base} instead: hidden %, and how far a rate may be off"),
                ),
                None => ("若隐去（suppress）：隐去 %".to_owned(), "hiding instead: hidden %".to_owned()),
            };
            p.line(format!("{}{}", p.pick("公开版：", "public edition: "), note.as_of));
            let columns = p.pick(
                "指标或汇总 · 层级 · 行数 · 隐去 %（数值小 % + 连带 % + 沿用上一版 %）",
                "indicator or rollup · level · rows · hidden % (small % + complementary % + as in the edition before %)",
            );
            p.line(format!("{columns} · {}", p.pick(&zh, &en)));
            for s in &shares {
                let share = |n: usize| 100.0 * n as f64 / s.rows.max(1) as f64;
                p.line(format!(
                    "  {} · {} · {} · {:.1} ({:.1} + {:.1} + {:.1}) · {}",
                    s.name,
                    s.level,
                    grouped(s.rows as u64),
                    share(s.hidden),
                    share(s.small),
                    share(s.complementary),
                    share(s.earlier),
                    other_method(s)
                ));
            }
            p.line(p.pick(
                "“数值小”一列就是只隐去小数值时的比例；其余是为了不能由相减推出而一并隐去的。",
                "The small ones are what a plain \"hide under t\" hides; the rest keeps them from being worked out.",
            ));
            Ok(0)
        }
        DisclosureCommand::Verify(args) => {
            let (note, found) = verify_edition(&snapshot(args)?, &schemas)?;
            found.wrong.iter().for_each(|line| p.line(line.say(p.lang)));
            let (small, hidden) = (grouped(found.small as u64), grouped(found.hidden as u64));
            let wrong = grouped(found.wrong_in_all as u64);
            p.line(match p.pick("z", "e") {
                "z" => format!("公开版 {}：小数值 {small} 个，隐去数字 {hidden} 个，问题 {wrong} 处", note.as_of),
                _ => format!(
                    "public edition {}: {small} small cells, {hidden} numbers hidden, {wrong} faults",
                    note.as_of
                ),
            });
            Ok(if found.wrong_in_all == 0 { 0 } else { ErrorKind::Unsafe.exit_code() })
        }
    }
}
