//! Wrongly written names: misheard, misread, mistyped, or damaged by software.

use super::chance::Chance;
use super::name_tables::{FUZZY, HOMOPHONES, LOOKALIKES, RARE, SURNAME_HOMOPHONES, TRADITIONAL};
use super::names::Name;

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

/// Replaces one given-name character by one with the same sound; `None` if none is known.
pub fn homophone(chance: &mut Chance, name: &Name) -> Option<Name> {
    let given = replace_one(chance, &name.given, |c| others_of(HOMOPHONES, c))?;
    Some(Name { given, ..name.clone() })
}

/// Replaces one given-name character by one that looks similar; `None` if none is known.
pub fn lookalike(chance: &mut Chance, name: &Name) -> Option<Name> {
    let given = replace_one(chance, &name.given, |c| others_of(LOOKALIKES, c))?;
    Some(Name { given, ..name.clone() })
}

/// The name in traditional characters; `None` if they are the same.
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

/// Whether a name contains a rare character that old systems lose.
pub fn has_rare(name: &Name) -> bool {
    name.given.chars().any(|c| RARE.contains(&c))
}

/// The name with its rare character lost.
pub fn lost(chance: &mut Chance, name: &Name) -> String {
    let mark = if chance.yes(0.5) { '?' } else { '□' };
    name.full().chars().map(|c| if RARE.contains(&c) { mark } else { c }).collect()
}

/// Middle dots as other keyboards write them.
pub const DOTS: [char; 5] = ['•', '・', '.', '．', '‧'];

/// A dotted name with another dot, or without it.
pub fn other_dot(chance: &mut Chance, name: &Name) -> String {
    let dot = DOTS.get(chance.below(DOTS.len() as u64 + 1) as usize).map(char::to_string).unwrap_or_default();
    format!("{}{dot}{}", name.given, name.surname)
}

/// Replaces one given-name character by one whose sound some dialects do not distinguish; `None` if none is known.
pub fn fuzzy(chance: &mut Chance, name: &Name) -> Option<Name> {
    let given = replace_one(chance, &name.given, |c| {
        let one = FUZZY.iter().filter(|(a, _)| a.contains(c)).map(|(_, b)| *b);
        let other = FUZZY.iter().filter(|(_, b)| b.contains(c)).map(|(a, _)| *a);
        one.chain(other).flat_map(str::chars).collect()
    })?;
    Some(Name { given, ..name.clone() })
}

/// Replaces the surname by another with the same sound; `None` if none is known.
pub fn surname_homophone(chance: &mut Chance, name: &Name) -> Option<Name> {
    let surname = replace_one(chance, &name.surname, |c| others_of(SURNAME_HOMOPHONES, c))?;
    Some(Name { surname, ..name.clone() })
}

/// The name with its surname typed twice or, if it is a compound surname, only half of it; `None` without a surname.
pub fn surname_doubled(name: &Name) -> Option<Name> {
    let first = name.surname.chars().next()?;
    let surname = if name.surname.chars().count() == 1 { [first, first].into_iter().collect() } else { first.into() };
    Some(Name { surname, ..name.clone() })
}

/// Swaps two neighbouring given-name characters; `None` if that is not possible.
pub fn swapped(chance: &mut Chance, name: &Name) -> Option<Name> {
    let mut chars: Vec<char> = name.given.chars().collect();
    let able: Vec<usize> = (1..chars.len()).filter(|i| chars[i - 1] != chars[*i]).collect();
    if able.is_empty() {
        return None;
    }
    let at = *chance.pick(&able);
    chars.swap(at - 1, at);
    Some(Name { given: chars.into_iter().collect(), ..name.clone() })
}

/// Leaves out a given-name character; `None` if there is only one.
pub fn dropped(chance: &mut Chance, name: &Name) -> Option<Name> {
    let mut chars: Vec<char> = name.given.chars().collect();
    if chars.len() < 2 {
        return None;
    }
    chars.remove(chance.below(chars.len() as u64) as usize);
    Some(Name { given: chars.into_iter().collect(), ..name.clone() })
}

/// Words that are written when the name is unknown.
pub const PLACEHOLDERS: [&str; 4] = ["无名氏", "张三", "测试", "某某"];
