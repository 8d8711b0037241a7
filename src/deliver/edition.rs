//! What one audience may have of a snapshot: its tables, found through the catalogue and nowhere else.

use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::manifest::PackageEdition;
use crate::catalogue::{Catalogue, Column, ColumnRole, Edition, PublishedTable};
use crate::error::{Error, ErrorKind, Result, words};
use crate::fingerprint::Fingerprint;
use crate::store::{hash_file, hex};

/// Who a package is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Audience {
    /// Everybody: the public edition and nothing else.
    Public,
    /// The office above, which judges by exact figures.
    Superior,
}

impl Audience {
    pub fn as_str(self) -> &'static str {
        match self {
            Audience::Public => "public",
            Audience::Superior => "superior",
        }
    }

    pub(super) fn parse(name: &str) -> Option<Audience> {
        [Audience::Public, Audience::Superior].into_iter().find(|a| a.as_str() == name)
    }

    fn edition(self) -> Edition {
        match self {
            Audience::Public => Edition::Public,
            Audience::Superior => Edition::Internal,
        }
    }
}

/// A table of a snapshot as an audience has it.
#[derive(Clone, Debug)]
pub struct FeedTable {
    pub table: PublishedTable,
    pub columns: Vec<Column>,
    pub path: PathBuf,
    pub sha256: String,
}

/// Groups of tables by what they are about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TableGroup {
    Indicators,
    Scorecard,
    Rollups,
    Quality,
}

impl TableGroup {
    const ALL: [(TableGroup, &'static str); 4] = [
        (TableGroup::Indicators, "indicators"),
        (TableGroup::Scorecard, "scorecard"),
        (TableGroup::Rollups, "rollups"),
        (TableGroup::Quality, "quality"),
    ];

    /// The group of a table's name: its first part.
    pub fn of(name: &str) -> Option<TableGroup> {
        let first = name.split('/').next().unwrap_or(name);
        TableGroup::ALL.into_iter().find(|(_, n)| *n == first).map(|(g, _)| g)
    }
}

impl FeedTable {
    /// A table as a package holds it, in Parquet.
    pub(super) fn of_package(table: &PublishedTable, audience: Audience, package: &Path) -> FeedTable {
        let columns = table.columns_in(audience.edition());
        let mut this = FeedTable { table: table.clone(), columns, path: PathBuf::new(), sha256: String::new() };
        this.path = package.join(this.parquet_path());
        this
    }

    pub fn group(&self) -> Option<TableGroup> {
        TableGroup::of(&self.table.name)
    }

    /// Names of the columns that say which row is meant; of tables about files, none do.
    pub fn keys(&self) -> Vec<String> {
        if self.group() == Some(TableGroup::Quality) {
            return Vec::new();
        }
        self.columns.iter().filter(|c| c.as_key().is_some()).map(|c| c.name.clone()).collect()
    }

    /// Names of the measures of a rollup.
    pub fn measures(&self) -> Vec<String> {
        self.columns.iter().filter(|c| matches!(c.role, ColumnRole::Measure(_))).map(|c| c.name.clone()).collect()
    }

    /// Names of the dimensions of a rollup.
    pub fn dimensions(&self) -> Vec<String> {
        let is_dimension = |c: &&Column| matches!(c.as_key(), Some(crate::catalogue::Key::Dimension { .. }));
        self.columns.iter().filter(is_dimension).map(|c| c.name.clone()).collect()
    }

    /// The name as files of a package bear it: `rollups_services`.
    pub fn file_stem(&self) -> String {
        self.table.name.replace('/', "_")
    }

    /// Where a package holds it in Parquet.
    pub fn parquet_path(&self) -> String {
        format!("tables/{}.parquet", self.file_stem())
    }

    /// Where a package holds it in CSV.
    pub fn csv_path(&self) -> String {
        format!("tables/{}.csv", self.file_stem())
    }
}

/// The tables of a snapshot for an audience.
#[derive(Clone, Debug)]
pub struct FeedEdition {
    pub audience: Audience,
    pub note: PackageEdition,
    pub hashes: serde_json::Value,
    pub policy: Option<String>,
    pub tables: Vec<FeedTable>,
}

/// What a feed reads of the manifest of a snapshot.
#[derive(Deserialize)]
struct SnapshotManifest {
    snapshot: String,
    as_of: String,
    published: String,
    hashes: serde_json::Value,
    outputs: Vec<EditionOutput>,
}

#[derive(Deserialize)]
struct EditionOutput {
    path: String,
    sha256: String,
}

impl FeedEdition {
    /// The tables of a snapshot's folder that an audience may have and a feed asks for, by name or by the first part
    /// of it.
    ///
    /// # Errors
    /// `Usage`: there is no snapshot, or no public edition in it; `Damaged`: a table is not what was published.
    pub fn open(snapshot: &Path, audience: Audience, wanted: &[String], catalogue: &Catalogue) -> Result<FeedEdition> {
        let path = snapshot.join("manifest.json");
        let text = fs::read(&path).map_err(|e| {
            Error::usage(path.display(), words!("没有可发送的快照", "there is no snapshot to send"))
                .hint(words!("请先运行 `xinhui run`", "run `xinhui run` first"))
                .caused_by(e)
        })?;
        let manifest: SnapshotManifest =
            serde_json::from_slice(&text).map_err(|e| Error::unreadable_store(&path, e))?;
        let edition = audience.edition();
        if edition == Edition::Public && !manifest.outputs.iter().any(|o| o.path.starts_with("public/")) {
            return Err(Error::usage(
                snapshot.display(),
                words!("此快照没有公开版；精确数字只报上级，因此未制作数据包", "this snapshot has no public edition; exact numbers go to nobody but the office above, so nothing was \
                 made"),
            )
            .hint(words!("请先由一次运行发布公开版，见 docs/feeds.zh-CN.md", "let a night publish the public edition first; see docs/feeds.md")));
        }
        let mut tables = Vec::new();
        for table in &catalogue.tables {
            let group = table.name.split('/').next().unwrap_or_default();
            if !wanted.iter().any(|w| *w == table.name || w == group) {
                continue;
            }
            let below = table.path(edition);
            let Some(output) = manifest.outputs.iter().find(|o| o.path == below) else { continue };
            let path = snapshot.join(&below);
            if hex(&hash_file(&path)?) != output.sha256 {
                return Err(Error::new(
                    ErrorKind::Damaged,
                    path.display(),
                    words!("与发布时的内容不一致", "is not what was published there"),
                )
                .hint(words!("下一次 `xinhui run` 会重新生成快照", "the next `xinhui run` makes the snapshot anew")));
            }
            let columns = table.columns_in(edition);
            tables.push(FeedTable { table: table.clone(), columns, path, sha256: output.sha256.clone() });
        }
        if tables.is_empty() {
            return Err(Error::usage(
                snapshot.display(),
                words!("其中没有该推送所列的任何一张表", "holds none of the tables that the feed names"),
            ));
        }
        let mut content = Fingerprint::new("edition of a feed");
        content.text(audience.as_str()).list(&tables, |f, t| {
            f.text(&t.table.name).text(&t.sha256);
        });
        Ok(FeedEdition {
            audience,
            note: PackageEdition {
                snapshot: manifest.snapshot,
                as_of: manifest.as_of,
                published: manifest.published,
                content: content.hex(),
            },
            policy: manifest.hashes.get("disclosure").and_then(|h| h.as_str()).map(ToOwned::to_owned),
            hashes: manifest.hashes,
            tables,
        })
    }
}
