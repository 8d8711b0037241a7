//! Editions that follow editions of another policy, or nights without any.

use std::fs;
use std::path::{Path, PathBuf};

use crate::contract::inbox::{Inbox, SERVICE, SITE, SITE_S1, service};
use crate::night::published;
use crate::night::store::{TestStore, bytes_below, copy_tree, expect, xinhui};

use super::publishing;

const SUPPRESS: &str = "method = \"suppress\"";
const ROUND: &str = "method = \"round\"\nbase = 10";

fn city() -> TestStore {
    let args = ["--persons", "250", "--counties", "370832,370811", "--towns", "2", "--dirt", "none"];
    publishing(TestStore::synth(&args).quick(), "release = \"nightly\"")
}

/// The declarations, with these words of the public's policy in the place of others.
fn declarations(store: &TestStore, changes: &[(&str, &str)]) -> PathBuf {
    let dir = store.path().join("schemas");
    let _ = fs::remove_dir_all(&dir);
    copy_tree(&Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas"), &dir);
    let path = dir.join("disclosure.toml");
    let mut text = fs::read_to_string(&path).expect("a policy");
    for (from, to) in changes {
        assert!(text.contains(from), "{from}");
        text = text.replace(from, to);
    }
    fs::write(&path, text).expect("a policy");
    dir
}

/// A night by these declarations, and the audit of its edition.
#[track_caller]
fn night(store: &TestStore, day: &str, declarations: &Path) {
    let config = fs::read_to_string(store.config()).expect("a config");
    let lines = config
        .lines()
        .map(|line| if line.starts_with("as_of") { format!("as_of = \"{day}\"") } else { line.to_owned() });
    fs::write(store.config(), lines.collect::<Vec<_>>().join("\n") + "\n").expect("a config");
    for command in [["run", "--schemas"].as_slice(), &["disclosure", "verify", "--schemas"]] {
        expect(xinhui().args(command).arg(declarations).arg("--config").arg(store.config()), 0);
    }
}

#[test]
fn a_rounded_edition_is_followed_by_others() {
    let store = city();
    let rounds = declarations(&store, &[(SUPPRESS, ROUND)]);
    for day in ["2023-12-31", "2024-01-01", "2024-01-20", "2024-04-02"] {
        night(&store, day, &rounds);
    }
}

#[test]
fn a_policy_that_leaves_out_more_publishes_anew() {
    let store = city();
    night(&store, "2023-12-31", &declarations(&store, &[]));
    let floor = [("lowest_level = \"village\"", "lowest_level = \"county\"")];
    night(&store, "2024-01-01", &declarations(&store, &floor));
}

/// By the rules of another policy everything would seem wrong: that alone is told.
#[test]
fn an_edition_is_not_audited_by_another_policy() {
    let store = city();
    let rounds = declarations(&store, &[(SUPPRESS, ROUND)]);
    night(&store, "2023-12-31", &rounds);
    let output = expect(xinhui().args(["disclosure", "verify", "--lang", "en", "--config"]).arg(store.config()), 6);
    let told = [output.stdout, output.stderr].concat();
    let told = String::from_utf8_lossy(&told);
    assert!(told.contains("made with another policy") && told.contains("--schemas"), "{told}");
}

/// What was published is known for good: after nights without editions closed periods stay as they were.
#[test]
fn nights_without_editions_forget_none() {
    let inbox = Inbox::new();
    inbox.station("sites_20230601.csv", &[SITE, SITE_S1]);
    let rows: Vec<String> = (0..30).map(|at| service(&format!("R{at}"), &[])).collect();
    inbox.station("services_20230601.csv", &[SERVICE, &rows.join("\n")]);
    let config = fs::read_to_string(inbox.path("xinhui.toml")).expect("a config");
    let of_release = |release: &str, more: &str| {
        inbox.write("xinhui.toml", format!("keep_snapshots = 1\n{config}\n[public]\nrelease = \"{release}\"\n{more}"));
        inbox.publish();
    };
    of_release("nightly", "");
    let folder = inbox.path("store/current/internal/disclosure/exact/rollups");
    let tables = || -> Vec<_> {
        let files = bytes_below(&folder).into_keys();
        files.map(|name| (published::table(&folder.join(&name)), name)).collect()
    };
    let first = tables();
    assert!(first.len() > 5, "{first:?}");
    inbox.station("services_20240101.csv", &[SERVICE, &service("R99", &[])]);
    for release in ["off", "off"] {
        of_release(release, "");
        assert!(!folder.exists());
        inbox.station("services_20240102.csv", &[SERVICE, &service("R100", &[])]);
    }
    of_release("nightly", "");
    assert!(tables() == first, "closed periods have changed");
}
