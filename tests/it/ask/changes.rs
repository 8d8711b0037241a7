//! `xinhui diff`: what changed between two snapshots is told exactly, and nothing else.

use std::collections::{BTreeMap, BTreeSet};

use crate::night::hand::{HandStore, sites};
use crate::night::published::{indicators, scorecard};
use crate::night::store::{TestStore, xinhui};
use crate::reference::{IndicatorRow, ScoreRow};

#[track_caller]
fn diff(store: &TestStore, words: &[&str], code: i32) -> String {
    let output = xinhui().arg("diff").args(words).arg("--config").arg(store.config()).output().expect("it starts");
    let text = String::from_utf8_lossy(if code == 0 { &output.stdout } else { &output.stderr }).into_owned();
    assert_eq!(output.status.code(), Some(code), "{words:?}: {text}{}", String::from_utf8_lossy(&output.stderr));
    text
}

fn json(store: &TestStore, words: &[&str]) -> serde_json::Value {
    serde_json::from_str(&diff(store, &[words, &["--json"]].concat(), 0)).expect("JSON")
}

type NumberKey = (String, String, String);
type Said = (Option<i64>, Option<i64>, Option<String>, String);

fn said(row: &IndicatorRow) -> (NumberKey, Said) {
    let key = (row.indicator.clone(), row.division_code.clone(), row.period.clone());
    (key, (Some(row.numerator), row.denominator, row.value.map(|v| format!("{v:.9}")), row.status.clone()))
}

fn verdicts(rows: Vec<ScoreRow>) -> BTreeMap<String, String> {
    let key =
        |r: &ScoreRow| format!("{} {} {} {} {} {}", r.profile, r.indicator, r.division_code, r.op, r.target, r.due);
    rows.into_iter().map(|r| (key(&r), r.verdict)).collect()
}

#[test]
fn a_diff_names_every_number_and_verdict_that_changed_and_no_other() {
    let store = TestStore::synth(&[
        "--persons",
        "400",
        "--counties",
        "370832,370811",
        "--towns",
        "1",
        "--dirt",
        "light",
        "--nights",
        "2",
    ])
    .quick();
    store.publish();
    let alone = diff(&store, &[], 2);
    assert!(alone.contains("there is no snapshot before"), "{alone}");
    let before = store.internal().canonicalize().unwrap();
    store.arrive(1);
    store.publish();
    let now = store.internal();
    assert_ne!(before, now.canonicalize().unwrap());
    // As a person would compare: row by row.
    let old: BTreeMap<NumberKey, Said> = indicators(&before).iter().map(said).collect();
    let new: BTreeMap<NumberKey, Said> = indicators(&now).iter().map(said).collect();
    let keys: BTreeSet<&NumberKey> = old.keys().chain(new.keys()).collect();
    let expected: BTreeSet<&NumberKey> = keys.into_iter().filter(|key| old.get(*key) != new.get(*key)).collect();
    assert!(expected.len() > 20 && expected.len() < old.len() / 2, "{} changed", expected.len());
    let whole = json(&store, &[]);
    let text = |v: &serde_json::Value, name: &str| v[name].as_str().unwrap_or_default().to_owned();
    let key = |v: &serde_json::Value| (text(v, "indicator"), text(v, "division_code"), text(v, "period"));
    let numbers = whole["numbers"].as_array().unwrap();
    let found: BTreeSet<NumberKey> = numbers.iter().map(key).collect();
    assert_eq!(found.iter().collect::<BTreeSet<_>>(), expected);
    assert_eq!(found.len(), numbers.len(), "each once");
    for number in numbers {
        for (side, of) in [("old", &old), ("new", &new)] {
            let stated = &number[side];
            let value = stated["value"].as_f64().map(|v| format!("{v:.9}"));
            let said = (stated["numerator"].as_i64(), stated["denominator"].as_i64(), value, text(stated, "status"));
            assert_eq!(Some(&said), of.get(&key(number)), "{side} of {number}");
        }
    }
    let weights: Vec<u64> = numbers.iter().map(|n| n["weight"].as_u64().unwrap()).collect();
    assert!(weights.is_sorted_by(|a, b| a >= b), "the weightiest first: {weights:?}");
    let (was, is) = (verdicts(scorecard(&before)), verdicts(scorecard(&now)));
    let changed = is.iter().filter(|(key, verdict)| was.get(*key) != Some(*verdict)).count();
    let totals = &whole["totals"];
    assert_eq!(totals["verdicts_changed"], changed);
    assert_eq!(totals["changed"], expected.len());
    assert_eq!(totals["compared"], new.len());
    // A filter takes what lies in the division.
    let town = numbers.iter().map(|n| text(n, "division_code")).find(|code| code.len() == 9).expect("a town changed");
    let narrowed = json(&store, &["--division", &town, "--level", "town,village"]);
    let narrowed: BTreeSet<NumberKey> = narrowed["numbers"].as_array().unwrap().iter().map(key).collect();
    assert_eq!(narrowed, found.iter().filter(|(_, code, _)| code.starts_with(&town)).cloned().collect());
    // By name as by code, and levels as people say them.
    let by_code = json(&store, &["--division", "370832", "--level", "county"]);
    for words in [["--division", "梁山县", "--level", "县"], ["--division", "济宁市梁山县", "--level", "县级"]]
    {
        assert_eq!(json(&store, &words)["numbers"], by_code["numbers"], "{words:?}");
    }
    assert_eq!(json(&store, &["--level", "县（市、区）"])["numbers"], json(&store, &["--level", "county"])["numbers"]);
    // A target is told of where it says something else than before, not where a number moved without that.
    for target in whole["targets"].as_array().unwrap() {
        let told = |side: &str| (target[side]["verdict"].clone(), target[side]["gap"].clone());
        let (old, new) = (told("old_judged"), told("new_judged"));
        assert!(old != new || new.1.is_null() && target["old"] != target["new"], "{target}");
    }
    let one = json(&store, &["--indicator", "在册患者治疗率"]);
    assert!(one["numbers"].as_array().unwrap().iter().all(|n| text(n, "indicator") == "smi_treatment_rate"));
    // The table of people and the one of programs say as much.
    let csv = diff(&store, &["--csv"], 0);
    let targets = whole["targets"].as_array().unwrap().len();
    assert_eq!(csv.lines().count(), 1 + targets + numbers.len());
    assert!(csv.lines().all(|line| line.split(',').count() == csv.lines().next().unwrap().split(',').count()));
    for lang in ["en", "zh"] {
        let table = diff(&store, &["--lang", lang], 0);
        let wide = table.lines().find(|line| line.chars().map(|c| if c < 'ᄀ' { 1 } else { 2 }).sum::<usize>() > 80);
        assert_eq!(wide, None, "{lang}");
        assert!(table.replace(',', "").contains(&expected.len().to_string()), "{table}");
    }
    assert_eq!(json(&store, &["current", "current"])["numbers"].as_array().unwrap().len(), 0);
    let folders = [before.parent().unwrap(), now.parent().unwrap()].map(|f| f.to_str().unwrap());
    let output = xinhui().arg("diff").args(folders).arg("--json").output().unwrap();
    let by_folder: serde_json::Value = serde_json::from_slice(&output.stdout).expect("two folders need no config");
    assert_eq!(by_folder["numbers"], whole["numbers"]);
}

