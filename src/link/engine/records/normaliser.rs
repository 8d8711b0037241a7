//! Values of any table to the one form in which they are compared.

use std::borrow::Cow;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use crate::link::zh::normalise;

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
    /// [`Normaliser::Latin`], the words in the order of the alphabet.
    Words,
    /// A date as eight digits, its year first; of one that begins otherwise day and month come first, in this order.
    Date,
    /// The same with the month before the day.
    DateMonthFirst,
    /// A sex as one letter.
    Sex,
}

impl Normaliser {
    const NAMES: [(Normaliser, &'static str); 11] = [
        (Normaliser::Latin, "latin"),
        (Normaliser::Letters, "letters"),
        (Normaliser::Digits, "digits"),
        (Normaliser::Upper, "upper"),
        (Normaliser::NameZh, "name-zh"),
        (Normaliser::AddressZh, "address-zh"),
        (Normaliser::Number, "number"),
        (Normaliser::Words, "words"),
        (Normaliser::Date, "date"),
        (Normaliser::DateMonthFirst, "date-month-first"),
        (Normaliser::Sex, "sex"),
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
            Normaliser::Words => {
                let form = latin(text, true);
                let mut words: Vec<&str> = form.split(' ').collect();
                words.sort_unstable();
                Cow::Owned(words.join(" "))
            }
            Normaliser::Date => Cow::Owned(date_digits(text, false)),
            Normaliser::DateMonthFirst => Cow::Owned(date_digits(text, true)),
            Normaliser::Sex => Cow::Borrowed(sex(text)),
        }
    }
}

/// Year, month and day as eight digits. What is no date keeps its digits: a slip of a right one is compared as it is.
fn date_digits(text: &str, month_first: bool) -> String {
    let text: String = text.nfkc().collect();
    // An hour after the date says nothing of a birth.
    let day = text.trim().split(['T', ' ']).next().unwrap_or_default();
    let parts: Vec<&str> = day.split(|c: char| !c.is_ascii_digit()).filter(|p| !p.is_empty()).collect();
    let (year, month, of_month) = match parts[..] {
        [y, m, d] if y.len() == 4 => (y, m, d),
        [m, d, y] if y.len() == 4 && month_first => (y, m, d),
        [d, m, y] if y.len() == 4 => (y, m, d),
        [y, m] if y.len() == 4 => (y, m, ""),
        _ => return parts.concat(),
    };
    let two = |part: &str| if part.len() == 1 { format!("0{part}") } else { part.to_owned() };
    format!("{year}{}{}", two(month), two(of_month))
}

fn sex(text: &str) -> &'static str {
    match text.trim().to_lowercase().as_str() {
        "男" | "男性" | "m" | "male" | "man" | "1" => "m",
        "女" | "女性" | "f" | "female" | "woman" | "w" | "2" => "f",
        _ => "",
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
