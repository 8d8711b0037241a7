//! What on this machine keeps a night from running, or lets it run otherwise than was meant. Nothing is left behind.

use std::fs;
use std::path::Path;

use super::config::{Config, today};
use super::engine_settings::open_engine;
use super::notices;
use super::reference_data::as_given;
use super::store_key::store_key;
use crate::error::{Error, Words, words};
use crate::ledger::Register;
use crate::numbers::facts::Period;
use crate::schema::divisions::{Divisions, Level};
use crate::schema::{Problem, Schemas, day};
use crate::store::private_state::{PrivateState, REGISTER};
use crate::store::vault::Vault;
use crate::store::{Store, private_file, refuse_unreadable};

/// Most unknown divisions of a plan that are named.
const NAMED: usize = 10;

/// What trying a config without a night finds.
#[derive(Debug, Default)]
pub struct Found {
    /// What keeps a night from running, or makes a number other than was meant.
    pub problems: Vec<Problem>,
    /// What a night takes as it is: each says what it will do about it.
    pub notices: Vec<Problem>,
}

/// Every problem of the folders, the key, the store and the reference data that a config names, and what is to be
/// noticed of them.
pub(super) fn found(config: &Config, schemas: &Schemas, schemas_dir: Option<&Path>) -> Found {
    let mut notices = notices::of_config(config, schemas);
    let mut problems = Vec::new();
    for (what, path) in [("inbox", &config.inbox), ("reference", &config.reference)] {
        if !path.is_dir() {
            let message = words!("不是文件夹；`{what}` 须指向文件夹", "is no folder; `{what}` must name one");
            problems.push(Problem::new(path.display(), message));
        } else if let Err(e) = fs::read_dir(path) {
            problems.push(of_error(&Error::input(path, e)));
        }
    }
    if config.as_of > today() {
        let as_of = day::to_iso(config.as_of);
        let message = words!("as_of：{as_of} 还没有到", "as_of: {as_of} has not come yet");
        problems.push(Problem::new("", message));
    }
    problems.extend(of_periods(config));
    let store = Store::at(&config.store);
    let key = store_key(config);
    notices.extend(key.as_ref().ok().and_then(|key| notices::of_key(config, key)));
    if let Err(e) = key.and_then(|key| Vault::check(&store.identities(), &key)) {
        problems.push(of_error(&e));
    }
    if let Err(e) = store.refuse_root().and_then(|()| can_use(&store)) {
        problems.push(of_error(&e));
    } else {
        match can_go_on(&store) {
            Ok(register) => notices.extend(notices::of_inbox(config, &register)),
            Err(e) => problems.push(of_error(&e)),
        }
    }
    if let Some(Err(e)) = config.query_tables.as_deref().map(|folder| can_write(folder, "query_tables")) {
        problems.push(of_error(&e));
    }
    match open_engine(&config.engine) {
        Ok(engine) => notices.extend(notices::of_engine(config, &engine)),
        Err(e) => problems.push(of_error(&e)),
    }
    // What cannot be read has been told above.
    if fs::read_dir(&config.reference).is_ok() {
        match as_given(config, schemas, schemas_dir) {
            Ok(given) => {
                notices.extend(notices::of_reference(config, schemas, &given));
                let divisions = Divisions::new(&config.city, given.divisions);
                problems.extend(of_tree(config, &divisions));
                problems.extend(of_scopes(config, &divisions));
                notices.extend(notices::of_plans(config, schemas, &divisions));
            }
            Err(e) => problems.push(of_error(&e)),
        }
    }
    Found { problems, notices }
}

/// That no period is counted, though a night goes on.
pub fn of_periods(config: &Config) -> Option<Problem> {
    let begins_none = Period::all(&config.period_kinds, config.periods_from, config.as_of).is_empty();
    let (from, as_of) = (day::to_iso(config.periods_from), day::to_iso(config.as_of));
    (config.periods_are_told && begins_none).then(|| {
        let message = words!(
            "periods：没有任何统计周期。periods.kinds 所列的周期，起始日都不在 {from} 至 {as_of}（as_of）之间：请提前 \
             periods.from，或在 periods.kinds 中加上较短的周期",
            "periods: no period of these kinds begins between {from} and as_of ({as_of}), so there is no period at all; set \
             periods.from earlier, or add a shorter kind to periods.kinds"
        );
        Problem::new("", message)
    })
}

