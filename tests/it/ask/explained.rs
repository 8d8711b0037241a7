//! `xinhui explain` as people ask: by name, of a division and period that are there or not, down to the records.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Output;

use xinhui::schema::Schemas;
use xinhui::schema::indicator::{Denominator, Unit};

use crate::night::published::{indicators, table, text};
use crate::night::store::{TestStore, xinhui};

fn explain(store: &TestStore, words: &[&str]) -> Output {
    xinhui().arg("explain").args(words).arg("--config").arg(store.config()).output().expect("the binary starts")
}

#[track_caller]
fn said(store: &TestStore, words: &[&str], code: i32) -> String {
    let output = explain(store, words);
    let text = String::from_utf8_lossy(if code == 0 { &output.stdout } else { &output.stderr }).into_owned();
    assert_eq!(output.status.code(), Some(code), "{words:?}: {text}{}", String::from_utf8_lossy(&output.stderr));
    text
}

/// A quick store with two counties, a year and its halves.
fn store() -> TestStore {
    let store =
        TestStore::synth(&["--persons", "400", "--counties", "370832,370811", "--towns", "1", "--dirt", "none"]);
    store.edit_config("[\"month\", \"quarter\", \"half\", \"year\"]", "[\"half\", \"year\"]");
    store.run(0);
    store
}

#[test]
fn explain_takes_names_and_periods_as_people_write_them_and_says_what_is_missing() {
    let store = store();
    let of = |indicator, division, period| {
        let whole = said(&store, &[indicator, "--division", division, "--period", period], 0);
        let cell = whole.split("\n\n").nth(1).expect("a cell").to_owned();
        assert!(!whole.contains("SELECT"), "SQL is shown where it is asked for: {whole}");
        cell
    };
    let exact = of("smi_treatment_rate", "370832", "2023-H1");
    for (indicator, division, period) in [
        ("在册患者治疗率", "梁山县", "2023-H1"),
        ("Registered patients under treatment", "济宁市梁山县", "2023年上半年"),
        ("smi_treatment", "济宁市 梁山县", "上半年"),
        ("smi_treatment_rate", "山东省济宁市梁山县", "2023-H1"),
        // In short: a town and villages are called so too, and the county is the widest.
        ("smi_treatment_rate", "梁山", "2023-H1"),
        ("smi_treatment_rate", "370832", "h1 2023"),
        ("smi_treatment_rate", "３７０８３２", "２０２３Ｈ１"),
    ] {
        assert_eq!(of(indicator, division, period), exact, "{indicator} {division} {period}");
    }
    // Without a period the last of the longest ones.
    assert_eq!(
        said(&store, &["smi_treatment_rate", "--division", "370832"], 0),
        said(&store, &["smi_treatment_rate", "--division", "370832", "--period", "今年"], 0)
    );
    for (words, told, untold) in [
        (["--division", "370899", "--period", "2023"], &["370832 梁山县", "no division `370899`"][..], "--period"),
        (["--division", "梁山县", "--period", "2024"], &["no period 2024", "nearest is 2023"], "no division"),
        (["--division", "梁州县", "--period", "2023-05"], &["370832 梁山县", "no period 2023-05"], "SELECT"),
        (["--division", "XYZ", "--period", "2023"], &["none like it", "3708 济宁市"], "nearest"),
        (["--division", "370832", "--period", "someday"], &["`someday` is no period", "2022…2023"], "--division"),
        (["--division", "社区居民委员会", "--period", "2023"], &["divisions; give the code", "梁山县"], "no division"),
    ] {
        let whole = said(&store, &[&["smi_treatment_rate"], &words[..]].concat(), 2);
        for part in told {
            assert!(whole.contains(part), "{words:?}: no `{part}` in {whole}");
        }
        assert!(!whole.contains(untold), "{words:?}: `{untold}` in {whole}");
    }
    let alone = said(&store, &["smi_treatment_rate", "--period", "2023"], 0);
    assert!(alone.contains("a period without a division has no number: add --division"), "{alone}");
    let level = said(&store, &["smi_reported_prevalence", "--division", &a_village(&store)], 2);
    assert!(level.contains("is a village") && level.contains("the nearest is 370"), "{level}");
    for (asked, told) in [
        ("在册患者诊治率", "在册患者治疗率（smi_treatment_rate）"),
        ("患者治疗比率", "在册患者治疗率（smi_treatment_rate）"),
        ("registered patients in treatment", "smi_treatment_rate"),
        ("liangshan-2024", "梁山县2023年方案（liangshan-2023）"),
        ("梁山县2023年方案", "县（区）心理健康中心达标率"),
    ] {
        let said = said(&store, &[asked, "--lang", "zh"], 2);
        assert!(said.contains(told), "{asked}: {said}");
    }
    // The list of indicators calls it "Same: community correction", after the line before.
    let alone = said(&store, &["correction_plan_coverage"], 0);
    assert!(alone.contains("Individual support plans: community correction\n"), "{alone}");
    let several = said(&store, &["治疗率", "--lang", "zh"], 2);
    assert!(several.contains("2 项指标") && several.contains("schizophrenia_treatment_rate"), "{several}");
    let zh = said(&store, &["在册患者治疗率", "--division", "梁山县", "--lang", "zh"], 0);
    assert!(zh.contains("指标值：") && zh.contains(" %（精确值 ") && zh.contains("状态：正常"), "{zh}");
}

