//! How sure the numbers of persons are: how many there would be at a looser and at a stricter threshold.

use rayon::prelude::*;

use super::night::Linked;
use super::population::Population;

/// How many persons there are at a level, and how many there would be with weaker and with stronger
/// evidence.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct PersonRange {
    /// `city`: all persons. `county`: those whom a county's rows are about. `town` and `village`: each
    /// person once in every division of the level where a row says that the person lives.
    pub level: String,
    /// Of a county its code; otherwise empty: all divisions of the level together.
    pub division: String,
    pub low: u64,
    pub chosen: u64,
    pub high: u64,
}

/// Digits of the codes of the levels that residences are counted at.
const RESIDENCES: [(&str, usize); 2] = [("town", 9), ("village", 12)];

/// The city, each county that sent rows, all towns, all villages.
pub fn ranges(people: &Population, linked: &Linked) -> Vec<PersonRange> {
    let mut counties: Vec<&str> = people.batches.iter().map(|b| b.county.as_str()).collect();
    counties.sort_unstable();
    counties.dedup();
    let sent = std::iter::once(("city", "")).chain(counties.into_iter().map(|c| ("county", c)));
    let residences = RESIDENCES.iter().map(|(level, _)| (*level, ""));
    let divisions: Vec<(&str, &str)> = sent.chain(residences).collect();
    let digits = |level: &str| RESIDENCES.iter().find(|r| r.0 == level).map(|r| r.1);
    divisions
        .into_par_iter()
        .map(|(level, county)| {
            let thresholds = [&linked.looser, &linked.clustering.roots, &linked.stricter];
            let [low, chosen, high] = match digits(level) {
                Some(digits) => thresholds.map(|roots| living_in(people, linked, roots, digits)),
                None => sent_by(people, linked, thresholds, county),
            };
            PersonRange { level: level.to_owned(), division: county.to_owned(), low, chosen, high }
        })
        .collect()
}

/// Persons of a county's rows, or of all, at each threshold.
fn sent_by(people: &Population, linked: &Linked, thresholds: [&Vec<u32>; 3], county: &str) -> [u64; 3] {
    let identities = people.identities.len();
    let mut is_there = vec![county.is_empty(); identities];
    let mut alone = 0u64;
    if county.is_empty() {
        let rows = people.sightings.iter().zip(&linked.holds_together).filter(|(_, holds)| !**holds);
        alone += rows.map(|(seen, _)| u64::from(seen.rows)).sum::<u64>();
    } else {
        for &identity in people.batches.iter().filter(|b| b.county == county).flat_map(|b| &b.identity_of_row) {
            is_there[identity as usize] = true;
            alone += u64::from(!linked.holds_together[identity as usize]);
        }
    }
    // Rows that nothing holds together are a person each, at any threshold.
    let mut persons = [alone; 3];
    // By root: the thresholds at which it was counted.
    let mut counted = vec![0u8; identities];
    for identity in (0..identities).filter(|i| is_there[*i] && linked.holds_together[*i]) {
        for (t, roots) in thresholds.iter().enumerate() {
            let of_root = &mut counted[roots[identity] as usize];
            persons[t] += u64::from(*of_root >> t & 1 == 0);
            *of_root |= 1 << t;
        }
    }
    persons
}

/// Persons of the divisions of a level, by where their rows say that they live.
fn living_in(people: &Population, linked: &Linked, roots: &[u32], digits: usize) -> u64 {
    // A code names a division of the level when it has its digits and they are not all "none of them".
    let place_of: Vec<u64> = people.texts.residences.map(|code| {
        let of_level = code.get(..digits).filter(|c| !c.ends_with("000"));
        of_level.and_then(|c| c.parse().ok()).unwrap_or(0)
    });
    let mut members = vec![0u32; roots.len()];
    roots.iter().for_each(|&root| members[root as usize] += 1);
    let mut persons = 0;
    let mut several: Vec<(u32, u64)> = Vec::new();
    for (i, &root) in roots.iter().enumerate() {
        let place = place_of[people.identities[i].residence as usize];
        if place == 0 {
            continue;
        }
        if !linked.holds_together[i] {
            persons += u64::from(people.sightings[i].rows);
        } else if members[root as usize] == 1 {
            persons += 1;
        } else {
            several.push((root, place));
        }
    }
    several.sort_unstable();
    several.dedup();
    persons + several.len() as u64
}
