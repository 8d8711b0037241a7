//! Code that makes something else of the same input has a new epoch: a store of before must not serve what it
//! kept as if today's code had made it.
//!
//! `tests/data/epochs.json` holds, for each epoch, its number and a digest of what its code makes of the sample.
//! After a change that is meant, raise the epoch in `src/epoch.rs` of every stage that makes something else, also where
//! it does so only because an earlier one does: nobody could tell a change of its own from that. Then run this test with
//! `XINHUI_EPOCHS=write`.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use arrow::record_batch::RecordBatch;
use arrow::util::display::{ArrayFormatter, FormatOptions};
use regex::Regex;
use serde::{Deserialize, Serialize};
use xinhui::catalogue::{Catalogue, Edition};
use xinhui::epoch::{self, Epochs};
use xinhui::fingerprint::Fingerprint;
use xinhui::publish::{ManifestOutput, WrittenFiles, describe};
use xinhui::schema::Schemas;
use xinhui::schema::layout::identity_schema;
use xinhui::store::Store;
use xinhui::store::key::{HashName, SecretKey};
use xinhui::store::table_file::read_table;
use xinhui::store::vault::Vault;

use crate::night::store::{copy_tree, expect, xinhui};
use crate::synth::tables::files_below;

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Stage {
    epoch: u32,
    digest: String,
}

