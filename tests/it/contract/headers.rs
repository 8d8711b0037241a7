//! Headers as forms write them.

use super::inbox::{Inbox, SITE, SITE_S1};
use crate::night::store::{expect, xinhui};

/// Ways to write the headers of a service record's six required fields.
const HEADERS: [&str; 9] = [
    "record_id,SITE_ID,Name,sex,Service_Kind,service_date",
    "流水号,机构编号,服务对象姓名,性别,服务项目,服务时间",
    "*记录编号,站点编号 *,姓名★,性别（必填）,(必填)服务类型,服务日期(yyyy-mm-dd)",
    "记录编号：,站点编号:,姓 名,性　别,服务\t类型,服务日期",
    "\"记录\n编号\",\"站点编号\n必填\",姓名,\"性别\n1男 2女\",服务类型,\"服务日期\n（格式：2023-05-01）\"",
    "1.记录编号,2、站点编号,（3）姓名,④性别,5服务类型,6．服务日期",
    "序号,记录编号,站点编号,姓名,性别,服务类型,服务日期",
    "服务日期,服务类型,性别,姓名,站点编号,记录编号",
    "\u{200b}记录编号,站点编号\u{feff},姓名,性别,服务类型,服务日期",
];

#[test]
fn a_header_is_recognised_however_it_is_dressed() {
    let inbox = Inbox::new();
    inbox.station("site.csv", &[SITE, SITE_S1]);
    for (index, header) in HEADERS.iter().enumerate() {
        let key = format!("R{index}");
        let row = match header {
            h if h.starts_with("序号") => format!("1,{key},S1,张三,男,心理咨询,2023-08-01"),
            h if h.starts_with("服务日期") => format!("2023-08-01,心理咨询,男,张三,S1,{key}"),
            _ => format!("{key},S1,张三,男,心理咨询,2023-08-01"),
        };
        inbox.station(&format!("s{index}.csv"), &[header, &row]);
    }
    inbox.run(0);
    for (index, header) in HEADERS.iter().enumerate() {
        let file = format!("/s{index}.csv");
        assert_eq!((inbox.count(&file, "accepted"), inbox.count(&file, "not_data")), (1, 1), "{header}");
    }
}

#[test]
fn units_stand_beside_names_in_any_way() {
    let inbox = Inbox::new();
    let header = format!("{SITE},场地面积（㎡）,个体咨询室面积(平方米),宣泄设备种类数/种,兼职人员数 单位：人");
    inbox.station("site.csv", &[&header, &format!("{SITE_S1},20㎡,10平方米,2种,1名")]);
    inbox.run(0);
    assert_eq!(inbox.fates("/site.csv"), [1, 0, 0, 0, 0]);
    assert_eq!(inbox.findings("/site.csv"), []);
}

/// Slips of the pen, words that are taken one for another, and ends of titles: the message asks whether they are meant.
#[test]
fn a_title_that_is_nearly_right_is_asked_about() {
    let titles = ["患者编号", "姓名", "性别", "出生日期", "管理地区划代码", "诊断编码", "建档日期", "居住状况"];
    let row = "P1,王小明,男,1980-01-01,370832100001,F20,2020-01-01,在家";
    let inbox = Inbox::new();
    for (written, title) in [
        ("诊断编吗", "诊断编码"),
        ("诊段编码", "诊断编码"),
        ("建档时间", "建档日期"),
        ("区划代码", "管理地区划代码"),
        ("居住状态", "居住状况"),
        ("居住情况", "居住状况"),
        ("患者ID", "患者编号"),
        ("病人编号", "患者编号"),
        ("编号", "患者编号"),
        ("代号", "患者编号"),
    ] {
        let header: Vec<&str> = titles.iter().map(|t| if *t == title { written } else { t }).collect();
        inbox.write("given/a.csv", [header.join(","), row.to_owned()].join("\n"));
        let mut validate = xinhui();
        validate.env("COLUMNS", "0").args(["validate", "--lang", "zh", "--source", "hospital"]);
        let told = expect(validate.arg(inbox.path("given/a.csv")), 1).stdout;
        let told = String::from_utf8(told).expect("UTF-8");
        assert!(told.contains(&format!("“{written}”是否应为“{title}”？")), "{written}: {told}");
    }
}

