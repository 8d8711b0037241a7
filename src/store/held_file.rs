//! A file of others, opened once: it cannot hang who opens it, every pass over it reads the same bytes,
//! and a change under way is seen.

use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom};
use std::os::unix::fs::{FileExt, MetadataExt, OpenOptionsExt};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// Which file it is, and in what state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stamp {
    device: u64,
    inode: u64,
    pub size: u64,
    /// Seconds and nanoseconds of the last change of the bytes, which a sender can set.
    modified: (i64, i64),
    /// Those of the last change of anything, which only the system sets.
    changed: (i64, i64),
}

impl Stamp {
    pub fn of(metadata: &Metadata) -> Self {
        Stamp {
            device: metadata.dev(),
            inode: metadata.ino(),
            size: metadata.len(),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
            changed: (metadata.ctime(), metadata.ctime_nsec()),
        }
    }

    /// Whether the file was touched within so many seconds before now, whatever time it bears itself.
    pub fn is_younger_than(&self, seconds: u64) -> bool {
        let changed = UNIX_EPOCH + Duration::new(self.changed.0.max(0) as u64, self.changed.1.max(0) as u32);
        seconds > 0 && SystemTime::now().duration_since(changed).is_ok_and(|age| age.as_secs() < seconds)
    }
}

/// A regular file, open for reading.
#[derive(Clone, Debug)]
pub struct HeldFile {
    file: Arc<File>,
    stamp: Stamp,
}

impl HeldFile {
    /// Opens a file; links are followed.
    ///
    /// # Errors
    /// Those of the system, and `InvalidInput` for what is no regular file: a folder, a pipe, a socket, a
    /// device.
    pub fn open(path: &Path) -> io::Result<Self> {
        Self::open_with(path, 0)
    }

    /// As [`HeldFile::open`], for a path of which it is known that it is no link: one that stands there
    /// by now is not followed.
    pub fn open_itself(path: &Path) -> io::Result<Self> {
        Self::open_with(path, libc::O_NOFOLLOW)
    }

    fn open_with(path: &Path, flags: i32) -> io::Result<Self> {
        // A pipe that took the file's place since it was looked at would be waited for without end.
        let flags = flags | libc::O_NONBLOCK | libc::O_NOCTTY;
        let file = OpenOptions::new().read(true).custom_flags(flags).open(path)?;
        let metadata = file.metadata()?;
        if !metadata.is_file() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "is no regular file"));
        }
        Ok(HeldFile { file: Arc::new(file), stamp: Stamp::of(&metadata) })
    }

    /// The file's state when it was opened.
    pub fn stamp(&self) -> Stamp {
        self.stamp
    }

    /// Whether the file is still in the state in which it was opened.
    pub fn is_unchanged(&self) -> bool {
        self.file.metadata().is_ok_and(|now| Stamp::of(&now) == self.stamp)
    }

    /// Reads from the beginning to where the file ended when it was opened; every reader has a place of
    /// its own.
    pub fn reader(&self) -> HeldReader {
        HeldReader { held: self.clone(), at: 0 }
    }

    /// SHA-256 of the bytes.
    pub fn sha256(&self) -> io::Result<[u8; 32]> {
        let mut reader = self.reader();
        let mut hasher = Sha256::new();
        let mut buffer = vec![0; (self.stamp.size as usize).clamp(1, 1 << 20)];
        loop {
            match reader.read(&mut buffer)? {
                0 => return Ok(hasher.finalize().into()),
                read => hasher.update(&buffer[..read]),
            }
        }
    }

    /// All bytes.
    pub fn bytes(&self) -> io::Result<Bytes> {
        let mut bytes = Vec::with_capacity(self.stamp.size as usize);
        self.reader().read_to_end(&mut bytes)?;
        Ok(bytes.into())
    }
}

/// Reads a [`HeldFile`].
#[derive(Debug)]
pub struct HeldReader {
    held: HeldFile,
    at: u64,
}

impl HeldReader {
    /// A reader that begins further on.
    #[must_use]
    pub fn from(mut self, at: u64) -> Self {
        self.at = at;
        self
    }
}

impl Read for HeldReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = self.held.stamp.size.saturating_sub(self.at);
        let wanted = buffer.len().min(usize::try_from(left).unwrap_or(usize::MAX));
        let read = self.held.file.read_at(&mut buffer[..wanted], self.at)?;
        self.at += read as u64;
        Ok(read)
    }
}

impl Seek for HeldReader {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let (from, by) = match to {
            SeekFrom::Start(at) => (at, 0),
            SeekFrom::End(by) => (self.held.stamp.size, by),
            SeekFrom::Current(by) => (self.at, by),
        };
        self.at = from.checked_add_signed(by).ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.at)
    }
}
