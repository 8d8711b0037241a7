//! In which language the program speaks: what the command line says, else the config, else the system.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::diag::Lang;
use crate::pipeline::config_file::decoded;

/// The language for this command line.
///
/// `--lang` comes first. The config's `lang` is next, because cron and systemd give no language of the system. Then the
/// variables are asked as gettext asks them.
pub fn of(words: &[String], variable: &dyn Fn(&str) -> Option<String>) -> Lang {
    option(words, "--lang")
        .and_then(|name| named(&name))
        .or_else(|| of_config(&option(words, "--config").map_or_else(|| PathBuf::from("xinhui.toml"), PathBuf::from)))
        .unwrap_or_else(|| of_system(variable))
}

/// The value of an option, before the command line is parsed: help and complaints need it too.
pub fn option(words: &[String], name: &str) -> Option<String> {
    let mut words = words.iter().take_while(|w| *w != "--");
    while let Some(word) = words.next() {
        if word == name {
            return words.next().cloned();
        }
        if let Some(value) = word.strip_prefix(name).and_then(|rest| rest.strip_prefix('=')) {
            return Some(value.to_owned());
        }
    }
    None
}

/// The first of the options of all commands that stands twice on a command line.
pub fn written_twice(words: &[String]) -> Option<&'static str> {
    let words: Vec<&String> = words.iter().take_while(|w| *w != "--").collect();
    let is_help = words.iter().find(|w| !w.starts_with('-')).is_some_and(|first| *first == "help");
    let count = |name: &str| {
        let is_it = |word: &str| word.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('='));
        words.iter().filter(|word| is_it(word)).count()
    };
    ["--lang", "--log", "--schemas"].into_iter().find(|name| !is_help && count(name) > 1)
}

/// The command line as it is parsed: `help` takes no options, and the language that is asked for is known already.
pub fn words_of_clap(words: impl Iterator<Item = OsString>) -> Vec<OsString> {
    let words: Vec<OsString> = words.collect();
    let is_option = |w: &OsString| w.to_string_lossy().starts_with('-');
    if words.iter().skip(1).find(|w| !is_option(w)).is_none_or(|first| first != "help") {
        return words;
    }
    let mut kept = Vec::with_capacity(words.len());
    let mut words = words.into_iter();
    while let Some(word) = words.next() {
        if word == "--lang" {
            words.next();
        } else if !word.to_string_lossy().starts_with("--lang=") {
            kept.push(word);
        }
    }
    kept
}

fn named(name: &str) -> Option<Lang> {
    match name {
        "zh" => Some(Lang::Zh),
        "en" => Some(Lang::En),
        _ => None,
    }
}

/// What people put around a text, whether or not TOML takes it.
const QUOTES: [char; 7] = ['"', '\'', '“', '”', '‘', '’', '＂'];

/// The `lang` of a config, also of one that is faulty elsewhere: its faults are to be told in this language.
fn of_config(path: &Path) -> Option<Lang> {
    let (text, _) = decoded(&std::fs::read(path).ok()?);
    let above_tables = text.lines().map(str::trim).take_while(|line| !line.starts_with('['));
    let mut values = above_tables.filter_map(|line| line.strip_prefix("lang")?.trim_start().strip_prefix('='));
    let value = values.next()?.split('#').next()?.trim();
    named(value.trim_matches(QUOTES))
}

/// Chinese if the system's language is Chinese, English otherwise. As with gettext, the first entry of `LANGUAGE` comes
/// first, unless the locale is the one without a language.
fn of_system(variable: &dyn Fn(&str) -> Option<String>) -> Lang {
    let of = |name: &str| variable(name).filter(|v| !v.is_empty());
    let locale = of("LC_ALL").or_else(|| of("LC_MESSAGES")).or_else(|| of("LANG")).unwrap_or_default();
    let plain = locale == "C" || locale == "POSIX" || locale.starts_with("C.");
    let first = of("LANGUAGE").filter(|_| !plain && !locale.is_empty());
    let name = first.as_deref().and_then(|all| all.split(':').find(|entry| !entry.is_empty())).unwrap_or(&locale);
    if name.starts_with("zh") { Lang::Zh } else { Lang::En }
}
