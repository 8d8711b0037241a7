//! The naive reference itself: scorecard, rollups, settings and the comparison of tables.

use crate::reference::compare::compare;
use crate::reference::load::settings;
use crate::reference::persons::age_group;
use crate::reference::scorecard::is_met;
use crate::reference::tiny::{d, followup, patient, service, site, world};
use crate::reference::windows::{iso, whole_years};
use crate::reference::world::ManagedRule;
use crate::reference::{RollupRow, ScoreRow, World, indicators, rollups, scorecard};

#[test]
fn verdicts_use_exact_whole_numbers() {
    assert!(is_met("percent", 19, 20, ">=", 95));
    assert!(!is_met("percent", 94_999_999, 100_000_000, ">=", 95));
    assert!(is_met("permille", 5, 1000, ">=", 5));
    assert!(!is_met("permille", 4_999, 1_000_000, ">=", 5));
    assert!(is_met("percent_change", 99, 100, "<", 0));
    assert!(!is_met("percent_change", 100, 100, "<", 0));
    assert!(is_met("count", 16, 0, ">=", 16));
}

fn score<'r>(rows: &'r [ScoreRow], indicator: &str, division: &str) -> &'r ScoreRow {
    rows.iter().find(|r| r.indicator == indicator && r.division_code == division).expect("a target")
}

#[test]
fn targets_are_judged_at_the_due_date_or_as_of_for_divisions_of_the_tree() {
    let mut w = world("2021-06-30", "2021-01-01");
    site(&mut w, "370406", "1", "village_room", "370406001001", &[]);
    site(&mut w, "370406", "2", "village_room", "370406001002", &[("built_date", "2021-07-01")]);
    assert_eq!(crate::reference::contract::targets().len(), 70);
    let rows = scorecard(&w);
    assert_eq!(rows.len(), 13, "only the profile of Shancheng stands in this tree");
    let built = score(&rows, "village_room_built_rate", "370406001");
    assert_eq!((built.numerator, built.denominator, built.verdict.as_str()), (1, Some(2), "behind"));
    assert_eq!(built.evaluated_on, "2021-06-30");
    assert_eq!(score(&rows, "awareness_rate", "370406001").verdict, "no_data");

    w.settings.as_of = d("2022-06-30");
    w.settings
        .profile_scope
        .insert("shancheng-2020".to_owned(), vec!["370402001".to_owned(), "370402".to_owned(), "370406001".to_owned()]);
    w.settings.profile_scope.insert("guzhai-2020".to_owned(), vec!["370406001".to_owned()]);
    let rows = scorecard(&w);
    assert_eq!(rows.len(), 13 * 2 + 11);
    let built = score(&rows, "village_room_built_rate", "370406001");
    assert_eq!((built.numerator, built.denominator, built.verdict.as_str()), (2, Some(2), "met"));
    assert_eq!(built.evaluated_on, "2021-12-31");
    assert_eq!(score(&rows, "village_room_built_rate", "370402001").verdict, "not_met");
    let rollout = score(&rows, "village_rollout_rate", "370406001");
    assert_eq!((rollout.denominator, rollout.verdict.as_str()), (Some(0), "no_data"));
}

fn cell<'r>(rows: &'r [RollupRow], division: &str, period: &str, dims: &[(&str, &str)]) -> Option<&'r RollupRow> {
    rows.iter().find(|r| {
        r.division_code == division
            && r.period == period
            && r.dims
                .iter()
                .all(|(name, value)| value == dims.iter().find(|(n, _)| n == name).map_or("_all", |(_, wanted)| wanted))
    })
}

#[test]
fn rollup_totals_are_counted_anew_because_persons_are_distinct() {
    let mut w = world("2023-12-31", "2023-01-01");
    site(&mut w, "370406", "s", "village_room", "370406001001", &[]);
    let both = [("service_kind", "consult"), ("population", "smi|elderly"), ("sex", "2"), ("birth_date", "1960")];
    service(&mut w, "a", "1", "s", "2023-05-01", &both);
    service(&mut w, "a", "2", "s", "2023-05-31", &[("service_kind", "crisis"), ("channel", "home")]);
    service(&mut w, "b", "3", "s", "2023-06-01", &[("service_kind", "crisis")]);
    let all = rollups(&w);
    assert_eq!(all.len(), 11);
    let rows = &all["services"];
    let of = |division: &str, period: &str, dims: &[(&str, &str)]| {
        cell(rows, division, period, dims).map(|r| (r.measures["contacts"], r.measures["persons"]))
    };
    assert_eq!(of("3704", "2023-05", &[]), Some((2, 1)));
    assert_eq!(of("3704", "2023", &[]), Some((3, 2)));
    assert_eq!(of("3704", "2023", &[("service_kind", "crisis")]), Some((2, 2)));
    assert_eq!(of("370406001001", "2023", &[("population", "elderly")]), Some((1, 1)));
    assert_eq!(of("3704", "2023", &[("population", "unknown")]), Some((2, 2)));
    assert_eq!(of("3704", "2023", &[("channel", "unknown")]), Some((2, 2)));
    // The age of a is known from one row and holds for both: 63 in 2023.
    assert_eq!(of("3704", "2023", &[("sex", "2"), ("age_group", "60-74")]), Some((2, 1)));
    assert_eq!(of("3704", "2023", &[("sex", "unknown"), ("age_group", "unknown")]), Some((1, 1)));
    assert_eq!(of("3704", "2023", &[("sex", "2"), ("channel", "home")]), None, "not all dimensions are crossed");
    assert_eq!(of("370402", "2023", &[]), None, "rows without anything to count are left out");
    assert_eq!(of("3704", "2023-07", &[]), None);
}

