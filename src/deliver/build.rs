//! Makes a package: one pass over the tables, every format at once, then the manifest and its signature.

use std::fs;
use std::path::{Path, PathBuf};

use super::census::Census;
use super::changes;
use super::edition::{FeedEdition, FeedTable, TableGroup};
use super::encrypt::encrypt;
use super::format::form::{Format, PackageContext};
use super::format::formats;
use super::manifest::{CHANGES, ChangeCounts, FORMAT, MANIFEST, PackageManifest, Predecessor, TableNote};
use super::merkle::RowTree;
use super::output::Folder;
use super::package::zip_folder;
use super::rows::{Action, DeliveredRows};
use super::settings::FeedSettings;
use super::sign::SigningKey;
use crate::error::{Error, Result};
use crate::schema::Schemas;
use crate::store::hex;
use sha2::{Digest, Sha256};

/// The package that was accepted last, and its tables, for a package of changes.
#[derive(Clone, Debug)]
pub struct Base {
    pub predecessor: Predecessor,
    /// Folder with the tables of that package's edition; none where packages are whole.
    pub tables: Option<PathBuf>,
}

/// What a package is made of.
pub struct Building<'a> {
    pub feed: &'a FeedSettings,
    pub edition: &'a FeedEdition,
    pub schemas: &'a Schemas,
    pub base: Option<Base>,
    pub key: &'a SigningKey,
}

/// A package that was made.
#[derive(Clone, Debug)]
pub struct Built {
    pub path: PathBuf,
    pub manifest: PackageManifest,
    pub manifest_sha256: String,
}

