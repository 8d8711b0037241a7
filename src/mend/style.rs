//! How cells look.

use rust_xlsxwriter::{Color, Format, FormatAlign, FormatBorder};

/// Points of a line of text, and of the tallest row.
const LINE: f64 = 15.0;
const TALLEST: f64 = 240.0;

const LINES: u32 = 0xD5_D8_DD;
const FONT: &str = "Microsoft YaHei";

fn base(fill: Option<u32>) -> Format {
    let plain = Format::new()
        .set_font_name(FONT)
        .set_font_size(10)
        .set_text_wrap()
        .set_align(FormatAlign::VerticalCenter)
        .set_border(FormatBorder::Thin)
        .set_border_color(Color::RGB(LINES));
    match fill {
        Some(fill) => plain.set_background_color(Color::RGB(fill)),
        None => plain,
    }
}

fn head(fill: u32) -> Format {
    base(Some(fill))
        .set_font_color(Color::White)
        .set_bold()
        .set_align(FormatAlign::Center)
        .set_border_color(Color::White)
}

/// Formats of all our workbooks.
pub struct MendStyles {
    /// The first line of a page.
    pub title: Format,
    /// Text without a border.
    pub words: Format,
    /// The header of a column that need not be filled in, and of one that must.
    pub head: Format,
    pub required_head: Format,
    /// The header of a column that is ours.
    pub our_head: Format,
    pub ours: Format,
    pub plain: Format,
    pub centred: Format,
    pub strong: Format,
}

impl MendStyles {
    pub fn new() -> Self {
        let words =
            Format::new().set_font_name(FONT).set_font_size(10).set_text_wrap().set_align(FormatAlign::VerticalCenter);
        MendStyles {
            title: words.clone().set_font_size(13).set_bold().set_font_color(Color::RGB(0x2B_5C_8A)).unset_text_wrap(),
            words,
            head: head(0x4A_55_68),
            required_head: head(0xA8_6A_00),
            our_head: head(0x2F_7A_6B),
            ours: base(Some(0xEF_F6_F3)).set_indent(1),
            plain: base(None).set_indent(1),
            centred: base(None).set_align(FormatAlign::Center),
            strong: base(None).set_indent(1).set_bold(),
        }
    }
}

/// How grave what is found in a cell is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum CellMark {
    None,
    Warning,
    Error,
}

/// The format of a cell of data, by the number format of its field and by what is found in it.
pub fn cell(num_format: &str, mark: CellMark) -> Format {
    let style = match mark {
        CellMark::None => base(None),
        CellMark::Warning => base(Some(0xFF_F3_B8)),
        CellMark::Error => base(Some(0xFB_D0_9E)).set_font_color(Color::RGB(0x8A_2B_00)).set_bold(),
    };
    style.set_num_format(num_format)
}

/// Columns that a text takes: a Chinese character is as wide as two digits.
pub fn broad(text: &str) -> f64 {
    text.chars().map(|c| if c.is_ascii() { 1.0 } else { 2.05 }).sum()
}

/// The height of a row whose cells hold these texts in columns of these widths.
pub fn height<'t>(cells: impl IntoIterator<Item = (&'t str, f64)>) -> f64 {
    let lines_of = |(text, width): (&str, f64)| -> usize {
        let of_line = |line: &str| (broad(line) / (width - 2.0).max(1.0)).ceil().max(1.0) as usize;
        text.lines().map(of_line).sum()
    };
    let lines = cells.into_iter().map(lines_of).max().unwrap_or(1).max(1);
    (lines as f64 * LINE + 5.0).min(TALLEST)
}
