//! `xinhui validate`: checks files as a night would that read nothing else.
//!
//! They are read, and their rows judged, in a store that exists only meanwhile: in a temporary folder that others cannot
//! open, under a key that is written nowhere. So a file is judged by the very code that judges it in a night.

mod given_files;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use arrow::array::UInt32Array;

use super::accept::snapshot_rules;
use super::asks::found::{AskedFinding, found};
use super::asks::{AskContext, Present, gather};
use super::config::{Config, today};
use super::inbox::InboxFile;
use super::ingest::{Ingest, Ingested};
use super::key_people::VaultPeople;
use super::reader_jobs::Start;
use super::reader_limits::ReaderLimits;
use super::reading::ReadingContext;
use super::reference_data::read_reference;
use super::reference_file::is_unfilled;
use crate::diag::{Code, Detail, FileFinding, RowFinding, Severity};
use crate::error::{Error, Result, Words, words};
use crate::ledger::{
    FileEntry, Homes, Ledger, LedgerContext, MendedHome, Partition, Register, SnapshotRules, SnapshotScope, TableEntry,
    Unjudged, evaluate, findings,
};
use crate::mend::marked_workbook;
use crate::progress::Progress;
use crate::schema::layout::ROW_NUMBER;
use crate::schema::mending::OVERVIEW;
use crate::schema::{Schemas, Source, Table};
use crate::store::key::{HashName, SecretKey};
use crate::store::table_file::read_table;
use crate::store::vault::Vault;
use crate::store::{Store, private_file};
use given_files::GivenFiles;

/// What is to be checked, and how.
pub struct Trying<'a> {
    /// Files and folders.
    pub paths: &'a [PathBuf],
    /// The source that files are meant for which lie in no folder of a source; told by their headers where it is left
    /// out.
    pub source: Option<Source>,
    /// Dates after this day are errors; by default the config's, or today.
    pub as_of: Option<i32>,
    pub config: Option<&'a Path>,
    /// Whether the workbook of rows to mend is wanted.
    pub workbook: bool,
}

/// What was found.
pub struct Trial {
    /// In the order in which they were read.
    pub files: Vec<TriedFile>,
    /// Paths that cannot be read at all.
    pub unread: Vec<Error>,
    /// What was not judged.
    pub unjudged: Vec<Words>,
    /// The workbook of rows to mend, if it is wanted and there are any.
    pub workbook: Option<Vec<u8>>,
}

/// A file or folder with what was found in it.
#[derive(Default)]
pub struct TriedFile {
    pub name: String,
    pub findings: Vec<FileFinding>,
    pub tables: Vec<TriedTable>,
}

/// A table of a file.
pub struct TriedTable {
    pub file: String,
    pub sheet: String,
    pub dataset: String,
    pub rows: u64,
    pub rejected: u64,
    pub not_data: u64,
    /// Its rows mend others.
    pub mends: bool,
    /// Rejected rows of which no later version stands.
    pub open_rejected: u64,
    /// Rejected rows of which another file brings a version that stands.
    pub mended: u64,
    /// Row number as a spreadsheet shows it, and the finding; without those that are done with.
    pub findings: Vec<(u32, RowFinding)>,
    /// Fields, by name, that the file calls by another name than their titles, with that name.
    pub called: BTreeMap<String, String>,
}

impl Trial {
    /// Whether any finding keeps rows from being accepted.
    pub fn has_errors(&self) -> bool {
        self.files.iter().any(|file| {
            file.tables.iter().any(|t| t.open_rejected > 0)
                || file.findings.iter().any(|f| f.severity == Severity::Error)
        })
    }
}

