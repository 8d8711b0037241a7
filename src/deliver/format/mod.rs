//! The forms that platforms read. Each sees the rows of a package as they pass and writes its own files.

mod adx;
mod datapackage;
mod dhis2;
mod elements;
mod fhir;
pub mod form;
mod load_files;
mod names;
mod sdmx;
mod sdmx_structure;
pub mod tables;
mod workbook;

use super::settings::FormatName;
use super::sql::Dialect;
use form::{Format, PackageContext};

/// The forms that a feed asks for.
pub fn formats(context: &PackageContext<'_>) -> Vec<Box<dyn Format>> {
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
        all.push(Box::new(datapackage::DataPackageFile::default()));
    }
    all
}
