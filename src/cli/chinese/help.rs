//! A help page in Chinese, wrapped by the columns that Chinese characters take.

use clap::{Arg, Command};

use super::argument::{value_names, with_hints};
use crate::cli::printer::columns_of_help;
use crate::cli::wrapping::width;

/// Columns of the names of commands and options, at most: longer ones stand on a line of their own.
const NAMES: usize = 30;

/// The help page of a command.
pub fn page(command: &Command, path: &str) -> String {
    let mut page = String::new();
    if command.get_name() == "help" {
        page.push_str(&format!("{HELP}\n\n"));
    } else if let Some(about) = command.get_about() {
        page.push_str(&wrapped(&about.to_string(), 0));
        page.push_str("\n\n");
    }
    page.push_str(&format!("用法：{}\n", usage(command, path)));
    let commands = command.get_subcommands().filter(|c| !c.is_hide_set());
    let commands = commands.map(|c| {
        let about = if c.get_name() == "help" { HELP.to_owned() } else { text(c.get_about()) };
        (c.get_name().to_owned(), about)
    });
    section(&mut page, "命令", commands.collect());
    let arguments = command.get_positionals().filter(|a| !a.is_hide_set());
    section(&mut page, "参数", arguments.map(|a| (positional(a), with_hints(a))).collect());
    let mut options: Vec<(String, String)> =
        command.get_opts().filter(|a| !a.is_hide_set()).map(|a| (option(a), with_hints(a))).collect();
    let flags = command.get_arguments().filter(|a| !a.is_positional() && !a.get_action().takes_values());
    options.extend(flags.map(|a| match a.get_id().as_str() {
        "help" => ("-h, --help".to_owned(), OF_HELP.to_owned()),
        "version" => ("-V, --version".to_owned(), OF_VERSION.to_owned()),
        _ => (option(a), text(a.get_help())),
    }));
    section(&mut page, "选项", options);
    if let Some(after) = command.get_after_help() {
        page.push_str(&format!("\n{after}\n"));
    }
    page
}

/// What the options say that every command has.
pub const OF_HELP: &str = "显示帮助";
pub const OF_VERSION: &str = "显示版本";

/// What the command `help` does.
pub const HELP: &str = "显示本说明，或所给命令的说明";

/// How a command is written.
pub fn usage(command: &Command, path: &str) -> String {
    let mut parts = vec!["xinhui".to_owned()];
    if !path.is_empty() {
        parts.push(path.to_owned());
    }
    parts.push("[选项]".to_owned());
    parts.extend(command.get_opts().filter(|a| a.is_required_set()).map(|a| option(a).trim_start().to_owned()));
    parts.extend(command.get_positionals().filter(|a| !a.is_hide_set()).map(positional));
    if command.has_subcommands() {
        parts.push("<命令>".to_owned());
    }
    parts.join(" ")
}

fn text(styled: Option<&clap::builder::StyledStr>) -> String {
    styled.map(ToString::to_string).unwrap_or_default()
}

fn positional(arg: &Arg) -> String {
    let name = value_names(arg).join(" ");
    let several =
        arg.get_num_args().is_some_and(|n| n.max_values() > 1) || matches!(arg.get_action(), clap::ArgAction::Append);
    let more = if several { "..." } else { "" };
    if arg.is_required_set() { format!("<{name}>{more}") } else { format!("[{name}]{more}") }
}

fn option(arg: &Arg) -> String {
    let long = arg.get_long().map(|l| format!("--{l}")).unwrap_or_default();
    let value = if arg.get_action().takes_values() {
        value_names(arg).iter().map(|name| format!(" <{name}>")).collect::<String>()
    } else {
        String::new()
    };
    format!("    {long}{value}")
}

fn section(page: &mut String, title: &str, rows: Vec<(String, String)>) {
    if rows.is_empty() {
        return;
    }
    let broad = |name: &str| name.chars().map(width).sum::<usize>();
    let column = rows.iter().map(|(name, _)| broad(name)).filter(|n| *n <= NAMES).max().unwrap_or(NAMES) + 4;
    page.push_str(&format!("\n{title}：\n"));
    for (name, what) in rows {
        let gap = match column.checked_sub(2 + broad(&name)) {
            Some(gap) if gap > 0 => " ".repeat(gap),
            _ => format!("\n{}", " ".repeat(column)),
        };
        page.push_str(&format!("  {name}{gap}{}\n", wrapped(&what, column)));
    }
}

/// Breaks a text into lines of a page, those after the first indented. A line may end after a Chinese character or a
/// space, never before a mark that closes.
fn wrapped(text: &str, indent: usize) -> String {
    let mut pieces: Vec<String> = Vec::new();
    let mut last: Option<char> = None;
    for c in text.chars() {
        let joins = last
            .is_some_and(|last| !last.is_whitespace() && (width(last) == 1 && width(c) == 1 || OPENS.contains(last)))
            || CLOSES.contains(c)
            || c == ' ';
        match pieces.last_mut().filter(|_| joins) {
            Some(piece) => piece.push(c),
            None => pieces.push(c.to_string()),
        }
        last = Some(c);
    }
    let (mut out, mut at, page) = (String::new(), indent, columns_of_help());
    for piece in pieces {
        let broad: usize = piece.trim_end().chars().map(width).sum();
        if at > indent && at + broad > page {
            out.truncate(out.trim_end().len());
            out.push_str(&format!("\n{}", " ".repeat(indent)));
            at = indent;
        }
        at += piece.chars().map(width).sum::<usize>();
        out.push_str(&piece);
    }
    out
}

/// Marks that no line begins with, and those that no line ends with.
const CLOSES: &str = "］，。；：、！？）】》”’」…,.;:)]";
const OPENS: &str = "［（【《“‘「([";
