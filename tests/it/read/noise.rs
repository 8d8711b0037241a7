//! Lines that are no data, and data that looks like them.

use xinhui::diag::{Code, Severity};
use xinhui::schema::Source;

use super::{ACTIVITIES, findings, read, read_one};

/// The rows of the activities with these lines between and behind them.
fn with(lines: &str) -> super::Collected {
    let (head, tail) = ACTIVITIES.split_at(ACTIVITIES.find("A2").expect("the second row"));
    read_one("x.csv", Source::STATION, format!("{head}{lines}{tail}{lines}").as_bytes())
}

#[test]
fn totals_footers_and_repeated_headers_are_no_data() {
    let header = ACTIVITIES.lines().next().expect("a header");
    for line in [
        "合计,,,,,42",
        "合 计：,,,,,42",
        "总计（人次）,,,,,42",
        "城关镇小计,,,,,42",
        ",合计,,,,42",
        "市中区,合计,,,,42",
        "填表人：张三,,审核人：李四,,填报日期：2023-12-31,",
        "填表人,张三,审核人,李四,,",
        "单位（盖章）：,,,,,",
        "注：本表一式三份,,,,,",
        "备注：,无,,,,",
        "制表：信息科,,,,,",
        "第 2 页 共 9 页,,,,,",
        "数据来源,平台,,,,",
        ",,,以上已核对，请查收,,",
        header,
    ] {
        let expected = if line.starts_with("市中区") { 2 } else { 0 };
        let table = with(&format!("{line}\n"));
        assert_eq!(table.rows.len(), 2 + expected, "{line}");
        assert_eq!(table.not_data, 3 - expected as u64, "{line}");
    }
}

#[test]
fn blank_lines_are_neither_data_nor_counted_but_numbered() {
    let table = with(",,,,,\n \t,　,,,,\n\n");
    assert_eq!(table.row_numbers(), [2, 6]);
    assert_eq!(table.not_data, 1);
}

#[test]
fn a_row_with_a_key_is_data_whatever_else_it_says() {
    for line in [
        "A9,合计,01,02,2023-05-01,1",
        "A9,,,,,",
        "A9,小计,,,,",
        "注册1,3704,01,02,2023-05-01,1",
        "单位7,3704,01,02,2023-05-01,1",
        "总部-1,3704,01,02,2023-05-01,1",
        "备注号9,3704,01,02,2023-05-01,1",
        "统计局01,3704,01,02,2023-05-01,1",
        "第1页的第一条,3704,01,02,2023-05-01,1",
    ] {
        let table = with(&format!("{line}\n"));
        assert_eq!(table.rows.len(), 4, "{line}");
        assert_eq!(table.not_data, 1, "{line}");
    }
}

#[test]
fn a_row_without_a_key_is_data_too_and_left_to_validation() {
    for line in [",370402,01,02,2023-05-01,1", ",,,讲座,,", ",370402,以上已核对，请查收,,,"] {
        assert_eq!(with(&format!("{line}\n")).rows.len(), 4, "{line}");
    }
}

#[test]
fn the_titles_of_printed_pages_are_no_data_when_they_come_again() {
    let page = format!("活动记录表,,,,,\n{ACTIVITIES}");
    let table = read_one("x.csv", Source::STATION, format!("{page}{page}").as_bytes());
    assert_eq!(table.row_numbers(), [3, 4, 7, 8]);
    assert_eq!(table.not_data, 4);
}

#[test]
fn the_title_of_the_next_table_is_no_data_and_a_table_of_another_source_ends_the_sheet() {
    let sites = "站点编号,站点名称,站点类别,所在区划代码,建设状态,建成日期\nS1,站一,村（居）社会心理服务室,370402001001,已建成,2020-01-01\n";
    let text = format!("{ACTIVITIES}\n\n任城区 2023 年心理服务站点台账\n{sites}");
    let (tables, report) = read("x.csv", Source::STATION, text.as_bytes());
    let shape: Vec<_> = tables.iter().map(|t| (t.table.as_str(), t.rows.len())).collect();
    assert_eq!(shape, [("station_activity", 2), ("station_site", 1)], "{:?}", findings(&report));
    let schools = "学校标识码,学校名称,学段,所在区划代码,在校生数\n2370811001,一小,primary,370402001,90\n2370811002,二小,primary,370402001,80\n";
    let (tables, report) = read("x.csv", Source::STATION, format!("{ACTIVITIES}{schools}").as_bytes());
    let shape: Vec<_> = tables.iter().map(|t| (t.table.as_str(), t.rows.len())).collect();
    assert_eq!(shape, [("station_activity", 2)]);
    let found = findings(&report);
    assert!(matches!(found[..], [(Code::WrongSource, Severity::Error, ..)]), "{found:?}");
}

#[test]
fn both_rows_of_a_repeated_two_row_header_are_no_data() {
    let header = "活动,,,进入场所,活动日期,参与人数\n编号,所在区划代码,类型,,,\n";
    let row = |n: u32| format!("A{n},370402,01,02,2023-05-01,1\n");
    let table = read_one("x.csv", Source::STATION, format!("{header}{}{header}{}", row(1), row(2)).as_bytes());
    assert_eq!(table.fields[2], "activity_kind");
    assert_eq!(table.row_numbers(), [3, 6]);
    assert_eq!(table.not_data, 4);
}

#[test]
fn a_repeated_header_in_another_order_moves_the_columns() {
    let text = "\
活动编号,所在区划代码,活动类型,进入场所,活动日期
A1,3704,01,02,2023-05-01
活动日期,活动编号,所在区划代码,活动类型,进入场所
2023-06-01,A2,3705,03,04
";
    let table = read_one("x.csv", Source::STATION, text.as_bytes());
    assert_eq!(table.column("activity_id"), [Some("A1"), Some("A2")]);
    assert_eq!(table.column("activity_date"), [Some("2023-05-01"), Some("2023-06-01")]);
}

#[test]
fn field_names_column_numbers_and_hints_below_the_header_are_no_data() {
    let names = "activity_id,division_code,activity_kind,setting,activity_date,participants";
    let text = ACTIVITIES.replacen("A1,", &format!("{names}\n甲,乙,1,2,3,4\n必填,必填,必填,必填,必填,选填\nA1,"), 1);
    let table = read_one("x.csv", Source::STATION, text.as_bytes());
    assert_eq!(table.row_numbers(), [5, 6]);
    assert_eq!(table.not_data, 4);
}

#[test]
fn a_row_that_fills_no_column_of_ours_is_no_data() {
    let text = "序号,活动编号,所在区划代码,活动类型,进入场所,活动日期\n1,A1,3704,01,02,2023-05-01\n2,,,,,\n3,,,,,\n";
    let (tables, _) = read("x.csv", Source::STATION, text.as_bytes());
    assert_eq!(tables[0].rows.len(), 1);
    assert_eq!(tables[0].not_data, 3);
}

#[test]
fn two_tables_in_one_sheet_are_both_read() {
    let text =
        format!("{ACTIVITIES}\n单位编号,单位名称,单位类别,所在区划代码\nU1,甲厂,01,3704\nU2,乙厂,01,3704\n合计,2,,\n");
    let (tables, report) = read("x.csv", Source::STATION, text.as_bytes());
    assert_eq!(report.refused, vec![]);
    let read: Vec<(&str, usize, u64)> = tables.iter().map(|t| (t.table.as_str(), t.rows.len(), t.not_data)).collect();
    // 合计 stands in the key column here.
    assert_eq!(read, [("station_activity", 2, 1), ("station_unit", 2, 2)]);
}
