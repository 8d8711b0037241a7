//! The outbox: for each sender a workbook of the rows that it must mend, in `private/outbox/`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::asks::reach::MissedTargets;
use super::asks::{AskContext, gather};
use super::sender_keys::{Closing, SenderKeys};
use crate::deliver::encrypt::encrypted;
use crate::epoch;
use crate::error::{Error, Result};
use crate::fingerprint::Fingerprint;
use crate::ledger::Partition;
use crate::mend::marked_workbook;
use crate::schema::Source;
use crate::schema::divisions::Divisions;
use crate::schema::mending::OVERVIEW;
use crate::store::Store;
use crate::store::table_file::write_atomic;

/// What a workbook was made of.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Made {
    of: String,
    /// There was nothing to mend, and so there is no workbook.
    nothing: bool,
    /// Rows that it asks for: rejected ones, and ones that are only warned of.
    rejected: u64,
    warned: u64,
}

/// What lies in the outbox.
#[derive(Default)]
pub struct Filled {
    /// Names of workbooks, sorted.
    pub names: Vec<String>,
    /// Rows that all workbooks ask for: rejected ones, and ones that are only warned of.
    pub rows_to_mend: u64,
    pub rows_to_check: u64,
    /// Senders with something to mend whose workbook cannot be encrypted to them, as people call them, sorted.
    pub without_key: Vec<String>,
    /// Workbooks that could not be written, with the reasons.
    pub unwritten: Vec<Error>,
    /// What else could not be written or removed there.
    pub unkept: Vec<Error>,
}

/// A sender's workbook.
struct Book<'k> {
    name: String,
    closing: Closing<'k>,
    made: Made,
    /// Why it is not written.
    unwritten: Option<Error>,
}

/// Writes the workbook of every sender with something to mend, and removes that of everybody else. One whose findings
/// are those of the last run is left as it is. Where workbooks are encrypted, none is written in the clear. One that cannot
/// be written keeps no other from its sender.
///
/// # Errors
/// What is kept of rows cannot be read.
pub fn fill(context: &AskContext<'_>, divisions: &Divisions, keys: Option<&SenderKeys>) -> Result<Filled> {
    let folder = context.store.outbox();
    let state_path = folder.join(".made_of.json");
    let last = fs::read(&state_path).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok());
    let last: BTreeMap<String, Made> = last.unwrap_or_default();
    let missed = MissedTargets::read(context.store).unwrap_or_default();
    let senders = senders(context);
    let book =
        |(county, source): &(String, Source)| book_of(context, divisions, (county, *source), keys, &missed, &last);
    let books = senders.par_iter().map(book).collect::<Result<Vec<_>>>()?;
    let mut filled = Filled::default();
    // Its last state stays where a new one cannot be written.
    let mut wanted: BTreeSet<String> = BTreeSet::new();
    for (book, (county, source)) in books.iter().zip(&senders).filter(|(b, _)| !b.made.nothing) {
        if matches!(book.closing, Closing::NoKey) {
            filled.without_key.push(sender(county, *source, divisions));
        } else {
            wanted.insert(book.name.clone());
        }
        filled.rows_to_mend += book.made.rejected;
        filled.rows_to_check += book.made.warned;
    }
    for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let is_workbook = name.strip_suffix(ENCRYPTED).unwrap_or(&name).ends_with(ENDING);
        if is_workbook && !wanted.contains(&name) {
            filled.unkept.extend(remove(&entry.path()).err());
        }
    }
    let mut made: BTreeMap<String, Made> = BTreeMap::new();
    for book in books {
        match book.unwritten {
            Some(e) => filled.unwritten.push(e),
            None => {
                made.insert(book.name.clone(), book.made);
                filled.names.extend(wanted.take(&book.name));
            }
        }
    }
    filled.names.sort();
    if made != last {
        filled.unkept.extend(keep(&state_path, &made).err());
    }
    Ok(filled)
}

/// Keeps what the workbooks were made of.
fn keep(path: &Path, made: &BTreeMap<String, Made>) -> Result<()> {
    let bytes = serde_json::to_vec(made).map_err(|e| Error::output(path, e))?;
    write_atomic(path, &bytes)
}

