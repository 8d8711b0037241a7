//! The lock that allows only one run in a store at a time.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::time::{Duration, Instant};

use super::layout::Store;
use crate::error::{Error, ErrorKind, Result, Words, words};

/// How long a night waits for a command that holds the lock.
const PATIENCE: Duration = Duration::from_secs(600);
const BETWEEN: Duration = Duration::from_millis(200);

/// Who holds the lock, as written in the lock file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holder {
    /// A night or a rebuild: others fail at once instead of waiting for it.
    Run,
    /// A command that reads the store or records a decision: it ends soon, and a night waits for it.
    Command,
}

impl Holder {
    fn as_str(self) -> &'static str {
        match self {
            Holder::Run => "run",
            Holder::Command => "command",
        }
    }
}

/// Held while a run works in a store. If the process dies, the operating system releases it.
#[derive(Debug)]
pub struct StoreLock {
    _file: File,
}

impl StoreLock {
    /// Takes the lock. A run waits up to ten minutes for a command that holds it; in all other cases nobody waits.
    ///
    /// # Errors
    /// `Output` if another process holds the lock (after the wait, if any).
    pub fn take(store: &Store, holder: Holder) -> Result<Self> {
        let path = store.lock_file();
        let mut file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .read(true)
            .write(true)
            .open(&path)
            .map_err(|e| Error::output(&path, e))?;
        let since = Instant::now();
        loop {
            match file.try_lock() {
                Ok(()) => break,
                Err(TryLockError::WouldBlock) => {
                    let mut text = String::new();
                    let _ = file.rewind().and_then(|()| file.read_to_string(&mut text));
                    let (by, process) = text.trim().split_once(' ').unwrap_or((Holder::Run.as_str(), text.trim()));
                    let is_command = by == Holder::Command.as_str();
                    if holder == Holder::Run && is_command && since.elapsed() < PATIENCE {
                        std::thread::sleep(BETWEEN);
                        continue;
                    }
                    let who = match is_command {
                        true => words!("一条正在读取它的命令", "a command that reads it"),
                        false => words!("另一次运行", "another run"),
                    };
                    return Err(Error::new(
                        ErrorKind::Output,
                        store.root().display(),
                        Words::new(
                            format!("存储正被{}占用（进程号 {process}）", who.zh),
                            format!("the store is locked by {} (process {process})", who.en),
                        ),
                    )
                    .hint(words!(
                        "进程退出后自动解锁，请稍候再试；未做任何改动",
                        "wait until that has ended; nothing was changed"
                    )));
                }
                Err(TryLockError::Error(e)) => return Err(Error::output(&path, e)),
            }
        }
        file.rewind()
            .and_then(|()| file.set_len(0))
            .and_then(|()| write!(file, "{} {}", holder.as_str(), std::process::id()))
            .map_err(|e| Error::output(&path, e))?;
        Ok(StoreLock { _file: file })
    }
}
