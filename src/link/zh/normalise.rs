//! Values to the one form in which they are compared, and the forms that state nothing.
//!
//! Validation has trimmed the values, turned full width to half, upgraded 15-digit ID numbers and
//! written phones as digits. What is taken away here is only what two honest clerks write differently.

use std::borrow::Cow;

use unicode_normalization::UnicodeNormalization;

use super::hanzi;

/// The least digits of a phone number, a local one without its area code.
const PHONE_DIGITS: usize = 7;

/// A name without white space and without the dot of minority names, in any of its forms; Latin
/// letters in upper case, traditional and variant characters in their standard form.
pub fn name(raw: &str) -> Cow<'_, str> {
    if raw.chars().all(|c| is_hanzi(c) && hanzi::plain(c) == c) {
        return Cow::Borrowed(raw);
    }
    let text: String = raw
        .nfkc()
        .filter(|c| !c.is_whitespace() && !is_name_dot(*c))
        .flat_map(char::to_uppercase)
        .map(hanzi::plain)
        .collect();
    Cow::Owned(text)
}

fn is_name_dot(c: char) -> bool {
    matches!(
        c,
        '.' | '\u{B7}'
            | '\u{2022}'
            | '\u{2027}'
            | '\u{2219}'
            | '\u{22C5}'
            | '\u{25CF}'
            | '\u{30FB}'
            | '\u{3002}'
            | '\u{FF0E}'
            | '\u{FF61}'
            | '\u{FF65}'
            | '\u{2024}'
            | '\u{A78F}'
            | '\''
            | '\u{2019}'
            | '-'
    )
}

/// A number of a document or a student: upper case, no white space.
pub fn number(raw: &str) -> Cow<'_, str> {
    if raw.bytes().all(|b| b.is_ascii_digit() || b.is_ascii_uppercase()) {
        return Cow::Borrowed(raw);
    }
    Cow::Owned(raw.nfkc().filter(|c| !c.is_whitespace()).flat_map(char::to_uppercase).collect())
}

/// An address without white space and punctuation, so that `1号楼-302` and `1号楼 302` are one.
/// Empty when it names nothing narrower than a town.
pub fn address(raw: &str) -> Cow<'_, str> {
    let plain = |c: char| is_hanzi(c) || c.is_ascii_digit() || c.is_ascii_uppercase();
    let text = if raw.chars().all(plain) {
        Cow::Borrowed(raw)
    } else {
        Cow::Owned(raw.nfkc().filter(|c| c.is_alphanumeric()).flat_map(char::to_uppercase).collect())
    };
    if is_narrow_address(&text) { text } else { Cow::Borrowed("") }
}

/// A number, or a word for a village, street or house after the last word for a town or wider.
fn is_narrow_address(text: &str) -> bool {
    let mut chars_since_wide = 0;
    let mut narrow_since_wide = false;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let wide = matches!(c, '省' | '市' | '区' | '县' | '州' | '盟' | '旗' | '镇' | '乡')
            || (c == '街' && chars.next_if_eq(&'道').is_some());
        if wide {
            (chars_since_wide, narrow_since_wide) = (0, false);
            continue;
        }
        if c.is_numeric() {
            return true;
        }
        chars_since_wide += 1;
        narrow_since_wide |= is_narrow_word(c);
    }
    narrow_since_wide && chars_since_wide >= 2
}

fn is_narrow_word(c: char) -> bool {
    matches!(
        c,
        '号' | '室'
            | '栋'
            | '幢'
            | '楼'
            | '组'
            | '村'
            | '路'
            | '街'
            | '巷'
            | '弄'
            | '队'
            | '屯'
            | '寨'
            | '庄'
            | '社'
            | '坊'
            | '湾'
    )
}

fn is_hanzi(c: char) -> bool {
    matches!(c, '\u{4E00}'..='\u{9FFF}')
}

/// The phone numbers of a cell (`|` between them), digits alone and without the country's code;
/// those that cannot be anybody's are left out.
pub fn phones(raw: &str) -> impl Iterator<Item = Cow<'_, str>> {
    raw.split('|').map(phone).filter(|p| !p.is_empty())
}

fn phone(raw: &str) -> Cow<'_, str> {
    let digits = if raw.bytes().all(|b| b.is_ascii_digit()) {
        Cow::Borrowed(raw)
    } else {
        Cow::Owned(raw.chars().filter(char::is_ascii_digit).collect::<String>())
    };
    let local = ["0086", "86"]
        .iter()
        .find_map(|prefix| digits.strip_prefix(prefix).filter(|rest| rest.len() == 11 && rest.starts_with('1')));
    let number = match local {
        Some(rest) => Cow::Owned(rest.to_owned()),
        None => digits,
    };
    if is_placeholder_phone(&number) { Cow::Borrowed("") } else { number }
}

/// A division code of a county or narrower; empty for a wider one, which says little of a person.
pub fn residence(code: &str) -> &str {
    if code.len() >= 6 { code } else { "" }
}

/// A phone that is written where there is none: too short, one digit repeated, a run, the test number
/// of China Mobile.
fn is_placeholder_phone(digits: &str) -> bool {
    let n = digits.len();
    n < PHONE_DIGITS || is_filler(&digits[n - PHONE_DIGITS..]) || digits == "13800138000"
}

/// A number of any document that is written where there is none, or shown on a sample card.
pub fn is_placeholder_id(number: &str) -> bool {
    // Specimens of GB 11643-1999 itself.
    const SPECIMENS: [&str; 2] = ["11010519491231002X", "440524188001010014"];
    if number.len() < 5 || SPECIMENS.contains(&number) || is_filler(number) {
        return true;
    }
    // What a spreadsheet left of a number (`4.40524E+17`) is the same for a whole county.
    if number.contains('.') || number.contains("E+") {
        return true;
    }
    if number.len() == 18 && number.is_ascii() {
        let (region, born, sequence) = (&number[..6], &number[6..14], &number[14..17]);
        // Sequences are given out from 001; the region of the specimens with the year of none.
        return is_filler(region) || born == "19000101" || sequence == "000";
    }
    false
}

/// A student number that is written where there is none.
pub fn is_placeholder_student_number(number: &str) -> bool {
    number.len() < 5 || is_filler(number.trim_start_matches(|c: char| c.is_ascii_alphabetic()))
}

/// One character repeated (a check character may follow), or digits that run up or down.
fn is_filler(text: &str) -> bool {
    let bytes = text.as_bytes();
    if bytes.len() < 2 {
        return true;
    }
    let body = if bytes.len() == 18 { &bytes[..17] } else { bytes };
    let step = |by: u8| body.windows(2).all(|w| (w[0].wrapping_sub(b'0') + by) % 10 == w[1].wrapping_sub(b'0') % 10);
    body.windows(2).all(|w| w[0] == w[1]) || (body.iter().all(u8::is_ascii_digit) && (step(1) || step(9)))
}
