//! Moves as they were kept of an edition, and whether they prove anything.

use std::collections::BTreeMap;
use std::path::Path;

use super::batch::{each, flags, numbers, texts};
use super::cube_shape::Sum;
use super::late_rows::LateRows;
use super::rollups::RollupRows;
use crate::catalogue::OPEN_MOVES;
use crate::error::{Result, Words, words};

/// Rows that change together, as they were kept.
pub(super) struct KeptMove {
    pub leading: bool,
    up: i64,
    down: i64,
    pub cells: Vec<(usize, i64)>,
}

impl KeptMove {
    /// By how much what it leads goes up and down, together.
    pub fn change(&self) -> i64 {
        self.up + self.down
    }

    /// Rows that it changes enough to keep them open.
    pub fn opens(&self, width: i64) -> impl Iterator<Item = usize> {
        let enough = move |times: &i64| times.abs() * self.change() >= width;
        self.cells.iter().filter(move |(_, times)| enough(times)).map(|(cell, _)| *cell)
    }
}

/// The moves of a table, by number; `cell` knows the rows of its cube.
pub(super) fn kept_moves(
    table: &str,
    disclosure: &Path,
    cell: impl Fn(u32) -> Option<usize>,
) -> Result<BTreeMap<u32, KeptMove>> {
    let mut moves: BTreeMap<u32, KeptMove> = BTreeMap::new();
    each(&disclosure.join(OPEN_MOVES), |_, batch| {
        let (name, leading) = (texts(batch, "rollup")?, flags(batch, "leading")?);
        let [number, row, sign, up, down] = ["move", "row", "sign", "up", "down"].map(|name| numbers(batch, name));
        let (number, row, sign, up, down) = (number?, row?, sign?, up?, down?);
        for at in 0..batch.num_rows() {
            if name.value(at) == table
                && let Some(cell) = cell(row.value(at) as u32)
            {
                let kept = moves.entry(number.value(at) as u32).or_insert_with(|| KeptMove {
                    leading: leading.value(at),
                    up: up.value(at),
                    down: down.value(at),
                    cells: Vec::new(),
                });
                kept.cells.push((cell, sign.value(at)));
            }
        }
        Ok(())
    })?;
    Ok(moves)
}

/// What is wrong with a move of rows, and of what came late to them, if anything: it keeps every sum, touches only what
/// is hidden, and changes enough.
pub(super) fn move_is_wrong(
    (rows, late): (&RollupRows, &LateRows),
    hidden: &[bool],
    kept: &KeptMove,
    width: i64,
) -> Option<Words> {
    let in_table = |cell: &&(usize, i64)| cell.0 < rows.rows.len();
    let KeptMove { leading, up, down, cells } = kept;
    if *up < 0 || *down < 0 || kept.opens(width).next().is_none() || cells.iter().any(|(_, times)| *times == 0) {
        return Some(words!("变动过小", "changes too little"));
    }
    // What is rounded is shown alike before and after.
    let touches = |(cell, times): &(usize, i64)| {
        let (rise, fall) = changes(*times, *up, *down);
        let moves = rows.measures.iter().zip(&rows.values).filter(|((_, m), _)| m.leading || !leading);
        !hidden[*cell] && !moves.into_iter().all(|((_, m), values)| m.shows_alike(values[*cell], rise, fall))
    };
    if cells.iter().filter(in_table).any(touches) {
        return Some(words!("动了已显示的数字", "touches what is shown"));
    }
    for (cell, times) in cells.iter().filter(in_table) {
        for ((_, measure), values) in rows.measures.iter().zip(&rows.values) {
            let least = changes(*times, *up, *down).1;
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
    left_over((rows, late), cells).then(|| words!("使合计不再相等", "does not keep a sum"))
}

/// By how much a row goes up and down that changes so many times as much as the number that goes up and down.
fn changes(times: i64, up: i64, down: i64) -> (i64, i64) {
    let (up, down) = (times.abs() * up, times.abs() * down);
    if times > 0 { (up, down) } else { (down, up) }
}

/// Whether some sum gains by its parts other than what it gains itself.
fn left_over((rows, late): (&RollupRows, &LateRows), cells: &[(usize, i64)]) -> bool {
    let linked = rows.linked(late);
    let mut sums: BTreeMap<Sum, i64> = BTreeMap::new();
    for (cell, times) in cells {
        for (sum, sign) in linked.sums(*rows.rows.get(*cell).unwrap_or_else(|| &late.rows[*cell - rows.rows.len()])) {
            *sums.entry(sum).or_default() += sign * times;
        }
    }
    sums.values().any(|v| *v != 0)
}
