//! How the people of a night are kept: as sections of numbers and texts, in four files.

use std::collections::BTreeMap;
use std::sync::Arc;

use rayon::prelude::*;

use super::people_memory::{KnownPeople, PeopleMemory, TableMemory};
use crate::error::Result;
use crate::link::engine::intern::{Ranked, TextNumber};
use crate::link::identities::identity::Identity;
use crate::link::identities::population::{KINDS, Texts};
use crate::link::{KeyNumber, MemoryNumber, PersonKey, SortedKeys};
use crate::store::memory_file::{MemoryWriter, Number, numbers};

/// The files of a memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MemoryPart {
    Texts,
    Identities,
    Rows,
    Keys,
}

impl MemoryPart {
    pub const ALL: [MemoryPart; 4] = [MemoryPart::Texts, MemoryPart::Identities, MemoryPart::Rows, MemoryPart::Keys];

    /// The name of the part's file.
    pub fn name(self) -> &'static str {
        match self {
            MemoryPart::Texts => "texts",
            MemoryPart::Identities => "identities",
            MemoryPart::Rows => "rows",
            MemoryPart::Keys => "keys",
        }
    }
}

/// Numbers of an identity.
const NUMBERS: usize = 13;

fn numbers_of(i: &Identity) -> [u32; NUMBERS] {
    let [name, sex, id, student, guardian_name, address, residence] =
        [i.name, i.sex, i.id, i.student, i.guardian_name, i.address, i.residence].map(TextNumber::to_slot);
    let [a, b, c, d] = i.phones.map(TextNumber::to_slot);
    let states = u32::from(i.birth_precision) << 8 | u32::from(i.id_state);
    [name, sex, i.birth_day as u32, id, student, a, b, c, d, guardian_name, address, residence, states]
}

fn identity_of(n: [u32; NUMBERS]) -> Identity {
    let text = TextNumber::of_slot;
    Identity {
        name: text(n[0]),
        sex: text(n[1]),
        birth_day: n[2] as i32,
        birth_precision: (n[12] >> 8) as u8,
        id_state: n[12] as u8,
        id: text(n[3]),
        student: text(n[4]),
        phones: [n[5], n[6], n[7], n[8]].map(text),
        guardian_name: text(n[9]),
        address: text(n[10]),
        residence: text(n[11]),
    }
}

/// Sections of the texts: of each kind and of the names of tables the lengths and the bytes.
const TEXT_SECTIONS: usize = 2 * (KINDS + 1);
const TABLE_NAMES: usize = KINDS;

/// Sections of the identities: how many there are, their numbers.
const COUNT: u8 = 0;
const IDENTITIES: u8 = 1;

/// Sections of the rows: how many each table has; the identity and the person of each; rows with a related
/// ID number, as their places among all and the numbers.
const LENGTHS: u8 = 0;
const ROW_IDENTITIES: u8 = 1;
const ROW_PERSONS: u8 = 2;
const RELATED: u8 = 3;

/// Sections of the keys.
const NIGHT: u8 = 0;
const KEYS: u8 = 1;
const POLICY: u8 = 2;

impl PeopleMemory {
    /// Hands a part over.
    pub fn write(&self, people: &KnownPeople, part: MemoryPart, to: &mut MemoryWriter) -> Result<()> {
        let tables = || self.tables.values();
        match part {
            MemoryPart::Texts => {
                for (kind, texts) in people.texts.kinds().into_iter().enumerate() {
                    let section = 2 * kind as u8;
                    to.numbers(section, texts.iter_bytes().map(|t| t.len() as u32))?;
                    to.texts(section + 1, texts.iter_bytes())?;
                }
                let names = || self.tables.keys().map(String::as_bytes);
                to.numbers(2 * TABLE_NAMES as u8, names().map(|t| t.len() as u32))?;
                to.texts(2 * TABLE_NAMES as u8 + 1, names())
            }
            MemoryPart::Identities => {
                to.numbers(COUNT, std::iter::once(people.identities.len() as u64))?;
                to.numbers(IDENTITIES, people.identities.iter().flat_map(numbers_of))
            }
            MemoryPart::Rows => {
                to.numbers(LENGTHS, tables().map(|t| t.identities.len() as u32))?;
                to.numbers(
                    ROW_IDENTITIES,
                    tables().flat_map(|t| &t.identities).map(|number| MemoryNumber::to_file(*number)),
                )?;
                to.numbers(ROW_PERSONS, tables().flat_map(|t| &t.persons).map(|number| KeyNumber::to_file(*number)))?;
                let related = (0u32..).zip(tables().flat_map(|t| &t.related)).filter(|(_, id)| id.is_given());
                to.numbers(RELATED, related.flat_map(|(row, id)| [row, id.to_slot()]))
            }
            MemoryPart::Keys => {
                to.numbers(NIGHT, std::iter::once(self.night))?;
                to.numbers(POLICY, std::iter::once(self.policy))?;
                to.numbers(KEYS, self.keys.all().iter().map(|k| k.to_u128()))
            }
        }
    }

