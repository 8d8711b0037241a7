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
