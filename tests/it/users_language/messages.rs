//! Messages: what each finding may say, in both languages, and the table of it in `docs/findings.md`.

use std::collections::BTreeSet;
use std::path::Path;

use xinhui::diag::{Code, Detail, Lang, explain, render};

use super::detect::{chinese, english};
use crate::diag;

/// A code with a title, a name and a stored detail: each kind of message that a clerk may get.
const MESSAGES: &[(Code, &str)] = &[
    (Code::NoHeader, ""),
    (Code::NoHeader, "nearest:Register of patients|严重精神障碍患者登记|诊断编码,管理地区划代码|居住状态>居住状况"),
    (Code::NoHeader, "nearest:Register of patients|严重精神障碍患者登记|患者编号||1"),
    (Code::NoHeader, "nearest:Register of patients|严重精神障碍患者登记|诊断编码|居住状态>居住状况|11,28"),
    (Code::NoHeader, "nearest:Register of patients|严重精神障碍患者登记|诊断编码|居住状态>居住状况||hospital"),
    (Code::WrongSource, "belongs:Register of patients|严重精神障碍患者登记|hospital"),
    (Code::MissingColumn, "column:诊断编码"),
    (Code::MissingColumn, "meant:诊断代号>诊断编码"),
    (Code::MissingColumn, "meant:icd>diagnosis=诊断编码"),
    (Code::MissingColumn, "untitled:11:诊断编码"),
    (Code::MissingColumn, "shifted:left:6"),
    (Code::MissingColumn, "shifted:right:6"),
    (Code::MissingColumn, "exchanged:诊断编码>管理地区划代码"),
    (Code::NoHeader, "header-below:Register of patients|严重精神障碍患者登记|5001"),
    (Code::NoHeader, "continued:Register of patients|严重精神障碍患者登记"),
    (Code::UnknownColumn, "no-title:4,7"),
    (Code::NoHeader, "our-header:"),
    (Code::MissingColumn, "taken-out:性别,姓名"),
    (Code::MissingColumn, "moved-titles:性别,姓名"),
    (Code::UnknownColumn, "column:身高"),
    (Code::UnknownColumn, "meant:居住状态>居住状况"),
    (Code::RepeatedColumn, "column:性别"),
    (Code::RepeatedColumn, "beside:21"),
    (Code::UnknownFolder, "folder:station,school,hospital,police:3708xx"),
    (Code::UnknownFolder, "folder:station,school,hospital,police:370899"),
    (Code::UnknownFolder, "no-county:hospital:hospital"),
    (Code::UnknownFolder, "stray-file:station,school,hospital,police:370811/改好.xlsx"),
    (Code::UnknownFolder, "folder-meant:370811:任城区"),
    (Code::UnknownFolder, "folder-meant:hospital:370811/医院"),
    (Code::MissingValue, ""),
    (Code::MissingValue, "required_when:id_type=other|证件类型=其他"),
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
    (Code::ConstraintError, "range:..100"),
    (Code::ConstraintError, "scale:PHQ9=0..27"),
    (Code::ConstraintError, "min_length:2"),
    (Code::ConstraintError, "max_length:50"),
    (Code::ConstraintError, "pattern:icd10"),
    (Code::ConstraintError, "pattern:division"),
    (Code::ConstraintError, "pattern:[A-Z]{2}"),
    (Code::ConstraintError, "not_after:"),
    (Code::ConstraintError, "not_before:built_date|建成日期"),
    (Code::ConstraintError, "minimum_day:1900-01-01"),
    (Code::ConstraintError, "maximum_field:items_total|题目总数"),
    (Code::ConstraintError, "more:12"),
    (Code::UnknownCode, "list:home, hospital|居家、住院"),
    (Code::UnknownDivision, "unknown:"),
    (Code::UnknownDivision, "level:6,9,12"),
    (Code::UnknownDivision, "level:9,12"),
    (Code::UnknownDivision, "no-code:9,12"),
    (Code::UnknownDivision, "named:370811015"),
    (Code::UnknownDivision, "outside:370832"),
    (Code::Orphan, "parent:Mental-health service sites.site_id|心理服务站点台账.站点编号"),
    (Code::IdNumberChecksum, "check:"),
    (Code::IdNumberChecksum, "shape:"),
    (Code::IdNumberChecksum, "birth:"),
    (Code::IdNumberDamaged, ""),
    (Code::IdNumberMismatch, "birth_date:"),
    (Code::IdNumberMismatch, "sex:"),
    (Code::PhoneFormat, ""),
    (Code::PlaceholderDate, ""),
    (Code::ErrorCell, ""),
    (Code::UnclearMonth, ""),
    (Code::FollowupBeforeRegistration, ""),
    (Code::Encoding, ""),
    (Code::LostCharacters, ""),
    (Code::NameIsNumber, ""),
    (Code::CreditCodeChecksum, ""),
    (Code::KeyConflict, "one-export:"),
    (Code::KeyConflict, "between:"),
    (Code::KeyConflict, "order:"),
    (Code::KeyConflict, "over:12"),
    (Code::KeyConflict, "over:12,15"),
    (Code::KeyConflict, "over:12,15+3"),
    (Code::KeyConflict, "folders:"),
    (Code::RegisterShrunk, "keys:5/30"),
    (Code::EmptyFile, ""),
    (Code::EncryptedWorkbook, ""),
    (Code::DamagedArchive, ""),
    (Code::DamagedArchive, "encrypted"),
    (Code::DamagedArchive, "method:ppmd"),
    (Code::DamagedArchive, "too-large"),
    (Code::DamagedArchive, "repeated-names"),
    (Code::DamagedArchive, "unexpected end of file"),
    (Code::HtmlNotExcel, ""),
    (Code::DamagedWorkbook, ""),
    (Code::DamagedWorkbook, "too-large"),
    (Code::UnknownFormat, ""),
    (Code::UnknownFormat, "format:pdf"),
    (Code::UnknownFormat, "format:ole"),
    (Code::UnknownFormat, "format:json-object"),
    (Code::LineTooLong, "line:7"),
    (Code::DamagedParquet, ""),
    (Code::DamagedParquet, "codec:lzo"),
    (Code::ShiftedDates, "column:建档日期"),
    (Code::DamagedJson, "records:2,4"),
    (Code::DamagedJson, "records:2,4 and 3 more"),
    (Code::DamagedJson, "row:"),
    (Code::UnreadableFile, "reason:permission"),
    (Code::UnreadableFile, "reason:gone"),
    (Code::UnreadableFile, "reason:loop"),
    (Code::UnreadableFile, "reason:outside"),
    (Code::UnreadableFile, "reason:no-file"),
    (Code::UnreadableFile, "unexpected end of file"),
    (Code::FileChanging, ""),
    (Code::FileChanging, "quiet:120"),
    (Code::ReaderStopped, "memory:4096"),
    (Code::ReaderStopped, "seconds:600"),
    (Code::ReaderStopped, "rows:1000000"),
    (Code::ReaderStopped, "tables:1000"),
    (Code::ReaderStopped, "crash"),
    (Code::MendsUnknownFile, ""),
    (Code::MendsUnknownFile, "of-folder:5:370832/station"),
];

