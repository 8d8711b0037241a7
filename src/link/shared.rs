//! Values that are plainly no one person's: placeholders, and numbers that several people carry.
//!
//! Identities under one ID or student number are split into *people*. They are one when names agree,
//! or full birth date and sex; a slip in one of the two is forgiven as long as nothing shows two
//! people ([`super::resemblance::clearly_different`]). A number with more than one is *shared*.

use rayon::prelude::*;

use super::identity::Identity;
use super::intern::{NONE, Ranked};
use super::normalise;
use super::population::Texts;
use super::resemblance::{self, BirthRelation, NameRelation, StatedSexes};
use crate::schema::{day, resident_id};

/// Clearly different people under one number: above it, the number is a placeholder.
const MOST_PEOPLE: usize = 3;
/// Distinct names of one birth date and sex under one number: a person changes the name, but hardly twice.
const MOST_NAMES_OF_ONE: usize = 2;
/// Distinct (name, sex, birth date) under one number that are compared with each other; more are a
/// placeholder's.
const MOST_COMPARED: usize = 128;

/// Years between the birth date typed and that inside an ID number from which on the number is
/// somebody else's: a parent's on a child's row.
const ANOTHER_GENERATION: i32 = 12;

/// Distinct (name, birth date) under a phone number: above it, an institution's.
const MOST_PHONE_USERS: u32 = 6;
/// Distinct (name, birth date) under a document number that no check digit guards.
const MOST_DOCUMENT_USERS: u32 = 3;
/// Distinct (name, birth date) under an address: above it, an institution's or a filler.
const MOST_ADDRESS_USERS: u32 = 200;

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

/// Values of an identity that say nothing: bit by bit its four phones, the address, the guardian's name, the
/// student number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Mute(u8);

impl Mute {
    const ADDRESS: u8 = 1 << 4;
    const GUARDIAN: u8 = 1 << 5;
    const STUDENT: u8 = 1 << 6;

    pub fn bits(self) -> u8 {
        self.0
    }

    /// The identity without these values.
    pub fn of(self, mut identity: Identity) -> Identity {
        for (_, phone) in identity.phones.iter_mut().enumerate().filter(|(at, _)| self.0 & 1 << at != 0) {
            *phone = NONE;
        }
        if self.0 & Self::ADDRESS != 0 {
            identity.address = NONE;
        }
        if self.0 & Self::GUARDIAN != 0 {
            identity.guardian_name = NONE;
        }
        if self.0 & Self::STUDENT != 0 {
            identity.student = NONE;
        }
        identity
    }
}

/// What the numbers of each identity are worth.
pub struct Standing {
    /// Identity for identity.
    pub mute: Vec<Mute>,
    /// By name: it is a filler and names nobody.
    pub names_nobody: Vec<bool>,
    /// Identity for identity: the valid ID number that is its own.
    pub own_id: Vec<u32>,
    /// Identity for identity: the student number that is its own.
    pub own_student: Vec<u32>,
    /// By shared ID number, ascending: the identities of the few people who carry it.
    pub carriers: Vec<(u32, Vec<u32>)>,
    /// By ID number: equal numbers say nothing.
    pub is_placeholder: Vec<bool>,
    pub refused: RefusedValues,
}

