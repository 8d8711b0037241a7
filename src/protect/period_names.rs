//! Periods as published tables name them: a year, `2023-H1`, `2023-Q1`, `2023-01`.

use crate::schema::day;

/// The periods that a period adds up to, the shortest first.
pub fn longer(period: &str) -> Vec<String> {
    let (year, rest) = period.split_at(4.min(period.len()));
    let half = |quarter: u32| format!("{year}-H{}", quarter.div_ceil(2));
    if let Some(q) = rest.strip_prefix("-Q").and_then(|q| q.parse::<u32>().ok()) {
        vec![half(q), year.to_owned()]
    } else if rest.starts_with("-H") {
        vec![year.to_owned()]
    } else if let Some(month) = rest.strip_prefix('-').and_then(|m| m.parse::<u32>().ok()) {
        let q = month.div_ceil(3);
        vec![format!("{year}-Q{q}"), half(q), year.to_owned()]
    } else {
        Vec::new()
    }
}

/// Whether a period is a whole year.
pub(super) fn is_year(period: &str) -> bool {
    period.len() == 4
}

/// The first day of a period as published tables name it.
pub(super) fn first_day(period: &str) -> Option<i32> {
    let (year, rest) = period.split_at_checked(4)?;
    let number = |text: &[u8]| std::str::from_utf8(text).ok()?.parse::<u32>().ok()?.checked_sub(1);
    let months_before = match rest.as_bytes() {
        [] => 0,
        [b'-', b'H', half @ ..] => 6 * number(half)?,
        [b'-', b'Q', quarter @ ..] => 3 * number(quarter)?,
        [b'-', month @ ..] => number(month)?,
        _ => return None,
    };
    day::from_ymd(year.parse().ok()?, months_before + 1, 1)
}

/// The last day of a period as published tables name it.
pub(super) fn last_day(period: &str) -> Option<i32> {
    let (year, rest) = period.split_at_checked(4)?;
    let month: u32 = match rest.as_bytes() {
        [] => 12,
        [b'-', b'H', half @ ..] => 6 * std::str::from_utf8(half).ok()?.parse::<u32>().ok()?,
        [b'-', b'Q', quarter @ ..] => 3 * std::str::from_utf8(quarter).ok()?.parse::<u32>().ok()?,
        _ => rest.strip_prefix('-')?.parse().ok()?,
    };
    let year: i32 = year.parse().ok()?;
    let next = if month == 12 { day::from_ymd(year + 1, 1, 1) } else { day::from_ymd(year, month + 1, 1) };
    Some(next? - 1)
}

/// The same period of the year before.
pub(super) fn year_before(period: &str) -> String {
    let (year, rest) = period.split_at(4.min(period.len()));
    format!("{:04}{rest}", year.parse::<i32>().unwrap_or(1) - 1)
}
