//! Messages, explanations and masks of findings.

use std::collections::BTreeSet;

use xinhui::diag::mask::{mask, mask_identity};
use xinhui::diag::{Code, Lang, explain, render};

/// Details of every topic that a stage writes.
const DETAILS: &[(Code, &str)] = &[
    (Code::MissingValue, ""),
    (Code::MissingValue, "required_when:status=built|建设状态=已建成"),
    (Code::MissingValue, "required_when:exit_date|出册日期"),
    (Code::TypeError, "type:integer"),
    (Code::TypeError, "type:number"),
    (Code::TypeError, "type:boolean"),
    (Code::TypeError, "type:date"),
    (Code::TypeError, "type:datetime"),
    (Code::TypeError, "partial:"),
    (Code::TypeError, "impossible:"),
    (Code::ConstraintError, "range:0..100"),
    (Code::ConstraintError, "range:1.."),
    (Code::ConstraintError, "scale:PHQ9=0..27"),
    (Code::ConstraintError, "min_length:1"),
    (Code::ConstraintError, "max_length:50"),
    (Code::ConstraintError, "pattern:icd10"),
    (Code::ConstraintError, "pattern:division"),
    (Code::ConstraintError, "pattern:[A-Z]|[0-9]"),
    (Code::ConstraintError, "not_after:"),
    (Code::ConstraintError, "not_before:built_date|建成日期"),
    (Code::ConstraintError, "minimum_day:1900-01-01"),
    (Code::ConstraintError, "maximum_field:items_total|总题数"),
    (Code::UnknownCode, "list:home, hospital|居家、住院"),
    (Code::UnknownDivision, "unknown:"),
    (Code::UnknownDivision, "level:6,9,12"),
    (Code::UnknownDivision, "outside:370832"),
    (Code::Orphan, "parent:station_site.site_id"),
    (Code::IdNumberChecksum, "check:"),
    (Code::IdNumberChecksum, "shape:"),
    (Code::IdNumberChecksum, "birth:"),
    (Code::IdNumberMismatch, "birth_date:"),
    (Code::IdNumberMismatch, "sex:"),
    (Code::KeyConflict, "one-export:"),
    (Code::KeyConflict, "between:"),
    (Code::KeyConflict, "order:"),
    (Code::RegisterShrunk, "keys:5/30"),
];

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

#[test]
fn every_detail_gives_a_message_of_its_own() {
    for lang in [Lang::Zh, Lang::En] {
        let messages: BTreeSet<String> =
            DETAILS.iter().map(|(code, detail)| render(*code, "字段", "field", detail, lang)).collect();
        assert_eq!(messages.len(), DETAILS.len());
    }
}

#[test]
fn a_message_names_the_field_and_the_remedy() {
    let zh = |code, detail| render(code, "居住状况", "living", detail, Lang::Zh);
    let en = |code, detail| render(code, "居住状况", "living", detail, Lang::En);
    let list = "list:home, hospital|居家、住院";
    assert_eq!(zh(Code::UnknownCode, list), "「居住状况」不在代码表中，请填写以下之一：居家、住院");
    assert_eq!(en(Code::UnknownCode, list), "`living` is not in its code list: give one of home, hospital");
    let when = "required_when:status=built|建设状态=已建成";
    assert_eq!(zh(Code::MissingValue, when), "「居住状况」未填写：「建设状态」为“已建成”时此项必填，请补填");
    assert_eq!(
        en(Code::MissingValue, when),
        "`living` is not given, but is required when `status` is built: fill it in"
    );
    assert_eq!(zh(Code::ConstraintError, "range:0..100"), "「居住状况」超出范围，请填写 0 至 100 之间的数");
    assert_eq!(
        zh(Code::UnknownDivision, "level:9,12"),
        "「居住状况」的区划级别不对，应为乡镇街道（9 位）、村居（12 位）的区划代码"
    );
    assert_eq!(
        en(Code::Orphan, "parent:station_site.site_id"),
        "`living` names no known `site_id` of station_site: check the number, or send that row of station_site"
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
        "a required column is missing (活动类型): add it and export again"
    );
    assert_eq!(zh(Code::MissingColumn, "column:活动类型"), "缺少必需的列“活动类型”：请补上该列后重新导出");
    assert!(zh(Code::DamagedJson, "records:2,4").contains("第 2,4 条"));
    assert!(en(Code::LineTooLong, "line:7").contains("(line 7)"));
    assert!(en(Code::UnknownFormat, "format:pdf").contains("(pdf)"));
    assert!(zh(Code::DamagedArchive, "encrypted").contains("有密码"));
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
