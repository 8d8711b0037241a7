//! From options to a folder: sizes, then one job a county.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use crate::error::{Error, Result};
use crate::schema::{Load, Schemas, day};

use super::clean::TidyFile;
use super::emit::{Emitter, RowSink, World};
use super::life::live;
use super::place_rows::write_places;
use super::places::Region;
use super::population::{FIRST_CROSSING, Household, Shares};
use super::rates::Rates;
use super::record::{Catalog, Dataset, Record};
use super::reference::write_surroundings;
use super::{SynthOptions, SynthReport};

/// Writes config, key, reference, exports, `truth.csv` and `expected.csv`.
///
/// # Errors
/// [`crate::error::ErrorKind::Usage`] for options that cannot be met, [`crate::error::ErrorKind::Output`]
/// for a folder that cannot be written.
pub fn generate(options: &SynthOptions, schemas: &Schemas) -> Result<SynthReport> {
    check(options)?;
    let mut region =
        Region::new(options.seed, &options.city, &options.counties, options.towns, options.from, options.as_of)?;
    if region.counties.is_empty() {
        return Err(Error::usage("--counties", "no county with a village is left"));
    }
    let size = sizes(options, schemas, &mut region)?;
    settle(&mut region, &size);
    let world = World {
        seed: options.seed,
        region,
        catalog: Catalog::new(schemas)?,
        shares: size.shares,
        rates: options.rates,
        households: size.households,
        crossings: size.crossings,
    };
    write_surroundings(&options.out, &world.region, options.seed)?;
    for night in 0..options.nights {
        let folder = inbox(options, night);
        std::fs::create_dir_all(&folder).map_err(|e| Error::output(&folder, e))?;
    }
    let inbox = options.out.join("inbox");
    std::fs::create_dir_all(&inbox).map_err(|e| Error::output(&inbox, e))?;

    let parts: Vec<Part> = (0..world.region.counties.len())
        .into_par_iter()
        .map(|county| {
            if world.rates == Rates::NONE {
                write_county(&world, options, county)
            } else {
                super::dirty::write_county(&world, options, county)
            }
        })
        .collect::<Result<_>>()?;
    finish(options, &world, parts)
}

fn check(options: &SynthOptions) -> Result<()> {
    if options.formats.is_empty() {
        return Err(Error::usage("--formats", "names no format"));
    }
    if options.nights == 0 {
        return Err(Error::usage("--nights", "must be at least 1"));
    }
    if options.as_of - options.from < 180 {
        return Err(Error::usage("--from", "the window must be at least half a year long"));
    }
    if options.persons == 0 && options.rows.is_none() {
        return Err(Error::usage("--persons", "must be at least 1"));
    }
    if options.towns == Some(0) {
        return Err(Error::usage("--towns", "must be at least 1"));
    }
    Ok(())
}

/// The inbox, or its increment of a night counted from 0.
pub fn inbox(options: &SynthOptions, night: u32) -> PathBuf {
    if options.nights > 1 {
        options.out.join("nights").join((night + 1).to_string())
    } else {
        options.out.join("inbox")
    }
}

struct Size {
    persons: u64,
    shares: Shares,
    households: Vec<u64>,
    crossings: Vec<u64>,
}

/// Counts rows and keeps none.
struct Counter(u64);

impl<'a> RowSink<'a> for Counter {
    fn take(&mut self, _record: Record<'a>) -> Result<()> {
        self.0 += 1;
        Ok(())
    }
}

/// Households that are looked at to learn how large they are and how many rows they leave.
const SAMPLE: u64 = 6_000;

