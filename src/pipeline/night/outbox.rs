//! After the night: what each sender must mend is laid out for it.

use std::collections::BTreeMap;

use super::context::Night;
use super::judge::JudgedNight;
use super::record::Summary;
use crate::error::{Result, logged};
use crate::pipeline::asks::{AskContext, Present};
use crate::pipeline::inbox::InboxFile;
use crate::pipeline::outbox::{self, Filled};
use crate::pipeline::reader_jobs::Start;

impl JudgedNight {
    /// Fills the outbox; the night is published and done, whatever comes of it.
    pub fn fill_outbox(&self, night: &Night<'_>, summary: &mut Summary) {
        let filled = if night.config.outbox {
            self.outbox(night)
        } else {
            outbox::empty(&night.store).map(|()| Filled::default())
        };
        match filled {
            Ok(filled) => {
                summary.outbox = filled.names;
                summary.rows_to_mend = filled.rows_to_mend;
                summary.rows_to_check = filled.rows_to_check;
                summary.without_key = filled.without_key;
                for e in filled.unwritten {
                    let line = e.in_words();
                    tracing::warn!("{}", logged(&line.zh, &line.en));
                    summary.unwritten_workbooks.push(line);
                }
                filled.unkept.into_iter().for_each(|e| summary.go_without(Err(e)));
            }
            Err(e) => summary.go_without(Err(e)),
        }
    }

    fn outbox(&self, night: &Night<'_>) -> Result<Filled> {
        let prepared = &self.read.prepared;
        let present: BTreeMap<&str, &str> =
            self.read.ingested.present.iter().map(|(file, sha256)| (file.as_str(), sha256.as_str())).collect();
        let of_file = |file: &InboxFile| {
            let sha256 = (*present.get(file.name.as_str())?).to_owned();
            let present = Present { path: file.path.clone(), sha256, modified_day: file.modified_day };
            Some((file.name.clone(), present))
        };
        let present: BTreeMap<String, Present> = prepared.files.iter().filter_map(of_file).collect();
        let limits = night.limits();
        let start = Start::new(&night.schemas, night.config.as_of, &limits, None);
        let context = AskContext {
            schemas: &night.schemas,
            store: &night.store,
            register: &self.read.register,
            partitions: &self.ledger.partitions,
            present: &present,
            start: &start,
            limits: &limits,
        };
        outbox::fill(&context, &prepared.divisions, night.config.outbox_encrypt_to.as_ref())
    }
}
