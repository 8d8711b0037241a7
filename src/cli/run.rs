//! `xinhui run`: one nightly run.

use std::path::{Path, PathBuf};

use super::feed::print_result;
use super::options::LogArg;
use super::printer::{Printer, one_line, padded};
use super::said;
use super::targets::print_shortfalls;
use crate::diag::{Code, explain, grouped};
use crate::error::{ErrorKind, Result, words};
use crate::pipeline::feeds::after_night;
use crate::pipeline::from_scratch::{FromScratch, run_from_scratch};
use crate::pipeline::night;
use crate::pipeline::night::record::Summary;
use crate::pipeline::threads;
use crate::progress::{Progress, stage_words};

#[derive(Debug, clap::Args)]
pub struct RunArgs {
    /// The config of the store
    #[arg(long, value_name = "PATH", default_value = "xinhui.toml")]
    config: PathBuf,
    /// Number of threads; by default one per core
    #[arg(long, value_name = "N")]
    threads: Option<usize>,
    /// Print how long each stage took
    #[arg(long)]
    timings: bool,
    /// Also compute everything again from the inbox, in a separate folder, and compare: what is reused between nights
    /// must not change a number
    #[arg(long)]
    from_scratch: bool,
}

pub fn run(args: &RunArgs, schemas: Option<&Path>, printer: &Printer, log: Option<LogArg>) -> Result<u8> {
    if let Some(threads) = args.threads.filter(|n| *n > 0) {
        threads::limit(threads)?;
    }
    let progress = Progress::new((log.is_none() && printer.bars()).then_some(printer.lang));
    if args.from_scratch {
        let done = run_from_scratch(&args.config, schemas, &progress)?;
        report(&done.summary, args, schemas, printer, log);
        return Ok(compared(&done, printer));
    }
    let summary = night::run(&args.config, schemas, &progress)?;
    report(&summary, args, schemas, printer, log);
    Ok(summary.exit_code.max(send_feeds(args, schemas, printer, log)))
}

/// Sends the feeds that go with each night. The night itself is published and done, whatever comes of them.
fn send_feeds(args: &RunArgs, schemas: Option<&Path>, printer: &Printer, log: Option<LogArg>) -> u8 {
    let results = match after_night(&args.config, schemas) {
        Ok(results) => results,
        Err(e) => {
            printer.error(&e);
            return 0;
        }
    };
    for result in &results {
        if log == Some(LogArg::Json) {
            let outcome = match &result.outcome {
                Ok(outcome) => serde_json::to_value(outcome).unwrap_or_default(),
                Err(e) => serde_json::json!({ "error": e.to_string() }),
            };
            tracing::info!(feed = result.name, outcome = %outcome, new_receiver = result.new_receiver, "feed done");
        } else {
            print_result(result, printer);
        }
    }
    u8::from(results.iter().any(|r| r.required && !r.is_delivered()))
}

fn report(summary: &Summary, args: &RunArgs, schemas: Option<&Path>, printer: &Printer, log: Option<LogArg>) {
    if log == Some(LogArg::Json) {
        printer.log_fields("INFO", "night done", summary);
    } else {
        print(summary, schemas, printer, args.timings);
    }
}

/// Prints how the store compares with one computed from scratch; returns the exit code.
fn compared(done: &FromScratch, p: &Printer) -> u8 {
    if !done.lost.is_empty() {
        p.line(p.pick(
            "重新计算时缺少的文件（以前读过，现已不在收件箱中）：",
            "files that were read before and are no longer in the inbox, so that the recomputed store lacks their rows:",
        ));
        p.some(done.lost.iter().map(|f| one_line(f).into_owned()), MOST_NAMED);
    }
    let Some((path, found)) = &done.difference else {
        p.line(p.pick(
            &format!("从头重新计算：内部发布的 {} 张表逐字节一致", done.tables),
            &format!("recomputed from scratch: all {} internal tables are the same, byte for byte", done.tables),
        ));
        return done.summary.exit_code;
    };
    p.line(p.pick("从头重新计算的结果与现有结果不一致，首个差异：", "recomputed from scratch; the first difference:"));
    p.line(format!("  {path}"));
    if found.row > 0 {
        p.line(p.pick(
            &format!("  第 {} 行（{}）", found.row, found.names),
            &format!("  row {} ({})", found.row, found.names),
        ));
    }
    p.line(p.pick(
        &format!("  {}：现有 {}，重新计算 {}", found.column, found.stands, found.anew),
        &format!("  {}: {} is published, recomputed it is {}", found.column, found.stands, found.anew),
    ));
    let beside = done.beside.display();
    p.line(p.pick(
        &format!("重新计算的结果保留在 {beside}；它含个人信息，查明后请删除"),
        &format!("the recomputed store is kept in {beside}; it holds identities: delete it when the cause is known"),
    ));
    ErrorKind::Withheld.exit_code()
}

