//! Lines are no wider than 80 columns, of which a Chinese character takes two.

use super::commands::{LINES, city, with};
use crate::night::store::xinhui;

const COLUMNS: usize = 80;

/// As a terminal shows it: the quotes and dots that Chinese fonts show wide are counted so.
fn columns(text: &str) -> usize {
    let wide = |c: char| c >= '\u{1100}' || matches!(c, '“' | '”' | '‘' | '’' | '…');
    text.chars().map(|c| if wide(c) { 2 } else { 1 }).sum()
}

/// What may be wider: SQL and JSON, which are copied or read by programs; and a path or command that nothing may break.
fn may_be_wide(line: &str, in_sql: bool) -> bool {
    let whole = line.split(|c: char| c == ' ' || c > '\u{2e7f}').any(|word| columns(word) > COLUMNS - 24);
    in_sql || whole
}

fn too_wide(text: &str) -> Option<String> {
    let mut in_sql = false;
    text.lines()
        .find(|line| {
            in_sql |= line.starts_with("-- SQL");
            columns(line) > COLUMNS && !may_be_wide(line, in_sql)
        })
        .map(str::to_owned)
}

#[test]
fn no_command_prints_a_line_wider_than_80_columns() {
    let hand = city();
    let mut wrong = Vec::new();
    for lang in ["zh", "en"] {
        let lines = ["run"].iter().chain(LINES).copied();
        let helps = ["run --help", "explain --help", "link evaluate --help", "feed build --help", "init --help"];
        for line in lines.chain(helps) {
            let text = with(line, &hand, &["--lang", lang], &[]);
            if let Some(wide) = too_wide(&text) {
                wrong.push(format!("`{line} --lang {lang}`: {} columns: {wide}", columns(&wide)));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn lines_are_as_wide_as_the_user_says_and_a_closed_pipe_is_no_error() {
    let hand = city();
    let said = |columns: &str| with("check --config broken.toml", &hand, &["--lang", "zh"], &[("COLUMNS", columns)]);
    let (narrow, usual, any) = (said("40"), said("80"), said("0"));
    assert!(narrow.lines().all(|line| columns(line) <= 40), "{narrow}");
    assert!(narrow.lines().count() > usual.lines().count(), "{narrow}");
    let plain = |text: &str| text.replace(['\n', ' '], "");
    assert_eq!(plain(&narrow), plain(&any), "nothing is lost at the breaks");
    // `head` closes the pipe while the program still writes.
    let program = xinhui().get_program().to_string_lossy().into_owned();
    let piped = format!("set -o pipefail; '{program}' explain --lang zh | head -n 1");
    let done = std::process::Command::new("bash").args(["-c", &piped]).output().expect("bash");
    assert!(done.status.success(), "{done:?}");
    assert_eq!(String::from_utf8_lossy(&done.stdout).lines().count(), 1);
    assert_eq!(String::from_utf8_lossy(&done.stderr), "");
}

/// A script that keeps what a command says must learn that it could not be kept.
#[test]
fn output_that_cannot_be_written_is_an_error() {
    let hand = city();
    with("run", &hand, &[], &[]);
    for line in ["status --json", "status", "explain", "explain smi_treatment_rate --sql", "--help", "completions bash"]
    {
        for (lang, told) in [("zh", "标准输出：无法写入"), ("en", "standard output: cannot be written")] {
            let full = std::fs::OpenOptions::new().write(true).open("/dev/full").expect("a full disk");
            let mut command = xinhui();
            command.current_dir(hand.store.path()).args(line.split(' ')).args(["--lang", lang]).stdout(full);
            let output = command.output().expect("the binary starts");
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            assert_eq!(output.status.code(), Some(4), "{line}: {said}");
            assert!(said.contains(told), "{line}: {said}");
        }
    }
}

#[test]
fn a_program_that_reads_the_log_is_told_of_a_wrong_command_line_as_json() {
    for (line, code) in
        [(&["run", "--frob"][..], 2), (&["frob"][..], 2), (&[][..], 2), (&["explain", "--list", "--list"], 2)]
    {
        for lang in ["zh", "en"] {
            let mut command = xinhui();
            command.args(["--log", "json", "--lang", lang]).args(line);
            let output = command.output().expect("it starts");
            assert_eq!(output.status.code(), Some(code), "{line:?}");
            let text = String::from_utf8(output.stderr).expect("text");
            assert_eq!(text.lines().count(), 1, "{line:?}: {text}");
            let said: serde_json::Value =
                serde_json::from_str(&text).unwrap_or_else(|e| panic!("{line:?}: {e}: {text}"));
            assert_eq!((said["kind"].as_str(), said["exit_code"].as_i64()), (Some("Usage"), Some(i64::from(code))));
            assert!(!said["message"].as_str().unwrap_or_default().is_empty(), "{text}");
        }
    }
}

/// A page of help is no wider than the terminal says it is.
#[test]
fn help_is_as_narrow_as_the_terminal() {
    for lang in ["zh", "en"] {
        for words in [&["--help"][..], &["run", "--help"], &["link", "table", "--help"]] {
            let output = xinhui().args(words).args(["--lang", lang]).env("COLUMNS", "60").output().expect("it starts");
            let page = String::from_utf8(output.stdout).expect("text");
            // A command line stays together, and so does a line of the table of exit codes.
            let is_whole =
                |line: &str| line.contains("xinhui") || line.trim_start().starts_with(|c: char| c.is_ascii_digit());
            let wide: Vec<&str> = page.lines().filter(|line| !is_whole(line) && columns(line) > 60).collect();
            assert!(wide.is_empty() && page.len() > 300, "{words:?}: {wide:#?}");
        }
    }
}
