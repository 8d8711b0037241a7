//! What a snapshot holds: its tables, the quality tables and the manifest.

mod difference;
mod manifest;
mod quality;
mod table;

pub use difference::{Difference, first_difference};
pub use manifest::{Manifest, ManifestInput, ManifestOutput, ReadEarlier};
pub use quality::{FileTotals, QualityInputs, reconciliation, rejects, totals};
pub use table::{read, write};
