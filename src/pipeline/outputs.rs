//! The tables of a snapshot that is being built.

use std::fs;
use std::path::{Path, PathBuf};

use crate::catalogue::{Catalogue, Edition, PublishedTable};
use crate::error::{Error, Result};
use crate::publish::{ManifestOutput, write};
use crate::store::{Store, copy_file};

/// Tables of the snapshot being built.
pub(super) struct Outputs {
    pub dir: PathBuf,
    pub written: Vec<ManifestOutput>,
}

impl Outputs {
    /// Writes a table and notes it.
    ///
    /// # Errors
    /// `Output`, and those of the batches.
    pub fn add(
        &mut self,
        table: &PublishedTable,
        batches: impl IntoIterator<Item = Result<arrow::array::RecordBatch>>,
    ) -> Result<()> {
        self.written.push(output(&self.dir, table, batches)?);
        Ok(())
    }
}

/// Copies a file of the current snapshot into the one being built: no two snapshots share a file.
pub(super) fn copy_published(store: &Store, dir: &Path, path: &str) -> Result<()> {
    copy_published_to(&store.current().join(path), &dir.join(path))
}

/// Copies a file, with the folders that it lies in.
fn copy_published_to(from: &Path, to: &Path) -> Result<()> {
    if let Some(folder) = to.parent() {
        fs::create_dir_all(folder).map_err(|e| Error::output(folder, e))?;
    }
    copy_file(from, to)
}

/// Writes a table of a snapshot, with its exact numbers.
///
/// # Errors
/// `Output`, and those of the batches.
pub(super) fn output(
    dir: &Path,
    table: &PublishedTable,
    batches: impl IntoIterator<Item = Result<arrow::array::RecordBatch>>,
) -> Result<ManifestOutput> {
    let (rows, sha256) = write(dir, table, Edition::Internal, batches)?;
    Ok(ManifestOutput { path: table.path(Edition::Internal), sha256, rows })
}

/// Copies the labels that everybody may have into the public edition that is being built.
pub(super) fn copy_labels(dir: &Path, catalogue: &Catalogue, outputs: &mut Vec<ManifestOutput>) -> Result<()> {
    let is_label = |table: &&PublishedTable| !table.holds_numbers() && table.editions.contains(&Edition::Public);
    for table in catalogue.tables.iter().filter(is_label) {
        let (from, to) = (table.path(Edition::Internal), table.path(Edition::Public));
        let Some(exact) = outputs.iter().find(|output| output.path == from).cloned() else { continue };
        copy_published_to(&dir.join(&from), &dir.join(&to))?;
        outputs.push(ManifestOutput { path: to, ..exact });
    }
    Ok(())
}
