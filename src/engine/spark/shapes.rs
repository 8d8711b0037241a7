//! What columns a query gives, and of what types: the embedded engine says it of the same SQL over no rows.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use arrow::datatypes::SchemaRef;

use crate::engine::embedded::Embedded;
use crate::engine::frame::Frame;
use crate::engine::seam::{Engine, EngineFailure};

/// A table without rows.
pub(super) struct TableShape {
    number: usize,
    pub schema: SchemaRef,
    empty: <Embedded as Engine>::Held,
}

/// A query, and what the tables are that it reads, by name.
type Asked = (String, Vec<(String, usize)>);

/// The shapes of a session. Thousands of queries differ by their rows alone, so each is tried once.
#[derive(Default)]
pub(super) struct KnownShapes {
    of_schemas: Mutex<HashMap<SchemaRef, Arc<TableShape>>>,
    of_queries: Mutex<HashMap<Asked, Arc<TableShape>>>,
}

impl KnownShapes {
    /// The shape of rows that are here.
    pub fn of_rows(&self, frame: &Frame) -> Result<Arc<TableShape>, EngineFailure> {
        self.shape(Embedded.hold(&Frame::new(frame.schema().clone(), Vec::new()))?)
    }

    /// The shape of what a query gives.
    pub fn of_query(&self, sql: &str, tables: &[(&str, &TableShape)]) -> Result<Arc<TableShape>, EngineFailure> {
        let reads = tables.iter().map(|(name, shape)| ((*name).to_owned(), shape.number)).collect();
        let asked: Asked = (sql.to_owned(), reads);
        if let Some(known) = self.of_queries.lock().unwrap_or_else(PoisonError::into_inner).get(&asked) {
            return Ok(known.clone());
        }
        let empty: Vec<_> = tables.iter().map(|(name, shape)| (*name, &shape.empty)).collect();
        let shape = self.shape(Embedded.run(sql, &empty)?)?;
        self.of_queries.lock().unwrap_or_else(PoisonError::into_inner).insert(asked, shape.clone());
        Ok(shape)
    }

    fn shape(&self, empty: <Embedded as Engine>::Held) -> Result<Arc<TableShape>, EngineFailure> {
        let schema = Embedded.give(&empty)?.schema().clone();
        let mut known = self.of_schemas.lock().unwrap_or_else(PoisonError::into_inner);
        let number = known.len();
        Ok(known.entry(schema.clone()).or_insert_with(|| Arc::new(TableShape { number, schema, empty })).clone())
    }
}
