//! Public editions of whole nights: when they are published, that they stay, and that an audit sees what is wrong.

use std::collections::BTreeMap;
use std::fs;

use arrow::array::{Array, AsArray};
use arrow::compute::{concat_batches, interleave_record_batch};
use arrow::datatypes::Int64Type;
use xinhui::store::table_file::{columns_of, read_table, write_table};

use crate::night::published::{int, table, text};
use crate::night::store::{TestStore, assert_same_bytes, bytes_below, expect, xinhui};

use super::{publishing, verify};

fn city(release: &str) -> TestStore {
    city_of("250", "2", release)
}

fn city_of(persons: &str, towns: &str, release: &str) -> TestStore {
    let args = ["--persons", persons, "--counties", "370832,370811", "--towns", towns, "--dirt", "none"];
    publishing(TestStore::synth(&args).quick(), &format!("release = \"{release}\"\nday = 5"))
}

/// All files of the edition: the public tables and what is kept beside them.
fn edition(store: &TestStore) -> BTreeMap<String, Vec<u8>> {
    let current = store.path().join("store/current");
    let mut files = bytes_below(&current.join("public"));
    let kept = bytes_below(&current.join("internal/disclosure"));
    files.extend(kept.into_iter().map(|(name, bytes)| (format!("disclosure/{name}"), bytes)));
    assert!(files.len() > 10, "{:?}", files.keys());
    files
}

#[test]
fn a_report_names_indicators_and_levels_on_lines_that_do_not_wrap() {
    let store = city("nightly");
    store.publish();
    for (lang, names) in [
        ("zh", ["在册患者治疗率", "\n就诊\n", "  地市 ", "  乡镇", "行数", "小值："]),
        (
            "en",
            [
                "Registered patients under treatment",
                "Core knowledge awareness",
                "  city ",
                "  town ",
                "rows",
                "small: ",
            ],
        ),
    ] {
        let mut report = xinhui();
        report.args(["disclosure", "report", "--lang", lang, "--config"]).arg(store.config()).env("COLUMNS", "80");
        let text = String::from_utf8(expect(&mut report, 0).stdout).expect("UTF-8");
        for name in names {
            assert!(text.contains(name), "{name}: {text}");
        }
        assert!(!text.contains("_rate") && !text.contains("rollups/"), "{text}");
        let head = text.lines().find(|line| line.contains(names[4])).expect("a heading");
        let wide = |line: &str| line.chars().map(|c| if c < '\u{1100}' { 1 } else { 2 }).sum::<usize>();
        let rows: Vec<&str> = text.lines().filter(|line| line.starts_with("  ") && *line != head).collect();
        assert!(rows.len() > 8 && rows.iter().all(|row| wide(row) == wide(head) && wide(row) <= 80), "{text}");
    }
    let none = city("off");
    none.publish();
    for command in ["report", "verify"] {
        let mut command_line = xinhui();
        command_line.args(["disclosure", command, "--lang", "zh", "--config"]).arg(none.config());
        let said = String::from_utf8(expect(&mut command_line, 2).stderr).expect("UTF-8");
        assert!(said.contains("没有公开版") && said.contains("提示：配置中 `[public] release`"), "{said}");
    }
}

#[test]
fn a_monthly_edition_stays_byte_for_byte_until_its_day() {
    let store = city("monthly");
    let mut as_of = "2023-12-31";
    let mut night = |day: &'static str| {
        store.edit_config(&format!("as_of = \"{as_of}\""), &format!("as_of = \"{day}\""));
        as_of = day;
        store.publish();
        (edition(&store), bytes_below(&store.internal().join("indicators")))
    };
    let (first, exact) = night("2023-11-07");
    let (carried, exact_later) = night("2023-12-04");
    assert_same_bytes(&carried, &first, "the day before the next edition");
    assert_ne!(exact_later, exact);
    let (next, _) = night("2023-12-06");
    assert_ne!(next, first);
    verify(&store, 0);
    let text = fs::read_to_string(store.path().join("store/current/manifest.json")).expect("a manifest");
    let manifest: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(manifest["hashes"]["disclosure"].as_str().map(str::len), Some(64));
}

