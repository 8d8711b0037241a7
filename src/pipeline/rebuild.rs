//! `xinhui rebuild`: makes the private state again from the files in the inbox.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use super::accept::load;
use super::config::{Config, schema_files};
use super::inbox;
use super::night::record::{Summary, now};
use super::night::{NightStore, run_locked};
use super::previous::names_persons;
use super::reference_data::read_reference;
use super::store_key::store_key;
use crate::diag::grouped;
use crate::error::{Error, Result, logged, words};
use crate::ledger::Register;
use crate::link::decisions::Decisions;
use crate::link::engine::model::Weights;
use crate::progress::Progress;
use crate::publish::Manifest;
use crate::schema::Schemas;
use crate::schema::divisions::Divisions;
use crate::store::lock::{Holder, StoreLock};
use crate::store::private_file;
use crate::store::private_state::PrivateState;
use crate::store::table_file::write_atomic;
use crate::store::{Store, copy_file, hash_file, hex};

/// Most lost files that an error lists.
const NAMED: usize = 10;

/// Where the old state was put, and the night that followed.
pub struct Rebuilt {
    /// The folder that the old private state was moved to.
    pub aside: PathBuf,
    /// Files that were read before and are no longer in the inbox: their rows are gone.
    pub lost: Vec<String>,
    /// Files copied from the old state because they cannot be computed again (decisions, learned weights): paths
    /// relative to `private/`.
    pub taken_along: Vec<String>,
    pub summary: Summary,
}

/// Moves the private state of a store aside and runs a night without it. What the inbox cannot provide is copied from
/// the old state if it is undamaged: weights, decisions, and the log and table of person keys.
///
/// # Errors
/// `Usage` if files that were read before are no longer in the inbox and `accept_loss` is not set; otherwise whatever
/// stops the night, in which case the old state stays where it was moved to.
pub fn rebuild(
    config_path: &Path,
    schemas_dir: Option<&Path>,
    accept_loss: bool,
    progress: &Progress,
) -> Result<Rebuilt> {
    let files = schema_files(schemas_dir)?;
    let schemas = Schemas::from_files(&files)?;
    let config = Config::read(config_path, &schemas)?;
    let key = store_key(&config)?;
    let store = Store::open(&config.store)?;
    let lock = StoreLock::take(&store, Holder::Run)?;
    let (divisions, _) = read_reference(&config, &schemas, schemas_dir)?;
    let lost = lost_files(&config, &schemas, &store, &divisions)?;
    if !lost.is_empty() && !accept_loss {
        let named = lost.iter().take(NAMED).cloned().collect::<Vec<_>>().join("\n  ");
        let mut message = words!(
            "有 {} 个以前读过的文件已不在其中，其数据行将丢失：\n  {named}",
            "{} files that were read before lie there no more; their rows would be lost:\n  {named}",
            grouped(lost.len() as u64),
        );
        if lost.len() > NAMED {
            let rest = grouped((lost.len() - NAMED) as u64);
            message = message.and(&words!("\n  另有 {rest} 个", "\n  and {rest} more"));
        }
        return Err(Error::usage(config.inbox.display(), message).hint(words!(
            "请把这些文件放回收件箱；确实找不回的，用 `xinhui rebuild --accept-loss`",
            "put them back into the inbox; or, when that cannot be done, `xinhui rebuild --accept-loss`"
        )));
    }
    let private = store.private();
    let aside = store.root().join(format!("private.before-{}", now().replace([':', '-'], "")));
    fs::rename(&private, &aside).map_err(|e| Error::output(&aside, e))?;
    private_file::make_dirs(&private).map_err(|e| Error::output(&private, e))?;
    let taken_along = take_along(&aside, &store)?;
    PrivateState::after_published(&store)?;
    let opened = NightStore { config, schemas, files: &files, schemas_dir, key, store };
    let summary = run_locked(opened, progress).map_err(|e| {
        let hint = words!("原 private/ 在 {}", "the private state of before lies in {}", aside.display());
        let hint = e.hint.as_ref().map_or_else(|| hint.clone(), |h| h.and(&words!("；", "; ")).and(&hint));
        e.hint(hint)
    })?;
    drop(lock);
    Ok(Rebuilt { aside, lost, taken_along, summary })
}

