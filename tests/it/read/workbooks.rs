//! Workbooks: sheets, typed cells, merged cells, row numbers.

use rust_xlsxwriter::{ExcelDateTime, Format, Formula, Workbook, Worksheet};
use xinhui::diag::{Code, Severity};
use xinhui::schema::Source;

use super::{findings, read, read_one};

pub const HEADER: [&str; 7] = ["活动编号", "所在区划代码", "活动类型", "进入场所", "活动日期", "参与人数", "录入时间"];

/// Writes the header and `rows` rows below it, from this line (0-based) and column.
pub fn fill(sheet: &mut Worksheet, line: u32, column: u16, rows: u32) {
    for (index, title) in HEADER.iter().enumerate() {
        sheet.write(line, column + index as u16, *title).expect("written");
    }
    for row in 1..=rows {
        for (index, cell) in [&*format!("A{row}"), "370402001001", "01", "02", "2023-05-01"].iter().enumerate() {
            sheet.write(line + row, column + index as u16, *cell).expect("written");
        }
    }
}

pub fn workbook(fill: impl FnOnce(&mut Workbook)) -> Vec<u8> {
    let mut workbook = Workbook::new();
    fill(&mut workbook);
    workbook.save_to_buffer().expect("a workbook")
}

#[test]
fn typed_cells_become_text() {
    let bytes = workbook(|book| {
        let sheet = book.add_worksheet();
        fill(sheet, 0, 0, 0);
        let date = Format::new().set_num_format("yyyy-mm-dd");
        let stamp = Format::new().set_num_format("yyyy-mm-dd hh:mm:ss");
        let time = Format::new().set_num_format("hh:mm");
        let day = |serial: f64| ExcelDateTime::from_serial_datetime(serial).expect("a serial");
        sheet.write(1, 0, 440_524_188_001_010_000_f64).expect("written");
        sheet.write(1, 1, 370_402_f64).expect("written");
        sheet.write(1, 2, 1.0).expect("written");
        sheet.write(1, 3, true).expect("written");
        sheet.write_with_format(1, 4, day(45_047.0), &date).expect("written");
        sheet.write(1, 5, 12.5).expect("written");
        sheet.write_with_format(1, 6, day(45_047.354_340_277_8), &stamp).expect("written");
        sheet.write(2, 0, " 0012 ").expect("written");
        sheet.write_formula(2, 1, Formula::new("=NA()").set_result("#N/A")).expect("written");
        sheet.write_formula(2, 2, Formula::new("=\"甲\"").set_result("甲")).expect("written");
        sheet.write_with_format(2, 4, 0.0, &date).expect("written");
        sheet.write(2, 5, -3).expect("written");
        sheet.write_with_format(2, 6, 0.5, &time).expect("written");
        sheet.write_with_format(3, 0, 60, &date).expect("written");
        sheet.write_with_format(3, 1, 1, &date).expect("written");
        sheet.write(3, 5, 1e300).expect("written");
        sheet.write(3, 6, 0.1 + 0.2).expect("written");
    });
    let table = read_one("x.xlsx", Source::STATION, &bytes);
    let text = |cells: [&str; 7]| cells.map(|c| (!c.is_empty()).then(|| c.to_owned())).to_vec();
    assert_eq!(
        table.rows[0],
        (2, text(["440524188001010000", "370402", "1", "true", "2023-05-01", "12.5", "2023-05-01 08:30:15"]))
    );
    assert_eq!(table.rows[1], (3, text([" 0012 ", "#N/A", "甲", "", "1900-01-00", "-3", "12:00:00"])));
    assert_eq!(table.rows[2], (4, text(["1900-02-29", "1900-01-01", "", "", "", "1e300", "0.30000000000000004"])));
}

#[test]
fn row_numbers_are_those_of_the_sheet_wherever_the_table_stands() {
    let bytes = workbook(|book| {
        let sheet = book.add_worksheet();
        fill(sheet, 5, 3, 2);
        sheet.write(16, 3, "A9").expect("written");
        sheet.write(16, 16_383, "far").expect("written");
        sheet.write(1_048_575, 3, "合计").expect("written");
    });
    let table = read_one("x.xlsx", Source::STATION, &bytes);
    assert_eq!(table.row_numbers(), [7, 8, 17]);
    assert_eq!(table.not_data, 2);
}

#[test]
fn every_sheet_is_read_hidden_ones_and_filtered_rows_too() {
    let bytes = workbook(|book| {
        fill(book.add_worksheet().set_name("城关镇").expect("a name"), 0, 0, 2);
        book.add_worksheet().set_name("空").expect("a name");
        let hidden = book.add_worksheet().set_name("北辛街道").expect("a name");
        fill(hidden, 0, 0, 3);
        hidden.set_hidden(true);
        hidden.autofilter(0, 0, 3, 6).expect("a filter");
        hidden.set_row_hidden(2).expect("hidden");
        let codes = book.add_worksheet().set_name("字典").expect("a name");
        codes.write(0, 0, "下拉选项").expect("written");
    });
    let (tables, report) = read("x.xlsx", Source::STATION, &bytes);
    let read: Vec<(&str, u32, usize)> =
        tables.iter().map(|t| (t.sheet.as_str(), t.sheet_index, t.rows.len())).collect();
    assert_eq!(read, [("城关镇", 0, 2), ("北辛街道", 2, 3)]);
    assert_eq!(findings(&report), [(Code::NoHeader, Severity::Warning, "字典", "")]);
    assert_eq!(report.refused.len(), 1);
    assert_eq!(report.refused[0].sheet, "字典");
}

