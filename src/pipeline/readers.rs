//! The readers of a night: processes that read files side by side, each under its limits.

use std::io::{BufRead, BufReader, Read as _, Write};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::time::Duration;

use rayon::prelude::*;

use super::progress::Progress;
use super::reader::{Answer, Start};
use super::reading::{Outcome, Reading, Wanted};
use crate::error::{Error, ErrorKind, Result};
use crate::store::Store;

/// The program, as it runs: the file may have been replaced since.
const PROGRAM: &str = "/proc/self/exe";
/// The hidden command of a reader.
pub const COMMAND: &str = "read-files";
/// Bytes of a file for which a reader has one second more.
const BYTES_A_SECOND: u64 = 1 << 20;
/// How long a reader may take to begin.
const START: Duration = Duration::from_secs(120);
/// Bytes of an answer.
const LONGEST_ANSWER: u64 = 1 << 30;

/// What a reader may take for a file.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Mebibytes of memory.
    pub memory_mb: u64,
    /// Seconds, and one for each mebibyte of the file.
    pub seconds: u64,
    /// The folder of declarations, where they are not the compiled ones.
    pub schemas_dir: Option<PathBuf>,
}

/// Reads the files of a night.
pub struct Readers<'a> {
    pub reading: &'a Reading<'a>,
    pub limits: &'a Limits,
    pub progress: &'a Progress,
}

