//! Dirt: every fault is there, each is listed, and none changes what counts.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use xinhui::diag::Code;
use xinhui::schema::Schemas;
use xinhui::synth::{Dirt, ExportFormat, Rates, SynthOptions, generate};

use super::tables::{files_below, id_is_valid, parse_csv, problems, read_divisions};

fn dirty(out: &Path, dirt: Dirt) -> SynthOptions {
    SynthOptions {
        out: out.to_owned(),
        persons: 600,
        towns: Some(4),
        rates: Rates::preset(dirt),
        ..SynthOptions::default()
    }
}

fn lines(dir: &Path, file: &str) -> Vec<Vec<String>> {
    parse_csv(&std::fs::read_to_string(dir.join(file)).unwrap())[1..].to_vec()
}

fn sorted(mut lines: Vec<Vec<String>>) -> Vec<Vec<String>> {
    lines.sort();
    lines
}

#[test]
fn a_small_light_sample_shows_every_finding() {
    let dir = tempfile::tempdir().unwrap();
    let schemas = Schemas::embedded().unwrap();
    let report =
        generate(&SynthOptions { formats: ExportFormat::ALL.to_vec(), ..dirty(dir.path(), Dirt::Light) }, &schemas)
            .unwrap();
    let expected = lines(dir.path(), "expected.csv");
    assert_eq!(expected.len() as u64, report.findings);
    let seen: BTreeSet<&str> = expected.iter().map(|e| e[4].as_str()).collect();
    let missing: Vec<&str> = Code::ALL
        .iter()
        // A line beyond all bounds, bytes of no encoding, a disk that fails, files that change, readers that are
        // stopped and registers that shrink are no matter of a sample, and what single programs do to cells and
        // dates, two people under one key, and columns that were exchanged, have their own tests.
        .filter(|c| {
            use Code::{Encoding, ErrorCell, FileChanging, KeyConflict, LineTooLong, MendsUnknownFile, ReaderStopped};
            use Code::{NameIsNumber, RegisterShrunk, ShiftedDates, UnclearMonth, UnreadableFile};
            !matches!(c, LineTooLong | Encoding | UnreadableFile | FileChanging | ReaderStopped | RegisterShrunk)
                && !matches!(c, ErrorCell | UnclearMonth | ShiftedDates | KeyConflict | MendsUnknownFile)
                && !matches!(c, NameIsNumber)
        })
        .map(|c| c.as_str())
        .filter(|c| !seen.contains(c))
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
    let files = files_below(&dir.path().join("inbox"));
    for line in &expected {
        let found = files.keys().any(|f| line[0].starts_with(f.as_str()) || f.starts_with(&line[0]));
        assert!(found, "{} is no file", line[0]);
    }
    let size: u64 = files.values().map(|p| std::fs::metadata(p).unwrap().len()).sum();
    assert!(size < 2_000_000, "the sample takes {size} bytes");
}

#[test]
fn dirt_changes_no_row_that_counts_and_no_person() {
    let schemas = Schemas::embedded().unwrap();
    let truth = |dirt: Dirt, nights: u32| {
        let dir = tempfile::tempdir().unwrap();
        generate(&SynthOptions { nights, ..dirty(dir.path(), dirt) }, &schemas).unwrap();
        sorted(lines(dir.path(), "truth.csv"))
    };
    let clean = truth(Dirt::None, 1);
    assert_eq!(truth(Dirt::Light, 1), clean);
    assert_eq!(truth(Dirt::Heavy, 1), clean);
    assert_eq!(truth(Dirt::Normal, 3), clean);
}

#[test]
fn the_same_seed_gives_the_same_dirt() {
    let schemas = Schemas::embedded().unwrap();
    let read = || -> BTreeMap<String, Vec<u8>> {
        let dir = tempfile::tempdir().unwrap();
        let options = SynthOptions { formats: ExportFormat::ALL.to_vec(), ..dirty(dir.path(), Dirt::Normal) };
        generate(&options, &schemas).unwrap();
        files_below(dir.path()).into_iter().map(|(name, path)| (name, std::fs::read(path).unwrap())).collect()
    };
    let (one, two) = (read(), read());
    assert_eq!(one.len(), two.len());
    for (name, bytes) in one {
        assert!(two[&name] == bytes, "{name} differs between two runs");
    }
}

/// Values of the lines of a jsonl file by field, booleans as the words that the declarations know.
fn json_rows(path: &Path) -> Vec<BTreeMap<String, String>> {
    std::fs::read_to_string(path)
        .unwrap()
        .lines()
        .map(|line| {
            let object: serde_json::Map<String, serde_json::Value> = serde_json::from_str(line).unwrap();
            object
                .into_iter()
                .map(|(field, value)| {
                    let text = match value {
                        serde_json::Value::Bool(true) => "是".to_owned(),
                        serde_json::Value::Bool(false) => "否".to_owned(),
                        serde_json::Value::String(text) => text,
                        other => other.to_string(),
                    };
                    (field, text)
                })
                .collect()
        })
        .collect()
}

