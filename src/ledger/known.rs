//! Keys that foreign keys may name, with what children need of their parents.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, Int32Array, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Schema};

use crate::error::{Error, Result};
use crate::store::table_file::{read_table, write_table};

/// What children need of a parent row: the standing one, or the last known where none stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KnownRow {
    pub division_code: Option<String>,
    /// Values of the table's place fields, in the order of [`KnownKeys::fields`].
    pub fields: Vec<Option<String>>,
    /// The parent's event day: of a patient, the day of registration.
    pub event_day: Option<i32>,
}

/// Known keys of one county's dataset.
#[derive(Clone, Debug, Default)]
pub struct KnownKeys {
    /// The table's place fields.
    pub fields: Vec<String>,
    pub rows: HashMap<String, KnownRow, foldhash::fast::RandomState>,
}

impl KnownKeys {
    /// A place field's value of a row; `None` too where the table has no such field.
    pub fn field<'r>(&self, row: &'r KnownRow, name: &str) -> Option<&'r str> {
        let at = self.fields.iter().position(|field| field == name)?;
        row.fields.get(at)?.as_deref()
    }

    /// Writes the keys, sorted.
    pub fn save(&self, path: &Path) -> Result<()> {
        let sorted: BTreeMap<&String, &KnownRow> = self.rows.iter().collect();
        let text = |values: Vec<Option<&str>>| Arc::new(StringArray::from(values)) as ArrayRef;
        let mut columns = vec![
            text(sorted.keys().map(|k| Some(k.as_str())).collect()),
            text(sorted.values().map(|r| r.division_code.as_deref()).collect()),
            Arc::new(sorted.values().map(|r| r.event_day).collect::<Int32Array>()) as ArrayRef,
        ];
        let field = |name: &str, ty| Field::new(name, ty, true);
        let mut fields = vec![
            field("key", DataType::Utf8),
            field("division_code", DataType::Utf8),
            field("event_day", DataType::Int32),
        ];
        for (at, name) in self.fields.iter().enumerate() {
            columns.push(text(sorted.values().map(|r| r.fields[at].as_deref()).collect()));
            fields.push(field(name, DataType::Utf8));
        }
        let schema = Schema::new(fields);
        let batch =
            RecordBatch::try_new(Arc::new(schema), columns).map_err(|e| Error::bug("known keys").caused_by(e))?;
        write_table(path, &batch, &BTreeMap::new())
    }

    /// Reads what [`KnownKeys::save`] wrote.
    pub fn load(path: &Path) -> Result<Self> {
        let mut known = KnownKeys::default();
        for batch in read_table(path, None)? {
            let batch = batch?;
            let text = |i: usize| batch.column(i).as_any().downcast_ref::<StringArray>().expect("text").clone();
            let (keys, divisions) = (text(0), text(1));
            let days = batch.column(2).as_any().downcast_ref::<Int32Array>().expect("days").clone();
            let fields: Vec<StringArray> = (3..batch.num_columns()).map(text).collect();
            known.fields = batch.schema().fields().iter().skip(3).map(|f| f.name().clone()).collect();
            for i in 0..batch.num_rows() {
                let given = |a: &StringArray| a.is_valid(i).then(|| a.value(i).to_owned());
                known.rows.insert(
                    keys.value(i).to_owned(),
                    KnownRow {
                        division_code: given(&divisions),
                        fields: fields.iter().map(given).collect(),
                        event_day: days.is_valid(i).then(|| days.value(i)),
                    },
                );
            }
        }
        Ok(known)
    }
}
