//! The lunar calendar.

use xinhui::link::zh::lunar::{Lunar, from_solar, read_as_solar, solar_of_lunar_written, to_solar};
use xinhui::schema::day::parse_iso;

fn day(iso: &str) -> i32 {
    parse_iso(iso).unwrap()
}

fn lunar(iso: &str) -> (i32, u32, u32, bool) {
    let Lunar { year, month, day, leap } = from_solar(day(iso)).unwrap();
    (year, month, day, leap)
}

#[test]
fn known_days_have_their_lunar_dates() {
    let known = [
        ("1900-01-31", (1900, 1, 1, false)),
        ("1933-07-22", (1933, 5, 30, true)),
        ("1949-10-01", (1949, 8, 10, false)),
        ("1976-07-28", (1976, 7, 2, false)),
        ("1987-07-26", (1987, 6, 1, true)),
        ("1988-01-09", (1987, 11, 20, false)),
        ("2000-02-04", (1999, 12, 29, false)),
        ("2000-02-05", (2000, 1, 1, false)),
        ("2008-08-08", (2008, 7, 8, false)),
        ("2012-05-20", (2012, 4, 30, false)),
        ("2012-05-21", (2012, 4, 1, true)),
        ("2020-05-23", (2020, 4, 1, true)),
        ("2023-03-22", (2023, 2, 1, true)),
        ("2024-02-10", (2024, 1, 1, false)),
        ("2025-01-29", (2025, 1, 1, false)),
        ("2033-12-22", (2033, 11, 1, true)),
        ("2034-02-19", (2034, 1, 1, false)),
        ("2057-09-28", (2057, 9, 1, false)),
        ("2101-01-28", (2100, 12, 29, false)),
    ];
    for (iso, date) in known {
        assert_eq!(lunar(iso), date, "{iso}");
        assert_eq!(to_solar(date.0, date.1, date.2, date.3), Some(day(iso)), "{iso}");
    }
}

#[test]
fn every_day_of_two_centuries_comes_back_and_follows_the_one_before() {
    let mut before: Option<Lunar> = None;
    for d in day("1900-01-31")..=day("2101-01-28") {
        let l = from_solar(d).unwrap();
        assert_eq!(to_solar(l.year, l.month, l.day, l.leap), Some(d));
        if let Some(b) = before {
            let next_day = l.day == b.day + 1 && (l.year, l.month, l.leap) == (b.year, b.month, b.leap);
            let next_month = l.day == 1 && b.day >= 29 && (l.year, l.month, l.leap) > (b.year, b.month, b.leap);
            assert!(next_day || next_month, "{b:?} {l:?}");
        }
        before = Some(l);
    }
}

#[test]
fn a_leap_year_has_thirteen_months_and_the_calendar_74_of_them() {
    let leap = |year| (1..=12).filter(|&m| to_solar(year, m, 1, true).is_some()).count();
    assert_eq!((1900..=2100).map(leap).max(), Some(1));
    assert_eq!((1900..=2100).map(leap).sum::<usize>(), 74);
}

#[test]
fn what_the_calendar_does_not_have_has_no_day() {
    assert_eq!(to_solar(1899, 12, 1, false), None);
    assert_eq!(to_solar(2101, 1, 1, false), None);
    assert_eq!(to_solar(2000, 0, 1, false), None);
    assert_eq!(to_solar(2000, 13, 1, false), None);
    assert_eq!(to_solar(2000, 1, 0, false), None);
    assert_eq!(to_solar(2000, 1, 31, false), None);
    assert_eq!(to_solar(1999, 12, 30, false), None);
    assert_eq!(to_solar(1987, 5, 1, true), None);
    for d in [i32::MIN, day("1900-01-30"), day("2101-01-29"), i32::MAX] {
        assert_eq!(from_solar(d), None);
        assert_eq!(read_as_solar(d), None);
    }
    assert_eq!(solar_of_lunar_written(i32::MIN), [None, None]);
    assert_eq!(solar_of_lunar_written(i32::MAX), [None, None]);
}

#[test]
fn a_lunar_birthday_typed_as_solar_is_the_lunar_date_of_its_lunar_year() {
    assert_eq!(read_as_solar(day("1980-05-20")), Some(day("1980-04-07")));
    assert_eq!(read_as_solar(day("1988-01-09")), Some(day("1987-11-20")));
    // The 30th of the second month is no solar date.
    let thirtieth = to_solar(2004, 2, 30, false).unwrap();
    assert_eq!(read_as_solar(thirtieth), None);
}

#[test]
fn a_typed_lunar_date_gives_back_every_birth_that_it_may_mean() {
    let both = solar_of_lunar_written(day("1987-06-05"));
    assert_eq!(both, [to_solar(1987, 6, 5, false), to_solar(1987, 6, 5, true)]);
    assert!(both[1].is_some());
    assert_eq!(solar_of_lunar_written(day("1980-04-07")), [Some(day("1980-05-20")), None]);
    for d in day("1930-01-01")..day("2026-01-01") {
        if let Some(written) = read_as_solar(d) {
            assert!(solar_of_lunar_written(written).contains(&Some(d)));
            assert!((15..=55).contains(&(d - written)), "{}", d - written);
        }
    }
}

#[test]
fn every_day_of_four_centuries_is_that_of_the_calendar() {
    for days in -100_000..=50_000 {
        let date = xinhui::schema::day::to_date(days);
        let parts = (i32::from(date.year()), date.month() as u32, date.day() as u32);
        assert_eq!(xinhui::schema::day::civil(days), parts);
    }
}
