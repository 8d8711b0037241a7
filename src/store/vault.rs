//! The encrypted vault: Parquet with modular encryption, the only place where identities are stored.
//!
//! Every file is encrypted completely, including its footer, with one AES-256-GCM key and no AAD prefix: `HMAC(secret,
//! "vault")`, 32 bytes. Any tool that knows Parquet modular encryption opens the files with that key. With `secret` the
//! 32 bytes of the key file (decoded if the file holds hexadecimal digits), in Python:
//!
//! ```python
//! import hmac, base64
//! key = hmac.new(secret, b"vault", "sha256").digest()     # or "sm3", by `[identity] hash`
//!
//! import pyarrow.parquet as pq                              # checked with pyarrow 26 import
//! pyarrow.parquet.encryption as pe properties = pe.create_decryption_properties(key) table =
//! pq.read_table("….parquet", decryption_properties=properties)
//!
//! import duckdb                                             # checked with DuckDB 2.0
//! duckdb.sql(f"PRAGMA add_parquet_key('vault', '{base64.b64encode(key).decode()}')")
//! duckdb.sql("FROM read_parquet('….parquet', encryption_config = {footer_key: 'vault'})")
//! ```
//!
//! `vault.json` beside the files names the hash and holds a key check value, by which a wrong key is recognised at
//! once.

use std::fs::{self, File};
use std::io::{ErrorKind as IoKind, Write};
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use parquet::arrow::arrow_reader::{ArrowReaderOptions, ParquetRecordBatchReaderBuilder, RowSelection};
use parquet::arrow::{ArrowWriter, ProjectionMask};
use parquet::basic::{Compression, ZstdLevel};
use parquet::encryption::decrypt::FileDecryptionProperties;
use parquet::encryption::encrypt::FileEncryptionProperties;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use serde::{Deserialize, Serialize};

use super::key::{HashName, SecretKey, hex, unhex};
use super::private_file;
use crate::error::{Error, Result, words};

/// Purpose from which the key of the files is derived.
const PURPOSE: &str = "vault";
/// Purpose from which the key check value is derived. It has its own, so that the value reveals nothing about the key
/// of the files.
const CHECK_PURPOSE: &str = "vault-check";
/// Purpose from which the key of the hashes of rows is derived.
const CONTENT_PURPOSE: &str = "content";
/// Purpose from which the key is derived that encrypts a carried one.
const CARRY_PURPOSE: &str = "vault-carry";
const CHECK_MESSAGE: &[u8] = b"xinhui vault";
pub(super) const CHECK_FILE: &str = "vault.json";
const VERSION: u32 = 1;
/// Rows of a row group, which a writer holds in memory.
const ROW_GROUP_ROWS: usize = 1 << 17;
/// Rows of one batch when reading.
pub(super) const BATCH_ROWS: usize = 1 << 16;

/// Content of `vault.json`.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct VaultCheck {
    version: u32,
    hash: String,
    /// MAC of a constant, in hexadecimal digits.
    check: String,
    /// The key of the hashes of rows, of a vault that has got a new key since they were made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    content: Option<CarriedKey>,
}

/// A key that a vault goes on using after it has got a new one: encrypted with the new one by AES-256-GCM.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CarriedKey {
    nonce: String,
    sealed: String,
}

impl CarriedKey {
    pub(super) fn seal(content: &[u8; 32], key: &SecretKey) -> Result<Self> {
        let mut nonce = [0; NONCE_LEN];
        getrandom::fill(&mut nonce).map_err(|e| Error::bug(format!("no random numbers: {e}")))?;
        let mut sealed = content.to_vec();
        cipher(key)
            .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(CONTENT_PURPOSE), &mut sealed)
            .map_err(|_| Error::bug("a key cannot be encrypted"))?;
        Ok(CarriedKey { nonce: hex(&nonce), sealed: hex(&sealed) })
    }

    fn open(&self, path: &Path, key: &SecretKey) -> Result<[u8; 32]> {
        let wrong = || {
            Error::damaged(
                path,
                words!("已损坏：其中留存的密钥无法解开", "is damaged: the key it carries cannot be opened"),
            )
        };
        let nonce: [u8; NONCE_LEN] = unhex(&self.nonce).and_then(|n| n.try_into().ok()).ok_or_else(wrong)?;
        let mut sealed = unhex(&self.sealed).ok_or_else(wrong)?;
        let opened = cipher(key)
            .open_in_place(Nonce::assume_unique_for_key(nonce), Aad::from(CONTENT_PURPOSE), &mut sealed)
            .map_err(|_| wrong())?;
        <[u8; 32]>::try_from(&*opened).map_err(|_| wrong())
    }
}

