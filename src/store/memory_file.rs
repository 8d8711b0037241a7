//! Encrypted files in the vault for results that can be computed again. Numbers and texts are stored in sections in
//! their in-memory form, so that reading and writing is as fast as copying.
//!
//! A file is Parquet, encrypted like everything in the vault, with the columns `token`, `section` and `bytes`. The
//! token is the same in every row and tells which files were written in the same night. The content of a section is the
//! bytes of its rows joined together; numbers are little-endian.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, BinaryArray, RecordBatch, UInt8Array, UInt64Array};
use arrow::buffer::OffsetBuffer;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};

use super::vault::{Vault, VaultWriter};
use crate::epoch;
use crate::error::{Error, Result, words};

/// Bytes of one row.
const ROW: usize = 1 << 18;
/// Bytes that a writer buffers before it writes a row group.
const HELD: usize = 1 << 23;
/// Rows that are read at a time.
const ROWS_READ: usize = 8;

/// Section of the first row, which holds the linkage epoch of the program that wrote the file: in another epoch the
/// same bytes may mean something else.
const TOKEN: u8 = u8::MAX;
const VERSION: &[u8] = &epoch::LINKAGE.to_le_bytes();

fn schema() -> SchemaRef {
    Arc::new(Schema::new(vec![
        Field::new("token", DataType::UInt64, false),
        Field::new("section", DataType::UInt8, false),
        Field::new("bytes", DataType::Binary, false),
    ]))
}

/// Writes such a file.
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
        // The first row is always written, so that even an empty file states its token.
        Ok(MemoryWriter {
            writer,
            schema,
            token,
            sections: vec![TOKEN],
            lengths: vec![VERSION.len()],
            bytes: VERSION.to_vec(),
        })
    }

    /// Appends texts to a section, without separators.
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

    /// Appends numbers to a section.
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

    /// Ends a row that began at offset `from`; returns the offset where the next one begins.
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

    /// Completes the file and makes it appear under its name.
    pub fn finish(mut self) -> Result<()> {
        self.write_if(0)?;
        self.writer.finish()
    }
}

/// A number that is stored in its in-memory form.
pub trait Number: Copy {
    const BYTES: usize;
    fn put(self, bytes: &mut Vec<u8>);
    /// Reads a number from exactly `BYTES` bytes.
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

/// Reads bytes as numbers; an incomplete number at the end is ignored.
pub fn numbers<N: Number>(bytes: &[u8]) -> impl ExactSizeIterator<Item = N> {
    bytes.chunks_exact(N::BYTES).map(N::get)
}

/// Calls `each` with the section and bytes of every row, in the order in which they were written; returns the token.
///
/// # Errors
/// `Input` if the file is missing, damaged, or was written in another epoch.
pub fn read(vault: &Vault, name: &str, each: &mut dyn FnMut(u8, &[u8])) -> Result<u64> {
    let mut token = None;
    for batch in vault.read_by(name, &["token", "section", "bytes"], ROWS_READ)? {
        let batch = batch?;
        let column = |i: usize| batch.column(i).as_any();
        let damaged =
            || Error::new(crate::error::ErrorKind::Input, name, words!("不是缓存文件", "is not a cache file"));
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
    token.ok_or_else(|| Error::new(crate::error::ErrorKind::Input, name, words!("内容为空", "is empty")))
}