#[test]
fn titles_are_known_in_quotes_and_brackets_and_named_whatever_stands_beside_them() {
    let titles = ["活动编号", "站点编号", "所在区划代码", "活动类型", "举办场所", "活动日期", "参与人数"];
    let header = |dress: &dyn Fn(&str) -> String| titles.map(dress).join(",");
    let row = "A1,S1,370832100001,讲座,学校,2023-05-01,30";
    let validate = |header: &str, folder: &str| {
        let inbox = Inbox::new();
        inbox.write(&format!("inbox/370832/{folder}/a_20231231.csv"), format!("{header}\n{row}\n"));
        let mut validate = xinhui();
        validate.env("COLUMNS", "0").args(["validate", "--lang", "zh", "--config"]).arg(inbox.path("xinhui.toml"));
        let output = validate.arg(inbox.path(&format!("inbox/370832/{folder}"))).output().expect("it starts");
        String::from_utf8(output.stdout).expect("UTF-8")
    };
    for (before, after) in [("“", "”"), ("'", "'"), ("「", "」"), ("【", "】")] {
        let said = validate(&header(&|title| format!("{before}{title}{after}")), "station");
        assert!(said.contains("1 行数据") && !said.contains("no-header"), "{said}");
    }
    for (before, after) in [("宣传活动_", ""), ("活动表.", ""), ("A-", ""), ("", " as text")] {
        let said = validate(&header(&|title| format!("{before}{title}{after}")), "station");
        assert!(said.contains("最接近：宣传教育活动记录") && said.contains("是否应为“活动编号”？"), "{said}");
    }
    let said = validate("活动编码,站点编码,区划,类型,场所,日期,人数", "station");
    assert!(said.contains("最接近：宣传教育活动记录") && said.contains("“活动编码”是否应为“活动编号”？"), "{said}");
    // A header without its key, in the folder of another source.
    let said = validate("站点编号,所在区划代码,举办场所,参与人数,备注", "school");
    assert!(said.contains("最接近：宣传教育活动记录（应放在文件夹 station"), "{said}");
}

pub(crate) const PATIENT: &str = "患者编号,姓名,证件类型,证件号码,性别,出生日期,联系电话,现住址区划代码,现住址,管理地区划代码,诊断编码,确诊日期,建档日期,居住状况,知情同意";

pub(crate) fn patients(count: usize) -> Vec<String> {
    let row = |n: usize| {
        format!("P{n:03},王小明,,,男,1980-02-03,13800000000,,某村,370832100001,F20.9,2020-01-01,2020-02-01,居家,是")
    };
    (1..=count).map(row).collect()
}

/// The file-level findings of a file, and all that it brought.
fn sent(header: &str, rows: &[String]) -> (Inbox, Vec<super::inbox::Finding>) {
    let inbox = Inbox::new();
    inbox.write("inbox/370832/hospital/p_20230601.csv", format!("{header}\n{}\n", rows.join("\n")));
    inbox.publish();
    let found = inbox.findings("p_20230601.csv");
    (inbox, found)
}

fn codes(found: &[super::inbox::Finding]) -> Vec<(i64, &str, &str)> {
    found.iter().map(|(row, _, _, code, severity)| (*row, code.as_str(), severity.as_str())).collect()
}

fn said_of(inbox: &Inbox) -> String {
    let mut validate = xinhui();
    validate.env("COLUMNS", "0").args(["validate", "--lang", "zh", "--config"]).arg(inbox.path("xinhui.toml"));
    let said = expect(validate.arg(inbox.path("inbox/370832/hospital")), 1).stdout;
    String::from_utf8(said).expect("UTF-8")
}

