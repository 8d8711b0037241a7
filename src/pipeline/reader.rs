//! The process that reads files of others: what a file makes of it, it makes of no other.
//!
//! It is the same program, started by a night for each of its threads. It is told on its standard input,
//! one JSON object a line, what it needs ([`Start`]) and then file after file ([`Wanted`]); it answers each
//! with a line ([`Answer`]). The rows of a file it writes into the store, under names that nobody knows
//! before the night has its answer and notes them in the register.

use std::io::BufRead;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::config::schema_files;
use super::confined;
use super::reading::{Outcome, Reading, Wanted};
use crate::error::{Error, ErrorKind, Result};
use crate::schema::Schemas;
use crate::store::Store;
use crate::store::vault::Vault;

/// What a reader needs to know before the first file. It holds keys: it goes through a pipe, and is no
/// argument that others see.
#[derive(Serialize, Deserialize)]
pub struct Start {
    /// The process that started it, with which it ends.
    pub parent: u32,
    /// Bytes of memory beyond those that it has when it begins.
    pub memory: u64,
    pub store: PathBuf,
    pub vault_key: Vec<u8>,
    pub content_key: [u8; 32],
    pub as_of: i32,
    /// Hash of the declarations: both must have the same.
    pub schemas: String,
}

/// What a reader says of a file.
#[derive(Serialize, Deserialize)]
pub enum Answer {
    /// Before the first file.
    Ready,
    Done(Outcome),
    /// What stops the night: the exit code of its kind, place, message and advice.
    Failed(u8, String, String, Option<String>),
}

impl Answer {
    fn of(result: Result<Outcome>) -> Self {
        match result {
            Ok(outcome) => Answer::Done(outcome),
            Err(e) => {
                let cause = std::error::Error::source(&e).map(|c| format!(": {c}")).unwrap_or_default();
                Answer::Failed(e.kind.exit_code(), e.place.clone(), format!("{}{cause}", e.message), e.hint)
            }
        }
    }

    /// The result that was answered.
    ///
    /// # Errors
    /// What stopped the reader.
    pub fn result(self) -> Result<Outcome> {
        match self {
            Answer::Done(outcome) => Ok(outcome),
            Answer::Ready => Err(Error::bug("a reader answered what was not asked")),
            Answer::Failed(code, place, message, hint) => {
                let kinds = [ErrorKind::Usage, ErrorKind::Input, ErrorKind::Output, ErrorKind::Withheld];
                let kind = kinds.into_iter().find(|k| k.exit_code() == code).unwrap_or(ErrorKind::Bug);
                let error = Error::new(kind, place, message);
                Err(if let Some(hint) = hint { error.hint(hint) } else { error })
            }
        }
    }
}

/// Reads files until no more are named.
///
/// # Errors
/// Bugs: the night that started it speaks another language.
pub fn serve(schemas_dir: Option<&Path>, input: &mut dyn BufRead, say: &mut dyn FnMut(&[u8])) -> Result<()> {
    let Some(start) = next::<Start>(input)? else { return Ok(()) };
    let schemas = match prepared(schemas_dir, &start) {
        Ok(schemas) => schemas,
        Err(e) => return answer(&Answer::of(Err(e)), say),
    };
    let store = Store::at(&start.store);
    let vault = Vault::with_key(&store.identities(), start.vault_key);
    let reading =
        Reading { schemas: &schemas, store: &store, vault: &vault, as_of: start.as_of, content_key: start.content_key };
    let validators = reading.validators()?;
    answer(&Answer::Ready, say)?;
    while let Some(wanted) = next::<Wanted>(input)? {
        answer(&Answer::of(reading.file(&wanted, &validators)), say)?;
    }
    Ok(())
}

/// The declarations, under the limits.
fn prepared(schemas_dir: Option<&Path>, start: &Start) -> Result<Schemas> {
    let schemas = Schemas::from_files(&schema_files(schemas_dir)?)?;
    if schemas.hashes.schemas != start.schemas {
        return Err(Error::schema("", "the declarations changed while the night ran"));
    }
    // Its threads are there before memory is counted.
    rayon::broadcast(|_| ());
    let confined = confined::confine(start.memory, start.parent);
    confined.map_err(|e| Error::new(ErrorKind::Input, "reader", "its limits cannot be set").caused_by(e))?;
    Ok(schemas)
}

fn answer(what: &Answer, say: &mut dyn FnMut(&[u8])) -> Result<()> {
    let mut line = serde_json::to_vec(what).map_err(|e| Error::bug("an answer").caused_by(e))?;
    line.push(b'\n');
    say(&line);
    Ok(())
}

fn next<T: for<'d> Deserialize<'d>>(input: &mut dyn BufRead) -> Result<Option<T>> {
    let mut line = String::new();
    let wrong = |e: std::io::Error| Error::bug("a reader's input").caused_by(e);
    if input.read_line(&mut line).map_err(wrong)? == 0 {
        return Ok(None);
    }
    serde_json::from_str(&line).map(Some).map_err(|e| Error::bug("a reader's input").caused_by(e))
}
