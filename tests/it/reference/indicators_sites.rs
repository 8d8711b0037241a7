//! The indicators about sites, units, schools, hospitals, activities, incidents and reports.

use std::collections::{BTreeMap, BTreeSet};

use super::indicators::{Asked, Counts, sums};
use super::windows::{Day, day, days_in_month, first_of_year, month_number, one_year_before, ymd};
use super::world::{Record, World};

/// Counts of an indicator about places and things; `None` for the others. `named` are the villages that
/// `village_rollout_rate` looks at.
pub fn place_counts(id: &str, world: &World, asked: Asked, named: &[String]) -> Option<Counts> {
    let e = asked.e;
    let counts = match id {
        "village_room_built_rate" => {
            let villages: Vec<&str> = world.of_level("village").collect();
            built(world, e, &villages, "village_room")
        }
        "village_rollout_rate" => {
            // Villages that the reference folder does not list are no divisions.
            let villages: Vec<&str> = world.of_level("village").filter(|v| named.iter().any(|n| n == v)).collect();
            built(world, e, &villages, "village_room")
        }
        "town_station_built_rate" => {
            let towns: Vec<&str> = world.of_level("town").collect();
            built(world, e, &towns, "town_station")
        }
        "five_ones_rate" => of_sites(world, e, |s| is_kind(s, &["town_station", "village_room"]), five_ones),
        "post_standard_rate" => of_sites(world, e, |s| !is_kind(s, &["county_center"]), post_standard),
        "county_centre_standard" => county_centres(world, e),
        "network_levels" => network_levels(world, e),
        "community_staffing_rate" => community_staffing(world, e),
        "employer_sites" => of_sites(world, e, |_| true, |s| is_kind(s, &["employer_site"])),
        "hotline_24h" => of_sites(world, e, |_| true, |s| s.is_true("hotline_24h")),
        "wechat_account" => of_sites(world, e, |_| true, |s| s.is_true("wechat_account")),
        "volunteer_teams" => {
            sums(world, standing(world, e).into_iter().map(|s| (place(s), number(s, "volunteer_teams"), 0)))
        }
        "large_employer_site_rate" => of_rows(world, "station_unit", is_large, |u| hosts_site(world, e, u, None)),
        "partner_units" => of_rows(world, "station_unit", |_| true, |u| by(u, "partner_date", e)),
        "petition_room_rate" => of_rows(
            world,
            "station_unit",
            |u| u.text("unit_kind") == Some("petition"),
            |u| hosts_site(world, e, u, Some("petition_room")),
        ),
        "petition_dispatch_rate" => {
            of_rows(world, "station_unit", |u| u.is_true("high_visits"), |u| u.is_true("dispatch"))
        }
        "outreach_activities" => of_rows(world, "station_activity", |_| true, |a| in_year(a.day("activity_date"), e)),
        "village_lecture_rate" => village_lectures(world, e),
        "employer_lecture_rate" => employer_lectures(world, e),
        "school_room_built_rate" => of_rows(world, "school_site", is_school, |s| by(s, "room_date", e)),
        "school_qualified_rate" => of_rows(world, "school_site", is_school, |s| by(s, "qualified_date", e)),
        "school_course_rate" => of_rows(world, "school_site", is_school, |s| s.is_true("course")),
        "feature_schools" => of_rows(world, "school_site", |_| true, |s| by(s, "feature_date", e)),
        "growth_centres" => of_rows(world, "school_site", |_| true, |s| by(s, "growth_centre_date", e)),
        "hospital_clinic_rate" => of_rows(
            world,
            "hospital_site",
            |h| h.text("org_kind") == Some("general") && matches!(h.text("grade"), Some("2" | "3")),
            |h| by(h, "psych_clinic_date", e),
        ),
        "child_clinics" => of_rows(
            world,
            "hospital_site",
            |h| h.text("org_kind") == Some("psychiatric"),
            |h| by(h, "child_clinic_date", e),
        ),
        "phc_room_rate" => of_rows(
            world,
            "hospital_site",
            |h| matches!(h.text("org_kind"), Some("township" | "community")),
            |h| by(h, "counselling_room_date", e),
        ),
        "clinician_training_rate" => clinicians(world),
        "extreme_incident_change" => extreme_incidents(world, asked),
        "report_completeness_rate" => reports(world, e),
        _ => return None,
    };
    Some(counts)
}

fn place(row: &Record) -> &str {
    row.text("division_code").unwrap_or_default()
}

/// docs/definitions.md: a number that is not given adds 0 to a sum.
fn number(row: &Record, field: &str) -> i64 {
    row.integer(field).unwrap_or(0)
}

/// A date that is given and not after E.
fn by(row: &Record, field: &str, e: Day) -> bool {
    row.day(field).is_some_and(|d| d <= e)
}

fn in_year(date: Option<Day>, e: Day) -> bool {
    date.is_some_and(|d| d >= first_of_year(e) && d <= e)
}

fn is_kind(site: &Record, kinds: &[&str]) -> bool {
    site.text("site_kind").is_some_and(|k| kinds.contains(&k))
}

