//! Generates a folder of exports from options: computes sizes, then runs one job per county.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use crate::error::{Error, Result, words};
use crate::schema::{Load, Schemas, day};

use super::clean::TidyFile;
use super::emit::{Emitter, RowSink, World};
use super::life::live;
use super::place_rows::write_places;
use super::places::Region;
use super::population::{FIRST_CROSSING, Household};
use super::rates::Rates;
use super::record::{Catalog, Dataset, Record};
use super::reference::write_surroundings;
use super::size::{Size, sizes};
use super::{SynthOptions, SynthReport};

/// Writes config, key, reference data, exports, `truth.csv` and `expected.csv`.
///
/// # Errors
/// `Usage` if the options cannot be met, `Output` if the folder cannot be written.
pub fn generate(options: &SynthOptions, schemas: &Schemas) -> Result<SynthReport> {
    check(options)?;
    let mut region = region_of(options)?;
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

    let parts: Vec<InboxPart> = (0..world.region.counties.len())
        .into_par_iter()
        .map(|county| {
            if world.rates == Rates::NONE {
                write_county(&world, options, county)
            } else {
                super::county_files::write_county(&world, options, county)
            }
        })
        .collect::<Result<_>>()?;
    finish(options, &world, parts)
}

fn check(options: &SynthOptions) -> Result<()> {
    if options.formats.is_empty() {
        return Err(Error::usage("--formats", words!("一种格式也没有写", "names no format")));
    }
    if options.nights == 0 {
        return Err(Error::usage("--nights", words!("至少为 1", "must be at least 1")));
    }
    if options.persons == 0 && options.rows.is_none() {
        return Err(Error::usage("--persons", words!("至少为 1", "must be at least 1")));
    }
    Ok(())
}

/// The counties that the options name.
///
/// # Errors
/// `Usage` if counties, towns or days are impossible.
pub fn region_of(options: &SynthOptions) -> Result<Region> {
    if options.as_of - options.from < 180 {
        return Err(Error::usage("--from", words!("时间范围至少半年", "the window must be at least half a year long")));
    }
    if options.towns == Some(0) {
        return Err(Error::usage("--towns", words!("至少为 1", "must be at least 1")));
    }
    let region =
        Region::new(options.seed, &options.city, &options.counties, options.towns, options.from, options.as_of)?;
    if region.counties.is_empty() {
        return Err(Error::usage(
            "--counties",
            words!("没有剩下含有村（社区）的县", "no county with a village is left"),
        ));
    }
    Ok(region)
}

/// The inbox folder, or the folder with its increment for a night (counted from 0).
pub fn inbox(options: &SynthOptions, night: u32) -> PathBuf {
    if options.nights > 1 {
        options.out.join("nights").join((night + 1).to_string())
    } else {
        options.out.join("inbox")
    }
}

/// Assigns villages their numbers of residents such that about 5.5 per mille of the people have a severe mental
/// illness.
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

/// The result of the job of one county.
#[derive(Default)]
pub struct InboxPart {
    pub rows: BTreeMap<Dataset, u64>,
    pub files: u64,
    pub findings: u64,
    /// People in the county's own households.
    pub persons: u64,
}

/// The file to which one county's job writes its part of `truth.csv` or `expected.csv`.
pub fn part_path(out: &Path, name: &str, county: &str) -> PathBuf {
    out.join(format!(".{name}-{county}.tmp"))
}

fn write_county(world: &World<'_>, options: &SynthOptions, index: usize) -> Result<InboxPart> {
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
        part: InboxPart::default(),
    };
    write_places(world, county, &mut |record| sink.take(index, record))?;
    sink.part.persons = every_household(world, index, &mut sink)?;
    sink.finish()
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

/// The night, from 0, on which a row arrives.
pub fn night_of(options: &SynthOptions, record: &Record<'_>) -> u32 {
    if record.table.load == Load::Snapshot || options.nights == 1 {
        return 0;
    }
    let span = i64::from(options.as_of - options.from + 1);
    let at = i64::from((record.day - options.from).max(0));
    (at * i64::from(options.nights) / span).min(i64::from(options.nights) - 1) as u32
}

/// The last day covered by the exports of a night.
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
    part: InboxPart,
}

impl<'a> RowSink<'a> for TidyCounty<'_, 'a> {
    fn take(&mut self, _county: usize, record: Record<'a>) -> Result<()> {
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

/// Appends a row about a person to `truth.csv`.
pub fn write_truth(out: &mut impl Write, county: &str, record: &Record<'_>) -> std::io::Result<()> {
    match record.person {
        Some(person) => writeln!(out, "{county},{},{},{person}", record.dataset.as_str(), record.key()),
        None => Ok(()),
    }
}

impl TidyCounty<'_, '_> {
    fn finish(mut self) -> Result<InboxPart> {
        self.part.files = self.files.len() as u64;
        for (_, file) in self.files {
            file.finish()?;
        }
        self.truth.flush().map_err(|e| Error::output(&self.truth_path, e))?;
        Ok(self.part)
    }
}

/// Joins the parts of the counties in order.
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

fn finish(options: &SynthOptions, world: &World<'_>, parts: Vec<InboxPart>) -> Result<SynthReport> {
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
