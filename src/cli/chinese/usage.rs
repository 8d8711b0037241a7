//! What is wrong with a command line, in Chinese.

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Command, Error};

use super::argument::below_of;
use super::help;

/// The message of clap in Chinese: what is wrong, what may be meant, how the command is written.
///
/// `command` is the whole tree with its Chinese texts, `words` the command line after the program's name.
pub fn in_words(error: &Error, command: &Command, words: &[String]) -> String {
    let mut out = format!("错误：{}\n", what(error));
    for (kind, is) in [
        (ContextKind::SuggestedArg, "选项"),
        (ContextKind::SuggestedSubcommand, "命令"),
        (ContextKind::SuggestedValue, "值"),
    ] {
        if let Some(meant) = error.get(kind).map(listed).filter(|meant| !meant.is_empty()) {
            out.push_str(&format!("\n  提示：相近的{is}有 {meant}\n"));
        }
    }
    let (command, path) = asked(command, words);
    out.push_str(&format!("\n用法：{}\n\n", help::usage(command, &path)));
    let of = if path.is_empty() { String::new() } else { format!("{path} ") };
    out.push_str(&format!("详细说明：xinhui {of}--help\n"));
    out
}

/// The command that the words name, with its path.
fn asked<'c>(command: &'c Command, words: &[String]) -> (&'c Command, String) {
    let (mut at, mut path) = (command, String::new());
    for word in words.iter().filter(|w| !w.starts_with('-')) {
        if let Some(below) = at.find_subcommand(word) {
            path = below_of(&path, word);
            at = below;
        }
    }
    (at, path)
}

fn listed(value: &ContextValue) -> String {
    match value {
        ContextValue::String(text) => format!("`{text}`"),
        ContextValue::Strings(all) => all.iter().map(|text| format!("`{text}`")).collect::<Vec<_>>().join("、"),
        ContextValue::Number(n) => n.to_string(),
        _ => String::new(),
    }
}

/// What is wrong, in a sentence.
pub fn what(error: &Error) -> String {
    let of = |kind| error.get(kind).map(listed).unwrap_or_default();
    let (arg, value) = (of(ContextKind::InvalidArg), of(ContextKind::InvalidValue));
    match error.kind() {
        ErrorKind::UnknownArgument => format!("没有 {arg} 这个参数"),
        ErrorKind::InvalidSubcommand => format!("没有 {} 这个命令", of(ContextKind::InvalidSubcommand)),
        ErrorKind::MissingRequiredArgument => format!("缺少必需的参数：{arg}"),
        ErrorKind::MissingSubcommand => format!("请写明命令：{}", of(ContextKind::ValidSubcommand)),
        ErrorKind::InvalidValue if value == "``" || value.is_empty() => format!("{arg} 缺少值"),
        ErrorKind::InvalidValue => match of(ContextKind::ValidValue) {
            known if known.is_empty() => format!("{arg} 的值 {value} 无效"),
            known => format!("{arg} 的值 {value} 无效；可选值：{known}"),
        },
        ErrorKind::ValueValidation => format!("{arg} 的值 {value} 无效{}", why(error)),
        ErrorKind::ArgumentConflict => match of(ContextKind::PriorArg) {
            prior if prior == arg => format!("{arg} 只能写一次"),
            prior if prior.is_empty() => format!("{arg} 与其他参数不能同时使用"),
            prior => format!("{arg} 与 {prior} 不能同时使用"),
        },
        ErrorKind::TooManyValues => format!("{arg} 的值过多：多出 {value}"),
        ErrorKind::TooFewValues => format!("{arg} 至少要有 {} 个值", of(ContextKind::MinValues)),
        ErrorKind::WrongNumberOfValues => format!("{arg} 须有 {} 个值", of(ContextKind::ExpectedNumValues)),
        ErrorKind::NoEquals => format!("{arg} 与值之间须写等号"),
        ErrorKind::InvalidUtf8 => "命令行不是有效的 UTF-8 文字".to_owned(),
        _ => "命令行有误".to_owned(),
    }
}

/// What the value should have been, as far as the parser of numbers tells.
fn why(error: &Error) -> String {
    let said = std::error::Error::source(error).map(ToString::to_string).unwrap_or_default();
    match said.as_str() {
        "" => String::new(),
        "invalid digit found in string" => "：应为非负整数".to_owned(),
        "cannot parse integer from empty string" => "：应为整数".to_owned(),
        _ if said.starts_with("number too large") => "：数字过大".to_owned(),
        _ => format!("（「{said}」）"),
    }
}
