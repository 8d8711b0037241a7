//! The manifest of the private state: one generation number for all of it, and the digest of each file that is
//! not covered by another file of the store.
//!
//! ```text
//! current/manifest.json ─ generation ─► private/manifest.json ─┬► register.json ─► parsed rows, findings
//!                                                              ├► persons.parquet, link/*, vault.json
//!                                                              └► numbers.json ──► facts
//! ledger/*.state.json (sealed, bound to the register by its fingerprint) ─► accepted, findings, known
//! ```
//!
//! A run records when it begins to write and, when it has ended, the digests of all files. If a run died in
//! between, files that changed after its beginning are accepted without a matching digest, because it may have
//! written them; all other files must match.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use super::layout::Store;
use super::sealed_file::{Sealed, read_sealed, write_sealed};
use super::{hash_file, hex, refuse_unreadable};
use crate::epoch::Epochs;
use crate::error::{Error, ErrorKind, Result, words};

const VERSION: u32 = 1;

/// Files below `private/` whose digests are recorded, besides the files of `link/` that only the program writes.
const SINGLES: [&str; 5] = [REGISTER, PERSONS, NUMBERS, ACCEPTED_EXPORTS, VAULT_CHECK];
pub const REGISTER: &str = "register.json";
/// Tells by which key the vault is opened.
pub const VAULT_CHECK: &str = "identities/vault.json";
pub const PERSONS: &str = "persons.parquet";
/// Only saves time: if it is damaged, the numbers are computed again.
pub const NUMBERS: &str = "numbers.json";
/// Files that only a run writes that publishes a snapshot.
const OF_SNAPSHOTS: [&str; 2] = [PERSONS, NUMBERS];
/// Exports that people accepted although they lost many rows.
const ACCEPTED_EXPORTS: &str = "accepted_exports.json";
/// People may edit this file by hand, which changes its modification time; damage on the disk does not.
const DECISIONS: &str = "link/decisions.jsonl";
const LINK: &str = "link";

/// Time stamps of files are coarser than the clock that the beginning of a run is taken from.
const CLOCKS_DIFFER: Duration = Duration::from_millis(50);

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    version: u32,
    generation: u64,
    /// Epochs of the program that wrote the state.
    #[serde(default)]
    epochs: Epochs,
    /// When the first run began that has not ended properly, in nanoseconds since 1970; `None` if all have ended.
    open_since: Option<u64>,
    /// SHA-256 of each file, by path relative to `private/`.
    files: BTreeMap<String, String>,
    published: PublishedFiles,
}

/// How a run has ended.
#[derive(Clone, Copy, Debug)]
pub struct Ended {
    /// All published files were checked against their manifest in this run.
    pub seen_whole: bool,
    /// It published nothing: the current snapshot is what it would have published.
    pub unchanged: bool,
}

/// The state of all files of the current snapshot when they were last checked against their manifest.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct PublishedFiles {
    snapshot: String,
    /// Time of the check, in seconds since 1970.
    seen: u64,
    /// The boot id of the machine at that time: after a restart the files are checked again.
    boot: String,
    /// Size and modification time of each file, by path.
    stamps: BTreeMap<String, (u64, u64)>,
}

/// The manifest of a store's private state.
#[derive(Debug)]
pub struct PrivateState {
    store: Store,
    body: Body,
    /// [`Body::open_since`] as it was when the manifest was read, before the present run recorded its own beginning.
    died_since: Option<u64>,
}

