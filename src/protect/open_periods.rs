//! Periods of an indicator that go on, and the same days of the year before.

use super::blocks::Block;
use super::period_names::{last_day, longer, year_before};
use crate::schema::day;

/// The periods of the blocks of one indicator, by their place among these.
pub(super) struct OpenPeriods {
    pub names: Vec<String>,
    /// The last day that each looks at.
    until: Vec<i32>,
    /// Of each the shortest periods in it, itself not included.
    parts: Vec<Vec<usize>>,
}

/// Which days a number of the year before is of.
pub(super) enum YearBefore {
    /// All that are counted of that period.
    Whole,
    /// Those up to a day, while the period stands as a whole as well; nothing else here adds up to them.
    Until(i32),
    /// The same, and the shortest periods in it add up to them.
    Parts,
    /// Those up to a day as they are counted now, while they were published otherwise: a number of its own.
    Again(i32),
}

impl OpenPeriods {
    pub fn of(blocks: &[Block], of_indicator: &[usize]) -> Self {
        let name = |at: &usize| blocks[*at].period.clone().unwrap_or_default();
        let names: Vec<String> = of_indicator.iter().map(name).collect();
        let above: Vec<Vec<String>> = names.iter().map(|name| longer(name)).collect();
        let holds_any = |name: &String| above.iter().any(|above| above.contains(name));
        let shortest: Vec<bool> = names.iter().map(|name| !holds_any(name)).collect();
        let parts_of =
            |name: &String| (0..names.len()).filter(|at| shortest[*at] && above[*at].contains(name)).collect();
        let parts = names.iter().map(parts_of).collect();
        let until = of_indicator.iter().map(|at| blocks[*at].e_day).collect();
        OpenPeriods { names, until, parts }
    }

    /// The shortest periods in a period that goes on; none of others.
    pub fn parts(&self, at: usize) -> &[usize] {
        let goes_on = last_day(&self.names[at]).is_some_and(|last| self.until[at] < last);
        if goes_on { &self.parts[at] } else { &[] }
    }

    /// The block of the whole year before.
    pub fn standing(&self, at: usize) -> Option<usize> {
        let name = year_before(&self.names[at]);
        self.names.iter().position(|other| *other == name)
    }

    /// Which days the number of the year before is of; `counted` and `before` have the numbers of all blocks, those of
    /// the period and those of the year before.
    pub fn year_before(&self, at: usize, (counted, before): (&[&[i64]], &[&[i64]])) -> YearBefore {
        let name = year_before(&self.names[at]);
        let until = day::one_year_before(self.until[at]);
        let is_whole = last_day(&name).is_none_or(|last| last <= until);
        let stands = || self.names.iter().any(|other| *other == name || longer(other).contains(&name));
        let counted_now = || before[at].iter().map(|d| *d.max(&0));
        match () {
            () if is_whole => match self.standing(at) {
                Some(standing) if !counted_now().eq(counted[standing].iter().copied()) => YearBefore::Again(until),
                _ => YearBefore::Whole,
            },
            () if !stands() => YearBefore::Whole,
            () if self.parts(at).is_empty() => YearBefore::Until(until),
            () => {
                let of_parts = |node: usize| self.parts(at).iter().map(|part| before[*part][node].max(0)).sum::<i64>();
                match counted_now().enumerate().all(|(node, d)| d == of_parts(node)) {
                    true => YearBefore::Parts,
                    false => YearBefore::Again(until),
                }
            }
        }
    }
}
