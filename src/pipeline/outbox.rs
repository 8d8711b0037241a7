//! The outbox: for each sender a workbook of the rows that it must mend, in `private/outbox/`.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::asks::reach::MissedTargets;
use super::asks::{AskContext, gather};
use crate::epoch;
use crate::error::{Error, Result};
use crate::fingerprint::Fingerprint;
use crate::ledger::Partition;
use crate::mend::marked_workbook;
use crate::schema::Source;
use crate::schema::divisions::Divisions;
use crate::store::Store;
use crate::store::table_file::write_atomic;

/// What a workbook was made of.
#[derive(PartialEq, Eq, Serialize, Deserialize)]
struct Made {
    of: String,
    /// There was nothing to mend, and so there is no workbook.
    nothing: bool,
}

/// Writes the workbook of every sender with something to mend, and removes that of everybody else. One whose findings
/// are those of the last run is left as it is. Returns the names of all that lie there, sorted.
///
/// # Errors
/// `Output` and `Input` of the store.
pub fn fill(context: &AskContext<'_>, divisions: &Divisions) -> Result<Vec<String>> {
    let folder = context.store.outbox();
    let state_path = folder.join(".made_of.json");
    let last = fs::read(&state_path).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok());
    let last: BTreeMap<String, Made> = last.unwrap_or_default();
    let missed = MissedTargets::read(context.store).unwrap_or_default();
    let mut made = BTreeMap::new();
    for (county, source) in senders(context) {
        let name = file_name(&county, source, divisions);
        let path = folder.join(&name);
        let of = fingerprint(context, &county, source, &missed);
        let same = last.get(&name).filter(|made| made.of == of && (made.nothing || path.is_file()));
        let nothing = match same {
            Some(made) => made.nothing,
            None => {
                let title = title(&county, source, divisions);
                let takes = |c: &str, s: Source| c == county && s == source;
                let reach = |dataset: &str| Some(missed.reach(context.schemas, &county, dataset));
                let asked = gather(context, title, &takes, &reach)?;
                if !asked.is_empty() {
                    write_atomic(&path, &marked_workbook(&asked.overview, &asked.sheets, context.schemas)?)?;
                }
                asked.is_empty()
            }
        };
        made.insert(name, Made { of, nothing });
    }
    let names: Vec<String> = made.iter().filter(|(_, made)| !made.nothing).map(|(name, _)| name.clone()).collect();
    for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.ends_with(ENDING) && !names.contains(&name) {
            remove(&entry.path())?;
        }
    }
    if made != last {
        let bytes = serde_json::to_vec(&made).map_err(|e| Error::output(&state_path, e))?;
        write_atomic(&state_path, &bytes)?;
    }
    Ok(names)
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

/// How the names of all workbooks end.
const ENDING: &str = "_待改正.xlsx";

fn file_name(county: &str, source: Source, divisions: &Divisions) -> String {
    let name = divisions.name(county).unwrap_or_default();
    format!("{county}{name}_{}{ENDING}", source.zh())
}

fn title(county: &str, source: Source, divisions: &Divisions) -> String {
    format!("{}（{county}）{}：待改正的数据", divisions.name(county).unwrap_or_default(), source.zh())
}

/// Counties and sources that ever sent something.
fn senders(context: &AskContext<'_>) -> Vec<(String, Source)> {
    let mut all: Vec<(String, Source)> = context.register.files.iter().map(|f| (f.county.clone(), f.source)).collect();
    all.sort();
    all.dedup();
    all
}

/// A hash over all that a sender's workbook depends on.
fn fingerprint(context: &AskContext<'_>, county: &str, source: Source, missed: &MissedTargets) -> String {
    let mut f = Fingerprint::new("outbox");
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