/// A sender's workbook, written anew where what it depends on has changed.
fn book_of<'k>(
    context: &AskContext<'_>,
    divisions: &Divisions,
    (county, source): (&str, Source),
    keys: Option<&'k SenderKeys>,
    missed: &MissedTargets,
    last: &BTreeMap<String, Made>,
) -> Result<Book<'k>> {
    let closing = Closing::of(keys, county, source);
    let plain_name = file_name(county, source, divisions);
    let name = if matches!(closing, Closing::Open) { plain_name } else { plain_name + ENCRYPTED };
    let path = context.store.outbox().join(&name);
    let of = fingerprint(context, (county, source), closing, missed);
    let needs_none = |made: &Made| made.nothing || matches!(closing, Closing::NoKey);
    if let Some(made) = last.get(&name).filter(|made| made.of == of && (needs_none(made) || path.is_file())) {
        return Ok(Book { name, closing, made: made.clone(), unwritten: None });
    }
    let takes = |c: &str, s: Source| c == county && s == source;
    let reach = |dataset: &str| Some(missed.reach(context.schemas, county, dataset));
    let asked = gather(context, title(county, source, divisions), &takes, &reach)?;
    let book = || marked_workbook(&asked.overview, &asked.sheets, context.schemas);
    let unwritten = match closing {
        _ if asked.is_empty() => None,
        Closing::Open => write_atomic(&path, &book()?).err(),
        Closing::Encrypted(recipients) => write_atomic(&path, &encrypted(&book()?, recipients)?).err(),
        Closing::NoKey => None,
    };
    let (rejected, warned) = (asked.overview.rejected, asked.overview.warned);
    Ok(Book { name, closing, made: Made { of, nothing: asked.is_empty(), rejected, warned }, unwritten })
}

/// Removes all workbooks, of a store that is to have none.
pub fn empty(store: &Store) -> Result<()> {
    let folder = store.outbox();
    match fs::remove_dir_all(&folder) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(Error::output(&folder, e)),
        _ => Ok(()),
    }
}

fn remove(path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(Error::output(path, e)),
        _ => Ok(()),
    }
}

/// How the names of all workbooks end, and what follows where they are encrypted.
const ENDING: &str = "_待改正.xlsx";
const ENCRYPTED: &str = ".age";

fn file_name(county: &str, source: Source, divisions: &Divisions) -> String {
    let name = divisions.name(county).unwrap_or_default();
    format!("{county}{name}_{}{ENDING}", source.zh())
}

fn title(county: &str, source: Source, divisions: &Divisions) -> String {
    format!("{}：{OVERVIEW}", sender(county, source, divisions))
}

fn sender(county: &str, source: Source, divisions: &Divisions) -> String {
    format!("{}（{county}）{}", divisions.name(county).unwrap_or_default(), source.zh())
}

/// Counties and sources that ever sent something.
fn senders(context: &AskContext<'_>) -> Vec<(String, Source)> {
    let mut all: Vec<(String, Source)> = context.register.files.iter().map(|f| (f.county.clone(), f.source)).collect();
    all.sort();
    all.dedup();
    all
}

/// A hash over all that a sender's workbook depends on.
fn fingerprint(
    context: &AskContext<'_>,
    (county, source): (&str, Source),
    closing: Closing<'_>,
    missed: &MissedTargets,
) -> String {
    let mut f = Fingerprint::new("outbox");
    if let Closing::Encrypted(recipients) = closing {
        f.list(recipients, |f, recipient| {
            f.bytes(recipient.bytes());
        });
    }
    f.number(epoch::OUTBOX).text(&context.schemas.hashes.schemas).text(&context.schemas.hashes.indicators);
    f.text(&missed.of_county(county));
    let is_of =
        |p: &&Partition| p.county == county && context.schemas.table(&p.dataset).is_some_and(|t| t.source == source);
    let partitions: Vec<&Partition> = context.partitions.iter().filter(is_of).collect();
    f.list(partitions, |f, p| {
        f.text(&p.dataset).text(&p.fingerprint);
        f.list(&p.replaced, |f, replaced| {
            f.number(u8::from(*replaced));
        });
    });
    let files: Vec<_> = context.register.files.iter().filter(|x| x.county == county && x.source == source).collect();
    f.list(files, |f, file| {
        let present = context.present.get(&file.file).is_some_and(|p| p.sha256 == file.sha256);
        f.text(&file.file).text(&file.sha256).number(u8::from(present));
        f.number(u8::from(context.register.is_replaced(file)));
        f.written(&file.findings);
    });
    f.hex()
}
