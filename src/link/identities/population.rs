//! All identities of a night, numbered by content alone, with the rows that state them.

use std::ops::Range;
use std::sync::Arc;

use arrow::array::{Array, Int32Array, StringArray};
use rayon::prelude::*;

use super::identity::Identity;
use crate::link::engine::intern::{Ranked, TextNumber};
use crate::link::{IdentityNumber, MemoryNumber};

/// A row among the batches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RowRef {
    pub batch: u32,
    pub row: u32,
}

/// What the rows of an identity amount to.
#[derive(Clone, Copy, Debug)]
pub struct Sightings {
    pub rows: u32,
    /// Day of the newest row, where any has a day.
    pub newest_day: Option<i32>,
    /// The newest row: greatest day, then greatest (dataset, county, record key).
    pub newest: RowRef,
    /// One of the rows is a registration.
    pub registered: bool,
}

/// A batch after its identities are numbers.
#[derive(Clone, Debug)]
pub struct Batch {
    pub dataset: String,
    pub county: String,
    pub record_keys: StringArray,
    pub event_days: Int32Array,
    /// Number of the identity of each row.
    pub identity_of_row: Vec<IdentityNumber>,
    /// Number of the related ID number of each row; `None` when the dataset has none.
    pub related_of_row: Option<Vec<TextNumber>>,
}

impl Batch {
    /// What orders rows in all of the city: unique for each accepted row.
    pub fn row_key(&self, row: u32) -> (&str, &str, &str) {
        (&self.dataset, &self.county, self.record_keys.value(row as usize))
    }
}

/// Kinds of texts.
pub const KINDS: usize = 7;

/// Texts by number.
#[derive(Clone, Debug)]
pub struct Texts {
    /// Names of persons and of guardians.
    pub names: Arc<Ranked>,
    pub sexes: Arc<Ranked>,
    pub ids: Arc<Ranked>,
    pub students: Arc<Ranked>,
    pub phones: Arc<Ranked>,
    pub addresses: Arc<Ranked>,
    pub residences: Arc<Ranked>,
}

/// The place of ID numbers among the kinds.
const IDS: usize = 2;

impl Texts {
    /// The kinds in the order of the fields.
    pub fn from_kinds(kinds: [Arc<Ranked>; KINDS]) -> Self {
        let [names, sexes, ids, students, phones, addresses, residences] = kinds;
        Texts { names, sexes, ids, students, phones, addresses, residences }
    }

    /// The kinds in the order of the fields.
    pub fn into_kinds(self) -> [Arc<Ranked>; KINDS] {
        let Texts { names, sexes, ids, students, phones, addresses, residences } = self;
        [names, sexes, ids, students, phones, addresses, residences]
    }

    /// The kinds in the order of the fields.
    pub fn kinds(&self) -> [&Arc<Ranked>; KINDS] {
        [&self.names, &self.sexes, &self.ids, &self.students, &self.phones, &self.addresses, &self.residences]
    }
}

impl Identity {
    /// The numbers of a kind's texts.
    fn numbers_mut(&mut self, kind: usize) -> [Option<&mut TextNumber>; 4] {
        let [a, b, c, d] = &mut self.phones;
        match kind {
            0 => [Some(&mut self.name), Some(&mut self.guardian_name), None, None],
            1 => [Some(&mut self.sex), None, None, None],
            IDS => [Some(&mut self.id), None, None, None],
            3 => [Some(&mut self.student), None, None, None],
            4 => [Some(a), Some(b), Some(c), Some(d)],
            5 => [Some(&mut self.address), None, None, None],
            _ => [Some(&mut self.residence), None, None, None],
        }
    }
}

/// New numbers of texts, kind by kind; `None` where all keep theirs.
pub type Renumbering = [Option<Vec<TextNumber>>; KINDS];