/// Judges all numbers and values.
pub fn judge(identities: &[Identity], texts: &Texts) -> Standing {
    let mut refused = RefusedValues::default();
    let mut is_placeholder = texts.ids.map(normalise::is_placeholder_id);
    // The empty text is no number.
    refused.placeholder_ids = is_placeholder.iter().skip(1).filter(|p| **p).count() as u64;
    is_placeholder[NONE as usize] = true;
    let student_ok = texts.students.map(|s| !s.is_empty() && !normalise::is_placeholder_student_number(s));
    let names_nobody = texts.names.map(normalise::is_placeholder_name);
    let sexes = StatedSexes::of(&texts.sexes);
    let (mut mute, students) = rayon::join(
        || overused(identities, texts, &mut is_placeholder, &mut refused),
        || judge_students(identities, texts, &sexes, &student_ok),
    );
    mute.par_iter_mut().zip(identities).for_each(|(mute, i)| {
        if names_nobody[i.guardian_name as usize] {
            mute.0 |= Mute::GUARDIAN;
        }
        if !student_ok[i.student as usize] {
            mute.0 |= Mute::STUDENT;
        }
    });

    let mut standing = Standing {
        mute,
        names_nobody,
        own_id: vec![NONE; identities.len()],
        own_student: students.own,
        carriers: Vec::new(),
        is_placeholder,
        refused,
    };
    standing.refused.shared_student_numbers = students.shared;
    students.of_several.iter().for_each(|&i| standing.mute[i as usize].0 |= Mute::STUDENT);
    judge_ids(identities, texts, &sexes, &mut standing);
    standing
}

/// Who carries a valid ID number.
enum Carried {
    /// One person.
    One,
    /// A few people; the identities of its owner.
    Few(Vec<u32>),
    /// So many that it is a placeholder; the identities of whom it describes.
    Many(Vec<u32>),
}

fn judge_ids(identities: &[Identity], texts: &Texts, sexes: &StatedSexes, standing: &mut Standing) {
    let placeholder = &standing.is_placeholder;
    let groups = Groups::by(identities, |i| if i.has_valid_id() && !placeholder[i.id as usize] { i.id } else { NONE });
    let groups: Vec<&[u32]> = groups.iter().collect();
    let carried = |group: &&[u32]| {
        if group.len() == 1 {
            return Carried::One;
        }
        let number = texts.ids.get(identities[group[0] as usize].id);
        match people_of(group, identities, &texts.names, sexes) {
            Some(people) if people.len() == 1 => Carried::One,
            Some(people) => {
                let owner = owner_among(&people, identities, number, texts);
                Carried::Few(owner.and_then(|o| people.into_iter().nth(o)).unwrap_or_default())
            }
            None => Carried::Many(owner_among_many(group, identities, number, texts)),
        }
    };
    // A number of another generation than all who own it is nobody's own here.
    let judged: Vec<(Carried, bool)> = groups
        .par_iter()
        .map(|group| {
            let carried = carried(group);
            let owners = match &carried {
                Carried::One => group,
                Carried::Few(owner) | Carried::Many(owner) => &owner[..],
            };
            let number = texts.ids.get(identities[group[0] as usize].id);
            let disowned = is_of_another_generation(number, owners, identities);
            (carried, disowned)
        })
        .collect();
    for (group, (carried, disowned)) in groups.into_iter().zip(judged) {
        let id = identities[group[0] as usize].id;
        let owners = match &carried {
            Carried::One => group,
            Carried::Few(owner) => {
                standing.refused.shared_ids += 1;
                standing.carriers.push((id, group.to_vec()));
                owner
            }
            Carried::Many(owner) => {
                standing.refused.shared_ids += 1;
                standing.is_placeholder[id as usize] = true;
                owner
            }
        };
        if !disowned {
            owners.iter().for_each(|&i| standing.own_id[i as usize] = id);
        }
    }
}

/// Whether everybody who states a birth date is of another generation than a number says.
fn is_of_another_generation(number: &str, owners: &[u32], identities: &[Identity]) -> bool {
    let Some(inside) = resident_id::birth_day_of(number) else { return false };
    let mut stated = owners.iter().map(|&i| &identities[i as usize]).filter(|i| i.birth_precision > 0).peekable();
    let year = |on: i32| i32::from(day::to_date(on).year());
    stated.peek().is_some()
        && stated.all(|i| {
            // Days tell nearly always, and faster than calendars.
            i.birth_day.abs_diff(inside) > (ANOTHER_GENERATION as u32 - 1) * 365
                && (year(i.birth_day) - year(inside)).abs() >= ANOTHER_GENERATION
        })
}

