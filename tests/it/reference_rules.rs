//! The naive reference itself: windows, `managed` and the other definitions about persons.

use crate::reference::indicators;
use crate::reference::persons::{Followup, diagnosis_group, is_managed};
use crate::reference::tiny::{d, followup, fraction, patient, service, site, world};
use crate::reference::windows::{day, first_of_t12m, iso, one_year_before, parse_day, periods, ymd};
use crate::reference::world::{ManagedRule, Settings};

#[test]
fn days_and_dates_agree_over_four_centuries() {
    let mut expected = (1800, 1, 1);
    for number in day(1800, 1, 1)..=day(2200, 12, 31) {
        assert_eq!(ymd(number), expected);
        assert_eq!(day(expected.0, expected.1, expected.2), number);
        let next = (expected.0, expected.1, expected.2 + 1);
        expected = match parse_day(&format!("{:04}-{:02}-{:02}", next.0, next.1, next.2)) {
            Some(_) => next,
            None if expected.1 == 12 => (expected.0 + 1, 1, 1),
            None => (expected.0, expected.1 + 1, 1),
        };
    }
    assert_eq!(day(1970, 1, 1), 0);
    assert_eq!(day(2000, 3, 1), 11_017);
}

#[test]
fn a_year_before_the_29th_of_february_is_the_28th() {
    assert_eq!(iso(one_year_before(d("2024-02-29"))), "2023-02-28");
    assert_eq!(iso(first_of_t12m(d("2024-02-29"))), "2023-03-01");
    assert_eq!(iso(first_of_t12m(d("2024-02-28"))), "2023-03-01");
    assert_eq!(iso(first_of_t12m(d("2025-02-28"))), "2024-02-29");
    assert_eq!(iso(first_of_t12m(d("2023-12-31"))), "2023-01-01");
    assert_eq!(parse_day("2023-02-29"), None);
    assert_eq!(parse_day("2100-02-29"), None);
    assert!(parse_day("2000-02-29").is_some());
}

#[test]
fn the_last_period_ends_at_as_of_and_is_not_complete() {
    let all = periods(&Settings::new("3704", "2023-05-20", "2022-11-01"));
    let names: Vec<&str> = all.iter().map(|p| p.name.as_str()).collect();
    assert_eq!(
        names,
        [
            "2022-11", "2022-12", "2023-01", "2023-02", "2023-03", "2023-04", "2023-05", "2023-Q1", "2023-Q2",
            "2023-H1", "2023"
        ]
    );
    let may = all.iter().find(|p| p.name == "2023-05").unwrap();
    assert_eq!((iso(may.end).as_str(), iso(may.e).as_str(), may.complete), ("2023-05-31", "2023-05-20", false));
    assert!(all.iter().find(|p| p.name == "2023-Q1").unwrap().complete);
    let on_the_last_day = periods(&Settings::new("3704", "2023-05-31", "2023-05-01"));
    assert!(on_the_last_day.iter().find(|p| p.name == "2023-05").unwrap().complete);
}

/// Complete follow-ups on these dates, `stability` empty.
fn complete(dates: &[&str]) -> Vec<Followup> {
    dates.iter().map(|date| stated(date, "")).collect()
}

fn stated(date: &str, stability: &str) -> Followup {
    Followup {
        county: "370406".to_owned(),
        date: d(date),
        record_id: date.to_owned(),
        mode: "clinic".to_owned(),
        outcome: String::new(),
        risk_level: "0".to_owned(),
        stability: stability.to_owned(),
        medication: String::new(),
        grade_class: String::new(),
        rehab: false,
        counselled: false,
        checkup: false,
    }
}

