//! Lives of households: every row that their people leave in any source.

use crate::error::Result;

use super::emit::{Emitter, RowSink};
use super::life::Life;
use super::population::{FIRST_CROSSING, Household};
use super::world::World;
use super::{hospital, police, school, station};

/// Emits every row of a household.
pub fn live(emitter: &mut Emitter<'_, '_, '_>, home: &Household) -> Result<()> {
    let mut life = Life::new(emitter, home);
    for who in 0..home.people.len() {
        let age = life.person(who).age_on(life.as_of());
        let illness = (age >= 12).then(|| hospital::illness(&life, who)).flatten();
        if let Some(illness) = &illness {
            hospital::register(&mut life, who, illness)?;
            station::patient(&mut life, who, illness)?;
        }
        let special = police::register(&mut life, who, illness.as_ref())?;
        if special {
            station::special(&mut life, who)?;
        }
        if illness.is_none() {
            hospital::visits_of_anyone(&mut life, who)?;
            if age >= 18 && !special {
                station::resident(&mut life, who)?;
            }
        }
        if age < 24 {
            school::pupil(&mut life, who)?;
        }
    }
    station::survey(&mut life)
}

/// Runs the lives of all households that leave rows in a county; returns the number of people in its own households.
pub fn every_household<'a>(world: &World<'a>, index: usize, sink: &mut dyn RowSink<'a>) -> Result<u64> {
    let mut people = 0;
    let mut emitter = Emitter { world, county: Some(index), sink };
    for number in 0..world.households[index] {
        let home = Household::new(world.seed, &world.region, &world.shares, index, number);
        people += home.people.len() as u64;
        live(&mut emitter, &home)?;
    }
    for (from, count) in world.crossings.iter().enumerate() {
        for number in FIRST_CROSSING..FIRST_CROSSING + count {
            let home = Household::new(world.seed, &world.region, &world.shares, from, number);
            if from == index || home.other_county == Some(index) {
                live(&mut emitter, &home)?;
            }
            if from == index {
                people += home.people.len() as u64;
            }
        }
    }
    Ok(people)
}
