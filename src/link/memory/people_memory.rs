//! Who an earlier night found to be who, row by row, so that the next one opens the vault for new files
//! alone and knows the persons of yesterday's rows without looking for them.
//!
//! What a row states does not change, so that an identity which was collected once need not be collected
//! again. A memory holds the distinct texts and identities, and for each table of each file the identity
//! and the person of each row. It saves time and changes nothing.

use std::collections::BTreeMap;
use std::hash::{BuildHasher, Hash, Hasher};

use arrow::array::{Int32Array, StringArray};
use foldhash::quality::FixedState;
use rayon::prelude::*;

use crate::link::engine::intern::TextNumber;
use crate::link::identities::identity::Identity;
use crate::link::identities::population::{Batch, Population, Texts, Unsettled};
use crate::link::{IdentityNumber, KeyNumber, MemoryNumber, PersonKey, SortedKeys};

/// What each row of a table was found to be, by its index among the data rows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TableMemory {
    /// `None` where the row was not accepted.
    pub(super) identities: Vec<Option<MemoryNumber>>,
    /// Numbers of related ID numbers.
    pub(super) related: Vec<TextNumber>,
    /// Numbers of the persons' keys; none of rows that were not accepted.
    pub(super) persons: Vec<Option<KeyNumber>>,
}

impl TableMemory {
    fn new(rows: usize) -> Self {
        TableMemory { identities: vec![None; rows], related: vec![TextNumber::EMPTY; rows], persons: vec![None; rows] }
    }

    /// Rows that were accepted.
    pub fn accepted(&self) -> usize {
        self.identities.iter().flatten().count()
    }

    /// Whether a row was accepted.
    pub fn knows(&self, row: u32) -> bool {
        self.identities.get(row as usize).is_some_and(Option::is_some)
    }

    /// The number of the identity of an accepted row.
    fn identity(&self, row: u32) -> IdentityNumber {
        self.identities[row as usize].expect("an accepted row").identity()
    }

    /// The number of the key of the person whom an accepted row was about: persons are numbered by their keys.
    pub fn person(&self, row: u32) -> KeyNumber {
        self.persons[row as usize].expect("an accepted row")
    }
}

/// Accepted rows of tonight that a memory knows, with what names and dates them.
pub struct KnownRows<'m> {
    pub dataset: String,
    pub county: String,
    pub record_keys: StringArray,
    pub event_days: Int32Array,
    /// What is known of the tables that they are of.
    pub tables: Vec<Option<&'m TableMemory>>,
    /// Index of the table and of the row in it, row for row.
    pub rows: Vec<RowPlace>,
}

impl KnownRows<'_> {
    fn each<T>(&self, of: impl Fn(&TableMemory, u32) -> T) -> Vec<T> {
        let number = |&(table, row): &RowPlace| {
            let table = self.tables[table as usize].expect("a table of a row that is known");
            of(table, row)
        };
        self.rows.iter().map(number).collect()
    }

    /// The keys of the rows' persons.
    pub fn persons(&self) -> Vec<Option<KeyNumber>> {
        self.each(|table, row| Some(table.person(row)))
    }
}

/// Identities of a night as they were collected, before any was judged.
#[derive(Clone, Debug)]
pub struct Collected {
    texts: Texts,
    identities: Vec<Identity>,
    /// What identities were collected and judged by.
    policy: u64,
    /// Batch for batch: identity and related ID number of each row.
    rows: Vec<(Vec<IdentityNumber>, Option<Vec<TextNumber>>)>,
}

impl Collected {
    /// `policy` tells what identities were collected and judged by.
    pub fn new(people: Population, policy: u64) -> Self {
        let Population { texts, identities, batches, .. } = people;
        let rows = batches.into_iter().map(|b| (b.identity_of_row, b.related_of_row)).collect();
        Collected { texts, identities, policy, rows }
    }
}

/// Distinct identities that are known.
#[derive(Clone)]
pub struct KnownPeople {
    pub(super) texts: Texts,
    pub(super) identities: Vec<Identity>,
    /// Rows that state them.
    pub(super) rows: usize,
}