#[test]
fn titles_that_stand_beside_their_values_are_one_error_of_the_sheet() {
    // The whole header one column to the right; one empty cell in it; one title cell removed, behind which all move up.
    let fifth = PATIENT.match_indices(',').nth(4).expect("five titles").0;
    let gap = format!("{},{}", &PATIENT[..fifth], &PATIENT[fifth..]);
    let gone = PATIENT.replace("出生日期,", "");
    let rows = || patients(30);
    let beside: Vec<String> = rows().iter().map(|row| format!(",{row}")).collect();
    for (header, rows, from, side) in [
        (format!(",{PATIENT}"), rows(), "第 1 列（A）", "左"),
        (gap, rows(), "第 6 列（F）", "左"),
        // All values one column to the right: the titles from the empty column on must move, though a text may be anything.
        (PATIENT.to_owned(), beside, "第 1 列（A）", "右"),
        // Telephone numbers may be anything: the first column that is seen to be wrong stands behind them.
        (gone, rows(), "第 7 列（G）", "右"),
    ] {
        let (inbox, found) = sent(&header, &rows);
        assert_eq!(codes(&found), [(0, "missing-column", "error")], "{header}: {found:?}");
        assert_eq!(inbox.fates("p_20230601.csv"), [0, 30, 0, 0, 0]);
        let said = said_of(&inbox);
        assert!(said.contains(&format!("自{from}起，各列数据在其标题的{side}边一列")), "{header}: {said}");
    }
}

#[test]
fn where_titles_are_shifted_no_column_is_taken_for_the_one_that_is_missing() {
    let (inbox, found) = sent(&PATIENT.replace("管理地区划代码,", ""), &patients(30));
    assert_eq!(codes(&found), [(0, "missing-column", "error"), (0, "missing-column", "error")], "{found:?}");
    let said = said_of(&inbox);
    assert!(said.contains("缺少必需的列“管理地区划代码”：") && !said.contains("是否就是"), "{said}");
}

#[test]
fn rows_that_are_wrong_in_some_columns_are_told_one_by_one_as_ever() {
    // Wrong everywhere, but not out of step: bad dates, bad codes, a bad division.
    let wrong: Vec<String> = patients(12)
        .iter()
        .map(|row| {
            row.replace("1980-02-03", "八零年").replace("F20.9", "精分").replace("居家", "在哪").replace(",是", ",也许")
        })
        .collect();
    let (inbox, found) = sent(PATIENT, &wrong);
    assert!(!found.iter().any(|f| f.3 == "missing-column"), "{found:?}");
    assert_eq!(inbox.fates("p_20230601.csv"), [0, 12, 0, 0, 0]);
    assert_eq!(found.iter().filter(|f| f.4 == "error").count(), 48, "{found:?}");
    // Half of the rows shifted: the header is right, and each of the others is told.
    let mut half = patients(12);
    half.iter_mut().step_by(2).for_each(|row| row.insert(0, ','));
    let (inbox, found) = sent(PATIENT, &half);
    assert!(!found.iter().any(|f| f.3 == "missing-column"), "{found:?}");
    assert_eq!(inbox.fates("p_20230601.csv"), [6, 6, 0, 0, 0]);
}

#[test]
fn titles_in_each_others_place_are_one_error_of_the_sheet() {
    for (a, b) in [("诊断编码", "管理地区划代码"), ("诊断编码", "性别"), ("姓名", "性别"), ("诊断编码", "确诊日期")]
    {
        let header = PATIENT.replace(a, "\u{1}").replace(b, a).replace('\u{1}', b);
        let (inbox, found) = sent(&header, &patients(12));
        assert_eq!(codes(&found), [(0, "missing-column", "error")], "{a} and {b}");
        assert_eq!(inbox.fates("p_20230601.csv"), [0, 12, 0, 0, 0]);
        let said = said_of(&inbox);
        let pair = [format!("“{a}”与“{b}”两列"), format!("“{b}”与“{a}”两列")];
        assert!(said.contains("标题写反了") && pair.iter().any(|pair| said.contains(pair)), "{said}");
    }
    // One column that is wrong, and no other that has its values: each row is told.
    let rows: Vec<String> = patients(3).iter().map(|row| row.replace("F20.9", "不清")).collect();
    let (_, found) = sent(PATIENT, &rows);
    assert_eq!(found.len(), 3);
}

#[test]
fn a_row_that_is_right_under_shifted_titles_stays_and_keeps_what_is_said_of_it() {
    let mut rows = patients(30);
    // One row that was typed under the titles as they stand, with a telephone number of no form.
    rows[7] = format!(",{}", rows[7].replace("13800000000", "138"));
    let (inbox, found) = sent(&format!(",{PATIENT}"), &rows);
    assert_eq!(inbox.fates("p_20230601.csv"), [1, 29, 0, 0, 0]);
    assert_eq!(codes(&found), [(0, "missing-column", "error"), (9, "phone-format", "warning")], "{found:?}");
}