/// What student numbers are worth.
struct Students {
    /// Identity for identity: the number that is its own.
    own: Vec<u32>,
    /// Identities whose number several people carry, and how many such numbers there are.
    of_several: Vec<u32>,
    shared: u64,
}

fn judge_students(identities: &[Identity], texts: &Texts, sexes: &StatedSexes, student_ok: &[bool]) -> Students {
    let groups = Groups::by(identities, |i| if student_ok[i.student as usize] { i.student } else { NONE });
    let groups: Vec<&[u32]> = groups.iter().collect();
    let of_one = |group: &&[u32]| {
        group.len() == 1 || people_of(group, identities, &texts.names, sexes).is_some_and(|people| people.len() == 1)
    };
    let judged: Vec<bool> = groups.par_iter().map(of_one).collect();
    let mut students = Students { own: vec![NONE; identities.len()], of_several: Vec::new(), shared: 0 };
    for (group, of_one) in groups.into_iter().zip(judged) {
        let student = identities[group[0] as usize].student;
        if of_one {
            group.iter().for_each(|&i| students.own[i as usize] = student);
        } else {
            students.shared += 1;
            students.of_several.extend_from_slice(group);
        }
    }
    students
}

/// The people under one number, or `None` when it is a placeholder that many carry. What is returned
/// depends on the identities alone; people stand in the order of their first identity.
pub fn people_of(group: &[u32], identities: &[Identity], names: &Ranked, sexes: &StatedSexes) -> Option<Vec<Vec<u32>>> {
    // What differs in a phone or an address alone is one here; it follows in the order of identities.
    let kinds: Vec<&[u32]> = group
        .chunk_by(|&a, &b| {
            let (a, b) = (&identities[a as usize], &identities[b as usize]);
            (a.name, a.sex, a.birth_day, a.birth_precision) == (b.name, b.sex, b.birth_day, b.birth_precision)
        })
        .collect();
    if kinds.len() > MOST_COMPARED {
        return None;
    }
    let of = |n: usize| &identities[kinds[n][0] as usize];
    let mut parts = Parts::new(kinds.len());
    for n in 1..kinds.len() {
        for m in 0..n {
            let (a, b) = (of(m), of(n));
            let together = match resemblance::names(a.name, b.name, names) {
                NameRelation::Same => true,
                NameRelation::Variant => {
                    resemblance::same_sex(a, b, sexes) != Some(false)
                        && matches!(resemblance::births(a, b), BirthRelation::Same | BirthRelation::Near)
                }
                NameRelation::Different | NameRelation::Unknown => {
                    resemblance::same_sex(a, b, sexes) == Some(true)
                        && resemblance::births(a, b) == BirthRelation::Same
                        && names_of_birth(&kinds, identities, a, names) <= MOST_NAMES_OF_ONE
                }
            };
            if together {
                parts.join(m, n);
            }
        }
    }
    let firm = parts.lists();
    let people = join_what_nothing_parts(firm, |m, n| {
        let (a, b) = (of(m), of(n));
        // Names of one birth date and sex that are not one person by now are too many for one.
        let too_many_names = a.name != b.name
            && resemblance::births(a, b) == BirthRelation::Same
            && resemblance::same_sex(a, b, sexes) == Some(true);
        !too_many_names && !resemblance::clearly_different(a, b, names, sexes)
    });
    (people.len() <= MOST_PEOPLE)
        .then(|| people.into_iter().map(|p| p.into_iter().flat_map(|n| kinds[n]).copied().collect()).collect())
}

/// Names, slips taken together, that stand with the birth date and sex of `like`.
fn names_of_birth(kinds: &[&[u32]], identities: &[Identity], like: &Identity, names: &Ranked) -> usize {
    let mut distinct: Vec<u32> = Vec::new();
    for kind in kinds {
        let identity = &identities[kind[0] as usize];
        if identity.birth_date() == like.birth_date()
            && identity.sex == like.sex
            && !distinct.iter().any(|&d| {
                matches!(resemblance::names(d, identity.name, names), NameRelation::Same | NameRelation::Variant)
            })
        {
            distinct.push(identity.name);
        }
    }
    distinct.len()
}

