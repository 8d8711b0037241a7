//! `xinhui feed`

use std::path::{Path, PathBuf};

use super::local_time::{local, zone};
use super::printer::{Printer, one_line};
use super::said;
use crate::deliver::send::SendOutcome;
use crate::deliver::sign::{Algorithm, PublicKey, SigningKey};
use crate::deliver::verify::{LastReceived, PackageFault, SeenPackage, VerifiedPackage, verify};
use crate::diag::grouped;
use crate::error::{Error, ErrorKind, Result, words};
use crate::pipeline::feeds::{FeedResult, Feeds};
use crate::store::Store;

#[derive(Debug, clap::Args)]
pub struct FeedArgs {
    #[command(subcommand)]
    command: FeedCommand,
}

#[derive(Debug, clap::Subcommand)]
enum FeedCommand {
    /// Make a key that packages are signed with, and beside it the public key for receivers, PATH.pub
    Key {
        /// The file of the secret key; it must lie outside of the store
        #[arg(long, value_name = "PATH", default_value = "feed.key")]
        out: PathBuf,
        /// SM2 in PEM instead of Ed25519 in the format of minisign
        #[arg(long)]
        sm2: bool,
    },
    /// Make the next package of a feed in a folder, without sending it
    Build {
        /// The feed, as the config calls it
        name: String,
        /// The config of the store
        #[arg(long, value_name = "PATH", default_value = "xinhui.toml")]
        config: PathBuf,
        /// The folder to put the package into
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
        /// All rows, also where the feed sends changes
        #[arg(long)]
        whole: bool,
    },
    /// Send what waits and what is new
    Send {
        /// The feeds; all of the config by default
        names: Vec<String>,
        /// The config of the store
        #[arg(long, value_name = "PATH", default_value = "xinhui.toml")]
        config: PathBuf,
        /// All rows, also where the feed sends changes or nothing is new
        #[arg(long)]
        whole: bool,
        /// Another receiver than the config's, for one feed: a folder, https://…, postgres://… or mysql://…
        #[arg(long, value_name = "ADDRESS", requires = "names")]
        to: Option<String>,
    },
    /// Look at packages, offline: what was changed, left out, put in or put back; several in the order in which they came
    Verify {
        /// Packages: folders or zip files
        #[arg(required = true, value_name = "PACKAGE")]
        packages: Vec<PathBuf>,
        /// The sender's public key
        #[arg(long, value_name = "PATH")]
        key: PathBuf,
        /// A file that remembers the last package that was in order: an older one is told then
        #[arg(long, value_name = "PATH")]
        seen: Option<PathBuf>,
    },
    /// Show the receipts of a feed
    Receipts {
        /// The feed, as the config calls it
        name: String,
        /// The config of the store
        #[arg(long, value_name = "PATH", default_value = "xinhui.toml")]
        config: PathBuf,
        /// The receiver, where it is another than the config's
        #[arg(long, value_name = "ADDRESS")]
        to: Option<String>,
        /// How many to show
        #[arg(long, default_value_t = 20)]
        last: usize,
    },
}

