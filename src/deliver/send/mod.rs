//! Brings packages to their receiver: nothing is lost, nothing is new twice.
//!
//! A package is made and noted as pending before the first byte of it leaves. Until the receiver has accepted or
//! refused it, the same bytes are sent, under the same key; only then is the next one made, after it.

mod answer;
mod attempt;
mod command;
mod database;
mod folder;
mod http;
mod mask;
mod secret;
pub mod state;

use std::fs;
use std::path::Path;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::build::{Building, remove, sync_folder};
use super::edition::FeedEdition;
use super::settings::{Extent, FeedSettings, FeedTarget};
use super::sign::SigningKey;
use crate::catalogue::Catalogue;
use crate::epoch;
use crate::error::{Error, ErrorKind, Result, Words, words};
use crate::schema::Schemas;
use attempt::{Attempt, AttemptResult, PackageDelivery, now};
use mask::SecretMask;
use state::{AcceptedPackage, FeedFolder, FeedState, PendingPackage, Receipt, RefusedPackage};

/// What sending a feed came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SendOutcome {
    /// The receiver has the newest numbers, by this package; what there is to say of it all the same.
    Accepted {
        sequence: u64,
        package: String,
        #[serde(default)]
        noticed: Vec<Words>,
    },
    /// The receiver had them already.
    NothingNew,
    /// The receiver said no: it does not get this package again as it is.
    Refused { package: String, why: Words },
    /// The receiver said no before, and neither the numbers nor the settings are others since: nothing was sent.
    RefusedBefore { package: String, at: String, why: Words },
    /// It may yet arrive: the next sending goes on with the same package.
    Waiting { package: String, attempts: u64, why: Words },
}

/// What sending needs.
pub struct Sending<'a> {
    pub feed: &'a FeedSettings,
    pub schemas: &'a Schemas,
    pub catalogue: &'a Catalogue,
    /// Folder of the store.
    pub store: &'a Path,
    /// Folder of the snapshot that is to be sent.
    pub snapshot: &'a Path,
    /// A whole package, even where the feed sends changes and where nothing is new.
    pub whole: bool,
}

