//! Reconciliation and findings: every file ever read, every row that is to be mended.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, BooleanArray, Int64Array, LargeStringBuilder, RecordBatch, StringArray, UInt32Array,
};
use arrow::compute::{SortColumn, cast, lexsort_to_indices, take_record_batch};
use arrow::datatypes::{DataType, Field, Schema};

use crate::catalogue::{Catalogue, Edition};
use crate::diag::{Code, Lang, Severity, render, stands_for};
use crate::error::{Error, Result};
use crate::ledger::{Partition, Register, TableCounts};
use crate::schema::disclosing::shown_key;
use crate::schema::{Schemas, Source};
use crate::store::table_file::read_table;

/// What the quality tables are made of.
pub struct QualityInputs<'a> {
    pub register: &'a Register,
    pub partitions: &'a [Partition],
    /// Findings about folders of the inbox, and about files that were not read, of tonight.
    pub folders: &'a [crate::diag::FileFinding],
    pub schemas: &'a Schemas,
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
    pub counts: TableCounts,
    /// The file holds no table, or none that could be read.
    pub refused: bool,
    /// Rejected rows of which no later version stands.
    pub open_rejected: u64,
    /// The export is held back, for it lost too many keys of a register.
    pub held_back: bool,
    /// Path below the inbox of the whole file, and its hash.
    pub outer: (String, String),
}

/// The lines of the reconciliation, sorted.
pub fn totals(inputs: &QualityInputs<'_>) -> Vec<FileTotals> {
    let mut lines = Vec::new();
    for file in &inputs.register.files {
        let line = |of: &str, sheet: &str, sha256: &str| FileTotals {
            county: file.county.clone(),
            source: file.source.as_str().to_owned(),
            file: of.to_owned(),
            sheet: sheet.to_owned(),
            sha256: sha256.to_owned(),
            outer: (file.file.clone(), file.sha256.clone()),
            ..FileTotals::default()
        };
        let warnings = |of: &str, sheet: &str| {
            file.findings
                .iter()
                .filter(|f| f.file == of && f.sheet == sheet && f.severity() == Severity::Warning)
                .map(|f| stands_for(&f.detail))
                .sum::<u64>()
        };
        for table in &file.tables {
            let mut total = line(&table.file, &table.sheet, &table.sha256);
            total.dataset.clone_from(&table.dataset);
            total.not_data = table.not_data;
            let found = inputs
                .partitions
                .iter()
                .filter(|p| p.dataset == table.dataset && p.county == file.county)
                .find_map(|p| p.tables.iter().position(|t| t == table).map(|at| (p, at)));
            if let Some((p, at)) = found {
                total.counts = p.counts[at].clone();
                total.open_rejected = p.open_rejected[at];
                total.held_back = p.held_back[at].is_some();
            }
            total.counts.warnings += warnings(&table.file, &table.sheet);
            lines.push(total);
        }
        for refused in &file.refused {
            let mut total = line(&refused.file, &refused.sheet, &refused.sha256);
            total.counts.warnings = warnings(&refused.file, &refused.sheet);
            total.refused = file.findings.iter().any(|f| {
                f.severity() == Severity::Error
                    && f.file == refused.file
                    && (f.sheet == refused.sheet || f.sheet.is_empty())
            });
            lines.push(total);
        }
    }
    lines.sort_by(|a, b| {
        (&a.county, &a.source, &a.dataset, &a.file, &a.sheet, &a.sha256)
            .cmp(&(&b.county, &b.source, &b.dataset, &b.file, &b.sheet, &b.sha256))
    });
    lines
}

/// The reconciliation as a table.
///
/// # Errors
/// Bugs.
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
struct Lines {
    /// The text columns of the table, in its order. The messages of millions of findings may take more than the
    /// two gigabytes of a plain text column.
    text: [LargeStringBuilder; 14],
    row_numbers: Vec<Option<u32>>,
}

impl Lines {
    #[allow(clippy::too_many_arguments)]
    fn push(
        &mut self,
        place: [&str; 5],
        row_number: Option<u32>,
        record_key: Option<&str>,
        field: &str,
        code: Code,
        severity: Severity,
        messages: [&str; 2],
        value: &str,
        sha256: &str,
        mended: bool,
    ) {
        for (builder, value) in self.text.iter_mut().zip(place) {
            builder.append_value(value);
        }
        self.row_numbers.push(row_number);
        self.text[5].append_option(record_key);
        let state = if mended { "mended" } else { "open" };
        let rest = [field, code.as_str(), severity.as_str(), messages[0], messages[1], value, sha256, state];
        for (builder, value) in self.text[6..].iter_mut().zip(rest) {
            builder.append_value(value);
        }
    }
}