pub fn run(args: &FeedArgs, schemas: Option<&Path>, p: &Printer) -> Result<u8> {
    match &args.command {
        FeedCommand::Key { out, sm2 } => key(out, if *sm2 { Algorithm::Sm2 } else { Algorithm::Ed25519 }, p),
        FeedCommand::Build { name, config, out, whole } => {
            let built = Feeds::open(config, schemas)?.build(name, out, *whole)?;
            let manifest = &built.manifest;
            let rows: u64 = manifest.tables.iter().map(|t| t.rows).sum();
            let hidden: u64 = manifest.tables.iter().map(|t| t.hidden).sum();
            let (path, files) = (built.path.display(), manifest.files.len());
            let of_files = said::several(files as u64, "file", "files");
            let of_rows = said::several(rows, "row", "rows");
            let (rows, hidden) = (grouped(rows), grouped(hidden));
            p.line(match p.pick("z", "e") {
                "z" => format!("已生成 {path}：{files} 个文件，{rows} 行，其中 {hidden} 行已隐去"),
                _ => format!("made {path}: {of_files}, {of_rows}, {hidden} of them hidden"),
            });
            Ok(0)
        }
        FeedCommand::Send { names, config, whole, to } => {
            let feeds = Feeds::open(config, schemas)?;
            let mut code = 0;
            if to.is_some() && names.len() != 1 {
                return Err(Error::usage(
                    "--to",
                    words!("一次只发送一个推送：请指明其名称，且只写一个", "sends one feed: name it, and no other"),
                ));
            }
            for name in feeds.names(names)? {
                let result = feeds.send(&name, *whole, to.as_deref());
                print_result(&result, p);
                code = match &result.outcome {
                    Err(e) => e.kind.exit_code(),
                    Ok(_) if result.is_delivered() => code,
                    Ok(_) => code.max(1),
                };
            }
            Ok(code)
        }
        FeedCommand::Verify { packages, key, seen } => look(packages, key, seen.as_deref(), p),
        FeedCommand::Receipts { name, config, to, last } => {
            let receipts = Feeds::open(config, schemas)?.receipts(name, to.as_deref())?;
            for receipt in receipts.iter().skip(receipts.len().saturating_sub(*last)) {
                let status = receipt.status.map(|s| format!(" ({s})")).unwrap_or_default();
                let result = match receipt.result.as_str() {
                    "accepted" => p.pick("已接收", "accepted"),
                    "refused" => p.pick("被退回", "refused"),
                    _ => p.pick("未送达", "failed"),
                };
                p.line(format!("{}  {}  {result}{status}", local(&receipt.at, &zone()), receipt.package));
                receipt.lines.iter().for_each(|line| p.line(format!("    {}", one_line(line.say(p.lang)))));
            }
            if receipts.is_empty() {
                p.line(p.pick("尚无回执", "no receipts yet"));
            }
            Ok(0)
        }
    }
}

fn key(out: &Path, algorithm: Algorithm, p: &Printer) -> Result<u8> {
    Store::refuse_within(out)?;
    let public = SigningKey::create(out, algorithm)?;
    let (out, public) = (out.display(), public.display());
    p.line(match p.pick("z", "e") {
        "z" => format!("已写入签名私钥 {out}（请妥善保管）和公钥 {public}（请交给接收方）"),
        _ => format!(
            "wrote the signing key {out} (keep it to yourself) and the public key {public} (give it to receivers)"
        ),
    });
    Ok(0)
}

