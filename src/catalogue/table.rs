//! The shape of a published table.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema, SchemaRef};

use super::words::{CatalogueWords, of_column};
use crate::schema::{AddsUp, Counts};

/// What the names of tables of rollups, and their paths, begin with.
pub(super) const ROLLUPS: &str = "rollups/";

/// The rollup that a published table of this name is of.
pub fn rollup_of(table: &str) -> Option<&str> {
    table.strip_prefix(ROLLUPS)
}

/// For whom tables are made. A table has the same name and the same path below the folder in each edition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Edition {
    /// Exact numbers, for the office itself.
    Internal,
    /// Numbers after disclosure control, for everybody.
    Public,
}

impl Edition {
    pub const ALL: [Edition; 2] = [Edition::Internal, Edition::Public];

    /// The folder below a snapshot.
    pub fn folder(self) -> &'static str {
        match self {
            Edition::Internal => "internal",
            Edition::Public => "public",
        }
    }
}

/// What the values of a column are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColumnType {
    Text,
    Whole,
    Number,
    Flag,
    Day,
}

impl ColumnType {
    pub fn arrow(self) -> DataType {
        match self {
            ColumnType::Text => DataType::Utf8,
            ColumnType::Whole => DataType::Int64,
            ColumnType::Number => DataType::Float64,
            ColumnType::Flag => DataType::Boolean,
            ColumnType::Day => DataType::Date32,
        }
    }

    /// The name that a data dictionary gives it.
    pub fn as_str(self) -> &'static str {
        match self {
            ColumnType::Text => "text",
            ColumnType::Whole => "int64",
            ColumnType::Number => "float64",
            ColumnType::Flag => "boolean",
            ColumnType::Day => "date",
        }
    }
}

/// What a key column names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    Profile,
    Indicator,
    Level,
    Division,
    PeriodKind,
    Period,
    /// A target of a plan beside its indicator and division: comparison, value, due date.
    Target,
    /// A code, `unknown` where not given, `_all` where not broken down.
    Dimension {
        /// Each row of the fact has one value, so that the values make up `_all`.
        single_valued: bool,
    },
    /// A dimension that something was sent in: county, file, sheet, row.
    Place,
}

/// Numerator or denominator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FractionSide {
    Numerator,
    Denominator,
}

/// What small numbers of a measure would tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sensitivity {
    pub counts: Counts,
    /// The measure of the same row that these things come from: a cell of things is small too when the persons
    /// that it comes from are few.
    pub of: Option<String>,
    /// The measure of the same row that this one is a part of.
    pub part_of: Option<String>,
    pub adds_up: AddsUp,
}

impl Sensitivity {
    pub(super) fn of(counts: Counts) -> Sensitivity {
        Sensitivity { counts, of: None, part_of: None, adds_up: AddsUp::default() }
    }
}

/// What a column is to its row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ColumnRole {
    /// Says which row it is.
    Key(Key),
    /// Follows from the key, the declarations and the calendar: a name, a unit, a date.
    Label,
    /// Whom it counts depends on the indicator of the row: see [`super::IndicatorEntry`].
    Cell(FractionSide),
    Measure(Sensitivity),
    /// Computed from numerator and denominator of the row.
    Value,
    /// Whether the numbers stand on all that they need, and whether they are shown.
    Status,
    /// Whether the value meets the target of the row.
    Verdict,
    /// What a finding says.
    Note,
}

/// Where the same number stands as well.
///
/// A scorecard row has the cell of its indicator and division in the window that ends on `evaluated_on`; an
/// indicator's table has it too where a period ends on that day (for an indicator of the window `period`: a year),
/// but for a target about villages that its plan names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Copied {
    /// First part of the tables' names: `indicators` are all of `indicators/…`.
    pub tables: &'static str,
    pub column: &'static str,
}

/// A column of a published table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    pub name: String,
    pub ty: ColumnType,
    pub nullable: bool,
    pub role: ColumnRole,
    pub copies: Option<Copied>,
    pub words: CatalogueWords,
}