/// Stages in the order of the night.
const STAGES: [&str; 8] = ["reading", "ledger", "linkage", "numbers", "descriptions", "protection", "outbox", "feeds"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The cells of a batch.
fn add(fingerprint: &mut Fingerprint, batch: &RecordBatch) {
    let schema = batch.schema();
    for (field, column) in schema.fields().iter().zip(batch.columns()) {
        fingerprint.text(field.name());
        let options = FormatOptions::default().with_null("\u{0}");
        let cells = ArrayFormatter::try_new(column, &options).expect("a column that has a text");
        (0..batch.num_rows()).for_each(|row| {
            fingerprint.text(&cells.value(row).to_string());
        });
    }
}

fn add_table(fingerprint: &mut Fingerprint, path: &Path) {
    for batch in read_table(path, None).expect("a table") {
        add(fingerprint, &batch.expect("a batch"));
    }
}

/// The digest of all tables below a folder.
fn of_folder(folder: &Path) -> String {
    let mut fingerprint = Fingerprint::new("tables");
    let tables: BTreeMap<String, PathBuf> =
        files_below(folder).into_iter().filter(|(name, _)| name.ends_with(".parquet")).collect();
    assert!(!tables.is_empty(), "no table below {}", folder.display());
    for (name, path) in tables {
        fingerprint.text(&name);
        add_table(&mut fingerprint, &path);
    }
    fingerprint.hex()
}

/// The digest of the facts below a folder, whose rows stand in any order.
fn of_facts(folder: &Path) -> String {
    let mut rows: Vec<String> = Vec::new();
    for (name, path) in files_below(folder).into_iter().filter(|(name, _)| name.ends_with(".parquet")) {
        for batch in read_table(&path, None).expect("a table") {
            let batch = batch.expect("a batch");
            let options = FormatOptions::default().with_null("\u{0}");
            let cells = |column| ArrayFormatter::try_new(column, &options).expect("a column that has a text");
            let columns: Vec<ArrayFormatter<'_>> = batch.columns().iter().map(|c| cells(c.as_ref())).collect();
            let text = |row| columns.iter().map(|cells| cells.value(row).to_string()).collect::<Vec<_>>();
            rows.extend((0..batch.num_rows()).map(|row| format!("{name}\u{1}{}", text(row).join("\u{1}"))));
        }
    }
    assert!(!rows.is_empty(), "no facts below {}", folder.display());
    rows.sort_unstable();
    let mut fingerprint = Fingerprint::new("facts");
    rows.iter().for_each(|row| {
        fingerprint.text(row);
    });
    fingerprint.hex()
}

fn of_reading(store: &Store, key: &Path) -> String {
    #[derive(Deserialize)]
    struct Register {
        files: Vec<File>,
    }
    #[derive(Deserialize)]
    struct File {
        file: String,
        tables: Vec<Table>,
        refused: serde_json::Value,
        findings: serde_json::Value,
    }
    #[derive(Deserialize)]
    struct Table {
        file: String,
        sheet: String,
        dataset: String,
        id: String,
        export_day: i32,
        rows: u64,
        not_data: u64,
    }
    let schemas = Schemas::embedded().expect("the declarations");
    let vault = Vault::open(&store.identities(), &SecretKey::read(key, HashName::Sha256).expect("a key"));
    let vault = vault.expect("a vault");
    let bytes = std::fs::read(store.register()).expect("a register");
    let register: Register = serde_json::from_slice(&bytes).expect("JSON");
    let mut f = Fingerprint::new("reading");
    for file in register.files {
        f.text(&file.file).written(&file.refused).written(&file.findings);
        for t in file.tables {
            f.text(&t.file).text(&t.sheet).text(&t.dataset);
            f.number(t.export_day).number(t.rows).number(t.not_data);
            add_table(&mut f, &store.parsed(&t.dataset, &t.id));
            let declared = schemas.table(&t.dataset).expect("a dataset");
            if let Some(columns) = identity_schema(declared) {
                let names: Vec<&str> = columns.fields().iter().map(|c| c.name().as_str()).collect();
                let rows = vault.read(&format!("{}/{}.parquet", t.dataset, t.id), &names).expect("identities");
                rows.for_each(|batch| add(&mut f, &batch.expect("a batch")));
            }
        }
    }
    f.hex()
}

/// What lies beside the tables of both editions, with files of one length in their place.
fn of_descriptions(snapshot: &Path) -> String {
    let catalogue = Catalogue::of(&Schemas::embedded().expect("the declarations"));
    let mut fingerprint = Fingerprint::new("descriptions");
    for edition in Edition::ALL {
        let mut written = WrittenFiles::default();
        for table in catalogue.tables.iter().filter(|table| table.editions.contains(&edition)) {
            let path = table.path(edition);
            let at = snapshot.join(&path);
            std::fs::create_dir_all(at.parent().expect("a folder")).expect("a folder");
            std::fs::write(at, "1234").expect("a file");
            written.outputs.push(ManifestOutput { path, sha256: "00".repeat(32), rows: 1 });
        }
        describe(snapshot, &catalogue, edition, "2023-12-31", &mut written).expect("descriptions");
        written.descriptions.iter().for_each(|file| {
            fingerprint.text(&file.path).text(&file.sha256);
        });
    }
    fingerprint.hex()
}

/// The data files of a package in all formats. Its manifest and signature name the day and the key.
fn of_package(dir: &Path) -> String {
    let formats = r#"["parquet", "csv", "sdmx", "dhis2", "adx", "fhir", "oracle", "dameng"]"#;
    let feed = format!(
        "\n[feeds.all]\naudience = \"superior\"\nkey = \"feed.key\"\nformats = {formats}\ntables = [\"indicators\", \"scorecard\"]\n"
    );
    let config = dir.join("xinhui.toml");
    let text = std::fs::read_to_string(&config).expect("a config");
    std::fs::write(&config, text + &feed).expect("a config");
    expect(xinhui().args(["feed", "key", "--out"]).arg(dir.join("feed.key")), 0);
    let out = dir.join("package");
    expect(xinhui().args(["feed", "build", "all", "--config"]).arg(&config).arg("--out").arg(&out), 0);
    let night = Regex::new(r"\d{4}-?\d\d-?\d\dT\d\d:?\d\d:?\d\dZ").expect("when the snapshot was made");
    let mut fingerprint = Fingerprint::new("package");
    let mut files = 0;
    for (name, path) in files_below(&out) {
        let (_, name) = name.split_once('/').expect("a file of the package");
        if name.starts_with("manifest.json") {
            continue;
        }
        files += 1;
        fingerprint.text(name);
        match name.rsplit('.').next() {
            Some("parquet") => add_table(&mut fingerprint, &path),
            _ => {
                let text = std::fs::read_to_string(&path).expect("a text");
                fingerprint.text(&night.replace_all(&text, ""));
            }
        }
    }
    assert!(files > 10, "{files} files");
    fingerprint.hex()
}

/// All parts of all workbooks but those that say when they were made.
fn of_workbooks(folder: &Path) -> String {
    let mut fingerprint = Fingerprint::new("workbooks");
    let workbooks = files_below(folder);
    assert!(workbooks.keys().any(|name| name.ends_with(".xlsx")), "no workbook in {}", folder.display());
    for (name, path) in workbooks.iter().filter(|(name, _)| name.ends_with(".xlsx")) {
        fingerprint.text(name);
        let mut book = zip::ZipArchive::new(std::fs::File::open(path).expect("a file")).expect("a workbook");
        for part in 0..book.len() {
            let mut part = book.by_index(part).expect("a part");
            let mut bytes = Vec::new();
            part.read_to_end(&mut bytes).expect("whole");
            let name = part.name().expect("a name").into_owned();
            if !name.starts_with("docProps/") {
                fingerprint.text(&name).bytes(&bytes);
            }
        }
    }
    fingerprint.hex()
}

#[test]
fn code_that_makes_something_else_of_the_same_input_has_a_new_epoch() {
    let dir = tempfile::tempdir().expect("a folder");
    for part in ["inbox", "reference"] {
        copy_tree(&root().join("sample-data").join(part), &dir.path().join(part));
    }
    // Files whose names bear no date have that of the file.
    let day = SystemTime::UNIX_EPOCH + Duration::from_secs(1_704_000_000);
    for path in files_below(&dir.path().join("inbox")).into_values() {
        let file = std::fs::File::options().write(true).open(path).expect("a file");
        file.set_modified(day).expect("a time");
    }
    for file in ["xinhui.toml", "xinhui.key"] {
        std::fs::copy(root().join("sample-data").join(file), dir.path().join(file)).expect("copied");
    }
    let config = std::fs::read_to_string(dir.path().join("xinhui.toml")).expect("a config");
    let with_edition = format!("{config}\n[public]\nrelease = \"nightly\"\n");
    std::fs::write(dir.path().join("xinhui.toml"), with_edition).expect("a config");
    expect(xinhui().arg("run").arg("--config").arg(dir.path().join("xinhui.toml")), 1);
    let store = Store::at(&dir.path().join("store"));
    let internal = store.current().join("internal");
    let mut persons = Fingerprint::new("persons");
    add_table(&mut persons, &store.persons());
    let mut ledger = Fingerprint::new("ledger");
    let accepted = of_folder(&store.private().join("accepted"));
    ledger.text(&accepted).text(&of_folder(&internal.join("quality")));
    let mut numbers = Fingerprint::new("numbers");
    numbers.text(&of_facts(&store.private().join("facts")));
    ["indicators", "rollups", "scorecard", "gaps", "stations", "labels"].iter().for_each(|part| {
        numbers.text(&of_folder(&internal.join(part)));
    });
    let mut protection = Fingerprint::new("protection");
    for part in ["public", "internal/disclosure"] {
        protection.text(&of_folder(&store.current().join(part)));
    }
    let now = Epochs::NOW;
    let made = [
        (now.reading, of_reading(&store, &dir.path().join("xinhui.key"))),
        (now.ledger, ledger.hex()),
        (now.linkage, persons.hex()),
        (now.numbers, numbers.hex()),
        (now.descriptions, of_descriptions(&dir.path().join("described"))),
        (now.protection, protection.hex()),
        (epoch::OUTBOX, of_workbooks(&store.outbox())),
        (epoch::FEEDS, of_package(dir.path())),
    ];
    let made: BTreeMap<String, Stage> =
        STAGES.iter().zip(made).map(|(name, (epoch, digest))| ((*name).to_owned(), Stage { epoch, digest })).collect();

    let path = root().join("tests/data/epochs.json");
    let text = std::fs::read_to_string(&path).expect("the digests of what each epoch makes");
    let stored: BTreeMap<String, Stage> = serde_json::from_str(&text).expect("JSON");
    let mut raised = false;
    for name in STAGES {
        let (made, stored) = (&made[name], stored.get(name).unwrap_or_else(|| panic!("no digest of {name} is stored")));
        assert!(made.epoch >= stored.epoch, "{name}: an epoch is never lowered");
        raised |= made.epoch > stored.epoch;
        assert!(
            made.digest == stored.digest || made.epoch > stored.epoch,
            "{name} makes something else of the sample than epoch {} did: raise it in src/epoch.rs",
            stored.epoch
        );
    }
    if std::env::var("XINHUI_EPOCHS").is_ok_and(|mode| mode == "write") {
        std::fs::write(&path, serde_json::to_string_pretty(&made).expect("JSON") + "\n").expect("written");
        return;
    }
    assert!(!raised, "an epoch was raised: write what it makes now with XINHUI_EPOCHS=write");
}
