//! Whatever arrives in whatever nights, a store that reused what it could publishes the bytes of a fresh one.
//!
//! Three small counties, then random nights: rows that are new, rows that are sent again with other values, rows
//! that are made void, registers without some of their rows, a later `as_of`. After every night each published
//! table is compared, byte for byte, with that of a store that reads the same inbox for the first time.
//!
//! ```text
//! XINHUI_RANDOM_NIGHTS=50 cargo test --release --test it -- random_nights    # 50 stores instead of two
//! XINHUI_RANDOM_SEED=17 XINHUI_RANDOM_NIGHTS=1 cargo test …                  # the store of one seed again
//! ```

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use super::store::{TestStore, assert_same_bytes, bytes_below, reused, xinhui};

const COUNTIES: [&str; 3] = ["370832", "370811", "370883"];

/// Nights of each store after the first.
const NIGHTS: u64 = 3;

/// Most rows of a file that arrives: the persons they are about stay few enough for numbers to be patched.
const MOST_ROWS: u64 = 12;

/// Datasets with the titles of their key and of the date of an event; registers have none.
const DATASETS: [(&str, &str, Option<&str>); 14] = [
    ("hospital_followup", "随访编号", Some("随访日期")),
    ("hospital_visit", "就诊编号", Some("就诊日期")),
    ("school_counselling", "记录编号", Some("辅导日期")),
    ("school_screening", "测评编号", Some("测评日期")),
    ("station_service", "记录编号", Some("服务日期")),
    ("station_activity", "活动编号", Some("活动日期")),
    ("station_survey", "答卷编号", Some("调查日期")),
    ("police_incident", "案事件编号", Some("发生日期")),
    ("hospital_patient", "患者编号", None),
    ("hospital_site", "机构代码", None),
    ("school_site", "学校标识码", None),
    ("police_person", "名册编号", None),
    ("station_site", "站点编号", None),
    ("station_unit", "单位编号", None),
];

/// Numbers that look drawn, the same for the same seed.
struct Draw(u64);

impl Draw {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) % end
    }

    fn of<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.below(all.len() as u64) as usize]
    }

    fn one_in(&mut self, many: u64) -> bool {
        self.below(many) == 0
    }
}

/// The rows of a county's first file of a dataset.
struct Rows {
    titles: Vec<String>,
    rows: Vec<Vec<String>>,
}

fn first_file(store: &TestStore, county: &str, dataset: &str) -> PathBuf {
    let source = dataset.split('_').next().expect("a source");
    store.path().join(format!("inbox/{county}/{source}/{dataset}_20231231.csv"))
}

fn rows(path: &PathBuf) -> Rows {
    let cells = |line: &str| line.split(',').map(str::to_owned).collect::<Vec<_>>();
    let text = fs::read_to_string(path).expect("a file of the inbox");
    let mut lines = text.trim_start_matches('\u{feff}').lines().filter(|l| !l.contains('"')).map(cells);
    Rows { titles: lines.next().expect("a header"), rows: lines.collect() }
}