impl PrivateState {
    /// Reads the manifest of a store and checks that all files it names exist.
    ///
    /// # Errors
    /// `Damaged` if the manifest is damaged, a file is missing, or the private state is older than the published
    /// snapshot.
    pub fn open(store: &Store) -> Result<Self> {
        let path = manifest_path(store);
        let body = match read_sealed(&path)? {
            Sealed::Whole(bytes) => {
                refuse_later(&path, &bytes)?;
                serde_json::from_slice::<Body>(&bytes)
                    .map_err(|e| Error::damaged(&path, words!("已损坏", "is damaged")).caused_by(e))?
            }
            Sealed::Damaged => return Err(Error::damaged(&path, words!("已损坏", "is damaged"))),
            Sealed::Missing => without_manifest(store)?,
        };
        let died_since = body.open_since;
        let state = PrivateState { store: store.clone(), body, died_since };
        for name in state.body.files.keys().filter(|name| *name != NUMBERS) {
            let path = store.private().join(name);
            refuse_unreadable(&path)?;
            if !path.exists() {
                return Err(Error::damaged(
                    &path,
                    words!("已不存在，而存储的其余部分仍在", "is gone, although the rest of the store is there"),
                ));
            }
            if !path.is_file() {
                return Err(Error::damaged(&path, words!("无法读取：它不是文件", "cannot be read: it is no file")));
            }
        }
        if state.body.generation + u64::from(state.body.open_since.is_some()) < published_generation(store) {
            return Err(Error::damaged(
                &store.private(),
                words!(
                    "比已发布的快照旧：放回的是更早的内容",
                    "is older than the published snapshot: an earlier state was put back"
                ),
            ));
        }
        Ok(state)
    }

    /// Starts the manifest of a private state that is rebuilt. Its generation continues from the published one, so that
    /// the new state is not taken for an older one.
    pub fn after_published(store: &Store) -> Result<()> {
        let body = Body { generation: published_generation(store), ..Body::default() };
        PrivateState { store: store.clone(), body, died_since: None }.begin()
    }

    /// The generation of the state once the present run has ended.
    pub fn next_generation(&self) -> u64 {
        self.body.generation + 1
    }

    /// Checks that a file is what was last written there. A file that the manifest does not name is accepted.
    pub fn verify(&self, name: &str) -> Result<()> {
        self.is_recorded(name).map(|_| ())
    }

    /// The same; `false` of a file that is another one than is recorded, and may be for a run that died.
    ///
    /// # Errors
    /// `Damaged` if it is not what was written; `Output` if this account may not read it.
    pub fn is_recorded(&self, name: &str) -> Result<bool> {
        let Some(sha256) = self.body.files.get(name) else { return Ok(true) };
        let path = self.store.private().join(name);
        let found = hash_file(&path);
        // What this account may not read is not damaged for that.
        refuse_unreadable(&path)?;
        if found.is_ok_and(|hash| hex(&hash) == *sha256) {
            return Ok(true);
        }
        if self.is_of_a_run_that_died(&path) || name == DECISIONS && self.is_younger_than_manifest(&path) {
            return Ok(false);
        }
        Err(Error::damaged(&path, words!("已损坏，或被放回了较旧的文件", "is damaged, or an older file was put back")))
    }

    /// Whether a file of a state that was put aside may be taken along: its manifest does not say that it is another one
    /// than was written. A manifest that cannot be read says nothing.
    pub fn lets_take_along(store: &Store, name: &str) -> bool {
        let Ok(Sealed::Whole(bytes)) = read_sealed(&manifest_path(store)) else { return true };
        let Ok(body) = serde_json::from_slice::<Body>(&bytes) else { return true };
        let died_since = body.open_since;
        PrivateState { store: store.clone(), body, died_since }.verify(name).is_ok()
    }

    /// Paths of the files whose digests are recorded, relative to `private/`.
    pub fn files(&self) -> impl Iterator<Item = &str> {
        self.body.files.keys().map(String::as_str)
    }

    fn is_of_a_run_that_died(&self, path: &Path) -> bool {
        let Some(since) = self.died_since else { return false };
        let since = UNIX_EPOCH + Duration::from_nanos(since) - CLOCKS_DIFFER;
        fs::metadata(path).and_then(|m| m.modified()).is_ok_and(|changed| changed >= since)
    }

    fn is_younger_than_manifest(&self, path: &Path) -> bool {
        let changed = |path: &Path| fs::metadata(path).and_then(|m| m.modified()).ok();
        changed(path) > changed(&manifest_path(&self.store))
    }

