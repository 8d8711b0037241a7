//! One reader: a process that reads files under limits, started again where one ends it.

use std::io::{BufRead, BufReader, Read as _, Write};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::time::Duration;

use super::reader::{Answer, Job, Start};
use crate::error::{Error, ErrorKind, Result};

/// The program, as it runs: the file may have been replaced since.
const PROGRAM: &str = "/proc/self/exe";
/// The hidden command of a reader.
const COMMAND: &str = "read-files";
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

impl Limits {
    /// Mebibytes of memory where no setting says otherwise.
    pub const MEMORY_MB: u64 = 2_048;
    /// Seconds where no setting says otherwise.
    pub const SECONDS: u64 = 600;

    /// Those that hold where no setting says otherwise.
    pub fn usual(schemas_dir: Option<&Path>) -> Self {
        Limits { memory_mb: Self::MEMORY_MB, seconds: Self::SECONDS, schemas_dir: schemas_dir.map(Path::to_owned) }
    }
}

/// A reader of file after file, that is there as long as it lives.
pub struct ReaderProcess<'a> {
    start: &'a Start,
    limits: &'a Limits,
    running: Option<Running>,
    /// Whether a file ended one.
    pub died: bool,
}

impl<'a> ReaderProcess<'a> {
    pub fn new(start: &'a Start, limits: &'a Limits) -> Self {
        ReaderProcess { start, limits, running: None, died: false }
    }

    /// The answer to a job about a file of so many bytes; where the file ended its reader the limit that it
    /// went beyond, as the finding tells it.
    ///
    /// # Errors
    /// No reader can be started, or it says what stops the run.
    pub fn ask(&mut self, job: &Job, size: u64) -> Result<Result<Answer, String>> {
        let patience = Duration::from_secs(self.limits.seconds + size / BYTES_A_SECOND);
        loop {
            let (mut reader, served) = match self.running.take() {
                Some(reader) => (reader, true),
                None => (Running::start(self.start, self.limits)?, false),
            };
            match reader.ask(job, patience) {
                Ok(answer) => {
                    self.running = Some(reader);
                    return answer.checked().map(Ok);
                }
                Err(death) => {
                    self.died = true;
                    // What files before left in memory is not this one's fault.
                    if served && !matches!(death, Death::Time) {
                        continue;
                    }
                    return Ok(Err(match death {
                        Death::Time => format!("seconds:{}", patience.as_secs()),
                        Death::Memory => format!("memory:{}", self.limits.memory_mb),
                        Death::Crash => "crash".to_owned(),
                    }));
                }
            }
        }
    }
}

/// Whether a copy of the running program is a reader: the library may be used by others.
pub fn is_own_program() -> bool {
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
struct Running {
    child: Child,
    /// `None` once it is to end.
    requests: Option<ChildStdin>,
    answers: Receiver<Vec<u8>>,
}

impl Running {
    fn start(start: &Start, limits: &Limits) -> Result<Self> {
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
        let mut reader = Running { child, requests, answers };
        reader.say(start).map_err(wrong)?;
        match reader.answers.recv_timeout(START) {
            Ok(line) => match serde_json::from_slice::<Answer>(&line) {
                Ok(Answer::Ready) => Ok(reader),
                Ok(other) => Err(other.checked().err().unwrap_or_else(|| Error::bug("a reader's first answer"))),
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

    fn ask(&mut self, job: &Job, patience: Duration) -> Result<Answer, Death> {
        // A reader that is dead already does not answer either.
        let _ = self.say(job);
        match self.answers.recv_timeout(patience) {
            Ok(line) => serde_json::from_slice(&line).map_err(|_| Death::Crash),
            Err(RecvTimeoutError::Timeout) => Err(Death::Time),
            Err(RecvTimeoutError::Disconnected) => {
                // One that said too much lives, and ends when nothing more is asked of it.
                self.requests = None;
                Err(match self.child.wait().ok().and_then(|s| s.signal()) {
                    // An allocation that fails aborts; a system without memory kills.
                    Some(libc::SIGABRT | libc::SIGKILL) => Death::Memory,
                    _ => Death::Crash,
                })
            }
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.requests = None;
        // It keeps nothing that a later line does not name.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
