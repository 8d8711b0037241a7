//! From a rejected row to an accepted one.

use std::os::unix::fs::PermissionsExt;

use super::{Book, MARK, accepted, keys, modified, open, outbox, put_back};
use crate::contract::inbox::{Inbox, SERVICE, SITE, SITE_S1, service};
use crate::night::store::xinhui;

const SERVICES: &str = "心理服务记录";
const SITES: &str = "心理服务站点台账";

fn strings(all: &[&str]) -> Vec<String> {
    all.iter().map(|s| (*s).to_owned()).collect()
}

/// A service and a site with each kind of error, and a service that waits for the site.
fn faulty() -> Inbox {
    let inbox = Inbox::new();
    let site = "S2,站二,村（居）社会心理服务室,370811001001,已建成,2020-01-01,,";
    inbox.station("sites_20230601.csv", &[SITE, SITE_S1, site]);
    let rows = [
        service("R1", &[(3, "第九类")]),
        service("R2", &[(2, "")]),
        service("R3", &[(5, "2023-02-30")]),
        service("R4", &[(1, "S9")]),
        service("R5", &[(5, "2024-05-01")]),
        service("R6", &[(1, "S2")]),
        service("R7", &[]),
    ];
    inbox.station("services_20230601.csv", &[SERVICE, &rows.join("\n")]);
    inbox.publish();
    inbox
}

/// What a night says, without blanks.
fn summary(inbox: &Inbox) -> String {
    let run = xinhui().args(["run", "--lang", "zh", "--config"]).arg(inbox.path("xinhui.toml")).output();
    String::from_utf8_lossy(&run.expect("the binary starts").stdout).split_whitespace().collect()
}

/// What it says of the rows that it asks for.
fn asked(inbox: &Inbox) -> Option<String> {
    let said = summary(inbox);
    let from = said.find("待改正的工作簿")?;
    let to = said[from..].find('）')?;
    Some(said[from..from + to].to_owned() + "）")
}

#[test]
fn mended_rows_are_accepted_and_nothing_else() {
    let inbox = faulty();
    assert_eq!(keys(&inbox, "station_service", "record_id"), strings(&["R7"]));
    // R5 lies after the day of the numbers, and is asked about; R6 only waits.
    assert_eq!(asked(&inbox), Some("待改正的工作簿1份（必须改正6行，请核对0行）".to_owned()));
    let path = outbox(&inbox, "station").expect("a workbook");
    let mode = |path: &std::path::Path| std::fs::metadata(path).expect("a file").permissions().mode() & 0o777;
    assert_eq!((mode(&path), mode(path.parent().expect("a folder"))), (0o600, 0o700));
    let mut book = Book::read(&path);
    // R6 only waits for its site, which says so.
    assert_eq!(book.column(SERVICES, "记录编号"), strings(&["R1", "R2", "R3", "R4", "R5"]));
    let told = book.column(SITES, "心汇：怎么改");
    assert!(told.len() == 1 && told[0].contains("另有 1 行随之采用"), "{told:?}");
    for (key, label, value) in [
        ("R1", "性别", "女"),
        ("R2", "姓名", "某某"),
        ("R3", "服务日期", "2023-02-28"),
        ("R5", "服务日期", "2023-05-01"),
    ] {
        book.set(SERVICES, key, label, value);
    }
    book.set(SITES, "S2", "所在区划代码", "370832101001");
    put_back(&inbox, "station", "改好.xlsx", &book);
    inbox.publish();
    assert_eq!(keys(&inbox, "station_service", "record_id"), strings(&["R1", "R2", "R3", "R5", "R6", "R7"]));
    assert_eq!(keys(&inbox, "station_site", "site_id"), strings(&["S1", "S2"]));
    // What was left as it was is not judged a second time, and alone is asked for again.
    assert_eq!(open(&inbox), [("R4".to_owned(), "orphan".to_owned())]);
    assert_eq!(inbox.by_sheet("改好.xlsx", "read"), [(SERVICES.to_owned(), 4), (SITES.to_owned(), 1)]);
    let path = outbox(&inbox, "station").expect("a workbook");
    let mut rest = Book::read(&path);
    assert_eq!(rest.column(SERVICES, "记录编号"), strings(&["R4"]));
    // A night with nothing new leaves it as it is.
    let before = modified(&path);
    inbox.publish();
    assert_eq!(modified(&path), before);
    assert_eq!(asked(&inbox), Some("待改正的工作簿1份（必须改正1行，请核对0行）".to_owned()));
    assert!(summary(&inbox).contains("退回的行中有5行另有正确的版本，不必再改"), "{}", summary(&inbox));
    rest.set(SERVICES, "R4", "站点编号", "S1");
    put_back(&inbox, "station", "又改好.xlsx", &rest);
    inbox.publish();
    assert_eq!(keys(&inbox, "station_service", "record_id").len(), 7);
    assert!(open(&inbox).is_empty() && outbox(&inbox, "station").is_none());
    assert_eq!(asked(&inbox), None);
}