impl Sending<'_> {
    /// Sends the pending package, if there is one, and then a package of what is new.
    ///
    /// # Errors
    /// Whatever keeps a package from being made or noted; a receiver that does not take it is no error but an outcome.
    pub fn send(&self) -> Result<SendOutcome> {
        let folder = FeedFolder::of(self.store, &self.feed.folder);
        if self.feed.target.is_none() {
            return Err(Error::usage(
                &self.feed.name,
                words!("该推送既没有 `to` 也没有 `command`", "the feed has neither `to` nor `command`"),
            ));
        }
        let edition = FeedEdition::open(self.snapshot, self.feed.audience, &self.feed.tables, self.catalogue);
        if edition.is_err() && !folder.path().is_dir() {
            // A feed that can send nothing leaves nothing in the store.
            return Err(edition.err().unwrap_or_else(|| Error::bug("an edition")));
        }
        let key = SigningKey::read(&self.feed.key)?;
        let _lock = folder.lock()?;
        let mut state = folder.state_for(self.feed)?;
        // What belongs to another receiver is forgotten before its files are removed.
        folder.save(&state)?;
        sweep(&folder, &state)?;
        if state.pending.is_some() {
            let outcome = self.deliver(&folder, &mut state)?;
            let is_newest = edition.as_ref().is_ok_and(|e| self.is_current(&state, e) && !self.whole);
            if !matches!(outcome, SendOutcome::Accepted { .. }) || is_newest {
                return Ok(outcome);
            }
        }
        let edition = edition?;
        if self.is_current(&state, &edition) && !self.whole {
            return Ok(SendOutcome::NothingNew);
        }
        if let Some(refused) = state.refused.as_ref().filter(|r| self.is_same(r, &edition) && !self.whole) {
            let RefusedPackage { package, at, why, .. } = refused.clone();
            return Ok(SendOutcome::RefusedBefore { package, at, why });
        }
        self.make(&folder, &mut state, &edition, &key)?;
        self.deliver(&folder, &mut state)
    }

    fn is_current(&self, state: &FeedState, edition: &FeedEdition) -> bool {
        let is_current = |a: &AcceptedPackage| a.content == edition.note.content && a.program == epoch::FEEDS;
        state.accepted.as_ref().is_some_and(is_current)
    }

    /// Whether a package of this edition would be the one that was refused.
    fn is_same(&self, refused: &RefusedPackage, edition: &FeedEdition) -> bool {
        refused.content == edition.note.content && refused.settings == self.feed.mark()
    }

    /// Makes the next package and notes it as pending.
    fn make(&self, folder: &FeedFolder, state: &mut FeedState, edition: &FeedEdition, key: &SigningKey) -> Result<()> {
        let of_changes = self.feed.extent == Extent::Changes && !self.whole;
        let base = folder.base(state, of_changes);
        let building = Building { feed: self.feed, edition, schemas: self.schemas, base, key };
        let outbox = folder.outbox();
        let built = building.build(&outbox)?;
        let tables = match self.feed.extent {
            Extent::Whole => None,
            Extent::Changes => Some(keep_tables(folder, &building.name(), edition)?),
        };
        state.pending = Some(PendingPackage {
            sequence: built.manifest.sequence,
            package: built.path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
            manifest_sha256: built.manifest_sha256,
            snapshot: edition.note.snapshot.clone(),
            as_of: edition.note.as_of.clone(),
            content: edition.note.content.clone(),
            tables,
            program: epoch::FEEDS,
            attempts: 0,
            moving: false,
            confirmed: Vec::new(),
            last_error: Words::default(),
            failed_at: String::new(),
            whole: built.manifest.what == "whole",
            settings: self.feed.mark(),
        });
        state.refused = None;
        folder.save(state)
    }

    /// Tries to deliver what is pending, at most so often as the feed says.
    fn deliver(&self, folder: &FeedFolder, state: &mut FeedState) -> Result<SendOutcome> {
        let Some(mut pending) = state.pending.clone() else {
            return Err(Error::bug("nothing is pending"));
        };
        let package = folder.outbox().join(&pending.package);
        let mut waited = Duration::from_secs(1);
        for nth in 1..=self.feed.attempts {
            let mut delivery = PackageDelivery {
                feed: self.feed,
                package: &package,
                pending: &mut pending,
                folder,
                state,
                catalogue: self.catalogue,
            };
            delivery.pending.attempts += 1;
            let mask = SecretMask::of(self.feed);
            let attempt = match self.try_once(&mut delivery) {
                Ok(attempt) => attempt.told(&mask),
                Err(e) => {
                    // Nothing was tried. Whoever looks at the state is told why.
                    pending.attempts -= 1;
                    (pending.last_error, pending.failed_at) = (e.in_words(), now());
                    state.pending = Some(pending);
                    folder.save(state)?;
                    return Err(e);
                }
            };
            self.note(folder, &pending, &attempt)?;
            match attempt.result {
                AttemptResult::Accepted => {
                    let (sequence, package) = (pending.sequence, pending.package.clone());
                    let outcome = SendOutcome::Accepted { sequence, package, noticed: attempt.noticed };
                    settle(folder, state, pending)?;
                    return Ok(outcome);
                }
                AttemptResult::Refused => {
                    return refuse(folder, state, pending, &attempt);
                }
                AttemptResult::Failed => {
                    (pending.last_error, pending.failed_at) = (attempt.error, now());
                    state.pending = Some(pending.clone());
                    folder.save(state)?;
                    if attempt.gives_up {
                        break;
                    }
                    if nth < self.feed.attempts {
                        std::thread::sleep(attempt.wait.unwrap_or(waited).min(MOST_WAIT));
                        waited *= 2;
                    }
                }
            }
        }
        Ok(SendOutcome::Waiting { package: pending.package, attempts: pending.attempts, why: pending.last_error })
    }

    /// Tries once, the way that the feed names.
    fn try_once(&self, delivery: &mut PackageDelivery<'_>) -> Result<Attempt> {
        let attempt = match &self.feed.target {
            Some(FeedTarget::Folder(to)) => folder::deliver(to, delivery),
            Some(FeedTarget::Command(words)) => command::deliver(words, self.feed.timeout_seconds, delivery),
            Some(FeedTarget::Http(url)) => http::deliver(url, delivery),
            Some(FeedTarget::Database(address)) => database::deliver(address, delivery),
            None => Err(Error::bug("a feed without a receiver")),
        };
        match attempt {
            // Errors of a disk or a network are tried again; errors in the settings are not.
            Err(e) if matches!(e.kind, ErrorKind::Output | ErrorKind::Input) => Ok(Attempt::failed(e.in_words())),
            attempt => attempt,
        }
    }

    fn note(&self, folder: &FeedFolder, pending: &PendingPackage, attempt: &Attempt) -> Result<()> {
        let mut lines = [attempt.noticed.as_slice(), &attempt.lines].concat();
        if !attempt.error.is_empty() && !lines.contains(&attempt.error) {
            lines.insert(0, attempt.error.clone());
        }
        folder.note(&Receipt {
            at: now(),
            sequence: pending.sequence,
            package: pending.package.clone(),
            manifest_sha256: pending.manifest_sha256.clone(),
            to: self.feed.target.as_ref().map(FeedTarget::shown).unwrap_or_default(),
            attempt: pending.attempts,
            result: match attempt.result {
                AttemptResult::Accepted => "accepted",
                AttemptResult::Failed => "failed",
                AttemptResult::Refused => "refused",
            }
            .to_owned(),
            status: attempt.status,
            lines,
        })
    }
}