/// docs/definitions.md, standing: status built or closed, built_date <= E, and no closed_date or one after E.
pub fn is_standing(site: &Record, e: Day) -> bool {
    matches!(site.text("status"), Some("built" | "closed"))
        && by(site, "built_date", e)
        && site.day("closed_date").is_none_or(|closed| closed > e)
}

/// Sites standing at E.
pub fn standing(world: &World, e: Day) -> Vec<&Record> {
    world.rows("station_site").iter().filter(|s| is_standing(s, e)).collect()
}

/// docs/definitions.md: staff = full_time_staff + part_time_staff.
pub fn staff(site: &Record) -> i64 {
    number(site, "full_time_staff") + number(site, "part_time_staff")
}

/// Full and part time.
pub fn counsellors(site: &Record) -> i64 {
    number(site, "full_time_counsellors") + number(site, "part_time_counsellors")
}

/// Rows that meet a condition among rows of a dataset.
fn of_rows(world: &World, dataset: &str, of: impl Fn(&Record) -> bool, met: impl Fn(&Record) -> bool) -> Counts {
    let rows = world.rows(dataset).iter().filter(|r| of(r));
    sums(world, rows.map(|r| (place(r), i64::from(met(r)), 1)))
}

/// Sites that meet a condition among sites standing at E.
fn of_sites(world: &World, e: Day, of: impl Fn(&Record) -> bool, met: impl Fn(&Record) -> bool) -> Counts {
    let sites = standing(world, e).into_iter().filter(|s| of(s));
    sums(world, sites.map(|s| (place(s), i64::from(met(s)), 1)))
}

/// Divisions that have a site of a kind standing at E. A site has its place at the division or below.
fn built(world: &World, e: Day, divisions: &[&str], kind: &str) -> Counts {
    let mut having: BTreeSet<&str> = BTreeSet::new();
    for site in standing(world, e).into_iter().filter(|s| is_kind(s, &[kind])) {
        having.extend(world.counts_in(place(site)));
    }
    sums(world, divisions.iter().map(|code| (*code, i64::from(having.contains(code)), 1)))
}

fn has_all(row: &Record, field: &str, wanted: &[&str]) -> bool {
    let given = row.codes(field);
    wanted.iter().all(|w| given.iter().any(|g| g == w))
}

/// has_office, has_plaque, staff >= 1, has_rules, has_mechanism.
fn five_ones(site: &Record) -> bool {
    site.is_true("has_office")
        && site.is_true("has_plaque")
        && staff(site) >= 1
        && site.is_true("has_rules")
        && site.is_true("has_mechanism")
}

/// area_m2 >= 20, staff >= 1, functions has reception outreach platform referral, has_rules, public_notice.
fn post_standard(site: &Record) -> bool {
    site.number("area_m2").is_some_and(|a| a >= 20.0)
        && staff(site) >= 1
        && has_all(site, "functions", &["reception", "outreach", "platform", "referral"])
        && site.is_true("has_rules")
        && site.is_true("public_notice")
}

/// docs/definitions.md, county centre, 10 items: how many a centre meets.
pub fn centre_items(site: &Record) -> i64 {
    let rooms = ["reception", "testing", "individual", "sandplay", "venting", "biofeedback", "group", "archive"];
    let functions =
        ["outreach", "counselling", "assessment", "therapy", "experience", "hotline", "crisis", "platform", "records"];
    let items = [
        site.number("area_m2").is_some_and(|a| a >= 400.0),
        has_all(site, "rooms", &rooms),
        site.number("individual_room_m2").is_some_and(|a| (10.0..=20.0).contains(&a)),
        number(site, "vent_device_kinds") >= 2,
        number(site, "full_time_staff") >= 2,
        number(site, "full_time_counsellors") >= 2,
        number(site, "part_time_counsellors") >= 6,
        has_all(site, "functions", &functions),
        site.is_true("has_rules"),
        site.is_true("public_notice"),
    ];
    items.into_iter().filter(|met| *met).count() as i64
}

/// Items met by the county's best centre (0 where none stands at E) / 10 items for each county of the tree.
fn county_centres(world: &World, e: Day) -> Counts {
    let centres: Vec<&Record> = standing(world, e).into_iter().filter(|s| is_kind(s, &["county_center"])).collect();
    let best = |county: &str| {
        centres.iter().filter(|s| place(s).starts_with(county)).map(|s| centre_items(s)).max().unwrap_or(0)
    };
    sums(world, world.of_level("county").map(|county| (county, best(county), 10)))
}

/// How many of county_center, town_station, village_room stand at E; 0 to 3 also in a city.
fn network_levels(world: &World, e: Day) -> Counts {
    let mut kinds: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for site in standing(world, e) {
        if is_kind(site, &["county_center", "town_station", "village_room"]) {
            for code in world.counts_in(place(site)) {
                kinds.entry(code).or_default().insert(site.text("site_kind").unwrap_or_default());
            }
        }
    }
    kinds.into_iter().map(|(code, found)| (code.to_owned(), (found.len() as i64, 0))).collect()
}

