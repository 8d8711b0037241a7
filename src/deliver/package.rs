//! A package as it lies on a disk: a folder, or a zip file of stored entries whose every byte is told by its content.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use crate::error::{Error, Result, words};

/// A package that is looked at.
pub enum Package {
    Folder { dir: PathBuf, entries: PackageEntries },
    Zip { path: PathBuf, bytes: Vec<u8>, files: BTreeMap<String, std::ops::Range<usize>> },
}

/// What lies in the folder of a package, by names with `/`.
#[derive(Default)]
pub struct PackageEntries {
    /// Plain files, sorted.
    pub files: Vec<String>,
    /// Folders with nothing in them.
    pub empty: Vec<String>,
    /// What is neither: links, wherever they lead, and devices.
    pub others: Vec<String>,
}

impl Package {
    /// Opens a folder or a zip file.
    ///
    /// # Errors
    /// `Input`: it cannot be read, or is no zip file as this program writes them.
    pub fn open(path: &Path) -> Result<Package> {
        let metadata = fs::metadata(path).map_err(|e| Error::input(path, e))?;
        if metadata.is_dir() {
            return Ok(Package::Folder { dir: path.to_owned(), entries: PackageEntries::of(path)? });
        }
        let bytes = fs::read(path).map_err(|e| Error::input(path, e))?;
        if bytes.starts_with(b"age-encryption.org/") {
            let said = words!("数据包已加密", "the package is encrypted");
            return Err(Error::input(path, said).hint(words!(
                "请先用接收方的私钥解密：age -d -i 私钥文件 -o 数据包.zip 数据包.zip.age",
                "open it first with the receiver's key: age -d -i KEY_FILE -o PACKAGE.zip PACKAGE.zip.age"
            )));
        }
        let files = unzip(&bytes).ok_or_else(|| {
            Error::new(
                crate::error::ErrorKind::Damaged,
                path.display(),
                words!("不是完整的数据包 zip 文件", "is no whole zip of a package"),
            )
        })?;
        Ok(Package::Zip { path: path.to_owned(), bytes, files })
    }

    /// Names of its files, sorted.
    pub fn files(&self) -> Vec<String> {
        match self {
            Package::Folder { entries, .. } => entries.files.clone(),
            Package::Zip { files, .. } => files.keys().cloned().collect(),
        }
    }

    /// Folders with nothing in them, and what is no plain file. A zip has neither.
    pub fn odd_entries(&self) -> (&[String], &[String]) {
        match self {
            Package::Folder { entries, .. } => (entries.empty.as_slice(), entries.others.as_slice()),
            Package::Zip { .. } => (&[], &[]),
        }
    }

    /// The bytes of a file.
    pub fn read(&self, name: &str) -> Result<Vec<u8>> {
        match self {
            Package::Folder { dir, .. } => {
                let path = dir.join(name);
                fs::read(&path).map_err(|e| Error::input(&path, e))
            }
            Package::Zip { path, bytes, files } => match files.get(name) {
                Some(range) => Ok(bytes[range.clone()].to_vec()),
                None => Err(Error::input(path, words!("其中没有 {name}", "there is no {name} in it"))),
            },
        }
    }
}

impl PackageEntries {
    fn of(dir: &Path) -> Result<PackageEntries> {
        let mut entries = PackageEntries::default();
        entries.add(dir, "")?;
        entries.files.sort();
        Ok(entries)
    }

    fn add(&mut self, dir: &Path, below: &str) -> Result<()> {
        for entry in fs::read_dir(dir).map_err(|e| Error::input(dir, e))? {
            let entry = entry.map_err(|e| Error::input(dir, e))?;
            let name = format!("{below}{}", entry.file_name().to_string_lossy());
            // Of the entry itself: a link is no file of a package, wherever it leads.
            let kind = entry.file_type().map_err(|e| Error::input(dir, e))?;
            if kind.is_dir() {
                let before = self.files.len() + self.empty.len() + self.others.len();
                self.add(&entry.path(), &format!("{name}/"))?;
                if self.files.len() + self.empty.len() + self.others.len() == before {
                    self.empty.push(name);
                }
            } else if kind.is_file() {
                self.files.push(name);
            } else {
                self.others.push(name);
            }
        }
        Ok(())
    }
}

const LOCAL: u32 = 0x0403_4b50;
const CENTRAL: u32 = 0x0201_4b50;
const END: u32 = 0x0605_4b50;
/// Version 2.0, names in UTF-8, stored, the first day that zip knows.
const COMMON: [u8; 10] = [20, 0, 0, 8, 0, 0, 0, 0, 33, 0];

/// Bytes that a zip without its later extension may have.
const MOST: u64 = u32::MAX as u64;

