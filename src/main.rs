//! The `xinhui` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    xinhui::cli::main()
}
