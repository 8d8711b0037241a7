//! What a snapshot holds: its tables, the quality tables and the manifest.

mod difference;
mod manifest;
mod quality;
mod read_back;
mod table;

pub use difference::{Difference, first_difference};
pub use manifest::{Manifest, ManifestInput, ManifestOutput, ReadEarlier};
pub use quality::{
    FilePlaceFinding, FileTotals, FindingPlace, NightFindings, RowCounts, RowFindingsFile, reconciliation, rejects,
};
pub use read_back::{TextColumn, column, damaged_outputs, published_files};
pub use table::{read, write};
