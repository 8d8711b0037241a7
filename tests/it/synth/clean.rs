//! Without dirt every row is valid and every person recognisable.

use std::collections::{BTreeMap, BTreeSet};

use calamine::Reader;
use xinhui::schema::{Schemas, day};
use xinhui::synth::{ExportFormat, SynthOptions, generate};

use super::tables::{Export, files_below, id_is_valid, parse_csv, problems, read_divisions, read_exports};

fn small(out: &std::path::Path) -> SynthOptions {
    SynthOptions { out: out.to_owned(), persons: 900, towns: Some(4), ..SynthOptions::default() }
}

#[test]
fn every_dataset_of_every_county_is_there_and_valid_against_its_declaration() {
    let dir = tempfile::tempdir().unwrap();
    let schemas = Schemas::embedded().unwrap();
    let options = small(dir.path());
    let report = generate(&options, &schemas).unwrap();
    let exports = read_exports(&dir.path().join("inbox"), &schemas);
    assert_eq!(exports.len(), 28, "14 datasets of 2 counties");
    assert_eq!(exports.iter().map(|e| e.rows.len() as u64).sum::<u64>(), report.rows);
    let divisions = read_divisions(dir.path());
    for export in &exports {
        assert!(export.rows.len() >= 10, "{} of {} has {} rows", export.dataset, export.county, export.rows.len());
        let table = schemas.table(&export.dataset).unwrap();
        let mut keys = BTreeSet::new();
        for row in &export.rows {
            let wrong = problems(row, table, &schemas, &export.county, &divisions, options.as_of);
            assert!(wrong.is_empty(), "{} of {}: {wrong:?}", export.dataset, export.county);
            assert!(keys.insert(row[&table.primary_key[0]].clone()), "a key of {} stands twice", export.dataset);
        }
    }
    foreign_keys_are_there(&exports, &schemas);
}

fn foreign_keys_are_there(exports: &[Export], schemas: &Schemas) {
    let keys: BTreeMap<(&str, &str), BTreeSet<&str>> = exports
        .iter()
        .map(|e| {
            let key = &schemas.table(&e.dataset).unwrap().primary_key[0];
            ((e.county.as_str(), e.dataset.as_str()), e.rows.iter().map(|r| r[key].as_str()).collect())
        })
        .collect();
    for export in exports {
        for fk in &schemas.table(&export.dataset).unwrap().foreign_keys {
            for value in export.rows.iter().filter_map(|r| r.get(&fk.field)) {
                let known = keys.iter().any(|((county, dataset), keys)| {
                    *dataset == fk.table && (fk.city_wide || *county == export.county) && keys.contains(value.as_str())
                });
                assert!(known, "{} of {} names an unknown {}", fk.field, export.dataset, fk.table);
            }
        }
    }
}

#[test]
fn a_person_has_one_valid_number_of_no_real_division_and_nobody_else_has_it() {
    let dir = tempfile::tempdir().unwrap();
    let schemas = Schemas::embedded().unwrap();
    generate(&small(dir.path()), &schemas).unwrap();
    let truth: BTreeMap<(String, String, String), String> =
        parse_csv(&std::fs::read_to_string(dir.path().join("truth.csv")).unwrap())[1..]
            .iter()
            .map(|r| ((r[0].clone(), r[1].clone(), r[2].clone()), r[3].clone()))
            .collect();
    let mut number_of: BTreeMap<String, String> = BTreeMap::new();
    let mut person_of: BTreeMap<String, String> = BTreeMap::new();
    let mut seen = 0;
    let mut counties_of: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for export in read_exports(&dir.path().join("inbox"), &schemas) {
        let table = schemas.table(&export.dataset).unwrap();
        for row in export.rows.iter().filter(|_| table.person_bearing) {
            seen += 1;
            let key = (export.county.clone(), export.dataset.clone(), row[&table.primary_key[0]].clone());
            let person = truth.get(&key).expect("every person-bearing row stands in the truth").clone();
            let number = row["id_number"].clone();
            assert!(number.starts_with("99") && id_is_valid(&number));
            let inside = format!("{}-{}-{}", &number[6..10], &number[10..12], &number[12..14]);
            assert_eq!(row["birth_date"], inside);
            assert_eq!(row["sex"] == "1", number.as_bytes()[16] % 2 == 1);
            assert_eq!(*number_of.entry(person.clone()).or_insert(number.clone()), number);
            assert_eq!(*person_of.entry(number).or_insert(person.clone()), person);
            assert_eq!(row.contains_key("student_no"), export.dataset.starts_with("school_"));
            counties_of.entry(person).or_default().insert(export.county.clone());
        }
    }
    assert_eq!(seen, truth.len(), "the truth names no other row");
    assert!(counties_of.values().filter(|c| c.len() == 2).count() >= 5, "some people stand in two counties");
    let births: BTreeSet<&str> = person_of.keys().map(|n| &n[6..14]).collect();
    assert!(births.len() > 100, "birth dates differ");
    let numbers: Vec<&String> = person_of.keys().collect();
    assert!(numbers.windows(2).any(|w| w[0][..14] == w[1][..14]), "there are twins");
}

