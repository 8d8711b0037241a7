//! What holds for any text.

use arrow::array::{Array, StringArray};
use proptest::prelude::*;
use xinhui::schema::layout::{self, RawRows};
use xinhui::schema::{FieldType, credit_code, resident_id};
use xinhui::validate::{ValidatedRows, Validator};

use super::{Cells, KEY, SCHEMAS, as_of, check, good, with};

/// Cells that come near to what the parsers know, and some that do not.
fn cell() -> impl Strategy<Value = Option<String>> {
    prop_oneof![
        2 => Just(None),
        4 => prop::sample::select(vec![
            "", "是", "无", "2023-03-05", "2023年3月", "43831", "12.0", "1,200㎡", "110105491231002", "4.4E+17",
            "男", "1 规律服药", "13800138000/1", "0632-5123456", "F20.9", "370402000000", "1900-01-01", "[2023,2,3]",
            "阿依古丽•买买提", "2024-02-30T25:61", "沙盘室、宣泄室", "\u{200b}'　",
        ]).prop_map(|s| Some(s.to_owned())),
        3 => "[0-9年月日./:TZ+\\-,\\[\\] ×xXeE％、|\u{200b}Ａ１-９]{0,24}".prop_map(Some),
        2 => any::<String>().prop_map(Some),
    ]
}

/// Rows of a table with every field.
fn rows(table: &'static str, most: usize) -> impl Strategy<Value = RawRows> {
    let fields = SCHEMAS.table(table).expect("a table").fields.len();
    (1..=most).prop_flat_map(move |n| {
        prop::collection::vec(prop::collection::vec(cell(), n), fields).prop_map(move |columns| RawRows {
            row_numbers: (1..).take(n).collect(),
            columns: columns.into_iter().map(StringArray::from).collect(),
            ..RawRows::default()
        })
    })
}

fn validate(table: &str, fields: &[usize], raw: &RawRows) -> ValidatedRows {
    let table = SCHEMAS.table(table).expect("a table");
    Validator::new(table, &SCHEMAS, as_of(), &KEY).expect("a validator").validate(fields, raw).expect("no bug")
}

const TABLES: [&str; 6] =
    ["station_site", "station_service", "station_survey", "school_screening", "hospital_patient", "police_person"];

