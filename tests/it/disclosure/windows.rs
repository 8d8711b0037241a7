//! Numbers of twelve months, one less another: what came in between is of nobody, or of enough people.

use std::collections::BTreeMap;
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
