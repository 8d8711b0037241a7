//! What a night and a reader process say to each other: what a reader must know, its jobs, its answers.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::asks::originals::{OriginalTable, WantedRows};
use super::given::GivenFile;
use super::reader_limits::ReaderLimits;
use super::reading::{Outcome, WantedTables};
use super::reference_file::ReferenceFile;
use crate::error::{Error, ErrorKind, Lang, Result, Words};
use crate::schema::Schemas;

/// What a reader must know before the first file. This may contain keys, so it is sent through a pipe and not as
/// command line arguments, which other users can see.
#[derive(Serialize, Deserialize)]
pub struct Start {
    /// Process id of the parent; the reader ends when the parent does.
    pub parent: u32,
    /// Bytes of memory that it may use beyond what it has at the start.
    pub memory: u64,
    pub as_of: i32,
    /// Hash of the declarations, to make sure that both processes use the same.
    pub schemas: String,
    pub keeping: Option<Keeping>,
}

/// Where rows are stored, if they are.
#[derive(Serialize, Deserialize)]
pub struct Keeping {
    pub store: PathBuf,
    pub vault_key: Vec<u8>,
    pub content_key: [u8; 32],
}

impl Start {
    /// What a reader started by this process needs to know.
    pub fn new(schemas: &Schemas, as_of: i32, limits: &ReaderLimits, keeping: Option<Keeping>) -> Self {
        let schemas = schemas.hashes.schemas.clone();
        Start { parent: std::process::id(), memory: limits.memory_mb << 20, as_of, schemas, keeping }
    }
}

/// A job for the reader.
#[derive(Serialize, Deserialize)]
pub enum Job {
    /// Read an export of the inbox and store its rows.
    Keep(WantedTables),
    /// See how much of a file is read as an export of its source.
    Tables(GivenFile),
    /// Return rows of a file as they stand in it.
    Originals(GivenFile, Vec<WantedRows>),
    /// Read a file of the reference folder and return the rows of this city.
    Reference(GivenFile, String),
}

/// How much of a file is read as an export of a source; ordered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Likeness {
    /// Tables that are read.
    pub tables: usize,
    /// Of the dataset that comes closest to a header that none has, the columns that are there, in thousandths of those
    /// that it requires.
    pub nearest: usize,
}

/// The answer of the reader to a job.
#[derive(Serialize, Deserialize)]
pub enum Answer {
    /// Sent before the first file: the reader has started.
    Ready,
    Kept(Outcome),
    Tables(Likeness),
    Reference(ReferenceFile),
    Originals(Vec<OriginalTable>),
    /// An error that stops the run: the exit code of its kind, place, message and advice.
    Failed(u8, Words, Words, Option<Words>),
}

impl Answer {
    /// What a reader answers: an error becomes [`Answer::Failed`].
    pub fn of(result: Result<Self>) -> Self {
        result.unwrap_or_else(|e| {
            let all = |lang| std::iter::once(e.message.say(lang).to_owned()).chain(e.causes(lang)).collect::<Vec<_>>();
            let message = Words::new(all(Lang::Zh).join("："), all(Lang::En).join(": "));
            Answer::Failed(e.kind.exit_code(), e.place.clone(), message, e.hint.clone())
        })
    }

    /// Turns [`Answer::Failed`] back into an error.
    pub fn checked(self) -> Result<Self> {
        match self {
            Answer::Failed(code, place, message, hint) => {
                let kinds = [ErrorKind::Usage, ErrorKind::Input, ErrorKind::Output, ErrorKind::Withheld];
                let kind = kinds.into_iter().find(|k| k.exit_code() == code).unwrap_or(ErrorKind::Bug);
                let error = Error::new(kind, place, message);
                Err(if let Some(hint) = hint { error.hint(hint) } else { error })
            }
            answer => Ok(answer),
        }
    }
}