/// Says what sending a feed came to.
pub(super) fn print_result(result: &FeedResult, p: &Printer) {
    let name = &result.name;
    if result.new_receiver && matches!(result.outcome, Ok(SendOutcome::Accepted { .. } | SendOutcome::Waiting { .. })) {
        p.line(match p.pick("z", "e") {
            "z" => format!("{name}：接收方已更换，从完整的包重新开始"),
            _ => format!("{name}: the receiver is another one than before and begins with a whole package"),
        });
    }
    p.line(match (&result.outcome, p.pick("z", "e")) {
        (Ok(SendOutcome::Accepted { sequence, package, .. }), "z") => {
            format!("{name}：已送达第 {sequence} 包 {package}")
        }
        (Ok(SendOutcome::Accepted { sequence, package, .. }), _) => {
            format!("{name}: delivered package {sequence}, {package}")
        }
        (Ok(SendOutcome::NothingNew), "z") => format!("{name}：无新增内容，接收方已有最新数据"),
        (Ok(SendOutcome::NothingNew), _) => format!("{name}: nothing new, the receiver has the newest numbers"),
        (Ok(SendOutcome::Refused { package, why }), "z") => {
            format!("{name}：接收方退回了 {package}：{}", one_line(&why.zh))
        }
        (Ok(SendOutcome::Refused { package, why }), _) => {
            format!("{name}: the receiver refused {package}: {}", one_line(&why.en))
        }
        (Ok(SendOutcome::RefusedBefore { package, at, why }), "z") => {
            format!("{name}：接收方已于 {} 退回 {package}，未再发送：{}", local(at, &zone()), one_line(&why.zh))
        }
        (Ok(SendOutcome::RefusedBefore { package, at, why }), _) => {
            let (at, why) = (local(at, &zone()), one_line(&why.en));
            format!("{name}: the receiver refused {package} at {at}, and it was not sent again: {why}")
        }
        (Ok(SendOutcome::Waiting { package, attempts, why }), "z") => {
            format!("{name}：{package} 尚未送达（已试 {attempts} 次），下次继续：{}", one_line(&why.zh))
        }
        (Ok(SendOutcome::Waiting { package, attempts, why }), _) => {
            format!(
                "{name}: {package} did not arrive yet ({}), the next sending goes on: {}",
                said::several(*attempts, "attempt", "attempts"),
                one_line(&why.en)
            )
        }
        (Err(_), "z") => format!("{name}：未能发送"),
        (Err(_), _) => format!("{name}: could not be sent"),
    });
    if let Ok(SendOutcome::Accepted { noticed, .. }) = &result.outcome {
        noticed.iter().for_each(|said| p.line(format!("    {}", one_line(said.say(p.lang)))));
    }
    if matches!(result.outcome, Ok(SendOutcome::Refused { .. } | SendOutcome::RefusedBefore { .. })) {
        p.line(match p.pick("z", "e") {
            "z" => format!(
                "    有新数字或修改该推送的设置后再发；接收方排除原因后要原样重发，请运行 `xinhui feed send {name} --whole`"
            ),
            _ => format!(
                "    other numbers or other settings of the feed are sent; once the receiver has mended the cause, send it \
                 all again: `xinhui feed send {name} --whole`"
            ),
        });
    }
    if let Err(e) = &result.outcome {
        p.error(e);
    }
}

fn look(packages: &[PathBuf], key: &Path, seen: Option<&Path>, p: &Printer) -> Result<u8> {
    let key = PublicKey::read(key)?;
    let last = match seen {
        Some(path) => SeenPackage::read(path)?.map_or(LastReceived::Nothing, LastReceived::Package),
        None => LastReceived::NotKept,
    };
    let paths: Vec<&Path> = packages.iter().map(PathBuf::as_path).collect();
    let all = verify(&paths, &key, last)?;
    let mut whole = None;
    let mut faults = 0;
    for (path, looked) in paths.iter().zip(&all) {
        print_looked(path, looked, p);
        faults += looked.faults.len();
        if let Some(manifest) = looked.manifest.as_ref().filter(|_| looked.faults.is_empty()) {
            whole = Some(SeenPackage::of(manifest, &looked.manifest_sha256));
        }
    }
    if let (Some(path), Some(whole)) = (seen, whole) {
        whole.write(path)?;
    }
    Ok(if faults == 0 { 0 } else { ErrorKind::Damaged.exit_code() })
}

fn print_looked(path: &Path, looked: &VerifiedPackage, p: &Printer) {
    let path = path.display();
    match looked.manifest.as_ref().filter(|_| looked.faults.is_empty()) {
        Some(m) => {
            let (feed, sequence, audience, as_of) = (&m.feed, m.sequence, &m.audience, &m.edition.as_of);
            p.line(match p.pick("z", "e") {
                "z" => format!("{path}：完好（{feed} 第 {sequence} 包，{audience}，统计日期 {as_of}）"),
                _ => format!("{path}: in order ({feed}, package {sequence}, {audience}, as of {as_of})"),
            });
        }
        None => {
            p.line(p.pick(&format!("{path}：与签名不符"), &format!("{path}: not what was signed")));
            for fault in &looked.faults {
                p.line(format!("  {}", describe(fault, p)));
            }
        }
    }
}

