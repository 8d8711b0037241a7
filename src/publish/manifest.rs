//! The manifest of a snapshot.

use serde::{Deserialize, Serialize};

use super::quality::RowCounts;
use crate::epoch::Epochs;

/// An input file, or a sheet or member of one.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ManifestInput {
    pub path: String,
    pub sheet: String,
    pub dataset: String,
    pub sha256: String,
    pub rows: RowCounts,
}

/// A file whose rows code of an earlier epoch read, and which today's cannot read again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadEarlier {
    pub path: String,
    pub sha256: String,
    /// See [`crate::epoch::READING`].
    pub epoch: u32,
}

/// A published table.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ManifestOutput {
    pub path: String,
    pub sha256: String,
    pub rows: u64,
}

/// A file that says what published tables hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ManifestDescription {
    pub path: String,
    pub sha256: String,
}

/// What was written into a snapshot that is being built.
#[derive(Clone, Debug, Default)]
pub struct WrittenFiles {
    pub outputs: Vec<ManifestOutput>,
    pub descriptions: Vec<ManifestDescription>,
}

/// Everything that a snapshot was made of and holds. The only place with times.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Manifest {
    pub tool: String,
    pub version: String,
    pub snapshot: String,
    pub as_of: String,
    /// When the run began and when it published, RFC 3339.
    pub started: String,
    pub published: String,
    /// The config as written; key material is in no config.
    pub settings: serde_json::Value,
    /// The norms in force.
    pub norms: serde_json::Value,
    /// SHA-256 of declarations by kind.
    pub hashes: serde_json::Value,
    /// The number of the private state that it was published from; see [`crate::store::private_state`].
    #[serde(default)]
    pub generation: u64,
    /// SHA-256 over all that the tables depend on.
    pub fingerprint: String,
    /// The epochs of the code that made the tables.
    #[serde(default)]
    pub epochs: Epochs,
    /// Files that are gone from the inbox and were read by code of an earlier epoch: their rows stand as they
    /// were read then.
    #[serde(default)]
    pub read_earlier: Vec<ReadEarlier>,
    pub persons: u64,
    /// How sure that is: persons with weaker and with stronger evidence, of all counties together
    /// (`county` empty) and of each.
    #[serde(default)]
    pub person_ranges: serde_json::Value,
    /// The linkage: title and version of the model, where its weights come from, what they were
    /// learned on.
    #[serde(default)]
    pub linkage: serde_json::Value,
    pub inputs: Vec<ManifestInput>,
    pub outputs: Vec<ManifestOutput>,
    #[serde(default)]
    pub descriptions: Vec<ManifestDescription>,
}
