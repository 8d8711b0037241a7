//! Empty workbooks.

use std::collections::HashMap;

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
    for (name, zh, en) in [
        ("心理服务纪录", "station_service 心理服务记录", "station_service Service records"),
        ("hospital_patients", "hospital_patient ", "hospital_patient "),
    ] {
        for (lang, nearest) in [("zh", zh), ("en", en)] {
            let said = expect(xinhui().args(["--lang", lang, "template", name]), 2);
            let said = String::from_utf8_lossy(&said.stderr).into_owned();
            let hint = said.lines().last().unwrap_or_default();
            assert!(hint.contains(nearest), "{said}");
        }
    }
}

/// A template of which the first row holds the examples of its page of explanations.
fn with_examples(inbox: &Inbox, table: &xinhui::schema::Table) -> Book {
    let out = inbox.path("leer.xlsx");
    let _ = std::fs::remove_file(&out);
    expect(xinhui().args(["template", &table.name, "--out"]).arg(&out), 0);
    let mut book = Book::read(&out);
    let page = book.sheet("心汇-填写说明").clone();
    let head = page.iter().position(|row| row[0] == "字段").expect("the list");
    let at = page[head].iter().position(|cell| cell.starts_with("示例")).expect("the examples");
    let examples: HashMap<&str, &str> =
        page[head + 1..].iter().map(|row| (row[0].as_str(), row[at].as_str())).collect();
    let header = book.0[0].1[0].clone();
    let row = header.iter().map(|title| examples[title.trim_start_matches('*')].to_owned()).collect();
    book.0[0].1.push(row);
    book
}

#[test]
fn templates_filled_with_their_own_examples_are_right_and_name_each_other() {
    let inbox = Inbox::new();
    let schemas = xinhui::schema::Schemas::embedded().expect("the declarations");
    for table in schemas.exported() {
        let book = with_examples(&inbox, table);
        inbox.write(&format!("given/{}/{}_20230601.xlsx", table.source.as_str(), table.name), book.bytes());
        let row = &book.0[0].1[1];
        let given = row.iter().filter(|cell| !cell.is_empty()).count();
        assert!(given * 4 >= row.len() * 3, "{}: most fields have an example: {row:?}", table.name);
    }
    let said = expect(xinhui().env("COLUMNS", "0").args(["--lang", "en", "validate"]).arg(inbox.path("given")), 0);
    let said = String::from_utf8(said.stdout).expect("text");
    assert_eq!(said.matches(": 1 row, 0 with errors").count(), 14, "{said}");
    assert!(!said.contains("warning") && !said.contains("error "), "{said}");
}

/// Datasets of which a row has too few fields that take no other value: their rows are told one by one.
const TOO_FREE: [&str; 0] = [];

#[test]
fn a_header_that_stands_beside_its_values_is_one_error_in_every_dataset() {
    let inbox = Inbox::new();
    let schemas = xinhui::schema::Schemas::embedded().expect("the declarations");
    for table in schemas.exported() {
        for side in ["left", "right"] {
            let mut book = with_examples(&inbox, table);
            let sheet = &mut book.0[0].1;
            let moved = if side == "left" { 0 } else { 1 };
            sheet[moved].insert(0, String::new());
            let file = format!("given/{}.xlsx", table.name);
            inbox.write(&file, book.bytes());
            let mut validate = xinhui();
            validate.env("COLUMNS", "0").args(["--lang", "en", "validate", "--source", table.source.as_str()]);
            let said = expect(validate.arg(inbox.path(&file)), 1);
            let said = String::from_utf8(said.stdout).expect("text");
            let is_told = said.contains(&format!("one column to the {side} of their titles"));
            assert_eq!(is_told, !TOO_FREE.contains(&table.name.as_str()), "{} {side}: {said}", table.name);
            if is_told {
                assert_eq!(said.matches("error ").count(), 1, "{} {side}: {said}", table.name);
            }
        }
    }
}
