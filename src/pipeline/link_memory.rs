//! What the linkage keeps in the vault for the next night to reuse. It saves time and changes nothing: what cannot be
//! read is made anew.

use rayon::prelude::*;

use crate::error::{Result, logged};
use crate::link::memory::pair_memory::PairMemory;
use crate::link::memory::people_file::MemoryPart;
use crate::link::memory::people_memory::{KnownPeople, PeopleMemory};
use crate::reuse::Layer;
use crate::store::memory_file::{MemoryWriter, read};
use crate::store::vault::Vault;

/// The vault's file of pairs that were compared.
const PAIRS: &str = "linkage/pairs.parquet";

/// The vault's file of a part of the people.
fn people(part: MemoryPart) -> String {
    format!("linkage/people-{}.parquet", part.name())
}

/// The vault's files that are kept, each with whether it can be read and is what was written.
pub fn compared(vault: &Vault) -> Vec<(String, bool)> {
    let names = MemoryPart::ALL.iter().map(|part| people(*part)).chain([PAIRS.to_owned()]);
    names
        .filter(|name| vault.contains(name))
        .map(|name| {
            let whole = read(vault, &name, &mut |_, _| ()).is_ok();
            (name, whole)
        })
        .collect()
}

fn cannot_be_read(file: &str) {
    tracing::warn!(file, "{}", logged("无法读取；人员关联从头开始", "cannot be read; the linkage starts anew"));
}

/// Pairs that earlier nights compared, with the token of the people whom they are of.
pub fn pairs(vault: &Vault) -> Option<(PairMemory, u64)> {
    if Layer::Pairs.is_off() || !vault.contains(PAIRS) {
        return None;
    }
    let found = PairMemory::read(|each| read(vault, PAIRS, each));
    if found.is_none() {
        cannot_be_read(PAIRS);
    }
    found
}

/// The people of the night before.
pub fn people_before(vault: &Vault) -> Option<(PeopleMemory, KnownPeople)> {
    let last = people(MemoryPart::ALL[MemoryPart::ALL.len() - 1]);
    if Layer::People.is_off() || !vault.contains(&last) {
        return None;
    }
    let found = PeopleMemory::read(&|part, each| read(vault, &people(part), each));
    if found.is_none() {
        cannot_be_read(&last);
    }
    found
}

/// Keeps both for the next night.
pub fn keep(vault: &Vault, pairs: &PairMemory, (memory, of_people): &(PeopleMemory, KnownPeople)) -> Result<()> {
    let (kept_pairs, kept_people) = rayon::join(
        || {
            let mut writer = MemoryWriter::create(vault, PAIRS, memory.token())?;
            pairs.write(&mut writer)?;
            writer.finish()
        },
        || {
            MemoryPart::ALL.into_par_iter().try_for_each(|part| {
                let mut writer = MemoryWriter::create(vault, &people(part), memory.token())?;
                memory.write(of_people, part, &mut writer)?;
                writer.finish()
            })
        },
    );
    kept_pairs.and(kept_people)
}
