//! Who an earlier night found to be who, row by row, so that the next one opens the vault for new files
//! alone and knows the persons of yesterday's rows without looking for them.
//!
//! What a row states does not change, so that an identity which was collected once need not be collected
//! again. A memory holds the distinct texts and identities, and for each table of each file the identity
//! and the person of each row. It saves time and changes nothing.

use std::collections::BTreeMap;
use std::hash::{BuildHasher, Hasher};
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, Float32Array, Int32Array, RecordBatch, StringArray, StringBuilder, UInt8Array, UInt32Array,
    UInt64Array,
};
use arrow::datatypes::{DataType, Field, Schema};
use foldhash::quality::FixedState;
use rayon::prelude::*;

use super::NO_PERSON;
use super::identity::Identity;
use super::intern::Ranked;
use super::person_key::{PersonKey, SortedKeys};
use super::population::{Batch, KINDS, Population, Texts};
use crate::error::{Error, Result};

/// The number of no identity: of rows that were not accepted.
const UNSEEN: u32 = u32::MAX;

/// What each row of a table was found to be, by its index among the data rows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TableMemory {
    /// [`UNSEEN`] for rows that were not accepted.
    identities: Vec<u32>,
    /// Numbers of related ID numbers.
    related: Vec<u32>,
    /// Numbers of persons.
    persons: Vec<u32>,
}

impl TableMemory {
    fn new(rows: usize) -> Self {
        TableMemory { identities: vec![UNSEEN; rows], related: vec![0; rows], persons: vec![NO_PERSON; rows] }
    }

    /// Rows that were accepted.
    pub fn accepted(&self) -> usize {
        self.identities.iter().filter(|i| **i != UNSEEN).count()
    }

    /// Whether a row was accepted.
    pub fn knows(&self, row: u32) -> bool {
        self.identities.get(row as usize).is_some_and(|i| *i != UNSEEN)
    }

    /// The number of the person whom an accepted row was about.
    pub fn person(&self, row: u32) -> u32 {
        self.persons[row as usize]
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
    fn each(&self, of: impl Fn(&TableMemory, usize) -> u32) -> Vec<u32> {
        let number = |&(table, row): &RowPlace| {
            let table = self.tables[table as usize].expect("a table of a row that is known");
            of(table, row as usize)
        };
        self.rows.iter().map(number).collect()
    }

    /// Numbers of the rows' persons.
    pub fn persons(&self) -> Vec<u32> {
        self.each(|table, row| table.persons[row])
    }
}

/// Identities of a night as they were collected, before any was judged.
#[derive(Clone, Debug)]
pub struct Collected {
    texts: Texts,
    identities: Vec<Identity>,
    /// Identity for identity: the chance that it belongs to its person.
    confidence: Vec<f32>,
    /// Batch for batch: identity and related ID number of each row.
    rows: Vec<(Vec<u32>, Option<Vec<u32>>)>,
}

impl Collected {
    pub fn new(people: &Population, identities: Vec<Identity>, confidence: Vec<f32>) -> Self {
        let rows = people.batches.iter().map(|b| (b.identity_of_row.clone(), b.related_of_row.clone())).collect();
        Collected { texts: people.texts.clone(), identities, confidence, rows }
    }
}

/// What a night remembers of the one before.
#[derive(Clone)]
pub struct PeopleMemory {
    token: u64,
    /// What tells the persons of the night from those of another.
    night: u64,
    texts: Texts,
    identities: Vec<Identity>,
    confidence: Vec<f32>,
    keys: SortedKeys,
    tables: BTreeMap<String, TableMemory>,
}

impl std::fmt::Debug for PeopleMemory {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PeopleMemory").field("identities", &self.identities.len()).finish_non_exhaustive()
    }
}

/// Where a row of a batch stands: the number of a table and the row's index among its data rows.
pub type RowPlace = (u32, u32);

