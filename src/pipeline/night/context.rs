//! What every step of a night is given.

use std::path::Path;

use crate::link::decisions::Decisions;
use crate::link::persons::LinkModel;
use crate::pipeline::config::Config;
use crate::pipeline::reader_limits::ReaderLimits;
use crate::progress::Progress;
use crate::schema::Schemas;
use crate::store::Store;
use crate::store::key::SecretKey;
use crate::store::private_state::PrivateState;

/// What a night runs with.
pub struct Night<'a> {
    pub config: Config,
    pub schemas: Schemas,
    pub schemas_dir: Option<&'a Path>,
    pub link: LinkModel,
    pub decisions: Decisions,
    pub key: SecretKey,
    pub store: Store,
    pub progress: &'a Progress,
    pub started: String,
    pub state: &'a PrivateState,
}

impl Night<'_> {
    /// The limits under which a file is read.
    pub fn limits(&self) -> ReaderLimits {
        ReaderLimits {
            memory_mb: self.config.reader_memory_mb,
            seconds: self.config.reader_seconds,
            schemas_dir: self.schemas_dir.map(Path::to_owned),
        }
    }
}