/// How many files there are, and how many of those read before are not there any more: a disk that is not mounted looks
/// like a quiet night otherwise.
fn print_files(s: &Summary, p: &Printer) {
    let [files, new, gone] = [s.files, s.new_files, s.gone_files].map(|n| grouped(n as u64));
    let label = padded(p.pick("文件", "files"), 12);
    p.line(p.pick(&format!("  {label}{files}（其中新增 {new}）"), &format!("  {label}{files} ({new} new)")));
    if s.gone_files == 0 {
        return;
    }
    let of_before = said::several(
        s.gone_files as u64,
        "file read before is no longer in the inbox; its",
        "files read before are no longer in the inbox; their",
    );
    p.line(p.pick(
        &format!("  以前读过的 {gone} 个文件已不在收件箱中，其数据行照旧采用"),
        &format!("  {of_before} rows stay accepted"),
    ));
    if s.files == 0 {
        p.line(p.pick(
            "  请核对：收件箱中一个文件也没有（是否未挂载，或配置 inbox 指错了文件夹）",
            "  check this: the inbox holds no file at all (is its disk mounted, and `inbox` right?)",
        ));
    }
}

/// How many files of a list are printed by name.
const MOST_NAMED: usize = 10;
/// The same for refused files.
const MOST_REFUSED: usize = 100;

