//! Which lines of a file are data.

use super::headers::{PATIENT, patients};
use super::inbox::{Inbox, SERVICE, SITE, SITE_S1, service};

/// Lines that stand below the data and are none.
const NO_DATA: [&str; 12] = [
    "合计,1",
    "合  计：,1",
    ",合计,1",
    "合计：3人",
    "总计 3",
    "共计3条",
    "填表人：张三,,,审核人：李四",
    "单位（盖章）：",
    "统计截止时间：2023-05-01",
    "数据说明：",
    "注：本表一式两份",
    "第1页 共3页",
];

#[test]
fn totals_and_footers_of_any_wording_are_counted_as_no_data() {
    let inbox = Inbox::new();
    inbox.station("site.csv", &[SITE, SITE_S1]);
    for (index, line) in NO_DATA.iter().enumerate() {
        inbox.station(&format!("s{index}.csv"), &[SERVICE, &service(&format!("R{index}"), &[]), line]);
    }
    inbox.run(0);
    for (index, line) in NO_DATA.iter().enumerate() {
        let file = format!("/s{index}.csv");
        assert_eq!((inbox.count(&file, "read"), inbox.count(&file, "not_data")), (1, 2), "{line}");
    }
}

#[test]
fn a_text_alone_above_a_header_is_the_title_of_its_table_and_elsewhere_a_row() {
    let inbox = Inbox::new();
    inbox.station("site.csv", &[SITE, SITE_S1]);
    let (first, second) = (service("R1", &[]), service("R2", &[]));
    inbox.station("s.csv", &[SERVICE, &first, "", "附表2", "2023年度", SERVICE, &second]);
    inbox.run(0);
    assert_eq!((inbox.fates("/s.csv"), inbox.count("/s.csv", "not_data")), ([2, 0, 0, 0, 0], 4));
    inbox.station("t.csv", &[SERVICE, &first, "附表2", &second, "只有编号"]);
    inbox.publish();
    assert_eq!((inbox.count("/t.csv", "rejected"), inbox.count("/t.csv", "not_data")), (2, 1));
}

#[test]
fn a_key_that_begins_like_a_total_is_a_key() {
    let inbox = Inbox::new();
    inbox.station("site.csv", &[SITE, SITE_S1]);
    let rows = ["合计01", "总1", "共001", "注1", "t-1", "(1)"].map(|key| service(key, &[]));
    let mut lines = vec![SERVICE];
    lines.extend(rows.iter().map(String::as_str));
    inbox.station("s.csv", &lines);
    inbox.run(0);
    assert_eq!(inbox.fates("/s.csv"), [6, 0, 0, 0, 0]);
}

#[test]
fn row_numbers_count_titles_blank_lines_and_cells_of_several_lines() {
    let inbox = Inbox::new();
    inbox.station("site.csv", &[SITE, SITE_S1]);
    let quoted = service("A", &[(2, "\"张\n三\"")]);
    let (second, third) = (service("B", &[(3, "")]), service("C", &[(3, "")]));
    inbox.station("s.csv", &["服务记录表", "", SERVICE, &quoted, "", &second, SERVICE, &third, "合计,3"]);
    inbox.run(0);
    let rows: Vec<(i64, String)> = inbox.findings("/s.csv").into_iter().map(|f| (f.0, f.1)).collect();
    assert_eq!(rows, [(6, "B".to_owned()), (8, "C".to_owned())]);
    assert_eq!((inbox.count("/s.csv", "read"), inbox.count("/s.csv", "not_data")), (3, 4));
}