fn cipher(key: &SecretKey) -> LessSafeKey {
    let key = UnboundKey::new(&AES_256_GCM, &key.derive(CARRY_PURPOSE)).expect("a key of 32 bytes");
    LessSafeKey::new(key)
}

/// The folder `private/identities`, opened with the store's key.
pub struct Vault {
    dir: PathBuf,
    file_key: Vec<u8>,
    content_key: [u8; 32],
}

impl std::fmt::Debug for Vault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Vault").field("dir", &self.dir).finish_non_exhaustive()
    }
}

impl Vault {
    /// Opens the vault, or creates it with mode 0700 if the folder does not exist.
    ///
    /// # Errors
    /// `Usage` if the key is not the one that the vault was created with; `Input` if `vault.json` is damaged, or
    /// missing although there are files; `Output` if the vault cannot be created.
    pub fn open(dir: &Path, key: &SecretKey) -> Result<Self> {
        let check_path = dir.join(CHECK_FILE);
        let carried = match fs::read(&check_path) {
            Ok(bytes) => verify(&check_path, &bytes, key)?.content,
            Err(e) if e.kind() == IoKind::NotFound => {
                found_vault(dir, key, None)?;
                None
            }
            Err(e) => return Err(Error::unreadable_store(&check_path, e)),
        };
        let content_key = match carried {
            Some(carried) => carried.open(&check_path, key)?,
            None => key.derive(CONTENT_PURPOSE),
        };
        Ok(Vault { dir: dir.to_owned(), file_key: key.derive(PURPOSE).to_vec(), content_key })
    }

    /// Whether a key is that of the vault in a folder. Any key is, of a vault that does not exist yet.
    ///
    /// # Errors
    /// `Usage` if the key, or its hash, is not the one that the vault was created with; `Output` if `vault.json` cannot
    /// be read.
    pub fn check(dir: &Path, key: &SecretKey) -> Result<()> {
        let check_path = dir.join(CHECK_FILE);
        match fs::read(&check_path) {
            Ok(bytes) => verify(&check_path, &bytes, key).map(|_| ()),
            Err(e) if e.kind() == IoKind::NotFound => Ok(()),
            Err(e) => Err(Error::unreadable_store(&check_path, e)),
        }
    }

    /// The vault as opened by another process of the same run, with the keys that it passed on.
    pub(crate) fn with_keys(dir: &Path, file_key: Vec<u8>, content_key: [u8; 32]) -> Self {
        Vault { dir: dir.to_owned(), file_key, content_key }
    }

    /// The key of the hashes of rows. It is derived from the store's key, and stays what it is when that changes: the
    /// hashes of rows that were read before must remain comparable with those of rows to come.
    pub fn content_key(&self) -> [u8; 32] {
        self.content_key
    }

    /// The key of the files, to pass to another process of the same run.
    pub(crate) fn key(&self) -> &[u8] {
        &self.file_key
    }

    /// Starts a file of the vault; `name` is relative to its folder (`a/b.parquet`). The file appears under its name,
    /// complete, with [`VaultWriter::finish`]. A writer that is dropped leaves nothing, and leftovers of a killed run
    /// are overwritten. Only one writer at a time may write a file.
    pub fn create(&self, name: &str, schema: SchemaRef) -> Result<VaultWriter> {
        self.create_with(name, schema, true)
    }

