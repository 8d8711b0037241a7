//! Person keys: keyed hashes that stay with their people from night to night.
//!
//! A new person's key is the MAC of what the person is best known by (an [`Anchor`]), so that a store
//! made anew has the same keys. Yesterday's keys stay with the rows that bore them: the largest
//! overlap first, ties by the smaller key, each key with one person at most.

use std::fmt;

use hashbrown::HashSet;
use rayon::iter::{IndexedParallelIterator, IntoParallelRefIterator, ParallelIterator};
use rayon::slice::ParallelSliceMut;

use super::identity::{Population, RowRef};
use super::intern::{Interner, NONE};
use crate::store::key::{Keyed, hex};

/// The purpose of the secret's key that person keys are made with.
pub const PURPOSE: &str = "person";

/// Bytes of a MAC that a person key keeps.
const KEY_LEN: usize = 16;

/// Yesterday's assignment of record keys to person keys.
#[derive(Clone, Default)]
pub struct PreviousPersons {
    places: Vec<Place>,
    /// Person keys.
    keys: Interner,
    /// Keys that were given up for another one, and stay so.
    retired: HashSet<String>,
}

/// The records of one dataset and county.
#[derive(Clone)]
struct Place {
    dataset: String,
    county: String,
    record_keys: Interner,
    /// By number of the record key: number of the person key.
    person_of: Vec<u32>,
}

impl fmt::Debug for PreviousPersons {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PreviousPersons").field("rows", &self.len()).finish_non_exhaustive()
    }
}

impl PreviousPersons {
    /// Notes the person of a row. The order of rows does not matter; of two persons for one row the
    /// smaller key stands.
    pub fn push(&mut self, dataset: &str, county: &str, record_key: &str, person_key: &str) {
        let key = self.keys.intern(person_key);
        let index = self.place(dataset, county).unwrap_or_else(|| {
            self.places.push(Place {
                dataset: dataset.to_owned(),
                county: county.to_owned(),
                record_keys: Interner::default(),
                person_of: Vec::new(),
            });
            self.places.len() - 1
        });
        let place = &mut self.places[index];
        let record = place.record_keys.intern(record_key) as usize;
        if place.person_of.len() <= record {
            place.person_of.resize(record + 1, NONE);
        }
        let person = &mut place.person_of[record];
        if *person == NONE || self.keys.get(key) < self.keys.get(*person) {
            *person = key;
        }
    }

    /// Notes a key that was given up: nobody gets it again.
    pub fn retire(&mut self, key: &str) {
        self.retired.insert(key.to_owned());
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.places.iter().map(|p| p.person_of.iter().filter(|k| **k != NONE).count()).sum()
    }

    /// Whether there was no yesterday.
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    fn place(&self, dataset: &str, county: &str) -> Option<usize> {
        self.places.iter().position(|p| p.dataset == dataset && p.county == county)
    }
}

impl<S: AsRef<str>> FromIterator<(S, S, S, S)> for PreviousPersons {
    /// From `(dataset, county, record_key, person_key)`.
    fn from_iter<I: IntoIterator<Item = (S, S, S, S)>>(rows: I) -> Self {
        let mut previous = PreviousPersons::default();
        for (dataset, county, record_key, person_key) in rows {
            previous.push(dataset.as_ref(), county.as_ref(), record_key.as_ref(), person_key.as_ref());
        }
        previous
    }
}

/// What a person is best known by: it makes the key of a new one.
#[derive(Clone, Copy, Debug)]
pub enum Anchor {
    /// The valid ID number that is the person's own.
    Id(u32),
    /// The least student number that is the person's own.
    Student(u32),
    /// The least (dataset, county, record key) of the person's rows.
    Record(RowRef),
}

impl Anchor {
    fn message(self, people: &Population) -> Vec<u8> {
        match self {
            Anchor::Id(id) => [b"id\0", people.texts.ids.get(id).as_bytes()].concat(),
            Anchor::Student(student) => [b"student\0", people.texts.students.get(student).as_bytes()].concat(),
            Anchor::Record(row) => {
                let (dataset, county, record_key) = people.row_key(row);
                ["record", dataset, county, record_key].join("\0").into_bytes()
            }
        }
    }
}

/// The keys of tonight's persons.
pub struct Keys {
    /// By person.
    pub keys: Vec<String>,
    /// Persons who keep a key of yesterday.
    pub kept: u64,
    /// What became of keys, by key.
    pub events: Vec<KeyEvent>,
}

/// What became of a person key.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(tag = "event", rename_all = "lowercase")]
pub enum KeyEvent {
    /// The person turned out to be another one, whose key stays; this key is never given again.
    Merged { key: String, merged_into: String, rows: u32 },
    /// Part of a person turned out to be another one, who has this new key.
    Split { key: String, split_from: String, rows: u32 },
}

