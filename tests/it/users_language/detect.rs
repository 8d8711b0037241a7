//! Finds a sentence of the other language.

/// What is quoted, named or written for a program is of no language: it is taken out.
fn without_quotes(text: &str) -> String {
    let mut out = String::new();
    let mut closing = None;
    for c in text.chars() {
        match closing {
            Some(end) if c == end || c == '\n' && end == '"' => closing = None,
            Some(_) => {}
            None => match c {
                '“' => closing = Some('”'),
                '「' => closing = Some('」'),
                '`' => closing = Some('`'),
                '"' => closing = Some('"'),
                c => out.push(c),
            },
        }
        if c == '\n' && closing == Some('"') {
            closing = None;
        }
    }
    out
}

/// A word of English: small letters, perhaps with a capital at its beginning. Options, paths, codes and names of
/// settings are none.
fn is_word(word: &str) -> bool {
    let plain = word.trim_matches(|c: char| ",.;:!?()（）：；，。、".contains(c));
    let mut letters = plain.chars();
    plain.len() >= 2
        && letters.next().is_some_and(|c| c.is_ascii_alphabetic())
        && letters.all(|c| c.is_ascii_lowercase() || c == '\'' || c == '-')
}

/// Words that stand in Chinese text as they are: names of programs, formats and commands.
const KNOWN: [&str; 30] = [
    "xinhui", "run", "check", "link", "feed", "key", "new", "change", "train", "why", "review", "decide", "evaluate",
    "model", "table", "accept", "rebuild", "verify", "init", "validate", "explain", "status", "synth", "template",
    "diff", "parquet", "csv", "xlsx", "bash", "sudo",
];

/// The first three English words in a row, if there are three.
pub fn english(text: &str) -> Option<String> {
    for line in without_quotes(text).lines() {
        // Names in a list are no sentence.
        for part in line.split(|c: char| c as u32 > 0x2e7f) {
            let mut row: Vec<&str> = Vec::new();
            for word in part.split_whitespace() {
                match is_word(word) && !KNOWN.contains(&word) {
                    // Names in a list.
                    true if word.ends_with(',') => row.clear(),
                    true => row.push(word),
                    false => row.clear(),
                }
                if row.len() == 3 {
                    return Some(format!("{} in {line}", row.join(" ")));
                }
            }
        }
    }
    None
}

/// The first line with a Chinese character outside of quotes.
pub fn chinese(text: &str) -> Option<String> {
    let plain = without_quotes(text);
    plain
        .lines()
        .find(|line| line.contains(|c| matches!(c, '\u{3000}'..='\u{9fff}' | '\u{ff01}'..='\u{ff5e}')))
        .map(str::to_owned)
}

#[test]
fn a_sentence_of_the_other_language_is_found() {
    assert!(english("错误：store：the store is locked").is_some());
    assert!(english("文件（cannot be read）").is_some());
    assert_eq!(english("请先运行 `xinhui run --config a.toml in a folder`，见 docs/feeds.zh-CN.md"), None);
    assert_eq!(english("“this is a value” 的值应为 station、school、hospital"), None);
    assert!(chinese("error: 没有 `x`").is_some());
    assert_eq!(chinese("error: there is no `没有`, nor “没有”"), None);
}
