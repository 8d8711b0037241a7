//! Every published number equals the naive reference's.

use super::published;
use super::store::TestStore;
use crate::reference::compare::compare;
use crate::reference::world::World;
use crate::reference::{indicators, rollups, scorecard};

/// Runs a night on clean input and compares every cell.
#[track_caller]
fn check(args: &[&str], edits: &[(&str, &str)]) {
    let mut all = vec!["--dirt", "none"];
    all.extend(args);
    let store = TestStore::synth(&all);
    for (from, to) in edits {
        store.edit_config(from, to);
    }
    agrees_with_the_reference(&store);
}

/// Runs a night and compares every cell.
#[track_caller]
pub fn agrees_with_the_reference(store: &TestStore) {
    store.run(0);
    let world = World::from_clean_dir(store.path());
    let internal = store.internal();
    compare(&indicators::indicators(&world), &published::indicators(&internal)).unwrap_or_else(|e| panic!("{e}"));
    compare(&scorecard::scorecard(&world), &published::scorecard(&internal)).unwrap_or_else(|e| panic!("{e}"));
    let got = published::rollups(&internal);
    for (name, expected) in rollups::rollups(&world) {
        compare(&expected, &got[&name]).unwrap_or_else(|e| panic!("{name}: {e}"));
    }
}

const SMALL: [&str; 6] = ["--persons", "2000", "--counties", "370832,370811", "--towns", "3"];

#[test]
fn every_cell_equals_the_reference_by_month_gap() {
    check(&SMALL, &[]);
}

#[test]
fn every_cell_equals_the_reference_by_prorata() {
    check(&SMALL, &[("managed_rule = \"month_gap\"", "managed_rule = \"prorata\"")]);
}

#[test]
fn every_cell_equals_the_reference_by_interval() {
    check(&SMALL, &[("managed_rule = \"month_gap\"", "managed_rule = \"interval\"")]);
}

#[test]
fn every_cell_equals_the_reference_by_visits_and_checkup() {
    check(&SMALL, &[("managed_rule = \"month_gap\"", "managed_rule = \"visits_and_checkup\"")]);
}
