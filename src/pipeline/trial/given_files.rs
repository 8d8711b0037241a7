//! Which files are given: files, and those in folders.

use std::fs;
use std::path::{Path, PathBuf};

use crate::diag::{FileFinding, is_county_code};
use crate::error::{Error, words};
use crate::pipeline::inbox::{self, InboxFile, modified_day};
use crate::pipeline::source_of::source_of;
use crate::read::is_of_the_system;
use crate::schema::divisions::Divisions;
use crate::schema::{Schemas, Source};
use crate::store::held_file::HeldFile;

/// Files as they are given.
pub struct GivenFiles<'a> {
    schemas: &'a Schemas,
    schemas_dir: Option<&'a Path>,
    as_of: i32,
    /// The source of files that lie in no folder of a source.
    source: Option<Source>,
    pub files: Vec<InboxFile>,
    /// Findings of folders.
    pub folders: Vec<FileFinding>,
    /// Paths that cannot be read.
    pub unread: Vec<Error>,
    /// A whole inbox is given: what is not in it is nowhere.
    pub whole: bool,
}

impl<'a> GivenFiles<'a> {
    pub fn new(
        schemas: &'a Schemas,
        schemas_dir: Option<&'a Path>,
        as_of: i32,
        source: Option<Source>,
    ) -> GivenFiles<'a> {
        let (files, folders, unread) = (Vec::new(), Vec::new(), Vec::new());
        GivenFiles { schemas, schemas_dir, as_of, source, files, folders, unread, whole: false }
    }

    /// Adds a file, the files of a folder, or a whole inbox; `reference` and `divisions` are those of the config.
    pub fn add(&mut self, path: &Path, reference: Option<&Path>, divisions: Option<&Divisions>) {
        if !path.is_dir() {
            return self.add_file(path);
        }
        let so_far = self.files.len() + self.folders.len() + self.unread.len();
        self.add_below(path, reference, divisions);
        if self.files.len() + self.folders.len() + self.unread.len() == so_far {
            let nothing = words!("文件夹中没有可检查的文件", "the folder holds no file to check");
            self.unread.push(Error::input(path, nothing));
        }
    }

    fn add_below(&mut self, path: &Path, reference: Option<&Path>, divisions: Option<&Divisions>) {
        let counties = counties_in(path);
        if counties.is_empty() {
            return self.add_folder(path);
        }
        // Without a config every folder named like a county is one.
        let listed = Divisions::new("", counties.into_iter().map(|code| (code, String::new())));
        let reference = reference.unwrap_or(Path::new(""));
        match inbox::list(path, reference, divisions.unwrap_or(&listed), &self.schemas.sources()) {
            Ok((files, folders)) => {
                self.whole = true;
                self.folders.extend(folders);
                files.into_iter().for_each(|file| self.push(file));
            }
            Err(e) => self.unread.push(e),
        }
    }

    fn add_folder(&mut self, dir: &Path) {
        let entries = fs::read_dir(dir).and_then(|entries| entries.collect::<Result<Vec<_>, _>>());
        let mut paths: Vec<PathBuf> = match entries {
            Ok(entries) => entries.into_iter().map(|entry| entry.path()).collect(),
            Err(e) => return self.unread.push(Error::input(dir, e)),
        };
        paths.sort();
        for path in paths {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if is_of_the_system(&name) {
                continue;
            }
            if path.is_dir() { self.add_folder(&path) } else { self.add_file(&path) }
        }
    }

    fn add_file(&mut self, path: &Path) {
        // What is no file, or cannot be opened, is told at once; the others are read all the same.
        let opened = HeldFile::open(path).map_err(|e| Error::input(path, e));
        let found =
            opened.and_then(|_| Ok((modified_day(path)?, fs::canonicalize(path).map_err(|e| Error::input(path, e))?)));
        let (modified_day, real) = match found {
            Ok(found) => found,
            Err(e) => return self.unread.push(e),
        };
        let (county, source) = match self.folders_of(&real) {
            Some((county, source)) => (county, self.source.unwrap_or(source)),
            None => match self.source {
                Some(source) => (String::new(), source),
                None => match source_of(path, self.schemas, self.schemas_dir, self.as_of) {
                    Ok(source) => (String::new(), source),
                    Err(e) => return self.unread.push(e),
                },
            },
        };
        self.push(InboxFile { name: path.display().to_string(), path: real, county, source, modified_day });
    }

    /// The county and source in whose folders a file lies.
    fn folders_of(&self, path: &Path) -> Option<(String, Source)> {
        let parts: Vec<String> = path.iter().map(|part| part.to_string_lossy().into_owned()).collect();
        let sources = self.schemas.sources();
        parts.windows(2).rev().find_map(|pair| {
            let source = sources.iter().copied().find(|s| s.as_str() == pair[1])?;
            is_county_code(&pair[0]).then(|| (pair[0].clone(), source))
        })
    }

    fn push(&mut self, file: InboxFile) {
        if !self.files.iter().any(|f| f.name == file.name) {
            self.files.push(file);
        }
    }
}

/// Names of the folders of counties in a folder.
fn counties_in(dir: &Path) -> Vec<String> {
    let names = fs::read_dir(dir).into_iter().flatten().flatten().filter(|entry| entry.path().is_dir());
    names.map(|entry| entry.file_name().to_string_lossy().into_owned()).filter(|name| is_county_code(name)).collect()
}
