//! Text tricks, lost characters, spellings of dates and null words: the inputs of `tests/data/cases`.

use std::path::{Path, PathBuf};

use super::inbox::Inbox;
use crate::night::published;
use crate::night::store::{expect, xinhui};

const DIVISIONS: &str = "\
区划代码,区划名称
3708,济宁市
370832,梁山县
370832001,水泊街道
370832001005,甲社区
";

fn case(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/cases").join(name)
}

/// An inbox with the files of a case.
fn inbox_of(name: &str) -> Inbox {
    let inbox = Inbox::new();
    inbox.write("reference/division.csv", DIVISIONS);
    crate::night::store::copy_tree(&case(name).join("inbox"), &inbox.path("inbox"));
    inbox
}

/// `record key: field code severity` of every finding of a file, in order.
fn told(inbox: &Inbox, file: &str) -> Vec<String> {
    let of =
        |(_, key, field, code, severity): super::inbox::Finding| format!("{key} {field} {code} {}", &severity[..1]);
    inbox.findings(file).into_iter().map(of).collect()
}

/// Persons of the whole store.
fn persons(inbox: &Inbox) -> u64 {
    let manifest = std::fs::read(inbox.path("store/current/manifest.json")).expect("a manifest");
    serde_json::from_slice::<serde_json::Value>(&manifest).expect("JSON")["persons"].as_u64().expect("a number")
}

#[test]
fn marks_around_a_value_are_no_part_of_it() {
    let inbox = inbox_of("11-csv-text-tricks");
    inbox.run(0);
    assert_eq!(inbox.fates("/患者_20231231.csv"), [17, 0, 0, 0, 0]);
    assert_eq!(inbox.fates("/随访_20231231.csv"), [2, 0, 0, 0, 0]);
    // No number fails its check, and both visits find their patient.
    assert_eq!(told(&inbox, ".csv"), [""; 0]);
}

#[test]
fn lines_are_decoded_as_what_they_are_and_lost_characters_are_told() {
    let inbox = inbox_of("15-mixed-encoding");
    inbox.run(0);
    for (file, rows) in [("a_utf8_with_gbk_row", 61), ("b_cesu8", 41), ("c_gbk_cut", 41), ("d_qmarks", 5)] {
        assert_eq!(inbox.fates(&format!("/{file}_20231231.csv")), [rows, 0, 0, 0, 0], "{file}");
    }
    assert_eq!(
        told(&inbox, ".csv"),
        ["P1801", "P1802", "P1803", "P1804", "P1805", "P1799"].map(|key| format!("{key} name lost-characters w")),
    );
}

#[test]
fn a_name_that_lost_characters_joins_nobody() {
    let header = "患者编号,姓名,性别,出生日期,管理地区划代码,诊断编码,建档日期,居住状况\n";
    let rows = |names: &[&str]| {
        let row = |(i, name): (usize, &&str)| format!("P{i},{name},男,1985-03-12,370832001005,F20.0,2022-05-10,居家\n");
        header.to_owned() + &names.iter().enumerate().map(row).collect::<String>()
    };
    let inbox = Inbox::new();
    inbox.write("reference/division.csv", DIVISIONS);
    let names = ["王?", "王?", "???", "???", "锟斤拷锟斤拷", "锟斤拷锟斤拷", "\u{fffd}三", "\u{fffd}三"];
    inbox.write("inbox/370832/hospital/患者_20231231.csv", rows(&names));
    inbox.run(0);
    assert_eq!(inbox.fates("/患者_20231231.csv"), [8, 0, 0, 0, 0]);
    assert_eq!(inbox.findings("/患者_20231231.csv").len(), 8);
    assert_eq!(persons(&inbox), 8);
}

#[test]
fn a_value_that_cannot_be_decoded_is_told_as_that() {
    let header = "患者编号,姓名,性别,出生日期,管理地区划代码,诊断编码,建档日期,居住状况\n";
    let row = |key: &[u8], sex: &[u8], born: &[u8]| {
        let cells: [&[u8]; 8] =
            [key, "张小山".as_bytes(), sex, born, b"370832001005", b"F20.0", b"2022-05-10", "居家".as_bytes()];
        [cells.join(&b','), b"\n".to_vec()].concat()
    };
    let mut bytes = header.as_bytes().to_vec();
    for n in 0..40 {
        bytes.extend(row(format!("P{n}").as_bytes(), "男".as_bytes(), b"1985-03-12"));
    }
    // A character cut off, and bytes of no encoding.
    bytes.extend(row(b"Q1", b"\xe7\x94", b"1985-03-12"));
    bytes.extend(row(b"Q2", "女".as_bytes(), b"1985\xe5\xb93"));
    bytes.extend(row(b"Q3\xff", "女".as_bytes(), b"1985-03-12"));
    let inbox = Inbox::new();
    inbox.write("reference/division.csv", DIVISIONS);
    inbox.write("inbox/370832/hospital/患者_20231231.csv", &bytes);
    inbox.run(0);
    let codes: Vec<String> = inbox
        .findings("/患者_20231231.csv")
        .into_iter()
        .map(|(row, _, field, code, _)| format!("{row} {field} {code}"))
        .collect();
    assert_eq!(codes, ["42 sex encoding", "43 birth_date encoding", "44 patient_no encoding"]);
    assert_eq!(inbox.fates("/患者_20231231.csv"), [40, 3, 0, 0, 0]);
}

