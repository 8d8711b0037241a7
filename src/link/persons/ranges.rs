//! How sure the numbers of persons are: how many there would be at a looser and at a stricter threshold.

use rayon::prelude::*;

use super::linked::Linked;
use crate::link::identities::population::Population;
use crate::link::ids::RecordNumber;

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

/// Counties that are counted together.
const TOGETHER: usize = u32::BITS as usize;

/// The city, each county that sent rows, all towns, all villages.
pub fn ranges(people: &Population, linked: &Linked) -> Vec<PersonRange> {
    let mut counties: Vec<&str> = people.batches.iter().map(|b| b.county.as_str()).collect();
    counties.sort_unstable();
    counties.dedup();
    let sent: Vec<Sent> = counties.chunks(TOGETHER).map(|counties| Sent::of(people, linked, counties)).collect();
    let places = RESIDENCES.map(|(_, digits)| places_of(people, digits));
    let thresholds = [&linked.looser, &linked.clustering.roots, &linked.stricter];
    let counted: Vec<Vec<u64>> = thresholds
        .into_par_iter()
        .map(|roots| {
            let of_counties = sent.iter().flat_map(|sent| sent.persons(linked, roots));
            let lives = living_in(people, linked, roots, &places);
            std::iter::once(persons(people, linked, roots)).chain(of_counties).chain(lives).collect()
        })
        .collect();
    let levels = std::iter::once(("city", "")).chain(counties.iter().map(|county| ("county", *county)));
    let levels = levels.chain(RESIDENCES.iter().map(|(level, _)| (*level, "")));
    let range = |(index, (level, division)): (usize, (&str, &str))| PersonRange {
        level: level.to_owned(),
        division: division.to_owned(),
        low: counted[0][index],
        chosen: counted[1][index],
        high: counted[2][index],
    };
    levels.enumerate().map(range).collect()
}

/// All persons. Rows that nothing holds together are a person each, at any threshold.
fn persons(people: &Population, linked: &Linked, roots: &[RecordNumber]) -> u64 {
    let mut is_counted = vec![false; roots.len()];
    let mut persons = 0;
    for ((root, holds), seen) in roots.iter().zip(&linked.holds_together).zip(&people.sightings) {
        let counted = &mut is_counted[root.index()];
        persons += if *holds { u64::from(!std::mem::replace(counted, true)) } else { u64::from(seen.rows) };
    }
    persons
}

/// Whom the rows of some counties are about.
struct Sent {
    /// Identity for identity, bit by bit the counties.
    of_identity: Vec<u32>,
    /// County for county: rows that nothing holds together.
    alone: Vec<u64>,
}

impl Sent {
    fn of(people: &Population, linked: &Linked, counties: &[&str]) -> Self {
        let mut sent = Sent { of_identity: vec![0; people.identities.len()], alone: vec![0; counties.len()] };
        for batch in &people.batches {
            let Ok(county) = counties.binary_search(&batch.county.as_str()) else { continue };
            for identity in &batch.identity_of_row {
                if linked.holds_together[identity.index()] {
                    sent.of_identity[identity.index()] |= 1 << county;
                } else {
                    sent.alone[county] += 1;
                }
            }
        }
        sent
    }

    /// Persons of each county.
    fn persons(&self, linked: &Linked, roots: &[RecordNumber]) -> Vec<u64> {
        let mut of_root = vec![0u32; roots.len()];
        for ((root, counties), holds) in roots.iter().zip(&self.of_identity).zip(&linked.holds_together) {
            of_root[root.index()] |= if *holds { *counties } else { 0 };
        }
        let mut persons = self.alone.clone();
        for mut counties in of_root {
            while counties != 0 {
                persons[counties.trailing_zeros() as usize] += 1;
                counties &= counties - 1;
            }
        }
        persons
    }
}

/// By code of a residence: the division of a level that it lies in, which a code names when it has the
/// level's digits and they are not all "none of them"; otherwise 0.
fn places_of(people: &Population, digits: usize) -> Vec<u64> {
    people.texts.residences.map(|code| {
        let of_level = code.get(..digits).filter(|c| !c.ends_with("000"));
        of_level.and_then(|c| c.parse().ok()).unwrap_or(0)
    })
}

/// Persons of the divisions of each level, by where their rows say that they live.
fn living_in(people: &Population, linked: &Linked, roots: &[RecordNumber], places: &[Vec<u64>]) -> Vec<u64> {
    let mut is_joined = vec![false; roots.len()];
    for (record, root) in roots.iter().enumerate().filter(|(record, root)| *record != root.index()) {
        (is_joined[record], is_joined[root.index()]) = (true, true);
    }
    let count = |place_of: &Vec<u64>| {
        let mut persons = 0;
        let mut several: Vec<(RecordNumber, u64)> = Vec::new();
        for (i, (identity, &root)) in people.identities.iter().zip(roots).enumerate() {
            let place = place_of[identity.residence.index()];
            if place == 0 {
                continue;
            }
            if !linked.holds_together[i] {
                persons += u64::from(people.sightings[i].rows);
            } else if !is_joined[root.index()] {
                persons += 1;
            } else {
                several.push((root, place));
            }
        }
        several.sort_unstable();
        several.dedup();
        persons + several.len() as u64
    };
    places.iter().map(count).collect()
}
