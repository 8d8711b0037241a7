//! One package as one batch: rows into a table beside, from there into place, and the batch written down.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::connection::{Connection, LoadTrouble, StatementOutcome, lock_seconds};
use super::content::TableContent;
use super::mysql::in_the_way;
use super::shape::make_or_check;
use crate::catalogue::ColumnType;
use crate::deliver::digest::{Digest, LineDigests};
use crate::deliver::edition::FeedTable;
use crate::deliver::manifest::{MANIFEST, PackageManifest, TableNote};
use crate::deliver::rows::DeliveredRows;
use crate::deliver::send::attempt::{PackageDelivery, now};
use crate::deliver::sql::{BATCH, BATCH_ACTION, BatchBooks, Dialect, SqlColumn, SqlTable};
use crate::error::{Error, Result, Words, words};
use crate::store::key::HashName;
use crate::store::table_file::read_table;

/// What a batch did to a table.
#[derive(Clone, Default)]
struct LoadCounts {
    rows: u64,
    inserted: u64,
    updated: u64,
    deleted: u64,
    digest: String,
}

/// What a receipt says of a batch, and what is to be noticed of the tables that it went into.
#[derive(Default)]
pub struct BatchReceipt {
    pub lines: Vec<Words>,
    pub noticed: Vec<Words>,
}

/// A package on its way into a database.
pub struct Loading<'a> {
    connection: &'a mut (dyn Connection + 'a),
    dialect: Dialect,
    books: &'a BatchBooks,
    delivery: &'a PackageDelivery<'a>,
    manifest: PackageManifest,
    tables: Vec<FeedTable>,
    batch: u64,
    /// Tables that were not as the last batch left them.
    noticed: Vec<Words>,
}

