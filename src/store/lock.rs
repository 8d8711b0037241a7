//! The lock that allows only one run in a store at a time.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::Path;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use super::layout::Store;
use crate::error::{Error, ErrorKind, Result, Words, logged, words};

/// How long a night waits for a command that holds the lock.
const PATIENCE: Duration = Duration::from_secs(600);
const BETWEEN: Duration = Duration::from_millis(200);
/// How long whoever took the lock may take to write its name into the file.
const TO_WRITE: Duration = Duration::from_secs(1);

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

/// What tells the user that the lock is waited for.
type Tell = Box<dyn Fn(&Words) + Send + Sync>;

/// The command of this process, as the lock file names it, and what tells its user of a wait.
static PROCESS: OnceLock<(String, Tell)> = OnceLock::new();

/// Says which command this process runs, such as `link review`, for those who wait for it; and how its own user is
/// told of a wait.
pub fn announce(command: String, tell: impl Fn(&Words) + Send + Sync + 'static) {
    let _ = PROCESS.set((command, Box::new(tell)));
}

/// What the lock file says of its holder: a line with kind and process, one with the command, one with the time.
struct LockNote {
    is_command: bool,
    /// Its process has ended, and somebody locks the file who does not write into it: a backup.
    is_foreign: bool,
    process: String,
    command: String,
    since: String,
}

impl LockNote {
    fn of(text: &str) -> LockNote {
        let mut lines = text.lines().map(str::trim);
        let first = lines.next().unwrap_or_default();
        let (by, process) = first.split_once(' ').unwrap_or((Holder::Run.as_str(), first));
        let mut next = || lines.next().unwrap_or_default().to_owned();
        let is_command = by == Holder::Command.as_str();
        let is_foreign = !process.is_empty() && !Path::new("/proc").join(process).is_dir();
        LockNote { is_command, is_foreign, process: process.to_owned(), command: next(), since: next() }
    }

    /// `another run (process 12: xinhui run, since 2026-01-31T02:00:00Z)`.
    fn words(&self) -> Words {
        if self.is_foreign {
            return words!("另一个程序（例如正在进行的备份）", "another program, such as a backup that is being made");
        }
        let who = match self.is_command {
            true => words!("一条正在读取它的命令", "a command that reads it"),
            false => words!("另一次运行", "another run"),
        };
        let process = &self.process;
        // Whoever holds it has not come to write its name yet.
        if process.is_empty() {
            return who;
        }
        if self.command.is_empty() {
            return who.and(&words!("（进程号 {process}）", " (process {process})"));
        }
        let since = self.local_since();
        who.and(&words!(
            "（进程号 {process}，xinhui {0}，自 {since} 起）",
            " (process {process}: xinhui {0}, since {since})",
            self.command
        ))
    }

    /// When it began, in the time of this machine.
    fn local_since(&self) -> String {
        let Ok(stamp) = self.since.parse::<jiff::Timestamp>() else { return self.since.clone() };
        stamp.to_zoned(jiff::tz::TimeZone::system()).strftime("%Y-%m-%d %H:%M:%S").to_string()
    }
}

/// Whether the process of a run is at work in a store: it stands in the lock file, and has not ended.
pub fn is_run_by(store: &Store, process: u32) -> bool {
    let held = LockNote::of(&std::fs::read_to_string(store.lock_file()).unwrap_or_default());
    !held.is_command && !held.is_foreign && held.process == process.to_string()
}

/// Held while a run works in a store. If the process dies, the operating system releases it.
#[derive(Debug)]
pub struct StoreLock {
    _file: File,
}

impl StoreLock {
    /// Takes the lock. A run waits up to ten minutes for a command or a backup that holds it, and says so; in all other
    /// cases nobody waits.
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
        let mut told = false;
        loop {
            match file.try_lock() {
                Ok(()) => break,
                Err(TryLockError::WouldBlock) => {
                    let mut text = String::new();
                    let _ = file.rewind().and_then(|()| file.read_to_string(&mut text));
                    let held = LockNote::of(&text);
                    // Until a new holder has written its name, that of the last one stands there.
                    if (held.process.is_empty() || held.is_foreign) && since.elapsed() < TO_WRITE {
                        std::thread::sleep(BETWEEN / 10);
                        continue;
                    }
                    if holder == Holder::Run && (held.is_command || held.is_foreign) && since.elapsed() < PATIENCE {
                        if !std::mem::replace(&mut told, true) {
                            let who = held.words();
                            let said = Words::new(
                                format!("等待存储解锁：正被{}占用", who.zh),
                                format!("waiting for the store: it is locked by {}", who.en),
                            );
                            tracing::warn!("{}", logged(&said.zh, &said.en));
                            if let Some((_, tell)) = PROCESS.get() {
                                tell(&said);
                            }
                        }
                        std::thread::sleep(BETWEEN);
                        continue;
                    }
                    return Err(is_held(store, &held));
                }
                Err(TryLockError::Error(e)) => return Err(Error::output(&path, e)),
            }
        }
        let (kind, process, command) =
            (holder.as_str(), std::process::id(), PROCESS.get().map_or("", |(command, _)| command));
        let now = jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ");
        file.rewind()
            .and_then(|()| file.set_len(0))
            .and_then(|()| write!(file, "{kind} {process}\n{command}\n{now}\n"))
            .map_err(|e| Error::output(&path, e))?;
        Ok(StoreLock { _file: file })
    }
}

fn is_held(store: &Store, held: &LockNote) -> Error {
    let who = held.words();
    let said = Words::new(format!("存储正被{}占用", who.zh), format!("the store is locked by {}", who.en));
    Error::new(ErrorKind::Output, store.root().display(), said)
        .hint(words!("进程退出后自动解锁，请稍候再试；未做任何改动", "wait until that has ended; nothing was changed"))
}
