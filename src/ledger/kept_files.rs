//! Digests of the stored files of tables and partitions, by which damage is found before the files are used.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::register::TableEntry;
use crate::error::{Error, Result, words};
use crate::store::{Store, hash_file, hex};

/// SHA-256 of the stored files of a partition.
#[derive(PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StateFiles {
    accepted: String,
    findings: String,
    /// Empty where no foreign key names the dataset.
    known: String,
}

impl StateFiles {
    /// Computes the digests of the files as they are now.
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

    /// The stored files of a partition, each with whether it is what these digests say.
    pub fn compared(&self, store: &Store, dataset: &str, county: &str, is_named: bool) -> Vec<(PathBuf, bool)> {
        let mut files = vec![
            (store.accepted(dataset, county), &self.accepted),
            (store.ledger(dataset, county, "findings.parquet"), &self.findings),
        ];
        if is_named {
            files.push((store.ledger(dataset, county, "known.parquet"), &self.known));
        }
        let whole = |path: &Path, sha256: &str| hash_file(path).is_ok_and(|hash| hex(&hash) == sha256);
        files.into_iter().map(|(path, sha256)| (path.clone(), whole(&path, sha256))).collect()
    }
}

/// Checks that the stored rows and findings of a table are unchanged.
///
/// # Errors
/// `Damaged`: a file is missing or was changed.
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
