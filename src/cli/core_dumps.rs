//! Identities in memory must not reach the disk by a crash.

/// Turns core dumps off for this process, and keeps other processes of the same user from reading its memory.
pub fn off() {
    #[cfg(unix)]
    {
        let none = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
        // SAFETY: the structure is whole and only read.
        unsafe { libc::setrlimit(libc::RLIMIT_CORE, &raw const none) };
    }
    // A core that is piped to a program takes no heed of the limit.
    #[cfg(target_os = "linux")]
    // SAFETY: the call takes plain numbers.
    unsafe {
        libc::prctl(libc::PR_SET_DUMPABLE, 0, 0, 0, 0);
    }
}
