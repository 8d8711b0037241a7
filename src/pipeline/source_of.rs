//! Which source a file is of that lies in no folder of a source: the one as whose export most tables of it are read or,
//! where none is, the one with the dataset whose header comes closest.

use std::path::Path;

use super::given::{GivenFile, LimitedSink};
use super::inbox::modified_day;
use super::reader_jobs::{Answer, Job, Likeness, Start};
use super::reader_limits::ReaderLimits;
use super::reader_process::{ReaderProcess, is_own_program};
use crate::diag::{Detail, FileFinding};
use crate::error::{Error, Result};
use crate::read::{TableHead, TableSink};
use crate::schema::layout::RawRows;
use crate::schema::{Schemas, Source};

/// The source of a file, told by its headers.
///
/// # Errors
/// `Input` if the file cannot be read at all.
pub fn source_of(path: &Path, schemas: &Schemas, schemas_dir: Option<&Path>, as_of: i32) -> Result<Source> {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let size = std::fs::metadata(path).map_err(|e| Error::input(path, e))?.len();
    let modified_day = modified_day(path)?;
    let limits = ReaderLimits::usual(schemas_dir);
    let start = Start::new(schemas, as_of, &limits, None);
    let mut reader = ReaderProcess::new(&start, &limits);
    let mut best: Option<(Likeness, Source)> = None;
    for source in schemas.sources().into_iter().chain([Source::REFERENCE]) {
        let given = GivenFile::new(&name, path, source, modified_day);
        let like = if is_own_program() {
            match reader.ask(&Job::Tables(given), size)? {
                Ok(Answer::Tables(like)) => like,
                Ok(_) => return Err(Error::bug("a reader answered what was not asked")),
                // The same limit would be exceeded for any other source.
                Err(_) => return Ok(source),
            }
        } else {
            tables_here(&given, schemas)?
        };
        if best.is_none_or(|(most, _)| like > most) {
            best = Some((like, source));
        }
    }
    Ok(best.map_or(Source::REFERENCE, |(_, source)| source))
}

/// How much of a file is read as an export of its source, in this process.
///
/// # Errors
/// `Input` if the file cannot be read.
pub fn tables_here(given: &GivenFile, schemas: &Schemas) -> Result<Likeness> {
    let mut sink = CountSink(0);
    let report = given.read(schemas, &mut sink)?;
    let nearest = report.findings.iter().filter_map(|finding| closeness(finding, schemas, given.source)).max();
    Ok(Likeness { tables: sink.0, nearest: nearest.unwrap_or(0) })
}

/// How much of the header of a dataset of this source a sheet without one has, in thousandths of the columns that are
/// required.
fn closeness(finding: &FileFinding, schemas: &Schemas, source: Source) -> Option<usize> {
    let Detail::Nearest(near) = &finding.detail else { return None };
    let table = schemas.tables.iter().find(|t| t.title == near.dataset.zh && t.source == source)?;
    let required = table.fields.iter().filter(|f| f.required || table.primary_key.contains(&f.name)).count();
    required.checked_sub(near.missing.len()).map(|there| there * 1000 / required.max(1))
}

struct CountSink(usize);

impl TableSink for CountSink {
    fn begin(&mut self, _: TableHead<'_>) -> Result<()> {
        Ok(())
    }

    fn rows(&mut self, _: RawRows) -> Result<()> {
        Ok(())
    }

    fn end(&mut self, _: u64) -> Result<()> {
        self.0 += 1;
        Ok(())
    }

    fn abandon(&mut self) {}
}

impl LimitedSink for CountSink {
    fn beyond(&self) -> Option<&Detail> {
        None
    }
}
