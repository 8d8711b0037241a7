//! The one error type that modules share. A problem of the *data* is never an error, but a finding ([`crate::diag`]).

use std::fmt;
use std::path::Path;

/// Result of an operation whose failure stops a run.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Tells the operator what to do next; each kind has an exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// The command line or the config is wrong: correct it and run again (exit 2).
    Usage,
    /// The declarations (`schemas/`) or the reference data are wrong: correct them and run again (exit 2).
    Schema,
    /// An input cannot be read at all, because of the disk, a permission or a missing folder (exit 3).
    Input,
    /// The store cannot be read or written, or is locked by another run (exit 4).
    Output,
    /// A part of the store is damaged, missing, or older than the rest: restore it or run `xinhui rebuild` (exit 4).
    Damaged,
    /// The totals of the night do not add up: nothing was published (exit 5).
    Withheld,
    /// A fault of this program (exit 101).
    Bug,
}

impl ErrorKind {
    /// The exit code of this kind, as `xinhui --help` and the README list them.
    pub fn exit_code(self) -> u8 {
        match self {
            ErrorKind::Usage | ErrorKind::Schema => 2,
            ErrorKind::Input => 3,
            ErrorKind::Output | ErrorKind::Damaged => 4,
            ErrorKind::Withheld => 5,
            ErrorKind::Bug => 101,
        }
    }
}

/// An error with the place it concerns and, if there is one, advice.
#[derive(Debug)]
pub struct Error {
    pub kind: ErrorKind,
    /// The file, table or setting concerned; empty if there is none.
    pub place: String,
    pub message: String,
    /// What to do; printed on a line of its own.
    pub hint: Option<String>,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl Error {
    pub fn new(kind: ErrorKind, place: impl fmt::Display, message: impl Into<String>) -> Self {
        Error { kind, place: place.to_string(), message: message.into(), hint: None, source: None }
    }

    pub fn usage(place: impl fmt::Display, message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Usage, place, message)
    }

    pub fn schema(place: impl fmt::Display, message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Schema, place, message)
    }

    /// An input cannot be read at all.
    pub fn input(path: &Path, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::new(ErrorKind::Input, path.display(), "cannot be read").caused_by(source)
    }

    /// The store cannot be written.
    pub fn output(path: &Path, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::new(ErrorKind::Output, path.display(), "cannot be written").caused_by(source)
    }

    /// The store cannot be read.
    pub fn unreadable_store(path: &Path, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::new(ErrorKind::Output, path.display(), "cannot be read").caused_by(source)
    }

    /// A file of the store is not what was written there. The hint names both remedies: a backup and `xinhui rebuild`.
    pub fn damaged(path: &Path, message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Damaged, path.display(), message)
            .hint("put `private/` back from a backup, or run `xinhui rebuild`, which makes it anew from the inbox")
    }

    pub fn bug(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Bug, "internal", message)
    }

    #[must_use]
    pub fn caused_by(mut self, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.place.is_empty() {
            write!(f, "{}", self.message)
        } else {
            write!(f, "{}: {}", self.place, self.message)
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_deref().map(|e| e as _)
    }
}
