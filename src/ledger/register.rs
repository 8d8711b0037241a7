//! The register of every file ever read, kept from night to night.

use std::collections::BTreeMap;
use std::fs;

use serde::{Deserialize, Serialize};

use crate::diag::{Code, Detail, FileFinding, Severity};
use crate::error::{Error, Result, words};
use crate::schema::mending::RowMark;
use crate::schema::{Field, Source};
use crate::store::Store;
use crate::store::table_file::write_atomic;

/// A table of a file, as it was read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TableEntry {
    /// Path below the inbox; `a.zip/b.csv` inside an archive.
    pub file: String,
    /// SHA-256 of the file, or of the member inside an archive.
    pub sha256: String,
    pub sheet: String,
    pub sheet_index: u32,
    pub dataset: String,
    /// Date of the export, days since 1970-01-01.
    pub export_day: i32,
    /// The file's [`FileEntry::revision`].
    #[serde(default)]
    pub revision: u32,
    /// Names its validated rows in the store.
    pub id: String,
    /// Data rows.
    pub rows: u64,
    pub not_data: u64,
    /// SHA-256 of the files that hold its validated rows and their findings; empty in registers of programs
    /// that kept none.
    #[serde(default)]
    pub parsed_sha256: String,
    #[serde(default)]
    pub findings_sha256: String,
    /// Of a table of a marked workbook: which rows its rows mend.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mends: Option<Mends>,
    /// Its titles do not stand above their values: nothing is said of its rejected rows one by one.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub shifted: bool,
    /// Fields, by name, that the file calls by another name than their titles, with that name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub called: BTreeMap<String, String>,
}

impl TableEntry {
    /// What a field of its dataset is called for whoever looks at the file: as the file calls it, with its title.
    pub fn title_of(&self, field: &Field) -> String {
        field.title_beside(&self.called)
    }
}

/// Which rows the rows of a table mend.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mends {
    /// Sheets of files: the first digits of the SHA-256, and the position of the sheet.
    sheets: Vec<(String, u32)>,
    /// For each data row the index of a sheet, and the line in it; `None` for a row without a mark.
    rows: Vec<Option<(u32, u32)>>,
    /// Data rows that came back as a workbook had shown them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    unchanged: Vec<u32>,
    /// Data rows that somebody found right as they are here.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    right: Vec<u32>,
    /// Rows of other files that somebody found right as they were sent: index of a sheet, and line.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    right_as_sent: Vec<(u32, u32)>,
    /// When the workbook was last changed: seconds and nanoseconds since 1970.
    #[serde(default)]
    pub saved: (i64, i64),
}

impl Mends {
    /// Of a workbook that was last changed at this time.
    pub fn new(saved: (i64, i64)) -> Self {
        Mends { saved, ..Mends::default() }
    }

    fn sheet(&mut self, mark: &RowMark) -> u32 {
        let known = self.sheets.iter().position(|(file, sheet)| *file == mark.file && *sheet == mark.sheet);
        let at = known.unwrap_or_else(|| {
            self.sheets.push((mark.file.clone(), mark.sheet));
            self.sheets.len() - 1
        });
        at as u32
    }

    /// Adds what the next data row of the table mends.
    pub fn push(&mut self, mark: Option<&RowMark>) {
        if mark.is_some_and(|mark| mark.right) {
            self.right.push(self.rows.len() as u32);
        }
        if mark.is_some_and(|mark| mark.unchanged) {
            self.unchanged.push(self.rows.len() as u32);
        }
        let row = mark.map(|mark| (self.sheet(mark), mark.row));
        self.rows.push(row);
    }

    /// Adds a row that came back as it was sent, and was found right.
    pub fn push_right(&mut self, mark: &RowMark) {
        let row = (self.sheet(mark), mark.row);
        self.right_as_sent.push(row);
    }

    fn named(&self, (at, row): (u32, u32)) -> Option<RowMark> {
        let (file, sheet) = self.sheets.get(at as usize)?;
        Some(RowMark::new(file, *sheet, row))
    }

    /// The row that a data row (0-based) mends; its `check` is 0.
    pub fn mark(&self, row: usize) -> Option<RowMark> {
        self.named(self.rows.get(row).copied().flatten()?)
    }

    /// Whether a data row (0-based) came back as a workbook had shown it.
    pub fn is_unchanged(&self, row: u32) -> bool {
        self.unchanged.binary_search(&row).is_ok()
    }

    /// Data rows, 0-based, that were found right as they are here.
    pub fn right(&self) -> &[u32] {
        &self.right
    }

    /// Rows that were found right as they were sent.
    pub fn right_as_sent(&self) -> impl Iterator<Item = RowMark> {
        self.right_as_sent.iter().filter_map(|row| self.named(*row))
    }

    /// The files whose rows it mends, by the first digits of their SHA-256.
    pub fn files(&self) -> impl Iterator<Item = &str> {
        self.sheets.iter().map(|(file, _)| file.as_str())
    }
}

/// A file or sheet without a table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RefusedEntry {
    pub file: String,
    pub sheet: String,
    pub sha256: String,
}

