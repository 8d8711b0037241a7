//! The catalogue says what a snapshot holds: paths, columns, keys, sort order, words and whom numbers count.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::path::Path;

use arrow::array::RecordBatch;
use arrow::util::display::{ArrayFormatter, FormatOptions};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use sha2::{Digest, Sha256};
use xinhui::catalogue::{Catalogue, ColumnRole, Edition, Key, PublishedTable};
use xinhui::schema::{AddsUp, Counts, Schemas};

use crate::night::store::{TestStore, copy_tree, expect, xinhui};
use crate::synth::tables::files_below;

fn catalogue() -> Catalogue {
    Catalogue::of(&Schemas::embedded().expect("the declarations"))
}

/// Key columns of a batch as one text a row.
fn keys_of(table: &PublishedTable, batch: &RecordBatch) -> Vec<String> {
    let options = FormatOptions::default().with_null("\u{0}");
    let columns = table.keys().map(|key| batch.column_by_name(&key.name).expect("a key column"));
    let cells: Vec<_> = columns.map(|c| ArrayFormatter::try_new(c, &options).expect("a text")).collect();
    (0..batch.num_rows())
        .map(|row| cells.iter().map(|c| c.value(row).to_string()).collect::<Vec<_>>().join("\u{1}"))
        .collect()
}

