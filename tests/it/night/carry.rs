//! Numbers taken over from the night before are those that would be counted.

use std::fs;

use super::store::{TestStore, expect, xinhui};

/// How many sets of numbers the log says there were, and how many were taken over.
fn planned(store: &TestStore) -> (u64, u64) {
    let output = expect(xinhui().args(["run", "--log", "json", "--config"]).arg(store.config()), 0);
    let log = String::from_utf8_lossy(&output.stderr).into_owned();
    let line = log.lines().find(|l| l.contains("numbers planned")).expect("the plan is logged");
    let line: serde_json::Value = serde_json::from_str(line).expect("JSON");
    (line["sets"].as_u64().expect("sets"), line["standing"].as_u64().expect("standing"))
}

/// Every published byte of the numbers.
fn numbers(store: &TestStore) -> Vec<(String, Vec<u8>)> {
    let mut all = Vec::new();
    let mut folders = vec![store.internal()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else {
                all.push((path.display().to_string(), fs::read(&path).expect("a file")));
            }
        }
    }
    all.sort();
    all
}

/// Sends contacts from the second half of 2023 again, under new numbers.
fn add_contacts(store: &TestStore) {
    let folder = store.path().join("inbox/370832/station");
    let source = fs::read_dir(&folder)
        .expect("a folder")
        .map(|e| e.expect("an entry").path())
        .find(|p| p.file_name().is_some_and(|n| n.to_string_lossy().starts_with("station_service")))
        .expect("contacts");
    let text = fs::read_to_string(source).expect("text");
    let (header, rows) = text.split_once('\n').expect("a header");
    let late = rows.lines().filter(|l| ["2023-08", "2023-11"].iter().any(|m| l.contains(m)));
    let more: String = late.map(|l| format!("N{l}\n")).collect();
    assert!(more.lines().count() > 5, "the sample has late contacts");
    fs::write(folder.join("more_20231231.csv"), format!("{header}\n{more}")).expect("a new file");
}

#[test]
fn what_late_rows_cannot_touch_is_taken_over_and_the_rest_counted() {
    let args = ["--dirt", "none", "--persons", "2000", "--counties", "370832,370811", "--towns", "2"];
    let store = TestStore::synth(&args);
    let (sets, standing) = planned(&store);
    assert_eq!(standing, 0, "a first night has nothing to take over");
    add_contacts(&store);
    let (again, standing) = planned(&store);
    assert_eq!(sets, again);
    assert!(standing > sets / 3 && standing < sets, "{standing} of {sets}");
    let carried = numbers(&store);
    fs::remove_dir_all(store.path().join("store")).expect("the store");
    assert_eq!(planned(&store), (sets, 0));
    assert!(carried == numbers(&store), "numbers taken over differ from numbers counted");
}

#[test]
fn another_norm_is_counted_anew() {
    let args = ["--dirt", "none", "--persons", "600", "--counties", "370832", "--towns", "1"];
    let store = TestStore::synth(&args);
    planned(&store);
    store.edit_config("managed_rule = \"month_gap\"", "managed_rule = \"prorata\"");
    let (sets, standing) = planned(&store);
    assert!(standing > 0 && standing < sets, "{standing} of {sets}");
    let carried = numbers(&store);
    fs::remove_dir_all(store.path().join("store")).expect("the store");
    planned(&store);
    assert!(carried == numbers(&store), "numbers taken over differ from numbers counted");
}

#[test]
fn a_kind_of_period_that_is_new_tonight_is_counted_beside_those_that_stand() {
    let args = ["--dirt", "none", "--persons", "600", "--counties", "370832", "--towns", "1"];
    let store = TestStore::synth(&args);
    store.edit_config("kinds = [\"month\", \"quarter\", \"half\", \"year\"]", "kinds = [\"year\"]");
    planned(&store);
    store.edit_config("kinds = [\"year\"]", "kinds = [\"month\", \"year\"]");
    let (sets, standing) = planned(&store);
    assert!(standing > 0 && standing < sets, "{standing} of {sets}");
    let carried = numbers(&store);
    fs::remove_dir_all(store.path().join("store")).expect("the store");
    planned(&store);
    assert!(carried == numbers(&store), "numbers taken over differ from numbers counted");
}
