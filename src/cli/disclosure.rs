//! `xinhui disclosure`

use std::path::{Path, PathBuf};

use super::printer::{Printer, padded, to_the_right};
use super::said;
use crate::diag::{Lang, grouped};
use crate::error::{Error, ErrorKind, Result, words};
use crate::pipeline::config::{Config, schema_files};
use crate::pipeline::edition_report::{MethodShare, Share, other_base, report, rollup_named};
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

/// Columns of a level, and of each number behind it.
const LEVEL: usize = 12;
const NUMBER: usize = 9;

/// A line of the table: a level, and the numbers behind it.
fn line(level: &str, numbers: &[String]) -> String {
    let numbers: String = numbers.iter().map(|number| to_the_right(number, NUMBER)).collect();
    format!("  {}{numbers}", padded(level, LEVEL))
}

/// The other method, where it is safe.
enum OtherMethod {
    Nothing,
    /// Rounding to multiples of this base.
    Rounding(i64),
    Hiding,
}

impl OtherMethod {
    fn of(shares: &[Share], schemas: &Schemas) -> OtherMethod {
        match other_base(schemas) {
            _ if shares.iter().all(|share| share.other.is_none()) => OtherMethod::Nothing,
            Some(base) => OtherMethod::Rounding(base),
            None => OtherMethod::Hiding,
        }
    }

    fn heads(&self, p: &Printer) -> String {
        let mut heads = match p.lang {
            Lang::Zh => vec!["行数", "隐去%", "小值%", "连带%", "前版%"],
            Lang::En => vec!["rows", "hidden%", "small%", "others%", "before%"],
        };
        heads.extend(match (self, p.lang) {
            (OtherMethod::Nothing, _) => &[][..],
            (OtherMethod::Rounding(_), Lang::Zh) => &["取整%", "误差"],
            (OtherMethod::Rounding(_), Lang::En) => &["rounded%", "off by"],
            (OtherMethod::Hiding, Lang::Zh) => &["改隐%"],
            (OtherMethod::Hiding, Lang::En) => &["hiding%"],
        });
        let heads: Vec<String> = heads.into_iter().map(ToOwned::to_owned).collect();
        line(p.pick("层级", "level"), &heads)
    }

    fn row(&self, share: &Share, p: &Printer) -> String {
        let percent = |n: usize, of: usize| format!("{:.1}", 100.0 * n as f64 / of.max(1) as f64);
        let own = |n: usize| percent(n, share.rows);
        let none = || "-".to_owned();
        let parts = [share.hidden, share.small, share.complementary, share.earlier].map(own);
        let mut numbers = [vec![grouped(share.rows as u64)], parts.to_vec()].concat();
        let other = share.other.as_ref();
        if !matches!(self, OtherMethod::Nothing) {
            numbers.push(other.map_or_else(none, |other| percent(other.hidden, other.rows)));
        }
        if matches!(self, OtherMethod::Rounding(_)) {
            let half_width = other.and_then(MethodShare::median_half_width);
            numbers.push(half_width.map_or_else(none, |half| format!("±{half:.1}")));
        }
        line(said::level(&share.level, p.lang), &numbers)
    }

    /// What the numbers of the table mean.
    fn meanings(&self, p: &Printer) {
        p.line(p.pick(
            "小值：只隐去小数值时的比例；连带：为了不能由相减推出而一并隐去的；\n前版：因上一版已隐去而沿用的。隐去是三者之和。",
            "small: hidden as small; others: hidden so that no small one is worked out;\n\
             before: what the edition before hides. hidden is the sum of the three.",
        ));
        match (self, p.lang) {
            (OtherMethod::Nothing, Lang::Zh) => p.line("改用另一种方法（取整或隐去）不能保证安全，因此不列。"),
            (OtherMethod::Nothing, Lang::En) => p.line("The other method (rounding, or hiding) is not safe here and not shown."),
            (OtherMethod::Rounding(base), Lang::Zh) => p.line(format!(
                "取整：若改为取整（round，到 {base} 的倍数）仍须隐去的比例，- 为届时不公开；\n误差：居中的率可能相差多少。"
            )),
            (OtherMethod::Rounding(base), Lang::En) => p.line(format!(
                "rounded: what rounding to multiples of {base} would hide, - what it leaves out;\n\
                 off by: how far the middle rate may be off."
            )),
            (OtherMethod::Hiding, Lang::Zh) => p.line("改隐：若改为隐去（suppress）须隐去的比例。"),
            (OtherMethod::Hiding, Lang::En) => {
                p.line("hiding: what hiding instead of rounding would hide.");
            }
        }
    }
}