/// Packs the files of a folder, sorted by name, as they are: every byte of the zip follows from them.
///
/// # Errors
/// `Usage`: more than a zip may hold; `Output`.
pub fn zip_folder(dir: &Path, to: &Path) -> Result<()> {
    let names = PackageEntries::of(dir)?.files;
    let wrong = |e| Error::output(to, e);
    let too_large = || {
        Error::usage(
            to.display(),
            words!("一个 zip 文件最多 4 GiB、65,535 个文件", "a zip holds at most 4 GiB and 65,535 files"),
        )
        .hint(words!("请设置 `package = \"folder\"`", "set `package = \"folder\"`"))
    };
    if names.len() > usize::from(u16::MAX) {
        return Err(too_large());
    }
    let file = File::create(to).map_err(wrong)?;
    let mut out = BufWriter::new(file);
    let (mut at, mut central) = (0u64, Vec::new());
    for name in &names {
        let path = dir.join(name);
        let (crc, length) = checksum(&path)?;
        if at + length + 1024 > MOST {
            return Err(too_large());
        }
        let (header, entry) = headers(name, crc, length as u32, at as u32);
        out.write_all(&header).map_err(wrong)?;
        let mut source = File::open(&path).map_err(|e| Error::unreadable_store(&path, e))?;
        std::io::copy(&mut source, &mut out).map_err(wrong)?;
        at += header.len() as u64 + length;
        central.extend(entry);
    }
    if at + central.len() as u64 > MOST {
        return Err(too_large());
    }
    out.write_all(&central).map_err(wrong)?;
    out.write_all(&end(names.len() as u16, central.len() as u32, at as u32)).map_err(wrong)?;
    let file = out.into_inner().map_err(|e| wrong(e.into_error()))?;
    file.sync_all().map_err(wrong)
}

fn checksum(path: &Path) -> Result<(u32, u64)> {
    let mut file = BufReader::new(File::open(path).map_err(|e| Error::unreadable_store(path, e))?);
    let (mut hasher, mut length, mut buffer) = (crc32fast::Hasher::new(), 0, vec![0; 1 << 16]);
    loop {
        let read = file.read(&mut buffer).map_err(|e| Error::unreadable_store(path, e))?;
        if read == 0 {
            return Ok((hasher.finalize(), length));
        }
        hasher.update(&buffer[..read]);
        length += read as u64;
    }
}

/// The header before an entry, and its line in the list at the end.
fn headers(name: &str, crc: u32, length: u32, at: u32) -> (Vec<u8>, Vec<u8>) {
    let mut rest = Vec::from(COMMON);
    for number in [crc, length, length] {
        rest.extend(number.to_le_bytes());
    }
    rest.extend((name.len() as u16).to_le_bytes());
    rest.extend([0, 0]);
    let mut local = Vec::from(LOCAL.to_le_bytes());
    local.extend(&rest);
    local.extend(name.as_bytes());
    let mut central = Vec::from(CENTRAL.to_le_bytes());
    central.extend([20, 0]);
    central.extend(&rest);
    // No comment, first disk, no attributes.
    central.extend([0; 10]);
    central.extend(at.to_le_bytes());
    central.extend(name.as_bytes());
    (local, central)
}

fn end(files: u16, length: u32, at: u32) -> Vec<u8> {
    let mut end = Vec::from(END.to_le_bytes());
    end.extend([0; 4]);
    for _ in 0..2 {
        end.extend(files.to_le_bytes());
    }
    end.extend(length.to_le_bytes());
    end.extend(at.to_le_bytes());
    end.extend([0; 2]);
    end
}

/// Where the files of a zip lie; `None` where a single byte is not as [`zip_folder`] writes it.
fn unzip(bytes: &[u8]) -> Option<BTreeMap<String, std::ops::Range<usize>>> {
    let number = |at: usize| Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?));
    let (mut files, mut central, mut at) = (BTreeMap::new(), Vec::new(), 0);
    while number(at)? == LOCAL {
        let (crc, length) = (number(at + 14)?, number(at + 18)? as usize);
        let name_length = usize::from(u16::from_le_bytes(bytes.get(at + 26..at + 28)?.try_into().ok()?));
        let name = std::str::from_utf8(bytes.get(at + 30..at + 30 + name_length)?).ok()?;
        let start = at + 30 + name_length;
        let content = bytes.get(start..start.checked_add(length)?)?;
        let (local, entry) = headers(name, crc, length as u32, at as u32);
        if bytes[at..start] != local[..] || crc32fast::hash(content) != crc {
            return None;
        }
        let is_later = files.last_key_value().is_none_or(|(last, _): (&String, _)| last.as_str() < name);
        let is_below = !name.starts_with('/') && !name.split('/').any(|part| part.is_empty() || part == "..");
        if !is_later || !is_below {
            return None;
        }
        files.insert(name.to_owned(), start..start + length);
        central.extend(entry);
        at = start + length;
    }
    let mut rest = central.clone();
    rest.extend(end(files.len() as u16, central.len() as u32, at as u32));
    (bytes[at..] == rest[..]).then_some(files)
}