/// Gives each person a key. `person_of_row` is batch for batch and row for row.
pub fn assign(
    people: &Population,
    anchors: &[Anchor],
    person_of_row: &[Vec<u32>],
    previous: &PreviousPersons,
    mac: &Keyed,
) -> Keys {
    let overlaps = overlaps(people, anchors, person_of_row, previous);
    let mut stands_tonight = vec![false; previous.keys.len()];
    let mut claimed = vec![false; previous.keys.len()];
    let mut key_of: Vec<Option<u32>> = vec![None; anchors.len()];
    let mut kept = 0;
    for overlap in &overlaps {
        stands_tonight[overlap.key as usize] = true;
        let person = &mut key_of[overlap.person as usize];
        if person.is_none() && !claimed[overlap.key as usize] {
            *person = Some(overlap.key);
            claimed[overlap.key as usize] = true;
            kept += 1;
        }
    }

    let derive = |anchor: Anchor, attempt: u32| -> [u8; KEY_LEN] {
        let mut message = anchor.message(people);
        if attempt > 0 {
            message.extend_from_slice(format!("\0#{attempt}").as_bytes());
        }
        mac.mac(&message)[..KEY_LEN].try_into().expect("a MAC is longer than a key")
    };
    let first: Vec<Option<[u8; KEY_LEN]>> =
        anchors.par_iter().zip(&key_of).map(|(anchor, key)| key.is_none().then(|| derive(*anchor, 0))).collect();
    let mut made: HashSet<[u8; KEY_LEN]> = HashSet::with_capacity(first.iter().flatten().count());
    let keys: Vec<String> = anchors
        .iter()
        .zip(key_of.iter().copied())
        .zip(first)
        .map(|((anchor, kept_key), first)| {
            if let Some(key) = kept_key {
                return previous.keys.get(key).to_owned();
            }
            let belongs_to_others = |key: &str| {
                if previous.retired.contains(key) {
                    return true;
                }
                previous.keys.find(key).is_some_and(|k| match anchor {
                    // With none of its rows left, a key that comes from this very number came from this person.
                    Anchor::Id(_) | Anchor::Student(_) => stands_tonight[k as usize],
                    Anchor::Record(_) => true,
                })
            };
            (0..)
                .find_map(|attempt| {
                    let bytes = if attempt == 0 { first? } else { derive(*anchor, attempt) };
                    let key = hex(&bytes);
                    (!belongs_to_others(&key) && made.insert(bytes)).then_some(key)
                })
                .expect("some attempt gives a key that nobody has")
        })
        .collect();
    let events = events(&overlaps, &key_of, &claimed, &keys, previous);
    Keys { keys, kept, events }
}

/// Merges and splits, from overlaps in the order of claims.
fn events(
    overlaps: &[Overlap],
    key_of: &[Option<u32>],
    claimed: &[bool],
    keys: &[String],
    previous: &PreviousPersons,
) -> Vec<KeyEvent> {
    let mut events = Vec::new();
    let mut told = HashSet::new();
    for overlap in overlaps {
        let (key, person) = (overlap.key, overlap.person as usize);
        let text = || previous.keys.get(key).to_owned();
        if !claimed[key as usize] && told.insert((key, u32::MAX)) {
            // Its largest share, as overlaps come in that order.
            events.push(KeyEvent::Merged { key: text(), merged_into: keys[person].clone(), rows: overlap.rows });
        }
        if key_of[person].is_none() && told.insert((u32::MAX, overlap.person)) {
            events.push(KeyEvent::Split { key: keys[person].clone(), split_from: text(), rows: overlap.rows });
        }
    }
    events.sort_unstable();
    events
}

/// Rows that a person has tonight under a key of yesterday.
struct Overlap {
    rows: u32,
    key: u32,
    person: u32,
}

/// All overlaps, in the order in which keys are claimed.
fn overlaps(
    people: &Population,
    anchors: &[Anchor],
    person_of_row: &[Vec<u32>],
    previous: &PreviousPersons,
) -> Vec<Overlap> {
    if previous.is_empty() {
        return Vec::new();
    }
    let mut shared: Vec<(u32, u32)> = Vec::new();
    for (batch, persons) in people.batches.iter().zip(person_of_row) {
        let Some(place) = previous.place(&batch.dataset, &batch.county) else { continue };
        let place = &previous.places[place];
        for (row, &person) in (0..).zip(persons) {
            let record = place.record_keys.find(batch.row_key(row).2);
            let key = record.and_then(|r| place.person_of.get(r as usize)).copied().unwrap_or(NONE);
            if key != NONE {
                shared.push((key, person));
            }
        }
    }
    shared.par_sort_unstable();
    let mut overlaps: Vec<Overlap> = shared
        .chunk_by(|a, b| a == b)
        .map(|same| Overlap { rows: same.len() as u32, key: same[0].0, person: same[0].1 })
        .collect();
    overlaps.par_sort_unstable_by(|a, b| {
        let by_key = || previous.keys.get(a.key).cmp(previous.keys.get(b.key));
        let by_person = || anchors[a.person as usize].message(people).cmp(&anchors[b.person as usize].message(people));
        b.rows.cmp(&a.rows).then_with(by_key).then_with(by_person)
    });
    overlaps
}
