//! The source: no text of an error or advice is in English alone.

use std::path::{Path, PathBuf};

fn rust_files(dir: &Path, to: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(dir).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            rust_files(&path, to);
        } else if path.extension().is_some_and(|e| e == "rs") {
            to.push(path);
        }
    }
}

/// What takes a text for users.
const TELLS: [&str; 20] = [
    "Error::new",
    "Error::usage",
    "Error::schema",
    "Error::input",
    "Error::output",
    "Error::damaged",
    "Error::unreadable_store",
    ".hint",
    ".fault",
    ".wrong",
    "problems.push",
    "warnings.push",
    "notices.push",
    "Problem::new",
    // What prints.
    ".line",
    ".note",
    ".some",
    ".usage",
    ".pick",
    "Words::plain",
];

/// A call that is open, by what stands before its bracket.
struct Open {
    callee: String,
}

/// Literals of two English words or more in calls that tell users something, outside of `words!`.
fn english_alone(source: &str) -> Vec<String> {
    let chars: Vec<char> = source.chars().collect();
    let (mut open, mut before, mut found, mut at) = (Vec::<Open>::new(), String::new(), Vec::new(), 0);
    let mut chinese_before = false;
    while at < chars.len() {
        let rest = |n: usize| chars.get(at + n).copied();
        match chars[at] {
            '/' if rest(1) == Some('/') => {
                while at < chars.len() && chars[at] != '\n' {
                    at += 1;
                }
                continue;
            }
            '\'' if rest(2) == Some('\'') => at += 2,
            '\'' if rest(1) == Some('\\') => {
                at += 2;
                while chars.get(at).is_some_and(|c| *c != '\'') {
                    at += 1;
                }
            }
            '"' => {
                let mut text = String::new();
                at += 1;
                while at < chars.len() && chars[at] != '"' {
                    if chars[at] == '\\' {
                        at += 1;
                    }
                    text.push(chars[at]);
                    at += 1;
                }
                let innermost = open.iter().rev().find(|o| !o.callee.is_empty());
                // Both languages, one after the other.
                let is_pair = std::mem::replace(&mut chinese_before, text.contains(|c| c > '\u{2e7f}'));
                let is_in_words = is_pair || innermost.is_some_and(|o| o.callee.ends_with("words!"));
                let tells = open.iter().rev().take(4).any(|o| TELLS.iter().any(|t| o.callee.ends_with(t)));
                if tells && !is_in_words && is_english(&text) {
                    found.push(text);
                }
                before.clear();
            }
            '(' | '[' | '{' => {
                open.push(Open { callee: std::mem::take(&mut before) });
            }
            ')' | ']' | '}' => {
                open.pop();
                before.clear();
            }
            c if c.is_alphanumeric() || matches!(c, '_' | ':' | '.' | '!') => before.push(c),
            c if c.is_whitespace() => {}
            _ => before.clear(),
        }
        at += 1;
    }
    found
}

/// Two words of small letters in a row.
fn is_english(text: &str) -> bool {
    // Commands are written as they are typed; a Chinese text may name one.
    if text.contains("xinhui ") || text.contains(|c| c > '\u{2e7f}') {
        return false;
    }
    let words: Vec<&str> = text.split(' ').collect();
    let is_word = |w: &str| w.len() >= 2 && w.chars().all(|c| c.is_ascii_lowercase() || matches!(c, ',' | ':' | ';'));
    words.windows(2).any(|pair| is_word(pair[0]) && is_word(pair[1]))
}

#[test]
fn every_text_of_an_error_is_in_both_languages() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    rust_files(&root, &mut files);
    let mut wrong = Vec::new();
    for path in files {
        let source = std::fs::read_to_string(&path).expect("a source file");
        for text in english_alone(&source) {
            wrong.push(format!("{}: \"{text}\"", path.strip_prefix(&root).expect("below src").display()));
        }
    }
    wrong.sort();
    assert!(wrong.is_empty(), "write these with words!(…):\n{}", wrong.join("\n"));
}

#[test]
fn the_bars_of_every_stage_are_named_in_chinese() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    rust_files(&root, &mut files);
    let mut stages = 0;
    for path in files {
        let source = std::fs::read_to_string(&path).expect("a source file");
        for stage in source.split("progress.begin(\"").skip(1).filter_map(|rest| rest.split('"').next()) {
            let said = xinhui::progress::stage_words(stage);
            assert!(!said.zh.is_ascii(), "{stage} is {} in Chinese", said.zh);
            assert!(said.en.is_ascii());
            stages += 1;
        }
    }
    assert!(stages > 10, "{stages} stages");
}

#[test]
fn a_text_in_english_alone_is_found() {
    let source = r#"fn f() { return Err(Error::usage("x", format!("there is no {}", y)).hint("make one first")); }
        fn g() { Error::usage("x", words!("没有", "there is none here")); Error::bug("this is for us"); }
        fn h(p: &Printer) { p.line(format!("{} rows were read", n)); p.line(p.pick("没有", "there is none here")); }"#;
    assert_eq!(english_alone(source), ["there is no {}", "make one first", "{} rows were read"]);
}
