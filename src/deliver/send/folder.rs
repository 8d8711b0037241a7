//! Delivery into a folder that somebody else empties: written beside, then put there with one rename.

use std::fs;
use std::path::Path;

use sha2::{Digest, Sha256};

use super::attempt::{Attempt, PackageDelivery};
use crate::deliver::build::{remove, sync_folder};
use crate::deliver::manifest::MANIFEST;
use crate::deliver::package::Package;
use crate::error::{Error, Result, words};
use crate::store::{hash_file, hex};

/// Puts the package into a folder.
///
/// A receiver may take a package away at once. So that it is not put there a second time after a crash, the state says
/// before the rename that the package is on its way, and the hidden name tells afterwards whether it had gone.
pub fn deliver(folder: &Path, delivery: &mut PackageDelivery<'_>) -> Result<Attempt> {
    let name = delivery.pending.package.clone();
    let (hidden, final_path) = (folder.join(format!(".{name}.part")), folder.join(&name));
    if !folder.is_dir() {
        // Trying again at once makes none.
        let said = words!("{} 不是文件夹", "{} is no folder", folder.display());
        return Ok(Attempt { gives_up: true, ..Attempt::failed(said) });
    }
    if final_path.symlink_metadata().is_ok() {
        return Ok(if is_same(&final_path, delivery) {
            Attempt::accepted(None, Vec::new())
        } else {
            Attempt::refused(
                None,
                vec![words!("{name} 已在那里，且是另一个数据包", "{name} lies there already and is another package")],
            )
        });
    }
    if delivery.pending.moving {
        if hidden.symlink_metadata().is_err() {
            return Ok(Attempt::accepted(
                None,
                vec![words!("发送方得知之前已被取走", "taken away before the sender knew")],
            ));
        }
    } else {
        remove(&hidden)?;
        copy(delivery.package, &hidden)?;
        sync_folder(folder)?;
        delivery.pending.moving = true;
        delivery.save()?;
    }
    fs::rename(&hidden, &final_path).map_err(|e| Error::output(&final_path, e))?;
    sync_folder(folder)?;
    Ok(Attempt::accepted(None, Vec::new()))
}

fn is_same(path: &Path, delivery: &PackageDelivery<'_>) -> bool {
    if !delivery.feed.recipients.is_empty() {
        // What it holds is for its receivers alone; the same package is the same bytes.
        return hash_file(path).and_then(|there| Ok(there == hash_file(delivery.package)?)).unwrap_or(false);
    }
    let manifest = Package::open(path).and_then(|p| p.read(MANIFEST));
    manifest.is_ok_and(|bytes| hex(&Sha256::digest(&bytes)) == delivery.pending.manifest_sha256)
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    if !from.is_dir() {
        fs::copy(from, to).map_err(|e| Error::output(to, e))?;
        return fs::File::open(to).and_then(|f| f.sync_all()).map_err(|e| Error::output(to, e));
    }
    fs::create_dir(to).map_err(|e| Error::output(to, e))?;
    for entry in fs::read_dir(from).map_err(|e| Error::unreadable_store(from, e))? {
        let entry = entry.map_err(|e| Error::unreadable_store(from, e))?;
        copy(&entry.path(), &to.join(entry.file_name()))?;
    }
    sync_folder(to)
}
