//! Workbooks, archives and records, as a person sees them.

use std::io::Write as _;

use rust_xlsxwriter::{Format, Workbook};

use super::inbox::{Inbox, SERVICE, SITE, SITE_S1, service};

const HEADER: [&str; 7] = ["记录编号", "站点编号", "姓名", "性别", "服务类型", "服务日期", "证件号码"];

fn words(book: &mut Workbook, sheet: &str, rows: &[(u32, &[&str])]) {
    let page = book.add_worksheet();
    page.set_name(sheet).expect("a sheet");
    for (row, cells) in rows {
        for (column, cell) in cells.iter().enumerate().filter(|(_, cell)| !cell.is_empty()) {
            page.write_string(*row, column as u16 + 1, *cell).expect("a cell");
        }
    }
}

#[test]
fn a_sheet_is_counted_from_its_first_row_whether_it_is_empty_or_not() {
    let inbox = Inbox::new();
    inbox.station("site.csv", &[SITE, SITE_S1]);
    let mut book = Workbook::new();
    let rows: [(u32, &[&str]); 6] = [
        (2, &["服务记录"]),
        (4, &HEADER),
        (6, &["A", "S1", "张三", "男", "心理咨询"]),
        (8, &["B", "S1", "张三", "", "心理咨询", "45139"]),
        (10, &["合计", "2"]),
        (12, &["填表人：张三"]),
    ];
    words(&mut book, "一", &rows);
    let page = book.worksheet_from_name("一").expect("the sheet");
    let stamp = Format::new().set_num_format("yyyy-mm-dd hh:mm");
    page.write_number_with_format(6, 6, 45139.4, &stamp).expect("a cell");
    inbox.write("inbox/370832/station/s.xlsx", book.save_to_buffer().expect("a workbook"));
    inbox.run(0);
    assert_eq!((inbox.count("/s.xlsx", "read"), inbox.count("/s.xlsx", "not_data")), (2, 4));
    let found: Vec<_> = inbox.findings("/s.xlsx").into_iter().map(|f| (f.0, f.1, f.2, f.3)).collect();
    let expected = (9, "B".to_owned(), "sex".to_owned(), "missing-value".to_owned());
    assert_eq!(found, [expected]);
}

#[test]
fn headers_of_two_and_three_rows_are_read() {
    let inbox = Inbox::new();
    inbox.station("site.csv", &[SITE, SITE_S1]);
    let mut two = Workbook::new();
    let rows: [(u32, &[&str]); 4] = [
        (0, &["记录编号", "站点编号", "服务对象", "", "服务"]),
        (1, &["", "", "姓名", "性别", "服务类型", "服务日期"]),
        (2, &["A", "S1", "张三", "男", "心理咨询", "2023-08-01"]),
        (3, &["B", "S1", "张三", "", "心理咨询", "2023-08-01"]),
    ];
    words(&mut two, "s", &rows);
    inbox.write("inbox/370832/station/two.xlsx", two.save_to_buffer().expect("a workbook"));
    let mut three = Workbook::new();
    let rows: [(u32, &[&str]); 5] = [
        (0, &["记录编号", "站点编号", "服务对象信息", "", "服务情况"]),
        (1, &["", "", "基本", "", "服务类型*", "服务\n日期："]),
        (2, &["", "", "姓名", "性 别"]),
        (3, &["C", "S1", "张三", "男", "心理咨询", "2023-08-01"]),
        (4, &["D", "S1", "张三", "", "心理咨询", "2023-08-01"]),
    ];
    words(&mut three, "s", &rows);
    inbox.write("inbox/370832/station/three.xlsx", three.save_to_buffer().expect("a workbook"));
    inbox.run(0);
    for (file, header, row, key) in [("/two.xlsx", 2, 4, "B"), ("/three.xlsx", 3, 5, "D")] {
        assert_eq!((inbox.count(file, "accepted"), inbox.count(file, "not_data")), (1, header), "{file}");
        let found: Vec<_> = inbox.findings(file).into_iter().map(|f| (f.0, f.1)).collect();
        assert_eq!(found, [(row, key.to_owned())], "{file}");
    }
}

#[test]
fn an_id_number_in_a_number_cell_is_damaged_whatever_its_last_digits() {
    let inbox = Inbox::new();
    inbox.station("site.csv", &[SITE, SITE_S1]);
    let mut book = Workbook::new();
    words(&mut book, "s", &[(0, &HEADER)]);
    let page = book.worksheet_from_name("s").expect("the sheet");
    // All end in digits that a double cannot hold; some of what it prints instead would pass the check.
    for row in 1..=40 {
        let key = format!("K{row}");
        for (column, cell) in [&*key, "S1", "张三", "男", "心理咨询", "2023-08-01"].iter().enumerate() {
            page.write_string(row, column as u16 + 1, *cell).expect("a cell");
        }
        page.write_number(row, 7, 370_832_199_003_071_234.0 + 64.0 * f64::from(row)).expect("a cell");
    }
    inbox.write("inbox/370832/station/s.xlsx", book.save_to_buffer().expect("a workbook"));
    inbox.run(0);
    let found = inbox.findings("/s.xlsx");
    assert_eq!(found.len(), 40);
    assert!(found.iter().all(|f| f.3 == "id-number-damaged"), "{found:?}");
}

