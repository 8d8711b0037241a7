//! The civil time of Asia/Shanghai: what a clock in China showed at an instant.

/// Seconds east of Greenwich since 1901.
const STANDARD: i64 = 8 * 3600;
/// Local mean time of Shanghai, which its clocks showed before.
const MEAN: i64 = 8 * 3600 + 5 * 60 + 43;
/// Last second of local mean time, in seconds since 1970.
const MEAN_UNTIL: i64 = -2_177_481_943;

/// Summer times, an hour ahead: first second and the one after the last, as the time zone database has
/// them.
const SUMMERS: [(i64, i64); 14] = [
    (-1_600_675_200, -1_585_904_400),
    (-933_667_200, -922_093_200),
    (-908_870_400, -888_829_200),
    (-881_049_600, -767_869_200),
    (-745_833_600, -733_827_600),
    (-716_889_600, -699_613_200),
    (-683_884_800, -670_669_200),
    (-652_348_800, -650_019_600),
    (515_527_200, 527_014_800),
    (545_162_400, 558_464_400),
    (577_216_800, 589_914_000),
    (608_666_400, 621_968_400),
    (640_116_000, 653_418_000),
    (671_565_600, 684_867_600),
];

/// Seconds since 1970-01-01 00:00 on the clocks of Shanghai at an instant, given in seconds since
/// 1970-01-01 00:00 UTC.
pub fn to_shanghai(utc_seconds: i64) -> i64 {
    let offset = if utc_seconds < MEAN_UNTIL {
        MEAN
    } else if SUMMERS.iter().any(|(from, until)| (*from..*until).contains(&utc_seconds)) {
        STANDARD + 3600
    } else {
        STANDARD
    };
    utc_seconds.saturating_add(offset)
}
