//! What a feed has delivered and what waits, kept in the store under `feeds/<name>/`.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::deliver::build::Base;
use crate::deliver::edition::Audience;
use crate::deliver::manifest::Predecessor;
use crate::deliver::settings::FeedSettings;
use crate::epoch;
use crate::error::{Error, Result, Words, words};
use crate::store::private_file;
use crate::store::table_file::write_atomic;

/// The folder of a feed.
#[derive(Clone, Debug)]
pub struct FeedFolder(PathBuf);

/// The state of a feed. It is replaced atomically at each change, so that sending can resume from it after a crash.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct FeedState {
    /// Who the feed is for. It stays so: what waits for one audience must never go to another.
    pub audience: Option<Audience>,
    /// The receiver that all below is of, see [`FeedSettings::address`]; none before the first sending.
    pub address: Option<String>,
    pub accepted: Option<AcceptedPackage>,
    /// The last package that another receiver accepted, before this one took its place: numbers go on after it.
    pub former: Option<Predecessor>,
    pub pending: Option<PendingPackage>,
    /// The package that the receiver refused last, until another one is made.
    pub refused: Option<RefusedPackage>,
}

/// The package that the receiver accepted last.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AcceptedPackage {
    pub sequence: u64,
    pub manifest_sha256: String,
    pub snapshot: String,
    pub as_of: String,
    /// See [`crate::deliver::manifest::PackageEdition`].
    pub content: String,
    pub at: String,
    /// Folder with its tables, below that of the feed, for a feed of changes.
    pub tables: Option<String>,
    /// [`epoch::FEEDS`] of the program that made it: what another one makes of the same numbers is sent whole.
    #[serde(default = "epoch::first")]
    pub program: u32,
}

/// A package that is made and not accepted yet.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PendingPackage {
    pub sequence: u64,
    /// Name of the folder or file in `outbox/`.
    pub package: String,
    pub manifest_sha256: String,
    pub snapshot: String,
    pub as_of: String,
    pub content: String,
    pub tables: Option<String>,
    #[serde(default = "epoch::first")]
    pub program: u32,
    /// How often it was tried.
    pub attempts: u64,
    /// It may lie at the receiver's already: it was about to be put there.
    #[serde(default)]
    pub moving: bool,
    /// Files that the receiver has confirmed, where each goes alone.
    #[serde(default)]
    pub confirmed: Vec<String>,
    /// Why the last attempt came to nothing, and when.
    #[serde(default)]
    pub last_error: Words,
    #[serde(default)]
    pub failed_at: String,
    /// It holds all rows, so that it may go to another receiver as well.
    #[serde(default)]
    pub whole: bool,
    /// The settings that it was made by, see [`FeedSettings::mark`].
    #[serde(default)]
    pub settings: String,
}

/// A package that the receiver said no to. It is not sent again as it is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RefusedPackage {
    pub sequence: u64,
    pub package: String,
    /// See [`crate::deliver::manifest::PackageEdition`].
    pub content: String,
    /// The settings that it was made by, see [`FeedSettings::mark`].
    pub settings: String,
    pub at: String,
    pub why: Words,
}

/// What one attempt came to: a line of `receipts.jsonl`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Receipt {
    pub at: String,
    pub sequence: u64,
    pub package: String,
    pub manifest_sha256: String,
    pub to: String,
    pub attempt: u64,
    /// `accepted`, `failed` (tried again) or `refused` (not tried again).
    pub result: String,
    /// The exit code of a command or the status of an answer.
    pub status: Option<i64>,
    /// The first lines of what the receiver or the command said.
    pub lines: Vec<Words>,
}

impl AcceptedPackage {
    pub fn as_predecessor(&self) -> Predecessor {
        Predecessor { sequence: self.sequence, manifest_sha256: self.manifest_sha256.clone() }
    }
}

impl FeedState {
    /// Whether the receiver has got no package yet, but another one before it had.
    pub fn is_of_new_receiver(&self) -> bool {
        self.accepted.is_none() && self.former.is_some()
    }

    /// The state for the receiver that the feed has now. Another one than before has none of the packages: the next
    /// one is whole, and only a whole one that waits may go there.
    fn of_receiver(self, feed: &FeedSettings) -> FeedState {
        let Some(address) = feed.address() else { return self };
        if self.address.as_ref().is_none_or(|before| *before == address) {
            return FeedState { address: Some(address), ..self };
        }
        let anew = |p: PendingPackage| PendingPackage {
            attempts: 0,
            moving: false,
            confirmed: Vec::new(),
            last_error: Words::default(),
            failed_at: String::new(),
            ..p
        };
        FeedState {
            audience: self.audience,
            address: Some(address),
            former: self.accepted.as_ref().map(AcceptedPackage::as_predecessor).or(self.former),
            accepted: None,
            pending: self.pending.filter(|p| p.whole).map(anew),
            refused: None,
        }
    }
}

