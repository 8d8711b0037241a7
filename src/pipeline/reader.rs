//! The reader process, which reads files from outside. It runs separately so that a file that crashes it or uses too
//! much memory does not end the night.
//!
//! It is the same program, started by a night once for each thread, and by other commands that read files written by
//! others. On standard input it receives one JSON object per line: first what it needs to know ([`Start`]), then one
//! job after another ([`Job`]). It answers each with one line ([`Answer`]). It writes the rows of a file into the store
//! under names that nobody uses until the night has received the answer and recorded them in the register.

use std::collections::HashMap;
use std::io::BufRead;
use std::path::Path;

use serde::Deserialize;

use super::asks::originals::originals_here;
use super::config::schema_files;
use super::confined;
use super::reader_jobs::{Answer, Job, Start};
use super::reading::ReadingContext;
use super::reference_file::read_reference_file;
use super::source_of::tables_here;
use crate::error::{Error, ErrorKind, Result, words};
use crate::schema::Schemas;
use crate::store::Store;
use crate::store::vault::Vault;
use crate::validate::Validator;

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
    let reading = kept.as_ref().map(|(store, vault, content_key)| ReadingContext {
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
            (Job::Tables(given), _) => tables_here(&given, &schemas).map(Answer::Tables),
            (Job::Originals(given, wanted), _) => originals_here(&given, &wanted, &schemas).map(Answer::Originals),
            (Job::Reference(given, city), _) => {
                read_reference_file(&given, &city, &schemas, start.as_of).map(Answer::Reference)
            }
        };
        answer(&Answer::of(result), say)?;
    }
    Ok(())
}

/// The reading that stores rows, and a validator for each dataset.
type Keeper<'a> = (&'a ReadingContext<'a>, HashMap<&'a str, Validator<'a>>);

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
