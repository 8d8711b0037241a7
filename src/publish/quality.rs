//! Reconciliation and findings: every file ever read, every row that is to be mended.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, BooleanArray, Int64Array, LargeStringBuilder, RecordBatch, StringArray, UInt32Array,
};
use arrow::compute::{SortColumn, cast, lexsort_to_indices, take_record_batch};
use arrow::datatypes::{DataType, Field, Schema};
use serde::{Deserialize, Serialize};

use crate::catalogue::{Catalogue, Edition};
use crate::diag::{Code, Detail, Lang, Severity, render};
use crate::error::{Error, Result};
use crate::schema::Schemas;
use crate::schema::disclosing::shown_key;
use crate::store::table_file::read_table;

/// Rows of one file and sheet by fate.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowCounts {
    pub read: u64,
    pub accepted: u64,
    pub rejected: u64,
    pub duplicate: u64,
    pub superseded: u64,
    pub void: u64,
    /// Warnings listed, of accepted and rejected rows.
    pub warnings: u64,
}

/// One line of the reconciliation.
#[derive(Clone, Debug, Default)]
pub struct FileTotals {
    pub county: String,
    pub source: String,
    pub dataset: String,
    pub file: String,
    pub sheet: String,
    pub sha256: String,
    pub not_data: u64,
    pub counts: RowCounts,
    /// The file holds no table, or none that could be read.
    pub refused: Option<Code>,
    /// Rejected rows of which no later version stands.
    pub open_rejected: u64,
    /// Rejected rows of which a later version of their key stands, but for somebody else.
    pub of_others: u64,
    /// The export is held back, for it lost too many keys of a register.
    pub held_back: bool,
    /// Path below the inbox of the whole file, and its hash.
    pub outer: (String, String),
}

/// Where a finding was made: a file, or one sheet of it.
#[derive(Clone, Debug, Default)]
pub struct FindingPlace {
    pub county: String,
    pub source: String,
    pub dataset: String,
    pub file: String,
    pub sheet: String,
    pub sha256: String,
    /// Other content has since been read under the file's path: what was wrong with it is done with.
    pub replaced: bool,
    /// Fields, by name, that the file calls by another name than their titles, with that name.
    pub called: BTreeMap<String, String>,
}

/// A finding about a file, sheet or folder.
#[derive(Clone, Debug)]
pub struct FilePlaceFinding {
    pub place: FindingPlace,
    pub code: Code,
    pub severity: Severity,
    pub detail: Detail,
}

/// The findings of rows of one county's dataset, in a file of the store.
#[derive(Clone, Debug)]
pub struct RowFindingsFile {
    pub dataset: String,
    pub path: PathBuf,
    /// By the number of the table that the file names.
    pub places: Vec<FindingPlace>,
}

/// All findings of a night.
#[derive(Clone, Debug, Default)]
pub struct NightFindings {
    pub files: Vec<FilePlaceFinding>,
    pub rows: Vec<RowFindingsFile>,
}

/// The reconciliation as a table.
pub fn reconciliation(lines: &[FileTotals]) -> Result<RecordBatch> {
    let text =
        |of: fn(&FileTotals) -> &str| Arc::new(lines.iter().map(|l| Some(of(l))).collect::<StringArray>()) as ArrayRef;
    let count = |of: fn(&FileTotals) -> u64| {
        Arc::new(lines.iter().map(|l| Some(of(l) as i64)).collect::<Int64Array>()) as ArrayRef
    };
    let columns: Vec<ArrayRef> = vec![
        text(|l| &l.county),
        text(|l| &l.source),
        text(|l| &l.dataset),
        text(|l| &l.file),
        text(|l| &l.sheet),
        text(|l| &l.sha256),
        count(|l| l.counts.read),
        count(|l| l.counts.accepted),
        count(|l| l.counts.rejected),
        count(|l| l.counts.duplicate),
        count(|l| l.counts.superseded),
        count(|l| l.counts.void),
        count(|l| l.not_data),
        count(|l| l.counts.warnings),
    ];
    let schema = Catalogue::reconciliation().schema(Edition::Internal);
    RecordBatch::try_new(schema, columns).map_err(|e| Error::bug("reconciliation").caused_by(e))
}

/// Collects lines of findings, column by column.
#[derive(Default)]
struct QualityLines {
    /// The text columns of the table, in its order. The messages of millions of findings may take more than the
    /// two gigabytes of a plain text column.
    text: [LargeStringBuilder; 14],
    row_numbers: Vec<Option<u32>>,
}

/// A line of findings.
struct QualityLine<'a> {
    place: &'a FindingPlace,
    row_number: Option<u32>,
    record_key: Option<&'a str>,
    field: &'a str,
    code: Code,
    severity: Severity,
    /// In Chinese and in English.
    messages: [&'a str; 2],
    value: &'a str,
    mended: bool,
}

