//! Exports that a person accepted although they have far fewer rows than the one before.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::config::{Config, schema_files};
use super::night::record::{nights, now};
use crate::error::{Error, ErrorKind, Result, words};
use crate::ledger::{Register, SnapshotRules};
use crate::schema::Schemas;
use crate::store::lock::{Holder, StoreLock};
use crate::store::private_state::PrivateState;
use crate::store::table_file::write_atomic;
use crate::store::{Store, hash_file, hex};

/// The content of a file that was accepted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AcceptedFile {
    sha256: String,
    /// The path that the person gave.
    file: String,
    accepted: String,
}

/// The result of accepting a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Acceptance {
    pub sha256: String,
    /// The content had been accepted before.
    pub already: bool,
    /// Paths relative to the inbox under which the content has been read.
    pub read_as: Vec<String>,
    /// The last night held it back.
    pub held_back: bool,
}

/// Accepts the content of a file from the next night on. `file` is a path, a path relative to the inbox, or the path of
/// a file that was read and is no longer there.
///
/// # Errors
/// `Usage` if there is no such file, or it neither lies in the inbox nor was ever read; `Output` if the store is locked or cannot be written.
pub fn accept(config_path: &Path, schemas_dir: Option<&Path>, file: &Path) -> Result<Acceptance> {
    let schemas = Schemas::from_files(&schema_files(schemas_dir)?)?;
    let config = Config::read(config_path, &schemas)?;
    if !Store::at(&config.store).register().exists() {
        return Err(Error::usage(config.store.display(), words!("其中还没有运行记录", "holds no night yet"))
            .hint(words!("请先运行 `xinhui run`", "run `xinhui run` first")));
    }
    let store = Store::open(&config.store)?;
    let _lock = StoreLock::take(&store, Holder::Command)?;
    let register = Register::load(&store)?;
    let sha256 = content_of(&config, &register, file)?;
    let read_as = read_as(&register, &sha256);
    let mut state = PrivateState::open(&store)?;
    state.verify_of_commands()?;
    let mut accepted = load(&store)?;
    let already = accepted.iter().any(|a| a.sha256 == sha256);
    if !already {
        accepted.push(AcceptedFile { sha256: sha256.clone(), file: file.display().to_string(), accepted: now() });
        let path = store.accepted_exports();
        let mut text = serde_json::to_string_pretty(&accepted).map_err(|e| Error::output(&path, e))?;
        text.push('\n');
        write_atomic(&path, text.as_bytes())?;
        state.vouch_for_commands()?;
    }
    let last = nights(&store)?.all.into_iter().rev().find(|night| !night.ended.is_empty()).map(|night| night.summary);
    // A sheet stands behind the name of its file.
    let is_of = |place: &String| read_as.iter().any(|f| place == f || place.starts_with(&format!("{f} [")));
    let held_back = last.is_some_and(|last| last.held_back.iter().any(is_of));
    Ok(Acceptance { sha256, already, read_as, held_back })
}

/// Paths relative to the inbox under which a content has been read.
fn read_as(register: &Register, sha256: &str) -> Vec<String> {
    let mut read_as: Vec<String> = Vec::new();
    for f in &register.files {
        if f.sha256 == sha256 {
            read_as.push(f.file.clone());
        } else {
            read_as.extend(f.tables.iter().filter(|t| t.sha256 == sha256).map(|t| t.file.clone()));
        }
    }
    read_as.dedup();
    read_as
}

/// Whether a file lies below a folder: by its name, or where links lead.
fn lies_in(file: &Path, folder: &Path) -> bool {
    let is_plain = |path: &Path| !path.components().any(|part| part == std::path::Component::ParentDir);
    let by_name = std::path::absolute(file).ok().zip(std::path::absolute(folder).ok());
    let by_link = file.canonicalize().ok().zip(folder.canonicalize().ok());
    by_name.is_some_and(|(file, folder)| is_plain(&file) && file.starts_with(folder))
        || by_link.is_some_and(|(file, folder)| file.starts_with(folder))
}

fn content_of(config: &Config, register: &Register, file: &Path) -> Result<String> {
    let places = [file.to_owned(), config.inbox.join(file)];
    let there: Vec<&PathBuf> = places.iter().filter(|p| p.is_file()).collect();
    for path in &there {
        let sha256 = hex(&hash_file(path)?);
        if lies_in(path, &config.inbox) || !read_as(register, &sha256).is_empty() {
            return Ok(sha256);
        }
    }
    // No longer in the inbox, or inside an archive: use the content that was last read under this path.
    let name = file.to_string_lossy();
    let name = name.trim_start_matches("./");
    let whole = register.files.iter().filter(|f| f.file == name).map(|f| (f.revision, &f.sha256));
    let inside = register.files.iter().flat_map(|f| &f.tables).filter(|t| t.file == name);
    whole.chain(inside.map(|t| (t.revision, &t.sha256))).max().map(|(_, sha256)| sha256.clone()).ok_or_else(|| {
        if !there.is_empty() {
            return Error::usage(
                file.display(),
                words!(
                    "此文件不在收件箱 {} 中，以往各晚也没有读过同样的内容：不能认可",
                    "this file does not lie in the inbox {}, and no night has read its content: it cannot be accepted",
                    config.inbox.display()
                ),
            )
            .hint(words!(
                "只有暂缓采用的文件需要认可：问题清单（register-shrunk）写明是哪个文件",
                "accept a file that was held back: the list of findings (register-shrunk) names it"
            ));
        }
        Error::usage(
            file.display(),
            words!(
                "没有这个文件：当前位置和收件箱中都没有，以往各晚也没有读过同名文件",
                "is no file, neither here nor in the inbox, and no night has read one of that name"
            ),
        )
        .hint(words!(
            "请按问题清单中的写法，或用路径指明文件",
            "name the file as the list of findings does, or by its path"
        ))
    })
}

/// The rules for held-back exports: the limit of the config, and the files that people accepted.
///
/// # Errors
/// `Output` if the list of accepted files is damaged.
pub(super) fn snapshot_rules(config: &Config, store: &Store) -> Result<SnapshotRules> {
    let accepted: BTreeSet<String> = load(store)?.into_iter().map(|a| a.sha256).collect();
    let (min_share, least_keys) = (config.min_snapshot_share, config.least_register_keys);
    Ok(SnapshotRules { min_share, least_keys, scope: config.snapshot_scope, accepted })
}

pub(super) fn load(store: &Store) -> Result<Vec<AcceptedFile>> {
    let path = store.accepted_exports();
    match std::fs::read(&path) {
        Ok(bytes) => serde_json::from_slice(&bytes).map_err(|e| {
            Error::new(
                ErrorKind::Output,
                path.display(),
                words!("已认可文件的清单已损坏", "the list of accepted files is damaged"),
            )
            .caused_by(e)
            .hint(words!("请从备份恢复", "restore it from a backup"))
        }),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(e) => Err(Error::unreadable_store(&path, e)),
    }
}