    /// Checks the small files that commands write and a night starts from: weights, decisions, accepted exports.
    pub fn verify_of_commands(&self) -> Result<()> {
        self.files().filter(|name| is_of_commands(name)).try_for_each(|name| self.verify(name))
    }

    /// Records that a run begins to write.
    pub fn begin(&mut self) -> Result<()> {
        self.body.version = VERSION;
        self.body.open_since.get_or_insert(nanoseconds(SystemTime::now()));
        self.save()
    }

    /// Records the digests of all files at the end of a run. What a run that published nothing has not written stays
    /// vouched for as it was, so that damage to it is never taken over; a run that died may have written it.
    pub fn end(&mut self, ended: Ended) -> Result<()> {
        let stays =
            |name: &String| ended.unchanged && self.died_since.is_none() && OF_SNAPSHOTS.contains(&name.as_str());
        let mut files = std::mem::take(&mut self.body.files);
        files.retain(|name, _| stays(name));
        self.body.files = digests(&self.store, files)?;
        self.body.epochs = Epochs::NOW;
        self.body.open_since = None;
        self.body.generation += 1;
        if ended.seen_whole {
            self.body.published = PublishedFiles::now(&self.store, nanoseconds(SystemTime::now()) / 1_000_000_000);
        }
        self.save()
    }

    /// Ends a change of the vault's key, which began with [`PrivateState::begin`]: nothing else was written.
    pub fn vouch_for_vault(&mut self) -> Result<()> {
        let path = self.store.private().join(VAULT_CHECK);
        self.body.files.insert(VAULT_CHECK.to_owned(), hex(&hash_file(&path)?));
        self.body.open_since = self.died_since;
        self.save()
    }

    /// Records the digests of the files that commands write, after a command wrote some of them.
    pub fn vouch_for_commands(&mut self) -> Result<()> {
        self.body.version = VERSION;
        self.body.files.retain(|name, _| !is_of_commands(name));
        let others = self.body.files.clone();
        self.body.files.extend(digests(&self.store, others)?.into_iter().filter(|(name, _)| is_of_commands(name)));
        self.save()
    }

    /// Whether all published files were checked within the last `days` days and since the machine was started, and have
    /// not changed in size or time since.
    pub fn saw_published(&self, days: u32) -> bool {
        let seen = &self.body.published;
        let now = PublishedFiles::now(&self.store, seen.seen);
        let age = (nanoseconds(SystemTime::now()) / 1_000_000_000).saturating_sub(seen.seen);
        !seen.snapshot.is_empty() && now == *seen && age <= u64::from(days) * 86_400
    }

    fn save(&self) -> Result<()> {
        let path = manifest_path(&self.store);
        let bytes = serde_json::to_vec(&self.body).map_err(|e| Error::output(&path, e))?;
        write_sealed(&path, &bytes)
    }
}

impl PublishedFiles {
    fn now(store: &Store, seen: u64) -> Self {
        let current = store.current();
        let mut stamps = BTreeMap::new();
        stamp_all(&current, &current, &mut stamps);
        let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default().trim().to_owned();
        PublishedFiles { snapshot: store.current_id().unwrap_or_default(), seen, boot, stamps }
    }
}

/// Sizes and times of all files below a folder. A file that cannot be accessed gets no entry, so that it counts as
/// changed.
fn stamp_all(root: &Path, dir: &Path, stamps: &mut BTreeMap<String, (u64, u64)>) {
    for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
        let path = entry.path();
        let Ok(about) = fs::metadata(&path) else { continue };
        if about.is_dir() {
            stamp_all(root, &path, stamps);
        } else if let (Ok(changed), Ok(below)) = (about.modified(), path.strip_prefix(root)) {
            stamps.insert(below.to_string_lossy().into_owned(), (about.len(), nanoseconds(changed)));
        }
    }
}

