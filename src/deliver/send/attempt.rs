//! One attempt to deliver a package, whichever the way: what it has to bring, and what it came to.

use std::path::Path;
use std::time::Duration;

use encoding_rs::{Encoding, GB18030};

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
    /// What the receiver's people or the office's should know of a package that was accepted.
    pub noticed: Vec<Words>,
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
        Attempt { result: AttemptResult::Accepted, ..Attempt::failed_with(status, lines) }
    }

    pub fn failed(why: Words) -> Attempt {
        Attempt { error: why, ..Attempt::failed_with(None, Vec::new()) }
    }

    pub fn failed_with(status: Option<i64>, lines: Vec<Words>) -> Attempt {
        Attempt {
            result: AttemptResult::Failed,
            status,
            lines,
            error: Words::default(),
            noticed: Vec::new(),
            wait: None,
            gives_up: false,
        }
    }

    pub fn refused(status: Option<i64>, lines: Vec<Words>) -> Attempt {
        let error = lines.first().cloned().unwrap_or_default();
        Attempt { result: AttemptResult::Refused, error, ..Attempt::failed_with(status, lines) }
    }

    /// The attempt as it is kept and printed: no secret stands in what was said, and no line is longer than a receipt
    /// keeps. Lines are shortened last, so that half a secret does not go unseen.
    pub fn told(self, mask: &SecretMask) -> Attempt {
        let lines = self.lines.iter().map(|line| shortened(&mask.hide_in(line))).collect();
        Attempt { lines, error: shortened(&mask.hide_in(&self.error)), ..self }
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

/// What was said, in whatever encoding a platform or a program says it, without a mark of the encoding before it.
pub fn text_of(bytes: &[u8]) -> String {
    if let Some((encoding, mark)) = Encoding::for_bom(bytes) {
        return encoding.decode_without_bom_handling(&bytes[mark..]).0.trim().to_owned();
    }
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text.into(),
        Err(_) => match GB18030.decode_without_bom_handling_and_without_replacement(bytes) {
            Some(text) => text,
            None => String::from_utf8_lossy(bytes),
        },
    };
    text.trim().to_owned()
}

/// A text without what would move a terminal's cursor.
pub fn without_controls(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).collect()
}

/// The first lines of what was said.
pub fn first_lines(text: &str) -> Vec<Words> {
    let plain = text.lines().map(without_controls);
    plain.filter(|l| !l.trim().is_empty()).take(MOST_LINES).map(Words::plain).collect()
}

fn shortened(words: &Words) -> Words {
    let short = |text: &str| text.chars().take(MOST_CHARS).collect::<String>();
    Words::new(short(&words.zh), short(&words.en))
}
