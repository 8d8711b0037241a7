//! Which lines of a file are data.

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
