//! Empty workbooks.

use super::{Book, keys};
use crate::contract::inbox::Inbox;
use crate::night::store::{expect, xinhui};

#[test]
fn a_template_of_every_dataset_is_read_without_findings() {
    let inbox = Inbox::new();
    let schemas = xinhui::schema::Schemas::embedded().expect("the declarations");
    for table in schemas.exported() {
        let out = inbox.path(&format!("{}.xlsx", table.name));
        expect(xinhui().args(["template", &table.title, "--out"]).arg(&out), 0);
        let said = expect(xinhui().args(["--lang", "en", "validate"]).arg(&out), 0);
        let said = String::from_utf8(said.stdout).expect("text");
        assert!(said.contains(&format!("{} [{}]: 0 rows, 0 with errors", table.title_en, table.title)), "{said}");
        assert!(!said.contains("warning") && !said.contains("error "), "{said}");
    }
}

#[test]
fn a_filled_template_is_accepted() {
    let inbox = Inbox::new();
    let out = inbox.path("站点_20230601.xlsx");
    expect(xinhui().args(["template", "station_site", "--out"]).arg(&out), 0);
    let mut book = Book::read(&out);
    let header = book.0[0].1[0].clone();
    let mut row = vec![String::new(); header.len()];
    for (title, value) in [
        ("站点编号", "S1"),
        ("站点名称", "站一"),
        ("站点类别", "村（居）社会心理服务室"),
        ("所在区划代码", "370832100001"),
        ("建设状态", "已建成"),
        ("建成日期", "2020-01-01"),
    ] {
        let column = header.iter().position(|cell| cell.trim_start_matches('*') == title).expect("a column");
        value.clone_into(&mut row[column]);
    }
    book.0[0].1.push(row);
    inbox.write("inbox/370832/station/站点_20230601.xlsx", book.bytes());
    inbox.run(0);
    assert_eq!(keys(&inbox, "station_site", "site_id"), ["S1"]);
    assert!(inbox.findings("站点_20230601.xlsx").is_empty());
    // It is not written over.
    let said = expect(xinhui().args(["--lang", "en", "template", "station_site", "--out"]).arg(&out), 2);
    assert!(String::from_utf8_lossy(&said.stderr).contains("is not replaced"));
}

#[test]
fn an_unknown_dataset_names_the_nearest() {
    for (name, nearest) in [("心理服务纪录", "心理服务记录"), ("hospital_patients", "hospital_patient")] {
        for lang in ["zh", "en"] {
            let said = expect(xinhui().args(["--lang", lang, "template", name]), 2);
            let said = String::from_utf8_lossy(&said.stderr).into_owned();
            let hint = said.lines().last().unwrap_or_default();
            assert!(hint.contains(nearest), "{said}");
        }
    }
}
