//! Whatever changes between two nights, the numbers are those of a first night of everything: facts by
//! county that are kept, and numbers that are put right by the persons whose rows changed, save time
//! alone.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use super::store::{TestStore, assert_same_bytes, bytes_below, expect, reused, xinhui};

/// What a night says of its facts and its numbers.
struct Night {
    /// Facts of a county: all of them, and those that were made.
    parts: u64,
    facts_fresh: u64,
    /// Sets of numbers: all of them, those that were the same, and those that were patched.
    sets: u64,
    same: u64,
    patch: u64,
}

fn night(store: &TestStore) -> Night {
    let output = expect(xinhui().args(["run", "--log", "json", "--config"]).arg(store.config()), 0);
    let log = String::from_utf8_lossy(&output.stderr).into_owned();
    let [facts_same, _, facts_fresh] = reused(&log, "county-facts");
    let [same, patch, fresh] = reused(&log, "numbers");
    Night { parts: facts_same + facts_fresh, facts_fresh, sets: same + patch + fresh, same, patch }
}

/// The published numbers. The quality tables also tell of contents that the inbox holds no more, and the data package
/// has their hashes.
fn internal(store: &TestStore) -> BTreeMap<String, Vec<u8>> {
    let mut all = bytes_below(&store.internal());
    // What came on which night is history, and so is what was sent how often.
    let of_history = ["quality", "datapackage.json", "labels/datasets"];
    all.retain(|name, _| !of_history.iter().any(|start| name.starts_with(start)));
    assert!(all.len() > 10, "{:?}", all.keys());
    all
}

fn sample() -> TestStore {
    let args = ["--dirt", "none", "--persons", "1500", "--counties", "370832,370811", "--towns", "2"];
    TestStore::synth(&args)
}

/// A first night of the same inbox publishes the same bytes.
#[track_caller]
fn assert_as_a_first_night(store: &TestStore, decisions: Option<&str>) {
    let second = internal(store);
    fs::remove_dir_all(store.path().join("store")).expect("the store");
    if let Some(decisions) = decisions {
        decide(store, decisions);
    }
    let first = night(store);
    assert_eq!((first.facts_fresh, first.same, first.patch), (first.parts, 0, 0));
    assert_same_bytes(&second, &internal(store), "numbers of a second night, and of a first night of everything");
}

fn decide(store: &TestStore, decisions: &str) {
    let folder = store.path().join("store/private/link");
    fs::create_dir_all(&folder).expect("a folder");
    fs::write(folder.join("decisions.jsonl"), decisions).expect("decisions");
}

fn file(store: &TestStore, county: &str, dataset: &str) -> PathBuf {
    let source = dataset.split('_').next().expect("a source");
    store.path().join(format!("inbox/{county}/{source}/{dataset}_20231231.csv"))
}

/// Rewrites a file of the inbox line by line; the first line is its header.
fn edit(path: &PathBuf, mut each: impl FnMut(&[&str], &mut Vec<String>)) {
    let text = fs::read_to_string(path).expect("text");
    let mut lines = text.lines();
    let header = lines.next().expect("a header");
    let titles: Vec<&str> = header.trim_start_matches('\u{feff}').split(',').collect();
    let mut out = header.to_owned() + "\n";
    for line in lines {
        let mut cells: Vec<String> = line.split(',').map(str::to_owned).collect();
        each(&titles, &mut cells);
        out.push_str(&(cells.join(",") + "\n"));
    }
    fs::write(path, out).expect("a file");
}

/// Contacts of a county's own file, changed, as a file of their own.
fn send_contacts(store: &TestStore, county: &str, name: &str, rows: usize, values: &[(&str, &str)]) {
    let own = file(store, county, "station_service");
    let text = fs::read_to_string(&own).expect("text");
    let (header, lines) = text.split_once('\n').expect("a header");
    let titles: Vec<&str> = header.trim_start_matches('\u{feff}').split(',').collect();
    let mut out = header.to_owned() + "\n";
    for (index, line) in lines.lines().filter(|l| !l.contains('"')).take(rows).enumerate() {
        let mut cells: Vec<String> = line.split(',').map(str::to_owned).collect();
        for (title, value) in values {
            let at = titles.iter().position(|t| t == title).expect("a column");
            cells[at] = (*value).to_owned();
        }
        let key = titles.iter().position(|t| *t == "记录编号").expect("a key");
        cells[key] = if rows == 1 { format!("{name}{county}") } else { format!("{name}{index}") };
        out.push_str(&(cells.join(",") + "\n"));
    }
    fs::write(own.with_file_name(format!("{name}_20231231.csv")), out).expect("a file");
}

