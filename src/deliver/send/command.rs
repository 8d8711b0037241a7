//! Delivery by a program of the operator's: sftp, a platform's own client, a mail program.

use std::io::Read;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::attempt::{Attempt, PackageDelivery, first_lines, text_of};
use crate::error::{Error, Result, Words, said_by, words};

/// Bytes of its output that are looked at.
const MOST_OUTPUT: usize = 64 * 1024;

/// Runs the program, without a shell. `{package}`, `{name}`, `{manifest}` and `{sequence}` in its arguments stand for
/// the path, the name, the manifest's SHA-256 and the number of the package. Exit code 0 means that it arrived; the
/// program may run again for a package that did arrive, when this process dies before it knows.
pub fn deliver(words: &[String], seconds: u64, delivery: &mut PackageDelivery<'_>) -> Result<Attempt> {
    let pending = &delivery.pending;
    let package = std::path::absolute(delivery.package).map_err(|e| Error::unreadable_store(delivery.package, e))?;
    let fill = |word: &String| {
        word.replace("{package}", &package.to_string_lossy())
            .replace("{name}", &pending.package)
            .replace("{manifest}", &pending.manifest_sha256)
            .replace("{sequence}", &pending.sequence.to_string())
    };
    let mut filled = words.iter().map(fill);
    let program = filled
        .next()
        .ok_or_else(|| Error::usage(words!("命令", "command"), words!("没有写程序", "names no program")))?;
    let mut command = Command::new(&program);
    command.args(filled).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    // A group of its own, so that whatever it has started ends with it.
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    let mut child = match command.spawn() {
        Ok(child) => child,
        Err(e) => {
            let said = said_by(&e).at(words!("无法启动 {program}", "{program} cannot be started"));
            return Ok(Attempt::failed(said));
        }
    };
    let streams: [Option<Box<dyn Read + Send>>; 2] =
        [child.stdout.take().map(|s| Box::new(s) as _), child.stderr.take().map(|s| Box::new(s) as _)];
    let outputs: Vec<Listener> = streams.into_iter().flatten().map(Listener::start).collect();
    let deadline = Instant::now() + Duration::from_secs(seconds);
    let status = loop {
        match child.try_wait().map_err(|e| Error::unreadable_store(&package, e))? {
            Some(status) => break Some(status),
            None if Instant::now() >= deadline => {
                end_group(&mut child);
                break None;
            }
            None => std::thread::sleep(Duration::from_millis(20)),
        }
    };
    let Some(status) = status else {
        return Ok(Attempt::failed(words!(
            "{program} 在 {seconds} 秒内没有结束",
            "{program} did not end within {seconds} seconds"
        )));
    };
    let lines = first_lines(&text_of(&outputs.iter().flat_map(Listener::heard).collect::<Vec<u8>>()));
    let code = status.code().map(i64::from);
    Ok(match code {
        Some(0) => Attempt::accepted(code, lines),
        _ => Attempt { error: ended(&program, status), ..Attempt::failed_with(code, lines) },
    })
}

/// How a program ended that did not deliver.
fn ended(program: &str, status: std::process::ExitStatus) -> Words {
    let zh = match status.code() {
        Some(code) => format!("{program} 以退出码 {code} 结束"),
        None => format!("{program} 被信号终止"),
    };
    Words::new(zh, format!("{program} ended with {status}"))
}

/// Listens to what a program says. What goes beyond the limit is read and thrown away, so that the program need not
/// wait.
struct Listener {
    said: Arc<Mutex<Vec<u8>>>,
    thread: std::thread::JoinHandle<()>,
}

impl Listener {
    fn start(mut stream: Box<dyn Read + Send>) -> Listener {
        let said: Arc<Mutex<Vec<u8>>> = Arc::default();
        let into = said.clone();
        let thread = std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(read @ 1..) = stream.read(&mut buffer) {
                let Ok(mut said) = into.lock() else { return };
                let room = MOST_OUTPUT.saturating_sub(said.len());
                said.extend_from_slice(&buffer[..read.min(room)]);
            }
        });
        Listener { said, thread }
    }

    /// The output so far, once the program has ended; a child that it left running may keep the stream open.
    fn heard(&self) -> Vec<u8> {
        let since = Instant::now();
        while !self.thread.is_finished() && since.elapsed() < Duration::from_secs(2) {
            std::thread::sleep(Duration::from_millis(10));
        }
        self.said.lock().map(|said| said.clone()).unwrap_or_default()
    }
}

/// Ends a program and what it has started.
fn end_group(child: &mut std::process::Child) {
    #[cfg(unix)]
    // SAFETY: kill only sends a signal; the group is the child's own, and the child has not been waited for.
    unsafe {
        libc::kill(-(child.id() as i32), libc::SIGKILL);
    }
    let _ = child.kill();
    let _ = child.wait();
}
