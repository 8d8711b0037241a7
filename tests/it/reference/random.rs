//! Worlds of random rows, the same for the same seed.

use super::windows::iso;
use super::world::Settings;
use super::{World, windows};

/// A small congruential generator (Knuth's MMIX constants): a test needs variety, not quality.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }

    fn pick<'t>(&mut self, from: &[&'t str]) -> &'t str {
        from[self.below(from.len() as u64) as usize]
    }

    fn date(&mut self, from: i64, days: u64) -> String {
        iso(from + self.below(days) as i64)
    }
}

/// A city of three counties with two towns of two villages each, and `persons` persons with rows of every
/// dataset in 2022 and 2023. Some persons have rows in two counties.
pub fn random_world(seed: u64, persons: usize) -> World {
    let mut dice = Dice(seed);
    let mut divisions = vec![("3704".to_owned(), "3704".to_owned())];
    let counties = ["370402", "370403", "370406"];
    let mut villages = Vec::new();
    for county in counties {
        divisions.push((county.to_owned(), county.to_owned()));
        for town in [format!("{county}001"), format!("{county}002")] {
            divisions.push((town.clone(), town.clone()));
            for village in [format!("{town}001"), format!("{town}201")] {
                divisions.push((village.clone(), village.clone()));
                villages.push(village);
            }
        }
    }
    let borrowed: Vec<(&str, &str)> = divisions.iter().map(|(c, n)| (c.as_str(), n.as_str())).collect();
    let mut world = World::new(Settings::new("3704", "2023-11-20", "2022-06-01"), &borrowed);
    world.all_sent();
    for village in &villages {
        for year in [2022, 2023] {
            world.population.insert((village.clone(), year), 500 + dice.below(2000) as i64);
        }
    }
    places(&mut world, &mut dice, &counties, &villages);
    for number in 0..persons {
        person(&mut world, &mut dice, &counties, &villages, number);
    }
    world
}

/// A division of a county, now and then a town.
fn somewhere(dice: &mut Dice, villages: &[String], county: &str) -> String {
    let inside: Vec<&str> = villages.iter().map(String::as_str).filter(|v| v.starts_with(county)).collect();
    let village = dice.pick(&inside);
    if dice.below(8) == 0 { village[..9].to_owned() } else { village.to_owned() }
}

fn places(world: &mut World, dice: &mut Dice, counties: &[&str], villages: &[String]) {
    let first = windows::day(2021, 6, 1);
    for county in counties {
        for number in 0..8 {
            let id = format!("{number}");
            let place = somewhere(dice, villages, county);
            let kind = dice.pick(&["county_center", "town_station", "village_room", "village_room", "employer_site"]);
            let status = dice.pick(&["built", "built", "closed", "planned"]);
            let mut cells = vec![
                ("site_id", id.clone()),
                ("site_kind", kind.to_owned()),
                ("division_code", place),
                ("status", status.to_owned()),
                ("built_date", dice.date(first, 700)),
                ("full_time_staff", dice.below(3).to_string()),
                ("part_time_counsellors", dice.below(3).to_string()),
                ("social_workers", dice.below(2).to_string()),
            ];
            for flag in ["has_office", "has_plaque", "has_rules", "has_mechanism", "public_notice", "hotline_24h"] {
                cells.push((flag, dice.pick(&["true", "true", "true", "false", ""]).to_owned()));
            }
            if status == "closed" {
                cells.push(("closed_date", dice.date(first + 700, 200)));
            }
            add(world, "station_site", county, "", &cells);
            let place = somewhere(dice, villages, county);
            let stage = dice.pick(&["primary", "junior", "kindergarten"]).to_owned();
            let room = dice.date(first, 900);
            let school = [("school_id", id.clone()), ("stage", stage), ("division_code", place), ("room_date", room)];
            add(world, "school_site", county, "", &school);
            let place = somewhere(dice, villages, county);
            let kind = dice.pick(&["general", "psychiatric", "township"]).to_owned();
            let hospital = [("org_id", id), ("org_kind", kind), ("division_code", place), ("grade", "2".to_owned())];
            add(world, "hospital_site", county, "", &hospital);
        }
        for number in 0..30 {
            let incident = [
                ("incident_id", format!("{number}")),
                ("division_code", somewhere(dice, villages, county)),
                ("incident_date", dice.date(first, 900)),
                ("severity", dice.pick(&["extreme", "extreme", "serious"]).to_owned()),
                ("factor", dice.pick(&["conflict", "setback", "none", ""]).to_owned()),
            ];
            add(world, "police_incident", county, "", &incident);
        }
    }
}

