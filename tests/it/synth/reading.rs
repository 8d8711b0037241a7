//! What the program's own reader and validation make of invented exports: the findings that were foretold,
//! and the identities that `people.csv` lists.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{Int32Type, UInt8Type};
use xinhui::error::Result;
use xinhui::read::{ExportFile, TableHead, TableSink, read_export};
use xinhui::schema::layout::RawRows;
use xinhui::schema::{Schemas, Source, day};
use xinhui::synth::{Dirt, ExportFormat, Rates, SynthOptions, generate, generate_identities};
use xinhui::validate::Validator;

use super::identities::read_people;
use super::tables::{files_below, parse_csv};

/// File, sheet, row, field and code.
type Finding = [String; 5];

struct Sink<'s> {
    schemas: &'s Schemas,
    as_of: i32,
    table: Option<(String, String, String, Vec<usize>)>,
    findings: Vec<Finding>,
    identities: Vec<(Source, RecordBatch)>,
}

impl TableSink for Sink<'_> {
    fn begin(&mut self, head: TableHead<'_>) -> Result<()> {
        self.table = Some((head.file, head.sheet, head.table.name.clone(), head.fields));
        Ok(())
    }

    fn rows(&mut self, rows: RawRows) -> Result<()> {
        let (file, sheet, dataset, fields) = self.table.as_ref().unwrap();
        let table = self.schemas.table(dataset).unwrap();
        let done = Validator::new(table, self.schemas, self.as_of, &[0; 32])?.validate(fields, &rows)?;
        self.findings.extend(done.findings.into_iter().map(|f| {
            let row = rows.row_numbers[f.row_index as usize].to_string();
            [file.clone(), sheet.clone(), row, f.field.unwrap_or_default(), f.code.as_str().to_owned()]
        }));
        self.identities.extend(done.identity.map(|batch| (table.source, batch)));
        Ok(())
    }

    fn end(&mut self, _not_data: u64) -> Result<()> {
        Ok(())
    }

    fn abandon(&mut self) {
        self.table = None;
    }
}

/// Generates into a folder, reads its inbox and validates every row by itself.
fn read_back<'s>(dir: &Path, options: &SynthOptions, schemas: &'s Schemas) -> Sink<'s> {
    generate(options, schemas).unwrap();
    let mut sink = Sink { schemas, as_of: options.as_of, table: None, findings: Vec::new(), identities: Vec::new() };
    for (name, path) in files_below(&dir.join("inbox")) {
        let folder = name.split('/').nth(1).unwrap_or_default();
        // A stray folder belongs to no source.
        let Some(source) = schemas.sources().into_iter().find(|s| s.as_str() == folder) else { continue };
        let file = ExportFile { name: &name, path: &path, source, sha256: [0; 32], modified_day: 0 };
        read_export(&file, schemas, &mut sink).unwrap();
    }
    sink
}

#[test]
fn the_findings_of_every_rate_are_foretold() {
    let schemas = Schemas::embedded().unwrap();
    let light = |name: &str| {
        let mut rates = Rates::preset(Dirt::Light);
        rates.set(&format!("{name}=1")).unwrap();
        (name.to_owned(), rates)
    };
    // Not every row can be wrong, nor can the layout be wilder than wild.
    let names = Rates::names().filter(|n| !matches!(*n, "row_error" | "layout"));
    let presets = [("normal", Dirt::Normal), ("heavy", Dirt::Heavy)].map(|(n, d)| (n.to_owned(), Rates::preset(d)));
    for (name, rates) in names.map(light).chain(presets) {
        let dir = tempfile::tempdir().unwrap();
        let out = dir.path().to_owned();
        let formats = ExportFormat::ALL.to_vec();
        let options = SynthOptions { out, persons: 500, towns: Some(3), rates, formats, ..SynthOptions::default() };
        let found = read_back(dir.path(), &options, &schemas).findings;
        let listed = parse_csv(&std::fs::read_to_string(dir.path().join("expected.csv")).unwrap())[1..].to_vec();
        let listed = listed.into_iter().map(|l| Finding::try_from(l).unwrap()).filter(|f| !f[2].is_empty());
        let mut balance = BTreeMap::<Finding, i32>::new();
        for (finding, one) in found.into_iter().map(|f| (f, 1)).chain(listed.map(|f| (f, -1))) {
            // These need other files.
            if !matches!(finding[4].as_str(), "orphan" | "unknown-division" | "followup-before-registration") {
                *balance.entry(finding).or_default() += one;
            }
        }
        balance.retain(|_, n| *n != 0);
        assert!(balance.is_empty(), "{name}: {balance:#?}");
    }
}

const FIELDS: [&str; 9] =
    ["name", "sex", "id_number", "phone", "residence_code", "address", "student_no", "guardian_name", "guardian_phone"];

/// A character of a name that was lost is lost, whatever stands in its place.
fn with_lost_alike(mut line: Vec<String>) -> Vec<String> {
    line[2] = line[2]
        .chars()
        .map(|c| if xinhui::link::zh::hanzi::is_lost(c) { char::REPLACEMENT_CHARACTER } else { c })
        .collect();
    line
}

#[test]
fn listed_identities_are_those_that_reading_leaves() {
    let schemas = Schemas::embedded().unwrap();
    let mut rates = Rates::preset(Dirt::Heavy);
    for name in ["row_error", "resent", "corrected", "voided"] {
        rates.set(&format!("{name}=0")).unwrap();
    }
    let (inbox, list) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    // So many people that what befalls them does not depend on their number.
    let base = SynthOptions { persons: 16_000, towns: Some(3), rates, ..SynthOptions::default() };
    let read = read_back(inbox.path(), &SynthOptions { out: inbox.path().to_owned(), ..base.clone() }, &schemas);
    generate_identities(&SynthOptions { out: list.path().to_owned(), ..base }, 30_000, &schemas).unwrap();
    let listed: BTreeSet<Vec<String>> = read_people(list.path())
        .iter()
        .map(|p| ["source", "birth_date"].iter().chain(&FIELDS).map(|f| p.get(f).to_owned()).collect())
        .map(with_lost_alike)
        .collect();
    let (mut seen, mut missing) = (0, Vec::new());
    for (source, batch) in read.identities {
        let days = batch.column_by_name("birth_day").unwrap().as_primitive::<Int32Type>();
        let precision = batch.column_by_name("_birth_precision").unwrap().as_primitive::<UInt8Type>();
        let columns = FIELDS.map(|f| batch.column_by_name(f).map(|c| c.as_string::<i32>()));
        for row in 0..batch.num_rows() {
            let mut birth = if days.is_valid(row) { day::to_iso(days.value(row)) } else { String::new() };
            birth.truncate(match precision.value(row) {
                1 => 4,
                2 => 7,
                _ => 10,
            });
            let mut line = vec![source.as_str().to_owned(), birth];
            line.extend(
                columns
                    .iter()
                    .map(|c| c.filter(|c| c.is_valid(row)).map(|c| c.value(row).to_owned()).unwrap_or_default()),
            );
            let line = with_lost_alike(line);
            seen += 1;
            // A residence of no known division is a fault of the row, not of the identity.
            if line[6] != "120101001" && !listed.contains(&line) {
                missing.push(line);
            }
        }
    }
    assert!(seen > 10_000 && missing.is_empty(), "{} of {seen}: {:#?}", missing.len(), missing.first());
}
