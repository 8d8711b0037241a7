//! The tree of divisions under a city.

use std::collections::BTreeMap;
use std::ops::Bound;

use crate::error::Lang;

/// Level of a division, by the length of its code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Level {
    Village,
    Town,
    County,
    City,
}

impl Level {
    pub const ALL: [Level; 4] = [Level::Village, Level::Town, Level::County, Level::City];

    pub fn as_str(self) -> &'static str {
        match self {
            Level::Village => "village",
            Level::Town => "town",
            Level::County => "county",
            Level::City => "city",
        }
    }

    pub fn parse(name: &str) -> Option<Level> {
        Self::ALL.into_iter().find(|l| l.as_str() == name)
    }

    /// What people call the level.
    pub fn called(self, lang: Lang) -> &'static str {
        match (self, lang) {
            (Level::Village, Lang::Zh) => "村（居）",
            (Level::Town, Lang::Zh) => "乡镇（街道）",
            (Level::County, Lang::Zh) => "县（市、区）",
            (Level::City, Lang::Zh) => "地市",
            (_, Lang::En) => self.as_str(),
        }
    }

    /// Number of digits of a code of this level.
    pub fn digits(self) -> usize {
        match self {
            Level::Village => 12,
            Level::Town => 9,
            Level::County => 6,
            Level::City => 4,
        }
    }

    /// The level of a code.
    pub fn of(code: &str) -> Option<Level> {
        Self::ALL.into_iter().find(|l| l.digits() == code.len())
    }
}

/// A 12-digit code padded with zeros is trimmed to its own level; others stay as they are.
pub fn trim(code: &str) -> &str {
    if code.len() != 12 || !code.bytes().all(|b| b.is_ascii_digit()) {
        return code;
    }
    for digits in [2, 4, 6, 9] {
        if code.as_bytes()[digits..].iter().all(|b| *b == b'0') {
            return &code[..digits];
        }
    }
    code
}

/// The divisions of the reference folder under one city.
#[derive(Clone, Debug, Default)]
pub struct Divisions {
    city: String,
    names: BTreeMap<String, String>,
}

impl Divisions {
    /// Takes `(code, name)` rows of any region; those outside `city` are left out.
    pub fn new(city: &str, rows: impl IntoIterator<Item = (String, String)>) -> Self {
        let mut names: BTreeMap<String, String> = rows
            .into_iter()
            .map(|(code, name)| (trim(&code).to_owned(), name))
            .filter(|(code, _)| code.starts_with(city) && Level::of(code).is_some())
            .collect();
        // The city's own numbers are what the run is for, listed or not.
        names.entry(city.to_owned()).or_default();
        Divisions { city: city.to_owned(), names }
    }

    pub fn city(&self) -> &str {
        &self.city
    }

    /// Name of a division of the tree.
    pub fn name(&self, code: &str) -> Option<&str> {
        self.names.get(code).map(String::as_str)
    }

    /// A code that stands in the tree, or is a prefix of one (its province, or a parent not listed).
    pub fn is_known(&self, code: &str) -> bool {
        !code.is_empty()
            && self
                .names
                .range::<str, _>((Bound::Included(code), Bound::Unbounded))
                .next()
                .is_some_and(|(first, _)| first.starts_with(code))
            && matches!(code.len(), 2 | 4 | 6 | 9 | 12)
    }

    /// All `(code, name)` of a level, sorted by code.
    pub fn of_level(&self, level: Level) -> impl Iterator<Item = (&str, &str)> {
        self.names
            .iter()
            .filter(move |(code, _)| code.len() == level.digits())
            .map(|(code, name)| (code.as_str(), name.as_str()))
    }

    /// All `(code, name)` of the tree, sorted by code.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.names.iter().map(|(code, name)| (code.as_str(), name.as_str()))
    }

    pub fn is_county(&self, code: &str) -> bool {
        code.len() == 6 && self.names.contains_key(code)
    }
}
