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
        /// A stable finding code. Its slug never changes once released.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum Code { $($(#[$doc])* $name,)* }

        impl Code {
            /// Every code, in catalogue order.
            pub const ALL: &'static [Code] = &[$(Code::$name,)*];

            /// The slug, as written in tables, such as `missing-value`.
            pub fn as_str(self) -> &'static str {
                match self { $(Code::$name => $slug,)* }
            }

            /// The Frictionless error type that this code refines.
            pub fn refines(self) -> &'static str {
                match self { $(Code::$name => $refines,)* }
            }

            /// The code with this slug.
            pub fn parse(slug: &str) -> Option<Code> {
                match slug { $($slug => Some(Code::$name),)* _ => None }
            }
        }
    };
}

codes! {
    /// A required value is not given.
    MissingValue = "missing-value", "constraint-error";
    /// A value cannot be read as the type of its field, or the date of an event is given only in part.
    TypeError = "type-error", "type-error";
    /// A value breaks a range, pattern, length or a rule between fields.
    ConstraintError = "constraint-error", "constraint-error";
    /// A value is not in its code list.
    UnknownCode = "unknown-code", "constraint-error";
    /// A division is unknown, of the wrong level, or outside the submitting county.
    UnknownDivision = "unknown-division", "foreign-key";
    /// A foreign key refers to a row that does not exist.
    Orphan = "orphan", "foreign-key";
    /// The ID number fails its GB 11643 check digit.
    IdNumberChecksum = "id-number-checksum", "constraint-error";
    /// The ID number lost digits in a spreadsheet.
    IdNumberDamaged = "id-number-damaged", "constraint-error";
    /// Birth date or sex disagrees with the ID number.
    IdNumberMismatch = "id-number-mismatch", "constraint-error";
    /// A phone number does not have a known form.
    PhoneFormat = "phone-format", "constraint-error";
    /// A date that systems write instead of leaving the field empty, such as 1900-01-01.
    PlaceholderDate = "placeholder-date", "constraint-error";
    /// The cell holds the error value of a spreadsheet, such as `#REF!`.
    ErrorCell = "error-cell", "type-error";
    /// A year and month that a spreadsheet turned into a number, so that the month is in doubt.
    UnclearMonth = "unclear-month", "type-error";
    /// A follow-up is dated before the patient's registration.
    FollowupBeforeRegistration = "followup-before-registration", "constraint-error";
    /// A value in which characters could not be decoded and whose remaining characters are of no use.
    Encoding = "encoding", "encoding-error";
    /// A name or text in which characters were lost.
    LostCharacters = "lost-characters", "encoding-error";
    /// A name that is a document's number: most likely the two columns were exchanged.
    NameIsNumber = "name-is-number", "constraint-error";
    /// A unified social credit code fails its GB 32100 check character.
    CreditCodeChecksum = "credit-code-checksum", "constraint-error";
    /// A key is used by two people, or has two versions that cannot be put in order.
    KeyConflict = "key-conflict", "primary-key";

    /// The newest export of a register has far fewer rows than the one before; it is held back.
    RegisterShrunk = "register-shrunk", "table-dimensions";
    /// Rows of a marked workbook that mend those of a file that is not known: they wait for it.
    MendsUnknownFile = "mends-unknown-file", "source-error";
    /// No row of the file or sheet is a known header.
    NoHeader = "no-header", "source-error";
    /// The header belongs to a dataset of another source's folder.
    WrongSource = "wrong-source", "source-error";
    /// A column that the dataset does not declare; it is ignored.
    UnknownColumn = "unknown-column", "extra-label";
    /// The header lacks a column that the dataset requires.
    MissingColumn = "missing-column", "missing-label";
    /// Two columns stand for the same field; the first is used.
    RepeatedColumn = "repeated-column", "duplicate-label";
    /// A file with nothing in it.
    EmptyFile = "empty-file", "source-error";
    /// A workbook protected by a password.
    EncryptedWorkbook = "encrypted-workbook", "format-error";
    /// An archive that is cut off or damaged.
    DamagedArchive = "damaged-archive", "compression-error";
    /// An HTML page named like a workbook.
    HtmlNotExcel = "html-not-excel", "format-error";
    /// A workbook that cannot be opened.
    DamagedWorkbook = "damaged-workbook", "format-error";
    /// Bytes that are neither a known format nor text in a supported encoding.
    UnknownFormat = "unknown-format", "format-error";
    /// A line longer than any real row.
    LineTooLong = "line-too-long", "source-error";
    /// A damaged or unreadable Parquet file.
    DamagedParquet = "damaged-parquet", "format-error";
    /// A column of dates that were converted to UTC and so are one day early.
    ShiftedDates = "shifted-dates", "type-error";
    /// A line or record that is not a JSON object.
    DamagedJson = "damaged-json", "source-error";
    /// A folder of the inbox that is not a known county or source.
    UnknownFolder = "unknown-folder", "source-error";
    /// A file that the system could not read.
    UnreadableFile = "unreadable-file", "scheme-error";
    /// A file that changes while it is read or changed just before; it is read the next night.
    FileChanging = "file-changing", "scheme-error";
    /// Reading the file would take more memory, time or rows than are allowed for one file.
    ReaderStopped = "reader-stopped", "source-error";
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
