//! Delivery by a program of the operator's: sftp, a platform's own client, a mail program.

use std::io::Read;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::{Attempt, Delivery, first_lines};
use crate::error::{Error, Result};

/// Bytes of its output that are looked at.
const MOST_OUTPUT: u64 = 64 * 1024;

/// Runs the program, without a shell. `{package}`, `{name}`, `{manifest}` and `{sequence}` in its arguments stand for
/// the path, the name, the manifest's SHA-256 and the number of the package. Exit code 0 means that it arrived; the
/// program may run again for a package that did arrive, when this process dies before it knows.
pub fn deliver(words: &[String], seconds: u64, delivery: &mut Delivery<'_>) -> Result<Attempt> {
    let pending = &delivery.pending;
    let package = std::path::absolute(delivery.package).map_err(|e| Error::unreadable_store(delivery.package, e))?;
    let fill = |word: &String| {
        word.replace("{package}", &package.to_string_lossy())
            .replace("{name}", &pending.package)
            .replace("{manifest}", &pending.manifest_sha256)
            .replace("{sequence}", &pending.sequence.to_string())
    };
    let mut filled = words.iter().map(fill);
    let program = filled.next().ok_or_else(|| Error::usage("command", "names no program"))?;
    let mut command = Command::new(&program);
    command.args(filled).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    // A group of its own, so that whatever it has started ends with it.
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    let mut child = match command.spawn() {
        Ok(child) => child,
        Err(e) => return Ok(Attempt::failed(format!("{program} cannot be started: {e}"))),
    };
    let streams: [Option<Box<dyn Read + Send>>; 2] =
        [child.stdout.take().map(|s| Box::new(s) as _), child.stderr.take().map(|s| Box::new(s) as _)];
    // What a program says beyond the limit is read and thrown away, so that it does not wait for a reader.
    let readers = streams.map(|stream| {
        std::thread::spawn(move || {
            let mut text = Vec::new();
            if let Some(mut stream) = stream {
                let _ = stream.by_ref().take(MOST_OUTPUT).read_to_end(&mut text);
                let _ = std::io::copy(&mut stream, &mut std::io::sink());
            }
            text
        })
    });
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
        return Ok(Attempt::failed(format!("{program} did not end within {seconds} seconds")));
    };
    let texts: Vec<Vec<u8>> = readers.into_iter().map(|r| r.join().unwrap_or_default()).collect();
    let lines = first_lines(&texts.concat());
    let code = status.code().map(i64::from);
    Ok(match code {
        Some(0) => Attempt::accepted(code, lines),
        _ => Attempt { error: format!("{program} ended with {status}"), ..Attempt::failed_with(code, lines) },
    })
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