/// Checks files.
///
/// # Errors
/// `Usage` and `Schema` of the config, `Output` if the temporary folder cannot be written.
pub fn try_all(trying: &Trying<'_>, schemas: &Schemas, schemas_dir: Option<&Path>) -> Result<Trial> {
    let config = trying.config.map(|path| Config::read(path, schemas)).transpose()?;
    let known = config.as_ref().map(|c| read_reference(c, schemas, schemas_dir)).transpose()?.map(|(tree, _)| tree);
    let as_of = trying.as_of.or(config.as_ref().map(|c| c.as_of)).unwrap_or_else(today);
    let mut given = GivenFiles::new(schemas, schemas_dir, as_of, trying.source);
    for path in trying.paths {
        given.add(path, config.as_ref().map(|c| c.reference.as_path()), known.as_ref());
    }
    let limits = match &config {
        None => ReaderLimits::usual(schemas_dir),
        Some(c) => ReaderLimits {
            memory_mb: c.reader_memory_mb,
            seconds: c.reader_seconds,
            schemas_dir: schemas_dir.map(Path::to_owned),
        },
    };
    let place = TemporaryStore::new()?;
    let vault = place.vault()?;
    let mut register = Register::default();
    let progress = Progress::new(None);
    let reading = ReadingContext { schemas, store: &place.store, vault: &vault, as_of, content_key: [0; 32] };
    let ingest = Ingest { reading, limits: limits.clone(), quiet_seconds: 0, progress: &progress };
    let ingested = ingest.run(&given.files, &mut register)?;
    let unjudged = Unjudged { divisions: known.is_none(), absent_parents: !given.whole };
    let divisions = known.unwrap_or_default();
    let context = LedgerContext {
        store: &place.store,
        schemas,
        divisions: &divisions,
        as_of,
        snapshots: rules(config.as_ref(), schemas)?,
        people: &VaultPeople { vault: &vault },
        unjudged,
    };
    let ledger = evaluate(&context, &register)?;
    let kept = config.as_ref().map(|c| Register::load(&Store::at(&c.store))).transpose()?;
    let tried = Tried { schemas, store: &place.store, register: &register, ledger: &ledger, kept: kept.as_ref() };
    let mut files = tried.folders(given.folders, &ingested);
    files.extend(tried.files(&given.files)?);
    let unjudged = told(unjudged, &files, schemas);
    let mut trial = Trial { files, unread: given.unread, unjudged, workbook: None };
    if kept.is_none() && tried.mends_others() {
        trial.unjudged.push(words!(
            "未判断待改正工作簿中的行改正的是哪些行：请用 --config 给出存储的配置，或一并给出原文件。",
            "Which rows a workbook of rows to mend mends was not judged: name the store's config with --config, or give the \
             files that they come from, too."
        ));
    }
    if trying.workbook {
        trial.workbook = tried.workbook(&given.files, &ingested, as_of, &limits)?;
    }
    Ok(trial)
}

fn rules(config: Option<&Config>, schemas: &Schemas) -> Result<SnapshotRules> {
    let policy = &schemas.policy;
    config.map_or_else(
        || {
            Ok(SnapshotRules {
                min_share: policy.min_snapshot_share,
                least_keys: policy.least_register_keys,
                scope: SnapshotScope::default(),
                accepted: BTreeSet::new(),
            })
        },
        |config| snapshot_rules(config, &Store::at(&config.store)),
    )
}

/// What was not judged of the tables that were read.
fn told(unjudged: Unjudged, files: &[TriedFile], schemas: &Schemas) -> Vec<Words> {
    let mut told = Vec::new();
    let read: Vec<&Table> = files.iter().flat_map(|f| &f.tables).filter_map(|t| schemas.table(&t.dataset)).collect();
    let read = || read.iter().filter(|t| t.is_exported());
    if unjudged.divisions && read().any(|t| t.fields.iter().any(|f| f.division.is_some())) {
        told.push(words!(
            "未判断区划代码：请用 --config 给出存储的配置。",
            "Division codes were not judged: name the store's config with --config."
        ));
    }
    if unjudged.absent_parents && read().any(|t| !t.foreign_keys.is_empty()) {
        told.push(words!(
            "编号所指的记录只在所给文件中查找；所指的数据集一个文件也没有给出的，未判断。",
            "Rows that are named by others were looked for in the files given, where some of their dataset was given."
        ));
    }
    told
}

/// A store that is gone when this is dropped.
struct TemporaryStore {
    store: Store,
    dir: PathBuf,
}

