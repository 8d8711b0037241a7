//! Invented names with the true frequencies of surnames and of given-name characters.

use std::sync::LazyLock;

use super::chance::Chance;
use super::name_tables::{DOTTED_MEN, DOTTED_WOMEN, HOMOPHONES, LOOKALIKES, MEN, RARE, SURNAMES, TRADITIONAL, WOMEN};

/// A person's sex, as GB/T 2261.1 codes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sex {
    Male,
    Female,
}

impl Sex {
    pub fn code(self) -> &'static str {
        match self {
            Sex::Male => "1",
            Sex::Female => "2",
        }
    }
}

/// A name in its two parts; a dotted minority name has its given name first and no surname to inherit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    pub surname: String,
    pub given: String,
    pub dotted: bool,
}

impl Name {
    /// The name as a form holds it.
    pub fn full(&self) -> String {
        if self.dotted {
            format!("{}·{}", self.given, self.surname)
        } else {
            format!("{}{}", self.surname, self.given)
        }
    }
}

static SURNAME_SHARES: LazyLock<Vec<(&'static str, u32)>> = LazyLock::new(|| {
    SURNAMES
        .split_whitespace()
        .filter_map(|entry| {
            let digits = entry.find(|c: char| c.is_ascii_digit())?;
            Some((&entry[..digits], entry[digits..].parse().ok()?))
        })
        .collect()
});

static GIVEN: LazyLock<Vec<Vec<(char, u32)>>> = LazyLock::new(|| {
    MEN.iter()
        .chain(WOMEN.iter())
        .map(|chars| {
            // Given-name characters fall off about as 1 / rank; the offset keeps the first from
            // standing in every third name.
            chars.chars().enumerate().map(|(rank, c)| (c, 60_000 / (rank as u32 + 12))).collect()
        })
        .collect()
});

fn era(birth_year: i32) -> usize {
    match birth_year {
        ..1960 => 0,
        1960..1980 => 1,
        1980..2000 => 2,
        _ => 3,
    }
}

/// A surname, as often as it is in the country.
pub fn surname(chance: &mut Chance) -> &'static str {
    chance.weighted::<&'static str>(&SURNAME_SHARES)
}

/// A given name of one or two characters in the taste of the time.
pub fn given(chance: &mut Chance, sex: Sex, birth_year: i32) -> String {
    let era = era(birth_year);
    let chars = &GIVEN[if sex == Sex::Male { era } else { era + 4 }];
    let single = [0.12, 0.22, 0.38, 0.10][era];
    let mut given = String::new();
    let first = *chance.weighted::<char>(chars);
    given.push(first);
    if !chance.yes(single) {
        // Names such as 婷婷 or 磊磊 were given to about one child in twenty-five of the later eras.
        let doubled = era >= 2 && chance.yes(0.04);
        given.push(if doubled { first } else { *chance.weighted::<char>(chars) });
    }
    given
}

/// A given name that holds a rare character.
pub fn rare_given(chance: &mut Chance, sex: Sex, birth_year: i32) -> String {
    let rare = *chance.pick(&RARE);
    if chance.yes(0.4) { rare.to_string() } else { format!("{}{rare}", given(chance, sex, birth_year)) }
}

/// A dotted minority name.
pub fn dotted(chance: &mut Chance, sex: Sex) -> Name {
    let given = if sex == Sex::Male { *chance.pick(&DOTTED_MEN) } else { *chance.pick(&DOTTED_WOMEN) };
    let mut father = *chance.pick(&DOTTED_MEN);
    while father == given {
        father = *chance.pick(&DOTTED_MEN);
    }
    Name { surname: father.to_owned(), given: given.to_owned(), dotted: true }
}

fn replace_one(chance: &mut Chance, text: &str, other: impl Fn(char) -> Vec<char>) -> Option<String> {
    let chars: Vec<char> = text.chars().collect();
    let able: Vec<usize> = (0..chars.len()).filter(|i| !other(chars[*i]).is_empty()).collect();
    if able.is_empty() {
        return None;
    }
    let at = *chance.pick(&able);
    let choices = other(chars[at]);
    let new = *chance.pick(&choices);
    Some(chars.iter().enumerate().map(|(i, c)| if i == at { new } else { *c }).collect())
}

fn others_of(groups: &[&str], c: char) -> Vec<char> {
    groups.iter().filter(|g| g.contains(c)).flat_map(|g| g.chars()).filter(|o| *o != c).collect()
}

/// The name with one given-name character written by its sound; `None` where no other is known.
pub fn homophone(chance: &mut Chance, name: &Name) -> Option<Name> {
    let given = replace_one(chance, &name.given, |c| others_of(HOMOPHONES, c))?;
    Some(Name { given, ..name.clone() })
}

/// The name with one given-name character mistaken for one that looks like it.
pub fn lookalike(chance: &mut Chance, name: &Name) -> Option<Name> {
    let given = replace_one(chance, &name.given, |c| others_of(LOOKALIKES, c))?;
    Some(Name { given, ..name.clone() })
}

/// The name in traditional characters; `None` when that changes nothing.
pub fn traditional(name: &Name) -> Option<Name> {
    let convert = |text: &str| -> String {
        text.chars()
            .map(|c| {
                let mut pairs = TRADITIONAL.chars();
                while let (Some(simple), Some(old)) = (pairs.next(), pairs.next()) {
                    if simple == c {
                        return old;
                    }
                }
                c
            })
            .collect()
    };
    let new = Name { surname: convert(&name.surname), given: convert(&name.given), dotted: name.dotted };
    (new != *name).then_some(new)
}

/// Whether a name holds a character that old systems lose.
pub fn has_rare(name: &Name) -> bool {
    name.given.chars().any(|c| RARE.contains(&c))
}

/// The name with its rare character lost.
pub fn lost(chance: &mut Chance, name: &Name) -> String {
    let mark = if chance.yes(0.5) { '?' } else { '□' };
    name.full().chars().map(|c| if RARE.contains(&c) { mark } else { c }).collect()
}

/// A dotted name with another dot, or none at all.
pub fn other_dot(chance: &mut Chance, name: &Name) -> String {
    let dot = *chance.pick(&["•", "・", ".", "．", "‧", ""]);
    format!("{}{dot}{}", name.given, name.surname)
}
