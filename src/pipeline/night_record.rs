//! What nights came to: a line each in `private/nights.jsonl`.

use std::fs;
use std::io::Write;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::publish::{ReadEarlier, RowCounts};
use crate::store::layout::Store;
use crate::store::private_file;

/// What a person is told at the end, and what `status` remembers.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Summary {
    pub as_of: String,
    pub snapshot: String,
    /// Nothing that the tables depend on had changed: the snapshot of before stands.
    pub unchanged: bool,
    /// Kept files that were damaged or gone, whose exports were read again.
    #[serde(default)]
    pub made_anew: Vec<String>,
    /// Logs and memories that could not be written, each as a line: the night is as good without them.
    #[serde(default)]
    pub unkept: Vec<String>,
    /// Files that code of an earlier epoch had read, and that were read again.
    pub read_again: usize,
    /// Those of them that lie in the inbox no more: their rows stand as they were read then.
    pub read_earlier: Vec<ReadEarlier>,
    /// The bytes of all published files were written or looked at.
    #[serde(skip)]
    pub seen_whole: bool,
    pub files: usize,
    pub new_files: usize,
    pub new_rows: u64,
    pub refused: Vec<String>,
    /// Files whose rejected share is above the limit, with the share.
    pub over_limit: Vec<(String, f64)>,
    /// Newest exports of registers that lost too many rows to stand.
    pub held_back: Vec<String>,
    pub rows: RowCounts,
    pub persons: u64,
    /// Decisions on who is who that were set aside, because they contradict each other or the rows.
    pub contradictory_decisions: u64,
    pub met: usize,
    pub not_met: usize,
    pub on_track: usize,
    pub behind: usize,
    pub no_data: usize,
    /// Targets that are not judged, because their numbers are partial.
    pub incomplete: usize,
    /// Targets not met or behind: profile, division, indicator, value text, target text.
    pub shortfalls: Vec<[String; 5]>,
    /// Stages and their seconds.
    pub stages: Vec<(String, f64)>,
    pub exit_code: u8,
}

/// A line of `private/nights.jsonl`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct NightRecord {
    pub started: String,
    /// Process that ran it: with `started` it tells two nights of one second apart.
    #[serde(default)]
    pub process: u32,
    /// Empty while the night runs, and for ever when it died.
    pub ended: String,
    pub error: String,
    pub summary: Summary,
}

pub(super) fn now() -> String {
    jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

impl Summary {
    /// Notes that something could not be written which is only a log, or saves time.
    pub(super) fn go_without(&mut self, written: Result<()>) {
        let Err(e) = written else { return };
        let cause = std::error::Error::source(&e).map(|c| format!(": {c}")).unwrap_or_default();
        let line = format!("{e}{cause}");
        tracing::warn!("{line}");
        if !self.unkept.contains(&line) {
            self.unkept.push(line);
        }
    }
}

/// Adds a line to the record.
///
/// # Errors
/// `Output`: nothing that stops a night.
pub(super) fn note(store: &Store, record: &NightRecord) -> Result<()> {
    let path = store.nights();
    let line = serde_json::to_string(record).map_err(|e| Error::output(&path, e))?;
    private_file::append_to(&path).and_then(|mut f| writeln!(f, "{line}")).map_err(|e| Error::output(&path, e))
}

/// The nights of a store, oldest first; each as it last was known.
///
/// # Errors
/// `Input`: the record cannot be read.
pub fn nights(store: &Store) -> Result<Vec<NightRecord>> {
    let path = store.nights();
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(e) => return Err(Error::unreadable_store(&path, e)),
    };
    let mut nights: Vec<NightRecord> = Vec::new();
    for record in text.lines().filter_map(|l| serde_json::from_str::<NightRecord>(l).ok()) {
        let same = |last: &&mut NightRecord| {
            last.ended.is_empty() && (&last.started, last.process) == (&record.started, record.process)
        };
        match nights.last_mut().filter(same) {
            Some(last) => *last = record,
            None => nights.push(record),
        }
    }
    Ok(nights)
}