/// One county's random file of one dataset, written into the inbox; says what it is.
fn send(store: &TestStore, draw: &mut Draw, night: u64, file: u64) -> String {
    let county = *draw.of(&COUNTIES);
    let (dataset, key, event) = *draw.of(&DATASETS);
    let path = first_file(store, county, dataset);
    let Rows { mut titles, rows } = rows(&path);
    let place = |titles: &[String], title: &str| titles.iter().position(|t| t == title);
    let key = place(&titles, key).expect("a key");
    // A register is sent whole, without some of its rows; of events a few are sent.
    let (what, mut picked): (&str, Vec<Vec<String>>) = match event {
        None => ("register", rows.iter().filter(|_| !draw.one_in(8)).cloned().collect()),
        Some(_) => {
            let what = *draw.of(&["new", "changed", "void"]);
            let wanted = 1 + draw.below(MOST_ROWS);
            // A key stands once in a file: rows of one key in one export contradict each other.
            let picked: BTreeSet<usize> = (0..wanted).map(|_| draw.below(rows.len() as u64) as usize).collect();
            (what, picked.into_iter().map(|row| rows[row].clone()).collect())
        }
    };
    let void = titles.len();
    if what == "void" {
        titles.push("作废标志".to_owned());
    }
    for (index, cells) in picked.iter_mut().enumerate() {
        match what {
            "void" => cells.resize(void + 1, "是".to_owned()),
            "new" => cells[key] = format!("N{night}{file}{index}-{}", cells[key]),
            _ => {}
        }
        let changes = if what == "register" && !draw.one_in(4) { 0 } else { draw.below(4) };
        for _ in 0..changes {
            // A value that some other row of the file has: mostly one that is valid.
            let column = draw.below(titles.len() as u64) as usize;
            if column != key && column != void {
                cells[column].clone_from(&draw.of(&rows)[column]);
            }
        }
        if let Some(event) = event.and_then(|title| place(&titles, title))
            && draw.one_in(2)
        {
            cells[event] = format!("20{}-{:02}-{:02}", 22 + draw.below(2), 1 + draw.below(12), 1 + draw.below(28));
        }
        if let Some(entered) = place(&titles, "录入时间") {
            cells[entered] = format!("2023-12-31 {:02}:{:02}:{:02}", 20 + night, file, index % 60);
        }
    }
    let lines: String = picked.iter().map(|cells| cells.join(",") + "\n").collect();
    let text = format!("{}\n{lines}", titles.join(","));
    fs::write(path.with_file_name(format!("{dataset}_{night}{file}_202401{:02}.csv", night + 1)), text)
        .expect("a file of the inbox");
    format!("{county} {dataset}: {what}, {} rows", picked.len())
}

/// A run; how many sets of numbers were the same, patched and counted.
fn night(store: &TestStore, story: &str) -> [u64; 3] {
    let output = xinhui().args(["run", "--log", "json", "--config"]).arg(store.config()).output().expect("it starts");
    let log = String::from_utf8_lossy(&output.stderr);
    assert!(matches!(output.status.code(), Some(0 | 1)), "{story}\n{log}");
    reused(&log, "numbers")
}

/// A store of a seed through its nights; how many sets of numbers were patched.
fn nights_of(seed: u64) -> u64 {
    let mut draw = Draw(seed);
    let counties = COUNTIES.join(",");
    let args = ["--dirt", "none", "--persons", "450", "--towns", "1", "--counties", &counties, "--seed"];
    let store = TestStore::synth(&[&args[..], &[&seed.to_string()]].concat()).quick();
    let mut as_of = 10;
    store.edit_config("as_of = \"2023-12-31\"", &format!("as_of = \"2024-01-{as_of}\""));
    let mut story = format!("seed {seed}");
    night(&store, &story);
    let mut patched = 0;
    for number in 1..=NIGHTS {
        story.push_str(&format!("\nnight {number}:"));
        for file in 0..=draw.below(2) {
            story.push_str(&format!("\n  {}", send(&store, &mut draw, number, file)));
        }
        if draw.one_in(4) {
            let later = as_of + 1 + draw.below(5);
            store.edit_config(&format!("2024-01-{as_of}"), &format!("2024-01-{later}"));
            as_of = later;
            story.push_str(&format!("\n  as_of is 2024-01-{as_of}"));
        }
        let [same, patch, fresh_sets] = night(&store, &story);
        story.push_str(&format!("\n  numbers: {same} same, {patch} patched, {fresh_sets} counted"));
        patched += patch;
        let fresh = store.copy();
        fs::remove_dir_all(fresh.path().join("store")).expect("the store");
        assert_eq!(night(&fresh, &story)[..2], [0, 0], "a first night reuses nothing");
        assert_same_bytes(&bytes_below(&store.internal()), &bytes_below(&fresh.internal()), &story);
    }
    patched
}

#[test]
fn random_nights_publish_the_bytes_of_a_fresh_store() {
    let number = |name: &str, default| std::env::var(name).ok().and_then(|n| n.parse().ok()).unwrap_or(default);
    let (first, stores) = (number("XINHUI_RANDOM_SEED", 1), number("XINHUI_RANDOM_NIGHTS", 2));
    let patched: u64 = (first..first + stores).map(nights_of).sum();
    assert!(patched > 0 || stores < 2, "nothing was patched, so nothing about patching was tested");
}