/// Half a year with each night: years that one edition showed gain months that it had nothing of.
#[test]
fn an_edition_follows_each_night_that_brings_more_of_the_past() {
    let args = ["--persons", "300", "--counties", "370832,370811", "--towns", "2", "--dirt", "none", "--nights", "3"];
    let store = publishing(TestStore::synth(&args).quick(), "release = \"nightly\"");
    let mut editions = Vec::new();
    for night in 1..=3 {
        store.arrive(night);
        store.publish();
        let told = verify(&store, 0);
        assert!(told.contains(" 0 faults"), "{told}");
        editions.push(edition(&store));
    }
    assert!(editions[0] != editions[1] && editions[1] != editions[2]);
}

/// A revision that could not be shown to be safe on its day waits. What it brings stands in the next edition, which no audit
/// takes for a change that nobody announced.
#[test]
fn a_revision_that_waited_comes_with_the_next_edition() {
    let store = city("monthly");
    store.edit_config("as_of = \"2023-12-31\"", "as_of = \"2023-11-07\"");
    store.publish();
    let closed = |store: &TestStore| {
        let mut numbers = BTreeMap::new();
        for batch in table(&store.path().join("store/current/internal/disclosure/exact/indicators/quarter.parquet")) {
            for row in (0..batch.num_rows()).filter(|row| text(&batch, "period", *row) == "2023-Q3") {
                let key = ["indicator", "division_code"].map(|name| text(&batch, name, row));
                numbers.insert(key, int(&batch, "denominator", row));
            }
        }
        numbers
    };
    let before = closed(&store);
    let late: String = (0..60).map(|n| format!("LATE{n},370832001,2023-09-{:02},17,20\n", n % 28 + 1)).collect();
    let rows = format!("答卷编号,所在区划代码,调查日期,答对题数,总题数\n{late}");
    fs::write(store.path().join("inbox/370832/station/station_survey_late_20231206.csv"), rows).expect("a file");
    let note = store.path().join("store/current/internal/disclosure/edition.json");
    let waits = fs::read_to_string(&note).expect("a note");
    assert!(waits.contains("\"revision_is_due\": false"), "{waits}");
    fs::write(&note, waits.replace("\"revision_is_due\": false", "\"revision_is_due\": true")).expect("a note");
    store.edit_config("as_of = \"2023-11-07\"", "as_of = \"2023-12-06\"");
    store.publish();
    assert_ne!(closed(&store), before, "what came late is not there");
    verify(&store, 0);
    assert!(fs::read_to_string(&note).expect("a note").contains("\"revision_is_due\": false"));
}

#[test]
fn one_thread_or_two_hide_the_same() {
    let one = city("nightly");
    let two = one.copy();
    for (store, threads) in [(&one, "1"), (&two, "2")] {
        expect(xinhui().args(["run", "--threads", threads, "--config"]).arg(store.config()), 0);
    }
    assert_same_bytes(&edition(&two), &edition(&one), "two threads");
}

#[test]
fn an_audit_sees_what_was_tampered_with() {
    let store = city("nightly");
    store.publish();
    verify(&store, 0);
    let current = store.path().join("store/current");
    let kept = current.join("internal/disclosure");
    // The exact table in the place of the public one.
    let exact = kept.join("exact/indicators/quarter.parquet");
    with_file(&store, &current.join("public/indicators/quarter.parquet"), |public| {
        fs::copy(&exact, public).expect("a copy");
    });
    // Rows that are gone, and witnesses: they prove nothing.
    let emptied = [
        current.join("public/scorecard/scorecard.parquet"),
        current.join("public/rollups/services/services.parquet"),
        kept.join("tables.parquet"),
        kept.join("moves.parquet"),
    ];
    for file in emptied {
        with_file(&store, &file, |path| {
            let batches: Vec<_> = read_table(path, None).expect("a table").collect::<Result<_, _>>().expect("rows");
            let schema = columns_of(path).expect("columns");
            assert!(batches.iter().map(|b| b.num_rows()).sum::<usize>() > 0, "{}", path.display());
            let none = arrow::array::RecordBatch::new_empty(schema);
            write_table(path, &none, &BTreeMap::new()).expect("a table");
        });
    }
    verify(&store, 0);
}

/// A year ends on the day on which its last quarter does, and has the same cell then.
#[test]
fn a_cell_that_one_table_shows_is_not_hidden_by_another() {
    let store = city_of("2000", "3", "nightly");
    store.edit_config("from = \"2023-07\"", "from = \"2023-01\"");
    store.publish();
    let current = store.path().join("store/current");
    let public = current.join("public/indicators/year.parquet");
    let shown = with_one_shown(&public, &current.join("internal/disclosure/exact/indicators/year.parquet"));
    let shown = shown.expect("a cell that is hidden for others");
    with_file(&store, &public, |public| write_table(public, &shown, &BTreeMap::new()).expect("a table"));
    verify(&store, 0);
}

