//! The first page of a workbook of rows to mend: what to do, in plain words, what costs most first.

use rust_xlsxwriter::Workbook;

use super::Laid;
use super::style::{MendStyles, height};
use crate::schema::mending::NO_DATA;

/// The name of the page.
pub(super) const PAGE: &str = "心汇-总览";

/// What the first page says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Overview {
    /// Of whom and what the workbook is.
    pub title: String,
    /// Rows on the other pages that are rejected, and that are only warned.
    pub rejected: u64,
    pub warned: u64,
    /// In the order of what they cost.
    pub troubles: Vec<ListedTrouble>,
    /// What else there is to know, a sentence each.
    pub notes: Vec<String>,
}

/// One kind of trouble.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedTrouble {
    /// Where it is: a dataset, or a file.
    pub place: String,
    /// What is wrong and how to mend it.
    pub remedy: String,
    pub is_error: bool,
    /// Rows that it keeps from counting, or that it is about; `None` where it is a whole file.
    pub rows: Option<u64>,
    /// Rows beside them that are accepted once they are mended.
    pub waiting: u64,
    /// What hangs on these rows, where that is known.
    pub reach: Option<Reach>,
}

/// What hangs on the rows of a dataset.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reach {
    /// Indicators that are counted from the dataset.
    pub indicators: u64,
    /// Targets of the county that are not met, or cannot be judged, and stand on one of these indicators.
    pub targets: u64,
}

impl ListedTrouble {
    /// What mending it is worth: `214 行、14 项指标、2 个目标`.
    fn worth(&self) -> String {
        let mut parts = vec![match (self.rows, self.waiting) {
            (None, _) => "整个文件".to_owned(),
            (Some(rows), 0) => format!("{rows} 行"),
            (Some(rows), waiting) => format!("{rows} 行（另有 {waiting} 行随之采用）"),
        }];
        if let Some(reach) = self.reach {
            parts.extend((reach.indicators > 0).then(|| format!("{} 项指标", reach.indicators)));
            parts.extend((reach.targets > 0).then(|| format!("{} 个目标", reach.targets)));
        }
        parts.join("、")
    }
}

const COLUMNS: [(&str, f64); 5] =
    [("序号", 7.0), ("级别", 11.0), ("怎么改", 64.0), ("改好可影响", 34.0), ("在哪里", 46.0)];

const HOW: [&str; 5] = [
    "一、自上而下，先改影响大的（目标指本区县尚未达标或因数据不全不能判定的）。每类问题的各行在后面的工作表中：橙色的格必须改，黄色的格请核对，鼠标停在格上可看怎么改。",
    "二、直接在原来的格中改。不要删除“心汇：行标识”列（已隐藏），也不必删除没有改的行；可以排序、筛选、隐藏列。",
    "三、黄色的格核对后确实无误的，在该行“心汇：核对”列选“核对无误”，以后不再询问，直到该行内容有变；橙色的格不能这样处理，必须改。",
    "四、改好后把整个文件放回本单位的收件箱，当晚采用。没有改的行保持原样，改了一半也可以先放回。",
    "五、源系统中也请同样更正；以后的导出若又带来同样的旧内容，仍以这里改过的为准。",
];

pub(super) fn write(book: &mut Workbook, overview: &Overview) -> Laid {
    let styles = MendStyles::new();
    let page = book.add_worksheet();
    page.set_name(PAGE)?;
    let last = COLUMNS.len() as u16 - 1;
    for (column, (_, width)) in (0..).zip(COLUMNS) {
        page.set_column_width(column, width)?;
    }
    page.write_with_format(0, 0, format!("{NO_DATA} · {}", overview.title), &styles.title)?;
    page.set_row_height(0, 26.0)?;
    let whole = overview.troubles.iter().filter(|t| t.rows.is_none() && t.is_error).count();
    let told = [
        (whole as u64, "处涉及整个文件、须改正"),
        (overview.rejected, "行被退回、须改正"),
        (overview.warned, "行已采用、请核对"),
    ];
    let told: Vec<String> = told.iter().filter(|(n, _)| *n > 0).map(|(n, what)| format!("{n} {what}")).collect();
    let sum = match told.is_empty() {
        true => "没有要改的行。".to_owned(),
        false => format!("共 {}。", told.join("；")),
    };
    let mut row = 1;
    let broad: f64 = COLUMNS.iter().map(|(_, width)| width).sum();
    let lines = std::iter::once(sum.as_str()).chain(HOW).chain(overview.notes.iter().map(String::as_str));
    for line in lines {
        page.merge_range(row, 0, row, last, line, &styles.words)?;
        page.set_row_height(row, height([(line, broad)]))?;
        row += 1;
    }
    row += 1;
    for (column, (title, _)) in (0..).zip(COLUMNS) {
        page.write_with_format(row, column, title, &styles.head)?;
    }
    page.set_row_height(row, 24.0)?;
    let header = row;
    for (number, trouble) in (1u32..).zip(&overview.troubles) {
        row += 1;
        let worth = trouble.worth();
        page.write_with_format(row, 0, number, &styles.centred)?;
        page.write_with_format(row, 1, if trouble.is_error { "必须改" } else { "请核对" }, &styles.centred)?;
        page.write_with_format(row, 2, &trouble.remedy, &styles.plain)?;
        page.write_with_format(row, 3, &worth, &styles.strong)?;
        page.write_with_format(row, 4, &trouble.place, &styles.plain)?;
        let cells = [(trouble.remedy.as_str(), COLUMNS[2].1), (&worth, COLUMNS[3].1), (&trouble.place, COLUMNS[4].1)];
        page.set_row_height(row, height(cells))?;
    }
    page.set_landscape().set_paper_size(9).set_print_fit_to_pages(1, 0).set_repeat_rows(header, header)?;
    Ok(())
}
