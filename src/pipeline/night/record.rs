//! The log of nights: one line each in `private/nights.jsonl`.

use std::fs;
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::Path;

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
    /// The day that the numbers look back from has not come yet.
    pub as_of_is_ahead: bool,
    /// Settings that the night took as they are, though they bend its numbers: what `xinhui check` calls a problem.
    #[serde(default)]
    pub doubts: Vec<Words>,
    pub snapshot: String,
    /// Nothing that the tables depend on has changed, so no new snapshot was published.
    pub unchanged: bool,
    /// Stored files that were damaged or missing and were made anew, rows from their exports.
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
    /// Files with rows that were read before and are no longer in the inbox; their rows stay accepted.
    #[serde(default)]
    pub gone_files: usize,
    pub new_rows: u64,
    /// Of the rejected rows those that stand right in another file, so that nobody need mend them.
    #[serde(default)]
    pub mended_rows: u64,
    pub refused: Vec<String>,
    /// The code of the finding of each of these; empty in records of earlier versions.
    #[serde(default)]
    pub refused_for: Vec<String>,
    /// Files with a share of rejected rows above the limit, with the share.
    pub over_limit: Vec<(String, f64)>,
    /// Newest exports of registers that were held back because they have too few rows.
    pub held_back: Vec<String>,
    /// Workbooks of rows to mend that lie in the outbox, by name.
    pub outbox: Vec<String>,
    /// Workbooks that could not be written: their paths, with the reasons.
    #[serde(default)]
    pub unwritten_workbooks: Vec<Words>,
    /// Rows that they ask for: rejected ones, and ones that are only warned of.
    pub rows_to_mend: u64,
    pub rows_to_check: u64,
    /// Senders with something to mend that get no workbook, because it cannot be encrypted to them.
    pub without_key: Vec<String>,
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
    /// Targets that were missed or are behind.
    pub shortfalls: Vec<Shortfall>,
    /// Each stage with its duration in seconds.
    pub stages: Vec<(String, f64)>,
    pub exit_code: u8,
}

/// A target that was missed or is behind.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(from = "WrittenShortfall")]
pub struct Shortfall {
    pub profile: String,
    pub division: String,
    pub indicator: String,
    /// The value with two places.
    pub value: String,
    /// Comparison and target: `>= 95`.
    pub target: String,
    /// How many more, or fewer, the numerator must count; `None` where that cannot be told.
    pub gap: Option<i64>,
    /// What it counts: person, site, school and so on; empty in records of earlier versions.
    pub counted: String,
}

/// As it stands in the record: an earlier version wrote texts alone.
#[derive(Deserialize)]
#[serde(untagged)]
enum WrittenShortfall {
    Texts([String; 5]),
    Named {
        profile: String,
        division: String,
        indicator: String,
        value: String,
        target: String,
        gap: Option<i64>,
        counted: String,
    },
}

impl From<WrittenShortfall> for Shortfall {
    fn from(written: WrittenShortfall) -> Self {
        match written {
            WrittenShortfall::Texts([profile, division, indicator, value, target]) => {
                Shortfall { profile, division, indicator, value, target, ..Shortfall::default() }
            }
            WrittenShortfall::Named { profile, division, indicator, value, target, gap, counted } => {
                Shortfall { profile, division, indicator, value, target, gap, counted }
            }
        }
    }
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
    // A line that broke off takes no other with it.
    let begins = if is_broken_off(&path) { "\n" } else { "" };
    private_file::append_to(&path).and_then(|mut f| writeln!(f, "{begins}{line}")).map_err(|e| Error::output(&path, e))
}

/// Whether the last line has no end.
fn is_broken_off(path: &Path) -> bool {
    let mut last = [b'\n'];
    let read = fs::File::open(path).and_then(|mut file| {
        file.seek(SeekFrom::End(-1))?;
        file.read_exact(&mut last)
    });
    read.is_ok() && last != [b'\n']
}

/// The record of nights, as it is read.
#[derive(Clone, Debug, Default)]
pub struct Nights {
    /// Oldest first, each in its last known state.
    pub all: Vec<NightRecord>,
    /// Lines that are damaged, and tell of no night.
    pub unreadable: usize,
}

/// The nights of a store.
///
/// # Errors
/// `Input` if the record cannot be read.
pub fn nights(store: &Store) -> Result<Nights> {
    let path = store.nights();
    // It is a log: a damaged line hides no other.
    let bytes = match fs::read(&path) {
        Ok(bytes) => bytes,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(Nights::default()),
        Err(e) => return Err(Error::unreadable_store(&path, e)),
    };
    let mut nights: Vec<NightRecord> = Vec::new();
    let mut unreadable = 0;
    for line in bytes.split(|b| *b == b'\n').filter(|line| !line.trim_ascii().is_empty()) {
        let Ok(record) = serde_json::from_slice::<NightRecord>(line) else {
            unreadable += 1;
            continue;
        };
        let same = |last: &&mut NightRecord| {
            last.ended.is_empty() && (&last.started, last.process) == (&record.started, record.process)
        };
        match nights.last_mut().filter(same) {
            Some(last) => *last = record,
            None => nights.push(record),
        }
    }
    Ok(Nights { all: nights, unreadable })
}