impl Readers<'_> {
    /// Reads files; the outcomes are in their order. A file that ends its reader has a finding.
    ///
    /// # Errors
    /// What stops the night, such as a full disk.
    pub fn read(&self, files: &[Wanted]) -> Result<Vec<Outcome>> {
        if files.is_empty() {
            return Ok(Vec::new());
        }
        if !is_own_program() {
            return self.read_here(files);
        }
        // The largest first, so that none is left alone at the end.
        let mut order: Vec<usize> = (0..files.len()).collect();
        order.sort_by_key(|i| std::cmp::Reverse(files[*i].stamp.size));
        let next = AtomicUsize::new(0);
        let (failed, died) = (AtomicBool::new(false), AtomicBool::new(false));
        let outcomes: Mutex<Vec<Option<Result<Outcome>>>> = Mutex::new(files.iter().map(|_| None).collect());
        let work = || {
            let mut reader = None;
            while !failed.load(Ordering::Relaxed) {
                let Some(at) = order.get(next.fetch_add(1, Ordering::Relaxed)) else { break };
                let outcome = self.one(&files[*at], &mut reader, &died);
                failed.fetch_or(outcome.is_err(), Ordering::Relaxed);
                self.progress.step();
                outcomes.lock().unwrap_or_else(std::sync::PoisonError::into_inner)[*at] = Some(outcome);
            }
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
        // After a failure the files behind it have no outcome.
        outcomes.into_iter().flatten().collect()
    }

    /// Reads files in this process, where it is another program that uses the library.
    fn read_here(&self, files: &[Wanted]) -> Result<Vec<Outcome>> {
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

    fn one(&self, wanted: &Wanted, reader: &mut Option<Reader>, died: &AtomicBool) -> Result<Outcome> {
        let patience = Duration::from_secs(self.limits.seconds + wanted.stamp.size / BYTES_A_SECOND);
        loop {
            let (mut of_file, served) = match reader.take() {
                Some(reader) => (reader, true),
                None => (Reader::start(self.reading, self.limits)?, false),
            };
            match of_file.ask(wanted, patience) {
                Ok(answer) => {
                    *reader = Some(of_file);
                    return answer.result();
                }
                Err(death) => {
                    died.store(true, Ordering::Relaxed);
                    // What files before left in memory is not this one's fault.
                    if served && !matches!(death, Death::Time) {
                        continue;
                    }
                    let limit = match death {
                        Death::Time => format!("seconds:{}", patience.as_secs()),
                        Death::Memory => format!("memory:{}", self.limits.memory_mb),
                        Death::Crash => "crash".to_owned(),
                    };
                    return Ok(Outcome::Read(Box::new(self.reading.stopped(wanted, limit))));
                }
            }
        }
    }
}

/// Whether a copy of the running program is a reader: the library may be used by others.
fn is_own_program() -> bool {
    let name = std::env::current_exe().ok().and_then(|p| p.file_name().map(|n| n.to_string_lossy().into_owned()));
    name.is_some_and(|n| n == "xinhui" || n == "xinhui (deleted)") && Path::new(PROGRAM).exists()
}

/// How a reader ended before it answered.
enum Death {
    Time,
    Memory,
    Crash,
}

/// A running reader. Dropped it is ended.
struct Reader {
    child: Child,
    /// `None` once it is to end.
    requests: Option<ChildStdin>,
    answers: Receiver<Vec<u8>>,
}

impl Reader {
    fn start(reading: &Reading<'_>, limits: &Limits) -> Result<Self> {
        let wrong =
            |e| Error::new(ErrorKind::Input, "reader", "the process that reads files cannot be started").caused_by(e);
        let mut command = Command::new(PROGRAM);
        command.arg0("xinhui");
        if let Some(dir) = &limits.schemas_dir {
            command.arg("--schemas").arg(dir);
        }
        command
            .arg(COMMAND)
            .env("RAYON_NUM_THREADS", rayon::current_num_threads().to_string())
            // The allocator takes a gigabyte of addresses at once otherwise, all of which count.
            .env("MIMALLOC_ARENA_RESERVE", "64M")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            // A panic may quote the file.
            .stderr(Stdio::null());
        let mut child = command.spawn().map_err(wrong)?;
        let mut output = BufReader::new(child.stdout.take().expect("a pipe"));
        let (send, answers) = sync_channel(1);
        std::thread::spawn(move || {
            loop {
                let mut line = Vec::new();
                match output.by_ref().take(LONGEST_ANSWER).read_until(b'\n', &mut line) {
                    Ok(_) if line.last() == Some(&b'\n') => {}
                    _ => break,
                }
                if send.send(line).is_err() {
                    break;
                }
            }
        });
        let requests = child.stdin.take();
        let mut reader = Reader { child, requests, answers };
        let (vault_key, store) = (reading.vault.key().to_vec(), reading.store.root().to_owned());
        let start = Start {
            parent: std::process::id(),
            memory: limits.memory_mb << 20,
            store,
            vault_key,
            content_key: reading.content_key,
            as_of: reading.as_of,
            schemas: reading.schemas.hashes.schemas.clone(),
        };
        reader.say(&start).map_err(wrong)?;
        match reader.answers.recv_timeout(START) {
            Ok(line) => match serde_json::from_slice::<Answer>(&line) {
                Ok(Answer::Ready) => Ok(reader),
                Ok(failed) => Err(failed.result().err().unwrap_or_else(|| Error::bug("a reader's first answer"))),
                Err(e) => Err(Error::bug("a reader's first answer").caused_by(e)),
            },
            Err(e) => Err(wrong(std::io::Error::other(e))),
        }
    }

    fn say(&mut self, what: &impl serde::Serialize) -> std::io::Result<()> {
        let mut line = serde_json::to_vec(what)?;
        line.push(b'\n');
        let requests = self.requests.as_mut().ok_or(std::io::ErrorKind::BrokenPipe)?;
        requests.write_all(&line)?;
        requests.flush()
    }

    fn ask(&mut self, wanted: &Wanted, patience: Duration) -> Result<Answer, Death> {
        // A reader that is dead already does not answer either.
        let _ = self.say(wanted);
        match self.answers.recv_timeout(patience) {
            Ok(line) => serde_json::from_slice(&line).map_err(|_| Death::Crash),
            Err(RecvTimeoutError::Timeout) => Err(Death::Time),
            Err(RecvTimeoutError::Disconnected) => Err(match self.child.wait().ok().and_then(|s| s.signal()) {
                // An allocation that fails aborts; a system without memory kills.
                Some(libc::SIGABRT | libc::SIGKILL) => Death::Memory,
                _ => Death::Crash,
            }),
        }
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        self.requests = None;
        // It keeps nothing that a later line does not name.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Removes what dead readers left half written.
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