/// Villages whose standing sites together have social_workers >= 1 and counsellors >= 1.
fn community_staffing(world: &World, e: Day) -> Counts {
    let mut sum_of: BTreeMap<&str, (i64, i64)> = BTreeMap::new();
    for site in standing(world, e) {
        let sum = sum_of.entry(place(site)).or_default();
        sum.0 += number(site, "social_workers");
        sum.1 += counsellors(site);
    }
    let staffed = |village: &str| sum_of.get(village).is_some_and(|(workers, c)| *workers >= 1 && *c >= 1);
    sums(world, world.of_level("village").map(|v| (v, i64::from(staffed(v)), 1)))
}

/// Unit government, institution or enterprise with employees >= 500: the number is asked of all three.
fn is_large(unit: &Record) -> bool {
    matches!(unit.text("unit_kind"), Some("government" | "institution" | "enterprise"))
        && number(unit, "employees") >= 500
}

/// A site standing at E whose host_unit_id is the unit, of the same county.
fn hosts_site(world: &World, e: Day, unit: &Record, kind: Option<&str>) -> bool {
    world.rows("station_site").iter().any(|s| {
        s.county == unit.county
            && s.text("host_unit_id").is_some()
            && s.text("host_unit_id") == unit.text("unit_id")
            && kind.is_none_or(|k| is_kind(s, &[k]))
            && is_standing(s, e)
    })
}

fn lectures(world: &World, e: Day) -> impl Iterator<Item = &Record> {
    world
        .rows("station_activity")
        .iter()
        .filter(move |a| a.text("activity_kind") == Some("lecture") && in_year(a.day("activity_date"), e))
}

/// Villages with >= 2 lectures at their code.
fn village_lectures(world: &World, e: Day) -> Counts {
    let mut held: BTreeMap<&str, i64> = BTreeMap::new();
    for lecture in lectures(world, e) {
        *held.entry(place(lecture)).or_default() += 1;
    }
    let enough = |v: &str| i64::from(held.get(v).is_some_and(|n| *n >= 2));
    sums(world, world.of_level("village").map(|v| (v, enough(v), 1)))
}

/// Unit government (of any size), or enterprise or institution with employees >= 500, with >= 1 lecture for
/// its unit_id.
fn employer_lectures(world: &World, e: Day) -> Counts {
    let of: BTreeSet<(&str, &str)> =
        lectures(world, e).filter_map(|l| l.text("unit_id").map(|unit| (l.county.as_str(), unit))).collect();
    of_rows(
        world,
        "station_unit",
        |u| u.text("unit_kind") == Some("government") || is_large(u),
        |u| of.contains(&(u.county.as_str(), u.text("unit_id").unwrap_or_default())),
    )
}

/// docs/definitions.md, school: stage primary, junior, senior, nine_year or full_secondary.
fn is_school(site: &Record) -> bool {
    matches!(site.text("stage"), Some("primary" | "junior" | "senior" | "nine_year" | "full_secondary"))
}

/// SUM(clinicians_trained) / SUM(clinicians) over general and community.
fn clinicians(world: &World) -> Counts {
    let sites =
        world.rows("hospital_site").iter().filter(|h| matches!(h.text("org_kind"), Some("general" | "community")));
    sums(world, sites.map(|h| (place(h), number(h, "clinicians_trained"), number(h, "clinicians"))))
}

/// Extreme incidents with a factor other than none in S..E / the same in S-1y..E-1y.
fn extreme_incidents(world: &World, asked: Asked) -> Counts {
    let (s, e) = (asked.period_start, asked.e);
    let (s_before, e_before) = (one_year_before(s), one_year_before(e));
    let counted = world
        .rows("police_incident")
        .iter()
        .filter(|i| i.text("severity") == Some("extreme") && i.text("factor").is_some_and(|factor| factor != "none"));
    sums(
        world,
        counted.map(|i| {
            let date = i.day("incident_date").expect("an incident has a date");
            (place(i), i64::from(date >= s && date <= e), i64::from(date >= s_before && date <= e_before))
        }),
    )
}

/// Months of 1 January..E x town_station and village_room standing on the month's last day (or E), and those
/// of them in which the site has a station_service or station_activity.
fn reports(world: &World, e: Day) -> Counts {
    let mut reported: BTreeSet<(&str, &str, i64)> = BTreeSet::new();
    for (dataset, field) in [("station_service", "service_date"), ("station_activity", "activity_date")] {
        for row in world.rows(dataset) {
            let date = row.day(field).expect("a contact or activity has a date");
            if let (true, Some(site)) = (in_year(Some(date), e), row.text("site_id")) {
                reported.insert((&row.county, site, month_number(date)));
            }
        }
    }
    let (year, last_month, _) = ymd(e);
    let mut site_months = Vec::new();
    for month in 1..=last_month {
        let end = day(year, month, days_in_month(year, month)).min(e);
        for site in standing(world, end).into_iter().filter(|s| is_kind(s, &["town_station", "village_room"])) {
            let key = (site.county.as_str(), site.text("site_id").unwrap_or_default(), month_number(end));
            site_months.push((place(site), i64::from(reported.contains(&key)), 1));
        }
    }
    sums(world, site_months)
}