    /// A memory of its files; `rows_of` hands the rows of a file over and gives its token. `None` when they
    /// are not whole or not of one night.
    pub fn read(rows_of: RowsOf<'_>) -> Option<(Self, KnownPeople)> {
        let ((texts, keys), (identities, rows)) = rayon::join(
            || (read_texts(rows_of), read_keys(rows_of)),
            || (read_identities(rows_of), read_rows(rows_of)),
        );
        let (texts, names, token) = texts?;
        let ([night, policy], keys, of_keys) = keys?;
        let (identities, of_identities) = identities?;
        let (of_tables, of_rows) = rows?;
        if [of_keys, of_identities, of_rows] != [token; 3] || names.len() != of_tables.len() {
            return None;
        }
        let tables: BTreeMap<String, TableMemory> = names.into_iter().zip(of_tables).collect();
        let rows = tables.values().map(TableMemory::accepted).sum();
        let (memory, people) =
            (PeopleMemory { token, night, policy, keys, tables }, KnownPeople { texts, identities, rows });
        memory.is_whole(&people).then_some((memory, people))
    }

    /// Every number names something.
    fn is_whole(&self, people: &KnownPeople) -> bool {
        let texts = people.texts.kinds().map(|texts| TextNumber::of_slot(texts.len() as u32));
        let [names, sexes, ids, students, phones, addresses, residences] = texts;
        let inside = |i: &Identity| {
            i.name < names
                && i.guardian_name < names
                && i.sex < sexes
                && i.id < ids
                && i.student < students
                && i.phones.iter().all(|p| *p < phones)
                && i.address < addresses
                && i.residence < residences
        };
        let (identities, persons) = (people.identities.len(), self.keys.len());
        let of_table = |t: &TableMemory| {
            let is_person = |number: &Option<KeyNumber>| number.is_some_and(|number| number.index() < persons);
            let mut rows = t.identities.iter().zip(&t.related).zip(&t.persons);
            rows.all(|((i, r), p)| i.is_none_or(|i| i.index() < identities && *r < ids && is_person(p)))
        };
        people.identities.par_iter().all(inside)
            && people.identities.par_windows(2).all(|w| w[0] < w[1])
            && self.tables.values().collect::<Vec<_>>().par_iter().all(|t| of_table(t))
    }
}

/// Hands the rows of a file over.
pub type RowsOf<'a> = &'a (dyn Fn(MemoryPart, &mut dyn FnMut(u8, &[u8])) -> Result<u64> + Sync);

fn extend<N: Number>(to: &mut Vec<N>, bytes: &[u8]) {
    to.extend(numbers::<N>(bytes));
}

fn read_texts(rows_of: RowsOf<'_>) -> Option<(Texts, Vec<String>, u64)> {
    let mut lengths: [Vec<u32>; KINDS + 1] = Default::default();
    let mut bytes: [Vec<u8>; KINDS + 1] = Default::default();
    let token = rows_of(MemoryPart::Texts, &mut |section, row| {
        let kind = usize::from(section / 2);
        match section {
            _ if usize::from(section) >= TEXT_SECTIONS => {}
            _ if section % 2 == 0 => extend(&mut lengths[kind], row),
            _ => {
                if bytes[kind].is_empty() {
                    // Lengths come first, so that the room is known.
                    bytes[kind].reserve_exact(lengths[kind].iter().map(|l| *l as usize).sum());
                }
                bytes[kind].extend_from_slice(row);
            }
        }
    })
    .ok()?;
    let mut names = Vec::new();
    let (mut rest, of_names) = (&bytes[TABLE_NAMES][..], &lengths[TABLE_NAMES]);
    for length in of_names {
        let (name, after) = rest.split_at_checked(*length as usize)?;
        names.push(std::str::from_utf8(name).ok()?.to_owned());
        rest = after;
    }
    let kinds: Vec<(Vec<u8>, Vec<u32>)> = bytes.into_iter().zip(lengths).take(KINDS).collect();
    let ranked: Vec<Arc<Ranked>> = kinds
        .into_par_iter()
        .map(|(bytes, lengths)| Ranked::of_lengths(bytes, lengths.into_iter()).map(Arc::new))
        .collect::<Option<_>>()?;
    Some((Texts::from_kinds(ranked.try_into().ok()?), names, token))
}

