//! Person keys: keyed hashes that stay with their people from night to night.
//!
//! A new person's key is the MAC of what the person is best known by (an [`Anchor`]), so that a store
//! made anew has the same keys. Yesterday's keys stay with the rows that bore them: the largest
//! overlap first, ties by the smaller key, each key with one person at most.

use std::fmt;

use hashbrown::HashSet;
use rayon::iter::{IndexedParallelIterator, IntoParallelRefIterator, ParallelIterator};
use rayon::slice::ParallelSliceMut;

use super::person_key::{PersonKey, SortedKeys};
use super::population::{Population, RowRef};
use crate::store::key::Keyed;

/// The purpose of the secret's key that person keys are made with.
pub const PURPOSE: &str = "person";

/// Yesterday's persons.
#[derive(Clone, Default)]
pub struct PreviousPersons {
    keys: SortedKeys,
    /// Batch for batch and row for row of tonight: number of the key that the row had; [`NO_KEY`] for
    /// none.
    of_row: Vec<Vec<u32>>,
    /// Keys that were given up for another one, and stay so.
    retired: HashSet<PersonKey>,
}

/// The number of no key.
pub const NO_KEY: u32 = u32::MAX;

impl fmt::Debug for PreviousPersons {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PreviousPersons").field("keys", &self.keys.len()).finish_non_exhaustive()
    }
}

impl PreviousPersons {
    /// `of_row` is batch for batch and row for row the key that a row of tonight had yesterday; `others`
    /// are the keys of yesterday's rows that are no more. A key may stand in both, and as often as it
    /// likes.
    pub fn new(of_row: &[Vec<Option<PersonKey>>], others: impl IntoIterator<Item = PersonKey>) -> Self {
        let mut keys: Vec<PersonKey> = of_row.par_iter().flat_map_iter(|rows| rows.iter().flatten().copied()).collect();
        keys.extend(others);
        let keys = SortedKeys::new(keys);
        let number = |key: &Option<PersonKey>| key.and_then(|k| keys.number(k)).unwrap_or(NO_KEY);
        let of_row = of_row.par_iter().map(|rows| rows.iter().map(number).collect()).collect();
        PreviousPersons { keys, of_row, retired: HashSet::new() }
    }

    /// `of_row` is batch for batch and row for row the number of the key among `keys` that a row of tonight had
    /// yesterday, [`NO_KEY`] for none; `keys` are all of yesterday's.
    pub fn numbered(keys: SortedKeys, of_row: Vec<Vec<u32>>) -> Self {
        PreviousPersons { keys, of_row, retired: HashSet::new() }
    }

