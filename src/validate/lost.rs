//! Recognises characters that were lost before the file reached us: U+FFFD, runs of `?`, 锟斤拷, and text that was encoded
//! twice. Lost characters cannot be recovered, but what is left must not be taken for a name.

use std::sync::LazyLock;

use encoding_rs::GB18030;

use super::text::is_han;

const LOST: char = char::REPLACEMENT_CHARACTER;

/// U+FFFD twice, encoded as UTF-8 and read as GBK, is 锟斤拷; these are its parts, since it may begin anywhere.
const KUN_JIN_KAO: [&str; 3] = ["锟斤", "斤拷", "拷锟"];

/// Whether characters of a text were lost. In free text, question marks count only where no sentence would have them.
pub fn in_text(raw: &str, free_text: bool) -> bool {
    let asks = free_text && raw.contains(['?', '？']);
    if raw.is_ascii() && !asks {
        return false;
    }
    raw.contains(LOST) || raw.contains("锟斤拷") || asks && marks(raw, false).is_some()
}

/// A person's name with U+FFFD for each lost character; `None` if none was lost. `raw` is the cell, `name` the name
/// read from it.
pub fn in_name(raw: &str, name: &str) -> Option<String> {
    if is_twice_encoded(raw) || is_latin_for_gbk(raw) {
        return Some(LOST.to_string().repeat(name.chars().count().max(1)));
    }
    if name.chars().all(|c| matches!(c, '\u{4e00}'..='\u{9fff}') && c != '斤') {
        return None;
    }
    if KUN_JIN_KAO.iter().any(|k| name.contains(k)) || name.contains(LOST) {
        let lost = |c: char| matches!(c, '锟' | '斤' | '拷' | '?');
        return Some(name.chars().map(|c| if lost(c) { LOST } else { c }).collect());
    }
    if name.contains('?') { marks(name, true) } else { None }
}

/// The text with question marks replaced by U+FFFD where they must be lost characters: two or more in a row, or one
/// next to an ideograph (in a text that is not a name: between two of them).
fn marks(text: &str, person: bool) -> Option<String> {
    let chars: Vec<char> = text.chars().map(|c| if c == '？' { '?' } else { c }).collect();
    let at = |i: Option<usize>| i.and_then(|i| chars.get(i)).copied();
    let is_lost = |i: usize| {
        let (before, after) = (at(i.checked_sub(1)), at(Some(i + 1)));
        let (left, right) = (before.is_some_and(is_han), after.is_some_and(is_han));
        before == Some('?') || after == Some('?') || if person { left || right } else { left && right }
    };
    let lost: Vec<bool> = chars.iter().enumerate().map(|(i, c)| *c == '?' && is_lost(i)).collect();
    lost.contains(&true).then(|| chars.iter().zip(lost).map(|(c, lost)| if lost { LOST } else { *c }).collect())
}

/// Whether the text is UTF-8 read as Latin-1 or Windows-1252 (`å¼ ä¸‰`), or as GBK (寮犱笁).
fn is_twice_encoded(raw: &str) -> bool {
    let text = raw.trim();
    let Some(first) = text.chars().next().filter(|c| !c.is_ascii()) else { return false };
    if is_han(first) {
        if FIRSTS.binary_search(&first).is_err() {
            return false;
        }
        let (bytes, _, unmapped) = GB18030.encode(text);
        // A family name such as 濮 begins like one: then what would be read is hardly ever in use.
        let is_read =
            |t: &str| t.chars().all(is_han) && 2 * t.chars().filter(|c| is_usual(*c)).count() > t.chars().count();
        return !unmapped && std::str::from_utf8(&bytes).is_ok_and(is_read);
    }
    let chars: Vec<char> = text.chars().collect();
    // An accented letter followed by two characters that are not letters occurs in no language.
    chars
        .windows(3)
        .any(|w| ('ã'..='ï').contains(&w[0]) && is_continuation(w[1]) && (w[2] == ' ' || is_continuation(w[2])))
}

/// The characters that GBK shows for the first two bytes of an ideograph in UTF-8.
static FIRSTS: LazyLock<Vec<char>> = LazyLock::new(|| {
    let pairs = (0xe4..=0xe9u8).flat_map(|lead| (0x80..=0xbfu8).map(move |second| [lead, second]));
    let mut firsts: Vec<char> = pairs.filter_map(|pair| GB18030.decode(&pair).0.chars().next()).collect();
    firsts.sort_unstable();
    firsts
});

/// Whether a character is one of the 6,763 of GB 2312.
fn is_usual(c: char) -> bool {
    let mut buffer = [0; 4];
    let (bytes, _, unmapped) = GB18030.encode(c.encode_utf8(&mut buffer));
    !unmapped && matches!(*bytes, [0xb0..=0xf7, 0xa1..=0xfe])
}

/// Whether Latin-1 or Windows-1252 shows this character for a byte from 0x80 to 0xBF.
fn is_continuation(c: char) -> bool {
    matches!(c, '\u{80}'..='\u{bf}' | '\u{2013}'..='\u{203a}') || "€ƒˆ˜™ŠšŒœŽžŸ".contains(c)
}

/// Whether the text is GBK read as Latin-1 (`ÕÅÈý`): only pairs of characters of the upper half.
fn is_latin_for_gbk(raw: &str) -> bool {
    let text = raw.trim();
    if !text.starts_with(|c| ('\u{a1}'..='\u{ff}').contains(&c)) {
        return false;
    }
    let count = text.chars().count();
    count >= 4 && count.is_multiple_of(2) && text.chars().all(|c| ('\u{a1}'..='\u{ff}').contains(&c))
}
