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
    pub numerator: bool,
    pub denominator: bool,
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
            // That there is nobody is a number of people too; that a population is missing is none.
            "no_data" if !self.denominator || d == NULL => "no_data",
            _ => "rounded",
        };
        let value = numerator.and_then(|n| value(self.unit, n, denominator));
        Some(ShownRow { status, numerator, denominator, value })
    }

    /// The least and the greatest that numerator and denominator can be by what is shown of a row, put so that the
    /// rate is least and greatest; `None` where it is not rounded. `d` is [`NULL`] where there is none.
    fn ends(&self, [n, d]: [i64; 2]) -> Option<[(i64, Option<i64>); 2]> {
        let rounding = self.rounding?;
        let class = |value: i64, rounds: bool| if rounds { rounding.class(value, 0) } else { Range::exactly(value) };
        let n = class(n, self.numerator);
        if d == NULL {
            return Some([(n.low, None), (n.high, None)]);
        }
        let d = class(d, self.denominator);
        // A part is no more than its whole.
        let (high, of) = match self.bounded {
            true => (n.high.min(d.high), d.low.max(n.high.min(d.high))),
            false => (n.high, d.low),
        };
        Some([(n.low, Some(d.high)), (high, Some(of))])
    }

    /// Whether all that a row can be by what is shown of it meets a target, or nothing does; `None` where it depends.
    pub fn meets(&self, parts: [i64; 2], op: Op, target: f64) -> Option<bool> {
        let [least, most] = self.ends(parts)?.map(|(n, d)| meets(self.unit, n, d, op, target));
        least.filter(|_| least == most)
    }

    /// Between which values a rounded row lies; `None` where there may be no data.
    pub fn interval(&self, parts: [i64; 2]) -> Option<[f64; 2]> {
        let [least, most] = self.ends(parts)?;
        // Of a whole that may be nobody, nothing is known.
        if most.1 == Some(0) || (self.denominator && parts[1] != NULL && self.rounding?.shown(parts[1]) == 0) {
            return None;
        }
        Some([value(self.unit, least.0, least.1)?, value(self.unit, most.0, most.1)?])
    }
}
