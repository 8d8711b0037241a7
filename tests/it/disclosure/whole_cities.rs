//! Whole cities of which the gate once kept back an edition: each night publishes, and an audit finds nothing.

use std::fs;

use crate::night::store::{TestStore, expect, xinhui};

fn nights(seed: &str, days: &[&str]) {
    let args = ["--persons", "3000", "--towns", "2", "--city", "3704", "--counties", "370402,370403,370481"];
    let store = TestStore::synth(&[&args[..], &["--seed", seed]].concat());
    let config = fs::read_to_string(store.config()).expect("a config");
    fs::write(store.config(), format!("{config}\n[public]\nrelease = \"nightly\"\n")).expect("a config");
    let mut day = "2023-12-31";
    for next in days {
        store.edit_config(&format!("as_of = \"{day}\""), &format!("as_of = \"{next}\""));
        day = next;
        store.publish();
        expect(xinhui().args(["disclosure", "verify", "--config"]).arg(store.config()), 0);
    }
}

/// A change was taken for the proof of a row that it does not touch: its division has no value of a field that may have
/// several.
#[test]
fn a_row_of_a_field_with_several_values_is_kept_open_by_what_touches_it() {
    nights("2", &["2023-10-31"]);
}

/// Many rows need a linear program after two editions have fixed what is shown.
#[test]
fn a_third_edition_has_programs_enough() {
    nights("6", &["2023-10-31", "2023-11-30", "2023-12-31"]);
}