fn a_village(store: &TestStore) -> String {
    let rows = indicators(&store.internal());
    rows.into_iter().find(|r| r.level == "village").expect("a village").division_code
}

/// The record numbers are told one by one; that they are right is held by their number being what the published
/// numerator lacks, for every indicator that is made of records, and by one of them counted by hand.
#[test]
fn the_records_that_a_numerator_lacks_are_named_by_key_and_no_others() {
    let store = store();
    let published = indicators(&store.internal());
    let mut listed = 0;
    for i in Schemas::embedded().unwrap().indicators {
        let is_of_records =
            matches!(i.denominator, Denominator::Part(_)) && matches!(i.unit, Unit::Percent | Unit::Permille);
        if !is_of_records {
            let refused = said(&store, &[&i.id, "--list"], 2);
            assert!(refused.contains("--list"), "{}: {refused}", i.id);
            continue;
        }
        let whole = said(&store, &[&i.id, "--list", "--division", "370832", "--period", "2023"], 0);
        let row = published.iter().find(|r| r.indicator == i.id && r.division_code == "370832" && r.period == "2023");
        let row = row.expect("a published row");
        let lacks = row.denominator.expect("a denominator") - row.numerator;
        let (_, list) = whole.split_once("in the denominator and not in the numerator: ").expect("a list");
        let number: String = list.chars().take_while(|c| c.is_ascii_digit() || *c == ',').collect();
        assert_eq!(number.replace(',', ""), lacks.to_string(), "{}: {list}", i.id);
        let records: BTreeSet<&str> = list.lines().skip(1).take_while(|l| l.starts_with("  ")).collect();
        assert_eq!(records.is_empty(), lacks == 0, "{}: {list}", i.id);
        assert!(records.iter().all(|r| r.contains('/')), "{}: {list}", i.id);
        listed += records.len();
    }
    assert!(listed > 100, "{listed} records");
    // What is named are keys of rows that were accepted, and nothing of whom they are about.
    let whole = said(&store, &["smi_treatment_rate", "--list"], 0);
    let mut accepted = BTreeSet::new();
    for batch in table(&store.path().join("store/private/persons.parquet")) {
        accepted.extend(
            (0..batch.num_rows())
                .map(|row| ["county", "dataset", "record_key"].map(|name| text(&batch, name, row)).join("/")),
        );
    }
    let listed = whole.lines().filter(|line| line.contains("/hospital_patient/"));
    let listed: Vec<&str> = listed.map(|line| line.split_whitespace().next().expect("a key")).collect();
    assert!(!listed.is_empty() && listed.iter().all(|row| accepted.contains(*row)), "{whole}");
    let refused = said(&store, &["services", "--list"], 2);
    assert!(refused.contains("rollup"), "{refused}");
    // Of divisions nobody knows the codes by heart.
    let villages = said(&store, &["village_room_built_rate", "--list", "--division", "370832"], 0);
    let named = villages.lines().filter(|line| line.contains("division/")).collect::<Vec<_>>();
    let names: BTreeMap<String, String> =
        published.iter().map(|r| (r.division_code.clone(), r.division_name.clone())).collect();
    assert!(!named.is_empty(), "{villages}");
    for line in named {
        let (code, rest) = line.trim().trim_start_matches("division/").split_once("  ").expect("a code and a name");
        assert_eq!(rest.split("  ").next(), names.get(code).map(String::as_str), "{line}");
    }
}

