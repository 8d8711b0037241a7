//! What the numbers and values of each identity are worth, which depends on who else has them.
//!
//! A night looks only at numbers and values that a new identity has, or one that went: what others are worth
//! is as it was.

use rayon::prelude::*;

use super::carriers::{self, Carried};
use super::resemblance::StatedSexes;
use crate::link::engine::intern::{Ranked, TextNumber};
use crate::link::engine::records::IdUse;
use crate::link::identities::identity::Identity;
use crate::link::identities::policy::Sharing;
use crate::link::identities::population::{Population, Texts};
use crate::link::identities::silenced::Silenced;
use crate::link::ids::IdentityNumber;
use crate::link::memory::identity_marks::IdentityMarks;
use crate::link::zh::nobody::{Naming, Nobody};
use crate::link::zh::normalise;
use crate::schema::day;

/// How many values were refused, for the night's summary.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RefusedValues {
    /// Valid ID numbers that clearly different people carry.
    pub shared_ids: u64,
    /// Document numbers that are placeholders by their look.
    pub placeholder_ids: u64,
    /// Student numbers that clearly different people carry.
    pub shared_student_numbers: u64,
    /// Phone numbers, addresses and unguarded document numbers that too many people carry.
    pub overused_values: u64,
}

/// What the numbers of each identity are worth.
pub struct Trust {
    /// Identity for identity.
    pub silenced: Vec<Silenced>,
    /// By name, what it is by its form.
    naming: Vec<Naming>,
    /// Identity for identity: the valid ID number that is its own.
    pub own_id: Vec<TextNumber>,
    /// By shared ID number, ascending: the identities of the few people who carry it.
    pub carriers: Vec<(TextNumber, Vec<IdentityNumber>)>,
    /// By ID number: clearly different people carry it.
    pub carried_by_several: Vec<bool>,
    /// By ID number: too many carry it, and no check digit guards it.
    pub overused_documents: Vec<bool>,
    pub refused: RefusedValues,
    /// By ID number: equal numbers say nothing.
    is_placeholder: Vec<bool>,
}

impl Trust {
    /// The name of an identity, of which [`Silenced`] has left out what says nothing; not given where it names
    /// nobody. A name of an unfamiliar form is one beside a whole birth date.
    pub fn name(&self, identity: &Identity) -> TextNumber {
        let is_born = || identity.birth_date().is_some() && identity.states_birth();
        match self.naming[identity.name.index()] {
            Naming::Somebody => identity.name,
            Naming::Unfamiliar if is_born() || identity.has_valid_id() => identity.name,
            Naming::Unfamiliar | Naming::Nobody => TextNumber::EMPTY,
        }
    }

    /// What was found of an identity, for the next night.
    pub fn marks(&self, index: usize, identity: &Identity) -> IdentityMarks {
        let own = self.own_id[index];
        let (id, is_valid) = (identity.id.index(), identity.has_valid_id());
        IdentityMarks::new(self.silenced[index], self.id_use(identity, own), own.is_given())
            .with_carriers(is_valid && self.carried_by_several[id], !is_valid && self.overused_documents[id])
    }

    /// The student number that is an identity's own.
    pub fn own_student(&self, number: IdentityNumber, identity: &Identity) -> TextNumber {
        if self.silenced[number.index()].holds(Silenced::STUDENT) { TextNumber::EMPTY } else { identity.student }
    }

    /// What the ID number of an identity may be used for; `own` is the one that is its own.
    pub fn id_use(&self, i: &Identity, own: TextNumber) -> IdUse {
        if !i.id.is_given() || self.is_placeholder[i.id.index()] {
            return IdUse::Nothing;
        }
        if own.is_given() {
            return IdUse::Own;
        }
        if i.has_valid_id() || i.has_borrowed_id() {
            return IdUse::Shared;
        }
        if i.is_other_document() { IdUse::Other } else { IdUse::Unsure }
    }
}

/// Numbers and values that are looked at, by number.
struct Touched {
    ids: Vec<bool>,
    students: Vec<bool>,
    phones: Vec<bool>,
    addresses: Vec<bool>,
}

impl Touched {
    fn none(texts: &Texts) -> Self {
        let none = |texts: &Ranked| vec![false; texts.len()];
        Touched {
            ids: none(&texts.ids),
            students: none(&texts.students),
            phones: none(&texts.phones),
            addresses: none(&texts.addresses),
        }
    }

