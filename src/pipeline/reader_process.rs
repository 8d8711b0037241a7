//! One reader process with limits on memory and time. It is started again when a file ends it.

use std::io::{BufRead, BufReader, Read as _, Write};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::time::Duration;

use super::reader_jobs::{Answer, Job, Start};
use super::reader_limits::ReaderLimits;
use crate::diag::Detail;
use crate::error::{Error, ErrorKind, Result, words};

/// The running program itself, even if its file has been replaced since.
const PROGRAM: &str = "/proc/self/exe";
/// The hidden subcommand that runs a reader.
const COMMAND: &str = "read-files";
/// A reader gets one second more for each so many bytes of the file.
const BYTES_A_SECOND: u64 = 1 << 20;
/// How long a reader may take to start.
const START: Duration = Duration::from_secs(120);
/// Longest answer in bytes.
const LONGEST_ANSWER: u64 = 1 << 30;

/// A reader that handles one file after another and is started when it is needed.
pub struct ReaderProcess<'a> {
    start: &'a Start,
    limits: &'a ReaderLimits,
    running: Option<Running>,
    /// Whether a file has ended the process at least once.
    pub died: bool,
}

impl<'a> ReaderProcess<'a> {
    pub fn new(start: &'a Start, limits: &'a ReaderLimits) -> Self {
        ReaderProcess { start, limits, running: None, died: false }
    }

    /// Sends a job about a file of this many bytes and returns the answer; if the file ended the process, the limit it
    /// exceeded, as the detail of a finding.
    ///
    /// # Errors
    /// Fails if no reader can be started, or if the reader reports an error that stops the run.
    pub fn ask(&mut self, job: &Job, size: u64) -> Result<Result<Answer, Detail>> {
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
                    // Memory left behind by earlier files may be the cause: try once more in a new process.
                    if served && !matches!(death, Death::Time) {
                        continue;
                    }
                    return Ok(Err(match death {
                        Death::Time => Detail::Seconds(patience.as_secs()),
                        Death::Memory => Detail::Memory(self.limits.memory_mb),
                        Death::Crash => Detail::Crash,
                    }));
                }
            }
        }
    }
}

/// Whether the running program is xinhui and so can be started as a reader; the library may be used by other programs.
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

/// A running reader process; it is ended when dropped.
struct Running {
    child: Child,
    /// Its standard input; `None` once it has been closed to end the process.
    requests: Option<ChildStdin>,
    answers: Receiver<Vec<u8>>,
}

impl Running {
    fn start(start: &Start, limits: &ReaderLimits) -> Result<Self> {
        let wrong = |e| {
            Error::new(
                ErrorKind::Input,
                words!("读取进程", "reader"),
                words!("无法启动读取文件的进程", "the process that reads files cannot be started"),
            )
            .caused_by(e)
        };
        let mut command = Command::new(PROGRAM);
        command.arg0("xinhui");
        if let Some(dir) = &limits.schemas_dir {
            command.arg("--schemas").arg(dir);
        }
        command
            .arg(COMMAND)
            .env("RAYON_NUM_THREADS", rayon::current_num_threads().to_string())
            // Otherwise the allocator reserves a gigabyte of address space at once, all of which counts against the
            // limit.
            .env("MIMALLOC_ARENA_RESERVE", "64M")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            // The message of a panic may quote the file.
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
        // If writing fails the reader is dead, and the missing answer shows it.
        let _ = self.say(job);
        match self.answers.recv_timeout(patience) {
            Ok(line) => serde_json::from_slice(&line).map_err(|_| Death::Crash),
            Err(RecvTimeoutError::Timeout) => Err(Death::Time),
            Err(RecvTimeoutError::Disconnected) => {
                // A reader that answered too much is still alive; closing its input ends it.
                self.requests = None;
                Err(match self.child.wait().ok().and_then(|s| s.signal()) {
                    // A failed allocation aborts the process; a system that is out of memory kills it.
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
        // Killing is safe: the files that it writes count only once an answer names them.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
