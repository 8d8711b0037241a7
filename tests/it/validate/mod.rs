//! Validation: cells in, typed values and findings out, through the public functions.

mod identity;
mod properties;
mod rules;
mod values;

use std::sync::LazyLock;

use arrow::array::{Array, RecordBatch, StringArray, cast::AsArray};
use arrow::datatypes::{DataType, Float64Type, Int32Type, Int64Type, UInt8Type, UInt32Type};
use xinhui::diag::RowFinding;
use xinhui::schema::layout::RawRows;
use xinhui::schema::{Schemas, day};
use xinhui::validate::{ValidatedRows, Validator};

static SCHEMAS: LazyLock<Schemas> = LazyLock::new(|| Schemas::embedded().expect("the declarations"));
const KEY: [u8; 32] = *b"0123456789abcdef0123456789ABCDEF";

fn as_of() -> i32 {
    day::parse_iso("2023-12-31").expect("a day")
}

/// A row by field name; fields that are not named have no column.
type Cells<'a> = Vec<(&'a str, &'a str)>;

/// A row of a dataset in which nothing is wrong.
fn good(table: &str) -> Cells<'static> {
    let person = [("name", "张伟"), ("sex", "男"), ("birth_date", "1949-12-31"), ("id_number", "110105194912310011")];
    let own: &[(&str, &str)] = match table {
        "station_site" => &[
            ("site_id", "S1"),
            ("site_name", "城关镇服务站"),
            ("site_kind", "town_station"),
            ("division_code", "370402001"),
            ("status", "在建"),
        ],
        "station_service" => {
            &[("record_id", "R1"), ("site_id", "S1"), ("service_kind", "心理咨询"), ("service_date", "2023-03-05")]
        }
        "station_activity" => &[
            ("activity_id", "A1"),
            ("division_code", "370402001"),
            ("activity_kind", "讲座"),
            ("setting", "进学校"),
            ("activity_date", "2023-03-05"),
        ],
        "station_survey" => &[
            ("response_id", "Q1"),
            ("division_code", "370402001"),
            ("survey_date", "2023-03-05"),
            ("items_correct", "15"),
            ("items_total", "20"),
        ],
        "station_unit" => {
            &[("unit_id", "U1"), ("unit_name", "某单位"), ("unit_kind", "企业"), ("division_code", "370402001")]
        }
        "school_site" => {
            &[("school_id", "X1"), ("school_name", "一中"), ("stage", "高中"), ("division_code", "370402")]
        }
        "school_screening" => &[
            ("record_id", "R1"),
            ("school_id", "X1"),
            ("scale", "PHQ9"),
            ("screening_date", "2023-03-05"),
            ("score", "12"),
            ("result", "轻度"),
        ],
        "hospital_site" => &[
            ("org_id", "91512081MA62K0260E"),
            ("org_name", "第一医院"),
            ("org_kind", "综合医院"),
            ("division_code", "370402"),
        ],
        "hospital_patient" => &[
            ("patient_no", "P1"),
            ("manage_code", "370402001"),
            ("diagnosis", "F20.9"),
            ("registered_date", "2020-01-01"),
            ("living", "居家"),
        ],
        "hospital_followup" => {
            &[("record_id", "R1"), ("patient_no", "P1"), ("followup_date", "2023-03-05"), ("mode", "门诊")]
        }
        "hospital_visit" => &[
            ("record_id", "R1"),
            ("org_id", "H1"),
            ("visit_date", "2023-03-05"),
            ("visit_kind", "住院"),
            ("diagnosis", "F20"),
        ],
        "police_person" => &[
            ("record_id", "R1"),
            ("category", "社区矫正"),
            ("division_code", "370402001"),
            ("start_date", "2022-01-01"),
        ],
        "population" => &[("division_code", "370402"), ("year", "2022"), ("residents", "450000")],
        other => panic!("no good row of {other}"),
    };
    let bears_person = SCHEMAS.table(table).expect("a table").person_bearing;
    own.iter().chain(person.iter().filter(|_| bears_person)).copied().collect()
}

/// A good row with other cells.
fn with(table: &str, cells: &[(&'static str, &'static str)]) -> Cells<'static> {
    let mut row = good(table);
    for (field, text) in cells {
        row.retain(|(f, _)| f != field);
        row.push((field, text));
    }
    row
}

