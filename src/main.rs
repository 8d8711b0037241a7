//! The `xinhui` command.

use std::process::ExitCode;

/// Windows are counted side by side in many short-lived tables: the system's allocator keeps a
/// third more memory for them.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    xinhui::cli::main()
}
