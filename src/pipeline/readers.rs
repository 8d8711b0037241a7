//! The reader processes of a night, which read files in parallel, each under its limits.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use rayon::prelude::*;

use super::reader_jobs::{Answer, Job, Keeping, Start};
use super::reader_limits::ReaderLimits;
use super::reader_process::{ReaderProcess, is_own_program};
use super::reading::{Outcome, ReadingContext, WantedTables};
use crate::error::{Error, Result};
use crate::progress::Progress;
use crate::store::Store;

/// Reads the files of a night.
pub struct Readers<'a> {
    pub reading: &'a ReadingContext<'a>,
    pub limits: &'a ReaderLimits,
    pub progress: &'a Progress,
}

impl Readers<'_> {
    /// Reads files and returns the outcomes in the same order. A file that makes its reader die gets a finding.
    ///
    /// # Errors
    /// Fails if the night cannot go on, for example because the disk is full.
    pub fn read(&self, files: &[WantedTables]) -> Result<Vec<Outcome>> {
        if files.is_empty() {
            return Ok(Vec::new());
        }
        if !is_own_program() {
            return self.read_here(files);
        }
        // Start with the largest files, so that none of them is left running alone at the end.
        let mut order: Vec<usize> = (0..files.len()).collect();
        order.sort_by_key(|i| std::cmp::Reverse(files[*i].stamp.size));
        let next = AtomicUsize::new(0);
        let (failed, died) = (AtomicBool::new(false), AtomicBool::new(false));
        let outcomes: Mutex<Vec<Option<Result<Outcome>>>> = Mutex::new(files.iter().map(|_| None).collect());
        let start = self.start();
        let work = || {
            let mut reader = ReaderProcess::new(&start, self.limits);
            while !failed.load(Ordering::Relaxed) {
                let Some(at) = order.get(next.fetch_add(1, Ordering::Relaxed)) else { break };
                let outcome = self.one(&files[*at], &mut reader);
                failed.fetch_or(outcome.is_err(), Ordering::Relaxed);
                self.progress.step();
                outcomes.lock().unwrap_or_else(std::sync::PoisonError::into_inner)[*at] = Some(outcome);
            }
            died.fetch_or(reader.died, Ordering::Relaxed);
        };
        std::thread::scope(|scope| {
            for _ in 0..rayon::current_num_threads().min(files.len()) {
                scope.spawn(work);
            }
        });
        if died.into_inner() {
            sweep(self.reading.store);
        }
        let outcomes = outcomes.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
        // After a failure, the files after it have no outcome.
        outcomes.into_iter().flatten().collect()
    }

    /// Reads files in this process, for other programs that use the library.
    fn read_here(&self, files: &[WantedTables]) -> Result<Vec<Outcome>> {
        let validators = self.reading.validators()?;
        files
            .par_iter()
            .map(|wanted| {
                let outcome = self.reading.file(wanted, &validators);
                self.progress.step();
                outcome
            })
            .collect()
    }

    fn start(&self) -> Start {
        let reading = self.reading;
        let keeping = Keeping {
            store: reading.store.root().to_owned(),
            vault_key: reading.vault.key().to_vec(),
            content_key: reading.content_key,
        };
        Start::new(reading.schemas, reading.as_of, self.limits, Some(keeping))
    }

    fn one(&self, wanted: &WantedTables, reader: &mut ReaderProcess<'_>) -> Result<Outcome> {
        match reader.ask(&Job::Keep(wanted.clone()), wanted.stamp.size)? {
            Ok(Answer::Kept(outcome)) => Ok(outcome),
            Ok(_) => Err(Error::bug("a reader answered what was not asked")),
            Err(limit) => Ok(Outcome::Read(Box::new(self.reading.stopped(wanted, limit)))),
        }
    }
}

/// Removes partly written files of readers that died.
fn sweep(store: &Store) {
    for folder in [store.private().join("parsed"), store.identities()] {
        let datasets = std::fs::read_dir(folder).into_iter().flatten().flatten();
        for file in datasets.filter_map(|d| std::fs::read_dir(d.path()).ok()).flatten().flatten() {
            let name = file.file_name();
            let name = name.to_string_lossy();
            if name.starts_with('.') && name.ends_with(".tmp") {
                let _ = std::fs::remove_file(file.path());
            }
        }
    }
}
