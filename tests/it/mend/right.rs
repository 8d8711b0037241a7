//! Warnings end when a value is changed or found right, and not because a row comes again.

use super::{Book, MARK, keys, open, outbox, put_back};
use crate::contract::inbox::{Inbox, SERVICE, SITE, SITE_S1, service};
use crate::night::quality::rejects;

const SERVICES: &str = "心理服务记录";
const RIGHT: &str = "心汇：核对";

fn phone(rows: &[(&str, &str)]) -> String {
    let rows: Vec<String> = rows.iter().map(|(key, phone)| format!("{},{phone}", service(key, &[]))).collect();
    format!("{SERVICE},联系电话\n{}", rows.join("\n"))
}

/// A service whose phone is only warned of.
fn warned() -> Inbox {
    let inbox = Inbox::new();
    inbox.station("sites_20230601.csv", &[SITE, SITE_S1]);
    inbox.station("services_20230601.csv", &[&phone(&[("R1", "12")])]);
    inbox.publish();
    assert_eq!(open(&inbox), [warning("R1")]);
    inbox
}

fn warning(key: &str) -> (String, String) {
    (key.to_owned(), "phone-format".to_owned())
}

fn read(inbox: &Inbox) -> Book {
    Book::read(&outbox(inbox, "station").expect("a workbook"))
}

#[test]
fn a_row_that_is_found_right_is_not_asked_for_until_it_changes() {
    let inbox = warned();
    let mut book = read(&inbox);
    book.set(SERVICES, "R1", RIGHT, "核对无误");
    put_back(&inbox, "station", "核对.xlsx", &book);
    inbox.run(0);
    assert!(open(&inbox).is_empty() && outbox(&inbox, "station").is_none());
    let states: Vec<String> =
        rejects(&inbox.path("store/current/internal")).iter().map(|line| line["state"].clone()).collect();
    assert_eq!(states, ["mended"], "the finding is still told");
    // It is no row of data, and the row that it is about still counts.
    assert_eq!((inbox.count("核对.xlsx", "read"), inbox.fates("services_20230601.csv")), (0, [1, 0, 0, 0, 0]));
    inbox.station("services_20230701.csv", &[&phone(&[("R1", "12"), ("R2", "")])]);
    inbox.run(0);
    assert!(open(&inbox).is_empty() && outbox(&inbox, "station").is_none());
    // What was said is remembered when the workbook is gone.
    std::fs::remove_file(inbox.path("inbox/370832/station/核对.xlsx")).expect("removed");
    inbox.run(0);
    assert!(open(&inbox).is_empty());
    inbox.station("services_20230801.csv", &[&phone(&[("R1", "13")])]);
    inbox.run(0);
    assert_eq!(open(&inbox), [warning("R1")]);
    assert_eq!(read(&inbox).column(SERVICES, "记录编号"), ["R1"]);
}

#[test]
fn a_row_may_be_mended_and_what_is_left_of_it_found_right() {
    let inbox = warned();
    inbox.station("services_20230602.csv", &[&phone(&[("R2", "12")]).replace("心理咨询", "第九类")]);
    inbox.run(0);
    let mut book = read(&inbox);
    book.set(SERVICES, "R1", RIGHT, "核对无误");
    book.set(SERVICES, "R2", RIGHT, "核对无误");
    put_back(&inbox, "station", "一.xlsx", &book);
    inbox.run(0);
    // Nobody can find an error right.
    assert_eq!(keys(&inbox, "station_service", "record_id"), ["R1"]);
    assert!(open(&inbox).iter().any(|(key, code)| key == "R2" && code == "unknown-code"), "{:?}", open(&inbox));
    let mut book = read(&inbox);
    book.set(SERVICES, "R2", "服务类型", "心理咨询");
    book.set(SERVICES, "R2", RIGHT, "核对无误");
    put_back(&inbox, "station", "二.xlsx", &book);
    inbox.run(0);
    assert_eq!(keys(&inbox, "station_service", "record_id"), ["R1", "R2"]);
    assert!(open(&inbox).is_empty() && outbox(&inbox, "station").is_none(), "{:?}", open(&inbox));
}

#[test]
fn a_warning_is_not_mended_because_its_row_comes_again() {
    let inbox = warned();
    // In a later export.
    inbox.station("services_20230701.csv", &[&phone(&[("R1", "12")])]);
    inbox.run(0);
    assert_eq!(open(&inbox), [warning("R1")]);
    assert_eq!(read(&inbox).column(SERVICES, "记录编号"), ["R1"]);
    // Under the path of the first, which holds more now.
    let inbox = warned();
    inbox.station("services_20230601.csv", &[&phone(&[("R1", "12"), ("R2", "16000000000")])]);
    inbox.run(0);
    assert_eq!(open(&inbox), [warning("R1")]);
    let mut book = read(&inbox);
    assert_eq!(book.column(SERVICES, "记录编号"), ["R1"]);
    // In a workbook whose marks were removed.
    let sheet = book.sheet(SERVICES);
    let mark = sheet[1].iter().position(|cell| cell == MARK).expect("the marks");
    sheet.iter_mut().filter(|row| row.len() > mark).for_each(|row| {
        row.remove(mark);
    });
    put_back(&inbox, "station", "无标识.xlsx", &book);
    inbox.run(0);
    assert_eq!(open(&inbox), [warning("R1")]);
    assert_eq!(read(&inbox).column(SERVICES, "记录编号"), ["R1"]);
    // With another value it is mended.
    let inbox = warned();
    inbox.station("services_20230702.csv", &[&phone(&[("R1", "16000000001")])]);
    inbox.run(0);
    assert!(open(&inbox).is_empty() && outbox(&inbox, "station").is_none(), "{:?}", open(&inbox));
}

#[test]
fn a_cell_that_is_emptied_because_it_stands_for_nothing_is_mended() {
    let inbox = Inbox::new();
    let site = "S1,站一,村（居）社会心理服务室,370832100001,已建成,2020-01-01,,,1900-01-01";
    inbox.station("sites_20230601.csv", &[&format!("{SITE},撤销日期"), site]);
    inbox.run(0);
    assert_eq!(open(&inbox), [("S1".to_owned(), "placeholder-date".to_owned())]);
    let mut book = read(&inbox);
    book.set("心理服务站点台账", "S1", "撤销日期", "");
    put_back(&inbox, "station", "改好.xlsx", &book);
    inbox.run(0);
    assert!(open(&inbox).is_empty() && outbox(&inbox, "station").is_none(), "{:?}", open(&inbox));
}
