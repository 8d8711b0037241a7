//! What is shown of the numbers of an indicator where they are rounded.

use super::batch::NULL;
use super::column::Range;
use super::round_indicators::rounding_of;
use super::rounding::Rounding;
use crate::schema::arithmetic::{meets, value};
use crate::schema::disclosure::PublicPolicy;
use crate::schema::indicator::{Denominator, Unit};
use crate::schema::profile::Op;
use crate::schema::{Counts, Indicator};

/// What of an indicator is rounded.
pub(super) struct ShownParts {
    pub id: String,
    unit: Unit,
    rounding: Option<Rounding>,
    numerator: bool,
    denominator: bool,
    bounded: bool,
}

/// What is shown of a row of an indicator.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct ShownRow<'a> {
    pub status: &'a str,
    pub numerator: Option<i64>,
    pub denominator: Option<i64>,
    pub value: Option<f64>,
}

impl ShownParts {
    pub fn of(i: &Indicator, policy: &PublicPolicy) -> Self {
        let of_people = |counts| counts != Counts::Nobody;
        let numerator = of_people(i.numerator.counts);
        let denominator = matches!(&i.denominator, Denominator::Part(part) if of_people(part.counts));
        ShownParts {
            id: i.id.clone(),
            unit: i.unit,
            rounding: rounding_of(policy, i).filter(|_| numerator || denominator),
            numerator,
            denominator,
            bounded: i.unit == Unit::Percent,
        }
    }

    pub fn is_rounded(&self) -> bool {
        self.rounding.is_some()
    }

    /// What is shown of a row whose numerator or denominator may be hidden; `None` where it is shown as it is but
    /// for what is hidden.
    pub fn row<'s>(&self, status: &'s str, parts: [i64; 2], hides: [bool; 2]) -> Option<ShownRow<'s>> {
        let rounding = self.rounding?;
        let [n, d] = parts;
        let shown = |value: i64, rounds: bool, hides: bool| {
            (!hides && value != NULL).then(|| if rounds { rounding.shown(value) } else { value })
        };
        let numerator = shown(n, self.numerator, hides[0]);
        let denominator = shown(d, self.denominator, hides[1]);
        let status = match status {
            _ if hides[0] => "suppressed",
            "no_data" => "no_data",
            _ => "rounded",
        };
        let value = numerator.and_then(|n| value(self.unit, n, denominator));
        Some(ShownRow { status, numerator, denominator, value })
    }

    /// Whether all that a row can be by what is shown of it meets a target, or nothing does; `None` where it depends.
    pub fn meets(&self, parts: [i64; 2], op: Op, target: f64) -> Option<bool> {
        let rounding = self.rounding?;
        let [n, d] = parts;
        let class = |value: i64, rounds: bool, least: i64| {
            if rounds { rounding.class(value, least) } else { Range::exactly(value) }
        };
        let n = class(n, self.numerator, 0);
        if d == NULL {
            let both = [n.low, n.high].map(|n| meets(self.unit, n, None, op, target));
            return both[0].filter(|_| both[0] == both[1]);
        }
        let d = class(d, self.denominator, 1);
        // A part is no more than its whole.
        let (high, of) = match self.bounded {
            true => (n.high.min(d.high), d.low.max(n.high.min(d.high))),
            false => (n.high, d.low),
        };
        let both = [(n.low, d.high), (high, of)].map(|(n, d)| meets(self.unit, n, Some(d), op, target));
        both[0].filter(|_| both[0] == both[1])
    }
}
