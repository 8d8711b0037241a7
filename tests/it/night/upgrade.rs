//! What an earlier program kept is never served as if today's had made it; what a later one kept is not touched.

use std::fs;
use std::path::Path;

use sha2::{Digest, Sha256};
use xinhui::epoch::{Epochs, READING};

use super::store::{TestStore, bytes_below, expect, xinhui};
use crate::synth::tables::files_below;

/// A store with its inbox, as a program before epochs left it.
fn earlier() -> TestStore {
    unpacked("earlier_store.zip")
}

/// The same as the program left it that was the last before these epochs: with a public edition of the same day, which
/// an earlier protection made.
fn landed() -> TestStore {
    unpacked("landed_store.zip")
}

fn unpacked(name: &str) -> TestStore {
    let dir = tempfile::tempdir().expect("a folder");
    let file = fs::File::open(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name));
    zip::ZipArchive::new(file.expect("a file")).expect("an archive").extract(dir.path()).expect("extracted");
    TestStore { dir }
}

fn manifest(store: &TestStore) -> serde_json::Value {
    let bytes = fs::read(store.path().join("store/current/manifest.json")).expect("a manifest");
    serde_json::from_slice(&bytes).expect("JSON")
}

fn tables(store: &TestStore) -> Vec<(String, Vec<u8>)> {
    let mut all: Vec<_> = bytes_below(&store.internal()).into_iter().collect();
    all.sort();
    all
}

/// A description of tables without those that are kept of an edition.
fn without_editions(datapackage: &[u8]) -> Vec<u8> {
    let mut package: serde_json::Value = serde_json::from_slice(datapackage).expect("JSON");
    let resources = package["resources"].as_array_mut().expect("resources");
    let all = resources.len();
    resources.retain(|r| !r["path"].as_str().expect("a path").starts_with("disclosure/"));
    assert!(resources.len() < all && resources.len() > 10, "{package}");
    package.to_string().into_bytes()
}

