//! Numbers that do not stand on all that they need say so, and judge nobody.

use std::fs;

use super::differential::agrees_with_the_reference;
use super::hand::{HandStore, incidents};
use super::published;
use super::same_numbers::{counted_whole, numbers};
use super::store::{TestStore, expect, xinhui};

const SMALL: [&str; 8] = ["--dirt", "none", "--persons", "700", "--counties", "370832,370811", "--towns", "1"];

/// A generated city, for fewer periods: a night of a second or two.
fn city() -> TestStore {
    let store = TestStore::synth(&SMALL);
    store.edit_config("[\"month\", \"quarter\", \"half\", \"year\"]", "[\"quarter\", \"year\"]");
    store
}

/// A generated city whose config says this under `[data]`.
fn synth(data: &str, as_of: &str) -> TestStore {
    let store = city();
    store.edit_config("[norms]", &format!("[data]\n{data}\n\n[norms]"));
    store.edit_config("as_of = \"2023-12-31\"", &format!("as_of = \"{as_of}\""));
    store
}

/// A county's export of a dataset ends before a day, and is dated by its name on another.
fn ends_early(store: &TestStore, county: &str, source: &str, dataset: &str, day_column: &str, end: &str, named: &str) {
    let folder = store.path().join("inbox").join(county).join(source);
    let old = folder.join(format!("{dataset}_20231231.csv"));
    let text = fs::read_to_string(&old).expect("an export");
    let (header, rows) = text.split_once('\n').expect("a header");
    let at = header.split(',').position(|h| h.trim_start_matches('\u{feff}') == day_column).expect("the column");
    let early: Vec<&str> = rows.lines().filter(|l| l.split(',').nth(at).is_some_and(|day| day < end)).collect();
    assert!(!early.is_empty() && early.len() < rows.lines().count(), "{dataset} has rows on both sides of {end}");
    fs::remove_file(old).expect("gone");
    fs::write(folder.join(format!("{dataset}_{named}.csv")), format!("{header}\n{}\n", early.join("\n")))
        .expect("written");
}

/// A file of a dataset with the header alone.
fn header_alone(store: &TestStore, county: &str, source: &str, dataset: &str, named: &str) {
    let folder = store.path().join("inbox").join(county).join(source);
    let text = fs::read_to_string(folder.join(format!("{dataset}_20231231.csv"))).expect("an export");
    let header = text.lines().next().expect("a header");
    fs::write(folder.join(format!("{dataset}_{named}.csv")), format!("{header}\n")).expect("written");
}

fn rename(store: &TestStore, county: &str, source: &str, dataset: &str, named: &str) {
    let folder = store.path().join("inbox").join(county).join(source);
    let new = folder.join(format!("{dataset}_{named}.csv"));
    fs::rename(folder.join(format!("{dataset}_20231231.csv")), new).expect("renamed");
}

/// Numbers of indicator rows by status.
fn statuses(store: &TestStore) -> [usize; 3] {
    let rows = published::indicators(&store.internal());
    ["ok", "partial", "no_data"].map(|status| rows.iter().filter(|r| r.status == status).count())
}

#[test]
fn every_status_equals_the_reference_where_a_county_stops_sending() {
    let store = city();
    ends_early(&store, "370811", "hospital", "hospital_followup", "随访日期", "2023-08-20", "20230831");
    // The file is dated long before its newest event.
    ends_early(&store, "370832", "station", "station_activity", "活动日期", "2023-12-10", "20230131");
    fs::remove_file(store.path().join("inbox/370832/police/police_incident_20231231.csv")).expect("gone");
    agrees_with_the_reference(&store);
    let rows = published::indicators(&store.internal());
    let status = |indicator: &str, division: &str, period: &str| {
        let of = |r: &&crate::reference::IndicatorRow| {
            (r.indicator.as_str(), r.division_code.as_str(), r.period.as_str()) == (indicator, division, period)
        };
        rows.iter().find(of).expect("a row").status.clone()
    };
    assert_eq!(status("smi_checkup_rate", "370811", "2023-Q3"), "ok");
    assert_eq!(status("smi_checkup_rate", "370811", "2023-Q4"), "partial");
    assert_eq!(status("smi_checkup_rate", "3708", "2023-Q4"), "partial");
    assert_eq!(status("smi_checkup_rate", "370832", "2023-Q4"), "ok");
    assert_eq!(status("smi_checkup_rate", "370832", "2022-Q3"), "partial", "the window begins before the data");
    assert_eq!(status("outreach_activities", "370832", "2023-Q4"), "ok");
}

