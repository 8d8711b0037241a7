//! Typed cells as text, the same for every format.

use crate::schema::day;

/// Seconds of a day.
const DAY: i64 = 86_400;

/// Whole numbers below this one are exact.
const EXACT: f64 = 9_007_199_254_740_992.0;
/// Digits that a spreadsheet keeps.
const KEPT_DIGITS: usize = 15;

/// A number: whole ones without a point and in all their digits, others in their shortest form.
///
/// A number too long for its last digits to be known keeps its exponent, so that nobody takes them
/// for those of an ID number; one that a spreadsheet cut to 15 digits ends in zeros.
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

/// `YYYY-MM-DD` of a day since 1970-01-01; `None` before the year 1 and after the year 9999.
pub(super) fn date_text(day: i32) -> Option<String> {
    (-719_162..=2_932_896).contains(&day).then(|| day::to_iso(day))
}

/// `HH:MM:SS`; more than a day runs on in hours.
pub(super) fn time_text(seconds: i64) -> String {
    format!("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)
}

/// A spreadsheet's serial date. Serial 0 of the 1900 system is the day that Excel shows as
/// 1900-01-00, and 60 the 29 February 1900 that never was; a serial below 1 is a time of day.
pub(super) fn serial_text(serial: f64, from_1904: bool) -> String {
    if !(0.0..2_958_466.0).contains(&serial) {
        return number_text(serial);
    }
    // To the second: binary fractions of a day are a little off.
    let seconds = (serial * DAY as f64).round() as i64;
    let (days, time) = ((seconds / DAY) as i32, seconds % DAY);
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
