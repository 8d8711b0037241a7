//! Moves as they were kept of an edition, and whether they prove anything.

use std::collections::BTreeMap;
use std::path::Path;

use arrow::array::{BooleanArray, Int8Array, Int32Array};

use super::batch::{each, numbers, texts};
use super::cube::Slot;
use super::rollups::RollupRows;
use crate::error::{Error, Result, Words, words};

/// Rows that change together, as they were kept.
pub(super) struct KeptMove {
    pub leading: bool,
    up: i64,
    down: i64,
    pub cells: Vec<(usize, i64)>,
}

/// The moves of a table, by number; `cell` knows the rows of its cube.
pub(super) fn kept_moves(
    table: &str,
    disclosure: &Path,
    cell: impl Fn(u32) -> Option<usize>,
) -> Result<BTreeMap<u32, KeptMove>> {
    let mut moves: BTreeMap<u32, KeptMove> = BTreeMap::new();
    each(&disclosure.join("moves.parquet"), |_, batch| {
        let (name, number, row) = (texts(batch, "rollup")?, numbers(batch, "move")?, numbers(batch, "row")?);
        let missing = || Error::bug("a column of moves");
        let sign: &Int8Array = batch.column(3).as_any().downcast_ref().ok_or_else(missing)?;
        let leading: &BooleanArray = batch.column(4).as_any().downcast_ref().ok_or_else(missing)?;
        let up: &Int32Array = batch.column(5).as_any().downcast_ref().ok_or_else(missing)?;
        let down: &Int32Array = batch.column(6).as_any().downcast_ref().ok_or_else(missing)?;
        for at in 0..batch.num_rows() {
            if name.value(at) == table
                && let Some(cell) = cell(row.value(at))
            {
                let kept = moves.entry(number.value(at)).or_insert_with(|| KeptMove {
                    leading: leading.value(at),
                    up: i64::from(up.value(at)),
                    down: i64::from(down.value(at)),
                    cells: Vec::new(),
                });
                kept.cells.push((cell, i64::from(sign.value(at))));
            }
        }
        Ok(())
    })?;
    Ok(moves)
}

/// What is wrong with a move, if anything: it keeps every sum, touches only what is hidden, and changes enough.
pub(super) fn move_is_wrong(rows: &RollupRows, hidden: &[bool], kept: &KeptMove, width: i64) -> Option<Words> {
    let KeptMove { leading, up, down, cells } = kept;
    if *up < 0 || *down < 0 || up + down < width {
        return Some(words!("变动过小", "changes too little"));
    }
    // What is rounded is shown alike before and after.
    let touches = |(cell, sign): &(usize, i64)| {
        let (rise, fall) = if *sign > 0 { (*up, *down) } else { (*down, *up) };
        let moves = rows.measures.iter().zip(&rows.values).filter(|((_, m), _)| m.leading || !leading);
        !hidden[*cell] && !moves.into_iter().all(|((_, m), values)| m.shows_alike(values[*cell], rise, fall))
    };
    if cells.iter().any(touches) {
        return Some(words!("动了已显示的数字", "touches what is shown"));
    }
    for (cell, sign) in cells {
        for ((_, measure), values) in rows.measures.iter().zip(&rows.values) {
            let least = *if *sign > 0 { down } else { up };
            if measure.leading || !*leading {
                if values[*cell] - least < i64::from(measure.leading) {
                    return Some(words!("减去的多于现有的", "takes more than there is"));
                }
            } else if let Some(of) = measure.at_most
                && rows.values[of][*cell] - least < values[*cell]
            {
                return Some(words!("使部分大于整体", "makes a part more than its whole"));
            }
        }
    }
    left_over(rows, cells).then(|| words!("使合计不再相等", "does not keep a sum"))
}

/// Whether some sum gains by its parts other than what it gains itself. A sum is a place, slot, time, and the
/// direction in which its parts lie.
fn left_over(rows: &RollupRows, cells: &[(usize, i64)]) -> bool {
    let mut sums: BTreeMap<(u32, Slot, u32, u16), i64> = BTreeMap::new();
    let dimensions = rows.dimensions as u16;
    for (cell, sign) in cells {
        let [node, slot, time] = rows.rows[*cell];
        let slot = rows.slots[slot as usize];
        // As a part.
        if node != 0 {
            *sums.entry((rows.tree.parent[node as usize], slot, time, 0)).or_default() += sign;
        }
        let above = rows.time_parent[time as usize];
        if above != time {
            *sums.entry((node, slot, above, 1)).or_default() += sign;
        }
        // As a whole.
        if !rows.tree.children(node as usize).is_empty() {
            *sums.entry((node, slot, time, 0)).or_default() -= sign;
        }
        if rows.time_parent.iter().enumerate().any(|(t, p)| *p == time && t as u32 != time) {
            *sums.entry((node, slot, time, 1)).or_default() -= sign;
        }
        match slot {
            Slot::All => {
                for d in (0..dimensions).filter(|d| rows.single[*d as usize]) {
                    *sums.entry((node, Slot::All, time, 2 + d)).or_default() -= sign;
                }
            }
            Slot::One { dimension, value } => {
                if rows.single[dimension as usize] {
                    *sums.entry((node, Slot::All, time, 2 + dimension)).or_default() += sign;
                }
                if rows.crossed.is_some_and(|c| c.contains(&dimension)) {
                    let own = Slot::One { dimension, value };
                    *sums.entry((node, own, time, 2 + dimensions)).or_default() -= sign;
                }
            }
            Slot::Cross { first, second } => {
                let [a, b] = rows.crossed.unwrap_or_default();
                for own in [Slot::One { dimension: a, value: first }, Slot::One { dimension: b, value: second }] {
                    *sums.entry((node, own, time, 2 + dimensions)).or_default() += sign;
                }
            }
        }
    }
    sums.values().any(|v| *v != 0)
}
