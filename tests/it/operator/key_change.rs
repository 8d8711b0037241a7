//! A new key for a store that goes on.

use std::path::PathBuf;

use crate::night::store::{TestStore, assert_same_bytes, bytes_below, expect, xinhui};

fn city() -> TestStore {
    let size = ["--persons", "300", "--counties", "370832", "--towns", "2", "--dirt", "normal", "--nights", "3"];
    TestStore::synth(&size).quick()
}

fn change(store: &TestStore, code: i32) -> String {
    let output = expect(xinhui().args(["key", "change", "--config"]).arg(store.config()), code);
    String::from_utf8([output.stdout, output.stderr].concat()).expect("text")
}

/// The key that was put aside by the last change.
fn old_key(store: &TestStore) -> PathBuf {
    let is_old = |path: &PathBuf| path.to_string_lossy().contains("xinhui.key.before-");
    let mut keys: Vec<PathBuf> =
        std::fs::read_dir(store.path()).unwrap().map(|e| e.unwrap().path()).filter(is_old).collect();
    keys.sort();
    keys.pop().expect("an old key")
}

#[test]
fn a_store_with_a_new_key_goes_on_as_if_it_had_the_old_one() {
    let plain = city();
    plain.arrive(1);
    plain.publish();
    let changed = plain.copy();
    assert!(change(&changed, 0).contains("encrypted with a new key"));
    expect(xinhui().args(["verify", "--config"]).arg(changed.config()), 0);
    for night in [2, 3] {
        for store in [&plain, &changed] {
            store.arrive(night);
            store.publish();
        }
        // Rows that were read under the old key are known again: the same fates, versions and numbers.
        assert_same_bytes(&bytes_below(&plain.internal()), &bytes_below(&changed.internal()), "a new key");
        change(&changed, 0);
    }
    expect(xinhui().args(["run", "--from-scratch", "--config"]).arg(changed.config()), exit_code(&plain));
}

/// How the nights of the same input end.
fn exit_code(store: &TestStore) -> i32 {
    xinhui().args(["run", "--config"]).arg(store.config()).output().unwrap().status.code().expect("a code")
}

#[test]
fn the_old_key_opens_nothing_any_more() {
    let store = city();
    store.arrive(1);
    store.publish();
    let before = bytes_below(&store.path().join("store/private/identities"));
    change(&store, 0);
    let after = bytes_below(&store.path().join("store/private/identities"));
    assert_eq!(before.keys().collect::<Vec<_>>(), after.keys().collect::<Vec<_>>());
    assert!(before.iter().all(|(name, bytes)| after[name] != *bytes), "a file is as it was");

    let key = store.path().join("xinhui.key");
    let new = std::fs::read(&key).unwrap();
    std::fs::copy(old_key(&store), &key).unwrap();
    for command in ["run", "check", "verify"] {
        let output = expect(xinhui().args([command, "--config"]).arg(store.config()), 2);
        let said = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        assert!(said.contains("is not the one this store was made with"), "{command}: {said}");
    }
    assert!(change(&store, 2).contains("is not the one this store was made with"));
    std::fs::write(&key, new).unwrap();
    expect(xinhui().args(["verify", "--config"]).arg(store.config()), 0);
}

#[test]
fn a_change_that_died_between_vault_and_key_files_is_ended_by_the_next_call() {
    let store = city();
    store.arrive(1);
    store.publish();
    let key = store.path().join("xinhui.key");
    let old = std::fs::read(&key).unwrap();
    change(&store, 0);
    // As if the files had not changed their names yet.
    std::fs::rename(&key, store.path().join("xinhui.key.next")).unwrap();
    std::fs::rename(old_key(&store), &key).unwrap();
    assert_eq!(std::fs::read(&key).unwrap(), old);
    let stopped = expect(xinhui().args(["run", "--config"]).arg(store.config()), 2);
    let said = String::from_utf8_lossy(&stopped.stderr).into_owned();
    assert!(said.contains("run `xinhui key change` again") && said.contains("xinhui.key.next"), "{said}");
    change(&store, 0);
    assert_ne!(std::fs::read(&key).unwrap(), old);
    expect(xinhui().args(["verify", "--config"]).arg(store.config()), 0);
}

#[test]
fn a_store_without_a_night_has_no_key_to_change() {
    let store = city();
    assert!(change(&store, 2).contains("has no vault yet"));
}

#[test]
fn no_former_key_is_written_over_however_fast_the_changes_follow() {
    let store = city();
    store.arrive(1);
    store.publish();
    let mut former = std::collections::BTreeSet::new();
    for _ in 0..4 {
        former.insert(std::fs::read(store.path().join("xinhui.key")).unwrap());
        change(&store, 0);
    }
    let is_old = |path: &PathBuf| path.to_string_lossy().contains("xinhui.key.before-");
    let all = std::fs::read_dir(store.path()).unwrap().map(|entry| entry.unwrap().path());
    let kept: std::collections::BTreeSet<Vec<u8>> =
        all.filter(is_old).map(|path| std::fs::read(path).unwrap()).collect();
    assert_eq!(kept, former);
}
