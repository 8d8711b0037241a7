//! What the linkage remembers from night to night, in the vault. It saves time and changes nothing, so
//! that what cannot be read is not there.

use arrow::array::RecordBatch;
use rayon::prelude::*;

use crate::error::Result;
use crate::link::pair_memory::PairMemory;
use crate::link::people_memory::{Part, PeopleMemory};
use crate::store::vault::Vault;

/// The vault's file of pairs that were compared.
const PAIRS: &str = "linkage/pairs.parquet";

/// The vault's file of a part of the people.
fn people(part: Part) -> String {
    format!("linkage/people-{}.parquet", part.name())
}

fn read(vault: &Vault, file: &str, schema: &arrow::datatypes::Schema) -> Result<Vec<RecordBatch>> {
    let names: Vec<&str> = schema.fields().iter().map(|f| f.name().as_str()).collect();
    vault.read(file, &names)?.collect()
}

fn cannot_be_read(file: &str) {
    tracing::warn!(file, "cannot be read; the linkage starts anew");
}

/// Pairs that earlier nights compared.
pub fn pairs(vault: &Vault) -> PairMemory {
    if !vault.contains(PAIRS) {
        return PairMemory::default();
    }
    let batches = read(vault, PAIRS, &PairMemory::schema());
    batches.ok().and_then(|b| PairMemory::from_batches(&b)).unwrap_or_else(|| {
        cannot_be_read(PAIRS);
        PairMemory::default()
    })
}

/// The people of the night before.
pub fn people_before(vault: &Vault) -> Option<PeopleMemory> {
    let last = people(Part::ALL[Part::ALL.len() - 1]);
    if !vault.contains(&last) {
        return None;
    }
    let parts: Option<Vec<Vec<RecordBatch>>> =
        Part::ALL.into_par_iter().map(|part| read(vault, &people(part), &part.schema()).ok()).collect();
    let found = parts.and_then(|p| PeopleMemory::read(p.try_into().ok()?));
    if found.is_none() {
        cannot_be_read(&last);
    }
    found
}

/// Keeps both for the next night.
///
/// # Errors
/// `Output`.
pub fn keep(vault: &Vault, pairs: &PairMemory, of_people: &PeopleMemory) -> Result<()> {
    let (kept_pairs, kept_people) = rayon::join(
        || {
            let mut writer = vault.create_memory(PAIRS, PairMemory::schema())?;
            writer.write(&pairs.to_batch()?)?;
            writer.finish()
        },
        || {
            Part::ALL.into_par_iter().try_for_each(|part| {
                let mut writer = vault.create_memory(&people(part), part.schema())?;
                of_people.write(part, &mut |batch| writer.write(batch))?;
                writer.finish()
            })
        },
    );
    kept_pairs.and(kept_people)
}
