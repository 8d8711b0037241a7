//! What a snapshot holds: its tables, the quality tables and the manifest.

pub mod columns;
mod manifest;
mod quality;
mod table;

pub use manifest::{Manifest, ManifestInput, ManifestOutput};
pub use quality::{FileTotals, QualityInputs, reconciliation, rejects, totals};
pub use table::{PublishedTable, read, write};
