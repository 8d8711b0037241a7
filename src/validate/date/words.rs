//! Dates that contain words: weekdays, English months, and years and days in Chinese numerals.

use std::borrow::Cow;

use super::{Context, DateReading, Scanner, Time, century, moment, short_number};

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];
const WEEKDAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

/// The last characters of weekdays: after 星期 or 周, or alone in brackets.
const DAYS: &str = "一二三四五六日天";

/// Removes a weekday beside a date; it adds nothing.
pub(super) fn without_weekday(text: &str) -> Cow<'_, str> {
    for mark in ["星期", "礼拜", "周", "("] {
        let Some((before, after)) = text.split_once(mark) else { continue };
        let mut after = after.chars();
        if !after.next().is_some_and(|c| DAYS.contains(c)) {
            continue;
        }
        let after = after.as_str();
        if mark == "(" && !after.starts_with(')') {
            continue;
        }
        let before = before.trim_end_matches([' ', '(']);
        let after = after.trim_start_matches([')', ' ']);
        return if after.is_empty() { before.into() } else { format!("{before} {after}").into() };
    }
    text.into()
}

/// Reads a date with an English month: `12-Mar-85`, `Mar 12, 1985`, `Tue Mar 12 00:00:00 CST 1985`, `Tue Mar 12 1985
/// 00:00:00 GMT+0800 (中国标准时间)`. `None` if no month is named.
pub(super) fn english(text: &str, context: Context) -> Option<DateReading> {
    let text = text.split('(').next().unwrap_or_default();
    let mut month = None;
    // The numbers before and after the month, each with its number of digits.
    let mut numbers: [Vec<(u32, usize)>; 2] = [Vec::new(), Vec::new()];
    let (mut time, mut half, mut zone) = ("", "", "");
    let mut is_strange = false;
    for token in text.split([' ', ',']).filter(|t| !t.is_empty()) {
        let upper = token.to_ascii_uppercase();
        if token.contains(':') {
            is_strange |= !time.is_empty();
            time = token;
        } else if matches!(upper.as_str(), "AM" | "PM") {
            half = token;
        } else if ["GMT", "UTC", "CST", "CDT"].iter().any(|z| upper.starts_with(z))
            || upper == "Z"
            || !time.is_empty() && token.starts_with(['+', '-'])
        {
            zone = token;
        } else {
            for part in token.split(['-', '/', '.']).filter(|p| !p.is_empty()) {
                match (short_number(part), named(part, &MONTHS)) {
                    (Some(number), _) => numbers[usize::from(month.is_some())].push((number, part.len())),
                    (None, Some(index)) => {
                        is_strange |= month.is_some();
                        month = Some(index as u32 + 1);
                    }
                    (None, None) => is_strange |= named(part, &WEEKDAYS).is_none(),
                }
            }
        }
    }
    let month = month?;
    let (day, (year, year_digits)) = match [&numbers[0][..], &numbers[1][..]] {
        [[(day, 1 | 2)], [year @ (_, 2 | 4)]] => (*day, *year),
        [[], [(day, 1 | 2), year @ (_, 4)]] => (*day, *year),
        _ => return Some(DateReading::Unreadable),
    };
    let time = if time.is_empty() {
        Some(Time::default())
    } else {
        Scanner { text: format!(" {time} {half} {zone}").trim_end() }.time(false)
    };
    Some(match time {
        Some(time) if !is_strange && year_digits == 4 => moment(year, month, day, Some(time)),
        Some(time) if !is_strange => century(year, month, day, time, context),
        _ => DateReading::Unreadable,
    })
}

/// The index of the word that a text is, in full or by its first three letters.
fn named(text: &str, words: &[&str]) -> Option<usize> {
    let text = text.to_ascii_lowercase();
    let stem = if text == "sept" { "sep" } else { &text };
    words.iter().position(|word| *word == stem || stem.len() == 3 && word.starts_with(stem))
}

/// Turns a complete date in Chinese numerals, 一九八五年三月十二日, into digits; `None` for anything else, such as days of the
/// lunar calendar.
pub(super) fn in_digits(text: &str) -> Option<String> {
    if !text.starts_with(|c| digit(c).is_some()) {
        return None;
    }
    let (year, rest) = text.split_once('年')?;
    let (month, day) = rest.split_once('月')?;
    let day = day.strip_suffix(['日', '号'])?;
    let year: String = year.chars().map(|c| digit(c).and_then(|d| char::from_digit(d, 10))).collect::<Option<_>>()?;
    (year.len() == 4).then_some(())?;
    Some(format!("{year}-{}-{}", numeral(month)?, numeral(day)?))
}

fn digit(c: char) -> Option<u32> {
    if c == '〇' || c == '○' {
        return Some(0);
    }
    "零一二三四五六七八九".chars().position(|d| d == c).map(|d| d as u32)
}

/// Reads a Chinese numeral from 1 to 99.
fn numeral(text: &str) -> Option<u32> {
    let one = |text: &str, absent: u32| {
        let mut chars = text.chars();
        match (chars.next(), chars.next()) {
            (None, _) => Some(absent),
            (Some(c), None) => digit(c),
            _ => None,
        }
    };
    match text.split_once('十') {
        Some((tens, ones)) => Some(one(tens, 1)? * 10 + one(ones, 0)?),
        None if text.is_empty() => None,
        None => one(text, 0),
    }
}
