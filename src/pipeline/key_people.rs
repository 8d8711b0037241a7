//! The people behind rows of one key, for the ledger: looked up in the vault.

use arrow::array::{Array, Int32Array, RecordBatch, StringArray, UInt8Array};

use super::reading::vault_name;
use crate::error::{Error, Result};
use crate::ledger::{StatedPeople, StatedPerson, TableEntry};
use crate::link::engine::compare::two_names;
use crate::schema::Table;
use crate::schema::layout::{BIRTH_PRECISION, ID_STATE, IdState, column_name};
use crate::store::vault::Vault;

/// Identities in the vault.
pub struct VaultPeople<'a> {
    pub vault: &'a Vault,
}

impl StatedPeople for VaultPeople<'_> {
    fn stated(&self, table: &Table, of: &TableEntry, rows: &[u32]) -> Result<Vec<StatedPerson>> {
        let columns = told_apart_by(table);
        let names: Vec<&str> = columns.iter().map(String::as_str).collect();
        let mut people = Vec::with_capacity(rows.len());
        for batch in self.vault.read_rows(&vault_name(&table.name, &of.id), &names, rows)? {
            people.extend(stated(table, &batch?));
        }
        if people.len() != rows.len() {
            return Err(Error::bug("identities that do not fit their rows"));
        }
        Ok(people)
    }

    fn names_differ(&self, a: &str, b: &str) -> bool {
        two_names::differ_clearly(a, b)
    }
}

fn part(table: &Table, part: &str) -> Option<String> {
    table.fields.iter().find(|f| f.identity() == Some(part)).map(column_name)
}

/// The columns of identities that tell two people apart.
fn told_apart_by(table: &Table) -> Vec<String> {
    let parts = ["name", "sex", "id_number", "birth_date"].into_iter().filter_map(|name| part(table, name));
    parts.chain([ID_STATE.to_owned(), BIRTH_PRECISION.to_owned()]).collect()
}

/// What rows state of their persons.
fn stated(table: &Table, batch: &RecordBatch) -> Vec<StatedPerson> {
    let names = column::<StringArray>(batch, part(table, "name"));
    let sexes = column::<StringArray>(batch, part(table, "sex"));
    let numbers = column::<StringArray>(batch, part(table, "id_number"));
    let births = column::<Int32Array>(batch, part(table, "birth_date"));
    let states = column::<UInt8Array>(batch, Some(ID_STATE.to_owned()));
    let precisions = column::<UInt8Array>(batch, Some(BIRTH_PRECISION.to_owned()));
    let valid = |row: usize| states.is_some_and(|s| s.value(row) == IdState::Valid as u8);
    let of_row = |row: usize| {
        let text = |of: Option<&StringArray>| given(of, row).map(|of| of.value(row).to_owned());
        let precision = precisions.map_or(0, |p| p.value(row));
        StatedPerson {
            name: text(names).filter(|n| two_names::is_stated(n)),
            birth: given(births, row).filter(|_| precision > 0).map(|b| (b.value(row), precision)),
            sex: text(sexes).and_then(|sex| match sex.as_str() {
                "1" => Some(1),
                "2" => Some(2),
                _ => None,
            }),
            id_number: text(numbers).filter(|_| valid(row)),
        }
    };
    (0..batch.num_rows()).map(of_row).collect()
}

fn column<A: 'static>(batch: &RecordBatch, name: Option<String>) -> Option<&A> {
    batch.column_by_name(&name?)?.as_any().downcast_ref()
}

fn given<A: Array>(column: Option<&A>, row: usize) -> Option<&A> {
    column.filter(|c| c.is_valid(row))
}
