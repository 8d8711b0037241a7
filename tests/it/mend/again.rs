//! Workbooks that come back more than once, cut, or with rows that were copied: nothing that still is to be mended is
//! forgotten, and nobody's row is changed who did not mean it.

use super::{Book, accepted, keys, open, outbox, put_back};
use crate::contract::inbox::{Inbox, SERVICE, SITE, SITE_S1, service};
use crate::night::quality::rejects;

const SERVICES: &str = "心理服务记录";
const SITES: &str = "心理服务站点台账";
const KEY: &str = "记录编号";

fn read(inbox: &Inbox) -> Book {
    Book::read(&outbox(inbox, "station").expect("a workbook"))
}

/// A row that must be mended, with a phone that is warned of then, and another.
fn inbox() -> Inbox {
    let inbox = Inbox::new();
    inbox.station("sites_20230601.csv", &[SITE, SITE_S1]);
    let rows = [service("R1", &[(4, "第九类")]) + ",12", service("R2", &[(4, "第九类")]) + ",16000000000"];
    inbox.station("services_20230601.csv", &[&format!("{SERVICE},联系电话"), &rows.join("\n")]);
    inbox.publish();
    inbox
}

#[test]
fn a_row_that_was_mended_wrongly_is_asked_for_until_it_is_right_whatever_the_workbook_is_called() {
    for next in ["同名.xlsx", "另存.xlsx"] {
        let inbox = inbox();
        let first = read(&inbox);
        let mut book = read(&inbox);
        book.set(SERVICES, "R1", "服务类型", "第八类");
        put_back(&inbox, "station", "同名.xlsx", &book);
        inbox.publish();
        let mut book = read(&inbox);
        assert_eq!(book.column(SERVICES, "服务类型"), ["第九类", "第八类"], "R2 and R1 in this order");
        // The other is mended, this one is left as the workbook shows it.
        book.set(SERVICES, "R2", "服务类型", "心理咨询");
        put_back(&inbox, "station", next, &book);
        inbox.publish();
        assert_eq!(keys(&inbox, "station_service", "record_id"), ["R2"], "{next}");
        assert_eq!(read(&inbox).column(SERVICES, KEY), ["R1"], "{next}");
        assert!(open(&inbox).iter().any(|(key, code)| key == "R1" && code == "unknown-code"), "{:?}", open(&inbox));
        // The workbook of the first night, in which nobody mended anything.
        put_back(&inbox, "station", next, &first);
        inbox.publish();
        assert_eq!(keys(&inbox, "station_service", "record_id"), ["R2"], "{next}");
        let mut book = read(&inbox);
        assert_eq!(book.column(SERVICES, KEY), ["R1"], "{next}");
        book.set(SERVICES, "R1", "服务类型", "心理咨询");
        put_back(&inbox, "station", next, &book);
        inbox.publish();
        assert_eq!(keys(&inbox, "station_service", "record_id"), ["R1", "R2"], "{next}");
    }
}

#[test]
fn a_warning_that_a_mended_row_brings_is_asked_for_until_somebody_answers() {
    for next in ["同名.xlsx", "另存.xlsx"] {
        let inbox = inbox();
        let mut book = read(&inbox);
        book.set(SERVICES, "R1", "服务类型", "心理咨询");
        put_back(&inbox, "station", "同名.xlsx", &book);
        inbox.publish();
        let mut book = read(&inbox);
        assert_eq!(book.column(SERVICES, KEY), ["R1", "R2"]);
        book.set(SERVICES, "R2", "服务类型", "心理咨询");
        put_back(&inbox, "station", next, &book);
        inbox.publish();
        assert_eq!(keys(&inbox, "station_service", "record_id"), ["R1", "R2"], "{next}");
        let mut book = read(&inbox);
        assert_eq!(book.column(SERVICES, KEY), ["R1"], "{next}: the phone is still what it was");
        book.set(SERVICES, "R1", "心汇：核对", "核对无误");
        put_back(&inbox, "station", next, &book);
        inbox.publish();
        assert!(outbox(&inbox, "station").is_none(), "{next}: {:?}", open(&inbox));
        assert_eq!(keys(&inbox, "station_service", "record_id"), ["R1", "R2"], "{next}");
    }
}