#[test]
fn patients_are_split_by_their_last_follow_up_that_states_it() {
    let mut w = world("2023-12-31", "2023-12-01");
    patient(&mut w, "370406", "a", "1", "370406001001", &[("birth_date", "2000-12-31")]);
    patient(&mut w, "370402", "a", "1", "370402001001", &[("diagnosis", "F31"), ("living", "hospital")]);
    followup(&mut w, "370406", "1", "1", "2023-05-01", &[("risk_level", "3"), ("stability", "basic")]);
    followup(&mut w, "370406", "1", "2", "2023-06-01", &[("stability", "stable")]);
    followup(&mut w, "370406", "1", "3", "2023-07-01", &[("stability", "unstable"), ("outcome", "lost")]);
    let all = rollups(&w);
    let rows = &all["patients"];
    let persons = |dims: &[(&str, &str)]| cell(rows, "3704", "2023-12", dims).map(|r| r.measures["persons"]);
    assert_eq!(persons(&[]), Some(1));
    assert_eq!(persons(&[("diagnosis_group", "schizophrenia")]), Some(1));
    assert_eq!(persons(&[("diagnosis_group", "bipolar")]), Some(1));
    assert_eq!(persons(&[("risk_level", "3")]), Some(1));
    assert_eq!(persons(&[("stability", "stable")]), Some(1));
    assert_eq!(persons(&[("stability", "unstable")]), None);
    assert_eq!(persons(&[("age_group", "18-24")]), Some(1));
}

#[test]
fn ages_are_whole_years() {
    assert_eq!(whole_years(d("2005-06-01"), d("2023-05-31")), 17);
    assert_eq!(whole_years(d("2005-06-01"), d("2023-06-01")), 18);
    assert_eq!(whole_years(d("2004-02-29"), d("2023-02-28")), 18);
    assert_eq!(whole_years(d("2004-02-29"), d("2023-03-01")), 19);
    let groups = [(0, "0-5"), (6, "6-11"), (14, "12-14"), (15, "15-17"), (59, "45-59"), (75, "75+"), (-1, "unknown")];
    for (years, group) in groups {
        assert_eq!(age_group(years), group);
    }
}

#[test]
fn the_sex_most_rows_state_holds_and_ties_go_to_the_newest() {
    let mut w = world("2023-12-31", "2023-12-01");
    site(&mut w, "370406", "s", "village_room", "370406001001", &[]);
    service(&mut w, "a", "1", "s", "2023-12-01", &[("sex", "1")]);
    service(&mut w, "a", "2", "s", "2023-11-01", &[("sex", "2")]);
    let sexes = |w: &World| {
        let rows = rollups(w).remove("services").unwrap();
        let found = rows.into_iter().filter(|r| r.division_code == "3704" && r.period == "2023-12");
        found.map(|r| r.dims["sex"].clone()).filter(|s| s != "_all").collect::<Vec<_>>()
    };
    assert!(sexes(&w).iter().all(|s| s == "1") && !sexes(&w).is_empty());
    service(&mut w, "a", "3", "s", "2023-10-01", &[("sex", "2")]);
    assert!(sexes(&w).iter().all(|s| s == "2"));
}

#[test]
fn a_report_of_differences_names_the_cell() {
    let w = world("2023-01-31", "2023-01-01");
    let expected = indicators(&w);
    assert_eq!(compare(&expected, &expected), Ok(()));
    let mut got = expected.clone();
    got.reverse();
    assert_eq!(compare(&expected, &got), Ok(()));
    let index = got.iter().position(|r| r.indicator == "smi_checkup_rate" && r.division_code == "370406").unwrap();
    got[index].numerator = 4;
    let dropped = got.remove(0);
    let report = compare(&expected, &got).unwrap_err();
    let name = got[index - 1].period.clone();
    let kind = got[index - 1].period_kind.clone();
    assert!(report.starts_with("2 differences"), "{report}");
    assert!(
        report.contains(&format!("smi_checkup_rate 370406 {kind} {name}: numerator expected 0, got 4")),
        "{report}"
    );
    assert!(report.contains(&format!("{} {}", dropped.indicator, dropped.division_code)), "{report}");
}

#[test]
fn settings_are_read_from_the_config_of_a_store() {
    let s = settings(
        "city = \"3704\"\nas_of = \"2023-12-31\"\nprofiles = \"all\"\n\
         [periods]\nfrom = \"2022-01\"\nkinds = [\"month\", \"year\"]\n\
         [norms]\nmanaged_rule = \"interval\"\n\
         [[profile_scope]]\nprofile = \"shancheng-2020\"\ndivisions = [\"370402001\"]\n",
    );
    assert_eq!((s.city.as_str(), iso(s.from).as_str(), iso(s.as_of).as_str()), ("3704", "2022-01-01", "2023-12-31"));
    assert_eq!(s.managed_rule, ManagedRule::Interval);
    assert_eq!(s.kinds, ["month", "year"]);
    assert_eq!(s.profile_scope["shancheng-2020"], ["370402001"]);
}
