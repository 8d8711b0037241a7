//! What a generated file must cause when it is read.

/// A finding that a file must cause.
#[derive(Clone, Debug)]
pub struct Expected {
    pub sheet: String,
    /// The line number that a spreadsheet shows, from 1; `None` if the finding concerns the file or sheet.
    pub row_number: Option<usize>,
    pub field: String,
    pub code: &'static str,
}
