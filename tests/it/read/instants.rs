//! Times with a zone, and columns of dates that were moved to UTC.

use std::sync::Arc;

use arrow::array::{ArrayRef, StringArray, TimestampMicrosecondArray, TimestampNanosecondArray};
use xinhui::diag::{Code, Severity};
use xinhui::schema::Source;

use super::cases::{days, validate};
use super::formats::parquet_of;
use super::{findings, read};

/// Patients with these birth dates, as a Parquet file.
fn patients(births: ArrayRef) -> Vec<u8> {
    let rows = births.len();
    let texts = |value: fn(usize) -> String| Arc::new(StringArray::from_iter_values((0..rows).map(value))) as ArrayRef;
    parquet_of(vec![
        ("患者编号", texts(|row| format!("P{row}"))),
        ("姓名", texts(|_| "张伟".to_owned())),
        ("性别", texts(|_| "男".to_owned())),
        ("出生日期", births),
        ("管理地区划代码", texts(|_| "370832001005".to_owned())),
        ("诊断编码", texts(|_| "F20.0".to_owned())),
        ("建档日期", texts(|_| "2022-05-10".to_owned())),
        ("居住状况", texts(|_| "居家".to_owned())),
    ])
}

/// Birth dates as they are read, and what is said of the file.
#[track_caller]
fn births(bytes: &[u8], name: &str) -> (Vec<String>, Vec<(Code, Severity, String)>) {
    let (tables, report) = read(name, Source::HOSPITAL, bytes);
    let said = findings(&report).into_iter().map(|(c, s, _, d)| (c, s, d.to_owned())).collect();
    let rows = validate(&tables[0]);
    (days(rows.identity.as_ref().expect("identities"), "birth_date"), said)
}

fn seconds(text: &str) -> i64 {
    text.parse::<jiff::Timestamp>().expect("an instant").as_second()
}

#[test]
fn parquet_instants_follow_the_summer_times() {
    let stamps = ["1988-06-30T15:00:00Z", "1988-06-30T14:59:59Z", "1985-06-30T15:59:59Z", "1985-06-30T16:00:00Z"];
    let stamps: Vec<i64> = stamps.iter().map(|s| seconds(s) * 1_000_000).collect();
    let column = TimestampMicrosecondArray::from(stamps).with_timezone("UTC");
    let (births, said) = births(&patients(Arc::new(column)), "x.parquet");
    assert_eq!(births, ["1988-07-01", "1988-06-30", "1985-06-30", "1985-07-01"]);
    assert_eq!(said, []);
}

#[test]
fn text_with_a_zone_is_an_instant_too() {
    let cells = [
        ("1988-06-30T15:00:00Z", "1988-07-01"),
        ("1988-06-30T15:00:00.000+00:00", "1988-07-01"),
        ("1988-06-30 14:59:59Z", "1988-06-30"),
        ("1986-05-03T16:00:00Z", "1986-05-04"),
        ("1991-09-14T15:00:00Z", "1991-09-15"),
        ("1991-09-15T15:00:00Z", "1991-09-15"),
        ("1985-03-12T00:00:00+08:00", "1985-03-12"),
        ("1985-03-12+08:00", "1985-03-12"),
        ("1985-03-12Z", "1985-03-12"),
        ("1985-03-11T20:00:00-05:00", "1985-03-12"),
        ("194803200000", "-"),
        ("479404800000", "-"),
    ];
    let line = |(row, (cell, _)): (usize, &(&str, &str))| {
        format!("P{row},张伟,男,{cell},370832001005,F20.0,2022-05-10,居家\n")
    };
    let head = "患者编号,姓名,性别,出生日期,管理地区划代码,诊断编码,建档日期,居住状况\n";
    let text = head.to_owned() + &cells.iter().enumerate().map(line).collect::<String>();
    let (births, _) = births(text.as_bytes(), "x.csv");
    assert_eq!(births, cells.map(|(_, day)| day));
}

#[test]
fn a_column_of_moved_midnights_is_read_as_the_next_days() {
    let nanos = |stamps: &[&str]| -> ArrayRef {
        let stamp = |s: &&str| (!s.is_empty()).then(|| seconds(s) * 1_000_000_000);
        Arc::new(TimestampNanosecondArray::from_iter(stamps.iter().map(stamp)))
    };
    let told = vec![(Code::ShiftedDates, Severity::Warning, "column:出生日期".to_owned())];
    let moved = nanos(&["1985-03-11T16:00:00Z", "", "1988-06-30T15:00:00Z"]);
    assert_eq!(births(&patients(moved), "x.parquet"), (vec_of(["1985-03-12", "-", "1988-07-01"]), told));
    // One value at another time, and they are what they say.
    let plain = nanos(&["1985-03-11T16:00:00Z", "1985-03-11T16:30:00Z"]);
    assert_eq!(births(&patients(plain), "x.parquet"), (vec_of(["1985-03-11", "1985-03-11"]), vec![]));
    // Nothing at all tells nothing.
    assert_eq!(births(&patients(nanos(&["", ""])), "x.parquet"), (vec_of(["-", "-"]), vec![]));
}

fn vec_of<const N: usize>(days: [&str; N]) -> Vec<String> {
    days.map(str::to_owned).to_vec()
}
