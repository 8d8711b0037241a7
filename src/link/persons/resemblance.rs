//! Whether two identities under one number can be one human being.

use crate::link::engine::intern::{Ranked, TextNumber};
use crate::link::identities::identity::Identity;
use crate::schema::day;

/// Two names beside each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NameRelation {
    Same,
    /// One may be a clerk's slip for the other: one character differs, is missing or cannot be read,
    /// two stand in the other order, a long name is cut.
    Variant,
    Different,
    /// A name is not given.
    Unknown,
}

/// Two birth dates beside each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BirthRelation {
    Same,
    /// A lunar date for a Gregorian one, 1 January for a year, day and month the wrong way round.
    Near,
    Far,
    /// What is given agrees, but is no full date on both sides.
    Unknown,
}

/// Days by which a lunar date, read as a Gregorian one, is early at most.
const LUNAR_DAYS: u32 = 60;
/// The least characters that a column cut off at its width leaves of a name.
const CUT_NAME_CHARS: usize = 4;

/// Compares normalised names.
pub fn names(a: TextNumber, b: TextNumber, texts: &Ranked) -> NameRelation {
    if !a.is_given() || !b.is_given() {
        return NameRelation::Unknown;
    }
    if a == b {
        return NameRelation::Same;
    }
    if is_variant(texts.get(a), texts.get(b)) { NameRelation::Variant } else { NameRelation::Different }
}

fn is_variant(a: &str, b: &str) -> bool {
    let a: Vec<char> = a.chars().collect();
    let b: Vec<char> = b.chars().collect();
    let (short, long) = if a.len() <= b.len() { (&a, &b) } else { (&b, &a) };
    if short.len() >= CUT_NAME_CHARS && long.starts_with(short) {
        return true;
    }
    match long.len() - short.len() {
        0 => {
            let differ: Vec<usize> =
                (0..short.len()).filter(|&i| short[i] != long[i] && !is_lost(short[i]) && !is_lost(long[i])).collect();
            match differ[..] {
                [] => true,
                [_] => short.len() >= 2,
                [i, j] => short[i] == long[j] && short[j] == long[i],
                _ => false,
            }
        }
        1 if short.len() >= 2 => {
            let same_start = short.iter().zip(long).take_while(|(s, l)| s == l).count();
            short[same_start..] == long[same_start + 1..]
        }
        _ => false,
    }
}

/// What systems write for a rare character that they cannot.
fn is_lost(c: char) -> bool {
    matches!(c, '?' | '*' | '□' | '\u{FFFD}' | '\u{E000}'..='\u{F8FF}')
}

/// Compares birth dates to the precision that both have.
pub fn births(a: &Identity, b: &Identity) -> BirthRelation {
    if !a.states_birth() || !b.states_birth() {
        return BirthRelation::Unknown;
    }
    let (da, db) = (day::to_date(a.birth_day), day::to_date(b.birth_day));
    if a.birth_date().is_none() || b.birth_date().is_none() {
        let months_given = a.birth_precision >= 2 && b.birth_precision >= 2;
        let differ = da.year() != db.year() || (months_given && da.month() != db.month());
        return if differ { BirthRelation::Far } else { BirthRelation::Unknown };
    }
    if a.birth_day == b.birth_day {
        return BirthRelation::Same;
    }
    let first_of_year = |d: jiff::civil::Date| d.month() == 1 && d.day() == 1;
    let near = a.birth_day.abs_diff(b.birth_day) <= LUNAR_DAYS
        || (da.year() == db.year()
            && (first_of_year(da) || first_of_year(db) || (da.month() == db.day() && da.day() == db.month())));
    if near { BirthRelation::Near } else { BirthRelation::Far }
}

/// What two sexes say: `None` unless both are stated.
pub fn same_sex(a: &Identity, b: &Identity, sexes: &StatedSexes) -> Option<bool> {
    (sexes.is_stated(a.sex) && sexes.is_stated(b.sex)).then_some(a.sex == b.sex)
}

/// The numbers of the sex codes that state a sex (GB/T 2261.1: 1 and 2; 0 and 9 state none).
#[derive(Clone, Copy, Debug)]
pub struct StatedSexes {
    male: Option<TextNumber>,
    female: Option<TextNumber>,
}

impl StatedSexes {
    /// `sexes` holds the codes.
    pub fn of(sexes: &Ranked) -> Self {
        StatedSexes { male: sexes.find("1"), female: sexes.find("2") }
    }

    pub fn is_stated(&self, sex: TextNumber) -> bool {
        Some(sex) == self.male || Some(sex) == self.female
    }
}

/// Two people: the names are no slip of each other and birth date or sex differ; a name that may be
/// a slip needs more, as sisters differ in one character too.
pub fn clearly_different(a: &Identity, b: &Identity, names_text: &Ranked, sexes: &StatedSexes) -> bool {
    let sex_differs = same_sex(a, b, sexes) == Some(false);
    match names(a.name, b.name, names_text) {
        NameRelation::Same => false,
        NameRelation::Variant => sex_differs || births(a, b) == BirthRelation::Far,
        NameRelation::Different | NameRelation::Unknown => {
            sex_differs || matches!(births(a, b), BirthRelation::Near | BirthRelation::Far)
        }
    }
}
