//! Whether the number of an indicator can be read as it stands.

pub use crate::schema::arithmetic::{gap, meets, value};
use crate::schema::indicator::Unit;

/// Whether a number can be read as it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    Ok,
    /// 0/0, no year before to compare with, or no population.
    NoData,
    /// The window begins before the counties sent events, or a county has never sent, or no longer sends, a
    /// dataset that the number is made of.
    Partial,
}

impl Status {
    /// In the order of their numbers.
    pub const ALL: [Status; 3] = [Status::Ok, Status::NoData, Status::Partial];

    pub fn as_str(self) -> &'static str {
        match self {
            Status::Ok => "ok",
            Status::NoData => "no_data",
            Status::Partial => "partial",
        }
    }
}

/// The status that goes with [`value`]; no data comes before partial.
pub fn status(unit: Unit, denominator: Option<i64>, partial: bool) -> Status {
    match (unit, denominator) {
        (Unit::Count, _) => {}
        (_, None | Some(0)) => return Status::NoData,
        _ => {}
    }
    if partial { Status::Partial } else { Status::Ok }
}
