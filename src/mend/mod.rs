//! Workbooks for those who fill in and mend: an empty one of a dataset, and one of the rows of a sender that must be
//! mended. What is mended in them is read back as it is: see [`crate::schema::mending`].
//!
//! They are written for clerks, and so in Chinese alone.

mod example;
mod field_guide;
mod lists;
mod marked;
mod overview;
mod sheet_name;
mod style;
mod template;

pub use field_guide::FieldGuide;
pub use marked::{MarkedColumn, MarkedFault, MarkedRow, MarkedSheet, marked_workbook};
pub use overview::{ListedTrouble, Overview, Reach};
pub use template::template;

use rust_xlsxwriter::{DocProperties, ExcelDateTime, Workbook, XlsxError};

use crate::error::{Error, Result};

/// What laying out a workbook gives, with the errors of the library.
type Laid<T = ()> = std::result::Result<T, XlsxError>;

/// A workbook that bears no clock: the same content gives the same bytes.
fn workbook(title: &str) -> Laid<Workbook> {
    let mut book = Workbook::new();
    let created = ExcelDateTime::from_ymd(2000, 1, 1)?;
    book.set_properties(&DocProperties::new().set_title(title).set_author("xinhui").set_creation_datetime(&created));
    Ok(book)
}

fn bytes_of(laid: Laid<Vec<u8>>) -> Result<Vec<u8>> {
    laid.map_err(|e| Error::bug("a workbook cannot be laid out").caused_by(e))
}
