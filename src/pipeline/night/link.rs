//! Fourth step: who is who among the people of the accepted rows.

use super::context::Night;
use super::judge::JudgedNight;
use crate::error::Result;
use crate::ledger::SnapshotScope;
use crate::link::persons::LinkSettings;
use crate::pipeline::persons::{NightPersons, PersonInputs, Unkept, identify};

/// Every accepted row about a person has that person's key.
pub struct LinkedNight<'j> {
    pub judged: &'j JudgedNight,
    pub persons: NightPersons,
}

impl JudgedNight {
    /// Links people; what only the next run needs is handed over apart, to be kept beside other work.
    pub fn link(&self, night: &Night<'_>) -> Result<(LinkedNight<'_>, Unkept<'_>)> {
        let settings =
            LinkSettings { model: &night.link, decisions: &night.decisions, today: night.config.as_of, memory: None };
        let inputs = PersonInputs {
            store: &night.store,
            vault: &self.read.prepared.vault,
            key: &night.key,
            schemas: &night.schemas,
            by_folder: night.config.snapshot_scope == SnapshotScope::Folder,
            progress: night.progress,
        };
        let (persons, unkept) = identify(&inputs, &self.ledger.partitions, &settings)?;
        Ok((LinkedNight { judged: self, persons }, unkept))
    }
}
