//! Rows of the special-population register that the police keep.

use crate::error::Result;

use super::hospital::Illness;
use super::life::Life;
use super::population::Home;
use super::purpose;
use super::record::Dataset;

/// Registers a person with the police if they belong to the special population; returns whether they do.
pub fn register(life: &mut Life<'_, '_, '_, '_, '_>, who: usize, illness: Option<&Illness>) -> Result<bool> {
    let person = life.person(who);
    let mut chance = person.chance(life.seed(), purpose::SPECIAL);
    let (from, as_of) = (life.from(), life.as_of());
    let violent = illness.is_some_and(|i| i.violent);
    let crossing = life.home.other_county.is_some() && who == 0;
    let share = if crossing { 0.3 } else { life.emitter.world.shares.special };
    if !violent && (person.age_on(as_of) < 18 || !chance.yes(share)) {
        return Ok(false);
    }
    let mut categories = Vec::new();
    if violent {
        categories.push("violent_risk");
    }
    if !violent || chance.yes(0.1) {
        categories.push(*chance.weighted(&[
            ("correction", 26),
            ("released", 26),
            ("community_detox", 14),
            ("community_rehab", 12),
            ("compulsory_detox", 4),
            ("methadone", 4),
            ("voluntary_detox", 3),
            ("custody", 4),
            ("vagrant", 4),
            ("other", 3),
        ]));
    }
    if categories.last() == Some(&"community_detox") && chance.yes(0.3) {
        categories.push("methadone");
    }
    let start = chance.between(from - 700, as_of - 1);
    let end = chance.yes(0.3).then(|| start + chance.between(90, 900)).filter(|d| *d <= as_of);
    let there = life.home.other_county.filter(|_| crossing);
    for county in [Some(life.home.county), there].into_iter().flatten() {
        let there = &life.emitter.counties()[county];
        let at_home = county == life.home.county;
        let village = if at_home { life.home.village } else { who % there.villages.len() };
        let mut row = if at_home {
            life.emitter.person_row(Dataset::PolicePerson, life.home, who, start)
        } else {
            // The other county knows the address there.
            let place = Home { county, village, house: life.home.house };
            life.emitter.person_row_at(Dataset::PolicePerson, life.home, who, start, place)
        };
        row.set("category", categories.join("|"));
        let village = &there.villages[village];
        row.set(
            "division_code",
            if chance.yes(0.75) { village.code.clone() } else { there.towns[village.town].code.clone() },
        );
        row.set("record_id", life.key("TS", who));
        row.set_day("start_date", start);
        row.set_some_day("end_date", end);
        life.emit(county, row)?;
    }
    Ok(true)
}