/// Codes of files, sheets and columns: their messages name no field.
fn is_of_file(code: Code) -> bool {
    render(code, "某字段", "field", &Detail::None, Lang::Zh) == render(code, "", "", &Detail::None, Lang::Zh)
}

fn message(code: Code, detail: &str, lang: Lang) -> String {
    let (title, name) = if is_of_file(code) { ("", "") } else { ("某字段", "field") };
    render(code, title, name, &Detail::parse(detail), lang)
}

#[test]
fn every_code_has_its_messages_and_each_speaks_one_language() {
    for code in Code::ALL {
        assert!(MESSAGES.iter().any(|(c, _)| c == code), "{code} has no message here");
    }
    for (code, detail) in MESSAGES {
        let (zh, en) = (message(*code, detail, Lang::Zh), message(*code, detail, Lang::En));
        assert_eq!(english(&zh), None, "{code} {detail}: {zh}");
        // Titles of columns stand in brackets, as they stand in the file.
        let plain = en.split(" (").next().unwrap_or_default().replace("write 是 or 否", "");
        assert_eq!(chinese(&plain), None, "{code} {detail}: {en}");
        assert!(zh.contains('：') || zh.contains('，') || zh.contains('？'), "{code} {detail} names no remedy: {zh}");
        assert!(en.contains(": ") || en.contains("; ") || en.contains("? "), "{code} {detail} names no remedy: {en}");
    }
    for lang in [Lang::Zh, Lang::En] {
        let messages: BTreeSet<String> = MESSAGES.iter().map(|(code, detail)| message(*code, detail, lang)).collect();
        assert_eq!(messages.len(), MESSAGES.len(), "two messages say the same");
    }
    for code in Code::ALL {
        let (zh, en) = (explain(*code, Lang::Zh), explain(*code, Lang::En));
        for text in [zh.title, zh.explanation, zh.remedy] {
            assert_eq!(english(text), None, "{code}");
        }
        for text in [en.title, en.explanation, en.remedy] {
            assert_eq!(chinese(&text.replace("是 or 否", "")), None, "{code}");
        }
    }
}

