//! Which engine runs the SQL of a night.

use std::sync::Arc;

use super::embedded::Embedded;
use super::frame::Frame;
use super::seam::{Engine, EngineFailure};
use super::spark::{Spark, SparkSettings, SparkTable};
use crate::error::Result;

/// The setting `[engine]`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum EngineSettings {
    /// The engine that is compiled in.
    #[default]
    Embedded,
    /// A Spark Connect server.
    Spark(SparkSettings),
}

/// The engine that sessions ask; a clone is the same one.
#[derive(Clone)]
pub struct QueryEngine(Chosen);

#[derive(Clone)]
enum Chosen {
    Embedded,
    Spark(Arc<Spark>),
}

/// A table as the chosen engine holds it.
#[derive(Clone)]
pub(super) enum HeldTable {
    Embedded(<Embedded as Engine>::Held),
    Spark(SparkTable),
}

impl QueryEngine {
    /// The engine that is compiled in.
    pub fn embedded() -> Self {
        QueryEngine(Chosen::Embedded)
    }

    /// The engine of a setting; a server is connected to at once.
    ///
    /// # Errors
    /// `Input`: the server cannot be reached, or refuses.
    pub fn open(settings: &EngineSettings) -> Result<Self> {
        match settings {
            EngineSettings::Embedded => Ok(QueryEngine::embedded()),
            EngineSettings::Spark(settings) => Ok(QueryEngine(Chosen::Spark(Arc::new(Spark::open(settings)?)))),
        }
    }

    /// Whether its tables are in this program's memory.
    pub fn is_here(&self) -> bool {
        matches!(self.0, Chosen::Embedded)
    }

    /// The version that a server says; `None` for the engine that is compiled in.
    pub fn version_of_server(&self) -> Option<&str> {
        match &self.0 {
            Chosen::Embedded => None,
            Chosen::Spark(spark) => Some(spark.version()),
        }
    }
}

impl Engine for QueryEngine {
    type Held = HeldTable;

    fn hold(&self, frame: &Frame) -> Result<HeldTable, EngineFailure> {
        Ok(match &self.0 {
            Chosen::Embedded => HeldTable::Embedded(Embedded.hold(frame)?),
            Chosen::Spark(spark) => HeldTable::Spark(spark.hold(frame)?),
        })
    }

    fn run(&self, sql: &str, tables: &[(&str, &HeldTable)]) -> Result<HeldTable, EngineFailure> {
        match &self.0 {
            Chosen::Embedded => {
                let tables: Vec<_> = tables.iter().map(|(name, held)| Ok((*name, embedded(held)?))).collect::<Result<
                    _,
                    EngineFailure,
                >>(
                )?;
                Ok(HeldTable::Embedded(Embedded.run(sql, &tables)?))
            }
            Chosen::Spark(spark) => {
                let tables: Vec<_> = tables.iter().map(|(name, held)| Ok((*name, of_spark(held)?))).collect::<Result<
                    _,
                    EngineFailure,
                >>(
                )?;
                Ok(HeldTable::Spark(spark.run(sql, &tables)?))
            }
        }
    }

    fn give(&self, held: &HeldTable) -> Result<Frame, EngineFailure> {
        match &self.0 {
            Chosen::Embedded => Embedded.give(embedded(held)?),
            Chosen::Spark(spark) => spark.give(of_spark(held)?),
        }
    }

    fn give_each(&self, held: &[HeldTable]) -> Result<Vec<Frame>, EngineFailure> {
        match &self.0 {
            Chosen::Embedded => held.iter().map(|held| self.give(held)).collect(),
            Chosen::Spark(spark) => {
                let held = held.iter().map(|held| of_spark(held).cloned()).collect::<Result<Vec<_>, _>>()?;
                spark.give_each(&held)
            }
        }
    }
}

fn embedded(held: &HeldTable) -> Result<&<Embedded as Engine>::Held, EngineFailure> {
    match held {
        HeldTable::Embedded(held) => Ok(held),
        HeldTable::Spark(_) => Err(of_two_engines()),
    }
}

fn of_spark(held: &HeldTable) -> Result<&SparkTable, EngineFailure> {
    match held {
        HeldTable::Spark(held) => Ok(held),
        HeldTable::Embedded(_) => Err(of_two_engines()),
    }
}

fn of_two_engines() -> EngineFailure {
    EngineFailure::Unfit("a table of another engine".to_owned())
}