#[test]
fn every_status_equals_the_reference_where_registers_grow_old() {
    let store = synth("from = \"2022-03-15\"\nstale_days = 80\nstale_site_days = 200", "2024-03-15");
    rename(&store, "370811", "station", "station_site", "20230820");
    rename(&store, "370832", "school", "school_site", "20230828");
    rename(&store, "370832", "hospital", "hospital_patient", "20230630");
    header_alone(&store, "370811", "station", "station_activity", "20240301");
    agrees_with_the_reference(&store);
    let [ok, partial, no_data] = statuses(&store);
    assert!(ok > 50 && partial > 50 && no_data > 10, "{ok} {partial} {no_data}");
}

#[test]
fn every_status_equals_the_reference_by_the_defaults_after_the_last_export() {
    let store = synth("", "2024-02-20");
    agrees_with_the_reference(&store);
    let store = synth("from = \"2023-06\"\nstale_days = 0", "2023-12-31");
    agrees_with_the_reference(&store);
}

#[test]
fn every_status_equals_the_reference_with_e_in_the_past() {
    let store = synth("stale_days = 10\nstale_site_days = 0", "2023-12-31");
    rename(&store, "370811", "station", "station_site", "20230817");
    agrees_with_the_reference(&store);
}

#[test]
fn an_empty_inbox_publishes_no_missed_target() {
    let hand = HandStore::new();
    let mut config = fs::read_to_string(hand.store.config()).expect("a config");
    config += "\n[[profile_scope]]\nprofile = \"liangshan-2023\"\ndivisions = [\"370811\"]\n";
    fs::write(hand.store.config(), config).expect("written");
    let said = String::from_utf8(hand.night().stdout).expect("text");
    assert!(said.contains(" 0 met, 0 not met, 0 on track, 0 behind"), "{said}");
    assert!(!said.contains("targets not met"), "{said}");
    let scores = published::scorecard(&hand.internal());
    assert!(scores.iter().filter(|s| s.verdict == "incomplete").count() > 10);
    for s in &scores {
        let expected = if s.status == "no_data" { "no_data" } else { "incomplete" };
        assert_eq!(s.verdict, expected, "{s:?}");
    }
    let incomplete = scores.iter().filter(|s| s.verdict == "incomplete").count();
    assert!(said.contains(&format!("{incomplete} incomplete")), "{said}");
    let again = String::from_utf8(hand.night().stdout).expect("text");
    assert!(again.starts_with("nothing new") && again.contains(&format!("{incomplete} incomplete")), "{again}");
}

#[test]
fn a_target_is_judged_by_what_was_known_on_its_own_day() {
    let hand = HandStore::new();
    hand.store.edit_config("as_of = \"2023-12-31\"", "as_of = \"2025-01-10\"");
    let scope = "\n[[profile_scope]]\nprofile = \"liangshan-2023\"\ndivisions = [\"370832\"]\n";
    let config = fs::read_to_string(hand.store.config()).expect("a config");
    fs::write(hand.store.config(), config + scope).expect("written");
    let county =
        "站点编号,站点名称,站点类别,所在区划代码,建设状态,建成日期\nS1,一号站,county_center,370832,built,2020-01-01\n";
    hand.put("370832/station/station_site_20221101.csv", county);
    hand.night();
    let scores = published::scorecard(&hand.internal());
    let of = |indicator: &str| {
        let s = scores.iter().find(|s| s.indicator == indicator).expect("a target");
        (s.evaluated_on.as_str(), s.status.as_str(), s.verdict.as_str())
    };
    // Registers of places are sent once a year: this one is new enough until 2023-11-06.
    assert_eq!(of("county_centre_standard"), ("2023-08-31", "ok", "not_met"));
    assert_eq!(of("hotline_24h"), ("2023-12-31", "partial", "incomplete"));
    assert_eq!(of("post_standard_rate").2, "no_data");
}