/// Parts that nothing shows to be different people are one, unless one of them could as well belong
/// to another part.
fn join_what_nothing_parts(parts: Vec<Vec<usize>>, compatible: impl Fn(usize, usize) -> bool) -> Vec<Vec<usize>> {
    let n = parts.len();
    if n == 1 {
        return parts;
    }
    let fits = |a: &Vec<usize>, b: &Vec<usize>| a.iter().all(|&m| b.iter().all(|&k| compatible(m.min(k), m.max(k))));
    let friends: Vec<Vec<usize>> =
        (0..n).map(|a| (0..n).filter(|&b| b == a || fits(&parts[a], &parts[b])).collect()).collect();
    let mut joined: Vec<Vec<usize>> = Vec::new();
    for a in 0..n {
        if friends[a].iter().all(|&b| friends[b] == friends[a]) {
            if friends[a][0] == a {
                joined.push(friends[a].iter().flat_map(|&b| parts[b].iter().copied()).collect());
            }
        } else {
            joined.push(parts[a].clone());
        }
    }
    for part in &mut joined {
        part.sort_unstable();
    }
    joined.sort_unstable();
    joined
}

/// The person whom the number describes: the one born on the day inside it, and of its sex where two
/// are.
fn owner_among(people: &[Vec<u32>], identities: &[Identity], number: &str, texts: &Texts) -> Option<usize> {
    let born = resident_id::birth_day_of(number);
    let sex = resident_id::sex_of(number).and_then(|s| texts.sexes.find(s));
    let matching = |with_sex: bool| -> Vec<usize> {
        (0..people.len())
            .filter(|&p| {
                people[p]
                    .iter()
                    .map(|&i| &identities[i as usize])
                    .any(|i| i.birth_date().is_some() && i.birth_date() == born && (!with_sex || Some(i.sex) == sex))
            })
            .collect()
    };
    match (matching(false)[..].to_vec(), matching(true)[..].to_vec()) {
        (by_birth, _) if by_birth.len() == 1 => Some(by_birth[0]),
        (_, by_both) if by_both.len() == 1 => Some(by_both[0]),
        _ => None,
    }
}

/// Under a placeholder: the identities of one name that are of the birth date and sex inside the
/// number, if there is no second name.
fn owner_among_many(group: &[u32], identities: &[Identity], number: &str, texts: &Texts) -> Vec<u32> {
    let born = resident_id::birth_day_of(number);
    let sex = resident_id::sex_of(number).and_then(|s| texts.sexes.find(s));
    let described: Vec<u32> = group
        .iter()
        .copied()
        .filter(|&i| {
            let i = &identities[i as usize];
            i.birth_date().is_some() && i.birth_date() == born && Some(i.sex) == sex
        })
        .collect();
    let one_name = described.windows(2).all(|w| identities[w[0] as usize].name == identities[w[1] as usize].name);
    if one_name { described } else { Vec::new() }
}

/// Finds phones, addresses and unguarded document numbers that too many people carry.
fn overused(
    identities: &[Identity],
    texts: &Texts,
    is_placeholder: &mut [bool],
    refused: &mut RefusedValues,
) -> Vec<Mute> {
    let read = identities;
    let ((phones, addresses), documents) = rayon::join(
        || {
            rayon::join(
                || {
                    let uses = || read.iter().flat_map(|i| i.phones.map(|p| (p, i.name, i.birth_day)));
                    users(uses, texts.phones.len(), MOST_PHONE_USERS)
                },
                || {
                    let uses = || read.iter().map(|i| (i.address, i.name, i.birth_day));
                    users(uses, texts.addresses.len(), MOST_ADDRESS_USERS)
                },
            )
        },
        || {
            let uses = || read.iter().filter(|i| !i.has_valid_id()).map(|i| (i.id, i.name, i.birth_day));
            users(uses, texts.ids.len(), MOST_DOCUMENT_USERS)
        },
    );
    let mute = |identity: &Identity| {
        let mut bits = 0;
        for (at, phone) in identity.phones.iter().enumerate() {
            bits |= u8::from(phones[*phone as usize] > MOST_PHONE_USERS) << at;
        }
        if addresses[identity.address as usize] > MOST_ADDRESS_USERS {
            bits |= Mute::ADDRESS;
        }
        Mute(bits)
    };
    let mute = identities.par_iter().map(mute).collect();
    for (placeholder, users) in is_placeholder.iter_mut().zip(&documents) {
        *placeholder |= *users > MOST_DOCUMENT_USERS;
    }
    let over = |users: &[u32], most: u32| users.iter().filter(|u| **u > most).count() as u64;
    refused.overused_values =
        over(&phones, MOST_PHONE_USERS) + over(&addresses, MOST_ADDRESS_USERS) + over(&documents, MOST_DOCUMENT_USERS);
    mute
}

