//! What must not leave: numbers that are hidden, planted so that they are known again wherever they stand; and what
//! one person more would tell.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::path::Path;

use arrow::array::{Array, Float64Array, Int64Array, StringArray};
use xinhui::store::table_file::read_table;

use crate::night::store::{TestStore, assert_same_bytes, bytes_below, expect, xinhui};

use super::{publishing, verify};

/// Answers of a village's people that were right, in all; of its answers, in all: nothing else is this large.
const RIGHT: i64 = 31_847;
const ANSWERS: i64 = 39_841;

fn city() -> TestStore {
    let args =
        ["--persons", "200", "--counties", "370832,370811", "--towns", "2", "--dirt", "none", "--formats", "csv"];
    TestStore::synth(&args).quick()
}

/// Files of the inbox, by part of their name.
fn inbox(store: &TestStore, part: &str) -> Vec<std::path::PathBuf> {
    let mut open = vec![store.path().join("inbox")];
    let mut files = Vec::new();
    while let Some(dir) = open.pop() {
        for entry in fs::read_dir(dir).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                open.push(path);
            } else if path.to_string_lossy().contains(part) {
                files.push(path);
            }
        }
    }
    files.sort();
    files
}

/// Two villages of one town, from the indicators of an earlier night.
fn villages(store: &TestStore) -> [String; 2] {
    let mut codes = std::collections::BTreeSet::new();
    for batch in read_table(&store.internal().join("indicators/quarter.parquet"), None).expect("a table") {
        let batch = batch.expect("rows");
        let code = batch.column_by_name("division_code").expect("codes");
        let code = code.as_any().downcast_ref::<StringArray>().expect("text");
        codes.extend(code.iter().flatten().filter(|c| c.len() == 12 && c.starts_with("370832")).map(str::to_owned));
    }
    let mut codes = codes.into_iter();
    let first = codes.next().expect("a village");
    let second = codes.find(|c| c[..9] == first[..9]).expect("another of its town");
    [first, second]
}

/// Surveys of two villages alone: many of the first, one of the second, whose answers are few.
fn plant(store: &TestStore) {
    store.publish();
    let [many, one] = villages(store);
    for file in inbox(store, "调查") {
        fs::remove_file(file).expect("a file");
    }
    let _ = fs::remove_dir_all(store.path().join("store"));
    let mut rows = "答卷编号,所在区划代码,调查日期,答对题数,总题数\n".to_owned();
    for at in 0..39 {
        rows.push_str(&format!("P{at},{many},2023-11-{:02},797,997\n", 1 + at % 28));
    }
    rows.push_str(&format!("P39,{many},2023-11-29,{},{}\n", RIGHT - 39 * 797, ANSWERS - 39 * 997));
    rows.push_str(&format!("P40,{one},2023-11-30,3,1000\n"));
    fs::write(store.path().join("inbox/370832/station/station_survey_20231231.csv"), rows).expect("a file");
}

/// Bytes and texts of a folder, with what is compressed in them.
fn unpacked(dir: &Path) -> Vec<(String, Vec<u8>)> {
    let mut all: Vec<(String, Vec<u8>)> = bytes_below(dir).into_iter().collect();
    for (name, bytes) in all.clone() {
        if name.ends_with(".xlsx") || name.ends_with(".zip") {
            let mut archive = zip::ZipArchive::new(std::io::Cursor::new(bytes)).expect("an archive");
            for at in 0..archive.len() {
                let mut file = archive.by_index(at).expect("a file");
                let mut inner = Vec::new();
                file.read_to_end(&mut inner).expect("bytes");
                drop(file);
                all.push((format!("{name}, member {at}"), inner));
            }
        } else if name.ends_with(".parquet") {
            all.push((format!("{name}, read"), numbers_of(&dir.join(&name))));
        }
    }
    all
}

/// All numbers of a table, as little-endian bytes.
fn numbers_of(path: &Path) -> Vec<u8> {
    let mut out = Vec::new();
    for batch in read_table(path, None).expect("a table") {
        for column in batch.expect("rows").columns() {
            if let Some(numbers) = column.as_any().downcast_ref::<Int64Array>() {
                out.extend(numbers.iter().flatten().flat_map(i64::to_le_bytes));
            } else if let Some(numbers) = column.as_any().downcast_ref::<Float64Array>() {
                out.extend(numbers.iter().flatten().flat_map(f64::to_le_bytes));
            }
        }
    }
    out
}

