//! Paths of files and folders in a store.

use std::fs;
use std::path::{Path, PathBuf};

use super::private_file;
use crate::error::{Error, Result, Words, words};

/// Why a store has no current snapshot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NothingCurrent {
    /// No night has published one.
    NotPublished,
    /// Snapshots are kept, but the link to the current one is gone, or leads to none.
    LinkLost { newest: String },
}

impl NothingCurrent {
    pub fn said(&self) -> Words {
        match self {
            NothingCurrent::NotPublished => words!("尚未发布快照", "no snapshot is published yet"),
            NothingCurrent::LinkLost { newest } => words!(
                "没有当前快照：存储中有快照（最新的是 {newest}），但指向当前快照的链接 `current` 缺失或失效",
                "there is no current snapshot: snapshots are kept (the newest is {newest}), but the link `current` to the \
                 current one is gone or leads to none"
            ),
        }
    }

    pub fn hint(&self) -> Words {
        match self {
            NothingCurrent::NotPublished => words!("请先运行 `xinhui run`", "run `xinhui run` first"),
            NothingCurrent::LinkLost { newest } => words!(
                "运行 `xinhui run` 会重新发布；也可在存储文件夹中恢复链接：`ln -sfn snapshots/{newest} current`",
                "`xinhui run` publishes anew; or put the link back, in the folder of the store: \
                 `ln -sfn snapshots/{newest} current`"
            ),
        }
    }

    /// The error of a command that wants the current snapshot of a store.
    pub fn error(&self, store: &Store) -> Error {
        Error::usage(store.root.display(), self.said()).hint(self.hint())
    }
}

/// The folder of a store, and the paths within it.
#[derive(Clone, Debug)]
pub struct Store {
    root: PathBuf,
    private: PathBuf,
}

impl Store {
    /// Opens a store for writing and creates its folders if necessary. `private/` gets mode 0700, and everything in it
    /// is closed to other users.
    pub fn open(root: &Path) -> Result<Self> {
        let store = Store::at(root);
        store.refuse_root()?;
        for dir in [store.root.clone(), store.snapshots()] {
            fs::create_dir_all(&dir).map_err(|e| Error::output(&dir, e))?;
        }
        let private = store.private();
        let closed = private_file::make_dirs(&private).and_then(|()| private_file::close_dir(&private));
        closed.map_err(|e| Error::output(&private, e))?;
        private_file::close_below(&private);
        Ok(store)
    }

    /// A store of another account is not written by root: what root leaves there, that account cannot read the next
    /// night.
    ///
    /// # Errors
    /// `Usage` if this process is root's and the store is somebody else's.
    pub fn refuse_root(&self) -> Result<()> {
        #[cfg(unix)]
        {
            use std::os::unix::fs::MetadataExt;
            let root = std::path::absolute(&self.root).unwrap_or_else(|_| self.root.clone());
            let owner = root.ancestors().find_map(|folder| fs::metadata(folder).ok()).map_or(0, |about| about.uid());
            // Where there is no such folder nobody is taken for root.
            let is_root = fs::metadata("/proc/self").is_ok_and(|about| about.uid() == 0);
            if owner != 0 && is_root {
                return Err(Error::usage(
                    self.root.display(),
                    words!(
                        "此存储属于另一个账号（编号 {owner}），不能以 root 运行",
                        "the store belongs to another account (number {owner}): root must not write there"
                    ),
                )
                .hint(words!(
                    "请用该账号运行：`sudo -u '#{owner}' xinhui …`",
                    "run it as that account: `sudo -u '#{owner}' xinhui …`"
                )));
            }
        }
        Ok(())
    }

    /// Refuses a place within a store for what must not lie with it, as a secret key: backups of the store would hold it.
    ///
    /// # Errors
    /// `Usage` if the path is below a folder that is a store's.
    pub fn refuse_within(path: &Path) -> Result<()> {
        let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        let is_store = |folder: &&Path| folder.join("private").is_dir() && folder.join("snapshots").is_dir();
        match path.ancestors().skip(1).find(is_store) {
            None => Ok(()),
            Some(store) => Err(Error::usage(
                path.display(),
                words!("位于存储 {} 之中", "lies within the store {}", store.display()),
            )
            .hint(words!(
                "密钥须放在存储之外，否则会随存储的备份一起流出",
                "a key belongs outside of it: whoever has a backup of the store would have the key"
            ))),
        }
    }

    /// Names a store for reading; creates nothing.
    pub fn at(root: &Path) -> Self {
        Store { root: root.to_owned(), private: root.join("private") }
    }

