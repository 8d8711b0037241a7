//! Load files for databases that speak a protocol of their own, Dameng and Oracle: statements that make the tables,
//! rows with a control file for the loader of each, and statements that put the rows in place in one transaction.

use std::fmt::Write as _;

use arrow::datatypes::DataType;

use super::form::{Format, PackageContext};
use crate::catalogue::ColumnType;
use crate::deliver::census::Census;
use crate::deliver::changes::ACTION;
use crate::deliver::edition::FeedTable;
use crate::deliver::output::{Folder, OutFile};
use crate::deliver::rows::{DeliveredRows, csv_cell};
use crate::deliver::sql::{BATCH, BATCH_ACTION, Dialect, SqlColumn, SqlTable};
use crate::error::Result;

/// The load files of one database.
pub struct LoadFiles {
    dialect: Dialect,
    name: &'static str,
    rows: Option<OutFile>,
    create: String,
    apply: String,
    total: u64,
}

impl LoadFiles {
    pub fn of(dialect: Dialect) -> LoadFiles {
        let name = if dialect == Dialect::Oracle { "oracle" } else { "dameng" };
        LoadFiles { dialect, name, rows: None, create: String::new(), apply: String::new(), total: 0 }
    }

    fn path(&self, table: &FeedTable, ending: &str) -> String {
        format!("{}/{}.{ending}", self.name, table.file_stem())
    }

    /// The table that the loader fills: as the rows come, all of them anew each time.
    fn staging(&self, table: &SqlTable) -> SqlTable {
        let action = SqlColumn { name: ACTION.to_owned(), ty: ColumnType::Text, nullable: true };
        let columns = [action].into_iter().chain(table.data_columns().cloned()).collect();
        SqlTable { name: table.staging(), columns, keys: table.keys.clone() }
    }

    /// What the loader is told. Whole tables come without actions.
    fn control(&self, table: &FeedTable, staging: &SqlTable, of_changes: bool) -> String {
        let stem = table.file_stem();
        let column = |c: &SqlColumn| {
            let name = self.dialect.name(&c.name);
            match (self.dialect, c.ty) {
                (Dialect::Oracle, ColumnType::Day) => format!("{name} DATE \"YYYY-MM-DD\""),
                (_, ColumnType::Day) => format!("{name} DATE FORMAT 'YYYY-MM-DD'"),
                (Dialect::Oracle, ColumnType::Text) => format!("{name} CHAR(4000)"),
                _ => name,
            }
        };
        let columns =
            staging.columns.iter().skip(usize::from(!of_changes)).map(column).collect::<Vec<_>>().join(",\n  ");
        let into = self.dialect.name(&staging.name);
        match self.dialect {
            Dialect::Oracle => format!(
                "LOAD DATA\nCHARACTERSET AL32UTF8\nINFILE '{stem}.csv' \"STR '\\n'\"\nTRUNCATE INTO TABLE {into}\n\
                 FIELDS TERMINATED BY ',' OPTIONALLY ENCLOSED BY '\"'\nTRAILING NULLCOLS\n(\n  {columns}\n)\n"
            ),
            _ => format!(
                "OPTIONS (\n  CHARACTER_CODE = 'UTF-8'\n  MODE = 'IN'\n)\nLOAD DATA\nINFILE '{stem}.csv' STR X '0A'\n\
                 REPLACE INTO TABLE {into}\nFIELDS TERMINATED BY ',' OPTIONALLY ENCLOSED BY '\"'\n(\n  {columns}\n)\n"
            ),
        }
    }

    /// The statements that bring a table up to date.
    fn statements(&self, table: &SqlTable, staging: &SqlTable, batch: u64, of_changes: bool) -> String {
        let d = self.dialect;
        let (target, beside) = (d.name(&table.name), d.name(&staging.name));
        let names: Vec<String> = table.data_columns().map(|c| d.name(&c.name)).collect();
        let of_staging = |n: &String| format!("s.{n}");
        let values = names.iter().map(of_staging).collect::<Vec<_>>().join(", ");
        let columns = format!("{}, {}, {}", names.join(", "), d.name(BATCH), d.name(BATCH_ACTION));
        if table.keys.is_empty() {
            return format!(
                "DELETE FROM {target};\nINSERT INTO {target} ({columns}) SELECT {values}, {batch}, 'I' FROM {beside} s;\n"
            );
        }
        let same = d.same_keys(table);
        let action = d.name(ACTION);
        let (gone, from) = match of_changes {
            true => (
                format!("EXISTS (SELECT 1 FROM {beside} s WHERE {same} AND s.{action} = 'withdrawn')"),
                format!("(SELECT * FROM {beside} WHERE {action} <> 'withdrawn')"),
            ),
            false => (format!("NOT EXISTS (SELECT 1 FROM {beside} s WHERE {same})"), beside.clone()),
        };
        let is_key = |c: &&SqlColumn| table.keys.contains(&c.name);
        let others: Vec<String> = table.data_columns().filter(|c| !is_key(c)).map(|c| d.name(&c.name)).collect();
        let set: Vec<String> = others.iter().map(|c| format!("t.{c} = s.{c}")).collect();
        // DECODE takes two nulls for the same.
        let differs: Vec<String> = others.iter().map(|c| format!("DECODE(t.{c}, s.{c}, 0, 1) = 1")).collect();
        format!(
            "DELETE FROM {target} t WHERE {gone};\nMERGE INTO {target} t USING {from} s ON ({same})\nWHEN MATCHED THEN \
             UPDATE SET {}, t.{} = {batch}, t.{} = 'U'\n  WHERE {}\nWHEN NOT MATCHED THEN INSERT ({columns}) VALUES \
             ({values}, {batch}, 'I');\n",
            set.join(", "),
            d.name(BATCH),
            d.name(BATCH_ACTION),
            differs.join(" OR ")
        )
    }

