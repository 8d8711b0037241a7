//! Cleaning of cells: one normal form for each text, whatever keyboard, encoding or spreadsheet it comes from.

use std::borrow::Cow;

use unicode_normalization::UnicodeNormalization;

/// Characters that keyboards and encodings use for the middle dot `·` of minority names.
const DOTS: &[char] = &['•', '‧', '∙', '⋅', '・', '･', '⸱', '⸳', '᛫', '\u{0387}', 'ꞏ', '⦁'];

/// The normal form of a text: NFKC, so that full-width characters become half-width; middle dots as `·`; without
/// invisible characters; one space for any run of white space; and without what only keeps a spreadsheet from reading
/// the cell as a number (surrounding spaces, `="…"`, apostrophes, backticks).
pub fn clean(raw: &str) -> Cow<'_, str> {
    if is_clean(raw) {
        return Cow::Borrowed(raw);
    }
    let mut out = String::with_capacity(raw.len());
    let visible = raw.chars().filter(|c| !is_invisible(*c)).map(unify_dot);
    for c in visible.nfkc().map(unify_dot) {
        if c.is_whitespace() || c.is_control() {
            if !out.ends_with(' ') {
                out.push(' ');
            }
        } else {
            out.push(c);
        }
    }
    let text = unwrapped(&out);
    if text.len() == out.len() { Cow::Owned(out) } else { Cow::Owned(text.to_owned()) }
}

/// The value inside `="…"`, after a leading apostrophe or backtick, or between two of them.
fn unwrapped(text: &str) -> &str {
    let mut text = text.trim_matches(' ');
    loop {
        let before = text.len();
        if let Some(inner) = text.strip_prefix("=\"").and_then(|t| t.strip_suffix('"'))
            && !inner.contains('"')
        {
            text = inner;
        }
        for mark in ['\'', '`'] {
            if let Some(rest) = text.strip_prefix(mark) {
                text = rest.strip_suffix(mark).unwrap_or(rest);
            }
        }
        // Curly apostrophes may also be quotes within the text; then they come in pairs.
        if let Some(rest) = text.strip_prefix(CURLY) {
            let inner = rest.strip_suffix(CURLY).unwrap_or(rest);
            if !inner.contains(CURLY) {
                text = inner;
            }
        }
        text = text.trim_matches(' ');
        if text.len() == before {
            return text;
        }
    }
}

/// Apostrophes as word processors write them.
const CURLY: [char; 2] = ['\u{2018}', '\u{2019}'];

/// A fast test for texts that [`clean`] would not change: ASCII and common ideographs, which most cells are.
fn is_clean(raw: &str) -> bool {
    if raw.starts_with(['=', '\'', '`']) {
        return false;
    }
    let mut after_space = true;
    for c in raw.chars() {
        match c {
            ' ' if after_space => return false,
            ' ' => after_space = true,
            '!'..='~' | '\u{4e00}'..='\u{9fff}' | '·' | '、' | '。' => after_space = false,
            _ => return false,
        }
    }
    !after_space || raw.is_empty()
}

/// Removes spaces that only group the characters of a number or key (`990101 19850312 1275`, `P 1109`); spaces between
/// words of Latin letters stay.
pub fn without_spaces(cleaned: &str) -> String {
    let mut out = String::with_capacity(cleaned.len());
    let mut rest = cleaned.chars().peekable();
    while let Some(c) = rest.next() {
        let latin = |c: Option<char>| c.is_some_and(|c| c.is_alphabetic() && !is_han(c));
        if c != ' ' || latin(out.chars().next_back()) && latin(rest.peek().copied()) {
            out.push(c);
        }
    }
    out
}

fn unify_dot(c: char) -> char {
    if DOTS.contains(&c) { '·' } else { c }
}

/// Whether a character is invisible (zero-width, formatting, variation selector): it would make equal-looking texts
/// differ.
fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fe00}'..='\u{fe0f}' | '\u{fff9}'..='\u{fffc}'
        | '\u{e0000}'..='\u{e007f}' | '\u{e0100}'..='\u{e01ef}')
}

/// Whether a character is a Chinese ideograph, rare ones included.
pub fn is_han(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '〇'
        | '\u{20000}'..='\u{323af}')
}

/// A person's name from its cleaned text. Spaces stay only between letters that are not ideographs (`张 三` becomes `张三`,
/// `John Smith` stays), and a full stop between ideographs becomes a middle dot.
pub fn person_name(cleaned: &str) -> Cow<'_, str> {
    if !cleaned.contains([' ', '.']) {
        return Cow::Borrowed(cleaned);
    }
    let joins = |c: Option<char>| c.is_none_or(|c| is_han(c) || c == '·');
    let chars: Vec<char> = cleaned.chars().collect();
    let mut out = String::with_capacity(cleaned.len());
    for (i, c) in chars.iter().enumerate() {
        let before = chars[..i].iter().rev().find(|c| **c != ' ').copied();
        let after = chars[i + 1..].iter().find(|c| **c != ' ').copied();
        match c {
            ' ' if joins(before) || joins(after) => {}
            '.' if before.is_some_and(is_han) && after.is_some_and(is_han) => out.push('·'),
            c => out.push(*c),
        }
    }
    Cow::Owned(out)
}

/// What spreadsheets show in a cell whose formula failed. `#N/A` is missing because it counts as an empty cell.
const ERROR_CELLS: [&str; 12] = [
    "#REF!",
    "#VALUE!",
    "#NAME?",
    "#DIV/0!",
    "#NUM!",
    "#NULL!",
    "#SPILL!",
    "#CALC!",
    "#FIELD!",
    "#BLOCKED!",
    "#CONNECT!",
    "#GETTING_DATA",
];

/// Whether a cell holds exactly a spreadsheet's error value.
pub fn is_error_cell(raw: &str) -> bool {
    raw.contains(['#', '＃']) && ERROR_CELLS.contains(&clean(raw).as_ref())
}
