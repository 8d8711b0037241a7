//! `xinhui check` finds what a night would stumble over, or do otherwise than was meant.

use std::path::Path;

use crate::night::hand::HandStore;
use crate::night::store::{expect, xinhui};

fn check(dir: &Path, code: i32) -> String {
    let output = expect(xinhui().current_dir(dir).arg("check"), code);
    String::from_utf8(output.stdout).expect("text")
}

/// What a check says of the hand-made store with this change of its config.
fn with(from: &str, to: &str) -> String {
    let hand = HandStore::new();
    hand.store.edit_config(from, to);
    let said = check(hand.store.path(), 2);
    let run = expect(xinhui().args(["run", "--config"]).arg(hand.store.config()).env("LC_ALL", "C"), run_code(to));
    drop(run);
    said
}

/// What bends a night does not stop it.
fn run_code(change: &str) -> i32 {
    if change.contains("profile_scope") { 0 } else { 2 }
}

#[test]
fn the_config_of_this_folder_is_checked_unless_another_is_named() {
    let hand = HandStore::new();
    assert_eq!(check(hand.store.path(), 0), "declarations and config are in order\n");
    let nothing = tempfile::tempdir().unwrap();
    assert!(check(nothing.path(), 0).contains("there is no xinhui.toml in this folder"));
    hand.store.edit_config("city = \"3708\"", "city = \"37\"");
    assert!(check(hand.store.path(), 2).contains("city: `37` is not a division code of 4 digits"));
}

#[test]
fn what_a_night_would_refuse_is_found() {
    assert!(with("city = \"3708\"", "city = \"3709\"").contains("no division of the city 3709"));
    assert!(
        with("from = \"2023\"", "from = \"2024-02\"").contains("periods.from: 2024-02-01 is after as_of (2023-12-31)")
    );
    assert!(with("kinds = [\"year\"]", "kinds = []").contains("periods.kinds: at least one"));
    let late = "kinds = [\"year\"]\n[data]\nfrom = \"2024-06\"";
    assert!(with("kinds = [\"year\"]", late).contains("data.from: 2024-06-01 is after as_of"));
}

#[test]
fn divisions_that_a_plan_is_laid_over_and_that_do_not_exist_are_found() {
    let scope = "key_file = \"xinhui.key\"\n[[profile_scope]]\nprofile = \"liangshan-2023\"\ndivisions = [\"370832\", \"370899\"]";
    let said = with("key_file = \"xinhui.key\"", scope);
    assert!(said.contains("liangshan-2023") && said.contains("no such divisions: 370899"), "{said}");
}

#[test]
fn a_key_or_hash_that_is_not_the_stores_is_found() {
    let hand = HandStore::new();
    hand.night();
    let dir = hand.store.path();
    hand.store.edit_config("key_file = \"xinhui.key\"", "key_file = \"xinhui.key\"\nhash = \"sm3\"");
    assert!(check(dir, 2).contains("this store was made with hash = \"sha256\""));
    hand.store.edit_config("hash = \"sm3\"", "hash = \"sha256\"");
    assert_eq!(check(dir, 0), "declarations and config are in order\n");
    std::fs::write(dir.join("xinhui.key"), [8; 32]).unwrap();
    assert!(check(dir, 2).contains("is not the one this store was made with"));
}

#[test]
fn a_store_that_cannot_be_written_is_found_and_nothing_is_left_behind() {
    let hand = HandStore::new();
    let dir = hand.store.path();
    std::fs::write(dir.join("file"), "").unwrap();
    hand.store.edit_config("store = \"store\"", "store = \"file/store\"");
    let said = check(dir, 2);
    assert!(said.contains("cannot be written"), "{said}");
    hand.store.edit_config("store = \"file/store\"", "store = \"new/store\"");
    let before = names(dir);
    check(dir, 0);
    assert_eq!(names(dir), before);
}

fn names(dir: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        std::fs::read_dir(dir).unwrap().map(|e| e.unwrap().file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

#[test]
fn reference_data_with_a_fault_are_found_without_a_night() {
    let hand = HandStore::new();
    std::fs::write(hand.store.path().join("reference/population.csv"), "区划代码,年份,常住人口\n370832,2023,viele\n")
        .unwrap();
    let said = check(hand.store.path(), 2);
    assert!(said.contains("population.csv"), "{said}");
}
