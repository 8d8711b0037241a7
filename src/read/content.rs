//! The bytes of a file or of a member of an archive, which readers may go through more than once.

use std::io::{self, BufReader, Cursor, Read, Seek};

use bytes::Bytes;
use parquet::errors::{ParquetError, Result as ParquetResult};
use parquet::file::reader::{ChunkReader, Length};

use crate::store::held_file::{HeldFile, HeldReader};

/// Bytes that can be read again from the beginning.
pub(super) trait RawContent {
    /// Starts reading from the beginning.
    fn open(&mut self) -> io::Result<Box<dyn Read + '_>>;
    /// The same bytes with random access.
    fn whole(&mut self) -> io::Result<SeekableBytes>;
}

/// Bytes with random access: an open file, or a member of an archive unpacked in memory.
pub(super) enum SeekableBytes {
    File(HeldFile),
    Memory(Bytes),
}

/// Reads and seeks.
pub(super) trait ReadSeek: Read + Seek {}
impl<T: Read + Seek> ReadSeek for T {}

impl SeekableBytes {
    pub fn reader(self) -> Box<dyn ReadSeek> {
        match self {
            SeekableBytes::File(file) => Box::new(BufReader::new(file.reader())),
            SeekableBytes::Memory(bytes) => Box::new(Cursor::new(bytes)),
        }
    }
}

/// A file of the inbox. It is opened once and read through the same handle every time, so that a file replaced
/// meanwhile cannot mix two contents.
pub(super) struct FileContent(pub HeldFile);

impl RawContent for FileContent {
    fn open(&mut self) -> io::Result<Box<dyn Read + '_>> {
        Ok(Box::new(self.0.reader()))
    }

    fn whole(&mut self) -> io::Result<SeekableBytes> {
        Ok(SeekableBytes::File(self.0.clone()))
    }
}

impl Length for HeldFile {
    fn len(&self) -> u64 {
        self.stamp().size
    }
}

impl ChunkReader for HeldFile {
    type T = BufReader<HeldReader>;

    fn get_read(&self, start: u64) -> ParquetResult<Self::T> {
        Ok(BufReader::new(self.reader().from(start)))
    }

    fn get_bytes(&self, start: u64, length: usize) -> ParquetResult<Bytes> {
        // A damaged file may state any length: check it against the file's size before memory is allocated.
        if start.checked_add(length as u64).is_none_or(|end| end > self.stamp().size) {
            return Err(ParquetError::EOF("a part lies behind the end of the file".to_owned()));
        }
        let mut bytes = vec![0; length];
        self.reader().from(start).read_exact(&mut bytes)?;
        Ok(bytes.into())
    }
}

/// Bytes in memory.
pub(super) struct MemoryContent(pub Bytes);

impl RawContent for MemoryContent {
    fn open(&mut self) -> io::Result<Box<dyn Read + '_>> {
        Ok(Box::new(Cursor::new(self.0.clone())))
    }

    fn whole(&mut self) -> io::Result<SeekableBytes> {
        Ok(SeekableBytes::Memory(self.0.clone()))
    }
}