/// A finding about a file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FindingEntry {
    pub file: String,
    pub sheet: String,
    pub code: String,
    pub severity: String,
    pub detail: Detail,
}

impl From<FileFinding> for FindingEntry {
    fn from(f: FileFinding) -> Self {
        FindingEntry {
            file: f.file,
            sheet: f.sheet,
            code: f.code.as_str().to_owned(),
            severity: f.severity.as_str().to_owned(),
            detail: f.detail,
        }
    }
}

impl FindingEntry {
    pub fn code(&self) -> Option<Code> {
        Code::parse(&self.code)
    }

    pub fn severity(&self) -> Severity {
        if self.severity == Severity::Error.as_str() { Severity::Error } else { Severity::Warning }
    }
}

/// A file of the inbox, as it was read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileEntry {
    /// Path below the inbox.
    pub file: String,
    pub county: String,
    pub source: Source,
    /// SHA-256 of the whole file.
    pub sha256: String,
    /// The `as_of` it was validated against.
    pub as_of: i32,
    /// Hash of the table declarations it was read by.
    pub schemas: String,
    /// The epoch of reading and validating ([`crate::epoch`]) whose code read it.
    #[serde(default = "crate::epoch::first")]
    pub epoch: u32,
    /// The file's own date, which orders exports whose names bear none.
    pub modified_day: i32,
    /// Of several contents that lay at one path, the one seen there last has the greatest: a file that
    /// is sent again under its old name comes after what it replaced.
    #[serde(default)]
    pub revision: u32,
    pub tables: Vec<TableEntry>,
    pub refused: Vec<RefusedEntry>,
    pub findings: Vec<FindingEntry>,
}

impl FileEntry {
    /// Whether it is a marked workbook: its rows mend those of other files.
    pub fn mends(&self) -> bool {
        self.tables.iter().any(|t| t.mends.is_some())
    }
}

/// All files ever read, in the order of their paths and hashes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Register {
    /// Tells registers that the private manifest vouches for from those before it.
    #[serde(default = "format")]
    format: u32,
    pub files: Vec<FileEntry>,
}

/// The format of registers that are written.
fn format() -> u32 {
    1
}

impl Default for Register {
    fn default() -> Self {
        Register { format: format(), files: Vec::new() }
    }
}

impl Register {
    /// Loads a store's register; an empty one where there is none yet.
    ///
    /// # Errors
    /// `Damaged`; `Output`: the system does not give its bytes.
    pub fn load(store: &Store) -> Result<Self> {
        let path = store.register();
        match fs::read(&path) {
            Ok(bytes) => serde_json::from_slice(&bytes).map_err(|_| {
                Error::damaged(&path, words!("已读文件的登记簿已损坏", "the register of read files is damaged"))
            }),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(Register::default()),
            Err(e) => Err(Error::unreadable_store(&path, e)),
        }
    }

    /// Keeps the register in one step.
    pub fn save(&self, store: &Store) -> Result<()> {
        let path = store.register();
        let bytes = serde_json::to_vec(self).map_err(|e| Error::output(&path, e))?;
        write_atomic(&path, &bytes)
    }

    /// Puts an entry in its place; an older reading of the same path and content goes.
    pub fn put(&mut self, entry: FileEntry) {
        self.files.retain(|f| (&f.file, &f.sha256) != (&entry.file, &entry.sha256));
        let at = self.files.partition_point(|f| (&f.file, &f.sha256) < (&entry.file, &entry.sha256));
        self.files.insert(at, entry);
    }

    /// Makes the content that lies at a path tonight the newest of all that ever lay there.
    pub fn note_present(&mut self, file: &str, sha256: &str) {
        let start = self.files.partition_point(|f| f.file.as_str() < file);
        let end = start + self.files[start..].iter().take_while(|f| f.file == file).count();
        let (mine, others): (Vec<_>, Vec<_>) = self.files[start..end].iter_mut().partition(|f| f.sha256 == sha256);
        let Some(newest) = others.iter().map(|f| f.revision).max() else { return };
        for entry in mine.into_iter().filter(|f| f.revision <= newest) {
            entry.revision = newest + 1;
            entry.tables.iter_mut().for_each(|t| t.revision = newest + 1);
        }
    }

    /// Whether other content has been read under a file's path since. A marked workbook that was saved over the export
    /// whose rows it mends replaces nothing: it holds only some of them.
    pub fn is_replaced(&self, entry: &FileEntry) -> bool {
        let start = self.files.partition_point(|f| f.file < entry.file);
        let mut of_path = self.files[start..].iter().take_while(|f| f.file == entry.file);
        of_path.any(|f| f.revision > entry.revision && (entry.mends() || !f.mends()))
    }

    /// The file of which a table has that id.
    pub fn file_of(&mut self, id: &str) -> Option<&mut FileEntry> {
        self.files.iter_mut().find(|f| f.tables.iter().any(|t| t.id == id))
    }

    pub fn find(&self, file: &str, sha256: &str) -> Option<&FileEntry> {
        self.files.iter().find(|f| f.file == file && f.sha256 == sha256)
    }
}
