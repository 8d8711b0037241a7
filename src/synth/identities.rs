//! Generates a population for the linkage alone: the distinct identities in each source, and the true person of each.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::PathBuf;

use rayon::prelude::*;

use crate::error::{Error, Result, words};
use crate::schema::Schemas;

use super::chance;
use super::emit::{Emitter, RowSink};
use super::generate::region_of;
use super::identity_faults;
use super::live::live;
use super::places::{County, Region};
use super::population::{FIRST_CROSSING, Household, LifeRates};
use super::record::{PersonNumber, Record};
use super::size::{Size, sample, split, trial};
use super::world::World;
use super::write_csv::push_value;
use super::{IdentityReport, SynthOptions};

/// Identity fields of `people.csv`, after `id`, `source` and `county`.
const FIELDS: [&str; 10] = [
    "name",
    "sex",
    "birth_date",
    "id_number",
    "phone",
    "residence_code",
    "address",
    "student_no",
    "guardian_name",
    "guardian_phone",
];

/// Households that one task generates.
const CHUNK: u64 = 256;

/// Writes `people.csv` with about `identities` rows, each a distinct identity of a person in a source, and `truth.csv`
/// with the person of each row. Options about size and files are ignored.
///
/// # Errors
/// `Usage` if the options cannot be met, `Output` if the folder cannot be written.
pub fn generate_identities(options: &SynthOptions, identities: u64, schemas: &Schemas) -> Result<IdentityReport> {
    if identities == 0 {
        return Err(Error::usage("--identities", words!("至少为 1", "must be at least 1")));
    }
    let mut region = region_of(options)?;
    let size = size(options, identities, schemas, &mut region)?;
    let mut world = trial(options, schemas, &mut region, size.persons, options.rates)?;
    world.households = size.households;
    world.crossings = size.crossings;
    let chunks: Vec<Chunk> = jobs(&world).into_par_iter().map(|job| chunk(&world, job)).collect::<Result<_>>()?;
    let people = chunks.iter().map(|c| c.people).sum();
    write(options, &chunks, people)
}

fn size(options: &SynthOptions, identities: u64, schemas: &Schemas, region: &mut Region) -> Result<Size> {
    // Rates of events depend on the number of people, and the number of people needed depends on these rates, so both
    // are found by iteration.
    let mut persons = identities;
    let mut of_household = (1.0, 1.0);
    let mut shares = None;
    for _ in 0..3 {
        let world = trial(options, schemas, region, persons, options.rates)?;
        of_household = sample(&world, |home| Ok(tuples(&world, home)?.len() as u64))?;
        shares = Some(world.shares);
        *region = world.region;
        persons = (identities as f64 / of_household.1 * of_household.0).max(1.0) as u64;
        if shares == Some(LifeRates::of(persons)) {
            break;
        }
    }
    let shares = shares.ok_or_else(|| Error::bug("no sample was taken"))?;
    split(region, identities as f64 / of_household.1, persons, shares, "--identities")
}

/// Collects the rows of a household without repeating an identity of the same person.
struct Tuples<'w> {
    counties: &'w [County],
    found: Vec<(PersonNumber, String)>,
}

impl<'a> RowSink<'a> for Tuples<'_> {
    fn take(&mut self, county: usize, record: Record<'a>) -> Result<()> {
        let Some(person) = record.person else { return Ok(()) };
        let mut line = String::with_capacity(160);
        line.push_str(record.table.source.as_str());
        line.push(',');
        line.push_str(&self.counties[county].code);
        for field in FIELDS {
            line.push(',');
            let Some(at) = record.table.field_index(field) else { continue };
            let value = record.values[at].as_str();
            match field {
                "name" => push_value(&mut line, &identity_faults::name_as_read(value), ','),
                "id_number" if matches!(record.get("id_type"), "" | "01") => {
                    line.push_str(&identity_faults::meant(value))
                }
                _ => push_value(&mut line, value, ','),
            }
        }
        line.push('\n');
        if !self.found.iter().any(|(p, l)| *p == person && *l == line) {
            self.found.push((person, line));
        }
        Ok(())
    }
}

