//! `xinhui verify`: checks that everything in a store is what was written there.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::config::{Config, schema_files};
use super::foreign::foreign;
use super::heal::{note_damaged, readable_again};
use super::link_memory;
use super::public_edition::newest_edition;
use super::reading::vault_name;
use super::store_key::store_key;
use crate::catalogue::Edition;
use crate::error::{Error, ErrorKind, Result, words};
use crate::ledger::{Register, compared_states, named_datasets, verify_parsed};
use crate::numbers::reuse::county_facts::compared;
use crate::numbers::reuse::keys::NumberRecord;
use crate::publish::{Manifest, damaged_outputs, published_paths};
use crate::schema::Schemas;
use crate::schema::layout::identity_schema;
use crate::store::lock::{Holder, StoreLock};
use crate::store::private_state::{NUMBERS, PrivateState};
use crate::store::vault::Vault;
use crate::store::{Store, files_below};

/// What repairs a damaged file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Remedy {
    /// It belongs to the current snapshot: the next night publishes another one, and it is an old one then.
    CurrentSnapshot,
    /// The next night computes it again.
    NextNight,
    /// The next night reads it again: its export lies in the inbox as it was read.
    ReadAgain,
    /// The same, once its export is put back into the inbox; or a backup helps.
    ExportGone,
    /// It saves time alone: whatever needs it computes it again.
    WhenNeeded,
    /// Only a backup or `xinhui rebuild` helps.
    Backup,
    /// It belongs to a snapshot that is no longer current, in this folder: a backup helps. Where no later night needs it,
    /// the folder may be removed as well.
    OldSnapshot { folder: PathBuf, needed: bool },
    /// It belongs to a snapshot of which it is not known whether it is current, such as a copy: a backup helps.
    NamedSnapshot,
    /// No night wrote it: whoever laid it there takes it away.
    Foreign,
}

/// A file whose content is not what was written, or that was never written.
#[derive(Clone, Debug)]
pub struct DamagedFile {
    pub path: PathBuf,
    pub remedy: Remedy,
}

/// The result of a verification.
#[derive(Debug, Default)]
pub struct Verified {
    /// Number of files that were read completely and compared.
    pub files: usize,
    pub damaged: Vec<DamagedFile>,
    /// Why the next night is not told of what it could read again.
    pub not_noted: Option<Error>,
}

impl Verified {
    fn look(&mut self, path: &Path, remedy: Remedy, whole: bool) {
        self.files += 1;
        if !whole {
            self.damaged.push(DamagedFile { path: path.to_owned(), remedy });
        }
    }
}

/// Checks every file in the store of a config: what is published and what is stored privately. Damaged rows whose exports
/// lie in the inbox are noted, so that the next night reads them again.
///
/// # Errors
/// `Usage` or `Schema` if the config cannot be used, `Output` if the store is locked, and `Damaged` if the manifest of
/// the private state is damaged, because without it nothing else can be checked.
pub fn verify_store(config_path: &Path, schemas_dir: Option<&Path>) -> Result<Verified> {
    let schemas = Schemas::from_files(&schema_files(schemas_dir)?)?;
    let config = Config::read(config_path, &schemas)?;
    let key = store_key(&config)?;
    if !config.store.is_dir() {
        return Err(Error::usage(config.store.display(), words!("其中还没有运行记录", "holds no night yet"))
            .hint(words!("请先运行 `xinhui run`", "run `xinhui run` first")));
    }
    let store = Store::at(&config.store);
    let _lock = StoreLock::take(&store, Holder::Command)?;
    let mut verified = Verified::default();
    published(&store, &mut verified)?;
    let state = PrivateState::open(&store)?;
    for name in state.files() {
        let remedy = if name == NUMBERS { Remedy::NextNight } else { Remedy::Backup };
        verified.look(&store.private().join(name), remedy, passes(state.verify(name))?);
    }
    if state.verify(crate::store::private_state::REGISTER).is_err() {
        return Ok(verified);
    }
    let register = Register::load(&store)?;
    let vault = Vault::open(&store.identities(), &key)?;
    let of_rows = kept(&store, &schemas, &register, &vault, &mut verified)?;
    read_again(&config, &store, &register, &mut verified);
    for (path, whole) in compared(&store, &NumberRecord::load(&store).facts) {
        verified.look(&path, Remedy::WhenNeeded, whole);
    }
    for (name, whole) in link_memory::compared(&vault) {
        verified.look(&store.identities().join(name), Remedy::WhenNeeded, whole);
    }
    for path in foreign(config_path, &config, &store, &of_rows) {
        verified.look(&path, Remedy::Foreign, false);
    }
    Ok(verified)
}

/// Checks the files of a snapshot folder, which may be a copy outside its store.
///
/// # Errors
/// `Input` if it has no readable manifest.
pub fn verify_snapshot(dir: &Path) -> Result<Verified> {
    let mut verified = Verified::default();
    snapshot(dir, &Remedy::NamedSnapshot, &mut verified)?;
    Ok(verified)
}

