//! The first page: what to do, what costs most first.

use super::{Book, keys, outbox, put_back};
use crate::contract::inbox::{Inbox, SERVICE, SITE, SITE_S1, service};
use crate::night::store::{expect, xinhui};

const SERVICES: &str = "心理服务记录";

/// Troubles of the first page: severity, remedy, worth, place.
fn troubles(book: &Book) -> Vec<[String; 4]> {
    let page = &book.0[0].1;
    let head = page.iter().position(|row| row[0] == "序号").expect("the list");
    page[head + 1..].iter().map(|row| [1, 2, 3, 4].map(|at| row[at].clone())).collect()
}

/// The number before these words in `3 行、14 项指标、2 个目标`, or 0.
fn number(worth: &str, words: &str) -> u64 {
    let before = worth.split('、').find_map(|part| part.split_once(words));
    before.map_or(0, |(number, _)| number.trim().parse().expect("a number"))
}

/// A station whose services come without the column 性别.
fn without_sex() -> Inbox {
    let inbox = Inbox::new();
    inbox.station("sites_20230601.csv", &[SITE, SITE_S1]);
    let without = |line: &str| {
        let cells: Vec<&str> = line.split(',').enumerate().filter(|(at, _)| *at != 3).map(|(_, cell)| cell).collect();
        cells.join(",")
    };
    let mut lines = vec![without(SERVICE)];
    lines.extend((1..=30).map(|n| without(&service(&format!("R{n:02}"), &[]))));
    // One of them has a fault of its own.
    lines[1] = lines[1].replace("心理咨询", "第九类");
    inbox.station("services_20230601.csv", &lines.iter().map(String::as_str).collect::<Vec<_>>());
    inbox
}

#[test]
fn a_missing_column_stands_on_the_first_page_with_all_that_it_costs() {
    let inbox = without_sex();
    inbox.publish();
    let mut book = Book::read(&outbox(&inbox, "station").expect("a workbook"));
    let all = troubles(&book);
    let [severity, remedy, worth, place] = &all[0];
    assert_eq!((severity.as_str(), place.contains("services_20230601.csv")), ("必须改", true), "{all:?}");
    assert!(remedy.starts_with("改好表头：") && remedy.contains("性别"), "{remedy}");
    assert!(worth.starts_with("30 行、") && number(worth, "项指标") > 0, "{worth}");
    assert_eq!(book.column(SERVICES, "记录编号").len(), 30);
    // Where nobody can export again, the column may be filled in row by row.
    book.set(SERVICES, "R02", "性别", "女");
    put_back(&inbox, "station", "改好.xlsx", &book);
    inbox.publish();
    assert_eq!(keys(&inbox, "station_service", "record_id"), ["R02"]);
    let mut book = Book::read(&outbox(&inbox, "station").expect("a workbook"));
    assert_eq!(book.column(SERVICES, "记录编号").len(), 29);
    // The file with its column takes its place, and what is still wrong is asked for alone.
    let mut lines = vec![SERVICE.to_owned(), service("R01", &[(4, "第九类")])];
    lines.extend((2..=30).map(|n| service(&format!("R{n:02}"), &[])));
    inbox.station("services_20230601.csv", &lines.iter().map(String::as_str).collect::<Vec<_>>());
    inbox.publish();
    let mut book = Book::read(&outbox(&inbox, "station").expect("a workbook"));
    assert_eq!(book.column(SERVICES, "记录编号"), ["R01"]);
    assert!(!troubles(&book).iter().any(|t| t[1].contains("表头")), "{:?}", troubles(&book));
}

#[test]
fn a_workbook_that_comes_back_with_a_spoilt_header_is_asked_for_again_with_all_its_rows() {
    let inbox = Inbox::new();
    inbox.station("sites_20230601.csv", &[SITE, SITE_S1]);
    let rows: Vec<String> = (1..=3).map(|n| service(&format!("R{n}"), &[(4, "第九类")])).collect();
    inbox.station("services_20230601.csv", &[SERVICE, &rows[0], &rows[1], &rows[2], &service("R4", &[])]);
    inbox.publish();
    let mut book = Book::read(&outbox(&inbox, "station").expect("a workbook"));
    for key in ["R1", "R2", "R3"] {
        book.set(SERVICES, key, "服务类型", "心理咨询");
    }
    for cell in book.sheet(SERVICES)[1].iter_mut().filter(|cell| *cell == "服务日期") {
        "日子".clone_into(cell);
    }
    put_back(&inbox, "station", "改好.xlsx", &book);
    inbox.publish();
    let mut book = Book::read(&outbox(&inbox, "station").expect("a workbook"));
    let all = troubles(&book);
    assert!(all[0][1].contains("少了原有的列“服务日期”") && all[1][2].starts_with("3 行"), "{all:?}");
    // As they were sent, so that nothing must be typed that the first file has.
    assert_eq!(book.column(SERVICES, "记录编号"), ["R1", "R2", "R3"]);
    assert!(book.column(SERVICES, "服务日期").iter().all(|day| day.contains("2023")));
    // Mended there, the rows count, and nothing is asked for any more.
    for key in ["R1", "R2", "R3"] {
        book.set(SERVICES, key, "服务类型", "心理咨询");
    }
    put_back(&inbox, "station", "再改.xlsx", &book);
    inbox.publish();
    assert_eq!(keys(&inbox, "station_service", "record_id"), ["R1", "R2", "R3", "R4"]);
}

