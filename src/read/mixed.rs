//! Decodes text in which some lines or cells have another encoding than the rest.
//!
//! Each line is decoded by what it is: UTF-8, CESU-8 (UTF-8 with surrogates) or GB18030. A line that is valid in none
//! of them is decoded cell by cell, and each malformed run within a cell becomes one U+FFFD.

use std::borrow::Cow;

use encoding_rs::{DecoderResult, Encoding, GB18030, UTF_8};

/// Decodes complete lines and returns the number of malformed sequences.
pub(super) fn decode(bytes: &[u8], mostly: &'static Encoding, out: &mut String) -> u64 {
    if let Ok(text) = std::str::from_utf8(bytes)
        && (mostly == UTF_8 || text.is_ascii() || is_wide(text))
    {
        out.push_str(text);
        return 0;
    }
    if mostly == GB18030
        && !lines(bytes).any(|line| !line.is_ascii() && std::str::from_utf8(line).is_ok_and(is_wide))
        && let Some(text) = gb18030(bytes)
    {
        out.push_str(&text);
        return 0;
    }
    lines(bytes).map(|line| decode_line(line, mostly, out)).sum()
}

/// Splits bytes into lines; each keeps its line end.
fn lines(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    bytes.split_inclusive(|b| matches!(b, b'\n' | b'\r'))
}

fn decode_line(line: &[u8], mostly: &'static Encoding, out: &mut String) -> u64 {
    // These characters never occur as a byte within a longer character of either encoding.
    let is_between = |b: &u8| matches!(b, b',' | b'\t' | b';' | b'"' | b'\n' | b'\r');
    let in_utf8 =
        line.split(is_between).any(|cell| std::str::from_utf8(cell).is_ok_and(|t| !t.is_ascii() && is_wide(t)));
    // A UTF-8 line in which a character was cut can happen to be valid GBK.
    let is_cut_line = in_utf8 && mostly == UTF_8 && std::str::from_utf8(line).is_err();
    if let Some(text) = if is_cut_line { without_surrogates(line).map(Cow::Owned) } else { whole(line, mostly) } {
        out.push_str(&text);
        return 0;
    }
    let mut lost = 0;
    let mut rest = line;
    while !rest.is_empty() {
        let end = rest.iter().position(is_between).map_or(rest.len(), |at| at + 1);
        let (cell, after) = rest.split_at(end);
        rest = after;
        match whole(cell, mostly) {
            Some(text) if !(is_cut_line && ends_in_a_character(cell)) => {
                out.push_str(&text);
            }
            _ => lost += damaged(cell, if in_utf8 && mostly == UTF_8 { UTF_8 } else { nearer(cell, mostly) }, out),
        }
    }
    lost
}

/// The text of a line or cell, if it is valid in one of the encodings.
fn whole<'b>(bytes: &'b [u8], mostly: &'static Encoding) -> Option<Cow<'b, str>> {
    if let Ok(text) = std::str::from_utf8(bytes)
        && (mostly == UTF_8 || text.is_ascii() || is_wide(text))
    {
        return Some(Cow::Borrowed(text));
    }
    if let Some(text) = without_surrogates(bytes) {
        return Some(Cow::Owned(text));
    }
    gb18030(bytes).filter(|_| mostly == GB18030 || is_common_gbk(bytes))
}

/// Whether a cell is valid UTF-8 up to a character that is cut off at its end.
fn ends_in_a_character(cell: &[u8]) -> bool {
    let end = cell.iter().rposition(|b| *b >= 0x80).map_or(0, |at| at + 1);
    match std::str::from_utf8(&cell[..end]) {
        Ok(_) => false,
        Err(e) => e.error_len().is_none() && e.valid_up_to() >= 3,
    }
}

/// Whether every character beyond ASCII takes three or more bytes in UTF-8, as Chinese text does. Two bytes of GBK can
/// also be a Greek or Cyrillic letter in UTF-8.
fn is_wide(text: &str) -> bool {
    text.chars().all(|c| c.is_ascii() || c as u32 >= 0x800)
}

