//! What an audit found.

use crate::error::Words;

/// What an audit found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Audit {
    /// Small cells that were looked at.
    pub small: usize,
    /// Hidden cells of both kinds.
    pub hidden: usize,
    /// What is wrong, a line each; the first hundred.
    pub wrong: Vec<Words>,
    pub wrong_in_all: usize,
}

impl Audit {
    /// Takes in what the audit of another part found.
    pub(super) fn add(&mut self, of_part: Audit) {
        self.small += of_part.small;
        self.hidden += of_part.hidden;
        self.wrong_in_all += of_part.wrong_in_all;
        let room = 100 - self.wrong.len();
        self.wrong.extend(of_part.wrong.into_iter().take(room));
    }

    /// Notes something that is wrong.
    pub(crate) fn fault(&mut self, line: impl FnOnce() -> Words) {
        self.wrong_in_all += 1;
        if self.wrong.len() < 100 {
            self.wrong.push(line());
        }
    }
}
