//! Which dataset a table holds, by its header.

use xinhui::diag::{Code, Severity};
use xinhui::schema::{Field, Source, Table};

use super::{findings, read, read_one, schemas};

/// A header with one data row.
fn csv(header: &[String]) -> Vec<u8> {
    let row: Vec<String> = (0..header.len()).map(|i| format!("v{i}")).collect();
    format!("{}\n{}\n", header.join(","), row.join(",")).into_bytes()
}

/// Every way to write a field's header: title, name, each alias.
fn words(field: &Field) -> Vec<String> {
    [field.title.clone(), field.name.clone()].into_iter().chain(field.aliases.clone()).collect()
}

fn assert_is(table: &Table, header: &[String], expected_fields: &[&str]) {
    let read = read_one("x.csv", table.source, &csv(header));
    assert_eq!(read.table, table.name, "{header:?}");
    assert_eq!(read.fields, expected_fields, "{header:?}");
    assert_eq!(read.rows.len(), 1);
}

fn is_required(table: &Table, field: &Field) -> bool {
    field.required || table.primary_key.contains(&field.name)
}

#[test]
fn every_dataset_is_recognised_by_titles_names_and_each_alias() {
    for table in &schemas().tables {
        let fields: Vec<&str> = table.fields.iter().map(|f| f.name.as_str()).collect();
        let most = table.fields.iter().map(|f| words(f).len()).max().unwrap_or(0);
        for nth in 0..most {
            let header: Vec<String> = table
                .fields
                .iter()
                .map(|f| {
                    let words = words(f);
                    words[nth.min(words.len() - 1)].clone()
                })
                .collect();
            assert_is(table, &header, &fields);
        }
    }
}

#[test]
fn every_dataset_is_recognised_by_its_required_columns_in_any_wording_and_order() {
    for table in &schemas().tables {
        let required: Vec<&Field> = table.fields.iter().filter(|f| is_required(table, f)).collect();
        for nth in 0..4 {
            let mut header: Vec<String> = required.iter().map(|f| words(f)[nth % words(f).len()].clone()).collect();
            let mut fields: Vec<&str> = required.iter().map(|f| f.name.as_str()).collect();
            assert_is(table, &header, &fields);
            header.reverse();
            fields.reverse();
            assert_is(table, &header, &fields);
        }
    }
}

#[test]
fn every_dataset_is_recognised_whichever_optional_columns_are_missing() {
    for table in &schemas().tables {
        for step in 2..6 {
            let kept: Vec<&Field> = table
                .fields
                .iter()
                .enumerate()
                .filter(|(i, f)| is_required(table, f) || i % step == 0)
                .map(|(_, f)| f)
                .collect();
            let header: Vec<String> = kept.iter().map(|f| words(f).last().expect("a word").clone()).collect();
            let fields: Vec<&str> = kept.iter().map(|f| f.name.as_str()).collect();
            assert_is(table, &header, &fields);
        }
    }
}

#[test]
fn a_missing_required_column_is_reported_and_the_rest_is_read() {
    for table in &schemas().tables {
        let required: Vec<&Field> = table.fields.iter().filter(|f| is_required(table, f)).collect();
        if (required.len() - 1) * 5 < required.len() * 3 {
            continue;
        }
        for left_out in required.iter().filter(|f| !table.primary_key.contains(&f.name)) {
            let kept: Vec<&Field> = table.fields.iter().filter(|f| f.name != left_out.name).collect();
            let header: Vec<String> = kept.iter().map(|f| f.title.clone()).collect();
            let (tables, report) = read("x.csv", table.source, &csv(&header));
            assert_eq!(tables.len(), 1, "{} without {}", table.name, left_out.name);
            assert_eq!(tables[0].table, table.name);
            let detail = format!("column:{}", left_out.title);
            assert_eq!(findings(&report), [(Code::MissingColumn, Severity::Error, "", detail.as_str())]);
        }
    }
}

