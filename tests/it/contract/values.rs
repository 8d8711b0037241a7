//! What single cells come to.

use super::inbox::{Inbox, SITE, SITE_S1};

const HEADER: &str =
    "记录编号,站点编号,姓名,证件类型,证件号码,性别,出生日期,联系电话,现住址区划代码,服务类型,服务日期,转介机构代码";

/// A row of [`HEADER`] with these cells changed, by their place in it. 370832199003071231 is a made-up
/// number of a man born on 1990-03-07, with its check digit right.
fn row(key: &str, changes: &[(usize, &str)]) -> String {
    let mut cells =
        [key, "S1", "张三", "", &number("37083219900307123"), "男", "1990-03-07", "13800138000", "370832", "心理咨询"]
            .map(ToOwned::to_owned)
            .to_vec();
    cells.extend(["2023-08-01".to_owned(), String::new()]);
    for (at, cell) in changes {
        cells[*at] = (*cell).to_owned();
    }
    cells.join(",")
}

fn number(first_17: &str) -> String {
    format!("{first_17}{}", xinhui::schema::resident_id::check_digit(first_17).expect("17 digits"))
}

/// A row's key, its cells that differ from a good row's, and its findings.
type Case<'a> = (&'a str, Vec<(usize, &'a str)>, Vec<&'a str>);

#[test]
fn each_cell_gets_the_findings_of_the_contract_and_no_other() {
    let wrong = {
        let good = number("37083219900307123");
        let last = if good.ends_with('0') { '1' } else { '0' };
        format!("{}{last}", &good[..17])
    };
    let cases: Vec<Case> = vec![
        ("a1", vec![], vec![]),
        ("a2", vec![(4, &wrong)], vec!["id_number id-number-checksum w"]),
        // A number that is wrong is no witness against the other fields.
        ("a3", vec![(4, &wrong), (5, "女"), (6, "1980-01-01")], vec!["id_number id-number-checksum w"]),
        ("a4", vec![(5, "女"), (6, "1980-01-01")], vec!["birth_date id-number-mismatch w", "sex id-number-mismatch w"]),
        ("a5", vec![(6, "1990")], vec![]),
        ("a6", vec![(6, "1990年3月")], vec![]),
        ("a7", vec![(6, "1990-04")], vec!["birth_date id-number-mismatch w"]),
        ("a8", vec![(4, "3.70832E+17")], vec!["id_number id-number-damaged w"]),
        ("a9", vec![(4, "370832900307123")], vec![]),
        ("a10", vec![(4, "无")], vec![]),
        ("a11", vec![(4, "-")], vec![]),
        ("a12", vec![(3, "护照"), (4, "E12345678")], vec![]),
        ("b1", vec![(5, "未知")], vec![]),
        ("b2", vec![(5, "无")], vec!["sex missing-value e"]),
        ("b3", vec![(5, "公")], vec!["sex unknown-code e"]),
        ("b4", vec![(2, "-")], vec![]),
        ("b5", vec![(2, "")], vec!["name missing-value e"]),
        ("c1", vec![(6, "1900-01-01")], vec!["birth_date placeholder-date w"]),
        ("c2", vec![(6, "32939")], vec![]),
        ("c3", vec![(6, "不详")], vec![]),
        ("c4", vec![(6, "1990-02-30")], vec!["birth_date type-error e"]),
        ("c5", vec![(10, "2023-08")], vec!["service_date type-error e"]),
        ("c6", vec![(10, "2024-01-01")], vec!["service_date constraint-error e"]),
        ("c7", vec![(10, "1900-01-00")], vec!["service_date missing-value e", "service_date placeholder-date w"]),
        ("c8", vec![(10, "45139")], vec![]),
        ("c9", vec![(10, "２０２３年８月１日")], vec![]),
        ("d1", vec![(7, "12345")], vec!["phone phone-format w"]),
        ("d2", vec![(7, "0537-7321234")], vec![]),
        ("d3", vec![(7, "/")], vec![]),
        ("e1", vec![(8, "37083")], vec!["residence_code constraint-error e"]),
        ("e2", vec![(8, "37083A")], vec!["residence_code constraint-error e"]),
        ("e3", vec![(8, "110101")], vec!["residence_code unknown-division w"]),
        ("e4", vec![(8, "370800000000")], vec![]),
        ("e5", vec![(8, "37")], vec![]),
        ("f1", vec![(1, "S9")], vec!["site_id orphan e"]),
        ("f2", vec![(11, "H9")], vec!["referred_to orphan w"]),
        (
            "f3",
            vec![(1, ""), (5, ""), (7, "1")],
            vec!["phone phone-format w", "sex missing-value e", "site_id missing-value e"],
        ),
    ];
    let inbox = Inbox::new();
    inbox.station("site.csv", &[SITE, SITE_S1]);
    let mut lines = vec![HEADER.to_owned()];
    lines.extend(cases.iter().map(|(key, changes, _)| row(key, changes)));
    inbox.station("s.csv", &lines.iter().map(String::as_str).collect::<Vec<_>>());
    inbox.run(0);
    for (key, changes, expected) in cases {
        assert_eq!(inbox.of_record("/s.csv", key), expected, "{key}: {changes:?}");
    }
    let warnings = inbox.findings("/s.csv").iter().filter(|f| f.4 == "warning").count();
    assert_eq!(inbox.count("/s.csv", "warnings"), warnings as i64);
}