fn said(output: &std::process::Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn a_store_of_an_earlier_program_ends_with_the_tables_of_a_fresh_one() {
    let store = earlier();
    let exports = files_below(&store.path().join("inbox")).len();
    let fresh = store.copy();
    fs::remove_dir_all(fresh.path().join("store")).expect("removed");
    fresh.run(0);
    let night = said(&store.run(0));
    assert!(night.contains(&format!("upgraded: {exports} files of the inbox were read again")), "{night}");
    assert_eq!(tables(&store), tables(&fresh));
    assert_eq!(manifest(&store)["epochs"], serde_json::to_value(Epochs::NOW).expect("JSON"));
    // Once is enough.
    let next = said(&store.run(0));
    assert!(next.contains("nothing new") && !next.contains("upgraded"), "{next}");
}

#[test]
fn a_store_of_the_last_program_goes_on_with_the_tables_of_a_fresh_one_and_an_edition() {
    let store = landed();
    let public = bytes_below(&store.path().join("store/current/public"));
    assert!(public.len() > 10, "{:?}", public.keys());
    let fresh = store.copy();
    fs::remove_dir_all(fresh.path().join("store")).expect("removed");
    fresh.run(0);
    store.run(0);
    // What is kept of an edition is as the program left it that made the edition.
    let numbers = |store: &TestStore| -> Vec<_> {
        let all = tables(store).into_iter().filter(|(name, _)| !name.starts_with("disclosure/"));
        all.map(
            |(name, bytes)| if name == "datapackage.json" { (name, without_editions(&bytes)) } else { (name, bytes) },
        )
        .collect()
    };
    let (goes_on, fresh) = (numbers(&store), numbers(&fresh));
    assert_eq!(goes_on.iter().map(|t| &t.0).collect::<Vec<_>>(), fresh.iter().map(|t| &t.0).collect::<Vec<_>>());
    let differ: Vec<_> = goes_on.iter().zip(&fresh).filter(|(a, b)| a != b).map(|(a, _)| &a.0).collect();
    assert!(differ.is_empty(), "{differ:?}");
    // What that edition told is known for good, so that what is made anew of the day must not contradict it.
    assert!(bytes_below(&store.path().join("store/current/public")).len() >= public.len());
    expect(xinhui().args(["verify", "--config"]).arg(store.config()), 0);
    expect(xinhui().args(["disclosure", "verify", "--config"]).arg(store.config()), 0);
    assert!(said(&store.run(0)).contains("nothing new"));
}

#[test]
fn rows_of_files_that_are_gone_stand_as_an_earlier_program_read_them_and_are_named() {
    let store = earlier();
    let gone = "370832/police/police_person_20231231.csv";
    fs::remove_file(store.path().join("inbox").join(gone)).expect("removed");
    let night = said(&store.run(0));
    assert!(night.contains("are no longer in the inbox") && night.contains(gone), "{night}");
    let earlier = manifest(&store)["read_earlier"].clone();
    assert_eq!(earlier[0]["path"], gone);
    assert!(earlier[0]["epoch"].as_u64().expect("a number") < u64::from(READING), "{earlier}");
    let whole = self::earlier();
    whole.run(0);
    assert_eq!(tables(&store), tables(&whole));
    // It is said for as long as it is so.
    assert!(said(&store.run(0)).contains(gone));
}

#[test]
fn a_store_of_a_later_program_is_refused_and_left_alone() {
    let store = earlier();
    store.run(0);
    let path = store.path().join("store/private/manifest.json");
    let sealed = fs::read_to_string(&path).expect("a manifest");
    let body = sealed.trim_end().rsplit_once('\n').expect("a seal").0;
    for (name, value) in [("numbers", 1_000), ("a_later_part", 1)] {
        let mut body: serde_json::Value = serde_json::from_str(body).expect("JSON");
        body["epochs"][name] = value.into();
        let body = body.to_string();
        let seal: String = Sha256::digest(&body).iter().map(|b| format!("{b:02x}")).collect();
        fs::write(&path, format!("{body}\n{seal}\n")).expect("written");
        let before = bytes_below(&store.path().join("store/snapshots"));
        let output = expect(xinhui().args(["run", "--config"]).arg(store.config()), 4);
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(told.contains("later version of xinhui"), "{name}: {told}");
        assert_eq!(bytes_below(&store.path().join("store/snapshots")), before);
    }
}

#[test]
fn from_scratch_gives_the_same_tables_or_names_the_first_difference() {
    let args = ["--persons", "400", "--towns", "2", "--seed", "8", "--dirt", "light", "--nights", "2"];
    let store = TestStore::synth(&args);
    store.arrive(1);
    store.publish();
    store.arrive(2);
    let from_scratch =
        |code| said(&expect(xinhui().args(["run", "--from-scratch", "--config"]).arg(store.config()), code));
    // As a run leaves it that was killed.
    fs::create_dir_all(store.path().join("store.from-scratch-20260101T000000Z.unfinished/private")).expect("a folder");
    let same = from_scratch(1);
    assert!(same.contains("internal tables are the same, byte for byte"), "{same}");
    let beside = |store: &TestStore| {
        let names = fs::read_dir(store.path()).expect("a folder").flatten();
        names.filter(|e| e.file_name().to_string_lossy().contains("from-scratch")).count()
    };
    assert_eq!(beside(&store), 0, "nothing is left where nothing differs");

    let registers = files_below(&store.path().join("inbox"));
    let (name, path) = registers.iter().find(|(name, _)| name.contains("370832/station")).expect("an export");
    fs::remove_file(path).expect("removed");
    let differs = from_scratch(5);
    assert!(differs.contains("are no longer in the inbox") && differs.contains(name.as_str()), "{differs}");
    assert!(
        differs.contains("the first difference") && differs.contains(" is published, recomputed it is "),
        "{differs}"
    );
    assert_eq!(beside(&store), 1);
    // What is kept to be looked at, no later run removes.
    store.run(1);
    assert_eq!(beside(&store), 1);
}
