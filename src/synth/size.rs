//! How many households it takes to come to so many people, rows or identities.

use rayon::prelude::*;

use crate::error::{Error, Result};
use crate::schema::Schemas;

use super::SynthOptions;
use super::emit::{Emitter, RowSink, World};
use super::generate::every_household;
use super::life::live;
use super::place_rows::write_places;
use super::places::Region;
use super::population::{FIRST_CROSSING, Household, LifeRates};
use super::rates::Rates;
use super::record::{Catalog, Record};

/// How many people and households, and how often what happens to them.
pub struct Size {
    pub persons: u64,
    pub shares: LifeRates,
    /// Households of each county that live in it alone, and that cross.
    pub households: Vec<u64>,
    pub crossings: Vec<u64>,
}

/// Counts rows and keeps none.
struct Counter(u64);

impl<'a> RowSink<'a> for Counter {
    fn take(&mut self, _county: usize, _record: Record<'a>) -> Result<()> {
        self.0 += 1;
        Ok(())
    }
}

/// Households that are looked at to learn how large they are and how many rows they leave.
const SAMPLE: u64 = 6_000;

/// The size that options ask for, by people or by rows.
///
/// # Errors
/// [`crate::error::ErrorKind::Usage`] for a size that cannot be met.
pub fn sizes(options: &SynthOptions, schemas: &Schemas, region: &mut Region) -> Result<Size> {
    let Some(rows) = options.rows else { return size_of(options, schemas, region, options.persons) };
    // Shares depend on the number of people, which depends on the rows that the shares lead to.
    let mut persons = rows.max(100);
    for _ in 0..3 {
        let world = trial(options, schemas, region, persons, Rates::NONE)?;
        let mut fixed = 0;
        for county in &world.region.counties {
            write_places(&world, county, &mut |_| {
                fixed += 1;
                Ok(())
            })?;
        }
        let (people, of_household) = sample(&world, |home| rows_of(&world, home))?;
        *region = world.region;
        if rows <= fixed {
            return Err(Error::usage("--rows", format!("the places of these counties alone take {fixed} rows"))
                .hint("ask for more rows, fewer counties or fewer towns"));
        }
        persons = ((rows - fixed) as f64 / of_household * people).max(1.0) as u64;
    }
    let mut best = size_of(options, schemas, region, persons)?;
    if rows > COUNTED {
        return Ok(best);
    }
    // Few people may be far from the mean: their rows are counted, and the number of people mended by
    // the secant of the last two counts.
    let mut before = None::<(f64, f64)>;
    let mut found = count(options, schemas, region, &best)?;
    let mut nearest = found;
    for _ in 0..8 {
        if found.abs_diff(rows) * 50 <= rows {
            break;
        }
        let (p, r, wanted) = (persons as f64, found as f64, rows as f64);
        let slope = match before {
            Some((p0, r0)) if (r - r0) / (p - p0) > 0.0 => (r - r0) / (p - p0),
            _ => r / p,
        };
        before = Some((p, r));
        persons = (p + (wanted - r) / slope).clamp(p * 0.3, p * 3.0).max(1.0) as u64;
        let next = size_of(options, schemas, region, persons)?;
        let rows_of_next = count(options, schemas, region, &next)?;
        if rows_of_next.abs_diff(rows) < nearest.abs_diff(rows) {
            nearest = rows_of_next;
            best = next;
        }
        found = rows_of_next;
        if persons as f64 == p {
            break;
        }
    }
    Ok(best)
}

/// Up to so many rows are counted beforehand; beyond, the mean is near enough.
const COUNTED: u64 = 200_000;

fn size_of(options: &SynthOptions, schemas: &Schemas, region: &mut Region, persons: u64) -> Result<Size> {
    let world = trial(options, schemas, region, persons, Rates::NONE)?;
    let (people, _) = sample(&world, |_| Ok(0))?;
    let shares = world.shares;
    *region = world.region;
    split(region, persons as f64 / people, persons, shares, "--persons")
}