/// Files whose content is no longer in the inbox, among those in the register or, if that is gone, in the manifest of
/// the current snapshot.
pub(super) fn lost_files(
    config: &Config,
    schemas: &Schemas,
    store: &Store,
    divisions: &Divisions,
) -> Result<Vec<String>> {
    let mut known: BTreeMap<String, String> = BTreeMap::new();
    match Register::load(store) {
        Ok(register) if !register.files.is_empty() => {
            known.extend(register.files.into_iter().map(|f| (f.sha256, f.file)));
        }
        _ => {
            let bytes = fs::read(store.current().join("manifest.json")).unwrap_or_default();
            let inputs = serde_json::from_slice::<Manifest>(&bytes).map(|m| m.inputs).unwrap_or_default();
            // Members of archives have their own hashes; the archive is looked up by its path.
            known.extend(inputs.into_iter().map(|i| (i.sha256, i.path)));
        }
    }
    let (present, _) = inbox::list(&config.inbox, &config.reference, divisions, &schemas.sources())?;
    let mut hashes = BTreeSet::new();
    for file in &present {
        if let Ok(hash) = hash_file(&file.path) {
            hashes.insert(hex(&hash));
        }
    }
    let in_archive =
        |path: &str| present.iter().any(|f| path.strip_prefix(&*f.name).is_some_and(|r| r.starts_with('/')));
    let mut lost: Vec<String> =
        known.into_iter().filter(|(hash, path)| !hashes.contains(hash) && !in_archive(path)).map(|(_, p)| p).collect();
    lost.sort();
    lost.dedup();
    Ok(lost)
}

/// Copies the files that only people or earlier nights can provide, as far as they can be read.
pub(super) fn take_along(aside: &Path, store: &Store) -> Result<Vec<String>> {
    let mut taken = Vec::new();
    let from = Store::at_private(store.root(), aside);
    let is_whole = |path: &Path| {
        let name = path.strip_prefix(aside).unwrap_or(path).to_string_lossy();
        PrivateState::lets_take_along(&from, &name)
    };
    let readable = |path: &Path| fs::read_to_string(path).ok().filter(|_| is_whole(path));
    if let Some(text) = readable(&from.decisions()).filter(|text| Decisions::parse(text).is_ok()) {
        write_atomic(&store.decisions(), text.as_bytes())?;
        taken.push("link/decisions.jsonl".to_owned());
    }
    if let Some(text) = readable(&from.weights()).filter(|t| Weights::parse(t).is_ok()) {
        write_atomic(&store.weights(), text.as_bytes())?;
        taken.push("link/weights.json".to_owned());
    }
    if let Some(text) = readable(&from.key_events()) {
        write_atomic(&store.key_events(), text.as_bytes())?;
        taken.push("link/events.jsonl".to_owned());
    }
    if let Some(text) = readable(&from.accepted_exports()) {
        write_atomic(&store.accepted_exports(), text.as_bytes())?;
        if load(store).is_ok() {
            taken.push("accepted_exports.json".to_owned());
        } else {
            fs::remove_file(store.accepted_exports()).map_err(|e| Error::output(&store.accepted_exports(), e))?;
        }
    }
    if let Some(text) = readable(&from.nights()) {
        // This is only a log; the rebuild succeeds without it.
        if let Err(e) = write_atomic(&store.nights(), text.as_bytes()) {
            let stays = logged(
                "；以往各晚的记录留在移出的文件夹中",
                "; the record of earlier nights stays where it was put aside",
            );
            tracing::warn!(file = %e.place.en, "{}{stays}", logged(&e.message.zh, &e.message.en));
        }
    }
    // With the previous keys, people keep the person keys that others may have stored.
    if is_whole(&from.persons()) && names_persons(&from) {
        copy_file(&from.persons(), &store.persons())?;
        taken.push("persons.parquet".to_owned());
    }
    Ok(taken)
}
