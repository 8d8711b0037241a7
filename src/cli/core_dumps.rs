//! Keeps identities that are in memory from reaching the disk when the process crashes.

/// Turns core dumps off for this process, and keeps other processes of the same user from reading its memory.
pub fn off() {
    #[cfg(unix)]
    {
        let none = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
        // SAFETY: `setrlimit` only reads the structure, which is fully initialised.
        unsafe { libc::setrlimit(libc::RLIMIT_CORE, &raw const none) };
    }
    // The limit does not apply to core dumps that are piped to a program, so dumping is disabled as well.
    #[cfg(target_os = "linux")]
    // SAFETY: the call takes plain numbers and no pointers.
    unsafe {
        libc::prctl(libc::PR_SET_DUMPABLE, 0, 0, 0, 0);
    }
}