/// An error with its causes and advice as a problem.
fn of_error(e: &Error) -> Problem {
    let place = e.place.clone();
    let hint = e.hint.as_ref().map(Words::in_brackets).unwrap_or_default();
    let mut message = e.message.clone();
    for (zh, en) in e.causes(crate::error::Lang::Zh).into_iter().zip(e.causes(crate::error::Lang::En)) {
        message = message.and(&words!("：{zh}", ": {en}"));
    }
    Problem { place, message: message.and(&hint) }
}

/// Whether a night could go on from what the store keeps; the files that it has read.
fn can_go_on(store: &Store) -> crate::error::Result<Register> {
    if !store.root().is_dir() {
        return Ok(Register::default());
    }
    let state = PrivateState::open(store)?;
    state.verify(REGISTER)?;
    state.verify_of_commands()?;
    Register::load(store)
}

/// What is wrong with the tree of divisions as a whole.
pub fn of_tree(config: &Config, divisions: &Divisions) -> Vec<Problem> {
    let place = || config.reference.display();
    let mut problems = Vec::new();
    if divisions.of_level(Level::County).next().is_none() {
        let message = words!(
            "其中没有任何区县，收件箱中的文件都不会被读取",
            "holds no county, so that no file of the inbox would be read"
        );
        problems.push(Problem::new(place(), message));
    }
    let padded = format!("{}00", config.city);
    if divisions.is_county(&padded) {
        let message = words!(
            "{padded} 会被当作区县：市的代码应写作 {0}",
            "{padded} would be taken for a county: the code of the city is {0}",
            config.city
        );
        problems.push(Problem::new(place(), message));
    }
    if divisions.name(&config.city).is_none_or(str::is_empty) {
        let message =
            words!("没有 {0} 一行，市没有名称", "has no row for {0}, so that the city has no name", config.city);
        problems.push(Problem::new(place(), message));
    }
    problems
}

/// Whether a night could write everywhere in the store, and read what is kept there.
fn can_use(store: &Store) -> crate::error::Result<()> {
    can_write(store.root(), "store")?;
    let lock = store.lock_file();
    if lock.exists() {
        let opened = fs::OpenOptions::new().read(true).write(true).open(&lock);
        opened.map_err(|e| Error::output(&lock, e).hint(writable("store")))?;
    }
    if store.snapshots().is_dir() {
        can_write(&store.snapshots(), "store")?;
    }
    if store.private().is_dir() { can_use_all(&store.private()) } else { Ok(()) }
}

/// The same of a folder with all that is below it.
fn can_use_all(folder: &Path) -> crate::error::Result<()> {
    refuse_unreadable(folder)?;
    can_write(folder, "store")?;
    let entries = fs::read_dir(folder).map_err(|e| Error::unreadable_store(folder, e))?;
    for entry in entries.flatten() {
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            can_use_all(&entry.path())?;
        } else {
            refuse_unreadable(&entry.path())?;
        }
    }
    Ok(())
}

/// Creates and removes a file in the folder that a setting names, or in the nearest one above it that exists.
fn can_write(folder: &Path, setting: &str) -> crate::error::Result<()> {
    let folder = std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
    let Some(there) = folder.ancestors().find(|f| fs::symlink_metadata(f).is_ok()) else { return Ok(()) };
    let probe = there.join(format!(".xinhui-check-{}", std::process::id()));
    let tried = private_file::create_new(&probe).and_then(|_| fs::remove_file(&probe));
    tried.map_err(|e| Error::output(there, e).hint(writable(setting)))
}

fn writable(setting: &str) -> Words {
    words!(
        "运行心汇的账号须能写入 `{setting}` 及其中的一切",
        "the account that runs xinhui must be able to write in `{setting}`, and in all that is in it"
    )
}

/// Divisions that plans are laid over and that the reference data do not have: nothing would be judged there.
pub fn of_scopes(config: &Config, divisions: &Divisions) -> Vec<Problem> {
    let mut problems = Vec::new();
    for overlay in &config.overlays {
        let unknown: Vec<&str> =
            overlay.divisions.iter().map(String::as_str).filter(|code| divisions.name(code).is_none()).collect();
        let place = notices::scope_of(&overlay.profile);
        if overlay.divisions.is_empty() {
            let message =
                words!("没有列出区划，该方案不会用于任何地方", "lists no divisions, so the plan is laid over none");
            problems.push(Problem::new(place, message));
        } else if !unknown.is_empty() {
            let shown = Words::listed(&unknown[..unknown.len().min(NAMED)]);
            let more = Words::and_more(unknown.len().saturating_sub(NAMED));
            problems.push(Problem::new(
                place,
                words!("基础数据中没有这些区划：", "the reference data have no such divisions: ")
                    .and(&shown)
                    .and(&more),
            ));
        }
    }
    problems
}
