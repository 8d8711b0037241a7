//! Lines below a header that are not data: totals, footers, notes, rows of column numbers.
//!
//! When in doubt a line is data: if a key column holds a word that is in none of these lists, the line is data whatever
//! else it says.

use super::header::normalise;
use super::line::TextLine;

/// Words that fill a cell of a total line on their own.
const TOTALS: [&str; 9] = ["合计", "小计", "总计", "共计", "累计", "总数", "合计数", "总合计", "total"];

/// How the first cell of a total line may end, as in 城关镇小计.
const TOTAL_ENDINGS: [&str; 3] = ["合计", "小计", "总计"];

/// Words that begin a footer, whatever follows.
const FOOTERS: [&str; 36] = [
    "填表人",
    "填报人",
    "填表单位",
    "填报单位",
    "填表日期",
    "填报日期",
    "填报时间",
    "填表时间",
    "填表说明",
    "填报说明",
    "填写说明",
    "填报部门",
    "审核人",
    "审批人",
    "复核人",
    "校对人",
    "审核日期",
    "审核单位",
    "制表",
    "经办人",
    "负责人",
    "单位负责人",
    "分管领导",
    "联系人",
    "报送单位",
    "报送日期",
    "报表日期",
    "上报单位",
    "上报日期",
    "数据来源",
    "数据截至",
    "统计口径",
    "统计人",
    "打印时间",
    "打印日期",
    "导出时间",
];

/// Words that begin a footer only when they stand alone or before a colon, because values begin with them too.
const FOOTERS_BEFORE_COLON: [&str; 12] =
    ["注", "备注", "说明", "单位", "日期", "盖章", "附注", "注释", "注意", "单位盖章", "联系电话", "导出人"];

/// Cells of a row that explains how to fill in the columns.
const FILL_HINTS: [&str; 8] = ["必填", "选填", "非必填", "可选", "必选", "必填项", "选填项", "可空"];

/// The Heavenly Stems, which number the label columns of statistical forms.
const STEMS: &str = "甲乙丙丁戊己庚辛壬癸";

/// Whether a cell marks a total line: a total word alone or at the end.
pub(super) fn is_total(cell: &str) -> bool {
    if cell.len() > 90 {
        return false;
    }
    let name = normalise(cell);
    let bare = name.split('(').next().unwrap_or("");
    TOTALS.contains(&bare) || TOTAL_ENDINGS.iter().any(|end| bare.ends_with(end))
}

/// Whether a cell is exactly a total word.
fn is_total_alone(cell: &str) -> bool {
    cell.len() <= 60 && TOTALS.contains(&normalise(cell).split('(').next().unwrap_or(""))
}

/// Whether a cell is a total word with a count: 合计：3人, 共计120条.
fn is_counted_total(cell: &str) -> bool {
    if cell.len() > 60 {
        return false;
    }
    let name = normalise(cell);
    let Some(rest) = TOTALS.iter().find_map(|word| name.strip_prefix(word)) else {
        return false;
    };
    let unit = rest.trim_start_matches(|c: char| c.is_ascii_digit() || matches!(c, '.' | ','));
    unit.len() < rest.len() && unit.chars().count() <= 2
}

/// Whether a cell is a label with a value, such as 统计截止时间：2023-05-01. If it is the only cell of its line, the line is a
/// note whatever the label is.
pub(super) fn is_labelled(cell: &str) -> bool {
    before_colon(cell).is_some_and(|label| label.chars().filter(|c| !c.is_ascii()).count() >= 2)
}

/// Whether a cell is a sentence, such as 以上已核对，请查收. If it is the only cell of its line, and no key, it is a
/// remark on the table.
fn is_sentence(cell: &str) -> bool {
    cell.contains(['，', '。', '；', '！', '？']) && cell.chars().filter(|c| !c.is_ascii()).count() >= 5
}

/// Whether a cell begins a footer.
pub(super) fn is_footer(cell: &str) -> bool {
    let head: String = cell.chars().take(24).collect();
    let name = normalise(&head);
    if FOOTERS.iter().any(|word| name.starts_with(word)) {
        return true;
    }
    let plain = name.replace(['(', ')'], "");
    FOOTERS_BEFORE_COLON.iter().any(|word| {
        plain == *word
            || (plain.starts_with(word) && before_colon(cell).is_some_and(|b| b.replace(['(', ')'], "") == *word))
    }) || is_page_mark(&name)
}