fn is_of_commands(name: &str) -> bool {
    name == ACCEPTED_EXPORTS || name.starts_with("link/")
}

fn manifest_path(store: &Store) -> PathBuf {
    store.private().join("manifest.json")
}

fn nanoseconds(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH).map_or(0, |d| d.as_nanos() as u64)
}

/// The digests of all files, those that are known already as they are given.
fn digests(store: &Store, known: BTreeMap<String, String>) -> Result<BTreeMap<String, String>> {
    let private = store.private();
    let mut names: Vec<String> = SINGLES.iter().map(|n| (*n).to_owned()).collect();
    for entry in fs::read_dir(private.join(LINK)).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        // Only data files: people edit the workbooks in the same folder.
        if !name.starts_with('.') && (name.ends_with(".json") || name.ends_with(".jsonl")) {
            names.push(format!("{LINK}/{name}"));
        }
    }
    let mut files = known;
    for name in names {
        let path = private.join(&name);
        if !files.contains_key(&name) && path.is_file() {
            files.insert(name, hex(&hash_file(&path)?));
        }
    }
    Ok(files)
}

/// Refuses a store that a later version wrote: this program could misread its files.
fn refuse_later(path: &Path, bytes: &[u8]) -> Result<()> {
    /// The fields that the manifest of every version has.
    #[derive(Deserialize)]
    struct Head {
        version: u32,
        #[serde(default)]
        epochs: BTreeMap<String, u32>,
    }
    let head: Head =
        serde_json::from_slice(bytes).map_err(|e| Error::damaged(path, words!("已损坏", "is damaged")).caused_by(e))?;
    let known: BTreeMap<String, u32> =
        serde_json::to_value(Epochs::NOW).and_then(serde_json::from_value).unwrap_or_default();
    let is_later = |(name, epoch): (&String, &u32)| known.get(name).is_none_or(|known| epoch > known);
    if head.version <= VERSION && !head.epochs.iter().any(is_later) {
        return Ok(());
    }
    Err(Error::new(
        ErrorKind::Damaged,
        path.display(),
        words!("此存储最近由更新版本的 xinhui 写过", "this store was last written by a later version of xinhui"),
    )
    .hint(words!(
        "请用那个版本运行，或恢复升级前的存储备份",
        "run that version; or put a backup of the store from before the upgrade back"
    )))
}

/// Handles a store without a manifest: it is new, was written before manifests existed, or has lost it.
fn without_manifest(store: &Store) -> Result<Body> {
    let private = store.private();
    let register = fs::read(store.register()).ok();
    let remains = fs::symlink_metadata(store.current()).is_ok()
        || ["parsed", "identities", "ledger", "accepted", PERSONS].iter().any(|name| private.join(name).exists());
    match register {
        // In registers written before manifests existed, `files` is the first field.
        Some(bytes) if bytes.starts_with(b"{\"files\"") => Ok(Body::default()),
        Some(_) => Err(Error::damaged(
            &manifest_path(store),
            words!("已不存在，而存储的其余部分仍在", "is gone, although the rest of the store is there"),
        )),
        None if remains => Err(Error::new(
            ErrorKind::Damaged,
            private.display(),
            words!(
                "不存在或不完整，而此存储曾经发布过",
                "is gone or incomplete, although the store has published before"
            ),
        )
        .hint(words!(
            "请从备份恢复 `private/`；没有备份时，用 `xinhui rebuild` 由收件箱中现有的文件重新生成",
            "put `private/` back from a backup; without one, `xinhui rebuild` makes it anew from what lies in the inbox"
        ))),
        None => Ok(Body::default()),
    }
}

/// The generation of the private state that the current snapshot was published from.
fn published_generation(store: &Store) -> u64 {
    #[derive(Deserialize)]
    struct Generation {
        #[serde(default)]
        generation: u64,
    }
    let bytes = fs::read(store.current().join("manifest.json")).unwrap_or_default();
    serde_json::from_slice::<Generation>(&bytes).map_or(0, |g| g.generation)
}
