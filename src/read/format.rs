//! What a file is, by its first bytes. Its name says nothing reliable.

/// A format by magic number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    Empty,
    /// A zip archive: exports, or a workbook.
    Zip,
    /// A compound file: an old workbook, or an encrypted new one.
    Compound,
    Parquet,
    /// Something that holds no table for us, by name.
    Foreign(&'static str),
    /// No magic number: text, as far as one can tell here.
    Text,
}

/// How many bytes [`Format::of`] wants.
pub(super) const MAGIC_BYTES: usize = 16;

const MAGIC: [(&[u8], Format); 17] = [
    (b"PK\x03\x04", Format::Zip),
    (b"PK\x05\x06", Format::Zip),
    (b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", Format::Compound),
    (b"PAR1", Format::Parquet),
    (b"PARE", Format::Parquet),
    (b"%PDF-", Format::Foreign("pdf")),
    (b"Rar!\x1A\x07", Format::Foreign("rar")),
    (b"7z\xBC\xAF\x27\x1C", Format::Foreign("7z")),
    (b"\x1F\x8B", Format::Foreign("gzip")),
    (b"BZh", Format::Foreign("bzip2")),
    (b"\xFD7zXZ\x00", Format::Foreign("xz")),
    (b"\x28\xB5\x2F\xFD", Format::Foreign("zstd")),
    (b"\x89PNG", Format::Foreign("png")),
    (b"\xFF\xD8\xFF", Format::Foreign("jpeg")),
    (b"SQLite format 3\0", Format::Foreign("sqlite")),
    (b"ARROW1\0\0", Format::Foreign("arrow")),
    (b"ORC", Format::Foreign("orc")),
];

impl Format {
    pub fn of(head: &[u8]) -> Format {
        if head.is_empty() {
            return Format::Empty;
        }
        let found = MAGIC.iter().find(|(magic, _)| head.starts_with(magic));
        match found {
            // BZh and ORC may begin a header of field names; the real ones go on with no letter.
            Some((magic, Format::Foreign(_)))
                if magic.len() == 3 && head.get(3).is_some_and(|b| *b == b',' || b.is_ascii_alphabetic()) =>
            {
                Format::Text
            }
            Some((_, format)) => *format,
            None => Format::Text,
        }
    }
}
