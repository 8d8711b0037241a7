//! `xinhui key change`: a new key for a store that goes on.

use std::fs;
use std::path::{Path, PathBuf};

use super::config::{Config, schema_files};
use super::night::record::now;
use super::store_key::store_key;
use crate::error::{Error, Result, logged, words};
use crate::schema::Schemas;
use crate::store::Store;
use crate::store::key::SecretKey;
use crate::store::lock::{Holder, StoreLock};
use crate::store::private_state::{PrivateState, VAULT_CHECK};
use crate::store::vault::Vault;
use crate::store::vault_rekey::change_key;

/// A change of the key of a store.
pub struct KeyChange {
    /// Where the old key lies now: nothing in the store is encrypted with it any more.
    pub old_key: PathBuf,
    /// Number of files that were encrypted anew; `None` if an earlier attempt had done that and only the key files had
    /// to change names.
    pub files: Option<usize>,
}

/// Makes a new key and encrypts the vault of the store with it; the new key then lies where the config says, and the
/// old one beside it.
///
/// Person keys, decisions and what was read stay as they are. Broken off at any point, the store opens with the key in
/// place or the one in `….next` beside it, and another call goes on from there.
///
/// # Errors
/// `Usage` if the store has no vault yet or the key is not its key; `Damaged` if a file of the vault cannot be read;
/// `Output` if the store is locked or cannot be written.
pub fn change_key_of_store(config_path: &Path, schemas_dir: Option<&Path>) -> Result<KeyChange> {
    let schemas = Schemas::from_files(&schema_files(schemas_dir)?)?;
    let config = Config::read(config_path, &schemas)?;
    let old = store_key(&config)?;
    let store = Store::at(&config.store);
    if !store.private().join(VAULT_CHECK).is_file() {
        return Err(Error::usage(
            config.store.display(),
            words!("还没有身份信息库，无须更换密钥", "has no vault yet, so there is no key to change"),
        )
        .hint(words!("换一个新密钥：`xinhui key new`", "make another key with `xinhui key new`")));
    }
    store.refuse_root()?;
    let _lock = StoreLock::take(&store, Holder::Run)?;
    let beside = |end: &str| {
        let name = config.key_file.file_name().unwrap_or_default().to_string_lossy();
        config.key_file.with_file_name(format!("{name}{end}"))
    };
    let next = old.next_path();
    let mut files = None;
    if next.exists() && Vault::check(&store.identities(), &SecretKey::read(&next, config.hash)?).is_ok() {
        let said =
            logged("此前的更换已重新加密身份信息库", "an earlier change of the key had encrypted the vault already");
        tracing::info!("{said}");
    } else {
        Vault::check(&store.identities(), &old)?;
        if !next.exists() {
            SecretKey::create(&next)?;
        }
        let new = SecretKey::read(&next, config.hash)?;
        let mut state = PrivateState::open(&store)?;
        state.verify(VAULT_CHECK)?;
        state.begin()?;
        files = Some(change_key(&store.identities(), &old, &new)?);
        state.vouch_for_vault()?;
    }
    // No key is ever written over: backups of before need it.
    let day = now().replace([':', '-'], "");
    let numbered = (2u32..).map(|n| beside(&format!(".before-{day}-{n}")));
    let mut names = std::iter::once(beside(&format!(".before-{day}"))).chain(numbered);
    let old_key = names.find(|path| !path.exists()).ok_or_else(|| Error::bug("no name for the former key"))?;
    fs::rename(&config.key_file, &old_key).map_err(|e| Error::output(&old_key, e))?;
    fs::rename(&next, &config.key_file).map_err(|e| Error::output(&config.key_file, e))?;
    Ok(KeyChange { old_key, files })
}
