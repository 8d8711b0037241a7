//! What somebody means who names a city otherwise than by its code: its name, or a county of it.

use crate::error::{Words, words};
use crate::schema::known_divisions::{known_cities, known_divisions};
use crate::schema::nearest::nearest;

/// What to write instead, where a built-in city is meant.
pub fn meant_city(given: &str) -> Option<Words> {
    let text = given.trim();
    let is_code = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if is_code { of_code(text) } else { of_name(text) }
}

/// The city that a division lies in; of a county, how a store of it alone is made.
fn of_code(code: &str) -> Option<Words> {
    let cities = known_cities();
    let (city, name) = cities.iter().find(|(city, _)| code.len() > city.len() && code.starts_with(city.as_str()))?;
    let county = code.get(..6).and_then(|county| known_divisions().find(|(known, _)| known == county));
    Some(match county {
        Some((county, of)) => words!(
            "{county} 是{name}的{of}，应写作 --city {city} --counties {county}",
            "{county} is {of}, of the city {name}: write --city {city} --counties {county}"
        ),
        None => words!("{name}应写作 --city {city}", "for {name} write --city {city}"),
    })
}

/// The city of a name, or the one that a county of that name lies in; else the city of the nearest name.
fn of_name(text: &str) -> Option<Words> {
    let cities = known_cities();
    let of_city =
        |(city, name): &(String, &str)| words!("{name}应写作 --city {city}", "for {name} write --city {city}");
    if let Some(city) = cities.iter().find(|(_, name)| is_called(name, text)) {
        return Some(of_city(city));
    }
    let counties: Vec<(String, &str)> =
        known_divisions().filter(|(code, name)| code.len() == 6 && is_called(name, text)).collect();
    if let [(county, _)] = counties.as_slice() {
        return of_code(county);
    }
    let near = *nearest(text, cities.iter().map(|(_, name)| *name), 1).first()?;
    cities.iter().find(|(_, name)| *name == near).map(of_city)
}

/// Whether a division is called so: in full, in short, or with the province before it.
fn is_called(name: &str, text: &str) -> bool {
    let name = name.split('（').next().unwrap_or(name);
    let short = name.strip_suffix(['市', '县', '区']).unwrap_or(name);
    !text.is_empty() && (text == short || text.ends_with(name))
}