fn describe(fault: &PackageFault, p: &Printer) -> String {
    let zh = p.pick("z", "e") == "z";
    match fault {
        PackageFault::Signature => p
            .pick(
                "签名缺失，或不是此公钥对该清单的签名",
                "the signature is missing, or not one of this key over this manifest",
            )
            .to_owned(),
        PackageFault::Manifest(why) if zh => format!("清单无法读取：{}", why.zh),
        PackageFault::Manifest(why) => format!("the manifest cannot be read: {}", why.en),
        PackageFault::Root => p
            .pick(
                "清单自相矛盾：根值与所列内容不符",
                "the manifest contradicts itself: its root is not that of what it lists",
            )
            .to_owned(),
        PackageFault::Changed(file) if zh => format!("被改动：{}", one_line(file)),
        PackageFault::Changed(file) => format!("changed: {}", one_line(file)),
        PackageFault::LeftOut(file) if zh => format!("缺少：{}", one_line(file)),
        PackageFault::LeftOut(file) => format!("left out: {}", one_line(file)),
        PackageFault::PutIn(file) if zh => format!("多出：{}", one_line(file)),
        PackageFault::PutIn(file) => format!("put in: {}", one_line(file)),
        PackageFault::EmptyFolder(folder) if zh => format!("多出空文件夹：{}", one_line(folder)),
        PackageFault::EmptyFolder(folder) => format!("put in, an empty folder: {}", one_line(folder)),
        PackageFault::NotPlain(file) if zh => format!("不是普通文件，而是链接等：{}", one_line(file)),
        PackageFault::NotPlain(file) => format!("no plain file but a link or the like: {}", one_line(file)),
        PackageFault::RowsChanged { table, first, last } if zh => format!("{table}：第 {first} 至 {last} 行中有改动"),
        PackageFault::RowsChanged { table, first, last } => format!("{table}: changed within rows {first} to {last}"),
        PackageFault::RowsLeftOut { table, rows } if zh => format!("{table}：缺少 {} 行", grouped(*rows)),
        PackageFault::RowsLeftOut { table, rows } => {
            format!("{table}: {} left out", said::several(*rows, "row", "rows"))
        }
        PackageFault::RowsPutIn { table, rows } if zh => format!("{table}：多出 {} 行", grouped(*rows)),
        PackageFault::RowsPutIn { table, rows } => {
            format!("{table}: {} put in", said::several(*rows, "row", "rows"))
        }
        PackageFault::PutBack { sequence, seen } if zh => format!("旧包重放：第 {sequence} 包早于已接收的第 {seen} 包"),
        PackageFault::PutBack { sequence, seen } => {
            format!("put back: package {sequence} is older than package {seen}, which came before it")
        }
        PackageFault::Gap { sequence, expected } if zh => {
            format!("中间缺包：收到第 {sequence} 包，应为第 {expected} 包")
        }
        PackageFault::Gap { sequence, expected } => {
            format!("left out: package {expected} is missing before package {sequence}")
        }
        PackageFault::StartsMidway { sequence, after } if zh => {
            format!(
                "第 {sequence} 包只有第 {after} 包之后的变动，而此前没有接收过任何包：请先接收第 {after} 包及以前的包，或请发送方发整包"
            )
        }
        PackageFault::StartsMidway { sequence, after } => format!(
            "package {sequence} holds only what changed since package {after}, and none was received before: take that one \
             and those before it first, or ask the sender for a whole package"
        ),
        PackageFault::OtherPredecessor { sequence } if zh => format!("第 {sequence} 包不是接在前一包之后的"),
        PackageFault::OtherPredecessor { sequence } => {
            format!("package {sequence} follows on another package than the one before it")
        }
        PackageFault::OtherFeed { feed } if zh => format!("属于另一推送任务 {feed} 或另一类接收方"),
        PackageFault::OtherFeed { feed } => format!("belongs to another feed, {feed}, or another audience"),
    }
}
