//! A server that speaks Spark Connect as the engine.
//!
//! Tables that are given go up when a query first reads them; tables that queries make are kept as their SQL, and
//! the server computes them when a query reads them. What types rows have, the embedded engine says of the same
//! SQL over no rows, so that both engines give the same tables.

mod address;
mod answer;
mod convert;
mod grpc;
mod messages;
mod server;
mod shapes;
mod table;
mod wire;

use std::sync::Arc;

pub use address::{SparkAddress, SparkSettings};
use arrow::datatypes::SchemaRef;
use server::SparkServer;
use shapes::KnownShapes;
pub(super) use table::SparkTable;
use table::{SparkRows, TablesThere};

use crate::engine::frame::Frame;
use crate::engine::seam::{Engine, EngineFailure};
use crate::error::Result;

/// How many queries are asked as one: a server plans and starts each for longer than most of them take.
const TOGETHER: usize = 64;

/// A session on a server, and the tables that stand there.
pub(super) struct Spark {
    there: Arc<TablesThere>,
    shapes: KnownShapes,
}

impl Spark {
    /// Begins a session.
    ///
    /// # Errors
    /// `Input`: the server cannot be reached. `Output`: the shared folder cannot be written.
    pub fn open(settings: &SparkSettings) -> Result<Self> {
        let server = SparkServer::connect(&settings.address, settings.token_file.as_deref())?;
        let there = Arc::new(TablesThere::new(server, settings.shared.as_deref())?);
        Ok(Spark { there, shapes: KnownShapes::default() })
    }

    pub fn version(&self) -> &str {
        self.there.version()
    }
}

impl Engine for Spark {
    type Held = SparkTable;

    fn hold(&self, frame: &Frame) -> Result<SparkTable, EngineFailure> {
        Ok(SparkTable::new(&self.there, self.shapes.of_rows(frame)?, SparkRows::Given(frame.clone())))
    }

    fn run(&self, sql: &str, tables: &[(&str, &SparkTable)]) -> Result<SparkTable, EngineFailure> {
        let shapes: Vec<_> = tables.iter().map(|(name, table)| (*name, table.shape())).collect();
        let shape = self.shapes.of_query(sql, &shapes)?;
        let reads = tables.iter().map(|(name, table)| ((*name).to_owned(), (*table).clone())).collect();
        Ok(SparkTable::new(&self.there, shape, SparkRows::Made { sql: sql.to_owned(), reads }))
    }

    fn give(&self, table: &SparkTable) -> Result<Frame, EngineFailure> {
        if let SparkRows::Given(frame) = table.rows() {
            return Ok(frame.clone());
        }
        let query = table.query().map_err(EngineFailure::Away)?;
        answer::fetched(self.there.server(), &query, &table.shape().schema).map_err(EngineFailure::Away)
    }

    fn give_each(&self, tables: &[SparkTable]) -> Result<Vec<Frame>, EngineFailure> {
        let mut all = Vec::with_capacity(tables.len());
        for some in tables.chunks(TOGETHER) {
            let of = |table: &SparkTable| -> Result<(String, SchemaRef)> {
                Ok((table.query()?, table.shape().schema.clone()))
            };
            let asked = some.iter().map(of).collect::<Result<Vec<_>>>().map_err(EngineFailure::Away)?;
            all.extend(answer::fetched_together(self.there.server(), &asked).map_err(EngineFailure::Away)?);
        }
        Ok(all)
    }
}
