//! The two snapshots that are compared.

use std::fs;
use std::path::{Path, PathBuf};

use crate::catalogue::Edition;
use crate::error::{Error, Result, Words, words};
use crate::publish::Manifest;
use crate::store::Store;

/// A snapshot, with what its manifest says.
pub struct Snapshot {
    pub dir: PathBuf,
    pub id: String,
    pub as_of: String,
    pub manifest: Manifest,
}

impl Snapshot {
    fn at(dir: &Path) -> Result<Snapshot> {
        let path = dir.join("manifest.json");
        let bytes = fs::read(&path).map_err(|e| {
            Error::usage(
                dir.display(),
                words!("不是快照：没有 manifest.json", "is no snapshot: it has no manifest.json"),
            )
            .caused_by(e)
        })?;
        let manifest: Manifest = serde_json::from_slice(&bytes)
            .map_err(|e| Error::damaged(&path, words!("已损坏", "is damaged")).caused_by(e))?;
        let dir = dir.canonicalize().map_err(|e| Error::unreadable_store(dir, e))?;
        Ok(Snapshot { dir, id: manifest.snapshot.clone(), as_of: manifest.as_of.clone(), manifest })
    }

    /// The file of a table of an edition; `None` where the snapshot has no such table.
    pub fn table(&self, edition: Edition, file: &str) -> Option<(PathBuf, &str)> {
        let path = format!("{}/{file}", edition.folder());
        let output = self.manifest.outputs.iter().find(|output| output.path == path)?;
        Some((self.dir.join(path), output.sha256.as_str()))
    }

    pub fn has(&self, edition: Edition) -> bool {
        let folder = format!("{}/", edition.folder());
        self.manifest.outputs.iter().any(|output| output.path.starts_with(&folder))
    }
}

/// The two snapshots that are named: by name, by the beginning of one, as `current` or `previous`, or by folder.
/// Without names the one before the current one, and the current one.
///
/// # Errors
/// `Usage`: there are no such two.
pub fn both(store: Option<&Store>, old: Option<&str>, new: Option<&str>) -> Result<(Snapshot, Snapshot)> {
    let new = named(store, new.unwrap_or("current"), None)?;
    let old = named(store, old.unwrap_or("previous"), Some(&new.id))?;
    Ok((old, new))
}

/// A snapshot by name; `previous` is the one before `before`, or before the current one.
fn named(store: Option<&Store>, name: &str, before: Option<&str>) -> Result<Snapshot> {
    let path = Path::new(name);
    if path.join("manifest.json").is_file() {
        return Snapshot::at(path);
    }
    let Some(store) = store else {
        return Err(Error::usage(
            name,
            words!(
                "不是快照文件夹；也没有给出配置，无法按名称查找",
                "is no snapshot's folder, and without a config none is found by name"
            ),
        )
        .hint(words!("写出 --config 路径", "name the config: --config PATH")));
    };
    if let Some(nothing) = store.nothing_current().filter(|_| name == "current") {
        return Err(nothing.error(store));
    }
    let all = store.snapshot_ids();
    let id = match name {
        "current" => store.current_id(),
        "previous" => {
            let before = before.map(ToOwned::to_owned).or_else(|| store.current_id()).unwrap_or_default();
            all.iter().rev().find(|id| **id < before).cloned()
        }
        name => only_one(&all, name)?,
    };
    let kept = all.len();
    let none = || {
        let words = if name == "previous" {
            words!("没有更早的快照：存储中只有 {kept} 个", "there is no snapshot before: the store keeps {kept}")
        } else {
            words!("没有快照“{name}”", "there is no snapshot `{name}`")
        };
        let (first, last) = (all.first().map_or("-", String::as_str), all.last().map_or("-", String::as_str));
        let (zh, en) = if first == last {
            (first.to_owned(), format!("kept is {first}"))
        } else {
            (format!("{first} 至 {last}"), format!("kept are {first} to {last}"))
        };
        Error::usage("", words)
            .hint(words!("保留的快照：{zh}；`keep_snapshots` 决定保留多少个", "{en}; `keep_snapshots` says how many"))
    };
    Snapshot::at(&store.snapshots().join(id.ok_or_else(none)?))
}

/// The one snapshot whose name begins with a text.
fn only_one(all: &[String], start: &str) -> Result<Option<String>> {
    let found: Vec<&String> = all.iter().filter(|id| !start.is_empty() && id.starts_with(start)).collect();
    if found.len() > 1 {
        let names: Vec<&str> = found.iter().map(|id| id.as_str()).collect();
        let count = names.len();
        let wrong = words!("可以指 {count} 个快照：", "may be any of {count} snapshots: ");
        return Err(Error::usage(start, wrong.and(&Words::listed(&names))));
    }
    Ok(found.first().map(|id| (*id).clone()))
}
