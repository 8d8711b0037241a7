//! Rows about people, as a linkage takes them.

use arrow::array::RecordBatch;

/// Accepted rows of one file and sheet of a person-bearing dataset, as the vault holds them.
#[derive(Clone, Debug)]
pub struct IdentityRows {
    pub dataset: String,
    /// The submitting county.
    pub county: String,
    /// Record keys, row for row with `identities`; unique within a dataset and county.
    pub record_keys: arrow::array::StringArray,
    /// The event's day (registered, visit, service…), row for row; null where not given.
    pub event_days: arrow::array::Int32Array,
    /// Shape of [`crate::schema::layout::identity_schema`], accepted rows only.
    pub identities: RecordBatch,
}

/// A row by its dataset, county and record key.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
pub struct RowName {
    pub dataset: String,
    pub county: String,
    pub record_key: String,
}
