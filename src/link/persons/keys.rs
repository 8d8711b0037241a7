//! Person keys: keyed hashes that stay with their people from night to night.
//!
//! A new person's key is the MAC of what the person is best known by (an [`Anchor`]), so that a store
//! made anew has the same keys. Yesterday's keys stay with the rows that bore them: the largest
//! overlap first, ties by the smaller key, each key with one person at most.

use std::fmt;

use hashbrown::HashSet;
use rayon::iter::{IntoParallelRefIterator, ParallelIterator};
use rayon::slice::ParallelSliceMut;

use super::numbering::{Anchor, Anchored};
use crate::link::{PersonKey, SortedKeys};
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

/// The number of no person.
const NOBODY: u32 = u32::MAX;

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

/// Gives each person a key.
pub fn assign(persons: &Anchored<'_>, previous: &PreviousPersons, mac: &Keyed) -> Keys {
    let Overlaps { alone, contested, is_known } = overlaps(persons, previous);
    // Person by key and key by person.
    let mut claimed = vec![NOBODY; previous.keys.len()];
    let mut key_of = vec![NO_KEY; persons.persons()];
    let contested_claims = contested.iter().map(|overlap| (overlap.key, overlap.person));
    for (key, person) in alone.into_iter().chain(contested_claims) {
        let (of_person, of_key) = (&mut key_of[person as usize], &mut claimed[key as usize]);
        if *of_person == NO_KEY && *of_key == NOBODY {
            (*of_person, *of_key) = (key, person);
        }
    }
    let kept = claimed.iter().filter(|person| **person != NOBODY).count() as u64;

    let derive = |anchor: Anchor, attempt: u32| -> PersonKey {
        let mut message = anchor.message(persons.people);
        if attempt > 0 {
            message.extend_from_slice(format!("\0#{attempt}").as_bytes());
        }
        PersonKey::from_bytes(mac.mac(&message)[..PersonKey::LEN].try_into().expect("a MAC is longer than a key"))
    };
    let without: Vec<u32> = (0u32..).zip(&key_of).filter(|(_, key)| **key == NO_KEY).map(|(p, _)| p).collect();
    let anchors = persons.anchors(&without);
    let first: Vec<PersonKey> = anchors.par_iter().map(|anchor| derive(*anchor, 0)).collect();
    // Who has none yet gets one below.
    let none = PersonKey::from_bytes([0; PersonKey::LEN]);
    let kept_key = |key: &u32| if *key == NO_KEY { none } else { previous.keys.get(*key) };
    let mut keys: Vec<PersonKey> = key_of.par_iter().map(kept_key).collect();
    let mut made: HashSet<PersonKey> = HashSet::with_capacity(first.len());
    for ((person, anchor), first) in without.iter().zip(anchors).zip(first) {
        let belongs_to_others = |key: PersonKey| {
            if previous.retired.contains(&key) {
                return true;
            }
            previous.keys.number(key).is_some_and(|k| match anchor {
                // With none of its rows left, a key that comes from this very number came from this person.
                Anchor::Id(_) | Anchor::Student(_) => is_known[k as usize],
                Anchor::Record(_) => true,
            })
        };
        keys[*person as usize] = (0..)
            .find_map(|attempt| {
                let key = if attempt == 0 { first } else { derive(anchor, attempt) };
                (!belongs_to_others(key) && made.insert(key)).then_some(key)
            })
            .expect("some attempt gives a key that nobody has");
    }
    let events = events(&contested, &key_of, &claimed, &keys, previous);
    let order = in_order(&keys, &claimed, without);
    Keys { keys, order, kept, events }
}

/// Persons in the order of their keys: those of yesterday are in order as they are.
fn in_order(keys: &[PersonKey], claimed: &[u32], mut new: Vec<u32>) -> Vec<u32> {
    new.par_sort_unstable_by_key(|p| keys[*p as usize]);
    let mut order = Vec::with_capacity(keys.len());
    let mut new = new.into_iter().peekable();
    for &person in claimed.iter().filter(|person| **person != NOBODY) {
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
    key_of: &[u32],
    claimed: &[u32],
    keys: &[PersonKey],
    previous: &PreviousPersons,
) -> Vec<KeyEvent> {
    let mut events = Vec::new();
    let mut told = HashSet::new();
    for overlap in overlaps {
        let (key, person) = (overlap.key, overlap.person as usize);
        let text = || previous.keys.get(key).to_string();
        if claimed[key as usize] == NOBODY && told.insert((key, u32::MAX)) {
            // Its largest share, as overlaps come in that order.
            events.push(KeyEvent::Merged { key: text(), merged_into: keys[person].to_string(), rows: overlap.rows });
        }
        if key_of[person] == NO_KEY && told.insert((u32::MAX, overlap.person)) {
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
    /// By key: somebody of tonight has a row that had it.
    is_known: Vec<bool>,
}

fn overlaps(persons: &Anchored<'_>, previous: &PreviousPersons) -> Overlaps {
    /// Overlaps with several.
    const SEVERAL: u32 = NOBODY - 1;
    let of_row = &persons.numbered.person_of_row;
    let rows = || previous.of_row.iter().zip(of_row).flat_map(|(keys, persons)| keys.iter().zip(persons));
    let known = || rows().filter(|(key, _)| **key != NO_KEY);
    let mut person_of = vec![NOBODY; previous.keys.len()];
    let mut key_of = vec![NOBODY; persons.persons()];
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
    let mut contestants: Vec<u32> = contested.iter().map(|overlap| overlap.person).collect();
    contestants.sort_unstable();
    contestants.dedup();
    let anchors = persons.anchors(&contestants);
    let message = |person: u32| {
        let place = contestants.binary_search(&person).expect("a contestant");
        anchors[place].message(persons.people)
    };
    contested.par_sort_unstable_by(|a, b| {
        let by_key = || a.key.cmp(&b.key);
        b.rows.cmp(&a.rows).then_with(by_key).then_with(|| message(a.person).cmp(&message(b.person)))
    });
    let is_known = person_of.into_iter().map(|person| person != NOBODY).collect();
    Overlaps { alone, contested, is_known }
}