    /// Notes a key that was given up: nobody gets it again.
    pub fn retire(&mut self, key: PersonKey) {
        self.retired.insert(key);
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
    pub keys: Vec<PersonKey>,
    /// Persons in the order of their keys.
    pub order: Vec<u32>,
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
    let Overlaps { alone, contested } = overlaps(people, anchors, person_of_row, previous);
    let mut stands_tonight = vec![false; previous.keys.len()];
    // Person by key.
    let mut claimed: Vec<Option<u32>> = vec![None; previous.keys.len()];
    let mut key_of: Vec<Option<u32>> = vec![None; anchors.len()];
    let contested_claims = contested.iter().map(|overlap| (overlap.key, overlap.person));
    for (key, person) in alone.into_iter().chain(contested_claims) {
        stands_tonight[key as usize] = true;
        let of_person = &mut key_of[person as usize];
        if of_person.is_none() && claimed[key as usize].is_none() {
            *of_person = Some(key);
            claimed[key as usize] = Some(person);
        }
    }
    let kept = claimed.iter().flatten().count() as u64;

    let derive = |anchor: Anchor, attempt: u32| -> PersonKey {
        let mut message = anchor.message(people);
        if attempt > 0 {
            message.extend_from_slice(format!("\0#{attempt}").as_bytes());
        }
        PersonKey::from_bytes(mac.mac(&message)[..PersonKey::LEN].try_into().expect("a MAC is longer than a key"))
    };
    let first: Vec<Option<PersonKey>> =
        anchors.par_iter().zip(&key_of).map(|(anchor, key)| key.is_none().then(|| derive(*anchor, 0))).collect();
    let mut made: HashSet<PersonKey> = HashSet::with_capacity(first.iter().flatten().count());
    let keys: Vec<PersonKey> = anchors
        .iter()
        .zip(key_of.iter().copied())
        .zip(first)
        .map(|((anchor, kept_key), first)| {
            if let Some(key) = kept_key {
                return previous.keys.get(key);
            }
            let belongs_to_others = |key: PersonKey| {
                if previous.retired.contains(&key) {
                    return true;
                }
                previous.keys.number(key).is_some_and(|k| match anchor {
                    // With none of its rows left, a key that comes from this very number came from this person.
                    Anchor::Id(_) | Anchor::Student(_) => stands_tonight[k as usize],
                    Anchor::Record(_) => true,
                })
            };
            (0..)
                .find_map(|attempt| {
                    let key = if attempt == 0 { first? } else { derive(*anchor, attempt) };
                    (!belongs_to_others(key) && made.insert(key)).then_some(key)
                })
                .expect("some attempt gives a key that nobody has")
        })
        .collect();
    let events = events(&contested, &key_of, &claimed, &keys, previous);
    let order = in_order(&keys, &claimed, &key_of);
    Keys { keys, order, kept, events }
}

/// Persons in the order of their keys: those of yesterday are in order as they are.
fn in_order(keys: &[PersonKey], claimed: &[Option<u32>], key_of: &[Option<u32>]) -> Vec<u32> {
    let mut new: Vec<u32> = (0..keys.len() as u32).filter(|p| key_of[*p as usize].is_none()).collect();
    new.par_sort_unstable_by_key(|p| keys[*p as usize]);
    let mut order = Vec::with_capacity(keys.len());
    let mut new = new.into_iter().peekable();
    for &person in claimed.iter().flatten() {
        while let Some(before) = new.next_if(|p| keys[*p as usize] < keys[person as usize]) {
            order.push(before);
        }
        order.push(person);
    }
    order.extend(new);
    order
}

/// Merges and splits, from contested overlaps in the order of claims.
fn events(
    overlaps: &[Overlap],
    key_of: &[Option<u32>],
    claimed: &[Option<u32>],
    keys: &[PersonKey],
    previous: &PreviousPersons,
) -> Vec<KeyEvent> {
    let mut events = Vec::new();
    let mut told = HashSet::new();
    for overlap in overlaps {
        let (key, person) = (overlap.key, overlap.person as usize);
        let text = || previous.keys.get(key).to_string();
        if claimed[key as usize].is_none() && told.insert((key, u32::MAX)) {
            // Its largest share, as overlaps come in that order.
            events.push(KeyEvent::Merged { key: text(), merged_into: keys[person].to_string(), rows: overlap.rows });
        }
        if key_of[person].is_none() && told.insert((u32::MAX, overlap.person)) {
            events.push(KeyEvent::Split { key: keys[person].to_string(), split_from: text(), rows: overlap.rows });
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

/// How tonight's persons and yesterday's keys overlap.
struct Overlaps {
    /// Keys and persons that overlap with each other alone.
    alone: Vec<(u32, u32)>,
    /// All others, in the order in which keys are claimed.
    contested: Vec<Overlap>,
}

fn overlaps(
    people: &Population,
    anchors: &[Anchor],
    person_of_row: &[Vec<u32>],
    previous: &PreviousPersons,
) -> Overlaps {
    const NOBODY: u32 = u32::MAX;
    /// Overlaps with several.
    const SEVERAL: u32 = u32::MAX - 1;
    let rows = || previous.of_row.iter().zip(person_of_row).flat_map(|(keys, persons)| keys.iter().zip(persons));
    let known = || rows().filter(|(key, _)| **key != NO_KEY);
    let mut person_of = vec![NOBODY; previous.keys.len()];
    let mut key_of = vec![NOBODY; anchors.len()];
    for (&key, &person) in known() {
        for (one, other) in [(&mut person_of[key as usize], person), (&mut key_of[person as usize], key)] {
            if *one == NOBODY {
                *one = other;
            } else if *one != other {
                *one = SEVERAL;
            }
        }
    }
    let is_alone = |key: u32| person_of[key as usize] < SEVERAL && key_of[person_of[key as usize] as usize] < SEVERAL;
    let alone = (0..).zip(&person_of).filter(|(key, _)| is_alone(*key)).map(|(key, person)| (key, *person)).collect();
    let mut shared: Vec<(u32, u32)> = known().filter(|(key, _)| !is_alone(**key)).map(|(k, p)| (*k, *p)).collect();
    shared.par_sort_unstable();
    let mut contested: Vec<Overlap> = shared
        .chunk_by(|a, b| a == b)
        .map(|same| Overlap { rows: same.len() as u32, key: same[0].0, person: same[0].1 })
        .collect();
    contested.par_sort_unstable_by(|a, b| {
        let by_key = || a.key.cmp(&b.key);
        let by_person = || anchors[a.person as usize].message(people).cmp(&anchors[b.person as usize].message(people));
        b.rows.cmp(&a.rows).then_with(by_key).then_with(by_person)
    });
    Overlaps { alone, contested }
}
