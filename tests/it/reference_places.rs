//! The naive reference itself: sites, units, incidents, surveys, population, reports and status.

use crate::reference::indicators;
use crate::reference::tiny::{fraction, patient, row, service, site, world};

#[test]
fn a_site_stands_from_its_built_date_to_the_day_before_it_closes() {
    let mut w = world("2023-12-31", "2023-01-01");
    let closed = [("status", "closed"), ("built_date", "2023-01-31"), ("closed_date", "2023-03-31")];
    site(&mut w, "370406", "1", "village_room", "370406001001", &closed);
    site(&mut w, "370406", "2", "village_room", "370406001002", &[("status", "building")]);
    site(&mut w, "370402", "3", "town_station", "370402001001", &[("built_date", "2023-02-01")]);
    site(&mut w, "370406", "4", "county_center", "370406001", &[("status", "planned"), ("built_date", "")]);
    let rows = indicators(&w);
    let rate = |division: &str, period: &str| fraction(&rows, "village_room_built_rate", division, period);
    assert_eq!(rate("370406001", "2023-01"), (1, Some(2)));
    assert_eq!(rate("370406001", "2023-02"), (1, Some(2)));
    assert_eq!(rate("370406001", "2023-03"), (0, Some(2)));
    assert_eq!(rate("3704", "2023-02"), (1, Some(3)));
    // A station that stands in a village is its town's station.
    assert_eq!(fraction(&rows, "town_station_built_rate", "370402001", "2023-02"), (1, Some(1)));
    assert_eq!(fraction(&rows, "town_station_built_rate", "370402001", "2023-01"), (0, Some(1)));
    assert_eq!(fraction(&rows, "network_levels", "3704", "2023-02"), (2, None));
    assert_eq!(fraction(&rows, "network_levels", "370402", "2023-02"), (1, None));
    assert_eq!(fraction(&rows, "network_levels", "3704", "2023-01"), (1, None));
    assert_eq!(row(&rows, "network_levels", "3704", "2023-02").value, Some(2.0));
    assert_eq!(row(&rows, "network_levels", "3704", "2023-02").status, "ok");
}

#[test]
fn the_best_centre_of_each_county_is_judged_on_ten_items() {
    let mut w = world("2023-12-31", "2023-12-01");
    site(&mut w, "370406", "1", "county_center", "370406", &[("area_m2", "399.9"), ("has_rules", "true")]);
    let best = [
        ("area_m2", "400"),
        ("rooms", "reception|testing|individual|sandplay|venting|biofeedback|group|archive|other"),
        ("individual_room_m2", "20"),
        ("vent_device_kinds", "2"),
        ("full_time_staff", "2"),
        ("full_time_counsellors", "2"),
        ("part_time_counsellors", "6"),
        ("functions", "outreach|counselling|assessment|therapy|experience|hotline|crisis|platform"),
        ("has_rules", "true"),
        ("public_notice", "true"),
    ];
    site(&mut w, "370406", "2", "county_center", "370406001", &best);
    let rows = indicators(&w);
    assert_eq!(fraction(&rows, "county_centre_standard", "370406", "2023-12"), (9, Some(10)), "functions lack records");
    assert_eq!(fraction(&rows, "county_centre_standard", "3704", "2023-12"), (9, Some(20)));
    assert_eq!(fraction(&rows, "post_standard_rate", "3704", "2023-12"), (0, Some(0)));
}

#[test]
fn staff_of_a_village_is_the_sum_of_its_standing_sites() {
    let mut w = world("2023-12-31", "2023-12-01");
    site(&mut w, "370406", "1", "village_room", "370406001001", &[("social_workers", "1")]);
    site(&mut w, "370406", "2", "employer_site", "370406001001", &[("part_time_counsellors", "1")]);
    site(&mut w, "370406", "3", "village_room", "370406001002", &[("social_workers", "3")]);
    let closed = [("status", "closed"), ("closed_date", "2021-01-01"), ("full_time_counsellors", "1")];
    site(&mut w, "370406", "4", "village_room", "370406001002", &closed);
    let rows = indicators(&w);
    assert_eq!(fraction(&rows, "community_staffing_rate", "370406001", "2023-12"), (1, Some(2)));
    assert_eq!(fraction(&rows, "employer_sites", "3704", "2023-12"), (1, None));
}