impl<'a> Loading<'a> {
    pub fn open(
        connection: &'a mut (dyn Connection + 'a),
        dialect: Dialect,
        books: &'a BatchBooks,
        delivery: &'a PackageDelivery<'a>,
    ) -> Result<Loading<'a>, LoadTrouble> {
        let path = delivery.package.join(MANIFEST);
        let text = std::fs::read(&path).map_err(|e| Error::unreadable_store(&path, e))?;
        let manifest: PackageManifest = serde_json::from_slice(&text).map_err(|e| Error::unreadable_store(&path, e))?;
        let mut tables = Vec::new();
        for note in &manifest.tables {
            let Some(table) = delivery.catalogue.table(&note.name) else {
                return Err(LoadTrouble::Never(words!(
                    "本版程序已没有表 {}",
                    "{} is no table of this version any more",
                    note.name
                )));
            };
            tables.push(FeedTable::of_package(table, delivery.feed.audience, delivery.package));
        }
        Ok(Loading { connection, dialect, books, delivery, manifest, tables, batch: 0, noticed: Vec::new() })
    }

    fn run(&mut self, sql: &str) -> Result<StatementOutcome, LoadTrouble> {
        self.connection.run(sql)
    }

    fn of(&self, table: &FeedTable) -> SqlTable {
        SqlTable::of(table, &self.delivery.feed.table_prefix)
    }

    /// Makes the tables that are missing. MySQL ends a transaction at each of them, so that it comes before.
    pub fn prepare_tables(&mut self) -> Result<(), LoadTrouble> {
        for table in self.books.all() {
            make_or_check(self.connection, self.dialect, table)?;
        }
        for table in self.tables.clone() {
            let table = self.of(&table);
            make_or_check(self.connection, self.dialect, &table)?;
        }
        Ok(())
    }

    /// Begins the transaction and keeps other senders out until it ends.
    pub fn begin(&mut self) -> Result<(), LoadTrouble> {
        let batches = self.dialect.name(&self.books.batches.name);
        if self.dialect == Dialect::MySql {
            let lock = self.run(&format!(
                "SELECT GET_LOCK({}, {})",
                self.dialect.text(&self.books.batches.name),
                lock_seconds(Duration::from_secs(self.delivery.feed.timeout_seconds))
            ))?;
            if lock.text(0, 0) != "1" {
                return Err(in_the_way());
            }
            return self.run("START TRANSACTION").map(drop);
        }
        self.run("BEGIN")?;
        self.run(&format!("LOCK TABLE {batches} IN EXCLUSIVE MODE")).map(drop)
    }

    /// The batch of this very package, if it came before.
    pub fn batch_of_package(&mut self) -> Result<Option<String>, LoadTrouble> {
        let found = self.run(&format!(
            "SELECT batch FROM {} WHERE manifest_sha256 = {}",
            self.dialect.name(&self.books.batches.name),
            self.dialect.text(&self.delivery.pending.manifest_sha256)
        ))?;
        Ok((!found.rows.is_empty()).then(|| found.text(0, 0).to_owned()))
    }

    /// The number of this batch, when it may follow on the last one.
    pub fn number_batch(&mut self) -> Result<(), LoadTrouble> {
        let last = self.run(&format!(
            "SELECT batch, feed, audience, manifest_sha256 FROM {} ORDER BY batch DESC LIMIT 1",
            self.dialect.name(&self.books.batches.name)
        ))?;
        let manifest = &self.manifest;
        self.batch = last.text(0, 0).parse::<u64>().unwrap_or(0) + 1;
        if !last.rows.is_empty() && (last.text(0, 1), last.text(0, 2)) != (manifest.feed.as_str(), &*manifest.audience)
        {
            return Err(LoadTrouble::Wrong(words!(
                "表 {}* 中是推送 \"{}\"（对象 \"{}\"）的数据：请给本推送另设 `table_prefix`",
                "the tables {}* hold the feed \"{}\" for the audience \"{}\": give this feed another `table_prefix`",
                self.delivery.feed.table_prefix,
                last.text(0, 1),
                last.text(0, 2)
            )));
        }
        let before = manifest.predecessor.as_ref().map(|p| p.manifest_sha256.as_str()).unwrap_or_default();
        if manifest.what == "changes" && last.text(0, 3) != before {
            return Err(LoadTrouble::Never(words!(
                "这些变化与对方最后一批不相接：请用 `--whole` 整包发送一次",
                "these changes do not follow on the last batch there: send the feed once with `--whole`"
            )));
        }
        Ok(())
    }

    /// Loads all tables and writes the batch down.
    pub fn load_tables(&mut self) -> Result<BatchReceipt, LoadTrouble> {
        let (mut all, mut whole) = (Vec::new(), LoadCounts::default());
        let mut digest = Digest::new(self.delivery.feed.digest);
        for (table, note) in self.tables.clone().iter().zip(self.manifest.tables.clone()) {
            let counts = self.load_table(table, &note)?;
            digest.update(format!("{} {}\n", self.of(table).name, counts.digest).as_bytes());
            whole.rows += counts.rows;
            whole.inserted += counts.inserted;
            whole.updated += counts.updated;
            whole.deleted += counts.deleted;
            all.push((self.of(table).name, counts));
        }
        whole.digest = digest.finish();
        let texts = |texts: &[&str]| texts.iter().map(|t| self.dialect.text(t)).collect::<Vec<_>>().join(", ");
        let m = &self.manifest;
        let pending = &self.delivery.pending;
        let named = texts(&[&m.feed, &m.audience, &m.what]);
        let of_package =
            texts(&[&pending.package, &pending.manifest_sha256, &m.edition.snapshot, &m.edition.as_of, &now()]);
        let batch = format!("{}, {named}, {}, {of_package}", self.batch, m.sequence);
        self.insert(&self.books.batches, &batch, &whole)?;
        for (name, counts) in &all {
            let row = format!("{}, {}", self.batch, self.dialect.text(name));
            self.insert(&self.books.tables, &row, counts)?;
        }
        let said = format!(
            "{} rows, {} I, {} U, {} D, {} {}",
            whole.rows,
            whole.inserted,
            whole.updated,
            whole.deleted,
            self.delivery.feed.digest.as_str(),
            whole.digest
        );
        let columns = self.dialect.names(self.books.receipts.columns.iter().map(|c| c.name.as_str()));
        let sql = format!(
            "INSERT INTO {} ({columns}) VALUES ({}, {}, 'xinhui', 'loaded', {})",
            self.dialect.name(&self.books.receipts.name),
            self.batch,
            self.dialect.text(&now()),
            self.dialect.text(&said)
        );
        self.run(&sql)?;
        let mut lines = vec![words!("第 {} 批：{said}", "batch {}: {said}", self.batch)];
        lines.extend(self.receipts_of_others()?);
        Ok(BatchReceipt { lines, noticed: std::mem::take(&mut self.noticed) })
    }

    pub fn commit(&mut self) -> Result<(), LoadTrouble> {
        self.run("COMMIT").map(drop)
    }

    fn insert(&mut self, book: &SqlTable, begin: &str, counts: &LoadCounts) -> Result<(), LoadTrouble> {
        let columns = self.dialect.names(book.columns.iter().map(|c| c.name.as_str()));
        let sql = format!(
            "INSERT INTO {} ({columns}) VALUES ({begin}, {}, {}, {}, {}, {}, {})",
            self.dialect.name(&book.name),
            counts.rows,
            counts.inserted,
            counts.updated,
            counts.deleted,
            self.dialect.text(self.delivery.feed.digest.as_str()),
            self.dialect.text(&counts.digest)
        );
        self.run(&sql).map(drop)
    }

    /// The last words of those who take batches on from here.
    fn receipts_of_others(&mut self) -> Result<Vec<Words>, LoadTrouble> {
        let found = self.run(&format!(
            "SELECT batch, writer, result, message FROM {} WHERE writer <> 'xinhui' AND batch >= {} ORDER BY batch DESC, noted_at",
            self.dialect.name(&self.books.receipts.name),
            self.batch.saturating_sub(3)
        ))?;
        let line = |r| {
            let words = [0, 1, 2, 3].map(|c| found.text(r, c).to_owned());
            words!(
                "第 {} 批的回执（{}）：{} {}",
                "receipt of batch {} by {}: {} {}",
                words[0],
                words[1],
                words[2],
                words[3]
            )
        };
        Ok((0..found.rows.len().min(10)).map(line).collect())
    }

    /// Where the rows lie that a table has after this batch.
    fn edition_file(&self, table: &FeedTable, note: &TableNote) -> PathBuf {
        match (&self.delivery.pending.tables, note.changes) {
            (Some(kept), Some(_)) => self.delivery.folder.path().join(kept).join(&table.table.file),
            _ => table.path.clone(),
        }
    }

    fn load_table(&mut self, table: &FeedTable, note: &TableNote) -> Result<LoadCounts, LoadTrouble> {
        let target = self.of(table);
        let mut published = LineDigests::of_file(&self.edition_file(table, note), self.delivery.feed.digest)?;
        let mut counts = LoadCounts { rows: published.count(), digest: published.digest(), ..LoadCounts::default() };
        if note.changes.is_none() {
            self.notice_others(&target)?;
        }
        self.stage(table, &target, note)?;
        let names = StatementParts::new(self.dialect, &target, note.changes.is_some());
        if target.keys.is_empty() {
            counts.deleted = self.run(&format!("DELETE FROM {}", names.target))?.count();
        } else {
            let log = names.log(self.dialect, &self.books.withdrawn, self.batch);
            self.run(&log)?;
            counts.deleted = self.run(&names.delete(self.dialect))?.count();
            if let Some(update) = names.update(self.dialect, self.batch) {
                counts.updated = self.run(&update)?.count();
            }
        }
        counts.inserted = self.run(&names.insert(self.dialect, self.batch))?.count();
        let there = self.run(&format!("SELECT COUNT(*) FROM {}", names.target))?;
        if there.text(0, 0) != counts.rows.to_string() {
            return Err(LoadTrouble::Never(words!(
                "表 {} 将有 {} 行，而发布的是 {} 行：另有人写入该表；请用 `--whole` 整包发送一次",
                "table {} would have {} rows and not the {} that were published: somebody else writes to it; send the \
                 feed once with `--whole`",
                target.name,
                there.text(0, 0),
                counts.rows
            )));
        }
        if let Some(changes) = note.changes
            && (changes.new, changes.corrected, changes.withdrawn) != (counts.inserted, counts.updated, counts.deleted)
        {
            return Err(LoadTrouble::Never(words!(
                "表 {} 已不是上一批写入后的样子：请用 `--whole` 整包发送一次",
                "table {} is not as the last batch left it: send the feed once with `--whole`",
                target.name
            )));
        }
        if note.changes.is_some()
            && let Some(other) = self.content(&target).differs(&published, &counts.digest)?
        {
            return Err(LoadTrouble::Never(other));
        }
        Ok(counts)
    }

    fn content<'t>(&'t mut self, table: &'t SqlTable) -> TableContent<'t> {
        TableContent { connection: self.connection, dialect: self.dialect, table }
    }

    /// Whether somebody else has written to a table whose rows are all replaced. Nothing can be said where a program
    /// before this one has loaded it: the table may have had other columns.
    fn notice_others(&mut self, target: &SqlTable) -> Result<(), LoadTrouble> {
        let program = self.delivery.pending.program;
        if self.delivery.state.accepted.as_ref().is_some_and(|a| a.program != program) {
            return Ok(());
        }
        let last = self.run(&format!(
            "SELECT batch, digest_name, digest FROM {} WHERE table_name = {} ORDER BY batch DESC LIMIT 1",
            self.dialect.name(&self.books.tables.name),
            self.dialect.text(&target.name)
        ))?;
        let Some(name) = HashName::parse(last.text(0, 1)) else { return Ok(()) };
        if self.content(target).digest(name)? != last.text(0, 2) {
            self.noticed.push(words!(
                "表 {} 已不是第 {} 批写入后的样子：另有人写入过该表，现已改回发布的内容；请收回他人的写权限",
                "table {} was not as batch {} left it: somebody else has written to it, and it is now as published; \
                 give nobody else the right to write",
                target.name,
                last.text(0, 0)
            ));
        }
        Ok(())
    }

    /// Loads the rows of the package into a table beside, which goes with the connection.
    fn stage(&mut self, table: &FeedTable, target: &SqlTable, note: &TableNote) -> Result<(), LoadTrouble> {
        let staging = self.dialect.create_staging(target, note.changes.is_some());
        self.run(&staging)?;
        let name = self.dialect.name(&target.staging());
        let path: &Path = &table.path;
        let mut columns = String::new();
        for batch in read_table(path, None)? {
            let rows = DeliveredRows::new(&batch?, None)?;
            if columns.is_empty() {
                columns = self.dialect.names(rows.names().iter().map(String::as_str));
                self.connection.begin_load(&name, &columns)?;
            }
            self.connection.load(&rows)?;
        }
        if !columns.is_empty() {
            self.connection.end_load()?;
        }
        if self.dialect == Dialect::Postgres {
            self.run(&format!("ANALYZE {name}"))?;
        }
        Ok(())
    }
}

