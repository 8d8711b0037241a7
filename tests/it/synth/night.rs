//! A night over invented exports: what was put in is what is found.

use std::collections::BTreeMap;
use std::path::Path;

use arrow::array::{Array, AsArray, StringArray};
use arrow::datatypes::DataType;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use xinhui::pipeline::night;
use xinhui::progress::Progress;
use xinhui::schema::{Schemas, day};
use xinhui::synth::{Dirt, ExportFormat, Rates, SynthOptions, generate};

use super::tables::{files_below, parse_csv};

/// One year of two counties in every format: enough for each fault, short enough for a test.
fn sample(out: &Path, rates: Rates) -> SynthOptions {
    let from = day::from_ymd(2023, 1, 1).unwrap();
    let formats = ExportFormat::ALL.to_vec();
    SynthOptions { out: out.to_owned(), persons: 500, towns: Some(2), from, rates, formats, ..SynthOptions::default() }
}

fn run(dir: &Path, options: &SynthOptions) {
    generate(options, &Schemas::embedded().unwrap()).unwrap();
    night::run(&dir.join("xinhui.toml"), None, &Progress::new(None)).unwrap();
}

type Finding = (String, String, String, String, String);

fn reported(dir: &Path) -> BTreeMap<Finding, usize> {
    let file = std::fs::File::open(dir.join("store/current/internal/quality/rejects.parquet")).unwrap();
    let mut found = BTreeMap::new();
    for batch in ParquetRecordBatchReaderBuilder::try_new(file).unwrap().build().unwrap() {
        let batch = batch.unwrap();
        let text = |name: &str| -> StringArray {
            let column = arrow::compute::cast(batch.column_by_name(name).unwrap(), &DataType::Utf8).unwrap();
            column.as_string::<i32>().clone()
        };
        let rows = text("row_number");
        let columns = [text("file"), text("sheet"), text("field"), text("code")];
        for n in 0..batch.num_rows() {
            let of_row = rows.is_valid(n);
            let value = |c: usize| if columns[c].is_valid(n) { columns[c].value(n).to_owned() } else { String::new() };
            let row = if of_row { rows.value(n).to_owned() } else { String::new() };
            let (sheet, field) = if of_row { (value(1), value(2)) } else { (String::new(), String::new()) };
            *found.entry((value(0), sheet, row, field, value(3))).or_default() += 1;
        }
    }
    found
}

fn put_in(dir: &Path) -> BTreeMap<Finding, usize> {
    let mut listed = BTreeMap::new();
    for line in parse_csv(&std::fs::read_to_string(dir.join("expected.csv")).unwrap()).into_iter().skip(1) {
        let [file, sheet, row, field, code] = <[String; 5]>::try_from(line).unwrap();
        // Of a file's own findings the reports name no field, and the sheet in their own way.
        let of_row = !row.is_empty();
        let (sheet, field) = if of_row { (sheet, field) } else { (String::new(), String::new()) };
        *listed.entry((file, sheet, row, field, code)).or_default() += 1;
    }
    listed
}

#[test]
fn every_fault_put_in_is_found_and_no_other() {
    let dir = tempfile::tempdir().unwrap();
    run(dir.path(), &sample(dir.path(), Rates::preset(Dirt::Heavy)));
    let (listed, found) = (put_in(dir.path()), reported(dir.path()));
    assert!(listed.len() > 200);
    let missed: Vec<_> = listed.iter().filter(|(k, n)| found.get(k) != Some(n)).collect();
    let surplus: Vec<_> = found.iter().filter(|(k, n)| listed.get(k) != Some(n)).collect();
    assert!(missed.is_empty() && surplus.is_empty(), "missed {missed:#?}\nsurplus {surplus:#?}");
}

#[test]
fn faults_of_rows_and_files_change_no_number() {
    let numbers = |rates: Rates| -> BTreeMap<String, Vec<u8>> {
        let dir = tempfile::tempdir().unwrap();
        run(dir.path(), &sample(dir.path(), rates));
        let current = dir.path().join("store/current/internal");
        ["indicators", "scorecard", "rollups"]
            .into_iter()
            .flat_map(|part| {
                files_below(&current.join(part))
                    .into_iter()
                    .map(move |(name, path)| (format!("{part}/{name}"), std::fs::read(path).unwrap()))
            })
            .collect()
    };
    let normal = Rates::NORMAL;
    let rows_only = Rates {
        row_error: normal.row_error,
        resent: normal.resent,
        corrected: normal.corrected,
        voided: normal.voided,
        layout: 1.0,
        ..Rates::NONE
    };
    let (clean, dirty) = (numbers(Rates::NONE), numbers(rows_only));
    assert!(clean.len() > 10 && clean.keys().eq(dirty.keys()));
    for (name, bytes) in &clean {
        assert!(dirty[name] == *bytes, "{name} differs");
    }
}