#[test]
fn a_row_that_is_mended_by_halves_is_asked_for_once() {
    let inbox = Inbox::new();
    inbox.station("sites_20230601.csv", &[SITE, SITE_S1]);
    inbox.station("services_20230601.csv", &[SERVICE, &service("R1", &[(3, "第九类"), (5, "2023-02-30")])]);
    inbox.publish();
    let mut book = Book::read(&outbox(&inbox, "station").expect("a workbook"));
    book.set(SERVICES, "R1", "性别", "男");
    put_back(&inbox, "station", "一.xlsx", &book);
    inbox.publish();
    assert_eq!(open(&inbox), [("R1".to_owned(), "type-error".to_owned())]);
    let mut rest = Book::read(&outbox(&inbox, "station").expect("a workbook"));
    assert_eq!(rest.column(SERVICES, "记录编号"), strings(&["R1"]));
    rest.set(SERVICES, "R1", "服务日期", "2023-02-28");
    // The same workbook twice does no harm.
    put_back(&inbox, "station", "二.xlsx", &rest);
    put_back(&inbox, "station", "三.xlsx", &rest);
    inbox.publish();
    assert_eq!(keys(&inbox, "station_service", "record_id"), strings(&["R1"]));
    assert!(open(&inbox).is_empty());
    assert_eq!(inbox.fates("三.xlsx").iter().sum::<i64>(), 1);
}

/// A register of thirty sites, the last of which lacks its status.
fn register(name: &str) -> Vec<String> {
    let mut lines = vec![SITE.to_owned()];
    lines.extend((1..30).map(|n| format!("S{n},{name}{n},村（居）社会心理服务室,370832100001,已建成,2020-01-01,,")));
    lines.push("S30,站三十,村（居）社会心理服务室,370832100001,,2020-01-01,,".to_owned());
    lines
}

fn send(inbox: &Inbox, file: &str, lines: &[String]) {
    inbox.station(file, &lines.iter().map(String::as_str).collect::<Vec<_>>());
}

#[test]
fn a_workbook_is_no_new_export_of_a_register() {
    let inbox = Inbox::new();
    send(&inbox, "sites_20230601.csv", &register("站"));
    inbox.publish();
    let mut book = Book::read(&outbox(&inbox, "station").expect("a workbook"));
    assert_eq!(book.column(SITES, "站点编号"), strings(&["S30"]));
    book.set(SITES, "S30", "建设状态", "已建成");
    // Its name bears a later date than the register's.
    put_back(&inbox, "station", "改好_20231101.xlsx", &book);
    inbox.publish();
    assert_eq!(keys(&inbox, "station_site", "site_id").len(), 30);
    assert!(open(&inbox).is_empty());
    // A later export that repeats the old fault stands, and so does what was mended.
    send(&inbox, "sites_20231201.csv", &register("新"));
    inbox.publish();
    let sites = accepted(&inbox, "station_site", "site_id", "site_name");
    assert_eq!(sites.len(), 30);
    assert!(sites.contains(&("S1".to_owned(), "新1".to_owned())), "{sites:?}");
    assert!(open(&inbox).is_empty() && outbox(&inbox, "station").is_none());
    // One that no longer has the row withdraws it.
    let shorter = register("又");
    send(&inbox, "sites_20231215.csv", &shorter[..30]);
    inbox.publish();
    assert_eq!(keys(&inbox, "station_site", "site_id").len(), 29);
}

