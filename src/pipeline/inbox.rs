//! What lies in the inbox tonight.

use std::fs;
use std::path::{Path, PathBuf};

use crate::diag::{Code, FileFinding, Severity};
use crate::error::{Error, Result};
use crate::schema::divisions::Divisions;
use crate::schema::{Source, day};

/// A file to read.
#[derive(Clone, Debug)]
pub struct InboxFile {
    /// Path below the inbox, with `/`.
    pub name: String,
    pub path: PathBuf,
    pub county: String,
    pub source: Source,
    /// The file's own date in China, days since 1970-01-01.
    pub modified_day: i32,
}

/// Files of the inbox in the order of their names, and what does not belong there.
///
/// # Errors
/// `Input`: the inbox cannot be listed.
pub fn list(inbox: &Path, reference: &Path, divisions: &Divisions) -> Result<(Vec<InboxFile>, Vec<FileFinding>)> {
    let mut files = Vec::new();
    let mut findings = Vec::new();
    let stray = |name: &str| FileFinding {
        file: name.to_owned(),
        sheet: String::new(),
        code: Code::UnknownFolder,
        severity: Severity::Error,
        detail: name.to_owned(),
    };
    let reference = fs::canonicalize(reference).ok();
    for (county, path) in entries(inbox)? {
        if fs::canonicalize(&path).ok() == reference && reference.is_some() {
            continue;
        }
        if !path.is_dir() || !divisions.is_county(&county) {
            findings.push(stray(&county));
            continue;
        }
        for (folder, path) in entries(&path)? {
            match Source::EXPORTS.into_iter().find(|s| s.as_str() == folder).filter(|_| path.is_dir()) {
                Some(source) => collect(&path, &format!("{county}/{folder}"), &county, source, &mut files)?,
                None => findings.push(stray(&format!("{county}/{folder}"))),
            }
        }
    }
    files.sort_by(|a, b| a.name.cmp(&b.name));
    Ok((files, findings))
}

fn collect(dir: &Path, name: &str, county: &str, source: Source, files: &mut Vec<InboxFile>) -> Result<()> {
    for (entry, path) in entries(dir)? {
        let name = format!("{name}/{entry}");
        if path.is_dir() {
            collect(&path, &name, county, source, files)?;
        } else {
            let modified_day = modified_day(&path)?;
            files.push(InboxFile { name, path, county: county.to_owned(), source, modified_day });
        }
    }
    Ok(())
}

/// Files of a folder and below it, for the reference data.
///
/// # Errors
/// `Input`.
pub fn reference_files(dir: &Path) -> Result<Vec<InboxFile>> {
    let mut files = Vec::new();
    collect(dir, "reference", "", Source::Reference, &mut files)?;
    files.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(files)
}

/// The date of a file's last change, in China.
///
/// # Errors
/// `Input`.
pub fn modified_day(path: &Path) -> Result<i32> {
    let modified = fs::metadata(path).and_then(|m| m.modified()).map_err(|e| Error::input(path, e))?;
    let stamp = jiff::Timestamp::try_from(modified).map_err(|e| Error::input(path, e))?;
    Ok(day::from_date(stamp.to_zoned(super::config::china()).date()))
}

/// Names and paths in a folder, sorted, without those that begin with `.` or `~$`.
fn entries(dir: &Path) -> Result<Vec<(String, PathBuf)>> {
    let wrong = |e| Error::input(dir, e);
    let mut out = Vec::new();
    for entry in fs::read_dir(dir).map_err(wrong)? {
        let entry = entry.map_err(wrong)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if !name.starts_with('.') && !name.starts_with("~$") {
            out.push((name, entry.path()));
        }
    }
    out.sort();
    Ok(out)
}