#[test]
fn month_gap_allows_three_calendar_months_and_not_four() {
    let managed =
        |dates: &[&str]| is_managed(ManagedRule::MonthGap, &complete(dates), d("2020-01-01"), d("2023-12-31"));
    assert!(managed(&["2023-04-30", "2023-07-31", "2023-10-01"]));
    assert!(!managed(&["2023-05-01", "2023-07-31", "2023-10-01"]), "January to May is four");
    assert!(!managed(&["2023-04-30", "2023-08-01", "2023-10-01"]));
    assert!(!managed(&["2023-04-30", "2023-07-31", "2023-08-31"]), "August to December is four");
    assert!(!managed(&[]));
    // Registered late: the window is short, but one follow-up there must be.
    let late = |dates: &[&str]| is_managed(ManagedRule::MonthGap, &complete(dates), d("2023-12-10"), d("2023-12-31"));
    assert!(!late(&[]));
    assert!(late(&["2023-12-20"]));
}

#[test]
fn month_gap_counts_follow_ups_before_the_persons_own_window() {
    // Registered in October: the follow-up of July makes the first gap negative and the next one four.
    let managed =
        |dates: &[&str]| is_managed(ManagedRule::MonthGap, &complete(dates), d("2023-10-01"), d("2023-12-31"));
    assert!(managed(&["2023-09-15"]), "September to December is three");
    assert!(!managed(&["2023-08-15"]));
    assert!(managed(&["2023-08-15", "2023-11-01"]));
    assert!(!managed(&["2022-12-31"]), "not in t12m");
}

#[test]
fn month_gap_takes_only_complete_follow_ups() {
    let mut visits = complete(&["2023-04-01", "2023-07-01", "2023-10-01"]);
    let check = |v: &[Followup]| is_managed(ManagedRule::MonthGap, v, d("2020-01-01"), d("2023-12-31"));
    assert!(check(&visits));
    visits[1].risk_level = String::new();
    assert!(!check(&visits));
    visits[1].risk_level = "0".to_owned();
    visits[1].outcome = "away".to_owned();
    assert!(!check(&visits));
    visits[1].outcome = "seen".to_owned();
    assert!(check(&visits));
}

#[test]
fn prorata_asks_one_for_each_ninety_days_and_at_least_one() {
    let check = |registered: &str, count: usize| {
        let dates = ["2023-12-28", "2023-12-29", "2023-12-30", "2023-12-31"];
        is_managed(ManagedRule::Prorata, &complete(&dates[..count]), d(registered), d("2023-12-31"))
    };
    assert!(check("2020-01-01", 4), "365 days ask four");
    assert!(!check("2020-01-01", 3));
    assert!(check("2023-07-06", 1), "179 days ask one");
    assert!(!check("2023-07-05", 1), "180 days ask two");
    assert!(check("2023-07-05", 2));
    assert!(check("2023-12-31", 1));
    assert!(!check("2023-12-31", 0));
}

#[test]
fn interval_depends_on_the_stability_of_the_earlier_follow_up() {
    let check = |visits: &[Followup], registered: &str| {
        is_managed(ManagedRule::Interval, visits, d(registered), d("2023-12-31"))
    };
    // 31 days of December, one asked; the start is 1 December.
    assert!(check(&[stated("2023-12-17", "unstable")], "2023-12-01"), "14 days to E");
    assert!(!check(&[stated("2023-12-16", "unstable")], "2023-12-01"), "15 days to E");
    assert!(check(&[stated("2023-11-30", "basic")], "2023-12-01"), "31 days, and before the window");
    assert!(!check(&[stated("2023-11-29", "basic")], "2023-12-01"), "32 days");
    assert!(check(&[stated("2023-09-30", "")], "2023-12-01"), "92 days after none stated");
    assert!(!check(&[stated("2023-09-29", "stable")], "2023-12-01"), "93 days");
    // A whole year: four asked (365 / 91), the first within 92 days of 1 January.
    let year = ["2023-04-03", "2023-07-03", "2023-10-02"];
    assert!(!check(&complete(&year), "2020-01-01"), "three are not enough");
    let four = ["2023-04-03", "2023-07-03", "2023-10-02", "2023-12-01"];
    assert!(check(&complete(&four), "2020-01-01"), "1 January to 3 April is 92 days");
    let late = ["2023-04-04", "2023-07-03", "2023-10-02", "2023-12-01"];
    assert!(!check(&complete(&late), "2020-01-01"));
    let mut unstable = complete(&four);
    unstable[2].stability = "basic".to_owned();
    assert!(!check(&unstable, "2020-01-01"), "60 days after a basic one");
    assert!(!check(&[], "2023-12-31"));
}

