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
use crate::link::ids::{KeyNumber, PersonNumber};
use crate::link::{PersonKey, SortedKeys};
use crate::store::key::Keyed;

/// The purpose of the secret's key that person keys are made with.
pub const PURPOSE: &str = "person";

/// Yesterday's persons.
#[derive(Clone, Default)]
pub struct PreviousPersons {
    keys: SortedKeys,
    /// Batch for batch and row for row of tonight: number of the key that the row had; if it had
    /// one.
    of_row: Vec<Vec<Option<KeyNumber>>>,
    /// Keys that were given up for another one, and stay so.
    retired: HashSet<PersonKey>,
}

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
        let number = |key: &Option<PersonKey>| key.and_then(|k| keys.number(k));
        let of_row = of_row.par_iter().map(|rows| rows.iter().map(number).collect()).collect();
        PreviousPersons { keys, of_row, retired: HashSet::new() }
    }

    /// `of_row` is batch for batch and row for row the number of the key among `keys` that a row of tonight had
    /// yesterday, if it had one; `keys` are all of yesterday's.
    pub fn numbered(keys: SortedKeys, of_row: Vec<Vec<Option<KeyNumber>>>) -> Self {
        PreviousPersons { keys, of_row, retired: HashSet::new() }
    }

    /// Notes a key that was given up: nobody gets it again.
    pub fn retire(&mut self, key: PersonKey) {
        self.retired.insert(key);
    }
}

