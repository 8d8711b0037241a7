//! One attempt to deliver a package, whichever the way: what it has to bring, and what it came to.

use std::path::Path;
use std::time::Duration;

use super::mask::SecretMask;
use super::state::{FeedFolder, FeedState, PendingPackage};
use crate::catalogue::Catalogue;
use crate::deliver::settings::FeedSettings;
use crate::error::{Result, Words};

/// One attempt.
pub struct Attempt {
    pub result: AttemptResult,
    pub status: Option<i64>,
    pub lines: Vec<Words>,
    pub error: Words,
    /// The receiver asks to wait for so long.
    pub wait: Option<Duration>,
    /// Trying again at once is of no use.
    pub gives_up: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum AttemptResult {
    Accepted,
    Failed,
    Refused,
}

impl Attempt {
    pub fn accepted(status: Option<i64>, lines: Vec<Words>) -> Attempt {
        Attempt { result: AttemptResult::Accepted, status, lines, error: Words::default(), wait: None, gives_up: false }
    }

    pub fn failed(why: Words) -> Attempt {
        Attempt { error: why, ..Attempt::failed_with(None, Vec::new()) }
    }

    pub fn failed_with(status: Option<i64>, lines: Vec<Words>) -> Attempt {
        Attempt { result: AttemptResult::Failed, status, lines, error: Words::default(), wait: None, gives_up: false }
    }

    pub fn refused(status: Option<i64>, lines: Vec<Words>) -> Attempt {
        let error = lines.first().cloned().unwrap_or_default();
        Attempt { result: AttemptResult::Refused, status, lines, error, wait: None, gives_up: false }
    }

    /// The attempt as it is kept and printed: no secret stands in what was said, and no line is longer than a receipt
    /// keeps. Lines are shortened last, so that half a secret does not go unseen.
    pub fn told(self, mask: &SecretMask) -> Attempt {
        let lines = self.lines.iter().map(|line| shortened(&mask.hide_in(line))).collect();
        Attempt { lines, error: mask.hide_in(&self.error), ..self }
    }
}

/// A package on its way.
pub struct PackageDelivery<'a> {
    pub feed: &'a FeedSettings,
    pub package: &'a Path,
    pub pending: &'a mut PendingPackage,
    pub folder: &'a FeedFolder,
    /// What was known before this attempt.
    pub state: &'a FeedState,
    pub catalogue: &'a Catalogue,
}

impl PackageDelivery<'_> {
    /// Writes down how far the delivery has come.
    pub fn save(&self) -> Result<()> {
        self.folder.save(&FeedState { pending: Some(self.pending.clone()), ..self.state.clone() })
    }
}

/// This moment, as state and receipts say it.
pub fn now() -> String {
    jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// Lines of an answer that a receipt keeps, and the length of each.
const MOST_LINES: usize = 20;
const MOST_CHARS: usize = 500;

/// The first lines of an answer, without what would move a terminal's cursor.
pub fn first_lines(bytes: &[u8]) -> Vec<Words> {
    let text = String::from_utf8_lossy(bytes);
    let plain = |line: &str| line.chars().filter(|c| !c.is_control()).collect::<String>();
    text.lines().map(plain).filter(|l| !l.trim().is_empty()).take(MOST_LINES).map(Words::plain).collect()
}

fn shortened(words: &Words) -> Words {
    let short = |text: &str| text.chars().take(MOST_CHARS).collect::<String>();
    Words::new(short(&words.zh), short(&words.en))
}