fn tuples(world: &World<'_>, home: &Household) -> Result<Vec<(PersonNumber, String)>> {
    let mut sink = Tuples { counties: &world.region.counties, found: Vec::new() };
    live(&mut Emitter { world, county: None, sink: &mut sink }, home)?;
    Ok(sink.found)
}

/// A range of households of one county.
type HouseholdRange = (usize, std::ops::Range<u64>);

fn jobs(world: &World<'_>) -> Vec<HouseholdRange> {
    let mut jobs = Vec::new();
    for county in 0..world.region.counties.len() {
        let crossings = FIRST_CROSSING..FIRST_CROSSING + world.crossings[county];
        for range in [0..world.households[county], crossings] {
            let mut at = range.start;
            while at < range.end {
                let next = (at + CHUNK).min(range.end);
                jobs.push((county, at..next));
                at = next;
            }
        }
    }
    jobs
}

/// Rows of some households, joined in one text.
struct Chunk {
    text: String,
    rows: Vec<Placed>,
    people: u64,
}

/// A row, given by the end of its line in the text.
struct Placed {
    key: u64,
    end: u32,
    person: PersonNumber,
}

fn chunk(world: &World<'_>, (county, households): HouseholdRange) -> Result<Chunk> {
    let mut chunk = Chunk { text: String::new(), rows: Vec::new(), people: 0 };
    for number in households {
        let home = Household::new(world.seed, &world.region, &world.shares, county, number);
        chunk.people += home.people.len() as u64;
        for (n, (person, line)) in tuples(world, &home)?.into_iter().enumerate() {
            chunk.text.push_str(&line);
            let key = chance::hash(world.seed, &[0x1de7, county as u64, number, n as u64]);
            chunk.rows.push(Placed { key, end: chunk.text.len() as u32, person });
        }
    }
    Ok(chunk)
}

/// Rows are sorted by a keyed hash and numbered in that order, so that neither order nor number reveals which belong
/// together.
fn write(options: &SynthOptions, chunks: &[Chunk], people: u64) -> Result<IdentityReport> {
    let mut order: Vec<(u64, u32, u32)> = chunks
        .par_iter()
        .enumerate()
        .flat_map_iter(|(c, chunk)| chunk.rows.iter().enumerate().map(move |(r, row)| (row.key, c as u32, r as u32)))
        .collect();
    order.par_sort_unstable();
    let mut file = IdentityOutput::create(options.out.join("people.csv"))?;
    file.put(format!("id,source,county,{}\n", FIELDS.join(",")).as_bytes())?;
    let mut truth = IdentityOutput::create(options.out.join("truth.csv"))?;
    truth.put(b"id,person\n")?;
    let mut seen = hashbrown::HashSet::<PersonNumber>::new();
    for (n, (_, c, r)) in order.iter().enumerate() {
        let (chunk, r) = (&chunks[*c as usize], *r as usize);
        let start = if r == 0 { 0 } else { chunk.rows[r - 1].end as usize };
        let row = &chunk.rows[r];
        let id = n + 1;
        file.put(format!("{id},").as_bytes())?;
        file.put(&chunk.text.as_bytes()[start..row.end as usize])?;
        truth.put(format!("{id},{}\n", row.person).as_bytes())?;
        seen.insert(row.person);
    }
    file.finish()?;
    truth.finish()?;
    Ok(IdentityReport { identities: order.len() as u64, persons: seen.len() as u64, people })
}

struct IdentityOutput {
    path: PathBuf,
    out: BufWriter<File>,
}

impl IdentityOutput {
    fn create(path: PathBuf) -> Result<Self> {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(|e| Error::output(folder, e))?;
        }
        let out = File::create(&path).map_err(|e| Error::output(&path, e))?;
        Ok(IdentityOutput { out: BufWriter::with_capacity(1 << 20, out), path })
    }

    fn put(&mut self, bytes: &[u8]) -> Result<()> {
        self.out.write_all(bytes).map_err(|e| Error::output(&self.path, e))
    }

    fn finish(mut self) -> Result<()> {
        self.out.flush().map_err(|e| Error::output(&self.path, e))
    }
}