fn sizes(options: &SynthOptions, schemas: &Schemas, region: &mut Region) -> Result<Size> {
    let Some(rows) = options.rows else { return size_of(options, schemas, region, options.persons) };
    // Shares depend on the number of people, which depends on the rows that the shares lead to.
    let mut persons = rows.max(100);
    for _ in 0..3 {
        let world = trial(options, schemas, region, persons)?;
        let mut fixed = 0;
        for county in &world.region.counties {
            write_places(&world, county, &mut |_| {
                fixed += 1;
                Ok(())
            })?;
        }
        let (people, of_household) = sample(&world, true)?;
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
    let world = trial(options, schemas, region, persons)?;
    let (people, _) = sample(&world, false)?;
    let shares = world.shares;
    *region = world.region;
    split(region, persons as f64 / people, persons, shares)
}

/// Rows that a size comes to.
fn count(options: &SynthOptions, schemas: &Schemas, region: &mut Region, size: &Size) -> Result<u64> {
    let mut world = trial(options, schemas, region, size.persons)?;
    world.households.clone_from(&size.households);
    world.crossings.clone_from(&size.crossings);
    let rows = (0..world.region.counties.len())
        .into_par_iter()
        .map(|county| {
            let mut counter = Counter(0);
            write_places(&world, &world.region.counties[county], &mut |record| counter.take(record))?;
            every_household(&world, county, &mut counter)?;
            Ok(counter.0)
        })
        .sum::<Result<u64>>();
    *region = world.region;
    rows
}

fn trial<'a>(options: &SynthOptions, schemas: &'a Schemas, region: &mut Region, persons: u64) -> Result<World<'a>> {
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
        shares: Shares::of(persons),
        rates: Rates::NONE,
        households: Vec::new(),
        crossings: Vec::new(),
    })
}

/// Mean people and, if asked for, mean rows of a household.
fn sample(world: &World<'_>, rows: bool) -> Result<(f64, f64)> {
    let counties = world.region.counties.len();
    let crossing = if counties > 1 { world.shares.crossing } else { 0.0 };
    let (mut people, mut counter) = ([0u64; 2], [Counter(0), Counter(0)]);
    // Households that cross leave several times as many rows, so they are sampled on their own.
    for (kind, first) in [0, FIRST_CROSSING].into_iter().enumerate() {
        for n in 0..SAMPLE {
            let home = Household::new(world.seed, &world.region, &world.shares, n as usize % counties, first + n);
            people[kind] += home.people.len() as u64;
            if rows {
                let mut emitter = Emitter { world, county: None, sink: &mut counter[kind] };
                live(&mut emitter, &home)?;
            }
        }
    }
    let mean = |of: [u64; 2]| (of[0] as f64 + of[1] as f64 * crossing) / SAMPLE as f64 / (1.0 + crossing);
    Ok((mean(people), mean([counter[0].0, counter[1].0])))
}

fn split(region: &Region, households: f64, persons: u64, shares: Shares) -> Result<Size> {
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
        return Err(Error::usage("--persons", "are more than the counties can number")
            .hint("about 1.6 million people a county are possible; name more counties"));
    }
    Ok(size)
}

/// Gives each village its residents, so that the prevalence of SMI comes out at about 5.5 per mille.
fn settle(region: &mut Region, size: &Size) {
    let patients = size.persons as f64 * 0.85 * size.shares.patient;
    let mean = patients / 0.0055 / region.villages() as f64;
    for county in &mut region.counties {
        for (v, village) in county.villages.iter_mut().enumerate() {
            let spread = 0.6 + 0.1 * ((v * 7 + county.index) % 9) as f64;
            village.residents = (mean * spread).max(40.0) as u32;
        }
    }
}

/// What the job of a county leaves behind.
#[derive(Default)]
pub struct Part {
    pub rows: BTreeMap<Dataset, u64>,
    pub files: u64,
    pub findings: u64,
    /// People of the county's own households.
    pub persons: u64,
}

/// Part of `truth.csv` or `expected.csv` that one county's job writes.
pub fn part_path(out: &Path, name: &str, county: &str) -> PathBuf {
    out.join(format!(".{name}-{county}.tmp"))
}

fn write_county(world: &World<'_>, options: &SynthOptions, index: usize) -> Result<Part> {
    let county = &world.region.counties[index];
    let truth_path = part_path(&options.out, "truth", &county.code);
    let truth = File::create(&truth_path).map_err(|e| Error::output(&truth_path, e))?;
    let mut sink = TidyCounty {
        options,
        code: &county.code,
        index,
        files: BTreeMap::new(),
        truth: BufWriter::new(truth),
        truth_path,
        part: Part::default(),
    };
    write_places(world, county, &mut |record| sink.take(record))?;
    sink.part.persons = every_household(world, index, &mut sink)?;
    sink.finish()
}

/// Runs the lives of all households that leave rows in a county; returns the people of its own.
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

