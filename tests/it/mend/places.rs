//! Workbooks that lie in the wrong place, or are tried before they are sent.

use super::{Book, keys, open, outbox, put_back};
use crate::contract::inbox::{Inbox, SERVICE, SITE, SITE_S1, service};
use crate::night::quality::rejects;
use crate::night::store::{expect, xinhui};

const SERVICES: &str = "心理服务记录";
const SITES: &str = "心理服务站点台账";

/// A service and a site that were mended, not put back yet.
fn mended() -> (Inbox, Book) {
    let inbox = Inbox::new();
    let site = "S2,站二,村（居）社会心理服务室,370832101001,,2020-01-01,,";
    inbox.station("sites_20230601.csv", &[SITE, SITE_S1, site]);
    inbox.station("services_20230601.csv", &[SERVICE, &service("R1", &[(4, "第九类")]), &service("R2", &[])]);
    inbox.publish();
    let mut book = Book::read(&outbox(&inbox, "station").expect("a workbook"));
    book.set(SERVICES, "R1", "服务类型", "心理咨询");
    book.set(SITES, "S2", "建设状态", "已建成");
    (inbox, book)
}

#[test]
fn a_workbook_in_another_countys_folder_is_told_where_it_belongs_and_does_no_harm() {
    let (inbox, book) = mended();
    inbox.write("inbox/370811/station/改好.xlsx", book.bytes());
    inbox.run(1);
    let found: Vec<_> = rejects(&inbox.path("store/current/internal"))
        .into_iter()
        .filter(|line| line["file"].starts_with("370811") && line["state"] == "open")
        .collect();
    assert_eq!(found.iter().map(|line| line["code"].as_str()).collect::<Vec<_>>(), ["mends-unknown-file"; 2]);
    for line in &found {
        assert!(line["message_zh"].contains("移到收件箱的 370832/station 文件夹"), "{line:?}");
        assert!(line["message_en"].contains("move the workbook to the folder 370832/station"), "{line:?}");
    }
    let theirs = inbox.path("store/private/accepted/station_service/370811.parquet");
    let rows: usize = crate::night::published::table(&theirs).iter().map(arrow::array::RecordBatch::num_rows).sum();
    assert_eq!(rows, 0, "nothing of one county is taken for another");
    let told = Book::read(&inbox.path("store/private/outbox/370811任城区_服务站点_待改正.xlsx"));
    assert!(told.0[0].1.concat().concat().contains("370832/station"), "{:?}", told.0[0]);
    // Moved there, it mends what it was made for.
    std::fs::remove_file(inbox.path("inbox/370811/station/改好.xlsx")).expect("removed");
    put_back(&inbox, "station", "改好.xlsx", &book);
    inbox.publish();
    assert_eq!(keys(&inbox, "station_service", "record_id"), ["R1", "R2"]);
    assert_eq!(keys(&inbox, "station_site", "site_id"), ["S1", "S2"]);
}

#[test]
fn validate_knows_the_files_of_the_store_that_a_workbook_mends() {
    let (inbox, book) = mended();
    let try_it = |path: &str, config: bool, code: i32| {
        let mut command = xinhui();
        command.args(["--lang", "en", "validate"]);
        if config {
            command.arg("--config").arg(inbox.path("xinhui.toml"));
        }
        String::from_utf8(expect(command.arg(inbox.path(path)), code).stdout).expect("text")
    };
    inbox.write("改好.xlsx", book.bytes());
    let said = try_it("改好.xlsx", true, 0);
    assert!(!said.contains("mends-unknown-file") && !said.contains("not judged"), "{said}");
    let said = try_it("改好.xlsx", false, 0);
    assert!(!said.contains("mends-unknown-file") && said.contains("Which rows a workbook of rows to mend"), "{said}");
    // In the wrong folder it is told at once.
    inbox.write("370811/station/改好.xlsx", book.bytes());
    let said = try_it("370811/station/改好.xlsx", true, 1);
    assert!(said.contains("move the workbook to the folder 370832/station"), "{said}");
    assert!(!said.contains("unknown-division") && !said.contains("orphan"), "{said}");
    // A workbook of files that nobody sent.
    let other = Inbox::new();
    let mut command = xinhui();
    command.args(["--lang", "en", "validate", "--config"]).arg(other.path("xinhui.toml"));
    let said = expect(command.arg(inbox.path("改好.xlsx")), 1);
    assert!(String::from_utf8_lossy(&said.stdout).contains("mends-unknown-file"));
    assert!(open(&inbox).len() > 1, "nothing was taken");
}
