//! Messages of findings, in Chinese for senders and in English.

mod en;
mod zh;

use super::code::Code;
use super::detail::Detail;
pub use crate::words::{Lang, Words};

/// The message of a finding in both languages, as [`render`] writes it.
pub fn in_words(code: Code, title: &str, name: &str, detail: &Detail) -> Words {
    Words::new(zh::message(code, title, name, detail), en::message(code, title, name, detail))
}

/// Renders the message of a finding: what is wrong and how to correct it.
///
/// `title` is the field's Chinese title, `name` its name (both empty for a whole row or file). A detail that does not
/// belong to the code is left out of the message.
pub fn render(code: Code, title: &str, name: &str, detail: &Detail, lang: Lang) -> String {
    match lang {
        Lang::Zh => zh::message(code, title, name, detail),
        Lang::En => en::message(code, title, name, detail),
    }
}
