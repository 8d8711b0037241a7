//! The secret key of a config's store.

use super::config::Config;
use crate::error::{ErrorKind, Result, words};
use crate::store::Store;
use crate::store::key::SecretKey;

/// Reads the key of a config's store.
///
/// # Errors
/// As [`SecretKey::read`]; where the file is missing although the store holds nights, the hint is to put it back, as a
/// new key would open nothing.
pub fn store_key(config: &Config) -> Result<SecretKey> {
    SecretKey::read(&config.key_file, config.hash).map_err(|e| {
        let store = Store::at(&config.store);
        let holds_nights = store.register().exists() || store.current_id().is_some();
        if e.kind != ErrorKind::Usage || config.key_file.exists() || !holds_nights {
            return e;
        }
        e.hint(words!(
            "请从备份恢复密钥文件：新密钥打不开此存储",
            "put the key file back from its backup: a new key does not open this store"
        ))
    })
}