impl PeopleMemory {
    /// Remembers a night, which `night` tells from others. `tables` are names and numbers of data rows; `places` and `persons` are batch for
    /// batch and row for row, `keys` the persons' by their numbers, ascending.
    pub fn of(
        night: u64,
        collected: Collected,
        tables: &[(String, usize)],
        places: &[Vec<RowPlace>],
        persons: &[Vec<u32>],
        keys: &[PersonKey],
    ) -> Self {
        let Collected { texts, identities, confidence, rows } = collected;
        let mut of_tables: Vec<TableMemory> = tables.iter().map(|(_, rows)| TableMemory::new(*rows)).collect();
        for ((places, persons), (identity, related)) in places.iter().zip(persons).zip(&rows) {
            for (index, &(table, row)) in places.iter().enumerate() {
                let (of, row) = (&mut of_tables[table as usize], row as usize);
                of.identities[row] = identity[index];
                of.persons[row] = persons[index];
                if let Some(related) = related {
                    of.related[row] = related[index];
                }
            }
        }
        let tables = tables.iter().map(|(name, _)| name.clone()).zip(of_tables).collect();
        let keys = SortedKeys::new(keys.to_vec());
        let mut memory = PeopleMemory { token: 0, night, texts, identities, confidence, keys, tables };
        memory.token = memory.digest();
        memory
    }

    /// What tells the persons of the night from those of another.
    pub fn night(&self) -> u64 {
        self.night
    }

    pub fn table(&self, name: &str) -> Option<&TableMemory> {
        self.tables.get(name)
    }

    /// The persons' keys, by number.
    pub fn keys(&self) -> &SortedKeys {
        &self.keys
    }

    /// The chance that an accepted row belonged to its person.
    pub fn confidence(&self, table: &TableMemory, row: u32) -> f32 {
        self.confidence[table.identities[row as usize] as usize]
    }

    /// The population of rows that are known, to which others can be added.
    pub fn population(&self, batches: Vec<KnownRows<'_>>) -> Population {
        let batches = batches.into_par_iter().map(|known| Batch {
            identity_of_row: known.each(|table, row| table.identities[row]),
            related_of_row: Some(known.each(|table, row| table.related[row])),
            dataset: known.dataset,
            county: known.county,
            record_keys: known.record_keys,
            event_days: known.event_days,
        });
        Population::new(self.texts.clone(), self.identities.clone(), batches.collect())
    }

    /// What the parts' files are told apart by from those of another night.
    fn digest(&self) -> u64 {
        let state = FixedState::with_seed(3);
        let texts = self.texts.kinds().into_par_iter().map(|texts| {
            let mut hasher = state.build_hasher();
            texts.iter().for_each(|t| hasher.write(t.as_bytes()));
            hasher.finish()
        });
        let tables: Vec<_> = self.tables.iter().collect();
        let rows = tables.par_iter().map(|(name, t)| {
            state.hash_one((name, &t.identities, &t.related, &t.persons))
        });
        let (texts, rows): (Vec<u64>, Vec<u64>) = (texts.collect(), rows.collect());
        let bits: Vec<u32> = self.confidence.iter().map(|c| c.to_bits()).collect();
        state.hash_one((self.night, texts, rows, &self.identities, bits, self.keys.all()))
    }
}

/// The files of a memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    Texts,
    Identities,
    Rows,
    Keys,
}

/// Numbers of an identity, in the order in which they are kept.
const NUMBERS: [&str; 13] = [
    "name", "sex", "birth_day", "id", "student", "phone_1", "phone_2", "guardian_phone_1", "guardian_phone_2",
    "guardian_name", "address", "residence", "states",
];

fn numbers_of(i: &Identity) -> [u32; 13] {
    let [a, b, c, d] = i.phones;
    let states = u32::from(i.birth_precision) << 8 | u32::from(i.id_state);
    [i.name, i.sex, i.birth_day as u32, i.id, i.student, a, b, c, d, i.guardian_name, i.address, i.residence, states]
}

fn identity_of(n: [u32; 13]) -> Identity {
    Identity {
        name: n[0],
        sex: n[1],
        birth_day: n[2] as i32,
        birth_precision: (n[12] >> 8) as u8,
        id_state: n[12] as u8,
        id: n[3],
        student: n[4],
        phones: [n[5], n[6], n[7], n[8]],
        guardian_name: n[9],
        address: n[10],
        residence: n[11],
    }
}

/// The kind of the names of tables among the texts.
const TABLE_NAMES: u8 = KINDS as u8;

/// Texts of a batch: so many that their bytes stay below what one column can hold.
const TEXTS_OF_BATCH: usize = 1 << 17;

impl Part {
    pub const ALL: [Part; 4] = [Part::Texts, Part::Identities, Part::Rows, Part::Keys];