#[test]
fn rows_without_their_marks_wait_and_withdraw_nothing() {
    let inbox = Inbox::new();
    send(&inbox, "sites_20230601.csv", &register("站"));
    inbox.publish();
    let mut book = Book::read(&outbox(&inbox, "station").expect("a workbook"));
    book.set(SITES, "S30", "建设状态", "已建成");
    let sheet = book.sheet(SITES);
    let mark = sheet[1].iter().position(|cell| cell == MARK).expect("the marks");
    sheet.iter_mut().filter(|row| row.len() > mark).for_each(|row| row[mark].clear());
    put_back(&inbox, "station", "改好_20231101.xlsx", &book);
    inbox.run(1);
    assert_eq!(keys(&inbox, "station_site", "site_id").len(), 29);
    assert!(open(&inbox).contains(&(String::new(), "mends-unknown-file".to_owned())), "{:?}", open(&inbox));
    assert_eq!(inbox.fates("改好_20231101.xlsx"), [0, 0, 0, 1, 0]);
}

#[test]
fn marks_beside_other_rows_mend_the_row_of_their_key() {
    let inbox = faulty();
    let mut book = Book::read(&outbox(&inbox, "station").expect("a workbook"));
    book.set(SERVICES, "R1", "性别", "女");
    book.set(SERVICES, "R3", "服务日期", "2023-02-28");
    let sheet = book.sheet(SERVICES);
    let mark = sheet[1].iter().position(|cell| cell == MARK).expect("the marks");
    let mut marks: Vec<String> = sheet.iter().skip(2).map(|row| row[mark].clone()).collect();
    marks.rotate_left(1);
    sheet.iter_mut().skip(2).zip(marks).for_each(|(row, of)| row[mark] = of);
    put_back(&inbox, "station", "改好.xlsx", &book);
    inbox.publish();
    assert_eq!(keys(&inbox, "station_service", "record_id"), strings(&["R1", "R3", "R7"]));
    let left: Vec<String> = open(&inbox).into_iter().map(|(key, _)| key).collect();
    assert_eq!(left, strings(&["R2", "R4", "R5", "R6", "S2"]));
}

#[test]
fn a_key_of_its_own_ends_a_conflict() {
    let inbox = Inbox::new();
    inbox.station("sites_20230601.csv", &[SITE, SITE_S1]);
    let rows = [service("R1", &[(2, "王建国"), (3, "男")]), service("R1", &[(2, "李秀英"), (3, "女")])];
    inbox.station("services_20230601.csv", &[SERVICE, &rows.join("\n")]);
    inbox.publish();
    assert!(keys(&inbox, "station_service", "record_id").is_empty());
    let mut book = Book::read(&outbox(&inbox, "station").expect("a workbook"));
    assert_eq!(book.column(SERVICES, "记录编号"), strings(&["R1", "R1"]));
    book.set(SERVICES, "李秀英", "记录编号", "R2");
    put_back(&inbox, "station", "改好.xlsx", &book);
    inbox.publish();
    assert_eq!(keys(&inbox, "station_service", "record_id"), strings(&["R1", "R2"]));
    assert!(open(&inbox).is_empty());
}