/// Prints what is hidden: a heading for each indicator or rollup, and a line for each of its levels.
fn print_shares(shares: &[Share], schemas: &Schemas, p: &Printer) {
    if shares.is_empty() {
        return p.line(p.pick("没有隐去任何数字", "no number is hidden"));
    }
    let beside = OtherMethod::of(shares, schemas);
    p.line(beside.heads(p));
    // As they are declared: titles of some say `the same` of the one before.
    let indicator = |id: &str| schemas.indicators.iter().position(|i| i.id == id).unwrap_or(usize::MAX);
    let mut shares: Vec<&Share> = shares.iter().collect();
    shares.sort_by_key(|share| indicator(&share.name));
    let mut of = "";
    for share in shares {
        if of != share.name {
            of = &share.name;
            p.line(title(of, schemas, p));
        }
        p.line(beside.row(share, p));
    }
    beside.meanings(p);
}

/// The name of an indicator or a rollup.
fn title<'s>(id: &'s str, schemas: &'s Schemas, p: &Printer) -> &'s str {
    let indicator = schemas.indicator(id).map(|i| (i.zh.as_str(), i.en_alone.as_str()));
    let rollup = rollup_named(id, schemas);
    match indicator.or_else(|| rollup.map(|r| (r.zh.as_str(), r.en.as_str()))) {
        Some((zh, _)) if p.lang == Lang::Zh => zh,
        Some((_, en)) => en,
        None => id,
    }
}

pub fn run(args: &DisclosureArgs, schemas_dir: Option<&Path>, p: &Printer) -> Result<u8> {
    let schemas = Schemas::from_files(&schema_files(schemas_dir)?)?;
    let snapshot = |args: &PlaceArgs| -> Result<PathBuf> {
        if let Some(dir) = &args.snapshot {
            if dir.join("manifest.json").is_file() {
                return Ok(dir.clone());
            }
            let said = words!("不是快照文件夹：没有 manifest.json", "is no snapshot's folder: it has no manifest.json");
            return Err(Error::usage(dir.display(), said));
        }
        let store = Store::at(&Config::read(&args.config, &schemas)?.store);
        match store.nothing_current() {
            Some(nothing) => Err(nothing.error(&store)),
            None => Ok(store.current()),
        }
    };
    match &args.command {
        DisclosureCommand::Report(args) => {
            let (note, shares) = report(&snapshot(args)?, &schemas)?;
            p.line(format!("{}{}", p.pick("公开版：", "public edition: "), note.as_of));
            print_shares(&shares, &schemas, p);
            Ok(0)
        }
        DisclosureCommand::Verify(args) => {
            let (note, found) = verify_edition(&snapshot(args)?, &schemas)?;
            found.wrong.iter().for_each(|line| p.line(line.say(p.lang)));
            let (small, hidden) = (grouped(found.small as u64), grouped(found.hidden as u64));
            let wrong = grouped(found.wrong_in_all as u64);
            let cells = said::several(found.small as u64, "small cell", "small cells");
            let numbers = said::several(found.hidden as u64, "number", "numbers");
            let faults = said::several(found.wrong_in_all as u64, "fault", "faults");
            p.line(match p.pick("z", "e") {
                "z" => format!("公开版 {}：小数值 {small} 个，隐去数字 {hidden} 个，问题 {wrong} 处", note.as_of),
                _ => format!("public edition {}: {cells}, {numbers} hidden, {faults}", note.as_of),
            });
            Ok(if found.wrong_in_all == 0 { 0 } else { ErrorKind::Unsafe.exit_code() })
        }
    }
}
