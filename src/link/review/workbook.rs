//! Cases as a workbook that people fill in.

use rust_xlsxwriter::{
    Color, DataValidation, DataValidationErrorStyle, DataValidationRule, DocProperties, ExcelDateTime, Format,
    FormatAlign, FormatBorder, Workbook, Worksheet, XlsxError,
};

use super::cases::{Case, CaseSide};
use super::words::{KINDS, case_zh, kind_zh, signed};
use super::{explain, sheet};
use crate::error::{Error, Result};
use crate::link::engine::records::IdUse;
use crate::link::inspect::StatedIdentity;
use crate::schema::day;

/// Characters of a cell, at most; the format holds 32,767.
const LONGEST: usize = 2_000;
/// Points of a line of text, and of the tallest row that a spreadsheet has.
const LINE: f64 = 14.5;
const TALLEST: f64 = 400.0;

/// Words for codes.
#[derive(Clone, Copy)]
pub struct Labels<'a> {
    pub dataset: &'a dyn Fn(&str) -> String,
    /// Of a division code.
    pub place: &'a dyn Fn(&str) -> String,
}

impl Default for Labels<'_> {
    /// The codes themselves.
    fn default() -> Self {
        Labels { dataset: &|code| code.to_owned(), place: &|code| code.to_owned() }
    }
}

/// Bytes of an .xlsx workbook of cases; the same cases always give the same bytes. It is full of
/// personal data: it belongs below `private/`.
pub fn write_workbook(cases: &[Case], labels: Labels<'_>, today: i32) -> Result<Vec<u8>> {
    write(cases, labels, today).map_err(|e| Error::bug("the review workbook cannot be laid out").caused_by(e))
}

fn write(cases: &[Case], labels: Labels<'_>, today: i32) -> std::result::Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    let date = day::to_date(today);
    let created = ExcelDateTime::from_ymd(date.year().unsigned_abs(), date.month() as u8, date.day() as u8)?;
    book.set_properties(&DocProperties::new().set_title("人员关联待核").set_creation_datetime(&created));
    write_cases(book.add_worksheet(), cases, labels)?;
    explain::write(book.add_worksheet(), &KINDS.map(|(kind, words)| (kind_zh(kind), words)))?;
    book.save_to_buffer()
}

/// Columns before the records.
const LEADING: [(&str, f64); 8] = [
    ("序号", 6.0),
    (sheet::VERDICT, 11.0),
    (sheet::REASON, 22.0),
    (sheet::BY, 10.0),
    (sheet::EXPIRES, 12.0),
    ("类型", 16.0),
    ("优先级", 8.0),
    ("证据分", 8.0),
];
/// Of these people fill in some.
const INPUTS: std::ops::Range<u16> = 1..5;
const WHY: (&str, f64) = ("比对说明", 64.0);

/// A column that both records have.
struct Shown {
    title: &'static str,
    width: f64,
    /// Digits stand below each other.
    digits: bool,
    text: SideText,
    /// Whether what both state differs; `None`: of no matter.
    differs: Differs,
}

const SHOWN: [Shown; 12] = [
    shown("姓名", 10.0, |s, _| s.stated.name.clone(), Some(|a, b| unlike(&a.stated.name, &b.stated.name))),
    shown(
        "性别",
        6.0,
        |s, _| sex(&s.stated.sex).to_owned(),
        Some(|a, b| unlike(sex(&a.stated.sex), sex(&b.stated.sex))),
    ),
    digits("出生日期", 12.0, |s, _| s.stated.birth.clone(), Some(|a, b| unlike(&a.stated.birth, &b.stated.birth))),
    digits("证件号码", 21.0, |s, _| id_number(s), Some(unlike_ids)),
    digits("电话", 14.0, |s, _| phones(&s.stated), Some(no_phone_in_common)),
    digits(
        "学籍号",
        21.0,
        |s, _| s.stated.student_no.clone(),
        Some(|a, b| unlike(&a.stated.student_no, &b.stated.student_no)),
    ),
    shown(
        "监护人",
        9.0,
        |s, _| s.stated.guardian_name.clone(),
        Some(|a, b| unlike(&a.stated.guardian_name, &b.stated.guardian_name)),
    ),
    shown("住址", 26.0, |s, _| s.stated.address.clone(), Some(|a, b| unlike(&a.stated.address, &b.stated.address))),
    shown(
        "居住地",
        15.0,
        |s, l| (l.place)(&s.stated.residence),
        Some(|a, b| unlike(&a.stated.residence, &b.stated.residence)),
    ),
    shown("来源", 17.0, |s, l| format!("{}\n{}", (l.dataset)(&s.row.dataset), (l.place)(&s.row.county)), None),
    shown("记录号", 16.0, |s, _| s.row.record_key.clone(), None),
    shown("全部记录", 9.0, |s, _| format!("{} 条\n{} 种写法", s.rows, s.identities), None),
];

