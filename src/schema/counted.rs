//! What an indicator counts, in words: `counted.toml`.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::error::{Words, words};

/// A thing that numbers count.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CountedThing {
    /// The Chinese measure word; empty where the noun stands right behind the number.
    #[serde(default)]
    zh_measure: String,
    zh: String,
    /// The plural.
    en: String,
}

/// Things by the word that `count_of` of an indicator names them with.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(transparent)]
pub struct CountedThings(BTreeMap<String, CountedThing>);

impl CountedThings {
    /// The thing of a word. One that is not declared stands for itself.
    pub fn of(&self, count_of: &str) -> CountedThing {
        let itself =
            || CountedThing { zh_measure: "个 ".to_owned(), zh: count_of.to_owned(), en: count_of.to_owned() };
        self.0.get(count_of).cloned().unwrap_or_else(itself)
    }

    /// What is wrong with the declarations.
    pub fn problems(&self) -> Vec<Words> {
        let nameless = self.0.iter().filter(|(_, thing)| thing.zh.is_empty() || thing.en.is_empty());
        nameless
            .map(|(word, _)| words!("`{word}`：zh 和 en 不能为空", "`{word}`: zh and en must not be empty"))
            .collect()
    }
}

impl CountedThing {
    /// As it stands behind a number: `所学校`, `schools`.
    pub fn counted(&self) -> Words {
        let CountedThing { zh_measure, zh, en } = self;
        words!("{zh_measure}{zh}", "{en}")
    }

    /// By itself: `学校`, `schools`.
    pub fn by_itself(&self) -> Words {
        Words::new(self.zh.clone(), self.en.clone())
    }
}