/// The parts of the statements that bring a table up to date.
struct StatementParts<'a> {
    table: &'a SqlTable,
    target: String,
    staging: String,
    same_keys: String,
    first_key: String,
    of_changes: bool,
}

impl StatementParts<'_> {
    fn new(dialect: Dialect, table: &SqlTable, of_changes: bool) -> StatementParts<'_> {
        StatementParts {
            table,
            target: dialect.name(&table.name),
            staging: dialect.name(&table.staging()),
            same_keys: dialect.same_keys(table),
            first_key: table.keys.first().map(|k| dialect.name(k)).unwrap_or_default(),
            of_changes,
        }
    }

    /// Which rows are gone: those that a package of changes says are, or those that a whole one lacks.
    fn gone(&self) -> String {
        let StatementParts { staging, same_keys, first_key, .. } = self;
        match self.of_changes {
            true => format!("JOIN {staging} s ON {same_keys} WHERE s.action = 'withdrawn'"),
            false => format!("LEFT JOIN {staging} s ON {same_keys} WHERE s.{first_key} IS NULL"),
        }
    }

    fn log(&self, dialect: Dialect, withdrawn: &SqlTable, batch: u64) -> String {
        let keys: Vec<String> = self.table.keys.iter().map(|k| format!("t.{}", dialect.name(k))).collect();
        format!(
            "INSERT INTO {} (batch, table_name, row_key) SELECT {batch}, {}, CONCAT_WS(',', {}) FROM {} t {}",
            dialect.name(&withdrawn.name),
            dialect.text(&self.table.name),
            keys.join(", "),
            self.target,
            self.gone()
        )
    }

    fn delete(&self, dialect: Dialect) -> String {
        let StatementParts { target, staging, same_keys, .. } = self;
        match (dialect, self.of_changes) {
            (Dialect::MySql, _) => format!("DELETE t FROM {target} t {}", self.gone()),
            (_, true) => {
                format!("DELETE FROM {target} t USING {staging} s WHERE {same_keys} AND s.action = 'withdrawn'")
            }
            (_, false) => {
                format!("DELETE FROM {target} t WHERE NOT EXISTS (SELECT 1 FROM {staging} s WHERE {same_keys})")
            }
        }
    }

    /// `None` where there is nothing but keys.
    fn update(&self, dialect: Dialect, batch: u64) -> Option<String> {
        let StatementParts { target, staging, same_keys, .. } = self;
        let columns: Vec<_> = self.table.data_columns().filter(|c| !self.table.keys.contains(&c.name)).collect();
        let others: Vec<String> = columns.iter().map(|c| dialect.name(&c.name)).collect();
        if others.is_empty() {
            return None;
        }
        let is_my = dialect == Dialect::MySql;
        let of_target = if is_my { "t." } else { "" };
        let set: Vec<String> = others.iter().map(|c| format!("{of_target}{c} = s.{c}")).collect();
        let (b, a) = (dialect.name(BATCH), dialect.name(BATCH_ACTION));
        let set = format!("{}, {of_target}{b} = {batch}, {of_target}{a} = 'U'", set.join(", "));
        let stays = if self.of_changes { "s.action <> 'withdrawn' AND " } else { "" };
        Some(if is_my {
            let is_same = |column: &&SqlColumn| {
                let name = dialect.name(&column.name);
                match column.ty {
                    // To MySQL texts are the same that differ in blanks at their end.
                    ColumnType::Text => {
                        format!("CAST(CONVERT(t.{name} USING utf8mb4) AS BINARY) <=> CAST(s.{name} AS BINARY)")
                    }
                    _ => format!("t.{name} <=> s.{name}"),
                }
            };
            let same: Vec<String> = columns.iter().map(is_same).collect();
            format!(
                "UPDATE {target} t JOIN {staging} s ON {same_keys} SET {set} WHERE {stays}NOT ({})",
                same.join(" AND ")
            )
        } else {
            let other: Vec<String> = others.iter().map(|c| format!("t.{c} IS DISTINCT FROM s.{c}")).collect();
            format!(
                "UPDATE {target} t SET {set} FROM {staging} s WHERE {same_keys} AND {stays}({})",
                other.join(" OR ")
            )
        })
    }

    fn insert(&self, dialect: Dialect, batch: u64) -> String {
        let StatementParts { target, staging, same_keys, first_key, .. } = self;
        let columns = dialect.names(self.table.data_columns().map(|c| c.name.as_str()));
        let values: Vec<String> = self.table.data_columns().map(|c| format!("s.{}", dialect.name(&c.name))).collect();
        let only_new = match self.table.keys.is_empty() {
            true => String::new(),
            false => format!(" LEFT JOIN {target} t ON {same_keys} WHERE t.{first_key} IS NULL"),
        };
        let stays = if self.of_changes { " AND s.action <> 'withdrawn'" } else { "" };
        format!(
            "INSERT INTO {target} ({columns}, {}, {}) SELECT {}, {batch}, 'I' FROM {staging} s{only_new}{stays}",
            dialect.name(BATCH),
            dialect.name(BATCH_ACTION),
            values.join(", ")
        )
    }
}
