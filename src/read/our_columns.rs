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
    /// The columns that the sheet has fields for, in their order, with [`mending::field_digits`].
    there: Vec<(usize, u16)>,
    /// Of those that rows had columns for and the sheet has not.
    pub lost: BTreeSet<u16>,
    /// Of those whose titles stand above values of others.
    pub moved: BTreeSet<u16>,
}

/// What a line is to the workbook in which it came back.
pub(super) enum Returned {
    /// A row, and which one it mends.
    Row(Option<RowMark>),
    /// A row as it was sent, so that there is nothing new in it; with its mark where somebody found it right.
    AsSent(Option<RowMark>),
    /// A row of which columns were taken away, or titles moved: what it says is not what its sender meant.
    Bent,
}

impl OurColumns {
    pub fn of(columns: Vec<SourceColumn>, above: &[TextLine], there: Vec<(usize, u16)>) -> Self {
        let (ours, sent): (Vec<_>, Vec<_>) = columns.into_iter().partition(|c| mending::is_ours(&c.label));
        let mark = ours.iter().find(|c| mending::is_mark(&c.label)).map(|c| c.at);
        let right = ours.iter().find(|c| mending::says_right(&c.label)).map(|c| c.at);
        let titled = above.iter().any(|line| begins_with(line, mending::TO_MEND));
        let all = ours.into_iter().map(|c| c.at).collect();
        let (lost, moved) = (BTreeSet::new(), BTreeSet::new());
        OurColumns { mends: titled || mark.is_some(), all, mark, right, sent, there, lost, moved }
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
        let (fields, cells) = (std::mem::take(&mut mark.fields), std::mem::take(&mut mark.cells));
        let is_there = |digits: &u16| self.there.iter().any(|(_, there)| there == digits);
        let lost: Vec<u16> = fields.iter().copied().filter(|digits| !is_there(digits)).collect();
        if !lost.is_empty() {
            self.lost.extend(lost);
            return Returned::Bent;
        }
        let moved = self.moved_titles(line, &fields, &cells);
        if !moved.is_empty() {
            self.moved.extend(moved);
            return Returned::Bent;
        }
        mark.unchanged = mark.check == mending::check(self.sent.iter().map(|c| (c.label.as_str(), line.trimmed(c.at))));
        match mark.unchanged && !mark.of_workbook {
            true => Returned::AsSent(Some(mark).filter(|mark| mark.right)),
            false => Returned::Row(Some(mark)),
        }
    }
}

impl OurColumns {
    /// The fields whose titles stand in a line above the values that it had in other columns. Whoever moves whole columns
    /// takes the values along, and whoever exchanges values leaves the titles where they are.
    fn moved_titles(&self, line: &TextLine, fields: &[u16], cells: &[u16]) -> Vec<u16> {
        let kept = self.there.iter().filter(|(_, digits)| fields.contains(digits));
        let kept: Vec<(usize, u16)> = kept.copied().collect();
        if kept.len() != fields.len() || cells.len() != fields.len() {
            return Vec::new();
        }
        let (mut moved, mut taken_along) = (Vec::new(), 0);
        for (at, (column, title)) in kept.into_iter().enumerate().filter(|(at, (_, title))| *title != fields[*at]) {
            let of_title = fields.iter().position(|digits| *digits == title).map(|shown| cells[shown]);
            let now = mending::cell_digits(line.trimmed(column));
            match (now == cells[at], Some(now) == of_title) {
                (true, false) => moved.push(title),
                (false, true) => taken_along += 1,
                _ => {}
            }
        }
        if moved.len() > taken_along { moved } else { Vec::new() }
    }
}

/// Whether lines are those of a sheet of rows to mend: its title stands above them, or they bear marks.
pub(super) fn are_ours(lines: &[TextLine]) -> bool {
    let is_marked = |line: &TextLine| line.filled().any(|(_, cell)| cell.parse::<RowMark>().is_ok());
    lines.first().is_some_and(|line| begins_with(line, mending::TO_MEND)) || lines.iter().any(is_marked)
}

/// Whether the first filled cell of a line begins with this.
pub(super) fn begins_with(line: &TextLine, words: &str) -> bool {
    line.filled().next().is_some_and(|(_, cell)| cell.starts_with(words))
}