/// The night, from 0, on which a row arrives, and the last day of its export.
pub fn night_of(options: &SynthOptions, record: &Record<'_>) -> u32 {
    if record.table.load == Load::Snapshot || options.nights == 1 {
        return 0;
    }
    let span = i64::from(options.as_of - options.from + 1);
    let at = i64::from((record.day - options.from).max(0));
    (at * i64::from(options.nights) / span).min(i64::from(options.nights) - 1) as u32
}

/// Last day of the exports of a night.
pub fn export_day(options: &SynthOptions, night: u32) -> i32 {
    let span = i64::from(options.as_of - options.from + 1);
    let end = span * i64::from(night + 1) / i64::from(options.nights) - 1;
    options.from + end as i32
}

struct TidyCounty<'w, 'a> {
    options: &'w SynthOptions,
    code: &'w str,
    index: usize,
    files: BTreeMap<(Dataset, u32), TidyFile<'a>>,
    truth: BufWriter<File>,
    truth_path: PathBuf,
    part: Part,
}

impl<'a> RowSink<'a> for TidyCounty<'_, 'a> {
    fn take(&mut self, record: Record<'a>) -> Result<()> {
        let night = night_of(self.options, &record);
        let file = match self.files.entry((record.dataset, night)) {
            std::collections::btree_map::Entry::Occupied(entry) => entry.into_mut(),
            std::collections::btree_map::Entry::Vacant(entry) => {
                let folder = inbox(self.options, night).join(self.code).join(record.table.source.as_str());
                let date = day::to_iso(export_day(self.options, night)).replace('-', "");
                let stem = format!("{}_{date}", record.dataset.as_str());
                let turn = self.index * 5 + record.dataset as usize;
                let format = self.options.formats[turn % self.options.formats.len()];
                entry.insert(TidyFile::create(&folder, &stem, format, record.table)?)
            }
        };
        file.push(&record)?;
        *self.part.rows.entry(record.dataset).or_default() += 1;
        write_truth(&mut self.truth, self.code, &record).map_err(|e| Error::output(&self.truth_path, e))
    }
}

/// Adds a person-bearing row to the truth.
pub fn write_truth(out: &mut impl Write, county: &str, record: &Record<'_>) -> std::io::Result<()> {
    match record.person {
        Some(person) => writeln!(out, "{county},{},{},{person}", record.dataset.as_str(), record.key()),
        None => Ok(()),
    }
}

impl TidyCounty<'_, '_> {
    fn finish(mut self) -> Result<Part> {
        self.part.files = self.files.len() as u64;
        for (_, file) in self.files {
            file.finish()?;
        }
        self.truth.flush().map_err(|e| Error::output(&self.truth_path, e))?;
        Ok(self.part)
    }
}

/// Joins the parts of the counties in their order.
fn join(options: &SynthOptions, world: &World<'_>, name: &str, header: &str) -> Result<()> {
    let path = options.out.join(format!("{name}.csv"));
    let wrong = |e: std::io::Error| Error::output(&path, e);
    let mut out = BufWriter::new(File::create(&path).map_err(wrong)?);
    writeln!(out, "{header}").map_err(wrong)?;
    for county in &world.region.counties {
        let part = part_path(&options.out, name, &county.code);
        if let Ok(mut file) = File::open(&part) {
            std::io::copy(&mut file, &mut out).map_err(wrong)?;
            std::fs::remove_file(&part).map_err(|e| Error::output(&part, e))?;
        }
    }
    out.flush().map_err(wrong)
}

fn finish(options: &SynthOptions, world: &World<'_>, parts: Vec<Part>) -> Result<SynthReport> {
    join(options, world, "truth", "county,dataset,record_key,person")?;
    join(options, world, "expected", "file,sheet,row_number,field,code")?;
    let mut report = SynthReport::default();
    for (county, part) in world.region.counties.iter().zip(parts) {
        report.files += part.files;
        report.findings += part.findings;
        report.persons += part.persons;
        for (dataset, rows) in part.rows {
            report.rows += rows;
            *report.rows_by_dataset.entry((county.code.clone(), dataset.as_str().to_owned())).or_default() += rows;
        }
    }
    Ok(report)
}
