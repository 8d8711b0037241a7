//! Reads dates and times as people, spreadsheets and systems write them.
//!
//! A text that could mean two days (12/03/1985) is not accepted as a date; nothing is guessed.

use std::borrow::Cow;

use crate::schema::{day, zone};

mod words;

/// How much of a date is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Precision {
    Year = 1,
    Month = 2,
    Day = 3,
}

/// What a cell of a date field turned out to say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DateReading {
    /// A date and the seconds since its midnight. If only the year or the month is given, the date is its first day.
    Moment {
        day: i32,
        precision: Precision,
        seconds: i32,
    },
    /// A year with a month that is in doubt; the value is the first day of the year.
    UnclearMonth {
        day: i32,
    },
    /// A date that systems write instead of leaving the field empty.
    Placeholder,
    /// Written like a date, but there is no such day or time.
    Impossible,
    Unreadable,
}

/// What is needed to decide texts that leave something open.
#[derive(Clone, Copy, Debug)]
pub struct Context {
    /// The day that the run is for, in days since 1970-01-01.
    pub as_of: i32,
    /// Whether the field holds birth dates, which lie anywhere in the past hundred years. Other dates lie in the recent
    /// past or, if mistyped, in the near future; a mistyped one must be reported and not moved back by a century.
    pub birth: bool,
}

/// How many years after `as_of` a date other than a birth date with a two-digit year may lie.
const YEARS_AHEAD: i32 = 20;

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

