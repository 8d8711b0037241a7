//! Two birth dates, typed or out of an ID number; the closest relation counts.

use super::relation::{NOT_GIVEN, OTHER};
use crate::link::engine::records::{IdUse, RecordColumn};
use crate::link::zh::lunar;
use crate::schema::day;

/// Relations by number, from 1.
pub const RELATIONS: [&str; 10] = [
    "equal",
    "lunar",
    "swapped",
    "one-digit",
    "first-of-year",
    "partial",
    "same-month",
    "two-parts",
    "same-year",
    "near-year",
];

const EQUAL: u8 = 1;
/// One is the other's date in the old calendar.
const LUNAR: u8 = 2;
/// Day and month the wrong way round.
const SWAPPED: u8 = 3;
/// One digit of `YYYYMMDD` differs, or two neighbours are swapped.
const ONE_DIGIT: u8 = 4;
/// The same year, and one is its first of January.
const FIRST_OF_YEAR: u8 = 5;
/// What is given of both agrees, but one is no full date.
const PARTIAL: u8 = 6;
const SAME_MONTH: u8 = 7;
/// Two of year, month and day agree, but not year and month.
const TWO_PARTS: u8 = 8;
const SAME_YEAR: u8 = 9;
/// The years differ by one.
const NEAR_YEAR: u8 = 10;

const FULL: u32 = 3;

/// The relation, if the dates that are written tell it.
#[inline]
pub fn told(column: &RecordColumn<'_>, a: &[u32], b: &[u32]) -> Option<u8> {
    let at = column.at;
    (a[at] == b[at] && a[at + 1] == FULL && b[at + 1] == FULL).then_some(EQUAL)
}

#[inline]
pub fn relation(column: &RecordColumn<'_>, id: Option<&RecordColumn<'_>>, a: &[u32], b: &[u32]) -> u8 {
    if let Some(told) = told(column, a, b) {
        return told;
    }
    let (da, pa) = (a[column.at] as i32, a[column.at + 1]);
    let (db, pb) = (b[column.at] as i32, b[column.at + 1]);
    // The birth date inside an ID number adds nothing if it is the one that is written.
    let other = |record: &[u32], day: i32, precision: u32| {
        id.and_then(|id| inside(id, record)).filter(|inside| precision != FULL || *inside != day)
    };
    let (ia, ib) = (other(a, da, pa), other(b, db, pb));
    let mut best = NOT_GIVEN;
    let mut try_both = |x: (i32, u32), y: (i32, u32)| {
        let r = of_two(x, y);
        if r != NOT_GIVEN && (best == NOT_GIVEN || r < best) {
            best = r;
        }
    };
    try_both((da, pa), (db, pb));
    if let Some(ia) = ia {
        try_both((ia, FULL), (db, pb));
    }
    if let Some(ib) = ib {
        try_both((da, pa), (ib, FULL));
        if let Some(ia) = ia {
            try_both((ia, FULL), (ib, FULL));
        }
    }
    best
}

/// The day inside the record's own ID number.
fn inside(id: &RecordColumn<'_>, record: &[u32]) -> Option<i32> {
    (record[id.at + 1] == IdUse::Own as u32).then(|| id.values.map(|v| v.ids.get(id.text(record)).birth_day)).flatten()
}

/// The relation of two dates with their precisions; symmetric.
pub fn of_two((a, pa): (i32, u32), (b, pb): (i32, u32)) -> u8 {
    if pa == 0 || pb == 0 {
        return NOT_GIVEN;
    }
    if pa == FULL && pb == FULL && a == b {
        return EQUAL;
    }
    let (x, y) = (day::civil(a), day::civil(b));
    if pa < FULL || pb < FULL {
        let months = pa >= 2 && pb >= 2;
        return match (x.0 == y.0, !months || x.1 == y.1) {
            (true, true) => PARTIAL,
            (true, false) => SAME_YEAR,
            _ if x.0.abs_diff(y.0) == 1 => NEAR_YEAR,
            _ => OTHER,
        };
    }
    if a.abs_diff(b) <= 62 && (lunar::read_as_solar(a) == Some(b) || lunar::read_as_solar(b) == Some(a)) {
        return LUNAR;
    }
    if x.0 == y.0 && x.1 == y.2 && x.2 == y.1 {
        return SWAPPED;
    }
    if is_one_digit(x, y) {
        return ONE_DIGIT;
    }
    if x.0 == y.0 && ((x.1, x.2) == (1, 1) || (y.1, y.2) == (1, 1)) {
        return FIRST_OF_YEAR;
    }
    match (x.0 == y.0, x.1 == y.1, x.2 == y.2) {
        (true, true, _) => SAME_MONTH,
        (true, _, true) | (_, true, true) => TWO_PARTS,
        (true, ..) => SAME_YEAR,
        _ if x.0.abs_diff(y.0) == 1 => NEAR_YEAR,
        _ => OTHER,
    }
}

fn is_one_digit(a: (i32, u32, u32), b: (i32, u32, u32)) -> bool {
    let digits = |d: (i32, u32, u32)| {
        let mut n = d.0.unsigned_abs() * 10_000 + d.1 * 100 + d.2;
        let mut out = [0u8; 8];
        for slot in out.iter_mut().rev() {
            *slot = (n % 10) as u8;
            n /= 10;
        }
        out
    };
    let (a, b) = (digits(a), digits(b));
    let mut places = (0..8).filter(|&i| a[i] != b[i]);
    match (places.next(), places.next(), places.next()) {
        (Some(_), None, _) => true,
        (Some(i), Some(j), None) => j == i + 1 && a[i] == b[j] && a[j] == b[i],
        _ => false,
    }
}