    /// Starts a file for results that can be computed again: it has many distinct values and is written fast. It is not
    /// flushed to disk, so a power cut may damage it; reading detects that.
    pub fn create_memory(&self, name: &str, schema: SchemaRef) -> Result<VaultWriter> {
        self.create_with(name, schema, false)
    }

    fn create_with(&self, name: &str, schema: SchemaRef, lasting: bool) -> Result<VaultWriter> {
        let path = self.path_of(name)?;
        let parent = path.parent().expect("a path below the folder");
        private_file::make_dirs(parent).map_err(|e| Error::output(parent, e))?;
        let temporary = beside(&path);
        let file = private_file::create(&temporary).map_err(|e| Error::output(&path, e))?;
        let encryption =
            FileEncryptionProperties::builder(self.file_key.clone()).build().map_err(|e| Error::output(&path, e))?;
        let properties = WriterProperties::builder()
            .set_max_row_group_row_count(Some(ROW_GROUP_ROWS))
            .with_file_encryption_properties(encryption);
        let properties = if lasting {
            properties.set_compression(Compression::ZSTD(ZstdLevel::try_new(1).expect("a level of zstd")))
        } else {
            properties.set_dictionary_enabled(false).set_statistics_enabled(EnabledStatistics::None)
        };
        let properties = properties.build();
        let mut writer = VaultWriter { writer: None, temporary, path, lasting };
        let arrow = ArrowWriter::try_new(file, schema, Some(properties)).map_err(|e| Error::output(&writer.path, e))?;
        writer.writer = Some(arrow);
        Ok(writer)
    }

    /// Reads some columns of a file by name, in the order asked for, batch by batch in row order.
    ///
    /// # Errors
    /// `Damaged` if the file is missing or damaged; `Input` if it cannot be read or has no such column.
    pub fn read(&self, name: &str, columns: &[&str]) -> Result<Box<dyn Iterator<Item = Result<RecordBatch>> + Send>> {
        self.read_by(name, columns, BATCH_ROWS)
    }

    /// Like [`Vault::read`], with this many rows to a batch.
    pub fn read_by(
        &self,
        name: &str,
        columns: &[&str],
        rows: usize,
    ) -> Result<Box<dyn Iterator<Item = Result<RecordBatch>> + Send>> {
        self.read_some(name, columns, rows, None)
    }

    /// Like [`Vault::read`], but only the rows with these indexes, 0-based and ascending.
    pub fn read_rows(
        &self,
        name: &str,
        columns: &[&str],
        rows: &[u32],
    ) -> Result<Box<dyn Iterator<Item = Result<RecordBatch>> + Send>> {
        self.read_some(name, columns, BATCH_ROWS, Some(rows))
    }

    fn read_some(
        &self,
        name: &str,
        columns: &[&str],
        rows: usize,
        selected: Option<&[u32]>,
    ) -> Result<Box<dyn Iterator<Item = Result<RecordBatch>> + Send>> {
        let path = self.path_of(name)?;
        let file = File::open(&path).map_err(|e| match e.kind() {
            IoKind::NotFound => Error::damaged(&path, words!("已不在保险库中", "is gone from the vault")),
            _ => Error::unreadable_store(&path, e),
        })?;
        let options = ArrowReaderOptions::new().with_file_decryption_properties(decryption(&self.file_key, &path)?);
        let builder =
            ParquetRecordBatchReaderBuilder::try_new_with_options(file, options).map_err(|e| damaged(&path, e))?;

        let mut wanted = Vec::with_capacity(columns.len());
        for column in columns {
            let (index, _) = builder.schema().column_with_name(column).ok_or_else(|| {
                Error::unreadable_store(&path, words!("其中没有列 {column}", "it has no column {column}"))
            })?;
            wanted.push(index);
        }
        let mask = ProjectionMask::roots(builder.parquet_schema(), wanted.iter().copied());
        let builder = match selected {
            None => builder,
            Some(selected) => {
                let total = usize::try_from(builder.metadata().file_metadata().num_rows()).unwrap_or_default();
                if selected.last().is_some_and(|last| *last as usize >= total) {
                    return Err(damaged(&path, words!("其中的行数偏少", "it has fewer rows")));
                }
                let ranges = selected.iter().map(|row| *row as usize..*row as usize + 1);
                builder.with_row_selection(RowSelection::from_consecutive_ranges(ranges, total))
            }
        };
        let reader = builder.with_projection(mask).with_batch_size(rows).build().map_err(|e| damaged(&path, e))?;

        // The reader returns columns in the order of the file.
        let mut in_file_order = wanted.clone();
        in_file_order.sort_unstable();
        in_file_order.dedup();
        let positions: Vec<usize> =
            wanted.iter().map(|w| in_file_order.binary_search(w).expect("a column that was projected")).collect();
        Ok(Box::new(reader.map(move |batch| batch.and_then(|b| b.project(&positions)).map_err(|e| damaged(&path, e)))))
    }

