//! `xinhui run --from-scratch`: computes everything again in a store beside the real one, and compares both.
//!
//! Reusing results of earlier nights must only save time and never change a number. This mode verifies that on the
//! office's own data.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use super::config::{Config, schema_files};
use super::night::record::{Summary, now};
use super::night::{NightStore, run_locked};
use super::public_edition::is_of_edition;
use super::rebuild::{lost_files, take_along};
use super::reference_data::read_reference;
use super::scratch_store::{keep, remove_left, unfinished};
use super::store_key::store_key;
use crate::catalogue::Catalogue;
use crate::error::{Error, Result, words};
use crate::progress::Progress;
use crate::publish::{Manifest, TableDifference, first_difference};
use crate::schema::Schemas;
use crate::store::lock::{Holder, StoreLock};
use crate::store::private_file;
use crate::store::private_state::{PrivateState, VAULT_CHECK};
use crate::store::{Store, copy_file};

/// The summary of the night, and the comparison with the store computed from scratch.
pub struct FromScratch {
    pub summary: Summary,
    /// Number of published tables that were compared.
    pub tables: usize,
    /// Files that were read before and are no longer in the inbox: the store computed from scratch lacks their rows.
    pub lost: Vec<String>,
    /// The table with the first difference, and its place.
    pub difference: Option<(String, TableDifference)>,
    /// The folder of the store computed from scratch; it is removed if nothing differs.
    pub beside: PathBuf,
}

/// Runs the night, computes everything again in a store beside it, and compares the published tables of both.
/// Decisions, weights and person keys are copied because they cannot be computed again.
pub fn run_from_scratch(config_path: &Path, schemas_dir: Option<&Path>, progress: &Progress) -> Result<FromScratch> {
    let files = schema_files(schemas_dir)?;
    let opened = |store: &Store| -> Result<NightStore<'_>> {
        let schemas = Schemas::from_files(&files)?;
        let config = Config::read(config_path, &schemas)?;
        let key = store_key(&config)?;
        Ok(NightStore { config, schemas, files: &files, schemas_dir, key, store: store.clone() })
    };
    let schemas = Schemas::from_files(&files)?;
    let config = Config::read(config_path, &schemas)?;
    let store = Store::open(&config.store)?;
    let _lock = StoreLock::take(&store, Holder::Run)?;
    remove_left(&store)?;
    let summary = run_locked(opened(&store)?, progress)?;

    let (divisions, _) = read_reference(&config, &schemas, schemas_dir)?;
    let lost = lost_files(&config, &schemas, &store, &divisions)?;
    let mut beside = unfinished(&store, &now());
    private_file::make_dirs(&beside).map_err(|e| Error::output(&beside, e))?;
    let anew = Store::open(&beside)?;
    take_along(&store.private(), &anew)?;
    // Hashes of rows are made with the key that the store's vault carries.
    let check = store.private().join(VAULT_CHECK);
    if check.is_file() {
        private_file::make_dirs(&anew.identities()).map_err(|e| Error::output(&anew.identities(), e))?;
        copy_file(&check, &anew.private().join(VAULT_CHECK))?;
    }
    PrivateState::after_published(&anew)?;
    run_locked(opened(&anew)?, progress)?;

    let (stands, made) = (tables(&store)?, tables(&anew)?);
    let difference = compare(&Catalogue::of(&schemas), &store, &stands, &anew, &made)?;
    if difference.is_none() {
        fs::remove_dir_all(&beside).map_err(|e| Error::output(&beside, e))?;
    } else {
        beside = keep(&beside)?;
    }
    Ok(FromScratch { summary, tables: stands.len(), lost, difference, beside })
}

/// SHA-256 of each published table of a store, by path.
fn tables(store: &Store) -> Result<BTreeMap<String, String>> {
    let path = store.current().join("manifest.json");
    let bytes = fs::read(&path).map_err(|e| Error::unreadable_store(&path, e))?;
    let manifest: Manifest = serde_json::from_slice(&bytes)
        .map_err(|e| Error::damaged(&path, words!("已损坏", "is damaged")).caused_by(e))?;
    // A public edition may be older than the night: it is audited, not compared.
    let of_night = manifest.outputs.into_iter().filter(|output| !is_of_edition(&output.path));
    Ok(of_night.map(|output| (output.path, output.sha256)).collect())
}

fn compare(
    catalogue: &Catalogue,
    store: &Store,
    stands: &BTreeMap<String, String>,
    anew: &Store,
    made: &BTreeMap<String, String>,
) -> Result<Option<(String, TableDifference)>> {
    for (path, sha256) in stands {
        match made.get(path) {
            Some(same) if same == sha256 => {}
            Some(_) => {
                let (a, b) = (store.current().join(path), anew.current().join(path));
                let keys: Vec<&str> =
                    catalogue.at(path).into_iter().flat_map(|(t, _)| t.keys()).map(|key| key.name.as_str()).collect();
                let found =
                    first_difference(&a, &b, &keys)?.unwrap_or_else(|| only_in_one("bytes", sha256, &made[path]));
                return Ok(Some((path.clone(), found)));
            }
            None => return Ok(Some((path.clone(), only_in_one("table", "published", "missing")))),
        }
    }
    let more = made.keys().find(|path| !stands.contains_key(*path));
    Ok(more.map(|path| (path.clone(), only_in_one("table", "missing", "published"))))
}

/// A difference that concerns a table as a whole.
fn only_in_one(what: &str, stands: &str, anew: &str) -> TableDifference {
    TableDifference {
        row: 0,
        names: String::new(),
        column: what.to_owned(),
        stands: stands.to_owned(),
        anew: anew.to_owned(),
    }
}
