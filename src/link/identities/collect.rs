//! Distinct identities: rows that state the same of a person are one, however many they are.
//!
//! A station export repeats a person hundreds of times; everything after this works on identities.

use arrow::array::{Array, ArrayRef, Int32Array, RecordBatch, StringArray, UInt8Array};
use hashbrown::HashTable;
use rayon::prelude::*;
use std::hash::BuildHasher;
use std::sync::Arc;

use foldhash::fast::FixedState;

use super::IdentityRows;
use super::identity::{BORROWED, Identity};
use super::policy::DatasetLists;
use super::population::{Batch, Texts, Unsettled, renumber_rows, renumber_texts};
use crate::error::{Error, Result};
use crate::link::engine::intern::{Interner, Ranked, TextNumber};
use crate::link::ids::IdentityNumber;
use crate::link::zh::normalise;
use crate::schema::layout::{BIRTH_PRECISION, ID_STATE, IdState};
use crate::schema::resident_id;

/// Whether a number is of a grown-up: on a pupil's row it is a parent's.
fn is_grown_up(number: &str, on: Option<i32>, from: u16) -> bool {
    resident_id::birth_day_of(number).zip(on).is_some_and(|(born, on)| on.saturating_sub(born) >= i32::from(from) * 366)
}

/// Collects batches into a [`crate::link::identities::population::Population`].
pub struct Collector {
    lists: DatasetLists,
    texts: Interners,
    distinct: Distinct,
    batches: Vec<Batch>,
    /// The last batch, with what its rows state, until that is numbered beside the texts of the next.
    pending: Option<(Batch, Vec<Identity>)>,
}

/// Texts by kind.
#[derive(Default)]
struct Interners {
    names: Interner,
    sexes: Interner,
    ids: Interner,
    students: Interner,
    phones: Interner,
    addresses: Interner,
    residences: Interner,
}

/// Distinct identities in the order they came.
#[derive(Default)]
struct Distinct {
    /// Part of the hash, and the number.
    table: HashTable<(u32, IdentityNumber)>,
    hasher: FixedState,
    identities: Vec<Identity>,
}

struct IdentityColumns<'a> {
    name: &'a StringArray,
    id: &'a StringArray,
    sex: &'a StringArray,
    birth_day: &'a Int32Array,
    phone: &'a StringArray,
    residence: &'a StringArray,
    address: &'a StringArray,
    id_state: &'a UInt8Array,
    birth_precision: &'a UInt8Array,
    guardian_name: Option<&'a StringArray>,
    guardian_phone: Option<&'a StringArray>,
    student: Option<&'a StringArray>,
    related: Option<&'a StringArray>,
}

impl<'a> IdentityColumns<'a> {
    fn of(batch: &'a RecordBatch) -> Result<Self> {
        Ok(IdentityColumns {
            name: required(batch, "name")?,
            id: required(batch, "id_number")?,
            sex: required(batch, "sex")?,
            birth_day: required(batch, "birth_day")?,
            phone: required(batch, "phone")?,
            residence: required(batch, "residence_code")?,
            address: required(batch, "address")?,
            id_state: required(batch, ID_STATE)?,
            birth_precision: required(batch, BIRTH_PRECISION)?,
            guardian_name: optional(batch, "guardian_name")?,
            guardian_phone: optional(batch, "guardian_phone")?,
            student: optional(batch, "student_no")?,
            related: optional(batch, "related_id_number")?,
        })
    }
}

