//! All output for people goes through this file.
//!
//! Names of files and sheets come from senders and may contain control characters: whatever would move the cursor of a
//! terminal, colour its text or change its direction is printed as `\\u001b` or the like.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::io::{ErrorKind as IoKind, IsTerminal, Write};
use std::sync::{Mutex, PoisonError};

use super::wrapping::{NARROWEST, PLAIN, width_of, wrapped};
use crate::diag::{Lang, grouped};
use crate::error::{Error, ErrorKind, Result, Words, words};
use crate::schema::disclosing::is_unseen;

/// The columns that lines may take: what `COLUMNS` says (0: as many as they like), else those of the terminal that
/// standard output is, else 80.
fn columns() -> usize {
    let said = std::env::var("COLUMNS").ok().and_then(|text| text.trim().parse::<usize>().ok());
    let of_terminal = || terminal_size::terminal_size_of(std::io::stdout()).map(|(width, _)| usize::from(width.0));
    let columns = said.or_else(|| of_terminal().filter(|columns| *columns > 0)).unwrap_or(PLAIN);
    if columns < NARROWEST { usize::MAX } else { columns }
}

/// Narrower than this a page of help has no room beside the names of options.
const NARROWEST_HELP: usize = 40;

/// The columns of a page of help: at most 80, however wide the terminal is.
pub fn columns_of_help() -> usize {
    columns().clamp(NARROWEST_HELP, PLAIN)
}

/// Writes results to standard output and errors to standard error.
pub struct Printer {
    pub lang: Lang,
    json: bool,
    columns: usize,
    /// Why something could not be written to standard output, the first time.
    unwritten: Mutex<Option<std::io::Error>>,
}

impl Printer {
    pub fn new(lang: Lang, json: bool) -> Self {
        Printer { lang, json, columns: columns(), unwritten: Mutex::new(None) }
    }

    /// Returns one of two texts, depending on the language.
    pub fn pick<'a>(&self, zh: &'a str, en: &'a str) -> &'a str {
        match self.lang {
            Lang::Zh => zh,
            Lang::En => en,
        }
    }

    /// Prints a line for people to standard output, broken where it is wider than the terminal. It is no error if the
    /// reader has closed the pipe.
    pub fn line(&self, text: impl AsRef<str>) {
        self.exact(wrapped(&escaped(text.as_ref(), &['\n', '\t']), self.columns));
    }

    /// Prints lines that are read by programs or copied (JSON, SQL) as they are.
    pub fn exact(&self, text: impl AsRef<str>) {
        self.wrote(writeln!(std::io::stdout(), "{}", escaped(text.as_ref(), &['\n', '\t'])));
    }

    /// Writes bytes to standard output.
    pub fn raw(&self, bytes: &[u8]) {
        self.wrote(std::io::stdout().write_all(bytes));
    }

    /// Notes what came of writing to standard output. Whoever closes a pipe has read enough.
    pub fn wrote(&self, written: std::io::Result<()>) {
        if let Err(e) = written
            && e.kind() != IoKind::BrokenPipe
        {
            self.unwritten.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(e);
        }
    }

    /// Ends the output.
    ///
    /// # Errors
    /// `Output`: not all of it could be written, as where the disk is full.
    pub fn finish(&self) -> Result<()> {
        self.wrote(std::io::stdout().flush());
        match self.unwritten.lock().unwrap_or_else(PoisonError::into_inner).take() {
            None => Ok(()),
            Some(e) => {
                let place = words!("标准输出", "standard output");
                Err(Error::new(ErrorKind::Output, place, words!("无法写入", "cannot be written")).caused_by(e))
            }
        }
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
            let fields = serde_json::json!({
                "kind": format!("{:?}", error.kind),
                "exit_code": error.kind.exit_code(),
                "place": error.place.say(self.lang),
                "causes": causes,
                "hint": hint,
            });
            self.log_fields("ERROR", error.message.say(self.lang), &fields);
            return;
        }
        let word = match error.kind {
            ErrorKind::Bug => self.pick("程序错误", "bug"),
            _ => self.pick("错误", "error"),
        };
        let mut out = std::io::stderr().lock();
        let mut say = |text: String| {
            let _ = writeln!(out, "{}", wrapped(&escaped(&text, &['\n', '\t']), self.columns));
        };
        let colon = self.pick("：", ": ");
        say(format!("{word}{colon}{}", error.say(self.lang)));
        for c in causes {
            say(format!("  {}{c}", self.pick("原因：", "caused by: ")));
        }
        if let Some(hint) = hint {
            say(format!("{}{hint}", self.pick("提示：", "hint: ")));
        }
    }

    /// Says on standard error what the user should know meanwhile.
    pub fn note(&self, said: &Words) {
        let line = wrapped(&escaped(said.say(self.lang), &[]), self.columns);
        let _ = writeln!(std::io::stderr(), "{line}");
    }

    /// Says on standard error what is wrong with the command line: `what` alone in the log, `page` to people.
    pub fn usage(&self, what: &str, page: &str, exit_code: u8) {
        if self.json {
            let fields =
                serde_json::json!({ "kind": "Usage", "exit_code": exit_code, "place": "", "causes": [], "hint": null });
            return self.log_fields("ERROR", what, &fields);
        }
        let _ = std::io::stderr().write_all(escaped(&wrapped(page, self.columns), &['\n']).as_bytes());
    }

    /// Writes a line to the JSON log whose fields are those of a value: `tracing` knows no nested ones.
    pub fn log_fields(&self, level: &str, message: &str, value: &impl serde::Serialize) {
        let stamp = jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%S%.6fZ").to_string();
        let mut line = serde_json::json!({ "timestamp": stamp, "level": level, "message": message });
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
            let rest = grouped(rest as u64);
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

/// Pads a text with spaces to a width in terminal columns.
pub fn padded(text: &str, to: usize) -> String {
    format!("{text}{}", " ".repeat(to.saturating_sub(width_of(text))))
}

/// The same with the spaces before it.
pub fn to_the_right(text: &str, to: usize) -> String {
    format!("{}{text}", " ".repeat(to.saturating_sub(width_of(text))))
}
