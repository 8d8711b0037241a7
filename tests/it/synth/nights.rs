//! Nightly increments: rows that are new, changed and withdrawn, and the truth that covers all of them.

use std::collections::{BTreeMap, BTreeSet};

use xinhui::schema::{Load, Schemas, Table};
use xinhui::synth::{Dirt, ExportFormat, Rates, SynthOptions, generate};

use super::tables::{files_below, parse_csv};

type Values = BTreeMap<String, String>;

/// Rows of one night's jsonl exports: county, table and values; files that break off are none.
fn rows<'s>(dir: &std::path::Path, schemas: &'s Schemas) -> Vec<(String, &'s Table, Values)> {
    let mut rows = Vec::new();
    for (name, path) in files_below(dir).into_iter().filter(|(name, _)| name.ends_with(".jsonl")) {
        let parts: Vec<&str> = name.split('/').collect();
        let Some(table) = schemas.tables.iter().find(|t| parts[2].starts_with(&t.title)) else { continue };
        for line in std::fs::read_to_string(path).unwrap().lines() {
            let values: serde_json::Map<String, serde_json::Value> = serde_json::from_str(line).unwrap();
            let text = |v: serde_json::Value| v.as_str().map_or_else(|| v.to_string(), str::to_owned);
            rows.push((parts[0].to_owned(), table, values.into_iter().map(|(k, v)| (k, text(v))).collect()));
        }
    }
    rows
}

#[test]
fn nights_bring_new_changed_and_withdrawn_rows_and_the_truth_names_every_person() {
    let dir = tempfile::tempdir().unwrap();
    let schemas = Schemas::embedded().unwrap();
    let options = SynthOptions {
        out: dir.path().to_owned(),
        persons: 1_500,
        towns: Some(4),
        rates: Rates::preset(Dirt::Normal),
        formats: vec![ExportFormat::Jsonl],
        nights: 4,
        ..SynthOptions::default()
    };
    generate(&options, &schemas).unwrap();
    let read = |name: &str| parse_csv(&std::fs::read_to_string(dir.path().join(name)).unwrap())[1..].to_vec();
    let truth: BTreeMap<[String; 3], String> = read("truth.csv")
        .into_iter()
        .map(|t| <[String; 4]>::try_from(t).unwrap())
        .map(|[county, dataset, key, person]| ([county, dataset, key], person))
        .collect();
    let mut known = BTreeMap::<[String; 3], Values>::new();
    let mut standing = BTreeSet::new();
    let (mut changed, mut mended, mut withdrawn, mut resent) = (0, 0, 0, 0);
    for night in 1..=4 {
        let mut new = 0;
        for (county, table, mut row) in rows(&dir.path().join(format!("nights/{night}")), &schemas) {
            let key = [county, table.name.clone(), row[&table.primary_key[0]].clone()];
            let void = row.remove("void").is_some();
            let identity = |row: &Values| ["id_number", "phone"].map(|f| row.get(f).cloned().unwrap_or_default());
            match known.get(&key) {
                _ if void => {
                    withdrawn += usize::from(known.contains_key(&key));
                    standing.remove(&key);
                    continue;
                }
                None => new += 1,
                Some(before) if *before == row => resent += 1,
                Some(before) => {
                    changed += usize::from(table.load == Load::Upsert);
                    mended += usize::from(identity(before) != identity(&row));
                }
            }
            if table.person_bearing {
                standing.insert(key.clone());
            }
            known.insert(key, row);
        }
        assert!(new > 50, "night {night} brings {new} new rows");
    }
    assert!(changed > 5 && mended > 2 && withdrawn > 5 && resent > 20, "{changed} {mended} {withdrawn} {resent}");
    for key in truth.keys() {
        assert!(standing.contains(key), "{key:?} is in no night");
    }
    // Who is not in the truth stands in rows that no validation accepts: they have keys of their own.
    let unknown: Vec<_> = standing.iter().filter(|k| !truth.contains_key(*k)).collect();
    assert!(unknown.iter().all(|k| k[2].starts_with('T')), "{unknown:?}");
    assert!(unknown.len() * 20 < truth.len());
}
