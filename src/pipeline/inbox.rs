//! What lies in the inbox tonight.
//!
//! Whoever writes into it may leave anything there: what cannot be read, or must not be opened, is a
//! finding at its path, and the rest is read.

use std::collections::{BTreeSet, HashSet};
use std::ffi::OsStr;
use std::fs::{self, Metadata};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use crate::diag::{Code, FileFinding, Severity};
use crate::error::{Error, Result};
use crate::read::unreadable_detail;
use crate::schema::divisions::Divisions;
use crate::schema::{Source, day};

/// A file to read.
#[derive(Clone, Debug)]
pub struct InboxFile {
    /// Path below the inbox, with `/`; text whatever the bytes of the file's own name.
    pub name: String,
    /// Where the bytes are: a link has been followed.
    pub path: PathBuf,
    pub county: String,
    pub source: Source,
    /// The file's own date in China, days since 1970-01-01.
    pub modified_day: i32,
}

/// Files of the inbox in the order of their names, and what does not belong there or cannot be read. Below a
/// county's folder lie those of `sources`.
///
/// # Errors
/// `Input`: the inbox cannot be listed, or not entered.
pub fn list(
    inbox: &Path,
    reference: &Path,
    divisions: &Divisions,
    sources: &BTreeSet<Source>,
) -> Result<(Vec<InboxFile>, Vec<FileFinding>)> {
    let wrong = |e| Error::input(inbox, e).hint("the inbox must be a folder that may be listed and entered");
    let root = fs::canonicalize(inbox).map_err(wrong)?;
    let counties = entries(&root).map_err(wrong)?;
    let reference = fs::canonicalize(reference).ok();
    let mut walk = Walk { within: Some(root.clone()), ..Walk::default() };
    walk.above.push(identity(&fs::metadata(&root).map_err(wrong)?));
    for (county, path) in counties {
        let Some(entry) = walk.look(&path, &county) else { continue };
        if reference.is_some() && fs::canonicalize(&path).ok() == reference {
            continue;
        }
        let Entry::Folder(folder, id) = entry else {
            walk.stray(&county);
            continue;
        };
        if !divisions.is_county(&county) {
            walk.stray(&county);
            continue;
        }
        walk.above.push(id);
        for (name, path) in walk.entries(&folder, &county) {
            let place = format!("{county}/{name}");
            let source = sources.iter().copied().find(|s| s.as_str() == name);
            match (walk.look(&path, &place), source) {
                (None, _) => {}
                (Some(Entry::Folder(folder, id)), Some(source)) => {
                    walk.linked.clear();
                    walk.collect(&folder, id, &place, &county, source);
                }
                _ => walk.stray(&place),
            }
        }
        walk.above.pop();
    }
    Ok(walk.done())
}

/// Files of a folder and below it, for the reference data.
///
/// # Errors
/// `Input`: anything in it that cannot be read.
pub fn reference_files(dir: &Path) -> Result<Vec<InboxFile>> {
    let metadata = fs::metadata(dir).map_err(|e| Error::input(dir, e))?;
    entries(dir).map_err(|e| Error::input(dir, e))?;
    // Links may lead anywhere: nobody but the office itself writes here.
    let mut walk = Walk::default();
    walk.collect(dir, identity(&metadata), "reference", "", Source::REFERENCE);
    let (files, findings) = walk.done();
    match findings.first() {
        None => Ok(files),
        Some(f) => {
            let why = crate::diag::render(f.code, "", "", &f.detail, crate::diag::Lang::En);
            let below = f.file.strip_prefix("reference/").unwrap_or(&f.file);
            Err(Error::input(&dir.join(below), why))
        }
    }
}

/// The date of a file's last change, in China.
///
/// # Errors
/// `Input`.
pub fn modified_day(path: &Path) -> Result<i32> {
    fs::metadata(path).map(|m| day_of(&m)).map_err(|e| Error::input(path, e))
}

/// A file may bear any time; one that no calendar has is the nearest that it has.
fn day_of(metadata: &Metadata) -> i32 {
    const CHINA: i64 = 8 * 3600;
    let first = day::from_ymd(1, 1, 1).unwrap_or(0);
    let last = day::from_ymd(9999, 12, 31).unwrap_or(0);
    let days = metadata.mtime().saturating_add(CHINA).div_euclid(86_400);
    days.clamp(i64::from(first), i64::from(last)) as i32
}

/// Tells a folder from any other.
type Identity = (u64, u64);

fn identity(metadata: &Metadata) -> Identity {
    (metadata.dev(), metadata.ino())
}

/// An entry of a folder, its link followed.
enum Entry {
    Folder(PathBuf, Identity),
    File(PathBuf, i32),
    /// A pipe, a socket, a device.
    Other,
}

/// Goes through folders.
#[derive(Default)]
struct Walk {
    /// No link leads out of this folder; anywhere where there is none.
    within: Option<PathBuf>,
    /// The folders in which the present one lies: a link to one of them has no end.
    above: Vec<Identity>,
    /// Folders of the present source that a link has led to: a second link to one brings nothing, and
    /// links beside links would multiply.
    linked: HashSet<Identity>,
    files: Vec<InboxFile>,
    findings: Vec<FileFinding>,
}

