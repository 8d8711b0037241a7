//! The process that reads files of others: what a file makes of it, it makes of no other.
//!
//! It is the same program, started by a night for each of its threads, and by whatever else reads a file that
//! others wrote. It is told on its standard input,
//! one JSON object a line, what it needs ([`Start`]) and then file after file ([`Wanted`]); it answers each
//! with a line ([`Answer`]). The rows of a file it writes into the store, under names that nobody knows
//! before the night has its answer and notes them in the register.

use std::collections::HashMap;
use std::io::BufRead;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::config::schema_files;
use super::confined;
use super::given::Given;
use super::reader_process::Limits;
use super::reading::{Outcome, Reading, Wanted};
use super::reference::{ReferenceFile, read_reference_file};
use super::single::{Tried, try_here};
use crate::error::{Error, ErrorKind, Result};
use crate::schema::Schemas;
use crate::store::Store;
use crate::store::vault::Vault;
use crate::validate::Validator;

/// What a reader needs to know before the first file. It may hold keys: it goes through a pipe, and is no
/// argument that others see.
#[derive(Serialize, Deserialize)]
pub struct Start {
    /// The process that started it, with which it ends.
    parent: u32,
    /// Bytes of memory beyond those that it has when it begins.
    memory: u64,
    as_of: i32,
    /// Hash of the declarations: both must have the same.
    schemas: String,
    keeping: Option<Keeping>,
}

/// Where rows are kept, where they are.
#[derive(Serialize, Deserialize)]
pub struct Keeping {
    pub store: PathBuf,
    pub vault_key: Vec<u8>,
    pub content_key: [u8; 32],
}

impl Start {
    /// What a reader needs that this process starts.
    pub fn new(schemas: &Schemas, as_of: i32, limits: &Limits, keeping: Option<Keeping>) -> Self {
        let schemas = schemas.hashes.schemas.clone();
        Start { parent: std::process::id(), memory: limits.memory_mb << 20, as_of, schemas, keeping }
    }
}

/// What a reader is asked to do with a file.
#[derive(Serialize, Deserialize)]
pub enum Job {
    /// An export of the inbox, whose rows are kept.
    Keep(Wanted),
    /// A file that a sender tries.
    Try(Given),
    /// A file of the reference folder, of which the rows of a city are wanted.
    Reference(Given, String),
}

/// What a reader says of a file.
#[derive(Serialize, Deserialize)]
pub enum Answer {
    /// Before the first file.
    Ready,
    Kept(Outcome),
    Tried(Tried),
    Reference(ReferenceFile),
    /// What stops the run: the exit code of its kind, place, message and advice.
    Failed(u8, String, String, Option<String>),
}

impl Answer {
    fn of(result: Result<Self>) -> Self {
        result.unwrap_or_else(|e| {
            let cause = std::error::Error::source(&e).map(|c| format!(": {c}")).unwrap_or_default();
            Answer::Failed(e.kind.exit_code(), e.place.clone(), format!("{}{cause}", e.message), e.hint)
        })
    }

    /// The answer, where it is one.
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
    let kept = start.keeping.as_ref().map(|keeping| {
        let store = Store::at(&keeping.store);
        let vault = Vault::with_key(&store.identities(), keeping.vault_key.clone());
        (store, vault, keeping.content_key)
    });
    let reading = kept.as_ref().map(|(store, vault, content_key)| Reading {
        schemas: &schemas,
        store,
        vault,
        as_of: start.as_of,
        content_key: *content_key,
    });
    let keeper: Option<Keeper<'_>> = reading.as_ref().map(|r| r.validators().map(|v| (r, v))).transpose()?;
    answer(&Answer::Ready, say)?;
    while let Some(job) = next::<Job>(input)? {
        let result = match (job, &keeper) {
            (Job::Keep(wanted), Some((reading, validators))) => reading.file(&wanted, validators).map(Answer::Kept),
            (Job::Keep(_), None) => Err(Error::bug("a reader that keeps nothing")),
            (Job::Try(given), _) => try_here(&given, &schemas, start.as_of).map(Answer::Tried),
            (Job::Reference(given, city), _) => {
                read_reference_file(&given, &city, &schemas, start.as_of).map(Answer::Reference)
            }
        };
        answer(&Answer::of(result), say)?;
    }
    Ok(())
}

/// What keeps rows, with everything about the datasets.
type Keeper<'a> = (&'a Reading<'a>, HashMap<&'a str, Validator<'a>>);

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
