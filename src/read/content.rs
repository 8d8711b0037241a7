//! The bytes of a file, or of a member of an archive, that can be read more than once.

use std::fs::File;
use std::io::{self, BufReader, Cursor, Read, Seek};
use std::path::Path;

use bytes::Bytes;

/// Bytes that can be read from the beginning again.
pub(super) trait Content {
    /// Reads from the beginning.
    fn open(&mut self) -> io::Result<Box<dyn Read + '_>>;
    /// The bytes as something to seek in.
    fn whole(&mut self) -> io::Result<Whole>;
}

/// Bytes to seek in: a file, or a member of an archive in memory.
pub(super) enum Whole {
    File(File),
    Memory(Bytes),
}

/// Reads and seeks.
pub(super) trait ReadSeek: Read + Seek {}
impl<T: Read + Seek> ReadSeek for T {}

impl Whole {
    pub fn reader(self) -> Box<dyn ReadSeek> {
        match self {
            Whole::File(file) => Box::new(BufReader::new(file)),
            Whole::Memory(bytes) => Box::new(Cursor::new(bytes)),
        }
    }
}

/// A file of the inbox.
pub(super) struct FileContent<'a>(pub &'a Path);

impl Content for FileContent<'_> {
    fn open(&mut self) -> io::Result<Box<dyn Read + '_>> {
        Ok(Box::new(File::open(self.0)?))
    }

    fn whole(&mut self) -> io::Result<Whole> {
        Ok(Whole::File(File::open(self.0)?))
    }
}

/// Bytes in memory.
pub(super) struct MemoryContent(pub Bytes);

impl Content for MemoryContent {
    fn open(&mut self) -> io::Result<Box<dyn Read + '_>> {
        Ok(Box::new(Cursor::new(self.0.clone())))
    }

    fn whole(&mut self) -> io::Result<Whole> {
        Ok(Whole::Memory(self.0.clone()))
    }
}
