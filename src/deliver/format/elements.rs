//! Data elements: the numerators and denominators of indicators, as DHIS2 and ADX name them.
//!
//! A data element belongs to one kind of period: a platform that adds up months would count a person twelve times.

use super::names::kind_code;
use crate::deliver::rows::DeliveredRows;
use crate::schema::Indicator;
use crate::schema::indicator::Denominator;

/// Kinds of periods, in the order in which they are declared.
pub const KINDS: [&str; 4] = ["month", "quarter", "half", "year"];

/// Numerator or denominator.
pub const SIDES: [(&str, &str); 2] = [("numerator", "N"), ("denominator", "D")];

/// The code of a data element, `sleep_rate_M_N`.
pub fn element_code(indicator: &str, kind: &str, side: &str) -> String {
    format!("{indicator}_{}_{side}", kind_code(kind))
}

/// The code of the data set of a kind of period.
pub fn data_set_code(kind: &str) -> String {
    format!("MH_{}", kind_code(kind))
}

/// The columns of an indicator that are sent.
pub fn sides(indicator: &Indicator) -> &'static [(&'static str, &'static str)] {
    if indicator.denominator == Denominator::None { &SIDES[..1] } else { &SIDES }
}

/// The remark that goes with a value; `None` for a value without one.
pub fn remark(rows: &DeliveredRows, row: usize) -> Option<&str> {
    rows.text("status", row).filter(|status| matches!(*status, "partial" | "rounded"))
}