/// Marks around the table of messages in `docs/findings.md`.
const BEGIN: &str = "<!-- messages: made by the test `users_language::findings` -->\n";
const END: &str = "<!-- end of messages -->\n";

/// The table of messages is made from the messages: run this test with `XINHUI_FINDINGS=write` after a change.
#[test]
fn the_table_of_messages_is_what_the_program_says() {
    for (ending, lang) in [(".md", Lang::En), (".zh-CN.md", Lang::Zh)] {
        let mut table = String::from(match lang {
            Lang::En => "| code | message |\n|---|---|\n",
            Lang::Zh => "| 代码 | 消息 |\n|---|---|\n",
        });
        for (code, detail) in MESSAGES {
            let said = message(*code, detail, lang).replace('|', "\\|").replace('<', "&lt;");
            table.push_str(&format!("| `{code}` | {said} |\n"));
        }
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("docs/findings{ending}"));
        let text = std::fs::read_to_string(&path).expect("a page");
        let (head, rest) = text.split_once(BEGIN).expect("the table begins");
        let (_, tail) = rest.split_once(END).expect("the table ends");
        let made = format!("{head}{BEGIN}{table}{END}{tail}");
        if std::env::var("XINHUI_FINDINGS").is_ok_and(|v| v == "write") {
            std::fs::write(&path, &made).expect("written");
        }
        let told = std::fs::read_to_string(&path).expect("a page");
        assert!(told == made, "docs/findings{ending} says something else: see the comment of this test");
    }
}