/// Gives the texts of identities and of related ID numbers their new numbers.
pub fn renumber_texts(identities: &mut [Identity], batches: &mut [Batch], new: &Renumbering) {
    if new.iter().all(Option::is_none) {
        return;
    }
    identities.par_iter_mut().for_each(|i| {
        for (kind, new) in new.iter().enumerate() {
            if let Some(new) = new {
                i.numbers_mut(kind).into_iter().flatten().for_each(|n| *n = new[n.index()]);
            }
        }
        i.phones[..2].sort_unstable();
        i.phones[2..].sort_unstable();
    });
    if let Some(new) = &new[IDS] {
        batches.par_iter_mut().for_each(|batch| {
            batch.related_of_row.iter_mut().flatten().for_each(|id| *id = new[id.index()]);
        });
    }
}

/// Sorted identities and their rows. Some identities may have no row any more, and some texts no user.
pub struct Unsettled {
    pub texts: Texts,
    pub identities: Vec<Identity>,
    /// Identity for identity: its number in a memory, if it has one; empty where there is no memory.
    pub known: Vec<Option<MemoryNumber>>,
    pub batches: Vec<Batch>,
    /// Identities that a memory holds and no row states any more; texts that they alone had are left out.
    pub gone: Vec<Identity>,
    /// Rows state all of the identities, and identities and rows use all of the texts.
    pub whole: bool,
}

/// All distinct identities in their order, which depends on their content alone.
pub struct Population {
    pub texts: Texts,
    pub identities: Vec<Identity>,
    /// Identity for identity: its number in a memory, if it has one; empty where there is no memory.
    pub known: Vec<Option<MemoryNumber>>,
    /// Identities that a memory holds and no row states any more; texts that they alone had are left out.
    pub gone: Vec<Identity>,
    /// Identity for identity.
    pub sightings: Vec<Sightings>,
    pub batches: Vec<Batch>,
}

impl Unsettled {
    /// Identities that no memory holds beside these, their batches last.
    pub fn with(self, mut other: Unsettled) -> Self {
        other.leave_out_what_is_not_used();
        let Unsettled { texts, mut identities, mut known, mut batches, mut gone, whole } = self;
        let Unsettled { texts: new_texts, identities: mut new_identities, batches: mut new_batches, .. } = other;
        let merged: Vec<(Ranked, Option<Vec<TextNumber>>, Vec<TextNumber>)> = texts
            .into_kinds()
            .into_par_iter()
            .zip(new_texts.kinds())
            .map(|(texts, new)| Arc::unwrap_or_clone(texts).merge(new))
            .collect();
        let (mut of_texts, mut old, mut new) = (Vec::new(), Vec::new(), Vec::new());
        for (texts, of_old, of_new) in merged {
            of_texts.push(Arc::new(texts));
            old.push(of_old);
            new.push(Some(of_new));
        }
        let all = |numbers: Vec<Option<Vec<TextNumber>>>| -> Renumbering { numbers.try_into().expect("one a kind") };
        let old = all(old);
        renumber_texts(&mut identities, &mut batches, &old);
        renumber_texts(&mut gone, &mut [], &old);
        renumber_texts(&mut new_identities, &mut new_batches, &all(new));
        let merge = MergedPositions::of(&new_identities, &identities);
        let (of_old, of_new) = merge.numbers(identities.len());
        new_batches.par_iter_mut().for_each(|b| renumber_rows(b, &of_new));
        if !merge.adds_nothing() {
            batches.par_iter_mut().for_each(|b| renumber_rows(b, &of_old));
            merge.put(&new_identities, &mut identities);
            merge.put(&vec![None; new_identities.len()], &mut known);
        }
        batches.append(&mut new_batches);
        let texts = Texts::from_kinds(of_texts.try_into().expect("one a kind"));
        Unsettled { texts, identities, known, batches, gone, whole }
    }

    /// The population of what the rows state: what none states is left out. `register` is the dataset of
    /// registrations.
    pub fn settle(mut self, register: &str) -> Population {
        self.leave_out_what_is_not_used();
        let Unsettled { texts, identities, known, batches, gone, .. } = self;
        let sightings = sightings(&batches, identities.len(), register);
        Population { texts, identities, known, gone, sightings, batches }
    }

