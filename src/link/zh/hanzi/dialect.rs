//! Syllables that speakers of Mandarin's dialects do not tell apart.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::reading::syllables;

static CLASSES: LazyLock<Vec<u16>> = LazyLock::new(|| {
    let mut least: HashMap<String, u16> = HashMap::new();
    (1..).zip(syllables()).map(|(number, name)| *least.entry(folded(name)).or_insert(number)).collect()
});

/// The least number among the syllables that merge with this one in some dialect: flat and curled
/// tongue (z zh, c ch, s sh), n and l, f and hu, front and back nasal (an ang, en eng, in ing).
///
/// r is apart: it merges with l in some places, with y or z in others, and a class of all of them
/// would tell little. 0, no syllable, is its own class.
pub fn dialect_class(syllable: u16) -> u16 {
    usize::from(syllable).checked_sub(1).and_then(|i| CLASSES.get(i)).copied().unwrap_or(syllable)
}

/// A spelling that merging syllables share.
fn folded(name: &str) -> String {
    let (initial, rest) = match name.as_bytes() {
        [b'z' | b'c' | b's', b'h', ..] => (&name[..1], &name[2..]),
        [b'n', ..] => ("l", &name[1..]),
        [b'h', b'u', ..] => ("f", after_hu(&name[2..])),
        _ => name.split_at(name.len().min(1)),
    };
    let back = ["ang", "eng", "ing"].iter().any(|end| rest.ends_with(end));
    let rest = if back { &rest[..rest.len() - 1] } else { rest };
    // A syllable without an initial keeps its vowel out of the initial's place: ang, eng.
    match name {
        "ang" => "an".into(),
        "eng" => "en".into(),
        _ => format!("{initial}{rest}"),
    }
}

/// What follows f where a dialect says f for hu: hui is fei, huo is fo.
fn after_hu(rest: &str) -> &str {
    match rest {
        "" => "u",
        "i" => "ei",
        "n" => "en",
        _ => rest,
    }
}
