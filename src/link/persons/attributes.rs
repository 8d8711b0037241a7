//! What a person's rows say of sex and birth: the value that most state, ties to the newest.

pub use super::resemblance::StatedSexes;
use crate::link::engine::intern::TextNumber;
use crate::link::identities::identity::Identity;
use crate::link::identities::population::{Population, Sightings};
use crate::link::ids::IdentityNumber;

/// The sex code of a person, as a number of its text: the empty one when no row gives one.
///
/// The codes that state no sex (0 and 9) count only when no row states one.
pub fn sex(members: &[IdentityNumber], people: &Population, sexes: &StatedSexes) -> TextNumber {
    let stated = most_stated(members, people, |i| sexes.is_stated(i.sex).then_some(i.sex));
    let given = || most_stated(members, people, |i| i.sex.given());
    stated.or_else(given).unwrap_or_default()
}

/// The birth day of a person and its precision.
pub fn birth(members: &[IdentityNumber], people: &Population) -> Option<(i32, u8)> {
    most_stated(members, people, |i| (i.birth_precision > 0).then_some((i.birth_day, i.birth_precision)))
}

/// The value that most rows of these identities state; of those that equally many do, the one that
/// the newest row states.
fn most_stated<V: Copy + PartialEq>(
    members: &[IdentityNumber],
    people: &Population,
    value: impl Fn(&Identity) -> Option<V>,
) -> Option<V> {
    if let [only] = members {
        return value(&people.identities[only.index()]);
    }
    let mut tally: Vec<(V, Sightings)> = Vec::new();
    for member in members {
        let Some(value) = value(&people.identities[member.index()]) else { continue };
        let seen = &people.sightings[member.index()];
        match tally.iter_mut().find(|(v, _)| *v == value) {
            Some((_, total)) => {
                let rows = total.rows + seen.rows;
                if newest(seen, people) > newest(total, people) {
                    *total = *seen;
                }
                total.rows = rows;
            }
            None => tally.push((value, *seen)),
        }
    }
    tally
        .into_iter()
        .max_by(|(_, a), (_, b)| a.rows.cmp(&b.rows).then_with(|| newest(a, people).cmp(&newest(b, people))))
        .map(|(value, _)| value)
}

/// What orders rows by age: the day, then (dataset, county, record key).
fn newest<'a>(seen: &Sightings, people: &'a Population) -> (Option<i32>, (&'a str, &'a str, &'a str)) {
    (seen.newest_day, people.row_key(seen.newest))
}
