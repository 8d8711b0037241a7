//! What lies in a store and no night wrote.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::config::Config;
use crate::store::{Store, files_below};

/// What a store's folder holds.
const OF_ROOT: [&str; 4] = ["current", "snapshots", "private", "feeds"];
/// What earlier states of the private folder are called; and a folder that a disk has of its own.
const OF_ROOT_TOO: [&str; 2] = ["private.before-", "lost+found"];
/// What the private folder holds, besides the vault while its key is changed.
const OF_PRIVATE: [&str; 15] = [
    "accepted",
    "accepted_exports.json",
    "facts",
    "found_damaged.json",
    "identities",
    "ledger",
    "link",
    "manifest.json",
    "nights.jsonl",
    "numbers.json",
    "outbox",
    "parsed",
    "persons.parquet",
    "register.json",
    "lost+found",
];
/// Folders of which every file is known by what the store says of its rows.
const OF_ROWS: [&str; 2] = ["accepted", "ledger"];

/// Files and folders that no night wrote, sorted; `known` are the files of rows that one did. Hidden ones are none of
/// ours, or will be gone with the run that is writing them.
pub(super) fn foreign(config_path: &Path, config: &Config, store: &Store, known: &BTreeSet<PathBuf>) -> Vec<PathBuf> {
    let named = named_by(config);
    let is_named = |path: &Path| {
        let path = absolute(path);
        named.iter().any(|of_config| of_config.starts_with(&path) || path.starts_with(of_config))
    };
    let of_root = |name: &str| OF_ROOT.contains(&name) || OF_ROOT_TOO.iter().any(|first| name.starts_with(first));
    let of_private = |name: &str| OF_PRIVATE.contains(&name) || name.starts_with("identities.");
    let mut found = entries(store.root(), of_root);
    // Beside a config there lies what people have put there.
    let is_peoples = absolute(config_path).parent() == Some(&absolute(store.root()));
    found.retain(|path| !is_peoples && !is_named(path));
    found.extend(entries(&store.private(), of_private));
    // A snapshot is a folder.
    found.extend(entries(&store.snapshots(), |_| false).into_iter().filter(|path| !path.is_dir()));
    for folder in OF_ROWS {
        let files = files_below(&store.private().join(folder)).unwrap_or_default();
        found.extend(files.into_iter().filter(|path| !known.contains(path) && !is_hidden(path)));
    }
    found.sort();
    found
}

/// Files and folders of a config, which may lie in the folder of its store.
fn named_by(config: &Config) -> Vec<PathBuf> {
    let feeds = config.feeds.iter().map(|feed| feed.key.clone());
    let own = [&config.inbox, &config.reference, &config.key_file].map(Clone::clone);
    let all = own.into_iter().chain(config.query_tables.clone()).chain(feeds);
    all.map(|path| absolute(&path)).collect()
}

fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}

/// What lies in a folder under other names.
fn entries(folder: &Path, is_ours: impl Fn(&str) -> bool) -> Vec<PathBuf> {
    let paths = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let is_ours = |path: &PathBuf| path.file_name().is_some_and(|name| is_ours(&name.to_string_lossy()));
    paths.filter(|path| !is_hidden(path) && !is_ours(path)).collect()
}

fn is_hidden(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'))
}
