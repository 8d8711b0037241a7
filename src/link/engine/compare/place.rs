//! Where two people live: an address, and the divisions that hold it.

use super::relation::{NOT_GIVEN, OTHER};
use crate::link::engine::records::RecordColumn;

/// Relations by number, from 1.
pub const RELATIONS: [&str; 4] = ["address", "village", "town", "county"];

const ADDRESS: u8 = 1;
const VILLAGE: u8 = 2;
const TOWN: u8 = 3;
const COUNTY: u8 = 4;

#[inline]
pub fn relation(address: Option<&RecordColumn<'_>>, column: &RecordColumn<'_>, a: &[u32], b: &[u32]) -> u8 {
    if let Some(address) = address {
        let (x, y) = (address.text(a), address.text(b));
        if x.is_given() && x == y {
            return ADDRESS;
        }
    }
    let (x, y) = (column.text(a), column.text(b));
    if !x.is_given() || !y.is_given() {
        return NOT_GIVEN;
    }
    let Some(values) = column.values else { return OTHER };
    let (p, q) = (values.places.get(x), values.places.get(y));
    if x == y && p.is_village {
        return VILLAGE;
    }
    if p.town != 0 && p.town == q.town {
        return TOWN;
    }
    if p.county != 0 && p.county == q.county { COUNTY } else { OTHER }
}
