//! A file of the reference data, read with the same care as exports: divisions of a city, or their population.

use std::collections::BTreeSet;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::given::{GivenFile, LimitedSink};
use super::reading::MOST_ROWS;
use crate::diag::{Code, Detail, FileFinding, RowFinding, Severity, in_words};
use crate::error::{Error, Result, Words, words};
use crate::read::{TableHead, TableSink};
use crate::schema::divisions::Level;
use crate::schema::layout::RawRows;
use crate::schema::{Schemas, Table, TableRole};
use crate::validate::Validator;

/// Most faults that are listed; the rest show up in the next run.
const MOST_FAULTS: usize = 10;

/// The error for a file that exceeds a limit.
pub fn too_much(path: &Path, limit: &Detail) -> Error {
    Error::input(path, in_words(Code::ReaderStopped, "", "", limit)).hint(words!(
        "请放入正常的文件；读取一个文件可用的内存和时间由 `reader_memory_mb` 和 `reader_seconds` 设定",
        "put a sound file there; `reader_memory_mb` and `reader_seconds` are what reading one may take"
    ))
}

/// The rows of a reference file that concern the city, and its faults.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct ReferenceFile {
    /// `(code, name)`
    pub divisions: Vec<(String, String)>,
    /// `(division code, year, residents)`
    pub population: Vec<(String, i32, i64)>,
    /// Other cities that divisions are of; their rows are left out.
    #[serde(default)]
    pub other_cities: BTreeSet<String>,
    /// Rows of the population that say no number.
    #[serde(default)]
    pub unfilled: u64,
    /// One line for each fault.
    pub faults: Vec<Words>,
}

/// Whether a finding is that a row of the population says no number: such a row is like none, so that a sheet may be filled
/// in for some divisions alone.
pub fn is_unfilled(table: &Table, f: &RowFinding) -> bool {
    table.role == TableRole::Population && f.code == Code::MissingValue && f.field.as_deref() == Some("residents")
}

/// Reads a reference file in this process.
///
/// # Errors
/// `Input` if it cannot be read or changes meanwhile.
pub fn read_reference_file(given: &GivenFile, city: &str, schemas: &Schemas, as_of: i32) -> Result<ReferenceFile> {
    let mut sink =
        ReferenceSink { schemas, city, as_of, current: None, rows: 0, beyond: None, file: Default::default(), more: 0 };
    let report = given.read(schemas, &mut sink)?;
    if let Some(limit) = &sink.beyond {
        return Err(too_much(&given.path(), limit));
    }
    let describe = |f: &FileFinding| {
        let said = in_words(f.code, "", "", &f.detail);
        Words::new(format!("{}：{}", f.file, said.zh), format!("{}: {}", f.file, said.en))
    };
    let errors = report.findings.iter().filter(|f| f.severity == Severity::Error);
    let mut faults: Vec<Words> = errors.take(MOST_FAULTS).map(describe).collect();
    faults.append(&mut sink.file.faults);
    if sink.more > 0 {
        faults.push(words!("{}：另有 {} 处", "{}: and {} more", given.name, sink.more));
    }
    Ok(ReferenceFile { faults, ..sink.file })
}

struct ReferenceSink<'a> {
    schemas: &'a Schemas,
    city: &'a str,
    as_of: i32,
    current: Option<(Validator<'a>, String, Vec<usize>)>,
    /// Number of data rows of all tables so far.
    rows: u64,
    beyond: Option<Detail>,
    file: ReferenceFile,
    /// Number of faults that are not listed.
    more: u64,
}

impl LimitedSink for ReferenceSink<'_> {
    fn beyond(&self) -> Option<&Detail> {
        self.beyond.as_ref()
    }
}

impl TableSink for ReferenceSink<'_> {
    fn begin(&mut self, head: TableHead<'_>) -> Result<()> {
        let table = self.schemas.table(&head.table.name).ok_or_else(|| Error::bug("a table that is not declared"))?;
        let validator = Validator::new(table, self.schemas, self.as_of, &[0; 32])?;
        self.current = Some((validator, head.file, head.fields));
        Ok(())
    }

    fn rows(&mut self, rows: RawRows) -> Result<()> {
        use arrow::array::{Array, Int64Array, StringArray};
        self.rows += rows.row_numbers.len() as u64;
        if self.rows > MOST_ROWS {
            self.current = None;
            self.beyond = Some(Detail::Rows(MOST_ROWS));
            return Err(Error::bug("a file beyond its limits"));
        }
        let Some((validator, file, fields)) = &self.current else { return Ok(()) };
        let done = validator.validate(fields, &rows)?;
        for f in done.findings.iter().filter(|f| f.severity == Severity::Error && f.code != Code::UnknownDivision) {
            if is_unfilled(validator.table(), f) {
                self.file.unfilled += 1;
                continue;
            }
            if self.file.faults.len() >= MOST_FAULTS {
                self.more += 1;
                continue;
            }
            let name = f.field.as_deref().unwrap_or_default();
            let title = validator.table().field(name).map_or("", |f| f.title.as_str());
            let said = in_words(f.code, title, name, &f.detail);
            let row = rows.row_numbers[f.row_index as usize];
            self.file.faults.push(Words::new(
                format!("{file}：第 {row} 行：{}", said.zh),
                format!("{file}: row {row}: {}", said.en),
            ));
        }
        let text = |name: &str| done.plain.column_by_name(name).and_then(|c| c.as_any().downcast_ref::<StringArray>());
        let ints = |name: &str| done.plain.column_by_name(name).and_then(|c| c.as_any().downcast_ref::<Int64Array>());
        // Rows of other cities are ignored.
        let of_city = |code: &str| code.starts_with(self.city);
        let role = validator.table().role;
        if let (TableRole::Divisions, Some(codes), Some(names)) = (role, text("code"), text("name")) {
            for i in (0..codes.len()).filter(|i| codes.is_valid(*i) && names.is_valid(*i)) {
                let (code, name) = (codes.value(i), names.value(i));
                if of_city(code) {
                    self.file.divisions.push((code.to_owned(), name.to_owned()));
                } else if let Some(city) = code.get(..Level::City.digits()) {
                    self.file.other_cities.insert(city.to_owned());
                }
            }
        }
        let (codes, years, residents) = (text("division_code"), ints("year"), ints("residents"));
        if let (TableRole::Population, Some(codes), Some(years), Some(residents)) = (role, codes, years, residents) {
            let given = |i: &usize| codes.is_valid(*i) && years.is_valid(*i) && residents.is_valid(*i);
            for i in (0..codes.len()).filter(given).filter(|i| of_city(codes.value(*i))) {
                self.file.population.push((codes.value(i).to_owned(), years.value(i) as i32, residents.value(i)));
            }
        }
        Ok(())
    }

    fn end(&mut self, _not_data: u64) -> Result<()> {
        self.current = None;
        Ok(())
    }

    fn abandon(&mut self) {
        self.current = None;
    }
}
