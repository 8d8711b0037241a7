//! ID numbers and phone numbers: their normal form, and what is wrong with them.

use std::borrow::Cow;

use crate::diag::Detail;
use crate::schema::layout::IdState;
use crate::schema::resident_id;

/// Code of the resident identity card in the `id_type` list; an empty type means this code.
pub const RESIDENT_CARD: &str = "01";

/// An ID number in its normal form.
#[derive(Debug, PartialEq)]
pub struct IdNumber<'a> {
    pub text: Cow<'a, str>,
    pub state: IdState,
    /// Why the number is not valid, as the detail of a finding.
    pub reason: Detail,
}

/// The normal form of a resident ID number: without white space, `x` and `×` as `X`, 15 digits extended to 18.
pub fn resident_number(cleaned: &str) -> IdNumber<'_> {
    if resident_id::is_valid_resident_id(cleaned) {
        return IdNumber { text: Cow::Borrowed(cleaned), state: IdState::Valid, reason: Detail::None };
    }
    let text: String =
        cleaned.chars().filter(|c| *c != ' ').map(|c| if c == '×' { 'X' } else { c.to_ascii_uppercase() }).collect();
    if resident_id::is_valid_resident_id(&text) {
        return IdNumber { text: Cow::Owned(text), state: IdState::Valid, reason: Detail::None };
    }
    if let Some(long) = resident_id::upgrade_15(&text) {
        return IdNumber { text: Cow::Owned(long), state: IdState::Valid, reason: Detail::None };
    }
    if let Some(number) = labelled(&text) {
        return IdNumber { text: Cow::Owned(number), state: IdState::Valid, reason: Detail::None };
    }
    if is_damaged(&text) {
        return IdNumber { text: Cow::Owned(text), state: IdState::Damaged, reason: Detail::None };
    }
    let reason = if resident_id::is_check_digit_right(&text) || text.len() == 15 && is_digits(&text) {
        Detail::NumberBirth
    } else if text.len() == 18 && text.get(..17).is_some_and(is_digits) {
        Detail::CheckDigit
    } else {
        Detail::NumberShape
    };
    IdNumber { text: Cow::Owned(text), state: IdState::Invalid, reason }
}

/// The valid ID number in a text with a label (`ID:…`, `身份证号:…`, `…(本人)`) or in groups (`990101-19850312-1275`).
fn labelled(text: &str) -> Option<String> {
    let from = text.find(|c: char| c.is_ascii_digit())?;
    let number = text[from..].trim_end_matches(|c: char| !c.is_ascii_digit() && c != 'X');
    let number: String = number.chars().filter(|c| !matches!(c, '-' | '—' | '–' | '−' | '.' | '_')).collect();
    if resident_id::is_valid_resident_id(&number) {
        return Some(number);
    }
    // An old number of 15 digits has no check digit to recognise it by: it needs a label, or must fill the cell.
    let label = &text[..from];
    let is_label = label.is_empty() || label.ends_with([':', '号', '码', '证']) || label == "ID";
    if is_label { resident_id::upgrade_15(&number) } else { None }
}

/// Whether a text is a number as on ID cards: 15 digits, or 18 of which the last may be an X.
pub fn is_like_number(text: &str) -> bool {
    let digits = text.strip_suffix(['X', 'x']).filter(|rest| rest.len() == 17).unwrap_or(text);
    is_digits(digits) && matches!(text.len(), 15 | 18)
}

/// The normal form of another document's number: upper case, without white space. Its format is not checked.
pub fn other_document(cleaned: &str) -> IdNumber<'_> {
    let text = if cleaned.bytes().any(|b| b == b' ' || b.is_ascii_lowercase()) {
        Cow::Owned(cleaned.chars().filter(|c| *c != ' ').map(|c| c.to_ascii_uppercase()).collect())
    } else {
        Cow::Borrowed(cleaned)
    };
    IdNumber { text, state: IdState::OtherDocument, reason: Detail::None }
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

/// Whether a spreadsheet cut the number to 15 significant digits: `4.40524E+17`, or 15 digits and three zeros.
fn is_damaged(text: &str) -> bool {
    let whole = text.split_once('.').filter(|(_, zeros)| zeros.bytes().all(|b| b == b'0')).map_or(text, |(w, _)| w);
    if whole.len() == 18 && is_digits(whole) && whole.ends_with("000") {
        return true;
    }
    let Some((mantissa, exponent)) = text.split_once('E') else { return false };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, "0"));
    is_digits(whole) && is_digits(fraction) && is_digits(exponent.strip_prefix('+').unwrap_or(exponent))
}

/// The phone numbers of a cell in normal form: digits only (area codes with their 0), joined by `|`. If one of them has
/// no known form, the text is returned unchanged with `false`.
pub fn phones(cleaned: &str) -> (Cow<'_, str>, bool) {
    if is_mobile(cleaned) {
        return (Cow::Borrowed(cleaned), true);
    }
    let all = |separators: &[char]| -> Option<String> {
        let parts: Vec<&str> = cleaned.split(separators).map(str::trim).filter(|p| !p.is_empty()).collect();
        let numbers: Option<Vec<String>> = parts.iter().map(|p| phone(p)).collect();
        numbers.filter(|n| !n.is_empty()).map(|n| n.join("|"))
    };
    let hard = ['/', '、', ',', ';', '|'];
    match all(&hard).or_else(|| all(&['/', '、', ',', ';', '|', ' '])) {
        Some(numbers) => (Cow::Owned(numbers), true),
        None => (Cow::Borrowed(cleaned), false),
    }
}

/// Whether a text is 11 digits that begin with 1.
fn is_mobile(text: &str) -> bool {
    text.len() == 11 && text.starts_with('1') && is_digits(text)
}

/// Reads one phone number: a mobile number, or an area code and 7 to 8 digits; the country code, dashes, spaces and
/// brackets are optional.
fn phone(text: &str) -> Option<String> {
    let text = text.strip_suffix(".0").unwrap_or(text);
    let (text, abroad) = ["+86", "0086", "(+86)", "(86)"]
        .iter()
        .find_map(|p| text.strip_prefix(p))
        .map_or((text, false), |rest| (rest, true));
    let text = text.trim_start_matches([' ', '-']);
    if !text.chars().all(|c| c.is_ascii_digit() || matches!(c, ' ' | '-' | '—' | '–' | '(' | ')')) {
        return None;
    }
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let local = digits.strip_prefix("86").filter(|rest| is_mobile(rest) || is_landline(rest, text)).unwrap_or(&digits);
    if is_mobile(local) || is_landline(local, text) {
        return Some(local.to_owned());
    }
    // After a country code, the area code is written without its 0.
    let with_zero = format!("0{local}");
    (abroad && is_landline(&with_zero, "")).then_some(with_zero)
}

/// Whether the digits are an area code of 3 to 4 digits that begins with 0, and 7 to 8 digits. If the text has a single
/// dash, the area code must end there.
fn is_landline(digits: &str, text: &str) -> bool {
    if !digits.starts_with('0') || digits.starts_with("00") || !(10..=12).contains(&digits.len()) {
        return false;
    }
    let mut groups = text.split(['-', '—', '–', ' ', '(', ')']).filter(|g| !g.is_empty());
    match (groups.next(), groups.next(), groups.next()) {
        (Some(area), Some(number), None) if area.starts_with('0') => {
            matches!(area.len(), 3 | 4) && matches!(number.len(), 7 | 8)
        }
        _ => true,
    }
}
