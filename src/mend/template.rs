//! An empty workbook of a dataset: headers, drop-downs, formats, and a page of explanations.

use rust_xlsxwriter::{Note, Workbook};

use super::example::example;
use super::field_guide::FieldGuide;
use super::lists::DropDowns;
use super::sheet_name::sheet_name;
use super::style::{self, CellMark, MendStyles, broad, height};
use super::{Laid, bytes_of, workbook};
use crate::error::Result;
use crate::schema::mending::NO_DATA;
use crate::schema::{Load, Schemas, Table};

/// Rows that are prepared for entries.
const ROWS: u32 = 2_000;

/// Bytes of the workbook of a dataset.
pub fn template(table: &Table, schemas: &Schemas) -> Result<Vec<u8>> {
    bytes_of(laid_out(table, schemas))
}

fn laid_out(table: &Table, schemas: &Schemas) -> Laid<Vec<u8>> {
    let mut book = workbook(&table.title)?;
    let guides = FieldGuide::all(table, schemas);
    let lists = DropDowns::of([table], schemas);
    write_entries(&mut book, table, &guides, &lists)?;
    write_explanations(&mut book, table, &guides)?;
    lists.write(&mut book, &[table], schemas)?;
    book.save_to_buffer()
}

fn write_entries(book: &mut Workbook, table: &Table, guides: &[FieldGuide<'_>], lists: &DropDowns) -> Laid {
    let styles = MendStyles::new();
    let page = book.add_worksheet();
    page.set_name(sheet_name(&table.title, &mut Vec::new()))?;
    for (column, guide) in (0u16..).zip(guides) {
        let required = guide.is_required();
        let title = if required { format!("*{}", guide.field.title) } else { guide.field.title.clone() };
        page.write_with_format(0, column, &title, if required { &styles.required_head } else { &styles.head })?;
        page.set_column_width(column, guide.width().max(broad(&title) + 3.0))?;
        page.set_column_format(column, &style::cell(guide.num_format(), CellMark::None))?;
        let shown = match example(guide) {
            none if none.is_empty() => none,
            value => format!("\n例：{value}"),
        };
        let hint = format!("{}\n{}{shown}", guide.required(), guide.format());
        page.insert_note(0, column, &note(&hint))?;
        lists.drop_down(page, guide, column, (1, ROWS))?;
    }
    let last = guides.len().saturating_sub(1) as u16;
    page.set_row_height(0, 30.0)?;
    page.autofilter(0, 0, ROWS, last)?;
    page.set_freeze_panes(1, 1)?;
    page.set_landscape().set_paper_size(8).set_print_fit_to_pages(1, 0).set_repeat_rows(0, 0)?;
    Ok(())
}

/// A comment of a cell.
pub(super) fn note(text: &str) -> Note {
    let lines: f64 = text.lines().map(|line| (broad(line) / 36.0).ceil().max(1.0)).sum();
    Note::new(text).set_author("xinhui").add_author_prefix(false).set_width(280).set_height(24 + lines as u32 * 18)
}

/// Columns of the page of explanations, with their widths.
const COLUMNS: [(&str, f64); 6] =
    [("字段", 22.0), ("必填", 20.0), ("含义", 40.0), ("格式", 40.0), ("代码与名称", 54.0), ("示例（虚构）", 24.0)];

fn write_explanations(book: &mut Workbook, table: &Table, guides: &[FieldGuide<'_>]) -> Laid {
    let styles = MendStyles::new();
    let page = book.add_worksheet();
    page.set_name("心汇-填写说明")?;
    page.write_with_format(0, 0, format!("{NO_DATA} · {}：填写说明", table.title), &styles.title)?;
    let load = match table.load {
        Load::Snapshot => "每次报送全部在册的行：新的一份整体替换此前的一份",
        Load::Upsert => "可以只报送新增和更正的行：同一编号以较晚的为准",
    };
    let how = format!(
        "从第一个工作表的第二行起，每条记录填一行；带 * 的列必填。{load}。填好后存入收件箱中本区县的{}文件夹（{}），文件名带上导出日期（8 位数字）。",
        table.source.zh(),
        table.source.as_str()
    );
    page.merge_range(1, 0, 1, COLUMNS.len() as u16 - 1, &how, &styles.words)?;
    page.set_row_height(1, 36.0)?;
    for (column, (title, width)) in (0..).zip(COLUMNS) {
        page.set_column_width(column, width)?;
        page.write_with_format(2, column, title, &styles.head)?;
    }
    for (row, guide) in (3..).zip(guides) {
        let codes: Vec<String> = guide.codes().iter().map(|(code, zh)| format!("{code} {zh}")).collect();
        let cells = [
            guide.field.title.clone(),
            guide.required(),
            guide.meaning(),
            guide.format(),
            codes.join("；"),
            example(guide),
        ];
        for (column, cell) in (0..).zip(&cells) {
            let style = if column == 0 && guide.is_required() { &styles.strong } else { &styles.plain };
            page.write_string_with_format(row, column, cell, style)?;
        }
        page.set_row_height(row, height(cells.iter().map(String::as_str).zip(COLUMNS.map(|(_, width)| width))))?;
    }
    page.set_freeze_panes(3, 1)?;
    page.set_landscape().set_paper_size(9).set_print_fit_to_pages(1, 0).set_repeat_rows(2, 2)?;
    Ok(())
}
