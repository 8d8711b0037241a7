//! Where things stand in a store.

use std::fs;
use std::path::{Path, PathBuf};

use super::private_file;
use crate::error::{Error, Result};

/// The folder of a store and the places in it.
#[derive(Clone, Debug)]
pub struct Store {
    root: PathBuf,
    private: PathBuf,
}

impl Store {
    /// Opens a store, or makes its folders; `private/` gets mode 0700, and what is in it is closed to others.
    pub fn open(root: &Path) -> Result<Self> {
        let store = Store::at(root);
        for dir in [store.root.clone(), store.snapshots()] {
            fs::create_dir_all(&dir).map_err(|e| Error::output(&dir, e))?;
        }
        let private = store.private();
        let closed = private_file::make_dirs(&private).and_then(|()| private_file::close_dir(&private));
        closed.map_err(|e| Error::output(&private, e))?;
        private_file::close_below(&private);
        Ok(store)
    }

    /// A store that only is to be looked at; makes nothing.
    pub fn at(root: &Path) -> Self {
        Store { root: root.to_owned(), private: root.join("private") }
    }

    /// A store whose private state lies in another folder, to be looked at.
    pub fn at_private(root: &Path, private: &Path) -> Self {
        Store { root: root.to_owned(), private: private.to_owned() }
    }

    pub fn root(&self) -> &Path {
        &self.root
    }

    pub fn snapshots(&self) -> PathBuf {
        self.root.join("snapshots")
    }

    /// The link to the newest published snapshot.
    pub fn current(&self) -> PathBuf {
        self.root.join("current")
    }

    /// The name of the newest published snapshot; `None` before the first.
    pub fn current_id(&self) -> Option<String> {
        let link = fs::read_link(self.current()).ok()?;
        link.file_name().map(|name| name.to_string_lossy().into_owned())
    }

    pub fn private(&self) -> PathBuf {
        self.private.clone()
    }

    pub fn identities(&self) -> PathBuf {
        self.private().join("identities")
    }

    /// The register of every file ever read.
    pub fn register(&self) -> PathBuf {
        self.private().join("register.json")
    }

    /// Files that people let stand although they lost many rows.
    pub fn accepted_exports(&self) -> PathBuf {
        self.private().join("accepted_exports.json")
    }

    /// Validated rows of one table of one file, without identities.
    pub fn parsed(&self, dataset: &str, id: &str) -> PathBuf {
        self.private().join("parsed").join(dataset).join(format!("{id}.parquet"))
    }

    /// Findings of one table of one file.
    pub fn parsed_findings(&self, dataset: &str, id: &str) -> PathBuf {
        self.private().join("parsed").join(dataset).join(format!("{id}.findings.parquet"))
    }

    /// Accepted rows of a county.
    pub fn accepted(&self, dataset: &str, county: &str) -> PathBuf {
        self.private().join("accepted").join(dataset).join(format!("{county}.parquet"))
    }

    /// What else the ledger keeps of a county's dataset: `state.json`, `findings.parquet`, `known.parquet`.
    pub fn ledger(&self, dataset: &str, county: &str, what: &str) -> PathBuf {
        self.private().join("ledger").join(dataset).join(format!("{county}.{what}"))
    }

    /// Rows of base facts, by fact and county, that save working them out again.
    pub fn facts(&self) -> PathBuf {
        self.private().join("facts")
    }

    pub fn persons(&self) -> PathBuf {
        self.private().join("persons.parquet")
    }

    /// What the linkage keeps: weights learned here, decisions, the log of person keys.
    pub fn linkage(&self) -> PathBuf {
        self.private().join("link")
    }

    /// Merges and splits of person keys, one JSON line each, only ever appended to.
    pub fn key_events(&self) -> PathBuf {
        self.linkage().join("events.jsonl")
    }

    /// Weights learned on this store; those of the declarations stand in where there are none.
    pub fn weights(&self) -> PathBuf {
        self.linkage().join("weights.json")
    }

    /// Decisions of people on who is who, one JSON line each.
    pub fn decisions(&self) -> PathBuf {
        self.linkage().join("decisions.jsonl")
    }

    /// One JSON line for each night begun and ended.
    pub fn nights(&self) -> PathBuf {
        self.private().join("nights.jsonl")
    }

    pub fn lock_file(&self) -> PathBuf {
        self.root.join(".lock")
    }
}