/// Two people work on the same workbook: what one of them left as it was takes nothing back that the other mended.
#[test]
fn a_row_that_is_left_as_it_was_takes_back_nothing_that_another_workbook_mended() {
    let inbox = inbox();
    let mut book = read(&inbox);
    book.set(SERVICES, "R1", "服务类型", "心理咨询");
    put_back(&inbox, "station", "一.xlsx", &book);
    inbox.publish();
    let (mut hers, mut his) = (read(&inbox), read(&inbox));
    hers.set(SERVICES, "R1", "服务日期", "2023-08-02");
    put_back(&inbox, "station", "二.xlsx", &hers);
    inbox.publish();
    his.set(SERVICES, "R2", "服务类型", "心理咨询");
    put_back(&inbox, "station", "三.xlsx", &his);
    inbox.publish();
    let days = accepted(&inbox, "station_service", "record_id", "_file");
    assert_eq!(days.iter().map(|(key, _)| key.as_str()).collect::<Vec<_>>(), ["R1", "R2"]);
    assert!(days[0].1.contains("二.xlsx") && days[1].1.contains("三.xlsx"), "{days:?}");
}

#[test]
fn a_workbook_without_one_of_its_columns_changes_nothing_and_says_so() {
    let inbox = Inbox::new();
    let sites =
        [format!("{SITE_S1},一百,2"), "S2,站二,村（居）社会心理服务室,370832100002,已建成,2020-01-01,,,80,9999".into()];
    inbox.station("sites_20230601.csv", &[&format!("{SITE},场地面积,专职工作人员数"), &sites.join("\n")]);
    inbox.publish();
    let before = accepted(&inbox, "station_site", "site_id", "_file");
    let mut whole = read(&inbox);
    let mut cut = read(&inbox);
    let sheet = cut.sheet(SITES);
    let area = sheet[1].iter().position(|cell| cell == "场地面积").expect("the column");
    sheet.iter_mut().filter(|row| row.len() > area).for_each(|row| {
        row.remove(area);
    });
    put_back(&inbox, "station", "改好.xlsx", &cut);
    inbox.publish();
    assert_eq!(accepted(&inbox, "station_site", "site_id", "_file"), before, "nothing is accepted without its area");
    let told: Vec<_> = rejects(&inbox.path("store/current/internal"))
        .into_iter()
        .filter(|line| line["file"].contains("改好") && line["state"] == "open")
        .collect();
    assert!(told.len() == 1 && told[0]["code"] == "missing-column", "{told:?}");
    assert!(told[0]["message_zh"].contains("少了原有的列“场地面积”"), "{told:?}");
    assert!(read(&inbox).0[0].1.concat().concat().contains("少了原有的列“场地面积”"));
    // The workbook as it was, mended, takes its place.
    whole.set(SITES, "S1", "场地面积", "100");
    put_back(&inbox, "station", "改好.xlsx", &whole);
    inbox.publish();
    assert!(keys(&inbox, "station_site", "site_id").contains(&"S1".to_owned()));
    assert!(open(&inbox).iter().all(|(_, code)| code != "missing-column"), "{:?}", open(&inbox));
}

/// A clerk copies a row down, mark and all, and makes another of it.
#[test]
fn a_copy_of_a_row_with_a_key_of_its_own_takes_no_row_away() {
    let inbox = inbox();
    let mut book = read(&inbox);
    book.set(SERVICES, "R1", "服务类型", "心理咨询");
    let sheet = book.sheet(SERVICES);
    let key = sheet[1].iter().position(|cell| cell == KEY).expect("the key");
    let mut copy = sheet.iter().find(|row| row[key] == "R1").expect("the row").clone();
    "R9".clone_into(&mut copy[key]);
    sheet.push(copy);
    put_back(&inbox, "station", "改好.xlsx", &book);
    inbox.publish();
    assert_eq!(keys(&inbox, "station_service", "record_id"), ["R1", "R9"]);
}

