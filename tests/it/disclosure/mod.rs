//! What leaves tells nothing of few people.

use std::fs;

use crate::night::store::{TestStore, expect, xinhui};

mod attacker;
mod changed_policy;
mod editions;
mod hierarchies;
mod last_resort;
mod late;
mod linked;
mod planted;
mod rounded_night;
mod rounding;
mod shared;
mod taken_for_sums;
mod whole_cities;
mod windows;

/// The store with these lines about editions in its config.
fn publishing(store: TestStore, public: &str) -> TestStore {
    let config = fs::read_to_string(store.config()).expect("a config");
    fs::write(store.config(), format!("{config}\n[public]\n{public}\n")).expect("a config");
    store
}

/// What an audit of the edition says, which ends with an exit code.
#[track_caller]
fn verify(store: &TestStore, code: i32) -> String {
    let output = expect(xinhui().args(["disclosure", "verify", "--config"]).arg(store.config()), code);
    String::from_utf8_lossy(&output.stdout).into_owned()
}
