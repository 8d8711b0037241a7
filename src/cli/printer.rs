//! Everything that a person reads goes through here.

use std::io::{IsTerminal, Write};

use crate::diag::Lang;
use crate::error::{Error, ErrorKind};

/// Writes to standard output (what was asked for) and standard error (what went wrong).
pub struct Printer {
    pub lang: Lang,
    json: bool,
}

impl Printer {
    pub fn new(lang: Lang, json: bool) -> Self {
        Printer { lang, json }
    }

    /// One of two texts, by language.
    pub fn pick<'a>(&self, zh: &'a str, en: &'a str) -> &'a str {
        match self.lang {
            Lang::Zh => zh,
            Lang::En => en,
        }
    }

    /// A line on standard output. A reader that went away is no fault.
    pub fn line(&self, text: impl AsRef<str>) {
        let _ = writeln!(std::io::stdout(), "{}", text.as_ref());
    }

    /// Bytes on standard output.
    pub fn raw(&self, bytes: &[u8]) {
        let _ = std::io::stdout().write_all(bytes);
    }

    /// Whether bars may be drawn: a person is looking and no log is asked for.
    pub fn bars(&self) -> bool {
        !self.json && std::io::stderr().is_terminal()
    }

    /// An error with its cause and advice, on standard error.
    pub fn error(&self, error: &Error) {
        let mut causes = Vec::new();
        let mut cause = std::error::Error::source(error);
        while let Some(c) = cause {
            causes.push(c.to_string());
            cause = c.source();
        }
        if self.json {
            tracing::error!(kind = ?error.kind, place = error.place, causes = ?causes, hint = error.hint, "{}", error.message);
            return;
        }
        let word = match error.kind {
            ErrorKind::Bug => self.pick("程序错误", "bug"),
            _ => self.pick("错误", "error"),
        };
        let mut out = std::io::stderr().lock();
        let _ = writeln!(out, "{word}: {error}");
        for c in causes {
            let _ = writeln!(out, "  {}: {c}", self.pick("原因", "caused by"));
        }
        if let Some(hint) = &error.hint {
            let _ = writeln!(out, "{}: {hint}", self.pick("提示", "hint"));
        }
    }
}

/// A number with its thousands set apart.
pub fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::new();
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(c);
    }
    out
}

/// Pads a text to a width in columns of a terminal, where a Chinese character takes two.
pub fn padded(text: &str, width: usize) -> String {
    let columns: usize = text.chars().map(|c| if (c as u32) < 0x1100 { 1 } else { 2 }).sum();
    format!("{text}{}", " ".repeat(width.saturating_sub(columns)))
}
