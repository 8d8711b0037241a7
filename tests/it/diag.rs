//! Messages, explanations and masks of findings.

use std::collections::BTreeSet;
use std::sync::Arc;

use xinhui::diag::mask::{mask, mask_identity};
use xinhui::diag::{
    Code, Detail, InBoth, Lang, Nearest, ParentKey, Requirement, Unreadable, ValueBounds, ValueType, explain,
};

fn render(code: Code, title: &str, name: &str, detail: &str, lang: Lang) -> String {
    xinhui::diag::render(code, title, name, &Detail::parse(detail), lang)
}

fn is_chinese(c: char) -> bool {
    ('\u{4e00}'..='\u{9fff}').contains(&c)
}

#[test]
fn every_code_has_a_message_and_an_explanation_in_both_languages() {
    for code in Code::ALL {
        let zh = render(*code, "字段", "field", "", Lang::Zh);
        let en = render(*code, "字段", "field", "", Lang::En);
        assert!(zh.chars().any(is_chinese), "{code}: {zh}");
        assert!(!en.is_empty() && !en.replace("是 or 否", "").chars().any(is_chinese), "{code}: {en}");
        for lang in [Lang::Zh, Lang::En] {
            let told = explain(*code, lang);
            assert!(!told.title.is_empty() && !told.explanation.is_empty() && !told.remedy.is_empty(), "{code}");
        }
    }
    let titles: BTreeSet<&str> = Code::ALL.iter().map(|c| explain(*c, Lang::En).title).collect();
    assert_eq!(titles.len(), Code::ALL.len());
}

/// A detail and the text that is stored of it; the next one is that of the next variant, to the last.
pub fn next(detail: &Detail) -> Option<(Detail, &'static str)> {
    let status = || InBoth::new("status", "建设状态");
    let bounds = |least, most| ValueBounds { least, most };
    Some(match detail {
        Detail::None => (Detail::More(12), "more:12"),
        Detail::More(_) => {
            let value = Some(InBoth::new("built", "已建成"));
            let when = Requirement { field: status(), value };
            (Detail::RequiredWhen(Arc::new(when)), "required_when:status=built|建设状态=已建成")
        }
        Detail::RequiredWhen(when) if when.value.is_some() => {
            let when = Requirement { field: status(), value: None };
            (Detail::RequiredWhen(Arc::new(when)), "required_when:status|建设状态")
        }
        Detail::RequiredWhen(_) => (Detail::NotOfType(ValueType::Integer), "type:integer"),
        Detail::NotOfType(ValueType::Integer) => (Detail::NotOfType(ValueType::Number), "type:number"),
        Detail::NotOfType(ValueType::Number) => (Detail::NotOfType(ValueType::Boolean), "type:boolean"),
        Detail::NotOfType(ValueType::Boolean) => (Detail::NotOfType(ValueType::Date), "type:date"),
        Detail::NotOfType(ValueType::Date) => (Detail::NotOfType(ValueType::Datetime), "type:datetime"),
        Detail::NotOfType(ValueType::Datetime) => (Detail::PartialDate, "partial:"),
        Detail::PartialDate => (Detail::ImpossibleDate, "impossible:"),
        Detail::ImpossibleDate => (Detail::Range(Arc::new(bounds(Some(0.5), Some(100.0)))), "range:0.5..100"),
        Detail::Range(of) if of.least.is_some() && of.most.is_some() => {
            (Detail::Range(Arc::new(bounds(Some(1.0), None))), "range:1..")
        }
        Detail::Range(of) if of.least.is_some() => (Detail::Range(Arc::new(bounds(None, Some(-2.0)))), "range:..-2"),
        Detail::Range(_) => {
            (Detail::Scale(Arc::new(("PHQ9".to_owned(), bounds(Some(0.0), Some(27.0))))), "scale:PHQ9=0..27")
        }
        Detail::Scale(_) => (Detail::MinLength(1), "min_length:1"),
        Detail::MinLength(_) => (Detail::MaxLength(50), "max_length:50"),
        Detail::MaxLength(_) => (Detail::NotIcd10, "pattern:icd10"),
        Detail::NotIcd10 => (Detail::NotDivision, "pattern:division"),
        Detail::NotDivision => (Detail::Pattern("[A-Z]|[0-9]:".into()), "pattern:[A-Z]|[0-9]:"),
        Detail::Pattern(_) => (Detail::InFuture, "not_after:"),
        Detail::InFuture => (Detail::Before(Arc::new(status())), "not_before:status|建设状态"),
        Detail::Before(_) => (Detail::BeforeDay("1900-01-01".into()), "minimum_day:1900-01-01"),
        Detail::BeforeDay(_) => (Detail::LargerThan(Arc::new(status())), "maximum_field:status|建设状态"),
        Detail::LargerThan(_) => {
            (Detail::NoneOf(Arc::new(InBoth::new("home, hospital", "居家、住院"))), "list:home, hospital|居家、住院")
        }
        Detail::NoneOf(_) => (Detail::UnknownDivision, "unknown:"),
        Detail::UnknownDivision => (Detail::DivisionLevel([6, 9, 12].into()), "level:6,9,12"),
        Detail::DivisionLevel(_) => (Detail::NoDivisionCode([9, 12].into()), "no-code:9,12"),
        Detail::NoDivisionCode(_) => (Detail::DivisionNamed("370811015".into()), "named:370811015"),
        Detail::DivisionNamed(_) => (Detail::OutsideCounty("370832".into()), "outside:370832"),
        Detail::OutsideCounty(_) => {
            let dataset = InBoth::new("station_site", "站点台账");
            let key = InBoth::new("site_id", "站点编号");
            (Detail::Parent(Arc::new(ParentKey { dataset, key })), "parent:station_site.site_id|站点台账.站点编号")
        }
        Detail::Parent(_) => (Detail::CheckDigit, "check:"),
        Detail::CheckDigit => (Detail::NumberShape, "shape:"),
        Detail::NumberShape => (Detail::NumberBirth, "birth:"),
        Detail::NumberBirth => (Detail::BirthDate, "birth_date:"),
        Detail::BirthDate => (Detail::Sex, "sex:"),
        Detail::Sex => (Detail::OneExport, "one-export:"),
        Detail::OneExport => (Detail::BetweenExports, "between:"),
        Detail::BetweenExports => (Detail::OrderOnly, "order:"),
        Detail::OrderOnly => (Detail::OverLines { lines: [12, 15].into(), more: 0 }, "over:12,15"),
        Detail::OverLines { more: 0, .. } => (Detail::OverLines { lines: [12, 15].into(), more: 3 }, "over:12,15+3"),
        Detail::OverLines { .. } => (Detail::Folders, "folders:"),
        Detail::Folders => (Detail::DamagedRow, "row:"),
        Detail::DamagedRow => (Detail::Keys { has: 5, stood: 30 }, "keys:5/30"),
        of_file => return next_of_file(of_file),
    })
}

