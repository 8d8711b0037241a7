//! The command line: one file a command. `printer` alone writes to standard output and error.

mod accept;
mod check;
mod completions;
mod core_dumps;
mod exit;
mod explain;
mod feed;
mod key;
mod link;
mod printer;
mod read_files;
mod rebuild;
mod run;
mod status;
mod synth;
mod validate;
mod verify;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand, ValueEnum};

use crate::diag::Lang;
use crate::error::{Error, Result};
use printer::Printer;

/// xinhui (心汇): county exports about mental-health work in, exact numbers per division out.
#[derive(Debug, Parser)]
#[command(name = "xinhui", version, about, after_help = exit::TABLE, propagate_version = true)]
struct Args {
    /// Language of messages; the system's by default
    #[arg(long, global = true, value_enum)]
    lang: Option<LangArg>,
    /// Log as lines of JSON, or as text; logs go to standard error and never hold an identity
    #[arg(long, global = true, value_enum)]
    log: Option<LogArg>,
    /// A folder of declarations instead of the compiled ones
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

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum LogArg {
    Text,
    Json,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run one night: read what is new, publish a snapshot
    Run(run::RunArgs),
    /// Find every fault in declarations and a config, without data
    Check(check::CheckArgs),
    /// Let an export stand that was held back because it has far fewer rows than the one before
    Accept(accept::AcceptArgs),
    /// Say what an indicator is, its SQL, and its value in a division and period
    Explain(explain::ExplainArgs),
    /// Try files before they are sent; nothing is stored
    Validate(validate::ValidateArgs),
    /// Show the last nights of a store
    Status(status::StatusArgs),
    /// See whether all that a store publishes and keeps is what was written
    Verify(verify::VerifyArgs),
    /// Make the private state anew from the inbox, when it is damaged or lost
    Rebuild(rebuild::RebuildArgs),
    /// Who is who: learn, explain, evaluate, and link any people tables
    Link(link::LinkArgs),
    /// What leaves the office: make signed packages, send them, look at those that came
    Feed(feed::FeedArgs),
    /// Make a secret key for a store
    Key(key::KeyArgs),
    /// Write an invented inbox with its truth, to try the system
    Synth(synth::SynthArgs),
    /// Read files for a night that runs
    #[command(hide = true)]
    ReadFiles,
    /// Print a completion script for a shell
    Completions(completions::CompletionsArgs),
}

/// Parses the command line, runs the command and gives the exit code.
pub fn main() -> ExitCode {
    core_dumps::off();
    let args = Args::parse();
    let lang = match args.lang {
        Some(LangArg::Zh) => Lang::Zh,
        Some(LangArg::En) => Lang::En,
        None => system_lang(),
    };
    let printer = Printer::new(lang, args.log == Some(LogArg::Json));
    start_log(args.log);
    match command(args, &printer) {
        Ok(code) => ExitCode::from(code),
        Err(e) => {
            printer.error(&e);
            ExitCode::from(e.kind.exit_code())
        }
    }
}

fn command(args: Args, printer: &Printer) -> Result<u8> {
    let schemas = args.schemas.as_deref();
    match args.command {
        Command::Run(a) => run::run(&a, schemas, printer, args.log),
        Command::Check(a) => check::run(&a, schemas, printer),
        Command::Accept(a) => accept::run(&a, schemas, printer),
        Command::Explain(a) => explain::run(&a, schemas, printer),
        Command::Validate(a) => validate::run(&a, schemas, printer),
        Command::Status(a) => status::run(&a, schemas, printer),
        Command::Verify(a) => verify::run(&a, schemas, printer),
        Command::Rebuild(a) => rebuild::run(&a, schemas, printer, args.log),
        Command::Link(a) => link::run(&a, schemas, printer),
        Command::Feed(a) => feed::run(&a, schemas, printer),
        Command::Key(a) => key::run(&a, printer),
        Command::Synth(a) => synth::run(&a, schemas, printer),
        Command::ReadFiles => read_files::run(schemas, printer),
        Command::Completions(a) => completions::run(&a, printer),
    }
}

/// Chinese where the system speaks it, English elsewhere.
fn system_lang() -> Lang {
    let of = |name: &str| std::env::var(name).ok().filter(|v| !v.is_empty());
    let name = of("LC_ALL").or_else(|| of("LC_MESSAGES")).or_else(|| of("LANG")).unwrap_or_default();
    if name.starts_with("zh") { Lang::Zh } else { Lang::En }
}

fn start_log(log: Option<LogArg>) {
    let level = match log {
        None => return,
        Some(_) => tracing::Level::INFO,
    };
    let builder = tracing_subscriber::fmt()
        .with_max_level(level)
        .with_writer(|| printer::LogWriter)
        .with_target(false)
        // It would say on standard error, and die of it, that standard error cannot be written.
        .log_internal_errors(false);
    let started = match log {
        Some(LogArg::Json) => builder.json().flatten_event(true).try_init(),
        _ => builder.with_ansi(false).try_init(),
    };
    debug_assert!(started.is_ok(), "the log is started once");
}

/// The config of a command that may go without one.
fn config_path(given: Option<&PathBuf>) -> Result<PathBuf> {
    match given {
        Some(path) => Ok(path.clone()),
        None if PathBuf::from("xinhui.toml").is_file() => Ok(PathBuf::from("xinhui.toml")),
        None => Err(Error::usage("", "there is no `xinhui.toml` here").hint("name the config: --config PATH")),
    }
}
