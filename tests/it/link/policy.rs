//! What decides about identities is declared in `link.toml`, within bounds that are checked.

use super::rows::{Row, batch, row, secret, shipped};
use xinhui::link::persons::{LinkModel, LinkSettings, PreviousPersons, link_with, parse_model};
use xinhui::store::key::HashName;

const SHIPPED: &str = include_str!("../../../schemas/link.toml");

/// The shipped model with one line of it changed.
#[track_caller]
fn changed(line: &str, to: &str) -> String {
    let text = SHIPPED.replacen(line, to, 1);
    assert_ne!(text, SHIPPED, "`{line}` is not in the file");
    text
}

#[test]
fn a_setting_out_of_its_bounds_is_told_and_one_that_is_missing_too() {
    for (line, to, told) in [
        ("phone = 6 ", "phone = 0 ", "a limit of 0"),
        ("people = 3 ", "people = 0 ", "a count of 0"),
        ("compared = 128 ", "compared = 100000 ", "sharing.compared"),
        ("generation = 12 ", "generation = 1 ", "sharing.generation"),
        ("grown_up = 26 ", "grown_up = 4 ", "lists.grown_up"),
        ("school_year_begins = 9 ", "school_year_begins = 13 ", "no month"),
        ("register = \"hospital_patient\"", "register = \"\"", "register and screening"),
        ("slip = 3 ", "slip = 0 ", "lists.slip"),
        ("line = 2 ", "lines = 2 ", "unknown field"),
        ("address = 200 ", "", "address"),
        ("latin_begins_from = 6", "", "`latin` needs `latin_begins_from`"),
    ] {
        let error = parse_model(&changed(line, to)).expect_err(line).to_string();
        assert!(error.contains(told), "{line}: {error}");
    }
    let without: String = SHIPPED.lines().map(|l| format!("{}\n", l.replace("[night.", "[nightly."))).collect();
    let error = parse_model(&without).expect_err("no policy").to_string();
    assert!(error.contains("nightly") || error.contains("[night]"), "{error}");
}

/// Persons among rows of one dataset after another.
fn persons(model: &str, rows: &[Row]) -> usize {
    let weights = shipped().weights.to_text();
    let model = LinkModel::parse(model, &weights).expect("a model");
    let batches: Vec<&[Row]> = rows.chunk_by(|a, b| (a.dataset, a.county) == (b.dataset, b.county)).collect();
    let mut batches = batches.iter().map(|rows| Ok(batch(rows)));
    let key = secret(1, HashName::Sha256);
    let settings = LinkSettings::undecided(&model);
    link_with(&settings, &mut batches, &key, &PreviousPersons::default()).expect("persons").keys.len()
}

#[test]
fn a_phone_of_more_people_than_declared_says_nothing() {
    let said = |key: &str| row(key, "谭喆堃", "1", "").phone("13563201234");
    let mut rows = vec![said("a"), said("b").on(5)];
    rows.extend(["李娜", "张伟"].map(|name| row(name, name, "1", "").phone("13563201234")));
    assert_eq!(persons(SHIPPED, &rows), 3, "three people are no institution");
    assert_eq!(persons(&changed("phone = 6 ", "phone = 2 "), &rows), 4, "above two they are");
}

#[test]
fn another_policy_has_another_digest() {
    let digest = |text: &str| parse_model(text).expect("a model").policy.digest();
    assert_eq!(digest(SHIPPED), shipped().policy.digest());
    assert_ne!(digest(SHIPPED), digest(&changed("phone = 6 ", "phone = 5 ")));
    assert_ne!(digest(SHIPPED), digest(&changed("grown_up = 26 ", "grown_up = 27 ")));
}
