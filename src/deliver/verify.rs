//! Looks at packages that came from elsewhere, offline, with the public key alone: what was changed, left out, put in
//! or put back.

use std::collections::BTreeMap;
use std::path::Path;

use arrow::array::RecordBatch;
use encoding_rs::GB18030;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::format::tables::{CSV, CSV_GB18030};
use super::manifest::{CHANGES, FORMAT, FileNote, MANIFEST, PackageManifest, TableNote};
use super::merkle::{CHUNK, RowTree};
use super::package::Package;
use super::rows::DeliveredRows;
use super::sign::PublicKey;
use crate::error::{Error, Result, Words, words};
use crate::schema::parse_fault::of_json;
use crate::store::hex;
use crate::store::table_file::write_atomic;

/// Something that is not as it was signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PackageFault {
    /// The signature is missing, or not one of this key over this manifest.
    Signature,
    /// The manifest is missing, or none that can be read.
    Manifest(Words),
    /// The manifest contradicts itself: its root is not that of what it lists.
    Root,
    Changed(String),
    LeftOut(String),
    PutIn(String),
    /// A folder with nothing in it, which no package has.
    EmptyFolder(String),
    /// A link or a device in the place of a file: what it leads to is not what was signed.
    NotPlain(String),
    /// Rows of a table, counted from 1.
    RowsChanged {
        table: String,
        first: u64,
        last: u64,
    },
    RowsLeftOut {
        table: String,
        rows: u64,
    },
    RowsPutIn {
        table: String,
        rows: u64,
    },
    /// The package is older than the one that was received last.
    PutBack {
        sequence: u64,
        seen: u64,
    },
    /// A package before it is missing.
    Gap {
        sequence: u64,
        expected: u64,
    },
    /// It holds what changed since a package, and nothing was received yet.
    StartsMidway {
        sequence: u64,
        after: u64,
    },
    /// It follows on another package than the one before it.
    OtherPredecessor {
        sequence: u64,
    },
    /// It is of another feed or audience than the one before it.
    OtherFeed {
        feed: String,
    },
}

/// What a package came to.
#[derive(Clone, Debug)]
pub struct VerifiedPackage {
    pub manifest: Option<PackageManifest>,
    pub manifest_sha256: String,
    pub faults: Vec<PackageFault>,
}

/// The package that a receiver took last: kept by the receiver, so that an older one is not taken for new.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeenPackage {
    pub feed: String,
    pub audience: String,
    pub sequence: u64,
    pub manifest_sha256: String,
}

/// What a receiver knows of the packages that came before.
#[derive(Clone, Debug)]
pub enum LastReceived {
    /// Nobody keeps it: any package may be the first.
    NotKept,
    /// None has come yet.
    Nothing,
    Package(SeenPackage),
}

impl SeenPackage {
    /// Reads what was noted; `None` where there is no such file yet.
    pub fn read(path: &Path) -> Result<Option<SeenPackage>> {
        match std::fs::read(path) {
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(e) => Err(Error::input(path, e)),
            Ok(bytes) => serde_json::from_slice(&bytes).map(Some).map_err(|e| Error::input(path, e)),
        }
    }

    /// Notes it.
    pub fn write(&self, path: &Path) -> Result<()> {
        let text = serde_json::to_string_pretty(self).map_err(|e| Error::output(path, e))?;
        write_atomic(path, (text + "\n").as_bytes())
    }

    /// What to note of a package.
    pub fn of(manifest: &PackageManifest, manifest_sha256: &str) -> SeenPackage {
        SeenPackage {
            feed: manifest.feed.clone(),
            audience: manifest.audience.clone(),
            sequence: manifest.sequence,
            manifest_sha256: manifest_sha256.to_owned(),
        }
    }
}

