//! Rows that concern places and no persons: registers of sites, schools, hospitals and units, activities and incidents.

use crate::error::Result;
use crate::schema::day;

use super::chance::Chance;
use super::emit::entered_at;
use super::places::{County, Employer, Site};
use super::record::{Dataset, Record};
use super::world::World;

/// Emits every row of a county that concerns no person, one dataset after another.
pub fn write_places<'a>(
    world: &World<'a>,
    county: &County,
    take: &mut dyn FnMut(Record<'a>) -> Result<()>,
) -> Result<()> {
    let mut rows = PlaceRows {
        world,
        county,
        chance: Chance::of(world.seed, &[0x91ace5, county.code.parse().unwrap_or(0)]),
        take,
    };
    rows.units()?;
    rows.sites()?;
    rows.schools()?;
    rows.hospitals()?;
    rows.activities()?;
    rows.incidents()
}

struct PlaceRows<'w, 'a, 't> {
    world: &'w World<'a>,
    county: &'w County,
    chance: Chance,
    take: &'t mut dyn FnMut(Record<'a>) -> Result<()>,
}

const ROOMS: [&str; 8] =
    ["reception", "testing", "individual", "sandplay", "venting", "biofeedback", "group", "archive"];
const CENTRE_FUNCTIONS: [&str; 9] =
    ["outreach", "counselling", "assessment", "therapy", "experience", "hotline", "crisis", "platform", "records"];

