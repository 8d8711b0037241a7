//! What a finding says beyond its code.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// A name in English and in Chinese.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InBoth {
    pub en: String,
    pub zh: String,
}

/// The value in another field that makes a field required; without a value, any value does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Requirement {
    pub field: InBoth,
    pub value: Option<InBoth>,
}

/// The row that a foreign key names: a dataset and its key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParentKey {
    pub dataset: InBoth,
    pub key: InBoth,
}

/// The ends between which a number must lie; either may be missing.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ValueBounds {
    pub least: Option<f64>,
    pub most: Option<f64>,
}

/// What a value could not be read as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ValueType {
    Integer,
    Number,
    Boolean,
    Date,
    Datetime,
}

/// The dataset whose header comes closest to the first rows of a sheet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Nearest {
    pub dataset: InBoth,
    /// Titles of the required columns that are missing.
    pub missing: Vec<String>,
    /// A label of the sheet, and the title that it may mean.
    pub meant: Vec<(String, String)>,
    /// Columns, counted from 1, that have values and no title.
    pub untitled: Vec<u32>,
    /// The folder of the dataset's source, where it is not the one in which the file lies.
    pub folder: Option<String>,
}

/// Why a file cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unreadable {
    Permission,
    Gone,
    /// Links lead in a circle, or to a folder that has been read already.
    Loop,
    /// A link leads out of the inbox.
    Outside,
    /// It is no regular file.
    NoFile,
}