/// A table that was sorted together with its header, and a row whose key reads like a total: no row is lost.
#[test]
fn rows_above_a_header_and_rows_that_begin_like_a_total_are_rows() {
    let row = |key: &str| patients(1)[0].replace("P001", key);
    let sent = |lines: &[String]| {
        let inbox = Inbox::new();
        inbox.write("inbox/370832/hospital/p_20230601.csv", lines.join("\n"));
        inbox.publish();
        let count = |name| inbox.count("/p_20230601.csv", name);
        [count("read"), count("accepted"), count("not_data")]
    };
    let rows = patients(6);
    let header = || vec![PATIENT.to_owned()];
    // Last, in the middle, and below a line of titles.
    assert_eq!(sent(&[rows.clone(), header()].concat()), [6, 6, 1]);
    assert_eq!(sent(&[rows[..4].to_vec(), header(), rows[4..].to_vec()].concat()), [6, 6, 1]);
    let title = vec!["任城区患者名册".to_owned(), "填报单位：任城区,,填报人：李四,,填报日期：2023-06-01".to_owned()];
    assert_eq!(sent(&[title[..1].to_vec(), rows[..4].to_vec(), header(), rows[4..].to_vec()].concat()), [6, 6, 2]);
    // Remarks with a colon, and rows that lack what they must have, below one that does not.
    let remark = rows[1].replace("某村", "户籍：某路3号");
    assert_eq!(sent(&[vec![rows[0].clone(), remark], rows[2..].to_vec(), header()].concat()), [6, 6, 1]);
    let bad = rows[1].replace("P002", "").replace("F20.9", "");
    assert_eq!(sent(&[vec![rows[0].clone(), bad.clone()], rows[2..].to_vec(), header()].concat()), [6, 5, 1]);
    // What is above is no row: titles, what the columns hold, their numbers, another table.
    let dated = "2023年,患者名册,,,填报单位：任城区,2023-06-01,,,,370832,F00,2023-06-01,2023-06-01,第1页,是".to_owned();
    let kinds = PATIENT.split(',').map(|_| "字符串").collect::<Vec<_>>().join(",");
    let numbers = (1..=PATIENT.split(',').count()).map(|n| n.to_string()).collect::<Vec<_>>().join(",");
    assert_eq!(sent(&[title, vec![kinds, numbers, dated], header(), rows.clone()].concat()), [6, 6, 6]);
    let other = ["序号,物资,数量,金额,时间,经手人,地点,备注", "A1,纸,3,12,2023-01-01,王,库房,无"].map(str::to_owned);
    assert_eq!(sent(&[other.to_vec(), header(), rows.clone()].concat()), [6, 6, 3]);
    for key in ["合计", "备注", "说明：本行有误", "填报人：张三"] {
        assert_eq!(sent(&[header(), vec![row(key)], rows.clone()].concat()), [7, 7, 1], "{key}");
    }
    // A total of such a table, and a footer.
    for line in [
        "合计,6,,,,,,",
        "合计,6人,,,男3女3,2023-06-01",
        "填报人：张三,,,,审核人：李四,2023-06-01,,,,370832,,2023-06-01",
    ] {
        assert_eq!(sent(&[header(), rows.clone(), vec![line.to_owned()]].concat()), [6, 6, 2], "{line}");
    }
}

/// An example, titles in another language and formats below a header are no rows; what says when and how many is one.
#[test]
fn lines_below_a_header_that_show_how_it_is_filled_in_are_no_rows() {
    let sent = |lines: &[&str]| {
        let inbox = Inbox::new();
        inbox.write(
            "inbox/370832/hospital/p_20230601.csv",
            [&[PATIENT], lines, &[patients(1)[0].as_str()]].concat().join("\n"),
        );
        inbox.publish();
        let count = |name| inbox.count("/p_20230601.csv", name);
        [count("read"), count("accepted"), count("not_data")]
    };
    let example = patients(1)[0].replace("王小明", "某某");
    for key in ["示例", "例", "填写示例：", "例：P001", "（示例）", "示例1", "Example", "样例：张三"]
    {
        assert_eq!(sent(&[&example.replace("P001", key)]), [1, 1, 2], "{key}");
    }
    let english = "Patient ID,Name,ID type,ID number,Sex,Date of birth,Phone,Home division,Home,Managing division,Diagnosis,Diagnosed on,Registered on,Living,Consent";
    let formats =
        "文本,文本,代码,文本,代码,yyyy-mm-dd,文本,区划代码,文本,区划代码,ICD-10,yyyy-mm-dd,yyyy-mm-dd,代码,是/否";
    assert_eq!(sent(&[english, formats, &example.replace("P001", "示例")]), [1, 1, 4]);
    // Below a row they are wrong rows, and a key that looks like an example is one among the rows.
    assert_eq!(sent(&[&patients(2)[1], &example.replace("P001", "示例3")]), [3, 3, 1]);
    // A row without a day and with a key is a row.
    let undated = example.replace("1980-02-03", "不详").replace("2020-01-01", "不详").replace("2020-02-01", "不详");
    assert_eq!(sent(&[&undated.replace("P001", "P009")])[0], 2);
}

/// A header that stands too far below its rows is an error that says where it is, also beside sheets that are well.
#[test]
fn a_header_far_below_its_rows_is_told_with_its_line() {
    let inbox = Inbox::new();
    let rows = patients(60).join("\n");
    inbox.write("inbox/370832/hospital/p_20230601.csv", format!("{rows}\n{PATIENT}\n"));
    inbox.run(1);
    let found = crate::night::quality::rejects(&inbox.path("store/current/internal"));
    let told: Vec<_> = found.iter().filter(|line| line["file"].ends_with("p_20230601.csv")).collect();
    assert!(told.len() == 1 && told[0]["code"] == "no-header" && told[0]["severity"] == "error", "{told:?}");
    assert!(told[0]["message_zh"].contains("第 61 行才是“严重精神障碍患者登记”的表头"), "{told:?}");
    // Rows that are nobody's above a header, and none below it.
    let other = "序号,物资,数量,金额,时间,经手人,地点,备注\nA1,纸,3,12,2023-01-01,王,库房,无";
    let inbox = Inbox::new();
    inbox.write("inbox/370832/hospital/p_20230601.csv", format!("{other}\n{PATIENT}\n"));
    inbox.publish();
    let found = inbox.findings("p_20230601.csv");
    assert!(found.iter().any(|(_, _, _, code, severity)| code == "no-header" && severity == "warning"), "{found:?}");
    let inbox = Inbox::new();
    inbox.write("inbox/370832/hospital/p_20230601.csv", format!("2023年6月患者名册\n{PATIENT}\n"));
    inbox.publish();
    assert_eq!(inbox.findings("p_20230601.csv"), []);
}