impl Building<'_> {
    /// The name of the package: of its feed, its number, and the numbers that it is of.
    pub fn name(&self) -> String {
        self.feed.package_name(self.sequence(), &self.edition.note.content)
    }

    fn sequence(&self) -> u64 {
        self.base.as_ref().map_or(1, |b| b.predecessor.sequence + 1)
    }

    /// Makes the package below a folder, under a hidden name until it is whole.
    ///
    /// # Errors
    /// `Output`; `Usage`: a format cannot hold what is asked for.
    pub fn build(&self, into: &Path) -> Result<Built> {
        let name = self.name();
        let dir = into.join(format!(".building-{name}"));
        let zip = into.join(format!(".building-{name}.zip"));
        let sealed = into.join(format!(".building-{name}.zip.age"));
        for left in [&dir, &zip, &sealed] {
            remove(left)?;
        }
        fs::create_dir_all(&dir).map_err(|e| Error::output(&dir, e))?;
        let (manifest, bytes) = self.write(&dir)?;
        let (from, path) = if self.feed.as_zip {
            zip_folder(&dir, &zip)?;
            remove(&dir)?;
            match self.feed.recipients.as_slice() {
                [] => (zip, into.join(format!("{name}.zip"))),
                recipients => {
                    encrypt(&zip, &sealed, recipients)?;
                    remove(&zip)?;
                    (sealed, into.join(format!("{name}.zip.age")))
                }
            }
        } else {
            sync_folders(&dir)?;
            (dir, into.join(&name))
        };
        remove(&path)?;
        fs::rename(&from, &path).map_err(|e| Error::output(&path, e))?;
        sync_folder(into)?;
        Ok(Built { path, manifest, manifest_sha256: hex(&Sha256::digest(&bytes)) })
    }

    fn write(&self, dir: &Path) -> Result<(PackageManifest, Vec<u8>)> {
        let tables_before = self.base.as_ref().and_then(|b| b.tables.as_deref());
        let context = PackageContext {
            feed: self.feed,
            schemas: self.schemas,
            edition: self.edition,
            of_changes: tables_before.is_some(),
            sequence: self.sequence(),
        };
        let mut folder = Folder::new(dir);
        let mut formats = formats(&context);
        let mut census = Census::default();
        let mut tables = Vec::new();
        for table in &self.edition.tables {
            // Rows of tables about files have no key that lasts: they go whole.
            let base =
                tables_before.filter(|_| table.group() != Some(TableGroup::Quality)).map(|t| t.join(&table.table.file));
            let base = base.filter(|path| path.is_file());
            tables.push(self.table(table, base.as_deref(), &context, &mut formats, &mut census, &mut folder)?);
        }
        for format in &mut formats {
            format.finish(&context, &census, &mut folder)?;
        }
        let mut files = folder.notes;
        files.sort_by(|a, b| a.path.cmp(&b.path));
        let mut manifest = PackageManifest {
            format: FORMAT,
            tool: concat!("xinhui ", env!("CARGO_PKG_VERSION")).to_owned(),
            feed: self.feed.name.clone(),
            audience: self.edition.audience.as_str().to_owned(),
            sequence: self.sequence(),
            edition: self.edition.note.clone(),
            what: if context.of_changes { CHANGES } else { "whole" }.to_owned(),
            predecessor: self.base.as_ref().map(|b| b.predecessor.clone()),
            hashes: self.edition.hashes.clone(),
            policy: self.edition.policy.clone(),
            tables,
            files,
            merkle_root: String::new(),
        };
        manifest.merkle_root = manifest.root();
        let path = dir.join(MANIFEST);
        let text = serde_json::to_string_pretty(&manifest).map_err(|e| Error::output(&path, e))? + "\n";
        let comment = format!("{} {} {}", manifest.feed, manifest.sequence, manifest.merkle_root);
        let signature = self.key.sign(text.as_bytes(), &comment)?;
        let files = [(MANIFEST.to_owned(), text.as_bytes()), (self.key.algorithm().file(), &signature)];
        for (name, bytes) in files {
            let path = dir.join(name);
            let written = fs::write(&path, bytes).and_then(|()| fs::File::open(&path)?.sync_all());
            written.map_err(|e| Error::output(&path, e))?;
        }
        Ok((manifest, text.into_bytes()))
    }

    fn table(
        &self,
        table: &FeedTable,
        base: Option<&Path>,
        context: &PackageContext<'_>,
        formats: &mut [Box<dyn Format + '_>],
        census: &mut Census,
        folder: &mut Folder,
    ) -> Result<TableNote> {
        let taking: Vec<usize> = (0..formats.len()).filter(|f| formats[*f].takes(table)).collect();
        let of_changes = base.is_some();
        for f in &taking {
            formats[*f].begin(context, table, of_changes, folder)?;
        }
        let (mut tree, mut line, mut hidden) = (RowTree::default(), String::new(), 0);
        let mut counts = ChangeCounts::default();
        let dimensions = table.dimensions();
        let each = |rows: &DeliveredRows| -> Result<()> {
            for row in 0..rows.len() {
                line.clear();
                rows.write_line(row, &mut line);
                tree.add(line.as_bytes());
                hidden += u64::from(rows.text("status", row) == Some("suppressed"));
                match rows.action(row) {
                    Action::Whole => {}
                    Action::New => counts.new += 1,
                    Action::Corrected => counts.corrected += 1,
                    Action::Withdrawn => counts.withdrawn += 1,
                }
            }
            for f in &taking {
                formats[*f].rows(context, table, rows, folder)?;
            }
            Ok(())
        };
        changes::read(table, base, |rows| census.see(table, &dimensions, rows), each)?;
        let (rows, root, chunks) = tree.finish();
        for f in &taking {
            formats[*f].end(context, table, rows, folder)?;
        }
        let schema = changes::package_schema(table, of_changes);
        Ok(TableNote {
            name: table.table.name.clone(),
            columns: schema.fields().iter().map(|f| f.name().clone()).collect(),
            keys: table.keys(),
            rows,
            hidden,
            changes: of_changes.then_some(counts),
            root,
            chunks,
        })
    }
}

/// Removes a file or folder, if it is there.
pub(super) fn remove(path: &Path) -> Result<()> {
    let removed = match fs::symlink_metadata(path) {
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(e) => Err(e),
        Ok(m) if m.is_dir() => fs::remove_dir_all(path),
        Ok(_) => fs::remove_file(path),
    };
    removed.map_err(|e| Error::output(path, e))
}

fn sync_folders(dir: &Path) -> Result<()> {
    for entry in fs::read_dir(dir).map_err(|e| Error::unreadable_store(dir, e))?.flatten() {
        if entry.path().is_dir() {
            sync_folders(&entry.path())?;
        }
    }
    sync_folder(dir)
}

pub(super) fn sync_folder(dir: &Path) -> Result<()> {
    fs::File::open(dir).and_then(|d| d.sync_all()).map_err(|e| Error::output(dir, e))
}
