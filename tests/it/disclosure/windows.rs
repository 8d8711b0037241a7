//! Numbers of twelve months, one less another: what came in between is of nobody, or of enough people.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::night::published::{int, table, text};
use crate::night::store::TestStore;

use super::{publishing, verify};

/// What came in from one month to the next where nothing is a year old yet: by indicator, division and month, of what is
/// shown in a folder of indicators.
fn differences(indicators: &Path) -> BTreeMap<(String, String), Vec<(String, i64)>> {
    let mut shown: BTreeMap<(String, String), BTreeMap<String, i64>> = BTreeMap::new();
    for batch in table(&indicators.join("month.parquet")) {
        for row in 0..batch.num_rows() {
            let id = text(&batch, "indicator", row);
            if ["awareness_rate", "literacy_level", "referral_closed_rate"].contains(&id.as_str())
                && let Some(denominator) = int(&batch, "denominator", row)
            {
                let of = shown.entry((id, text(&batch, "division_code", row))).or_default();
                of.insert(text(&batch, "period", row), denominator);
            }
        }
    }
    let between = |months: BTreeMap<String, i64>| {
        let months: Vec<(String, i64)> = months.into_iter().filter(|(month, _)| month.starts_with("2023")).collect();
        months.windows(2).map(|pair| (pair[1].0.clone(), pair[1].1 - pair[0].1)).collect()
    };
    shown.into_iter().map(|(key, months)| (key, between(months))).collect()
}

/// Differences that are of few people.
fn of_few(all: &BTreeMap<(String, String), Vec<(String, i64)>>) -> usize {
    let few = |id: &str| if id == "awareness_rate" { 80 } else { 4 };
    all.iter().map(|((id, _), between)| between.iter().filter(|b| (1..=few(id)).contains(&b.1)).count()).sum()
}

/// Answers begin in January 2023, so that each number of twelve months less the one before is a month's.
#[test]
fn no_two_numbers_of_twelve_months_tell_of_few_people() {
    let args = ["--persons", "4000", "--towns", "2", "--city", "3704", "--counties", "370402,370403,370481"];
    let store =
        TestStore::synth(&[&args[..], &["--seed", "3", "--from", "2023-01-01", "--as-of", "2023-10-31"]].concat());
    let store = publishing(store, "release = \"monthly\"");
    let mut day = "2023-10-31";
    for next in ["2023-10-05", "2023-11-05", "2023-12-05"] {
        store.edit_config(&format!("as_of = \"{day}\""), &format!("as_of = \"{next}\""));
        day = next;
        store.publish();
        verify(&store, 0);
        let [inside, outside] = ["internal/disclosure/exact", "public"]
            .map(|folder| differences(&store.path().join("store/current").join(folder).join("indicators")));
        assert!(of_few(&inside) > 50, "{} differences of few people", of_few(&inside));
        assert_eq!(of_few(&outside), 0, "{outside:?}");
        let told = |(key, between): (&(String, String), &Vec<(String, i64)>)| {
            key.1 == "3704" && between.iter().filter(|b| b.1 > 0).count() > 2
        };
        assert!(outside.iter().any(told), "nothing is left of the city: {outside:?}");
    }
}

/// A county whose surveys had two answers in March and thirty in every other month: March hides behind another month, and
/// no number of twelve months is shown that has one of the two and not the other.
#[test]
fn a_number_of_twelve_months_tells_no_month_that_a_rollup_hides() {
    let args = ["--persons", "60", "--counties", "370832,370811", "--towns", "2", "--dirt", "none", "--formats", "csv"];
    let store = TestStore::synth(&[&args[..], &["--from", "2022-01-01"]].concat());
    for county in ["370832", "370811"] {
        // Pupils and patients are not what this is about, and take long to hide where there are few.
        for source in ["school", "hospital"] {
            fs::remove_dir_all(store.path().join(format!("inbox/{county}/{source}"))).expect("a folder");
        }
        let town = if county == "370832" { "370832001" } else { "370811002" };
        let folder = store.path().join(format!("inbox/{county}/station"));
        for entry in fs::read_dir(&folder).expect("a folder").flatten() {
            if fs::read_to_string(entry.path()).is_ok_and(|text| text.contains("答卷编号")) {
                fs::remove_file(entry.path()).expect("a file");
            }
        }
        let mut lines = vec!["答卷编号,所在区划代码,调查日期,答对题数,总题数".to_owned()];
        for (year, month) in [2022, 2023].into_iter().flat_map(|year| (1..=12).map(move |month| (year, month))) {
            let many = if (county, year, month) == ("370832", 2023, 3) { 2 } else { 30 };
            let line = |n| format!("{county}-{year}-{month}-{n},{town},{year}-{month:02}-{:02},15,20", n % 28 + 1);
            lines.extend((0..many).map(line));
        }
        fs::write(folder.join("station_survey_20231231.csv"), lines.join("\n")).expect("a file");
    }
    let store = publishing(store, "release = \"nightly\"");
    store.publish();
    verify(&store, 0);
    let public = store.path().join("store/current/public");
    let mut months: BTreeMap<(String, String), Option<i64>> = BTreeMap::new();
    for batch in table(&public.join("rollups/surveys/surveys.parquet")) {
        for row in 0..batch.num_rows() {
            let is_all = ["sex", "age_group"].iter().all(|name| text(&batch, name, row) == "_all");
            if is_all && text(&batch, "period_kind", row) == "month" {
                let key = (text(&batch, "division_code", row), text(&batch, "period", row));
                months.insert(key, int(&batch, "items_total", row));
            }
        }
    }
    let hidden = |code: &str, months_of: &[String]| {
        months_of.iter().filter(|month| months[&(code.to_owned(), (*month).clone())].is_none()).count()
    };
    let all: Vec<String> =
        [2022, 2023].into_iter().flat_map(|year| (1..=12).map(move |month| format!("{year}-{month:02}"))).collect();
    assert!(hidden("370832", &all) > 1, "{months:?}");
    let mut seen = [0; 2];
    for batch in table(&public.join("indicators/month.parquet")) {
        for row in 0..batch.num_rows() {
            let (code, period) = (text(&batch, "division_code", row), text(&batch, "period", row));
            let at = all.iter().position(|month| *month == period).expect("a month");
            let is_it = text(&batch, "indicator", row) == "awareness_rate" && code.len() <= 6;
            if is_it && at >= 11 {
                let told = hidden(&code, &all[at - 11..=at]);
                let shown = int(&batch, "denominator", row);
                // Of hidden months it has none, or all that a quarter has.
                assert!(shown.is_none() || told != 1, "{code} {period}: {shown:?} beside {months:?}");
                assert!(shown.is_some() || told > 0, "{code} {period} is hidden in vain: {months:?}");
                seen[usize::from(shown.is_some())] += 1;
            }
        }
    }
    assert!(seen.into_iter().min() > Some(0), "{seen:?}");
}