/// Distinct (name, birth date) by value, where they may be more than `most`; none for [`NONE`].
fn users<I: Iterator<Item = (u32, u32, i32)>>(uses: impl Fn() -> I, values: usize, most: u32) -> Vec<u32> {
    let mut times = vec![0u32; values];
    uses().for_each(|u| times[u.0 as usize] += 1);
    times[NONE as usize] = 0;
    let mut often: Vec<(u32, u32, i32)> = uses().filter(|u| times[u.0 as usize] > most).collect();
    often.par_sort_unstable();
    often.dedup();
    times.fill(0);
    for (value, _, _) in often {
        times[value as usize] += 1;
    }
    times
}

/// Identities grouped by a number of theirs.
struct Groups {
    order: Vec<u32>,
    ends: Vec<usize>,
}

impl Groups {
    fn by(identities: &[Identity], number: impl Fn(&Identity) -> u32 + Clone) -> Self {
        Self::of((0..).zip(identities).map(move |(n, i)| (number(i), n)))
    }

    /// Groups the identities whose number is not [`NONE`], ascending by number, each group in the order of
    /// identities. Numbers are dense, so that counting puts them in order.
    fn of(keyed: impl Iterator<Item = (u32, u32)> + Clone) -> Self {
        let mut ends: Vec<usize> = Vec::new();
        for (number, _) in keyed.clone() {
            let number = number as usize;
            if number >= ends.len() {
                ends.resize(number + 1, 0);
            }
            ends[number] += usize::from(number != NONE as usize);
        }
        let mut sum = 0;
        for end in &mut ends {
            sum += std::mem::replace(end, sum);
        }
        let mut order = vec![0; sum];
        for (number, member) in keyed.filter(|k| k.0 != NONE) {
            let at = &mut ends[number as usize];
            order[*at] = member;
            *at += 1;
        }
        // Numbers that nobody has end where the one before ends.
        ends.dedup();
        ends.retain(|end| *end > 0);
        Groups { order, ends }
    }

    /// The groups.
    fn iter(&self) -> impl Iterator<Item = &[u32]> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts.zip(&self.ends).map(|(start, &end)| &self.order[start..end])
    }
}

/// Few things joined to parts.
struct Parts {
    part_of: Vec<usize>,
}

impl Parts {
    fn new(n: usize) -> Self {
        Parts { part_of: (0..n).collect() }
    }

    fn join(&mut self, a: usize, b: usize) {
        let (a, b) = (self.part_of[a], self.part_of[b]);
        if a != b {
            let (low, high) = (a.min(b), a.max(b));
            self.part_of.iter_mut().filter(|p| **p == high).for_each(|p| *p = low);
        }
    }

    /// The parts by their first member.
    fn lists(&self) -> Vec<Vec<usize>> {
        let mut lists: Vec<Vec<usize>> = vec![Vec::new(); self.part_of.len()];
        for (n, &part) in self.part_of.iter().enumerate() {
            lists[part].push(n);
        }
        lists.retain(|l| !l.is_empty());
        lists
    }
}
