//! The small inputs of `tests/data/cases`, read and validated: the outcome that each of them shows.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use arrow::array::{Array, AsArray, RecordBatch, StringArray};
use arrow::datatypes::{Date32Type, Int32Type};
use xinhui::diag::{Code, Severity};
use xinhui::read::FileReport;
use xinhui::schema::layout::RawRows;
use xinhui::schema::{Source, day};
use xinhui::validate::{ValidatedRows, Validator};

use super::{Collected, findings, read, schemas};

fn files(case: &str) -> Vec<PathBuf> {
    let mut open = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/cases").join(case)];
    let mut files = Vec::new();
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() { open.push(path) } else { files.push(path) }
        }
    }
    files.sort();
    files
}

/// Every file of a case by name, with what was read and said.
fn read_case(case: &str) -> BTreeMap<String, (Vec<Collected>, FileReport)> {
    let mut read_files = BTreeMap::new();
    for path in files(case) {
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        let source = match path.parent().and_then(Path::file_name).and_then(|f| f.to_str()) {
            Some("hospital") => Source::HOSPITAL,
            _ => Source::STATION,
        };
        let bytes = std::fs::read(&path).expect("a file");
        read_files.insert(name.clone(), read(&name, source, &bytes));
    }
    read_files
}

pub(super) fn validate(table: &Collected) -> ValidatedRows {
    let schema = schemas().table(&table.table).expect("a table");
    let fields: Vec<usize> = table.fields.iter().map(|f| schema.field_index(f).expect("a field")).collect();
    let columns = (0..fields.len())
        .map(|at| table.rows.iter().map(|(_, cells)| cells[at].as_deref()).collect::<StringArray>())
        .collect();
    let rows = RawRows { row_numbers: table.row_numbers(), columns, ..RawRows::default() };
    let as_of = day::parse_iso("2023-12-31").expect("a day");
    Validator::new(schema, schemas(), as_of, &[7; 32]).expect("a validator").validate(&fields, &rows).expect("rows")
}

/// Days of a column that ends so, as ISO dates; `-` for null.
pub(super) fn days(batch: &RecordBatch, field: &str) -> Vec<String> {
    let at = batch
        .schema()
        .fields()
        .iter()
        .position(|f| {
            f.name().strip_suffix("_day").is_some_and(|name| name == field || field.strip_suffix("_date") == Some(name))
        })
        .expect("a column");
    let column = batch.column(at);
    let day = |row: usize| match column.data_type() {
        arrow::datatypes::DataType::Date32 => column.as_primitive::<Date32Type>().value(row),
        _ => column.as_primitive::<Int32Type>().value(row),
    };
    (0..column.len()).map(|row| if column.is_null(row) { "-".to_owned() } else { day::to_iso(day(row)) }).collect()
}

/// Birth dates, registration dates and codes of the findings, with row and severity.
fn patients(table: &Collected) -> (Vec<String>, Vec<String>, Vec<String>) {
    let rows = validate(table);
    let said = rows
        .findings
        .iter()
        .map(|f| format!("{} {} {}", f.row_index, f.field.as_deref().unwrap_or(""), f.code))
        .collect();
    let births = days(rows.identity.as_ref().expect("identities"), "birth_date");
    (births, days(&rows.plain, "registered_date"), said)
}

#[test]
fn a_workbook_of_1904_says_the_same_in_every_format_and_as_a_plain_number() {
    for (tables, report) in read_case("02-date1904").into_values() {
        let (births, registered, said) = patients(&tables[0]);
        assert_eq!((findings(&report), said), (vec![], Vec::<String>::new()));
        assert_eq!(births, vec!["1985-03-12"; 4]);
        assert_eq!(registered, vec!["2022-05-10"; 4]);
    }
}

#[test]
fn error_cells_are_null_with_a_warning_in_every_field() {
    let case = read_case("07-error-cells");
    let (tables, report) = &case["服务_20231231.xlsx"];
    assert_eq!(findings(report), []);
    let rows = validate(&tables[0]);
    let said: Vec<String> = rows
        .findings
        .iter()
        .map(|f| format!("S{:02} {} {}", f.row_index + 1, f.field.as_deref().unwrap_or(""), f.code))
        .filter(|f| f.ends_with(" error-cell") || f.ends_with(" missing-value"))
        .collect();
    assert_eq!(
        said,
        [
            "S01 plan_id error-cell",
            "S02 plan_id error-cell",
            "S04 name error-cell",
            "S04 name missing-value",
            "S05 referred_to error-cell",
            "S06 warning_level error-cell",
            "S07 id_number error-cell",
            "S08 phone error-cell",
            "S09 plan_id error-cell",
        ]
    );
}

