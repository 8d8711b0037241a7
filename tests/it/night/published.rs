//! Published tables as rows of the reference.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::Path;

use arrow::array::{Array, BooleanArray, Date32Array, Float64Array, Int64Array, RecordBatch, StringArray};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use xinhui::schema::day;

use crate::reference::indicators::IndicatorRow;
use crate::reference::rollups::RollupRow;
use crate::reference::scorecard::ScoreRow;

/// All rows of a file or of a folder's files.
pub fn table(path: &Path) -> Vec<RecordBatch> {
    let mut files = vec![path.to_owned()];
    if path.is_dir() {
        files = std::fs::read_dir(path).expect("a folder").map(|e| e.expect("an entry").path()).collect();
        files.sort();
    }
    files
        .iter()
        .flat_map(|f| {
            let file = File::open(f).expect("a published file");
            let reader = ParquetRecordBatchReaderBuilder::try_new(file).expect("Parquet").build().expect("Parquet");
            reader.map(|b| b.expect("rows")).collect::<Vec<_>>()
        })
        .collect()
}

pub fn text(b: &RecordBatch, name: &str, row: usize) -> String {
    let a: &StringArray = b.column_by_name(name).and_then(|c| c.as_any().downcast_ref()).expect(name);
    a.value(row).to_owned()
}

pub fn int(b: &RecordBatch, name: &str, row: usize) -> Option<i64> {
    let a: &Int64Array = b.column_by_name(name).and_then(|c| c.as_any().downcast_ref()).expect(name);
    a.is_valid(row).then(|| a.value(row))
}

fn number(b: &RecordBatch, name: &str, row: usize) -> Option<f64> {
    let a: &Float64Array = b.column_by_name(name).and_then(|c| c.as_any().downcast_ref()).expect(name);
    a.is_valid(row).then(|| a.value(row))
}

fn date(b: &RecordBatch, name: &str, row: usize) -> String {
    let a: &Date32Array = b.column_by_name(name).and_then(|c| c.as_any().downcast_ref()).expect(name);
    day::to_iso(a.value(row))
}

fn flag(b: &RecordBatch, name: &str, row: usize) -> bool {
    let a: &BooleanArray = b.column_by_name(name).and_then(|c| c.as_any().downcast_ref()).expect(name);
    a.value(row)
}

fn rows<T>(path: &Path, of: impl Fn(&RecordBatch, usize) -> T) -> Vec<T> {
    table(path).iter().flat_map(|b| (0..b.num_rows()).map(|r| of(b, r)).collect::<Vec<_>>()).collect()
}

/// `internal/indicators`.
pub fn indicators(internal: &Path) -> Vec<IndicatorRow> {
    rows(&internal.join("indicators"), |b, r| IndicatorRow {
        indicator: text(b, "indicator", r),
        level: text(b, "level", r),
        division_code: text(b, "division_code", r),
        division_name: text(b, "division_name", r),
        period_kind: text(b, "period_kind", r),
        period: text(b, "period", r),
        period_start: date(b, "period_start", r),
        period_end: date(b, "period_end", r),
        complete: flag(b, "complete", r),
        numerator: int(b, "numerator", r).expect("a numerator"),
        denominator: int(b, "denominator", r),
        value: number(b, "value", r),
        unit: text(b, "unit", r),
        status: text(b, "status", r),
    })
}

/// `internal/scorecard`.
pub fn scorecard(internal: &Path) -> Vec<ScoreRow> {
    rows(&internal.join("scorecard"), |b, r| ScoreRow {
        profile: text(b, "profile", r),
        indicator: text(b, "indicator", r),
        level: text(b, "level", r),
        division_code: text(b, "division_code", r),
        division_name: text(b, "division_name", r),
        op: text(b, "op", r),
        target: number(b, "target", r).expect("a target") as i64,
        due: date(b, "due", r),
        evaluated_on: date(b, "evaluated_on", r),
        numerator: int(b, "numerator", r).expect("a numerator"),
        denominator: int(b, "denominator", r),
        value: number(b, "value", r),
        unit: text(b, "unit", r),
        status: text(b, "status", r),
        verdict: text(b, "verdict", r),
    })
}

/// `internal/rollups/<name>`, by name.
pub fn rollups(internal: &Path) -> BTreeMap<String, Vec<RollupRow>> {
    let fixed = ["level", "division_code", "division_name", "period_kind", "period", "complete"];
    std::fs::read_dir(internal.join("rollups"))
        .expect("rollups")
        .map(|e| {
            let path = e.expect("an entry").path();
            let of = rows(&path, |b, r| {
                let mut dims = BTreeMap::new();
                let mut measures = BTreeMap::new();
                for field in b.schema_ref().fields() {
                    let name = field.name();
                    if b.column_by_name(name).expect(name).as_any().is::<Int64Array>() {
                        measures.insert(name.clone(), int(b, name, r).expect("a measure"));
                    } else if !fixed.contains(&name.as_str()) {
                        dims.insert(name.clone(), text(b, name, r));
                    }
                }
                let division_code = text(b, "division_code", r);
                RollupRow {
                    level: text(b, "level", r),
                    division_name: text(b, "division_name", r),
                    division_code,
                    period_kind: text(b, "period_kind", r),
                    period: text(b, "period", r),
                    complete: flag(b, "complete", r),
                    dims,
                    measures,
                }
            });
            (path.file_name().expect("a name").to_string_lossy().into_owned(), of)
        })
        .collect()
}
