//! What one file may take.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use arrow::array::{ArrayRef, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Schema};
use parquet::arrow::ArrowWriter;

use crate::contract::inbox::{Inbox, SERVICE, SITE, SITE_S1, service};
use crate::read::zip_of;

/// An inbox with a site that must be published whatever else is there, and a setting more.
pub fn with(setting: &str) -> Inbox {
    let inbox = Inbox::new();
    inbox.station("sites.csv", &[SITE, SITE_S1]);
    let config = std::fs::read_to_string(inbox.path("xinhui.toml")).expect("a config");
    inbox.write("xinhui.toml", format!("{setting}\n{config}"));
    inbox
}

/// A workbook of one sheet from its parts.
pub fn book(strings: &str, rows: &str) -> Vec<u8> {
    let types = r#"<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>"#;
    let rels = r#"<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>"#;
    let workbook = r#"<?xml version="1.0"?><workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="S" sheetId="1" r:id="rId1"/></sheets></workbook>"#;
    let of_book = r#"<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings" Target="sharedStrings.xml"/></Relationships>"#;
    let main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    let strings = format!(r#"<?xml version="1.0"?><sst xmlns="{main}" {strings}</sst>"#);
    let sheet = format!(r#"<?xml version="1.0"?><worksheet xmlns="{main}"><sheetData>{rows}</sheetData></worksheet>"#);
    zip_of(&[
        ("[Content_Types].xml", types.as_bytes()),
        ("_rels/.rels", rels.as_bytes()),
        ("xl/workbook.xml", workbook.as_bytes()),
        ("xl/_rels/workbook.xml.rels", of_book.as_bytes()),
        ("xl/sharedStrings.xml", strings.as_bytes()),
        ("xl/worksheets/sheet1.xml", sheet.as_bytes()),
    ])
}

/// A row of a sheet with texts in it, from the first column.
fn row(number: u32, cells: &[&str]) -> String {
    let mut out = format!(r#"<row r="{number}">"#);
    for (i, cell) in cells.iter().enumerate() {
        let column = char::from(b'A' + i as u8);
        write!(out, r#"<c r="{column}{number}" t="inlineStr"><is><t>{cell}</t></is></c>"#).expect("text");
    }
    out + "</row>"
}

/// Header and one site, as rows of a sheet.
pub fn site_rows(id: &str) -> String {
    let header: Vec<&str> = SITE.split(',').collect();
    let site = SITE_S1.replace("S1", id);
    row(1, &header) + &row(2, &site.split(',').collect::<Vec<_>>())
}

/// Nothing of the file is kept but a finding with this limit, and the good file is published.
#[track_caller]
fn assert_stopped(inbox: &Inbox, file: &str) {
    inbox.run(1);
    let found = inbox.findings(file);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!((found[0].3.as_str(), found[0].4.as_str()), ("reader-stopped", "error"));
    assert_eq!(inbox.count(file, "read"), 0, "it is listed, and no row of it counts");
    assert_eq!(inbox.fates("station/sites.csv"), [1, 0, 0, 0, 0]);
    let left = crate::synth::tables::files_below(&inbox.path("store/private"));
    let half: Vec<_> = left.iter().filter(|(name, _)| name.ends_with(".tmp")).collect();
    assert!(half.is_empty(), "{half:?}");
}

#[test]
fn a_count_of_strings_that_lies_takes_no_memory() {
    let inbox = with("");
    let lie = book(r#"count="900000000000" uniqueCount="900000000000">"#, &site_rows("S2"));
    inbox.write("inbox/370832/station/lie.xlsx", lie);
    inbox.run(1);
    let found = inbox.findings("station/lie.xlsx");
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(matches!(found[0].3.as_str(), "reader-stopped" | "damaged-workbook"), "{found:?}");
    assert_eq!(inbox.fates("station/sites.csv"), [1, 0, 0, 0, 0]);
}

#[test]
fn a_file_that_takes_more_memory_than_one_may_is_a_finding_and_is_read_when_it_may_take_more() {
    let inbox = with("reader_memory_mb = 100");
    let many = format!(r#"count="1" uniqueCount="1">{}"#, "<si><t>a</t></si>".repeat(4_000_000));
    inbox.write("inbox/370832/station/many.xlsx", book(&many, &site_rows("S2")));
    inbox.station("more.csv", &[SITE, &SITE_S1.replace("S1", "S3")]);
    assert_stopped(&inbox, "station/many.xlsx");
    assert_eq!(inbox.fates("station/more.csv"), [1, 0, 0, 0, 0]);
    let before = std::fs::read_link(inbox.path("store/current")).unwrap();
    inbox.run(1);
    assert_eq!(std::fs::read_link(inbox.path("store/current")).unwrap(), before, "nothing is new on a second night");
    let config = std::fs::read_to_string(inbox.path("xinhui.toml")).unwrap();
    inbox.write("xinhui.toml", config.replace("reader_memory_mb = 100", ""));
    inbox.run(0);
    assert_eq!(inbox.fates("station/many.xlsx"), [1, 0, 0, 0, 0]);
}

#[test]
fn a_file_that_takes_longer_than_one_may_is_a_finding() {
    let inbox = with("reader_seconds = 1");
    let text = format!("{SERVICE}\n{}", (service("R1", &[]) + "\n").repeat(2_500_000));
    inbox.write("inbox/370832/station/long.zip", zip_of(&[("long.csv", text.as_bytes())]));
    assert_stopped(&inbox, "station/long.zip");
}

/// Thirty million rows without a value.
pub fn null_sites() -> Vec<u8> {
    let title = |name: &str| Field::new(name, DataType::Utf8, true);
    let titles: Vec<&str> = SITE.split(',').collect();
    let schema = Arc::new(Schema::new(titles.iter().map(|t| title(t)).collect::<Vec<_>>()));
    let nulls: ArrayRef = Arc::new(StringArray::new_null(1 << 20));
    let rows = RecordBatch::try_new(schema.clone(), vec![nulls; titles.len()]).expect("rows");
    let mut writer = ArrowWriter::try_new(Vec::new(), schema, None).expect("a writer");
    (0..30).for_each(|_| writer.write(&rows).expect("written"));
    writer.into_inner().expect("a file")
}

#[test]
fn more_rows_than_one_file_may_have_are_a_finding() {
    let inbox = with("");
    inbox.write("inbox/370832/station/nulls.parquet", null_sites());
    assert_stopped(&inbox, "station/nulls.parquet");
}

#[test]
fn findings_of_one_kind_are_counted_after_the_first_thousand() {
    let inbox = with("");
    let mut lines = vec![format!("{SERVICE},联系电话")];
    for i in 0..2_500 {
        let kind = if i < 1_200 { "不知" } else { "心理咨询" };
        let phone = if i < 1_000 { "123" } else { "1234" };
        lines.push(format!("{},{phone}", service(&format!("R{i}"), &[(4, kind)])));
    }
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    inbox.station("services.csv", &lines);
    inbox.run(0);
    let found = inbox.findings("station/services.csv");
    let of = |code: &str| found.iter().filter(|f| f.3 == code).count();
    assert_eq!(of("unknown-code"), 1_001);
    assert_eq!(of("phone-format"), 1_001);
    assert_eq!(inbox.fates("station/services.csv"), [1_300, 1_200, 0, 0, 0], "each row is judged");
    assert_eq!(inbox.count("station/services.csv", "warnings"), 2_500);
}

#[test]
fn what_other_rows_say_of_a_row_is_listed_for_each_rejected_one_and_warnings_are_counted() {
    let inbox = with("");
    inbox.write(
        "inbox/370832/hospital/patients.csv",
        "患者编号,姓名,性别,出生日期,管理地区划代码,诊断编码,建档日期,居住状况\n\
         P1,李秀英,2,1971-05-06,370832100001,F20.0,2022-06-01,home\n",
    );
    let mut text = "随访编号,患者编号,随访日期,随访方式\n".to_owned();
    (0..2_500).for_each(|n| writeln!(text, "F{n},P1,2022-01-0{},home", n % 9 + 1).expect("text"));
    inbox.write("inbox/370832/hospital/early.csv", &text);
    inbox.write("inbox/370832/hospital/orphans.csv", text.replace(",P1,", ",P2,").replace('F', "G"));
    inbox.run(0);
    let codes = |file: &str| inbox.findings(file).into_iter().map(|f| (f.3, f.4)).collect::<Vec<_>>();
    let early = codes("hospital/early.csv");
    assert_eq!(inbox.fates("hospital/early.csv"), [2_500, 0, 0, 0, 0], "{:?}", early.first());
    assert_eq!(early.len(), 1_001);
    assert!(early.iter().all(|f| *f == ("followup-before-registration".to_owned(), "warning".to_owned())));
    assert_eq!(inbox.count("hospital/early.csv", "warnings"), 2_500);
    assert_eq!(inbox.fates("hospital/orphans.csv"), [0, 2_500, 0, 0, 0]);
    let orphans = codes("hospital/orphans.csv");
    assert_eq!(orphans.len(), 2_500, "every rejected row is named");
    assert!(orphans.iter().all(|f| *f == ("orphan".to_owned(), "error".to_owned())));
}

#[test]
fn sixteen_thousand_unknown_columns_are_read_in_no_time() {
    let inbox = with("");
    let titles: Vec<String> = (0..16_000).map(|i| format!("列{}", letters(i))).collect();
    let cells = vec!["1"; titles.len()].join(",");
    let wide = format!("{SITE},{}\n{},{cells}\n", titles.join(","), SITE_S1.replace("S1", "S2"));
    inbox.write("inbox/370832/station/wide.csv", wide);
    let mut record = serde_json::Map::new();
    for (title, cell) in SITE.split(',').zip(SITE_S1.replace("S1", "S3").split(',')) {
        record.insert(title.to_owned(), cell.into());
    }
    titles.iter().for_each(|t| drop(record.insert(t.clone(), 1.into())));
    inbox.write("inbox/370832/station/keys.jsonl", serde_json::Value::from(record).to_string());
    let since = Instant::now();
    inbox.run(0);
    assert!(since.elapsed() < Duration::from_secs(60), "{:?}", since.elapsed());
    for file in ["station/wide.csv", "station/keys.jsonl"] {
        assert_eq!(inbox.fates(file), [1, 0, 0, 0, 0], "{file}");
        assert_eq!(inbox.findings(file).iter().filter(|f| f.3 == "unknown-column").count(), 1_001, "{file}");
        assert_eq!(inbox.count(file, "warnings"), 16_000, "{file}");
    }
}

/// A number in letters: runs of digits are masked in a label.
fn letters(mut n: usize) -> String {
    let mut out = String::new();
    for _ in 0..4 {
        out.push(char::from(b'a' + (n % 26) as u8));
        n /= 26;
    }
    out
}

#[test]
fn a_cell_in_the_last_column_of_each_row_costs_no_more_than_another() {
    let inbox = with("");
    let mut rows = site_rows("R1");
    for number in 3..100_000 {
        write!(rows, r#"<row r="{number}"><c r="A{number}"><v>{number}</v></c><c r="XFD{number}"><v>1</v></c></row>"#)
            .expect("text");
    }
    inbox.write("inbox/370832/station/far.xlsx", book(">", &rows));
    let since = Instant::now();
    inbox.run(0);
    assert!(since.elapsed() < Duration::from_secs(90), "{:?}", since.elapsed());
    assert_eq!(inbox.count("station/far.xlsx", "accepted"), 1);
}

#[test]
fn a_cell_longer_than_any_line_is_a_finding() {
    let inbox = with("");
    let long = "x".repeat(17 << 20);
    let rows = site_rows("S2") + &row(3, &["S3", &long]);
    inbox.write("inbox/370832/station/long.xlsx", book(">", &rows));
    inbox.run(1);
    let found = inbox.findings("station/long.xlsx");
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].3, "line-too-long");
    assert_eq!(inbox.count("station/long.xlsx", "read"), 0);
    assert_eq!(inbox.fates("station/sites.csv"), [1, 0, 0, 0, 0]);
}
