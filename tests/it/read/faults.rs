//! What is wrong with a file is a finding, and nothing of a damaged table is kept.

use std::io::{Cursor, Write};

use xinhui::diag::{Code, Severity};
use xinhui::schema::Source;

use super::formats::{parquet_of, text_columns};
use super::workbooks::{fill, workbook};
use super::{ACTIVITIES, findings, read, zip_of};

/// The one finding about bytes that hold no table, which are listed as refused.
fn fault(name: &str, bytes: &[u8]) -> (Code, String) {
    let (tables, report) = read(name, Source::STATION, bytes);
    assert_eq!(tables, vec![], "{name}");
    assert_eq!(report.findings.len(), 1, "{name}: {:?}", report.findings);
    assert_eq!(report.refused.len(), 1, "{name}");
    assert_eq!(report.refused[0].file, report.findings[0].file);
    assert_eq!(report.findings[0].severity, Severity::Error);
    (report.findings[0].code, report.findings[0].detail.to_string())
}

pub fn compound(streams: &[(&str, &[u8])]) -> Vec<u8> {
    let mut file = cfb::CompoundFile::create(Cursor::new(Vec::new())).expect("a compound file");
    for (name, bytes) in streams {
        file.create_stream(name).expect("a stream").write_all(bytes).expect("written");
    }
    file.flush().expect("flushed");
    file.into_inner().into_inner()
}

fn big_workbook() -> Vec<u8> {
    workbook(|book| fill(book.add_worksheet(), 0, 0, 500))
}

#[test]
fn a_file_with_nothing_in_it_is_an_empty_file() {
    for bytes in [&b""[..], b"\n\n", b" \t\r\n", b"\xEF\xBB\xBF", b",,,\n,,\n"] {
        assert_eq!(fault("x.csv", bytes), (Code::EmptyFile, String::new()), "{bytes:?}");
    }
    assert_eq!(fault("x.zip", &zip_of(&[])).0, Code::EmptyFile);
    assert_eq!(fault("x.zip", &zip_of(&[("folder/", b""), (".x", b"y")])).0, Code::EmptyFile);
}

