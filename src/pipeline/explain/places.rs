//! Divisions by code or name, as people ask for them.

use super::period_words::narrow;
use crate::error::{Words, words};
use crate::schema::divisions::{Divisions, Level, trim};
use crate::schema::nearest::distance;

/// How many divisions a message names at most.
const MOST_NAMED: usize = 20;

/// A division of the tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedPlace {
    pub code: String,
    pub name: String,
    pub level: Level,
}

impl NamedPlace {
    fn of(code: &str, name: &str) -> Option<NamedPlace> {
        Some(NamedPlace { code: code.to_owned(), name: name.to_owned(), level: Level::of(code)? })
    }
}

/// The division that a code or a name means. A name may be preceded by those of what it lies in: `梁山县水泊街道`; and of
/// one that is not whole, as 梁山, the widest division is meant that is called so in short.
///
/// # Errors
/// What to tell: that there is none, with the nearest; or that there are several, with all of them.
pub fn place(tree: &Divisions, asked: &str) -> Result<NamedPlace, Words> {
    let text: String = asked.chars().map(narrow).filter(|c| !c.is_whitespace() && !"·>、-".contains(*c)).collect();
    if !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()) {
        // As exports often write it, padded with zeros.
        let code = trim(&text);
        return tree.name(code).and_then(|name| NamedPlace::of(code, name)).ok_or_else(|| no_code(tree, code));
    }
    let matching = |fits: &dyn Fn(&str, &str) -> bool| -> Vec<NamedPlace> {
        tree.iter()
            .filter(|(code, name)| fits(code, name))
            .filter_map(|(code, name)| NamedPlace::of(code, name))
            .collect()
    };
    let text = without_province(&text);
    let mut found = matching(&|code, name| is_named(tree, code, name, text));
    if found.is_empty() {
        found = matching(&|code, name| is_short(name, own(tree, code, text)));
        let widest = found.iter().map(|place| place.code.len()).min();
        found.retain(|place| Some(place.code.len()) == widest);
    }
    if found.is_empty() && !text.is_empty() {
        found = matching(&|code, name| name.contains(own(tree, code, text)));
    }
    match found.as_slice() {
        [] => Err(no_name(tree, asked, text)),
        [one] => Ok(one.clone()),
        several => {
            let (count, named) = (several.len(), listed(tree, several));
            Err(words!(
                "“{asked}”可以指 {count} 个区划，请写代码，或在前面加上所属的乡镇、县：{named}",
                "`{asked}` may be any of {count} divisions; give the code, or the town or county before it:{named}"
            ))
        }
    }
}

/// A name without that of the province before it, which no tree of a city holds.
fn without_province(text: &str) -> &str {
    let below = ["省", "自治区"].iter().find_map(|province| text.split_once(province).map(|(_, below)| below));
    below.filter(|below| !below.is_empty()).unwrap_or(text)
}

/// What is left of a name without those of what a division lies in.
fn own<'t>(tree: &Divisions, code: &str, text: &'t str) -> &'t str {
    let above = [4, 6, 9].into_iter().filter(|digits| *digits < code.len());
    let above = above.filter_map(|digits| tree.name(&code[..digits])).filter(|part| !part.is_empty());
    let rest = above.fold(text, |rest, part| rest.strip_prefix(part).unwrap_or(rest));
    if rest.is_empty() { text } else { rest }
}

/// Whether a name is called so in short: without the word at its end that says what it is.
fn is_short(name: &str, text: &str) -> bool {
    const KINDS: [&str; 8] = ["市", "县", "区", "镇", "乡", "街道", "村", "社区"];
    KINDS.iter().any(|kind| name.strip_suffix(kind) == Some(text)) && text.chars().count() >= 2
}

/// A name with nothing before it but names of what it lies in.
fn is_named(tree: &Divisions, code: &str, name: &str, text: &str) -> bool {
    let Some(mut before) = text.strip_suffix(name).filter(|_| !name.is_empty()) else { return false };
    let above = [4, 6, 9].into_iter().filter(|digits| *digits < code.len());
    for part in above.filter_map(|digits| tree.name(&code[..digits])).filter(|part| !part.is_empty()) {
        before = before.strip_prefix(part).unwrap_or(before);
    }
    before.is_empty()
}

/// Divisions with their codes and what they lie in, a line each.
fn listed(tree: &Divisions, places: &[NamedPlace]) -> String {
    let shown = places.iter().take(MOST_NAMED).map(|place| format!("\n  {}", shown(tree, place)));
    let more = if places.len() > MOST_NAMED { "\n  …" } else { "" };
    shown.collect::<String>() + more
}

/// `370832001 梁山县水泊街道`.
fn shown(tree: &Divisions, place: &NamedPlace) -> String {
    let above = [6, 9].into_iter().filter(|digits| *digits < place.code.len());
    let above: String = above.filter_map(|digits| tree.name(&place.code[..digits])).collect();
    format!("{} {above}{}", place.code, place.name)
}

fn no_code(tree: &Divisions, code: &str) -> Words {
    // What shares most of its first digits, and then differs in fewest places.
    let common = |other: &str| other.bytes().zip(code.bytes()).take_while(|(a, b)| a == b).count();
    let mut near: Vec<(bool, std::cmp::Reverse<usize>, usize, NamedPlace)> = Vec::new();
    for (other, name) in tree.iter() {
        let shared = common(other);
        if let Some(place) = NamedPlace::of(other, name).filter(|_| shared >= tree.city().len().min(code.len())) {
            near.push((other.len() != code.len(), std::cmp::Reverse(shared), distance(other, code), place));
        }
    }
    near.sort_by(|a, b| (a.0, a.1, a.2, &a.3.code).cmp(&(b.0, b.1, b.2, &b.3.code)));
    let near: Vec<NamedPlace> = near.into_iter().take(3).map(|(.., place)| place).collect();
    none(tree, code, &near)
}

fn no_name(tree: &Divisions, asked: &str, text: &str) -> Words {
    let letters = text.chars().count();
    let mut near: Vec<(usize, NamedPlace)> = tree
        .iter()
        .map(|(code, name)| (distance(name, text), code, name))
        .filter(|(d, ..)| *d * 2 <= letters)
        .filter_map(|(d, code, name)| Some((d, NamedPlace::of(code, name)?)))
        .collect();
    near.sort_by(|a, b| (a.0, &a.1.code).cmp(&(b.0, &b.1.code)));
    let near: Vec<NamedPlace> = near.into_iter().take(3).map(|(_, place)| place).collect();
    none(tree, asked, &near)
}

fn none(tree: &Divisions, asked: &str, near: &[NamedPlace]) -> Words {
    let all = NamedPlace::of(tree.city(), tree.name(tree.city()).unwrap_or_default());
    let counties: Vec<NamedPlace> =
        tree.of_level(Level::County).filter_map(|(code, name)| NamedPlace::of(code, name)).collect();
    if near.is_empty() {
        let named = listed(tree, &all.into_iter().chain(counties).collect::<Vec<_>>());
        return words!(
            "当前快照中没有区划“{asked}”，也没有相近的；市和区县有：{named}",
            "the current snapshot has no division `{asked}`, and none like it; city and counties are:{named}"
        );
    }
    let named = listed(tree, near);
    words!(
        "当前快照中没有区划“{asked}”，最接近的有：{named}",
        "the current snapshot has no division `{asked}`; the nearest are:{named}"
    )
}
