//! Two ID numbers. The check digit of GB 11643 catches every wrong digit and every swap of two
//! neighbours, so a slip leaves one side invalid, and two valid numbers that differ are two people.

use super::relation::{NOT_GIVEN, OTHER};
use crate::link::engine::records::{IdFacet, IdUse, RecordColumn};

/// Relations by number, from 1.
pub const RELATIONS: [&str; 6] = ["equal", "shared", "same-text", "slip", "masked", "two-valid"];

/// Valid, each side's own, and the same.
const EQUAL: u8 = 1;
/// A valid number that is not, or not surely, either side's own: a few people carry it.
const SHARED: u8 = 2;
/// The same text that no check digit guards, or a wrong one on both sides.
const SAME_TEXT: u8 = 3;
/// One digit differs or two neighbours are swapped, and one side fails its check.
const SLIP: u8 = 4;
/// All digits that both show agree.
const MASKED: u8 = 5;
/// Valid on both sides, and different.
const TWO_VALID: u8 = 6;

/// Digits that two masked numbers must both show.
const SHOWN_LEAST: u32 = 8;

#[inline]
pub fn relation(column: &RecordColumn<'_>, a: &[u32], b: &[u32]) -> u8 {
    if let Some(told) = told(column, a, b) {
        return told;
    }
    let Some(values) = column.values else { return OTHER };
    of_two(values.ids.get(column.text(a)), values.ids.get(column.text(b)))
}

/// The relation, if it takes no look at the digits.
#[inline]
pub fn told(column: &RecordColumn<'_>, a: &[u32], b: &[u32]) -> Option<u8> {
    let (ida, ua) = (column.text(a), a[column.at + 1]);
    let (idb, ub) = (column.text(b), b[column.at + 1]);
    const NOTHING: u32 = IdUse::Nothing as u32;
    const OWN: u32 = IdUse::Own as u32;
    const BORROWED: u32 = IdUse::Shared as u32;
    const ANOTHER: u32 = IdUse::Other as u32;
    if ua == NOTHING || ub == NOTHING {
        return Some(NOT_GIVEN);
    }
    match (ua == OWN, ub == OWN) {
        (true, true) => return Some(if ida == idb { EQUAL } else { TWO_VALID }),
        (false, false) if ida == idb => return Some(if ua == BORROWED { SHARED } else { SAME_TEXT }),
        _ => {}
    }
    // Whoever carries another's number has another one, which is not known; and people have a passport
    // beside their card, two of one kind may be an old one and a new one.
    let says_nothing = |of: u32| of == BORROWED || of == ANOTHER;
    (says_nothing(ua) || says_nothing(ub)).then_some(NOT_GIVEN)
}

/// Relation of two different numbers, at most one of them valid.
fn of_two(a: &IdFacet, b: &IdFacet) -> u8 {
    if !a.is_whole() || !b.is_whole() {
        // What a spreadsheet left as `4.40524E+17` says nothing against.
        return NOT_GIVEN;
    }
    let hidden = a.hidden | b.hidden;
    let mut differ = [0usize; 3];
    let mut count = 0;
    for i in 0..18 {
        if hidden >> i & 1 == 0 && a.chars[i] != b.chars[i] {
            if count == 3 {
                return OTHER;
            }
            differ[count] = i;
            count += 1;
        }
    }
    if hidden != 0 {
        let shown = 18 - hidden.count_ones();
        return if count == 0 && shown >= SHOWN_LEAST { MASKED } else { OTHER };
    }
    match count {
        1 => SLIP,
        2 if differ[1] == differ[0] + 1
            && a.chars[differ[0]] == b.chars[differ[1]]
            && a.chars[differ[1]] == b.chars[differ[0]] =>
        {
            SLIP
        }
        _ => OTHER,
    }
}