#[test]
fn date_cells_with_a_zone_are_instants() {
    for (tables, report) in read_case("19-sheetjs-dates").into_values() {
        let (births, registered, said) = patients(&tables[0]);
        assert_eq!((findings(&report), said), (vec![], Vec::<String>::new()));
        assert_eq!(births, vec!["1985-03-12"; 6]);
        assert_eq!(registered, vec!["2022-05-10"; 6]);
    }
}

#[test]
fn json_of_every_make_is_read_and_what_is_broken_is_named() {
    let case = read_case("21-jsonl");
    for name in ["b_array_20231231.json", "c_array1line_20231231.json"] {
        let (tables, report) = &case[name];
        let (births, registered, said) = patients(&tables[0]);
        assert_eq!((findings(report), said), (vec![], Vec::<String>::new()), "{name}");
        assert_eq!((births, registered), (vec!["1985-03-12".to_owned(); 3], vec!["2022-05-10".to_owned(); 3]));
        assert_eq!(tables[0].row_numbers(), [1, 2, 3]);
    }
    let (tables, report) = &case["a_20231231.jsonl"];
    assert_eq!(
        findings(report),
        [
            (Code::DamagedJson, Severity::Warning, "", "records:6,13"),
            (Code::RepeatedColumn, Severity::Warning, "", "records:12"),
        ]
    );
    let (births, registered, said) = patients(&tables[0]);
    assert_eq!((births[2].as_str(), registered[2].as_str()), ("1985-03-12", "2022-05-10"));
    assert!(said.contains(&"3 birth_date type-error".to_owned()), "{said:?}");
    assert!(said.contains(&"3 registered_date type-error".to_owned()), "{said:?}");
    assert_eq!(tables[0].column("name")[11], Some("江十二"));
}

#[test]
fn number_formats_mean_what_the_same_sheet_saved_as_text_means() {
    for (tables, report) in read_case("24-number-formats").into_values() {
        assert_eq!(findings(&report), []);
        let areas = tables[0].column("area_m2");
        let percent: Vec<&str> = areas.iter().flatten().copied().filter(|a| a.ends_with('%')).collect();
        assert_eq!(percent, ["85%", "85.00%"]);
        assert!(areas.iter().flatten().all(|a| a.ends_with('%') || *a == "120.5"), "{areas:?}");
    }
}

#[test]
fn a_year_and_month_typed_as_a_number_is_never_january() {
    for (tables, _) in read_case("25-year-month-number").into_values() {
        let rows = validate(&tables[0]);
        let births = days(rows.identity.as_ref().expect("identities"), "birth_date");
        assert_eq!(births[..6], ["1985-01-01", "1985-12-01", "1985-01-01", "1985-10-01", "1985-03-01", "1985-01-01"]);
        let unclear: Vec<u32> =
            rows.findings.iter().filter(|f| f.code == Code::UnclearMonth).map(|f| f.row_index).collect();
        assert_eq!(unclear[0], 0, "{:?}", tables[0].column("birth_date"));
    }
}

#[test]
fn the_last_second_of_a_day_is_of_that_day() {
    let case = read_case("41-end-of-day");
    let of = |name: &str| days(&validate(&case[name].0[0]).plain, "service_date");
    assert_eq!(
        of("服务_20231231.xlsx"),
        ["2023-12-31", "2023-04-30", "2023-04-30", "2023-04-30", "2023-12-31", "2023-04-30"]
    );
    assert_eq!(of("服务文本_20231231.csv"), ["2023-12-31", "2023-04-30", "2023-12-31"]);
}

#[test]
fn content_decides_whatever_the_name_says() {
    for (name, (tables, report)) in read_case("44-wrong-extension") {
        if name.starts_with("f_") {
            let told = (Code::UnknownFormat, Severity::Error, "", "format:spreadsheetml-2003");
            assert_eq!(findings(&report), [told]);
            continue;
        }
        assert_eq!(findings(&report), [], "{name}");
        assert_eq!(tables.len(), 1, "{name}");
        assert_eq!(patients(&tables[0]).2, Vec::<String>::new(), "{name}");
    }
}

#[test]
fn every_codec_of_parquet_and_every_method_of_zip_is_read() {
    for case in ["53-parquet-codecs", "56-zip-methods"] {
        for (name, (tables, report)) in read_case(case) {
            assert_eq!(findings(&report), [], "{name}");
            assert!(!tables.is_empty() && !tables[0].rows.is_empty(), "{name}");
            assert_eq!(patients(&tables[0]).2, Vec::<String>::new(), "{name}");
        }
    }
}
