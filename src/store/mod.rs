//! File I/O of the store: keys, the vault, atomic writes, the lock, snapshots.

pub mod held_file;
pub mod key;
pub mod layout;
pub mod lock;
pub mod memory_file;
pub mod parted_file;
pub mod private_file;
pub mod private_state;
pub mod sealed_file;
pub mod snapshot;
pub mod table_file;
pub mod vault;
pub mod vault_rekey;

use std::fs::File;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use held_file::HeldFile;
pub use layout::{NothingCurrent, Store};

use crate::error::{Error, Result, words};

/// SHA-256 of the content of a file.
pub fn hash_file(path: &Path) -> Result<[u8; 32]> {
    // [`HeldFile`] does not block if a pipe has taken the file's place.
    HeldFile::open(path).and_then(|held| held.sha256()).map_err(|e| Error::input(path, e))
}

/// Refuses a file or folder of the store that is there and that this account may not open: it is whole, for all that is
/// known. What is not there, or cannot be read for another reason, is judged by others.
///
/// # Errors
/// `Output`: no permission, with what gives it back.
pub fn refuse_unreadable(path: &Path) -> Result<()> {
    let opened = match std::fs::metadata(path) {
        Ok(about) if about.is_dir() => std::fs::read_dir(path).map(|_| ()),
        // Opening a pipe would wait for its other end.
        Ok(about) if about.is_file() => File::open(path).map(|_| ()),
        other => other.map(|_| ()),
    };
    match opened {
        Err(e) if e.kind() == std::io::ErrorKind::PermissionDenied => Err(Error::unreadable_store(path, e).hint(words!(
            "运行心汇的账号须能读写存储中的全部内容（`sudo chown -R 账号 存储文件夹`）",
            "the account that runs xinhui must be able to read and write all of the store (`sudo chown -R ACCOUNT STORE`)"
        ))),
        _ => Ok(()),
    }
}

/// All files below a folder, sorted; a link is one, wherever it leads.
///
/// # Errors
/// That a folder cannot be read.
pub fn files_below(dir: &Path) -> std::io::Result<Vec<PathBuf>> {
    let (mut files, mut open) = (Vec::new(), vec![dir.to_owned()]);
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder)? {
            let entry = entry?;
            let to = if entry.file_type()?.is_dir() { &mut open } else { &mut files };
            to.push(entry.path());
        }
    }
    files.sort();
    Ok(files)
}

/// Copies a file of the store with its mode; the error says whether reading or writing failed.
pub fn copy_file(from: &Path, to: &Path) -> Result<()> {
    let mut source = File::open(from).map_err(|e| Error::unreadable_store(from, e))?;
    let mode = source.metadata().map_err(|e| Error::unreadable_store(from, e))?.permissions();
    let mut target = File::create(to).map_err(|e| Error::output(to, e))?;
    target.set_permissions(mode).map_err(|e| Error::output(to, e))?;
    let mut buffer = vec![0; 1 << 20];
    loop {
        match source.read(&mut buffer).map_err(|e| Error::unreadable_store(from, e))? {
            0 => return Ok(()),
            read => target.write_all(&buffer[..read]).map_err(|e| Error::output(to, e))?,
        }
    }
}

/// Bytes as lower-case hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

/// Writes a file that only its owner can open, whole or not at all; its folder must exist.
pub fn write_private(path: &Path, bytes: &[u8]) -> Result<()> {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() && !folder.is_dir() => {
            Err(Error::output(path, std::io::Error::from(std::io::ErrorKind::NotFound)))
        }
        _ => table_file::write_atomic(path, bytes),
    }
}
