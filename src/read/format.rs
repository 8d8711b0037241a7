//! Tells the format of a file by its first bytes; names and extensions are not reliable.

/// A file format, told by its magic number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FileFormat {
    Empty,
    /// A zip archive: a package of exports, or an .xlsx workbook.
    Zip,
    /// A compound file (OLE): an .xls workbook, or an encrypted .xlsx.
    Compound,
    Parquet,
    /// A known format that cannot hold a table, with its name.
    Foreign(&'static str),
    /// No known magic number: probably text.
    Text,
}

/// How many of the first bytes [`FileFormat::of`] needs.
pub(super) const MAGIC_BYTES: usize = 16;

const MAGIC: [(&[u8], FileFormat); 17] = [
    (b"PK\x03\x04", FileFormat::Zip),
    (b"PK\x05\x06", FileFormat::Zip),
    (b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", FileFormat::Compound),
    (b"PAR1", FileFormat::Parquet),
    (b"PARE", FileFormat::Parquet),
    (b"%PDF-", FileFormat::Foreign("pdf")),
    (b"Rar!\x1A\x07", FileFormat::Foreign("rar")),
    (b"7z\xBC\xAF\x27\x1C", FileFormat::Foreign("7z")),
    (b"\x1F\x8B", FileFormat::Foreign("gzip")),
    (b"BZh", FileFormat::Foreign("bzip2")),
    (b"\xFD7zXZ\x00", FileFormat::Foreign("xz")),
    (b"\x28\xB5\x2F\xFD", FileFormat::Foreign("zstd")),
    (b"\x89PNG", FileFormat::Foreign("png")),
    (b"\xFF\xD8\xFF", FileFormat::Foreign("jpeg")),
    (b"SQLite format 3\0", FileFormat::Foreign("sqlite")),
    (b"ARROW1\0\0", FileFormat::Foreign("arrow")),
    (b"ORC", FileFormat::Foreign("orc")),
];

impl FileFormat {
    pub fn of(head: &[u8]) -> FileFormat {
        if head.is_empty() {
            return FileFormat::Empty;
        }
        let found = MAGIC.iter().find(|(magic, _)| head.starts_with(magic));
        match found {
            // "BZh" and "ORC" may also begin a header of field names: there a letter or comma follows, in the real
            // formats never.
            Some((magic, FileFormat::Foreign(_)))
                if magic.len() == 3 && head.get(3).is_some_and(|b| *b == b',' || b.is_ascii_alphabetic()) =>
            {
                FileFormat::Text
            }
            Some((_, format)) => *format,
            None => FileFormat::Text,
        }
    }
}
