//! Editions of whole nights where the policy rounds.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use arrow::array::{Array, Float64Array, Int64Array, RecordBatch, StringArray};
use xinhui::store::table_file::read_table;

use crate::night::store::{TestStore, bytes_below, copy_tree, expect, xinhui};

const BASE: i64 = 10;

/// A plan with targets for rates of people.
const SCOPE: &str = "\n[[profile_scope]]\nprofile = \"changning-2019\"\ndivisions = [\"370811\", \"370832\"]\n";

/// The declarations with another policy for the public.
fn schemas(store: &TestStore, public: &str) -> PathBuf {
    let dir = store.path().join("schemas");
    let _ = fs::remove_dir_all(&dir);
    copy_tree(&Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas"), &dir);
    let path = dir.join("disclosure.toml");
    let text = fs::read_to_string(&path).expect("a policy");
    fs::write(&path, text.replace("method = \"suppress\"", public)).expect("a policy");
    dir
}

#[track_caller]
fn with(store: &TestStore, schemas: &Path, args: &[&str], code: i32) -> String {
    let mut command = xinhui();
    command.arg("--schemas").arg(schemas).args(args).arg("--config").arg(store.config());
    let output = expect(&mut command, code);
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn rows(path: &Path) -> Vec<RecordBatch> {
    read_table(path, None).expect("a table").collect::<Result<_, _>>().expect("rows")
}

fn texts(batch: &RecordBatch, name: &str) -> Vec<String> {
    let column = batch.column_by_name(name).expect(name).as_any().downcast_ref::<StringArray>().expect("text");
    column.iter().map(|v| v.unwrap_or_default().to_owned()).collect()
}

fn wholes(batch: &RecordBatch, name: &str) -> Vec<Option<i64>> {
    let column = batch.column_by_name(name).expect(name).as_any().downcast_ref::<Int64Array>().expect("whole numbers");
    column.iter().collect()
}

fn values(batch: &RecordBatch) -> Vec<Option<f64>> {
    let column =
        batch.column_by_name("value").expect("values").as_any().downcast_ref::<Float64Array>().expect("floats");
    (0..column.len()).map(|row| column.is_valid(row).then(|| column.value(row))).collect()
}

/// The nearest multiple, halves upward.
fn nearest(value: i64, base: i64) -> i64 {
    ((2 * value + base) / (2 * base)) * base
}

#[test]
fn numbers_of_people_are_rounded_everywhere_alike() {
    let args = ["--persons", "250", "--counties", "370832,370811", "--towns", "2", "--dirt", "none"];
    let store = TestStore::synth(&args).quick();
    let config = fs::read_to_string(store.config()).expect("a config");
    fs::write(store.config(), format!("{config}{SCOPE}\n[public]\nrelease = \"nightly\"\n")).expect("a config");
    let schemas = schemas(&store, &format!("method = \"round\"\nbase = {BASE}"));
    with(&store, &schemas, &["run"], 0);
    with(&store, &schemas, &["disclosure", "verify"], 0);
    let current = store.path().join("store/current");
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for kind in ["quarter", "year"] {
        let file = format!("indicators/{kind}.parquet");
        see_indicators(&current, &file, &mut seen);
    }
    assert!(seen["rounded"] > 100 && seen.contains_key("suppressed") && seen.contains_key("ok"), "{seen:?}");
    // Rollups of people are left out, those of things are as they are.
    assert!(!current.join("public/rollups/patients").exists() && !current.join("public/rollups/visits").exists());
    let sites = "rollups/sites/sites.parquet";
    assert_eq!(rows(&current.join("internal").join(sites)).len(), rows(&current.join("public").join(sites)).len());
    see_scorecard(&current);
    let report = with(&store, &schemas, &["disclosure", "report"], 0);
    assert!(
        report.contains("hiding%") && report.contains("hiding: what hiding instead of rounding would hide"),
        "{report}"
    );
    // An exact table in the place of the rounded one is seen.
    let public = current.join("public/indicators/quarter.parquet");
    fs::copy(current.join("internal/indicators/quarter.parquet"), &public).expect("a copy");
    let said = xinhui()
        .arg("--schemas")
        .arg(&schemas)
        .args(["disclosure", "verify", "--config"])
        .arg(store.config())
        .output()
        .expect("it starts");
    assert!(!said.status.success());
    assert!(bytes_below(&current.join("public")).len() > 10);
}

fn see_indicators(current: &Path, file: &str, seen: &mut BTreeMap<String, usize>) {
    let exact = rows(&current.join("internal").join(file));
    let public = rows(&current.join("public").join(file));
    let key = |batch: &RecordBatch| {
        let columns = ["indicator", "division_code", "period"].map(|name| texts(batch, name));
        (0..batch.num_rows()).map(|row| columns.each_ref().map(|c| c[row].clone())).collect::<Vec<_>>()
    };
    let mut of: BTreeMap<[String; 3], (i64, Option<i64>)> = BTreeMap::new();
    for batch in &exact {
        let (n, d) = (wholes(batch, "numerator"), wholes(batch, "denominator"));
        of.extend(key(batch).into_iter().enumerate().map(|(row, key)| (key, (n[row].expect("a number"), d[row]))));
    }
    for batch in &public {
        let (n, d, values) = (wholes(batch, "numerator"), wholes(batch, "denominator"), values(batch));
        let (status, unit) = (texts(batch, "status"), texts(batch, "unit"));
        for (row, key) in key(batch).into_iter().enumerate() {
            let (is_n, is_d) = of[&key];
            *seen.entry(status[row].clone()).or_default() += 1;
            let base = if key[0] == "awareness_rate" { 20 * BASE } else { BASE };
            let either = |shown: i64, is: i64| shown == is || shown == nearest(is, base);
            match status[row].as_str() {
                "suppressed" => assert!(n[row].is_none() && values[row].is_none(), "{key:?}"),
                "rounded" => {
                    assert!(either(n[row].expect("a numerator"), is_n), "{key:?}");
                    assert!(d[row].is_none() == is_d.is_none());
                    let (n, d) = (n[row].expect("a numerator") as f64, d[row].map(|d| d as f64));
                    assert!(d.is_none_or(|d| either(d as i64, is_d.expect("a denominator"))), "{key:?}");
                    let value = match (unit[row].as_str(), d) {
                        ("count", _) => Some(n),
                        (_, None | Some(0.0)) => None,
                        ("percent", Some(d)) => Some(n / d * 100.0),
                        ("permille", Some(d)) => Some(n / d * 1000.0),
                        (_, Some(d)) => Some((n - d) / d * 100.0),
                    };
                    assert_eq!(values[row], value, "{key:?}");
                    // Of people, numerator or denominator is no multiple by chance alone.
                    assert!(n as i64 % base == 0 || d.is_some_and(|d| d as i64 % base == 0), "{key:?}");
                }
                _ => assert_eq!((n[row], d[row]), (Some(is_n), is_d), "{key:?} {}", status[row]),
            }
        }
    }
}

/// The scorecard shows what the tables of indicators show, and no verdict that rounding leaves open.
fn see_scorecard(current: &Path) {
    let file = "scorecard/scorecard.parquet";
    let mut met = 0;
    for (exact, public) in
        rows(&current.join("internal").join(file)).iter().zip(rows(&current.join("public").join(file)))
    {
        if exact.num_rows() != public.num_rows() {
            continue;
        }
        let (is, shown) = (wholes(exact, "numerator"), wholes(&public, "numerator"));
        let (verdict, said) = (texts(exact, "verdict"), texts(&public, "verdict"));
        for row in 0..exact.num_rows() {
            assert!(said[row].is_empty() || said[row] == verdict[row]);
            met += usize::from(said[row].is_empty());
            if let (Some(is), Some(shown)) = (is[row], shown[row]) {
                assert!(shown == is || shown % BASE == 0, "{is} is shown as {shown}");
            }
        }
    }
    assert!(met > 0, "every verdict is shown");
}

#[test]
fn a_policy_that_could_not_be_safe_is_refused() {
    let store = TestStore::synth(&["--persons", "50", "--towns", "1", "--dirt", "none"]);
    let cases = [
        ("method = \"round\"", "has no base"),
        ("method = \"round\"\nbase = 5", "base = 5 is not between 9 and 10000"),
        ("method = \"suppress\"\nbase = 10", "belongs to method \"round\" alone"),
        ("method = \"noise\"", "the public method is \"suppress\" or \"round\""),
    ];
    for (public, said) in cases {
        let dir = schemas(&store, public);
        let mut command = xinhui();
        command.arg("--schemas").arg(&dir).args(["check", "--config"]).arg(store.config());
        let output = command.output().expect("it starts");
        let all = [output.stdout, output.stderr].concat();
        let text = String::from_utf8_lossy(&all);
        assert!(!output.status.success() && text.contains(said), "{public}: {text}");
    }
    with(&store, &schemas(&store, "method = \"round\"\nbase = 9"), &["check"], 0);
}