#[test]
fn a_file_of_one_county_works_out_that_county_and_counts_its_persons() {
    let store = sample();
    let first = night(&store);
    assert_eq!((first.facts_fresh, first.same, first.patch), (first.parts, 0, 0));
    send_contacts(&store, "370832", "N", 20, &[]);
    let second = night(&store);
    assert!(
        second.facts_fresh > 0 && second.facts_fresh * 4 < second.parts,
        "{} of {}",
        second.facts_fresh,
        second.parts
    );
    assert!(second.patch > 0, "persons are few");
    assert_eq!(second.same + second.patch, second.sets, "contacts alone change what falls apart by person");
    send_contacts(&store, "370811", "M", 20, &[("服务类型", "referral")]);
    let third = night(&store);
    assert!(third.patch > 0 && third.same + third.patch == third.sets);
    assert_as_a_first_night(&store, None);
}

#[test]
fn a_norm_of_a_base_fact_is_seen_in_every_county() {
    let store = sample();
    night(&store);
    store.edit_config("managed_rule = \"month_gap\"", "managed_rule = \"month_gap\"\nlarge_employer = 20");
    let again = night(&store);
    assert_eq!(again.facts_fresh, 2, "one fact in two counties");
    assert_as_a_first_night(&store, None);
}

#[test]
fn a_norm_of_ages_is_seen_in_rows_that_did_not_change() {
    let store = sample();
    night(&store);
    store.edit_config("managed_rule = \"month_gap\"", "managed_rule = \"month_gap\"\nage_groups = [14, 30, 50]");
    let again = night(&store);
    assert!(again.facts_fresh > 2 && again.same < again.sets);
    assert_as_a_first_night(&store, None);
}

/// Rows of a person in one county who is, by decision, also the one of rows in another.
fn same(a: (&str, &str), b: (&str, &str)) -> String {
    let row = |(county, key): (&str, &str)| serde_json::json!({ "dataset": "station_service", "county": county, "record_key": key });
    let decision = serde_json::json!({ "a": row(a), "b": row(b), "same": true, "by": "核对人", "on": "2023-12-01" });
    decision.to_string() + "\n"
}

#[test]
fn a_sex_that_another_county_states_changes_the_rows_of_a_county_that_sent_nothing() {
    let store = sample();
    let person = |name: &'static str, phone: &'static str, sex: &'static str| {
        [
            ("姓名", name),
            ("联系电话", phone),
            ("性别", sex),
            ("证件号码", ""),
            ("证件类型", ""),
            ("出生日期", ""),
            ("现住址", ""),
        ]
    };
    send_contacts(&store, "370832", "X", 1, &person("欧阳子期", "19912340001", "1"));
    night(&store);
    let before = internal(&store);
    send_contacts(&store, "370811", "Y", 1, &person("慕容知秋", "19912340002", "2"));
    send_contacts(&store, "370811", "Z", 1, &person("司徒明月", "19912340003", "2"));
    let decisions =
        same(("370832", "X370832"), ("370811", "Y370811")) + &same(("370832", "X370832"), ("370811", "Z370811"));
    decide(&store, &decisions);
    let again = night(&store);
    assert!(again.patch > 0);
    assert!(internal(&store) != before);
    assert_as_a_first_night(&store, Some(&decisions));
}

#[test]
fn a_station_that_moved_takes_its_contacts_with_it() {
    let store = sample();
    night(&store);
    let mut places: Vec<String> = Vec::new();
    let sites = file(&store, "370832", "station_site");
    let at = |titles: &[&str]| titles.iter().position(|t| *t == "所在区划代码").expect("a place");
    edit(&sites, |titles, cells| places.push(cells[at(titles)].clone()));
    let villages: Vec<&String> = places.iter().filter(|p| p.len() == 12).collect();
    let (first, other) = (villages[0].clone(), villages.iter().find(|p| **p != villages[0]).expect("another"));
    let other = (*other).clone();
    edit(&sites, |titles, cells| {
        if cells[at(titles)] == first {
            cells[at(titles)].clone_from(&other);
        }
    });
    let again = night(&store);
    assert!(again.facts_fresh > 0 && again.same < again.sets);
    assert_as_a_first_night(&store, None);
}