/// The longest wait between two attempts.
const MOST_WAIT: Duration = Duration::from_secs(60);

/// Notes that a package was accepted.
fn settle(folder: &FeedFolder, state: &mut FeedState, pending: PendingPackage) -> Result<()> {
    state.accepted = Some(AcceptedPackage {
        sequence: pending.sequence,
        manifest_sha256: pending.manifest_sha256,
        snapshot: pending.snapshot,
        as_of: pending.as_of,
        content: pending.content,
        at: now(),
        tables: pending.tables,
        program: pending.program,
    });
    (state.pending, state.former, state.refused) = (None, None, None);
    folder.save(state)?;
    sweep(folder, state)
}

/// Notes that a package was refused.
fn refuse(folder: &FeedFolder, state: &mut FeedState, pending: PendingPackage, no: &Attempt) -> Result<SendOutcome> {
    let why = no.error.clone();
    state.refused = Some(RefusedPackage {
        sequence: pending.sequence,
        package: pending.package.clone(),
        content: pending.content,
        settings: pending.settings,
        at: now(),
        why: why.clone(),
    });
    state.pending = None;
    folder.save(state)?;
    sweep(folder, state)?;
    Ok(SendOutcome::Refused { package: pending.package, why })
}

/// Copies the tables of a package: once it is accepted, the next package of changes is computed against them.
fn keep_tables(folder: &FeedFolder, name: &str, edition: &FeedEdition) -> Result<String> {
    let kept = format!("tables-{name}");
    let (beside, dir) = (folder.path().join(format!(".building-{kept}")), folder.path().join(&kept));
    remove(&beside)?;
    for table in &edition.tables {
        let to = beside.join(&table.table.file);
        if let Some(parent) = to.parent() {
            fs::create_dir_all(parent).map_err(|e| Error::output(parent, e))?;
        }
        crate::store::copy_file(&table.path, &to)?;
        fs::File::open(&to).and_then(|f| f.sync_all()).map_err(|e| Error::output(&to, e))?;
    }
    if dir.is_dir() {
        // The same package was made before and the process died: the tables are the same.
        remove(&beside)?;
    } else {
        fs::rename(&beside, &dir).map_err(|e| Error::output(&dir, e))?;
    }
    sync_folder(folder.path())?;
    Ok(kept)
}

/// Removes what the state does not name: packages that were accepted or refused, and what a dead process left.
fn sweep(folder: &FeedFolder, state: &FeedState) -> Result<()> {
    let pending = state.pending.as_ref();
    let tables = [pending.and_then(|p| p.tables.as_deref()), state.accepted.as_ref().and_then(|a| a.tables.as_deref())];
    let outbox = folder.outbox();
    for (dir, is_outbox) in [(outbox.as_path(), true), (folder.path(), false)] {
        for entry in fs::read_dir(dir).map_err(|e| Error::unreadable_store(dir, e))?.flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            let is_left = if is_outbox {
                pending.is_none_or(|p| p.package != name)
            } else {
                name.starts_with(".building-")
                    || (name.starts_with("tables-") && !tables.contains(&Some(name.as_str())))
            };
            if is_left {
                remove(&entry.path())?;
            }
        }
    }
    Ok(())
}
