//! Chinese characters as a linker compares them: by sound, by shape and by standard form.
//!
//! Clerks who err in a name write another character of the same sound, one that looks like it, or
//! another form of the same one. The tables behind this are facts of public sources, each named in
//! the first line of its file in `data/`; `scripts/hanzi_tables.py` makes them. They are laid out on
//! first use, in some milliseconds; then a look-up is two array accesses.

mod dialect;
mod plain;
mod reading;
mod shape;
mod surname;
mod table;

pub use dialect::dialect_class;
pub use plain::plain;
pub use reading::{Reading, readings, syllable_name};
pub use shape::{four_corner, looks_alike, strokes};
pub use surname::{surname_len, surname_readings};

/// Whether a character is a Chinese one: the unified ideographs of every extension, the
/// compatibility ideographs and 〇.
pub fn is_hanzi(c: char) -> bool {
    matches!(c,
        '\u{4E00}'..='\u{9FFF}'
        | '\u{3400}'..='\u{4DBF}'
        | '\u{3007}'
        | '\u{F900}'..='\u{FAFF}'
        | '\u{20000}'..='\u{2FA1F}'
        | '\u{30000}'..='\u{323AF}')
}

/// Whether a character stands for one that an export lost or a screen masks: any character may have
/// been there.
///
/// ○ is a mask; the number 〇 is another code point and a character. Private-use code points of which
/// [`plain`] knows what they were are not lost.
pub fn is_lost(c: char) -> bool {
    match c {
        '?' | '？' | '*' | '＊' | '□' | '■' | '○' | '●' | '◯' | '〓' | '▢' | '\u{FFFD}' => true,
        '\u{E000}'..='\u{F8FF}' | '\u{F0000}'..='\u{FFFFD}' | '\u{100000}'..='\u{10FFFD}' => plain(c) == c,
        _ => false,
    }
}