    fn leave_out_what_is_not_used(&mut self) {
        if !self.whole {
            self.leave_out_unstated();
            self.leave_out_unused_texts();
            self.whole = true;
        }
    }

    fn leave_out_unstated(&mut self) {
        let mut stated = vec![false; self.identities.len()];
        self.batches.iter().flat_map(|b| &b.identity_of_row).for_each(|i| stated[i.index()] = true);
        if stated.iter().all(|s| *s) {
            return;
        }
        let number_of: Vec<IdentityNumber> = numbers_of_those(&stated).map(IdentityNumber::new).collect();
        let unstated = |(identity, number): (&Identity, &Option<MemoryNumber>)| number.map(|_| *identity);
        let of_no_row = self.identities.iter().zip(&self.known).zip(&stated).filter(|(_, stated)| !**stated);
        self.gone.extend(of_no_row.filter_map(|(of, _)| unstated(of)));
        let mut index = 0..;
        self.identities.retain(|_| stated[index.next().expect("endless")]);
        let mut index = 0..;
        self.known.retain(|_| stated[index.next().expect("endless")]);
        self.batches.par_iter_mut().for_each(|b| renumber_rows(b, &number_of));
    }

    fn leave_out_unused_texts(&mut self) {
        let identities = &mut self.identities;
        let mut used: [Vec<bool>; KINDS] = self.texts.kinds().map(|texts| vec![false; texts.len()]);
        for i in identities.iter_mut() {
            for (kind, used) in used.iter_mut().enumerate() {
                i.numbers_mut(kind).into_iter().flatten().for_each(|n| used[n.index()] = true);
            }
        }
        self.batches.iter().flat_map(|b| b.related_of_row.iter().flatten()).for_each(|n| used[IDS][n.index()] = true);
        used.iter_mut().for_each(|u| u[TextNumber::EMPTY.index()] = true);
        if used.iter().flatten().all(|u| *u) {
            return;
        }
        let kinds = self.texts.kinds();
        let kept: Vec<Arc<Ranked>> = kinds.par_iter().zip(&used).map(|(texts, used)| texts.those(used)).collect();
        self.texts = Texts::from_kinds(kept.try_into().expect("one a kind"));
        for gone in &mut self.gone {
            for (kind, used) in used.iter().enumerate() {
                let unused = gone.numbers_mut(kind).into_iter().flatten().filter(|n| !used[n.index()]);
                unused.for_each(|n| *n = TextNumber::EMPTY);
            }
        }
        let new =
            used.map(|used| Some(numbers_of_those(&used).map(|number| TextNumber::of_slot(number as u32)).collect()));
        renumber_texts(&mut self.identities, &mut self.batches, &new);
        renumber_texts(&mut self.gone, &mut [], &new);
    }
}

impl Population {
    /// The row's unique key.
    pub fn row_key(&self, at: RowRef) -> (&str, &str, &str) {
        self.batches[at.batch as usize].row_key(at.row)
    }

    /// Rows in the order given, with the identity of each.
    pub fn rows(&self) -> impl Iterator<Item = ((&str, &str, &str), IdentityNumber)> {
        self.batches
            .iter()
            .flat_map(|b| (0..).zip(&b.identity_of_row).map(|(row, &identity)| (b.row_key(row), identity)))
    }
}

/// New numbers without gaps for the entries that stay, by old number; what is given for the others means nothing.
fn numbers_of_those(stay: &[bool]) -> impl Iterator<Item = usize> {
    let mut next = 0;
    stay.iter().map(move |stays| {
        let number = next;
        next += usize::from(*stays);
        number
    })
}

pub fn renumber_rows(batch: &mut Batch, number_of: &[IdentityNumber]) {
    batch.identity_of_row.iter_mut().for_each(|number| *number = number_of[number.index()]);
}