fn read_identities(rows_of: RowsOf<'_>) -> Option<(Vec<Identity>, u64)> {
    const BYTES: usize = NUMBERS * u32::BYTES;
    let mut identities: Vec<Identity> = Vec::new();
    let identity = |bytes: &[u8]| {
        let mut all = [0; NUMBERS];
        all.iter_mut().zip(numbers::<u32>(bytes)).for_each(|(to, number)| *to = number);
        identity_of(all)
    };
    // A row may end in the midst of an identity.
    let mut begun: Vec<u8> = Vec::with_capacity(BYTES);
    let token = rows_of(MemoryPart::Identities, &mut |section, mut row| match section {
        COUNT => {
            let count = numbers::<u64>(row).next().and_then(|n| usize::try_from(n).ok()).unwrap_or(0);
            // Where there is no such room, what follows is not so much either.
            // New identities find room, so that all need not move for them.
            let room = count + count / 64;
            let _ = identities.try_reserve_exact(room);
        }
        IDENTITIES => {
            if !begun.is_empty() {
                let (rest, after) = row.split_at((BYTES - begun.len()).min(row.len()));
                begun.extend_from_slice(rest);
                row = after;
                if begun.len() == BYTES {
                    identities.push(identity(&begun));
                    begun.clear();
                }
            }
            let whole = row.chunks_exact(BYTES);
            begun.extend_from_slice(whole.remainder());
            identities.extend(whole.map(identity));
        }
        _ => {}
    })
    .ok()?;
    begun.is_empty().then_some((identities, token))
}

fn read_rows(rows_of: RowsOf<'_>) -> Option<(Vec<TableMemory>, u64)> {
    let (mut lengths, mut related): (Vec<u32>, Vec<u32>) = (Vec::new(), Vec::new());
    let mut identities: Vec<Option<MemoryNumber>> = Vec::new();
    let mut persons: Vec<Option<KeyNumber>> = Vec::new();
    let token = rows_of(MemoryPart::Rows, &mut |section, row| {
        let rows = || lengths.iter().map(|l| *l as usize).sum();
        match section {
            LENGTHS => extend(&mut lengths, row),
            ROW_IDENTITIES => {
                if identities.is_empty() {
                    identities.reserve_exact(rows());
                }
                identities.extend(numbers::<u32>(row).map(MemoryNumber::of_file));
            }
            ROW_PERSONS => {
                if persons.is_empty() {
                    persons.reserve_exact(rows());
                }
                persons.extend(numbers::<u32>(row).map(KeyNumber::of_file));
            }
            RELATED => extend(&mut related, row),
            _ => {}
        }
    })
    .ok()?;
    let mut of_row = vec![TextNumber::EMPTY; identities.len()];
    for pair in related.chunks_exact(2) {
        *of_row.get_mut(pair[0] as usize)? = TextNumber::of_slot(pair[1]);
    }
    let mut tables = Vec::with_capacity(lengths.len());
    let mut from = 0;
    for length in lengths {
        let rows = from..from + length as usize;
        tables.push(TableMemory {
            identities: identities.get(rows.clone())?.to_vec(),
            persons: persons.get(rows.clone())?.to_vec(),
            related: of_row.get(rows.clone())?.to_vec(),
        });
        from = rows.end;
    }
    (from == identities.len() && from == persons.len()).then_some((tables, token))
}

fn read_keys(rows_of: RowsOf<'_>) -> Option<([u64; 2], SortedKeys, u64)> {
    let (mut night, mut policy, mut keys) = (Vec::<u64>::new(), Vec::<u64>::new(), Vec::<PersonKey>::new());
    let token = rows_of(MemoryPart::Keys, &mut |section, row| match section {
        NIGHT => extend(&mut night, row),
        POLICY => extend(&mut policy, row),
        KEYS => keys.extend(numbers::<u128>(row).map(|k| PersonKey::from_bytes(k.to_be_bytes()))),
        _ => {}
    })
    .ok()?;
    Some(([*night.first()?, *policy.first()?], SortedKeys::new(keys), token))
}