fn nearest() -> Nearest {
    Nearest {
        dataset: InBoth::new("Register of patients", "严重精神障碍患者登记"),
        missing: vec!["编号".to_owned(), "诊断".to_owned()],
        meant: vec![("居住状态".to_owned(), "居住状况".to_owned())],
        untitled: Vec::new(),
        folder: None,
    }
}

fn next_of_file(detail: &Detail) -> Option<(Detail, &'static str)> {
    let words = |text: &str| text.to_owned();
    Some(match detail {
        Detail::Keys { .. } => {
            let sources = ["station".to_owned(), "police".to_owned()].into();
            (Detail::Folder { name: words("379999"), sources }, "folder:station,police:379999")
        }
        Detail::Folder { name, .. } if !name.contains('/') => {
            let sources = ["station".to_owned(), "police".to_owned()].into();
            (Detail::Folder { name: words("379999/x"), sources }, "folder:station,police:379999/x")
        }
        Detail::Folder { .. } => {
            let sources = ["station".to_owned(), "police".to_owned()].into();
            (Detail::StrayFile { name: words("改好.xlsx"), sources }, "stray-file:station,police:改好.xlsx")
        }
        Detail::StrayFile { .. } => {
            (Detail::FolderMeant { name: words("任城区"), meant: words("370811") }, "folder-meant:370811:任城区")
        }
        Detail::FolderMeant { .. } => (
            Detail::Nearest(Arc::new(nearest())),
            "nearest:Register of patients|严重精神障碍患者登记|编号,诊断|居住状态>居住状况",
        ),
        Detail::Nearest(of) if of.untitled.is_empty() && of.folder.is_none() => {
            let of = Nearest { untitled: vec![3, 28], ..nearest() };
            (
                Detail::Nearest(Arc::new(of)),
                "nearest:Register of patients|严重精神障碍患者登记|编号,诊断|居住状态>居住状况|3,28",
            )
        }
        Detail::Nearest(of) if of.folder.is_none() => {
            let of = Nearest { folder: Some(words("hospital")), ..nearest() };
            (
                Detail::Nearest(Arc::new(of)),
                "nearest:Register of patients|严重精神障碍患者登记|编号,诊断|居住状态>居住状况||hospital",
            )
        }
        Detail::Nearest(_) => {
            (Detail::HeaderBelow(Arc::new((InBoth::new("Patients", "患者"), 5001))), "header-below:Patients|患者|5001")
        }
        Detail::HeaderBelow(_) => {
            (Detail::Continued(Arc::new(InBoth::new("Patients", "患者"))), "continued:Patients|患者")
        }
        Detail::Continued(_) => (Detail::NoTitle([4, 7].into()), "no-title:4,7"),
        Detail::NoTitle(_) => (Detail::OurHeader, "our-header:"),
        Detail::OurHeader => {
            let dataset = InBoth::new("Patients", "患者");
            (Detail::Belongs(Arc::new((dataset, words("hospital")))), "belongs:Patients|患者|hospital")
        }
        Detail::Belongs(_) => {
            (Detail::Meant(Arc::new((words("居住状态"), words("居住状况")))), "meant:居住状态>居住状况")
        }
        Detail::Meant(_) => (Detail::TakenOut([words("性别"), words("姓名")].into()), "taken-out:性别,姓名"),
        Detail::TakenOut(_) => (Detail::MovedTitles([words("性别"), words("姓名")].into()), "moved-titles:性别,姓名"),
        Detail::MovedTitles(_) => (Detail::Untitled(Arc::new((words("诊断"), vec![3]))), "untitled:3:诊断"),
        Detail::Untitled(_) => (Detail::Shifted { from: 6, left: true }, "shifted:left:6"),
        Detail::Shifted { left: true, .. } => (Detail::Shifted { from: 6, left: false }, "shifted:right:6"),
        Detail::Shifted { .. } => (Detail::Exchanged([(words("性别"), words("诊断"))].into()), "exchanged:性别>诊断"),
        Detail::Exchanged(_) => (Detail::Beside(21), "beside:21"),
        Detail::Beside(_) => {
            (Detail::NoCounty { name: words("hospital"), source: words("hospital") }, "no-county:hospital:hospital")
        }
        Detail::NoCounty { .. } => {
            (Detail::OfFolder { rows: 4, folder: words("370832/station") }, "of-folder:4:370832/station")
        }
        Detail::OfFolder { .. } => (Detail::Column(words("单位:平方米")), "column:单位:平方米"),
        Detail::Column(_) => (Detail::Dataset(words("smi_followup")), "dataset:smi_followup"),
        Detail::Dataset(_) => (Detail::Line(7), "line:7"),
        Detail::Line(_) => (Detail::Records { numbers: vec![2, 4], more: 0 }, "records:2,4"),
        Detail::Records { more: 0, .. } => (Detail::Records { numbers: vec![2, 4], more: 3 }, "records:2,4 and 3 more"),
        Detail::Records { .. } => (Detail::Format(words("pdf")), "format:pdf"),
        Detail::Format(_) => (Detail::Unreadable(Unreadable::Permission), "reason:permission"),
        Detail::Unreadable(Unreadable::Permission) => (Detail::Unreadable(Unreadable::Gone), "reason:gone"),
        Detail::Unreadable(Unreadable::Gone) => (Detail::Unreadable(Unreadable::Loop), "reason:loop"),
        Detail::Unreadable(Unreadable::Loop) => (Detail::Unreadable(Unreadable::Outside), "reason:outside"),
        Detail::Unreadable(Unreadable::Outside) => (Detail::Unreadable(Unreadable::NoFile), "reason:no-file"),
        Detail::Unreadable(Unreadable::NoFile) => (Detail::Quiet(120), "quiet:120"),
        Detail::Quiet(_) => (Detail::Memory(4096), "memory:4096"),
        Detail::Memory(_) => (Detail::Seconds(600), "seconds:600"),
        Detail::Seconds(_) => (Detail::Rows(1_000_000), "rows:1000000"),
        Detail::Rows(_) => (Detail::Tables(1000), "tables:1000"),
        Detail::Tables(_) => (Detail::Crash, "crash"),
        Detail::Crash => (Detail::Method(words("ppmd")), "method:ppmd"),
        Detail::Method(_) => (Detail::Codec(words("lzo")), "codec:lzo"),
        Detail::Codec(_) => (Detail::Encrypted, "encrypted"),
        Detail::Encrypted => (Detail::TooLarge, "too-large"),
        Detail::TooLarge => (Detail::RepeatedNames, "repeated-names"),
        Detail::RepeatedNames => (Detail::Words(words("unexpected end of file")), "unexpected end of file"),
        _ => return None,
    })
}

