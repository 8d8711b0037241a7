//! `xinhui validate FILE…`: checks a file for its sender, in a reader process as a night does.

use std::path::Path;

use super::given::Given;
use super::inbox::modified_day;
use super::reader_jobs::{Answer, Job, Start};
use super::reader_limits::Limits;
use super::reader_process::{ReaderProcess, is_own_program};
use super::tried::{Tried, try_here};
use crate::error::{Error, Result};
use crate::schema::{Schemas, Source};

/// Reads and validates a file in a reader process, as a night does. Rules that need other files (divisions, foreign
/// keys) are not checked.
///
/// # Errors
/// `Input` if the file cannot be read at all.
pub fn try_file(
    path: &Path,
    source: Option<Source>,
    schemas: &Schemas,
    schemas_dir: Option<&Path>,
    as_of: i32,
) -> Result<Tried> {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let size = std::fs::metadata(path).map_err(|e| Error::input(path, e))?.len();
    let modified_day = modified_day(path)?;
    let any = || schemas.sources().into_iter().chain([Source::REFERENCE]).collect();
    let sources: Vec<Source> = source.map_or_else(any, |s| vec![s]);
    let limits = Limits::usual(schemas_dir);
    let start = Start::new(schemas, as_of, &limits, None);
    let mut reader = ReaderProcess::new(&start, &limits);
    let mut best = Tried::default();
    for source in sources {
        let given = Given::new(&name, path, source, modified_day);
        let tried = if is_own_program() {
            match reader.ask(&Job::Try(given.clone()), size)? {
                Ok(Answer::Tried(tried)) => tried,
                Ok(_) => return Err(Error::bug("a reader answered what was not asked")),
                // The same limit would be exceeded for any other source.
                Err(limit) => {
                    let findings = vec![given.stopped(&limit)];
                    return Ok(Tried { source: Some(source), tables: Vec::new(), findings });
                }
            }
        } else {
            try_here(&given, schemas, as_of)?
        };
        if tried.tables.len() > best.tables.len() || best.source.is_none() {
            best = tried;
        }
    }
    Ok(best)
}