#[test]
fn the_header_of_another_source_is_named() {
    for table in &schemas().tables {
        for source in schemas().sources().into_iter().chain([Source::REFERENCE]).filter(|s| *s != table.source) {
            for nth in 0..2 {
                let header: Vec<String> = table.fields.iter().map(|f| words(f)[nth].clone()).collect();
                let (tables, report) = read("x.csv", source, &csv(&header));
                assert_eq!(tables, vec![], "{} in {source:?}", table.name);
                let detail = format!("belongs:{}|{}|{}", table.title_en, table.title, table.source.as_str());
                assert_eq!(findings(&report), [(Code::WrongSource, Severity::Error, "", detail.as_str())]);
                assert_eq!(report.refused.len(), 1);
            }
        }
    }
}

#[test]
fn stars_units_blanks_and_line_breaks_in_headers_do_not_matter() {
    let header = "★站点 编号：,\"站点\n名称*\",【必填】站点类别,所在区划代码（12位）,建设状态(必填),面积 ㎡,总面积（平方米）,\
                  ＷＥＣＨＡＴ＿ＡＣＣＯＵＮＴ,\"有工作室\n（是/否）\",1.社工人数";
    let table = read_one("x.csv", Source::STATION, format!("{header}\nS1,a,01,3704,01,7,8,1,1,2\n").as_bytes());
    assert_eq!(
        table.fields,
        [
            "site_id",
            "site_name",
            "site_kind",
            "division_code",
            "status",
            "area_m2",
            "wechat_account",
            "has_office",
            "social_workers"
        ]
    );
    assert_eq!(table.column("area_m2"), [Some("8")]);
}

#[test]
fn an_alias_with_brackets_of_its_own_is_read_with_and_without_them() {
    for word in ["面积(平方米)", "面积（平方米）", "面积", "面积（m²）", "场地面积（平方米）"]
    {
        let header = format!("站点编号,站点名称,站点类别,所在区划代码,建设状态,{word}");
        let table = read_one("x.csv", Source::STATION, format!("{header}\nS1,a,01,3704,01,7\n").as_bytes());
        assert_eq!(table.column("area_m2"), [Some("7")], "{word}");
    }
}

#[test]
fn a_bracket_that_names_another_person_is_not_stripped() {
    let text =
        "记录编号,学校标识码,姓名,性别,辅导日期,问题类别,联系电话（家长）,联系电话\nR1,X,甲,1,2023-05-01,01,父,生\n";
    let table = read_one("x.csv", Source::SCHOOL, text.as_bytes());
    assert_eq!(table.column("phone"), [Some("生")]);
}

#[test]
fn two_columns_of_one_field_use_the_first_and_are_reported() {
    let text = super::ACTIVITIES
        .replace("参与人数", "参与人数,参加人数")
        .replace(",30", ",30,31")
        .replace(",12\n", ",12,13\n");
    let (tables, report) = read("x.csv", Source::STATION, text.as_bytes());
    assert_eq!(tables[0].column("participants"), [Some("30"), Some("12")]);
    assert_eq!(findings(&report), [(Code::RepeatedColumn, Severity::Warning, "", "column:参与人数")]);
}

#[test]
fn an_unknown_column_is_reported_once_and_masked() {
    let text = "活动编号,所在区划代码,活动类型,进入场所,活动日期,联系 13800001234 或更长更长更长更长更长更长更长更长的说明文字,\
                联系 13800001234 或更长更长更长更长更长更长更长更长的说明文字\nA1,3704,01,02,2023-05-01,x,y\n";
    let (tables, report) = read("x.csv", Source::STATION, text.as_bytes());
    assert_eq!(tables.len(), 1);
    assert_eq!(report.findings.len(), 1);
    let (code, severity, _, detail) = findings(&report)[0];
    assert_eq!((code, severity), (Code::UnknownColumn, Severity::Warning));
    assert!(detail.starts_with("column:联系 *********** 或更长"), "{detail}");
    assert_eq!(detail.trim_start_matches("column:").chars().count(), 30);
}

