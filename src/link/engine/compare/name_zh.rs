//! Two Chinese names. Two or three characters leave no room for edit distance: what is written wrong
//! is written by sound, by shape, or not at all.

use super::relation::{NOT_GIVEN, OTHER};
use crate::link::engine::records::{NameFacet, RecordColumn};
use crate::link::zh::hanzi;

/// Relations by number, from 1; see [`relation`].
pub const RELATIONS: [&str; 10] =
    ["equal", "sound", "dialect", "shape", "lost", "swapped", "dropped", "cut", "one-character", "surname"];

pub(super) const EQUAL: u8 = 1;
/// Same syllables, tones aside, in any reading.
const SOUND: u8 = 2;
/// Same syllables where dialects do not tell sounds apart (n and l, zh and z, in and ing).
const DIALECT: u8 = 3;
/// Characters that differ look alike.
const SHAPE: u8 = 4;
/// A character stands where another system wrote a stand-in.
const LOST: u8 = 5;
/// Given characters in the other order.
const SWAPPED: u8 = 6;
/// One character is missing.
const DROPPED: u8 = 7;
/// A long name ends early.
const CUT: u8 = 8;
/// One given character is another one altogether, as of brothers and sisters.
const ONE_CHARACTER: u8 = 9;
/// Only the surname agrees.
const SURNAME: u8 = 10;

/// Characters that a column cut off at its width leaves of a name, at least.
const CUT_LEAST: usize = 4;

/// The relation, if the names' numbers tell it.
#[inline]
pub fn told(column: &RecordColumn<'_>, a: &[u32], b: &[u32]) -> Option<u8> {
    let (a, b) = (column.text(a), column.text(b));
    if !a.is_given() || !b.is_given() {
        return Some(NOT_GIVEN);
    }
    // Two lost characters are not the same character because systems wrote the same stand-in for them.
    let has_lost = || column.values.is_some_and(|values| values.text(a).contains(hanzi::is_lost));
    (a == b).then(|| if has_lost() { LOST } else { EQUAL })
}

#[inline]
pub fn relation(column: &RecordColumn<'_>, a: &[u32], b: &[u32]) -> u8 {
    if let Some(told) = told(column, a, b) {
        return told;
    }
    let (a, b) = (column.text(a), column.text(b));
    let Some(values) = column.values else { return OTHER };
    let (x, y) = (values.names.get(a), values.names.get(b));
    if x.is_short() && y.is_short() { short(x, y) } else { long(values.text(a), values.text(b)) }
}

/// Relation of two different short names.
pub fn short(a: &NameFacet, b: &NameFacet) -> u8 {
    let surname = same_surname(a, b);
    if a.len == b.len {
        let n = usize::from(a.len);
        let lost = a.lost | b.lost;
        let mut differ = 0u8;
        let (mut sound, mut dialect) = (true, true);
        for i in 0..n {
            if a.chars[i] == b.chars[i] || lost >> i & 1 == 1 {
                continue;
            }
            differ |= 1 << i;
            let same = same_sound(a, b, i);
            sound &= same;
            dialect &=
                same || hanzi::dialect_class(a.sounds[i]) == hanzi::dialect_class(b.sounds[i]) && a.sounds[i] != 0;
        }
        let kept = n as u32 - lost.count_ones() - differ.count_ones();
        if differ == 0 {
            return if kept > 0 && n > 1 { LOST } else { OTHER };
        }
        if sound {
            return SOUND;
        }
        if dialect {
            return DIALECT;
        }
        // The dearest test comes last, and only where something is left to know the name by.
        if kept > 0 && (0..n).all(|i| differ >> i & 1 == 0 || hanzi::looks_alike(a.chars[i], b.chars[i])) {
            return SHAPE;
        }
        if is_swapped(a, b, differ) {
            return SWAPPED;
        }
        if surname && n >= 3 && differ.count_ones() == 1 && kept >= 2 {
            return ONE_CHARACTER;
        }
    } else {
        let (short, long) = if a.len < b.len { (a, b) } else { (b, a) };
        if short.len >= 2 && long.len - short.len == 1 && is_dropped(short.chars(), long.chars()) {
            return DROPPED;
        }
        if usize::from(short.len) >= CUT_LEAST && long.chars().starts_with(short.chars()) {
            return CUT;
        }
    }
    if surname { SURNAME } else { OTHER }
}

fn same_surname(a: &NameFacet, b: &NameFacet) -> bool {
    let n = usize::from(a.surname_len);
    n > 0 && a.surname_len == b.surname_len && a.chars[..n] == b.chars[..n]
}

fn same_sound(a: &NameFacet, b: &NameFacet, i: usize) -> bool {
    if a.sounds[i] != 0 && a.sounds[i] == b.sounds[i] {
        return true;
    }
    share_a_reading(a.chars[i], b.chars[i])
}

/// Readings of a character that are in use; further ones are of old books.
const READINGS: usize = 2;

fn share_a_reading(c: char, d: char) -> bool {
    let other = hanzi::readings(d);
    hanzi::readings(c).iter().take(READINGS).any(|r| other.iter().take(READINGS).any(|o| o.syllable == r.syllable))
}

/// As [`share_a_reading`], where dialects do not tell sounds apart.
pub(super) fn share_a_dialect_reading(c: char, d: char) -> bool {
    let classes = |c: char| hanzi::readings(c).iter().take(READINGS).map(|r| hanzi::dialect_class(r.syllable));
    classes(c).any(|r| classes(d).any(|o| o == r))
}

/// Two characters beside each other in the other order; `differ` holds the places that differ.
fn is_swapped(a: &NameFacet, b: &NameFacet, differ: u8) -> bool {
    let i = differ.trailing_zeros() as usize;
    differ.count_ones() == 2 && differ >> i == 0b11 && a.chars[i] == b.chars[i + 1] && a.chars[i + 1] == b.chars[i]
}

fn is_dropped(short: &[char], long: &[char]) -> bool {
    let start = short.iter().zip(long).take_while(|(s, l)| s == l).count();
    // Without its surname a name says too little.
    start >= 1 && short[start..] == long[start + 1..]
}

/// Relation of two names of which one is too long for a facet: cut, or one or two characters off.
fn long(a: &str, b: &str) -> u8 {
    // By characters: in bytes a name in Latin letters is shorter than one of fewer Chinese characters.
    let (mut x, mut y): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    if x.len() > y.len() {
        std::mem::swap(&mut x, &mut y);
    }
    if x.len() >= CUT_LEAST && x.len() < y.len() && y.starts_with(&x) {
        return CUT;
    }
    if x.len() == y.len() {
        let differ: Vec<(char, char)> = x.iter().copied().zip(y.iter().copied()).filter(|(c, d)| c != d).collect();
        if differ.iter().all(|&(c, d)| hanzi::is_lost(c) || hanzi::is_lost(d)) {
            return LOST;
        }
        if differ.len() <= 2 && differ.iter().all(|&(c, d)| share_a_reading(c, d)) {
            return SOUND;
        }
        if differ.len() == 1 {
            return SHAPE;
        }
    } else if y.len() - x.len() == 1 && is_dropped(&x, &y) {
        return DROPPED;
    }
    OTHER
}
