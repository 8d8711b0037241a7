//! A city-year, whole nights by the real binary: wall seconds, peak memory and rows a second.
//!
//! ```text
//! cargo bench --bench city_year                          # 5 million rows, some minutes
//! XINHUI_BENCH_ROWS=200000 cargo bench --bench city_year
//! XINHUI_BENCH_LAYERS=1 cargo bench --bench city_year    # what each layer of reuse saves of a later night
//! ```
//!
//! The first night reads everything; the second finds nothing new; the third finds one more file of
//! 1 % of the rows, of the last month as a nightly export is; the fourth one in which every fifth row is
//! about somebody new; the fifth one of 1 % over the whole year.
//!
//! With `XINHUI_BENCH_LAYERS`, the night of the third is run again and again from the same store: with all that
//! is reused, and with each layer (`docs/architecture.md`) switched off in turn. Processor seconds are told beside
//! wall seconds, because other work on the machine disturbs them less.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use xinhui::reuse::Layer;
use xinhui::schema::resident_id::check_digit;

/// One run of the binary.
struct Run {
    wall: Duration,
    /// Peak resident memory, KiB.
    peak: u64,
    stages: Vec<(String, f64)>,
    /// Processor seconds, of processes that read files, too.
    processor: f64,
}

fn main() {
    let rows: u64 = std::env::var("XINHUI_BENCH_ROWS").ok().and_then(|n| n.parse().ok()).unwrap_or(5_000_000);
    let dir = tempfile::tempdir().expect("a folder");
    let out = dir.path().join("city");
    let made = Command::new(env!("CARGO_BIN_EXE_xinhui"))
        .args(["synth", "--city", "3708", "--dirt", "none", "--formats", "csv,parquet", "--from", "2023-01-01"])
        .args(["--rows", &rows.to_string(), "--out"])
        .arg(&out)
        .output()
        .expect("the binary starts");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    println!("{}", String::from_utf8_lossy(&made.stdout).trim().split(": ").last().unwrap_or_default());
    let first = night(&out, "");
    report("first night", &first, rows, None);
    if std::env::var_os("XINHUI_BENCH_LAYERS").is_some() {
        return layers(dir.path(), &out, rows);
    }
    report("nothing new", &night(&out, ""), rows, Some(first.wall));
    let n = new_file(&out, rows / 100, "A", |date| date >= "2023-12");
    report(&format!("one new file of {n} rows, December"), &night(&out, ""), n, Some(first.wall));
    let n = new_file(&out, rows / 100, "N", |date| date >= "2023-12");
    report(
        &format!("one new file of {n} rows, December, one in five about somebody new"),
        &night(&out, ""),
        n,
        Some(first.wall),
    );
    let n = new_file(&out, rows / 100, "B", |_| true);
    report(&format!("one new file of {n} rows, all year"), &night(&out, ""), n, Some(first.wall));
}

/// The same later night with each layer of reuse switched off.
fn layers(dir: &Path, out: &Path, rows: u64) {
    let n = new_file(out, rows / 100, "B", |_| true);
    println!("\none new file of {n} rows, all year; each layer of reuse switched off in turn");
    println!("{:<16}{:>9}{:>9}{:>11}{:>11}", "off", "wall s", "cpu s", "peak MiB", "of none off");
    let copy = dir.join("copy");
    let mut whole = 0.0;
    let layers = Layer::ALL.map(Layer::name);
    for off in [""].into_iter().chain(layers).chain([""]) {
        let _ = fs::remove_dir_all(&copy);
        let copied = Command::new("cp").arg("-a").args([out, &copy]).status().expect("cp starts");
        assert!(copied.success());
        let run = night(&copy, off);
        if whole == 0.0 {
            whole = run.processor;
        }
        let (name, peak) = (if off.is_empty() { "(none)" } else { off }, run.peak / 1024);
        let (wall, share) = (run.wall.as_secs_f64(), run.processor / whole);
        println!("{name:<16}{wall:>9.1}{:>9.1}{peak:>11}{share:>11.2}", run.processor);
    }
}

/// Processor seconds of all child processes that have ended.
fn processor_of_children() -> f64 {
    let text = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = text.rsplit(')').next().unwrap_or_default();
    let ticks: Vec<f64> = after_name.split_whitespace().filter_map(|n| n.parse().ok()).collect();
    // The state is no number: fields 16 and 17 of the file, in hundredths of a second.
    ticks.get(12..14).map_or(0.0, |both| both.iter().sum::<f64>() / 100.0)
}