    /// The name of the part's file.
    pub fn name(self) -> &'static str {
        match self {
            Part::Texts => "texts",
            Part::Identities => "identities",
            Part::Rows => "rows",
            Part::Keys => "keys",
        }
    }

    /// The columns; the first one is the memory's token in every part.
    pub fn schema(self) -> Arc<Schema> {
        let field = |name: &str, ty: &DataType| Field::new(name, ty.clone(), false);
        let mut fields = vec![field("token", &DataType::UInt64)];
        match self {
            Part::Texts => fields.extend([field("kind", &DataType::UInt8), field("text", &DataType::Utf8)]),
            Part::Identities => {
                fields.extend(NUMBERS.iter().map(|name| field(name, &DataType::UInt32)));
                fields.push(field("confidence", &DataType::Float32));
            }
            Part::Rows => {
                fields.extend(["table", "identity", "related", "person"].map(|name| field(name, &DataType::UInt32)));
            }
            Part::Keys => fields.extend(["night", "high", "low"].map(|name| field(name, &DataType::UInt64))),
        }
        Arc::new(Schema::new(fields))
    }
}

impl PeopleMemory {
    /// Hands a part over, batch by batch.
    ///
    /// # Errors
    /// Those of `write`, and bugs.
    pub fn write(&self, part: Part, write: &mut dyn FnMut(&RecordBatch) -> Result<()>) -> Result<()> {
        let schema = part.schema();
        let mut batch = |mut columns: Vec<ArrayRef>| {
            let rows = columns[0].len();
            columns.insert(0, Arc::new(UInt64Array::from_value(self.token, rows)));
            let batch = RecordBatch::try_new(Arc::clone(&schema), columns);
            write(&batch.map_err(|e| Error::bug("remembered people").caused_by(e))?)
        };
        match part {
            Part::Texts => {
                let kinds = (0u8..).zip(self.texts.kinds()).flat_map(|(kind, texts)| texts.iter().map(move |t| (kind, t)));
                let mut all = kinds.chain(self.tables.keys().map(|name| (TABLE_NAMES, name.as_str()))).peekable();
                while all.peek().is_some() {
                    let (mut kinds, mut texts) = (Vec::new(), StringBuilder::new());
                    for (kind, text) in all.by_ref().take(TEXTS_OF_BATCH) {
                        kinds.push(kind);
                        texts.append_value(text);
                    }
                    batch(vec![Arc::new(UInt8Array::from(kinds)), Arc::new(texts.finish())])?;
                }
            }
            Part::Identities => {
                let mut columns: [Vec<u32>; 13] = std::array::from_fn(|_| Vec::with_capacity(self.identities.len()));
                for i in &self.identities {
                    columns.iter_mut().zip(numbers_of(i)).for_each(|(column, number)| column.push(number));
                }
                let mut columns: Vec<ArrayRef> =
                    columns.into_iter().map(|c| Arc::new(UInt32Array::from(c)) as ArrayRef).collect();
                columns.push(Arc::new(Float32Array::from(self.confidence.clone())));
                batch(columns)?;
            }
            Part::Rows => {
                for (number, table) in (0u32..).zip(self.tables.values()) {
                    let columns = [&table.identities, &table.related, &table.persons];
                    let mut all: Vec<ArrayRef> =
                        vec![Arc::new(UInt32Array::from_value(number, table.identities.len()))];
                    all.extend(columns.map(|c| Arc::new(UInt32Array::from(c.clone())) as ArrayRef));
                    batch(all)?;
                }
            }
            Part::Keys => {
                let number = |shift: u32| self.keys.all().iter().map(move |k| (k.to_u128() >> shift) as u64);
                let night = UInt64Array::from_value(self.night, self.keys.len());
                let [high, low] = [64, 0].map(|shift| Arc::new(UInt64Array::from_iter_values(number(shift))));
                batch(vec![Arc::new(night), high, low])?;
            }
        }
        Ok(())
    }

