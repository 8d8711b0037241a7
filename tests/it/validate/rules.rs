//! Required values, rules between fields, void rows, keys.

use std::collections::BTreeSet;

use xinhui::diag::{Code, Severity};
use xinhui::schema::day;

use super::{as_of, check, check_on, good, with, without};

const DATASETS: [&str; 13] = [
    "station_site",
    "station_service",
    "station_activity",
    "station_survey",
    "station_unit",
    "school_site",
    "school_screening",
    "hospital_site",
    "hospital_patient",
    "hospital_followup",
    "hospital_visit",
    "police_person",
    "population",
];

#[test]
fn a_good_row_has_no_finding() {
    for table in DATASETS {
        let checked = check(table, &[good(table)]);
        assert_eq!(checked.findings(0), [""; 0], "{table}");
        assert!(!checked.rejected(0));
        assert_eq!(checked.value(0, "_void").as_deref(), Some("false"));
        assert_eq!(checked.value(0, "_row_number").as_deref(), Some("2"));
    }
}

#[test]
fn every_required_field_is_missed_whether_empty_or_without_a_column() {
    for name in DATASETS {
        let table = super::SCHEMAS.table(name).expect("a table");
        for field in table.fields.iter().filter(|f| f.required) {
            let wanted = [format!("{} missing-value", field.name)];
            let absent = check(name, &[without(name, &[&field.name])]);
            // The column is one finding for all rows: they are rejected without one each.
            assert!(absent.findings(0).is_empty() && absent.rejected(0), "{name} without the column");
            let mut row = without(name, &[&field.name]);
            row.push((&field.name, "  "));
            let blank = check(name, &[row]);
            assert_eq!(blank.findings(0), wanted, "{name} with a blank cell");
            assert!(blank.rejected(0));
        }
    }
}

#[test]
fn all_errors_of_a_row_are_found_and_its_neighbours_stay_clean() {
    let bad = with(
        "station_site",
        &[
            ("site_id", ""),
            ("site_kind", "小站"),
            ("area_m2", "很大"),
            ("vent_device_kinds", "101"),
            ("has_rules", "部分"),
            ("built_date", "2023-02-30"),
            ("entered_at", "昨天"),
        ],
    );
    let checked = check("station_site", &[good("station_site"), bad, good("station_site")]);
    assert_eq!(
        checked.findings(1),
        [
            "site_id missing-value",
            "site_kind unknown-code",
            "built_date type-error",
            "area_m2 type-error",
            "vent_device_kinds constraint-error",
            "has_rules type-error",
            "entered_at type-error",
        ]
    );
    assert!(checked.of_row(1).all(|f| f.severity == Severity::Error && f.until_day.is_none()));
    assert!(checked.rejected(1));
    for row in [0, 2] {
        assert_eq!(checked.findings(row), [""; 0]);
        assert!(!checked.rejected(row));
    }
}

#[test]
fn a_value_is_required_when_another_one_says_so() {
    let site =
        |cells: &[(&'static str, &'static str)]| check("station_site", &[with("station_site", cells)]).findings(0);
    assert_eq!(site(&[("status", "已建成")]), ["built_date missing-value"]);
    assert_eq!(site(&[("status", "撤销")]), ["closed_date missing-value"]);
    assert_eq!(site(&[("status", "已建成"), ("built_date", "2020-01-01")]), [""; 0]);
    assert_eq!(site(&[("status", "筹建")]), [""; 0]);
    // What cannot be read is said once.
    assert_eq!(site(&[("status", "已建成"), ("built_date", "去年")]), ["built_date type-error"]);
    assert_eq!(site(&[("status", "快建成")]), ["status unknown-code"]);

    let patient = |cells: &[(&'static str, &'static str)]| {
        check("hospital_patient", &[with("hospital_patient", cells)]).findings(0)
    };
    assert_eq!(patient(&[("exit_date", "2023-01-01")]), ["exit_reason missing-value"]);
    assert_eq!(patient(&[("exit_date", "2023-01-01"), ("exit_reason", "死亡")]), [""; 0]);
    assert_eq!(patient(&[("exit_reason", "死亡")]), [""; 0]);
    // A placeholder is no date given.
    assert_eq!(patient(&[("exit_date", "9999-12-31")]), ["exit_date placeholder-date"]);

    let service = |cells: &[(&'static str, &'static str)]| {
        check("station_service", &[with("station_service", cells)]).findings(0)
    };
    assert_eq!(service(&[("beneficiary", "家属")]), ["related_id_number missing-value"]);
    assert_eq!(service(&[("beneficiary", "本人")]), [""; 0]);
}