fn gb18030(bytes: &[u8]) -> Option<Cow<'_, str>> {
    GB18030.decode_without_bom_handling_and_without_replacement(bytes)
}

/// Whether at least half of the characters, read as GBK, are common ones or punctuation. UTF-8 that lost a byte can
/// also be valid GBK, but gives rare characters.
fn is_common_gbk(bytes: &[u8]) -> bool {
    let (mut all, mut common) = (0, 0);
    let mut at = 0;
    while at < bytes.len() {
        if bytes[at] < 0x80 {
            at += 1;
            continue;
        }
        all += 1;
        let trail = bytes.get(at + 1).copied().unwrap_or(0);
        common += u32::from(matches!(bytes[at], 0xa1..=0xa9 | 0xb0..=0xd7) && trail >= 0xa1);
        at += if trail.is_ascii_digit() { 4 } else { 2 };
    }
    common * 2 >= all
}

/// Decodes CESU-8, in which characters beyond the basic plane are two surrogates of three bytes each and U+0000 is two
/// bytes, as Java and some databases write it; `None` if the bytes are not that.
fn without_surrogates(bytes: &[u8]) -> Option<String> {
    if !bytes.windows(2).any(|w| matches!(w, [0xed, 0xa0..=0xaf] | [0xc0, 0x80])) {
        return None;
    }
    let mut out = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let [first, after @ ..] = rest {
        match rest {
            [0xed, a @ 0xa0..=0xaf, b @ 0x80..=0xbf, 0xed, c @ 0xb0..=0xbf, d @ 0x80..=0xbf, after @ ..] => {
                let unit = |x: &u8, y: &u8| 0xd000 | (u32::from(*x & 0x3f) << 6) | u32::from(*y & 0x3f);
                let (high, low) = (unit(a, b), unit(c, d));
                let c = char::from_u32(0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00))?;
                out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
                rest = after;
            }
            [0xc0, 0x80, after @ ..] => rest = after,
            _ => {
                out.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8(out).ok()
}

/// The encoding in which fewer sequences of a cell are malformed.
fn nearer(cell: &[u8], mostly: &'static Encoding) -> &'static Encoding {
    let other = if mostly == UTF_8 { GB18030 } else { UTF_8 };
    if other == GB18030 && !is_common_gbk(cell) {
        return mostly;
    }
    if faults(cell, other) < faults(cell, mostly) { other } else { mostly }
}

/// The number of malformed sequences of a cell in an encoding.
fn faults(cell: &[u8], encoding: &'static Encoding) -> usize {
    let (text, _) = encoding.decode_without_bom_handling(cell);
    text.chars().filter(|c| *c == char::REPLACEMENT_CHARACTER).count()
}

/// Decodes a cell with malformed bytes and returns the number of malformed runs. Neighbouring malformed bytes become
/// one U+FFFD, because they mostly belong to one character.
fn damaged(cell: &[u8], encoding: &'static Encoding, out: &mut String) -> u64 {
    let sound = without_surrogates(cell);
    let mut bytes = sound.as_deref().map_or(cell, str::as_bytes);
    let mut decoder = encoding.new_decoder_without_bom_handling();
    let mut lost = 0;
    let mut end_of_last = None;
    loop {
        out.reserve(decoder.max_utf8_buffer_length_without_replacement(bytes.len()).unwrap_or(bytes.len() * 4 + 16));
        let (result, read) = decoder.decode_to_string_without_replacement(bytes, out, true);
        bytes = &bytes[read..];
        match result {
            DecoderResult::InputEmpty => return lost,
            DecoderResult::OutputFull => {}
            DecoderResult::Malformed(..) => {
                if end_of_last != Some(out.len()) {
                    out.push(char::REPLACEMENT_CHARACTER);
                    lost += 1;
                }
                end_of_last = Some(out.len());
            }
        }
    }
}