impl<'a> PlaceRows<'_, 'a, '_> {
    fn record(&self, dataset: Dataset) -> Record<'a> {
        self.world.catalog.record(dataset)
    }

    fn day_before(&mut self, share: f64) -> Option<i32> {
        let (from, as_of) = (self.world.region.from, self.world.region.as_of);
        self.chance.yes(share).then(|| self.chance.between(from - 800, as_of))
    }

    fn units(&mut self) -> Result<()> {
        for unit in &self.county.units {
            let mut row = self.record(Dataset::StationUnit);
            row.set("unit_id", unit.id.clone());
            row.set("unit_name", unit.name.clone());
            row.set("unit_kind", unit.kind);
            row.set("division_code", unit.division.clone());
            row.set("employees", unit.employees.to_string());
            if unit.kind == "petition" {
                let busy = self.chance.yes(0.6);
                row.set_bool("high_visits", busy);
                row.set_bool("dispatch", busy && self.chance.yes(0.6));
            }
            let share = if unit.employees >= 500 { 0.7 } else { 0.25 };
            row.set_some_day("partner_date", self.day_before(share));
            (self.take)(row)?;
        }
        Ok(())
    }

    fn sites(&mut self) -> Result<()> {
        for site in &self.county.sites {
            let row = match site.kind {
                "county_center" => self.centre(site),
                _ => self.site(site),
            };
            (self.take)(row)?;
        }
        Ok(())
    }

    fn site_facts(&self, site: &Site) -> Record<'a> {
        let mut row = self.record(Dataset::StationSite);
        row.set("site_id", site.id.clone());
        row.set("site_name", site.name.clone());
        row.set("site_kind", site.kind);
        row.set("division_code", site.division.clone());
        if let Some(host) = site.host_unit {
            row.set("host_unit_id", self.county.units[host].id.clone());
        }
        row.set("status", site.status);
        row.set_some_day("built_date", site.built);
        row.set_some_day("closed_date", site.closed);
        row
    }

    /// The county's centre. That of the first county meets the whole standard, the others each miss an item or two.
    fn centre(&mut self, site: &Site) -> Record<'a> {
        let perfect = self.county.index == 0;
        let mut row = self.site_facts(site);
        let c = &mut self.chance;
        row.set("area_m2", if perfect { c.between(420, 800) } else { c.between(280, 600) }.to_string());
        let rooms: Vec<&str> = ROOMS.iter().copied().filter(|_| perfect || c.yes(0.95)).collect();
        row.set("rooms", rooms.join("|"));
        row.set("individual_room_m2", format!("{}.5", if perfect { c.between(10, 19) } else { c.between(8, 22) }));
        row.set("vent_device_kinds", c.between(if perfect { 2 } else { 1 }, 4).to_string());
        row.set("full_time_staff", c.between(if perfect { 2 } else { 1 }, 6).to_string());
        row.set("part_time_staff", c.between(2, 12).to_string());
        row.set("full_time_counsellors", c.between(if perfect { 2 } else { 1 }, 4).to_string());
        row.set("part_time_counsellors", c.between(if perfect { 6 } else { 4 }, 12).to_string());
        row.set("social_workers", c.between(1, 5).to_string());
        row.set("volunteer_teams", c.between(1, 4).to_string());
        for item in ["has_office", "has_plaque", "has_rules", "has_mechanism"] {
            row.set_bool(item, true);
        }
        let functions: Vec<&str> = CENTRE_FUNCTIONS.iter().copied().filter(|_| perfect || c.yes(0.95)).collect();
        row.set("functions", functions.join("|"));
        row.set_bool("public_notice", perfect || c.yes(0.8));
        row.set_bool("hotline_24h", perfect || c.yes(0.7));
        row.set_bool("wechat_account", perfect || c.yes(0.7));
        row
    }

    fn site(&mut self, site: &Site) -> Record<'a> {
        let mut row = self.site_facts(site);
        let c = &mut self.chance;
        let village = site.kind == "village_room";
        let area = if village { c.between(12, 60) } else { c.between(18, 220) };
        if c.yes(0.93) {
            row.set("area_m2", if c.yes(0.2) { format!("{area}.5") } else { area.to_string() });
        }
        if c.yes(0.6) {
            let rooms: Vec<&str> = ROOMS.iter().copied().filter(|_| c.yes(0.4)).collect();
            row.set("rooms", rooms.join("|"));
        }
        if c.yes(0.9) {
            row.set("full_time_staff", c.below(if village { 2 } else { 4 }).to_string());
        }
        if c.yes(0.9) {
            row.set("part_time_staff", c.below(4).to_string());
        }
        if c.yes(0.8) {
            row.set("full_time_counsellors", c.below(2).to_string());
            row.set("part_time_counsellors", c.below(3).to_string());
            row.set("social_workers", c.below(3).to_string());
        }
        if c.yes(0.3) {
            row.set("volunteer_teams", c.below(3).to_string());
        }
        for item in ["has_office", "has_plaque", "has_rules", "has_mechanism"] {
            if c.yes(0.96) {
                row.set_bool(item, c.yes(0.88));
            }
        }
        let functions: Vec<&str> =
            ["reception", "outreach", "counselling", "assessment", "crisis", "platform", "referral"]
                .into_iter()
                .filter(|f| c.yes(if matches!(*f, "counselling" | "assessment" | "crisis") { 0.5 } else { 0.86 }))
                .collect();
        row.set("functions", functions.join("|"));
        if c.yes(0.9) {
            row.set_bool("public_notice", c.yes(0.8));
        }
        row.set_bool("hotline_24h", site.kind == "agency_site" && c.yes(0.5));
        if c.yes(0.5) {
            row.set_bool("wechat_account", c.yes(0.1));
        }
        row
    }

    fn schools(&mut self) -> Result<()> {
        for (index, school) in self.county.schools.iter().enumerate() {
            let mut row = self.record(Dataset::SchoolSite);
            row.set("school_id", school.id.clone());
            row.set("school_name", school.name.clone());
            row.set("stage", school.stage);
            row.set("division_code", school.division.clone());
            row.set("enrolment", self.chance.between(90, 2600).to_string());
            let kindergarten = school.stage == "kindergarten";
            row.set_some_day("room_date", self.day_before(if kindergarten { 0.2 } else { 0.88 }));
            row.set("full_time_teachers", self.chance.below(3).to_string());
            if self.chance.yes(0.9) {
                row.set("part_time_teachers", self.chance.below(5).to_string());
            }
            if self.chance.yes(0.95) {
                row.set_bool("course", self.chance.yes(if kindergarten { 0.2 } else { 0.85 }));
            }
            row.set_some_day("qualified_date", self.day_before(0.6));
            row.set_some_day("feature_date", self.day_before(if index % 9 == 0 { 1.0 } else { 0.05 }));
            row.set_some_day("growth_centre_date", self.day_before(if index % 14 == 1 { 1.0 } else { 0.03 }));
            (self.take)(row)?;
        }
        Ok(())
    }

    fn hospitals(&mut self) -> Result<()> {
        for hospital in &self.county.hospitals {
            let mut row = self.record(Dataset::HospitalSite);
            row.set("org_id", hospital.id.clone());
            row.set("org_name", hospital.name.clone());
            row.set("org_kind", hospital.kind);
            row.set("grade", hospital.grade);
            row.set("division_code", hospital.division.clone());
            let large = matches!(hospital.kind, "general" | "psychiatric" | "tcm");
            row.set_some_day("psych_clinic_date", self.day_before(if large { 0.8 } else { 0.1 }));
            row.set_some_day(
                "child_clinic_date",
                self.day_before(if hospital.kind == "psychiatric" { 0.8 } else { 0.05 }),
            );
            let primary = matches!(hospital.kind, "township" | "community");
            row.set_some_day("counselling_room_date", self.day_before(if primary { 0.8 } else { 0.3 }));
            let clinicians = if large { self.chance.between(120, 1400) } else { self.chance.between(12, 90) };
            row.set("clinicians", clinicians.to_string());
            if self.chance.yes(0.95) {
                row.set("clinicians_trained", self.chance.between(clinicians / 2, clinicians).to_string());
            }
            (self.take)(row)?;
        }
        Ok(())
    }

    fn activity(&mut self, serial: &mut u32, facts: Activity<'_>) -> Result<()> {
        *serial += 1;
        let mut row = self.record(Dataset::StationActivity);
        row.day = facts.on;
        row.set("activity_id", format!("HD{}{:06}", self.county.code, *serial));
        row.set("site_id", facts.site);
        row.set("division_code", facts.division);
        if let Some(unit) = facts.unit {
            row.set("unit_id", unit.id.clone());
        }
        row.set("activity_kind", facts.kind);
        row.set("setting", facts.setting);
        row.set_day("activity_date", facts.on);
        if self.chance.yes(0.95) {
            row.set("participants", self.chance.between(8, 260).to_string());
        }
        row.set("entered_at", entered_at(&mut self.chance, facts.on, self.world.region.as_of));
        (self.take)(row)
    }

    fn activities(&mut self) -> Result<()> {
        let mut serial = 0;
        for (from, to) in years(self.world.region.from, self.world.region.as_of) {
            for (v, village) in self.county.villages.iter().enumerate() {
                let lectures = *self.chance.weighted(&[(0, 12), (1, 22), (2, 36), (3, 20), (4, 10)]);
                for n in 0..lectures + i32::from(self.chance.yes(0.3)) {
                    let on = self.chance.between(from, to);
                    let site = self.county.site_for(v, on);
                    let site = if self.chance.yes(0.9) { site.id.clone() } else { String::new() };
                    let kind =
                        if n < lectures { "lecture" } else { *self.chance.pick(&["campaign", "group", "training"]) };
                    let setting = if village.name.ends_with("村委会") || village.name.ends_with('村') {
                        "village"
                    } else {
                        *self.chance.pick(&["community", "community", "home"])
                    };
                    self.activity(
                        &mut serial,
                        Activity { on, site, division: &village.code, unit: None, kind, setting },
                    )?;
                }
            }
            for unit in &self.county.units {
                if !self.chance.yes(if unit.employees >= 500 { 0.75 } else { 0.2 }) {
                    continue;
                }
                let on = self.chance.between(from, to);
                let site = self.county.sites[self.county.centre].id.clone();
                let setting = match unit.kind {
                    "government" | "petition" => "government",
                    "institution" => "school",
                    "enterprise" => "enterprise",
                    _ => "public",
                };
                let kind = *self.chance.weighted(&[("lecture", 8), ("training", 2), ("group", 1)]);
                self.activity(
                    &mut serial,
                    Activity { on, site, division: &unit.division, unit: Some(unit), kind, setting },
                )?;
            }
        }
        Ok(())
    }

    fn incidents(&mut self) -> Result<()> {
        let mut serial = 0;
        let years = f64::from(self.world.region.as_of - self.world.region.from + 1) / 365.25;
        for town in &self.county.towns {
            for _ in 0..self.chance.count(1.5 * years) {
                serial += 1;
                let on = self.chance.between(self.world.region.from, self.world.region.as_of);
                let mut row = self.record(Dataset::PoliceIncident);
                row.day = on;
                row.set("incident_id", format!("AJ{}{serial:05}", self.county.code));
                let village = town.villages.start + self.chance.below(town.villages.len() as u64) as usize;
                let in_village = self.chance.yes(0.6) && !town.villages.is_empty();
                let code = if in_village { &self.county.villages[village].code } else { &town.code };
                row.set("division_code", code.clone());
                row.set_day("incident_date", on);
                row.set("severity", *self.chance.weighted(&[("extreme", 45), ("serious", 30), ("general", 25)]));
                row.set(
                    "factor",
                    *self.chance.weighted(&[
                        ("conflict", 34),
                        ("setback", 20),
                        ("mindset", 14),
                        ("behaviour", 16),
                        ("none", 10),
                        ("", 6),
                    ]),
                );
                row.set("entered_at", entered_at(&mut self.chance, on, self.world.region.as_of));
                (self.take)(row)?;
            }
        }
        Ok(())
    }
}

struct Activity<'f> {
    on: i32,
    site: String,
    division: &'f str,
    unit: Option<&'f Employer>,
    kind: &'static str,
    setting: &'static str,
}

/// The calendar years of a period, with the first and last one cut to it.
fn years(from: i32, as_of: i32) -> Vec<(i32, i32)> {
    let (first, last) = (day::to_date(from).year(), day::to_date(as_of).year());
    (first..=last)
        .filter_map(|y| {
            let start = day::from_ymd(i32::from(y), 1, 1)?;
            let end = day::from_ymd(i32::from(y), 12, 31)?;
            Some((start.max(from), end.min(as_of)))
        })
        .collect()
}
