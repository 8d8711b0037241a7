//! Where a household lives on a day, and how people write the address.

use crate::schema::Source;

use super::chance::Chance;
use super::places::Region;
use super::population::{Home, Household};
use super::purpose;
use super::world::World;

/// The address that a source has for a household on a day.
///
/// A household that moves is recorded with its old address until then; a source that never hears of the move keeps it.
pub fn known_place(world: &World<'_>, home: &Household, source: Source, on: i32) -> Home {
    let now = home.place();
    if world.rates.moved == 0.0 {
        return now;
    }
    let mut chance = home.people[0].chance(world.seed, purpose::MOVE);
    if !chance.yes(world.rates.moved) {
        return now;
    }
    let region = &world.region;
    let moved = chance.between(region.from + 30, region.as_of - 30);
    let never_hears = *chance.pick(&super::SOURCES);
    if on >= moved && !(source == never_hears && chance.yes(0.7)) {
        return now;
    }
    let counties = region.counties.len();
    let step = if counties > 1 && chance.yes(0.3) { 1 + chance.below(counties as u64 - 1) as usize } else { 0 };
    let county = (now.county + step) % counties;
    let village = chance.below(region.counties[county].villages.len() as u64) as usize;
    Home { county, village, house: 1 + chance.below(400) as u32 }
}

/// The full address as written in a form.
pub fn address(region: &Region, place: Home) -> String {
    let county = &region.counties[place.county];
    let village = &county.villages[place.village];
    format!("{}{}{}{}号", county.name, county.towns[village.town].name, village.name, place.house)
}

/// The same address in another person's words.
pub fn other_address(chance: &mut Chance, region: &Region, place: Home) -> String {
    let county = &region.counties[place.county];
    let village = &county.villages[place.village];
    let (town, village, house) = (&county.towns[village.town].name, &village.name, place.house);
    match chance.below(6) {
        0 => format!("{town}{village}{house}号"),
        1 => format!("{}{town}{village}{house}", county.name),
        2 => format!("{}{}{house}号", short_town(town), short_village(village)),
        3 => format!("{}{}{town}{village}{house}号", region.city_name, county.name),
        4 => format!("{}{}{}", county.name, short_town(town), short_village(village)),
        _ => format!("{}{town}{}-{house}", county.name, short_village(village)),
    }
}

fn without<'t>(text: &'t str, endings: &[&str]) -> &'t str {
    // A remaining name of one character would be meaningless.
    endings.iter().find_map(|e| text.strip_suffix(e)).filter(|t| t.chars().count() > 1).unwrap_or(text)
}

fn short_town(name: &str) -> &str {
    without(name, &["街道办事处", "街道", "地区", "镇", "乡"])
}

fn short_village(name: &str) -> &str {
    without(name, &["社区居民委员会", "社区居委会", "村民委员会", "居民委员会", "村委会", "居委会", "社区", "村"])
}