#[test]
fn a_text_without_a_header_is_refused() {
    assert_eq!(fault("x.csv", "随便写的\n几行字\n".as_bytes()).0, Code::NoHeader);
    assert_eq!(fault("x.jsonl", br#"{"a":1,"b":2}"#).0, Code::NoHeader);
    assert_eq!(fault("x.jsonl", b"{}").0, Code::NoHeader);
}

#[test]
fn a_page_with_the_name_of_a_workbook_is_refused() {
    let page =
        "<html xmlns:x=\"urn:schemas-microsoft-com:office:excel\"><table><tr><td>活动编号</td></tr></table></html>";
    assert_eq!(fault("x.xls", page.as_bytes()).0, Code::HtmlNotExcel);
    assert_eq!(fault("x.xlsx", format!("\u{feff}\r\n<!DOCTYPE html>{page}").as_bytes()).0, Code::HtmlNotExcel);
    let utf16: Vec<u8> = format!("\u{feff}{page}").encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(fault("x.xls", &utf16).0, Code::HtmlNotExcel);
}

#[test]
fn encrypted_workbooks_old_and_new_are_named_as_such() {
    let new = compound(&[("EncryptionInfo", &[4, 0, 4, 0]), ("EncryptedPackage", &[0; 600])]);
    assert_eq!(fault("x.xlsx", &new).0, Code::EncryptedWorkbook);
    // BOF, FILEPASS of both kinds (XOR and RC4), EOF.
    for kind in [0u8, 1] {
        let stream =
            [&[0x09, 0x08, 4, 0, 0, 6, 5, 0][..], &[0x2F, 0, 6, 0, kind, 0, 1, 2, 3, 4], &[0x0A, 0, 0, 0]].concat();
        assert_eq!(fault("x.xls", &compound(&[("Workbook", &stream)])).0, Code::EncryptedWorkbook);
    }
}

#[test]
fn a_damaged_workbook_is_named_as_such() {
    let whole = big_workbook();
    assert_eq!(fault("x.xlsx", &whole[..whole.len() / 2]).0, Code::DamagedWorkbook);
    assert_eq!(fault("x.xlsx", &whole[..whole.len() - 30]).0, Code::DamagedWorkbook);
    let old = include_bytes!("../../data/activities_1900.xls");
    for length in [600, 1500, 3000] {
        assert_eq!(fault("x.xls", &old[..length]).0, Code::DamagedWorkbook, "{length}");
    }
    // A cell in a column that no old workbook has.
    let stream = [&[0x09, 0x08, 4, 0, 0, 6, 5, 0][..], &[0x03, 0x02, 14, 0], &[0xFF; 14], &[0x0A, 0, 0, 0]].concat();
    assert_eq!(fault("x.xls", &compound(&[("Workbook", &stream)])).0, Code::DamagedWorkbook);
}

#[test]
fn a_workbook_damaged_in_its_middle_keeps_nothing_of_the_broken_sheet() {
    // The sheet's XML breaks off after some rows; the archive around it is whole.
    let whole = big_workbook();
    let mut archive = zip::ZipArchive::new(Cursor::new(whole)).expect("an archive");
    let mut members = Vec::new();
    for index in 0..archive.len() {
        let mut member = archive.by_index(index).expect("a member");
        let name = member.name().expect("a name").into_owned();
        let mut bytes = Vec::new();
        std::io::Read::read_to_end(&mut member, &mut bytes).expect("read");
        if name.ends_with("sheet1.xml") {
            bytes.truncate(bytes.len() / 2);
        }
        members.push((name, bytes));
    }
    let members: Vec<(&str, &[u8])> = members.iter().map(|(n, b)| (n.as_str(), b.as_slice())).collect();
    let (tables, report) = read("x.xlsx", Source::STATION, &zip_of(&members));
    assert_eq!(tables, vec![]);
    assert_eq!(findings(&report), [(Code::DamagedWorkbook, Severity::Error, "Sheet1", "")]);
    assert_eq!(report.refused.len(), 1);
}

#[test]
fn formats_that_hold_no_table_are_named() {
    let wrapped = br#"{"code":0,"data":[{"record_id":"R1","sex":"1"}]}"#;
    assert_eq!(fault("x.json", wrapped), (Code::UnknownFormat, "format:json-object".to_owned()));
    assert_eq!(fault("x.pdf", b"%PDF-1.7\nabc"), (Code::UnknownFormat, "format:pdf".to_owned()));
    assert_eq!(fault("x.doc", &compound(&[("WordDocument", b"x")])), (Code::UnknownFormat, "format:ole".to_owned()));
    assert_eq!(
        fault("x.docx", &zip_of(&[("word/document.xml", b"<x/>")])),
        (Code::UnknownFormat, "format:docx".to_owned())
    );
    let noise: Vec<u8> = (0..5000u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    assert_eq!(fault("x.csv", &noise).0, Code::UnknownFormat);
    assert_eq!(fault("x.xls", b"<?xml version=\"1.0\"?><Workbook/>"), (Code::UnknownFormat, "format:xml".to_owned()));
}

#[test]
fn a_line_longer_than_any_row_is_refused_with_its_number() {
    let mut text = ACTIVITIES.to_owned();
    text.push_str(&"长".repeat(6 << 20));
    text.push_str("\nA3,3704,01,02,2023-05-01,1\n");
    assert_eq!(fault("x.csv", text.as_bytes()), (Code::LineTooLong, "line:4".to_owned()));
    let mut text =
        r#"{"活动编号":"A1","所在区划代码":"3704","活动类型":"01","进入场所":"02","活动日期":"x"}"#.to_owned();
    text.push('\n');
    text.push_str(&" x".repeat(9 << 20));
    assert_eq!(fault("x.jsonl", text.as_bytes()), (Code::LineTooLong, "line:2".to_owned()));
}

#[test]
fn an_open_quote_before_much_text_is_a_character() {
    let row = "A3,3704,01,02,2023-05-01,1\n";
    let rows = (17 << 20) / row.len();
    let text = format!("{ACTIVITIES}A2b,\"3704,01,02,2023-05-01,1\n{}", row.repeat(rows));
    let (tables, report) = read("x.csv", Source::STATION, text.as_bytes());
    assert_eq!(report.findings, vec![]);
    assert_eq!(tables[0].rows.len(), 3 + rows);
}

#[test]
fn a_damaged_parquet_file_is_named_as_such() {
    let whole = parquet_of(text_columns());
    assert_eq!(fault("x.parquet", &whole[..whole.len() - 9]).0, Code::DamagedParquet);
    let mut scratched = whole.clone();
    for byte in &mut scratched[4..60] {
        *byte = 0xFF;
    }
    assert_eq!(fault("x.parquet", &scratched).0, Code::DamagedParquet);
}

#[test]
fn one_broken_json_line_is_a_row_to_be_rejected_and_the_others_are_read() {
    let record = r#"{"活动编号":"A1","所在区划代码":"3704","活动类型":"01","进入场所":"02","活动日期":"x"}"#;
    let text = format!("{record}\n{{\"活动编号\":\n{record}\n{}", &record[..40]);
    let (tables, report) = read("x.jsonl", Source::STATION, text.as_bytes());
    assert_eq!(findings(&report), [(Code::DamagedJson, Severity::Warning, "", "records:2,4")]);
    assert_eq!(report.refused, vec![]);
    assert_eq!(tables[0].row_numbers(), [1, 2, 3, 4]);
    assert_eq!(tables[0].column("activity_id"), [Some("A1"), None, Some("A1"), None]);
    assert!(tables[0].rows[1].1.iter().all(Option::is_none));
}

#[test]
fn a_text_of_broken_json_is_refused() {
    let (code, detail) = fault("x.json", b"{\"a\":1},\n{\"b\":2},\n{\"b\":2}]\n");
    assert_eq!((code, detail.as_str()), (Code::DamagedJson, "records:1,2,3"));
}

#[test]
fn an_archive_that_ends_early_gives_its_whole_members_and_is_reported() {
    let long: String = ACTIVITIES.to_owned() + &"A9,3704,01,02,2023-05-01,\n".repeat(50_000);
    let archive = zip_of(&[("a20231231.csv", ACTIVITIES.as_bytes()), ("b.csv", long.as_bytes())]);
    let (tables, report) = read("x.zip", Source::STATION, &archive[..archive.len() - 400]);
    assert_eq!(findings(&report), [(Code::DamagedArchive, Severity::Error, "", "")]);
    assert_eq!(report.refused.len(), 1);
    assert_eq!(report.refused[0].file, "x.zip");
    assert_eq!(tables.len(), 1);
    assert_eq!((tables[0].file.as_str(), tables[0].export_day), ("x.zip/a20231231.csv", 19_722));
    assert_eq!(fault("x.zip", &archive[..20]).0, Code::DamagedArchive);
}

#[test]
fn a_damaged_member_is_refused_and_the_others_are_read() {
    let mut archive = zip_of(&[("a.csv", ACTIVITIES.as_bytes()), ("b.csv", ACTIVITIES.replace("A1", "B1").as_bytes())]);
    let data = memchr::memmem::find(&archive, b"b.csv").expect("the member") + 5 + 20;
    archive[data] ^= 0xFF;
    let (tables, report) = read("x.zip", Source::STATION, &archive);
    assert_eq!(tables.len(), 1);
    assert_eq!(findings(&report), [(Code::DamagedArchive, Severity::Error, "", "")]);
    assert_eq!(report.refused[0].file, "x.zip/b.csv");
}

#[test]
fn members_that_hold_no_table_are_listed_with_their_own_hash() {
    let (tables, report) = read(
        "x.zip",
        Source::STATION,
        &zip_of(&[("读我.txt", "说明".as_bytes()), ("a.csv", ACTIVITIES.as_bytes()), ("空.csv", b"")]),
    );
    assert_eq!(tables.len(), 1);
    let refused: Vec<&str> = report.refused.iter().map(|r| r.file.as_str()).collect();
    assert_eq!(refused, ["x.zip/读我.txt", "x.zip/空.csv"]);
    assert_ne!(report.refused[0].sha256, report.refused[1].sha256);
}

#[test]
fn a_member_that_unpacks_beyond_reason_is_refused() {
    let zeros = vec![b' '; 300 << 20];
    let (tables, report) =
        read("x.zip", Source::STATION, &zip_of(&[("bomb.csv", &zeros), ("a.csv", ACTIVITIES.as_bytes())]));
    assert_eq!(tables.len(), 1);
    assert_eq!(findings(&report), [(Code::DamagedArchive, Severity::Error, "", "too-large")]);
}

#[test]
fn a_file_that_is_not_there_is_a_finding() {
    struct NoTables;
    impl xinhui::read::TableSink for NoTables {
        fn begin(&mut self, _: xinhui::read::TableHead<'_>) -> xinhui::error::Result<()> {
            unreachable!()
        }
        fn rows(&mut self, _: xinhui::schema::layout::RawRows) -> xinhui::error::Result<()> {
            unreachable!()
        }
        fn end(&mut self, _: u64) -> xinhui::error::Result<()> {
            unreachable!()
        }
        fn abandon(&mut self) {}
    }
    let file = xinhui::read::ExportFile {
        name: "x.csv",
        path: std::path::Path::new("no/such/file.csv"),
        source: Source::STATION,
        sha256: [0; 32],
        modified_day: 0,
    };
    let report = xinhui::read::read_export(&file, super::schemas(), &mut NoTables).expect("a finding");
    assert_eq!(report.findings[0].code, Code::UnreadableFile);
    assert_eq!(report.refused.len(), 1);
}

#[test]
fn an_encrypted_member_is_refused_and_named_as_such() {
    let mut archive = zip_of(&[("a.csv", ACTIVITIES.as_bytes())]);
    let central = memchr::memmem::find(&archive, b"PK\x01\x02").expect("a central header");
    archive[6] |= 1;
    archive[central + 8] |= 1;
    assert_eq!(fault("x.zip", &archive), (Code::DamagedArchive, "encrypted".to_owned()));
}

#[test]
fn an_archive_in_which_a_name_stands_twice_is_reported() {
    let mut archive = zip_of(&[("a.csv", ACTIVITIES.as_bytes()), ("b.csv", ACTIVITIES.as_bytes())]);
    let places: Vec<usize> = memchr::memmem::find_iter(&archive, b"b.csv").collect();
    places.iter().for_each(|at| archive[*at] = b'a');
    let (tables, report) = read("x.zip", Source::STATION, &archive);
    assert_eq!(tables.len(), 1);
    assert_eq!(findings(&report), [(Code::DamagedArchive, Severity::Error, "", "repeated-names")]);
}

#[test]
fn archives_are_opened_three_deep_and_no_deeper() {
    let one = zip_of(&[("a.csv", ACTIVITIES.as_bytes())]);
    let three = zip_of(&[("2.zip", &zip_of(&[("3.zip", &one)]))]);
    let (tables, report) = read("1.zip", Source::STATION, &three);
    assert_eq!((tables.len(), report.findings.len()), (1, 0));
    assert_eq!(tables[0].file, "1.zip/2.zip/3.zip/a.csv");
    assert_eq!(
        fault("0.zip", &zip_of(&[("1.zip", &three)])),
        (Code::UnknownFormat, "format:nested-archive".to_owned())
    );
}