const PLACEHOLDERS: [&str; 4] = ["1900-01-01", "0001-01-01", "2099-12-31", "9999-12-31"];

#[test]
fn the_rows_listed_as_faulty_are_the_rows_at_fault() {
    let dir = tempfile::tempdir().unwrap();
    let schemas = Schemas::embedded().unwrap();
    let options = SynthOptions { formats: vec![ExportFormat::Jsonl], ..dirty(dir.path(), Dirt::Normal) };
    generate(&options, &schemas).unwrap();
    let divisions = read_divisions(dir.path());
    let listed: BTreeSet<(String, String, String)> = lines(dir.path(), "expected.csv")
        .into_iter()
        .filter(|e| {
            let of_row = !e[2].is_empty() && e[0].ends_with(".jsonl");
            let other = e[4].starts_with("id-number") && e[3] != "id_number";
            of_row
                && !other
                && !matches!(
                    e[4].as_str(),
                    "orphan"
                        | "phone-format"
                        | "lost-characters"
                        | "placeholder-date"
                        | "credit-code-checksum"
                        | "followup-before-registration"
                )
        })
        .map(|e| (e[0].clone(), e[2].clone(), e[3].clone()))
        .collect();
    let mut found = BTreeSet::new();
    let mut standing = BTreeMap::<String, String>::new();
    let mut of_person = BTreeMap::<String, BTreeSet<String>>::new();
    let truth: BTreeMap<(String, String), String> = lines(dir.path(), "truth.csv")
        .into_iter()
        .map(|t| ((t[0].clone() + &t[1], t[2].clone()), t[3].clone()))
        .collect();
    for (name, path) in files_below(&dir.path().join("inbox")) {
        let parts: Vec<&str> = name.split('/').collect();
        let Some(table) =
            schemas.tables.iter().find(|t| parts.last().unwrap().starts_with(&t.title) && name.ends_with("jsonl"))
        else {
            continue;
        };
        for (n, mut row) in json_rows(&path).into_iter().enumerate() {
            // A placeholder is no value.
            row.retain(|_, v| !PLACEHOLDERS.contains(&v.as_str()));
            if let Some(person) =
                row.get(&table.primary_key[0]).and_then(|k| truth.get(&(parts[0].to_owned() + &table.name, k.clone())))
            {
                let id = row.get("id_number").cloned().unwrap_or_default();
                of_person.entry(person.clone()).or_default().insert(row["name"].clone());
                standing.insert(format!("{name} {n}"), id);
            }
            if row.contains_key("void") {
                continue;
            }
            for problem in problems(&row, table, &schemas, parts[0], &divisions, options.as_of) {
                let field = problem.split(' ').next().unwrap();
                let value = row.get(field).map(String::as_str).unwrap_or_default();
                // Other documents, other writings of a number and partial birth dates are no faults.
                let document = row.get("id_type").is_some_and(|t| t != "01");
                let plain: String = value
                    .chars()
                    .map(|c| char::from_u32(c as u32 - if ('０'..='Ｚ').contains(&c) { 0xfee0 } else { 0 }).unwrap())
                    .collect();
                let number = plain.trim().to_uppercase();
                let fine = field == "birth_date"
                    || field == "id_number" && (document || number.len() == 15 || id_is_valid(&number));
                if !fine {
                    found.insert((name.clone(), (n + 1).to_string(), field.to_owned()));
                }
            }
        }
    }
    // An older version or a row of an older export is listed by nobody: it has no fault.
    assert_eq!(found.difference(&listed).collect::<Vec<_>>(), Vec::<&(String, String, String)>::new(), "not listed");
    assert_eq!(listed.difference(&found).collect::<Vec<_>>(), Vec::<&(String, String, String)>::new(), "not found");

    let ids: Vec<&String> = standing.values().collect();
    for (what, share) in [
        ("missing", ids.iter().filter(|i| i.is_empty()).count()),
        ("masked", ids.iter().filter(|i| i.contains("****")).count()),
        ("15 digits", ids.iter().filter(|i| i.trim().len() == 15).count()),
        ("full width", ids.iter().filter(|i| i.contains('９')).count()),
        ("lower case x", ids.iter().filter(|i| i.contains('x')).count()),
        ("damaged", ids.iter().filter(|i| i.contains("E+")).count()),
        ("placeholder", ids.iter().filter(|i| i.starts_with("1234567") || i.starts_with("1111")).count()),
    ] {
        assert!(share > 0, "no number is {what}");
    }
    assert!(of_person.values().filter(|names| names.len() > 1).count() > 10, "names vary");
}
