//! Files of the vault that hold what can be made again: numbers and texts as they lie in memory, in
//! sections, so that they are read and written at the speed of copying.
//!
//! A file is Parquet with encryption as all of the vault is, with the columns `token` (the same in every
//! row, to tell the files of one night from those of another), `section` and `bytes`; the bytes of a
//! section are those of its rows one after the other, numbers in little-endian order.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, BinaryArray, RecordBatch, UInt8Array, UInt64Array};
use arrow::buffer::OffsetBuffer;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};

use super::vault::{Vault, VaultWriter};
use crate::epoch;
use crate::error::{Error, Result};

/// Bytes of a row.
const ROW: usize = 1 << 18;
/// Bytes that a writer holds in memory.
const HELD: usize = 1 << 23;
/// Rows that are read at a time.
const ROWS_READ: usize = 8;

/// The section of the first row, which holds the epoch of the linkage that wrote the file: another one may
/// mean something else by the same bytes.
const TOKEN: u8 = u8::MAX;
const VERSION: &[u8] = &epoch::LINKAGE.to_le_bytes();

fn schema() -> SchemaRef {
    Arc::new(Schema::new(vec![
        Field::new("token", DataType::UInt64, false),
        Field::new("section", DataType::UInt8, false),
        Field::new("bytes", DataType::Binary, false),
    ]))
}

/// A file being written.
pub struct MemoryWriter {
    writer: VaultWriter,
    schema: SchemaRef,
    token: u64,
    sections: Vec<u8>,
    lengths: Vec<usize>,
    bytes: Vec<u8>,
}

impl MemoryWriter {
    pub fn create(vault: &Vault, name: &str, token: u64) -> Result<Self> {
        let schema = schema();
        let writer = vault.create_memory(name, Arc::clone(&schema))?;
        // A first row, so that the token stands in a file of nothing else, too.
        Ok(MemoryWriter {
            writer,
            schema,
            token,
            sections: vec![TOKEN],
            lengths: vec![VERSION.len()],
            bytes: VERSION.to_vec(),
        })
    }

    /// Adds texts to a section, one after the other without anything between them.
    pub fn texts<'t>(&mut self, section: u8, texts: impl Iterator<Item = &'t [u8]>) -> Result<()> {
        let mut from = self.bytes.len();
        for text in texts {
            self.bytes.extend_from_slice(text);
            if self.bytes.len() - from >= ROW {
                from = self.end_row(section, from)?;
            }
        }
        self.end_row(section, from).map(|_| ())
    }

    /// Adds numbers to a section.
    pub fn numbers<N: Number>(&mut self, section: u8, numbers: impl Iterator<Item = N>) -> Result<()> {
        let mut from = self.bytes.len();
        for number in numbers {
            number.put(&mut self.bytes);
            if self.bytes.len() - from >= ROW {
                from = self.end_row(section, from)?;
            }
        }
        self.end_row(section, from).map(|_| ())
    }

    /// Ends a row that began at `from`; where the next one begins.
    fn end_row(&mut self, section: u8, from: usize) -> Result<usize> {
        if self.bytes.len() > from {
            self.sections.push(section);
            self.lengths.push(self.bytes.len() - from);
            self.write_if(HELD)?;
        }
        Ok(self.bytes.len())
    }

    fn write_if(&mut self, held: usize) -> Result<()> {
        if self.bytes.len() < held || self.sections.is_empty() {
            return Ok(());
        }
        let rows = self.sections.len();
        let bytes = std::mem::take(&mut self.bytes);
        let offsets = OffsetBuffer::from_lengths(std::mem::take(&mut self.lengths));
        let wrong = |e| Error::bug("sections of a memory").caused_by(e);
        let columns: Vec<ArrayRef> = vec![
            Arc::new(UInt64Array::from_value(self.token, rows)),
            Arc::new(UInt8Array::from(std::mem::take(&mut self.sections))),
            Arc::new(BinaryArray::try_new(offsets, bytes.into(), None).map_err(wrong)?),
        ];
        let batch = RecordBatch::try_new(Arc::clone(&self.schema), columns).map_err(wrong)?;
        self.writer.write(&batch)?;
        self.writer.flush()
    }

    /// Puts the file in its place.
    pub fn finish(mut self) -> Result<()> {
        self.write_if(0)?;
        self.writer.finish()
    }
}

/// A number that is kept as it lies in memory.
pub trait Number: Copy {
    const BYTES: usize;
    fn put(self, bytes: &mut Vec<u8>);
    /// Of as many bytes.
    fn get(bytes: &[u8]) -> Self;
}

macro_rules! number {
    ($($ty:ty),*) => {$(
        impl Number for $ty {
            const BYTES: usize = size_of::<$ty>();
            fn put(self, bytes: &mut Vec<u8>) {
                bytes.extend_from_slice(&self.to_le_bytes());
            }
            fn get(bytes: &[u8]) -> Self {
                <$ty>::from_le_bytes(bytes.try_into().expect("as many bytes as a number has"))
            }
        }
    )*};
}

number!(u8, u16, u32, u64, u128, f32);

/// Numbers of bytes; those that are not a whole number at the end are left out.
pub fn numbers<N: Number>(bytes: &[u8]) -> impl ExactSizeIterator<Item = N> {
    bytes.chunks_exact(N::BYTES).map(N::get)
}

/// Hands the rows of a file to `each`, with their sections, in the order in which they were written. Gives
/// the token.
///
/// # Errors
/// `Input`: the file is missing, damaged, or of another version of the program.
pub fn read(vault: &Vault, name: &str, each: &mut dyn FnMut(u8, &[u8])) -> Result<u64> {
    let mut token = None;
    for batch in vault.read_by(name, &["token", "section", "bytes"], ROWS_READ)? {
        let batch = batch?;
        let column = |i: usize| batch.column(i).as_any();
        let damaged = || Error::new(crate::error::ErrorKind::Input, name, "is no memory");
        let tokens: &UInt64Array = column(0).downcast_ref().ok_or_else(damaged)?;
        let sections: &UInt8Array = column(1).downcast_ref().ok_or_else(damaged)?;
        let bytes: &BinaryArray = column(2).downcast_ref().ok_or_else(damaged)?;
        for row in 0..batch.num_rows() {
            if *token.get_or_insert(tokens.value(row)) != tokens.value(row) || bytes.is_null(row) {
                return Err(damaged());
            }
            if sections.value(row) == TOKEN {
                if bytes.value(row) != VERSION {
                    return Err(damaged());
                }
            } else {
                each(sections.value(row), bytes.value(row));
            }
        }
    }
    token.ok_or_else(|| Error::new(crate::error::ErrorKind::Input, name, "is empty"))
}
