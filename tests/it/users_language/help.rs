//! Help in Chinese: every text, and nothing that no command has.

use std::collections::BTreeSet;

use clap::Command;
use xinhui::cli::chinese::{table, value_names};
use xinhui::cli::tree;
use xinhui::diag::Lang;

use super::detect::english;
use crate::night::store::{expect, xinhui};

/// Each command with its path, hidden ones too.
fn each(command: &Command, path: &str, to: &mut dyn FnMut(&Command, &str)) {
    to(command, path);
    for below in command.get_subcommands() {
        let name = below.get_name();
        each(below, &if path.is_empty() { name.to_owned() } else { format!("{path} {name}") }, to);
    }
}

#[test]
fn every_help_text_has_a_chinese_one_and_none_is_left_over() {
    let (mut commands, mut arguments, mut values) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    each(&tree(Lang::En), "", &mut |command, path| {
        commands.insert(path.to_owned());
        for arg in command.get_arguments() {
            let of = if arg.is_global_set() { "" } else { path };
            arguments.insert((of.to_owned(), arg.get_id().to_string()));
            values.extend(value_names(arg));
            for value in arg.get_possible_values() {
                assert!(value.get_help().is_none(), "{path} {}: a value has an English help", arg.get_id());
            }
        }
    });
    assert!(commands.len() > 25 && arguments.len() > 80, "{commands:?}");
    assert_eq!(commands, table::COMMANDS.iter().map(|c| c.0.to_owned()).collect());
    let told: Vec<(String, String)> =
        table::ARGUMENTS.iter().map(|(of, id, _)| ((*of).to_owned(), (*id).to_owned())).collect();
    assert_eq!(arguments, told.iter().cloned().collect());
    assert_eq!(told.len(), arguments.len(), "one argument stands twice");
    assert_eq!(values, table::VALUES.iter().map(|(en, _)| (*en).to_owned()).collect());
}

#[test]
fn a_chinese_page_fits_into_80_columns_and_names_everything() {
    each(&tree(Lang::Zh), "", &mut |command, path| {
        if path.split(' ').any(|word| word == "help") {
            return;
        }
        let page = command.clone().render_help().to_string();
        for line in page.lines() {
            let columns: usize = line.chars().map(|c| if c < '\u{1100}' { 1 } else { 2 }).sum();
            assert!(columns <= 80, "{path}: {columns} columns: {line}");
        }
        for arg in command.get_arguments().filter(|a| !a.is_hide_set()) {
            let name = arg.get_long().map_or_else(|| value_names(arg).join(""), |long| format!("--{long}"));
            assert!(page.contains(&name), "{path}: {name} is missing in {page}");
        }
        for below in command.get_subcommands().filter(|c| !c.is_hide_set()) {
            assert!(page.contains(&format!("  {}  ", below.get_name())), "{path}: {}", below.get_name());
        }
    });
}

#[test]
fn the_help_command_takes_a_language_wherever_it_stands() {
    let page = |words: &[&str]| String::from_utf8(expect(xinhui().args(words), 0).stdout).expect("UTF-8");
    let chinese = page(&["run", "--help", "--lang", "zh"]);
    assert!(chinese.contains("用法"), "{chinese}");
    for words in [
        ["help", "run", "--lang", "zh"],
        ["help", "--lang", "zh", "run"],
        ["--lang", "zh", "help", "run"],
        ["help", "--lang=zh", "run", "--lang=zh"],
    ] {
        assert_eq!(page(&words), chinese, "{words:?}");
    }
    assert_eq!(page(&["help", "run", "--lang", "en"]), page(&["run", "--help", "--lang", "en"]));
}

#[test]
fn completion_scripts_say_the_same_words_as_the_pages() {
    for shell in ["zsh", "fish", "elvish", "powershell", "bash"] {
        let script = |lang: &str| {
            let output = expect(xinhui().args(["completions", shell, "--lang", lang]), 0);
            String::from_utf8(output.stdout).expect("UTF-8")
        };
        let (zh, en) = (script("zh"), script("en"));
        let found = zh
            .lines()
            .find(|line| ["Print help", "Print version", "Print this"].iter().any(|words| line.contains(words)));
        assert!(found.is_none(), "{shell}: {found:?}");
        assert_eq!(zh.lines().count(), en.lines().count(), "{shell}: the same script but for its words");
        assert!(shell == "bash" || zh.contains("显示帮助") && en.contains("Print help"), "{shell}");
    }
}

#[test]
fn an_option_of_all_commands_is_written_once_wherever_it_stands() {
    for (words, name) in [
        (&["--lang", "zh", "template", "x", "--lang", "en"][..], "--lang <LANG>"),
        (&["template", "x", "--lang", "en", "--lang", "en"], "--lang <LANG>"),
        (&["--log=text", "status", "--log", "json"], "--log <LOG>"),
    ] {
        let output = expect(xinhui().args(words).env("LANG", "en_US.UTF-8").env_remove("LC_ALL"), 2);
        let said = String::from_utf8(output.stderr).expect("UTF-8");
        let zh = name.replace("LANG", "语言").replace("LOG", "形式");
        let told = [format!("'{name}' cannot be used multiple times"), format!("`--{}` 只能写一次", &zh[2..])];
        assert!(told.iter().any(|told| said.contains(told)) || said.contains("multiple times"), "{words:?}: {said}");
    }
}

/// A command that a night starts for itself is named to nobody, and explains itself in the user's language all the same.
#[test]
fn a_hidden_command_is_not_listed_and_speaks_the_language() {
    for lang in ["zh", "en"] {
        for words in [&[][..], &["read"], &["--help"], &["--log", "json"]] {
            let output = xinhui().args(words).args(["--lang", lang]).output().expect("the binary starts");
            let said = [output.stdout, output.stderr].concat();
            let said = String::from_utf8(said).expect("UTF-8");
            assert!(said.len() > 20 && !said.contains("read-files"), "{lang} {words:?}: {said}");
        }
    }
    let page = expect(xinhui().args(["read-files", "--help", "--lang", "zh"]), 0).stdout;
    let page = String::from_utf8(page).expect("UTF-8");
    assert!(page.contains("由 run 启动") && english(&page).is_none(), "{page}");
}
