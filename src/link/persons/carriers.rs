//! Who carries a number: one person, a few, or so many that it is a placeholder.
//!
//! Identities under one ID or student number are split into *people*. They are one when names agree,
//! or full birth date and sex; a slip in one of the two is forgiven as long as nothing shows two
//! people ([`crate::link::persons::resemblance::clearly_different`]). A number with more than one is *shared*.

use rayon::prelude::*;

use super::resemblance::{self, BirthRelation, NameRelation, StatedSexes};
use crate::link::engine::intern::{Ranked, TextNumber};
use crate::link::identities::identity::Identity;
use crate::link::identities::policy::Sharing;
use crate::link::identities::population::Texts;
use crate::link::ids::IdentityNumber;
use crate::schema::{day, resident_id};

/// Who carries a valid ID number.
pub enum Carried {
    /// One person.
    One,
    /// A few people; the identities of its owner.
    Few(Vec<IdentityNumber>),
    /// So many that it is a placeholder; the identities of whom it describes.
    Many(Vec<IdentityNumber>),
}

/// ID numbers that were judged.
pub struct JudgedNumbers {
    groups: NumberGroups,
    of: Vec<(Carried, bool)>,
}

impl JudgedNumbers {
    /// A number's carriers in the order of identities, what they are, and whether the number is of another
    /// generation than all who own it, so that it is nobody's own here.
    pub fn into_each(self, mut each: impl FnMut(&[IdentityNumber], Carried, bool)) {
        let JudgedNumbers { groups, of } = self;
        groups.iter().zip(of).for_each(|(group, (carried, disowned))| each(group, carried, disowned));
    }
}

/// Judges the valid ID numbers of those identities that are looked at.
pub fn ids(
    identities: &[Identity],
    texts: &Texts,
    sexes: &StatedSexes,
    sharing: &Sharing,
    looked_at: impl Fn(&Identity) -> bool,
) -> JudgedNumbers {
    let groups = NumberGroups::by(identities, |i| Some(i.id).filter(|_| looked_at(i)).unwrap_or_default());
    let carried = |group: &[IdentityNumber]| {
        if group.len() == 1 {
            return Carried::One;
        }
        let number = texts.ids.get(identities[group[0].index()].id);
        match people_of(group, identities, (&texts.names, sexes), sharing) {
            Some(people) if people.len() == 1 => Carried::One,
            Some(people) => {
                let owner = owner_among(&people, identities, number, texts);
                Carried::Few(owner.and_then(|o| people.into_iter().nth(o)).unwrap_or_default())
            }
            None => Carried::Many(owner_among_many(group, identities, number, texts)),
        }
    };
    let judge = |group: &[IdentityNumber]| {
        let carried = carried(group);
        let owners = match &carried {
            Carried::One => group,
            Carried::Few(owner) | Carried::Many(owner) => &owner[..],
        };
        let number = texts.ids.get(identities[group[0].index()].id);
        let disowned = is_of_another_generation(number, owners, identities, sharing.generation);
        (carried, disowned)
    };
    let of = groups.iter().collect::<Vec<_>>().into_par_iter().map(judge).collect();
    JudgedNumbers { groups, of }
}

/// The student numbers that several people carry, of those that are looked at.
pub fn students_of_several(
    identities: &[Identity],
    texts: &Texts,
    sexes: &StatedSexes,
    sharing: &Sharing,
    looked_at: impl Fn(TextNumber) -> bool,
) -> Vec<TextNumber> {
    let groups =
        NumberGroups::by(identities, |i| Some(i.student).filter(|student| looked_at(*student)).unwrap_or_default());
    let of_several = |group: &&[IdentityNumber]| {
        group.len() > 1
            && people_of(group, identities, (&texts.names, sexes), sharing).is_none_or(|people| people.len() != 1)
    };
    let groups: Vec<&[IdentityNumber]> = groups.iter().collect();
    groups.into_par_iter().filter(of_several).map(|group| identities[group[0].index()].student).collect()
}

/// Whether everybody who states a birth date is of another generation than a number says.
fn is_of_another_generation(number: &str, owners: &[IdentityNumber], identities: &[Identity], years: i32) -> bool {
    let Some(inside) = resident_id::birth_day_of(number) else { return false };
    let mut stated = owners.iter().map(|&i| &identities[i.index()]).filter(|i| i.states_birth()).peekable();
    let year = |on: i32| i32::from(day::to_date(on).year());
    stated.peek().is_some()
        && stated.all(|i| {
            // Days tell nearly always, and faster than calendars.
            i.birth_day.abs_diff(inside) > (years as u32 - 1) * 365 && (year(i.birth_day) - year(inside)).abs() >= years
        })
}

