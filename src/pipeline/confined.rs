//! Limits that the system holds a process to.

use std::io;

/// Limits this process to so many bytes of memory beyond what it has, lets it leave no image of its memory
/// behind when it dies, and ends it with the process that started it.
///
/// # Errors
/// Those of the system; and where that process is gone already.
pub fn confine(memory: u64, parent: u32) -> io::Result<()> {
    #[cfg(target_os = "linux")]
    {
        // SAFETY: the call takes numbers alone and touches no memory of ours.
        check(unsafe { libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL) })?;
        if std::os::unix::process::parent_id() != parent {
            return Err(io::Error::other("the process that started this one is gone"));
        }
    }
    let _ = parent;
    limit(libc::RLIMIT_CORE, 0)?;
    limit(libc::RLIMIT_AS, used().saturating_add(memory))
}

fn limit(what: libc::__rlimit_resource_t, most: u64) -> io::Result<()> {
    let mut now = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: `now` is a place for what the system writes.
    check(unsafe { libc::getrlimit(what, &raw mut now) })?;
    let most = most.min(now.rlim_max);
    let new = libc::rlimit { rlim_cur: most, rlim_max: most };
    // SAFETY: `new` is read only.
    check(unsafe { libc::setrlimit(what, &raw const new) })
}

fn check(answer: libc::c_int) -> io::Result<()> {
    if answer == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// Bytes of address space of this process.
fn used() -> u64 {
    let pages = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages: u64 = pages.split(' ').next().and_then(|n| n.parse().ok()).unwrap_or(0);
    // SAFETY: it takes a number and gives one.
    let size = unsafe { libc::sysconf(libc::_SC_PAGESIZE) };
    pages * u64::try_from(size).unwrap_or(4096)
}
