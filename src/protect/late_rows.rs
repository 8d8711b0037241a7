//! What came late: a closed period stays as it was published, so that a longer period may have what the sum of its
//! parts has not, or lack what they have.

use std::collections::BTreeMap;

/// Rows that no table has: of each place, slot and longer period what its parts leave of it. An outsider who takes the
/// parts for the whole finds no table there at all, and one who does not cannot tell how much it is.
pub(super) struct LateRows {
    /// Node, slot and time of each, in the order of these.
    pub rows: Vec<[u32; 3]>,
    /// The period that each adds up to: first those of the table, then one more for each period that has something late.
    pub time_parent: Vec<u32>,
}

impl LateRows {
    /// What rows (node, slot and time) have more or less than their periods; `time_parent` as in a cube.
    pub fn of(rows: &[[u32; 3]], values: &[i64], time_parent: &[u32]) -> Self {
        let mut late = late_numbers(rows, values, time_parent);
        late.retain(|_, value| *value != 0);
        let mut time_parent = time_parent.to_vec();
        let mut time_of: BTreeMap<u32, u32> = BTreeMap::new();
        for [_, _, of] in late.keys() {
            time_of.entry(*of).or_insert_with(|| {
                time_parent.push(*of);
                time_parent.len() as u32 - 1
            });
        }
        LateRows { rows: late.into_keys().map(|[node, slot, of]| [node, slot, time_of[&of]]).collect(), time_parent }
    }
}

/// Of each place, slot and longer period, what its parts leave of it.
fn late_numbers(rows: &[[u32; 3]], values: &[i64], time_parent: &[u32]) -> BTreeMap<[u32; 3], i64> {
    let mut has_parts = vec![false; time_parent.len()];
    for (time, parent) in time_parent.iter().enumerate() {
        has_parts[*parent as usize] |= *parent as usize != time;
    }
    let mut late: BTreeMap<[u32; 3], i64> = BTreeMap::new();
    for ([node, slot, time], value) in rows.iter().zip(values) {
        let parent = time_parent[*time as usize];
        if has_parts[*time as usize] {
            *late.entry([*node, *slot, *time]).or_default() += value;
        }
        if parent != *time {
            *late.entry([*node, *slot, parent]).or_default() -= value;
        }
    }
    late
}

/// Rows of longer periods that have a few more, or fewer, than their parts: beside these they tell the few that came late.
pub(super) fn with_few_late(
    rows: &[[u32; 3]],
    values: &[i64],
    time_parent: &[u32],
    small: impl Fn(i64) -> bool,
) -> Vec<usize> {
    let late = late_numbers(rows, values, time_parent);
    (0..rows.len()).filter(|row| late.get(&rows[*row]).is_some_and(|value| small(value.abs()))).collect()
}
