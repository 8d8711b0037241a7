//! All file I/O of the store: keys, the vault, hashing, atomic writes, the lock, snapshots.

pub mod key;
pub mod vault;