#[test]
fn dates_of_a_row_follow_each_other() {
    let cases = [
        ("station_site", "built_date", "closed_date", [("status", "closed"), ("area_m2", "1")]),
        ("hospital_patient", "registered_date", "exit_date", [("exit_reason", "死亡"), ("consent", "是")]),
        ("hospital_visit", "visit_date", "discharge_date", [("visit_kind", "住院"), ("diagnosis", "F20")]),
        ("police_person", "start_date", "end_date", [("category", "其他"), ("name", "甲")]),
    ];
    for (table, first, last, rest) in cases {
        let row = |end| with(table, &[(first, "2022-05-01"), (last, end), rest[0], rest[1]]);
        let checked = check(table, &[row("2022-05-01"), row("2022-04-30"), row("2022-04-31")]);
        assert_eq!(checked.findings(0), [""; 0], "{table}");
        assert_eq!(checked.findings(1), [format!("{last} constraint-error")], "{table}");
        assert_eq!(checked.findings(2), [format!("{last} type-error")], "{table}");
    }
}

#[test]
fn a_future_date_is_an_error_until_its_day() {
    let row = with("station_service", &[("service_date", "2024-01-02")]);
    let tonight = check("station_service", std::slice::from_ref(&row));
    assert_eq!(tonight.findings(0), ["service_date constraint-error"]);
    assert_eq!(tonight.0.findings[0].until_day, day::parse_iso("2024-01-02"));
    assert!(!tonight.rejected(0), "no error that stays");
    assert_eq!(tonight.value(0, "service_day").as_deref(), Some("2024-01-02"));
    let on_the_day = check_on(as_of() + 2, "station_service", &[row]);
    assert_eq!(on_the_day.findings(0), [""; 0]);
    assert_eq!(tonight.value(0, "_content"), on_the_day.value(0, "_content"));

    // Dates that may lie ahead.
    let leave = with("police_person", &[("end_date", "2024-06-01")]);
    assert_eq!(check("police_person", &[leave]).findings(0), [""; 0]);
    // A mistyped year is seen, and not moved back by a century.
    let typed = with("station_service", &[("service_date", "24.1.2")]);
    assert_eq!(check("station_service", &[typed]).findings(0), ["service_date constraint-error"]);
}

#[test]
fn a_number_stays_below_the_field_that_bounds_it() {
    let survey = |correct, total| {
        check("station_survey", &[with("station_survey", &[("items_correct", correct), ("items_total", total)])])
            .findings(0)
    };
    assert_eq!(survey("20", "20"), [""; 0]);
    assert_eq!(survey("21", "20"), ["items_correct constraint-error"]);
    assert_eq!(survey("-1", "20"), ["items_correct constraint-error"]);
    assert_eq!(survey("21", "二十"), ["items_total type-error"]);
    assert_eq!(survey("0", "0"), ["items_total constraint-error"]);
    let site = with("hospital_site", &[("clinicians", "10"), ("clinicians_trained", "11")]);
    assert_eq!(check("hospital_site", &[site]).findings(0), ["clinicians_trained constraint-error"]);
    let site = with("hospital_site", &[("clinicians_trained", "11")]);
    assert_eq!(check("hospital_site", &[site]).findings(0), [""; 0]);
}