/// Where a number stands, as text or in eight bytes; its share of the answers too.
fn places(files: &[(String, Vec<u8>)], number: i64) -> Vec<&str> {
    let share = number as f64 / ANSWERS as f64 * 100.0;
    let marks = [
        number.to_string().into_bytes(),
        number.to_le_bytes().to_vec(),
        share.to_le_bytes().to_vec(),
        format!("{share:.6}").trim_end_matches('0').as_bytes().to_vec(),
    ];
    let holds = |bytes: &[u8]| marks.iter().any(|m| bytes.windows(m.len()).any(|w| w == m));
    files.iter().filter(|(_, bytes)| holds(bytes)).map(|(name, _)| name.as_str()).collect()
}

#[test]
fn no_hidden_number_stands_in_any_byte_that_leaves() {
    let store = publishing(city(), "release = \"nightly\"");
    plant(&store);
    expect(xinhui().args(["feed", "key", "--out"]).arg(store.path().join("feed.key")), 0);
    let config = fs::read_to_string(store.config()).expect("a config");
    let feed = "\n[feeds.all]\naudience = \"public\"\nkey = \"feed.key\"\n\
                formats = [\"parquet\", \"csv\", \"sdmx\", \"dhis2\", \"fhir\", \"adx\", \"xlsx\"]\n";
    fs::write(store.config(), config + feed).expect("a config");
    store.publish();
    let current = store.path().join("store/current");
    let exact = unpacked(&current.join("internal/indicators"));
    assert!(!places(&exact, RIGHT).is_empty() && !places(&exact, RIGHT + 3).is_empty(), "they were not planted");
    let packages = store.path().join("packages");
    expect(xinhui().args(["feed", "build", "all", "--out"]).arg(&packages).arg("--config").arg(store.config()), 0);
    for dir in [&current.join("public"), &packages] {
        let files = unpacked(dir);
        assert!(files.len() > 20);
        assert_eq!(places(&files, RIGHT), Vec::<&str>::new());
        // The town's is shown: the scan sees numbers.
        assert!(!places(&files, RIGHT + 3).is_empty(), "{}", dir.display());
    }
}

/// The same rows in another order: the same edition.
#[test]
fn rows_in_another_order_hide_the_same() {
    let store = publishing(city(), "release = \"nightly\"");
    let other = store.copy();
    let mut turned = 0;
    for file in inbox(&other, ".csv") {
        let Ok(text) = fs::read_to_string(&file) else { continue };
        if text.contains('"') {
            continue;
        }
        let mut lines: Vec<&str> = text.lines().collect();
        lines[1..].reverse();
        fs::write(&file, lines.join("\n") + "\n").expect("a file");
        turned += usize::from(lines.len() > 10);
    }
    assert!(turned > 3);
    let tables = |store: &TestStore| -> BTreeMap<String, Vec<u8>> {
        store.publish();
        let mut files = bytes_below(&store.path().join("store/current/public"));
        files.retain(|name, _| name.ends_with(".parquet"));
        files
    };
    assert_same_bytes(&tables(&other), &tables(&store), "rows in another order");
}

/// One person more from one night to the next, and then one less.
#[test]
fn one_person_more_or_less_is_not_to_be_found_by_subtraction() {
    for (release, days) in [("monthly", ["2023-11-07", "2023-11-08"]), ("nightly", ["2023-11-07", "2023-11-07"])] {
        let store = publishing(city(), &format!("release = \"{release}\"\nday = 5"));
        store.edit_config("as_of = \"2023-12-31\"", &format!("as_of = \"{}\"", days[0]));
        store.publish();
        let edition = |store: &TestStore| bytes_below(&store.path().join("store/current/public"));
        let exact = |store: &TestStore| bytes_below(&store.internal().join("indicators"));
        let (first, exact_first) = (edition(&store), exact(&store));
        let [village, _] = villages(&store);
        let send = |name: &str, void: &str| {
            let rows =
                format!("答卷编号,所在区划代码,调查日期,答对题数,总题数,作废\nNEW1,{village},2023-11-06,7,20,{void}\n");
            fs::write(store.path().join("inbox/370832/station").join(name), rows).expect("a file");
        };
        let mut exact_before = exact_first;
        for (name, void) in [("station_survey_more_20231106.csv", ""), ("station_survey_more_20231107.csv", "1")] {
            send(name, void);
            if days[0] != days[1] && void.is_empty() {
                store.edit_config(&format!("as_of = \"{}\"", days[0]), &format!("as_of = \"{}\"", days[1]));
            }
            store.publish();
            let exact_now = exact(&store);
            assert_ne!(exact_now, exact_before, "nobody was added or taken away");
            exact_before = exact_now;
            if release == "monthly" {
                assert_same_bytes(&edition(&store), &first, "a night between two editions");
            }
            // The audit sees this edition and those before together.
            verify(&store, 0);
        }
    }
}
