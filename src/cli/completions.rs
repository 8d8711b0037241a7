//! `xinhui completions`: prints a completion script for a shell.

use clap_complete::Shell;

use super::printer::Printer;
use crate::error::Result;

#[derive(Debug, clap::Args)]
pub struct CompletionsArgs {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

pub fn run(args: &CompletionsArgs, mut command: clap::Command, printer: &Printer) -> Result<u8> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut command, "xinhui", &mut script);
    printer.raw(&script);
    Ok(0)
}