#[test]
fn visits_and_checkup_asks_four_and_one_checkup() {
    let mut visits = complete(&["2023-12-01", "2023-12-02", "2023-12-03", "2023-12-04"]);
    let check = |v: &[Followup]| is_managed(ManagedRule::VisitsAndCheckup, v, d("2020-01-01"), d("2023-12-31"));
    assert!(!check(&visits));
    visits[3].checkup = true;
    assert!(check(&visits));
    assert!(!check(&visits[1..]));
    visits[3].risk_level = String::new();
    assert!(!check(&visits));
}

#[test]
fn six_diagnoses_are_known_with_and_without_a_dot() {
    for (code, group) in [
        ("F20.000", "schizophrenia"),
        ("f22", "delusional"),
        ("F25.1", "schizoaffective"),
        ("F30", "bipolar"),
        ("F31.9", "bipolar"),
        ("G40.802", "epileptic"),
        ("F06.8", "epileptic"),
        ("F068", "epileptic"),
        ("F06.7", "other"),
        ("F70", "intellectual"),
        ("F79.9", "intellectual"),
        ("F80", "other"),
        ("F21", "other"),
    ] {
        assert_eq!(diagnosis_group(code), group, "{code}");
    }
}

#[test]
fn a_lost_patient_stays_on_the_register_and_a_dead_one_leaves_on_the_day() {
    let mut w = world("2023-12-31", "2023-11-01");
    patient(&mut w, "370406", "a", "1", "370406001001", &[]);
    patient(&mut w, "370406", "b", "2", "370406001001", &[("exit_date", "2022-01-01"), ("exit_reason", "lost")]);
    patient(&mut w, "370406", "c", "3", "370406001001", &[("exit_date", "2023-11-30"), ("exit_reason", "death")]);
    patient(&mut w, "370406", "e", "4", "370406001001", &[("exit_date", "2023-12-01"), ("exit_reason", "moved")]);
    patient(&mut w, "370406", "f", "5", "370406001001", &[("diagnosis", "F32.0")]);
    patient(&mut w, "370406", "g", "6", "370406001001", &[("registered_date", "2023-12-01")]);
    let rows = indicators(&w);
    assert_eq!(fraction(&rows, "smi_under_management_rate", "370406001001", "2023-11"), (0, Some(3)));
    assert_eq!(fraction(&rows, "smi_under_management_rate", "370406001001", "2023-12"), (0, Some(3)));
}

#[test]
fn a_person_counts_once_in_each_division() {
    let mut w = world("2023-12-31", "2023-01-01");
    // One human being with registrations in both counties, followed up in the other one only.
    patient(&mut w, "370406", "a", "1", "370406001001", &[("living", "hospital")]);
    patient(&mut w, "370402", "a", "9", "370402001", &[("diagnosis", "F31")]);
    patient(&mut w, "370402", "b", "8", "370402001001", &[]);
    followup(&mut w, "370402", "9", "x", "2023-06-01", &[("risk_level", "1"), ("medication", "regular")]);
    let rows = indicators(&w);
    let id = "smi_under_management_rate";
    assert_eq!(fraction(&rows, id, "3704", "2023"), (1, Some(2)));
    assert_eq!(fraction(&rows, id, "370402", "2023"), (1, Some(2)));
    assert_eq!(fraction(&rows, id, "370406", "2023"), (1, Some(1)), "the flag comes from all linked rows");
    assert_eq!(fraction(&rows, id, "370402001001", "2023"), (0, Some(1)), "a town's row counts in no village");
    // At home and F20 are of a registration that counts in the division.
    assert_eq!(fraction(&rows, "smi_home_counselling_rate", "370406", "2023"), (0, Some(0)));
    assert_eq!(fraction(&rows, "smi_home_counselling_rate", "3704", "2023"), (0, Some(2)));
    assert_eq!(fraction(&rows, "schizophrenia_treatment_rate", "370406", "2023"), (1, Some(1)));
    assert_eq!(fraction(&rows, "schizophrenia_treatment_rate", "370402", "2023"), (0, Some(1)));
}