#[test]
fn large_employers_and_governments_of_any_size_are_told_apart() {
    let mut w = world("2023-12-31", "2023-12-01");
    for (id, kind, employees) in
        [("g", "government", "20"), ("e", "enterprise", "500"), ("i", "institution", "499"), ("c", "care_home", "900")]
    {
        let cells = [("unit_id", id), ("unit_kind", kind), ("employees", employees), ("division_code", "370406001")];
        w.add("station_unit", "370406", "", &cells);
    }
    site(&mut w, "370406", "1", "agency_site", "370406001002", &[("host_unit_id", "e")]);
    site(&mut w, "370402", "2", "employer_site", "370402001", &[("host_unit_id", "g")]);
    let lecture = [("activity_id", "l"), ("activity_kind", "lecture"), ("division_code", "370406001001")];
    w.add(
        "station_activity",
        "370406",
        "",
        &[&lecture[..], &[("activity_date", "2023-01-01"), ("unit_id", "g")]].concat(),
    );
    let rows = indicators(&w);
    assert_eq!(fraction(&rows, "large_employer_site_rate", "370406001", "2023-12"), (1, Some(1)));
    assert_eq!(fraction(&rows, "employer_lecture_rate", "370406001", "2023-12"), (1, Some(2)));
    assert_eq!(fraction(&rows, "village_lecture_rate", "370406001", "2023-12"), (0, Some(2)));
    assert_eq!(fraction(&rows, "outreach_activities", "370406001001", "2023-12"), (1, None));
}

#[test]
fn a_change_without_a_year_before_is_no_data() {
    let mut w = world("2024-02-29", "2023-01-01");
    for (id, date, factor) in [
        ("1", "2023-02-28", "conflict"),
        ("2", "2023-02-01", "setback"),
        ("3", "2024-02-29", "mindset"),
        ("4", "2024-02-10", "none"),
        ("5", "2024-02-10", ""),
        ("6", "2023-03-01", "conflict"),
    ] {
        let cells = [("incident_id", id), ("incident_date", date), ("factor", factor)];
        let rest = [("severity", "extreme"), ("division_code", "370406001001")];
        w.add("police_incident", "370406", "", &[&cells[..], &rest[..]].concat());
    }
    let rows = indicators(&w);
    let change = |division: &str, period: &str| {
        let r = row(&rows, "extreme_incident_change", division, period);
        (r.numerator, r.denominator, r.value, r.status.clone())
    };
    assert_eq!(change("370406", "2024-02"), (1, Some(2), Some(-50.0), "ok".to_owned()));
    assert_eq!(change("370406", "2023-02"), (2, Some(0), None, "no_data".to_owned()));
    assert_eq!(change("370402", "2024-02"), (0, Some(0), None, "no_data".to_owned()));
    // The year 2024 so far goes to 29 February, its year before to the 28th: 1 March is outside.
    assert_eq!(change("3704", "2024"), (1, Some(2), Some(-50.0), "ok".to_owned()));
}

#[test]
fn population_is_summed_only_where_no_child_is_missing() {
    let mut w = world("2023-12-31", "2023-01-01");
    let mut set = |code: &str, year: i64, n: i64| w.population.insert((code.to_owned(), year), n);
    set("370406001001", 2023, 1000);
    set("370406001002", 2023, 2000);
    set("370402", 2023, 7000);
    set("370402001", 2022, 5);
    assert_eq!(w.residents("370406001", 2023), Some(3000));
    assert_eq!(w.residents("370406", 2023), Some(3000));
    assert_eq!(w.residents("3704", 2023), Some(10_000));
    assert_eq!(w.residents("370402001", 2023), None);
    assert_eq!(w.residents("3704", 2022), None);
    patient(&mut w, "370406", "a", "1", "370406001001", &[]);
    let rows = indicators(&w);
    let r = row(&rows, "smi_reported_prevalence", "3704", "2023");
    assert_eq!((r.numerator, r.denominator, r.value, r.unit.as_str()), (1, Some(10_000), Some(0.1), "permille"));
    let r = row(&rows, "smi_reported_prevalence", "370402001", "2023");
    assert_eq!((r.numerator, r.denominator, r.value, r.status.as_str()), (0, None, None, "no_data"));
    w.population.remove(&("370406001002".to_owned(), 2023));
    assert_eq!(w.residents("3704", 2023), None);
}

