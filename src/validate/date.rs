//! Reads dates and times as people, spreadsheets and systems write them.
//!
//! A text that could mean two days (12/03/1985) is not accepted as a date; nothing is guessed.

use std::borrow::Cow;

use crate::schema::day;

mod moment;
mod words;

pub use moment::{Context, DateReading, Precision};
use moment::{Scanner, Time, century, clock, moment, short_number};

/// Smallest spreadsheet serial number that is taken for a date (1927-05-18); four digits are taken for a year.
const SMALLEST_SERIAL: u32 = 10_000;
/// For birth dates, four digits above any year are serial numbers too, from 1906-01-08 on.
const SMALLEST_BIRTH_SERIAL: u32 = 2_200;
/// Largest spreadsheet serial number that is taken for a date (2064-04-08).
const LARGEST_SERIAL: u32 = 60_000;

/// Placeholder dates as serial numbers: 0 and 1 (shown as 1900-01-00 and 1900-01-01), 2099-12-31 and 9999-12-31.
const PLACEHOLDER_SERIALS: [&str; 4] = ["0", "1", "73050", "2958465"];

/// Reads a cleaned text as a date.
pub fn read(text: &str, context: Context) -> DateReading {
    if text.is_ascii() && !text.bytes().any(|b| b.is_ascii_alphabetic() || b == b'(') {
        return read_plain(text, context);
    }
    let text: Cow<'_, str> = if text.contains(DASHES) { text.replace(DASHES, "-").into() } else { text.into() };
    let text = words::without_weekday(&text);
    let text = &*text;
    if let Some(reading) = words::english(text, context) {
        return reading;
    }
    match words::in_digits(text) {
        Some(digits) => read_plain(&digits, context),
        None => read_plain(text, context),
    }
}

/// Dashes that people type instead of a hyphen.
const DASHES: [char; 6] = ['‐', '‒', '–', '—', '―', '−'];

fn read_plain(text: &str, context: Context) -> DateReading {
    if let Some(inner) = text.strip_prefix('[').and_then(|t| t.strip_suffix(']')) {
        return listed(inner);
    }
    if text.bytes().all(|b| b.is_ascii_digit()) {
        return compact(text, context);
    }
    if let Some((whole, fraction)) = text.split_once('.')
        && whole.len() == 5
        && whole.bytes().chain(fraction.bytes()).all(|b| b.is_ascii_digit())
    {
        return serial(whole, fraction, context);
    }
    separated(text, context)
}

/// Reads `[2025,2,3]` or `[2025,2,3,14,30,5]`, as systems print lists of numbers.
fn listed(inner: &str) -> DateReading {
    let numbers: Option<Vec<u32>> = inner.split(',').map(|n| short_number(n.trim())).collect();
    match numbers.as_deref() {
        Some([y, m, d]) => calendar(*y, *m, *d),
        Some([y, m, d, h, min]) => moment(*y, *m, *d, clock(*h, *min, 0)),
        Some([y, m, d, h, min, s] | [y, m, d, h, min, s, _]) => moment(*y, *m, *d, clock(*h, *min, *s)),
        _ => DateReading::Unreadable,
    }
}

/// Reads a text of digits only.
fn compact(text: &str, context: Context) -> DateReading {
    if PLACEHOLDER_SERIALS.contains(&text) {
        return DateReading::Placeholder;
    }
    let part = |from: usize, to: usize| short_number(&text[from..to]).unwrap_or(u32::MAX);
    match text.len() {
        8 => calendar(part(0, 4), part(4, 6), part(6, 8)),
        // 12 and 13 digits may be milliseconds or a date with hours; they are read as neither.
        14 if matches!(part(0, 2), 19 | 20) => {
            moment(part(0, 4), part(4, 6), part(6, 8), clock(part(8, 10), part(10, 12), part(12, 14)))
        }
        6 if (1000..2200).contains(&part(0, 4)) => partial(part(0, 4), Some(part(4, 6))),
        4 if part(0, 4) < SMALLEST_BIRTH_SERIAL => partial(part(0, 4), None),
        5 => serial(text, "", context),
        4 if context.birth => serial(text, "", context),
        _ => DateReading::Unreadable,
    }
}

/// Reads a serial number of the 1900 date system; the fraction is the time of day.
fn serial(whole: &str, fraction: &str, context: Context) -> DateReading {
    let smallest = if context.birth { SMALLEST_BIRTH_SERIAL } else { SMALLEST_SERIAL };
    match short_number(whole) {
        Some(days) if (smallest..=LARGEST_SERIAL).contains(&days) => {
            // The 1900 system counts 29 February 1900, which did not exist. All accepted serials lie after it, so the
            // count is shifted by one day.
            let epoch = day::from_ymd(1899, 12, 30).expect("a date");
            let of_day: f64 = format!("0.{fraction}").parse().unwrap_or(0.0);
            let seconds = ((of_day * 86_400.0).round() as i32).min(86_399);
            DateReading::Moment { day: epoch + days as i32, precision: Precision::Day, seconds }
        }
        _ => DateReading::Unreadable,
    }
}

/// Reads year, month and day between separators, with month and day optional, and a time.
fn separated(text: &str, context: Context) -> DateReading {
    let mut rest = Scanner { text };
    let Some((year, year_digits)) = rest.digits(4) else { return DateReading::Unreadable };
    let first = match rest.separator(['-', '/', '.', '年', '、', ',', '\\']) {
        Some(first) => first,
        None if rest.text.starts_with(' ') => ' ',
        None => return DateReading::Unreadable,
    };
    // With separators that no form uses, only a complete date is accepted.
    let unusual = matches!(first, '、' | ',' | '\\' | ' ');
    rest.skip_spaces();
    if first == '年' && year_digits == 4 && rest.text == "?月" {
        return match day::from_ymd(year as i32, 1, 1) {
            Some(day) if year > 0 => DateReading::UnclearMonth { day },
            _ => DateReading::Impossible,
        };
    }
    if first == '年' && rest.is_done() {
        return if year_digits == 4 { partial(year, None) } else { DateReading::Unreadable };
    }
    let Some((month, _)) = rest.digits(2) else { return DateReading::Unreadable };
    let second = if first == ' ' {
        rest.text.starts_with(' ').then_some(' ')
    } else {
        rest.separator(['-', '/', '.', '月', '、', ',', '\\'])
    };
    rest.skip_spaces();
    if rest.is_done() && (second.is_none() || second == Some('月')) {
        return if year_digits == 4 && !unusual { partial(year, Some(month)) } else { DateReading::Unreadable };
    }
    if second != Some(if first == '年' { '月' } else { first }) || unusual && year_digits != 4 {
        return DateReading::Unreadable;
    }
    let Some((of_month, _)) = rest.digits(2) else { return DateReading::Unreadable };
    let marked = rest.separator(['日', '号']).is_some();
    let Some(time) = rest.time_to_the_end(marked) else { return DateReading::Unreadable };
    match year_digits {
        4 => moment(year, month, of_month, Some(time)),
        2 => century(year, month, of_month, time, context),
        _ => DateReading::Unreadable,
    }
}

fn partial(year: u32, month: Option<u32>) -> DateReading {
    match day::from_ymd(year as i32, month.unwrap_or(1), 1) {
        Some(day) if year > 0 => {
            let precision = if month.is_some() { Precision::Month } else { Precision::Year };
            DateReading::Moment { day, precision, seconds: 0 }
        }
        _ => DateReading::Impossible,
    }
}

fn calendar(year: u32, month: u32, of_month: u32) -> DateReading {
    moment(year, month, of_month, Some(Time::default()))
}
