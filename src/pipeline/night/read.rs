//! Second step: new files are read; of files that were read before, what was read is reused.

use super::context::Night;
use super::prepare::PreparedNight;
use crate::error::Result;
use crate::ledger::Register;
use crate::pipeline::heal::read_gone_again;
use crate::pipeline::ingest::{Ingest, Ingested};
use crate::pipeline::reading::ReadingContext;

/// Every file of the inbox is in the register, with its validated rows in the store.
pub struct Read {
    pub prepared: PreparedNight,
    pub register: Register,
    pub ingested: Ingested,
    /// Kept rows that were gone, whose exports are read again.
    pub read_anew: Vec<String>,
}

impl PreparedNight {
    pub fn read(mut self, night: &Night<'_>) -> Result<Read> {
        let mut register = Register::load(&night.store)?;
        let read_anew = read_gone_again(&night.config, &night.store, &night.schemas, &mut register)?;
        let ingest = Ingest {
            reading: ReadingContext {
                schemas: &night.schemas,
                store: &night.store,
                vault: &self.vault,
                as_of: night.config.as_of,
                content_key: self.vault.content_key(),
            },
            limits: night.limits(),
            quiet_seconds: night.config.quiet_seconds,
            progress: night.progress,
        };
        let mut ingested = ingest.run(&self.files, &mut register)?;
        self.folders.append(&mut ingested.left);
        register.save(&night.store)?;
        Ok(Read { prepared: self, register, ingested, read_anew })
    }
}