#[test]
fn a_register_that_comes_back_with_a_spoilt_header_is_asked_for_again_too() {
    let inbox = Inbox::new();
    let header = "单位编号,单位名称,单位类别,所在区划代码";
    inbox.station("units_20230601.csv", &[header, "U1,单位一,第九类,370832100001", "U2,单位二,企业,370832100001"]);
    inbox.publish();
    let title = "机关企事业单位台账";
    let mut book = Book::read(&outbox(&inbox, "station").expect("a workbook"));
    book.set(title, "U1", "单位类别", "企业");
    for cell in book.sheet(title)[1].iter_mut().filter(|cell| *cell == "单位名称") {
        "名字".clone_into(cell);
    }
    put_back(&inbox, "station", "改好.xlsx", &book);
    inbox.publish();
    let mut book = Book::read(&outbox(&inbox, "station").expect("a workbook"));
    assert!(troubles(&book)[0][1].contains("少了原有的列“单位名称”"), "{:?}", troubles(&book));
    assert_eq!(book.column(title, "单位编号"), ["U1"]);
}

#[test]
fn a_title_that_stands_for_a_missing_one_is_asked_about_until_its_rows_are_mended() {
    let inbox = Inbox::new();
    inbox.station("sites_20230601.csv", &[SITE, SITE_S1]);
    let header = SERVICE.replace("服务日期", "服务日其");
    inbox.station("services_20230601.csv", &[&header, &service("R1", &[])]);
    inbox.publish();
    let mut book = Book::read(&outbox(&inbox, "station").expect("a workbook"));
    let all = troubles(&book);
    assert!(matches!(&all[..], [[_, remedy, ..]] if remedy.contains("“服务日其”是否应为“服务日期”？")), "{all:?}");
    book.set(SERVICES, "R1", "服务日期", "2023-05-05");
    put_back(&inbox, "station", "改好.xlsx", &book);
    inbox.publish();
    assert_eq!(keys(&inbox, "station_service", "record_id"), ["R1"]);
    assert!(outbox(&inbox, "station").is_none(), "what is mended is not asked for again");
}

#[test]
fn a_column_that_nobody_needs_is_told_and_alone_is_no_reason_to_ask() {
    let inbox = Inbox::new();
    inbox.station("sites_20230601.csv", &[SITE, SITE_S1]);
    let header = format!("{SERVICE},经办科室");
    inbox.station("services_20230601.csv", &[&header, &(service("R1", &[]) + ",一科")]);
    inbox.publish();
    assert_eq!(inbox.findings("/services_20230601.csv").len(), 1);
    assert!(outbox(&inbox, "station").is_none());
    inbox.station("services_20230602.csv", &[&header, &(service("R2", &[(4, "第九类")]) + ",一科")]);
    inbox.publish();
    let book = Book::read(&outbox(&inbox, "station").expect("a workbook"));
    assert!(troubles(&book).iter().any(|t| t[1].contains("经办科室")), "{:?}", troubles(&book));
}

#[test]
fn the_first_page_counts_files_of_which_nothing_could_be_read() {
    let inbox = Inbox::new();
    inbox.station("sites_20230601.csv", &[SITE, SITE_S1]);
    inbox.station("notes.csv", &["别的,东西", "一,二"]);
    inbox.publish();
    let book = Book::read(&outbox(&inbox, "station").expect("a workbook"));
    let sum = &book.0[0].1[1][0];
    assert_eq!(sum, "共 1 处涉及整个文件、须改正。");
}

#[test]
fn a_missing_column_stands_on_the_first_page_before_it_is_sent() {
    let inbox = without_sex();
    let out = inbox.path("待改.xlsx");
    let mut command = xinhui();
    command.args(["validate", "--workbook"]).arg(&out).arg(inbox.path("inbox/370832/station/services_20230601.csv"));
    expect(&mut command, 1);
    let mut book = Book::read(&out);
    let all = troubles(&book);
    assert!(all[0][1].starts_with("改好表头：") && all[0][2] == "30 行", "{all:?}");
    assert_eq!(book.column(SERVICES, "记录编号").len(), 30);
}

