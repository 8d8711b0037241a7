//! Fates and accepted rows; what is unchanged since the last run is reused.
//!
//! What is kept of a file depends on its bytes and the declarations alone; everything else (fates,
//! orphans, divisions, a later `as_of`) is a function of all that was ever read, computed anew for each
//! county and dataset whose inputs changed. So neither the order of files nor the number of nights
//! changes the result.

mod conflict;
mod context;
mod exports;
mod fates;
pub mod findings;
mod homes;
mod inputs;
mod kept_files;
mod keys;
mod known;
mod listing;
mod mended;
mod partition;
mod register;
mod shared_key;
mod shrink;

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

pub use conflict::{StatedPeople, StatedPerson};
pub use fates::Fate;
pub use homes::{Homes, MendedHome};
use inputs::TableOfFile;
pub use inputs::{LedgerContext, Parents, Unjudged};
pub use kept_files::verify_parsed;
pub use known::{KnownKeys, KnownRow};
pub use listing::TableCounts;
pub use partition::{AcceptedRow, Partition, compared_states};
pub use register::{FileEntry, FindingEntry, Mends, RefusedEntry, Register, TableEntry};
pub use shrink::{Shrunk, SnapshotRules, SnapshotScope};

use crate::error::{Error, Result, Words, words};
use crate::reuse::{Layer, Reused};
use crate::schema::{Schemas, Table, TableRole};

/// Datasets in an order in which each stands after those that its foreign keys name.
///
/// # Errors
/// `Schema`: foreign keys that run in a circle.
pub fn dataset_order(schemas: &Schemas) -> Result<Vec<&Table>> {
    let mut order: Vec<&Table> = Vec::new();
    let mut left: Vec<&Table> = schemas.exported().collect();
    while !left.is_empty() {
        let (ready, wait): (Vec<&Table>, Vec<&Table>) = left.iter().partition(|t| {
            let parents = t.foreign_keys.iter().flat_map(|fk| schemas.counting_as(&fk.table));
            parents.into_iter().all(|p| p.name == t.name || order.iter().any(|o| o.name == p.name))
        });
        if ready.is_empty() {
            let names: Vec<&str> = wait.iter().map(|t| t.name.as_str()).collect();
            return Err(Error::schema(
                words!("数据集", "tables"),
                words!("外键首尾相接成环：", "foreign keys run in a circle: ").and(&Words::listed(&names)),
            ));
        }
        order.extend(ready);
        left = wait;
    }
    Ok(order)
}

/// Datasets whose keys are kept for others: those that foreign keys name, and all sites, whose places facts may
/// look up.
pub fn named_datasets(schemas: &Schemas) -> BTreeSet<&str> {
    let named = schemas.exported().flat_map(|t| &t.foreign_keys).flat_map(|fk| schemas.counting_as(&fk.table));
    named.chain(schemas.exported().filter(|t| t.role == TableRole::Site)).map(|t| t.name.as_str()).collect()
}

/// The whole ledger of a night.
pub struct Ledger {
    /// By dataset (in the order of [`dataset_order`]), then county.
    pub partitions: Vec<Partition>,
    pub parents: Parents,
}

/// Evaluates every county and dataset of the register.
///
/// # Errors
/// `Output` and `Input` of the store; `Withheld` when the fates of a table do not add up.
pub fn evaluate(context: &LedgerContext<'_>, register: &Register) -> Result<Ledger> {
    let mut by_partition: BTreeMap<(&str, &str), Vec<TableOfFile<'_>>> = BTreeMap::new();
    let homes = Homes::of(register);
    for file in &register.files {
        let replaced = register.is_replaced(file);
        for table in &file.tables {
            let elsewhere = match table.mends.as_ref().map(|mends| homes.find(mends, &file.county)) {
                Some(MendedHome::Elsewhere(folder)) => Some(folder),
                Some(MendedHome::Here | MendedHome::Unknown) | None => None,
            };
            let of_file = TableOfFile { table, file, replaced, elsewhere };
            by_partition.entry((table.dataset.as_str(), file.county.as_str())).or_default().push(of_file);
        }
    }
    let order = dataset_order(context.schemas)?;
    let named = named_datasets(context.schemas);
    let mut parents = Parents::default();
    let mut fingerprints: BTreeMap<String, String> = BTreeMap::new();
    let mut partitions = Vec::new();
    for table in order {
        let is_named = named.contains(table.name.as_str());
        let jobs: Vec<(&str, Vec<TableOfFile<'_>>)> = by_partition
            .iter()
            .filter(|((dataset, _), _)| *dataset == table.name)
            .map(|((_, county), tables)| (*county, tables.clone()))
            .collect();
        let done: Vec<Partition> = jobs
            .into_par_iter()
            .map(|(county, tables)| {
                partition::evaluate(context, table, county, tables, is_named, (&parents, &fingerprints))
            })
            .collect::<Result<_>>()?;
        if is_named {
            let mut known = BTreeMap::new();
            // What mends other rows is not all that a county has.
            let is_sent =
                |p: &&Partition| !context.unjudged.absent_parents || p.tables.iter().any(|t| t.mends.is_none());
            for p in done.iter().filter(is_sent) {
                fingerprints.insert(format!("{}/{}", p.dataset, p.county), p.known_hash.clone());
                known.insert(
                    p.county.clone(),
                    KnownKeys::load(&context.store.ledger(&p.dataset, &p.county, "known.parquet"))?,
                );
            }
            parents.by_table.insert(table.name.clone(), known);
        }
        partitions.extend(done);
    }
    partitions.iter().map(|p| p.reuse).collect::<Reused>().log(Layer::Ledger);
    Ok(Ledger { partitions, parents })
}