/// The message of the only open finding of a workbook that was put back.
fn told(inbox: &Inbox) -> String {
    let told: Vec<_> = rejects(&inbox.path("store/current/internal"))
        .into_iter()
        .filter(|line| line["file"].contains("改好") && line["state"] == "open")
        .collect();
    assert!(told.len() == 1 && told[0]["severity"] == "error", "{told:?}");
    told[0]["message_zh"].clone()
}

#[test]
fn titles_that_were_moved_without_their_values_take_no_row_of_a_workbook() {
    let inbox = inbox();
    let mut whole = read(&inbox);
    for (key, kind) in [("R1", "心理咨询"), ("R2", "心理咨询")] {
        whole.set(SERVICES, key, "服务类型", kind);
    }
    let place = |book: &mut Book, label: &str| {
        book.sheet(SERVICES)[1].iter().position(|cell| cell == label).expect("the column")
    };
    let mut bent = Book(whole.0.clone());
    let (a, b) = (place(&mut bent, KEY), place(&mut bent, "站点编号"));
    bent.sheet(SERVICES)[1].swap(a, b);
    put_back(&inbox, "station", "改好.xlsx", &bent);
    inbox.publish();
    assert!(keys(&inbox, "station_service", "record_id").is_empty());
    let said = told(&inbox);
    assert!(said.contains("标题换了位置") && said.contains("“记录编号”、“站点编号”"), "{said}");
    assert_eq!(read(&inbox).column(SERVICES, KEY), ["R1", "R2"], "asked for as before");
    // A column that is moved with its values is no such thing, and neither is a value that is put into another cell.
    let mut moved = Book(whole.0.clone());
    moved.sheet(SERVICES).iter_mut().filter(|row| row.len() > b).for_each(|row| row.swap(a, b));
    moved.set(SERVICES, "R1", "性别", "女");
    put_back(&inbox, "station", "改好.xlsx", &moved);
    inbox.publish();
    assert_eq!(keys(&inbox, "station_service", "record_id"), ["R1", "R2"]);
}

#[test]
fn a_sheet_without_its_line_of_titles_takes_no_row_and_is_an_error() {
    let inbox = inbox();
    let sites = "S9,站九,第七类,370832100001,已建成,2020-01-01,,";
    inbox.station("more_20230601.csv", &[SITE, sites]);
    inbox.publish();
    let mut book = read(&inbox);
    book.set(SERVICES, "R1", "服务类型", "心理咨询");
    book.sheet(SERVICES).remove(1);
    put_back(&inbox, "station", "改好.xlsx", &book);
    inbox.run(1);
    assert!(keys(&inbox, "station_service", "record_id").is_empty());
    assert!(told(&inbox).contains("少了标题行"), "{}", told(&inbox));
    // Its title too: the marks are still there.
    book.sheet(SERVICES).remove(0);
    put_back(&inbox, "station", "改好.xlsx", &book);
    inbox.run(1);
    assert!(told(&inbox).contains("少了标题行"), "{}", told(&inbox));
}

/// Rows that were cut out of their sheet are no register, as long as the workbook shows that it is ours.
#[test]
fn a_sheet_of_ours_without_anything_of_ours_replaces_no_register() {
    let inbox = Inbox::new();
    let wrong = "S2,站二,第七类,370832100002,已建成,2020-01-01,,";
    inbox.station("sites_20230601.csv", &[SITE, SITE_S1, wrong]);
    inbox.publish();
    assert_eq!(keys(&inbox, "station_site", "site_id"), ["S1"]);
    let mut book = read(&inbox);
    book.set(SITES, "S2", "站点类别", "村（居）社会心理服务室");
    let sheet = book.sheet(SITES);
    sheet.remove(0);
    let ours: Vec<bool> = sheet[0].iter().map(|title| title.starts_with("心汇：")).collect();
    for row in sheet.iter_mut() {
        let mut column = ours.iter();
        row.retain(|_| !column.next().copied().unwrap_or_default());
    }
    put_back(&inbox, "station", "改好.xlsx", &book);
    inbox.run(1);
    assert_eq!(keys(&inbox, "station_site", "site_id"), ["S1"]);
    assert!(told(&inbox).contains("心汇：行标识"), "{}", told(&inbox));
}
