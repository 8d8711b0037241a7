//! A text in both languages of the users.

use std::borrow::Cow;
use std::fmt::Display;
use std::sync::OnceLock;

use serde::{Deserialize, Serialize};

/// The language of messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lang {
    Zh,
    En,
}

/// The same text in Chinese and in English.
///
/// It has no `Display` on purpose: whoever prints it says in which language.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "WrittenWords", into = "WrittenWords")]
pub struct Words {
    pub zh: Cow<'static, str>,
    pub en: Cow<'static, str>,
}

/// As it stands in a file: both texts, or the one that is the same in both, or that an earlier version wrote.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum WrittenWords {
    One(String),
    Both { zh: String, en: String },
}

impl From<WrittenWords> for Words {
    fn from(written: WrittenWords) -> Self {
        match written {
            WrittenWords::One(text) => Words::plain(text),
            WrittenWords::Both { zh, en } => Words::new(zh, en),
        }
    }
}

impl From<Words> for WrittenWords {
    fn from(words: Words) -> Self {
        match words.zh == words.en {
            true => WrittenWords::One(words.en.into_owned()),
            false => WrittenWords::Both { zh: words.zh.into_owned(), en: words.en.into_owned() },
        }
    }
}

impl Words {
    pub fn new(zh: impl Into<Cow<'static, str>>, en: impl Into<Cow<'static, str>>) -> Self {
        Words { zh: zh.into(), en: en.into() }
    }

    /// A text without a language: a path, a name, a number.
    pub fn plain(text: impl Display) -> Self {
        let text = text.to_string();
        Words { zh: text.clone().into(), en: text.into() }
    }

    pub fn say(&self, lang: Lang) -> &str {
        match lang {
            Lang::Zh => &self.zh,
            Lang::En => &self.en,
        }
    }

    pub fn is_empty(&self) -> bool {
        self.zh.is_empty() && self.en.is_empty()
    }

    /// One after the other, with this text between them in both languages.
    #[must_use]
    pub fn joined<'w>(all: impl IntoIterator<Item = &'w Words>, between: &str) -> Self {
        let (mut zh, mut en) = (Vec::new(), Vec::new());
        for words in all {
            zh.push(words.zh.as_ref());
            en.push(words.en.as_ref());
        }
        Words { zh: zh.join(between).into(), en: en.join(between).into() }
    }

    /// Names in a row, parted as each language parts them.
    #[must_use]
    pub fn listed<S: AsRef<str>>(names: &[S]) -> Self {
        let names: Vec<&str> = names.iter().map(AsRef::as_ref).collect();
        Words { zh: names.join("、").into(), en: names.join(", ").into() }
    }

    /// What stands behind a list that names some of all: how many more there are; nothing if there are none.
    pub fn and_more(count: usize) -> Self {
        match count {
            0 => Words::default(),
            _ => words!(" 等，另有 {count} 个", " and {count} more"),
        }
    }

    /// What is said of a place: the place, a colon, and this text.
    #[must_use]
    pub fn at(&self, place: impl Into<Words>) -> Self {
        let place = place.into();
        Words::new(format!("{}：{}", place.zh, self.zh), format!("{}: {}", place.en, self.en))
    }

    /// Both texts in brackets, as they are put behind others.
    #[must_use]
    pub fn in_brackets(&self) -> Self {
        Words::new(format!("（{}）", self.zh), format!(" ({})", self.en))
    }

    /// Both texts with something put behind them.
    #[must_use]
    pub fn and(&self, more: &Words) -> Self {
        Words { zh: format!("{}{}", self.zh, more.zh).into(), en: format!("{}{}", self.en, more.en).into() }
    }
}

/// The language of the log, which is one for the process, as the log is.
static OF_THE_LOG: OnceLock<Lang> = OnceLock::new();

/// Lets the log be written in this language, where it is read by people; it is English otherwise.
pub fn log_in(lang: Lang) {
    let _ = OF_THE_LOG.set(lang);
}

/// The one of two texts that goes into the log.
pub fn logged<'a>(zh: &'a str, en: &'a str) -> &'a str {
    match OF_THE_LOG.get() {
        Some(Lang::Zh) => zh,
        _ => en,
    }
}

/// What has no language of its own (paths, names, numbers) is the same in both.
impl<T: Display> From<T> for Words {
    fn from(text: T) -> Self {
        Words::plain(text)
    }
}

/// A Chinese and an English format string with the same arguments: `words!("没有文件 {}", "there is no file {}", name)`.
macro_rules! words {
    ($zh:literal, $en:literal $(, $argument:expr)* $(,)?) => {
        $crate::words::Words::new(format!($zh $(, $argument)*), format!($en $(, $argument)*))
    };
}
pub(crate) use words;
