//! First step: what the night reads from, and where it keeps what it finds.

use super::context::Night;
use crate::diag::FileFinding;
use crate::error::Result;
use crate::numbers::indicators::Residents;
use crate::pipeline::inbox::{self, InboxFile};
use crate::pipeline::reference_data::read_reference;
use crate::schema::divisions::Divisions;
use crate::store::vault::Vault;

/// The reference files are read, the vault is open, the inbox is listed.
pub struct PreparedNight {
    pub divisions: Divisions,
    pub population: Residents,
    pub vault: Vault,
    pub files: Vec<InboxFile>,
    /// Findings about folders, and about files of which nothing is taken.
    pub folders: Vec<FileFinding>,
}

impl PreparedNight {
    pub fn of(night: &Night<'_>) -> Result<Self> {
        night.progress.begin("reference", 1);
        let (divisions, population) = read_reference(&night.config, &night.schemas, night.schemas_dir)?;
        let vault = Vault::open(&night.store.identities(), &night.key)?;
        let (files, folders) =
            inbox::list(&night.config.inbox, &night.config.reference, &divisions, &night.schemas.sources())?;
        Ok(PreparedNight { divisions, population, vault, files, folders })
    }
}