#[test]
fn the_first_page_is_sorted_by_what_rows_cost() {
    let inbox = Inbox::new();
    let site = "S2,站二,村（居）社会心理服务室,370811001001,已建成,2020-01-01,,";
    inbox.station("sites_20230601.csv", &[SITE, SITE_S1, site]);
    let mut rows = vec![format!("{SERVICE},联系电话"), format!("{},", service("R1", &[(4, "第九类")]))];
    rows.extend((2..=3).map(|n| format!("{},", service(&format!("R{n}"), &[(1, "S2")]))));
    // Warnings are many, and cost nothing.
    rows.extend((4..=9).map(|n| format!("{},12", service(&format!("R{n}"), &[]))));
    inbox.station("services_20230601.csv", &rows.iter().map(String::as_str).collect::<Vec<_>>());
    let mut units = vec!["单位编号,单位名称,单位类别,所在区划代码".to_owned()];
    units.extend((1..=5).map(|n| format!("U{n},单位{n},第九类,370832100001")));
    inbox.station("units_20230601.csv", &units.iter().map(String::as_str).collect::<Vec<_>>());
    inbox.station("notes.csv", &["别的,东西", "一,二"]);
    inbox.publish();
    let book = Book::read(&outbox(&inbox, "station").expect("a workbook"));
    let all = troubles(&book);
    // What is in a file that nobody can read is not known: it comes first.
    assert!(all[0][2] == "整个文件" && all[0][3] == "notes.csv", "{all:?}");
    let cost = |t: &[String; 4]| {
        let [rows, indicators, targets] = [" 行", "项指标", "个目标"].map(|words| number(&t[2], words));
        (t[0] == "必须改", targets, indicators, rows)
    };
    let costs: Vec<_> = all[1..].iter().map(cost).collect();
    assert!(costs.is_sorted_by(|a, b| a >= b), "{all:?}");
    let at =
        |words: &str| all.iter().position(|t| t[3].starts_with(words)).unwrap_or_else(|| panic!("{words}: {all:?}"));
    // One row of what many indicators count weighs more than five of what few do.
    assert!(at("心理服务站点台账") < at("机关企事业单位台账"), "{all:?}");
    assert!(costs.iter().filter(|c| c.0).map(|c| c.1).sum::<u64>() > 0, "targets hang on them: {all:?}");
    assert_eq!(all.last().expect("a warning")[0], "请核对", "{all:?}");
    // Rows that only wait are told with the row that they wait for.
    let site = &all[at("心理服务站点台账")];
    assert!(site[2].starts_with("1 行（另有 2 行随之采用）"), "{site:?}");
    assert!(!all.iter().any(|t| t[1].contains("站点编号") && t[3].starts_with(SERVICES)), "{all:?}");
    // Sheets follow the same order.
    let first = book.0.iter().map(|(name, _)| name.as_str()).nth(1).expect("a sheet");
    assert!(all[1][3].starts_with(first), "{first} {all:?}");
}

#[test]
fn a_clerk_reads_titles_where_a_program_sent_names_of_fields() {
    let inbox = Inbox::new();
    inbox.station("sites_20230601.csv", &[SITE, SITE_S1]);
    let row = |kind: &str| {
        format!(
            "{{\"record_id\":\"R1\",\"site_id\":\"S1\",\"name\":\"张三\",\"sex\":\"男\",\"service_kind\":\"{kind}\",\"service_date\":\"2023-08-01\"}}"
        )
    };
    inbox.station("services_20230601.jsonl", &[&row("第九类")]);
    inbox.publish();
    let path = outbox(&inbox, "station").expect("a workbook");
    let mut book = Book::read(&path);
    let header = &book.sheet(SERVICES)[1];
    let latin = |cell: &&String| cell.chars().any(|c| c.is_ascii_lowercase());
    assert!(!header.iter().any(|cell| latin(&cell)), "{header:?}");
    // Sent back as it is, it is no data; mended, it is.
    put_back(&inbox, "station", "一.xlsx", &book);
    inbox.publish();
    assert_eq!(inbox.count("一.xlsx", "read"), 0);
    book.set(SERVICES, "R1", "服务类型", "心理咨询");
    put_back(&inbox, "station", "二.xlsx", &book);
    inbox.publish();
    assert_eq!(keys(&inbox, "station_service", "record_id"), ["R1"]);
}

#[test]
fn a_line_that_cannot_be_read_is_not_called_a_file_that_is_gone() {
    let inbox = Inbox::new();
    inbox.station("sites_20230601.csv", &[SITE, SITE_S1]);
    let line = |key: &str| {
        format!(
            r#"{{"记录编号":"{key}","站点编号":"S1","姓名":"王小明","性别":"男","服务类型":"心理咨询","服务日期":"2023-05-01"}}"#
        )
    };
    let broken = r#"{"记录编号":"R2","姓名":"#;
    inbox.station("services_20230601.jsonl", &[&line("R1"), broken, &line("R3")]);
    inbox.publish();
    let book = Book::read(&outbox(&inbox, "station").expect("a workbook"));
    let page: String = book.0[0].1.iter().flatten().map(|cell| format!("{cell}\n")).collect();
    assert!(!page.contains("不在收件箱"), "{page}");
    assert!(page.contains("“services_20230601.jsonl”第 2 行不能读取") && page.contains("重新导出"), "{page}");
    // Once the file is gone, it says so.
    std::fs::remove_file(inbox.path("inbox/370832/station/services_20230601.jsonl")).expect("removed");
    inbox.publish();
    if let Some(path) = outbox(&inbox, "station") {
        let page: String = Book::read(&path).0[0].1.iter().flatten().map(|cell| format!("{cell}\n")).collect();
        assert!(!page.contains("不能读取"), "{page}");
    }
}