/// What a finding says beyond its code, for its message.
///
/// [`Display`](std::fmt::Display) writes the text that is stored with the finding, and [`Detail::parse`] reads it. No other
/// code knows that text. It never contains the value of a cell.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum Detail {
    /// The code says it all.
    #[default]
    None,
    /// So many more findings of the kind are not listed one by one.
    More(u64),

    /// `missing-value`: the field is required because of another one.
    RequiredWhen(Arc<Requirement>),
    /// `type-error`
    NotOfType(ValueType),
    /// `type-error`: a date of which only the year, or year and month, is given.
    PartialDate,
    /// `type-error`: no day or time of the calendar.
    ImpossibleDate,
    /// `constraint-error`
    Range(Arc<ValueBounds>),
    /// `constraint-error`: outside the scores of a scale.
    Scale(Arc<(String, ValueBounds)>),
    /// `constraint-error`: fewer characters than this.
    MinLength(u32),
    /// `constraint-error`: more characters than this.
    MaxLength(u32),
    /// `constraint-error`
    NotIcd10,
    /// `constraint-error`
    NotDivision,
    /// `constraint-error`: the regular expression that the value must match.
    Pattern(Arc<str>),
    /// `constraint-error`: a date after the as-of day.
    InFuture,
    /// `constraint-error`: a date before that in another field.
    Before(Arc<InBoth>),
    /// `constraint-error`: a date before this one (`1900-01-01`).
    BeforeDay(Arc<str>),
    /// `constraint-error`: a number larger than that in another field.
    LargerThan(Arc<InBoth>),
    /// `unknown-code`: the values of the list.
    NoneOf(Arc<InBoth>),
    /// `unknown-division`
    UnknownDivision,
    /// `unknown-division`: how many digits a code must have.
    DivisionLevel(Arc<[u8]>),
    /// `unknown-division`: no code; how many digits one must have.
    NoDivisionCode(Arc<[u8]>),
    /// `unknown-division`: a name instead of a code, and the code of the division that bears it.
    DivisionNamed(Arc<str>),
    /// `unknown-division`: outside this county, which submitted the row.
    OutsideCounty(Arc<str>),
    /// `orphan`
    Parent(Arc<ParentKey>),
    /// `id-number-checksum`: the check digit is wrong.
    CheckDigit,
    /// `id-number-checksum`: not of the form of an ID number.
    NumberShape,
    /// `id-number-checksum`: the birth date in the number does not exist.
    NumberBirth,
    /// `id-number-mismatch`: the birth date.
    BirthDate,
    /// `id-number-mismatch`: the sex.
    Sex,
    /// `key-conflict`: different people in one export.
    OneExport,
    /// `key-conflict`: another person in another file.
    BetweenExports,
    /// `key-conflict`: rows that nothing but their place puts in order.
    OrderOnly,
    /// `key-conflict`: nothing but its place puts the row after that of this line of its file.
    OverLines { lines: Arc<[u32]>, more: u64 },
    /// `key-conflict`: two folders give the key to different rows.
    Folders,
    /// `damaged-json`: the row is no JSON object.
    DamagedRow,

    /// `register-shrunk`: how many keys the register has, and how many stood before.
    Keys { has: u64, stood: u64 },
    /// `unknown-folder`: the path of what lies there, and the names of the sources, in the order in which they are told.
    Folder { name: String, sources: Arc<[String]> },
    /// `unknown-folder`: a file that lies in no folder of a source; as [`Detail::Folder`].
    StrayFile { name: String, sources: Arc<[String]> },
    /// `unknown-folder`: a name that is nearly that of a county or a source, and what it should be.
    FolderMeant { name: String, meant: String },
    /// `no-header`
    Nearest(Arc<Nearest>),
    /// `no-header`: the header of this dataset stands in this line, below its rows.
    HeaderBelow(Arc<(InBoth, u32)>),
    /// `no-header`: the rows of a sheet go on with the table of a sheet before it, of this dataset.
    Continued(Arc<InBoth>),
    /// `no-header`: the header of a sheet of a workbook of rows to mend is gone.
    OurHeader,
    /// `wrong-source`: the dataset, and the folder of its source.
    Belongs(Arc<(InBoth, String)>),
    /// `missing-column`, `unknown-column`: a label of the file, and the title that it may mean.
    Meant(Arc<(String, String)>),
    /// `missing-column`: titles of columns that were taken out of a workbook of rows to mend.
    TakenOut(Arc<[String]>),
    /// `missing-column`: titles of a workbook of rows to mend that were moved, and not the values below them.
    MovedTitles(Arc<[String]>),
    /// `unknown-column`: columns, counted from 1, that have values and no title.
    NoTitle(Arc<[u32]>),
    /// `missing-column`: the column, as [`Detail::Column`], and those, counted from 1, that have values and no title.
    Untitled(Arc<(String, Vec<u32>)>),
    /// `missing-column`: from this column on, counted from 1, titles do not stand above their values, which lie one
    /// column to the left, or else to the right.
    Shifted { from: u32, left: bool },
    /// `missing-column`: pairs of titles that stand in each other's place.
    Exchanged(Arc<[(String, String)]>),
    /// `repeated-column`: the whole header stands a second time, from this column on, counted from 1.
    Beside(u32),
    /// `unknown-folder`: a folder of a source that lies in none of a county, and that source.
    NoCounty { name: String, source: String },
    /// `mends-unknown-file`: so many rows are of the county and source of this folder.
    OfFolder { rows: u64, folder: String },
    /// A column, by its title or label, or as [`Detail::name_and_title`].
    Column(String),
    /// A dataset, by name.
    Dataset(String),
    /// A line of a file.
    Line(u32),
    /// Records of a file: the first ones by number, and how many more.
    Records { numbers: Vec<u32>, more: u64 },
    /// What a file or a member of an archive turned out to be.
    Format(String),
    /// Why a file cannot be read.
    Unreadable(Unreadable),
    /// `file-changing`: changed within so many seconds.
    Quiet(u64),
    /// `reader-stopped`: so many mebibytes of memory.
    Memory(u64),
    /// `reader-stopped`: so many seconds.
    Seconds(u64),
    /// `reader-stopped`: so many rows.
    Rows(u64),
    /// `reader-stopped`: so many tables.
    Tables(u64),
    /// `reader-stopped`: the reader process crashed.
    Crash,
    /// A compression method of an archive.
    Method(String),
    /// A codec of a Parquet file.
    Codec(String),
    /// A member of an archive has a password.
    Encrypted,
    /// A member of an archive is too large.
    TooLarge,
    /// Two members of an archive have one name.
    RepeatedNames,
    /// In plain words, shown as they are.
    Words(String),
}

impl InBoth {
    pub fn new(en: impl Into<String>, zh: impl Into<String>) -> Self {
        InBoth { en: en.into(), zh: zh.into() }
    }
}

/// Whether a name is a code as counties have.
pub fn is_county_code(name: &str) -> bool {
    name.len() == 6 && name.bytes().all(|b| b.is_ascii_digit())
}

impl Detail {
    /// A column that a file calls by the name of its field.
    pub fn name_and_title(name: &str, title: &str) -> String {
        format!("{name}={title}")
    }

    /// The name and the title of a column; without a name, what it is called.
    pub fn called(column: &str) -> (Option<&str>, &str) {
        column.split_once('=').map_or((None, column), |(name, title)| (Some(name), title))
    }

    /// The numbers of records, as they are written.
    pub(super) fn argument(&self) -> String {
        let text = self.to_string();
        text.split_once(':').map_or(String::new(), |(_, argument)| argument.to_owned())
    }

    /// How many findings the line with this detail stands for: 1, or so many as are not listed.
    pub fn stands_for(&self) -> u64 {
        match self {
            Detail::More(count) => *count,
            _ => 1,
        }
    }
}