#[test]
fn a_column_with_values_and_no_title_is_named_where_one_is_missing() {
    let (inbox, found) = sent(&PATIENT.replace("诊断编码", ""), &patients(3));
    assert_eq!(codes(&found), [(0, "missing-column", "error")]);
    let said = said_of(&inbox);
    assert!(said.contains("缺少必需的列“诊断编码”；第 11 列（K）有数据而没有标题，是否就是“诊断编码”？"), "{said}");
    // Without the key no dataset is recognised, and the column is named all the same.
    let (inbox, found) = sent(&PATIENT.replace("患者编号", ""), &patients(3));
    assert_eq!(codes(&found), [(0, "no-header", "error")]);
    let said = said_of(&inbox);
    assert!(said.contains("；第 1 列（A）有数据而没有标题，是否就是所缺的列？"), "{said}");
    // A column without a title and without values is no column.
    let without: Vec<String> = patients(3).iter().map(|row| row.replace("F20.9", "")).collect();
    let (inbox, _) = sent(&PATIENT.replace("诊断编码", ""), &without);
    assert!(said_of(&inbox).contains("缺少必需的列“诊断编码”：请补上该列后"), "{}", said_of(&inbox));
}

#[test]
fn of_two_tables_side_by_side_the_one_that_is_not_read_is_an_error() {
    let rows = patients(6);
    let beside: Vec<String> = (0..3).map(|n| format!("{},,{}", rows[n], rows[n + 3])).collect();
    let (inbox, found) = sent(&format!("{PATIENT},,{PATIENT}"), &beside);
    assert_eq!(codes(&found), [(0, "repeated-column", "error")]);
    assert_eq!(inbox.fates("p_20230601.csv"), [3, 0, 0, 0, 0]);
    let said = said_of(&inbox);
    assert!(said.contains("两张表并排") && said.contains("整行标题自第 17 列（Q）起又出现一遍"), "{said}");
    // The operator of the night is told.
    let run = xinhui().args(["run", "--lang", "zh", "--config"]).arg(inbox.path("xinhui.toml")).output();
    let said = String::from_utf8(run.expect("the binary starts").stdout).expect("UTF-8");
    assert!(said.contains("p_20230601.csv：重复的列"), "{said}");
    // One column twice is a warning, as before.
    let twice: Vec<String> = rows.iter().map(|row| format!("{row},女")).collect();
    let (_, found) = sent(&format!("{PATIENT},性别"), &twice);
    assert_eq!(codes(&found), [(0, "repeated-column", "warning")]);
}

/// Whoever looks for a column looks for what the file calls it.
#[test]
fn findings_name_a_column_as_the_file_calls_it() {
    let header = PATIENT.replace("出生日期", "出生年月日").replace("诊断编码", "诊断（ICD-10）");
    let row = patients(1)[0].replace("1980-02-03", "某日").replace("F20.9", "某病");
    let (inbox, _) = sent(&header, &[row]);
    let found = crate::night::quality::rejects(&inbox.path("store/current/internal"));
    let said = |code: &str| {
        let line = found.iter().find(|line| line["code"] == code);
        line.unwrap_or_else(|| panic!("{code} is not in {found:?}"))["message_zh"].clone()
    };
    let night = [said("type-error"), said("constraint-error")];
    assert!(night[0].contains("“出生年月日（出生日期）”"), "{night:?}");
    assert!(night[1].contains("“诊断（诊断编码）”"), "{night:?}");
    // One that is not known by its whole name.
    let said = said_of(&sent(&PATIENT.replace("性别", "患者性别"), &patients(1)).0);
    assert!(said.contains("“患者性别”是否应为“性别”？"), "{said}");
    for (title, slip) in [("性别", "姓别"), ("姓名", "名字"), ("联系电话", "患者电话"), ("诊断编码", "疾病诊断")]
    {
        let (inbox, _) = sent(&PATIENT.replace(title, slip), &patients(1));
        let said: String = crate::night::quality::rejects(&inbox.path("store/current/internal"))
            .iter()
            .map(|line| line["message_zh"].as_str())
            .collect();
        assert!(said.contains(&format!("“{slip}”")) && said.contains(&format!("是否应为“{title}”？")), "{said}");
    }
    let validate = said_of(&inbox);
    assert!(night.iter().all(|said| validate.contains(said.as_str())), "{night:?}\n{validate}");
}