#[test]
fn a_change_is_compared_with_a_year_that_must_be_covered() {
    let hand = HandStore::new();
    hand.store.edit_config("from = \"2023\"", "from = \"2022\"");
    let rows = [("A1", "2022-05-01", "extreme", "", ""), ("A2", "2023-12-01", "extreme", "", "")];
    let file = incidents(&rows).replace("录入时间,作废标志", "诱因").replace("extreme,,", "extreme,conflict");
    for county in ["370811", "370832"] {
        let place = format!("{county}{}", if county == "370811" { "001" } else { "101" });
        hand.put(&format!("{county}/police/police_incident_20231231.csv"), file.replace("370832101", &place));
    }
    hand.night();
    let of = |period: &str| {
        let rows = published::indicators(&hand.internal());
        let row = rows.into_iter().find(|r| {
            (r.indicator.as_str(), r.division_code.as_str(), r.period.as_str())
                == ("extreme_incident_change", "3708", period)
        });
        row.map(|r| (r.numerator, r.denominator, r.status)).expect("a row")
    };
    assert_eq!(of("2023"), (2, Some(2), "ok".to_owned()));
    hand.store.edit_config("[periods]", "[data]\nfrom = \"2022-01-02\"\n\n[periods]");
    hand.night();
    assert_eq!(of("2023"), (2, Some(2), "partial".to_owned()));
    assert_eq!(of("2022"), (2, Some(0), "no_data".to_owned()));
}

#[test]
fn a_night_on_which_only_the_coverage_changed_is_published_anew() {
    let store = synth("", "2024-02-20");
    store.run(0);
    let before = (statuses(&store), numbers(&store));
    for (source, dataset) in [("hospital", "hospital_followup"), ("hospital", "hospital_visit")] {
        for county in ["370811", "370832"] {
            header_alone(&store, county, source, dataset, "20240215");
        }
    }
    store.run(0);
    let later = (statuses(&store), numbers(&store));
    assert_eq!(before.0.iter().sum::<usize>(), later.0.iter().sum::<usize>());
    assert!(later.0[0] == before.0[0], "the register of patients is still old: {:?} {:?}", later.0, before.0);
    for county in ["370811", "370832"] {
        header_alone(&store, county, "station", "station_activity", "20240215");
    }
    store.run(0);
    let newer = statuses(&store);
    assert!(newer[0] > later.0[0], "activities of 2024 are told, and there were none: {newer:?} {:?}", later.0);
    store.edit_config("[data]\n", "[data]\nstale_days = 60\n");
    store.run(0);
    let wider = statuses(&store);
    assert!(wider[0] > newer[0], "{wider:?} {newer:?}");
    let reused = numbers(&store);
    assert!(reused != later.1);
    assert!(reused == counted_whole(&store), "a later night and a first one say the same");
    agrees_with_the_reference(&store);
}

#[test]
fn wrong_settings_of_the_data_are_named_together() {
    let hand = HandStore::new();
    hand.store.edit_config("[periods]", "[data]\nfrom = \"soon\"\n\n[periods]");
    let output = expect(xinhui().args(["check", "--config"]).arg(hand.store.config()), 2);
    let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("data.from: `soon` is neither a month such as \"2022-01\" nor a day"), "{said}");
    hand.store.edit_config("from = \"soon\"", "stale_days = -1");
    let output = expect(xinhui().args(["check", "--config"]).arg(hand.store.config()), 2);
    let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("stale_days"), "{said}");
}