#[test]
fn the_same_seed_gives_the_same_bytes_and_another_seed_does_not() {
    let schemas = Schemas::embedded().unwrap();
    let read = |seed: u64| -> BTreeMap<String, Vec<u8>> {
        let dir = tempfile::tempdir().unwrap();
        let options = SynthOptions { seed, formats: ExportFormat::ALL.to_vec(), ..small(dir.path()) };
        generate(&options, &schemas).unwrap();
        files_below(dir.path()).into_iter().map(|(name, path)| (name, std::fs::read(path).unwrap())).collect()
    };
    // One thread and several come to the same bytes.
    let single = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    let (one, again, other) = (read(7), single.install(|| read(7)), read(8));
    assert_eq!(one.keys().collect::<Vec<_>>(), again.keys().collect::<Vec<_>>());
    for (name, bytes) in &one {
        assert!(again[name] == *bytes, "{name} differs between two runs");
    }
    assert_ne!(one, other);
}

#[test]
fn every_format_holds_the_rows_that_csv_holds() {
    let schemas = Schemas::embedded().unwrap();
    let csv = tempfile::tempdir().unwrap();
    generate(&small(csv.path()), &schemas).unwrap();
    let exports = read_exports(&csv.path().join("inbox"), &schemas);
    let all = tempfile::tempdir().unwrap();
    generate(&SynthOptions { formats: ExportFormat::ALL.to_vec(), ..small(all.path()) }, &schemas).unwrap();
    let mut seen = BTreeSet::new();
    for (name, path) in files_below(&all.path().join("inbox")) {
        let parts: Vec<&str> = name.split('/').collect();
        let dataset = parts[2].rsplit_once('_').unwrap().0;
        let wanted = exports.iter().find(|e| e.county == parts[0] && e.dataset == dataset).unwrap();
        let key = &schemas.table(dataset).unwrap().primary_key[0];
        let extension = name.rsplit_once('.').unwrap().1;
        let keys: Vec<String> = match extension {
            "xlsx" | "xls" => {
                let mut book = calamine::open_workbook_auto(&path).unwrap();
                let range = book.worksheet_range_at(0).unwrap().unwrap();
                let title = &schemas.table(dataset).unwrap().field(key).unwrap().title;
                let at = range.rows().next().unwrap().iter().position(|c| c.to_string() == *title).unwrap();
                range.rows().skip(1).map(|r| r[at].to_string()).collect()
            }
            "jsonl" => std::fs::read_to_string(&path)
                .unwrap()
                .lines()
                .map(|l| serde_json::from_str::<serde_json::Value>(l).unwrap()[key].as_str().unwrap().to_owned())
                .collect(),
            "parquet" => {
                let file = std::fs::File::open(&path).unwrap();
                let reader = parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder::try_new(file).unwrap();
                reader
                    .build()
                    .unwrap()
                    .flat_map(|batch| {
                        let batch = batch.unwrap();
                        let column = batch.column_by_name(key).unwrap();
                        let text = column.as_any().downcast_ref::<arrow::array::StringArray>().unwrap();
                        text.iter().map(|v| v.unwrap().to_owned()).collect::<Vec<_>>()
                    })
                    .collect()
            }
            "zip" => {
                let mut archive = zip::ZipArchive::new(std::fs::File::open(&path).unwrap()).unwrap();
                let text = std::io::read_to_string(archive.by_index(0).unwrap()).unwrap();
                let rows = parse_csv(&text);
                rows[1..].iter().map(|r| r[0].clone()).collect()
            }
            _ => parse_csv(&std::fs::read_to_string(&path).unwrap())[1..].iter().map(|r| r[0].clone()).collect(),
        };
        let wanted: Vec<&String> = wanted.rows.iter().map(|r| &r[key]).collect();
        assert_eq!(keys.iter().collect::<Vec<_>>(), wanted, "{name}");
        seen.insert(extension.to_owned());
    }
    assert_eq!(seen.len(), 6, "every format was used");
}