#[test]
fn a_report_counts_only_in_a_month_in_which_its_site_is_expected() {
    let mut w = world("2023-03-15", "2023-01-01");
    // Stands from February; its record of January was made before it was expected.
    site(&mut w, "370406", "new", "village_room", "370406001001", &[("built_date", "2023-02-28")]);
    service(&mut w, "a", "1", "new", "2023-01-10", &[]);
    service(&mut w, "a", "2", "new", "2023-02-01", &[]);
    // Expected in three months, reported in one by an activity, twice.
    site(&mut w, "370406", "old", "town_station", "370406001", &[]);
    for id in ["3", "4"] {
        let cells = [("activity_id", id), ("site_id", "old"), ("activity_date", "2023-03-01")];
        w.add("station_activity", "370406", "", &[&cells[..], &[("division_code", "370406001")]].concat());
    }
    // Closed on the day as_of: not expected in March.
    let closed = [("status", "closed"), ("closed_date", "2023-03-15")];
    site(&mut w, "370406", "shut", "village_room", "370406001002", &closed);
    // Other kinds are not asked.
    site(&mut w, "370406", "agency", "agency_site", "370406001002", &[]);
    // The same site number in another county is another site.
    let cells = [("activity_id", "5"), ("site_id", "old"), ("activity_date", "2023-02-01")];
    w.add("station_activity", "370402", "", &[&cells[..], &[("division_code", "370402001")]].concat());
    let rows = indicators(&w);
    let rate = |division: &str, period: &str| fraction(&rows, "report_completeness_rate", division, period);
    assert_eq!(rate("370406001001", "2023-01"), (0, Some(0)));
    assert_eq!(rate("370406001001", "2023-03"), (1, Some(2)));
    assert_eq!(rate("370406001", "2023-03"), (2, Some(7)));
    assert_eq!(rate("3704", "2023-02"), (1, Some(5)));
    assert_eq!(rate("370402", "2023"), (0, Some(0)));
}

#[test]
fn literacy_takes_adults_and_those_without_an_age_with_all_three_scores() {
    let mut w = world("2023-12-31", "2023-12-01");
    for (id, age, judgement, own, case) in [
        ("1", "18", "80", "24", "28"),
        ("2", "", "79.5", "32", "40"),
        ("3", "17", "100", "32", "40"),
        ("4", "60", "100", "32", ""),
    ] {
        let scores = [("literacy_judgement", judgement), ("literacy_self", own), ("literacy_case", case)];
        let rest = [("response_id", id), ("age", age), ("items_correct", "7"), ("items_total", "10")];
        let place = [("division_code", "370406001"), ("survey_date", "2023-01-01")];
        w.add("station_survey", "370406", "", &[&scores[..], &rest[..], &place[..]].concat());
    }
    let rows = indicators(&w);
    assert_eq!(fraction(&rows, "literacy_level", "370406", "2023-12"), (1, Some(2)));
    assert_eq!(fraction(&rows, "awareness_rate", "370406", "2023-12"), (28, Some(40)));
    assert_eq!(fraction(&rows, "awareness_rate", "370406001001", "2023-12"), (0, Some(0)));
}

#[test]
fn a_county_that_never_sent_a_dataset_makes_its_divisions_partial() {
    let mut w = world("2023-12-31", "2023-12-01");
    w.settings.data_from = crate::reference::tiny::d("2023-01-01");
    patient(&mut w, "370406", "a", "1", "370406001001", &[]);
    patient(&mut w, "370402", "b", "1", "370402001001", &[]);
    w.exports.remove(&("370402".to_owned(), "hospital_followup".to_owned()));
    let rows = indicators(&w);
    let status = |division: &str| row(&rows, "smi_checkup_rate", division, "2023-12").status.clone();
    assert_eq!(status("3704"), "partial");
    assert_eq!(status("370402"), "partial");
    assert_eq!(status("370402001001"), "partial");
    assert_eq!(status("370406"), "ok");
    assert_eq!(status("370406001001"), "ok");
    assert_eq!(status("370406001002"), "no_data", "0/0 comes first");
    let counted = row(&rows, "smi_checkup_rate", "370402", "2023-12");
    assert_eq!((counted.numerator, counted.denominator, counted.value), (0, Some(1), Some(0.0)));
}

#[test]
fn every_indicator_stands_for_every_division_of_its_levels_and_every_period() {
    let w = world("2023-06-30", "2023-01-01");
    let rows = indicators(&w);
    // 1 city, 2 counties, 2 towns, 3 villages.
    let levels = crate::reference::contract::indicators();
    assert_eq!(levels.len(), 55);
    let expected: usize = levels
        .iter()
        .flat_map(|i| &i.levels)
        .map(|l| match l.as_str() {
            "city" => 1,
            "village" => 3,
            _ => 2,
        })
        .sum();
    // Six months, two quarters, one half, and the year that has begun.
    assert_eq!(rows.len(), expected * 10);
    assert!(rows.iter().all(|r| r.unit == "count" || r.value != Some(100.0)));
}