/// A good row without some cells.
fn without(table: &str, fields: &[&str]) -> Cells<'static> {
    good(table).into_iter().filter(|(f, _)| !fields.contains(f)).collect()
}

/// Rows as columns; a cell that a row does not have is not there.
fn raw(table: &str, rows: &[Cells<'_>]) -> (Vec<usize>, RawRows) {
    let table = SCHEMAS.table(table).expect("a table");
    let mut fields: Vec<usize> = Vec::new();
    for (name, _) in rows.iter().flatten() {
        let field = table.field_index(name).unwrap_or_else(|| panic!("no field {name}"));
        if !fields.contains(&field) {
            fields.push(field);
        }
    }
    let column = |field: &usize| -> StringArray {
        let name = &table.fields[*field].name;
        rows.iter().map(|row| row.iter().find(|(f, _)| f == name).map(|(_, text)| *text)).collect()
    };
    let columns = fields.iter().map(column).collect();
    (fields, RawRows { row_numbers: (2..).take(rows.len()).collect(), columns, ..RawRows::default() })
}

/// Validated rows that can be asked by row and column.
struct Checked(ValidatedRows);

fn check_on(as_of: i32, table: &str, rows: &[Cells<'_>]) -> Checked {
    let (fields, raw) = raw(table, rows);
    let validator = Validator::new(SCHEMAS.table(table).expect("a table"), &SCHEMAS, as_of, &KEY).expect("a validator");
    Checked(validator.validate(&fields, &raw).expect("no bug"))
}

fn check(table: &str, rows: &[Cells<'_>]) -> Checked {
    check_on(as_of(), table, rows)
}

impl Checked {
    /// A value as text, of whichever side has the column; `None` is null.
    fn value(&self, row: usize, column: &str) -> Option<String> {
        let batch: &RecordBatch = [Some(&self.0.plain), self.0.identity.as_ref()]
            .into_iter()
            .flatten()
            .find(|b| b.schema().index_of(column).is_ok())
            .unwrap_or_else(|| panic!("no column {column}"));
        let array = batch.column_by_name(column).expect("a column");
        if array.is_null(row) {
            return None;
        }
        Some(match array.data_type() {
            DataType::Utf8 => array.as_string::<i32>().value(row).to_owned(),
            DataType::Int64 => array.as_primitive::<Int64Type>().value(row).to_string(),
            DataType::Float64 => array.as_primitive::<Float64Type>().value(row).to_string(),
            DataType::Int32 => day::to_iso(array.as_primitive::<Int32Type>().value(row)),
            DataType::UInt8 => array.as_primitive::<UInt8Type>().value(row).to_string(),
            DataType::UInt32 => array.as_primitive::<UInt32Type>().value(row).to_string(),
            DataType::Boolean => array.as_boolean().value(row).to_string(),
            DataType::FixedSizeBinary(16) => format!("{:02x?}", array.as_fixed_size_binary().value(row)),
            other => panic!("a column of {other}"),
        })
    }

    /// `field code` of each finding of a row, in order.
    fn findings(&self, row: usize) -> Vec<String> {
        self.of_row(row).map(|f| format!("{} {}", f.field.as_deref().unwrap_or("-"), f.code)).collect()
    }

    fn of_row(&self, row: usize) -> impl Iterator<Item = &RowFinding> {
        self.0.findings.iter().filter(move |f| f.row_index as usize == row)
    }

    fn rejected(&self, row: usize) -> bool {
        self.value(row, "_rejected").as_deref() == Some("true")
    }
}

/// Checks `cell -> value, findings of the field` for one field of a dataset; `-` is null, and an empty
/// list of findings is none at all.
fn field_table(table: &str, field: &'static str, column: &str, cases: &[(&'static str, &str, &str)]) {
    let rows: Vec<Cells<'static>> = cases.iter().map(|(cell, _, _)| with(table, &[(field, *cell)])).collect();
    let checked = check(table, &rows);
    for (row, (cell, value, codes)) in cases.iter().enumerate() {
        assert_eq!(checked.value(row, column).as_deref().unwrap_or("-"), *value, "value of {cell:?} in {field}");
        let wanted: Vec<String> = codes.split_whitespace().map(|c| format!("{field} {c}")).collect();
        assert_eq!(checked.findings(row), wanted, "findings of {cell:?} in {field}");
    }
}