#[test]
fn a_workbook_that_is_saved_over_its_export_replaces_nothing() {
    let inbox = Inbox::new();
    let rows = [SITE.to_owned(), SITE_S1.to_owned()];
    send(&inbox, "sites_20230601.csv", &rows);
    inbox.station(
        "services.xlsx",
        &[SERVICE, &service("R1", &[(3, "第九类")]), &service("R2", &[(2, "")]), &service("R3", &[])],
    );
    inbox.publish();
    let mut book = Book::read(&outbox(&inbox, "station").expect("a workbook"));
    book.set(SERVICES, "R1", "性别", "女");
    put_back(&inbox, "station", "services.xlsx", &book);
    inbox.publish();
    assert_eq!(keys(&inbox, "station_service", "record_id"), strings(&["R1", "R3"]));
    // The other row is as it was, although its file is gone.
    assert_eq!(open(&inbox), [("R2".to_owned(), "missing-value".to_owned())]);
}

#[test]
fn a_warned_row_that_is_mended_stands_in_place_of_the_old_one() {
    let inbox = Inbox::new();
    inbox.station("sites_20230601.csv", &[SITE, SITE_S1]);
    let header = format!("{SERVICE},联系电话");
    inbox.station("services_20230601.csv", &[&header, &format!("{},12", service("R1", &[]))]);
    inbox.publish();
    assert_eq!(open(&inbox), [("R1".to_owned(), "phone-format".to_owned())]);
    let mut book = Book::read(&outbox(&inbox, "station").expect("a workbook"));
    book.set(SERVICES, "R1", "联系电话", "16000000000");
    put_back(&inbox, "station", "改好.xlsx", &book);
    inbox.publish();
    assert_eq!(inbox.fates("改好.xlsx"), [1, 0, 0, 0, 0]);
    assert_eq!(inbox.fates("services_20230601.csv"), [0, 0, 0, 1, 0]);
    assert!(open(&inbox).is_empty() && outbox(&inbox, "station").is_none());
    // A later export that says the old again changes nothing; one that says something new stands.
    inbox.station("services_20230701.csv", &[&header, &format!("{},12", service("R1", &[]))]);
    inbox.publish();
    assert_eq!(inbox.fates("改好.xlsx"), [1, 0, 0, 0, 0]);
    assert!(open(&inbox).is_empty());
    inbox.station("services_20230801.csv", &[&header, &format!("{},34", service("R1", &[]))]);
    inbox.publish();
    assert_eq!(inbox.fates("services_20230801.csv"), [1, 0, 0, 0, 0]);
    assert_eq!(open(&inbox), [("R1".to_owned(), "phone-format".to_owned())]);
}

#[test]
fn of_two_mends_of_a_row_the_later_one_counts_whatever_they_are_called() {
    let made = |first: &str, second: &str, one_night: bool| {
        let inbox = Inbox::new();
        inbox.station("sites_20230601.csv", &[SITE, SITE_S1]);
        inbox.station("services_20230601.csv", &[SERVICE, &service("R1", &[(4, "第九类")])]);
        inbox.publish();
        let mut book = Book::read(&outbox(&inbox, "station").expect("a workbook"));
        let start = std::time::SystemTime::now() - std::time::Duration::from_secs(60);
        for (nth, (name, kind)) in (0..).zip([(first, "心理咨询"), (second, "危机干预")]) {
            book.set(SERVICES, "R1", "服务类型", kind);
            put_back(&inbox, "station", name, &book);
            let file = std::fs::File::options().write(true).open(inbox.path("inbox/370832/station").join(name));
            let saved = start + std::time::Duration::from_secs(nth * 10);
            file.and_then(|file| file.set_modified(saved)).expect("a time");
            if !one_night {
                inbox.publish();
            }
        }
        inbox.publish();
        assert!(open(&inbox).is_empty());
        accepted(&inbox, "station_service", "record_id", "service_kind")
    };
    for one_night in [true, false] {
        assert_eq!(made("b.xlsx", "a.xlsx", one_night), [("R1".to_owned(), "crisis".to_owned())], "{one_night}");
    }
}