    fn touch(&mut self, identity: &Identity) {
        self.ids[identity.id.index()] = true;
        self.students[identity.student.index()] = true;
        self.addresses[identity.address.index()] = true;
        identity.phones.iter().for_each(|phone| self.phones[phone.index()] = true);
    }
}

/// Who is judged, with what is known of it.
struct JudgedIdentities<'a> {
    sharing: &'a Sharing,
    identities: &'a [Identity],
    texts: &'a Texts,
    /// Identity for identity, of those that an earlier night judged.
    before: Vec<Option<IdentityMarks>>,
    /// `None`: all.
    touched: Option<Touched>,
}

impl<'a> JudgedIdentities<'a> {
    fn of(people: &'a Population, sharing: &'a Sharing, before: &[IdentityMarks]) -> Self {
        let Population { identities, texts, known, .. } = people;
        if known.is_empty() {
            return JudgedIdentities { sharing, identities, texts, before: Vec::new(), touched: None };
        }
        let before: Vec<Option<IdentityMarks>> =
            known.par_iter().map(|number| before.get(number.as_ref()?.index()).copied()).collect();
        let mut touched = Touched::none(texts);
        let new = identities.iter().zip(&before).filter(|(_, made)| made.is_none()).map(|(identity, _)| identity);
        new.chain(&people.gone).for_each(|identity| touched.touch(identity));
        JudgedIdentities { sharing, identities, texts, before, touched: Some(touched) }
    }

    fn touches(&self, number: TextNumber, of: impl Fn(&Touched) -> &[bool]) -> bool {
        self.touched.as_ref().is_none_or(|touched| of(touched)[number.index()])
    }

    /// What is known of an identity whose value is not looked at; an earlier night saw it, as it would be
    /// looked at otherwise.
    fn known(&self, index: usize) -> IdentityMarks {
        self.before[index].unwrap_or_default()
    }
}

/// Judges all numbers and values; `before` is what an earlier night found, by the numbers that it knows
/// identities by.
pub fn judge(people: &Population, nobody: &Nobody, sharing: &Sharing, before: &[IdentityMarks]) -> Trust {
    let (identities, texts) = (&people.identities[..], &people.texts);
    let judged = JudgedIdentities::of(people, sharing, before);
    let mut refused = RefusedValues::default();
    let mut is_placeholder = texts.ids.map(normalise::is_placeholder_id);
    // The empty text is no number.
    refused.placeholder_ids = is_placeholder.iter().skip(1).filter(|p| **p).count() as u64;
    is_placeholder[TextNumber::EMPTY.index()] = true;
    let student_ok = texts.students.map(|s| !s.is_empty() && !normalise::is_placeholder_student_number(s));
    let naming = texts.names.map(|name| nobody.naming(name));
    let sexes = StatedSexes::of(&texts.sexes);
    let (overused, (shared_students, default_births)) = rayon::join(
        || Overused::of(&judged),
        || (shared_students(&judged, &sexes, &student_ok), default_births(identities, sharing)),
    );
    refused.overused_values = overused.count();
    refused.shared_student_numbers = shared_students.iter().filter(|shared| **shared).count() as u64;
    let silenced = |i: &Identity| {
        let mut bits = overused.bits(i);
        if naming[i.guardian_name.index()] == Naming::Nobody {
            bits |= Silenced::GUARDIAN;
        }
        if !student_ok[i.student.index()] || shared_students[i.student.index()] {
            bits |= Silenced::STUDENT;
        }
        if i.birth_date().is_some_and(|day| default_births.contains(&day)) {
            bits |= Silenced::BIRTH;
        }
        Silenced::from_bits(bits)
    };
    let silenced = identities.par_iter().map(silenced).collect();
    is_placeholder.iter_mut().zip(&overused.documents).for_each(|(placeholder, over)| *placeholder |= *over);

    let mut trust = Trust {
        silenced,
        naming,
        own_id: vec![TextNumber::EMPTY; identities.len()],
        carriers: Vec::new(),
        carried_by_several: vec![false; texts.ids.len()],
        overused_documents: overused.documents,
        refused,
        is_placeholder,
    };
    judge_ids(&judged, &sexes, &mut trust);
    trust.refused.shared_ids = trust.carried_by_several.iter().filter(|several| **several).count() as u64;
    trust
}

