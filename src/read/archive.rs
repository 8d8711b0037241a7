//! Zip archives: each member is read as a file of its own.

use std::io::{self, Read};

use bytes::Bytes;
use encoding_rs::GB18030;
use sha2::{Digest, Sha256};
use zip::ZipArchive;
use zip::read::read_zipfile_from_stream;

use super::content::{MemoryContent, RawContent, ReadSeek, SeekableBytes};
use super::export_day;
use super::guard::guarded;
use super::left_alone::is_of_the_system;
use super::session::{FileReading, Item};
use super::{excel, method, package};
use crate::diag::{Code, Detail, Severity};
use crate::error::{Result, words};
use crate::schema::day;

/// How many archives inside one another are opened; a deeper one is reported and not read.
const DEEPEST: usize = 3;
/// Largest member, in bytes, that is unpacked as a stream (text formats).
const LARGEST_MEMBER: u64 = 16 << 30;
/// Largest member, in bytes, that must be unpacked in memory (workbooks, Parquet, archives).
const LARGEST_IN_MEMORY: u64 = 1 << 30;
/// Members smaller than this, in bytes, are not checked for their compression ratio.
const SMALL: u64 = 256 << 20;
/// Highest compression ratio allowed for a large member, against zip bombs: exports reach about 30.
const TIGHTEST: u64 = 250;

type Archive = ZipArchive<Box<dyn ReadSeek>>;

/// How a member is read; the number is that of the archives around it.
type ReadItem = fn(&mut FileReading<'_, '_>, &Item, &mut dyn RawContent, usize) -> Result<()>;

/// Reads a zip file: a workbook, or an archive of exports.
pub(super) fn read(
    session: &mut FileReading<'_, '_>,
    item: &Item,
    content: &mut dyn RawContent,
    depth: usize,
    each: ReadItem,
) -> Result<()> {
    let whole = match content.whole() {
        Ok(whole) => whole,
        Err(e) => return session.unreadable(item, "", &e),
    };
    let mut archive = match guarded(|| Archive::new(whole.reader())) {
        Ok(Ok(archive)) => archive,
        Ok(Err(_)) | Err(_) => return salvage(session, item, content, depth, each),
    };
    let names: Vec<String> = archive.file_names_raw().map(member_name).collect();
    match kind_of(&names) {
        ZipContent::Workbook => {
            if archive.decompressed_size().is_some_and(|size| size > u128::from(LARGEST_MEMBER)) {
                return session.refuse(item, "", Code::DamagedWorkbook, Severity::Error, Detail::TooLarge);
            }
            let survey = match content.whole() {
                Ok(whole) => package::survey(&mut archive, whole.reader()),
                Err(e) => return session.unreadable(item, "", &e),
            };
            drop(archive);
            let survey = match survey {
                Ok(survey) => survey,
                Err(detail) => return session.refuse(item, "", Code::DamagedWorkbook, Severity::Error, detail),
            };
            match content.whole() {
                Ok(whole) => excel::read_xlsx(session, item, whole, survey),
                Err(e) => session.unreadable(item, "", &e),
            }
        }
        ZipContent::Foreign(what) => {
            session.refuse(item, "", Code::UnknownFormat, Severity::Error, Detail::Format(what.to_owned()))
        }
        ZipContent::Members if depth >= DEEPEST => {
            session.refuse(item, "", Code::UnknownFormat, Severity::Error, Detail::Format("nested-archive".to_owned()))
        }
        ZipContent::Members => {
            if archive.has_duplicate_names() {
                session.refuse(item, "", Code::DamagedArchive, Severity::Error, Detail::RepeatedNames)?;
            }
            let mut members = 0;
            for (index, name) in names.iter().enumerate().filter(|(_, name)| !is_left_alone(name)) {
                members += 1;
                read_member(session, item, (&mut archive, index, name), depth, each)?;
            }
            if members == 0 {
                return session.refuse(item, "", Code::EmptyFile, Severity::Error, Detail::None);
            }
            Ok(())
        }
    }
}

