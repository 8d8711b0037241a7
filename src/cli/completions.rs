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

pub fn run(args: &CompletionsArgs, command: clap::Command, printer: &Printer) -> Result<u8> {
    let mut command = if args.shell == Shell::Zsh { escaped(command) } else { command };
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut command, "xinhui", &mut script);
    printer.raw(&script);
    Ok(0)
}

/// The commands that people run, without those that the program starts by itself.
pub fn offered(command: &clap::Command) -> clap::Command {
    let shown: Vec<clap::Command> = command.get_subcommands().filter(|c| !c.is_hide_set()).cloned().collect();
    let arguments: Vec<clap::Arg> = command.get_arguments().cloned().collect();
    let offered = clap::Command::new("xinhui").version(env!("CARGO_PKG_VERSION")).args(arguments).subcommands(shown);
    match command.get_about() {
        Some(about) => offered.about(about.clone()),
        None => offered,
    }
}

/// The names of values as zsh reads them: a colon would end one.
fn escaped(command: clap::Command) -> clap::Command {
    let mut command = command.mut_args(|arg| {
        let names = arg.get_value_names().unwrap_or_default().iter();
        let names: Vec<String> = names.map(|name| name.replace(':', "\\:")).collect();
        if names.is_empty() { arg } else { arg.value_names(names) }
    });
    for below in command.get_subcommands_mut() {
        *below = escaped(std::mem::take(below));
    }
    command
}
