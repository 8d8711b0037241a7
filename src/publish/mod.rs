//! What a snapshot holds: its tables, what describes them, the quality tables and the manifest.

mod describe;
mod difference;
pub mod labels;
mod manifest;
mod quality;
mod read_back;
mod table;

pub use describe::describe;
pub use difference::{TableDifference, first_difference};
pub use labels::{LabelValues, batch as label_batch};
pub use manifest::{Manifest, ManifestDescription, ManifestInput, ManifestOutput, ReadEarlier, WrittenFiles};
pub use quality::{
    FilePlaceFinding, FileTotals, FindingPlace, NightFindings, RowCounts, RowFindingsFile, reconciliation, rejects,
};
pub use read_back::{TextColumn, column, damaged_outputs, published_files, published_paths};
pub use table::{read, write};