#[test]
fn a_later_sheet_is_a_later_version() {
    let inbox = Inbox::new();
    inbox.station("site.csv", &[SITE, SITE_S1]);
    let mut book = Workbook::new();
    words(&mut book, "乙", &[(0, &HEADER), (1, &["A", "S1", "先", "男", "心理咨询", "2023-08-01"])]);
    words(&mut book, "甲", &[(0, &HEADER), (1, &["A", "S1", "后", "", "心理咨询", "2023-08-01"])]);
    words(&mut book, "丙", &[(0, &HEADER), (1, &["A", "S1", "后", "男", "心理咨询", "2023-08-01"])]);
    inbox.write("inbox/370832/station/s.xlsx", book.save_to_buffer().expect("a workbook"));
    inbox.run(0);
    assert_eq!(
        inbox.by_sheet("/s.xlsx", "accepted"),
        [("丙", 1), ("乙", 0), ("甲", 0)].map(|(s, n)| (s.to_owned(), n))
    );
    assert_eq!(
        inbox.by_sheet("/s.xlsx", "superseded"),
        [("丙", 0), ("乙", 1), ("甲", 0)].map(|(s, n)| (s.to_owned(), n))
    );
    assert_eq!(
        inbox.by_sheet("/s.xlsx", "rejected"),
        [("丙", 0), ("乙", 0), ("甲", 1)].map(|(s, n)| (s.to_owned(), n))
    );
}

fn archive(members: &[(&str, &str, (u16, u8, u8))]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, text, (year, month, day)) in members {
        let time = zip::DateTime::from_date_and_time(*year, *month, *day, 12, 0, 0).expect("a time");
        zip.start_file(*name, zip::write::SimpleFileOptions::default().last_modified_time(time)).expect("a member");
        zip.write_all(text.as_bytes()).expect("a member");
    }
    zip.finish().expect("an archive").into_inner()
}

#[test]
fn the_export_date_of_a_member_is_in_its_name_then_the_archives_then_its_time() {
    let site = |key: &str| format!("{SITE}\n{key},站,村（居）社会心理服务室,370832100001,已建成,2020-01-01,,\n");
    let inbox = Inbox::new();
    let late = (2023, 11, 1);
    let dated = [("sub/a_20230101.csv", &*site("A"), late), ("b.csv", &*site("B"), (2023, 1, 1))];
    inbox.write("inbox/370832/station/pack_20230601.zip", archive(&dated));
    inbox.write("inbox/370832/station/pack.zip", archive(&[("c.csv", &*site("C"), (2023, 5, 31))]));
    inbox.run(0);
    let standing = ["pack_20230601.zip/sub/a_20230101.csv", "pack_20230601.zip/b.csv", "pack.zip/c.csv"];
    assert_eq!(standing.map(|file| inbox.count(file, "accepted")), [0, 1, 0]);

    inbox.write("inbox/370832/station/last.zip", archive(&[("d.csv", &*site("D"), (2023, 6, 2))]));
    inbox.run(0);
    assert_eq!(standing.map(|file| inbox.count(file, "accepted")), [0, 0, 0]);
    assert_eq!(inbox.count("last.zip/d.csv", "accepted"), 1);
}

#[test]
fn records_without_lines_are_counted_from_one() {
    let inbox = Inbox::new();
    inbox.station("site.csv", &[SITE, SITE_S1]);
    let record = |key: &str, sex: &str| {
        format!(
            "{{\"记录编号\":\"{key}\",\"site_id\":\"S1\",\"姓名\":\"张\",\"性别\":{sex},\"服务类型\":\"consult\",\
             \"服务日期\":\"20230801\"}}"
        )
    };
    inbox.station("s.jsonl", &[&record("A", "1"), "", &record("B", "null"), &record("C", "\"\"")]);
    inbox.run(0);
    let found: Vec<_> = inbox.findings("/s.jsonl").into_iter().map(|f| (f.0, f.1)).collect();
    assert_eq!(found, [(2, "B".to_owned()), (3, "C".to_owned())]);
    assert_eq!((inbox.count("/s.jsonl", "read"), inbox.count("/s.jsonl", "not_data")), (3, 0));
}

#[test]
fn every_encoding_and_separator_reads_alike() {
    let inbox = Inbox::new();
    inbox.station("site.csv", &[SITE, SITE_S1]);
    let text = |key: &str, separator: &str| {
        let missing = service(&format!("{key}2"), &[(3, "")]);
        [SERVICE, &service(key, &[]), &missing].join("\r\n").replace(',', separator)
    };
    let utf_16 = |text: String| -> Vec<u8> {
        std::iter::once(0xFEFF).chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect()
    };
    let files = [
        ("bom", format!("\u{feff}{}", text("A", ",")).into_bytes()),
        ("semicolon", text("B", ";").into_bytes()),
        ("gb18030", encoding_rs::GB18030.encode(&text("C", ",")).0.into_owned()),
        ("utf16", utf_16(text("D", "\t"))),
    ];
    for (name, bytes) in &files {
        inbox.write(&format!("inbox/370832/station/{name}.csv"), bytes);
    }
    inbox.run(0);
    for (name, _) in files {
        let file = format!("/{name}.csv");
        assert_eq!(inbox.fates(&file), [1, 1, 0, 0, 0], "{name}");
        assert_eq!(inbox.findings(&file)[0].0, 3, "{name}");
    }
}
