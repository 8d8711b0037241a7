//! What stands in a table of the receiver, compared with what was published by the digests of its rows.

use super::connection::{Connection, LoadTrouble};
use crate::catalogue::ColumnType;
use crate::deliver::digest::LineDigests;
use crate::deliver::rows::csv_cell;
use crate::deliver::sql::{Dialect, SqlTable};
use crate::error::{Words, words};
use crate::store::key::HashName;

/// A table of the receiver, to be read.
pub struct TableContent<'t> {
    pub connection: &'t mut dyn Connection,
    pub dialect: Dialect,
    pub table: &'t SqlTable,
}

impl TableContent<'_> {
    /// Each row as its line of CSV, with its key.
    fn each_line(&mut self, with: &mut dyn FnMut(&str, &str)) -> Result<(), LoadTrouble> {
        let columns: Vec<_> = self.table.data_columns().collect();
        let selected = columns.iter().map(|c| {
            let name = self.dialect.name(&c.name);
            // Texts of a fixed length come without the blanks that fill them up.
            let is_padded = self.dialect == Dialect::Postgres && c.ty == ColumnType::Text;
            if is_padded { format!("CAST({name} AS text)") } else { name }
        });
        let sql =
            format!("SELECT {} FROM {}", selected.collect::<Vec<_>>().join(", "), self.dialect.name(&self.table.name));
        let is_key: Vec<bool> = columns.iter().map(|c| self.table.keys.contains(&c.name)).collect();
        let (mut line, mut key) = (String::new(), String::new());
        self.connection.each_row(&sql, &mut |cells| {
            line.clear();
            key.clear();
            for (nth, (column, cell)) in columns.iter().zip(&cells).enumerate() {
                if nth > 0 {
                    line.push(',');
                }
                let cell = as_published(column.ty, cell.as_deref().unwrap_or_default());
                line.push_str(&cell);
                if is_key[nth] {
                    key.push_str(if key.is_empty() { "" } else { "," });
                    key.push_str(&cell);
                }
            }
            with(&line, &key);
        })
    }

    /// The digest of the rows that stand there.
    pub fn digest(&mut self, name: HashName) -> Result<String, LoadTrouble> {
        let mut rows = LineDigests::new(name);
        self.each_line(&mut |line, _| rows.add(line))?;
        Ok(rows.digest())
    }

    /// How the rows that stand there differ from those that were published; `None` where they do not.
    pub fn differs(&mut self, published: &LineDigests, digest: &str) -> Result<Option<Words>, LoadTrouble> {
        let (mut others, mut first) = (0u64, String::new());
        let mut rows = LineDigests::new(published.name());
        self.each_line(&mut |line, key| {
            rows.add(line);
            if !published.has(line) {
                first = if others == 0 { key.to_owned() } else { std::mem::take(&mut first) };
                others += 1;
            }
        })?;
        if rows.digest() == digest {
            return Ok(None);
        }
        let several = if others == 1 { "row" } else { "rows" };
        Ok(Some(words!(
            "表 {} 中另有人改动过值（{others} 行，首行为 {first}）：请收回他人的写权限，并用 `--whole` 整包发送一次",
            "somebody else has changed values in the table {} ({others} {several}, the first is {first}): give nobody \
             else the right to write, and send the feed once with `--whole`",
            self.table.name
        )))
    }
}

/// A cell as the database says it, in the words of published tables.
fn as_published(ty: ColumnType, cell: &str) -> String {
    match ty {
        ColumnType::Text => csv_cell(cell).into_owned(),
        ColumnType::Number => cell.parse::<f64>().map_or_else(|_| cell.to_owned(), |number| number.to_string()),
        ColumnType::Flag => match cell {
            "t" | "1" => "true".to_owned(),
            "f" | "0" => "false".to_owned(),
            other => other.to_owned(),
        },
        ColumnType::Whole | ColumnType::Day => cell.to_owned(),
    }
}
