//! Who sends a dataset.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Who sends a dataset; also the name of the folder it is sent in. Which there are the tables declare.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Source(&'static str);

/// Names of sources that were ever declared or read back: each is kept for as long as the program runs, so that
/// a source is as cheap to hand on as a number.
static NAMES: Mutex<BTreeSet<&'static str>> = Mutex::new(BTreeSet::new());

impl Source {
    pub const STATION: Source = Source("station");
    pub const SCHOOL: Source = Source("school");
    pub const HOSPITAL: Source = Source("hospital");
    pub const POLICE: Source = Source("police");
    /// The office's own reference data, which no county exports.
    pub const REFERENCE: Source = Source("reference");

    /// The source of a name, which is a folder's: a small letter, then small letters, digits and `_`.
    pub fn named(name: &str) -> Option<Source> {
        let is_inside = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        if !(name.starts_with(|c: char| c.is_ascii_lowercase()) && name.chars().all(is_inside) && name.len() <= 40) {
            return None;
        }
        let mut names = NAMES.lock().unwrap_or_else(PoisonError::into_inner);
        let known = names.get(name).copied().unwrap_or_else(|| {
            let name: &'static str = Box::leak(name.into());
            names.insert(name);
            name
        });
        Some(Source(known))
    }

    pub fn as_str(self) -> &'static str {
        self.0
    }

    /// What people call it; a source that only the tables declare has no other name.
    pub fn zh(self) -> &'static str {
        match self {
            Source::STATION => "服务站点",
            Source::SCHOOL => "学校",
            Source::HOSPITAL => "医疗机构",
            Source::POLICE => "政法公安",
            Source::REFERENCE => "基础数据",
            other => other.0,
        }
    }

    /// Sources in the order in which people are told of them: that of the documents, then all others by name.
    pub fn as_told(sources: &BTreeSet<Source>) -> Vec<Source> {
        let documented = [Source::STATION, Source::SCHOOL, Source::HOSPITAL, Source::POLICE];
        let mut told: Vec<Source> = sources.iter().copied().collect();
        told.sort_by_key(|source| documented.iter().position(|d| d == source).unwrap_or(documented.len()));
        told
    }
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl Serialize for Source {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0)
    }
}

impl<'de> Deserialize<'de> for Source {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        Source::named(&name).ok_or_else(|| {
            serde::de::Error::custom(format!("`{name}` is no name of a source: small letters, digits and `_`"))
        })
    }
}
