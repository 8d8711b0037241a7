//! A file written by others (an export in the inbox), opened once and kept open. Opening never blocks, every pass reads
//! the same bytes, and a change during reading is noticed.

use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom};
use std::os::unix::fs::{FileExt, MetadataExt, OpenOptionsExt};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::error::words;
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// Identifies a file and its state: equal stamps mean an unchanged file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stamp {
    device: u64,
    inode: u64,
    pub size: u64,
    /// Time of the last change of the content (mtime, seconds and nanoseconds), which a sender can set.
    modified: (i64, i64),
    /// Time of the last change of content or attributes (ctime), which only the system sets.
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

    /// When the content was last changed, as a sender may have set it: seconds and nanoseconds since 1970.
    pub fn modified(&self) -> (i64, i64) {
        self.modified
    }

    /// Whether the file was changed within the last `seconds`, by the time that only the system sets.
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
    /// Opens a file; symbolic links are followed.
    ///
    /// # Errors
    /// Fails like [`File::open`], and with `InvalidInput` if the path is not a regular file: a folder, a pipe, a
    /// socket, a device.
    pub fn open(path: &Path) -> io::Result<Self> {
        Self::open_with(path, 0)
    }

    /// Like [`HeldFile::open`], but fails if the path is a symbolic link: use it where one was ruled out, so that a
    /// link put there meanwhile is not followed.
    pub fn open_itself(path: &Path) -> io::Result<Self> {
        Self::open_with(path, libc::O_NOFOLLOW)
    }

    fn open_with(path: &Path, flags: i32) -> io::Result<Self> {
        // Without `O_NONBLOCK`, opening would wait for ever if a pipe had taken the file's place meanwhile.
        let flags = flags | libc::O_NONBLOCK | libc::O_NOCTTY;
        let file = OpenOptions::new().read(true).custom_flags(flags).open(path)?;
        let metadata = file.metadata()?;
        if !metadata.is_file() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, words!("不是普通文件", "is no regular file")));
        }
        Ok(HeldFile { file: Arc::new(file), stamp: Stamp::of(&metadata) })
    }

    /// The state of the file when it was opened.
    pub fn stamp(&self) -> Stamp {
        self.stamp
    }

    /// Whether the file is still as it was when it was opened.
    pub fn is_unchanged(&self) -> bool {
        self.file.metadata().is_ok_and(|now| Stamp::of(&now) == self.stamp)
    }

    /// A reader from the beginning to where the file ended when it was opened. Each reader has its own position.
    pub fn reader(&self) -> HeldReader {
        HeldReader { held: self.clone(), at: 0 }
    }

    /// SHA-256 of the content.
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

    /// The whole content.
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
    /// The same reader, starting at this offset.
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