impl Walk {
    fn done(mut self) -> (Vec<InboxFile>, Vec<FileFinding>) {
        self.files.sort_by(|a, b| a.name.cmp(&b.name));
        (self.files, self.findings)
    }

    fn say(&mut self, name: &str, code: Code, detail: String) {
        let file = name.to_owned();
        self.findings.push(FileFinding { file, sheet: String::new(), code, severity: Severity::Error, detail });
    }

    fn stray(&mut self, name: &str) {
        self.say(name, Code::UnknownFolder, name.to_owned());
    }

    fn unreadable(&mut self, name: &str, error: &io::Error) {
        self.say(name, Code::UnreadableFile, unreadable_detail(error));
    }

    /// The entries of a folder; none, and a finding, where it cannot be listed or entered.
    fn entries(&mut self, dir: &Path, name: &str) -> Vec<(String, PathBuf)> {
        entries(dir).unwrap_or_else(|e| {
            self.unreadable(name, &e);
            Vec::new()
        })
    }

    /// What an entry is; `None`, and a finding, where it is nothing to read.
    fn look(&mut self, path: &Path, name: &str) -> Option<Entry> {
        match self.followed(path) {
            Ok((path, metadata, is_link)) => {
                let id = identity(&metadata);
                if metadata.is_dir() && is_link && (self.above.contains(&id) || !self.linked.insert(id)) {
                    self.say(name, Code::UnreadableFile, "reason:loop".to_owned());
                    return None;
                }
                Some(match (metadata.is_dir(), metadata.is_file()) {
                    (true, _) => Entry::Folder(path, id),
                    (_, true) => Entry::File(path, day_of(&metadata)),
                    _ => Entry::Other,
                })
            }
            Err(Unfollowed::Outside) => {
                self.say(name, Code::UnreadableFile, "reason:outside".to_owned());
                None
            }
            Err(Unfollowed::System(e)) => {
                self.unreadable(name, &e);
                None
            }
        }
    }

    /// Where an entry leads, what it is, and whether it is a link.
    fn followed(&self, path: &Path) -> Result<(PathBuf, Metadata, bool), Unfollowed> {
        let metadata = fs::symlink_metadata(path)?;
        if !metadata.is_symlink() {
            return Ok((path.to_owned(), metadata, false));
        }
        let target = fs::canonicalize(path)?;
        if self.within.as_ref().is_some_and(|root| !target.starts_with(root)) {
            return Err(Unfollowed::Outside);
        }
        let metadata = fs::symlink_metadata(&target)?;
        Ok((target, metadata, true))
    }

    fn collect(&mut self, dir: &Path, id: Identity, name: &str, county: &str, source: Source) {
        self.above.push(id);
        for (entry, path) in self.entries(dir, name) {
            let name = format!("{name}/{entry}");
            match self.look(&path, &name) {
                None => {}
                Some(Entry::Folder(path, id)) => self.collect(&path, id, &name, county, source),
                Some(Entry::File(path, modified_day)) => {
                    self.files.push(InboxFile { name, path, county: county.to_owned(), source, modified_day });
                }
                Some(Entry::Other) => self.say(&name, Code::UnreadableFile, "reason:no-file".to_owned()),
            }
        }
        self.above.pop();
    }
}

/// Why an entry is not followed.
enum Unfollowed {
    Outside,
    System(io::Error),
}

impl From<io::Error> for Unfollowed {
    fn from(e: io::Error) -> Self {
        Unfollowed::System(e)
    }
}

/// Names and paths in a folder, sorted, without those that begin with `.` or `~$`.
fn entries(dir: &Path) -> io::Result<Vec<(String, PathBuf)>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        found.push((entry.file_name(), entry.path()));
    }
    // A folder may be listed and yet not be entered: that is said of the folder, not of all in it.
    fs::metadata(dir.join("."))?;
    // Names that are text come first: of two that would look alike, they stay as they are.
    found.sort_by(|(a, _), (b, _)| (a.to_str().is_none(), a).cmp(&(b.to_str().is_none(), b)));
    let mut taken = HashSet::new();
    let mut out = Vec::new();
    for (name, path) in found {
        let mut name = printable(&name);
        while !taken.insert(name.clone()) {
            name.insert_str(0, "{}");
        }
        if !name.starts_with('.') && !name.starts_with("~$") {
            out.push((name, path));
        }
    }
    out.sort();
    Ok(out)
}

/// A file name as text. In one that is not UTF-8 the bytes that are none stand as hexadecimal digits in
/// braces: `{D5C5}.csv`. Other bytes, other text, tonight and every night.
fn printable(name: &OsStr) -> String {
    if let Some(text) = name.to_str() {
        return text.to_owned();
    }
    let mut out = String::new();
    for chunk in name.as_bytes().utf8_chunks() {
        for c in chunk.valid().chars() {
            match c {
                '{' => out.push_str("{7B}"),
                '}' => out.push_str("{7D}"),
                c => out.push(c),
            }
        }
        chunk.invalid().iter().for_each(|byte| out.push_str(&format!("{{{byte:02X}}}")));
    }
    // Braces of the name itself are written as digits, too: these are all ours.
    out.replace("}{", "")
}