/// The table with the first row shown that is hidden and not small.
fn with_one_shown(public: &std::path::Path, exact: &std::path::Path) -> Option<arrow::array::RecordBatch> {
    let whole = |path: &std::path::Path| {
        let batches: Vec<_> = read_table(path, None).expect("a table").collect::<Result<_, _>>().expect("rows");
        concat_batches(&columns_of(path).expect("columns"), &batches).expect("a table")
    };
    let (shown, right) = (whole(public), whole(exact));
    let (n, d) = (right["numerator"].as_primitive::<Int64Type>(), right["denominator"].as_primitive::<Int64Type>());
    let small = |value: i64| (1..5).contains(&value);
    let is_large = |row: usize| {
        let (n, d) = (n.value(row), d.value(row));
        right["denominator"].is_valid(row) && !small(n) && !small(d) && !small(d - n)
    };
    let status = shown["status"].as_string::<i32>();
    let row = (0..shown.num_rows()).find(|row| status.value(*row) == "suppressed" && is_large(*row));
    let row = row?;
    let taken: Vec<(usize, usize)> = (0..shown.num_rows()).map(|at| (usize::from(at == row), at)).collect();
    Some(interleave_record_batch(&[&shown, &right], &taken).expect("a table"))
}

/// Changes a file, sees that the audit fails, and puts it back.
#[track_caller]
fn with_file(store: &TestStore, path: &std::path::Path, change: impl FnOnce(&std::path::Path)) {
    let bytes = fs::read(path).expect("a file");
    change(path);
    let said = verify(store, 6);
    assert!(said.lines().count() > 1, "{said}");
    fs::write(path, bytes).expect("a file");
}

/// What is counted on a day is one number, whichever of the periods that end on it shows it: hidden in one and shown in
/// another, it would be no secret, and would tell what it was hidden for.
#[test]
fn a_number_of_one_day_is_hidden_in_every_period_that_ends_on_it_or_in_none() {
    let args = ["--persons", "400", "--counties", "370832,370811", "--towns", "3", "--seed", "11"];
    let store = publishing(TestStore::synth(&args), "release = \"nightly\"");
    let mut day = "2023-12-31";
    let mut hidden = 0;
    for next in ["2023-10-31", "2023-11-30"] {
        store.edit_config(&format!("as_of = \"{day}\""), &format!("as_of = \"{next}\""));
        day = next;
        store.publish();
        let last_of = |period: &str| -> String {
            let (year, rest) = period.split_at(4);
            let months = |n: &str, many: usize| n.parse::<usize>().expect("a number") * many;
            let month = match rest.get(..2) {
                None => 12,
                Some("-H") => months(&rest[2..], 6),
                Some("-Q") => months(&rest[2..], 3),
                _ => months(&rest[1..], 1),
            };
            format!("{year}-{month:02}-31").min(day.to_owned())
        };
        for rollup in ["patients", "special_population", "warnings"] {
            let path = store.path().join(format!("store/current/public/rollups/{rollup}/{rollup}.parquet"));
            let mut of_day: BTreeMap<Vec<String>, (String, String)> = BTreeMap::new();
            for batch in table(&path) {
                let keys: Vec<String> = batch.schema().fields().iter().map(|f| f.name().clone()).collect();
                let is_dimension = |name: &&String| {
                    let about = ["level", "division_name", "period_kind", "period", "complete", "status"];
                    let column = batch.column_by_name(name).expect("a column");
                    !about.contains(&name.as_str()) && !column.as_any().is::<arrow::array::Int64Array>()
                };
                let dimensions: Vec<&String> = keys.iter().filter(is_dimension).collect();
                for row in 0..batch.num_rows() {
                    let (period, status) = (text(&batch, "period", row), text(&batch, "status", row));
                    let mut key = vec![last_of(&period)];
                    key.extend(dimensions.iter().map(|name| text(&batch, name, row)));
                    hidden += usize::from(status == "suppressed");
                    let (other, first) = of_day.entry(key.clone()).or_insert((period.clone(), status.clone()));
                    assert_eq!(*first, status, "{rollup} {key:?}: {other} and {period}");
                }
            }
        }
        verify(&store, 0);
    }
    assert!(hidden > 100, "{hidden}");
}