    /// The table of batches: number, feed, rows. Its key keeps a package from being loaded twice.
    fn batches(context: &PackageContext<'_>) -> SqlTable {
        let texts = ["feed", "audience", "what", "package", "snapshot", "as_of"].map(|n| (n, ColumnType::Text));
        let others = [&texts[..], &[("rows_total", ColumnType::Whole)]].concat();
        SqlTable::new(format!("{}batch", context.feed.table_prefix), &[BATCH], &others)
    }
}

impl Format for LoadFiles {
    fn takes(&self, _: &FeedTable) -> bool {
        true
    }

    fn begin(
        &mut self,
        context: &PackageContext<'_>,
        table: &FeedTable,
        of_changes: bool,
        folder: &mut Folder,
    ) -> Result<()> {
        let target = SqlTable::of(table, &context.feed.table_prefix);
        let staging = self.staging(&target);
        for made in [&target, &staging] {
            let _ = write!(self.create, "{};\n\n", self.dialect.create(made));
        }
        folder.put(&self.path(table, "ctl"), self.name, 0, self.control(table, &staging, of_changes).as_bytes())?;
        self.apply += &self.statements(&target, &staging, context.sequence, of_changes);
        self.rows = Some(folder.create(&self.path(table, "csv"), self.name)?);
        Ok(())
    }

    fn rows(&mut self, _: &PackageContext<'_>, _: &FeedTable, rows: &DeliveredRows, _: &mut Folder) -> Result<()> {
        let Some(file) = &mut self.rows else { return Ok(()) };
        let schema = rows.batch.schema();
        let kinds: Vec<&DataType> = schema.fields().iter().map(|f| f.data_type()).collect();
        let (mut text, mut cell) = (String::new(), String::new());
        for row in 0..rows.len() {
            for (column, kind) in kinds.iter().enumerate() {
                if column > 0 {
                    text.push(',');
                }
                cell.clear();
                rows.write_cell(column, row, &mut cell);
                match (kind, cell.as_str()) {
                    (DataType::Boolean, "true") => text.push('1'),
                    (DataType::Boolean, "false") => text.push('0'),
                    _ => text.push_str(&csv_cell(&cell)),
                }
            }
            text.push('\n');
        }
        file.text(&text)
    }

    fn end(&mut self, _: &PackageContext<'_>, _: &FeedTable, rows: u64, folder: &mut Folder) -> Result<()> {
        self.total += rows;
        self.rows.take().map_or(Ok(()), |file| folder.close(file, None, rows))
    }

    fn finish(&mut self, context: &PackageContext<'_>, _: &Census, folder: &mut Folder) -> Result<()> {
        let (d, batches) = (self.dialect, LoadFiles::batches(context));
        let create =
            format!("-- Run once, before the first package is loaded.\n{};\n\n{}", d.create(&batches), self.create);
        folder.put(&format!("{}/create.sql", self.name), self.name, 0, create.as_bytes())?;
        let note = &context.edition.note;
        let what = if context.of_changes { "changes" } else { "whole" };
        let package = context.feed.package_name(context.sequence, &note.content);
        let texts =
            [&*context.feed.name, context.edition.audience.as_str(), what, &package, &note.snapshot, &note.as_of];
        let texts = texts.map(|t| d.text(t)).join(", ");
        let names = d.names(batches.columns.iter().map(|c| c.name.as_str()));
        let (table, batch, before) = (d.name(&batches.name), context.sequence, context.sequence.saturating_sub(1));
        let mut apply = "-- One transaction. The first statement fails where this package was loaded before.\n\
                         WHENEVER SQLERROR EXIT ROLLBACK\n"
            .to_owned();
        let _ = writeln!(apply, "INSERT INTO {table} ({names}) VALUES ({batch}, {texts}, {});", self.total);
        if context.of_changes {
            let _ = write!(
                apply,
                "DECLARE n NUMBER;\nBEGIN\n  SELECT COUNT(*) INTO n FROM {table} WHERE {} = {before};\n  IF n = 0 THEN \
                 RAISE_APPLICATION_ERROR(-20001, 'package {before} was not loaded'); END IF;\nEND;\n/\n",
                d.name(BATCH)
            );
        }
        apply += &self.apply;
        apply += "COMMIT;\n";
        folder.put(&format!("{}/apply.sql", self.name), self.name, 0, apply.as_bytes())
    }
}
