//! The command line, with one file per command. Only `printer` writes to standard output and standard error.

mod accept;
mod check;
pub mod chinese;
mod completions;
mod core_dumps;
mod diff;
mod disclosure;
mod exit;
mod explain;
mod feed;
mod init;
mod key;
pub mod language;
mod link;
mod local_time;
mod options;
mod printer;
mod read_files;
mod rebuild;
mod run;
mod said;
mod status;
mod synth;
mod targets;
mod template;
mod validate;
mod verify;
mod wrapping;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::error::{ContextKind, ContextValue, ErrorKind as ClapKind};
use clap::{CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};

use crate::diag::Lang;
use crate::error::{Result, log_in};
use crate::store::lock;
use options::LogArg;
use printer::{Printer, columns_of_help};

/// xinhui (心汇): reads county exports about mental-health work and publishes exact numbers per division.
#[derive(Debug, Parser)]
#[command(name = "xinhui", version, about, after_help = exit::TABLE, propagate_version = true)]
struct Args {
    /// Language of messages; by default that of the config, or of the system
    #[arg(long, global = true, value_enum)]
    lang: Option<LangArg>,
    /// Write a log to standard error, as JSON lines or as text; it never contains identities
    #[arg(long, global = true, value_enum)]
    log: Option<LogArg>,
    /// A folder of declarations to use instead of the built-in ones
    #[arg(long, global = true, value_name = "DIR")]
    schemas: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum LangArg {
    Zh,
    En,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Make a new store: config, key, folders, divisions, files for the scheduler
    Init(init::InitArgs),
    /// Run one night: read new files, publish a snapshot
    Run(run::RunArgs),
    /// Find every fault in declarations and a config, without data
    Check(check::CheckArgs),
    /// Use an export that was held back because it has far fewer rows than the one before
    Accept(accept::AcceptArgs),
    /// Explain an indicator or a rollup: its meaning, its SQL, and its values in a division and period
    Explain(explain::ExplainArgs),
    /// What changed between two snapshots: numbers, states, verdicts
    Diff(diff::DiffArgs),
    /// Check files before they are sent; nothing is stored
    Validate(validate::ValidateArgs),
    /// Write an empty workbook of a dataset, to be filled in
    Template(template::TemplateArgs),
    /// Show the last nights of a store
    Status(status::StatusArgs),
    /// Check that everything a store publishes and keeps is still what was written
    Verify(verify::VerifyArgs),
    /// What the public edition hides, and whether it is safe
    Disclosure(disclosure::DisclosureArgs),
    /// Rebuild the private state from the inbox when it is damaged or lost
    Rebuild(rebuild::RebuildArgs),
    /// Linkage of persons: learn, explain, review, evaluate, and link other tables of people
    Link(link::LinkArgs),
    /// What leaves the office: make signed packages, send them, look at those that came
    Feed(feed::FeedArgs),
    /// The secret key of a store: make one, or change it
    Key(key::KeyArgs),
    /// Write an inbox of invented data, with the true persons, to try the system
    Synth(synth::SynthArgs),
    /// Read files for a nightly run (started by `run`, not by hand)
    #[command(hide = true)]
    ReadFiles,
    /// Print a completion script for a shell
    Completions(completions::CompletionsArgs),
}

/// The command line, with its texts in this language.
pub fn tree(lang: Lang) -> clap::Command {
    match lang {
        Lang::Zh => chinese::spoken(Args::command()),
        Lang::En => Args::command().term_width(columns_of_help()),
    }
}

/// Parses the command line, runs the command and returns the exit code.
pub fn main() -> ExitCode {
    core_dumps::off();
    let words: Vec<String> = std::env::args_os().skip(1).map(|w| w.to_string_lossy().into_owned()).collect();
    let lang = language::of(&words, &|name| std::env::var(name).ok());
    let printer = Printer::new(lang, language::option(&words, "--log").as_deref() == Some("json"));
    let args = match parsed(&words, &printer) {
        Ok(args) => args,
        Err(code) => return code,
    };
    start_log(args.log, lang);
    let name = named_command(&words);
    // Where a log is written, it says so there.
    let quiet = args.log.is_some();
    lock::announce(name, move |said| {
        if !quiet {
            Printer::new(lang, false).note(said);
        }
    });
    // A night that is published is done, whatever becomes of the lines that tell of it.
    let is_job = matches!(args.command, Command::Run(_) | Command::Rebuild(_) | Command::Feed(_));
    let done = command(args, &printer);
    if is_job { exit_code_of(done, &printer) } else { ended(done, &printer) }
}

/// The exit code of a command whose output is what it is for; what went wrong is printed.
fn ended(done: Result<u8>, printer: &Printer) -> ExitCode {
    exit_code_of(done.and_then(|code| printer.finish().map(|()| code)), printer)
}

fn exit_code_of(done: Result<u8>, printer: &Printer) -> ExitCode {
    match done {
        Ok(code) => ExitCode::from(code),
        Err(e) => {
            printer.error(&e);
            ExitCode::from(e.kind.exit_code())
        }
    }
}

/// The command line in this language; where it asks for help or is wrong, that is printed, and the exit code returned.
fn parsed(words: &[String], printer: &Printer) -> Result<Args, ExitCode> {
    let lang = printer.lang;
    let mut tree = tree(lang);
    let wrong = match tree.try_get_matches_from_mut(language::words_of_clap(std::env::args_os())) {
        Ok(matches) => match (language::written_twice(words), Args::from_arg_matches(&matches)) {
            (Some(option), _) => twice(option, &tree),
            (None, Ok(args)) => return Ok(args),
            (None, Err(e)) => e,
        },
        Err(e) => e,
    };
    let wrong = without_hidden(wrong, &tree);
    let exit_code = u8::try_from(wrong.exit_code()).unwrap_or(2);
    if exit_code == 0 {
        printer.wrote(wrong.print());
        return Err(ended(Ok(0), printer));
    }
    let asks = wrong.kind() == ClapKind::DisplayHelpOnMissingArgumentOrSubcommand;
    let (what, page) = match lang {
        _ if asks => (printer.pick("请写明命令", "no command is named").to_owned(), wrong.to_string()),
        Lang::Zh => (chinese::what(&wrong), chinese::in_words(&wrong, &tree, words)),
        Lang::En => {
            let page = wrong.to_string();
            let what = page.split("\n\n").next().unwrap_or_default().trim_start_matches("error: ").replace('\n', " ");
            (what, page)
        }
    };
    printer.usage(&what, &page, exit_code);
    Err(ExitCode::from(exit_code))
}

/// The fault of a command line that says an option twice. Of one that every command has, the parser takes the last, where
/// one stands before the command and one behind it.
fn twice(option: &str, tree: &clap::Command) -> clap::Error {
    let mut wrong = clap::Error::new(ClapKind::ArgumentConflict).with_cmd(tree);
    let name = tree.get_arguments().find(|arg| arg.get_long() == option.strip_prefix("--"));
    let name = name.map_or_else(|| option.to_owned(), ToString::to_string);
    wrong.insert(ContextKind::InvalidArg, ContextValue::String(name.clone()));
    wrong.insert(ContextKind::PriorArg, ContextValue::String(name));
    wrong
}

/// A fault of the command line that names no commands which nobody starts by hand.
fn without_hidden(mut wrong: clap::Error, tree: &clap::Command) -> clap::Error {
    let hidden: Vec<&str> = tree.get_subcommands().filter(|c| c.is_hide_set()).map(clap::Command::get_name).collect();
    for kind in [ContextKind::ValidSubcommand, ContextKind::SuggestedSubcommand] {
        if let Some(ContextValue::Strings(mut names)) = wrong.remove(kind) {
            names.retain(|name| !hidden.contains(&name.as_str()));
            if !names.is_empty() {
                wrong.insert(kind, ContextValue::Strings(names));
            }
        }
    }
    wrong
}

/// The names of the command and of the one below it, without arguments: `link review`.
fn named_command(words: &[String]) -> String {
    let mut at = Args::command();
    let mut path: Vec<&str> = Vec::new();
    for word in words.iter().filter(|w| !w.starts_with('-')) {
        if let Some(below) = at.find_subcommand(word).cloned() {
            path.push(word);
            at = below;
        }
    }
    path.join(" ")
}

fn command(args: Args, printer: &Printer) -> Result<u8> {
    let schemas = args.schemas.as_deref();
    match args.command {
        Command::Init(a) => init::run(&a, schemas, printer),
        Command::Run(a) => run::run(&a, schemas, printer, args.log),
        Command::Check(a) => check::run(&a, schemas, printer),
        Command::Accept(a) => accept::run(&a, schemas, printer),
        Command::Explain(a) => explain::run(&a, schemas, printer),
        Command::Diff(a) => diff::run(&a, schemas, printer),
        Command::Validate(a) => validate::run(&a, schemas, printer),
        Command::Template(a) => template::run(&a, schemas, printer),
        Command::Status(a) => status::run(&a, schemas, printer),
        Command::Verify(a) => verify::run(&a, schemas, printer),
        Command::Disclosure(a) => disclosure::run(&a, schemas, printer),
        Command::Rebuild(a) => rebuild::run(&a, schemas, printer, args.log),
        Command::Link(a) => link::run(&a, schemas, printer),
        Command::Feed(a) => feed::run(&a, schemas, printer),
        Command::Key(a) => key::run(&a, schemas, printer),
        Command::Synth(a) => synth::run(&a, schemas, printer),
        Command::ReadFiles => read_files::run(schemas, printer),
        Command::Completions(a) => {
            let offered = completions::offered(&Args::command());
            let tree = match printer.lang {
                Lang::Zh => chinese::completed(offered),
                Lang::En => offered,
            };
            completions::run(&a, tree, printer)
        }
    }
}

fn start_log(log: Option<LogArg>, lang: Lang) {
    let level = match log {
        None => return,
        Some(_) => tracing::Level::INFO,
    };
    // Programs that read a log look for its English names.
    if log == Some(LogArg::Text) {
        log_in(lang);
    }
    let builder = tracing_subscriber::fmt()
        .with_max_level(level)
        .with_writer(|| printer::LogWriter)
        .with_target(false)
        // Otherwise a failure to write to standard error would be reported on standard error, and panic.
        .log_internal_errors(false);
    let started = match log {
        Some(LogArg::Json) => builder.json().flatten_event(true).try_init(),
        _ => builder.with_ansi(false).try_init(),
    };
    debug_assert!(started.is_ok(), "the log is started once");
}
