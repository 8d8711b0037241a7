//! Numbers of periods that go on: what one edition shows of them, less what the one before showed, is the months between.

use std::collections::{BTreeMap, BTreeSet};

/// Rows of quarters, halves and years that go on, with the months of each. One edition after the other would tell by what
/// such a row grows what the months are that are new: it is shown only beside months that are all shown.
#[derive(Clone)]
pub(super) struct GrowingRows(pub Vec<(usize, Vec<usize>)>);

impl GrowingRows {
    /// Those of a cube: `rows` by node, slot and time, `time_parent` of each time the one that it adds up to (itself where
    /// it adds up to none), `goes_on` which of them go on.
    pub fn of(rows: &[[u32; 3]], time_parent: &[u32], goes_on: &[bool]) -> Self {
        let parent = |time: u32| Some(time_parent[time as usize]).filter(|above| *above != time);
        let is_longer: BTreeSet<u32> = (0..time_parent.len() as u32).filter_map(parent).collect();
        let mut found: BTreeMap<[u32; 3], Vec<usize>> = BTreeMap::new();
        for (row, [node, slot, time]) in rows.iter().enumerate().filter(|(_, r)| !is_longer.contains(&r[2])) {
            let mut above = parent(*time);
            while let Some(period) = above {
                if goes_on[period as usize] {
                    found.entry([*node, *slot, period]).or_default().push(row);
                }
                above = parent(period);
            }
        }
        let row_of = rows.iter().enumerate().map(|(at, row)| (*row, at));
        GrowingRows(row_of.filter_map(|(row, at)| Some((at, found.remove(&row)?))).collect())
    }

    /// Those of other rows than these.
    pub fn without(mut self, is_known: impl Fn(usize) -> bool) -> Self {
        self.0.retain(|(row, _)| !is_known(*row));
        self
    }

    /// Rows that are shown, and would tell a month that is hidden.
    pub fn telling(&self, hidden: &[bool]) -> Vec<usize> {
        let tells = |(row, months): &&(usize, Vec<usize>)| !hidden[*row] && months.iter().any(|month| hidden[*month]);
        self.0.iter().filter(tells).map(|(row, _)| *row).collect()
    }
}
