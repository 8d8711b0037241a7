//! A new key for an old vault: every file is encrypted anew, beside the old ones, and then all change places at once.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use parquet::arrow::arrow_reader::{ArrowReaderOptions, ParquetRecordBatchReaderBuilder};

use super::files_below;
use super::key::SecretKey;
use super::private_file;
use super::vault::{BATCH_ROWS, CHECK_FILE, CarriedKey, Vault, damaged, decryption, found_vault, sync_dir};
use crate::error::{Error, Result, words};

/// Encrypts every file of a vault with a new key.
///
/// The hashes of rows that the store holds stay as they are: the key that they were made with is carried along in
/// `vault.json`, encrypted with the new key. Until the last step the old vault is untouched; the folders change places
/// in one step, and the old one is then removed.
///
/// # Errors
/// `Usage` if `old` is not the key of the vault; `Damaged` if one of its files cannot be read; `Output` if the new files
/// cannot be written. In all cases the old vault stands as it was.
pub fn change_key(dir: &Path, old: &SecretKey, new: &SecretKey) -> Result<usize> {
    let vault = Vault::open(dir, old)?;
    let beside = beside(dir);
    // What a change that was broken off has left.
    remove(&beside)?;
    found_vault(&beside, new, Some(CarriedKey::seal(&vault.content_key(), new)?))?;
    let anew = Vault::open(&beside, new)?;
    let mut changed = 0;
    for name in vault_files(dir)? {
        copy(&vault, &anew, &name)?;
        changed += 1;
    }
    exchange(dir, &beside)?;
    remove(&beside)?;
    Ok(changed)
}

/// Row group by row group: some files are read back by them.
fn copy(from: &Vault, to: &Vault, name: &str) -> Result<()> {
    let path = from.path_of(name)?;
    let open = || -> Result<_> {
        let file = File::open(&path).map_err(|e| Error::unreadable_store(&path, e))?;
        let options = ArrowReaderOptions::new().with_file_decryption_properties(decryption(from.key(), &path)?);
        ParquetRecordBatchReaderBuilder::try_new_with_options(file, options).map_err(|e| damaged(&path, e))
    };
    let builder = open()?;
    let groups = builder.metadata().num_row_groups();
    let mut writer = to.create(name, builder.schema().clone())?;
    for group in 0..groups {
        let reader = open()?.with_row_groups(vec![group]).with_batch_size(BATCH_ROWS).build();
        for batch in reader.map_err(|e| damaged(&path, e))? {
            writer.write(&batch.map_err(|e| damaged(&path, e))?)?;
        }
        writer.flush()?;
    }
    writer.finish()
}

/// The Parquet files of a vault, as names within it, sorted.
fn vault_files(dir: &Path) -> Result<Vec<String>> {
    let files = files_below(dir).map_err(|e| Error::unreadable_store(dir, e))?;
    let is_parquet = |path: &&PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        !name.starts_with('.') && name != CHECK_FILE
    };
    let below = |path: &PathBuf| path.strip_prefix(dir).unwrap_or(path).to_string_lossy().into_owned();
    Ok(files.iter().filter(is_parquet).map(below).collect())
}

fn beside(dir: &Path) -> PathBuf {
    let name = dir.file_name().expect("a folder with a name").to_string_lossy();
    dir.with_file_name(format!(".{name}.new-key"))
}

fn remove(dir: &Path) -> Result<()> {
    match fs::remove_dir_all(dir) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(Error::output(dir, e)),
        _ => Ok(()),
    }
}

/// Two folders change their names in one step, so that at no time there is none, or half of one.
fn exchange(one: &Path, other: &Path) -> Result<()> {
    let parent = one.parent().expect("a folder with a name");
    private_file::close_dir(other).map_err(|e| Error::output(other, e))?;
    swap(one, other).and_then(|()| sync_dir(parent)).map_err(|e| {
        Error::output(one, e).hint(words!(
            "身份信息库仍用原密钥；文件系统须支持两个文件夹一步互换（renameat2）",
            "the vault still has its old key; the file system must be able to exchange two folders (renameat2)"
        ))
    })
}

#[cfg(target_os = "linux")]
fn swap(one: &Path, other: &Path) -> std::io::Result<()> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    Ok(renameat_with(CWD, one, CWD, other, RenameFlags::EXCHANGE)?)
}

/// Elsewhere there is a moment without a vault; a change that dies in it leaves the old one under its other name.
#[cfg(not(target_os = "linux"))]
fn swap(one: &Path, other: &Path) -> std::io::Result<()> {
    let away = other.with_extension("old");
    fs::rename(one, &away)?;
    fs::rename(other, one)?;
    fs::rename(&away, other)
}
