//! The sheet that says how to fill the other in.

use rust_xlsxwriter::{Color, Format, FormatAlign, Worksheet, XlsxError};

use super::sheet;

const WIDTHS: [f64; 2] = [18.0, 96.0];

/// How the sheet is filled in.
const HOW_TO_FILL: &[(&str, &str)] = &[
    (
        "做什么",
        "“待核”表每行是一件：左右并列甲、乙两条记录，请判断是不是同一个人。只填米黄色的四列，其余各列请勿改动。",
    ),
    (sheet::VERDICT, "必填其一：同一人、不同人、暂不决定。空着的行不处理，下次仍会列出。"),
    (sheet::REASON, "据何判断，例如“电话核实”“查户籍”“学校确认为双胞胎”。"),
    (sheet::BY, "填了结论的行必填：核对人的姓名。"),
    (sheet::EXPIRES, "结论到哪天为止有效（含当天），如 2027-12-31；长期有效则留空。"),
    ("可以", "排序、筛选、调整列宽、移动列、分几次交回。"),
    ("不可以", "删改表头和隐藏列（记录标识）：读回时靠它们找到原始记录。"),
];

/// How it is read.
const HOW_TO_READ: &[(&str, &str)] = &[
    ("橙色", "甲、乙都填了而内容不同。一方没填的不算不同。"),
    ("优先级", "有多难定，乘以会因此改归他人的记录数。按它从高到低排列。"),
    ("证据分", "证据的分量：0 表示像与不像各半；每加 1，是同一人的胜算翻一倍，每减 1 减一半。“比对说明”列出它的由来。"),
    ("全部记录", "同一人名下现有多少条记录、多少种写法；所列的是其中最能说明问题的一条。"),
];

/// What to do with the workbook once it is filled in.
const AFTERWARDS: &[(&str, &str)] = &[
    ("交回", "存为 .xlsx 交回。结论记在原始记录上，每晚重新关联时都有效；以后再填同样两条记录，以后填的为准。"),
    ("矛盾", "若甲乙同、乙丙同、甲丙不同，这几条结论都暂不采用，并会报告，由人再定。"),
    ("保密", "本表含个人信息：不得外传，不得存到私人设备，用毕删除。"),
];

/// Writes the sheet; `kinds` with their meanings.
pub fn write(page: &mut Worksheet, kinds: &[(&str, &str)]) -> Result<(), XlsxError> {
    page.set_name(sheet::EXPLANATION)?;
    page.set_screen_gridlines(false);
    for (column, width) in (0..).zip(WIDTHS) {
        page.set_column_width(column, width)?;
    }
    let base = Format::new().set_font_name("Microsoft YaHei").set_font_size(11).set_align(FormatAlign::Top);
    let title = base.clone().set_font_size(16).set_bold();
    let section = base
        .clone()
        .set_align(FormatAlign::VerticalCenter)
        .set_indent(1)
        .set_bold()
        .set_font_color(Color::White)
        .set_background_color(Color::RGB(0x4A_55_68));
    let term = base.clone().set_indent(1).set_bold().set_text_wrap();
    let text = base.clone().set_text_wrap();

    let mut row = 0;
    page.write_string_with_format(row, 0, "人员关联待核：填写说明", &title)?;
    page.set_row_height(row, 30.0)?;
    row += 1;
    let mut part = |page: &mut Worksheet, name: &str, lines: &[(&str, &str)]| {
        row += 1;
        page.write_string_with_format(row, 0, name, &section)?.write_blank(row, 1, &section)?;
        page.set_row_height(row, 22.0)?;
        for (left, right) in lines {
            row += 1;
            page.write_string_with_format(row, 0, *left, &term)?.write_string_with_format(row, 1, *right, &text)?;
            let wide: f64 = right.chars().map(|c| if c.is_ascii() { 1.0 } else { 2.0 }).sum();
            page.set_row_height(row, (wide / (WIDTHS[1] - 1.0)).ceil().max(1.0) * 18.0)?;
        }
        row += 1;
        Ok::<(), XlsxError>(())
    };
    part(page, "怎样填", HOW_TO_FILL)?;
    part(page, "怎样看", HOW_TO_READ)?;
    part(page, "类型", kinds)?;
    part(page, "填好以后", AFTERWARDS)?;
    part(
        page,
        "English",
        &[(
            "In short",
            "One row is one case: are the two records, 甲 and 乙, of one person? Fill in only the four yellow \
             columns: 结论 verdict (same / different / undecided), 依据 reason, 核对人 your name (required with a \
             verdict), 有效期至 last valid day (YYYY-MM-DD, or blank). Rows and columns may be moved; leave the header \
             and the hidden columns alone. Confidential: personal data.",
        )],
    )?;
    page.set_landscape().set_paper_size(9).set_print_fit_to_pages(1, 0);
    Ok(())
}
