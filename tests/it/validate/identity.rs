//! ID numbers, phones, credit codes.

use xinhui::schema::{credit_code, resident_id};

use super::{check, field_table, with, without};

/// A patient with an ID number and nothing to compare it with.
fn id(number: &'static str) -> super::Cells<'static> {
    let mut row = with("hospital_patient", &[("id_number", number), ("sex", "0")]);
    row.retain(|(f, _)| *f != "birth_date");
    row
}

const ABSENT: &str = "0";
const VALID: &str = "1";
const INVALID: &str = "2";
const DAMAGED: &str = "3";
const OTHER: &str = "4";

#[test]
fn every_shape_of_an_id_number_has_its_state() {
    let cases: &[(&str, &str, &str, &str)] = &[
        ("11010519491231002X", "11010519491231002X", VALID, ""),
        ("440524188001010014", "440524188001010014", VALID, ""),
        ("34052419800101001X", "34052419800101001X", VALID, ""),
        ("11010519491231002x", "11010519491231002X", VALID, ""),
        ("11010519491231002×", "11010519491231002X", VALID, ""),
        ("１１０１０５１９４９１２３１００２Ｘ", "11010519491231002X", VALID, ""),
        ("'11010519491231002X", "11010519491231002X", VALID, ""),
        ("\t110105 19491231 002X ", "11010519491231002X", VALID, ""),
        // The old form, upgraded.
        ("110105491231002", "11010519491231002X", VALID, ""),
        ("110105491331002", "110105491331002", INVALID, "id_number id-number-checksum"),
        // Mistyped.
        ("110105194912310021", "110105194912310021", INVALID, "id_number id-number-checksum"),
        ("11010519491231002", "11010519491231002", INVALID, "id_number id-number-checksum"),
        ("某", "某", INVALID, "id_number id-number-checksum"),
        // Lost digits are never repaired.
        ("4.40524E+17", "4.40524E+17", DAMAGED, "id_number id-number-damaged"),
        ("1.10105491231002E+17", "1.10105491231002E+17", DAMAGED, "id_number id-number-damaged"),
        ("440524188001010000", "440524188001010000", DAMAGED, "id_number id-number-damaged"),
    ];
    let rows: Vec<_> = cases.iter().map(|c| id(c.0)).collect();
    let checked = check("hospital_patient", &rows);
    for (row, (cell, number, state, finding)) in cases.iter().enumerate() {
        assert_eq!(checked.value(row, "id_number").as_deref(), Some(*number), "{cell}");
        assert_eq!(checked.value(row, "_id_state").as_deref(), Some(*state), "{cell}");
        assert_eq!(checked.findings(row).join(" "), *finding, "{cell}");
        assert!(!checked.rejected(row), "an ID number never rejects its row: {cell}");
    }
}

#[test]
fn three_zeros_with_a_right_check_digit_are_no_damage() {
    let number = (0..1000)
        .map(|n| format!("440524{}{:02}{:02}000", 1900 + n / 10, 1 + n % 12, 1 + n % 28))
        .find(|first| resident_id::check_digit(first) == Some('0'))
        .map(|first| format!("{first}0"))
        .expect("one of a thousand");
    let row = [
        ("name", "甲"),
        ("patient_no", "P"),
        ("sex", "0"),
        ("manage_code", "370402001"),
        ("diagnosis", "F20"),
        ("registered_date", "2020-01-01"),
        ("living", "居家"),
        ("id_number", number.as_str()),
    ];
    let checked = check("hospital_patient", &[row.to_vec()]);
    assert_eq!(checked.value(0, "_id_state").as_deref(), Some(VALID));
    assert_eq!(checked.findings(0), [""; 0]);
}

#[test]
fn an_impossible_birth_date_inside_makes_a_number_invalid() {
    let first = "11010519491331002";
    let number = format!("{first}{}", resident_id::check_digit(first).expect("digits"));
    let mut row = without("hospital_patient", &["id_number"]);
    row.push(("id_number", &number));
    let checked = check("hospital_patient", &[row]);
    assert_eq!(checked.value(0, "_id_state").as_deref(), Some(INVALID));
    assert!(checked.findings(0).contains(&"id_number id-number-checksum".to_owned()));
}

#[test]
fn the_type_decides_how_a_number_is_judged() {
    let rows = [
        without("hospital_patient", &["id_number"]),
        with("hospital_patient", &[("id_type", "护照"), ("id_number", "g1234567")]),
        with("hospital_patient", &[("id_type", "1"), ("id_number", "123")]),
        with("hospital_patient", &[("id_type", ""), ("id_number", "110105194912310011")]),
        with("hospital_patient", &[("id_type", "驾照")]),
    ];
    let checked = check("hospital_patient", &rows);
    let state = |row| checked.value(row, "_id_state").expect("a state");
    let id_type = |row| checked.value(row, "id_type");
    assert_eq!((state(0).as_str(), id_type(0).as_deref()), (ABSENT, Some("01")));
    assert_eq!((state(1).as_str(), id_type(1).as_deref()), (OTHER, Some("03")));
    assert_eq!(checked.value(1, "id_number").as_deref(), Some("G1234567"));
    assert_eq!(checked.findings(1), [""; 0]);
    assert_eq!((state(2).as_str(), id_type(2).as_deref()), (INVALID, Some("01")));
    assert_eq!((state(3).as_str(), id_type(3).as_deref()), (VALID, Some("01")));
    assert_eq!((state(4).as_str(), id_type(4)), (OTHER, None));
    assert_eq!(checked.findings(4), ["id_type unknown-code"]);
    let no_column = check("hospital_patient", &[without("hospital_patient", &["id_number"])]);
    assert_eq!(no_column.value(0, "id_type").as_deref(), Some("01"));
}

#[test]
fn disagreement_with_the_number_is_warned_on_the_field_that_disagrees() {
    // Born 1949-12-31, digit 17 is 1: a man.
    let number = "110105194912310011";
    assert!(resident_id::is_valid_resident_id(number));
    let cases: &[(&str, &str, &str)] = &[
        ("1949-12-31", "男", ""),
        ("1949-12", "男", ""),
        ("1949", "男", ""),
        ("1949-12-30", "男", "birth_date id-number-mismatch"),
        ("1949-11", "男", "birth_date id-number-mismatch"),
        ("1950", "男", "birth_date id-number-mismatch"),
        ("1949-12-31", "女", "sex id-number-mismatch"),
        ("1950-12-31", "女", "sex id-number-mismatch birth_date id-number-mismatch"),
        ("1949-12-31", "0", ""),
        ("1949-12-31", "未说明", ""),
    ];
    for (birth, sex, findings) in cases {
        let mut row = without("hospital_patient", &["birth_date", "sex", "id_number"]);
        row.extend([("birth_date", *birth), ("sex", *sex), ("id_number", number)]);
        let checked = check("hospital_patient", &[row]);
        assert_eq!(checked.findings(0).join(" "), *findings, "{birth} {sex}");
    }
    // A number with a wrong check digit is no witness, nor is one of another document.
    let wrong = with("hospital_patient", &[("id_number", "110105194912310013"), ("sex", "女")]);
    let passport = with("hospital_patient", &[("id_type", "03"), ("sex", "女")]);
    let old = with("hospital_patient", &[("id_number", "110105491231001"), ("sex", "女")]);
    let checked = check("hospital_patient", &[wrong, passport, old]);
    assert_eq!(checked.findings(0), ["id_number id-number-checksum"]);
    assert_eq!(checked.findings(1), [""; 0]);
    assert_eq!(checked.findings(2), ["sex id-number-mismatch"]);
}

#[test]
fn a_related_number_is_normalised_and_warned_on_its_own_field() {
    let cases: &[(&str, &str, &str)] = &[
        ("110105491231002", "11010519491231002X", ""),
        ("110105194912310021", "110105194912310021", "id-number-checksum"),
        ("4.40524E+17", "4.40524E+17", "id-number-damaged"),
    ];
    for (cell, value, code) in cases {
        let row = with("station_service", &[("beneficiary", "家属"), ("related_id_number", cell)]);
        let checked = check("station_service", &[row]);
        assert_eq!(checked.value(0, "related_id_number").as_deref(), Some(*value));
        let wanted: Vec<String> = code.split_whitespace().map(|c| format!("related_id_number {c}")).collect();
        assert_eq!(checked.findings(0), wanted);
    }
}

#[test]
fn phones_come_out_as_digits_and_odd_ones_are_warned() {
    field_table(
        "hospital_patient",
        "phone",
        "phone",
        &[
            ("13800138000", "13800138000", ""),
            ("138 0013 8000", "13800138000", ""),
            ("138-0013-8000", "13800138000", ""),
            ("+86 13800138000", "13800138000", ""),
            ("86-13800138000", "13800138000", ""),
            ("8613800138000", "13800138000", ""),
            ("１３８００１３８０００", "13800138000", ""),
            ("0632-5123456", "06325123456", ""),
            ("(0632)5123456", "06325123456", ""),
            ("010-12345678", "01012345678", ""),
            ("010 1234 5678", "01012345678", ""),
            ("+86-632-5123456", "06325123456", ""),
            ("13800138000/0632-5123456", "13800138000|06325123456", ""),
            ("13800138000、13900139000", "13800138000|13900139000", ""),
            ("13800138000 13900139000", "13800138000|13900139000", ""),
            ("5123456", "5123456", "phone-format"),
            ("51234567", "51234567", "phone-format"),
            ("1380013800", "1380013800", "phone-format"),
            ("23800138000", "23800138000", "phone-format"),
            ("1.38E+10", "1.38E+10", "phone-format"),
            ("06-325123456", "06-325123456", "phone-format"),
            ("13800138000/5123456", "13800138000/5123456", "phone-format"),
            ("无", "-", ""),
            ("暂无", "-", ""),
        ],
    );
    field_table("hospital_patient", "guardian_phone", "guardian_phone", &[("5123456", "5123456", "phone-format")]);
}

#[test]
fn credit_codes_are_checked_when_they_are_18_long() {
    assert!(credit_code::is_valid("91512081MA62K0260E"));
    assert!(!credit_code::is_valid("91350100M000100Y4Z"));
    assert_eq!(credit_code::check_character("91350100M000100Y4"), Some('3'));
    field_table(
        "hospital_site",
        "org_id",
        "org_id",
        &[
            ("91512081MA62K0260E", "91512081MA62K0260E", ""),
            ("91350100M000100Y4Z", "91350100M000100Y4Z", "credit-code-checksum"),
            ("91350100M000100Y43", "91350100M000100Y43", ""),
            ("H-001", "H-001", ""),
        ],
    );
}

#[test]
fn resident_id_functions_agree_with_the_published_examples() {
    for number in ["11010519491231002X", "440524188001010014", "34052419800101001X"] {
        assert!(resident_id::is_valid_resident_id(number), "{number}");
        assert_eq!(resident_id::check_digit(&number[..17]), number.chars().last());
    }
    assert!(!resident_id::is_valid_resident_id("11010519491231002x"));
    assert!(!resident_id::is_valid_resident_id("１１０１０５"));
    assert_eq!(resident_id::upgrade_15("110105491231002").as_deref(), Some("11010519491231002X"));
    assert_eq!(resident_id::upgrade_15("110105490230002"), None);
    assert_eq!(resident_id::sex_of("11010519491231002X"), Some("2"));
    assert_eq!(resident_id::birth_day_of("11010519491231002X"), xinhui::schema::day::parse_iso("1949-12-31"));
}

#[test]
fn identities_are_masked_in_findings() {
    let row = with("hospital_patient", &[("id_number", "110105194912310021"), ("phone", "5123456"), ("sex", "男人")]);
    for finding in &check("hospital_patient", &[row]).0.findings {
        assert!(finding.value_masked.chars().all(|c| c == '*'), "{finding:?}");
        assert!(!finding.value_masked.is_empty());
    }
}