/// Looks at packages in the order in which they came, each after the one before it, the first after `last`.
///
/// # Errors
/// `Input`: a package cannot be read at all.
pub fn verify(paths: &[&Path], key: &PublicKey, mut last: LastReceived) -> Result<Vec<VerifiedPackage>> {
    let mut all = Vec::new();
    for path in paths {
        let mut looked = match Package::open(path) {
            Ok(package) => look(&package, key)?,
            Err(e) if e.kind == crate::error::ErrorKind::Damaged => {
                let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
                VerifiedPackage {
                    manifest: None,
                    manifest_sha256: String::new(),
                    faults: vec![PackageFault::Changed(name)],
                }
            }
            Err(e) => return Err(e),
        };
        if let Some(manifest) = &looked.manifest {
            let this = SeenPackage::of(manifest, &looked.manifest_sha256);
            looked.faults.extend(order(manifest, &this, &last));
            if looked.faults.is_empty() {
                last = LastReceived::Package(this);
            }
        }
        all.push(looked);
    }
    Ok(all)
}

/// Whether a package may come after another.
fn order(manifest: &PackageManifest, this: &SeenPackage, last: &LastReceived) -> Option<PackageFault> {
    let sequence = this.sequence;
    let last = match last {
        LastReceived::NotKept => return None,
        LastReceived::Nothing => {
            let after = manifest.predecessor.as_ref().filter(|_| manifest.what == CHANGES)?.sequence;
            return Some(PackageFault::StartsMidway { sequence, after });
        }
        LastReceived::Package(last) => last,
    };
    if (&this.feed, &this.audience) != (&last.feed, &last.audience) {
        return Some(PackageFault::OtherFeed { feed: this.feed.clone() });
    }
    if this == last {
        // The very same package once more: nothing new, and no fault.
        return None;
    }
    if sequence <= last.sequence {
        return Some(PackageFault::PutBack { sequence, seen: last.sequence });
    }
    if sequence > last.sequence + 1 {
        return Some(PackageFault::Gap { sequence, expected: last.sequence + 1 });
    }
    let follows = manifest
        .predecessor
        .as_ref()
        .is_some_and(|p| p.sequence == last.sequence && p.manifest_sha256 == last.manifest_sha256);
    (!follows).then_some(PackageFault::OtherPredecessor { sequence })
}

/// Looks at one package.
fn look(package: &Package, key: &PublicKey) -> Result<VerifiedPackage> {
    let files = package.files();
    let (empty, others) = package.odd_entries();
    let signature_name = key.algorithm().file();
    let mut faults = Vec::new();
    let mut looked = VerifiedPackage { manifest: None, manifest_sha256: String::new(), faults: Vec::new() };
    if !files.contains(&MANIFEST.to_owned()) {
        let name = MANIFEST.to_owned();
        let is_there = others.contains(&name);
        looked.faults.push(if is_there { PackageFault::NotPlain(name) } else { PackageFault::LeftOut(name) });
        return Ok(looked);
    }
    let bytes = package.read(MANIFEST)?;
    looked.manifest_sha256 = hex(&Sha256::digest(&bytes));
    let signature = if files.contains(&signature_name) { Some(package.read(&signature_name)?) } else { None };
    let signed = signature.is_some_and(|s| key.verifies(&bytes, &s));
    if !signed {
        faults.push(PackageFault::Signature);
    }
    let manifest: PackageManifest = match serde_json::from_slice(&bytes) {
        Ok(manifest) => manifest,
        Err(e) => {
            faults.push(PackageFault::Manifest(of_json(&e)));
            return Ok(VerifiedPackage { faults, ..looked });
        }
    };
    if manifest.format != FORMAT {
        faults.push(PackageFault::Manifest(words!(
            "格式为 {}，不是 {FORMAT}",
            "format {} is not {FORMAT}",
            manifest.format
        )));
        return Ok(VerifiedPackage { faults, ..looked });
    }
    if manifest.root() != manifest.merkle_root {
        faults.push(PackageFault::Root);
    }
    let listed: BTreeMap<&str, &FileNote> = manifest.files.iter().map(|f| (f.path.as_str(), f)).collect();
    for name in &files {
        if !listed.contains_key(name.as_str()) && name != MANIFEST && *name != signature_name {
            faults.push(PackageFault::PutIn(name.clone()));
        }
    }
    for name in others {
        let is_meant = listed.contains_key(name.as_str()) || *name == signature_name;
        faults.push(if is_meant { PackageFault::NotPlain(name.clone()) } else { PackageFault::PutIn(name.clone()) });
    }
    faults.extend(empty.iter().cloned().map(PackageFault::EmptyFolder));
    for (name, note) in listed {
        if others.iter().any(|o| o == name) {
            continue;
        }
        if !files.iter().any(|f| f == name) {
            faults.push(PackageFault::LeftOut(name.to_owned()));
            continue;
        }
        let bytes = package.read(name)?;
        let whole = hex(&Sha256::digest(&bytes)) == note.sha256;
        if !whole {
            faults.push(PackageFault::Changed(name.to_owned()));
        }
        let table = note.table.as_deref().and_then(|t| manifest.table(t));
        if let Some(table) = table {
            let of_rows = rows_of(&note.format, bytes).map(|tree| compare(table, tree)).unwrap_or_default();
            faults.extend(of_rows.into_iter().filter(|f| !faults.contains(f)).collect::<Vec<_>>());
        }
    }
    Ok(VerifiedPackage { manifest: Some(manifest), faults, ..looked })
}

