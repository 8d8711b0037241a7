//! Snapshots: written in a separate folder, published in one atomic step, and deleted when old.

use std::fs;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::layout::Store;
use crate::error::{Error, Result};

/// A snapshot under construction. If it is dropped before it is published, its files are removed.
pub struct SnapshotBuilder {
    store: Store,
    id: String,
    dir: PathBuf,
    published: bool,
}

impl SnapshotBuilder {
    /// Begins a snapshot of a run that started at `second` (`20261129T134511Z`); removes what a run that died left
    /// unfinished. The id comes after those of all snapshots of earlier seconds and of the same one.
    pub fn begin(store: &Store, second: &str, fingerprint: &str) -> Result<Self> {
        let snapshots = store.snapshots();
        let mut in_second = 0_u32;
        for entry in fs::read_dir(&snapshots).map_err(|e| Error::unreadable_store(&snapshots, e))?.flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            if name.starts_with(".building-") {
                fs::remove_dir_all(entry.path()).map_err(|e| Error::output(&entry.path(), e))?;
            } else if let Some(rest) = name.strip_prefix(second) {
                let number = rest.strip_prefix('.').and_then(|r| r.split('-').next()?.parse().ok()).unwrap_or(1);
                in_second = in_second.max(number);
            }
        }
        let start = &fingerprint[..8];
        // A point sorts after a dash.
        let id = match in_second {
            0 => format!("{second}-{start}"),
            before => format!("{second}.{:03}-{start}", before + 1),
        };
        let dir = snapshots.join(format!(".building-{id}"));
        fs::create_dir_all(&dir).map_err(|e| Error::output(&dir, e))?;
        Ok(SnapshotBuilder { store: store.clone(), id, dir, published: false })
    }

    /// The folder to write into.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    pub fn id(&self) -> &str {
        &self.id
    }

    /// Makes the snapshot the current one, atomically for every reader.
    ///
    /// # Errors
    /// `Output` if that fails; the previous snapshot then stays current.
    pub fn publish(mut self) -> Result<PathBuf> {
        sync_tree(&self.dir)?;
        let target = self.store.snapshots().join(&self.id);
        fs::rename(&self.dir, &target).map_err(|e| Error::output(&target, e))?;
        self.published = true;
        let link = self.store.current();
        let beside = self.store.root().join(".current.tmp");
        let _ = fs::remove_file(&beside);
        std::os::unix::fs::symlink(Path::new("snapshots").join(&self.id), &beside)
            .map_err(|e| Error::output(&link, e))?;
        fs::rename(&beside, &link).map_err(|e| Error::output(&link, e))?;
        sync_dir(self.store.root())?;
        Ok(target)
    }
}

impl Drop for SnapshotBuilder {
    fn drop(&mut self) {
        if !self.published {
            let _ = fs::remove_dir_all(&self.dir);
        }
    }
}

/// Removes the oldest snapshots until `keep` are left; the current one is never removed, and neither is the one that is
/// `needed`.
pub fn prune(store: &Store, keep: usize, needed: Option<&str>) -> Result<Vec<String>> {
    let snapshots = store.snapshots();
    let current = fs::read_link(store.current()).ok().and_then(|l| l.file_name().map(ToOwned::to_owned));
    let mut ids: Vec<_> = fs::read_dir(&snapshots)
        .map_err(|e| Error::unreadable_store(&snapshots, e))?
        .flatten()
        .map(|e| e.file_name())
        .filter(|name| !name.to_string_lossy().starts_with('.'))
        .collect();
    ids.sort();
    let mut removed = Vec::new();
    let surplus = ids.len().saturating_sub(keep.max(1));
    let may_go = |id: &std::ffi::OsString| Some(id) != current.as_ref() && Some(&*id.to_string_lossy()) != needed;
    for id in ids.into_iter().filter(may_go).take(surplus) {
        let dir = snapshots.join(&id);
        fs::remove_dir_all(&dir).map_err(|e| Error::output(&dir, e))?;
        removed.push(id.to_string_lossy().into_owned());
    }
    Ok(removed)
}

fn sync_tree(dir: &Path) -> Result<()> {
    let entries: Vec<_> = fs::read_dir(dir).map_err(|e| Error::unreadable_store(dir, e))?.flatten().collect();
    // Files are flushed in parallel, because a disk handles many requests at a time.
    entries.par_iter().try_for_each(|entry| {
        let path = entry.path();
        if path.is_dir() {
            return sync_tree(&path);
        }
        fs::File::open(&path).and_then(|f| f.sync_all()).map_err(|e| Error::output(&path, e))
    })?;
    sync_dir(dir)
}

fn sync_dir(dir: &Path) -> Result<()> {
    fs::File::open(dir).and_then(|d| d.sync_all()).map_err(|e| Error::output(dir, e))
}