/// The codes that the program says with a detail.
fn said_with(detail: &Detail) -> &'static [Code] {
    use Code::*;
    match detail {
        Detail::None => &[
            MissingValue,
            NoHeader,
            IdNumberDamaged,
            PhoneFormat,
            PlaceholderDate,
            ErrorCell,
            UnclearMonth,
            FollowupBeforeRegistration,
            Encoding,
            LostCharacters,
            NameIsNumber,
            CreditCodeChecksum,
            EmptyFile,
            EncryptedWorkbook,
            DamagedArchive,
            HtmlNotExcel,
            DamagedWorkbook,
            UnknownFormat,
            DamagedParquet,
            FileChanging,
            MendsUnknownFile,
        ],
        Detail::More(_) => &[ConstraintError],
        Detail::RequiredWhen(_) => &[MissingValue],
        Detail::NotOfType(_) | Detail::PartialDate | Detail::ImpossibleDate => &[TypeError],
        Detail::Range(_)
        | Detail::Scale(_)
        | Detail::MinLength(_)
        | Detail::MaxLength(_)
        | Detail::NotIcd10
        | Detail::NotDivision
        | Detail::Pattern(_)
        | Detail::InFuture
        | Detail::Before(_)
        | Detail::BeforeDay(_)
        | Detail::LargerThan(_) => &[ConstraintError],
        Detail::NoneOf(_) => &[UnknownCode],
        Detail::UnknownDivision
        | Detail::DivisionLevel(_)
        | Detail::NoDivisionCode(_)
        | Detail::DivisionNamed(_)
        | Detail::OutsideCounty(_) => &[UnknownDivision],
        Detail::Parent(_) => &[Orphan],
        Detail::CheckDigit | Detail::NumberShape | Detail::NumberBirth => &[IdNumberChecksum],
        Detail::BirthDate | Detail::Sex => &[IdNumberMismatch],
        Detail::OneExport | Detail::BetweenExports | Detail::OrderOnly | Detail::OverLines { .. } | Detail::Folders => {
            &[KeyConflict]
        }
        Detail::DamagedRow | Detail::Records { .. } => &[DamagedJson],
        Detail::Keys { .. } => &[RegisterShrunk],
        Detail::Folder { .. } | Detail::StrayFile { .. } | Detail::FolderMeant { .. } | Detail::NoCounty { .. } => {
            &[UnknownFolder]
        }
        Detail::Nearest(_) | Detail::HeaderBelow(_) | Detail::Continued(_) | Detail::OurHeader => &[NoHeader],
        Detail::NoTitle(_) => &[UnknownColumn],
        Detail::Belongs(_) => &[WrongSource],
        Detail::Meant(_) => &[MissingColumn, UnknownColumn],
        Detail::Untitled(_) | Detail::Shifted { .. } | Detail::Exchanged(_) => &[MissingColumn],
        Detail::TakenOut(_) | Detail::MovedTitles(_) => &[MissingColumn],
        Detail::Beside(_) => &[RepeatedColumn],
        Detail::OfFolder { .. } => &[MendsUnknownFile],
        Detail::Column(_) => &[MissingColumn, UnknownColumn, RepeatedColumn, ShiftedDates],
        Detail::Line(_) => &[LineTooLong],
        Detail::Format(_) => &[UnknownFormat],
        Detail::Unreadable(_) => &[UnreadableFile],
        Detail::Quiet(_) => &[FileChanging],
        Detail::Memory(_) | Detail::Seconds(_) | Detail::Rows(_) | Detail::Tables(_) | Detail::Crash => {
            &[ReaderStopped]
        }
        Detail::Method(_) | Detail::RepeatedNames => &[DamagedArchive],
        Detail::Encrypted => &[DamagedArchive],
        Detail::TooLarge => &[DamagedArchive, DamagedWorkbook],
        Detail::Codec(_) => &[DamagedParquet],
        Detail::Words(_) => &[DamagedArchive, UnreadableFile],
        // Of no finding; its form is kept for stores of before.
        Detail::Dataset(_) => &[],
    }
}

/// What stands of a message whatever it is about: without names in quotes, what is in brackets, lists and numbers.
fn shape(message: &str) -> String {
    let mut shape = String::new();
    let mut until = None;
    for c in message.chars() {
        match (c, until) {
            (c, Some(end)) if c == end => until = None,
            (_, Some(_)) => {}
            ('“', _) => until = Some('”'),
            ('（', _) => {
                until = Some('）');
                if !shape.ends_with("（）") {
                    shape.push_str("（）");
                }
            }
            ('、' | '或', _) => {}
            (c, _) if c.is_ascii() => {}
            (c, _) => shape.push(c),
        }
    }
    shape
}

/// Every detail, of those that may have more or fewer parts each form.
fn details() -> Vec<Detail> {
    let mut all = vec![Detail::None];
    while let Some((next, _)) = diag::next(all.last().expect("one")) {
        all.push(next);
    }
    all
}

#[test]
fn the_table_of_messages_has_every_message_that_may_be_said() {
    let details = details();
    let mut missing = Vec::new();
    for code in Code::ALL {
        assert!(details.iter().any(|detail| said_with(detail).contains(code)), "{code} is said with no detail");
        let of_code = MESSAGES.iter().filter(|(of, _)| of == code).map(|(_, stored)| *stored);
        let told: BTreeSet<String> = of_code.map(|stored| shape(&message(*code, stored, Lang::Zh))).collect();
        for detail in &details {
            let said = message(*code, &detail.to_string(), Lang::Zh);
            // A branch of the program for this very detail, or one that is declared above.
            let plain = message(*code, "", Lang::Zh);
            let bare = |message: &str| shape(message).replace("（）", "");
            let is_own =
                said_with(detail).contains(code) || (bare(&said) != bare(&plain) && !matches!(detail, Detail::More(_)));
            if is_own && !told.contains(&shape(&said)) {
                missing.push(format!("{code} `{detail}`: {said}"));
            }
        }
    }
    assert!(missing.is_empty(), "not in the table:\n{}", missing.join("\n"));
}