    /// A memory of its parts' batches, in the order of [`Part::ALL`]. `None` when they are not whole or not
    /// of one night.
    pub fn read(parts: [Vec<RecordBatch>; 4]) -> Option<Self> {
        let [texts, identities, rows, keys] = parts;
        let all = texts.iter().chain(&identities).chain(&rows).chain(&keys);
        let mut tokens = all.flat_map(|b| u64s(b, 0).map_or(&[][..], |t| &t.values()[..]));
        let token = *tokens.next()?;
        if tokens.any(|t| *t != token) {
            return None;
        }
        let (mut kinds, names) = read_texts(&texts)?;
        kinds.reverse();
        let mut next_kind = || kinds.pop().map(Arc::new);
        let texts = Texts::from_kinds([
            next_kind()?, next_kind()?, next_kind()?, next_kind()?, next_kind()?, next_kind()?, next_kind()?,
        ]);
        let mut memory = PeopleMemory {
            token,
            night: *u64s(keys.first()?, 1)?.values().first()?,
            texts,
            identities: Vec::new(),
            confidence: Vec::new(),
            keys: SortedKeys::default(),
            tables: BTreeMap::new(),
        };
        for batch in &identities {
            let columns: Vec<&[u32]> = (1..=13).map(|c| u32s(batch, c)).collect::<Option<_>>()?;
            let confidence: &Float32Array = batch.column(14).as_any().downcast_ref()?;
            let identity = |row: usize| identity_of(std::array::from_fn(|c| columns[c][row]));
            memory.identities.extend((0..batch.num_rows()).map(identity));
            memory.confidence.extend_from_slice(confidence.values());
        }
        let mut of_tables: Vec<TableMemory> = vec![TableMemory::default(); names.len()];
        for batch in &rows {
            let (tables, identities, related, persons) =
                (u32s(batch, 1)?, u32s(batch, 2)?, u32s(batch, 3)?, u32s(batch, 4)?);
            let mut from = 0;
            for run in tables.chunk_by(|a, b| a == b) {
                let table = of_tables.get_mut(run[0] as usize)?;
                let of = from..from + run.len();
                table.identities.extend_from_slice(&identities[of.clone()]);
                table.related.extend_from_slice(&related[of.clone()]);
                table.persons.extend_from_slice(&persons[of]);
                from += run.len();
            }
        }
        memory.tables = names.into_iter().zip(of_tables).collect();
        let mut all_keys = Vec::new();
        for batch in &keys {
            for (high, low) in u64s(batch, 2)?.values().iter().zip(u64s(batch, 3)?.values()) {
                all_keys.push(PersonKey::from_bytes((u128::from(*high) << 64 | u128::from(*low)).to_be_bytes()));
            }
        }
        memory.keys = SortedKeys::new(all_keys);
        memory.is_whole().then_some(memory)
    }

    /// Every number names something.
    fn is_whole(&self) -> bool {
        let texts = self.texts.kinds().map(|texts| texts.len() as u32);
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
        let (identities, persons) = (self.identities.len() as u32, self.keys.len() as u32);
        let of_table = |t: &TableMemory| {
            let accepted = t.identities.iter().zip(&t.related).zip(&t.persons).filter(|((i, _), _)| **i != UNSEEN);
            accepted.into_iter().all(|((i, r), p)| *i < identities && *r < ids && *p < persons)
        };
        self.identities.par_iter().all(inside)
            && self.identities.is_sorted()
            && self.tables.values().collect::<Vec<_>>().par_iter().all(|t| of_table(t))
    }
}

fn u32s(batch: &RecordBatch, column: usize) -> Option<&[u32]> {
    batch.column(column).as_any().downcast_ref::<UInt32Array>().map(|a| &a.values()[..])
}

fn u64s(batch: &RecordBatch, column: usize) -> Option<&UInt64Array> {
    batch.column(column).as_any().downcast_ref()
}

/// Texts by kind, and the names of tables.
fn read_texts(batches: &[RecordBatch]) -> Option<(Vec<Ranked>, Vec<String>)> {
    let mut of_kinds: Vec<Vec<(&StringArray, std::ops::Range<usize>)>> = vec![Vec::new(); KINDS + 1];
    for batch in batches {
        let kinds: &UInt8Array = batch.column(1).as_any().downcast_ref()?;
        let texts: &StringArray = batch.column(2).as_any().downcast_ref()?;
        let mut from = 0;
        for run in kinds.values().chunk_by(|a, b| a == b) {
            of_kinds.get_mut(usize::from(run[0]))?.push((texts, from..from + run.len()));
            from += run.len();
        }
    }
    let texts_of = |runs: &Vec<(&StringArray, std::ops::Range<usize>)>| {
        Ranked::of_sorted(runs.iter().flat_map(|(texts, rows)| rows.clone().map(|row| texts.value(row))))
    };
    let names = of_kinds.pop()?;
    let names = names.iter().flat_map(|(texts, rows)| rows.clone().map(|row| texts.value(row).to_owned()));
    let names: Vec<String> = names.collect();
    Some((of_kinds.par_iter().map(texts_of).collect::<Option<_>>()?, names))
}
