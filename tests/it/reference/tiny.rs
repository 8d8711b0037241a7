//! Worlds of a few rows, whose numbers can be counted by hand.

use super::windows::{Day, parse_day};
use super::world::Settings;
use super::{IndicatorRow, World};

/// Two counties with a town each, and three villages.
const DIVISIONS: [(&str, &str); 9] = [
    ("37", "省"),
    ("3704", "市"),
    ("370402000000", "甲区"),
    ("370402001", "甲镇"),
    ("370402001001", "甲村"),
    ("370406", "乙区"),
    ("370406001", "山城街道"),
    ("370406001001", "东村"),
    ("370406001002", "西村"),
];

/// The day of `2023-05-31`.
pub fn d(text: &str) -> Day {
    parse_day(text).expect("a date")
}

/// A world in which every county has sent every dataset.
pub fn world(as_of: &str, from: &str) -> World {
    let mut world = World::new(Settings::new("3704", as_of, from), &DIVISIONS);
    world.all_sent();
    world
}

/// An F20 patient at home, registered 2020-01-01, with other cells in place of these.
pub fn patient(world: &mut World, county: &str, person: &str, no: &str, place: &str, more: &[(&str, &str)]) {
    let mut cells = vec![
        ("patient_no", no),
        ("manage_code", place),
        ("diagnosis", "F20.0"),
        ("registered_date", "2020-01-01"),
        ("living", "home"),
        ("sex", "1"),
    ];
    for (field, value) in more {
        cells.retain(|(f, _)| f != field);
        cells.push((field, value));
    }
    world.add("hospital_patient", county, person, &cells);
}

/// A follow-up at the clinic.
pub fn followup(world: &mut World, county: &str, no: &str, id: &str, date: &str, more: &[(&str, &str)]) {
    let mut cells = vec![("patient_no", no), ("record_id", id), ("followup_date", date), ("mode", "clinic")];
    cells.extend(more);
    world.add("hospital_followup", county, "", &cells);
}

/// A site built 2020-01-01, with other cells in place of these.
pub fn site(world: &mut World, county: &str, id: &str, kind: &str, place: &str, more: &[(&str, &str)]) {
    let mut cells = vec![
        ("site_id", id),
        ("site_kind", kind),
        ("division_code", place),
        ("status", "built"),
        ("built_date", "2020-01-01"),
    ];
    for (field, value) in more {
        cells.retain(|(f, _)| f != field);
        cells.push((field, value));
    }
    world.add("station_site", county, "", &cells);
}

/// A service of kind other by a site of 370406, with other cells in place of these.
pub fn service(world: &mut World, person: &str, id: &str, site: &str, date: &str, more: &[(&str, &str)]) {
    let mut cells = vec![("record_id", id), ("site_id", site), ("service_date", date), ("service_kind", "other")];
    for (field, value) in more {
        cells.retain(|(f, _)| f != field);
        cells.push((field, value));
    }
    world.add("station_service", "370406", person, &cells);
}

/// The row of an indicator, a division and a period.
pub fn row<'r>(rows: &'r [IndicatorRow], indicator: &str, division: &str, period: &str) -> &'r IndicatorRow {
    rows.iter()
        .find(|r| r.indicator == indicator && r.division_code == division && r.period == period)
        .unwrap_or_else(|| panic!("no row {indicator} {division} {period}"))
}

/// Numerator and denominator of that row.
pub fn fraction(rows: &[IndicatorRow], indicator: &str, division: &str, period: &str) -> (i64, Option<i64>) {
    let r = row(rows, indicator, division, period);
    (r.numerator, r.denominator)
}
