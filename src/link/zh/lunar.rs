//! The lunar calendar (农历), for birthdays that one office writes in it and another in the solar one.
//!
//! All solar days are days since 1970-01-01.

use std::ops::RangeInclusive;

use crate::schema::day;

const FIRST_YEAR: i32 = 1900;
/// 1900-01-01 to 2101-01-28: no other day is in a lunar year of the table, or written like one.
const DAYS: RangeInclusive<i32> = -25_567..=47_874;

/// Years from 1900 to 2100: bits 0 to 12 are set for months of 30 days, in order and with the leap
/// month, which comes after the month of its number; bits 13 to 16 are the leap month's number, 0 for
/// none; bits 17 and up are the days from 1 January to New Year's Day.
///
/// Made by `scripts/hanzi_tables.py` from sxtwl 2.0.7, which computes by GB/T 33661-2017.
const YEARS: [u32; 201] = [
    0x3D16D2, 0x620752, 0x4C0EA5, 0x38B64A, 0x5C064B, 0x440A9B, 0x309556, 0x56056A, 0x400B59, 0x2A5752, 0x500752,
    0x3ADB25, 0x600B25, 0x480A4B, 0x32B4AB, 0x5802AD, 0x42056B, 0x2C4B69, 0x520DA9, 0x3EFD92, 0x640E92, 0x4C0D25,
    0x36BA4D, 0x5C0A56, 0x4602B6, 0x2E95B5, 0x5606D4, 0x400EA9, 0x2C5E92, 0x500E92, 0x3ACD26, 0x5E052B, 0x480A57,
    0x32B2B6, 0x580B5A, 0x4406D4, 0x2E6EC9, 0x520749, 0x3CF693, 0x620A93, 0x4C052B, 0x34CA5B, 0x5A0AAD, 0x46056A,
    0x309B55, 0x560BA4, 0x400B49, 0x2A5A93, 0x500A95, 0x38F52D, 0x5E0536, 0x480AAD, 0x34B5AA, 0x5805B2, 0x420DA5,
    0x2E7D4A, 0x540D4A, 0x3D0A95, 0x600A97, 0x4C0556, 0x36CAB5, 0x5A0AD5, 0x4606D2, 0x308EA5, 0x560EA5, 0x40064A,
    0x286C97, 0x4E0A9B, 0x3AF55A, 0x5E056A, 0x480B69, 0x34B752, 0x5A0B52, 0x420B25, 0x2C964B, 0x520A4B, 0x3D14AB,
    0x6002AD, 0x4A056D, 0x36CB69, 0x5C0DA9, 0x460D92, 0x309D25, 0x560D25, 0x415A4D, 0x640A56, 0x4E02B6, 0x38C5B5,
    0x5E06D5, 0x480EA9, 0x34BE92, 0x5A0E92, 0x440D26, 0x2C6A56, 0x500A57, 0x3D14D6, 0x62035A, 0x4A06D5, 0x36B6C9,
    0x5C0749, 0x460693, 0x2E952B, 0x54052B, 0x3E0A5B, 0x2A555A, 0x4E056A, 0x38FB55, 0x600BA4, 0x4A0B49, 0x32BA93,
    0x580A95, 0x42052D, 0x2C8AAD, 0x500AB5, 0x3D35AA, 0x6205D2, 0x4C0DA5, 0x36DD4A, 0x5C0D4A, 0x460C95, 0x30952E,
    0x540556, 0x3E0AB5, 0x2A55B2, 0x5006D2, 0x38CEA5, 0x5E0725, 0x48064B, 0x32AC97, 0x560CAB, 0x42055A, 0x2C6AD6,
    0x520B69, 0x3D7752, 0x620B52, 0x4C0B25, 0x36DA4B, 0x5A0A4B, 0x4404AB, 0x2EA55B, 0x5405AD, 0x3E0B6A, 0x2A5B52,
    0x500D92, 0x3AFD25, 0x5E0D25, 0x480A55, 0x32B4AD, 0x5804B6, 0x4005B5, 0x2C6DAA, 0x520EC9, 0x3F1E92, 0x620E92,
    0x4C0D26, 0x36CA56, 0x5A0A57, 0x440556, 0x2E86D5, 0x540755, 0x400749, 0x286E93, 0x4E0693, 0x38F52B, 0x5E052B,
    0x460A5B, 0x32B55A, 0x58056A, 0x420B65, 0x2C974A, 0x520B4A, 0x3D1A95, 0x620A95, 0x4A052D, 0x34CAAD, 0x5A0AB5,
    0x4605AA, 0x2E8BA5, 0x540DA5, 0x400D4A, 0x2A7C95, 0x4E0C96, 0x38F94E, 0x5E0556, 0x480AB5, 0x32B5B2, 0x5806D2,
    0x420EA5, 0x2E8E4A, 0x50068B, 0x3B0C97, 0x6004AB, 0x4A055B, 0x34CAD6, 0x5A0B6A, 0x460752, 0x309725, 0x540B45,
    0x3E0A8B, 0x28549B, 0x4E04AB,
];

