//! From numerator and denominator to a value, and whether it meets a target.

use super::indicator::Unit;
use super::profile::Op;

/// The value of an indicator, unrounded; `None` where there is no data.
///
/// `denominator` is `None` for a count, and where a population is missing.
pub fn value(unit: Unit, numerator: i64, denominator: Option<i64>) -> Option<f64> {
    let (n, d) = (numerator as f64, denominator.map(|d| d as f64));
    match (unit, d) {
        (Unit::Count, _) => Some(n),
        (_, None | Some(0.0)) => None,
        (Unit::Percent, Some(d)) => Some(n / d * 100.0),
        (Unit::Permille, Some(d)) => Some(n / d * 1000.0),
        (Unit::PercentChange, Some(d)) => Some((n - d) / d * 100.0),
    }
}

/// A target times what it is held against, both whole numbers at one scale.
struct HeldTarget {
    /// What one more in the numerator adds to the left side.
    one: i128,
    /// The numerator's side.
    left: i128,
    /// The target's side.
    right: i128,
}

/// Both sides of a comparison as whole numbers; `None` where there is no data.
fn held(unit: Unit, numerator: i64, denominator: Option<i64>, target: f64) -> Option<HeldTarget> {
    // A target is written with few decimals: its shortest text is the number that was meant.
    let text = target.to_string();
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let scale = 10_i128.pow(fraction.len() as u32);
    let goal: i128 = format!("{whole}{fraction}").parse().ok()?;
    let n = i128::from(numerator);
    if unit == Unit::Count {
        return Some(HeldTarget { one: scale, left: n * scale, right: goal });
    }
    let d = i128::from(denominator?);
    if d == 0 {
        return None;
    }
    let one = if unit == Unit::Permille { 1000 * scale } else { 100 * scale };
    // A change counts from the year before: n - d is held against the goal.
    let left = if unit == Unit::PercentChange { (n - d) * one } else { n * one };
    Some(HeldTarget { one, left, right: goal * d })
}

/// Whether a value meets a target, by integers alone: 19 of 20 is at least 95 %.
///
/// `None` where there is no data.
pub fn meets(unit: Unit, numerator: i64, denominator: Option<i64>, op: Op, target: f64) -> Option<bool> {
    let HeldTarget { left, right, .. } = held(unit, numerator, denominator, target)?;
    Some(match op {
        Op::AtLeast => left >= right,
        Op::AtMost => left <= right,
        Op::Above => left > right,
        Op::Below => left < right,
    })
}

/// How many more the numerator must count to meet a target, with the denominator as it is; of a target that is not to
/// be exceeded, how many fewer. 0 where it is met.
///
/// `None` where there is no data, and where no numerator meets it: below zero, or, of a percentage of a part
/// (`of_part`), above the denominator.
pub fn gap(
    unit: Unit,
    (numerator, denominator): (i64, Option<i64>),
    op: Op,
    target: f64,
    of_part: bool,
) -> Option<i64> {
    let HeldTarget { one, left, right } = held(unit, numerator, denominator, target)?;
    let up = |by: i128| -((-by).div_euclid(one));
    let more = match op {
        Op::AtLeast => up(right - left),
        Op::Above => (right - left).div_euclid(one) + 1,
        Op::AtMost => up(left - right),
        Op::Below => (left - right).div_euclid(one) + 1,
    };
    let gap = i64::try_from(more.max(0)).ok()?;
    let reached = match op {
        Op::AtLeast | Op::Above => numerator.checked_add(gap)?,
        Op::AtMost | Op::Below => numerator.checked_sub(gap)?,
    };
    let is_possible = reached >= 0 && !(of_part && denominator.is_some_and(|d| reached > d));
    is_possible.then_some(gap)
}
