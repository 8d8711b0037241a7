//! Stamps of the store, which are in UTC, as the clock on the wall shows them.

use jiff::Timestamp;
use jiff::tz::TimeZone;

/// The time zone of the machine: `TZ`, else that of the system, else UTC.
pub fn zone() -> TimeZone {
    TimeZone::system()
}

/// Name and offset of a time zone, such as `Asia/Shanghai, UTC+08:00`.
pub fn zone_name(zone: &TimeZone) -> String {
    let now = Timestamp::now().to_zoned(zone.clone());
    let offset = now.strftime("UTC%:z").to_string();
    match zone.iana_name() {
        Some(name) if name != "UTC" => format!("{name}, {offset}"),
        _ => offset,
    }
}

/// A stamp such as `2023-12-31T18:30:05Z` as day and minute in this time zone; anything else as it is.
pub fn local(stamp: &str, zone: &TimeZone) -> String {
    match stamp.parse::<Timestamp>() {
        Ok(time) => time.to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M").to_string(),
        Err(_) => stamp.to_owned(),
    }
}
