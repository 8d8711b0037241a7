//! The people behind rows of one key, looked up in the vault for the ledger.

use arrow::array::{Array, Int32Array, RecordBatch, StringArray, UInt8Array};

use super::reading::vault_name;
use crate::error::{Error, Result};
use crate::ledger::{People, Stated, TableEntry};
use crate::link::engine::compare::two_names;
use crate::schema::Table;
use crate::schema::layout::{BIRTH_PRECISION, ID_STATE, IdState, column_name};
use crate::store::vault::Vault;

/// Identities as the vault keeps them.
pub struct KeptPeople<'a> {
    pub vault: &'a Vault,
}

impl People for KeptPeople<'_> {
    fn stated(&self, table: &Table, of: &TableEntry, rows: &[u32]) -> Result<Vec<Stated>> {
        let part = |part: &str| table.fields.iter().find(|f| f.identity() == Some(part)).map(column_name);
        let (name, sex, number, birth) = (part("name"), part("sex"), part("id_number"), part("birth_date"));
        let mut columns: Vec<&str> = [&name, &sex, &number, &birth].into_iter().flatten().map(String::as_str).collect();
        columns.extend([ID_STATE, BIRTH_PRECISION]);
        let mut stated = Vec::with_capacity(rows.len());
        for batch in self.vault.read_rows(&vault_name(&table.name, &of.id), &columns, rows)? {
            let batch = batch?;
            let names = column::<StringArray>(&batch, name.as_deref());
            let sexes = column::<StringArray>(&batch, sex.as_deref());
            let numbers = column::<StringArray>(&batch, number.as_deref());
            let births = column::<Int32Array>(&batch, birth.as_deref());
            let states = column::<UInt8Array>(&batch, Some(ID_STATE));
            let precisions = column::<UInt8Array>(&batch, Some(BIRTH_PRECISION));
            let valid = |row: usize| states.is_some_and(|s| s.value(row) == IdState::Valid as u8);
            for row in 0..batch.num_rows() {
                let text = |of: Option<&StringArray>| given(of, row).map(|of| of.value(row).to_owned());
                let precision = precisions.map_or(0, |p| p.value(row));
                stated.push(Stated {
                    name: text(names).filter(|n| two_names::is_stated(n)),
                    birth: given(births, row).filter(|_| precision > 0).map(|b| (b.value(row), precision)),
                    sex: text(sexes).and_then(|sex| match sex.as_str() {
                        "1" => Some(1),
                        "2" => Some(2),
                        _ => None,
                    }),
                    id_number: text(numbers).filter(|_| valid(row)),
                });
            }
        }
        if stated.len() != rows.len() {
            return Err(Error::bug("identities that do not fit their rows"));
        }
        Ok(stated)
    }

    fn names_differ(&self, a: &str, b: &str) -> bool {
        two_names::differ_clearly(a, b)
    }
}

fn column<'b, A: 'static>(batch: &'b RecordBatch, name: Option<&str>) -> Option<&'b A> {
    batch.column_by_name(name?)?.as_any().downcast_ref()
}

fn given<A: Array>(column: Option<&A>, row: usize) -> Option<&A> {
    column.filter(|c| c.is_valid(row))
}
