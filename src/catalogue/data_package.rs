//! Tables described as a Frictionless Data Package (<https://datapackage.org>, version 2).

use serde_json::{Value, json};

use super::{Column, ColumnType};

/// A package of tables.
pub struct DataPackage<'p> {
    pub name: &'p str,
    /// The day that the numbers look back from, ISO 8601.
    pub version: &'p str,
    pub resources: Vec<Value>,
}

impl DataPackage<'_> {
    pub fn to_json(&self) -> Value {
        json!({
            "$schema": "https://datapackage.org/profiles/2.0/datapackage.json",
            "name": self.name,
            "title": "心理健康服务统计 Mental-health service statistics",
            "version": self.version,
            "resources": self.resources,
        })
    }
}

/// A file that holds a table.
pub struct Resource<'p> {
    /// Lower-case letters, digits, `-`, `_`, `.` and `/`.
    pub name: &'p str,
    /// From the folder of `datapackage.json`.
    pub path: &'p str,
    pub title: &'p str,
    pub description: &'p str,
    pub bytes: u64,
    pub sha256: &'p str,
    pub rows: u64,
}

impl Resource<'_> {
    /// A Parquet file of these columns, of which `keys` name a row.
    pub fn parquet(&self, columns: &[Column], keys: &[&str]) -> Value {
        let mut schema = json!({
            "$schema": "https://datapackage.org/profiles/2.0/tableschema.json",
            "fields": columns.iter().map(field_of).collect::<Vec<_>>(),
        });
        if !keys.is_empty() {
            schema["primaryKey"] = json!(keys);
        }
        json!({
            "name": self.name,
            "type": "table",
            "path": self.path,
            "format": "parquet",
            "mediatype": "application/vnd.apache.parquet",
            "title": self.title,
            "description": self.description,
            "bytes": self.bytes,
            "hash": format!("sha256:{}", self.sha256),
            "rows": self.rows,
            "schema": schema,
        })
    }
}

/// A column as a field of a Table Schema.
pub fn field_of(column: &Column) -> Value {
    let ty = match column.ty {
        ColumnType::Text => "string",
        ColumnType::Whole => "integer",
        ColumnType::Number => "number",
        ColumnType::Flag => "boolean",
        ColumnType::Day => "date",
    };
    let mut field =
        json!({ "name": column.name, "type": ty, "title": column.words.zh, "description": column.words.en });
    // A text may be empty, which other formats do not tell from a missing one.
    if !column.nullable && column.ty != ColumnType::Text {
        field["constraints"] = json!({ "required": true });
    }
    field
}