/// The normalised text before the first colon.
fn before_colon(cell: &str) -> Option<String> {
    cell.find([':', '：']).map(|at| normalise(&cell[..at]))
}

/// Whether a text is a page mark: 第1页, 共3页, 共120条, or a combination of them.
fn is_page_mark(name: &str) -> bool {
    (name.starts_with('第') || name.starts_with('共'))
        && (name.ends_with('页') || name.ends_with('条'))
        && name.contains(|c: char| c.is_ascii_digit())
        && name.chars().all(|c| c.is_ascii_digit() || "第共页条/,、".contains(c))
}

/// A cheap test for every data row: could this cell be part of a total line or a footer?
pub(super) fn may_be_noise(cell: &str) -> bool {
    match cell.chars().next() {
        None => false,
        Some(c) if c.is_ascii() => {
            matches!(c, 't' | 'T' | '(' | '*' | '[') && cell.len() <= 90 && (!cell.is_ascii() || is_total(cell))
        }
        Some(c) => {
            "合小总共累填审复校制经负单分联报上数统打导注备说日盖附第（【★＊※".contains(c) || cell.contains('计')
        }
    }
}

/// Whether a line is a total line or a footer. `keys` are the columns of the primary key; `is_null` recognises the
/// words that stand for an empty cell.
pub(super) fn is_noise(line: &TextLine, keys: &[usize], is_null: impl Fn(&str) -> bool) -> bool {
    let filled: Vec<&str> = line.filled().map(|(_, text)| text).take(8).collect();
    let Some(first) = filled.first().copied() else {
        return false;
    };
    // 填表人：张三, or 填表人 张三 审核人 李四: with a second label in the line, the cell between cannot be a key.
    let footer = is_footer(first);
    if footer && (filled.len() <= 2 || filled[1..].iter().any(|cell| is_footer(cell))) {
        return true;
    }
    if filled.len() <= 2 && is_counted_total(first) || filled.len() == 1 && is_labelled(first) {
        return true;
    }
    if filled.len() == 1 && !keys.is_empty() && keys.iter().all(|k| line.trimmed(*k).is_empty()) && is_sentence(first) {
        return true;
    }
    let key_is = |word: fn(&str) -> bool| {
        keys.iter().all(|column| {
            let cell = line.trimmed(*column);
            cell.is_empty() || is_null(cell) || word(cell)
        })
    };
    let total = is_total(first) || filled[1..].iter().take(2).any(|cell| is_total_alone(cell));
    (total && key_is(is_total)) || (footer && key_is(is_footer))
}

/// Words that begin an example of how a row is filled in.
const EXAMPLES: [&str; 7] = ["示例", "样例", "范例", "填写示例", "填表示例", "填报示例", "示范"];

/// Words that are one alone or before a colon.
const EXAMPLES_ALONE: [&str; 6] = ["例", "例子", "例如", "举例", "example", "sample"];

/// Whether a cell says that its line is an example of how a row is filled in: 示例, 填写示例：, （例）.
pub(super) fn is_example(cell: &str) -> bool {
    if cell.len() > 60 {
        return false;
    }
    let name = normalise(before_colon(cell).as_deref().unwrap_or(cell));
    let name = name.trim_matches(['(', ')', '【', '】', '[', ']']);
    let bare = name.trim_end_matches(|c: char| c.is_ascii_digit() || c == '行');
    EXAMPLES.contains(&bare) || EXAMPLES_ALONE.contains(&name)
}

/// Whether the line right below a header numbers the columns or explains how to fill them in.
pub(super) fn is_column_guide(line: &TextLine) -> bool {
    let filled: Vec<&str> = line.filled().map(|(_, text)| text).collect();
    if filled.len() < 2 {
        return false;
    }
    if filled
        .iter()
        .all(|cell| cell.len() <= 30 && FILL_HINTS.contains(&normalise(cell).trim_matches(['(', ')', '【', '】'])))
    {
        return true;
    }
    let mut next = 1u32;
    filled.len() >= 3
        && filled.iter().enumerate().all(|(index, cell)| {
            let name = normalise(cell);
            let name = name.trim_matches(['(', ')']);
            if STEMS.chars().nth(index).is_some_and(|stem| name.chars().eq([stem])) {
                return next == 1;
            }
            let counts = name.parse() == Ok(next);
            next += 1;
            counts
        })
}