fn short_number(text: &str) -> Option<u32> {
    if text.is_empty() || text.len() > 9 || !text.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    text.parse().ok()
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

/// Puts a two-digit year into the latest century that makes sense.
fn century(year: u32, month: u32, of_month: u32, time: Time, context: Context) -> DateReading {
    let recent = moment(2000 + year, month, of_month, Some(time));
    let latest = if context.birth {
        context.as_of
    } else {
        day::from_ymd(i32::from(day::to_date(context.as_of).year()) + YEARS_AHEAD, 12, 31).unwrap_or(i32::MAX)
    };
    match recent {
        DateReading::Moment { day, .. } if day <= latest => recent,
        // 29 February may exist in one century and not in the other.
        DateReading::Impossible if month == 2 && of_month == 29 => moment(1900 + year, month, of_month, Some(time)),
        DateReading::Moment { .. } => moment(1900 + year, month, of_month, Some(time)),
        other => other,
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

/// A time of day: seconds since midnight and, if a zone is stated, its offset in seconds east of Greenwich.
#[derive(Clone, Copy, Debug, Default)]
struct Time {
    seconds: i32,
    east: Option<i32>,
}

/// Combines date and time; `None` stands for an impossible time. If a zone is stated, the instant is converted to
/// Asia/Shanghai.
fn moment(year: u32, month: u32, of_month: u32, time: Option<Time>) -> DateReading {
    if matches!((year, month, of_month), (1, 1, 1) | (1900, 1, 0 | 1) | (2099 | 9999, 12, 31)) {
        return DateReading::Placeholder;
    }
    let (1.., Some(day), Some(time)) = (year, day::from_ymd(year as i32, month, of_month), time) else {
        return DateReading::Impossible;
    };
    let mut seconds = i64::from(day) * 86_400 + i64::from(time.seconds);
    if let Some(east) = time.east {
        seconds = zone::civil_seconds(seconds - i64::from(east));
    }
    DateReading::Moment {
        day: seconds.div_euclid(86_400) as i32,
        precision: Precision::Day,
        seconds: seconds.rem_euclid(86_400) as i32,
    }
}

fn clock(hour: u32, minute: u32, second: u32) -> Option<Time> {
    let seconds = (hour * 3600 + minute * 60 + second) as i32;
    (hour < 24 && minute < 60 && second < 60).then_some(Time { seconds, east: None })
}

/// The part of a text that has not been read yet.
struct Scanner<'a> {
    text: &'a str,
}

impl Scanner<'_> {
    fn is_done(&self) -> bool {
        self.text.is_empty()
    }

    fn skip_spaces(&mut self) {
        self.text = self.text.trim_start_matches(' ');
    }

    /// Reads a number of at most `most` digits; returns it with the number of digits.
    fn digits(&mut self, most: usize) -> Option<(u32, usize)> {
        let len = self.text.bytes().take_while(u8::is_ascii_digit).count();
        if len == 0 || len > most {
            return None;
        }
        let value = self.text[..len].parse().ok()?;
        self.text = &self.text[len..];
        Some((value, len))
    }

    /// Reads one of these characters, and the spaces around it.
    fn separator<const N: usize>(&mut self, any: [char; N]) -> Option<char> {
        let start = self.text.trim_start_matches(' ');
        let found = start.chars().next().filter(|c| any.contains(c))?;
        self.text = start[found.len_utf8()..].trim_start_matches(' ');
        Some(found)
    }

    fn word(&mut self, words: &[&str]) -> bool {
        self.skip_spaces();
        for word in words {
            if let Some(head) = self.text.get(..word.len())
                && head.eq_ignore_ascii_case(word)
            {
                self.text = &self.text[word.len()..];
                return true;
            }
        }
        false
    }

    /// Reads what follows a complete date, to the end of the text: nothing, a time, or only a zone, as in XML, which
    /// does not change the day. `None` if it is something else or not a valid time.
    fn time_to_the_end(&mut self, after_day_mark: bool) -> Option<Time> {
        if self.is_done() {
            return Some(Time::default());
        }
        if self.text.starts_with(['Z', 'z', '+']) {
            return (self.zone().is_some() && self.is_done()).then(Time::default);
        }
        self.time(after_day_mark)
    }

    /// Reads `14:30`, `T14:30:05.123Z`, `下午2时30分`, `2:30 PM` or `AM 2:30`, to the end of the text.
    fn time(&mut self, after_day_mark: bool) -> Option<Time> {
        let spaced = self.text.starts_with(' ') || self.text.starts_with(['T', 't']);
        if !spaced && !after_day_mark {
            return None;
        }
        self.word(&["T"]);
        let mut morning = self.word(&["上午", "AM"]);
        let mut afternoon = !morning && self.word(&["下午", "PM"]);
        self.skip_spaces();
        let (mut hour, _) = self.digits(2)?;
        let hour_mark = self.separator([':', '时', '点'])?;
        let (minute, second) =
            if hour_mark != ':' && self.is_done() { (0, 0) } else { self.minute_and_second(hour_mark)? };
        if !morning && !afternoon {
            morning = self.word(&["AM"]);
            afternoon = !morning && self.word(&["PM"]);
        }
        if (morning || afternoon) && !(1..=12).contains(&hour) && !(afternoon && hour < 24) {
            return None;
        }
        if afternoon && hour < 12 {
            hour += 12;
        } else if morning && hour == 12 {
            hour = 0;
        }
        let east = self.zone()?;
        self.is_done().then_some(())?;
        Some(Time { east, ..clock(hour, minute, second)? })
    }

    fn minute_and_second(&mut self, hour_mark: char) -> Option<(u32, u32)> {
        let (minute, _) = self.digits(2)?;
        let mark = self.separator([':', '分']);
        if mark.is_none() || mark == Some('分') && !self.text.starts_with(|c: char| c.is_ascii_digit()) {
            return Some((minute, 0));
        }
        if (mark == Some(':')) != (hour_mark == ':') {
            return None;
        }
        let (second, _) = self.digits(2)?;
        if let Some(fraction) = self.text.strip_prefix('.') {
            let len = fraction.bytes().take_while(u8::is_ascii_digit).count();
            if len == 0 {
                return None;
            }
            self.text = &fraction[len..];
        }
        self.separator(['秒']);
        Some((minute, second))
    }

    /// Reads a zone as seconds east of Greenwich; `Some(None)` if none is stated, `None` if the text is not a zone. CST
    /// means China Standard Time and CDT its summer time.
    fn zone(&mut self) -> Option<Option<i32>> {
        if self.word(&["CST", "CDT"]) {
            return Some(None);
        }
        let named = self.word(&["UTC", "GMT", "Z"]);
        self.skip_spaces();
        let east = match self.text.chars().next() {
            Some('+') => 1,
            Some('-') => -1,
            _ => return Some(named.then_some(0)),
        };
        self.text = &self.text[1..];
        let digits: String = self.text.chars().filter(|c| *c != ':').collect();
        let (hours, minutes) = match digits.len() {
            2 => (short_number(&digits)?, 0),
            4 => (short_number(digits.get(..2)?)?, short_number(digits.get(2..)?)?),
            _ => return None,
        };
        if hours > 14 || minutes > 59 {
            return None;
        }
        self.text = "";
        Some(Some(east * (hours * 3600 + minutes * 60) as i32))
    }
}