/// The people under one number, or `None` when it is a placeholder that many carry. What is returned
/// depends on the identities alone; people stand in the order of their first identity.
pub fn people_of(
    group: &[IdentityNumber],
    identities: &[Identity],
    (names, sexes): (&Ranked, &StatedSexes),
    sharing: &Sharing,
) -> Option<Vec<Vec<IdentityNumber>>> {
    // What differs in a phone or an address alone is one here; it follows in the order of identities.
    let kinds: Vec<&[IdentityNumber]> = group
        .chunk_by(|&a, &b| {
            let (a, b) = (&identities[a.index()], &identities[b.index()]);
            (a.name, a.sex, a.birth_day, a.birth_precision) == (b.name, b.sex, b.birth_day, b.birth_precision)
        })
        .collect();
    if kinds.len() > sharing.compared {
        return None;
    }
    let of = |n: usize| &identities[kinds[n][0].index()];
    let mut parts = JoinedParts::new(kinds.len());
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
                        && names_of_birth(&kinds, identities, a, names) <= sharing.names
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
    (people.len() <= sharing.people)
        .then(|| people.into_iter().map(|p| p.into_iter().flat_map(|n| kinds[n]).copied().collect()).collect())
}

/// Names, slips taken together, that stand with the birth date and sex of `like`.
fn names_of_birth(kinds: &[&[IdentityNumber]], identities: &[Identity], like: &Identity, names: &Ranked) -> usize {
    let mut distinct: Vec<TextNumber> = Vec::new();
    for kind in kinds {
        let identity = &identities[kind[0].index()];
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
fn owner_among(people: &[Vec<IdentityNumber>], identities: &[Identity], number: &str, texts: &Texts) -> Option<usize> {
    let born = resident_id::birth_day_of(number);
    let sex = resident_id::sex_of(number).and_then(|s| texts.sexes.find(s));
    let matching = |with_sex: bool| -> Vec<usize> {
        (0..people.len())
            .filter(|&p| {
                people[p]
                    .iter()
                    .map(|&i| &identities[i.index()])
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
fn owner_among_many(
    group: &[IdentityNumber],
    identities: &[Identity],
    number: &str,
    texts: &Texts,
) -> Vec<IdentityNumber> {
    let born = resident_id::birth_day_of(number);
    let sex = resident_id::sex_of(number).and_then(|s| texts.sexes.find(s));
    let described: Vec<IdentityNumber> = group
        .iter()
        .copied()
        .filter(|&i| {
            let i = &identities[i.index()];
            i.birth_date().is_some() && i.birth_date() == born && Some(i.sex) == sex
        })
        .collect();
    let one_name = described.windows(2).all(|w| identities[w[0].index()].name == identities[w[1].index()].name);
    if one_name { described } else { Vec::new() }
}

/// Identities grouped by a number of theirs.
struct NumberGroups {
    order: Vec<IdentityNumber>,
    ends: Vec<u32>,
}

impl NumberGroups {
    fn by(identities: &[Identity], number: impl Fn(&Identity) -> TextNumber + Clone) -> Self {
        Self::of((0..).map(IdentityNumber::new).zip(identities).map(move |(n, i)| (number(i), n)))
    }

    /// Groups the identities whose number is given, ascending by number, each group in the order of
    /// identities. Numbers are dense, so that counting puts them in order.
    fn of(keyed: impl Iterator<Item = (TextNumber, IdentityNumber)> + Clone) -> Self {
        let mut ends: Vec<u32> = Vec::new();
        for (number, _) in keyed.clone() {
            if number.index() >= ends.len() {
                ends.resize(number.index() + 1, 0);
            }
            ends[number.index()] += u32::from(number.is_given());
        }
        let mut sum = 0;
        for end in &mut ends {
            sum += std::mem::replace(end, sum);
        }
        let mut order = vec![IdentityNumber::new(0); sum as usize];
        for (number, member) in keyed.filter(|k| k.0.is_given()) {
            let at = &mut ends[number.index()];
            order[*at as usize] = member;
            *at += 1;
        }
        // Numbers that nobody has end where the one before ends.
        ends.dedup();
        ends.retain(|end| *end > 0);
        NumberGroups { order, ends }
    }

    /// The groups.
    fn iter(&self) -> impl Iterator<Item = &[IdentityNumber]> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts.zip(&self.ends).map(|(start, &end)| &self.order[start as usize..end as usize])
    }
}

/// Few things joined to parts.
struct JoinedParts {
    part_of: Vec<usize>,
}

impl JoinedParts {
    fn new(n: usize) -> Self {
        JoinedParts { part_of: (0..n).collect() }
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
