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

/// Whether a value meets a target, by integers alone: 19 of 20 is at least 95 %.
///
/// `None` where there is no data.
pub fn meets(unit: Unit, numerator: i64, denominator: Option<i64>, op: Op, target: f64) -> Option<bool> {
    // A target is written with few decimals: its shortest text is the number that was meant.
    let text = target.to_string();
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let scale = 10_i128.pow(fraction.len() as u32);
    let goal: i128 = format!("{whole}{fraction}").parse().ok()?;
    let n = i128::from(numerator);
    let (left, right) = match unit {
        Unit::Count => (n * scale, goal),
        _ => {
            let d = i128::from(denominator?);
            if d == 0 {
                return None;
            }
            let times = match unit {
                Unit::Percent => n * 100,
                Unit::Permille => n * 1000,
                _ => (n - d) * 100,
            };
            (times * scale, goal * d)
        }
    };
    Some(match op {
        Op::AtLeast => left >= right,
        Op::AtMost => left <= right,
        Op::Above => left > right,
        Op::Below => left < right,
    })
}