impl TemporaryStore {
    fn new() -> Result<Self> {
        let mut random = [0; 8];
        getrandom::fill(&mut random).map_err(|e| Error::bug("no random number").caused_by(e.to_string()))?;
        let dir = std::env::temp_dir().join(format!("xinhui-validate-{:016x}", u64::from_le_bytes(random)));
        private_file::make_dirs(&dir).map_err(|e| Error::output(&dir, e))?;
        Ok(TemporaryStore { store: Store::open(&dir)?, dir })
    }

    /// A vault under a key that nobody keeps.
    fn vault(&self) -> Result<Vault> {
        let path = self.dir.join("key");
        SecretKey::create(&path)?;
        let key = SecretKey::read(&path, HashName::Sha256);
        let _ = std::fs::remove_file(&path);
        Vault::open(&self.store.identities(), &key?)
    }
}

impl Drop for TemporaryStore {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.dir);
    }
}

/// Files that were read and judged.
struct Tried<'a> {
    schemas: &'a Schemas,
    store: &'a Store,
    register: &'a Register,
    ledger: &'a Ledger,
    /// The files that the store of the config knows.
    kept: Option<&'a Register>,
}

impl Tried<'_> {
    /// Findings of folders, and of files of which nothing is taken.
    fn folders(&self, found: Vec<FileFinding>, ingested: &Ingested) -> Vec<TriedFile> {
        let all = found.into_iter().chain(ingested.left.iter().cloned());
        all.map(|f| TriedFile { name: f.file.clone(), findings: vec![f], tables: Vec::new() }).collect()
    }

    /// What was found in each file.
    fn files(&self, files: &[InboxFile]) -> Result<Vec<TriedFile>> {
        let mut of_table: HashMap<&str, (usize, usize)> = HashMap::new();
        let mut rows: HashMap<(usize, usize), Vec<AskedFinding>> = HashMap::new();
        for (p, partition) in self.ledger.partitions.iter().enumerate() {
            of_table.extend(partition.tables.iter().enumerate().map(|(t, entry)| (entry.id.as_str(), (p, t))));
            for of in found(partition)?.into_iter().filter(|of| !of.settled) {
                rows.entry((p, of.table)).or_default().push(of);
            }
        }
        let known: HashMap<&str, &FileEntry> = self.register.files.iter().map(|f| (f.file.as_str(), f)).collect();
        let mut tried = Vec::new();
        for entry in files.iter().filter_map(|file| known.get(file.name.as_str())) {
            let mut file = TriedFile { name: entry.file.clone(), ..TriedFile::default() };
            file.findings.extend(entry.findings.iter().filter_map(|f| {
                let (code, detail) = (f.code()?, f.detail.clone());
                Some(FileFinding { file: f.file.clone(), sheet: f.sheet.clone(), code, severity: f.severity(), detail })
            }));
            for table in &entry.tables {
                let Some((p, t)) = of_table.get(table.id.as_str()).copied() else {
                    file.tables.push(self.of_reference(table)?);
                    continue;
                };
                let partition = &self.ledger.partitions[p];
                let whole = |code, detail| FileFinding {
                    file: table.file.clone(),
                    sheet: table.sheet.clone(),
                    code,
                    severity: Severity::Error,
                    detail,
                };
                let shrunk = partition.held_back[t].map(|s| Detail::Keys { has: s.has, stood: s.stood });
                file.findings.extend(shrunk.map(|detail| whole(Code::RegisterShrunk, detail)));
                let unplaced = self.unplaced(partition, t, &entry.county);
                let open = partition.open_rejected[t] + partition.of_others[t];
                let is_elsewhere = matches!(unplaced, Some(Detail::OfFolder { .. }));
                file.findings.extend(unplaced.map(|detail| whole(Code::MendsUnknownFile, detail)));
                // What is said of rows that lie in the wrong place is said of the place.
                let of_rows = rows.remove(&(p, t)).filter(|_| !is_elsewhere).unwrap_or_default();
                file.tables.push(TriedTable {
                    file: table.file.clone(),
                    sheet: table.sheet.clone(),
                    dataset: table.dataset.clone(),
                    rows: table.rows,
                    rejected: partition.counts[t].rejected,
                    not_data: table.not_data,
                    mends: table.mends.is_some(),
                    open_rejected: if is_elsewhere { 0 } else { open },
                    mended: if is_elsewhere { 0 } else { partition.counts[t].rejected - open },
                    findings: of_rows.into_iter().map(|of| (of.row_number, of.finding)).collect(),
                    called: table.called.clone(),
                });
            }
            tried.push(file);
        }
        Ok(tried)
    }

    /// What there is to say of a marked workbook whose rows mend none of the files that are given: the store knows more
    /// files, and without a store nobody can tell.
    fn unplaced(&self, partition: &Partition, t: usize, county: &str) -> Option<Detail> {
        let entry = &partition.tables[t];
        let mends = entry.mends.as_ref()?;
        match (partition.unplaced(t), self.kept.map(|kept| Homes::of(kept).find(mends, county))) {
            (_, Some(MendedHome::Here)) | (Some(Detail::Rows(_)), None) => None,
            (_, Some(MendedHome::Elsewhere(folder))) => Some(Detail::OfFolder { rows: entry.rows, folder }),
            (unplaced, Some(MendedHome::Unknown) | None) => unplaced,
        }
    }

    /// Whether a marked workbook is given whose rows mend others than those that are given.
    fn mends_others(&self) -> bool {
        self.ledger.partitions.iter().any(|p| (0..p.tables.len()).any(|t| p.unplaced(t).is_some()))
    }

    /// A table of reference data, whose rows are judged one by one.
    fn of_reference(&self, table: &TableEntry) -> Result<TriedTable> {
        let mut numbers: Vec<u32> = Vec::new();
        for batch in read_table(&self.store.parsed(&table.dataset, &table.id), Some(&[ROW_NUMBER]))? {
            let batch = batch?;
            let column: Option<&UInt32Array> = batch.column(0).as_any().downcast_ref();
            numbers.extend(column.ok_or_else(|| Error::bug("rows without numbers"))?.values());
        }
        let mut found = findings::read(&self.store.parsed_findings(&table.dataset, &table.id))?;
        let declared = self.schemas.table(&table.dataset);
        found.retain(|f| !declared.is_some_and(|of| is_unfilled(of, f)));
        let errors = found.iter().filter(|f| f.severity == Severity::Error);
        let rejected = errors.map(|f| f.row_index).collect::<BTreeSet<u32>>().len() as u64;
        let number = |f: &RowFinding| numbers.get(f.row_index as usize).copied().unwrap_or_default();
        Ok(TriedTable {
            file: table.file.clone(),
            sheet: table.sheet.clone(),
            dataset: table.dataset.clone(),
            rows: table.rows,
            rejected,
            not_data: table.not_data,
            mends: table.mends.is_some(),
            open_rejected: rejected,
            mended: 0,
            findings: found.into_iter().map(|f| (number(&f), f)).collect(),
            called: table.called.clone(),
        })
    }

    /// The workbook of all rows that must be mended; `None` where there are none.
    fn workbook(
        &self,
        files: &[InboxFile],
        ingested: &Ingested,
        as_of: i32,
        limits: &ReaderLimits,
    ) -> Result<Option<Vec<u8>>> {
        let sha256: BTreeMap<&str, &str> =
            ingested.present.iter().map(|(file, sha256)| (file.as_str(), sha256.as_str())).collect();
        let of_file = |file: &InboxFile| {
            let sha256 = (*sha256.get(file.name.as_str())?).to_owned();
            Some((file.name.clone(), Present { path: file.path.clone(), sha256, modified_day: file.modified_day }))
        };
        let present: BTreeMap<String, Present> = files.iter().filter_map(of_file).collect();
        let start = Start::new(self.schemas, as_of, limits, None);
        let context = AskContext {
            schemas: self.schemas,
            store: self.store,
            register: self.register,
            partitions: &self.ledger.partitions,
            present: &present,
            start: &start,
            limits,
        };
        let asked = gather(&context, OVERVIEW.to_owned(), &|_, _| true, &|_| None)?;
        if asked.is_empty() {
            return Ok(None);
        }
        marked_workbook(&asked.overview, &asked.sheets, self.schemas).map(Some)
    }
}
