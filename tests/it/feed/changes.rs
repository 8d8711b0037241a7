//! Packages of what is new, corrected and withdrawn.

use std::collections::BTreeMap;
use std::path::Path;

use super::tiny::{RATE, Row, TinyStore, cell, manifest, text, warned};
use crate::night::store::expect;

const FEED: &str = "[feeds.city]\naudience = \"superior\"\nformats = [\"csv\", \"parquet\", \"sdmx\", \"dhis2\", \"fhir\", \
                    \"xlsx\"]\nkey = \"feed.key\"\nto = \"drop\"\nwhat = \"changes\"\n";

/// Rows of a CSV file by what became of them, without the header.
fn rows(package: &Path, table: &str) -> Vec<String> {
    text(package.join(format!("tables/{table}.csv"))).lines().skip(1).map(ToOwned::to_owned).collect()
}

/// A receiver must not keep what an earlier program made of the same numbers.
#[test]
fn numbers_that_another_program_sent_are_sent_whole_again() {
    let mut store = TinyStore::new(FEED);
    store.publish(&[("indicators/year", vec![cell(RATE, "3708", "2022", Some((11, 12)))])]);
    expect(&mut store.feed(&["send", "city"]), 0);
    expect(&mut store.feed(&["send", "city"]), 0);
    assert_eq!(store.dropped().len(), 1, "nothing is new");
    let path = store.path("store/feeds/city/state.json");
    let mut state: serde_json::Value = serde_json::from_str(&text(path.clone())).expect("JSON");
    assert_eq!(state["accepted"]["program"], xinhui::epoch::FEEDS);
    state["accepted"]["program"] = 0.into();
    std::fs::write(&path, state.to_string()).expect("written");
    expect(&mut store.feed(&["send", "city"]), 0);
    let packages: Vec<_> = store.dropped().iter().map(|name| store.path("drop").join(name)).collect();
    assert_eq!(manifest(&packages[1]).what, "whole");
    store.verify(&packages.iter().map(|p| p.as_path()).collect::<Vec<_>>(), 0);
    expect(&mut store.feed(&["send", "city"]), 0);
    assert_eq!(store.dropped().len(), 2, "nothing is new");
}

#[test]
fn the_first_package_is_whole_and_later_ones_hold_what_changed() {
    let mut store = TinyStore::new(FEED);
    let year =
        |rows: Vec<Row>| vec![("indicators/year", rows), ("rollups/warnings", vec![warned("370832", "_all", Some(7))])];
    store.publish(&year(vec![
        cell(RATE, "3708", "2022", Some((11, 12))),
        cell(RATE, "3708", "2023", Some((21, 22))),
        cell(RATE, "370832", "2023", Some((31, 32))),
    ]));
    expect(&mut store.feed(&["send", "city"]), 0);
    store.publish(&year(vec![
        cell(RATE, "3708", "2022", Some((11, 12))),
        cell(RATE, "3708", "2023", Some((23, 24))),
        cell(RATE, "370832001", "2023", Some((41, 42))),
    ]));
    expect(&mut store.feed(&["send", "city"]), 0);
    let names = store.dropped();
    assert_eq!(names.len(), 2);
    let (first, second) = (store.path("drop").join(&names[0]), store.path("drop").join(&names[1]));
    store.verify(&[&first, &second], 0);
    assert_eq!((manifest(&first).what.as_str(), manifest(&second).what.as_str()), ("whole", "changes"));
    let note = &manifest(&second).tables[0];
    let counts = note.changes.expect("counts");
    assert_eq!((counts.new, counts.corrected, counts.withdrawn), (1, 1, 1));
    let changed = rows(&second, "indicators_year");
    assert_eq!(changed.len(), 3);
    assert!(
        changed[0].starts_with("corrected,smi_standard_management_rate,city,3708,济宁市,year,2023,"),
        "{changed:?}"
    );
    assert!(changed[1].starts_with("new,") && changed[1].contains(",370832001,"), "{changed:?}");
    // Of what is gone, the key goes and no number.
    assert_eq!(changed[2], format!("withdrawn,{RATE},county,370832,,year,2023,,,,,,,,"));
    assert!(rows(&second, "rollups_warnings").is_empty());
    let sdmx = text(second.join("sdmx/MH_INDICATORS.csv"));
    let actions: Vec<&str> = sdmx.lines().skip(1).map(|l| l.split(',').nth(2).expect("an action")).collect();
    assert_eq!(actions, ["R", "A", "D"]);
    let deleted: serde_json::Value = serde_json::from_str(&text(second.join("dhis2/delete.json"))).expect("JSON");
    assert_eq!(deleted["dataValues"].as_array().expect("values").len(), 2);
    assert_eq!(text(second.join("fhir/deleted.ndjson")).lines().count(), 1);
    // Applied to the first, the changes give the second edition.
    let key = |line: &str| line.split(',').take(3).chain(line.split(',').skip(4).take(2)).collect::<Vec<_>>().join(",");
    let mut state: BTreeMap<String, String> =
        rows(&first, "indicators_year").into_iter().map(|l| (key(&l), l)).collect();
    for line in changed {
        let (action, row) = line.split_once(',').expect("an action");
        match action {
            "withdrawn" => assert!(state.remove(&key(row)).is_some()),
            _ => drop(state.insert(key(row), row.to_owned())),
        }
    }
    store.configure(&FEED.replace("changes", "whole"));
    let whole = store.build("city", "whole");
    let expected: BTreeMap<String, String> =
        rows(&whole, "indicators_year").into_iter().map(|l| (key(&l), l)).collect();
    assert_eq!(state, expected);
}

#[test]
fn nothing_new_is_not_sent_and_whole_may_be_asked_for() {
    let mut store = TinyStore::new(FEED);
    let rows = [("indicators/year", vec![cell(RATE, "3708", "2023", Some((21, 22)))])];
    store.publish(&rows);
    expect(&mut store.feed(&["send"]), 0);
    store.publish(&rows);
    let output = expect(&mut store.feed(&["send"]), 0);
    assert!(String::from_utf8_lossy(&output.stdout).contains("nothing new"));
    assert_eq!(store.dropped().len(), 1);
    expect(store.feed(&["send", "city"]).arg("--whole"), 0);
    let names = store.dropped();
    assert_eq!(names.len(), 2);
    let second = manifest(&store.path("drop").join(&names[1]));
    assert_eq!((second.what.as_str(), second.sequence), ("whole", 2));
}

#[test]
fn a_cell_that_becomes_hidden_is_deleted_where_it_stood() {
    let mut store = TinyStore::new(&FEED.replace("superior", "public"));
    let rows = |numbers| [("indicators/year", vec![cell(RATE, "3708", "2023", numbers)])];
    store.publish_both(&rows(Some((3, 8))), &rows(Some((3, 8))));
    expect(&mut store.feed(&["send"]), 0);
    store.publish_both(&rows(Some((4, 8))), &rows(None));
    expect(&mut store.feed(&["send"]), 0);
    let package = store.path("drop").join(&store.dropped()[1]);
    let deleted: serde_json::Value = serde_json::from_str(&text(package.join("dhis2/delete.json"))).expect("JSON");
    assert_eq!(deleted["dataValues"].as_array().expect("values").len(), 2, "numerator and denominator");
    let values: serde_json::Value =
        serde_json::from_str(&text(package.join("dhis2/dataValueSets.json"))).expect("JSON");
    assert!(values["dataValues"].as_array().expect("values").is_empty());
    assert_eq!(manifest(&package).tables[0].hidden, 1);
}
