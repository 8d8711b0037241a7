//! Computes how many households are needed for a given number of people, rows or identities.

use rayon::prelude::*;

use crate::error::{Error, Result, words};
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

/// Numbers of people and households, and how often events happen to them.
pub struct Size {
    pub persons: u64,
    pub shares: LifeRates,
    /// Number of households of each county that live only there; `crossings` are those that live in two counties.
    pub households: Vec<u64>,
    pub crossings: Vec<u64>,
}

/// A sink that only counts rows.
struct Counter(u64);

impl<'a> RowSink<'a> for Counter {
    fn take(&mut self, _county: usize, _record: Record<'a>) -> Result<()> {
        self.0 += 1;
        Ok(())
    }
}

/// Households that are generated to measure their mean size and number of rows.
const SAMPLE: u64 = 6_000;

/// The size that the options ask for, by people or by rows.
///
/// # Errors
/// `Usage` if the size cannot be met.
pub fn sizes(options: &SynthOptions, schemas: &Schemas, region: &mut Region) -> Result<Size> {
    let Some(rows) = options.rows else { return size_of(options, schemas, region, options.persons) };
    // Rates depend on the number of people, and the number of people needed depends on these rates.
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
            return Err(Error::usage(
                "--rows",
                words!("仅这些县的场所就有 {fixed} 行", "the places of these counties alone take {fixed} rows"),
            )
            .hint(words!("请增加行数，或减少县、乡镇的数目", "ask for more rows, fewer counties or fewer towns")));
        }
        persons = ((rows - fixed) as f64 / of_household * people).max(1.0) as u64;
    }
    let mut best = size_of(options, schemas, region, persons)?;
    if rows > COUNTED {
        return Ok(best);
    }
    // A small population may be far from the mean: count its rows, and correct the number of people with the secant
    // through the last two counts.
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

/// Up to this many rows they are counted in advance; above, the estimate by the mean is good enough.
const COUNTED: u64 = 200_000;

fn size_of(options: &SynthOptions, schemas: &Schemas, region: &mut Region, persons: u64) -> Result<Size> {
    let world = trial(options, schemas, region, persons, Rates::NONE)?;
    let (people, _) = sample(&world, |_| Ok(0))?;
    let shares = world.shares;
    *region = world.region;
    split(region, persons as f64 / people, persons, shares, "--persons")
}

/// Counts the rows that a size leads to.
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

/// A world without households, with the rates for this many people. It takes the region out of its place.
///
/// # Errors
/// `Schema` if a dataset is not declared.
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

/// Counts the rows of a household.
fn rows_of(world: &World<'_>, home: &Household) -> Result<u64> {
    let mut counter = Counter(0);
    live(&mut Emitter { world, county: None, sink: &mut counter }, home)?;
    Ok(counter.0)
}

/// Mean number of people in a household, and the mean of `count`, by a sample.
pub fn sample(world: &World<'_>, count: impl Fn(&Household) -> Result<u64> + Sync) -> Result<(f64, f64)> {
    let counties = world.region.counties.len();
    let crossing = if counties > 1 { world.shares.crossing } else { 0.0 };
    // Households that live in two counties have several times as many rows, so they are sampled separately.
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

/// Distributes this many households over the counties.
///
/// # Errors
/// `Usage` if there are more households than the counties can number.
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
        return Err(Error::usage(asked, words!("多于这些县可编号的数目", "are more than the counties can number"))
            .hint(words!(
                "每个县最多约 160 万人；请多写几个县",
                "about 1.6 million people a county are possible; name more counties"
            )));
    }
    Ok(size)
}