#[test]
fn the_last_of_two_follow_ups_of_a_day_has_the_greater_record_id_as_text() {
    let mut w = world("2023-12-31", "2023-01-01");
    patient(&mut w, "370406", "a", "1", "370406001001", &[]);
    followup(&mut w, "370406", "1", "10", "2023-06-01", &[("medication", "none")]);
    followup(&mut w, "370406", "1", "9", "2023-06-01", &[("medication", "regular")]);
    followup(&mut w, "370406", "1", "99", "2023-07-01", &[("medication", "none"), ("outcome", "refused")]);
    let rows = indicators(&w);
    assert_eq!(fraction(&rows, "smi_regular_medication_rate", "3704", "2023"), (1, Some(1)));
    assert_eq!(fraction(&rows, "smi_treatment_rate", "3704", "2023"), (1, Some(1)));
}

#[test]
fn in_hospital_ends_on_the_day_of_discharge() {
    let mut w = world("2023-03-31", "2023-01-01");
    patient(&mut w, "370406", "a", "1", "370406001001", &[]);
    let cells = [("record_id", "v"), ("visit_date", "2023-01-31"), ("visit_kind", "inpatient"), ("diagnosis", "F20")];
    w.add("hospital_visit", "370406", "a", &[&cells[..], &[("discharge_date", "2023-02-28")]].concat());
    let rows = indicators(&w);
    assert_eq!(fraction(&rows, "smi_treatment_rate", "3704", "2023-01"), (1, Some(1)));
    assert_eq!(fraction(&rows, "smi_treatment_rate", "3704", "2023-02"), (0, Some(1)));
    assert_eq!(fraction(&rows, "smi_under_management_rate", "3704", "2023-01"), (1, Some(1)));
}

#[test]
fn a_service_for_the_family_supports_the_related_patient_only() {
    let mut w = world("2023-12-31", "2023-01-01");
    patient(&mut w, "370406", "a", "1", "370406001001", &[("id_number", "34052419800101001X")]);
    patient(&mut w, "370406", "mother", "2", "370406001001", &[]);
    site(&mut w, "370406", "s", "village_room", "370406001001", &[]);
    let family = [("beneficiary", "family"), ("related_id_number", "34052419800101001x")];
    service(&mut w, "mother", "1", "s", "2023-05-01", &[("service_kind", "family_support"), family[0], family[1]]);
    let rows = indicators(&w);
    assert_eq!(fraction(&rows, "smi_home_counselling_rate", "3704", "2023"), (1, Some(2)));
    assert_eq!(fraction(&rows, "smi_home_counselling_rate", "3704", "2023-04"), (0, Some(2)));
    // Of kind rehab it supports nobody, and a plan on it is not the mother's own.
    service(&mut w, "mother", "2", "s", "2023-05-02", &[("service_kind", "rehab"), ("plan_id", "p"), family[0]]);
    w.add(
        "police_person",
        "370406",
        "mother",
        &[("record_id", "z"), ("category", "other"), ("division_code", "370406001001"), ("start_date", "2022-01-01")],
    );
    let rows = indicators(&w);
    assert_eq!(fraction(&rows, "smi_rehab_participation_rate", "3704", "2023"), (0, Some(2)));
    assert_eq!(fraction(&rows, "special_plan_coverage", "3704", "2023"), (0, Some(1)));
}