/// The keys of tonight's persons.
pub struct PersonKeys {
    /// By person.
    pub keys: Vec<PersonKey>,
    /// Persons in the order of their keys.
    pub order: Vec<PersonNumber>,
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
pub fn assign(persons: &Anchored<'_>, previous: &PreviousPersons, mac: &Keyed) -> PersonKeys {
    let Overlaps { alone, contested, is_known } = overlaps(persons, previous);
    // Person by key and key by person.
    let mut claimed: Vec<Option<PersonNumber>> = vec![None; previous.keys.len()];
    let mut key_of: Vec<Option<KeyNumber>> = vec![None; persons.persons()];
    let contested_claims = contested.iter().map(|overlap| (overlap.key, overlap.person));
    for (key, person) in alone.into_iter().chain(contested_claims) {
        let (of_person, of_key) = (&mut key_of[person.index()], &mut claimed[key.index()]);
        if of_person.is_none() && of_key.is_none() {
            (*of_person, *of_key) = (Some(key), Some(person));
        }
    }
    let kept = claimed.iter().flatten().count() as u64;

    let derive = |anchor: Anchor, attempt: u32| -> PersonKey {
        let mut message = anchor.message(persons.people);
        if attempt > 0 {
            message.extend_from_slice(format!("\0#{attempt}").as_bytes());
        }
        PersonKey::from_bytes(mac.mac(&message)[..PersonKey::LEN].try_into().expect("a MAC is longer than a key"))
    };
    let without: Vec<PersonNumber> =
        key_of.iter().enumerate().filter(|(_, key)| key.is_none()).map(|(p, _)| PersonNumber::new(p)).collect();
    let anchors = persons.anchors(&without);
    let first: Vec<PersonKey> = anchors.par_iter().map(|anchor| derive(*anchor, 0)).collect();
    // Who has none yet gets one below.
    let none = PersonKey::from_bytes([0; PersonKey::LEN]);
    let kept_key = |key: &Option<KeyNumber>| key.map_or(none, |key| previous.keys.get(key));
    let mut keys: Vec<PersonKey> = key_of.par_iter().map(kept_key).collect();
    let mut made: HashSet<PersonKey> = HashSet::with_capacity(first.len());
    for ((person, anchor), first) in without.iter().zip(anchors).zip(first) {
        let belongs_to_others = |key: PersonKey| {
            if previous.retired.contains(&key) {
                return true;
            }
            previous.keys.number(key).is_some_and(|k| match anchor {
                // With none of its rows left, a key that comes from this very number came from this person.
                Anchor::Id(_) | Anchor::Student(_) => is_known[k.index()],
                Anchor::Record(_) => true,
            })
        };
        keys[person.index()] = (0..)
            .find_map(|attempt| {
                let key = if attempt == 0 { first } else { derive(anchor, attempt) };
                (!belongs_to_others(key) && made.insert(key)).then_some(key)
            })
            .expect("some attempt gives a key that nobody has");
    }
    let events = events(&contested, &key_of, &claimed, &keys, previous);
    let order = in_order(&keys, &claimed, without);
    PersonKeys { keys, order, kept, events }
}

/// Persons in the order of their keys: those of yesterday are in order as they are.
fn in_order(keys: &[PersonKey], claimed: &[Option<PersonNumber>], mut new: Vec<PersonNumber>) -> Vec<PersonNumber> {
    new.par_sort_unstable_by_key(|p| keys[p.index()]);
    let mut order = Vec::with_capacity(keys.len());
    let mut new = new.into_iter().peekable();
    for &person in claimed.iter().flatten() {
        while let Some(before) = new.next_if(|p| keys[p.index()] < keys[person.index()]) {
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
    key_of: &[Option<KeyNumber>],
    claimed: &[Option<PersonNumber>],
    keys: &[PersonKey],
    previous: &PreviousPersons,
) -> Vec<KeyEvent> {
    let mut events = Vec::new();
    let (mut merged, mut split) = (HashSet::new(), HashSet::new());
    for overlap in overlaps {
        let (key, person) = (overlap.key, overlap.person.index());
        let text = || previous.keys.get(key).to_string();
        if claimed[key.index()].is_none() && merged.insert(key) {
            // Its largest share, as overlaps come in that order.
            events.push(KeyEvent::Merged { key: text(), merged_into: keys[person].to_string(), rows: overlap.rows });
        }
        if key_of[person].is_none() && split.insert(overlap.person) {
            events.push(KeyEvent::Split { key: keys[person].to_string(), split_from: text(), rows: overlap.rows });
        }
    }
    events.sort_unstable();
    events
}

/// Rows that a person has tonight under a key of yesterday.
struct Overlap {
    rows: u32,
    key: KeyNumber,
    person: PersonNumber,
}

/// How tonight's persons and yesterday's keys overlap.
struct Overlaps {
    /// Keys and persons that overlap with each other alone.
    alone: Vec<(KeyNumber, PersonNumber)>,
    /// All others, in the order in which keys are claimed.
    contested: Vec<Overlap>,
    /// By key: somebody of tonight has a row that had it.
    is_known: Vec<bool>,
}

/// Which of the others one meets in the rows.
#[derive(Clone, Copy)]
enum Met<T> {
    None,
    One(T),
    Several,
}

impl<T: Copy + PartialEq> Met<T> {
    fn meet(&mut self, other: T) {
        match *self {
            Met::None => *self = Met::One(other),
            Met::One(one) if one != other => *self = Met::Several,
            _ => {}
        }
    }
}

fn overlaps(persons: &Anchored<'_>, previous: &PreviousPersons) -> Overlaps {
    let of_row = &persons.numbered.person_of_row;
    let rows = || previous.of_row.iter().zip(of_row).flat_map(|(keys, persons)| keys.iter().zip(persons));
    let known = || rows().filter_map(|(key, person)| key.map(|key| (key, *person)));
    let mut person_of = vec![Met::None; previous.keys.len()];
    let mut key_of = vec![Met::None; persons.persons()];
    for (key, person) in known() {
        person_of[key.index()].meet(person);
        key_of[person.index()].meet(key);
    }
    let alone_with = |key: usize| match person_of[key] {
        Met::One(person) => matches!(key_of[person.index()], Met::One(_)).then_some(person),
        _ => None,
    };
    let alone = (0..person_of.len()).filter_map(|key| Some((KeyNumber::new(key), alone_with(key)?))).collect();
    let mut shared: Vec<(KeyNumber, PersonNumber)> =
        known().filter(|(key, _)| alone_with(key.index()).is_none()).collect();
    shared.par_sort_unstable();
    let mut contested: Vec<Overlap> = shared
        .chunk_by(|a, b| a == b)
        .map(|same| Overlap { rows: same.len() as u32, key: same[0].0, person: same[0].1 })
        .collect();
    let mut contestants: Vec<PersonNumber> = contested.iter().map(|overlap| overlap.person).collect();
    contestants.sort_unstable();
    contestants.dedup();
    let anchors = persons.anchors(&contestants);
    let message = |person: PersonNumber| {
        let place = contestants.binary_search(&person).expect("a contestant");
        anchors[place].message(persons.people)
    };
    contested.par_sort_unstable_by(|a, b| {
        let by_key = || a.key.cmp(&b.key);
        b.rows.cmp(&a.rows).then_with(by_key).then_with(|| message(a.person).cmp(&message(b.person)))
    });
    let is_known = person_of.into_iter().map(|person| !matches!(person, Met::None)).collect();
    Overlaps { alone, contested, is_known }
}
