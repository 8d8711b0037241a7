//! Lists the files of the inbox.
//!
//! Senders may put anything there. An entry that cannot be read or must not be opened becomes a finding at its path,
//! and the rest is read.

use std::collections::{BTreeSet, HashSet};
use std::ffi::OsStr;
use std::fs::{self, Metadata};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::folder_names;
use crate::diag::{Code, Detail, FileFinding, Severity, Unreadable, in_words};
use crate::error::{Error, Result, words};
use crate::read::{is_of_the_system, unreadable_detail};
use crate::schema::divisions::Divisions;
use crate::schema::{Source, day};

/// A file to read.
#[derive(Clone, Debug)]
pub struct InboxFile {
    /// Path relative to the inbox, with `/`; always text, even if the name on disk is not valid UTF-8.
    pub name: String,
    /// The real path of the file, with symbolic links resolved.
    pub path: PathBuf,
    pub county: String,
    pub source: Source,
    /// The file's modification day in China's time zone, in days since 1970-01-01.
    pub modified_day: i32,
}

/// Lists the files of the inbox sorted by name, with findings for what does not belong there or cannot be read. Each
/// county's folder may hold a folder for each of `sources`.
///
/// # Errors
/// `Input` if the inbox itself cannot be listed or entered.
pub fn list(
    inbox: &Path,
    reference: &Path,
    divisions: &Divisions,
    sources: &BTreeSet<Source>,
) -> Result<(Vec<InboxFile>, Vec<FileFinding>)> {
    let wrong = |e| {
        Error::input(inbox, e).hint(words!(
            "收件箱必须存在，且允许本程序列出和进入",
            "the inbox must be a folder that may be listed and entered"
        ))
    };
    let root = fs::canonicalize(inbox).map_err(wrong)?;
    let counties = entries(&root).map_err(wrong)?;
    let reference = fs::canonicalize(reference).ok();
    let mut walk = Walk {
        within: Some(root.clone()),
        sources: Source::as_told(sources).iter().map(|s| s.as_str().to_owned()).collect(),
        ..Walk::default()
    };
    walk.above.push(identity(&fs::metadata(&root).map_err(wrong)?));
    for (county, path) in counties {
        let Some(entry) = walk.look(&path, &county) else { continue };
        if reference.is_some() && fs::canonicalize(&path).ok() == reference {
            continue;
        }
        let FolderEntry::Folder(folder, id) = entry else {
            walk.stray_file(&county);
            continue;
        };
        if !divisions.is_county(&county) {
            match (folder_names::county(&county, divisions), folder_names::source(&county, sources)) {
                (None, Some(source)) => {
                    walk.say(&county, Code::UnknownFolder, Detail::NoCounty { name: county.clone(), source });
                }
                (meant, _) => walk.stray(&county, meant),
            }
            continue;
        }
        walk.above.push(id);
        for (name, path) in walk.entries(&folder, &county) {
            let place = format!("{county}/{name}");
            let source = sources.iter().copied().find(|s| s.as_str() == name);
            match (walk.look(&path, &place), source) {
                (None, _) => {}
                (Some(FolderEntry::Folder(folder, id)), Some(source)) => {
                    walk.linked.clear();
                    walk.collect(&folder, id, &place, &county, source);
                }
                (Some(FolderEntry::Folder(..)), None) => walk.stray(&place, folder_names::source(&name, sources)),
                (Some(_), _) => walk.stray_file(&place),
            }
        }
        walk.above.pop();
    }
    Ok(walk.done())
}

/// Lists the files of the reference folder, including subfolders.
///
/// # Errors
/// `Input` if anything in it cannot be read.
pub fn reference_files(dir: &Path) -> Result<Vec<InboxFile>> {
    let metadata = fs::metadata(dir).map_err(|e| Error::input(dir, e))?;
    entries(dir).map_err(|e| Error::input(dir, e))?;
    // Links may lead anywhere: only the office itself writes to this folder.
    let mut walk = Walk::default();
    walk.collect(dir, identity(&metadata), "reference", "", Source::REFERENCE);
    let (files, findings) = walk.done();
    match findings.first() {
        None => Ok(files),
        Some(f) => {
            let why = in_words(f.code, "", "", &f.detail);
            let below = f.file.strip_prefix("reference/").unwrap_or(&f.file);
            Err(Error::input(&dir.join(below), why))
        }
    }
}

/// The day of a file's last modification, in China's time zone.
pub fn modified_day(path: &Path) -> Result<i32> {
    fs::metadata(path).map(|m| day_of(&m)).map_err(|e| Error::input(path, e))
}

/// A modification time may be any number; one outside the calendar becomes the nearest day in it.
fn day_of(metadata: &Metadata) -> i32 {
    const CHINA: i64 = 8 * 3600;
    let first = day::from_ymd(1, 1, 1).unwrap_or(0);
    let last = day::from_ymd(9999, 12, 31).unwrap_or(0);
    let days = metadata.mtime().saturating_add(CHINA).div_euclid(86_400);
    days.clamp(i64::from(first), i64::from(last)) as i32
}

/// Device and inode number, which identify a folder.
type FolderIdentity = (u64, u64);

fn identity(metadata: &Metadata) -> FolderIdentity {
    (metadata.dev(), metadata.ino())
}

/// An entry of a folder, with its link resolved.
enum FolderEntry {
    Folder(PathBuf, FolderIdentity),
    File(PathBuf, i32),
    /// A pipe, a socket or a device.
    Other,
}