#[test]
fn a_diff_tells_of_a_verdict_with_its_gap_and_of_wrong_questions() {
    let hand = HandStore::new();
    hand.store.edit_config(
        "[identity]",
        "[[profile_scope]]\nprofile = \"liangshan-2023\"\ndivisions = [\"370811\"]\n\n[identity]",
    );
    hand.put("370832/station/站点_20231201.csv", sites(&[("S1", "370832101001")])).night();
    hand.put("370832/station/站点_20231202.csv", sites(&[("S1", "370832101001"), ("S2", "370832101002")])).night();
    let whole = json(&hand.store, &[]);
    let rooms = whole["targets"].as_array().unwrap().iter().chain(whole["numbers"].as_array().unwrap());
    let rooms: Vec<_> = rooms.filter(|t| t["indicator"] == "village_room_built_rate").collect();
    assert!(!rooms.is_empty(), "{whole}");
    let zh = diff(&hand.store, &["--lang", "zh", "--most", "0"], 0);
    assert!(zh.contains("→ ") && !zh.contains("->") && !zh.contains(", "), "lists and arrows are Chinese: {zh}");
    for (words, told) in [
        (&["--level", "hamlet"][..], "village, town, county or city"),
        (&["--indicator", "nonsense"][..], "unknown indicator"),
        (&["--division", "37083"][..], "no division `37083`; the nearest are:\n  370832 梁山县"),
        (&["--division", "梁州县"][..], "370832 梁山县"),
        (&["--indicator", "在册患者治疗绿"][..], "在册患者治疗率"),
        (&["--public"][..], "has no public edition"),
        (&["19990101"][..], "there is no snapshot"),
    ] {
        let refused = diff(&hand.store, words, 2);
        assert!(refused.contains(told), "{words:?}: {refused}");
    }
}

#[test]
fn a_snapshot_comes_after_each_other_of_its_second() {
    let hand = HandStore::new();
    hand.store.edit_config("as_of", "keep_snapshots = 200\nas_of");
    hand.put("370832/station/站点_20231201.csv", sites(&[("S1", "370832101001")])).night();
    let snapshots = hand.internal().canonicalize().unwrap().ancestors().nth(2).unwrap().to_owned();
    // Whatever second the next night begins in, two stand there already, with the greatest digests.
    let now = jiff::Timestamp::now().as_second();
    for second in now..now + 60 {
        let second = jiff::Timestamp::from_second(second).unwrap().strftime("%Y%m%dT%H%M%SZ").to_string();
        for rest in ["-ffffffff", ".002-ffffffff"] {
            std::fs::create_dir(snapshots.join(format!("{second}{rest}"))).unwrap();
        }
    }
    hand.put("370832/station/站点_20231202.csv", sites(&[("S1", "370832101001"), ("S2", "370832101002")])).night();
    let current = hand.internal().canonicalize().unwrap();
    let id = current.parent().unwrap().file_name().unwrap().to_str().unwrap();
    let (second, _) = id.split_once(['.', '-']).unwrap();
    assert!(snapshots.join(format!("{second}.002-ffffffff")).is_dir(), "{id}");
    assert!(id > &*format!("{second}.002-ffffffff"), "{id}");
}
