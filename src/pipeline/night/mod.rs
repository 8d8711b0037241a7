//! One night, whole, step by step.
//!
//! ```text
//! Prepared ─► Read ─► Judged ─► Linked ─► Counted ─► Published
//! ```
//!
//! Each step has a file of its own: a function of the step before makes it, and its type says what is known then.
//! A night whose inputs are those of the last run ends after `Judged`: see `unchanged`.

mod context;
mod count;
mod judge;
mod labels;
mod link;
mod outbox;
mod prepare;
mod publish;
mod read;
pub mod record;
mod targets;
mod unchanged;

use std::path::Path;

use crate::error::{Error, ErrorKind, Result, Words, logged};
use crate::pipeline::config::{Config, schema_files};
use crate::pipeline::engine_settings::open_engine;
use crate::pipeline::heal::{forget_damaged, read_again};
use crate::pipeline::linkage::{linkage_model, load_decisions};
use crate::pipeline::scratch_store::remove_left;
use crate::pipeline::store_key::store_key;
use crate::progress::Progress;
use crate::schema::{SchemaFiles, Schemas};
use crate::store::Store;
use crate::store::key::SecretKey;
use crate::store::lock::{Holder, StoreLock};
use crate::store::private_state::{Ended, PERSONS, PrivateState, REGISTER};
use context::Night;
use judge::JudgedNight;
use prepare::PreparedNight;
use publish::PublishedNight;
use record::{NightRecord, Summary, note, now};
use unchanged::Unchanged;

/// Runs the night of a config.
///
/// # Errors
/// Whatever stops a run; nothing is half published then.
pub fn run(config_path: &Path, schemas_dir: Option<&Path>, progress: &Progress) -> Result<Summary> {
    let files = schema_files(schemas_dir)?;
    let schemas = Schemas::from_files(&files)?;
    let config = Config::read(config_path, &schemas)?;
    // Without a key no store is begun; one that has had nights remembers that this one came to nothing.
    let key = match store_key(&config) {
        Err(e) if !Store::at(&config.store).nights().is_file() => return Err(e),
        read => read,
    };
    let store = Store::open(&config.store)?;
    let _lock = StoreLock::take(&store, Holder::Run)?;
    let key = key.inspect_err(|e| note_refused(&store, e))?;
    let removed = remove_left(&store);
    let mut summary = run_locked(NightStore { config, schemas, files: &files, schemas_dir, key, store }, progress)?;
    summary.go_without(removed);
    Ok(summary)
}

/// Remembers a night that could not begin. A record that cannot be written hides no error.
fn note_refused(store: &Store, e: &Error) {
    let summary = Summary { exit_code: e.kind.exit_code(), ..Summary::default() };
    let process = std::process::id();
    let _ = note(store, &NightRecord { started: now(), process, ended: now(), error: e.in_words(), summary });
}

/// A store that is locked for a night, with its settings.
pub(in crate::pipeline) struct NightStore<'a> {
    pub config: Config,
    pub schemas: Schemas,
    pub files: &'a SchemaFiles,
    /// Where the declarations come from, for the processes that read files.
    pub schemas_dir: Option<&'a Path>,
    pub key: SecretKey,
    pub store: Store,
}

/// A night in a store that is locked.
pub(in crate::pipeline) fn run_locked(opened: NightStore<'_>, progress: &Progress) -> Result<Summary> {
    let started = now();
    let store = opened.store.clone();
    let process = std::process::id();
    let begun = NightRecord {
        started: started.clone(),
        process,
        ended: String::new(),
        error: Words::default(),
        summary: Summary::default(),
    };
    // A full disk of logs stops no night.
    let noted = note(&store, &begun);
    let mut result = begin_and_run(opened, progress, started.clone());
    if let Ok(summary) = &mut result {
        summary.go_without(noted);
    }
    let mut record = NightRecord { ended: now(), ..begun };
    match &result {
        Ok(summary) => record.summary = summary.clone(),
        Err(e) => {
            record.error = e.in_words();
            record.summary.exit_code = e.kind.exit_code();
        }
    }
    let noted = note(&store, &record);
    if let Ok(summary) = &mut result {
        summary.go_without(noted);
    }
    result
}

/// Sees that the private state is whole, runs the night, and vouches for what it left.
fn begin_and_run(opened: NightStore<'_>, progress: &Progress, started: String) -> Result<Summary> {
    let NightStore { config, schemas, files, schemas_dir, key, store } = opened;
    let mut state = PrivateState::open(&store)?;
    state.verify("identities/vault.json")?;
    state.verify(REGISTER)?;
    state.verify_of_commands()?;
    let link = linkage_model(files, &store)?;
    let decisions = load_decisions(&store)?;
    state.begin()?;
    let night = Night { config, schemas, schemas_dir, link, decisions, key, store, progress, started, state: &state };
    let mut made_anew = Vec::new();
    let mut summary = loop {
        match night.run() {
            // A place that is damaged again after its export was read again has another cause: then the run ends.
            Err(e)
                if e.kind == ErrorKind::Damaged
                    && !made_anew.iter().any(|place| *place == e.place.en)
                    && read_again(&night.config, &night.store, &e.place.en)? =>
            {
                let again = logged("；将重新读取其报送文件", "; its export is read again");
                tracing::warn!(file = %e.place.en, "{}{again}", logged(&e.message.zh, &e.message.en));
                made_anew.push(e.place.en.clone().into_owned());
            }
            result => break result?,
        }
    };
    summary.made_anew.append(&mut made_anew);
    summary.go_without(forget_damaged(&night.store));
    state.end(Ended { seen_whole: summary.seen_whole, unchanged: summary.unchanged })?;
    Ok(summary)
}

impl Night<'_> {
    fn run(&self) -> Result<Summary> {
        let prepared = PreparedNight::of(self)?;
        let read = prepared.read(self)?;
        let judged = read.judge(self)?;
        let mut summary = judged.summary(self);
        let fingerprint = judged.fingerprint(self);
        match Unchanged::since_last_run(self, &fingerprint, &mut summary)? {
            Some(unchanged) => unchanged.sum_up(self, &mut summary)?,
            None => self.link_count_and_publish(&judged, &fingerprint, &mut summary)?.sum_up(&mut summary),
        }
        self.progress.begin("outbox", 1);
        judged.fill_outbox(self, &mut summary);
        self.progress.end();
        summary.stages = self.progress.took().into_iter().map(|(name, took)| (name, took.as_secs_f64())).collect();
        Ok(summary)
    }

    fn link_count_and_publish(
        &self,
        judged: &JudgedNight,
        fingerprint: &str,
        summary: &mut Summary,
    ) -> Result<PublishedNight> {
        self.state.verify(PERSONS)?;
        // A server that is away is found before the work whose result would wait for it.
        let engine = open_engine(&self.config.engine)?;
        let (linked, memories) = judged.link(self)?;
        // What only the next run needs is written beside the work on this one's numbers.
        std::thread::scope(|scope| {
            let keeping = scope.spawn(move || memories.keep(&judged.read.prepared.vault));
            let kept = move || keeping.join().map_err(|_| Error::bug("a memory could not be kept"))?;
            let counted = linked.count(self, engine)?;
            counted.publish(self, fingerprint, summary, kept)
        })
    }
}
