//! Invented names with realistic frequencies of surnames and given-name characters.

use std::sync::LazyLock;

use super::chance::Chance;
use super::name_tables::{
    DOTTED_MEN, DOTTED_WOMEN, MEN, MONGOLIAN, RARE, RARE_SHARE, RARE_SURNAMES, SURNAMES, TIBETAN_FIRST, TIBETAN_SECOND,
    WOMEN,
};

/// Sex, with the codes of GB/T 2261.1.
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

/// A name in two parts. A dotted minority name has its given name first and no surname that children inherit; other
/// minority names have no surname.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    pub surname: String,
    pub given: String,
    pub dotted: bool,
}

impl Name {
    /// The name as written in a form.
    pub fn full(&self) -> String {
        if self.dotted {
            format!("{}·{}", self.given, self.surname)
        } else {
            format!("{}{}", self.surname, self.given)
        }
    }
}

static SURNAME_SHARES: LazyLock<Vec<(&'static str, u32)>> = LazyLock::new(|| {
    let rare = RARE_SURNAMES.char_indices().map(|(at, c)| (&RARE_SURNAMES[at..at + c.len_utf8()], RARE_SHARE));
    SURNAMES
        .split_whitespace()
        .filter_map(|entry| {
            let digits = entry.find(|c: char| c.is_ascii_digit())?;
            Some((&entry[..digits], entry[digits..].parse().ok()?))
        })
        .chain(rare)
        .collect()
});

static GIVEN: LazyLock<Vec<Vec<(char, u32)>>> = LazyLock::new(|| {
    MEN.iter()
        .chain(WOMEN.iter())
        .map(|chars| {
            // Frequencies fall roughly as 1 / rank; the offset keeps the first character from being in every third
            // name.
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

/// A surname, drawn by its frequency in China.
pub fn surname(chance: &mut Chance) -> &'static str {
    chance.weighted::<&'static str>(&SURNAME_SHARES)
}

/// A given name of one or two characters, typical of the year of birth.
pub fn given(chance: &mut Chance, sex: Sex, birth_year: i32) -> String {
    let era = era(birth_year);
    let chars = &GIVEN[if sex == Sex::Male { era } else { era + 4 }];
    let single = [0.12, 0.22, 0.38, 0.10][era];
    let mut given = String::new();
    let first = *chance.weighted::<char>(chars);
    given.push(first);
    if !chance.yes(single) {
        // In the later eras about one child in twenty-five was given a doubled name such as 婷婷 or 磊磊.
        let doubled = era >= 2 && chance.yes(0.04);
        given.push(if doubled { first } else { *chance.weighted::<char>(chars) });
    }
    given
}

/// The given name of a younger sibling. It often shares the first character with the elder's, which marks the
/// generation, and is never the same.
pub fn sibling(chance: &mut Chance, sex: Sex, birth_year: i32, elder: &str, alike: f64) -> String {
    let shared = elder.chars().next().filter(|_| elder.chars().count() == 2 && chance.yes(alike));
    loop {
        let mut new = given(chance, sex, birth_year);
        if let Some(first) = shared {
            let last = new.chars().next_back().unwrap_or(first);
            new = [first, last].into_iter().collect();
        }
        if new != elder {
            return new;
        }
    }
}

/// A given name with a rare character.
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

/// A minority name without a surname: Tibetan or Mongolian.
pub fn bare(chance: &mut Chance, sex: Sex) -> Name {
    let column = usize::from(sex == Sex::Female);
    let given = if chance.yes(0.5) {
        format!("{}{}", chance.pick(&TIBETAN_FIRST), chance.pick(TIBETAN_SECOND[column]))
    } else {
        (*chance.pick(MONGOLIAN[column])).to_owned()
    };
    Name { surname: String::new(), given, dotted: false }
}
