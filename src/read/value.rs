//! Typed cells as text, in the same way for every format.

use crate::schema::day;

/// Seconds in a day.
const DAY: i64 = 86_400;

/// Seconds by which an offset of 8:05 falls short of Shanghai's local mean time, 8:05:43.
const SHORT_OF_MIDNIGHT: i64 = 43;

/// Whole numbers below this one (2^53) are exact in a 64-bit float.
const EXACT: f64 = 9_007_199_254_740_992.0;
/// Significant digits that a spreadsheet keeps.
const KEPT_DIGITS: usize = 15;

/// A number as text: whole numbers with all digits and without a point, others in their shortest form.
///
/// A number so long that its last digits are unknown keeps its exponent, so that nobody mistakes the digits for an ID
/// number. One that a spreadsheet cut to 15 digits ends in zeros.
pub(super) fn number_text(number: f64) -> String {
    if number == 0.0 {
        return "0".to_owned();
    }
    if number.abs() < EXACT {
        return format!("{number}");
    }
    let text = format!("{number:e}");
    let digits = text.bytes().take_while(|b| *b != b'e').filter(u8::is_ascii_digit).count();
    if digits <= KEPT_DIGITS && number.abs() < 1e21 { format!("{number}") } else { text }
}

/// `YYYY-MM-DD`, with ` HH:MM:SS` where the time is not midnight; `None` beyond the calendar.
pub(super) fn date_time_text(seconds: i64) -> Option<String> {
    let date = date_text(i32::try_from(seconds.div_euclid(DAY)).ok()?)?;
    let time = seconds.rem_euclid(DAY);
    Some(if time == 0 { date } else { format!("{date} {}", time_text(time)) })
}

/// `YYYY-MM-DD` from days since 1970-01-01; `None` outside the years 1 to 9999.
pub(super) fn date_text(day: i32) -> Option<String> {
    (-719_162..=2_932_896).contains(&day).then(|| day::to_iso(day))
}

/// `HH:MM:SS`; above a day the hours go on counting.
pub(super) fn time_text(seconds: i64) -> String {
    format!("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)
}

/// The date of a spreadsheet's serial number. In the 1900 system Excel shows serial 0 as 1900-01-00, and 60 as 29
/// February 1900, which did not exist. A serial below 1 is a time of day.
pub(super) fn serial_text(serial: f64, from_1904: bool) -> String {
    if !(0.0..2_958_466.0).contains(&serial) {
        return number_text(serial);
    }
    // Rounded to the second, because a fraction of a day is not exact in binary; but rounding must not move the last
    // second to the next day.
    let (mut days, mut time) = (serial as i32, ((serial.fract() * DAY as f64).round() as i64).min(DAY - 1));
    // This is midnight as written by a library that takes Shanghai's old offset to be 8:05 instead of 8:05:43.
    if days > 0 && time == DAY - SHORT_OF_MIDNIGHT {
        (days, time) = (days + 1, 0);
    }
    let date = match (from_1904, days) {
        (false, 0) if time != 0 => return time_text(time),
        (false, 0) => Some("1900-01-00".to_owned()),
        (false, 60) => Some("1900-02-29".to_owned()),
        (false, 1..60) => date_text(days - 25_568),
        (false, _) => date_text(days - 25_569),
        (true, _) => date_text(days - 24_107),
    };
    match date {
        None => number_text(serial),
        Some(date) if time == 0 => date,
        Some(date) => format!("{date} {}", time_text(time)),
    }
}

/// What a plain number means in a column of dates, if that differs from its text; and whether it is so small that only
/// a birth date can be meant.
///
/// In a workbook with the 1904 date system the number is a serial of that system. Elsewhere `1985.1` may have been
/// typed as `1985.10` or as `1985.1`: the number of decimals that the cell shows decides, and without it the month is
/// in doubt.
pub(super) fn number_as_date(number: f64, decimals: Option<usize>, from_1904: bool) -> Option<(String, bool)> {
    /// Serial numbers that are accepted: above any year, and not after 2064.
    const SERIALS: std::ops::RangeInclusive<f64> = 2_200.0..=60_000.0;
    /// 1927-05-18 in the 1904 system.
    const RECENT: f64 = 8_538.0;
    if from_1904 && SERIALS.contains(&number) {
        return Some((serial_text(number, true), number < RECENT));
    }
    let hundredths = (number * 100.0).round();
    let is_exact = (number * 100.0 - hundredths).abs() < 1e-6;
    if !(1_000.0..2_200.0).contains(&number) || !is_exact || hundredths % 100.0 != 10.0 {
        return None;
    }
    let year = number.trunc();
    Some((if decimals == Some(2) { format!("{year}.10") } else { format!("{year}年?月") }, false))
}

/// The parts of a cell's number format that change what its number means.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct NumberShape {
    /// Digits shown after the point, if the format states them.
    pub decimals: Option<usize>,
    /// Shown as a percentage.
    pub percent: bool,
}

impl NumberShape {
    /// Parses the first section of a number format (ECMA-376 18.8.31).
    pub fn of(code: &str) -> NumberShape {
        let mut shape = NumberShape::default();
        let (mut digits, mut behind_point) = (false, None);
        let mut chars = code.chars();
        while let Some(c) = chars.next() {
            match c {
                ';' => break,
                '\\' | '_' | '*' => {
                    chars.next();
                }
                '"' => chars.by_ref().take_while(|c| *c != '"').for_each(drop),
                '[' => chars.by_ref().take_while(|c| *c != ']').for_each(drop),
                '%' => shape.percent = true,
                '.' => behind_point = Some(0),
                '0' | '#' | '?' => {
                    digits = true;
                    if let (Some(behind), '0') = (&mut behind_point, c) {
                        *behind += 1;
                    }
                }
                _ => {}
            }
        }
        shape.decimals = digits.then(|| behind_point.unwrap_or(0));
        shape
    }

    /// The number as it would read if the sheet were saved as text.
    pub fn text(self, number: f64) -> String {
        if self.percent { format!("{:.*}%", self.decimals.unwrap_or(0), number * 100.0) } else { number_text(number) }
    }
}
