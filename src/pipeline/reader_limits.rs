//! How much memory and time reading one file may take.

use std::path::{Path, PathBuf};

/// The limits for reading one file.
#[derive(Clone, Debug)]
pub struct ReaderLimits {
    /// Memory in mebibytes.
    pub memory_mb: u64,
    /// Time in seconds; one more is added for each mebibyte of the file.
    pub seconds: u64,
    /// The folder of declarations; `None` for the built-in ones.
    pub schemas_dir: Option<PathBuf>,
}

impl ReaderLimits {
    /// Default memory limit in mebibytes.
    pub const MEMORY_MB: u64 = 2_048;
    /// Default time limit in seconds.
    pub const SECONDS: u64 = 600;

    /// The default limits.
    pub fn usual(schemas_dir: Option<&Path>) -> Self {
        ReaderLimits {
            memory_mb: Self::MEMORY_MB,
            seconds: Self::SECONDS,
            schemas_dir: schemas_dir.map(Path::to_owned),
        }
    }
}