/// By student number: several people carry it.
fn shared_students(judged: &JudgedIdentities<'_>, sexes: &StatedSexes, student_ok: &[bool]) -> Vec<bool> {
    let JudgedIdentities { sharing, identities, texts, .. } = *judged;
    let looked_at = |student: TextNumber| student_ok[student.index()] && judged.touches(student, |t| &t.students);
    let mut shared = vec![false; texts.students.len()];
    carriers::students_of_several(identities, texts, sexes, sharing, looked_at)
        .into_iter()
        .for_each(|student| shared[student.index()] = true);
    for (index, i) in identities.iter().enumerate().take(judged.before.len()) {
        if student_ok[i.student.index()]
            && judged.known(index).silenced().holds(Silenced::STUDENT)
            && !judged.touches(i.student, |t| &t.students)
        {
            shared[i.student.index()] = true;
        }
    }
    shared
}

/// First days of years that so many have for their birth date that most cannot: what a form was filled with.
/// All identities are looked at, as the share of all decides.
fn default_births(identities: &[Identity], sharing: &Sharing) -> Vec<i32> {
    let firsts: Vec<i32> = (1900..2100).filter_map(|year| day::from_ymd(year, 1, 1)).collect();
    let (Some(first), Some(last)) = (firsts.first(), firsts.last()) else { return Vec::new() };
    let mut is_first = vec![false; (last - first) as usize + 1];
    firsts.iter().for_each(|day| is_first[(day - first) as usize] = true);
    let born = || identities.iter().filter_map(|i| Some((i.birth_date()?, i.name)));
    let is_first = |day: i32| is_first.get(day.wrapping_sub(*first) as usize).is_some_and(|is| *is);
    let mut of_firsts: Vec<(i32, TextNumber)> = born().filter(|(day, _)| is_first(*day)).collect();
    of_firsts.par_sort_unstable();
    of_firsts.dedup();
    let most = (born().count() / sharing.default_birth_one_of).max(sharing.default_birth_names);
    of_firsts.chunk_by(|a, b| a.0 == b.0).filter(|of| of.len() > most).map(|of| of[0].0).collect()
}

fn judge_ids(judged: &JudgedIdentities<'_>, sexes: &StatedSexes, trust: &mut Trust) {
    let JudgedIdentities { sharing, identities, texts, .. } = *judged;
    let touches = |id: TextNumber| judged.touches(id, |t| &t.ids);
    // Of numbers that are not looked at.
    let own = |(index, i): (usize, &Identity)| {
        if judged.before.is_empty() || touches(i.id) || !judged.known(index).is_own() {
            TextNumber::EMPTY
        } else {
            i.id
        }
    };
    trust.own_id = identities.par_iter().enumerate().map(own).collect();
    let mut of_few: Vec<(TextNumber, IdentityNumber)> = Vec::new();
    for (index, i) in identities.iter().enumerate().take(judged.before.len()) {
        let made = judged.known(index);
        if made.is_of_several() && !touches(i.id) {
            trust.carried_by_several[i.id.index()] = true;
            if made.says_no_id() {
                trust.is_placeholder[i.id.index()] = true;
            } else {
                of_few.push((i.id, IdentityNumber::new(index)));
            }
        }
    }
    of_few.sort_unstable();
    let of_few = of_few.chunk_by(|a, b| a.0 == b.0).map(|few| (few[0].0, few.iter().map(|f| f.1).collect()));
    trust.carriers = of_few.collect();

    let placeholder = &trust.is_placeholder;
    let looked_at = |i: &Identity| i.has_valid_id() && !placeholder[i.id.index()] && touches(i.id);
    carriers::ids(identities, texts, sexes, sharing, looked_at).into_each(|group, carried, disowned| {
        let id = identities[group[0].index()].id;
        let owners = match &carried {
            Carried::One => group,
            Carried::Few(owner) | Carried::Many(owner) => &owner[..],
        };
        if !disowned {
            owners.iter().for_each(|i| trust.own_id[i.index()] = id);
        }
        match carried {
            Carried::One => return,
            Carried::Few(_) => trust.carriers.push((id, group.to_vec())),
            Carried::Many(_) => trust.is_placeholder[id.index()] = true,
        }
        trust.carried_by_several[id.index()] = true;
    });
    trust.carriers.sort_unstable();
}