#[test]
fn nights_together_hold_the_rows_of_the_whole_inbox() {
    let schemas = Schemas::embedded().unwrap();
    let rows = |nights: u32| -> BTreeMap<(String, String), BTreeSet<String>> {
        let dir = tempfile::tempdir().unwrap();
        generate(&SynthOptions { nights, ..small(dir.path()) }, &schemas).unwrap();
        let folders: Vec<_> = match nights {
            1 => vec![dir.path().join("inbox")],
            n => (1..=n).map(|k| dir.path().join(format!("nights/{k}"))).collect(),
        };
        let mut all = BTreeMap::<_, BTreeSet<String>>::new();
        for export in folders.iter().flat_map(|f| read_exports(f, &schemas)) {
            let rows = all.entry((export.county, export.dataset)).or_default();
            for row in export.rows {
                assert!(rows.insert(format!("{row:?}")), "a row arrives on two nights");
            }
        }
        all
    };
    assert_eq!(rows(1), rows(3));
}

#[test]
fn rows_asked_for_are_rows_given_within_five_percent() {
    let schemas = Schemas::embedded().unwrap();
    for wanted in [12_000u64, 30_000] {
        let dir = tempfile::tempdir().unwrap();
        let options = SynthOptions { rows: Some(wanted), counties: Vec::new(), towns: Some(3), ..small(dir.path()) };
        let report = generate(&options, &schemas).unwrap();
        assert!(report.rows.abs_diff(wanted) * 20 <= wanted, "{} rows instead of {wanted}", report.rows);
    }
}

#[test]
fn follow_ups_are_spaced_so_that_each_rule_of_management_finds_both_outcomes() {
    let dir = tempfile::tempdir().unwrap();
    let schemas = Schemas::embedded().unwrap();
    let options = small(dir.path());
    generate(&options, &schemas).unwrap();
    let first = options.as_of - 364;
    let mut days: BTreeMap<String, Vec<i32>> = BTreeMap::new();
    for export in read_exports(&dir.path().join("inbox"), &schemas) {
        for row in &export.rows {
            if export.dataset == "hospital_patient"
                && row["registered_date"] < day::to_iso(first)
                && !row.contains_key("exit_date")
            {
                days.entry(row["patient_no"].clone()).or_default();
            }
            if export.dataset == "hospital_followup" && row.contains_key("risk_level") {
                let on = day::parse_iso(&row["followup_date"]).unwrap();
                if on >= first {
                    days.entry(row["patient_no"].clone()).or_default().push(on);
                }
            }
        }
    }
    let mut outcomes = [BTreeSet::new(), BTreeSet::new()];
    for on in days.values_mut() {
        on.sort_unstable();
        let mut months: Vec<i32> = on.iter().map(|d| day::month_index(*d)).collect();
        months.insert(0, day::month_index(first));
        months.push(day::month_index(options.as_of));
        outcomes[0].insert(!on.is_empty() && months.windows(2).all(|w| w[1] - w[0] <= 3));
        outcomes[1].insert(on.len() >= 4);
    }
    assert!(outcomes.iter().all(|o| o.len() == 2), "{outcomes:?}");
}

#[test]
fn options_that_cannot_be_met_are_refused() {
    let schemas = Schemas::embedded().unwrap();
    let dir = tempfile::tempdir().unwrap();
    let base = small(dir.path());
    for wrong in [
        SynthOptions { city: "1101".to_owned(), ..base.clone() },
        SynthOptions { counties: vec!["370199".to_owned()], ..base.clone() },
        SynthOptions { formats: Vec::new(), ..base.clone() },
        SynthOptions { nights: 0, ..base.clone() },
        SynthOptions { rows: Some(10), ..base.clone() },
    ] {
        assert!(generate(&wrong, &schemas).is_err());
    }
}