type SideText = fn(&CaseSide, &Labels<'_>) -> String;
type Differs = Option<fn(&CaseSide, &CaseSide) -> bool>;

const fn shown(title: &'static str, width: f64, text: SideText, differs: Differs) -> Shown {
    Shown { title, width, digits: false, text, differs }
}

const fn digits(title: &'static str, width: f64, text: SideText, differs: Differs) -> Shown {
    Shown { title, width, digits: true, text, differs }
}

/// Both are given and not the same.
fn unlike(a: &str, b: &str) -> bool {
    !a.is_empty() && !b.is_empty() && a != b
}

fn sex(code: &str) -> &str {
    match code {
        "1" => "男",
        "2" => "女",
        "0" | "9" => "",
        other => other,
    }
}

/// The number that the record states; and the one that its cluster has from other records.
fn id_number(side: &CaseSide) -> String {
    let s = &side.stated;
    let note = match s.id_use {
        IdUse::Own => "",
        IdUse::Nothing => "（无效的占位号码）",
        IdUse::Unsure => "（未通过校验）",
        IdUse::Other => "（其他证件）",
        IdUse::Shared => "（他人或多人使用）",
    };
    let mut lines = Vec::new();
    if !s.id_number.is_empty() {
        lines.push(s.id_number.clone());
        lines.extend((!note.is_empty()).then(|| note.to_owned()));
    }
    if !side.own_id.is_empty() && side.own_id != s.id_number {
        lines.push(format!("（同一人他处所填：\n{}）", side.own_id));
    }
    lines.join("\n")
}

fn unlike_ids(a: &CaseSide, b: &CaseSide) -> bool {
    unlike(&a.stated.id_number, &b.stated.id_number) || unlike(&a.own_id, &b.own_id)
}

fn phones(s: &StatedIdentity) -> String {
    let own = s.phones.iter().cloned();
    own.chain(s.guardian_phones.iter().map(|p| format!("{p}\n（监护人）"))).collect::<Vec<_>>().join("\n")
}

fn no_phone_in_common(a: &CaseSide, b: &CaseSide) -> bool {
    let all = |s: &CaseSide| s.stated.phones.iter().chain(&s.stated.guardian_phones).cloned().collect::<Vec<_>>();
    let (a, b) = (all(a), all(b));
    !a.is_empty() && !b.is_empty() && !a.iter().any(|p| b.contains(p))
}

fn write_cases(page: &mut Worksheet, cases: &[Case], labels: Labels<'_>) -> std::result::Result<(), XlsxError> {
    page.set_name(sheet::CASES)?;
    let styles = ReviewStyles::new();
    let mut column: u16 = 0;
    let mut head = |page: &mut Worksheet, title: &str, width: f64, style: &Format| {
        page.set_column_width(column, width)?.write_string_with_format(0, column, title, style)?;
        column += 1;
        Ok::<u16, XlsxError>(column - 1)
    };
    for (i, (title, width)) in (0..).zip(LEADING) {
        head(page, title, width, if INPUTS.contains(&i) { &styles.input_head } else { &styles.head })?;
    }
    for shown in &SHOWN {
        for (side, style) in ["甲", "乙"].iter().zip(&styles.side_heads) {
            head(page, &format!("{side}·{}", shown.title), shown.width, style)?;
        }
    }
    let last = head(page, WHY.0, WHY.1, &styles.head)?;
    for name in sheet::RECORDS {
        let hidden = head(page, name, 12.0, &styles.head)?;
        page.set_column_hidden(hidden)?;
    }
    page.set_row_height(0, 34.0)?;
    for (row, case) in (1..).zip(cases) {
        write_case(page, row, case, &labels, &styles)?;
    }
    let rows = cases.len() as u32;
    page.set_freeze_panes(1, INPUTS.end)?;
    page.autofilter(0, 0, rows, last)?;
    validate(page, rows.max(1))?;
    page.set_landscape().set_paper_size(8).set_print_fit_to_pages(2, 0).set_repeat_rows(0, 0)?;
    page.set_repeat_columns(0, 1)?.set_zoom(90);
    Ok(())
}

fn write_case(
    page: &mut Worksheet,
    row: u32,
    case: &Case,
    labels: &Labels<'_>,
    styles: &ReviewStyles,
) -> std::result::Result<(), XlsxError> {
    let mut lines = 1;
    page.write_number_with_format(row, 0, f64::from(row), &styles.number)?;
    for input in INPUTS {
        let style = if input + 1 == INPUTS.end { &styles.input_date } else { &styles.input };
        page.write_blank(row, input, style)?;
    }
    let mut column = INPUTS.end;
    let kind = kind_zh(case.kind);
    lines = lines.max(lines_of(kind, LEADING[usize::from(column)].1));
    page.write_string_with_format(row, column, kind, &styles.plain)?;
    page.write_number_with_format(row, column + 1, (case.priority * 10.0).round() / 10.0, &styles.decimal)?;
    page.write_string_with_format(row, column + 2, signed(case.bits), &styles.number)?;
    column += 3;
    for shown in &SHOWN {
        let differs = shown.differs.is_some_and(|differs| differs(&case.a, &case.b));
        for (side, of) in [&case.a, &case.b].into_iter().enumerate() {
            let text: String = (shown.text)(of, labels).chars().take(LONGEST).collect();
            lines = lines.max(lines_of(&text, shown.width));
            let style = &styles.sides[side][usize::from(differs)][usize::from(shown.digits)];
            page.write_string_with_format(row, column, text, style)?;
            column += 1;
        }
    }
    let why = case_zh(case);
    lines = lines.max(lines_of(&why, WHY.1));
    page.write_string_with_format(row, column, why, &styles.plain)?;
    column += 1;
    for side in [&case.a.row, &case.b.row] {
        for part in [&side.dataset, &side.county, &side.record_key] {
            page.write_string(row, column, part)?;
            column += 1;
        }
    }
    page.set_row_height(row, (lines as f64 * LINE + 5.0).min(TALLEST))?;
    Ok(())
}

/// Lines that a text takes in a column; a Chinese character is as wide as two digits.
fn lines_of(text: &str, width: f64) -> usize {
    let wide = |c: char| if c.is_ascii() { 1.0 } else { 2.05 };
    let lines = |line: &str| (line.chars().map(wide).sum::<f64>() / (width - 2.5)).ceil().max(1.0) as usize;
    text.lines().map(lines).sum()
}

fn validate(page: &mut Worksheet, rows: u32) -> std::result::Result<(), XlsxError> {
    let verdict = DataValidation::new()
        .allow_list_strings(&[sheet::SAME, sheet::DIFFERENT, sheet::UNDECIDED])?
        .set_input_title(sheet::VERDICT)?
        .set_input_message("甲、乙是同一人吗？从列表中选择。")?
        // English words are accepted too, so the list only warns.
        .set_error_style(DataValidationErrorStyle::Warning)
        .set_error_title("不在列表中")?
        .set_error_message("请选 同一人、不同人 或 暂不决定（same / different / undecided）。")?;
    page.add_data_validation(1, INPUTS.start, rows, INPUTS.start, &verdict)?;
    let expires = DataValidation::new()
        .allow_date(DataValidationRule::GreaterThan(ExcelDateTime::from_ymd(2000, 1, 1)?))
        .set_input_title(sheet::EXPIRES)?
        .set_input_message("结论到哪天为止有效，如 2027-12-31；长期有效则留空。")?
        .set_error_style(DataValidationErrorStyle::Warning)
        .set_error_title("不是日期")?
        .set_error_message("请按 2027-12-31 的样子填写，或留空。")?;
    page.add_data_validation(1, INPUTS.end - 1, rows, INPUTS.end - 1, &expires)?;
    Ok(())
}

struct ReviewStyles {
    head: Format,
    input_head: Format,
    side_heads: [Format; 2],
    plain: Format,
    number: Format,
    decimal: Format,
    input: Format,
    input_date: Format,
    /// By side, difference, digits.
    sides: [[[Format; 2]; 2]; 2],
}

impl ReviewStyles {
    fn new() -> Self {
        let base = |fill: u32, border: u32| {
            Format::new()
                .set_font_name("Microsoft YaHei")
                .set_font_size(10)
                .set_text_wrap()
                .set_align(FormatAlign::VerticalCenter)
                .set_background_color(Color::RGB(fill))
                .set_border(FormatBorder::Thin)
                .set_border_color(Color::RGB(border))
        };
        let head =
            |fill: u32| base(fill, 0xFF_FF_FF).set_font_color(Color::White).set_bold().set_align(FormatAlign::Center);
        const GREY: u32 = 0xF3_F4_F6;
        const LINES: u32 = 0xD5_D8_DD;
        let side = |fill: u32, differs: bool, digits: bool| {
            let mut style = base(if differs { 0xFB_DD_B5 } else { fill }, LINES).set_indent(1);
            if differs {
                style = style.set_font_color(Color::RGB(0x8A_2B_00)).set_bold();
            }
            if digits { style.set_font_name("Consolas") } else { style }
        };
        let by_digits = |fill, differs| [side(fill, differs, false), side(fill, differs, true)];
        let by_difference = |fill| [by_digits(fill, false), by_digits(fill, true)];
        let input = base(0xFF_FD_EB, 0xC9_A2_27).set_indent(1);
        ReviewStyles {
            head: head(0x4A_55_68),
            input_head: head(0xA8_6A_00),
            side_heads: [head(0x2B_5C_8A), head(0x2F_7A_6B)],
            plain: base(GREY, LINES).set_indent(1),
            number: base(GREY, LINES).set_align(FormatAlign::Center),
            decimal: base(GREY, LINES).set_align(FormatAlign::Center).set_num_format("0.0"),
            input: input.clone(),
            input_date: input.set_num_format("yyyy-mm-dd").set_indent(0).set_align(FormatAlign::Center),
            sides: [by_difference(0xE9_F0_F7), by_difference(0xE8_F3_F0)],
        }
    }
}
