//! Published tables as tables of databases: names, types and statements in the words of each.

use super::edition::FeedTable;
use crate::catalogue::ColumnType;

/// A language of databases.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    Postgres,
    MySql,
    Oracle,
    Dameng,
}

/// A column of a table.
#[derive(Clone, Debug)]
pub struct SqlColumn {
    pub name: String,
    pub ty: ColumnType,
    pub nullable: bool,
}

/// A table of a receiver's database.
#[derive(Clone, Debug)]
pub struct SqlTable {
    pub name: String,
    pub columns: Vec<SqlColumn>,
    pub keys: Vec<String>,
}

/// Column of the batch that put a row there or changed it last, and of what it did: `I` or `U`.
pub const BATCH: &str = "batch";
pub const BATCH_ACTION: &str = "batch_action";

/// Longest text of a key: the keys of the widest table stay below what an index of MySQL may have.
const KEY_LENGTH: usize = 64;
/// Longest other text, where a type has a length.
const TEXT_LENGTH: usize = 1000;

impl SqlTable {
    /// A table with the keys in front.
    pub fn new(name: String, keys: &[&str], others: &[(&str, ColumnType)]) -> SqlTable {
        let is_number = |name: &str| name == BATCH || name == "rows_total";
        let keyed = keys.iter().map(|k| {
            let ty = if is_number(k) { ColumnType::Whole } else { ColumnType::Text };
            SqlColumn { name: (*k).to_owned(), ty, nullable: false }
        });
        let others = others.iter().map(|(n, ty)| SqlColumn { name: (*n).to_owned(), ty: *ty, nullable: true });
        SqlTable { name, columns: keyed.chain(others).collect(), keys: keys.iter().map(|k| (*k).to_owned()).collect() }
    }

    /// The table that a published one is loaded into.
    pub fn of(table: &FeedTable, prefix: &str) -> SqlTable {
        let keys = table.keys();
        let mut columns: Vec<SqlColumn> = table
            .columns
            .iter()
            .map(|c| SqlColumn { name: c.name.clone(), ty: c.ty, nullable: !keys.contains(&c.name) })
            .collect();
        columns.push(SqlColumn { name: BATCH.to_owned(), ty: ColumnType::Whole, nullable: false });
        columns.push(SqlColumn { name: BATCH_ACTION.to_owned(), ty: ColumnType::Text, nullable: false });
        SqlTable { name: format!("{prefix}{}", table.file_stem()), columns, keys }
    }

    /// The table beside it that a package is loaded into first.
    pub fn staging(&self) -> String {
        format!("{}_staging", self.name)
    }

    /// The columns that a package fills.
    pub fn data_columns(&self) -> impl Iterator<Item = &SqlColumn> {
        self.columns.iter().filter(|c| c.name != BATCH && c.name != BATCH_ACTION)
    }
}

impl Dialect {
    /// A name quoted as an identifier of this dialect.
    pub fn name(self, name: &str) -> String {
        match self {
            Dialect::Postgres => format!("\"{name}\""),
            Dialect::MySql => format!("`{name}`"),
            Dialect::Oracle | Dialect::Dameng => format!("\"{}\"", name.to_uppercase()),
        }
    }

