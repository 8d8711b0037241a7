//! Days as integers since 1970-01-01, and the calendar arithmetic that windows need.

use jiff::civil::Date;

const EPOCH: Date = Date::constant(1970, 1, 1);

/// The day number of a date.
pub fn from_date(date: Date) -> i32 {
    (date - EPOCH).get_days()
}

/// The date of a day number.
///
/// # Panics
/// Outside years -9999 to 9999, which no accepted row reaches.
pub fn to_date(day: i32) -> Date {
    EPOCH.checked_add(jiff::Span::new().days(day)).expect("a day within the calendar")
}

/// The day of a year, month and day, if there is such a date.
pub fn from_ymd(year: i32, month: u32, day: u32) -> Option<i32> {
    let date = Date::new(i16::try_from(year).ok()?, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()?;
    Some(from_date(date))
}

/// The day of a text `YYYY-MM-DD`.
pub fn parse_iso(text: &str) -> Option<i32> {
    let b = text.as_bytes();
    if b.len() != 10 || b[4] != b'-' || b[7] != b'-' {
        return None;
    }
    from_ymd(text[0..4].parse().ok()?, text[5..7].parse().ok()?, text[8..10].parse().ok()?)
}

/// `YYYY-MM-DD` of a day.
pub fn to_iso(day: i32) -> String {
    to_date(day).to_string()
}

/// The same date one year earlier; 29 February becomes the 28th.
pub fn one_year_before(day: i32) -> i32 {
    let d = to_date(day);
    let year = d.year() - 1;
    let last = Date::new(year, d.month(), 1).expect("a month").days_in_month();
    from_date(Date::new(year, d.month(), d.day().min(last)).expect("a date"))
}

/// Months since year 0 of a day: differences are calendar months.
pub fn month_index(day: i32) -> i32 {
    let d = to_date(day);
    i32::from(d.year()) * 12 + i32::from(d.month()) - 1
}

/// Year, month and day of the proleptic Gregorian calendar: in whole numbers, as this stands in the
/// linkage's innermost loop (the method of Howard Hinnant's "chrono-compatible low-level date algorithms").
pub fn civil(days: i32) -> (i32, u32, u32) {
    let z = days + 719_468;
    let era = z.div_euclid(146_097);
    let of_era = z.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    (year_of_era + era * 400 + i32::from(month <= 2), month as u32, day as u32)
}