fn published(store: &Store, verified: &mut Verified) -> Result<()> {
    let current = store.current_id();
    let mut dirs: Vec<PathBuf> = fs::read_dir(store.snapshots())
        .map_err(|e| Error::unreadable_store(&store.snapshots(), e))?
        .flatten()
        .map(|e| e.path())
        .filter(|p| !p.file_name().unwrap_or_default().to_string_lossy().starts_with('.') && p.is_dir())
        .collect();
    dirs.sort();
    if !store.current().exists() && !dirs.is_empty() {
        verified.look(&store.current(), Remedy::NextNight, false);
    }
    let newest_edition = newest_edition(store);
    for dir in dirs {
        let id = dir.file_name().map(|n| n.to_string_lossy().into_owned());
        // A monthly edition stays what it is until the next one, and is taken from its snapshot every night.
        let needed = id == newest_edition;
        let remedy = match &current {
            Some(_) if id == current => Remedy::CurrentSnapshot,
            Some(_) => Remedy::OldSnapshot { folder: dir.clone(), needed },
            // Which is old nobody knows where none is current.
            None => Remedy::NamedSnapshot,
        };
        if snapshot(&dir, &remedy, verified).is_err() {
            verified.look(&dir.join("manifest.json"), remedy, false);
        }
    }
    Ok(())
}

fn snapshot(dir: &Path, remedy: &Remedy, verified: &mut Verified) -> Result<()> {
    let path = dir.join("manifest.json");
    let bytes = fs::read(&path).map_err(|e| Error::input(&path, e))?;
    let manifest: Manifest = serde_json::from_slice(&bytes).map_err(|e| Error::input(&path, e))?;
    verified.look(&path, remedy.clone(), true);
    let damaged: BTreeSet<String> = damaged_outputs(dir, &manifest).into_iter().collect();
    for (path, _) in published_paths(&manifest) {
        verified.look(&dir.join(path), remedy.clone(), !damaged.contains(path));
    }
    // What stands in an edition is taken for a part of it, whoever laid it there.
    let known: BTreeSet<PathBuf> = published_paths(&manifest).map(|(path, _)| dir.join(path)).collect();
    for folder in Edition::ALL.map(|edition| dir.join(edition.folder())).into_iter().filter(|folder| folder.is_dir()) {
        let files = files_below(&folder).map_err(|e| Error::input(&folder, e))?;
        for file in files.into_iter().filter(|file| !known.contains(file)) {
            verified.look(&file, Remedy::Foreign, false);
        }
    }
    Ok(())
}

/// Checks what is kept of rows; returns the files of the ledger that a night wrote.
fn kept(
    store: &Store,
    schemas: &Schemas,
    register: &Register,
    vault: &Vault,
    verified: &mut Verified,
) -> Result<BTreeSet<PathBuf>> {
    let named = named_datasets(schemas);
    let mut partitions = BTreeSet::new();
    for file in &register.files {
        for table in &file.tables {
            let path = store.parsed(&table.dataset, &table.id);
            verified.look(&path, Remedy::ExportGone, passes(verify_parsed(store, table))?);
            partitions.insert((table.dataset.as_str(), file.county.as_str(), named.contains(&*table.dataset)));
            if let Some(schema) = schemas.table(&table.dataset).and_then(identity_schema) {
                let name = vault_name(&table.dataset, &table.id);
                let names: Vec<&str> = schema.fields().iter().map(|f| f.name().as_str()).collect();
                let read = vault.read(&name, &names).and_then(|mut batches| batches.try_for_each(|b| b.map(|_| ())));
                verified.look(&store.identities().join(&name), Remedy::ExportGone, passes(read)?);
            }
        }
    }
    let partitions: Vec<(&str, &str, bool)> = partitions.into_iter().collect();
    for (path, whole) in compared_states(store, &partitions)? {
        verified.look(&path, Remedy::NextNight, whole);
    }
    let of_partition = |(dataset, county, _): &(&str, &str, bool)| {
        let of_ledger = ["state.json", "findings.parquet", "known.parquet"];
        let of_ledger = of_ledger.map(|what| store.ledger(dataset, county, what));
        of_ledger.into_iter().chain([store.accepted(dataset, county)]).collect::<Vec<_>>()
    };
    Ok(partitions.iter().flat_map(of_partition).collect())
}

/// Has the next night read again what is damaged of kept rows, where their exports lie in the inbox.
fn read_again(config: &Config, store: &Store, register: &Register, verified: &mut Verified) {
    let of_rows = verified.damaged.iter().filter(|file| file.remedy == Remedy::ExportGone);
    let of_rows: Vec<PathBuf> = of_rows.map(|file| file.path.clone()).collect();
    let readable = readable_again(config, register, &of_rows);
    let found = verified.damaged.iter_mut().filter(|file| readable.contains(&file.path));
    found.for_each(|file| file.remedy = Remedy::ReadAgain);
    verified.not_noted = note_damaged(store, &readable).err();
}

/// Turns an error about damage into `false`; other errors stay errors.
fn passes(result: Result<()>) -> Result<bool> {
    match result {
        Ok(()) => Ok(true),
        Err(e) if e.kind == ErrorKind::Damaged => Ok(false),
        Err(e) => Err(e),
    }
}