/// Walks through folders and collects files and findings.
#[derive(Default)]
struct Walk {
    /// Links may not lead out of this folder; `None` allows any target.
    within: Option<PathBuf>,
    /// Names of the sources, for findings about folders.
    sources: Arc<[String]>,
    /// The folders that contain the present one: a link to one of them would loop.
    above: Vec<FolderIdentity>,
    /// Folders of the present source that a link has led to. A second link to the same folder is skipped: it adds
    /// nothing, and links next to links would multiply.
    linked: HashSet<FolderIdentity>,
    files: Vec<InboxFile>,
    findings: Vec<FileFinding>,
}

impl Walk {
    fn done(mut self) -> (Vec<InboxFile>, Vec<FileFinding>) {
        self.files.sort_by(|a, b| a.name.cmp(&b.name));
        (self.files, self.findings)
    }

    fn say(&mut self, name: &str, code: Code, detail: Detail) {
        let file = name.to_owned();
        self.findings.push(FileFinding { file, sheet: String::new(), code, severity: Severity::Error, detail });
    }

    /// Tells of what lies where it is not read; `meant` is the name that it should have, where that can be guessed.
    fn stray(&mut self, place: &str, meant: Option<String>) {
        let name = place.to_owned();
        let detail = match meant {
            Some(meant) => Detail::FolderMeant { name, meant },
            None => Detail::Folder { name, sources: self.sources.clone() },
        };
        self.say(place, Code::UnknownFolder, detail);
    }

    /// Tells of a file that lies in no folder of a source.
    fn stray_file(&mut self, place: &str) {
        let detail = Detail::StrayFile { name: place.to_owned(), sources: self.sources.clone() };
        self.say(place, Code::UnknownFolder, detail);
    }

    fn unreadable(&mut self, name: &str, error: &io::Error) {
        self.say(name, Code::UnreadableFile, unreadable_detail(error));
    }

    /// The entries of a folder; if it cannot be listed or entered, none, and a finding.
    fn entries(&mut self, dir: &Path, name: &str) -> Vec<(String, PathBuf)> {
        entries(dir).unwrap_or_else(|e| {
            self.unreadable(name, &e);
            Vec::new()
        })
    }

    /// Tells what an entry is; if it is nothing that can be read, `None` and a finding.
    fn look(&mut self, path: &Path, name: &str) -> Option<FolderEntry> {
        match self.followed(path) {
            Ok((path, metadata, is_link)) => {
                let id = identity(&metadata);
                if metadata.is_dir() && is_link && (self.above.contains(&id) || !self.linked.insert(id)) {
                    self.say(name, Code::UnreadableFile, Detail::Unreadable(Unreadable::Loop));
                    return None;
                }
                Some(match (metadata.is_dir(), metadata.is_file()) {
                    (true, _) => FolderEntry::Folder(path, id),
                    (_, true) => FolderEntry::File(path, day_of(&metadata)),
                    _ => FolderEntry::Other,
                })
            }
            Err(Unfollowed::Outside) => {
                self.say(name, Code::UnreadableFile, Detail::Unreadable(Unreadable::Outside));
                None
            }
            Err(Unfollowed::System(e)) => {
                self.unreadable(name, &e);
                None
            }
        }
    }

    /// Resolves an entry: its real path, its metadata, and whether it is a link.
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

    fn collect(&mut self, dir: &Path, id: FolderIdentity, name: &str, county: &str, source: Source) {
        self.above.push(id);
        for (entry, path) in self.entries(dir, name) {
            let name = format!("{name}/{entry}");
            match self.look(&path, &name) {
                None => {}
                Some(FolderEntry::Folder(path, id)) => self.collect(&path, id, &name, county, source),
                Some(FolderEntry::File(path, modified_day)) => {
                    self.files.push(InboxFile { name, path, county: county.to_owned(), source, modified_day });
                }
                Some(FolderEntry::Other) => {
                    self.say(&name, Code::UnreadableFile, Detail::Unreadable(Unreadable::NoFile))
                }
            }
        }
        self.above.pop();
    }
}

/// Why an entry is not resolved.
enum Unfollowed {
    Outside,
    System(io::Error),
}

impl From<io::Error> for Unfollowed {
    fn from(e: io::Error) -> Self {
        Unfollowed::System(e)
    }
}

/// Names and paths of a folder's entries, sorted, without those that [`is_of_the_system`] tells.
fn entries(dir: &Path) -> io::Result<Vec<(String, PathBuf)>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        found.push((entry.file_name(), entry.path()));
    }
    // Some folders can be listed but not entered: report that once for the folder, not for each entry.
    fs::metadata(dir.join("."))?;
    // Names in valid UTF-8 come first, so that they stay unchanged if another name would be printed alike.
    found.sort_by(|(a, _), (b, _)| (a.to_str().is_none(), a).cmp(&(b.to_str().is_none(), b)));
    let mut taken = HashSet::new();
    let mut out = Vec::new();
    for (name, path) in found {
        let mut name = printable(&name);
        while !taken.insert(name.clone()) {
            name.insert_str(0, "{}");
        }
        if !is_of_the_system(&name) {
            out.push((name, path));
        }
    }
    out.sort();
    Ok(out)
}

/// A file name as text. Bytes that are not valid UTF-8 become hexadecimal digits in braces, `{D5C5}.csv`, so that
/// different names stay different and a name gives the same text every night.
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
    // Braces in the name itself have been written as digits too, so all braces here are ours: join adjacent groups.
    out.replace("}{", "")
}
