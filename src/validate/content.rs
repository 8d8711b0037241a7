//! The hash that tells whether two versions of a row have the same content.

use std::hash::Hasher as _;

use arrow::array::FixedSizeBinaryArray;
use siphasher::sip128::{Hasher128, SipHasher24};

use super::column::{ColumnValues, TypedColumn};

/// Hashes the values of each row with a key: SipHash-2-4 with 128 bits.
///
/// `columns` are the table's fields in declared order, without the mark for withdrawn rows. A null hashes differently
/// from every value, but a missing column hashes like an empty one.
pub fn hashes(columns: &[&TypedColumn], rows: usize, key: &[u8; 32]) -> FixedSizeBinaryArray {
    let (sip_key, prefix) = key.split_at(16);
    let mut start = SipHasher24::new_with_key(sip_key.try_into().expect("16 bytes"));
    start.write(prefix);
    let mut bytes = Vec::with_capacity(256);
    let mut out = Vec::with_capacity(rows * 16);
    for row in 0..rows {
        bytes.clear();
        for column in columns {
            append_value(&mut bytes, column, row);
        }
        let mut hasher = start;
        hasher.write(&bytes);
        out.extend_from_slice(&hasher.finish128().as_bytes());
    }
    FixedSizeBinaryArray::new(16, out.into(), None)
}

fn append_value(bytes: &mut Vec<u8>, column: &TypedColumn, row: usize) {
    if column.values.is_null(row) {
        bytes.push(0);
        return;
    }
    // Every value begins with 1; a date of which only part is given, with 2 to 4.
    bytes.push(1 + column.precision.get(row).copied().unwrap_or(0));
    match &column.values {
        ColumnValues::Text(a) => {
            let text = a.value(row).as_bytes();
            bytes.extend_from_slice(&(text.len() as u32).to_le_bytes());
            bytes.extend_from_slice(text);
        }
        ColumnValues::Integer(a) => bytes.extend_from_slice(&a.value(row).to_le_bytes()),
        ColumnValues::Number(a) => bytes.extend_from_slice(&a.value(row).to_bits().to_le_bytes()),
        ColumnValues::Boolean(a) => bytes.push(u8::from(a.value(row))),
        ColumnValues::Day(a) => bytes.extend_from_slice(&a.value(row).to_le_bytes()),
    }
}
