//! What a snapshot holds: its tables, the quality tables and the manifest.

pub mod columns;
mod difference;
mod manifest;
mod quality;
mod table;

pub use difference::{Difference, first_difference};
pub use manifest::{Manifest, ManifestInput, ManifestOutput, ReadEarlier};
pub use quality::{
    FilePlaceFinding, FileTotals, FindingPlace, NightFindings, RowCounts, RowFindingsFile, reconciliation, rejects,
};
pub use table::{PublishedTable, read, write};
