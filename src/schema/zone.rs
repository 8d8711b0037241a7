//! The time of China: an instant as the civil time of Asia/Shanghai.

use std::sync::OnceLock;

use jiff::Timestamp;
use jiff::tz::TimeZone;

/// Asia/Shanghai with all its rules, the summer times of 1986 to 1991 among them. They are compiled in:
/// the machine's own tables do not matter.
pub fn china() -> &'static TimeZone {
    static CHINA: OnceLock<TimeZone> = OnceLock::new();
    CHINA.get_or_init(|| TimeZone::get("Asia/Shanghai").expect("the zone is compiled in"))
}

/// Seconds of the civil time of China since 1970-01-01T00:00 there, of an instant in seconds since
/// 1970-01-01T00:00Z. Beyond the calendar the offset of today holds.
pub fn civil_seconds(instant: i64) -> i64 {
    const TODAY: i64 = 8 * 3600;
    let offset = Timestamp::from_second(instant).map_or(TODAY, |t| i64::from(china().to_offset(t).seconds()));
    instant.saturating_add(offset)
}
