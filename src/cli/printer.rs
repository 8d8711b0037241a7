//! All output for people goes through this file.
//!
//! Names of files and sheets come from senders and may contain control characters: whatever would move the cursor of a
//! terminal, colour its text or change its direction is printed as `\\u001b` or the like.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::io::{IsTerminal, Write};

use crate::diag::Lang;
use crate::error::{Error, ErrorKind};
use crate::schema::disclosing::is_unseen;

/// Writes results to standard output and errors to standard error.
pub struct Printer {
    pub lang: Lang,
    json: bool,
}

impl Printer {
    pub fn new(lang: Lang, json: bool) -> Self {
        Printer { lang, json }
    }

    /// Returns one of two texts, depending on the language.
    pub fn pick<'a>(&self, zh: &'a str, en: &'a str) -> &'a str {
        match self.lang {
            Lang::Zh => zh,
            Lang::En => en,
        }
    }

    /// Prints a line to standard output. It is no error if the reader has closed the pipe.
    pub fn line(&self, text: impl AsRef<str>) {
        let _ = writeln!(std::io::stdout(), "{}", escaped(text.as_ref(), &['\n', '\t']));
    }

    /// Writes bytes to standard output.
    pub fn raw(&self, bytes: &[u8]) {
        let _ = std::io::stdout().write_all(bytes);
    }

    /// Whether progress bars may be drawn: standard error is a terminal and no log is written.
    pub fn bars(&self) -> bool {
        !self.json && std::io::stderr().is_terminal()
    }

    /// Prints an error with its cause and advice to standard error.
    pub fn error(&self, error: &Error) {
        let causes = error.causes(self.lang);
        let hint = error.hint.as_ref().map(|hint| hint.say(self.lang));
        if self.json {
            let (place, message) = (error.place.say(self.lang), error.message.say(self.lang));
            tracing::error!(kind = ?error.kind, place, causes = ?causes, hint, "{}", message);
            return;
        }
        let word = match error.kind {
            ErrorKind::Bug => self.pick("程序错误", "bug"),
            _ => self.pick("错误", "error"),
        };
        let mut out = std::io::stderr().lock();
        let shown = |text: &str| escaped(text, &['\n', '\t']).into_owned();
        let colon = self.pick("：", ": ");
        let _ = writeln!(out, "{word}{colon}{}", shown(&error.say(self.lang)));
        for c in causes {
            let _ = writeln!(out, "  {}{}", self.pick("原因：", "caused by: "), shown(&c));
        }
        if let Some(hint) = hint {
            let _ = writeln!(out, "{}{}", self.pick("提示：", "hint: "), shown(hint));
        }
    }

    /// Writes a line to the JSON log whose fields are those of a value: `tracing` knows no nested ones.
    pub fn log_fields(&self, message: &str, value: &impl serde::Serialize) {
        let stamp = jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%S%.6fZ").to_string();
        let mut line = serde_json::json!({ "timestamp": stamp, "level": "INFO", "message": message });
        if let (Some(line), Ok(serde_json::Value::Object(fields))) = (line.as_object_mut(), serde_json::to_value(value))
        {
            line.extend(fields);
        }
        let _ = LogWriter.write_all(format!("{line}\n").as_bytes());
    }

    /// Prints the first lines of a list and, if there are more, their number.
    pub fn some(&self, lines: impl ExactSizeIterator<Item = String>, most: usize) {
        let rest = lines.len().saturating_sub(most);
        lines.take(most).for_each(|line| self.line(format!("  {line}")));
        if rest > 0 {
            self.line(self.pick(&format!("  另有 {rest} 个"), &format!("  and {rest} more")));
        }
    }
}

/// The name of a file or sheet on one line, with control characters escaped.
pub fn one_line(name: &str) -> Cow<'_, str> {
    escaped(name, &[])
}

/// Escapes invisible characters as `\u001b`, except those given in `but`.
fn escaped<'t>(text: &'t str, but: &[char]) -> Cow<'t, str> {
    let hides = |c: char| is_unseen(c) && !but.contains(&c);
    if !text.contains(hides) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if hides(c) {
            let _ = write!(out, "\\u{:04x}", c as u32);
        } else {
            out.push(c);
        }
    }
    Cow::Owned(out)
}

/// Writes logs to standard error, with invisible characters escaped as JSON would.
pub struct LogWriter;

impl Write for LogWriter {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let text = String::from_utf8_lossy(bytes);
        std::io::stderr().write_all(escaped(&text, &['\n']).as_bytes())?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        std::io::stderr().flush()
    }
}

/// Says on standard error what is wrong with the command line.
pub fn complain(text: &str) {
    let _ = std::io::stderr().write_all(escaped(text, &['\n']).as_bytes());
}

/// The columns of a terminal that a character takes: a Chinese one takes two.
pub fn width(c: char) -> usize {
    match c as u32 {
        0x201c | 0x201d | 0x2018 | 0x2019 | 0x2026 => 2,
        n if n < 0x1100 => 1,
        _ => 2,
    }
}

/// Pads a text with spaces to a width in terminal columns.
pub fn padded(text: &str, to: usize) -> String {
    let columns: usize = text.chars().map(width).sum();
    format!("{text}{}", " ".repeat(to.saturating_sub(columns)))
}
