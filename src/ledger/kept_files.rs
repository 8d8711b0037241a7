//! Digests of what is kept of tables and partitions: damage is seen before it is believed.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::register::TableEntry;
use crate::error::{Error, Result, words};
use crate::store::{Store, hash_file, hex};

/// SHA-256 of what a partition keeps.
#[derive(PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StateFiles {
    accepted: String,
    findings: String,
    /// Empty where no foreign key names the dataset.
    known: String,
}

impl StateFiles {
    /// Those that stand now.
    ///
    /// # Errors
    /// `Input`: one cannot be read.
    pub fn of(store: &Store, dataset: &str, county: &str, is_named: bool) -> Result<Self> {
        let digest = |path: &Path| hash_file(path).map(|hash| hex(&hash));
        let known = store.ledger(dataset, county, "known.parquet");
        Ok(StateFiles {
            accepted: digest(&store.accepted(dataset, county))?,
            findings: digest(&store.ledger(dataset, county, "findings.parquet"))?,
            known: if is_named { digest(&known)? } else { String::new() },
        })
    }
}

/// Sees that what was read of a table is still what was kept.
///
/// # Errors
/// `Damaged`: a file is gone, or other than it was written.
pub fn verify_parsed(store: &Store, table: &TableEntry) -> Result<()> {
    let files = [
        (store.parsed(&table.dataset, &table.id), &table.parsed_sha256),
        (store.parsed_findings(&table.dataset, &table.id), &table.findings_sha256),
    ];
    for (path, sha256) in files {
        if !path.is_file() {
            return Err(Error::damaged(
                &path,
                words!("已不存在：其中是由报送文件读取的数据行", "is gone: rows that were read from an export"),
            ));
        }
        // Programs before this one kept no digests.
        if !sha256.is_empty() && hex(&hash_file(&path)?) != *sha256 {
            return Err(Error::damaged(
                &path,
                words!("已损坏：其中是由报送文件读取的数据行", "is damaged: rows that were read from an export"),
            ));
        }
    }
    Ok(())
}