#[test]
fn contacts_that_are_void_are_taken_away() {
    let store = sample();
    send_contacts(&store, "370832", "N", 20, &[]);
    night(&store);
    let before = internal(&store);
    let sent = file(&store, "370832", "station_service").with_file_name("N_20231231.csv");
    let text = fs::read_to_string(&sent).expect("text");
    let mut lines = text.lines();
    let header = lines.next().expect("a header").to_owned() + ",作废标志\n";
    let rows: String = lines.map(|l| format!("{l},是\n")).collect();
    fs::write(sent.with_file_name("V_20231231.csv"), header + &rows).expect("a file");
    let again = night(&store);
    assert!(again.patch > 0);
    assert!(internal(&store) != before);
    assert_as_a_first_night(&store, None);
}

/// Kept files of facts.
fn kept(store: &TestStore) -> Vec<PathBuf> {
    let folder = |path: PathBuf| fs::read_dir(path).expect("a folder").map(|e| e.expect("an entry").path());
    folder(store.path().join("store/private/facts")).flat_map(folder).collect()
}

#[test]
fn kept_facts_that_are_damaged_or_gone_are_worked_out_again() {
    let store = sample();
    night(&store);
    let damages: [fn(&PathBuf); 4] = [
        |path| fs::write(path, b"PAR1").expect("a file"),
        |path| fs::remove_file(path).expect("a file"),
        |path| {
            let mut bytes = fs::read(path).expect("a file");
            let middle = bytes.len() / 3;
            bytes[middle] ^= 0x40;
            fs::write(path, bytes).expect("a file");
        },
        |path| fs::write(path, b"").expect("a file"),
    ];
    for (round, damage) in damages.iter().enumerate() {
        kept(&store).iter().for_each(damage);
        let store = store.copy();
        send_contacts(&store, "370832", &format!("N{round}x"), 20, &[]);
        night(&store);
        assert_as_a_first_night(&store, None);
    }
    // Rows of other facts under these names are no rows of theirs.
    let files = kept(&store);
    for pair in files.chunks(2).filter(|pair| pair.len() == 2) {
        fs::copy(&pair[0], &pair[1]).expect("a file");
    }
    send_contacts(&store, "370832", "N", 20, &[]);
    night(&store);
    assert_as_a_first_night(&store, None);
}

#[test]
fn files_of_facts_that_are_no_more_are_removed_and_others_stay() {
    let store = sample();
    let first = night(&store);
    let before = kept(&store);
    assert_eq!(before.len() as u64, first.parts);
    fs::write(before[0].with_file_name("370832-00ff.parquet"), b"left by a night that died").expect("a file");
    send_contacts(&store, "370832", "N", 20, &[]);
    let second = night(&store);
    let after = kept(&store);
    assert_eq!(after.len() as u64, first.parts);
    assert_eq!(after.iter().filter(|path| !before.contains(path)).count() as u64, second.facts_fresh);
}

#[test]
fn what_is_kept_of_another_snapshot_or_cannot_be_read_is_nothing() {
    let store = sample();
    night(&store);
    let path = store.path().join("store/private/numbers.json");
    for (from, to) in [("\"snapshot\":\"2", "\"snapshot\":\"1"), ("\"keys\":", "\"kays\":")] {
        let store = store.copy();
        let path = store.path().join("store/private/numbers.json");
        let text = fs::read_to_string(&path).expect("text");
        assert!(text.contains(from));
        fs::write(&path, text.replacen(from, to, 1)).expect("a file");
        send_contacts(&store, "370832", "N", 20, &[]);
        let again = night(&store);
        assert_eq!((again.facts_fresh, again.same, again.patch), (again.parts, 0, 0));
        assert_as_a_first_night(&store, None);
    }
    assert!(path.is_file());
}

#[test]
fn published_files_that_are_damaged_are_counted_again() {
    let store = sample();
    night(&store);
    for damaged in ["indicators/month.parquet", "indicators/year.parquet", "rollups/services/services.parquet"] {
        let store = store.copy();
        let path = store.internal().join(damaged);
        let mut bytes = fs::read(&path).expect("a file");
        let middle = bytes.len() / 2;
        bytes[middle] ^= 0x10;
        fs::write(&path, bytes).expect("a file");
        send_contacts(&store, "370832", "N", 20, &[]);
        let again = night(&store);
        assert!(again.same + again.patch < again.sets, "{damaged}");
        assert_as_a_first_night(&store, None);
    }
}