/// The findings of files and of accepted and rejected rows, sorted by place.
///
/// # Errors
/// `Input` of the store, and bugs.
pub fn rejects(inputs: &QualityInputs<'_>) -> Result<impl Iterator<Item = Result<RecordBatch>> + use<>> {
    let mut lines = Lines::default();
    for f in inputs.folders {
        let mut parts = f.file.split('/');
        let (county, folder) = (parts.next().unwrap_or_default(), parts.next());
        let source = folder.and_then(|name| Source::EXPORTS.into_iter().find(|s| s.as_str() == name));
        let source = source.map_or("", Source::as_str);
        file_line(&mut lines, [county, source, "", &f.file, &f.sheet], f.code, f.severity, &f.detail, "", false);
    }
    for file in &inputs.register.files {
        let replaced = inputs.register.is_replaced(file);
        for f in &file.findings {
            let Some(code) = f.code() else { continue };
            let dataset =
                file.tables.iter().find(|t| t.file == f.file && t.sheet == f.sheet).map_or("", |t| t.dataset.as_str());
            let place = [file.county.as_str(), file.source.as_str(), dataset, &f.file, &f.sheet];
            // A finding of a member of an archive bears the member's hash, as the reconciliation does.
            let tables = file.tables.iter().map(|t| (&t.file, &t.sheet, &t.sha256));
            let refused = file.refused.iter().map(|r| (&r.file, &r.sheet, &r.sha256));
            let of_member: Vec<_> = tables.chain(refused).filter(|(of, ..)| **of == f.file).collect();
            let of_sheet = of_member.iter().find(|(_, sheet, _)| **sheet == f.sheet);
            let sha256 = of_sheet.or(of_member.first()).map_or(file.sha256.as_str(), |(.., sha256)| sha256.as_str());
            file_line(&mut lines, place, code, f.severity(), &f.detail, sha256, replaced);
        }
    }
    for partition in inputs.partitions {
        partition_lines(&mut lines, inputs, partition)?;
    }
    sorted(lines)
}

fn file_line(
    lines: &mut Lines,
    place: [&str; 5],
    code: Code,
    severity: Severity,
    detail: &str,
    sha256: &str,
    mended: bool,
) {
    let (zh, en) = (render(code, "", "", detail, Lang::Zh), render(code, "", "", detail, Lang::En));
    lines.push(place, None, None, "", code, severity, [&zh, &en], "", sha256, mended);
}

fn partition_lines(lines: &mut Lines, inputs: &QualityInputs<'_>, partition: &Partition) -> Result<()> {
    let table = inputs
        .schemas
        .table(&partition.dataset)
        .ok_or_else(|| Error::bug(format!("`{}` is not declared", partition.dataset)))?;
    for (t, of) in partition.tables.iter().enumerate() {
        let Some(shrunk) = partition.held_back[t] else { continue };
        let place = [&partition.county, table.source.as_str(), &partition.dataset, &of.file, &of.sheet];
        let detail = format!("keys:{}/{}", shrunk.has, shrunk.stood);
        file_line(lines, place, Code::RegisterShrunk, Severity::Error, &detail, &of.sha256, partition.replaced[t]);
    }
    for batch in read_table(&partition.findings_path, None)? {
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
            let title = table.field(field).map_or("", |f| f.title.as_str());
            let of = &partition.tables[tables.value(i) as usize];
            let key = keys.is_valid(i).then(|| shown_key(keys.value(i)));
            let severity = if severities.value(i) == "error" { Severity::Error } else { Severity::Warning };
            let zh = render(code, title, field, details.value(i), Lang::Zh);
            let en = render(code, title, field, details.value(i), Lang::En);
            lines.push(
                [&partition.county, table.source.as_str(), &partition.dataset, &of.file, &of.sheet],
                Some(rows.value(i)),
                key.as_deref(),
                field,
                code,
                severity,
                [&zh, &en],
                values.value(i),
                &of.sha256,
                mended.value(i) || partition.replaced[tables.value(i) as usize],
            );
        }
    }
    Ok(())
}

/// Rows of a batch of the table.
const ROWS: usize = 65_536;

fn sorted(mut lines: Lines) -> Result<impl Iterator<Item = Result<RecordBatch>> + use<>> {
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
