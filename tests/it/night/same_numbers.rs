//! Numbers that are reused because nothing changed are those that would be counted.

use std::fs;

use super::store::{TestStore, expect, reused, xinhui};

/// How many sets of numbers the log says there were, and how many were the same.
fn planned(store: &TestStore) -> (u64, u64) {
    let output = expect(xinhui().args(["run", "--log", "json", "--config"]).arg(store.config()), 0);
    let log = String::from_utf8_lossy(&output.stderr).into_owned();
    let [same, patch, fresh] = reused(&log, "numbers");
    (same + patch + fresh, same)
}

/// Every published byte of the numbers.
pub fn numbers(store: &TestStore) -> Vec<(String, Vec<u8>)> {
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
fn what_late_rows_cannot_touch_is_reused_and_the_rest_counted() {
    let args = ["--dirt", "none", "--persons", "2000", "--counties", "370832,370811", "--towns", "2"];
    let store = TestStore::synth(&args);
    let (sets, same) = planned(&store);
    assert_eq!(same, 0, "a first night has nothing to reuse");
    add_contacts(&store);
    let (again, same) = planned(&store);
    assert_eq!(sets, again);
    assert!(same > sets / 3 && same < sets, "{same} of {sets}");
    let second = numbers(&store);
    fs::remove_dir_all(store.path().join("store")).expect("the store");
    assert_eq!(planned(&store), (sets, 0));
    assert!(second == numbers(&store), "numbers reused differ from numbers counted");
}

#[test]
fn another_norm_is_counted_anew() {
    let args = ["--dirt", "none", "--persons", "600", "--counties", "370832", "--towns", "1"];
    let store = TestStore::synth(&args);
    planned(&store);
    store.edit_config("managed_rule = \"month_gap\"", "managed_rule = \"prorata\"");
    let (sets, same) = planned(&store);
    assert!(same > 0 && same < sets, "{same} of {sets}");
    let second = numbers(&store);
    fs::remove_dir_all(store.path().join("store")).expect("the store");
    planned(&store);
    assert!(second == numbers(&store), "numbers reused differ from numbers counted");
}

#[test]
fn a_kind_of_period_that_is_new_tonight_is_counted_beside_those_that_stand() {
    let args = ["--dirt", "none", "--persons", "600", "--counties", "370832", "--towns", "1"];
    let store = TestStore::synth(&args);
    store.edit_config("kinds = [\"month\", \"quarter\", \"half\", \"year\"]", "kinds = [\"year\"]");
    planned(&store);
    store.edit_config("kinds = [\"year\"]", "kinds = [\"month\", \"year\"]");
    let (sets, same) = planned(&store);
    assert!(same > 0 && same < sets, "{same} of {sets}");
    let second = numbers(&store);
    fs::remove_dir_all(store.path().join("store")).expect("the store");
    planned(&store);
    assert!(second == numbers(&store), "numbers reused differ from numbers counted");
}

/// Sends the rows of a county's datasets that say `2023-11` again, under new numbers.
fn add_late_rows_of_every_dataset(store: &TestStore) {
    for (source, datasets) in [
        ("station", &["station_service", "station_activity", "station_survey"][..]),
        ("hospital", &["hospital_followup", "hospital_visit"]),
        ("school", &["school_screening", "school_counselling"]),
        ("police", &["police_incident"]),
    ] {
        let folder = store.path().join("inbox/370832").join(source);
        for dataset in datasets {
            let text = fs::read_to_string(folder.join(format!("{dataset}_20231231.csv"))).expect("text");
            let (header, rows) = text.split_once('\n').expect("a header");
            let mut late: String =
                rows.lines().filter(|l| l.contains(",2023-11-")).map(|l| format!("N{l}\n")).collect();
            if late.is_empty() {
                assert_eq!(*dataset, "police_incident", "the sample has late rows of it");
                let row: Vec<&str> = rows.lines().next().expect("an incident").split(',').collect();
                late = format!("N{},{},2023-11-09,{},{},\n", row[0], row[1], row[3], row[4]);
            }
            fs::write(folder.join(format!("more_{dataset}_20231231.csv")), format!("{header}\n{late}"))
                .expect("a file");
        }
    }
}

/// The numbers of a first night of the same inbox, in a store of its own.
pub fn counted_whole(store: &TestStore) -> Vec<(String, Vec<u8>)> {
    fs::remove_dir_all(store.path().join("store")).expect("the store");
    let (_, same) = planned(store);
    assert_eq!(same, 0);
    numbers(store)
}

#[test]
fn late_rows_of_any_dataset_leave_the_windows_that_ended_before_them() {
    let args = ["--dirt", "none", "--persons", "3000", "--counties", "370832,370811", "--towns", "2"];
    let store = TestStore::synth(&args);
    planned(&store);
    add_late_rows_of_every_dataset(&store);
    let (sets, same) = planned(&store);
    assert!(same > sets / 2 && same < sets, "{same} of {sets}");
    let second = numbers(&store);
    assert!(second == counted_whole(&store), "numbers reused differ from numbers counted");
}

/// A file of one contact: the values by header, in the order of the county's own file.
fn one_contact(store: &TestStore, county: &str, name: &str, values: &[(&str, &str)]) {
    let folder = store.path().join("inbox").join(county).join("station");
    let text = fs::read_to_string(folder.join("station_service_20231231.csv")).expect("text");
    let mut lines = text.lines();
    let header: Vec<&str> = lines.next().expect("a header").split(',').collect();
    let site = header.iter().position(|h| *h == "站点编号").expect("a site");
    let site = lines.next().expect("a row").split(',').nth(site).expect("a site");
    let row: Vec<&str> = header
        .iter()
        .map(|h| match *h {
            "站点编号" => site,
            "服务类型" => "assess",
            h => values.iter().find(|(name, _)| *name == h).map_or("", |(_, value)| value),
        })
        .collect();
    fs::write(folder.join(name), format!("{}\n{}\n", header.join(","), row.join(","))).expect("a file");
}

#[test]
fn persons_who_become_one_change_the_numbers_of_a_county_that_sent_nothing() {
    let args = ["--dirt", "none", "--persons", "600", "--counties", "370832,370811", "--towns", "1"];
    let store = TestStore::synth(&args);
    let contact = |county: &str, key: &str, name: &str, phone: &str, day: &str| {
        let values = [("记录编号", key), ("姓名", name), ("性别", "1"), ("联系电话", phone), ("服务日期", day)];
        one_contact(&store, county, &format!("{key}_20231231.csv"), &values);
    };
    contact("370832", "X1", "欧阳子期", "19912340001", "2023-03-09");
    contact("370832", "X2", "慕容知秋", "19912340002", "2023-03-09");
    planned(&store);
    let before = numbers(&store);
    let decide = || {
        let row =
            |key: &str| serde_json::json!({ "dataset": "station_service", "county": "370832", "record_key": key });
        let decision =
            serde_json::json!({ "a": row("X1"), "b": row("X2"), "same": true, "by": "核对人", "on": "2023-12-01" });
        let folder = store.path().join("store/private/link");
        fs::create_dir_all(&folder).expect("a folder");
        fs::write(folder.join("decisions.jsonl"), decision.to_string() + "\n").expect("a decision");
    };
    decide();
    contact("370811", "X3", "司徒明月", "19912340003", "2023-12-09");
    let (sets, same) = planned(&store);
    assert!(same > 0 && same < sets, "{same} of {sets}");
    let events = fs::read_to_string(store.path().join("store/private/link/events.jsonl")).expect("events");
    assert!(events.contains("merged"), "the two are one person now: {events}");
    let second = numbers(&store);
    assert!(second != before);
    fs::remove_dir_all(store.path().join("store")).expect("the store");
    decide();
    assert_eq!(planned(&store), (sets, 0));
    assert!(second == numbers(&store), "numbers reused differ from numbers counted");
}

#[test]
fn another_day_to_look_back_from_is_counted_anew_where_it_matters() {
    let args = ["--dirt", "none", "--persons", "600", "--counties", "370832", "--towns", "1"];
    let store = TestStore::synth(&args);
    store.edit_config("as_of = \"2023-12-31\"", "as_of = \"2023-11-15\"");
    planned(&store);
    store.edit_config("as_of = \"2023-11-15\"", "as_of = \"2023-12-31\"");
    let (sets, same) = planned(&store);
    assert!(same > 0 && same < sets, "{same} of {sets}");
    let second = numbers(&store);
    assert!(second == counted_whole(&store), "numbers reused differ from numbers counted");
}
