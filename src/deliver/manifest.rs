//! The manifest of a package: all that it holds, so that one signature over it stands for the whole.

use serde::{Deserialize, Serialize};

use super::merkle;
use crate::store::hex;

/// The name of the manifest in a package.
pub const MANIFEST: &str = "manifest.json";

/// The form of packages that this program writes and reads.
pub const FORMAT: u32 = 1;

/// What a package is that holds no more than changed since its predecessor.
pub const CHANGES: &str = "changes";

/// The manifest of a package.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PackageManifest {
    pub format: u32,
    pub tool: String,
    pub feed: String,
    pub audience: String,
    /// The number of the package in its feed, from 1.
    pub sequence: u64,
    pub edition: PackageEdition,
    /// `whole`, or `changes` against the predecessor.
    pub what: String,
    pub predecessor: Option<Predecessor>,
    /// SHA-256 of the declarations that the numbers were made by.
    pub hashes: serde_json::Value,
    /// SHA-256 of the disclosure policy; null where the snapshot names none.
    pub policy: Option<String>,
    pub tables: Vec<TableNote>,
    pub files: Vec<FileNote>,
    /// RFC 6962 over the files and then the tables, each as [`FileNote::entry`] and [`TableNote::entry`] write it.
    pub merkle_root: String,
}

/// The edition that a package is of.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PackageEdition {
    pub snapshot: String,
    pub as_of: String,
    pub published: String,
    /// SHA-256 over the tables that the feed takes: the same for the same numbers.
    pub content: String,
}

/// The package that was accepted before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Predecessor {
    pub sequence: u64,
    pub manifest_sha256: String,
}

/// A table of a package, in whatever formats it holds it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TableNote {
    pub name: String,
    pub columns: Vec<String>,
    pub keys: Vec<String>,
    pub rows: u64,
    /// Rows with a number that the policy hides.
    pub hidden: u64,
    /// Rows by what became of them; only in packages of changes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changes: Option<ChangeCounts>,
    /// RFC 6962 over the rows, each as its line in CSV and UTF-8.
    pub root: String,
    /// The roots over each 4,096 rows.
    pub chunks: Vec<String>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangeCounts {
    pub new: u64,
    pub corrected: u64,
    pub withdrawn: u64,
}

/// A data file of a package.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FileNote {
    pub path: String,
    pub format: String,
    /// The table whose rows it holds, line by line; files of other shapes name none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub table: Option<String>,
    pub bytes: u64,
    /// Rows of a table, observations, data values or resources; 0 for descriptions.
    pub rows: u64,
    pub sha256: String,
}

impl FileNote {
    /// What the Merkle tree has of it.
    fn entry(&self) -> String {
        format!("file\n{}\n{}\n{}\n{}", self.path, self.sha256, self.bytes, self.rows)
    }
}

impl TableNote {
    fn entry(&self) -> String {
        format!("table\n{}\n{}\n{}", self.name, self.root, self.rows)
    }
}

impl PackageManifest {
    /// The root over files and rows.
    pub fn root(&self) -> String {
        let files = self.files.iter().map(FileNote::entry);
        let entries = files.chain(self.tables.iter().map(TableNote::entry));
        let leaves: Vec<_> = entries.map(|e| merkle::leaf(e.as_bytes())).collect();
        hex(&merkle::root(&leaves))
    }

    pub fn table(&self, name: &str) -> Option<&TableNote> {
        self.tables.iter().find(|t| t.name == name)
    }
}
