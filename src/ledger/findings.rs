//! Findings of rows as a table: kept with validated rows, and in their final place.

use std::path::Path;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, Int32Array, RecordBatch, StringArray, UInt32Array};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};

use crate::diag::{Code, Detail, RowFinding, RowFindings, Severity};
use crate::error::{Error, Result};
use crate::store::table_file::read_table;

/// Columns of a findings file: `row_index, row_number, field, code, severity, until_day, value, detail`.
pub fn finding_schema() -> SchemaRef {
    let field = |name: &str, ty, null| Field::new(name, ty, null);
    Arc::new(Schema::new(vec![
        field("row_index", DataType::UInt32, false),
        field("field", DataType::Utf8, true),
        field("code", DataType::Utf8, false),
        field("severity", DataType::Utf8, false),
        field("until_day", DataType::Int32, true),
        field("value", DataType::Utf8, false),
        field("detail", DataType::Utf8, false),
    ]))
}

/// Findings as a batch.
pub fn to_batch(findings: &[RowFinding]) -> Result<RecordBatch> {
    let columns: Vec<ArrayRef> = vec![
        Arc::new(findings.iter().map(|f| Some(f.row_index)).collect::<UInt32Array>()),
        Arc::new(findings.iter().map(|f| f.field.as_deref()).collect::<StringArray>()),
        Arc::new(findings.iter().map(|f| Some(f.code.as_str())).collect::<StringArray>()),
        Arc::new(findings.iter().map(|f| Some(f.severity.as_str())).collect::<StringArray>()),
        Arc::new(findings.iter().map(|f| f.until_day).collect::<Int32Array>()),
        Arc::new(findings.iter().map(|f| Some(f.value_masked.as_str())).collect::<StringArray>()),
        Arc::new(findings.iter().map(|f| Some(f.detail.to_string())).collect::<StringArray>()),
    ];
    RecordBatch::try_new(finding_schema(), columns).map_err(|e| Error::bug("findings").caused_by(e))
}

/// Reads a findings file.
pub fn read(path: &Path) -> Result<Vec<RowFinding>> {
    let mut out = Vec::new();
    for batch in read_table(path, None)? {
        let batch = batch?;
        let text = |i: usize| batch.column(i).as_any().downcast_ref::<StringArray>().expect("text").clone();
        let rows = batch.column(0).as_any().downcast_ref::<UInt32Array>().expect("rows").clone();
        let until = batch.column(4).as_any().downcast_ref::<Int32Array>().expect("days").clone();
        let (fields, codes, severities, values, details) = (text(1), text(2), text(3), text(5), text(6));
        for i in 0..batch.num_rows() {
            out.push(RowFinding {
                row_index: rows.value(i),
                field: fields.is_valid(i).then(|| fields.value(i).to_owned()),
                code: Code::parse(codes.value(i)).ok_or_else(|| Error::bug("an unknown finding code"))?,
                severity: if severities.value(i) == "error" { Severity::Error } else { Severity::Warning },
                until_day: until.is_valid(i).then(|| until.value(i)),
                value_masked: values.value(i).to_owned(),
                detail: Detail::parse(details.value(i)),
            });
        }
    }
    Ok(out)
}

/// The findings of a table, and which of them are done with. Every rejected row is named, with each of its
/// errors; of warnings of one kind the first thousand are listed, of those that are open and of the others.
pub fn listed(findings: Vec<RowFinding>, mut is_done: impl FnMut(&RowFinding) -> bool) -> (Vec<RowFinding>, Vec<bool>) {
    let mut warnings = [RowFindings::default(), RowFindings::default()];
    let mut all: Vec<(RowFinding, bool)> = Vec::new();
    for finding in findings {
        let done = is_done(&finding);
        match finding.severity {
            Severity::Error => all.push((finding, done)),
            Severity::Warning => warnings[usize::from(done)].push(finding, false),
        }
    }
    for (warnings, done) in warnings.into_iter().zip([false, true]) {
        all.extend(warnings.finish().into_iter().map(|f| (f, done)));
    }
    all.sort_by(|(a, _), (b, _)| (a.row_index, &a.field, a.code).cmp(&(b.row_index, &b.field, b.code)));
    all.into_iter().unzip()
}