/// Sheets that go on with the table of the sheet before them, and columns without a title: what is not read is told.
#[test]
fn rows_and_columns_that_no_header_names_are_told() {
    let inbox = Inbox::new();
    let mut book = rust_xlsxwriter::Workbook::new();
    let rows = patients(12);
    for (name, lines) in [("1月", [vec![PATIENT.to_owned()], rows[..4].to_vec()].concat()), ("2月", rows[4..].to_vec())]
    {
        let sheet = book.add_worksheet();
        sheet.set_name(name).expect("a name");
        for (r, line) in (0..).zip(&lines) {
            for (c, cell) in (0..).zip(line.split(',')) {
                sheet.write_string(r, c, cell).expect("written");
            }
        }
    }
    inbox.write("inbox/370832/hospital/p_20230601.xlsx", book.save_to_buffer().expect("a workbook"));
    inbox.run(1);
    let found = crate::night::quality::rejects(&inbox.path("store/current/internal"));
    let told: Vec<_> = found.iter().filter(|line| line["sheet"] == "2月").collect();
    assert!(told.len() == 1 && told[0]["code"] == "no-header" && told[0]["severity"] == "error", "{found:?}");
    assert!(told[0]["message_zh"].contains("像是它的续表"), "{told:?}");
    // Values below no title; numbers of lines need none.
    let header = format!(",{}", PATIENT.replace("联系电话", ""));
    let rows: Vec<String> = (1..=6).zip(patients(6)).map(|(n, row)| format!("{n},{row}")).collect();
    let (inbox, found) = sent(&header, &rows);
    assert_eq!(codes(&found), [(0, "unknown-column", "warning")]);
    let found = crate::night::quality::rejects(&inbox.path("store/current/internal"));
    assert!(found[0]["message_zh"].contains("第 8 列（H）有数据而没有标题"), "{found:?}");
}

/// A title that was taken out, the others moved to the left: two columns of days seem to belong under one title.
#[test]
fn one_title_is_not_exchanged_with_two() {
    let inbox = Inbox::new();
    let titles = "记录编号,站点编号,姓名,性别,服务类型,服务日期,个性化疏导方案编号,录入时间,";
    let row = |n: usize| format!("R{n},S1,王小明,男,心理咨询,面谈,2023-05-01,F{n},2023-05-02");
    let rows: Vec<String> = (1..=10).map(row).collect();
    inbox.station("sites_20230601.csv", &[SITE, SITE_S1]);
    inbox.station("services_20230601.csv", &[titles, &rows.join("\n")]);
    inbox.publish();
    let found = crate::night::quality::rejects(&inbox.path("store/current/internal"));
    assert!(found.iter().all(|line| !line["message_zh"].contains("标题写反")), "{found:?}");
    let told: Vec<_> = found.iter().filter(|line| line["code"] == "missing-column").collect();
    assert!(told.len() == 1 && told[0]["message_zh"].contains("第 6 列"), "{found:?}");
}

/// The same where just one column can tell that it is another's: the last title is missing.
#[test]
fn titles_that_moved_by_one_are_told_by_the_last_one_that_is_missing() {
    let inbox = Inbox::new();
    let titles = "记录编号,站点编号,姓名,性别,服务类型,服务日期,个性化疏导方案编号,";
    let row = |n: usize| format!("R{n},S1,王小明,男,心理咨询,面谈,2023-05-01,F{n}");
    let rows: Vec<String> = (1..=10).map(row).collect();
    inbox.station("sites_20230601.csv", &[SITE, SITE_S1]);
    inbox.station("services_20230601.csv", &[titles, &rows.join("\n")]);
    inbox.publish();
    let found = crate::night::quality::rejects(&inbox.path("store/current/internal"));
    let told: Vec<_> = found.iter().filter(|line| line["code"] == "missing-column").collect();
    assert!(told.len() == 1 && told[0]["message_zh"].contains("第 6 列"), "{found:?}");
    assert!(!told[0]["message_zh"].contains("标题写反"), "{found:?}");
}