fn read_member(
    session: &mut FileReading<'_, '_>,
    archive_item: &Item,
    (archive, index, name): (&mut Archive, usize, &str),
    depth: usize,
    each: ReadItem,
) -> Result<()> {
    let mut item = archive_item.member(name, archive_item.sha256, archive_item.export_day);
    let damaged = |session: &mut FileReading<'_, '_>, item: &Item, detail: Detail| {
        session.refuse(item, "", Code::DamagedArchive, Severity::Error, detail)
    };
    let size = {
        let Ok(Ok(entry)) = guarded(|| archive.by_index_raw(index)) else {
            return damaged(session, &item, Detail::None);
        };
        if entry.is_dir() {
            return Ok(());
        }
        let member_day = entry
            .last_modified()
            .and_then(|t| day::from_ymd(i32::from(t.year()), u32::from(t.month()), u32::from(t.day())));
        item.export_day = export_day::of_member(name, &archive_item.file, member_day, archive_item.export_day);
        if entry.encrypted() {
            return damaged(session, &item, Detail::Encrypted);
        }
        if let Some(method) = method::unread(entry.compression()) {
            return damaged(session, &item, Detail::Method(method));
        }
        let (size, packed) = (entry.size(), entry.compressed_size());
        if size > LARGEST_MEMBER || (size > SMALL && size / TIGHTEST > packed) {
            return damaged(session, &item, Detail::TooLarge);
        }
        size
    };
    let mut content = Member { archive, index, size };
    match content.open().and_then(hash) {
        Ok(sha256) => item.sha256 = sha256,
        Err(_) => return damaged(session, &item, Detail::None),
    }
    each(session, &item, &mut content, depth + 1)
}

/// Reads an archive whose table of contents is missing, for example because the upload was cut off: members that are
/// complete are read one after another, and the archive is reported as damaged.
fn salvage(
    session: &mut FileReading<'_, '_>,
    item: &Item,
    content: &mut dyn RawContent,
    depth: usize,
    each: ReadItem,
) -> Result<()> {
    let mut members: Vec<(String, Option<i32>, Bytes)> = Vec::new();
    let mut names = Vec::new();
    if let Ok(mut reader) = content.open() {
        let mut held = 0;
        while let Ok(Some((name, member_day, bytes))) = guarded(|| next_whole_member(&mut reader)) {
            names.push(name.clone());
            held += bytes.as_ref().map_or(0, |b| b.len() as u64);
            match bytes {
                Some(bytes) if held <= LARGEST_IN_MEMORY => members.push((name, member_day, bytes)),
                _ => break,
            }
        }
    }
    if names.is_empty() {
        // Not one complete member: the name of the first one still tells whether this was a workbook.
        names.extend(content.open().ok().and_then(first_name));
    }
    // Without any complete member, the extension of the file decides as well.
    let named = item.file.to_ascii_lowercase();
    let says_workbook = members.is_empty() && [".xlsx", ".xlsm"].iter().any(|e| named.ends_with(e));
    if says_workbook || !matches!(kind_of(&names), ZipContent::Members) {
        return session.refuse(item, "", Code::DamagedWorkbook, Severity::Error, Detail::None);
    }
    session.refuse(item, "", Code::DamagedArchive, Severity::Error, Detail::None)?;
    if depth >= DEEPEST {
        return Ok(());
    }
    for (name, member_day, bytes) in members.into_iter().filter(|(name, _, _)| !is_left_alone(name)) {
        let day = export_day::of_member(&name, &item.file, member_day, item.export_day);
        let sha256 = Sha256::digest(&bytes).into();
        each(session, &item.member(&name, sha256, day), &mut MemoryContent(bytes), depth + 1)?;
    }
    Ok(())
}

/// The next member of a stream: its name, its day, and its bytes if they are complete.
fn next_whole_member(reader: &mut dyn Read) -> Option<(String, Option<i32>, Option<Bytes>)> {
    let mut reader = reader;
    let mut entry = read_zipfile_from_stream(&mut reader).ok()??;
    let name = member_name(entry.name_raw());
    let member_day = entry
        .last_modified()
        .and_then(|t| day::from_ymd(i32::from(t.year()), u32::from(t.month()), u32::from(t.day())));
    let mut bytes = Vec::new();
    let size = entry.size();
    let whole = !entry.encrypted()
        && size <= LARGEST_IN_MEMORY
        && entry.by_ref().take(LARGEST_IN_MEMORY).read_to_end(&mut bytes).is_ok()
        && bytes.len() as u64 == size;
    Some((name, member_day, whole.then(|| Bytes::from(bytes))))
}

