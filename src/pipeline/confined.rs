//! Limits that the operating system enforces on a process.

use crate::error::words;
use std::io;

/// Limits this process to `memory` bytes beyond what it uses now, disables core dumps, and makes it end when its parent
/// does.
///
/// # Errors
/// Fails if a system call fails, or if the process `parent` has ended already.
pub fn confine(memory: u64, parent: u32) -> io::Result<()> {
    #[cfg(target_os = "linux")]
    {
        // SAFETY: the call takes plain numbers and no pointers.
        check(unsafe { libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL) })?;
        if std::os::unix::process::parent_id() != parent {
            return Err(io::Error::other(words!(
                "启动本进程的程序已经退出",
                "the process that started this one is gone"
            )));
        }
    }
    let _ = parent;
    limit(libc::RLIMIT_CORE, 0)?;
    limit(libc::RLIMIT_AS, used().saturating_add(memory))
}

fn limit(what: libc::__rlimit_resource_t, most: u64) -> io::Result<()> {
    let mut now = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: `now` is a valid place for the result.
    check(unsafe { libc::getrlimit(what, &raw mut now) })?;
    let most = most.min(now.rlim_max);
    let new = libc::rlimit { rlim_cur: most, rlim_max: most };
    // SAFETY: `setrlimit` only reads `new`.
    check(unsafe { libc::setrlimit(what, &raw const new) })
}

fn check(answer: libc::c_int) -> io::Result<()> {
    if answer == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// Bytes of address space that this process uses.
fn used() -> u64 {
    let pages = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages: u64 = pages.split(' ').next().and_then(|n| n.parse().ok()).unwrap_or(0);
    // SAFETY: the call takes and returns plain numbers.
    let size = unsafe { libc::sysconf(libc::_SC_PAGESIZE) };
    pages * u64::try_from(size).unwrap_or(4096)
}