impl FeedFolder {
    pub fn of(store: &Path, feed: &str) -> FeedFolder {
        FeedFolder(store.join("feeds").join(feed))
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    pub fn outbox(&self) -> PathBuf {
        self.0.join("outbox")
    }

    fn state_file(&self) -> PathBuf {
        self.0.join("state.json")
    }

    fn receipts_file(&self) -> PathBuf {
        self.0.join("receipts.jsonl")
    }

    /// Makes the folders and keeps others out until the lock is dropped. They hold exact numbers, so that nobody but
    /// the owner opens them.
    ///
    /// # Errors
    /// `Output`: among others, another process is sending.
    pub fn lock(&self) -> Result<fs::File> {
        let outbox = self.outbox();
        private_file::make_dirs(&outbox).map_err(|e| Error::output(&outbox, e))?;
        let path = self.0.join(".lock");
        let file = private_file::append_to(&path).map_err(|e| Error::output(&path, e))?;
        match file.try_lock() {
            Ok(()) => Ok(file),
            Err(fs::TryLockError::WouldBlock) => Err(Error::new(
                crate::error::ErrorKind::Output,
                self.0.display(),
                words!("另一个进程正在发送此推送", "another process is sending this feed"),
            )),
            Err(fs::TryLockError::Error(e)) => Err(Error::output(&path, e)),
        }
    }

    /// The state; empty before the first package.
    ///
    /// # Errors
    /// `Output`: it cannot be read.
    pub fn state(&self) -> Result<FeedState> {
        let path = self.state_file();
        match fs::read(&path) {
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(FeedState::default()),
            Err(e) => Err(Error::unreadable_store(&path, e)),
            Ok(bytes) => serde_json::from_slice(&bytes).map_err(|e| Error::unreadable_store(&path, e)),
        }
    }

    /// The state of a feed for its audience and its receiver.
    ///
    /// # Errors
    /// `Output`; `Usage`: the feed was for another audience before.
    pub fn state_for(&self, feed: &FeedSettings) -> Result<FeedState> {
        let state = self.state()?;
        match state.audience {
            Some(before) if before != feed.audience => Err(Error::usage(
                self.0.display(),
                words!(
                    "此推送原来的对象是 \"{}\"，现在是 \"{}\"",
                    "this feed was for the audience \"{}\" and now is for \"{}\"",
                    before.as_str(),
                    feed.audience.as_str()
                ),
            )
            .hint(words!("面向另一类对象的推送请另起名称", "give the feed for another audience a name of its own"))),
            _ => Ok(FeedState { audience: Some(feed.audience), ..state.of_receiver(feed) }),
        }
    }

    /// What the next package follows on; without the tables where it is to be whole.
    pub fn base(&self, state: &FeedState, of_changes: bool) -> Option<Base> {
        match &state.accepted {
            Some(a) => Some(Base {
                predecessor: a.as_predecessor(),
                tables: a
                    .tables
                    .as_ref()
                    .filter(|_| of_changes && a.program == epoch::FEEDS)
                    .map(|tables| self.0.join(tables)),
            }),
            None => state.former.clone().map(|predecessor| Base { predecessor, tables: None }),
        }
    }

    /// Puts the state in the place of the one before, in one step.
    pub fn save(&self, state: &FeedState) -> Result<()> {
        let path = self.state_file();
        let text = serde_json::to_string_pretty(state).map_err(|e| Error::output(&path, e))?;
        write_atomic(&path, (text + "\n").as_bytes())
    }

    /// Adds a receipt.
    pub fn note(&self, receipt: &Receipt) -> Result<()> {
        let path = self.receipts_file();
        let line = serde_json::to_string(receipt).map_err(|e| Error::output(&path, e))?;
        let mut file = private_file::append_to(&path).map_err(|e| Error::output(&path, e))?;
        file.write_all((line + "\n").as_bytes()).and_then(|()| file.sync_data()).map_err(|e| Error::output(&path, e))
    }

    /// All receipts, oldest first; a line that was cut off by a crash is left out.
    pub fn receipts(&self) -> Result<Vec<Receipt>> {
        let path = self.receipts_file();
        match fs::read_to_string(&path) {
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
            Err(e) => Err(Error::unreadable_store(&path, e)),
            Ok(text) => Ok(text.lines().filter_map(|l| serde_json::from_str(l).ok()).collect()),
        }
    }
}
