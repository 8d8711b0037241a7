//! Two sets of phones: two numbers of each person's own, then two of the guardian's.

use super::relation::{NOT_GIVEN, OTHER};
use crate::link::engine::records::RecordColumn;

/// Relations by number, from 1.
pub const RELATIONS: [&str; 3] = ["own", "crossed", "guardian"];

/// A number of both persons' own.
const OWN: u8 = 1;
/// One's own number is the other's guardian's.
const CROSSED: u8 = 2;
const GUARDIAN: u8 = 3;

#[inline]
pub fn relation(column: &RecordColumn<'_>, a: &[u32], b: &[u32]) -> u8 {
    let (a, b) = (&a[column.at..column.at + 4], &b[column.at..column.at + 4]);
    let shares = |x: &[u32], y: &[u32]| x.iter().any(|n| *n != 0 && y.contains(n));
    let given = |x: &[u32]| x.iter().any(|n| *n != 0);
    if shares(&a[..2], &b[..2]) {
        return OWN;
    }
    if shares(&a[..2], &b[2..]) || shares(&a[2..], &b[..2]) {
        return CROSSED;
    }
    if shares(&a[2..], &b[2..]) {
        return GUARDIAN;
    }
    if given(a) && given(b) { OTHER } else { NOT_GIVEN }
}
