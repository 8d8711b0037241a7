//! The forms that platforms read. Each sees the rows of a package as they pass and writes its own files.

mod adx;
mod datapackage;
mod dhis2;
mod elements;
mod fhir;
mod load_files;
mod names;
mod sdmx;
mod sdmx_structure;
pub mod tables;
mod workbook;

use super::census::Census;
use super::edition::{FeedEdition, FeedTable};
use super::output::Folder;
use super::rows::Rows;
use super::settings::{FeedSettings, FormatName};
use super::sql::Dialect;
use crate::error::Result;
use crate::schema::Schemas;

/// What a package is made of, for formats.
pub struct Context<'a> {
    pub feed: &'a FeedSettings,
    pub schemas: &'a Schemas,
    pub edition: &'a FeedEdition,
    /// The package holds what became of rows, not all of them.
    pub of_changes: bool,
    /// The number of the package.
    pub sequence: u64,
}

/// One form.
pub trait Format {
    /// Whether it has a form for a table.
    fn takes(&self, table: &FeedTable) -> bool;

    /// A table begins; `of_changes` says whether its rows bear actions.
    ///
    /// # Errors
    /// `Output`.
    fn begin(&mut self, context: &Context<'_>, table: &FeedTable, of_changes: bool, folder: &mut Folder) -> Result<()>;

    /// Some of its rows.
    ///
    /// # Errors
    /// `Output`; `Usage`: more than the form can hold.
    fn rows(&mut self, context: &Context<'_>, table: &FeedTable, rows: &Rows, folder: &mut Folder) -> Result<()>;

    /// A table ends, after so many rows.
    ///
    /// # Errors
    /// `Output`.
    fn end(&mut self, context: &Context<'_>, table: &FeedTable, rows: u64, folder: &mut Folder) -> Result<()>;

    /// All tables have passed.
    ///
    /// # Errors
    /// `Output`.
    fn finish(&mut self, context: &Context<'_>, census: &Census, folder: &mut Folder) -> Result<()>;
}

/// The forms that a feed asks for.
pub fn formats(context: &Context<'_>) -> Vec<Box<dyn Format>> {
    let mut all: Vec<Box<dyn Format>> = Vec::new();
    for name in &context.feed.formats {
        match name {
            FormatName::Parquet => all.push(Box::new(tables::ParquetFiles::default())),
            FormatName::Csv => all.push(Box::new(tables::CsvFiles::default())),
            FormatName::Sdmx => all.push(Box::new(sdmx::Sdmx::default())),
            FormatName::Dhis2 => all.push(Box::new(dhis2::Dhis2::default())),
            FormatName::Fhir => all.push(Box::new(fhir::Fhir::default())),
            FormatName::Adx => all.push(Box::new(adx::Adx::default())),
            FormatName::Oracle => all.push(Box::new(load_files::LoadFiles::of(Dialect::Oracle))),
            FormatName::Dameng => all.push(Box::new(load_files::LoadFiles::of(Dialect::Dameng))),
            FormatName::Xlsx => all.push(Box::new(workbook::Spreadsheet::default())),
        }
    }
    if context.feed.formats.iter().any(|f| matches!(f, FormatName::Parquet | FormatName::Csv)) {
        all.push(Box::new(datapackage::DataPackage::default()));
    }
    all
}