    /// Whether the vault has a file of this name.
    pub fn contains(&self, name: &str) -> bool {
        self.path_of(name).is_ok_and(|path| path.is_file())
    }

    pub(super) fn path_of(&self, name: &str) -> Result<PathBuf> {
        let below = Path::new(name);
        let plain = below.components().all(|c| matches!(c, Component::Normal(_)));
        if !plain || below.file_name().is_none() {
            return Err(Error::bug("the name of a vault file leaves the vault"));
        }
        Ok(self.dir.join(below))
    }
}

pub(super) fn decryption(key: &[u8], path: &Path) -> Result<Arc<FileDecryptionProperties>> {
    FileDecryptionProperties::builder(key.to_vec()).build().map_err(|e| Error::unreadable_store(path, e))
}

pub(super) fn damaged(path: &Path, cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
    Error::damaged(path, words!("已损坏：这是保险库中的文件", "is damaged: a file of the vault")).caused_by(cause)
}

/// Writes a file of the vault.
pub struct VaultWriter {
    /// `None` once the writer is closed.
    writer: Option<ArrowWriter<File>>,
    temporary: PathBuf,
    path: PathBuf,
    lasting: bool,
}

impl std::fmt::Debug for VaultWriter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("VaultWriter").field("path", &self.path).finish_non_exhaustive()
    }
}

impl VaultWriter {
    /// Adds rows.
    pub fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        let writer = self.writer.as_mut().ok_or_else(|| Error::bug("a vault file written after its end"))?;
        writer.write(batch).map_err(|e| Error::output(&self.path, e))
    }

    /// Ends the row group: writes the rows added so far to the file.
    pub fn flush(&mut self) -> Result<()> {
        let writer = self.writer.as_mut().ok_or_else(|| Error::bug("a vault file written after its end"))?;
        writer.flush().map_err(|e| Error::output(&self.path, e))
    }

    /// Flushes the file to disk and renames it to its final name.
    pub fn finish(mut self) -> Result<()> {
        let writer = self.writer.take().ok_or_else(|| Error::bug("a vault file finished twice"))?;
        let file = writer.into_inner().map_err(|e| Error::output(&self.path, e))?;
        if !self.lasting {
            return fs::rename(&self.temporary, &self.path).map_err(|e| Error::output(&self.path, e));
        }
        file.sync_all()
            .and_then(|()| fs::rename(&self.temporary, &self.path))
            .and_then(|()| sync_dir(self.path.parent().expect("a path below the folder")))
            .map_err(|e| Error::output(&self.path, e))
    }
}

impl Drop for VaultWriter {
    fn drop(&mut self) {
        drop(self.writer.take());
        // After `finish` there is no temporary file any more, and this fails harmlessly.
        let _ = fs::remove_file(&self.temporary);
    }
}

