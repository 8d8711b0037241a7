//! Values of any table to the one form in which they are compared.

use std::borrow::Cow;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use crate::link::normalise;

/// A way to write a value that a model may name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Normaliser {
    /// Lower case, no accents, letters and digits alone, single spaces.
    Latin,
    /// [`Normaliser::Latin`] without the spaces.
    Letters,
    Digits,
    Upper,
    /// A Chinese name without dots and spaces, in simplified characters.
    NameZh,
    /// A Chinese address without punctuation.
    AddressZh,
    /// A document's or student's number.
    Number,
}

impl Normaliser {
    const NAMES: [(Normaliser, &'static str); 7] = [
        (Normaliser::Latin, "latin"),
        (Normaliser::Letters, "letters"),
        (Normaliser::Digits, "digits"),
        (Normaliser::Upper, "upper"),
        (Normaliser::NameZh, "name-zh"),
        (Normaliser::AddressZh, "address-zh"),
        (Normaliser::Number, "number"),
    ];

    pub fn parse(name: &str) -> Option<Self> {
        Self::NAMES.iter().find(|n| n.1 == name).map(|n| n.0)
    }

    /// The value's form.
    pub fn apply<'t>(self, text: &'t str) -> Cow<'t, str> {
        match self {
            Normaliser::Latin => Cow::Owned(latin(text, true)),
            Normaliser::Letters => Cow::Owned(latin(text, false)),
            Normaliser::Digits => Cow::Owned(text.nfkc().filter(char::is_ascii_digit).collect()),
            Normaliser::Upper => Cow::Owned(text.trim().to_uppercase()),
            Normaliser::NameZh => normalise::name(text),
            Normaliser::AddressZh => normalise::address(text),
            Normaliser::Number => normalise::number(text),
        }
    }
}

fn latin(text: &str, spaces: bool) -> String {
    let mut out = String::with_capacity(text.len());
    let mut gap = false;
    for c in text.nfkd().filter(|c| !is_combining_mark(*c)) {
        if c.is_alphanumeric() {
            if gap && spaces && !out.is_empty() {
                out.push(' ');
            }
            gap = false;
            out.extend(c.to_lowercase());
        } else if !matches!(c, '\'' | '\u{2019}') {
            gap = true;
        }
    }
    out
}