fn any_table() -> impl Strategy<Value = (&'static str, RawRows)> {
    prop::sample::select(TABLES.to_vec()).prop_flat_map(|table| rows(table, 12).prop_map(move |raw| (table, raw)))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn any_text_is_validated_into_the_layout((table, raw) in any_table()) {
        let declared = SCHEMAS.table(table).expect("a table");
        let fields: Vec<usize> = (0..declared.fields.len()).collect();
        let out = validate(table, &fields, &raw);
        prop_assert_eq!(out.plain.schema(), layout::plain_schema(declared));
        prop_assert_eq!(out.identity.as_ref().map(|b| b.schema()), layout::identity_schema(declared));
        prop_assert_eq!(out.plain.num_rows(), raw.row_numbers.len());
        prop_assert!(out.findings.is_sorted_by_key(|f| f.row_index));
        for (batch, row) in out.identity.iter().flat_map(|b| (0..b.num_rows()).map(move |r| (b, r))) {
            prop_assert_eq!(batch.num_rows(), out.plain.num_rows());
            prop_assert!(row < raw.row_numbers.len());
        }
    }

    #[test]
    fn a_row_comes_out_the_same_in_whatever_batch_it_stands((table, raw) in any_table(), cut in 0usize..12) {
        let fields: Vec<usize> = (0..SCHEMAS.table(table).expect("a table").fields.len()).collect();
        let whole = validate(table, &fields, &raw);
        let n = raw.row_numbers.len();
        let cut = cut.min(n);
        let part = |from: usize, len: usize| RawRows {
            row_numbers: raw.row_numbers[from..from + len].to_vec(),
            columns: raw.columns.iter().map(|c| c.slice(from, len)).collect(),
            ..RawRows::default()
        };
        let (head, tail) = (validate(table, &fields, &part(0, cut)), validate(table, &fields, &part(cut, n - cut)));
        prop_assert_eq!(&whole.plain.slice(0, cut), &head.plain);
        prop_assert_eq!(&whole.plain.slice(cut, n - cut), &tail.plain);
        prop_assert_eq!(whole.identity.as_ref().map(|b| b.slice(0, cut)), head.identity);
        prop_assert_eq!(whole.identity.as_ref().map(|b| b.slice(cut, n - cut)), tail.identity);
        let mut findings = head.findings;
        findings.extend(tail.findings.into_iter().map(|mut f| {
            f.row_index += cut as u32;
            f
        }));
        prop_assert_eq!(whole.findings, findings);
    }

    #[test]
    fn the_order_of_columns_does_not_matter((table, raw) in any_table(), turn in 0usize..40) {
        let count = SCHEMAS.table(table).expect("a table").fields.len();
        let fields: Vec<usize> = (0..count).collect();
        let straight = validate(table, &fields, &raw);
        let (mut fields, mut turned) = (fields, raw);
        fields.rotate_left(turn % count);
        turned.columns.rotate_left(turn % count);
        fields.swap(0, count / 2);
        turned.columns.swap(0, count / 2);
        let other = validate(table, &fields, &turned);
        prop_assert_eq!(straight.plain, other.plain);
        prop_assert_eq!(straight.identity, other.identity);
        prop_assert_eq!(straight.findings, other.findings);
    }

    #[test]
    fn no_finding_shows_a_cell_that_could_identify((table, raw) in any_table()) {
        let declared = SCHEMAS.table(table).expect("a table");
        let fields: Vec<usize> = (0..declared.fields.len()).collect();
        for finding in validate(table, &fields, &raw).findings {
            let digits = finding.value_masked.chars().filter(|c| c.is_numeric()).count();
            let field = declared.field(finding.field.as_deref().expect("a field")).expect("a field");
            // Dates, numbers and divisions are shown where such stand.
            let shows = matches!(
                field.ty,
                FieldType::Date | FieldType::Datetime | FieldType::Integer | FieldType::Number
            ) || field.division.is_some();
            prop_assert!(digits <= 4 || (shows && field.identity().is_none()), "{:?}", finding);
            if field.identity().is_some() {
                prop_assert!(finding.value_masked.chars().all(|c| c == '*'), "{:?}", finding);
            }
        }
    }
}

proptest! {
    #[test]
    fn resident_id_functions_take_any_text(text in any::<String>(), digits in "[0-9]{15,18}[Xx×]?") {
        for text in [text, digits] {
            if let Some(long) = resident_id::upgrade_15(&text) {
                prop_assert!(resident_id::is_valid_resident_id(&long));
            }
            let _ = (resident_id::is_check_digit_right(&text), resident_id::birth_day_of(&text));
            let _ = (resident_id::sex_of(&text), credit_code::is_valid(&text), resident_id::check_digit(&text));
        }
    }

    #[test]
    fn one_wrong_digit_never_passes_the_check(first in "[0-9]{17}", at in 0usize..17, by in 1u8..10) {
        let number = format!("{first}{}", resident_id::check_digit(&first).expect("17 digits"));
        prop_assert!(resident_id::is_check_digit_right(&number));
        let mut bytes = number.into_bytes();
        bytes[at] = b'0' + (bytes[at] - b'0' + by) % 10;
        let wrong = String::from_utf8(bytes).expect("ASCII");
        prop_assert!(!resident_id::is_check_digit_right(&wrong));
    }
}

#[test]
fn a_validator_is_shared_between_threads() {
    fn shared<T: Send + Sync>(_: &T) {}
    let table = SCHEMAS.table("hospital_patient").expect("a table");
    shared(&Validator::new(table, &SCHEMAS, as_of(), &KEY).expect("a validator"));
}

fn content(table: &str, row: Cells<'_>) -> String {
    check(table, &[row]).value(0, "_content").expect("a hash")
}