#[test]
fn every_detail_is_stored_as_one_text_and_read_from_it_again() {
    let (mut detail, mut text) = (Detail::None, "");
    let mut seen = BTreeSet::new();
    loop {
        assert_eq!(detail.to_string(), text);
        assert_eq!(Detail::parse(text), detail);
        assert_eq!(serde_json::to_string(&detail).expect("a text"), format!("\"{text}\""));
        assert!(seen.insert(text), "{text} twice");
        let Some(following) = next(&detail) else { break };
        (detail, text) = following;
    }
    assert_eq!(seen.len(), 89);
}

#[test]
fn a_text_that_no_detail_writes_is_kept_as_it_is() {
    for text in
        ["line:007", "range:a..b", "reason:weather", "list:one", "crash:", "more:", "keys:5", "level:6,x", "a:b"]
    {
        assert_eq!(Detail::parse(text), Detail::Words(text.to_owned()));
        assert_eq!(Detail::parse(text).to_string(), text);
    }
}

#[test]
fn a_message_names_the_field_and_the_remedy() {
    let zh = |code, detail| render(code, "居住状况", "living", detail, Lang::Zh);
    let en = |code, detail| render(code, "居住状况", "living", detail, Lang::En);
    let list = "list:home, hospital|居家、住院";
    assert_eq!(zh(Code::UnknownCode, list), "“居住状况”不在代码表中，请填写以下之一：居家、住院");
    assert_eq!(en(Code::UnknownCode, list), "`living` is not in its code list: give one of home, hospital");
    let when = "required_when:status=built|建设状态=已建成";
    assert_eq!(zh(Code::MissingValue, when), "“居住状况”未填写：“建设状态”为“已建成”时此项必填，请补填");
    assert_eq!(
        en(Code::MissingValue, when),
        "`living` is not given, but is required when `status` is built: fill it in"
    );
    assert_eq!(zh(Code::ConstraintError, "range:0..100"), "“居住状况”超出范围，请填写 0 至 100 之间的数");
    assert_eq!(
        zh(Code::UnknownDivision, "level:9,12"),
        "“居住状况”的区划级别不对，应为乡镇街道（9 位）、村居（12 位）的区划代码"
    );
    assert_eq!(
        en(Code::Orphan, "parent:Service sites.site_id|心理服务站点台账.站点编号"),
        "`living` names no known `site_id` of “Service sites”: check the number, or send that row of “Service sites”"
    );
    assert!(render(Code::UnknownColumn, "", "", "备注", Lang::Zh).contains("备注"));
    assert!(render(Code::DamagedArchive, "", "", "a.zip", Lang::En).contains("a.zip"));
}