impl KnownPeople {
    /// What rows that are known state, to which others can be added.
    pub fn with(self, rows: Vec<KnownRows<'_>>) -> Unsettled {
        let batch = |known: KnownRows<'_>| Batch {
            identity_of_row: known.each(TableMemory::identity),
            related_of_row: Some(known.each(|table, row| table.related[row as usize])),
            dataset: known.dataset,
            county: known.county,
            record_keys: known.record_keys,
            event_days: known.event_days,
        };
        let whole = rows.iter().map(|known| known.rows.len()).sum::<usize>() == self.rows;
        let batches = rows.into_par_iter().map(batch).collect();
        let known = (0..self.identities.len()).map(|number| Some(MemoryNumber::new(number))).collect();
        Unsettled { texts: self.texts, identities: self.identities, known, batches, gone: Vec::new(), whole }
    }
}

/// What a night keeps for the next one, apart from the identities themselves.
#[derive(Clone)]
pub struct PeopleMemory {
    pub(super) token: u64,
    /// What tells the persons of the night from those of another.
    pub(super) night: u64,
    /// What its identities were collected and judged by.
    pub(super) policy: u64,
    pub(super) keys: SortedKeys,
    pub(super) tables: BTreeMap<String, TableMemory>,
}

impl std::fmt::Debug for PeopleMemory {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PeopleMemory").field("persons", &self.keys.len()).finish_non_exhaustive()
    }
}

/// Where a row of a batch stands: the number of a table and the row's index among its data rows.
pub type RowPlace = (u32, u32);

impl PeopleMemory {
    /// The memory of a night, which `night` tells from others. `tables` are names and numbers of data rows; `places` and `persons` are batch for
    /// batch and row for row, `keys` the persons' by their numbers, ascending.
    pub fn of(
        night: u64,
        collected: Collected,
        tables: &[(String, usize)],
        places: &[Vec<RowPlace>],
        persons: &[Vec<KeyNumber>],
        keys: Vec<PersonKey>,
    ) -> (Self, KnownPeople) {
        let Collected { texts, identities, policy, rows } = collected;
        let mut of_tables: Vec<TableMemory> = tables.iter().map(|(_, rows)| TableMemory::new(*rows)).collect();
        for ((places, persons), (identity, related)) in places.iter().zip(persons).zip(&rows) {
            for (index, &(table, row)) in places.iter().enumerate() {
                let (of, row) = (&mut of_tables[table as usize], row as usize);
                of.identities[row] = Some(identity[index].for_memory());
                of.persons[row] = Some(persons[index]);
                if let Some(related) = related {
                    of.related[row] = related[index];
                }
            }
        }
        let tables = tables.iter().map(|(name, _)| name.clone()).zip(of_tables).collect();
        let keys = SortedKeys::new(keys);
        let mut memory = PeopleMemory { token: 0, night, policy, keys, tables };
        let people = KnownPeople { texts, identities, rows: rows.iter().map(|(of_row, _)| of_row.len()).sum() };
        memory.token = memory.digest(&people);
        (memory, people)
    }

    /// Tells the files of the memory from those of another night.
    pub fn token(&self) -> u64 {
        self.token
    }

    /// What tells the persons of the night from those of another.
    pub fn night(&self) -> u64 {
        self.night
    }

    /// What the identities were collected and judged by; under another policy they are not what they would be now.
    pub fn policy(&self) -> u64 {
        self.policy
    }

    pub fn table(&self, name: &str) -> Option<&TableMemory> {
        self.tables.get(name)
    }

    /// The persons' keys, by number.
    pub fn keys(&self) -> &SortedKeys {
        &self.keys
    }

    /// What the parts' files are told apart by from those of another night.
    fn digest(&self, people: &KnownPeople) -> u64 {
        let state = FixedState::with_seed(3);
        let texts = people.texts.kinds().into_par_iter().map(|texts| {
            let mut hasher = state.build_hasher();
            texts.iter_bytes().for_each(|t| hasher.write(t));
            hasher.finish()
        });
        let tables: Vec<_> = self.tables.iter().collect();
        let rows = tables.par_iter().map(|(name, t)| {
            let mut hasher = state.build_hasher();
            name.hash(&mut hasher);
            t.identities.iter().for_each(|number| hasher.write_u32(MemoryNumber::to_file(*number)));
            t.related.iter().for_each(|number| hasher.write_u32(number.to_slot()));
            t.persons.iter().for_each(|number| hasher.write_u32(KeyNumber::to_file(*number)));
            hasher.finish()
        });
        let (texts, rows): (Vec<u64>, Vec<u64>) = (texts.collect(), rows.collect());
        state.hash_one((self.night, self.policy, texts, rows, &people.identities, self.keys.all()))
    }
}