/// Phones, addresses and unguarded document numbers that too many people carry, by number.
struct Overused {
    phones: Vec<bool>,
    addresses: Vec<bool>,
    documents: Vec<bool>,
}

impl Overused {
    fn of(judged: &JudgedIdentities<'_>) -> Self {
        let JudgedIdentities { identities, texts, .. } = *judged;
        let ((phones, addresses), documents) = rayon::join(
            || {
                rayon::join(
                    || {
                        let uses = || identities.iter().flat_map(|i| i.phones.map(|p| (p, i.name, i.birth_day)));
                        let uses = || uses().filter(|u| judged.touches(u.0, |t| &t.phones));
                        let most = |phone: TextNumber| {
                            if is_mobile(texts.phones.get(phone)) { judged.sharing.phone } else { judged.sharing.line }
                        };
                        too_many(uses, texts.phones.len(), most)
                    },
                    || {
                        let uses = || identities.iter().map(|i| (i.address, i.name, i.birth_day));
                        let uses = || uses().filter(|u| judged.touches(u.0, |t| &t.addresses));
                        too_many(uses, texts.addresses.len(), |_| judged.sharing.address)
                    },
                )
            },
            || {
                let of = || identities.iter().filter(|i| !i.has_valid_id());
                let uses = || of().map(|i| (i.id, i.name, i.birth_day)).filter(|u| judged.touches(u.0, |t| &t.ids));
                too_many(uses, texts.ids.len(), |_| judged.sharing.document)
            },
        );
        let mut overused = Overused { phones, addresses, documents };
        for (index, i) in identities.iter().enumerate().take(judged.before.len()) {
            let made = judged.known(index);
            if made.silenced().holds(Silenced::PHONES | Silenced::ADDRESS) || made.is_overused() {
                overused.recall(i, made, judged);
            }
        }
        overused
    }

    /// Takes over what is known of values that are not looked at.
    fn recall(&mut self, i: &Identity, made: IdentityMarks, judged: &JudgedIdentities<'_>) {
        for (at, phone) in i.phones.iter().enumerate() {
            if made.silenced().holds(1 << at) && !judged.touches(*phone, |t| &t.phones) {
                self.phones[phone.index()] = true;
            }
        }
        if made.silenced().holds(Silenced::ADDRESS) && !judged.touches(i.address, |t| &t.addresses) {
            self.addresses[i.address.index()] = true;
        }
        if made.is_overused() && !judged.touches(i.id, |t| &t.ids) {
            self.documents[i.id.index()] = true;
        }
    }

    fn bits(&self, identity: &Identity) -> u8 {
        let mut bits = 0;
        for (at, phone) in identity.phones.iter().enumerate() {
            bits |= u8::from(self.phones[phone.index()]) << at;
        }
        if self.addresses[identity.address.index()] {
            bits |= Silenced::ADDRESS;
        }
        bits
    }

    fn count(&self) -> u64 {
        let count = |over: &[bool]| over.iter().filter(|over| **over).count() as u64;
        count(&self.phones) + count(&self.addresses) + count(&self.documents)
    }
}

/// A mobile number of China: 11 digits from 13 to 19.
fn is_mobile(phone: &str) -> bool {
    phone.len() == 11 && phone.starts_with('1') && phone.bytes().all(|b| b.is_ascii_digit())
}

/// By value: it has more distinct (name, birth date) than `most` allows it; never the empty one.
fn too_many<I: Iterator<Item = (TextNumber, TextNumber, i32)>>(
    uses: impl Fn() -> I,
    values: usize,
    most: impl Fn(TextNumber) -> u32 + Sync,
) -> Vec<bool> {
    let mut times = vec![0u32; values];
    uses().for_each(|u| times[u.0.index()] += 1);
    times[TextNumber::EMPTY.index()] = 0;
    let mut often: Vec<(TextNumber, TextNumber, i32)> = uses().filter(|u| times[u.0.index()] > most(u.0)).collect();
    often.par_sort_unstable();
    often.dedup();
    times.fill(0);
    for (value, _, _) in often {
        times[value.index()] += 1;
    }
    (0..).zip(times).map(|(value, users)| users > most(TextNumber::of_slot(value))).collect()
}
