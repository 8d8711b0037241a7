//! The command line in Chinese: help texts from one table, and clap's own words.
//!
//! The doc comments of the arguments are the English help. For a Chinese user the texts of [`table`] take their place
//! before anything is parsed; [`help`] lays the pages out, and [`usage`] says what is wrong with a command line.

mod argument;
mod help;
pub mod table;
mod usage;

use clap::Command;

use argument::below_of;
pub use argument::value_names;
pub use usage::{in_words, what};

use super::exit;

/// The command with Chinese texts, and Chinese help pages, throughout.
pub fn spoken(command: Command) -> Command {
    let mut command = named(command, "");
    command.build();
    with_pages(command, "")
}

/// The same with Chinese texts in place of English ones alone.
fn named(command: Command, path: &str) -> Command {
    let path = path.to_owned();
    let mut command = command;
    if let Some((_, about)) = table::COMMANDS.iter().find(|(of, _)| *of == path) {
        command = command.about(*about).long_about(None::<&str>);
    }
    if path.is_empty() {
        command = command.after_help(exit::TABLE_ZH);
    }
    command = command.mut_args(|arg| {
        let id = arg.get_id().as_str().to_owned();
        let names: Vec<String> = value_names(&arg).iter().map(|name| value_name(name)).collect();
        let of = |wanted: &str| table::ARGUMENTS.iter().find(|(of, name, _)| *of == wanted && *name == id);
        let arg = match of(&path).or_else(|| of("")) {
            Some((_, _, help)) => arg.help(*help).long_help(None::<&str>),
            None => arg,
        };
        if names.is_empty() { arg } else { arg.value_names(names) }
    });
    let below: Vec<String> = command.get_subcommands().map(|c| c.get_name().to_owned()).collect();
    for name in below {
        let of = below_of(&path, &name);
        command = command.mut_subcommand(name, |c| named(c, &of));
    }
    command
}

/// The same with the words that clap adds by itself: for completion scripts.
pub fn completed(command: Command) -> Command {
    let mut command = named(command, "").bin_name("xinhui");
    command.build();
    with_own_words(command)
}

fn with_own_words(command: Command) -> Command {
    let mut command = command.mut_args(|arg| match arg.get_id().as_str() {
        "help" => arg.help(help::OF_HELP).long_help(None::<&str>),
        "version" => arg.help(help::OF_VERSION).long_help(None::<&str>),
        _ => arg,
    });
    for below in command.get_subcommands_mut() {
        let own = std::mem::take(below);
        let own = if own.get_name() == "help" { own.about(help::HELP) } else { own };
        *below = with_own_words(own);
    }
    command
}

fn value_name(name: &str) -> String {
    table::VALUES.iter().find(|(en, _)| *en == name).map_or_else(|| name.to_owned(), |(_, zh)| (*zh).to_owned())
}

/// Puts a Chinese page in the place of the help that clap would lay out.
fn with_pages(command: Command, path: &str) -> Command {
    let page = help::page(&command, path);
    let mut command = command.override_help(page);
    for below in command.get_subcommands_mut() {
        let of = below_of(path, below.get_name());
        let own = std::mem::take(below);
        *below = with_pages(own, &of);
    }
    command
}
