//! The code lists of a workbook: a page of them, and drop-downs that take their values from it.

use std::collections::BTreeMap;

use rust_xlsxwriter::{DataValidation, DataValidationErrorStyle, Formula, Workbook, Worksheet};

use super::Laid;
use super::field_guide::FieldGuide;
use super::style::MendStyles;
use crate::schema::mending::NO_DATA;
use crate::schema::{FieldType, Schemas, Table};

/// The name of the page.
const PAGE: &str = "心汇-代码表";
/// The line, from 0, on which the labels begin.
const FIRST: u32 = 2;
/// The list of yes and no.
const YES_NO: &str = "是否";

/// Where the labels of each list stand on the page: its column and how many they are.
#[derive(Default)]
pub struct DropDowns {
    places: BTreeMap<String, (u16, u32)>,
}

impl DropDowns {
    /// The lists that fields of some tables use.
    pub fn of<'t>(tables: impl IntoIterator<Item = &'t Table>, schemas: &Schemas) -> Self {
        let mut places = BTreeMap::from([(YES_NO.to_owned(), (0, 2))]);
        let mut column = 2;
        for name in tables.into_iter().flat_map(|t| &t.fields).filter_map(|f| f.codes.as_deref()) {
            let Some(list) = schemas.codes.get(name) else { continue };
            if !places.contains_key(name) {
                places.insert(name.to_owned(), (column, list.values.len() as u32));
                column += 3;
            }
        }
        DropDowns { places }
    }

    /// Adds the page of all lists.
    pub fn write(&self, book: &mut Workbook, tables: &[&Table], schemas: &Schemas) -> Laid {
        let styles = MendStyles::new();
        let page = book.add_worksheet();
        page.set_name(PAGE)?;
        page.write_with_format(0, 0, format!("{NO_DATA} · 代码表：填中文名称或代码均可"), &styles.title)?;
        for (name, (column, _)) in &self.places {
            let title = tables.iter().flat_map(|t| &t.fields).find(|f| f.codes.as_ref() == Some(name));
            let title = title.map_or(name.as_str(), |f| f.title.as_str());
            page.write_with_format(FIRST - 1, *column, title, &styles.head)?;
            page.set_column_width(*column, 20)?;
            if name == YES_NO {
                page.write_with_format(FIRST, *column, "是", &styles.plain)?;
                page.write_with_format(FIRST + 1, *column, "否", &styles.plain)?;
                continue;
            }
            page.write_with_format(FIRST - 1, column + 1, "代码", &styles.head)?;
            page.set_column_width(column + 1, 10)?;
            page.set_column_width(column + 2, 3)?;
            for (row, value) in (FIRST..).zip(schemas.codes.get(name).into_iter().flat_map(|l| &l.values)) {
                page.write_with_format(row, *column, &value.zh, &styles.plain)?;
                page.write_with_format(row, column + 1, &value.code, &styles.centred)?;
            }
        }
        page.set_freeze_panes(FIRST, 0)?;
        page.set_landscape().set_paper_size(9).set_print_fit_to_pages(1, 0);
        Ok(())
    }

    /// Gives the cells of a field a drop-down, where it has one value of a list, and a hint how it is filled in.
    pub fn drop_down(&self, page: &mut Worksheet, guide: &FieldGuide<'_>, column: u16, rows: (u32, u32)) -> Laid {
        let list = match guide.field.ty {
            FieldType::Code => guide.field.codes.as_deref(),
            FieldType::Boolean => Some(YES_NO),
            _ => None,
        };
        let Some((at, values)) = list.and_then(|name| self.places.get(name)) else { return Ok(()) };
        let letters = letters(*at);
        let range = format!("='{PAGE}'!${letters}${}:${letters}${}", FIRST + 1, FIRST + values);
        let rule = DataValidation::new()
            .allow_list_formula(Formula::new(range))
            // Codes and other names are accepted too, so the list only warns.
            .set_error_style(DataValidationErrorStyle::Warning)
            .set_error_title("不在列表中")?
            .set_error_message("请从列表中选择；也可以填写代码。")?;
        page.add_data_validation(rows.0, column, rows.1, column, &rule)?;
        Ok(())
    }
}

/// The letters of a column: `A`, `AB`.
fn letters(column: u16) -> String {
    let mut letters = Vec::new();
    let mut rest = u32::from(column) + 1;
    while rest > 0 {
        letters.push(char::from(b'A' + ((rest - 1) % 26) as u8));
        rest = (rest - 1) / 26;
    }
    letters.into_iter().rev().collect()
}
