//! The year before as it is counted now, where the edition has it as it was published: closed periods stay, and what came
//! late to one stands in the comparison with it alone.

use super::open_periods::OpenPeriods;

/// A row of the year before as it is counted now.
#[derive(Clone, Copy)]
pub(super) struct CountedAgain {
    pub again: usize,
    /// The row of the very period as it was published.
    pub published: Option<usize>,
    /// How much more there is now.
    pub late: i64,
}

/// All such rows of an indicator.
pub(super) struct RowsCountedAgain(pub Vec<CountedAgain>);

impl RowsCountedAgain {
    /// Those of blocks of which the year before is counted again, each with its time; `numbers` are of all blocks, those
    /// of the period and of the year before, and `row` finds the row of a node in the time of a block or in a given time.
    pub fn of(
        open: &OpenPeriods,
        again: &[(usize, u32)],
        (counted, before): (&[&[i64]], &[&[i64]]),
        row: impl Fn(usize, RowTime) -> Option<usize>,
    ) -> Self {
        let mut found = Vec::new();
        for (at, time) in again {
            let standing = open.standing(*at).filter(|_| open.parts(*at).is_empty());
            for (node, now) in before[*at].iter().enumerate() {
                let Some(again) = row(node, RowTime::Of(*time)) else { continue };
                let published = match standing {
                    Some(standing) => counted[standing][node],
                    None => open.parts(*at).iter().map(|part| before[*part][node].max(0)).sum(),
                };
                let row = standing.and_then(|standing| row(node, RowTime::OfBlock(standing)));
                found.push(CountedAgain { again, published: row, late: now - published });
            }
        }
        RowsCountedAgain(found)
    }

    /// Rows that are few more, or fewer, than what was published of them: one edition beside the other tells these few.
    pub fn of_few(&self, small: &dyn Fn(i64) -> bool) -> impl Iterator<Item = usize> {
        self.0.iter().filter(move |row| small(row.late.abs())).map(|row| row.again)
    }

    /// Rows to which nothing came late, with the same number as it was published.
    pub fn unchanged(&self) -> impl Iterator<Item = [usize; 2]> {
        self.0.iter().filter(|row| row.late == 0).filter_map(|row| Some([row.again, row.published?]))
    }

    /// Of rows to which nothing came late, those that are shown while the same number is hidden.
    pub fn telling(&self, hidden: &[bool]) -> Vec<usize> {
        let shown = |[a, b]: [usize; 2]| if hidden[a] { b } else { a };
        self.unchanged().filter(|[a, b]| hidden[*a] != hidden[*b]).map(shown).collect()
    }
}

/// The time of a row: one of the cube, or that of the numbers of a block.
pub(super) enum RowTime {
    Of(u32),
    OfBlock(usize),
}
