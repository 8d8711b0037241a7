//! Days, periods and windows, with calendar arithmetic of its own.

use super::world::Settings;

/// Days since 1970-01-01.
pub type Day = i64;

/// A year that February makes long.
fn is_leap(year: i64) -> bool {
    (year % 4 == 0 && year % 100 != 0) || year % 400 == 0
}

/// Number of days of a month (1 to 12).
pub fn days_in_month(year: i64, month: i64) -> i64 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if is_leap(year) => 29,
        2 => 28,
        _ => 31,
    }
}

/// Days before 1 January of a year, counted from 1 January of year 1.
fn days_before_year(year: i64) -> i64 {
    let y = year - 1;
    365 * y + y / 4 - y / 100 + y / 400
}

/// The day of a date that exists (years 1 to 9999).
pub fn day(year: i64, month: i64, date: i64) -> Day {
    let mut days = days_before_year(year) - days_before_year(1970);
    for m in 1..month {
        days += days_in_month(year, m);
    }
    days + date - 1
}

/// Year, month and day of the month.
pub fn ymd(d: Day) -> (i64, i64, i64) {
    // 400 years hold 146097 days, so this guess is at most a year off.
    let mut year = 1970 + d * 400 / 146_097 - 1;
    while day(year + 1, 1, 1) <= d {
        year += 1;
    }
    let mut month = 1;
    let mut rest = d - day(year, 1, 1);
    while rest >= days_in_month(year, month) {
        rest -= days_in_month(year, month);
        month += 1;
    }
    (year, month, rest + 1)
}

/// A text `2023-05-31`; `None` for anything else.
pub fn parse_day(text: &str) -> Option<Day> {
    let parts: Vec<&str> = text.split('-').collect();
    if text.len() != 10 || parts.len() != 3 || parts[0].len() != 4 || parts[1].len() != 2 {
        return None;
    }
    let (y, m, d): (i64, i64, i64) = (parts[0].parse().ok()?, parts[1].parse().ok()?, parts[2].parse().ok()?);
    if y < 1 || !(1..=12).contains(&m) || d < 1 || d > days_in_month(y, m) {
        return None;
    }
    Some(day(y, m, d))
}

/// `2023-05-31`.
pub fn iso(d: Day) -> String {
    let (y, m, date) = ymd(d);
    format!("{y:04}-{m:02}-{date:02}")
}

/// docs/definitions.md: E one year earlier than 29 February is the 28th.
pub fn one_year_before(d: Day) -> Day {
    let (y, m, date) = ymd(d);
    day(y - 1, m, date.min(days_in_month(y - 1, m)))
}

/// 1 January of the day's year: the first day of `ytd`.
pub fn first_of_year(d: Day) -> Day {
    day(ymd(d).0, 1, 1)
}

/// docs/definitions.md, Time: t12m begins on the day after E one year before.
pub fn first_of_t12m(e: Day) -> Day {
    one_year_before(e) + 1
}

/// Calendar months since year 0, so that a difference is a number of months.
pub fn month_number(d: Day) -> i64 {
    let (y, m, _) = ymd(d);
    y * 12 + m - 1
}

/// Whole years from a birth date to a day; someone born on 29 February is a year older on 1 March of a
/// short year. Negative when the day lies before the birth.
pub fn whole_years(birth: Day, at: Day) -> i64 {
    let (by, bm, bd) = ymd(birth);
    let (y, m, d) = ymd(at);
    if (m, d) >= (bm, bd) { y - by } else { y - by - 1 }
}

/// The four kinds, with their number of months.
pub const KINDS: [(&str, i64); 4] = [("month", 1), ("quarter", 3), ("half", 6), ("year", 12)];

/// One period of a kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Period {
    pub kind: &'static str,
    /// `2023-05`, `2023-Q2`, `2023-H1`, `2023`.
    pub name: String,
    pub start: Day,
    /// The calendar end, also when it lies after `as_of`.
    pub end: Day,
    /// docs/definitions.md, Time: the last day of the period, or as_of if that is earlier.
    pub e: Day,
    /// The period has ended by `as_of`.
    pub complete: bool,
}

/// docs/definitions.md: periods begin in or after `[periods] from` and not after as_of.
pub fn periods(settings: &Settings) -> Vec<Period> {
    let mut found = Vec::new();
    for (kind, months) in KINDS {
        if !settings.kinds.iter().any(|k| k == kind) {
            continue;
        }
        for year in ymd(settings.from).0..=ymd(settings.as_of).0 {
            for number in 1..=12 / months {
                let last_month = number * months;
                let start = day(year, last_month - months + 1, 1);
                let end = day(year, last_month, days_in_month(year, last_month));
                if start < settings.from || start > settings.as_of {
                    continue;
                }
                let name = match kind {
                    "month" => format!("{year}-{number:02}"),
                    "quarter" => format!("{year}-Q{number}"),
                    "half" => format!("{year}-H{number}"),
                    _ => format!("{year}"),
                };
                let e = end.min(settings.as_of);
                found.push(Period { kind, name, start, end, e, complete: end <= settings.as_of });
            }
        }
    }
    found
}
