//! Reading exports: real bytes in, tables of text out.

mod cases;
mod damage;
pub mod faults;
pub mod formats;
mod instants;
mod noise;
mod properties;
mod recognition;
pub mod workbooks;

use std::collections::BTreeMap;
use std::io::Write;
use std::sync::OnceLock;

use arrow::array::Array;
use sha2::{Digest, Sha256};
use xinhui::diag::{Code, FileFinding, Severity};
use xinhui::error::Result;
use xinhui::read::{ExportFile, FileReport, TableHead, TableSink, read_export};
use xinhui::schema::layout::RawRows;
use xinhui::schema::{Schemas, Source};

/// 2024-01-02, the time of every file here.
pub const MODIFIED: i32 = 19_724;

/// A table as it came through the sink.
#[derive(Debug, Default, PartialEq)]
pub struct Collected {
    pub file: String,
    pub sheet: String,
    pub sheet_index: u32,
    pub table: String,
    pub export_day: i32,
    pub sha256: [u8; 32],
    pub fields: Vec<String>,
    pub rows: Vec<(u32, Vec<Option<String>>)>,
    pub not_data: u64,
}

impl Collected {
    /// The texts of a field, row by row.
    pub fn column(&self, field: &str) -> Vec<Option<&str>> {
        let at = self.fields.iter().position(|f| f == field).unwrap_or_else(|| panic!("no column {field}"));
        self.rows.iter().map(|(_, cells)| cells[at].as_deref()).collect()
    }

    pub fn row_numbers(&self) -> Vec<u32> {
        self.rows.iter().map(|(n, _)| *n).collect()
    }
}

/// Collects tables, and holds the reader to the order of calls that the sink is promised.
#[derive(Default)]
struct Collector {
    open: Option<Collected>,
    tables: Vec<Collected>,
}

impl TableSink for Collector {
    fn begin(&mut self, head: TableHead<'_>) -> Result<()> {
        assert!(self.open.is_none(), "a table begins before the last one has ended");
        let fields: Vec<String> = head.fields.iter().map(|f| head.table.fields[*f].name.clone()).collect();
        let mut unique = fields.clone();
        unique.sort();
        unique.dedup();
        assert_eq!(unique.len(), fields.len(), "a field comes twice");
        self.open = Some(Collected {
            file: head.file,
            sheet: head.sheet,
            sheet_index: head.sheet_index,
            table: head.table.name.clone(),
            export_day: head.export_day,
            sha256: head.sha256,
            fields,
            ..Collected::default()
        });
        Ok(())
    }

    fn rows(&mut self, rows: RawRows) -> Result<()> {
        let open = self.open.as_mut().expect("rows outside a table");
        assert_eq!(rows.columns.len(), open.fields.len());
        for (index, number) in rows.row_numbers.iter().enumerate() {
            assert!(open.rows.last().is_none_or(|(last, _)| last < number), "row numbers do not grow");
            let cells = rows.columns.iter().map(|c| c.is_valid(index).then(|| c.value(index).to_owned())).collect();
            open.rows.push((*number, cells));
        }
        Ok(())
    }

    fn end(&mut self, not_data: u64) -> Result<()> {
        let mut table = self.open.take().expect("an end without a table");
        table.not_data = not_data;
        self.tables.push(table);
        Ok(())
    }

    fn abandon(&mut self) {
        assert!(self.open.take().is_some(), "abandoned without a table");
    }
}

pub fn schemas() -> &'static Schemas {
    static SCHEMAS: OnceLock<Schemas> = OnceLock::new();
    SCHEMAS.get_or_init(|| Schemas::embedded().expect("the compiled declarations"))
}

/// Reads bytes as a file of this name.
pub fn read(name: &str, source: Source, bytes: &[u8]) -> (Vec<Collected>, FileReport) {
    let mut file = tempfile::NamedTempFile::new().expect("a temporary file");
    file.write_all(bytes).expect("written");
    file.flush().expect("flushed");
    let mut sink = Collector::default();
    let export =
        ExportFile { name, path: file.path(), source, sha256: Sha256::digest(bytes).into(), modified_day: MODIFIED };
    let report = read_export(&export, schemas(), &mut sink).expect("whatever is wrong with a file is a finding");
    assert!(sink.open.is_none(), "a table was left open");
    (sink.tables, report)
}

/// Reads bytes that hold exactly one table and nothing to refuse.
pub fn read_one(name: &str, source: Source, bytes: &[u8]) -> Collected {
    let (mut tables, report) = read(name, source, bytes);
    assert_eq!(report.refused, vec![], "{:?}", report.findings);
    assert_eq!(tables.len(), 1);
    tables.remove(0)
}

/// Code, severity, sheet and detail of each finding, the detail as it is stored.
pub fn findings(report: &FileReport) -> Vec<(Code, Severity, &str, &str)> {
    report
        .findings
        .iter()
        .map(|FileFinding { sheet, code, severity, detail, .. }| {
            (*code, *severity, sheet.as_str(), &*detail.to_string().leak())
        })
        .collect()
}

/// The header and rows of a small table of activities.
pub const ACTIVITIES: &str = "\
活动编号,所在区划代码,活动类型,进入场所,活动日期,参与人数
A1,370402001001,01,02,2023-05-01,30
A2,370402001002,02,03,2023-06-01,12
";

/// A zip archive of members, by raw name.
pub fn zip_of(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default()
        .last_modified_time(zip::DateTime::from_date_and_time(2022, 3, 4, 5, 6, 8).expect("a time"));
    for (name, bytes) in members {
        if name.ends_with('/') {
            writer.add_directory(*name, options).expect("a folder");
        } else {
            writer.start_file(*name, options).expect("a member");
            writer.write_all(bytes).expect("written");
        }
    }
    writer.finish().expect("an archive").into_inner()
}

/// Rows by field name, for comparisons that do not depend on the order of columns.
pub fn by_field(table: &Collected) -> Vec<BTreeMap<&str, Option<&str>>> {
    table
        .rows
        .iter()
        .map(|(_, cells)| table.fields.iter().map(String::as_str).zip(cells.iter().map(Option::as_deref)).collect())
        .collect()
}
