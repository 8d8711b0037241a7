//! What a form is: it sees the rows of a package as they pass.

use crate::deliver::census::Census;
use crate::deliver::edition::{FeedEdition, FeedTable};
use crate::deliver::output::Folder;
use crate::deliver::rows::DeliveredRows;
use crate::deliver::settings::FeedSettings;
use crate::error::Result;
use crate::schema::Schemas;

/// What a package is made of, for formats.
pub struct PackageContext<'a> {
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
    fn begin(
        &mut self,
        context: &PackageContext<'_>,
        table: &FeedTable,
        of_changes: bool,
        folder: &mut Folder,
    ) -> Result<()>;

    /// Some of its rows.
    ///
    /// # Errors
    /// `Output`; `Usage`: more than the form can hold.
    fn rows(
        &mut self,
        context: &PackageContext<'_>,
        table: &FeedTable,
        rows: &DeliveredRows,
        folder: &mut Folder,
    ) -> Result<()>;

    /// A table ends, after so many rows.
    fn end(&mut self, context: &PackageContext<'_>, table: &FeedTable, rows: u64, folder: &mut Folder) -> Result<()>;

    /// All tables have passed.
    fn finish(&mut self, context: &PackageContext<'_>, census: &Census, folder: &mut Folder) -> Result<()>;
}