    /// The same for a store whose private state is in another folder.
    pub fn at_private(root: &Path, private: &Path) -> Self {
        Store { root: root.to_owned(), private: private.to_owned() }
    }

    pub fn root(&self) -> &Path {
        &self.root
    }

    pub fn snapshots(&self) -> PathBuf {
        self.root.join("snapshots")
    }

    /// The symbolic link to the newest published snapshot.
    pub fn current(&self) -> PathBuf {
        self.root.join("current")
    }

    /// The name of the newest published snapshot; `None` if none has been published.
    pub fn current_id(&self) -> Option<String> {
        let link = fs::read_link(self.current()).ok()?;
        link.file_name().map(|name| name.to_string_lossy().into_owned())
    }

    /// The names of the snapshots that are kept, oldest first.
    pub fn snapshot_ids(&self) -> Vec<String> {
        let entries = fs::read_dir(self.snapshots()).into_iter().flatten().flatten();
        let names = entries.map(|entry| entry.file_name().to_string_lossy().into_owned());
        let mut ids: Vec<String> = names.filter(|name| !name.starts_with('.')).collect();
        ids.sort();
        ids
    }

    /// Why there is no current snapshot; `None` where there is one.
    pub fn nothing_current(&self) -> Option<NothingCurrent> {
        if self.current().is_dir() {
            return None;
        }
        Some(match self.snapshot_ids().pop() {
            None => NothingCurrent::NotPublished,
            Some(newest) => NothingCurrent::LinkLost { newest },
        })
    }

    pub fn private(&self) -> PathBuf {
        self.private.clone()
    }

    pub fn identities(&self) -> PathBuf {
        self.private().join("identities")
    }

    /// The list of all files that were ever read.
    pub fn register(&self) -> PathBuf {
        self.private().join("register.json")
    }

    /// Kept rows that were found damaged and that the next night is to read again from their exports.
    pub fn found_damaged(&self) -> PathBuf {
        self.private().join("found_damaged.json")
    }

    /// Exports that people accepted although they have far fewer rows than the one before.
    pub fn accepted_exports(&self) -> PathBuf {
        self.private().join("accepted_exports.json")
    }

    /// Validated rows of one table of one file, without the identifying fields.
    pub fn parsed(&self, dataset: &str, id: &str) -> PathBuf {
        self.private().join("parsed").join(dataset).join(format!("{id}.parquet"))
    }

    /// Findings of one table of one file.
    pub fn parsed_findings(&self, dataset: &str, id: &str) -> PathBuf {
        self.private().join("parsed").join(dataset).join(format!("{id}.findings.parquet"))
    }

    /// Accepted rows of one dataset and county.
    pub fn accepted(&self, dataset: &str, county: &str) -> PathBuf {
        self.private().join("accepted").join(dataset).join(format!("{county}.parquet"))
    }

    /// Other results of the ledger for one dataset and county; `what` is `state.json`, `findings.parquet` or
    /// `known.parquet`.
    pub fn ledger(&self, dataset: &str, county: &str, what: &str) -> PathBuf {
        self.private().join("ledger").join(dataset).join(format!("{county}.{what}"))
    }

    /// Rows of base facts by fact and county, stored so that unchanged counties need not be computed again.
    pub fn facts(&self) -> PathBuf {
        self.private().join("facts")
    }

    /// Workbooks of rows that senders must mend.
    pub fn outbox(&self) -> PathBuf {
        self.private().join("outbox")
    }

    pub fn persons(&self) -> PathBuf {
        self.private().join("persons.parquet")
    }

    /// Files of the linkage: weights learned on this store, decisions, the log of person keys.
    pub fn linkage(&self) -> PathBuf {
        self.private().join("link")
    }

    /// The log of merges and splits of person keys: one JSON line each, only appended to.
    pub fn key_events(&self) -> PathBuf {
        self.linkage().join("events.jsonl")
    }

    /// Linkage weights learned on this store. If there are none, those of the declarations are used.
    pub fn weights(&self) -> PathBuf {
        self.linkage().join("weights.json")
    }

    /// Decisions that people made on whether rows are the same person: one JSON line each.
    pub fn decisions(&self) -> PathBuf {
        self.linkage().join("decisions.jsonl")
    }

    /// The log of nights: one JSON line when a night begins and one when it ends.
    pub fn nights(&self) -> PathBuf {
        self.private().join("nights.jsonl")
    }

    pub fn lock_file(&self) -> PathBuf {
        self.root.join(".lock")
    }
}