pub(super) fn print(s: &Summary, schemas: Option<&Path>, p: &Printer, timings: bool) {
    let label = |zh: &'static str, en: &'static str| padded(p.pick(zh, en), 12);
    p.line(match (s.unchanged, p.pick("z", "e")) {
        (false, "z") => format!("已发布快照 {}（统计日期 {}）", s.snapshot, s.as_of),
        (false, _) => format!("published snapshot {} (as of {})", s.snapshot, s.as_of),
        (true, "z") => format!("无新增内容，快照 {} 保持不变（统计日期 {}）", s.snapshot, s.as_of),
        (true, _) => format!("nothing new: snapshot {} stays current (as of {})", s.snapshot, s.as_of),
    });
    if s.as_of_is_ahead {
        p.line(p.pick(
            &format!("  请核对：统计日期 {} 还没有到，其后的周期也按已满计算（配置 as_of，或本机时钟）", s.as_of),
            &format!(
                "  check this: {} has not come yet, and periods up to it count as complete (`as_of`, or this clock)",
                s.as_of
            ),
        ));
    }
    for doubt in &s.doubts {
        p.line(p.pick(&format!("  请核对：{}", doubt.zh), &format!("  check this: {}", doubt.en)));
    }
    print_files(s, p);
    let r = &s.rows;
    p.line(format!(
        "  {}{} = {} {} + {} {} + {} {} + {} {} + {} {}",
        label("数据行", "rows"),
        grouped(r.read),
        grouped(r.accepted),
        p.pick("接收", "accepted"),
        grouped(r.rejected),
        p.pick("退回", "rejected"),
        grouped(r.duplicate),
        p.pick("重复", "duplicate"),
        grouped(r.superseded),
        p.pick("被替代", "superseded"),
        grouped(r.void),
        p.pick("作废", "void"),
    ));
    if s.mended_rows > 0 {
        let mended = grouped(s.mended_rows);
        let said = words!(
            "退回的行中有 {mended} 行另有正确的版本，不必再改",
            "{mended} of the rejected rows stand right in another file and need no mending"
        );
        p.line(format!("  {}{}", label("", ""), said.say(p.lang)));
    }
    p.line(format!("  {}{}", label("警告", "warnings"), grouped(r.warnings)));
    p.line(format!("  {}{}", label("人员", "persons"), grouped(s.persons)));
    if s.contradictory_decisions > 0 {
        p.line(format!(
            "  {}{}",
            label("矛盾结论", "decisions"),
            p.pick(
                &format!("{} 条关联结论相互矛盾，未生效", s.contradictory_decisions),
                &format!("{} on who is who contradict each other and are not applied", s.contradictory_decisions),
            )
        ));
    }
    let counts = [
        (s.met, "达标", "met"),
        (s.not_met, "未达标", "not met"),
        (s.on_track, "进度正常", "on track"),
        (s.behind, "进度滞后", "behind"),
        (s.no_data, "无数据", "no data"),
        (s.incomplete, "数据不全", "incomplete"),
    ];
    let counts: Vec<String> = counts.iter().map(|(n, zh, en)| format!("{n} {}", p.pick(zh, en))).collect();
    p.line(format!("  {}{}", label("目标", "targets"), counts.join(p.pick("，", ", "))));
    print_shortfalls(s, schemas, p);
    if !s.made_anew.is_empty() {
        p.line(p.pick(
            "存储中损坏或缺失、已重新生成的内容（数据行由原文件重新读取）：",
            "damaged or missing in the store, and made anew (rows are read again from their exports):",
        ));
        p.some(s.made_anew.iter().map(Clone::clone), MOST_NAMED);
    }
    if !s.unkept.is_empty() {
        p.line(p.pick(
            "未能写入的日志和缓存（本次结果不受影响，请检查磁盘）：",
            "logs and caches that could not be written (tonight's numbers are complete; check the disk):",
        ));
        s.unkept.iter().for_each(|f| p.line(format!("  {}", one_line(f.say(p.lang)))));
    }
    if s.read_again > 0 {
        let again = said::several(s.read_again as u64, "file of the inbox was", "files of the inbox were");
        p.line(p.pick(
            &format!("程序已升级：收件箱中 {} 个以前读过的文件已按新版程序重新读取", s.read_again),
            &format!("the program was upgraded: {again} read again with its new code"),
        ));
    }
    if !s.read_earlier.is_empty() {
        p.line(p.pick(
            "程序已升级，但下列文件已不在收件箱中，无法重新读取；其数据仍按旧版程序当时读取的结果使用：",
            "the program was upgraded, but these files are no longer in the inbox: their rows are used as read before:",
        ));
        let line = s
            .read_earlier
            .iter()
            .map(|f| format!("{}  ({} {})", one_line(&f.path), p.pick("读取版本", "epoch"), f.epoch));
        p.some(line, MOST_NAMED);
    }
    if !s.refused.is_empty() {
        p.line(p.pick("未能读取的文件（详见 quality/rejects）：", "refused (see quality/rejects for more):"));
        let why = |at: usize| Some(explain(Code::parse(s.refused_for.get(at)?)?, p.lang).title);
        let lines = s.refused.iter().enumerate().map(|(at, file)| {
            let why = why(at).map_or_else(String::new, |why| format!("{}{why}", p.pick("：", ": ")));
            one_line(file).into_owned() + &why
        });
        p.some(lines, MOST_REFUSED);
    }
    if !s.held_back.is_empty() {
        p.line(p.pick(
            "行数骤减、暂缓采用的名册（核实后用 xinhui accept 文件 认可）：",
            "registers held back because they have far fewer rows (to use one: xinhui accept FILE):",
        ));
        s.held_back.iter().for_each(|f| p.line(format!("  {f}")));
    }
    if !s.over_limit.is_empty() {
        p.line(p.pick("退回比例过高的文件：", "rejected share above the limit:"));
        for (file, share) in &s.over_limit {
            p.line(format!("  {}  {:.1} %", one_line(file), share * 100.0));
        }
    }
    if !s.outbox.is_empty() {
        p.line(p.pick(
            &format!(
                "待改正的工作簿 {} 份（必须改正 {} 行，请核对 {} 行），在 private/outbox/ 中，含个人信息，请分别发给报送单位",
                s.outbox.len(),
                grouped(s.rows_to_mend),
                grouped(s.rows_to_check),
            ),
            &format!(
                "{} in private/outbox/ with {} to mend and {} to check (with identities; for their senders)",
                said::several(s.outbox.len() as u64, "workbook", "workbooks"),
                said::several(s.rows_to_mend, "row", "rows"),
                grouped(s.rows_to_check),
            ),
        ));
    }
    if !s.unwritten_workbooks.is_empty() {
        p.line(p.pick(
            "未能写出的工作簿，其报送单位本次收不到要改正的行（请检查磁盘和权限）：",
            "workbooks that could not be written, so that their senders get nothing to mend (check disk and permissions):",
        ));
        p.some(s.unwritten_workbooks.iter().map(|w| one_line(w.say(p.lang)).into_owned()), MOST_NAMED);
    }
    if !s.without_key.is_empty() {
        p.line(p.pick(
            "没有公钥、因此未写工作簿的报送单位（请索取公钥放入 outbox_encrypt_to 的文件夹）：",
            "no workbook, because their public key is missing (ask for it: outbox_encrypt_to):",
        ));
        p.some(s.without_key.iter().cloned(), MOST_NAMED);
    }
    if s.exit_code != 0 {
        p.line(p.pick(
            "退出码 1：上列文件需要报送单位更正，其余均已发布",
            "exit code 1: the files above must be corrected by their senders; everything else is published",
        ));
    }
    if timings {
        p.line(p.pick("各阶段用时（秒）：", "seconds by stage:"));
        for (stage, seconds) in &s.stages {
            p.line(format!("  {}{seconds:>9.3}", padded(stage_words(stage).say(p.lang), 12)));
        }
    }
}