fn optional<'a, T: 'static>(batch: &'a RecordBatch, name: &str) -> Result<Option<&'a T>> {
    let Some(column) = batch.column_by_name(name) else { return Ok(None) };
    let column: &ArrayRef = column;
    match column.as_any().downcast_ref::<T>() {
        Some(typed) => Ok(Some(typed)),
        None => Err(Error::bug(format!("the identity column {name} is {}", column.data_type()))),
    }
}

fn required<'a, T: 'static>(batch: &'a RecordBatch, name: &str) -> Result<&'a T> {
    optional(batch, name)?.ok_or_else(|| Error::bug(format!("no identity column {name}")))
}

/// A cell's text; empty when not given.
fn cell(column: &StringArray, row: usize) -> &str {
    if column.is_null(row) { "" } else { column.value(row) }
}

/// Numbers of the texts that a column holds.
fn numbers(column: Option<&StringArray>, rows: usize, mut number: impl FnMut(&str) -> TextNumber) -> Vec<TextNumber> {
    match column {
        Some(column) => (0..rows).map(|row| number(cell(column, row))).collect(),
        None => vec![TextNumber::EMPTY; rows],
    }
}

/// The first two phone numbers of a cell, ascending.
fn two_phones(phones: &mut Interner, raw: &str) -> [TextNumber; 2] {
    let mut two = [TextNumber::EMPTY; 2];
    for (slot, number) in two.iter_mut().zip(normalise::phones(raw)) {
        *slot = phones.intern(&number);
    }
    two.sort_unstable();
    two
}

impl Collector {
    /// Nothing yet.
    pub fn new(lists: DatasetLists) -> Self {
        Collector {
            lists,
            texts: Interners::default(),
            distinct: Distinct::default(),
            batches: Vec::new(),
            pending: None,
        }
    }

    /// Adds a batch.
    ///
    /// # Errors
    /// Bugs: parts of different lengths, columns that are not as declared.
    pub fn add(&mut self, rows: &IdentityRows) -> Result<()> {
        let pending = self.pending.take();
        let (texts, distinct, lists) = (&mut self.texts, &mut self.distinct, &self.lists);
        let (stated, numbered) =
            rayon::join(|| texts.stated(rows, lists), || pending.map(|batch| distinct.number(batch)));
        self.batches.extend(numbered);
        self.pending = Some(stated?);
        Ok(())
    }
}

/// Texts of a batch as numbers, row for row.
struct CellNumbers {
    name: Vec<TextNumber>,
    guardian_name: Vec<TextNumber>,
    sex: Vec<TextNumber>,
    id: Vec<TextNumber>,
    related: Option<Vec<TextNumber>>,
    student: Vec<TextNumber>,
    phones: Vec<[TextNumber; 4]>,
    address: Vec<TextNumber>,
    residence: Vec<TextNumber>,
}

impl Interners {
    /// A batch whose rows are not numbered yet, and what they state.
    fn stated(&mut self, rows: &IdentityRows, lists: &DatasetLists) -> Result<(Batch, Vec<Identity>)> {
        let n = rows.identities.num_rows();
        if rows.record_keys.len() != n || rows.event_days.len() != n {
            return Err(Error::bug("identity rows, record keys and event days are not row for row"));
        }
        let columns = IdentityColumns::of(&rows.identities)?;
        let texts = self.numbers(&columns, n);
        let batch = Batch {
            dataset: rows.dataset.clone(),
            county: rows.county.clone(),
            record_keys: rows.record_keys.clone(),
            event_days: rows.event_days.clone(),
            identity_of_row: Vec::new(),
            related_of_row: texts.related,
        };
        let mut identities = Vec::with_capacity(n);
        let of_school = lists.is_of_pupils(&rows.dataset);
        let home = self.residences.intern(&rows.county);
        for row in 0..n {
            let day = rows.event_days.is_valid(row).then(|| rows.event_days.value(row));
            let (mut id, mut id_state) = (texts.id[row], columns.id_state.value(row));
            if !id.is_given() {
                id_state = IdState::Absent as u8;
            }
            if id_state == IdState::Valid as u8 && of_school && is_grown_up(self.ids.get(id), day, lists.grown_up) {
                id_state = BORROWED;
            }
            // The national student number of a pupil with a card is G and the number of the card. Against
            // another valid number that is the row's own it says nothing.
            if id_state != IdState::Valid as u8
                && let Some(number) = self.students.get(texts.student[row]).strip_prefix('G')
                && resident_id::is_valid_resident_id(number)
            {
                (id, id_state) = (self.ids.intern(number), IdState::Valid as u8);
            }
            let birth_precision = if columns.birth_day.is_null(row) { 0 } else { columns.birth_precision.value(row) };
            identities.push(Identity {
                name: texts.name[row],
                sex: texts.sex[row],
                birth_day: if birth_precision == 0 { 0 } else { columns.birth_day.value(row) },
                birth_precision,
                id_state,
                id,
                student: texts.student[row],
                phones: texts.phones[row],
                guardian_name: texts.guardian_name[row],
                address: texts.address[row],
                // Most people live where they are seen.
                residence: texts.residence[row].given().unwrap_or(home),
            });
        }
        Ok((batch, identities))
    }

    /// The texts of a batch's cells, as numbers. Each interner has its columns to itself, so they are filled side by
    /// side.
    fn numbers(&mut self, columns: &IdentityColumns<'_>, n: usize) -> CellNumbers {
        let (names, sexes, ids) = (&mut self.names, &mut self.sexes, &mut self.ids);
        let (students, phones) = (&mut self.students, &mut self.phones);
        let (addresses, residences) = (&mut self.addresses, &mut self.residences);
        let (((name, guardian_name, sex), (id, related, student)), (phones, (address, residence))) = rayon::join(
            || {
                rayon::join(
                    || {
                        let name = numbers(Some(columns.name), n, |t| names.intern(&normalise::name(t)));
                        let guardian = numbers(columns.guardian_name, n, |t| names.intern(&normalise::name(t)));
                        let sex = numbers(Some(columns.sex), n, |t| sexes.intern(t));
                        (name, guardian, sex)
                    },
                    || {
                        let mut id_number = |t: &str| ids.intern(&normalise::number(t));
                        let id = numbers(Some(columns.id), n, &mut id_number);
                        let related = columns.related.map(|c| numbers(Some(c), n, &mut id_number));
                        let student = numbers(columns.student, n, |t| students.intern(&normalise::number(t)));
                        (id, related, student)
                    },
                )
            },
            || {
                rayon::join(
                    || -> Vec<[TextNumber; 4]> {
                        (0..n)
                            .map(|row| {
                                let own = two_phones(phones, cell(columns.phone, row));
                                let guardian = columns.guardian_phone.map_or("", |c| cell(c, row));
                                let guardian = two_phones(phones, guardian);
                                [own[0], own[1], guardian[0], guardian[1]]
                            })
                            .collect()
                    },
                    || {
                        let address = numbers(Some(columns.address), n, |t| addresses.intern(&normalise::address(t)));
                        let residence =
                            numbers(Some(columns.residence), n, |t| residences.intern(normalise::residence(t)));
                        (address, residence)
                    },
                )
            },
        );
        CellNumbers { name, guardian_name, sex, id, related, student, phones, address, residence }
    }
}

impl Distinct {
    /// The batch with the numbers of its rows' identities.
    fn number(&mut self, (mut batch, identities): (Batch, Vec<Identity>)) -> Batch {
        batch.identity_of_row = identities.into_iter().map(|identity| self.number_of(identity)).collect();
        batch
    }

    fn number_of(&mut self, identity: Identity) -> IdentityNumber {
        let hash = (self.hasher.hash_one(identity) >> 32) as u32;
        let spread = |hash: u32| u64::from(hash).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let identities = &self.identities;
        if let Some(&(_, number)) =
            self.table.find(spread(hash), |&(h, number)| h == hash && identities[number.index()] == identity)
        {
            return number;
        }
        let number = IdentityNumber::new(self.identities.len());
        self.identities.push(identity);
        self.table.insert_unique(spread(hash), (hash, number), |&(h, _)| spread(h));
        number
    }
}

impl Collector {
    /// Everything that was added, numbered by content.
    pub fn finish(self) -> Unsettled {
        let Collector { texts, mut distinct, mut batches, pending, .. } = self;
        batches.extend(pending.map(|batch| distinct.number(batch)));
        let Distinct { table, mut identities, .. } = distinct;
        drop(table);
        let Interners { names, sexes, ids, students, phones, addresses, residences } = texts;
        let mut interners = [names, sexes, ids, students, phones, addresses, residences].map(Some);
        let ranked: Vec<(Ranked, Vec<TextNumber>)> =
            interners.par_iter_mut().map(|i| i.take().expect("taken once").rank()).collect();
        let (texts, ranks): (Vec<_>, Vec<_>) =
            ranked.into_iter().map(|(texts, rank)| (Arc::new(texts), Some(rank))).unzip();
        renumber_texts(&mut identities, &mut batches, &ranks.try_into().expect("one a kind"));
        let mut order: Vec<IdentityNumber> = (0..identities.len()).map(IdentityNumber::new).collect();
        let mut number_of = order.clone();
        order.par_sort_unstable_by_key(|n| identities[n.index()]);
        for (new, old) in order.iter().enumerate() {
            number_of[old.index()] = IdentityNumber::new(new);
        }
        batches.par_iter_mut().for_each(|batch| renumber_rows(batch, &number_of));
        let identities = order.iter().map(|n| identities[n.index()]).collect();
        let texts = Texts::from_kinds(texts.try_into().expect("one a kind"));
        Unsettled { texts, identities, known: Vec::new(), batches, gone: Vec::new(), whole: false }
    }
}
