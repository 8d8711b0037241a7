//! Columns of a workbook that came back which are ours: the marks of its rows, and who found one right.

use std::collections::BTreeSet;

use super::line::TextLine;
use super::sink::SourceColumn;
use crate::schema::mending::{self, RowMark};

/// What a sheet has that we added to it.
#[derive(Debug, Default)]
pub(super) struct OurColumns {
    /// Its rows mend others.
    pub mends: bool,
    /// Columns that are ours, and those among them that hold the marks of rows and say which were found right.
    all: Vec<usize>,
    mark: Option<usize>,
    right: Option<usize>,
    /// The other columns.
    sent: Vec<SourceColumn>,
    /// [`mending::field_digits`] of the fields that the sheet has columns for.
    there: Vec<u16>,
    /// Of those that rows had columns for and the sheet has not.
    pub lost: BTreeSet<u16>,
}

/// What a line is to the workbook in which it came back.
pub(super) enum Returned {
    /// A row, and which one it mends.
    Row(Option<RowMark>),
    /// A row as it was sent, so that there is nothing new in it; with its mark where somebody found it right.
    AsSent(Option<RowMark>),
    /// A row of which columns were taken away: what it says is not what its sender meant.
    Cut,
}

impl OurColumns {
    pub fn of(columns: Vec<SourceColumn>, above: &[TextLine], there: Vec<u16>) -> Self {
        let (ours, sent): (Vec<_>, Vec<_>) = columns.into_iter().partition(|c| mending::is_ours(&c.label));
        let mark = ours.iter().find(|c| mending::is_mark(&c.label)).map(|c| c.at);
        let right = ours.iter().find(|c| mending::says_right(&c.label)).map(|c| c.at);
        let titled = above.iter().any(|line| begins_with(line, mending::TO_MEND));
        let all = ours.into_iter().map(|c| c.at).collect();
        OurColumns { mends: titled || mark.is_some(), all, mark, right, sent, there, lost: BTreeSet::new() }
    }

    /// Takes what is ours out of a line.
    pub fn strip(&mut self, line: &mut TextLine) -> Returned {
        let mut mark = self.mark.and_then(|column| line.trimmed(column).parse::<RowMark>().ok());
        let right = self.right.is_some_and(|column| mending::is_right(line.trimmed(column)));
        mark.iter_mut().for_each(|mark| mark.right = right);
        for column in &self.all {
            if line.get(*column).is_some() {
                line.place(*column, "");
            }
        }
        let Some(mut mark) = mark else { return Returned::Row(None) };
        let fields = std::mem::take(&mut mark.fields);
        let lost: Vec<u16> = fields.into_iter().filter(|digits| !self.there.contains(digits)).collect();
        if !lost.is_empty() {
            self.lost.extend(lost);
            return Returned::Cut;
        }
        mark.unchanged = mark.check == mending::check(self.sent.iter().map(|c| (c.label.as_str(), line.trimmed(c.at))));
        match mark.unchanged && !mark.of_workbook {
            true => Returned::AsSent(Some(mark).filter(|mark| mark.right)),
            false => Returned::Row(Some(mark)),
        }
    }
}

/// Whether the first filled cell of a line begins with this.
pub(super) fn begins_with(line: &TextLine, words: &str) -> bool {
    line.filled().next().is_some_and(|(_, cell)| cell.starts_with(words))
}
