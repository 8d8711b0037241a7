//! The sheet in which an office fills in the residents of its divisions.

use std::path::Path;

use rust_xlsxwriter::{Color, DataValidation, DataValidationRule, DocProperties, ExcelDateTime, Format, FormatAlign};
use rust_xlsxwriter::{Workbook, XlsxError};

use super::new_store::NewStore;
use crate::error::{Error, Lang, Result};
use crate::pipeline::notices::POPULATION_SHEETS;
use crate::schema::Schemas;
use crate::schema::divisions::Divisions;

/// Its file name.
pub fn file_name(lang: Lang) -> &'static str {
    match lang {
        Lang::Zh => POPULATION_SHEETS[0],
        Lang::En => POPULATION_SHEETS[1],
    }
}

/// Writes one row for each division of the tree.
///
/// It does not lie in the reference folder until it is filled in: what lies there is taken as it is.
pub fn write(path: &Path, divisions: &Divisions, schemas: &Schemas, new: &NewStore<'_>) -> Result<()> {
    workbook(divisions, schemas, new).and_then(|mut workbook| workbook.save(path)).map_err(|e| Error::output(path, e))
}

fn workbook(divisions: &Divisions, schemas: &Schemas, new: &NewStore<'_>) -> Result<Workbook, XlsxError> {
    let table = schemas.table("population");
    let title = |field: &str| table.and_then(|t| t.field(field)).map_or_else(|| field.to_owned(), |f| f.title.clone());
    let (name, note) = match new.lang {
        Lang::Zh => (
            "名称",
            "填写各区划常住人口（人）；没有数字的行可以留空。其他年份请改年份一列，或另加各行、另加一份。填好后把本文件放入 reference 文件夹。",
        ),
        Lang::En => (
            "Name",
            "Fill in the residents of each division; leave it empty where you have no number. For other years change the \
             year, add rows, or add a file of its own. Then put this file into the folder `reference`.",
        ),
    };
    let mut workbook = Workbook::new();
    // The same store gives the same bytes.
    workbook.set_properties(&DocProperties::new().set_creation_datetime(&ExcelDateTime::from_ymd(2000, 1, 1)?));
    let sheet = workbook.add_worksheet();
    sheet.set_name(table.map_or("population", |t| t.title.as_str()))?;
    let wrapped = Format::new().set_text_wrap().set_align(FormatAlign::Top);
    sheet.merge_range(0, 0, 0, 3, note, &wrapped)?;
    sheet.set_row_height(0, 34)?;
    let head = Format::new().set_bold().set_background_color(Color::RGB(0xDD_EB_F7)).set_align(FormatAlign::Center);
    let heads = [title("division_code"), name.to_owned(), title("year"), title("residents")];
    for (column, text) in heads.iter().enumerate() {
        sheet.write_string_with_format(1, column as u16, text, &head)?;
    }
    let (text, whole) = (Format::new().set_num_format("@"), Format::new().set_num_format("#,##0"));
    let mut row = 2;
    for (code, name) in divisions.iter() {
        sheet.write_string_with_format(row, 0, code, &text)?;
        sheet.write_string(row, 1, name)?;
        sheet.write_number(row, 2, f64::from(new.year))?;
        sheet.write_blank(row, 3, &whole)?;
        row += 1;
    }
    let rule = DataValidationRule::Between(0, 2_000_000_000);
    sheet.add_data_validation(2, 3, row, 3, &DataValidation::new().allow_whole_number(rule))?;
    sheet.set_freeze_panes(2, 0)?;
    for (column, width) in [16.0, 30.0, 8.0, 14.0].into_iter().enumerate() {
        sheet.set_column_width(column as u16, width)?;
    }
    Ok(workbook)
}