/// A second valid text of each type, so that a change is one of the value.
fn other_text(field: &xinhui::schema::Field) -> String {
    use xinhui::schema::FieldType as T;
    let list = field.codes.as_deref().and_then(|c| SCHEMAS.codes.get(c));
    match field.ty {
        T::Code | T::Codes => list.expect("a list").values.last().expect("a value").code.clone(),
        T::Integer | T::Number => "7".to_owned(),
        T::Boolean => "是".to_owned(),
        T::Date | T::Datetime => "2019-07-08".to_owned(),
        T::String => "另一个".to_owned(),
    }
}

#[test]
fn the_content_changes_with_every_value_but_the_void_mark() {
    for table in TABLES {
        let declared = SCHEMAS.table(table).expect("a table");
        let base = content(table, good(table));
        for field in &declared.fields {
            let text = other_text(field);
            let mut row = good(table);
            row.retain(|(f, _)| *f != field.name);
            row.push((&field.name, &text));
            let changed = content(table, row) != base;
            let is_void = field.role == xinhui::schema::Role::Void;
            assert_eq!(changed, !is_void, "{table}.{}", field.name);
        }
    }
}

#[test]
fn the_content_is_of_values_and_not_of_their_writing() {
    let base = content("station_site", with("station_site", &[("area_m2", "1200"), ("built_date", "2020-01-01")]));
    for (area, built, kind) in
        [("1,200㎡", "43831", "镇（街）社会心理服务站"), ("１２００.0", "2020年1月1日", "TOWN_STATION")]
    {
        let row = with("station_site", &[("area_m2", area), ("built_date", built), ("site_kind", kind)]);
        assert_eq!(content("station_site", row), base);
    }
    // An empty column is no column; a year is not its first day.
    assert_eq!(
        content("station_site", good("station_site")),
        content("station_site", with("station_site", &[("area_m2", ""), ("void", "否"), ("rooms", "暂无")]))
    );
    assert_ne!(
        content("hospital_patient", with("hospital_patient", &[("birth_date", "1949")])),
        content("hospital_patient", with("hospital_patient", &[("birth_date", "1949-01-01")]))
    );
    // Values do not run into each other.
    assert_ne!(
        content("station_site", with("station_site", &[("site_id", "AB"), ("site_name", "C")])),
        content("station_site", with("station_site", &[("site_id", "A"), ("site_name", "BC")]))
    );
}

#[test]
fn the_content_depends_on_the_key() {
    let (fields, raw) = super::raw("station_site", &[good("station_site")]);
    let table = SCHEMAS.table("station_site").expect("a table");
    let hash = |key: &[u8; 32]| {
        let out = Validator::new(table, &SCHEMAS, as_of(), key).expect("a validator").validate(&fields, &raw);
        let plain = out.expect("no bug").plain;
        let column = plain.column_by_name(layout::CONTENT).expect("a column").to_data();
        format!("{column:?}")
    };
    let (mut first_half, mut second_half) = (KEY, KEY);
    first_half[3] ^= 1;
    second_half[30] ^= 1;
    assert_ne!(hash(&KEY), hash(&first_half));
    assert_ne!(hash(&KEY), hash(&second_half));
}

#[test]
fn a_batch_that_does_not_fit_is_a_bug_and_no_panic() {
    let table = SCHEMAS.table("station_site").expect("a table");
    let validator = Validator::new(table, &SCHEMAS, as_of(), &KEY).expect("a validator");
    let (mut fields, raw) = super::raw("station_site", &[good("station_site")]);
    fields[0] = fields[1];
    assert!(validator.validate(&fields, &raw).is_err());
    fields[0] = 1000;
    assert!(validator.validate(&fields, &raw).is_err());
    assert!(validator.validate(&fields[1..], &raw).is_err());
}

#[test]
fn a_batch_without_rows_has_the_layout() {
    let table = SCHEMAS.table("hospital_patient").expect("a table");
    let out = validate(
        "hospital_patient",
        &[],
        &RawRows { row_numbers: Vec::new(), columns: Vec::new(), ..RawRows::default() },
    );
    assert_eq!(out.plain.schema(), layout::plain_schema(table));
    assert_eq!(out.plain.num_rows(), 0);
    assert!(out.plain.column(0).is_empty());
}
