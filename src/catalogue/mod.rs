//! The catalogue of published tables: the one place that says, for each table of a snapshot, where it lies, what
//! its columns are, which of them name a row and which count, whom they count, how the rows are sorted, and what
//! all of it means in both languages.
//!
//! Writing, reading back, the data dictionary, and whatever reads a snapshot take it from here.

mod data_package;
mod dictionary;
mod disclosure_tables;
mod indicator_tables;
mod label_tables;
mod quality_tables;
mod rollup_table;
mod table;
mod words;

use arrow::datatypes::SchemaRef;

use crate::schema::indicator::{Denominator, IndicatorPart, Unit};
use crate::schema::{Counts, Facts, Indicator, PeriodKind, Rollup, Schemas};

pub use data_package::{DataPackage, Resource, field_of};
pub use dictionary::{data_dictionary, edition_dictionary};
pub use disclosure_tables::{HIDDEN_CELLS, OPEN_MOVES, POSSIBLE_TABLES};
pub use indicator_tables::SCORECARD;
pub use table::{
    Column, ColumnRole, ColumnType, Copied, Edition, FractionSide, Key, PublishedTable, Sensitivity, rollup_of,
};
pub use words::CatalogueWords;

/// All tables that a snapshot can hold. Which kinds of periods it holds indicators of is a matter of its settings.
#[derive(Clone, Debug)]
pub struct Catalogue {
    pub tables: Vec<PublishedTable>,
    /// What stands in the rows of indicators and of the scorecard, sorted by id.
    pub indicators: Vec<IndicatorEntry>,
}

/// An indicator in the rows of a table.
#[derive(Clone, Debug)]
pub struct IndicatorEntry {
    pub id: String,
    pub words: CatalogueWords,
    pub unit: &'static str,
    /// Of a percent it is a part of the denominator, unless that is a population: what it leaves of it is a number too.
    pub numerator: Sensitivity,
    /// `None` for a count.
    pub denominator: Option<Sensitivity>,
    /// The denominator is a population of a public census table.
    pub of_population: bool,
}

impl Catalogue {
    /// What is published of some declarations.
    pub fn of(schemas: &Schemas) -> Catalogue {
        let mut tables: Vec<PublishedTable> = PeriodKind::ALL.into_iter().map(indicator_tables::indicators).collect();
        tables.push(indicator_tables::scorecard());
        tables.push(indicator_tables::gaps());
        tables.extend(schemas.rollups.iter().map(|r| rollup_table::rollup(r, &schemas.facts)));
        tables.push(quality_tables::reconciliation());
        tables.push(quality_tables::rejects());
        tables.extend(label_tables::all());
        tables.push(label_tables::stations());
        tables.extend(disclosure_tables::all());
        Catalogue { tables, indicators: schemas.indicators.iter().map(|i| entry(i, &schemas.facts)).collect() }
    }

    /// The table of a name, such as `rollups/services`.
    pub fn table(&self, name: &str) -> Option<&PublishedTable> {
        self.tables.iter().find(|t| t.name == name)
    }

    /// The table that lies at a path below a snapshot, and the edition that it belongs to there.
    pub fn at(&self, path: &str) -> Option<(&PublishedTable, Edition)> {
        let (folder, below) = path.split_once('/')?;
        let edition = Edition::ALL.into_iter().find(|e| e.folder() == folder)?;
        Some((self.tables.iter().find(|t| t.file == below)?, edition))
    }

    pub fn indicator(&self, id: &str) -> Option<&IndicatorEntry> {
        self.indicators.iter().find(|i| i.id == id)
    }

    /// The indicators of a kind of period.
    pub fn indicators_of(kind: PeriodKind) -> PublishedTable {
        indicator_tables::indicators(kind)
    }

    /// The columns that the exact indicators of each kind of period have.
    pub fn indicator_schema() -> SchemaRef {
        indicator_tables::indicators(PeriodKind::Year).schema(Edition::Internal)
    }

    pub fn scorecard() -> PublishedTable {
        indicator_tables::scorecard()
    }

    pub fn gaps() -> PublishedTable {
        indicator_tables::gaps()
    }

    /// The tables of labels, by name: `labels/divisions`.
    ///
    /// # Panics
    /// Where there is no table of this name.
    pub fn labels(name: &str) -> PublishedTable {
        let tables = label_tables::all().into_iter().chain([label_tables::stations()]);
        tables.into_iter().find(|table| table.name == name).expect("a table of labels")
    }

    /// The tables that show that a public edition is safe, by name: `disclosure/cells`.
    ///
    /// # Panics
    /// Where there is no table of this name.
    pub fn disclosure(name: &str) -> PublishedTable {
        disclosure_tables::all().into_iter().find(|table| table.name == name).expect("a table of the disclosure")
    }

    pub fn reconciliation() -> PublishedTable {
        quality_tables::reconciliation()
    }

    pub fn rejects() -> PublishedTable {
        quality_tables::rejects()
    }

    /// The table of a rollup.
    pub fn rollup(rollup: &Rollup, facts: &Facts) -> PublishedTable {
        rollup_table::rollup(rollup, facts)
    }
}

fn entry(i: &Indicator, facts: &Facts) -> IndicatorEntry {
    let counted = |part: &IndicatorPart| Sensitivity {
        counts: part.counts,
        of: None,
        part_of: None,
        adds_up: i.adds_up(&part.measure, facts),
    };
    let (numerator, denominator) = (counted(&i.numerator), &i.denominator);
    let is_part = i.unit == Unit::Percent && matches!(denominator, Denominator::Part(_));
    IndicatorEntry {
        id: i.id.clone(),
        words: CatalogueWords::new(&i.zh, &i.en),
        unit: i.unit.as_str(),
        numerator: Sensitivity { part_of: is_part.then(|| "denominator".to_owned()), ..numerator },
        denominator: match denominator {
            Denominator::None => None,
            Denominator::Part(part) => Some(counted(part)),
            Denominator::Population => Some(Sensitivity::of(Counts::Nobody)),
        },
        of_population: *denominator == Denominator::Population,
    }
}

/// The file of the exact indicators of a kind of period, below its snapshot.
pub fn indicators_path(kind: PeriodKind) -> String {
    indicator_tables::indicators(kind).path(Edition::Internal)
}

/// The file of a rollup's exact numbers, below its snapshot.
pub fn rollup_path(rollup: &Rollup) -> String {
    format!("{}/{}", Edition::Internal.folder(), rollup_table::file(&rollup.name))
}