#[test]
fn a_list_of_divisions_beside_a_table_only_warns_and_another_sources_table_does_not() {
    let bytes = workbook(|book| {
        fill(book.add_worksheet(), 0, 0, 1);
        let divisions = book.add_worksheet();
        for (column, title) in ["区划代码", "区划名称"].iter().enumerate() {
            divisions.write(0, column as u16, *title).expect("written");
        }
        let police = book.add_worksheet();
        for (column, title) in ["案事件编号", "发生地区划代码", "发生日期", "严重程度"].iter().enumerate()
        {
            police.write(0, column as u16, *title).expect("written");
        }
    });
    let (tables, report) = read("x.xlsx", Source::STATION, &bytes);
    assert_eq!(tables.len(), 1);
    assert_eq!(
        findings(&report),
        [
            (Code::WrongSource, Severity::Warning, "Sheet2", "belongs:Administrative divisions|行政区划|reference"),
            (Code::WrongSource, Severity::Error, "Sheet3", "belongs:Extreme incidents|极端案（事）件台账|police"),
        ]
    );
}

#[test]
fn a_workbook_without_any_table_is_an_error_on_each_of_its_sheets() {
    let bytes = workbook(|book| {
        book.add_worksheet().write(0, 0, "说明").expect("written");
        book.add_worksheet().write(0, 0, "目录").expect("written");
    });
    let (tables, report) = read("x.xlsx", Source::STATION, &bytes);
    assert_eq!(tables, vec![]);
    assert_eq!(
        findings(&report),
        [(Code::NoHeader, Severity::Error, "Sheet1", ""), (Code::NoHeader, Severity::Error, "Sheet2", "")]
    );
}

#[test]
fn a_workbook_of_empty_sheets_is_an_empty_file() {
    let bytes = workbook(|book| {
        book.add_worksheet();
        book.add_worksheet().write(3, 3, "　 ").expect("written");
    });
    let (_, report) = read("x.xlsx", Source::STATION, &bytes);
    assert_eq!(findings(&report), [(Code::EmptyFile, Severity::Error, "", "")]);
}

#[test]
fn merged_headers_are_read_and_merged_division_cells_filled_but_no_others() {
    let bytes = workbook(|book| {
        let sheet = book.add_worksheet();
        let plain = Format::new();
        sheet.merge_range(0, 0, 0, 6, "活动记录", &plain).expect("merged");
        sheet.merge_range(1, 0, 1, 2, "活动", &plain).expect("merged");
        for (column, title) in ["编号", "所在区划代码", "类型"].iter().enumerate() {
            sheet.write(2, column as u16, *title).expect("written");
        }
        for (column, title) in ["进入场所", "活动日期", "参与人数", "受众单位编号"].iter().enumerate()
        {
            sheet.merge_range(1, 3 + column as u16, 2, 3 + column as u16, title, &plain).expect("merged");
        }
        for row in 3..7 {
            sheet.write(row, 0, format!("A{row}")).expect("written");
            sheet.write(row, 4, "2023-05-01").expect("written");
        }
        sheet.merge_range(3, 1, 5, 1, "370402001001", &plain).expect("merged");
        sheet.merge_range(3, 6, 5, 6, "U1", &plain).expect("merged");
    });
    let table = read_one("x.xlsx", Source::STATION, &bytes);
    assert_eq!(table.not_data, 3);
    let code = Some("370402001001");
    assert_eq!(table.column("division_code"), [code, code, code, None]);
    assert_eq!(table.column("unit_id"), [Some("U1"), None, None, None]);
}

#[test]
fn a_person_column_is_never_filled_from_a_merged_cell() {
    let bytes = workbook(|book| {
        let sheet = book.add_worksheet();
        let header = ["名册编号", "姓名", "性别", "人员类别", "服务管理地区划代码", "纳入日期", "现住址区划代码"];
        for (column, title) in header.iter().enumerate() {
            sheet.write(0, column as u16, *title).expect("written");
        }
        let plain = Format::new();
        for row in [1, 2] {
            sheet.write(row, 0, format!("R{row}")).expect("written");
        }
        for column in 1..7 {
            sheet.merge_range(1, column, 2, column, "370402", &plain).expect("merged");
        }
    });
    let table = read_one("x.xlsx", Source::POLICE, &bytes);
    for field in ["name", "sex", "category", "start_date", "residence_code"] {
        assert_eq!(table.column(field), [Some("370402"), None], "{field}");
    }
    assert_eq!(table.column("division_code"), [Some("370402"), Some("370402")]);
}

#[test]
fn old_workbooks_of_both_date_systems_are_read() {
    for bytes in
        [&include_bytes!("../../data/activities_1900.xls")[..], &include_bytes!("../../data/activities_1904.xls")[..]]
    {
        let (tables, report) = read("x.xls", Source::STATION, bytes);
        assert_eq!(findings(&report), [(Code::NoHeader, Severity::Warning, "说明", "")]);
        assert_eq!(tables.len(), 1);
        let table = &tables[0];
        assert_eq!((table.sheet.as_str(), table.sheet_index, table.not_data), ("活动", 0, 3));
        assert_eq!(table.row_numbers(), [4, 6, 7, 8]);
        assert_eq!(
            table.column("activity_date"),
            [Some("2023-05-01"), Some("2023-06-01"), Some("2023-07-01"), Some("2023-07-02")]
        );
        assert_eq!(
            table.column("entered_at"),
            [Some("2023-05-02 08:30:15"), Some("2023-06-02"), Some("2023-07-02 23:59:59"), Some("2023-07-02 00:00:01")]
        );
        assert_eq!(table.column("participants"), [Some("30"), Some("12.5"), Some("1"), Some("2")]);
        let filled = Some("370402001002");
        assert_eq!(table.column("division_code"), [Some("370402001001"), None, filled, filled]);
    }
}