#[test]
fn titles_above_the_header_are_skipped_and_counted() {
    let text = format!("枣庄市宣传教育活动记录,,,,,\n\n填报单位：市中区,,,,,\n{}", super::ACTIVITIES);
    let table = read_one("x.csv", Source::STATION, text.as_bytes());
    assert_eq!(table.row_numbers(), [5, 6]);
    assert_eq!(table.not_data, 3);
}

#[test]
fn a_header_of_two_rows_takes_joined_lower_and_upper_names() {
    // 监护人 spans two columns, the others span both rows.
    let text = "\
患者登记表
患者编号,姓名,性别,管理地区划代码,诊断编码,建档日期,居住状况,监护人,,联系方式,
,,,,,,,姓名,电话,联系电话,现住址
P1,甲,1,370402001,F20,2020-01-01,01,乙,1,2,丙
";
    let table = read_one("x.csv", Source::HOSPITAL, text.as_bytes());
    assert_eq!(table.not_data, 3);
    assert_eq!(table.row_numbers(), [4]);
    for (field, value) in
        [("name", "甲"), ("guardian_name", "乙"), ("guardian_phone", "1"), ("phone", "2"), ("address", "丙")]
    {
        assert_eq!(table.column(field), [Some(value)], "{field}");
    }
}

#[test]
fn a_header_of_three_rows_is_read() {
    let text = "\
站点,,,,建设情况,,
编号,名称,类别,所在,状态,人员,
,,,区划代码,,专职人员数,兼职人员数
S1,甲站,01,370402001,01,2,3
";
    let table = read_one("x.csv", Source::STATION, text.as_bytes());
    assert_eq!(table.not_data, 3);
    assert_eq!(
        table.fields,
        ["site_id", "site_name", "site_kind", "division_code", "status", "full_time_staff", "part_time_staff"]
    );
    assert_eq!(table.row_numbers(), [4]);
}

#[test]
fn a_guardians_name_is_never_taken_for_the_persons() {
    let text = "\
患者编号,监护人信息,,姓名,性别,管理地区划代码,诊断编码,建档日期,居住状况
,姓名,性别,,,,,,
P1,乙,2,甲,1,370402001,F20,2020-01-01,01
";
    let (tables, report) = read("x.csv", Source::HOSPITAL, text.as_bytes());
    assert_eq!(tables[0].column("name"), [Some("甲")]);
    assert_eq!(tables[0].column("guardian_name"), [Some("乙")]);
    assert_eq!(tables[0].column("sex"), [Some("1")]);
    assert_eq!(findings(&report), [(Code::UnknownColumn, Severity::Warning, "", "column:性别")]);
}

#[test]
fn a_table_without_its_key_names_the_nearest_dataset() {
    let (tables, report) =
        read("x.csv", Source::STATION, "所在区划代码,活动类型,进入场所,活动日期\n3704,01,02,2023-05-01\n".as_bytes());
    assert_eq!(tables, vec![]);
    assert_eq!(
        findings(&report),
        [(Code::NoHeader, Severity::Error, "", "nearest:Outreach and education activities|宣传教育活动记录|活动编号|")]
    );
}

#[test]
fn a_header_may_stand_deep_below_the_top_but_not_anywhere() {
    let preface = |lines: usize| (0..lines).map(|i| format!("前言第{i}段\n")).collect::<String>() + super::ACTIVITIES;
    assert_eq!(read_one("x.csv", Source::STATION, preface(39).as_bytes()).rows.len(), 2);
    let (tables, report) = read("x.csv", Source::STATION, preface(40).as_bytes());
    assert_eq!(tables, vec![]);
    assert_eq!(findings(&report)[0].0, Code::NoHeader);
}