#[test]
fn a_warning_counts_at_the_place_of_the_latest_row_that_states_one() {
    let mut w = world("2023-12-31", "2023-01-01");
    site(&mut w, "370406", "east", "village_room", "370406001001", &[]);
    site(&mut w, "370406", "west", "village_room", "370406001002", &[]);
    service(&mut w, "a", "1", "east", "2023-05-01", &[("warning_level", "red"), ("plan_id", "p")]);
    service(&mut w, "a", "2", "west", "2023-06-01", &[("warning_level", "yellow")]);
    service(&mut w, "a", "3", "east", "2023-07-01", &[]);
    service(&mut w, "b", "4", "east", "2023-05-01", &[("warning_level", "red")]);
    service(&mut w, "b", "5", "east", "2023-05-02", &[("warning_level", "green")]);
    let rows = indicators(&w);
    assert_eq!(fraction(&rows, "warning_plan_rate", "370406001002", "2023"), (1, Some(1)));
    assert_eq!(fraction(&rows, "warning_plan_rate", "370406001001", "2023"), (0, Some(0)));
    assert_eq!(fraction(&rows, "warning_plan_rate", "370406001001", "2023-05"), (1, Some(1)), "b is green by then");
    assert_eq!(fraction(&rows, "warning_plan_rate", "370406001", "2023"), (1, Some(1)));
}

#[test]
fn a_referral_is_closed_by_a_visit_up_to_the_thirtieth_day_also_after_e() {
    let mut w = world("2023-12-31", "2023-01-01");
    site(&mut w, "370406", "s", "village_room", "370406001001", &[]);
    let school = [("school_id", "j"), ("stage", "junior"), ("division_code", "370406001002")];
    w.add("school_site", "370406", "", &school);
    service(&mut w, "a", "1", "s", "2023-03-31", &[("service_kind", "referral")]);
    service(&mut w, "b", "2", "s", "2023-03-31", &[("referred_to", "unknown")]);
    service(&mut w, "c", "3", "s", "2023-03-31", &[]);
    let counselling = [("record_id", "4"), ("school_id", "j"), ("service_date", "2023-03-31"), ("referred_to", "h")];
    w.add("school_counselling", "370406", "e", &counselling);
    for (person, date) in [("a", "2023-04-30"), ("b", "2023-05-01"), ("c", "2023-04-01"), ("e", "2023-03-30")] {
        let cells = [("record_id", person), ("visit_date", date), ("visit_kind", "outpatient"), ("diagnosis", "F32")];
        w.add("hospital_visit", "370402", person, &cells);
    }
    let rows = indicators(&w);
    assert_eq!(fraction(&rows, "referral_closed_rate", "370406001001", "2023-03"), (1, Some(2)));
    assert_eq!(fraction(&rows, "referral_closed_rate", "370406001002", "2023-03"), (0, Some(1)));
    assert_eq!(fraction(&rows, "referral_closed_rate", "3704", "2023"), (1, Some(3)));
}

#[test]
fn the_latest_screening_anywhere_decides_wherever_the_student_was_screened() {
    let mut w = world("2023-12-31", "2023-01-01");
    for (county, id, place) in [("370406", "j", "370406001001"), ("370402", "k", "370402001")] {
        w.add("school_site", county, "", &[("school_id", id), ("stage", "junior"), ("division_code", place)]);
    }
    let mut test = |county: &str, school: &str, id: &str, date: &str, result: &str| {
        let cells = [("record_id", id), ("school_id", school), ("screening_date", date), ("result", result)];
        w.add("school_screening", county, "s", &cells);
    };
    test("370406", "j", "1", "2023-03-01", "normal");
    test("370402", "k", "2", "2023-09-01", "severe");
    let rows = indicators(&w);
    assert_eq!(fraction(&rows, "screening_attention_rate", "370406", "2023-06"), (0, Some(1)));
    assert_eq!(fraction(&rows, "screening_attention_rate", "370406", "2023"), (1, Some(1)));
    assert_eq!(fraction(&rows, "screening_attention_rate", "3704", "2023"), (1, Some(1)));
    assert_eq!(fraction(&rows, "screening_attention_rate", "370406", "2023-02"), (0, Some(0)));
}