impl QualityLines {
    fn push(&mut self, line: &QualityLine<'_>) {
        let at = line.place;
        let place = [&at.county, &at.source, &at.dataset, &at.file, &at.sheet];
        for (builder, value) in self.text.iter_mut().zip(place) {
            builder.append_value(value);
        }
        self.row_numbers.push(line.row_number);
        self.text[5].append_option(line.record_key);
        let state = if line.mended { "mended" } else { "open" };
        let [zh, en] = line.messages;
        let rest = [line.field, line.code.as_str(), line.severity.as_str(), zh, en, line.value, &at.sha256, state];
        for (builder, value) in self.text[6..].iter_mut().zip(rest) {
            builder.append_value(value);
        }
    }
}

/// The findings of files and of accepted and rejected rows, sorted by place.
///
/// # Errors
/// `Input` of the store, and bugs.
pub fn rejects(
    findings: &NightFindings,
    schemas: &Schemas,
) -> Result<impl Iterator<Item = Result<RecordBatch>> + use<>> {
    let mut lines = QualityLines::default();
    for f in &findings.files {
        let [zh, en] = [Lang::Zh, Lang::En].map(|lang| render(f.code, "", "", &f.detail, lang));
        lines.push(&QualityLine {
            place: &f.place,
            row_number: None,
            record_key: None,
            field: "",
            code: f.code,
            severity: f.severity,
            messages: [&zh, &en],
            value: "",
            mended: f.place.replaced,
        });
    }
    for rows in &findings.rows {
        row_lines(&mut lines, rows, schemas)?;
    }
    sorted(lines)
}

fn row_lines(lines: &mut QualityLines, of_rows: &RowFindingsFile, schemas: &Schemas) -> Result<()> {
    let table =
        schemas.table(&of_rows.dataset).ok_or_else(|| Error::bug(format!("`{}` is not declared", of_rows.dataset)))?;
    for batch in read_table(&of_rows.path, None)? {
        let batch = batch?;
        let text = |name: &str| -> StringArray {
            batch.column_by_name(name).and_then(|c| c.as_any().downcast_ref()).cloned().expect("a column of ours")
        };
        let numbers = |name: &str| -> UInt32Array {
            batch.column_by_name(name).and_then(|c| c.as_any().downcast_ref()).cloned().expect("a column of ours")
        };
        let (fields, codes, severities, values, details, keys) =
            (text("field"), text("code"), text("severity"), text("value"), text("detail"), text("record_key"));
        let (tables, rows) = (numbers("table"), numbers("row_number"));
        let mended: BooleanArray =
            batch.column_by_name("mended").and_then(|c| c.as_any().downcast_ref()).cloned().expect("a column of ours");
        for i in 0..batch.num_rows() {
            let Some(code) = Code::parse(codes.value(i)) else { continue };
            let field = if fields.is_valid(i) { fields.value(i) } else { "" };
            let of = &of_rows.places[tables.value(i) as usize];
            let title = table.field(field).map_or_else(String::new, |f| f.title_beside(&of.called));
            let key = keys.is_valid(i).then(|| shown_key(keys.value(i)));
            let severity = if severities.value(i) == "error" { Severity::Error } else { Severity::Warning };
            let detail = Detail::parse(details.value(i));
            let zh = render(code, &title, field, &detail, Lang::Zh);
            let en = render(code, &title, field, &detail, Lang::En);
            lines.push(&QualityLine {
                place: of,
                row_number: Some(rows.value(i)),
                record_key: key.as_deref(),
                field,
                code,
                severity,
                messages: [&zh, &en],
                value: values.value(i),
                mended: mended.value(i) || of.replaced,
            });
        }
    }
    Ok(())
}

/// Rows of a batch of the table.
const ROWS: usize = 65_536;

fn sorted(mut lines: QualityLines) -> Result<impl Iterator<Item = Result<RecordBatch>> + use<>> {
    let schema = Catalogue::rejects().schema(Edition::Internal);
    let mut fields: Vec<Field> = Vec::new();
    let mut columns: Vec<ArrayRef> = Vec::new();
    let mut text = lines.text.iter_mut();
    for field in schema.fields() {
        let field = field.as_ref().clone();
        if *field.data_type() == DataType::Utf8 {
            let builder = text.next().ok_or_else(|| Error::bug("findings have another text column"))?;
            columns.push(Arc::new(builder.finish()));
            fields.push(field.with_data_type(DataType::LargeUtf8));
        } else {
            let numbers = lines.row_numbers.iter().map(|n| n.map(i64::from));
            columns.push(Arc::new(numbers.collect::<Int64Array>()));
            fields.push(field);
        }
    }
    let wrong = |e| Error::bug("findings").caused_by(e);
    let sort: Vec<SortColumn> = columns.iter().map(|c| SortColumn { values: c.clone(), options: None }).collect();
    let all = RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).map_err(wrong)?;
    let order = lexsort_to_indices(&sort, None).map_err(wrong)?;
    let batches = (0..order.len().div_ceil(ROWS).max(1)).map(move |nth| {
        let first = nth * ROWS;
        let rows = order.slice(first, ROWS.min(order.len() - first));
        let taken = take_record_batch(&all, &rows).map_err(wrong)?;
        let columns = taken.columns().iter().zip(schema.fields());
        let columns = columns.map(|(column, field)| cast(column, field.data_type())).collect::<Result<_, _>>();
        RecordBatch::try_new(schema.clone(), columns.map_err(wrong)?).map_err(wrong)
    });
    Ok(batches)
}