/// The positions of sorted identities among other sorted identities.
struct MergedPositions {
    /// For each: how many of the others are less than it, and whether it is one of them.
    places: Vec<(usize, bool)>,
}

impl MergedPositions {
    /// Both ascend.
    fn of(some: &[Identity], others: &[Identity]) -> Self {
        let mut from = 0;
        let place = |identity: &Identity| {
            from += others[from..].partition_point(|other| other < identity);
            (from, others.get(from) == Some(identity))
        };
        MergedPositions { places: some.iter().map(place).collect() }
    }

    /// Whether each of them is one of the others.
    fn adds_nothing(&self) -> bool {
        self.places.iter().all(|(_, is_there)| *is_there)
    }

    /// The parts of the others between which those stand that are not among them, with how many of these
    /// stand before.
    fn parts(&self, others: usize) -> Vec<(Range<usize>, usize)> {
        let mut parts = Vec::new();
        let mut from = 0;
        for (at, _) in self.places.iter().filter(|(_, is_there)| !is_there) {
            parts.push((from..*at, parts.len()));
            from = *at;
        }
        parts.push((from..others, parts.len()));
        parts
    }

    /// Number among all of each of the others, and of each of these.
    fn numbers(&self, others: usize) -> (Vec<IdentityNumber>, Vec<IdentityNumber>) {
        let mut of_others = Vec::with_capacity(others);
        for (part, before) in self.parts(others) {
            of_others.extend((part.start + before..part.end + before).map(IdentityNumber::new));
        }
        let mut new = 0;
        let number = |(at, is_there): &(usize, bool)| {
            let number = at + new;
            new += usize::from(!is_there);
            IdentityNumber::new(number)
        };
        (of_others, self.places.iter().map(number).collect())
    }

    /// Puts those that are not among the others between them, without other room than what they take.
    fn put<T: Copy>(&self, some: &[T], others: &mut Vec<T>) {
        let count = others.len();
        let parts = self.parts(count);
        let mut new = some.iter().zip(&self.places).filter(|(_, (_, is_there))| !is_there).map(|(of, _)| *of).rev();
        let Some(last) = some.last() else { return };
        others.resize(count + parts.len() - 1, *last);
        for (part, before) in parts.into_iter().rev() {
            let begin = part.start;
            others.copy_within(part, begin + before);
            if let Some(of) = new.next() {
                others[begin + before - 1] = of;
            }
        }
    }
}

/// Identities whose sightings lie together, so that they stay near the processor while all rows go by.
const SEEN_TOGETHER: usize = 1 << 18;

fn sightings(batches: &[Batch], identities: usize, register: &str) -> Vec<Sightings> {
    let unseen = Sightings {
        rows: 0,
        newest_day: None,
        // Replaced by the first row that is seen.
        newest: RowRef { batch: 0, row: 0 },
        registered: false,
    };
    let mut sightings = vec![unseen; identities];
    sightings.par_chunks_mut(SEEN_TOGETHER).enumerate().for_each(|(part, sightings)| {
        let from = part * SEEN_TOGETHER;
        for (batch_index, batch) in (0..).zip(batches) {
            let registered = batch.dataset == register;
            for (row, identity) in (0..).zip(&batch.identity_of_row) {
                let Some(s) = sightings.get_mut(identity.index().wrapping_sub(from)) else { continue };
                let days = &batch.event_days;
                let day = days.is_valid(row as usize).then(|| days.value(row as usize));
                let newest = || batches[s.newest.batch as usize].row_key(s.newest.row);
                let is_newer =
                    s.rows == 0 || day > s.newest_day || (day == s.newest_day && batch.row_key(row) > newest());
                s.rows += 1;
                s.registered |= registered;
                if is_newer {
                    s.newest_day = day;
                    s.newest = RowRef { batch: batch_index, row };
                }
            }
        }
    });
    sightings
}