fn verify(path: &Path, bytes: &[u8], key: &SecretKey) -> Result<VaultCheck> {
    let check: VaultCheck =
        serde_json::from_slice(bytes).map_err(|_| Error::damaged(path, words!("已损坏", "is damaged")))?;
    if check.version != VERSION {
        return Err(Error::usage(
            path.display(),
            words!("版本为 {}，不是 {VERSION}", "is of version {}, not {VERSION}", check.version),
        ));
    }
    if check.hash != key.hash().as_str() {
        return Err(Error::usage(
            path.display(),
            words!(
                "此存储建立时用的是 hash = \"{}\"，不是 \"{}\"",
                "this store was made with hash = \"{}\", not \"{}\"",
                check.hash,
                key.hash().as_str()
            ),
        )
        .hint(match HashName::parse(&check.hash) {
            Some(hash) => words!(
                "请在 `[identity]` 下设置 `hash = \"{}\"`",
                "set `hash = \"{}\"` under `[identity]`",
                hash.as_str()
            ),
            None => {
                words!("此存储由更新版本的 xinhui 建立，请用那个版本", "a newer xinhui made this store; use that one")
            }
        }));
    }
    if check.check != check_value(key) {
        let file = key.path().display();
        let next = key.next_path();
        let hint = if next.exists() {
            words!(
                "更换密钥时中断过：请再运行一次 `xinhui key change`；在此之前不要删除 {0}",
                "a change of the key was broken off: run `xinhui key change` again, and do not delete {0} before",
                next.display()
            )
        } else {
            words!(
                "请在配置中写明建立此存储时所用的密钥文件；其他密钥都打不开。更换过密钥的，原密钥在旁边的 {file}.before-… 中",
                "name the key file that the store was made with; nothing else opens it. After a change of the key the old \
                 one lies beside it as {file}.before-…"
            )
        };
        return Err(Error::usage(
            path.display(),
            words!(
                "{file} 中的密钥不是建立此存储时所用的密钥",
                "the key in {file} is not the one this store was made with"
            ),
        )
        .hint(hint));
    }
    Ok(check)
}

/// Makes the folder of a vault, and its `vault.json`.
pub(super) fn found_vault(dir: &Path, key: &SecretKey, content: Option<CarriedKey>) -> Result<()> {
    let check_path = &dir.join(CHECK_FILE);
    if let Some(parent) = dir.parent() {
        fs::create_dir_all(parent).map_err(|e| Error::output(parent, e))?;
    }
    private_file::make_dirs(dir).and_then(|()| private_file::close_dir(dir)).map_err(|e| Error::output(dir, e))?;
    let temporary = beside(check_path);
    for entry in fs::read_dir(dir).map_err(|e| Error::unreadable_store(dir, e))? {
        let entry = entry.map_err(|e| Error::unreadable_store(dir, e))?;
        if entry.path() != temporary {
            return Err(Error::unreadable_store(
                check_path,
                words!("文件夹中有文件，但缺少密钥校验值", "the folder has files, but no key check value"),
            ));
        }
    }
    let check = VaultCheck { version: VERSION, hash: key.hash().as_str().to_owned(), check: check_value(key), content };
    let mut text = serde_json::to_string_pretty(&check).map_err(|e| Error::output(check_path, e))?;
    text.push('\n');
    private_file::create(&temporary)
        .and_then(|mut file| file.write_all(text.as_bytes()).and_then(|()| file.sync_all()))
        .and_then(|()| fs::rename(&temporary, check_path))
        .and_then(|()| sync_dir(dir))
        .map_err(|e| Error::output(check_path, e))
}

fn check_value(key: &SecretKey) -> String {
    hex(&key.mac(CHECK_PURPOSE, CHECK_MESSAGE))
}

/// The temporary name of a file. It is in the same folder, so that renaming is atomic.
fn beside(path: &Path) -> PathBuf {
    let name = path.file_name().expect("a path of a file").to_string_lossy();
    path.with_file_name(format!(".{name}.tmp"))
}

/// Flushes a folder, without which a rename may not survive a power cut.
pub(super) fn sync_dir(dir: &Path) -> std::io::Result<()> {
    if cfg!(unix) { File::open(dir)?.sync_all() } else { Ok(()) }
}