fn person(world: &mut World, dice: &mut Dice, counties: &[&str], villages: &[String], number: usize) {
    let name = format!("p{number}");
    let first = windows::day(2021, 6, 1);
    let identity = [
        ("sex", dice.pick(&["1", "2"]).to_owned()),
        ("birth_date", iso(windows::day(1940 + dice.below(75) as i64, 1, 1) + dice.below(365) as i64)),
        ("id_number", format!("id{number}")),
    ];
    let registrations = if dice.below(10) == 0 { 2 } else { 1 };
    for turn in 0..registrations {
        let county = dice.pick(counties);
        let patient_no = format!("{number}-{turn}");
        let mut cells = identity.to_vec();
        cells.push(("patient_no", patient_no.clone()));
        cells.push(("manage_code", somewhere(dice, villages, county)));
        cells.push(("diagnosis", dice.pick(&["F20.9", "F20.0", "F31", "G40.8", "F79", "F32"]).to_owned()));
        cells.push(("registered_date", dice.date(first, 850)));
        cells.push(("living", dice.pick(&["home", "home", "hospital", "unknown"]).to_owned()));
        if dice.below(8) == 0 {
            cells.push(("exit_date", dice.date(first + 850, 100)));
            cells.push(("exit_reason", dice.pick(&["death", "lost", "moved"]).to_owned()));
        }
        add(world, "hospital_patient", county, &name, &cells);
        for visit in 0..dice.below(9) {
            let mut cells = vec![
                ("record_id", format!("{patient_no}-{visit}")),
                ("patient_no", patient_no.clone()),
                ("followup_date", dice.date(first + 200, 700)),
                ("mode", dice.pick(&["clinic", "home", "phone"]).to_owned()),
                ("outcome", dice.pick(&["seen", "", "", "lost"]).to_owned()),
                ("risk_level", dice.pick(&["0", "1", "4", ""]).to_owned()),
            ];
            cells.push(("stability", dice.pick(&["stable", "stable", "basic", "unstable", ""]).to_owned()));
            cells.push(("medication", dice.pick(&["regular", "intermittent", "none", ""]).to_owned()));
            cells.push(("grade_class", dice.pick(&["A", "C", ""]).to_owned()));
            cells.push(("checkup", dice.pick(&["true", "false", ""]).to_owned()));
            add(world, "hospital_followup", county, "", &cells);
        }
    }
    for contact in 0..dice.below(4) {
        let county = dice.pick(counties);
        let mut cells = identity.to_vec();
        cells.push(("record_id", format!("{number}-{contact}")));
        cells.push(("site_id", dice.below(8).to_string()));
        cells.push(("service_date", dice.date(first + 200, 700)));
        cells
            .push(("service_kind", dice.pick(&["consult", "rehab", "referral", "family_support", "other"]).to_owned()));
        cells.push(("channel", dice.pick(&["onsite", "online", ""]).to_owned()));
        cells.push(("population", dice.pick(&["smi", "smi|elderly", ""]).to_owned()));
        cells.push(("warning_level", dice.pick(&["red", "yellow", "green", "", ""]).to_owned()));
        cells.push(("plan_id", dice.pick(&["plan", ""]).to_owned()));
        if dice.below(4) == 0 {
            cells.push(("beneficiary", "family".to_owned()));
            cells.push(("related_id_number", format!("id{}", dice.below(number as u64 + 1))));
        }
        add(world, "station_service", county, &name, &cells);
    }
    if dice.below(3) == 0 {
        let county = dice.pick(counties);
        let mut cells = identity.to_vec();
        cells.push(("record_id", format!("{number}")));
        cells.push(("category", dice.pick(&["violent_risk", "correction", "violent_risk|community_detox"]).to_owned()));
        cells.push(("division_code", somewhere(dice, villages, county)));
        cells.push(("start_date", dice.date(first, 850)));
        if dice.below(3) == 0 {
            cells.push(("end_date", dice.date(first + 850, 80)));
        }
        add(world, "police_person", county, &name, &cells);
    }
    if dice.below(3) == 0 {
        let county = dice.pick(counties);
        let mut cells = identity.to_vec();
        cells.push(("record_id", format!("{number}")));
        cells.push(("org_id", dice.below(8).to_string()));
        cells.push(("visit_date", dice.date(first + 200, 700)));
        cells.push(("visit_kind", dice.pick(&["inpatient", "outpatient"]).to_owned()));
        cells.push(("diagnosis", dice.pick(&["F20.9", "F32"]).to_owned()));
        add(world, "hospital_visit", county, &name, &cells);
    }
    if dice.below(3) == 0 {
        let county = dice.pick(counties);
        let mut cells = identity.to_vec();
        cells.push(("record_id", format!("{number}")));
        cells.push(("school_id", dice.below(8).to_string()));
        cells.push(("screening_date", dice.date(first + 200, 700)));
        cells.push(("scale", "MHT".to_owned()));
        cells.push(("result", dice.pick(&["normal", "mild", "severe"]).to_owned()));
        add(world, "school_screening", county, &name, &cells);
    }
}

fn add(world: &mut World, dataset: &str, county: &str, person: &str, cells: &[(&str, String)]) {
    let borrowed: Vec<(&str, &str)> = cells.iter().map(|(f, v)| (*f, v.as_str())).collect();
    world.add(dataset, county, person, &borrowed);
}
