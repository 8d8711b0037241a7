//! Rows that the server computed, as tables here.

use arrow::datatypes::{DataType, SchemaRef};
use arrow::error::ArrowError;

use super::convert;
use super::messages::SparkRelation;
use super::server::SparkServer;
use crate::engine::frame::Frame;
use crate::error::{Error, Result};

/// The column that says which of many queries a row is of.
const OF_QUERY: &str = "of_query";

/// The rows of a query, in the types that the embedded engine has them in.
///
/// # Errors
/// `Input`: the server did not compute them.
pub(super) fn fetched(server: &SparkServer, query: &str, wanted: &SchemaRef) -> Result<Frame> {
    let streams = server.rows(SparkRelation::sql(query))?;
    convert::answer(&streams, wanted).map_err(|e| unread(&e))
}

/// The rows of many queries, asked as one: each with its columns. Columns of one name are of types that one column can
/// hold.
///
/// # Errors
/// `Input`: the server did not compute them.
pub(super) fn fetched_together(server: &SparkServer, asked: &[(String, SchemaRef)]) -> Result<Vec<Frame>> {
    let mut columns: Vec<(&str, &DataType)> = Vec::new();
    for field in asked.iter().flat_map(|(_, wanted)| wanted.fields()) {
        if !columns.iter().any(|(name, _)| name == field.name()) {
            columns.push((field.name(), field.data_type()));
        }
    }
    let parts = asked.iter().enumerate().map(|(number, (query, wanted))| {
        let column = |(name, kind): &(&str, &DataType)| match wanted.field_with_name(name) {
            Ok(_) => (*name).to_owned(),
            Err(_) => format!("CAST(NULL AS {}) AS {name}", name_of_type(kind)),
        };
        let columns: Vec<String> = columns.iter().map(column).collect();
        format!("SELECT {number} AS {OF_QUERY}, {}\nFROM (\n{query}\n) AS query_{number}", columns.join(", "))
    });
    let streams = server.rows(SparkRelation::sql(&parts.collect::<Vec<_>>().join("\nUNION ALL\n")))?;
    let wanted: Vec<&SchemaRef> = asked.iter().map(|(_, wanted)| wanted).collect();
    convert::answers(&streams, &wanted, OF_QUERY).map_err(|e| unread(&e))
}

/// What Spark calls a type, or a wider one.
fn name_of_type(kind: &DataType) -> &'static str {
    match kind {
        DataType::Boolean => "BOOLEAN",
        kind if kind.is_integer() => "BIGINT",
        kind if kind.is_numeric() => "DOUBLE",
        _ => "STRING",
    }
}

fn unread(e: &ArrowError) -> Error {
    Error::bug(format!("the answer of the Spark server cannot be read: {e}"))
}
