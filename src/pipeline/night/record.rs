//! The log of nights: one line each in `private/nights.jsonl`.

use std::fs;
use std::io::Write;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result, Words, logged};
use crate::publish::{ReadEarlier, RowCounts};
use crate::store::layout::Store;
use crate::store::private_file;

/// The summary of a night: printed at its end and remembered for `xinhui status`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Summary {
    pub as_of: String,
    pub snapshot: String,
    /// Nothing that the tables depend on has changed, so no new snapshot was published.
    pub unchanged: bool,
    /// Stored files that were damaged or missing and were read again from their exports.
    #[serde(default)]
    pub made_anew: Vec<String>,
    /// Logs and caches that could not be written, one line each; the results are complete without them.
    #[serde(default)]
    pub unkept: Vec<Words>,
    /// Files read again because an earlier version of the reading code had read them.
    pub read_again: usize,
    /// Files that would have to be read again for that reason but are no longer in the inbox: their rows are used as
    /// they were read then.
    pub read_earlier: Vec<ReadEarlier>,
    /// Whether the content of all published files was written or checked in this run.
    #[serde(skip)]
    pub seen_whole: bool,
    pub files: usize,
    pub new_files: usize,
    pub new_rows: u64,
    pub refused: Vec<String>,
    /// Files with a share of rejected rows above the limit, with the share.
    pub over_limit: Vec<(String, f64)>,
    /// Newest exports of registers that were held back because they have too few rows.
    pub held_back: Vec<String>,
    pub rows: RowCounts,
    pub persons: u64,
    /// Decisions on linkage that were ignored because they contradict each other or the rows.
    pub contradictory_decisions: u64,
    pub met: usize,
    pub not_met: usize,
    pub on_track: usize,
    pub behind: usize,
    pub no_data: usize,
    /// Targets that are not judged because their numbers are incomplete.
    pub incomplete: usize,
    /// Targets that were missed or are behind: profile, division, indicator, value and target as text.
    pub shortfalls: Vec<[String; 5]>,
    /// Each stage with its duration in seconds.
    pub stages: Vec<(String, f64)>,
    pub exit_code: u8,
}

/// A line of `private/nights.jsonl`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct NightRecord {
    pub started: String,
    /// Id of the process that ran it; together with `started` it distinguishes two nights of the same second.
    #[serde(default)]
    pub process: u32,
    /// Empty while the night runs; it stays empty if the night died.
    pub ended: String,
    pub error: Words,
    pub summary: Summary,
}

pub(in crate::pipeline) fn now() -> String {
    jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

impl Summary {
    /// Notes that a log or cache could not be written; this does not stop the night.
    pub(in crate::pipeline) fn go_without(&mut self, written: Result<()>) {
        let Err(e) = written else { return };
        let line = e.in_words();
        tracing::warn!("{}", logged(&line.zh, &line.en));
        if !self.unkept.contains(&line) {
            self.unkept.push(line);
        }
    }
}

/// Appends a line to the record.
///
/// # Errors
/// `Output` if the line cannot be written; callers go on without it.
pub(in crate::pipeline) fn note(store: &Store, record: &NightRecord) -> Result<()> {
    let path = store.nights();
    let line = serde_json::to_string(record).map_err(|e| Error::output(&path, e))?;
    private_file::append_to(&path).and_then(|mut f| writeln!(f, "{line}")).map_err(|e| Error::output(&path, e))
}

/// The nights of a store, oldest first, each in its last known state.
///
/// # Errors
/// `Input` if the record cannot be read.
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