/// The tree over the rows of a file; `None` where it holds no rows that can be read.
fn rows_of(format: &str, bytes: Vec<u8>) -> Option<RowTree> {
    match format {
        CSV => Some(rows_of_csv(&String::from_utf8_lossy(&bytes))),
        CSV_GB18030 => Some(rows_of_csv(&GB18030.decode_without_bom_handling(&bytes).0)),
        "parquet" => rows_of_parquet(bytes),
        _ => None,
    }
}

fn rows_of_csv(text: &str) -> RowTree {
    let (mut tree, mut start, mut in_quotes, mut is_header) = (RowTree::default(), 0, false, true);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'"' => in_quotes = !in_quotes,
            b'\n' if !in_quotes => {
                if !std::mem::take(&mut is_header) {
                    tree.add(&text.as_bytes()[start..at]);
                }
                start = at + 1;
            }
            _ => {}
        }
    }
    if start < text.len() && !is_header {
        tree.add(&text.as_bytes()[start..]);
    }
    tree
}

fn rows_of_parquet(bytes: Vec<u8>) -> Option<RowTree> {
    let reader = ParquetRecordBatchReaderBuilder::try_new(bytes::Bytes::from(bytes)).ok()?.build().ok()?;
    let (mut tree, mut line) = (RowTree::default(), String::new());
    for batch in reader {
        let batch: RecordBatch = batch.ok()?;
        let rows = DeliveredRows::new(&batch, None).ok()?;
        for row in 0..rows.len() {
            line.clear();
            rows.write_line(row, &mut line);
            tree.add(line.as_bytes());
        }
    }
    Some(tree)
}

/// Where the rows of a file differ from those that were signed.
fn compare(table: &TableNote, tree: RowTree) -> Vec<PackageFault> {
    let (rows, root, chunks) = tree.finish();
    if root == table.root && rows == table.rows {
        return Vec::new();
    }
    let mut faults = Vec::new();
    let name = || table.name.clone();
    let differs = chunks.iter().zip(&table.chunks).position(|(a, b)| a != b);
    if let Some(first) = differs {
        // After a row that was put in or left out, all that follow have moved; else the others tell where it ends.
        let last = if rows == table.rows {
            chunks.iter().zip(&table.chunks).rposition(|(a, b)| a != b).unwrap_or(first)
        } else {
            first
        };
        let chunk = CHUNK as u64;
        let last = ((last as u64 + 1) * chunk).min(table.rows.max(rows));
        faults.push(PackageFault::RowsChanged { table: name(), first: first as u64 * chunk + 1, last });
    }
    match rows.cmp(&table.rows) {
        std::cmp::Ordering::Less => faults.push(PackageFault::RowsLeftOut { table: name(), rows: table.rows - rows }),
        std::cmp::Ordering::Greater => faults.push(PackageFault::RowsPutIn { table: name(), rows: rows - table.rows }),
        std::cmp::Ordering::Equal => {}
    }
    faults
}