/// A comment in the SQL says what the query asks, with the values that it asks by.
#[test]
fn comments_in_the_sql_hold_values() {
    for lang in ["zh", "en"] {
        let words = ["explain", "smi_standard_management_rate", "--sql", "--lang", lang];
        let output = xinhui().args(words).output().expect("the binary starts");
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let comments: Vec<&str> = text.lines().filter(|line| line.starts_with("-- ")).collect();
        assert!(comments.iter().any(|line| line.contains('3')), "{comments:?}");
        assert!(comments.iter().all(|line| !line.contains("$month_gap")), "{comments:?}");
    }
}

/// What `xinhui explain` lists it takes: ids, and whole names in both languages, each for what it names.
#[test]
fn every_name_that_is_listed_explains_what_bears_it() {
    for lang in ["zh", "en"] {
        let run = |words: &[&str]| {
            let output =
                xinhui().arg("explain").args(words).args(["--lang", lang]).output().expect("the binary starts");
            let text = String::from_utf8_lossy(&output.stdout).into_owned();
            assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
            text
        };
        let schemas = Schemas::embedded().unwrap();
        let list = run(&[]);
        for rollup in &schemas.rollups {
            let name = if lang == "zh" { &rollup.zh } else { &rollup.en };
            let line = list.lines().find(|line| line.starts_with(&format!("{} ", rollup.name))).expect("listed");
            assert!(line.contains(name), "{line}");
            assert_eq!(run(&[name]), run(&[&rollup.name]), "{name}");
        }
        for (id, zh, en) in schemas.indicators.iter().step_by(7).map(|i| (&i.id, &i.zh, &i.en)) {
            assert_eq!(run(&[if lang == "zh" { zh } else { en }]), run(&[id]));
        }
    }
    let store = store();
    let ask = |division: &str| said(&store, &["smi_treatment_rate", "--division", division, "--period", "2023"], 0);
    assert_eq!(ask("370832000000"), ask("370832"), "padded as exports write it");
    assert_eq!(ask("370800000000"), ask("3708"));
}

#[test]
fn options_that_ask_of_a_number_need_its_name() {
    for words in [&["--list"][..], &["--division", "370832"], &["--period", "2023"], &["--sql"]] {
        for (lang, told) in [("zh", "须同时写明指标或汇总表的编号或名称"), ("en", "it needs the id or name")]
        {
            let output =
                xinhui().arg("explain").args(words).args(["--lang", lang]).output().expect("the binary starts");
            let text = String::from_utf8_lossy(&output.stderr).into_owned();
            assert_eq!(output.status.code(), Some(2), "{words:?}: {text}");
            assert!(text.contains(words[0]) && text.contains(told), "{words:?}: {text}");
        }
    }
}

#[test]
fn a_number_without_data_says_whose_files_are_missing() {
    let hand = crate::night::hand::HandStore::new();
    hand.put("370832/station/站点_20231231.csv", crate::night::hand::sites(&[("S1", "370832101001")])).night();
    let text = said(&hand.store, &["smi_treatment_rate", "--division", "梁山县"], 0);
    assert!(text.contains("status: no data"), "{text}");
    assert!(text.contains("370832 梁山县 never sent: Severe mental disorder (SMI) register"), "{text}");
    let rooms = said(&hand.store, &["village_rollout_rate", "--division", "梁山县"], 0);
    assert!(rooms.contains("all datasets were sent, and nothing in them is to be counted"), "{rooms}");
}