#[test]
fn every_table_of_a_snapshot_is_what_the_catalogue_says() {
    let dir = tempfile::tempdir().unwrap();
    copy_tree(&Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-data"), dir.path());
    let _ = std::fs::remove_dir_all(dir.path().join("store"));
    let store = TestStore { dir };
    store.edit_config("[\"month\", \"quarter\", \"half\", \"year\"]", "[\"half\", \"year\"]");
    with_public_edition(&store);
    store.publish();
    let catalogue = catalogue();
    let current = store.path().join("store/current");
    let mut seen = BTreeSet::new();
    for (path, file) in files_below(&current).into_iter().filter(|(path, _)| path.ends_with(".parquet")) {
        // What the edition was made of lies beside it, as the exact tables do.
        let path = path.replace("internal/disclosure/exact/", "internal/");
        let (table, edition) = catalogue.at(&path).unwrap_or_else(|| panic!("{path} is not in the catalogue"));
        assert!(table.editions.contains(&edition) && table.path(edition) == path, "{path}");
        seen.insert(table.name.clone());
        let reader = ParquetRecordBatchReaderBuilder::try_new(File::open(file).unwrap()).unwrap();
        assert_eq!(reader.schema().fields(), table.schema(edition).fields(), "{path}");
        let metadata = reader.metadata().clone();
        let pairs: BTreeMap<&str, &str> = metadata
            .file_metadata()
            .key_value_metadata()
            .into_iter()
            .flatten()
            .filter_map(|pair| Some((pair.key.as_str(), pair.value.as_deref()?)))
            .collect();
        assert_eq!(pairs["title"], table.title.in_files, "{path}");
        for column in table.columns_in(edition) {
            assert_eq!(pairs[format!("column:{}", column.name).as_str()], column.words.in_files, "{path}");
        }
        for group in metadata.row_groups() {
            assert_eq!(group.sorting_columns().map_or(0, Vec::len), table.sorted_by, "{path}");
        }
        let mut keys = BTreeSet::new();
        let mut rows = 0;
        for batch in reader.build().unwrap() {
            let batch = batch.unwrap();
            rows += batch.num_rows();
            keys.extend(keys_of(table, &batch));
        }
        // Two findings of one cell are two rows.
        assert!(keys.len() == rows || table.name == "quality/rejects", "{path}: {} keys of {rows} rows", keys.len());
        assert!(rows > 0, "{path} is empty");
    }
    let not_written = ["indicators/month", "indicators/quarter"];
    let listed: BTreeSet<String> =
        catalogue.tables.iter().map(|t| t.name.clone()).filter(|n| !not_written.contains(&n.as_str())).collect();
    assert_eq!(seen, listed);
}

fn with_public_edition(store: &TestStore) {
    let config = std::fs::read_to_string(store.config()).unwrap();
    std::fs::write(store.config(), format!("{config}\n[public]\nrelease = \"nightly\"\n")).unwrap();
}

/// The pages of an edition, with the other language's.
const PAGES: [[&str; 2]; 4] = [
    ["data-dictionary.md", "data-dictionary.zh-CN.md"],
    ["data-dictionary.html", "data-dictionary.zh-CN.html"],
    ["data-dictionary.zh-CN.md", "data-dictionary.md"],
    ["data-dictionary.zh-CN.html", "data-dictionary.html"],
];

#[test]
fn a_snapshot_describes_its_tables_for_programs_and_for_people() {
    let store = TestStore::synth(&["--dirt", "light", "--persons", "200", "--counties", "370832", "--towns", "1"]);
    store.edit_config("[\"month\", \"quarter\", \"half\", \"year\"]", "[\"year\"]");
    with_public_edition(&store);
    store.publish();
    let internal = store.internal();
    let package: serde_json::Value =
        serde_json::from_slice(&std::fs::read(internal.join("datapackage.json")).unwrap()).unwrap();
    let mut described = BTreeSet::new();
    for resource in package["resources"].as_array().unwrap() {
        let path = resource["path"].as_str().unwrap();
        let bytes = std::fs::read(internal.join(path)).unwrap();
        assert_eq!(resource["bytes"], bytes.len() as u64, "{path}");
        assert_eq!(resource["hash"], format!("sha256:{}", xinhui::store::hex(&Sha256::digest(&bytes))), "{path}");
        let reader = ParquetRecordBatchReaderBuilder::try_new(File::open(internal.join(path)).unwrap()).unwrap();
        assert_eq!(resource["rows"], reader.metadata().file_metadata().num_rows(), "{path}");
        let fields = resource["schema"]["fields"].as_array().unwrap();
        let names: Vec<&str> = fields.iter().map(|f| f["name"].as_str().unwrap()).collect();
        let columns: Vec<&str> = reader.schema().fields().iter().map(|f| f.name().as_str()).collect();
        assert_eq!(names, columns, "{path}");
        for (field, column) in fields.iter().zip(reader.schema().fields()) {
            let is_required = field["constraints"]["required"] == true;
            assert!(!(is_required && column.is_nullable()), "{path}: {}", column.name());
            for words in ["title", "description"] {
                assert!(!field[words].as_str().unwrap().is_empty(), "{path}: {}", column.name());
            }
        }
        described.insert(format!("internal/{path}"));
    }
    let tables = files_below(&store.path().join("store/current"));
    let is_table = |path: &String| path.ends_with(".parquet") && path.starts_with("internal/");
    let is_copy = |path: &String| path.starts_with("internal/disclosure/exact/");
    let tables: BTreeSet<String> = tables.into_keys().filter(|path| is_table(path) && !is_copy(path)).collect();
    assert!(tables.contains("internal/disclosure/tables.parquet"));
    assert_eq!(described, tables);
    for [name, twin] in PAGES {
        let page = std::fs::read_to_string(internal.join(name)).unwrap();
        assert!(page.contains("internal/indicators/year.parquet") && !page.contains("month.parquet"), "{name}");
        assert!(page.contains(twin), "{name} leads to the other language");
        assert!(["numerator", "cluster_confidence"].map(|column| page.contains(column)) == [true, false], "{name}");
        let leads_out = ["](outputs", "](definitions", "http", "src="].iter().find(|link| page.contains(*link));
        assert_eq!(leads_out, None, "{name}: a snapshot is read where nothing else is at hand");
    }
    let page = std::fs::read_to_string(internal.join("data-dictionary.zh-CN.html")).unwrap();
    for section in page.matches("<a href=\"#s").count().checked_sub(1).into_iter().flat_map(|n| 1..=n + 1) {
        assert!(page.contains(&format!("<h2 id=\"s{section}\">")), "{section}");
    }
    assert!(page.matches("<h2 ").count() > 5 && page.contains("<title>数据字典：原值数据</title>"));
}

#[test]
fn a_damaged_description_is_told_and_the_next_night_makes_it_anew() {
    let store = TestStore::synth(&["--dirt", "none", "--persons", "100", "--counties", "370832", "--towns", "1"]);
    store.publish();
    let page = "data-dictionary.html";
    let made = std::fs::read(store.internal().join(page)).unwrap();
    std::fs::write(store.internal().join(page), "").unwrap();
    let verified = xinhui().args(["verify", "--lang", "en", "--config"]).arg(store.config()).output().unwrap();
    let told = String::from_utf8_lossy(&verified.stdout).into_owned() + &String::from_utf8_lossy(&verified.stderr);
    assert!(!verified.status.success() && told.contains(page), "{told}");
    store.edit_config("managed_rule = ", "large_employer = 21\nmanaged_rule = ");
    expect(xinhui().args(["run", "--config"]).arg(store.config()), 0);
    assert!(std::fs::read(store.internal().join(page)).unwrap() == made);
}

#[test]
fn every_table_and_column_has_words_in_both_languages() {
    for table in catalogue().tables {
        assert!(!table.title.zh.is_empty() && !table.title.en.is_empty(), "{}", table.name);
        for edition in &table.editions {
            for column in table.columns_in(*edition) {
                let place = format!("{}: {}", table.name, column.name);
                assert!(column.words.zh.chars().any(|c| c >= '一'), "{place}: {}", column.words.zh);
                assert!(column.words.en.is_ascii() && !column.words.en.is_empty(), "{place}: {}", column.words.en);
                assert!(!column.words.in_files.is_empty(), "{place}");
            }
        }
    }
}

#[test]
fn a_table_has_the_same_name_keys_and_order_in_both_editions_and_only_numbers_may_be_hidden() {
    for table in catalogue().tables {
        if !table.editions.contains(&Edition::Public) {
            let is_of_office = ["gaps", "labels/datasets", "stations"].contains(&table.name.as_str());
            let group = table.name.split('/').next().unwrap();
            assert!(["quality", "disclosure"].contains(&group) || is_of_office, "{}", table.name);
            continue;
        }
        let public = table.columns_in(Edition::Public);
        for (exact, shown) in table.columns.iter().zip(&public) {
            assert_eq!((&exact.name, exact.ty, &exact.role), (&shown.name, shown.ty, &shown.role), "{}", table.name);
            assert_eq!(shown.nullable, exact.nullable || exact.may_be_hidden(), "{}: {}", table.name, exact.name);
        }
        let further: Vec<&str> = public[table.columns.len()..].iter().map(|c| c.name.as_str()).collect();
        let expected: &[&str] = if table.name.starts_with("rollups/") { &["status"] } else { &[] };
        assert_eq!(further, expected, "{}", table.name);
        assert_eq!(table.path(Edition::Public), table.path(Edition::Internal).replace("internal/", "public/"));
    }
}

#[test]
fn each_number_says_whom_it_counts_and_of_what_it_is_the_sum() {
    let catalogue = catalogue();
    let measure = |table: &str, column: &str| {
        let table = catalogue.table(table).expect("a table");
        match &table.column(column).expect("a column").role {
            ColumnRole::Measure(sensitivity) => sensitivity.clone(),
            other => panic!("{column} is {other:?}"),
        }
    };
    let things = AddsUp { over_divisions: true, over_periods: true };
    let at_end = AddsUp { over_divisions: true, over_periods: false };
    for (table, column, counts, of, adds_up) in [
        ("services", "contacts", Counts::OfPersons, Some("persons"), things),
        ("services", "persons", Counts::Persons, None, AddsUp::default()),
        ("patients", "persons", Counts::Persons, None, AddsUp::default()),
        ("special_population", "planned_persons", Counts::Persons, None, AddsUp::default()),
        ("sites", "staff", Counts::Nobody, None, at_end),
        ("activities", "participants", Counts::Nobody, None, things),
        ("surveys", "items_total", Counts::OfPersons, Some("responses"), things),
        ("incidents", "incidents", Counts::OfPersons, None, things),
    ] {
        let found = measure(&format!("rollups/{table}"), column);
        assert_eq!((found.counts, found.of.as_deref(), found.adds_up), (counts, of, adds_up), "{table}: {column}");
    }
    assert_eq!(measure("rollups/warnings", "planned_persons").part_of.as_deref(), Some("persons"));
    let of = |id: &str| {
        let entry = catalogue.indicator(id).expect("an indicator");
        let denominator = entry.denominator.as_ref().map(|d| (d.counts, d.adds_up));
        (entry.numerator.counts, entry.numerator.adds_up, denominator)
    };
    let (persons, of_persons, nobody) = (Counts::Persons, Counts::OfPersons, Counts::Nobody);
    let never = AddsUp::default();
    assert_eq!(of("smi_treatment_rate"), (persons, never, Some((persons, never))));
    assert_eq!(of("smi_reported_prevalence"), (persons, never, Some((nobody, never))));
    assert_eq!(of("referral_closed_rate"), (of_persons, at_end, Some((of_persons, at_end))));
    assert_eq!(of("extreme_incident_change"), (of_persons, things, Some((of_persons, things))));
    assert_eq!(of("village_room_built_rate"), (nobody, at_end, Some((nobody, at_end))));
    assert_eq!(of("network_levels"), (nobody, never, None));
    let part_of = |id: &str| catalogue.indicator(id).expect("an indicator").numerator.part_of.clone();
    assert_eq!(part_of("smi_treatment_rate").as_deref(), Some("denominator"));
    assert_eq!(part_of("smi_reported_prevalence").or(part_of("extreme_incident_change")), None);
    // Who is counted follows the contract's words for what is counted.
    for i in Schemas::embedded().unwrap().indicators {
        let expected = match i.count_of.as_str() {
            "person" => persons,
            "contact" | "response" | "incident" => of_persons,
            _ if i.id == "awareness_rate" => of_persons,
            _ => nobody,
        };
        assert_eq!(i.numerator.counts, expected, "{}", i.id);
    }
}

#[test]
fn copies_crossings_and_dimensions_of_several_values_are_told() {
    let catalogue = catalogue();
    let scorecard = catalogue.table("scorecard").unwrap();
    let copied: Vec<(&str, &str)> =
        scorecard.columns.iter().filter_map(|c| c.copies.map(|copy| (c.name.as_str(), copy.column))).collect();
    let columns = ["numerator", "denominator", "value", "status"];
    assert_eq!(copied, columns.map(|c| (c, c)));
    let crossed = catalogue.tables.iter().filter(|t| !t.crossed.is_empty()).map(|t| t.name.as_str());
    let crossed: Vec<&str> = crossed.collect();
    assert_eq!(
        crossed,
        ["rollups/services", "rollups/patients", "rollups/visits", "rollups/special_population", "rollups/surveys"]
    );
    let multi: Vec<(String, String)> = catalogue
        .tables
        .iter()
        .flat_map(|t| t.keys().map(move |k| (t, k)))
        .filter(|(_, k)| k.as_key() == Some(Key::Dimension { single_valued: false }))
        .map(|(t, k)| (t.name.clone(), k.name.clone()))
        .collect();
    let expected = [("rollups/services", "population"), ("rollups/special_population", "category")];
    assert_eq!(multi, expected.map(|(t, k)| (t.to_owned(), k.to_owned())));
}