#[test]
fn a_score_lies_in_the_range_of_its_scale() {
    for (scale, score, finding) in [
        ("PHQ-9", "27", ""),
        ("PHQ-9", "27.5", "score constraint-error"),
        ("MSSMHS", "59", "score constraint-error"),
        ("中学生心理健康量表", "60", ""),
        ("SCL-90", "450", ""),
        ("SCL-90", "451", "score constraint-error"),
        ("MHT", "-1", "score constraint-error"),
        ("自编量表", "1000", "scale unknown-code"),
        ("SDS", "高", "score type-error"),
    ] {
        let checked = check("school_screening", &[with("school_screening", &[("scale", scale), ("score", score)])]);
        assert_eq!(checked.findings(0).join(" "), finding, "{scale} {score}");
    }
}

#[test]
fn a_void_row_is_judged_by_its_key_alone() {
    let rows = [
        vec![("patient_no", "P1"), ("void", "是"), ("sex", "？"), ("birth_date", "2023-02-30"), ("entered_at", "x")],
        vec![("name", "甲"), ("void", "1"), ("phone", "5")],
        with("hospital_patient", &[("void", "作废了")]),
        with("hospital_patient", &[("void", "否")]),
        with("hospital_patient", &[("void", "无")]),
        with("hospital_patient", &[("void", "")]),
    ];
    let checked = check("hospital_patient", &rows);
    assert_eq!(checked.findings(0), [""; 0]);
    assert_eq!(checked.value(0, "_key").as_deref(), Some("P1"));
    assert!(!checked.rejected(0));
    assert_eq!(checked.findings(1), ["patient_no missing-value"]);
    assert!(checked.rejected(1));
    assert_eq!(checked.findings(2), ["void type-error"]);
    assert!(checked.rejected(2));
    let void: Vec<_> = (0..6).map(|r| checked.value(r, "_void").expect("never null") == "true").collect();
    assert_eq!(void, [true, true, false, false, false, false]);
    for row in 3..6 {
        assert_eq!(checked.findings(row), [""; 0]);
    }
}

#[test]
fn a_key_joins_all_its_parts() {
    let checked = check("population", &[good("population"), without("population", &["year"])]);
    assert_eq!(checked.value(0, "_key").as_deref(), Some("370402,2022"));
    assert_eq!(checked.value(1, "_key"), None);
    let padded = check("population", &[with("population", &[("division_code", "370402000000"), ("year", "2022年")])]);
    assert_eq!(padded.value(0, "_key").as_deref(), Some("370402,2022"));
}

#[test]
fn a_table_without_identities_has_no_identity_side() {
    assert!(check("station_site", &[good("station_site")]).0.identity.is_none());
    assert!(check("station_survey", &[good("station_survey")]).0.identity.is_none());
    let patient = check("hospital_patient", &[good("hospital_patient")]).0;
    let plain: BTreeSet<String> = patient.plain.schema().fields().iter().map(|f| f.name().clone()).collect();
    for identifying in ["name", "id_number", "phone", "address", "birth_day", "sex", "guardian_name"] {
        assert!(!plain.contains(identifying), "{identifying} on the plain side");
    }
    assert_eq!(patient.identity.expect("an identity side").num_rows(), 1);
}

#[test]
fn every_code_of_a_row_can_be_triggered() {
    let rows = [
        with(
            "hospital_patient",
            &[("name", ""), ("living", "树上"), ("registered_date", "2023"), ("diagnosis", "感冒")],
        ),
        with("hospital_patient", &[("id_number", "110105194912310021"), ("phone", "1"), ("exit_date", "1900-01-01")]),
        with("hospital_patient", &[("id_number", "1.10105E+17")]),
        with("hospital_patient", &[("sex", "女")]),
    ];
    let mut seen: BTreeSet<Code> = check("hospital_patient", &rows).0.findings.iter().map(|f| f.code).collect();
    let site = with("hospital_site", &[("org_id", "91350100M000100Y4Z")]);
    seen.extend(check("hospital_site", &[site]).0.findings.iter().map(|f| f.code));
    let wanted: BTreeSet<Code> = [
        Code::MissingValue,
        Code::TypeError,
        Code::ConstraintError,
        Code::UnknownCode,
        Code::IdNumberChecksum,
        Code::IdNumberDamaged,
        Code::IdNumberMismatch,
        Code::PhoneFormat,
        Code::PlaceholderDate,
        Code::CreditCodeChecksum,
    ]
    .into();
    assert_eq!(seen, wanted);
}