impl Column {
    pub(super) fn new(name: &str, ty: ColumnType, role: ColumnRole) -> Column {
        Column { words: of_column(name), ..Column::described(name, ty, role, CatalogueWords::new("", "")) }
    }

    pub(super) fn described(name: &str, ty: ColumnType, role: ColumnRole, words: CatalogueWords) -> Column {
        Column { name: name.to_owned(), ty, nullable: false, role, copies: None, words }
    }

    pub(super) fn key(name: &str, key: Key) -> Column {
        Column::new(name, ColumnType::Text, ColumnRole::Key(key))
    }

    pub(super) fn or_null(self) -> Column {
        Column { nullable: true, ..self }
    }

    pub(super) fn copying(self, column: &'static str) -> Column {
        Column { copies: Some(Copied { tables: "indicators", column }), ..self }
    }

    /// The key that it is, if it is one.
    pub fn as_key(&self) -> Option<Key> {
        if let ColumnRole::Key(key) = self.role { Some(key) } else { None }
    }

    /// Whether the protection of small numbers may hide its values.
    pub fn may_be_hidden(&self) -> bool {
        matches!(self.role, ColumnRole::Cell(_) | ColumnRole::Measure(_) | ColumnRole::Value | ColumnRole::Verdict)
    }
}

/// A table of a snapshot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublishedTable {
    /// `indicators/month`, `scorecard`, `rollups/services`, `quality/rejects`.
    pub name: String,
    /// Path below the folder of an edition.
    pub file: String,
    pub editions: Vec<Edition>,
    pub title: CatalogueWords,
    /// As the exact edition has them; see [`PublishedTable::columns_in`].
    pub columns: Vec<Column>,
    /// Pairs of dimensions that rows break down by both at once; all other rows break down by one or by none.
    pub crossed: Vec<[String; 2]>,
    /// Number of leading columns that the rows are sorted by; 0 where they stand in the order of the declarations.
    pub sorted_by: usize,
}

impl PublishedTable {
    /// The rollup that it is of, if it is of one.
    pub fn rollup(&self) -> Option<&str> {
        rollup_of(&self.name)
    }

    /// Path below a snapshot, `internal/indicators/month.parquet`.
    pub fn path(&self, edition: Edition) -> String {
        format!("{}/{}", edition.folder(), self.file)
    }

    /// The columns as an edition has them: in the public one, numbers may be hidden, and the status says so.
    pub fn columns_in(&self, edition: Edition) -> Vec<Column> {
        let mut columns = self.columns.clone();
        if edition == Edition::Internal {
            return columns;
        }
        for column in &mut columns {
            column.nullable |= column.may_be_hidden();
            if column.role == ColumnRole::Status {
                column.words = column.words.and_hidden();
            }
        }
        if self.holds_numbers() && !columns.iter().any(|c| c.role == ColumnRole::Status) {
            columns.push(Column::described(
                "status",
                ColumnType::Text,
                ColumnRole::Status,
                CatalogueWords::of_shown_rows(),
            ));
        }
        columns
    }

    /// The columns of an edition for a file.
    pub fn schema(&self, edition: Edition) -> SchemaRef {
        let field = |c: Column| Field::new(c.name, c.ty.arrow(), c.nullable);
        Arc::new(Schema::new(self.columns_in(edition).into_iter().map(field).collect::<Vec<_>>()))
    }

    /// Whether it has numbers of which small ones may have to be hidden; other tables are labels.
    pub fn holds_numbers(&self) -> bool {
        self.columns.iter().any(Column::may_be_hidden)
    }

    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|c| c.name == name)
    }

    /// The columns that say which row is meant.
    pub fn keys(&self) -> impl Iterator<Item = &Column> {
        self.columns.iter().filter(|c| c.as_key().is_some())
    }

    /// The columns that count, with whom they count where that does not depend on the row.
    pub fn measures(&self) -> impl Iterator<Item = (&Column, Option<&Sensitivity>)> {
        self.columns.iter().filter_map(|c| match &c.role {
            ColumnRole::Measure(sensitivity) => Some((c, Some(sensitivity))),
            ColumnRole::Cell(_) => Some((c, None)),
            _ => None,
        })
    }
}
