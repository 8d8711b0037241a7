//! The reader process, which reads files from outside. It runs separately so that a file that crashes it or uses too
//! much memory does not end the night.
//!
//! It is the same program, started by a night once for each thread, and by other commands that read files written by
//! others. On standard input it receives one JSON object per line: first what it needs to know ([`Start`]), then one
//! job after another ([`Job`]). It answers each with one line ([`Answer`]). It writes the rows of a file into the store
//! under names that nobody uses until the night has received the answer and recorded them in the register.

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
use crate::error::{Error, ErrorKind, Lang, Result, Words, words};
use crate::schema::Schemas;
use crate::store::Store;
use crate::store::vault::Vault;
use crate::validate::Validator;

/// What a reader must know before the first file. This may contain keys, so it is sent through a pipe and not as
/// command line arguments, which other users can see.
#[derive(Serialize, Deserialize)]
pub struct Start {
    /// Process id of the parent; the reader ends when the parent does.
    parent: u32,
    /// Bytes of memory that it may use beyond what it has at the start.
    memory: u64,
    as_of: i32,
    /// Hash of the declarations, to make sure that both processes use the same.
    schemas: String,
    keeping: Option<Keeping>,
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
    pub fn new(schemas: &Schemas, as_of: i32, limits: &Limits, keeping: Option<Keeping>) -> Self {
        let schemas = schemas.hashes.schemas.clone();
        Start { parent: std::process::id(), memory: limits.memory_mb << 20, as_of, schemas, keeping }
    }
}

/// A job for the reader.
#[derive(Serialize, Deserialize)]
pub enum Job {
    /// Read an export of the inbox and store its rows.
    Keep(Wanted),
    /// Check a file for a sender; nothing is stored.
    Try(Given),
    /// Read a file of the reference folder and return the rows of this city.
    Reference(Given, String),
}

/// The answer of the reader to a job.
#[derive(Serialize, Deserialize)]
pub enum Answer {
    /// Sent before the first file: the reader has started.
    Ready,
    Kept(Outcome),
    Tried(Tried),
    Reference(ReferenceFile),
    /// An error that stops the run: the exit code of its kind, place, message and advice.
    Failed(u8, Words, Words, Option<Words>),
}

impl Answer {
    fn of(result: Result<Self>) -> Self {
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

/// Runs the reader: handles jobs until the input ends.
///
/// # Errors
/// Only on a bug: the input is not what a night of this version sends.
pub fn serve(schemas_dir: Option<&Path>, input: &mut dyn BufRead, say: &mut dyn FnMut(&[u8])) -> Result<()> {
    let Some(start) = next::<Start>(input)? else { return Ok(()) };
    let schemas = match prepared(schemas_dir, &start) {
        Ok(schemas) => schemas,
        Err(e) => return answer(&Answer::of(Err(e)), say),
    };
    let kept = start.keeping.as_ref().map(|keeping| {
        let store = Store::at(&keeping.store);
        let vault = Vault::with_keys(&store.identities(), keeping.vault_key.clone(), keeping.content_key);
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

/// The reading that stores rows, and a validator for each dataset.
type Keeper<'a> = (&'a Reading<'a>, HashMap<&'a str, Validator<'a>>);

/// Loads the declarations and then puts this process under its limits.
fn prepared(schemas_dir: Option<&Path>, start: &Start) -> Result<Schemas> {
    let schemas = Schemas::from_files(&schema_files(schemas_dir)?)?;
    if schemas.hashes.schemas != start.schemas {
        return Err(Error::schema(
            "",
            words!("运行期间数据定义发生了变化", "the declarations changed while the night ran"),
        ));
    }
    // Start the threads first, so that their stacks are not counted against the memory limit.
    rayon::broadcast(|_| ());
    let confined = confined::confine(start.memory, start.parent);
    confined.map_err(|e| {
        Error::new(
            ErrorKind::Input,
            words!("读取进程", "reader"),
            words!("无法设置资源上限", "its limits cannot be set"),
        )
        .caused_by(e)
    })?;
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