/// The name in the first local header (APPNOTE 4.3.7).
fn first_name(reader: Box<dyn Read + '_>) -> Option<String> {
    let mut head = Vec::new();
    reader.take(1024).read_to_end(&mut head).ok()?;
    let length = usize::from(u16::from_le_bytes([*head.get(26)?, *head.get(27)?]));
    head.get(30..30 + length).map(member_name)
}

enum ZipContent {
    Workbook,
    Members,
    Foreign(&'static str),
}

/// Tells from the names of its members what a zip file is: a workbook, an archive of exports, or another format.
fn kind_of(names: &[String]) -> ZipContent {
    let has = |prefix: &str| names.iter().any(|name| name.starts_with(prefix));
    if has("xl/workbook.bin") {
        ZipContent::Foreign("xlsb")
    } else if has("xl/") {
        ZipContent::Workbook
    } else if has("word/") {
        ZipContent::Foreign("docx")
    } else if has("ppt/") {
        ZipContent::Foreign("pptx")
    } else if names.iter().any(|n| n == "mimetype") && names.iter().any(|n| n == "content.xml") {
        ZipContent::Foreign("opendocument")
    } else if has("[Content_Types].xml") {
        ZipContent::Workbook
    } else {
        ZipContent::Members
    }
}

/// Decodes a member's name: UTF-8, else GB18030 as Chinese Windows writes it. Separators become `/`, and parts that
/// would lead out of the archive (`..`) are dropped. The name of a folder keeps its `/` at the end.
fn member_name(raw: &[u8]) -> String {
    let name = match std::str::from_utf8(raw) {
        Ok(name) => name.to_owned(),
        Err(_) => GB18030.decode_without_bom_handling(raw).0.into_owned(),
    };
    let name = name.replace('\\', "/");
    let parts: Vec<&str> = name.split('/').filter(|part| !matches!(*part, "" | "." | "..")).collect();
    if name.ends_with('/') { format!("{}/", parts.join("/")) } else { parts.join("/") }
}

/// Whether a member is skipped without a finding: folders, and files that operating systems and editors leave behind.
fn is_left_alone(name: &str) -> bool {
    name.is_empty() || name.ends_with('/') || name.split('/').any(is_of_the_system)
}

/// A member of an archive. It is unpacked again each time it is read, so that it need not be kept in memory.
struct Member<'a> {
    archive: &'a mut Archive,
    index: usize,
    /// Unpacked size in bytes, as the archive states it.
    size: u64,
}

impl RawContent for Member<'_> {
    fn open(&mut self) -> io::Result<Box<dyn Read + '_>> {
        let entry = self.archive.by_index(self.index).map_err(io::Error::other)?;
        Ok(Box::new(Limited { reader: entry, left: self.size }))
    }

    fn whole(&mut self) -> io::Result<SeekableBytes> {
        if self.size > LARGEST_IN_MEMORY {
            return Err(io::Error::other(words!("过大，无法在内存中解压", "too large to be unpacked in memory")));
        }
        let mut bytes = Vec::new();
        self.open()?.read_to_end(&mut bytes)?;
        Ok(SeekableBytes::Memory(Bytes::from(bytes)))
    }
}

/// A reader that fails once more bytes come than the archive announced.
struct Limited<R> {
    reader: R,
    left: u64,
}

impl<R: Read> Read for Limited<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = guarded(|| self.reader.read(buffer))
            .map_err(|_| io::Error::other(words!("无法解压", "cannot be unpacked")))??;
        self.left = self
            .left
            .checked_sub(read as u64)
            .ok_or_else(|| io::Error::other(words!("实际大小超过所标大小", "is larger than it says")))?;
        Ok(read)
    }
}

fn hash(mut reader: Box<dyn Read + '_>) -> io::Result<[u8; 32]> {
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 256 << 10];
    loop {
        match reader.read(&mut buffer)? {
            0 => return Ok(hasher.finalize().into()),
            read => hasher.update(&buffer[..read]),
        }
    }
}
