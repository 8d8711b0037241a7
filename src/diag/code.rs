//! The catalogue of finding codes.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Whether a finding rejects its row (or refuses its file), or only warns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Severity {
    Error,
    Warning,
}

impl Severity {
    pub fn as_str(self) -> &'static str {
        match self {
            Severity::Error => "error",
            Severity::Warning => "warning",
        }
    }
}

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $slug:literal, $refines:literal;)*) => {
        /// A stable code. Its text never changes once released.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum Code { $($(#[$doc])* $name,)* }

        impl Code {
            /// Every code, in catalogue order.
            pub const ALL: &'static [Code] = &[$(Code::$name,)*];

            /// The code as it stands in tables, such as `missing-value`.
            pub fn as_str(self) -> &'static str {
                match self { $(Code::$name => $slug,)* }
            }

            /// The Frictionless error type that this code refines.
            pub fn refines(self) -> &'static str {
                match self { $(Code::$name => $refines,)* }
            }

            /// The code of a slug.
            pub fn parse(slug: &str) -> Option<Code> {
                match slug { $($slug => Some(Code::$name),)* _ => None }
            }
        }
    };
}

codes! {
    /// A required value is not given.
    MissingValue = "missing-value", "constraint-error";
    /// A value cannot be read as its type, a boolean or date included; a partial event date.
    TypeError = "type-error", "type-error";
    /// Range, pattern, length or a rule between fields.
    ConstraintError = "constraint-error", "constraint-error";
    /// A value is not in its code list.
    UnknownCode = "unknown-code", "constraint-error";
    /// A division is unknown, of the wrong level, or outside the submitting county.
    UnknownDivision = "unknown-division", "foreign-key";
    /// The row that a foreign key names is unknown.
    Orphan = "orphan", "foreign-key";
    /// The ID number fails its GB 11643 check digit.
    IdNumberChecksum = "id-number-checksum", "constraint-error";
    /// The ID number lost digits in a spreadsheet.
    IdNumberDamaged = "id-number-damaged", "constraint-error";
    /// Birth date or sex disagree with the ID number.
    IdNumberMismatch = "id-number-mismatch", "constraint-error";
    /// A phone number has an unknown shape.
    PhoneFormat = "phone-format", "constraint-error";
    /// A date that systems write when there is none, such as 1900-01-01.
    PlaceholderDate = "placeholder-date", "constraint-error";
    /// A cell that holds the error value of a spreadsheet, such as `#REF!`.
    ErrorCell = "error-cell", "type-error";
    /// A year and month that a spreadsheet took for a number: its month is in doubt.
    UnclearMonth = "unclear-month", "type-error";
    /// A follow-up is dated before the patient's registration.
    FollowupBeforeRegistration = "followup-before-registration", "constraint-error";
    /// A value in which characters could not be decoded, where the rest cannot stand for it.
    Encoding = "encoding", "encoding-error";
    /// A name or text in which characters were lost.
    LostCharacters = "lost-characters", "encoding-error";
    /// A unified social credit code fails its GB 32100 check character.
    CreditCodeChecksum = "credit-code-checksum", "constraint-error";
    /// A key bears two people, or two versions that nothing orders.
    KeyConflict = "key-conflict", "primary-key";

    /// The newest export of a register has far fewer rows than the one before; it is held back.
    RegisterShrunk = "register-shrunk", "table-dimensions";
    /// No row of a file or sheet is a header that any dataset knows.
    NoHeader = "no-header", "source-error";
    /// The header is that of a dataset of another source's folder.
    WrongSource = "wrong-source", "source-error";
    /// A header names a column that the dataset does not declare; it is left out.
    UnknownColumn = "unknown-column", "extra-label";
    /// The header lacks a column that the dataset requires.
    MissingColumn = "missing-column", "missing-label";
    /// Two columns claim the same field; the first is used.
    RepeatedColumn = "repeated-column", "duplicate-label";
    /// A file with nothing in it.
    EmptyFile = "empty-file", "source-error";
    /// A workbook under a password.
    EncryptedWorkbook = "encrypted-workbook", "format-error";
    /// An archive that ends early or is damaged.
    DamagedArchive = "damaged-archive", "compression-error";
    /// An HTML page with the name of a workbook.
    HtmlNotExcel = "html-not-excel", "format-error";
    /// A workbook that cannot be opened.
    DamagedWorkbook = "damaged-workbook", "format-error";
    /// Bytes that are no text in any encoding that we read, or no format that we know.
    UnknownFormat = "unknown-format", "format-error";
    /// A line longer than any real row.
    LineTooLong = "line-too-long", "source-error";
    /// A damaged or unreadable Parquet file.
    DamagedParquet = "damaged-parquet", "format-error";
    /// A column of dates that were moved to UTC and so stand a day early.
    ShiftedDates = "shifted-dates", "type-error";
    /// A line that is no JSON object in a .jsonl file.
    DamagedJson = "damaged-json", "source-error";
    /// A folder of the inbox that is no county of the tree or no source.
    UnknownFolder = "unknown-folder", "source-error";
    /// A file that the system could not read.
    UnreadableFile = "unreadable-file", "scheme-error";
    /// A file that changes while it is read, or changed a moment before: it is left for the next night.
    FileChanging = "file-changing", "scheme-error";
    /// A file that would take more memory, time or rows than reading one file may.
    ReaderStopped = "reader-stopped", "source-error";
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