    pub fn names<'a>(self, names: impl Iterator<Item = &'a str>) -> String {
        names.map(|n| self.name(n)).collect::<Vec<_>>().join(", ")
    }

    /// A text quoted as a literal of this dialect. MySQL is told to leave backslashes alone.
    pub fn text(self, text: &str) -> String {
        let plain: String = text.chars().filter(|c| *c != '\0').collect();
        format!("'{}'", plain.replace('\'', "''"))
    }

    /// The type of a column, as its declaration has it.
    pub fn type_of(self, ty: ColumnType, is_key: bool) -> String {
        let length = if is_key { KEY_LENGTH } else { TEXT_LENGTH };
        match (self, ty) {
            (Dialect::MySql, ColumnType::Text) if is_key => format!("varchar({length})"),
            (Dialect::Postgres | Dialect::MySql, ColumnType::Text) => "text".to_owned(),
            (Dialect::Oracle, ColumnType::Text) => format!("VARCHAR2({length} CHAR)"),
            (Dialect::Dameng, ColumnType::Text) => format!("VARCHAR({length} CHAR)"),
            (Dialect::Oracle, ColumnType::Whole) => "NUMBER(19)".to_owned(),
            (Dialect::Oracle, ColumnType::Number) => "BINARY_DOUBLE".to_owned(),
            (Dialect::Dameng, ColumnType::Number) => "DOUBLE".to_owned(),
            (Dialect::Oracle, ColumnType::Flag) => "NUMBER(1)".to_owned(),
            (Dialect::Dameng, ColumnType::Flag) => "TINYINT".to_owned(),
            (Dialect::Oracle | Dialect::Dameng, ColumnType::Day) => "DATE".to_owned(),
            (_, ColumnType::Whole) => "bigint".to_owned(),
            (Dialect::Postgres, ColumnType::Number) => "double precision".to_owned(),
            (Dialect::Postgres, ColumnType::Flag) => "boolean".to_owned(),
            (Dialect::MySql, ColumnType::Number) => "double".to_owned(),
            (Dialect::MySql, ColumnType::Flag) => "tinyint(1)".to_owned(),
            (Dialect::Postgres | Dialect::MySql, ColumnType::Day) => "date".to_owned(),
        }
    }

    /// The types that a column of a table that is there already may have.
    pub fn accepted_types(self, ty: ColumnType) -> &'static [&'static str] {
        match (self, ty) {
            (Dialect::MySql, ColumnType::Text) => &["text", "varchar", "char", "mediumtext", "longtext"],
            (_, ColumnType::Text) => &["text", "character varying", "character"],
            (_, ColumnType::Whole) => &["bigint"],
            (Dialect::MySql, ColumnType::Number) => &["double"],
            (_, ColumnType::Number) => &["double precision"],
            (Dialect::MySql, ColumnType::Flag) => &["tinyint"],
            (_, ColumnType::Flag) => &["boolean"],
            (_, ColumnType::Day) => &["date"],
        }
    }

    /// The declaration of a column.
    pub fn column(self, column: &SqlColumn, keys: &[String]) -> String {
        let ty = self.type_of(column.ty, keys.contains(&column.name));
        format!("{} {ty}{}", self.name(&column.name), if column.nullable { "" } else { " NOT NULL" })
    }

    /// The statement that makes a table.
    pub fn create(self, table: &SqlTable) -> String {
        let mut lines: Vec<String> = table.columns.iter().map(|c| self.column(c, &table.keys)).collect();
        if !table.keys.is_empty() {
            lines.push(format!("PRIMARY KEY ({})", self.names(table.keys.iter().map(String::as_str))));
        }
        let (begin, end) = match self {
            Dialect::Postgres => ("CREATE TABLE IF NOT EXISTS", ""),
            Dialect::MySql => {
                ("CREATE TABLE IF NOT EXISTS", " ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin")
            }
            Dialect::Oracle | Dialect::Dameng => ("CREATE TABLE", ""),
        };
        format!("{begin} {} (\n  {}\n){end}", self.name(&table.name), lines.join(",\n  "))
    }

    /// The statement that makes the table beside, which goes with the connection.
    pub fn create_staging(self, table: &SqlTable, of_changes: bool) -> String {
        let mut lines = Vec::new();
        if of_changes {
            lines.push(format!("{} {} NOT NULL", self.name("action"), self.type_of(ColumnType::Text, true)));
        }
        lines.extend(table.data_columns().map(|c| {
            let column = SqlColumn { nullable: !table.keys.contains(&c.name), ..c.clone() };
            self.column(&column, &table.keys)
        }));
        if !table.keys.is_empty() {
            lines.push(format!("PRIMARY KEY ({})", self.names(table.keys.iter().map(String::as_str))));
        }
        let end = match self {
            Dialect::MySql => " ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin",
            _ => " ON COMMIT DROP",
        };
        format!("CREATE TEMPORARY TABLE {} ({}){end}", self.name(&table.staging()), lines.join(", "))
    }

    /// `t.key = s.key` for all keys.
    pub fn same_keys(self, table: &SqlTable) -> String {
        let same = |k: &String| format!("t.{0} = s.{0}", self.name(k));
        table.keys.iter().map(same).collect::<Vec<_>>().join(" AND ")
    }
}

/// The tables in which batches are written down.
#[derive(Clone, Debug)]
pub struct BatchBooks {
    /// A row for each batch.
    pub batches: SqlTable,
    /// A row for each batch and table.
    pub tables: SqlTable,
    /// The keys of rows that a batch took away.
    pub withdrawn: SqlTable,
    /// What came of batches, by the sender and by whoever takes them on.
    pub receipts: SqlTable,
}

impl BatchBooks {
    pub fn new(prefix: &str) -> BatchBooks {
        use ColumnType::{Text, Whole};
        let name = |n: &str| format!("{prefix}{n}");
        let counts = [("rows_total", Whole), ("inserted", Whole), ("updated", Whole), ("deleted", Whole)];
        let digest = [("digest_name", Text), ("digest", Text)];
        let of_batch = [
            ("feed", Text),
            ("audience", Text),
            ("what", Text),
            ("sequence", Whole),
            ("package", Text),
            ("manifest_sha256", Text),
            ("snapshot", Text),
            ("as_of", Text),
            ("loaded_at", Text),
        ];
        let receipt = [("noted_at", Text), ("writer", Text), ("result", Text), ("message", Text)];
        let gone = [(BATCH, Whole), ("table_name", Text), ("row_key", Text)];
        let receipt: Vec<_> = [(BATCH, Whole)].into_iter().chain(receipt).collect();
        BatchBooks {
            batches: SqlTable::new(name("batch"), &[BATCH], &[&of_batch[..], &counts, &digest].concat()),
            tables: SqlTable::new(name("batch_table"), &[BATCH, "table_name"], &[&counts[..], &digest].concat()),
            withdrawn: SqlTable::new(name("withdrawn"), &[], &gone),
            receipts: SqlTable::new(name("receipt"), &[], &receipt),
        }
    }

    pub fn all(&self) -> [&SqlTable; 4] {
        [&self.batches, &self.tables, &self.withdrawn, &self.receipts]
    }
}