#[test]
fn every_spelling_of_a_date_is_read_or_a_type_error() {
    let inbox = inbox_of("20-date-spellings");
    inbox.run(0);
    // Two days each, or none: month and day in either order, milliseconds, five digits of a year, no day
    // of the calendar, a clock that shows no such time, a lunar date, a day without a year.
    let unread = [2012, 2013, 2019, 2028, 2040, 2042, 2043, 2044, 2045, 2049, 2051, 2052, 2055, 2056];
    let mut expected: Vec<String> = unread.iter().map(|n| format!("P{n} birth_date type-error e")).collect();
    expected.push("P2041 birth_date constraint-error e".to_owned());
    let mut told = told(&inbox, "/患者_20231231.csv");
    told.sort();
    expected.sort();
    assert_eq!(told, expected);
    assert_eq!(inbox.fates("/患者_20231231.csv"), [44, 15, 0, 0, 0]);
}

#[test]
fn null_words_are_null_in_every_field_that_is_not_free_text() {
    let inbox = Inbox::new();
    inbox.write("reference/division.csv", DIVISIONS);
    let folder = case("23-null-words").join("inbox/370832/station");
    let read = |name: &str| std::fs::read_to_string(folder.join(name)).expect("a file");
    inbox.write("inbox/370832/station/站点_20231231.csv", read("站点_20231231.csv"));
    // Error cells are another matter.
    let rows: String = read("服务_20231231.csv").split_inclusive('\n').filter(|l| !l.contains("#REF!")).collect();
    // Of those under a warning, the plans are counted.
    let rows = rows.replace(",,\r\n", ",red,\r\n");
    let mut wide: String = String::new();
    for (i, word) in ["ＮＵＬＬ", " (Null) ", "[NULL]", "<null>", "nil", "不清楚", "未填写", "#n/a", "／", "－－", "＼"]
        .iter()
        .enumerate()
    {
        wide += &format!("W{i},ZD1,罗宽{i},,男,,心理咨询,2023-06-01,{word},red,{word}\r\n");
    }
    inbox.write("inbox/370832/station/服务_20231231.csv", rows + &wide);
    inbox.run(0);
    assert_eq!(inbox.count("/服务_20231231.csv", "accepted"), 56 + 11);
    assert_eq!(told(&inbox, "/服务_20231231.csv"), ["R24 referred_to orphan w", "R26 referred_to orphan w"]);
    let planned = published::indicators(&inbox.path("store/current/internal"))
        .into_iter()
        .find(|r| r.indicator == "warning_plan_rate" && r.division_code == "370832")
        .expect("the indicator");
    assert_eq!(planned.numerator, 2, "a plan numbered 0, and one numbered 无。");
}

#[test]
fn byte_order_marks_before_a_quote_are_no_part_of_the_cell() {
    let text = std::fs::read_to_string(case("57-bom-before-quote").join("double_bom.csv")).expect("a file");
    let bare = text.trim_start_matches('\u{feff}').to_owned();
    let row = bare.lines().nth(1).expect("a row").to_owned();
    let joined = format!("{bare}\u{feff}{}\n", row.replace("P1", "P2"));
    let inbox = Inbox::new();
    inbox.write("reference/division.csv", DIVISIONS);
    for (name, content) in [
        ("a", text.clone()),
        ("b", bare.clone()),
        ("c", format!("\u{200b}{bare}")),
        ("d", format!("  {bare}")),
        ("e", bare.replace("\",\"", "\" , \u{200b}\"")),
        ("f", joined),
    ] {
        inbox.write(&format!("try/{name}.csv"), &content);
        let tried = expect(
            xinhui()
                .args(["validate", "--lang", "en", "--as-of", "2023-12-31"])
                .arg(inbox.path(&format!("try/{name}.csv"))),
            0,
        );
        let shown = String::from_utf8(tried.stdout).expect("text");
        let rows = if name == "f" { "2 rows" } else { "1 row" };
        assert!(shown.contains(&format!("{rows}, 0 with errors")), "{name}: {shown}");
    }
}