/// A day of the lunar calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Lunar {
    /// By the solar year in which it begins.
    pub year: i32,
    /// 1 to 12.
    pub month: u32,
    /// 1 to 30.
    pub day: u32,
    /// In the leap month after the month of this number.
    pub leap: bool,
}

/// One year of the table.
#[derive(Clone, Copy)]
struct Year(u32);

impl Year {
    fn of(year: i32) -> Option<Self> {
        YEARS.get(usize::try_from(year - FIRST_YEAR).ok()?).map(|bits| Year(*bits))
    }

    fn leap_month(self) -> u32 {
        self.0 >> 13 & 15
    }

    fn months(self) -> u32 {
        12 + u32::from(self.leap_month() != 0)
    }

    /// Days of the month at a place in the year, from 0.
    fn days(self, place: u32) -> u32 {
        29 + (self.0 >> place & 1)
    }

    fn new_year(self, year: i32) -> i32 {
        day::from_ymd(year, 1, 1).expect("a year of the table") + (self.0 >> 17) as i32
    }
}

/// The solar day of a lunar date; none outside lunar years 1900 to 2100, and none of a leap month or a
/// 30th that the year does not have.
pub fn to_solar(year: i32, month: u32, day: u32, leap: bool) -> Option<i32> {
    let table = Year::of(year)?;
    if !(1..=12).contains(&month) || (leap && table.leap_month() != month) {
        return None;
    }
    let after_leap = leap || (table.leap_month() != 0 && month > table.leap_month());
    let place = month - 1 + u32::from(after_leap);
    if day < 1 || day > table.days(place) {
        return None;
    }
    let before: u32 = (0..place).map(|p| table.days(p)).sum();
    Some(table.new_year(year) + (before + day - 1) as i32)
}

/// The lunar date of a solar day, from 1900-01-31 to 2101-01-28.
pub fn from_solar(day: i32) -> Option<Lunar> {
    if !DAYS.contains(&day) {
        return None;
    }
    let solar_year = i32::from(day::to_date(day).year());
    let (year, table, mut left) = [solar_year, solar_year - 1].into_iter().find_map(|year| {
        let table = Year::of(year)?;
        let left = u32::try_from(day - table.new_year(year)).ok()?;
        Some((year, table, left))
    })?;
    for place in 0..table.months() {
        if left < table.days(place) {
            let leap = table.leap_month() != 0 && place == table.leap_month();
            let after_leap = table.leap_month() != 0 && place >= table.leap_month();
            return Some(Lunar { year, month: place + 1 - u32::from(after_leap), day: left + 1, leap });
        }
        left -= table.days(place);
    }
    None
}

/// The day that a clerk writes who takes the lunar date of a birth for a solar one, its year with it:
/// 20 to 50 days earlier. None outside the table, and for a 30th of a second month.
pub fn read_as_solar(birth_day: i32) -> Option<i32> {
    let lunar = from_solar(birth_day)?;
    day::from_ymd(lunar.year, lunar.month, lunar.day)
}

/// The days that are meant if a written day is in truth a lunar date: in the plain month and in the
/// leap month of its number.
pub fn solar_of_lunar_written(written_day: i32) -> [Option<i32>; 2] {
    if !DAYS.contains(&written_day) {
        return [None; 2];
    }
    let date = day::to_date(written_day);
    let (year, month, day) = (i32::from(date.year()), date.month() as u32, date.day() as u32);
    [false, true].map(|leap| to_solar(year, month, day, leap))
}
