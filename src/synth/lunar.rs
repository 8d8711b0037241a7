//! Lunar birthdays: the date that people who use the traditional calendar write into a form.

use crate::schema::day;

/// Mean length of a lunar month, in days.
const SYNODIC: f64 = 29.530_588_861;
/// A reference new moon: 2000-01-06 18:14 UT, as days since 1970-01-01 in China's time.
const NEW_MOON: f64 = 10_962.0 + (18.0 + 14.0 / 60.0 + 8.0) / 24.0;

/// Number and first day of the mean lunar month that contains a day.
fn lunation(of: i32) -> (i64, i32) {
    let number = ((f64::from(of) + 0.999 - NEW_MOON) / SYNODIC).floor();
    (number as i64, (NEW_MOON + number * SYNODIC).floor() as i32)
}

/// A birthday as month and day of the lunar calendar, written as if it were a date of the Gregorian one.
///
/// Computed from the mean moon, it is within a day of the true calendar and nearly always in the right month, which is
/// as exact as people remember. `None` if there is no such date (30 February).
pub fn as_written(birth: i32) -> Option<String> {
    let (number, start) = lunation(birth);
    let lunar_day = (birth - start + 1).clamp(1, 30) as u32;
    let date = day::to_date(birth);
    let mut year = i32::from(date.year());
    // The first lunar month contains the day at which the sun reaches 330 degrees, about 19 February.
    let first = |y: i32| day::from_ymd(y, 2, 19).map(|d| lunation(d).0);
    if number < first(year)? {
        year -= 1;
    }
    let month = (number - first(year)? + 1).min(12) as u32;
    // Day 30 in a month with fewer days is rejected by every system.
    day::from_ymd(year, month, lunar_day).map(day::to_iso)
}
