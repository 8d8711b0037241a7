//! `xinhui completions`: prints a completion script for a shell.

use clap::CommandFactory;
use clap_complete::Shell;

use super::Args;
use super::printer::Printer;
use crate::error::Result;

#[derive(Debug, clap::Args)]
pub struct CompletionsArgs {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

pub fn run(args: &CompletionsArgs, printer: &Printer) -> Result<u8> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Args::command(), "xinhui", &mut script);
    printer.raw(&script);
    Ok(0)
}