/// Runs a night, with layers of reuse switched off.
fn night(out: &Path, off: &str) -> Run {
    let (since, before) = (Instant::now(), processor_of_children());
    let mut child = Command::new(env!("CARGO_BIN_EXE_xinhui"))
        .args(["run", "--timings", "--lang", "en", "--config"])
        .arg(out.join("xinhui.toml"))
        .env("XINHUI_REUSE_OFF", off)
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .spawn()
        .expect("the binary starts");
    let status = PathBuf::from(format!("/proc/{}/status", child.id()));
    let mut peak = 0;
    while child.try_wait().expect("a child").is_none() {
        let text = fs::read_to_string(&status).unwrap_or_default();
        let high = text.lines().find_map(|l| l.strip_prefix("VmHWM:"));
        let kib = high.and_then(|h| h.trim().trim_end_matches(" kB").parse::<u64>().ok());
        peak = peak.max(kib.unwrap_or(0));
        std::thread::sleep(Duration::from_millis(20));
    }
    let wall = since.elapsed();
    let mut text = String::new();
    child.stdout.take().expect("standard output").read_to_string(&mut text).expect("text");
    assert!(child.wait().expect("a child").success(), "{text}");
    let stages = text
        .lines()
        .skip_while(|l| !l.starts_with("seconds by stage"))
        .skip(1)
        .filter_map(|l| l.trim().split_once(' ').and_then(|(name, s)| Some((name.to_owned(), s.trim().parse().ok()?))))
        .collect();
    Run { wall, peak, stages, processor: processor_of_children() - before }
}

fn report(what: &str, run: &Run, rows: u64, first: Option<Duration>) {
    let seconds = run.wall.as_secs_f64();
    let share = first.map(|f| format!(", {:.3} of the first", seconds / f.as_secs_f64())).unwrap_or_default();
    println!("\n{what}: {seconds:.1} s{share}, peak {} MiB, {:.0} rows/s", run.peak / 1024, rows as f64 / seconds);
    for (stage, s) in &run.stages {
        println!("  {stage:<12}{s:>9.2} s{:>14.0} rows/s", rows as f64 / s.max(1e-3));
    }
}

/// Sends contacts of one county again as new ones, of the mark `N` every fifth about somebody new; gives
/// their number.
fn new_file(out: &Path, rows: u64, mark: &str, of: impl Fn(&str) -> bool) -> u64 {
    let source = fs::read_dir(out.join("inbox"))
        .expect("an inbox")
        .flat_map(|c| fs::read_dir(c.expect("a county").path().join("station")).expect("a folder"))
        .map(|f| f.expect("a file").path())
        .filter(|p| p.extension().is_some_and(|e| e == "csv"))
        .find(|p| p.file_name().is_some_and(|n| n.to_string_lossy().starts_with("station_service")))
        .expect("a CSV of contacts");
    let mut lines = BufReader::new(fs::File::open(&source).expect("contacts")).lines().map(|l| l.expect("text"));
    let header = lines.next().expect("a header");
    let titles: Vec<&str> = header.trim_start_matches('\u{feff}').split(',').collect();
    let at = |title: &str| titles.iter().position(|t| *t == title).expect("a column");
    let (key, date) = (at("记录编号"), at("服务日期"));
    let picked: Vec<Vec<String>> = lines
        .filter(|l| !l.contains('"'))
        .map(|l| l.split(',').map(str::to_owned).collect::<Vec<_>>())
        .filter(|cells| of(&cells[date]))
        .collect();
    let mut text = format!("{header}\n");
    let mut written = 0;
    for (round, mut cells) in (0..).flat_map(|round| picked.iter().map(move |cells| (round, cells.clone()))) {
        if written == rows {
            break;
        }
        cells[key] = format!("{mark}{round}-{}", cells[key]);
        if mark == "N" && written % 5 == 0 {
            somebody_new(&mut cells, &at, written / 5);
        }
        text.push_str(&cells.join(","));
        text.push('\n');
        written += 1;
    }
    fs::write(source.with_file_name(format!("more_{mark}_20231231.csv")), text).expect("a new file");
    written
}

/// Makes a row about another person of the same sex and home, the one with this number.
fn somebody_new(cells: &mut [String], at: &dyn Fn(&str) -> usize, number: u64) {
    const GIVEN: [char; 24] = [
        '伟', '芳', '娜', '敏', '静', '丽', '强', '磊', '军', '洋', '勇', '艳', '杰', '娟', '涛', '明', '超', '秀',
        '霞', '平', '桂', '英', '华', '国',
    ];
    // Far from each other for numbers that follow each other.
    let draw = |of: u64, below: u64| (number * 6 + of + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15) % 1_000_003 % below;
    let given = |of: u64| GIVEN[draw(of, GIVEN.len() as u64) as usize];
    let surname = cells[at("姓名")].chars().next().unwrap_or('王');
    cells[at("姓名")] = [surname, given(0), given(1)].iter().collect();
    let (year, month, day) = (1950 + draw(2, 55), 1 + draw(3, 12), 1 + draw(4, 28));
    cells[at("出生日期")] = format!("{year}-{month:02}-{day:02}");
    if !cells[at("证件号码")].is_empty() {
        let sex = u64::from(cells[at("性别")] == "1");
        let first = format!("990199{year}{month:02}{day:02}{:02}{}", number % 100, number / 100 % 5 * 2 + sex);
        let check = check_digit(&first).expect("17 digits");
        (cells[at("证件号码")], cells[at("证件类型")]) = (format!("{first}{check}"), "01".to_owned());
    }
    if !cells[at("联系电话")].is_empty() {
        cells[at("联系电话")] = format!("160{:08}", number * 7919 % 100_000_000);
    }
    cells[at("关联患者证件号码")].clear();
}
