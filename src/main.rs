//! The `xinhui` command.

use std::ffi::{c_int, c_long};
use std::process::ExitCode;

/// Windows are counted side by side in many short-lived tables: the system's allocator keeps a
/// third more memory for them.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

unsafe extern "C" {
    fn mi_option_set(option: c_int, value: c_long);
}

/// `mi_option_purge_delay`, in milliseconds.
const PURGE_DELAY: c_int = 15;

fn main() -> ExitCode {
    // A night makes tables of hundreds of megabytes one after the other. With the allocator's own 10 ms
    // each of them would go back to the system, and half the time of a join be the system's clearing of
    // the pages of the next one.
    // SAFETY: the function is the allocator's own and takes any option and value.
    unsafe { mi_option_set(PURGE_DELAY, 1_000) };
    xinhui::cli::main()
}
