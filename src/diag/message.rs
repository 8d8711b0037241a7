//! Messages of findings, in Chinese for the sender and in English.

use super::Code;

/// The language of what a person reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lang {
    Zh,
    En,
}

/// The message of a finding: what is wrong and how to mend it.
///
/// `title` is the field's Chinese title, `name` its name (both empty for a whole row or file);
/// `detail` is the finding's `topic:argument`.
pub fn render(_code: Code, _title: &str, _name: &str, _detail: &str, _lang: Lang) -> String {
    String::new()
}
