//! Whole cities of which the gate once kept back an edition: each night publishes, and an audit finds nothing.

use std::fs;

use crate::night::store::TestStore;

use super::{publishing, verify};

fn nights(seed: &str, days: &[&str]) {
    let args = ["--persons", "3000", "--towns", "2", "--city", "3704", "--counties", "370402,370403,370481"];
    let store = TestStore::synth(&[&args[..], &["--seed", seed]].concat());
    let store = publishing(store, "release = \"nightly\"");
    let mut day = "2023-12-31";
    for next in days {
        store.edit_config(&format!("as_of = \"{day}\""), &format!("as_of = \"{next}\""));
        day = next;
        store.publish();
        verify(&store, 0);
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

/// A county sends for the first time after an edition stands: the year before of its incidents is more than what was
/// published of that year, its screenings stand in open periods that are more than their closed months, and after the
/// revision villages have denominators beside numerators of nothing that were shown.
#[test]
fn a_county_that_joins_later_keeps_no_night_back() {
    let args = ["--persons", "3000", "--towns", "2", "--city", "3704", "--counties", "370402,370403,370481"];
    let store = TestStore::synth(&[&args[..], &["--seed", "1", "--from", "2022-01-01"]].concat());
    let store = publishing(store, "release = \"monthly\"");
    let (inbox, away) = (store.path().join("inbox/370481"), store.path().join("away"));
    fs::rename(&inbox, &away).expect("a county that sends nothing");
    let mut day = "2023-12-31";
    for next in ["2023-11-03", "2023-12-05", "2024-01-05", "2024-04-02"] {
        store.edit_config(&format!("as_of = \"{day}\""), &format!("as_of = \"{next}\""));
        day = next;
        store.publish();
        verify(&store, 0);
        if away.is_dir() {
            fs::rename(&away, &inbox).expect("a county that sends");
        }
    }
}