#[test]
fn a_file_message_keeps_a_detail_with_a_colon_whole() {
    assert!(render(Code::UnknownColumn, "", "", "单位:平方米", Lang::Zh).contains("单位:平方米"));
}

#[test]
fn a_file_message_says_in_words_what_it_is_about() {
    let en = |code, detail| render(code, "", "", detail, Lang::En);
    let zh = |code, detail| render(code, "", "", detail, Lang::Zh);
    assert_eq!(
        en(Code::MissingColumn, "column:活动类型"),
        "the required column “活动类型” is missing: add it and export again; all rows are rejected for it"
    );
    assert_eq!(
        zh(Code::MissingColumn, "column:活动类型"),
        "缺少必需的列“活动类型”：请补上该列后重新导出；其全部数据行因此退回"
    );
    // A file that calls its columns by the names of fields is told these, with the titles.
    let icd = "meant:icd>diagnosis=诊断编码";
    assert!(en(Code::MissingColumn, icd).contains("did “icd” mean “diagnosis” (诊断编码)?"));
    assert!(zh(Code::MissingColumn, icd).contains("“icd”是否应为“diagnosis”（诊断编码）？"));
    assert!(zh(Code::DamagedJson, "records:2,4").contains("第 2、4 条"));
    assert!(en(Code::LineTooLong, "line:7").contains("(line 7)"));
    assert!(en(Code::UnknownFormat, "format:pdf").contains("(pdf)"));
    assert!(zh(Code::DamagedArchive, "encrypted").contains("设了密码"));
}

#[test]
fn masks_hide_what_identifies() {
    assert_eq!(mask_identity("张伟"), "**");
    assert_eq!(mask_identity(""), "*");
    assert_eq!(mask("张伟"), "张*");
    assert_eq!(mask("110105194912310021"), "*".repeat(18));
    assert_eq!(mask("101"), "101");
    assert_eq!(mask("-1.5"), "-1.5");
    assert_eq!(mask("13800138000"), "*".repeat(11));
    assert!(!mask("2023-02-30").contains(|c: char| c.is_ascii_digit()));
    assert_eq!(mask("１３８００１３８０００"), "*".repeat(11));
}