/// Rows that a size comes to.
fn count(options: &SynthOptions, schemas: &Schemas, region: &mut Region, size: &Size) -> Result<u64> {
    let mut world = trial(options, schemas, region, size.persons, Rates::NONE)?;
    world.households.clone_from(&size.households);
    world.crossings.clone_from(&size.crossings);
    let rows = (0..world.region.counties.len())
        .into_par_iter()
        .map(|county| {
            let mut counter = Counter(0);
            write_places(&world, &world.region.counties[county], &mut |record| counter.take(county, record))?;
            every_household(&world, county, &mut counter)?;
            Ok(counter.0)
        })
        .sum::<Result<u64>>();
    *region = world.region;
    rows
}

/// A world of so many people without households; takes the region.
///
/// # Errors
/// [`crate::error::ErrorKind::Schema`] when a dataset is not declared.
pub fn trial<'a>(
    options: &SynthOptions,
    schemas: &'a Schemas,
    region: &mut Region,
    persons: u64,
    rates: Rates,
) -> Result<World<'a>> {
    let empty = Region {
        city: String::new(),
        city_name: String::new(),
        counties: Vec::new(),
        from: region.from,
        as_of: region.as_of,
    };
    Ok(World {
        seed: options.seed,
        region: std::mem::replace(region, empty),
        catalog: Catalog::new(schemas)?,
        shares: LifeRates::of(persons),
        rates,
        households: Vec::new(),
        crossings: Vec::new(),
    })
}

/// Rows of a household.
fn rows_of(world: &World<'_>, home: &Household) -> Result<u64> {
    let mut counter = Counter(0);
    live(&mut Emitter { world, county: None, sink: &mut counter }, home)?;
    Ok(counter.0)
}

/// Mean people of a household, and the mean of what else is counted of it.
pub fn sample(world: &World<'_>, count: impl Fn(&Household) -> Result<u64> + Sync) -> Result<(f64, f64)> {
    let counties = world.region.counties.len();
    let crossing = if counties > 1 { world.shares.crossing } else { 0.0 };
    // Households that cross leave several times as many rows, so they are sampled on their own.
    let kind = |first: u64| -> Result<(u64, u64)> {
        (0..SAMPLE)
            .into_par_iter()
            .map(|n| {
                let home = Household::new(world.seed, &world.region, &world.shares, n as usize % counties, first + n);
                Ok((home.people.len() as u64, count(&home)?))
            })
            .try_reduce(|| (0, 0), |a, b| Ok((a.0 + b.0, a.1 + b.1)))
    };
    let (plain, crossed) = (kind(0)?, kind(FIRST_CROSSING)?);
    let mean = |a: u64, b: u64| (a as f64 + b as f64 * crossing) / SAMPLE as f64 / (1.0 + crossing);
    Ok((mean(plain.0, crossed.0), mean(plain.1, crossed.1)))
}

/// Households of each county that come to so many.
///
/// # Errors
/// [`crate::error::ErrorKind::Usage`] for more than the counties can number.
pub fn split(region: &Region, households: f64, persons: u64, shares: LifeRates, asked: &str) -> Result<Size> {
    let villages = region.villages() as f64;
    let crossing = if region.counties.len() > 1 { shares.crossing } else { 0.0 };
    let households = households / (1.0 + crossing);
    let of_county: Vec<f64> = region.counties.iter().map(|c| households * c.villages.len() as f64 / villages).collect();
    let size = Size {
        persons,
        shares,
        households: of_county.iter().map(|h| h.round().max(1.0) as u64).collect(),
        crossings: of_county
            .iter()
            .map(|h| if crossing > 0.0 { (h * crossing).round().max(2.0) as u64 } else { 0 })
            .collect(),
    };
    let most = super::identity::MAX_HOUSEHOLDS - FIRST_CROSSING;
    if size.households.iter().any(|h| *h >= FIRST_CROSSING) || size.crossings.iter().any(|h| *h >= most) {
        return Err(Error::usage(asked, "are more than the counties can number")
            .hint("about 1.6 million people a county are possible; name more counties"));
    }
    Ok(size)
}
